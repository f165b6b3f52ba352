//! A scheduler: what is due once, after a delay, or again and again.
//!
//! The rules: of what is due the earliest comes first, ties in the order of scheduling; what repeats is computed anew from its
//! own due moment when it is handed out, so a scheduler that was away for a while either catches up on every missed moment or
//! runs once for all of them ([`Missed`]). Cost: O(log n) each. Nothing here runs anything: that is a worker's part, and a task
//! queue's to see that it is done.

use crate::cron::Cron;
use base::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};

/// What a repeating entry does about moments that passed while nobody asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missed {
    /// Each is handed out, as fast as they are asked for.
    #[default]
    EachOne,
    /// One is handed out for all of them.
    OneForAll,
}

#[derive(Clone, Copy, Debug)]
enum Repeat {
    Once,
    Every(Span, Missed),
    Cron(Cron, Missed),
}

/// What is due when.
#[derive(Clone, Debug)]
pub struct Scheduler<T> {
    /// Unix seconds at [`Time::ZERO`], for cron.
    zero_unix_seconds: u64,
    entries: BTreeMap<u64, (Time, Repeat, T)>,
    due: BTreeSet<(Time, u64)>,
    next_id: u64,
}

impl<T: Copy> Scheduler<T> {
    /// An empty scheduler in a world whose time 0 is `zero_unix_seconds`.
    #[must_use]
    pub fn new(zero_unix_seconds: u64) -> Scheduler<T> {
        Scheduler { zero_unix_seconds, entries: BTreeMap::new(), due: BTreeSet::new(), next_id: 0 }
    }

    fn insert(&mut self, at: Time, repeat: Repeat, item: T) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.entries.insert(id, (at, repeat, item));
        self.due.insert((at, id));
        id
    }

    /// Once, at a moment; one that has passed is due at once. Returns the entry's id.
    pub fn once(&mut self, item: T, at: Time) -> u64 {
        self.insert(at, Repeat::Once, item)
    }

    /// Again and again, `every` after each due moment; the first time at `first`. 1 ns at least; 0 counts as 1 ns.
    pub fn every(&mut self, item: T, first: Time, every: Span, missed: Missed) -> u64 {
        self.insert(first, Repeat::Every(Span(every.0.max(1)), missed), item)
    }

    /// At the minutes of a cron expression after `now`. `None` if it never matches.
    pub fn cron(&mut self, item: T, cron: Cron, missed: Missed, now: Time) -> Option<u64> {
        let first = self.next_of_cron(&cron, now)?;
        Some(self.insert(first, Repeat::Cron(cron, missed), item))
    }

    fn next_of_cron(&self, cron: &Cron, now: Time) -> Option<Time> {
        let unix_seconds = self.zero_unix_seconds.saturating_add(now.0 / 1_000_000_000);
        let next = cron.next_after(unix_seconds)?.checked_sub(self.zero_unix_seconds)?;
        next.checked_mul(1_000_000_000).map(Time)
    }

    /// Takes an entry out; its item, if it was there.
    pub fn cancel(&mut self, id: u64) -> Option<T> {
        let (at, _, item) = self.entries.remove(&id)?;
        self.due.remove(&(at, id));
        Some(item)
    }

    /// When the next one is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Hands out the earliest that is due at `now`, with its id and its due moment. Call it until there is none.
    pub fn take_due(&mut self, now: Time) -> Option<(u64, Time, T)> {
        let (at, id) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.due.remove(&(at, id));
        let (_, repeat, item) = self.entries[&id];
        match self.next_of(repeat, at, now) {
            Some(next) => {
                self.entries.insert(id, (next, repeat, item));
                self.due.insert((next, id));
            }
            None => drop(self.entries.remove(&id)),
        }
        Some((id, at, item))
    }

    fn next_of(&self, repeat: Repeat, at: Time, now: Time) -> Option<Time> {
        match repeat {
            Repeat::Once => None,
            Repeat::Every(every, missed) => {
                let passed = if missed == Missed::OneForAll { now.since(at).0 / every.0 } else { 0 };
                every.0.checked_mul(passed + 1).and_then(|after| at.0.checked_add(after)).map(Time)
            }
            Repeat::Cron(cron, missed) => self.next_of_cron(&cron, if missed == Missed::OneForAll { now } else { at }),
        }
    }
}
