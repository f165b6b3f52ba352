//! Transactions: whether what they read can be explained by running them one after the other, in real time, or on snapshots.
//!
//! ```text
//!   alice and bob are both on call, 1 and 1         T1 reads both, takes alice off; T2 reads both, takes bob off
//!
//!   one after the other   the second would have read a 0                      not serializable
//!   on snapshots          both read the same one, they write different keys   allowed: the write skew
//! ```
//!
//! - *serializable*: some order, whichever;
//! - *strictly serializable*: one that puts what ended before what began later;
//! - *snapshot isolation*: each transaction reads what had been committed at some one moment, and no two write the same key while
//!   both run. When that moment was is the database's business: it need not be the real one, so whatever is serializable is also
//!   this.
//!
//! Registers, null in the beginning; every transaction has committed. A transaction reads its own writes. The searches try every
//! order in which what was read fits, each set of finished transactions with the same values once: for small histories.
//!
//! Sources: Papadimitriou, 1979; Berenson et al., *A Critique of ANSI SQL Isolation Levels*, 1995; as orders, Cerone and Gotsman,
//! 2018.

use super::{RanOut, Steps};
use crate::seen::Configurations;
use base::Time;
use core::fmt;
use std::collections::BTreeMap;

/// What a transaction did with a register. Null is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read this value of a key.
    Read(u32, Option<u64>),
    /// Wrote this value to a key.
    Write(u32, Option<u64>),
}

/// A transaction that has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// What it did, in order.
    pub accesses: Vec<Access>,
    /// When it began.
    pub start: Time,
    /// When it had committed.
    pub end: Time,
}

/// Most transactions of a history: a set of them is the bits of one word.
pub const TRANSACTIONS_MAX: usize = 64;

/// Why a history cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionsError {
    /// There are too many.
    TooMany {
        /// How many.
        transactions: usize,
    },
    /// One ended before it began.
    Backwards {
        /// Its place.
        at: usize,
    },
}

impl fmt::Display for TransactionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransactionsError::TooMany { transactions } => {
                write!(f, "{transactions} transactions, but at most {TRANSACTIONS_MAX} can be judged")
            }
            TransactionsError::Backwards { at } => write!(f, "transaction {at} ended before it began"),
        }
    }
}

impl core::error::Error for TransactionsError {}

/// A level of isolation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Some order.
    Serializable,
    /// An order that keeps real time.
    StrictSerializable,
    /// One snapshot each, and no two concurrent writers of a key.
    Snapshot,
}

/// Whether the level can explain the history; `None` if `steps` ran out first.
///
/// # Errors
/// [`TransactionsError`] if it is no history that can be judged.
pub fn allows(isolation: Isolation, history: &[Transaction], steps: u64) -> Result<Option<bool>, TransactionsError> {
    if history.len() > TRANSACTIONS_MAX {
        return Err(TransactionsError::TooMany { transactions: history.len() });
    }
    if let Some(at) = history.iter().position(|transaction| transaction.end < transaction.start) {
        return Err(TransactionsError::Backwards { at });
    }
    // In the order in which they began, the first that is tried is the likeliest.
    let mut history: Vec<&Transaction> = history.iter().collect();
    history.sort_by_key(|transaction| transaction.start);
    let Some(parts) = history.iter().copied().map(Part::of).collect::<Option<Vec<Part>>>() else {
        return Ok(Some(false));
    };
    let before = |at: usize| {
        let is_before = |(_, other): &(usize, &&Transaction)| other.end < history[at].start;
        let real = history.iter().enumerate().filter(is_before).fold(0, |set, (other, _)| set | 1_u64 << other);
        if isolation == Isolation::StrictSerializable { real } else { 0 }
    };
    let before = (0..history.len()).map(before).collect();
    let mut search = Search { parts, before, values: BTreeMap::new(), seen: Configurations::new() };
    let is_snapshot = isolation == Isolation::Snapshot;
    Ok(search.run(is_snapshot, &mut Steps(steps)).ok())
}

/// What a transaction asks of the values before it, and leaves behind.
struct Part {
    reads: BTreeMap<u32, Option<u64>>,
    writes: BTreeMap<u32, Option<u64>>,
}

impl Part {
    /// `None` if its reads contradict each other or its own writes, so that no order explains it.
    fn of(transaction: &Transaction) -> Option<Part> {
        let mut part = Part { reads: BTreeMap::new(), writes: BTreeMap::new() };
        for access in &transaction.accesses {
            match access {
                Access::Write(key, value) => drop(part.writes.insert(*key, *value)),
                Access::Read(key, value) => {
                    let known = part.writes.get(key).copied();
                    let expected = known.unwrap_or_else(|| *part.reads.entry(*key).or_insert(*value));
                    if expected != *value {
                        return None;
                    }
                }
            }
        }
        Some(part)
    }
}

/// What can be done next.
#[derive(Clone, Copy)]
enum Move {
    /// A transaction takes its snapshot.
    Start(usize),
    /// A transaction that has its snapshot commits.
    Commit(usize),
    /// Both at once.
    Whole(usize),
}

/// A move that was made, with the values that it replaced.
struct Made {
    step: Move,
    replaced: Vec<(u32, Option<u64>)>,
}

struct Search {
    parts: Vec<Part>,
    /// Who must have committed before each may begin.
    before: Vec<u64>,
    /// Null is not held.
    values: BTreeMap<u32, u64>,
    seen: Configurations,
}

impl Search {
    /// Depth first, without recursion: moves of an order are tried by number.
    fn run(&mut self, is_snapshot: bool, steps: &mut Steps) -> Result<bool, RanOut> {
        let count = self.parts.len();
        let (mut open, mut done): (u64, u64) = (0, 0);
        let mut made: Vec<(Made, usize)> = Vec::new();
        let mut from = 0;
        loop {
            if done.count_ones() as usize == count {
                return Ok(true);
            }
            if from == 0 && !self.is_new(open, done, steps)? {
                from = usize::MAX;
            }
            let moves = if is_snapshot { 2 * count } else { count };
            steps.spend(1 + moves.saturating_sub(from) as u64)?;
            let choice = (from..moves).find_map(|number| Some((number, self.choice(number, is_snapshot, open, done)?)));
            if let Some((number, step)) = choice {
                let replaced = self.make(step, &mut open, &mut done);
                made.push((Made { step, replaced }, number));
                from = 0;
            } else if let Some((last, number)) = made.pop() {
                self.unmake(last, &mut open, &mut done);
                from = number + 1;
            } else {
                return Ok(false);
            }
        }
    }

    /// The move of this number, if it can be made: whole transactions and commits first, then snapshots.
    fn choice(&self, number: usize, is_snapshot: bool, open: u64, done: u64) -> Option<Move> {
        let count = self.parts.len();
        let (at, is_start) = (number % count, number >= count);
        let part = &self.parts[at];
        let (is_open, is_done) = (open >> at & 1 == 1, done >> at & 1 == 1);
        // Who commits while another writer of the same key is open makes that one's commit impossible.
        let spoils = |(other, rest): (usize, &Part)| {
            open >> other & 1 == 1 && other != at && rest.writes.keys().any(|key| part.writes.contains_key(key))
        };
        if is_done || is_open == is_start && is_open || self.before[at] & !done != 0 {
            return None;
        }
        if !is_start && self.parts.iter().enumerate().any(spoils) {
            return None;
        }
        if is_open {
            return Some(Move::Commit(at));
        }
        let fits = part.reads.iter().all(|(key, value)| self.values.get(key).copied() == *value);
        match is_start {
            _ if !fits => None,
            // What writes nothing may as well end where it begins.
            true => (is_snapshot && !part.writes.is_empty()).then_some(Move::Start(at)),
            false => Some(Move::Whole(at)),
        }
    }

    fn make(&mut self, step: Move, open: &mut u64, done: &mut u64) -> Vec<(u32, Option<u64>)> {
        let at = match step {
            Move::Start(at) => {
                *open |= 1 << at;
                return Vec::new();
            }
            Move::Commit(at) | Move::Whole(at) => at,
        };
        *open &= !(1 << at);
        *done |= 1 << at;
        let values = &mut self.values;
        let write = |(key, value): (&u32, &Option<u64>)| {
            let old = match value {
                Some(value) => values.insert(*key, *value),
                None => values.remove(key),
            };
            (*key, old)
        };
        self.parts[at].writes.iter().map(write).collect()
    }

    fn unmake(&mut self, made: Made, open: &mut u64, done: &mut u64) {
        for (key, old) in made.replaced {
            match old {
                Some(value) => self.values.insert(key, value),
                None => self.values.remove(&key),
            };
        }
        match made.step {
            Move::Start(at) => *open &= !(1 << at),
            Move::Commit(at) => (*open, *done) = (*open | 1 << at, *done & !(1 << at)),
            Move::Whole(at) => *done &= !(1 << at),
        }
    }

    fn is_new(&mut self, open: u64, done: u64, steps: &mut Steps) -> Result<bool, RanOut> {
        let values = self.values.iter().flat_map(|(key, value)| [u64::from(*key), *value]);
        let row: Vec<u64> = [open, done].into_iter().chain(values).collect();
        steps.spend(4 + row.len() as u64)?;
        Ok(self.seen.insert(&row))
    }
}
