//! First in, first out: what the answers say about the order in which values were put in.
//!
//! ```text
//!   the n-th value put in is the n-th taken out          a take that must come after 3 others and before 5 of 10 took out the
//!                                                        4th or 5th value: it can only have been put in as that
//! ```
//!
//! A search that does not know this guesses the order of what was put in at one time, and learns that it was wrong when those values
//! come out, long after.

use super::linear::Item;
use super::model::Model;
use std::collections::{BTreeMap, BTreeSet};

/// Where each value can stand in the order of what is put in.
pub(super) struct Fifo {
    /// The first place of each take, ascending, and the last place of all takes up to it, by value.
    places: BTreeMap<u64, Vec<(u32, u32)>>,
    /// Who put in what was taken out, in the order of the answers; only values that were put in once.
    pub(super) order: Vec<u32>,
    /// A take that no order can explain.
    pub(super) impossible: Option<u32>,
    /// From here on a value need not be taken out by anybody who said so.
    free_from: u32,
    /// Values that are put in more often than anybody says to have taken them out: only these are left over, or taken in silence.
    spare: BTreeSet<u64>,
    /// Who takes out what has been put in so far.
    takers: Takers,
}

impl Fifo {
    /// What the answers of these operations say; `None` if they are of no queue. Also notes with each put how many of the order must
    /// go before it.
    pub(super) fn of<M: Model>(items: &mut [Item<M>]) -> Option<Fifo> {
        let mut puts: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (at, item) in (0..).zip(&*items) {
            if let Some(value) = item.op.puts() {
                puts.entry(value).or_default().push(at);
            }
        }
        if puts.is_empty() {
            return None;
        }
        // Answer and call of each take that has said what it took.
        let said = |item: &Item<M>| Some((item.ret?, item.call, item.op.takes()?));
        let mut takes: Vec<(u32, u32, u64)> = items.iter().filter_map(said).collect();
        takes.sort_unstable();
        let mut calls: Vec<u32> = takes.iter().map(|(_, call, _)| *call).collect();
        calls.sort_unstable();
        let before = |call: u32| takes.partition_point(|(ret, ..)| *ret < call);
        // Takes that have not said what they took may come in between.
        let is_silent = |item: &&Item<M>| item.op.is_update() && item.op.puts().is_none() && said(item).is_none();
        let mut silent: Vec<u32> = items.iter().filter(is_silent).map(|item| item.call).collect();
        silent.sort_unstable();
        let free_from = silent.iter().map(|call| before(*call)).min().unwrap_or(takes.len()) as u32;
        let mut places: BTreeMap<u64, Vec<(u32, u32)>> = BTreeMap::new();
        for (ret, call, value) in &takes {
            let after = calls.len() - calls.partition_point(|call| call <= ret);
            let last = takes.len() - 1 - after + silent.partition_point(|call| call < ret);
            places.entry(*value).or_default().push((before(*call) as u32, last as u32));
        }
        for places in places.values_mut() {
            places.sort_unstable();
            places.iter_mut().fold(0, |furthest, (_, last)| {
                *last = furthest.max(*last);
                *last
            });
        }
        let taken = |value: &u64| places.get(value).map_or(0, Vec::len);
        let is_spare = |(value, puts): &(&u64, &Vec<u32>)| puts.len() > taken(value);
        let spare = puts.iter().filter(is_spare).map(|(value, _)| *value).collect();
        let takers = Takers::new(&takes, &silent);
        let (order, impossible) = in_order(items, &puts, silent.first().copied());
        Some(Fifo { places, free_from, spare, takers, order, impossible })
    }

    /// Whether `value` can be the one that is put in next, when `count` have been put in before.
    pub(super) fn can_be(&self, count: u32, value: u64) -> bool {
        self.takers.of(value, self.is_spare(value)).is_some() && self.has_place(count, value)
    }

    /// Notes that `value` was put in.
    pub(super) fn put(&mut self, value: u64) {
        let taker = self.takers.of(value, self.is_spare(value)).unwrap_or(Taker::Unclear);
        self.takers.push(taker);
    }

    /// Undoes the last [`Fifo::put`].
    pub(super) fn unput(&mut self) {
        self.takers.pop();
    }

    fn has_place(&self, count: u32, value: u64) -> bool {
        if count >= self.free_from && self.is_spare(value) {
            return true;
        }
        let Some(places) = self.places.get(&value) else { return false };
        let begun = places.partition_point(|(first, _)| *first <= count);
        begun.checked_sub(1).is_some_and(|at| places[at].1 >= count)
    }

    /// Whether `value` can be taken out by one that does not say so: others must not miss it.
    pub(super) fn is_spare(&self, value: u64) -> bool {
        self.spare.contains(&value)
    }
}

/// Who takes out a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taker {
    /// The take with this number.
    Said(u32),
    /// One that has not said what it took.
    Silent,
    /// Nobody needs to.
    Nobody,
    /// One that said so, or one that did not: from then on nothing is certain.
    Unclear,
}

/// A take that has said what it took.
struct Take {
    call: u32,
    ret: u32,
    is_used: bool,
}

/// The takes as they must follow what is put in, and nothing else looked at. The value that was put in as the n-th goes to the n-th
/// take, and of all takes of this value that may be the n-th, the one that was answered first is never a worse choice.
struct Takers {
    /// In the order of their answers; the first that has nothing yet.
    takes: Vec<Take>,
    low: usize,
    /// The takes of each value in the order of their calls.
    of_value: BTreeMap<u64, Vec<u32>>,
    /// When those were called that do not say what they took.
    silent: Vec<u32>,
    silent_used: usize,
    /// Who takes what has been put in, in that order, and how many of these are unclear.
    chosen: Vec<Taker>,
    unclear: usize,
}

impl Takers {
    /// `said` has answer, call and value, in the order of the answers; `silent` the calls in order.
    fn new(said: &[(u32, u32, u64)], silent: &[u32]) -> Takers {
        let takes: Vec<Take> =
            said.iter().map(|(ret, call, _)| Take { call: *call, ret: *ret, is_used: false }).collect();
        let mut of_value: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (at, (.., value)) in (0..).zip(said) {
            of_value.entry(*value).or_default().push(at);
        }
        of_value.values_mut().for_each(|of| of.sort_by_key(|at| takes[*at as usize].call));
        Takers { takes, low: 0, of_value, silent: silent.to_vec(), silent_used: 0, chosen: Vec::new(), unclear: 0 }
    }

    /// Who takes `value` if it is put in next; `None` if nobody can and somebody must.
    fn of(&self, value: u64, is_spare: bool) -> Option<Taker> {
        if self.unclear > 0 {
            return Some(Taker::Unclear);
        }
        let Some(next) = self.takes.get(self.low) else { return Some(Taker::Nobody) };
        let of = self.of_value.get(&value).map_or(&[][..], Vec::as_slice);
        let takes = of.iter().map(|at| (&self.takes[*at as usize], *at));
        let due = takes.take_while(|(take, _)| take.call < next.ret).filter(|(take, _)| !take.is_used);
        let said = due.min_by_key(|(take, _)| take.ret).map(|(_, at)| Taker::Said(at));
        let is_silent = is_spare && self.silent.get(self.silent_used).is_some_and(|call| *call < next.ret);
        match (said, is_silent) {
            (Some(_), true) => Some(Taker::Unclear),
            (None, true) => Some(Taker::Silent),
            (said, false) => said,
        }
    }

    fn push(&mut self, taker: Taker) {
        self.chosen.push(taker);
        match taker {
            Taker::Said(at) => self.takes[at as usize].is_used = true,
            Taker::Silent => self.silent_used += 1,
            Taker::Unclear => self.unclear += 1,
            Taker::Nobody => {}
        }
        while self.takes.get(self.low).is_some_and(|take| take.is_used) {
            self.low += 1;
        }
    }

    fn pop(&mut self) {
        match self.chosen.pop() {
            Some(Taker::Said(at)) => {
                self.takes[at as usize].is_used = false;
                self.low = self.low.min(at as usize);
            }
            Some(Taker::Silent) => self.silent_used -= 1,
            Some(Taker::Unclear) => self.unclear -= 1,
            Some(Taker::Nobody) | None => {}
        }
    }
}

/// The order of puts, by when their values were taken out: whose value was taken out before another's take was called goes before it.
/// And a take that contradicts when the values were put in. Nothing is known of a value that was put in twice.
/// `silent` is the first call of a take that has not said what it took: from then on what nobody says to have taken may be gone.
fn in_order<M: Model>(
    items: &mut [Item<M>],
    puts: &BTreeMap<u64, Vec<u32>>,
    silent: Option<u32>,
) -> (Vec<u32>, Option<u32>) {
    let said = |(at, item): (u32, &Item<M>)| Some((item.ret?, item.call, at, item.op.takes()?));
    let mut takes: Vec<(u32, u32, u32, u64)> = (0..).zip(&*items).filter_map(said).collect();
    takes.sort_unstable();
    if let Some((.., take, _)) = takes.iter().find(|(.., value)| !puts.contains_key(value)) {
        return (Vec::new(), Some(*take));
    }
    takes.retain(|(.., value)| puts[value].len() == 1);
    let order: Vec<u32> = takes.iter().map(|(.., value)| puts[value][0]).collect();
    for (at, put) in order.iter().enumerate() {
        if items[*put as usize].rank != usize::MAX {
            // Taken out twice, put in once.
            return (Vec::new(), Some(takes[at].2));
        }
        items[*put as usize].rank = at;
    }
    for puts in puts.values().filter(|puts| puts.len() == 1) {
        let item = &mut items[puts[0] as usize];
        let call = if item.rank == usize::MAX { silent.unwrap_or(u32::MAX) } else { takes[item.rank].1 };
        item.after = takes.partition_point(|(ret, ..)| *ret < call);
    }
    let impossible = contradiction(items, &order).map(|at| takes[at].2);
    (order, impossible)
}

/// A place in the order that must come before one whose value was put in, and answered, before its own put was called.
fn contradiction<M: Model>(items: &[Item<M>], order: &[u32]) -> Option<usize> {
    // The latest call of a put among the first of the order, as far as it is longer than any before it.
    let mut latest: Vec<(u32, usize)> = Vec::with_capacity(order.len());
    for (at, put) in order.iter().enumerate() {
        let own = (items[*put as usize].call, at);
        latest.push(latest.last().copied().map_or(own, |before| before.max(own)));
    }
    let puts = items.iter().filter(|item| item.op.puts().is_some() && item.after > 0);
    let contradicts = |item: &Item<M>| {
        let (call, at) = latest[item.after - 1];
        item.ret.is_some_and(|ret| ret < call).then_some(at)
    };
    puts.filter_map(contradicts).next()
}
