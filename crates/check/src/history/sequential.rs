//! Sequential consistency: one order of all operations that keeps each client's own, over all keys together.
//!
//! A search over how far each client has come. Unlike linearizability it cannot be asked key by key (two keys can each be in order
//! and not both together), and nothing in time limits what may come next, so it is exponential in the clients at worst. What keeps
//! it small, without changing the verdict:
//! - a read that is right is taken at once;
//! - a configuration (how far everybody is, what is held) is tried once;
//! - a value that somebody still needs and nobody can give again is not overwritten;
//! - a sum to which nobody takes away is never more than what any answer still expects;
//! - where it is known who gave what was read, much of the order follows from the answers alone.
//!
//! An operation that was never answered comes after its client's earlier ones, and otherwise whenever it likes, or never.
//!
//! Source: Lamport, *How to Make a Multiprocessor Computer That Correctly Executes Multiprocess Programs*, 1979; that it is hard:
//! Gibbons and Korach, *Testing Shared Memories*, 1997.

use super::model::Model;
use super::sums::Sums;
use super::{Broken, Call, HistoryError, Judgement, RanOut, Steps, checked, linearizable, saturated};
use crate::seen::{Configurations, States};
use base::Time;
use std::collections::BTreeMap;

/// Whether all operations can be put in one order that keeps each client's own and in which all answers are right. A client's own
/// order is that of its calls. `steps` bounds the work.
///
/// # Errors
/// [`HistoryError`] if it is no history.
pub fn sequentially_consistent<M: Model>(history: &[Call<M>], steps: u64) -> Result<Judgement, HistoryError> {
    checked(history)?;
    let mut search = Search::new(history);
    if let Some(stuck) = search.unexplained().or_else(|| search.saturate()) {
        return Ok(Judgement::Broken(Broken { stuck }));
    }
    // What is in order in real time is in each client's, too, and that is found key by key.
    if is_in_turn(history) && linearizable(history, steps / 2)? == Judgement::Holds {
        return Ok(Judgement::Holds);
    }
    Ok(match search.run(&mut Steps(steps - steps / 2)) {
        Ok(None) => Judgement::Holds,
        Ok(Some(stuck)) => Judgement::Broken(Broken { stuck }),
        Err(RanOut) => Judgement::Unknown,
    })
}

/// Whether every client waits for each answer before it calls again, so that real time keeps its order.
fn is_in_turn<M>(history: &[Call<M>]) -> bool {
    let mut order: Vec<&Call<M>> = history.iter().collect();
    order.sort_by_key(|call| (call.client, call.call, call.ret.is_none(), call.ret));
    order.windows(2).all(|pair| {
        let is_after = pair[0].ret.is_none_or(|ret| ret < pair[1].call);
        pair[0].client != pair[1].client || is_after
    })
}

/// What is known of the sum of each key.
fn sums<M: Model>(history: &[Call<M>], names: &[u32]) -> Vec<Option<Sums>> {
    if M::sum(&M::initial()).is_none() {
        return names.iter().map(|_| None).collect();
    }
    let mut ops: BTreeMap<u32, Vec<(&M, bool)>> = BTreeMap::new();
    history.iter().for_each(|call| ops.entry(call.key).or_default().push((&call.op, call.ret.is_some())));
    ops.into_values().map(|ops| Sums::of(ops.into_iter())).collect()
}

/// One client's answered operations in order, or one operation that was never answered.
struct Line {
    /// Places in the history.
    calls: Vec<usize>,
    /// For an open operation: how far its client must have come.
    after: Option<(usize, usize)>,
}

/// How often a value of a key is still needed, and can still be given.
#[derive(Clone, Copy, Default)]
struct Demand {
    needed: u32,
    given: u32,
}

/// An operation that was taken, and how it was before.
struct Taken {
    line: usize,
    state: u32,
    is_forced: bool,
}

/// A choice: whether it was never answered, when it was called, its line.
type Rank = (bool, Time, usize);

struct Search<'a, M: Model> {
    history: &'a [Call<M>],
    lines: Vec<Line>,
    /// The key of each operation, counted from zero, and how many of each line have been taken.
    keys: Vec<usize>,
    taken_of: Vec<usize>,
    answered: usize,
    left: usize,
    states: States<M::State>,
    /// What each key holds.
    held: Vec<u32>,
    demand: BTreeMap<(usize, u64), Demand>,
    /// By key, what is known of its sum.
    sums: Vec<Option<Sums>>,
    /// Who must come before each operation, by the answers: line and place in it.
    before: Vec<Vec<(usize, usize)>>,
    seen: Configurations,
    row: Vec<u64>,
    taken: Vec<Taken>,
    /// The most that were taken at once, and an operation that was stuck then.
    deepest: (usize, usize),
}

impl<'a, M: Model> Search<'a, M> {
    fn new(history: &'a [Call<M>]) -> Self {
        let mut order: Vec<usize> = (0..history.len()).collect();
        order.sort_by_key(|at| (history[*at].call, *at));
        let mut names: Vec<u32> = history.iter().map(|call| call.key).collect();
        names.sort_unstable();
        names.dedup();
        let keys = history.iter().map(|call| names.partition_point(|name| *name < call.key)).collect();
        let mut clients: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut open = Vec::new();
        for at in order {
            let own = clients.entry(history[at].client).or_default();
            match history[at].ret {
                Some(_) => own.push(at),
                None if history[at].op.is_update() => open.push((at, history[at].client, own.len())),
                None => {}
            }
        }
        let place: BTreeMap<u32, usize> = clients.keys().copied().zip(0..).collect();
        let mut lines: Vec<Line> = clients.into_values().map(|calls| Line { calls, after: None }).collect();
        let answered = lines.len();
        let line = |(at, client, after)| Line { calls: vec![at], after: Some((place[&client], after)) };
        lines.extend(open.into_iter().map(line));
        let mut states = States::new();
        let held = vec![states.number(M::initial()); names.len()];
        let left = lines[..answered].iter().map(|line| line.calls.len()).sum();
        let taken_of = vec![0; lines.len()];
        let (demand, seen, row, taken) = (BTreeMap::new(), Configurations::new(), Vec::new(), Vec::new());
        let (sums, before) = (sums(history, &names), vec![Vec::new(); history.len()]);
        let deepest = (0, lines.first().and_then(|line| line.calls.first()).copied().unwrap_or(0));
        let mut search = Search {
            history,
            lines,
            keys,
            taken_of,
            answered,
            left,
            states,
            held,
            demand,
            sums,
            before,
            seen,
            row,
            taken,
            deepest,
        };
        search.count();
        search
    }

    /// The value that this operation's answer needs; what was never answered need not happen.
    fn needs(&self, at: usize) -> Option<u64> {
        self.history[at].op.needs().filter(|_| self.history[at].ret.is_some())
    }

    /// Counts what is needed and given, by everything that is to come.
    fn count(&mut self) {
        for at in self.lines.iter().flat_map(|line| &line.calls) {
            let (op, key) = (&self.history[*at].op, self.keys[*at]);
            if let Some(value) = self.needs(*at) {
                self.demand.entry((key, value)).or_default().needed += 1;
            }
            if let Some(value) = op.gives() {
                self.demand.entry((key, value)).or_default().given += 1;
            }
        }
    }

    /// An operation whose answer needs a value that is not there in the beginning and that nobody ever gives.
    fn unexplained(&self) -> Option<usize> {
        let initial = M::held(&M::initial());
        let is_missing = |at: &usize| {
            let value = self.needs(*at).filter(|value| Some(*value) != initial);
            value.is_some_and(|value| self.demand.get(&(self.keys[*at], value)).is_none_or(|demand| demand.given == 0))
        };
        let is_too_high = |at: &usize| {
            let sums = self.sums[self.keys[*at]].as_ref().filter(|_| self.history[*at].ret.is_some());
            sums.is_some_and(|sums| sums.is_too_high(&self.history[*at].op))
        };
        self.lines.iter().flat_map(|line| &line.calls).copied().find(|at| is_missing(at) || is_too_high(at))
    }

    /// Finds out what the answers say about the order; or an operation that would have to come before itself.
    fn saturate(&mut self) -> Option<usize> {
        let mut edges: Vec<(usize, usize)> = Vec::new();
        let mut places = vec![None; self.history.len()];
        for (number, line) in self.lines.iter().enumerate() {
            edges.extend(line.calls.windows(2).map(|pair| (pair[0], pair[1])));
            let last = line.after.and_then(|(of, count)| Some(self.lines[of].calls[count.checked_sub(1)?]));
            edges.extend(last.map(|last| (last, line.calls[0])));
            line.calls.iter().enumerate().for_each(|(at, call)| places[*call] = Some((number, at)));
        }
        let order = saturated::order(self.history, &edges);
        let place = |calls: Vec<usize>| calls.into_iter().filter_map(|call| places[call]).collect();
        self.before = order.before.into_iter().map(place).collect();
        order.circle
    }

    /// An operation that was stuck when the most were taken, or `None` if there is an order.
    fn run(mut self, steps: &mut Steps) -> Result<Option<usize>, RanOut> {
        loop {
            while let Some((line, state)) = self.forced(steps)? {
                self.take(line, state, true);
            }
            if self.left == 0 {
                return Ok(None);
            }
            let mut choice = if self.is_new(steps)? { self.choice(None, steps)? } else { None };
            loop {
                if let Some((line, state)) = choice {
                    self.take(line, state, false);
                    break;
                }
                let Some(line) = self.put_back() else { return Ok(Some(self.deepest.1)) };
                choice = self.choice(self.rank(line), steps)?;
            }
        }
    }

    /// The next operation of a line, if there is one and it may come.
    fn next(&self, line: usize) -> Option<usize> {
        let is_due = self.lines[line].after.is_none_or(|(client, count)| self.taken_of[client] >= count);
        let next = self.lines[line].calls.get(self.taken_of[line]).copied().filter(|_| is_due);
        let is_free = |at: &usize| self.before[*at].iter().all(|(line, place)| self.taken_of[*line] > *place);
        next.filter(is_free)
    }

    /// A read whose answer is right now.
    fn forced(&mut self, steps: &mut Steps) -> Result<Option<(usize, u32)>, RanOut> {
        for line in 0..self.answered {
            if let Some(at) = self.next(line).filter(|at| !self.history[*at].op.is_update())
                && let Some(state) = self.step(at, steps)?
            {
                return Ok(Some((line, state)));
            }
        }
        Ok(None)
    }

    /// The first choice after `from`, with the state of its key after it. Lines are tried in the order in which their operations
    /// were called, those that were never answered last: a run that was in order is found to be without a wrong turn.
    fn choice(&mut self, from: Option<Rank>, steps: &mut Steps) -> Result<Option<(usize, u32)>, RanOut> {
        let mut from = from;
        loop {
            let ranks = (0..self.lines.len()).filter_map(|line| self.rank(line));
            let Some(rank) = ranks.filter(|rank| from.is_none_or(|from| *rank > from)).min() else { return Ok(None) };
            from = Some(rank);
            let (.., line) = rank;
            let at = self.lines[line].calls[self.taken_of[line]];
            let held = self.held[self.keys[at]];
            if let Some(state) = self.step(at, steps)?.filter(|state| line < self.answered || *state != held)
                && !self.is_missed(at, state)
                && !self.exceeds(at, state)
            {
                return Ok(Some((line, state)));
            }
            if self.deepest.0 <= self.taken.len() && line < self.answered {
                self.deepest = (self.taken.len() + 1, at);
            }
        }
    }

    /// Where a line stands among the choices, if it has one.
    fn rank(&self, line: usize) -> Option<Rank> {
        self.next(line).map(|at| (line >= self.answered, self.history[at].call, line))
    }

    /// Whether this operation, which leaves `next`, takes away a value that others still need and nobody can give again.
    fn is_missed(&self, at: usize, next: u32) -> bool {
        let (key, op) = (self.keys[at], &self.history[at].op);
        let own = self.needs(at);
        if next == self.held[key] {
            return false;
        }
        let Some(value) = M::held(self.states.get(self.held[key])) else { return false };
        let Some(demand) = self.demand.get(&(key, value)) else { return false };
        demand.needed > u32::from(own == Some(value)) && demand.given == u32::from(op.gives() == Some(value))
    }

    /// Whether this operation makes a sum larger than another one still expects it to be.
    fn exceeds(&self, at: usize, state: u32) -> bool {
        let own = self.history[at].op.expects().filter(|_| self.history[at].ret.is_some());
        let sum = M::sum(self.states.get(state)).zip(self.sums[self.keys[at]].as_ref());
        sum.is_some_and(|(sum, sums)| sums.least(own).is_some_and(|least| least < sum))
    }

    fn step(&mut self, at: usize, steps: &mut Steps) -> Result<Option<u32>, RanOut> {
        let held = self.held[self.keys[at]];
        let state = self.states.get(held);
        steps.spend(M::size(state))?;
        let next = self.history[at].op.step(state);
        Ok(match next {
            Some(next) if next == *state => Some(held),
            next => next.map(|next| self.states.number(next)),
        })
    }

    fn is_new(&mut self, steps: &mut Steps) -> Result<bool, RanOut> {
        self.row.clear();
        self.row.extend(self.taken_of.iter().map(|count| *count as u64));
        self.row.extend(self.held.iter().map(|state| u64::from(*state)));
        steps.spend(4 + self.row.len() as u64)?;
        Ok(self.seen.insert(&self.row))
    }

    fn take(&mut self, line: usize, state: u32, is_forced: bool) {
        let at = self.lines[line].calls[self.taken_of[line]];
        let held = &mut self.held[self.keys[at]];
        self.taken.push(Taken { line, state: *held, is_forced });
        *held = state;
        self.taken_of[line] += 1;
        self.left -= usize::from(line < self.answered);
        self.change_sums(at, Sums::take);
        self.change_demand(at, |count| *count -= 1);
    }

    fn put_back(&mut self) -> Option<usize> {
        loop {
            let Taken { line, state, is_forced } = self.taken.pop()?;
            self.taken_of[line] -= 1;
            let at = self.lines[line].calls[self.taken_of[line]];
            self.held[self.keys[at]] = state;
            self.left += usize::from(line < self.answered);
            self.change_sums(at, Sums::put_back);
            self.change_demand(at, |count| *count += 1);
            if !is_forced {
                return Some(line);
            }
        }
    }

    fn change_sums(&mut self, at: usize, change: impl Fn(&mut Sums, i128)) {
        let expected = self.history[at].op.expects().filter(|_| self.history[at].ret.is_some());
        if let Some((sums, expected)) = self.sums[self.keys[at]].as_mut().zip(expected) {
            change(sums, expected);
        }
    }

    fn change_demand(&mut self, at: usize, change: impl Fn(&mut u32)) {
        let (key, op) = (self.keys[at], &self.history[at].op);
        let counted = "it was counted in the beginning";
        if let Some(value) = self.needs(at) {
            change(&mut self.demand.get_mut(&(key, value)).expect(counted).needed);
        }
        if let Some(value) = op.gives() {
            change(&mut self.demand.get_mut(&(key, value)).expect(counted).given);
        }
    }
}
