//! What the answers say about the order, where it is known who gave each value.
//!
//! ```text
//!   w gave what r read, and w' gave something else to the same key:
//!   w' before r  ──▶  w' before w            w before w'  ──▶  r before w'
//! ```
//!
//! Each order that is found may imply the next; when nothing is new the rest is up to a search, and a circle means that there is no
//! order at all. A value that more than one gives, or that may never have been given, says nothing. Nothing is guessed, so that what
//! is said holds in every order. Sets of operations are rows of bits: O(n²/64) for each edge of a round.
//!
//! Source: Gibbons and Korach, *Testing Shared Memories*, 1997, §4 (the read-map).

use super::Call;
use super::model::Model;
use std::collections::BTreeMap;

/// Most operations that are looked at: a row for each, 32 MB in all.
const OPERATIONS_MAX: usize = 1 << 14;

/// Which operation comes before which.
pub(super) struct Order {
    /// For each operation, those that must come before it, by what was found and not by the lines; places in the history.
    pub(super) before: Vec<Vec<usize>>,
    /// An operation that would have to come before itself.
    pub(super) circle: Option<usize>,
}

/// Who gives and who needs, of one key.
#[derive(Default)]
struct OfKey {
    /// Who needs a value, and who gave it: `None` if it was there in the beginning.
    readers: Vec<(usize, Option<usize>)>,
    /// Who certainly changes it, and to what.
    writers: Vec<(usize, u64)>,
}

/// The order that is implied by `lines`, chains of operations that are in order, and by the answers. Nothing for what has no values.
pub(super) fn order<M: Model>(history: &[Call<M>], lines: &[(usize, usize)]) -> Order {
    let nothing = Order { before: vec![Vec::new(); history.len()], circle: None };
    if history.len() > OPERATIONS_MAX {
        return nothing;
    }
    let keys = keys(history);
    if keys.values().all(|of_key| of_key.readers.is_empty()) {
        return nothing;
    }
    let mut edges: Vec<(usize, usize)> = lines.to_vec();
    let given = keys.values().flat_map(|of_key| &of_key.readers);
    edges.extend(given.filter_map(|(reader, giver)| Some(((*giver)?, *reader))));
    for of_key in keys.values() {
        let early = of_key.readers.iter().filter(|(_, giver)| giver.is_none()).map(|(reader, _)| *reader);
        edges.extend(early.flat_map(|reader| of_key.writers.iter().map(move |(writer, _)| (reader, *writer))));
    }
    edges.retain(|(a, b)| a != b);
    loop {
        let rows = match Rows::closed(history.len(), &edges) {
            Ok(rows) => rows,
            Err(circle) => return Order { circle: Some(circle), ..nothing },
        };
        let known = edges.len();
        keys.values().for_each(|of_key| of_key.imply(&rows, &mut edges));
        if edges.len() == known {
            break;
        }
    }
    let mut before = nothing.before;
    edges[lines.len()..].iter().for_each(|(a, b)| before[*b].push(*a));
    Order { before, circle: None }
}

fn keys<M: Model>(history: &[Call<M>]) -> BTreeMap<u32, OfKey> {
    let initial = M::held(&M::initial());
    let mut givers: BTreeMap<(u32, u64), Vec<usize>> = BTreeMap::new();
    for (at, call) in history.iter().enumerate() {
        if let Some(value) = call.op.gives() {
            givers.entry((call.key, value)).or_default().push(at);
        }
    }
    let mut keys: BTreeMap<u32, OfKey> = BTreeMap::new();
    let mut is_needed = vec![false; history.len()];
    for (at, call) in history.iter().enumerate().filter(|(_, call)| call.ret.is_some()) {
        let Some(value) = call.op.needs() else { continue };
        let giver = match givers.get(&(call.key, value)).map(Vec::as_slice) {
            None if initial == Some(value) => None,
            Some([giver]) if initial != Some(value) => Some(*giver),
            _ => continue,
        };
        giver.into_iter().for_each(|giver| is_needed[giver] = true);
        keys.entry(call.key).or_default().readers.push((at, giver));
    }
    for (at, call) in history.iter().enumerate() {
        // Whether one whose answer is not known changed anything is certain only if somebody saw it.
        let is_certain = is_needed[at] || call.ret.is_some() && (call.op.needs().is_some() || call.op.always_gives());
        if let Some(value) = call.op.gives().filter(|_| is_certain) {
            keys.entry(call.key).or_default().writers.push((at, value));
        }
    }
    keys
}

impl OfKey {
    /// Adds what follows from what is known and is not known itself.
    fn imply(&self, rows: &Rows, edges: &mut Vec<(usize, usize)>) {
        for (reader, giver) in self.readers.iter().filter_map(|(reader, giver)| Some((*reader, (*giver)?))) {
            for (writer, _) in self.writers.iter().filter(|(writer, _)| *writer != giver && *writer != reader) {
                if rows.is_before(*writer, reader) && !rows.is_before(*writer, giver) {
                    edges.push((*writer, giver));
                }
                if rows.is_before(giver, *writer) && !rows.is_before(reader, *writer) {
                    edges.push((reader, *writer));
                }
            }
        }
    }
}

/// For each operation a row of bits: what comes after it.
pub(super) struct Rows {
    words: usize,
    bits: Vec<u64>,
}

impl Rows {
    /// What the edges imply; or one that comes before itself.
    pub(super) fn closed(count: usize, edges: &[(usize, usize)]) -> Result<Rows, usize> {
        let (mut after, mut waiting) = (vec![Vec::new(); count], vec![0_usize; count]);
        for (a, b) in edges {
            after[*a].push(*b);
            waiting[*b] += 1;
        }
        let mut order: Vec<usize> = (0..count).filter(|at| waiting[*at] == 0).collect();
        let mut done = 0;
        while done < order.len() {
            for next in &after[order[done]] {
                waiting[*next] -= 1;
                if waiting[*next] == 0 {
                    order.push(*next);
                }
            }
            done += 1;
        }
        if order.len() < count {
            return Err(on_a_circle(&after, &waiting));
        }
        let words = count.div_ceil(64);
        let mut bits = vec![0_u64; count * words];
        for at in order.into_iter().rev() {
            let mut row = bits[at * words..(at + 1) * words].to_vec();
            for next in &after[at] {
                row[next / 64] |= 1 << (next % 64);
                row.iter_mut().zip(&bits[next * words..(next + 1) * words]).for_each(|(own, other)| *own |= other);
            }
            bits[at * words..(at + 1) * words].copy_from_slice(&row);
        }
        Ok(Rows { words, bits })
    }

    /// Whether the edges imply that `a` comes before `b`.
    pub(super) fn is_before(&self, a: usize, b: usize) -> bool {
        self.bits[a * self.words + b / 64] >> (b % 64) & 1 == 1
    }
}

/// Follows edges backwards among what waits for ever until it comes round.
fn on_a_circle(after: &[Vec<usize>], waiting: &[usize]) -> usize {
    let mut before = vec![None; waiting.len()];
    for (at, next) in after.iter().enumerate().filter(|(at, _)| waiting[*at] > 0) {
        next.iter().filter(|next| waiting[**next] > 0).for_each(|next| before[*next] = Some(at));
    }
    let mut at = waiting.iter().position(|count| *count > 0).unwrap_or(0);
    for _ in 0..waiting.len() {
        at = before[at].unwrap_or(at);
    }
    at
}
