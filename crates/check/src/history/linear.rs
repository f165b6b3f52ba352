//! Linearizability, key by key: Wing and Gong's search with Lowe's memory of configurations.
//!
//! ```text
//!   events in time   A( B( )A C( )B )C        the next operation is one whose call stands before the first answer that is left:
//!                    ^  ^                      A or B, not C. Taking one lifts both its events out; when no choice is left,
//!                                              put the last one back and try the next
//! ```
//!
//! Eight things keep it small, and none can change the verdict:
//! - a read that is right is taken at once: whatever order there is, it may stand first in it (a write that happens to change
//!   nothing may not: later it might);
//! - of equal operations the one that was called and answered earlier goes first: exchanging them in an order changes nothing;
//! - a configuration (what has been taken, what is held) is tried once;
//! - what is held must be on the way to what the next read has answered, or an overwrite that leads there must come before it;
//! - what a read still needs and no overwrite can bring again is not overwritten;
//! - what is overwritten before anybody can read it may be anything: all such configurations are one;
//! - a sum to which nobody takes away is never more than what any answer still expects;
//! - what is put into a queue as the n-th must be what is taken out as the n-th.
//!
//! The row of a configuration is as long as operations overlap, not as the history. For c clients about n·2^c rows at worst, and
//! nearly n in practice.

use super::fifo::Fifo;
use super::model::Model;
use super::overwrites::Overwrites;
use super::sums::Sums;
use super::{Broken, Call, HistoryError, Judgement, RanOut, Steps, checked};
use crate::seen::{Configurations, States};
use crate::shrink::shrink;
use std::collections::{BTreeMap, BTreeSet};

/// Whether every key's operations can be given moments between call and answer in which all answers are right.
///
/// `steps` bounds the work, shared evenly between the keys, what one does not need going to the next. A broken key is reported
/// whether or not others could be judged; of several, the smallest.
///
/// # Errors
/// [`HistoryError`] if it is no history.
pub fn linearizable<M: Model>(history: &[Call<M>], steps: u64) -> Result<Judgement, HistoryError> {
    checked(history)?;
    let mut keys: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    history.iter().enumerate().for_each(|(at, call)| keys.entry(call.key).or_default().push(at));
    let (mut left, mut is_known) = (steps, true);
    for (done, of_key) in keys.values().enumerate() {
        let share = left / (keys.len() - done) as u64;
        let mut steps = Steps(share);
        match Search::new(history, of_key).run(&mut steps) {
            Ok(None) => {}
            Ok(Some(stuck)) => return Ok(Judgement::Broken(Broken { stuck })),
            Err(RanOut) => is_known = false,
        }
        left -= share - steps.0;
    }
    Ok(if is_known { Judgement::Holds } else { Judgement::Unknown })
}

/// A part of a broken history that is still broken, and from which nothing can be left out, as places in the history; ascending.
/// If the steps run out, a part that is broken and not yet the smallest. `None` if the history is not known to be broken.
///
/// # Errors
/// [`HistoryError`] if it is no history.
pub fn minimal<M: Model>(history: &[Call<M>], steps: u64) -> Result<Option<Vec<usize>>, HistoryError> {
    let Judgement::Broken(Broken { stuck }) = linearizable(history, steps)? else { return Ok(None) };
    // What was called after the answer that cannot be explained has no part in it, and what was answered later counts as open.
    let cut = history[stuck].ret.unwrap_or(base::Time::NEVER);
    let ret = |call: &Call<M>| call.ret.filter(|ret| *ret <= cut);
    let cut_off: Vec<Call<M>> = history.iter().map(|call| Call { ret: ret(call), ..call.clone() }).collect();
    let is_part = |at: &usize| history[*at].key == history[stuck].key && history[*at].call <= cut;
    let of_key = |at: &usize| history[*at].key == history[stuck].key;
    let mut steps = Steps(steps);
    let mut is_broken =
        |part: &[usize], history: &[Call<M>]| Search::new(history, part).run(&mut steps).map(|stuck| stuck.is_some());
    // The search may have looked further than to that answer; then everything counts, as it was.
    let (early, whole): (Vec<usize>, Vec<usize>) =
        ((0..history.len()).filter(is_part).collect(), (0..history.len()).filter(of_key).collect());
    let is_early = is_broken(&early, &cut_off).unwrap_or(false);
    let (part, judged) = if is_early { (early, &*cut_off) } else { (whole, history) };
    Ok(Some(shrink(part, |part| is_broken(part, judged).ok()).parts))
}

/// One operation of the search.
pub(super) struct Item<'a, M> {
    pub(super) op: &'a M,
    /// Its place in the history.
    at: usize,
    /// Its events; no answer if it was never answered.
    pub(super) call: u32,
    pub(super) ret: Option<u32>,
    /// An equal operation that goes first.
    twin: Option<u32>,
    /// Its place among the reads, the resets or the puts into a queue, if it is one.
    pub(super) rank: usize,
    /// How many of the puts in their order go first.
    pub(super) after: usize,
}

/// An operation that was taken, and how it was before.
struct Taken {
    item: u32,
    state: u32,
    /// The greatest taken item before it.
    high: u32,
    /// Whether there was no choice.
    is_forced: bool,
}

struct Search<'a, M: Model> {
    /// Answered ones in the order of their calls, then those that never were.
    items: Vec<Item<'a, M>>,
    answered: u32,
    /// The item of each event; event 0 is both ends of the line.
    events: Vec<u32>,
    next: Vec<u32>,
    before: Vec<u32>,
    is_taken: Vec<bool>,
    /// The first answered item that is not taken, and one past the last that is.
    low: u32,
    high: u32,
    left: u32,
    states: States<M::State>,
    state: u32,
    seen: Configurations,
    row: Vec<u64>,
    taken: Vec<Taken>,
    /// The last answer that the search came to.
    deepest: u32,
    /// Answered reads in the order of their answers, and resets in that of their calls; of each the first that is not taken.
    reads: Vec<u32>,
    resets: Vec<u32>,
    read_low: usize,
    reset_low: usize,
    /// What is known of a queue's order, and how many values have been put in.
    fifo: Option<Fifo>,
    puts_taken: u32,
    puts_low: usize,
    /// What is known of overwrites, and of sums.
    overwrites: Option<Overwrites>,
    sums: Option<Sums>,
}

impl<'a, M: Model> Search<'a, M> {
    fn new(history: &'a [Call<M>], part: &[usize]) -> Self {
        let mut order: Vec<usize> = part.to_vec();
        order.retain(|at| history[*at].ret.is_some() || history[*at].op.is_update());
        order.sort_by_key(|at| (history[*at].ret.is_none(), history[*at].call, *at));
        let answered = order.iter().filter(|at| history[**at].ret.is_some()).count() as u32;
        // At one moment calls stand before answers: two operations that touch overlap.
        let calls = (0..).zip(&order).map(|(item, at)| (history[*at].call, false, item));
        let rets = (0..).zip(&order).filter_map(|(item, at)| Some((history[*at].ret?, true, item)));
        let mut line: Vec<(base::Time, bool, u32)> = calls.chain(rets).collect();
        line.sort_unstable();
        let item = |at: &usize| Item {
            op: &history[*at].op,
            at: *at,
            call: 0,
            ret: None,
            twin: None,
            rank: usize::MAX,
            after: 0,
        };
        let mut items: Vec<Item<M>> = order.iter().map(item).collect();
        let mut events = vec![u32::MAX];
        for (event, (_, is_ret, item)) in (1..).zip(&line) {
            let item_of = &mut items[*item as usize];
            if *is_ret {
                item_of.ret = Some(event)
            } else {
                item_of.call = event
            }
            events.push(*item);
        }
        pair(&mut items);
        let fifo = Fifo::of(&mut items);
        let (reads, resets) = rank(&mut items);
        let overwrites = Overwrites::of(&items, &reads, &resets);
        let sums = Sums::of(items.iter().map(|item| (item.op, item.ret.is_some())));
        let count = events.len() as u32;
        let (mut states, is_taken) = (States::new(), vec![false; items.len()]);
        let state = states.number(M::initial());
        let next = (1..=count).map(|event| event % count).collect();
        let before = (0..count).map(|event| (event + count - 1) % count).collect();
        let (seen, row, taken) = (Configurations::new(), Vec::new(), Vec::new());
        let (low, high, left, deepest) = (0, 0, answered, 0);
        Search {
            items,
            answered,
            events,
            next,
            before,
            is_taken,
            low,
            high,
            left,
            states,
            state,
            seen,
            row,
            taken,
            deepest,
            reads,
            resets,
            read_low: 0,
            reset_low: 0,
            fifo,
            puts_taken: 0,
            puts_low: 0,
            overwrites,
            sums,
        }
    }

    /// The operation at which no order is left, or `None` if there is an order.
    fn run(mut self, steps: &mut Steps) -> Result<Option<usize>, RanOut> {
        if let Some(take) = self.fifo.as_ref().and_then(|fifo| fifo.impossible) {
            return Ok(Some(self.items[take as usize].at));
        }
        if let Some(item) = self.unexplained() {
            return Ok(Some(item.at));
        }
        loop {
            while let Some((item, state)) = self.forced(steps)? {
                self.take(item, state, true);
            }
            if self.left == 0 {
                return Ok(None);
            }
            let mut from = if self.is_new(steps)? { self.next[0] } else { 0 };
            // Go on with the next choice here, or with the next one of the last choice before.
            loop {
                if let Some((item, state)) = self.choice(from, steps)? {
                    self.take(item, state, false);
                    break;
                }
                match self.put_back() {
                    Some(item) => from = self.next[self.items[item as usize].call as usize],
                    None => return Ok(Some(self.items[self.events[self.deepest as usize] as usize].at)),
                }
            }
        }
    }

    /// An answer that is wrong whatever the order is.
    fn unexplained(&self) -> Option<&Item<'a, M>> {
        let lost = self.overwrites.as_ref().and_then(Overwrites::unexplained);
        let lost = lost.map(|read| &self.items[self.reads[read as usize] as usize]);
        let sums = self.sums.as_ref();
        let mut answered = self.items[..self.answered as usize].iter();
        lost.or_else(|| sums.and_then(|sums| answered.find(|item| sums.is_too_high(item.op))))
    }

    /// A read whose answer is right now.
    fn forced(&mut self, steps: &mut Steps) -> Result<Option<(u32, u32)>, RanOut> {
        let mut event = self.next[0];
        while let Some(item) = self.called(event) {
            let is_read = item < self.answered && !self.items[item as usize].op.is_update();
            if is_read && self.step(item, steps)?.is_some() {
                return Ok(Some((item, self.state)));
            }
            event = self.next[event as usize];
        }
        Ok(None)
    }

    /// The first operation from this event on that may be next, with the state after it.
    fn choice(&mut self, from: u32, steps: &mut Steps) -> Result<Option<(u32, u32)>, RanOut> {
        let mut event = from;
        while let Some(item) = self.called(event) {
            let Item { twin, after, .. } = &self.items[item as usize];
            let is_due = *after <= self.puts_low && twin.is_none_or(|twin| self.is_taken[twin as usize]);
            let state = if is_due { self.step(item, steps)? } else { None };
            // One that was never answered may as well come when it changes something.
            let state = state.filter(|state| item < self.answered || *state != self.state);
            if let Some(state) = state.filter(|state| !self.is_dead_end(item, *state))
                && !self.is_idle(item, state, steps)?
            {
                return Ok(Some((item, state)));
            }
            event = self.next[event as usize];
        }
        self.deepest = self.deepest.max(event);
        Ok(None)
    }

    /// Whether taking `item` leads nowhere: what it puts into a queue is taken out at another place, or what is then held cannot come
    /// true for the read that is answered next, as no reset can stand before that.
    fn is_dead_end(&mut self, item: u32, state: u32) -> bool {
        let put = self.fifo.as_ref().zip(self.items[item as usize].op.puts());
        if put.is_some_and(|(fifo, value)| !fifo.can_be(self.puts_taken, value)) {
            return true;
        }
        if self.robs(item) || self.covers(item, state) || self.exceeds(item, state) {
            return true;
        }
        let Some(read) = self.reads.get(self.read_low).map(|read| &self.items[*read as usize]) else { return false };
        let ret = read.ret.unwrap_or(u32::MAX);
        if read.op.can_come_true(self.states.get(state)) {
            return false;
        }
        let early = self.resets[self.reset_low..].iter().take_while(|reset| self.items[**reset as usize].call < ret);
        let mut resets = early.filter(|reset| **reset != item && !self.is_taken[**reset as usize]);
        // The last reset before the read must leave what can come true for it.
        let leads_there =
            |reset: &u32| self.items[*reset as usize].op.leaves().is_some_and(|after| read.op.can_come_true(&after));
        let is_dead_end = !resets.any(leads_there);
        self.deepest = if is_dead_end { self.deepest.max(ret) } else { self.deepest };
        is_dead_end
    }

    /// Whether nobody looks at this state before it is overwritten. Who could is called before the next answer of a read: any later one
    /// comes after that read, and so after the overwrite that this one still needs.
    fn is_unseen(&self, state: u32, steps: &mut Steps) -> Result<bool, RanOut> {
        let state = self.states.get(state);
        let Some(next) = self.reads.get(self.read_low).map(|read| &self.items[*read as usize]) else {
            return Ok(false);
        };
        if next.op.can_come_true(state) {
            return Ok(false);
        }
        self.none_until(next.ret.unwrap_or(u32::MAX), steps, |_, op| op.looks(state))
    }

    /// Whether leaving out what was never answered, and would leave `state`, makes no difference: nobody looks at that, and nobody who
    /// looks at what is held now would do as well without.
    fn is_idle(&self, item: u32, state: u32, steps: &mut Steps) -> Result<bool, RanOut> {
        if item < self.answered || !self.is_unseen(state, steps)? {
            return Ok(false);
        }
        let (held, after) = (self.states.get(self.state), self.states.get(state));
        let ret = self.reads.get(self.read_low).and_then(|read| self.items[*read as usize].ret).unwrap_or(u32::MAX);
        self.none_until(ret, steps, |other, op| other != item && op.looks(held) && op.step(after).is_some())
    }

    /// Whether nothing that is left and is called before this event is such.
    fn none_until(&self, end: u32, steps: &mut Steps, is_such: impl Fn(u32, &M) -> bool) -> Result<bool, RanOut> {
        let mut event = self.next[0];
        while event != 0 && event < end {
            steps.spend(1)?;
            if self.called(event).is_some_and(|item| is_such(item, self.items[item as usize].op)) {
                return Ok(false);
            }
            event = self.next[event as usize];
        }
        Ok(true)
    }

    /// Whether `item` takes out of a queue, without having said what, a value that somebody else said to have taken.
    fn robs(&self, item: u32) -> bool {
        let Item { op, .. } = &self.items[item as usize];
        let is_silent = op.is_update() && op.puts().is_none() && op.takes().is_none();
        let front = M::front(self.states.get(self.state)).filter(|_| is_silent);
        front.zip(self.fifo.as_ref()).is_some_and(|(value, fifo)| !fifo.is_spare(value))
    }

    /// Whether `item`, which leaves `state`, takes away what a read still needs and no overwrite can bring again.
    fn covers(&self, item: u32, state: u32) -> bool {
        let Some(overwrites) = &self.overwrites else { return false };
        let state = self.states.get(state);
        let is_missed = |rank: u32| {
            let read = self.reads[rank as usize];
            !self.is_taken[read as usize] && !self.items[read as usize].op.can_come_true(state)
        };
        overwrites.waiting(self.read_low as u32, self.items[item as usize].op.is_reset()).any(is_missed)
    }

    /// Whether `item` makes a sum larger than another one still expects it to be.
    fn exceeds(&self, item: u32, state: u32) -> bool {
        let sum = M::sum(self.states.get(state));
        let own = self.items[item as usize].op.expects().filter(|_| item < self.answered);
        sum.zip(self.sums.as_ref()).is_some_and(|(sum, sums)| sums.least(own).is_some_and(|least| least < sum))
    }

    /// The item that is called at this event; `None` for an answer and for the end.
    fn called(&self, event: u32) -> Option<u32> {
        let item = *self.events.get(event as usize).filter(|item| **item != u32::MAX)?;
        (self.items[item as usize].call == event).then_some(item)
    }

    fn step(&mut self, item: u32, steps: &mut Steps) -> Result<Option<u32>, RanOut> {
        let state = self.states.get(self.state);
        steps.spend(M::size(state))?;
        let next = self.items[item as usize].op.step(state);
        Ok(match next {
            Some(next) if next == *state => Some(self.state),
            next => next.map(|next| self.states.number(next)),
        })
    }

    /// Notes the configuration; false if it was here before.
    fn is_new(&mut self, steps: &mut Steps) -> Result<bool, RanOut> {
        self.row.clear();
        // What nobody will see may be anything.
        let state = if self.is_unseen(self.state, steps)? { u64::MAX } else { u64::from(self.state) };
        self.row.extend([state, u64::from(self.low)]);
        let bits = |items: &[bool]| items.iter().rev().fold(0_u64, |word, taken| word << 1 | u64::from(*taken));
        let open = self.is_taken[self.answered as usize..].chunks(64).map(bits);
        let window = self.is_taken[self.low as usize..self.high.max(self.low) as usize].chunks(64).map(bits);
        self.row.extend(open.chain(window));
        steps.spend(4 + self.row.len() as u64)?;
        Ok(self.seen.insert(&self.row))
    }

    fn take(&mut self, item: u32, state: u32, is_forced: bool) {
        self.taken.push(Taken { item, state: self.state, high: self.high, is_forced });
        let has_changed = self.state != state;
        self.state = state;
        self.is_taken[item as usize] = true;
        if let Some((fifo, value)) = self.fifo.as_mut().zip(self.items[item as usize].op.puts()) {
            self.puts_taken += 1;
            fifo.put(value);
        }
        if let Some(overwrites) = self.overwrites.as_mut().filter(|_| self.items[item as usize].op.is_reset()) {
            overwrites.take(self.items[item as usize].rank as u32, has_changed);
        }
        let (call, ret) = (self.items[item as usize].call, self.items[item as usize].ret);
        if let Some((sums, expected)) =
            self.sums.as_mut().filter(|_| ret.is_some()).zip(self.items[item as usize].op.expects())
        {
            sums.take(expected);
        }
        for event in [Some(call), ret].into_iter().flatten() {
            let (before, next) = (self.before[event as usize], self.next[event as usize]);
            self.next[before as usize] = next;
            self.before[next as usize] = before;
        }
        if item < self.answered {
            self.left -= 1;
            self.high = self.high.max(item + 1);
            while self.low < self.answered && self.is_taken[self.low as usize] {
                self.low += 1;
            }
        }
        let is_taken = |item: Option<&u32>| item.is_some_and(|item| self.is_taken[*item as usize]);
        while is_taken(self.reads.get(self.read_low)) {
            self.read_low += 1;
        }
        while is_taken(self.resets.get(self.reset_low)) {
            self.reset_low += 1;
        }
        while is_taken(self.fifo.as_ref().and_then(|fifo| fifo.order.get(self.puts_low))) {
            self.puts_low += 1;
        }
    }

    /// Puts back what was taken, up to and with the last that was a choice; that one.
    fn put_back(&mut self) -> Option<u32> {
        loop {
            let Taken { item, state, high, is_forced } = self.taken.pop()?;
            (self.state, self.high) = (state, high);
            self.is_taken[item as usize] = false;
            if let Some(fifo) = self.fifo.as_mut().filter(|_| self.items[item as usize].op.puts().is_some()) {
                self.puts_taken -= 1;
                fifo.unput();
            }
            let (call, ret) = (self.items[item as usize].call, self.items[item as usize].ret);
            if let Some((sums, expected)) =
                self.sums.as_mut().filter(|_| ret.is_some()).zip(self.items[item as usize].op.expects())
            {
                sums.put_back(expected);
            }
            for event in [ret, Some(call)].into_iter().flatten() {
                let (before, next) = (self.before[event as usize], self.next[event as usize]);
                self.next[before as usize] = event;
                self.before[next as usize] = event;
            }
            if item < self.answered {
                self.left += 1;
                self.low = self.low.min(item);
            }
            let Item { op, rank, .. } = &self.items[item as usize];
            if !op.is_update() {
                self.read_low = self.read_low.min(*rank);
            } else if op.is_reset() {
                self.reset_low = self.reset_low.min(*rank);
                if let Some(overwrites) = &mut self.overwrites {
                    overwrites.put_back(*rank as u32);
                }
            } else if op.puts().is_some() {
                self.puts_low = self.puts_low.min(*rank);
            }
            if !is_forced {
                return Some(item);
            }
        }
    }
}

/// Finds for each operation an equal one that was called no later and answered no later.
fn pair<M: Model>(items: &mut [Item<M>]) {
    // Only operations that overlap something can be exchanged to any use; looking back a little is enough.
    const BACK: usize = 64;
    let mut by_call: Vec<u32> = (0..items.len() as u32).collect();
    by_call.sort_by_key(|item| items[*item as usize].call);
    let end = |item: &Item<M>| item.ret.unwrap_or(u32::MAX);
    let (mut twins, mut open) = (BTreeSet::new(), Vec::new());
    for (at, item) in by_call.iter().enumerate() {
        let own = &items[*item as usize];
        let is_twin = |other: &&u32| {
            let other = &items[**other as usize];
            other.op == own.op && end(other) <= end(own)
        };
        let near = by_call[at.saturating_sub(BACK)..at].iter().rev().find(is_twin);
        // What was never answered overlaps everything later.
        let twin = near.or_else(|| if own.ret.is_none() { open.iter().rev().find(is_twin) } else { None });
        if let Some(twin) = twin {
            twins.insert((*item, *twin));
        }
        if own.ret.is_none() {
            open.push(*item);
        }
    }
    twins.into_iter().for_each(|(item, twin)| items[item as usize].twin = Some(twin));
}

/// Reads by answer, resets by call, each with its rank.
fn rank<M: Model>(items: &mut [Item<M>]) -> (Vec<u32>, Vec<u32>) {
    let of = |is_meant: &dyn Fn(&Item<M>) -> bool| -> Vec<u32> {
        (0..).zip(&*items).filter(|(_, item)| is_meant(item)).map(|(at, _)| at).collect()
    };
    let (mut reads, mut resets) = (of(&|item| !item.op.is_update()), of(&|item| item.op.is_reset()));
    reads.sort_by_key(|read| items[*read as usize].ret);
    resets.sort_by_key(|reset| items[*reset as usize].call);
    for list in [&reads, &resets] {
        list.iter().enumerate().for_each(|(rank, item)| items[*item as usize].rank = rank);
    }
    (reads, resets)
}
