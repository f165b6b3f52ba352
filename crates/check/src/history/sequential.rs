//! Sequential consistency: one order of all operations that keeps each client's own, over all keys together.
//!
//! A search over how far each client has come. Unlike linearizability it cannot be asked key by key (two keys can each be in order
//! and not both together), and nothing in time limits what may come next, so it is exponential in the clients at worst. What keeps
//! it small, without changing the verdict:
//! - a read that is right is taken at once;
//! - a configuration (how far everybody is, what is held) is tried once;
//! - a value that somebody still needs and nobody can give again is not overwritten.
//!
//! An operation that was never answered comes after its client's earlier ones, and otherwise whenever it likes, or never.
//!
//! Source: Lamport, *How to Make a Multiprocessor Computer That Correctly Executes Multiprocess Programs*, 1979; that it is hard:
//! Gibbons and Korach, *Testing Shared Memories*, 1997.

use super::model::Model;
use super::seen::{Configurations, States};
use super::{Broken, Call, HistoryError, Judgement, RanOut, Steps, checked, linearizable};
use base::Time;
use std::collections::BTreeMap;

/// Whether all operations can be put in one order that keeps each client's own and in which all answers are right. A client's own
/// order is that of its calls. `steps` bounds the work.
///
/// # Errors
/// [`HistoryError`] if it is no history.
pub fn sequentially_consistent<M: Model>(history: &[Call<M>], steps: u64) -> Result<Judgement, HistoryError> {
    checked(history)?;
    // What is in order in real time is in each client's, too, and that is found key by key.
    if is_in_turn(history) && linearizable(history, steps / 2)? == Judgement::Holds {
        return Ok(Judgement::Holds);
    }
    Ok(match Search::new(history).run(&mut Steps(steps - steps / 2)) {
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
        let deepest = (0, lines.first().and_then(|line| line.calls.first()).copied().unwrap_or(0));
        let mut search =
            Search { history, lines, keys, taken_of, answered, left, states, held, demand, seen, row, taken, deepest };
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
        self.lines[line].calls.get(self.taken_of[line]).copied().filter(|_| is_due)
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
        self.change_demand(at, |count| *count -= 1);
    }

    fn put_back(&mut self) -> Option<usize> {
        loop {
            let Taken { line, state, is_forced } = self.taken.pop()?;
            self.taken_of[line] -= 1;
            let at = self.lines[line].calls[self.taken_of[line]];
            self.held[self.keys[at]] = state;
            self.left += usize::from(line < self.answered);
            self.change_demand(at, |count| *count += 1);
            if !is_forced {
                return Some(line);
            }
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
