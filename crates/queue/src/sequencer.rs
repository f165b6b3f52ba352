//! Order for many senders: a sequencer that numbers, and a buffer that puts what arrives back into order.
//!
//! ```text
//!   numbered   1 2 3 4        arrives   2 4 1 3        delivered   · · 1 2 · 3 4
//! ```
//!
//! The rules: the numbers of a sequencer have no gaps, so a receiver knows that something is missing. The buffer delivers number n
//! only after n−1, each once; duplicates are dropped; what is missing for longer than `gap_max` is given up, so that one lost
//! message cannot stop the rest for ever. Snowflake ids give an order but no gaps to notice: with them alone a receiver can sort,
//! but never knows when to deliver. Cost: O(log n) a message.

use base::{Span, Time};
use std::collections::BTreeMap;

/// Numbers messages 1, 2, 3 …
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sequencer {
    last: u64,
}

impl Sequencer {
    /// The number given last; 0 before the first.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The next number.
    pub fn next_number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

/// Delivers numbered messages in order.
#[derive(Clone, Debug)]
pub struct GapBuffer<T> {
    gap_max: Span,
    capacity: u32,
    next: u64,
    waiting: BTreeMap<u64, T>,
    /// Since when number `next` is missing while later ones are there.
    gap_since: Option<Time>,
    skipped: u64,
}

impl<T> GapBuffer<T> {
    /// Expects number 1 first. What is missing is given up after `gap_max` ([`Span::MAX`]: never) or when more than `capacity`
    /// messages wait for it.
    #[must_use]
    pub fn new(capacity: u32, gap_max: Span) -> GapBuffer<T> {
        GapBuffer { gap_max, capacity, next: 1, waiting: BTreeMap::new(), gap_since: None, skipped: 0 }
    }

    /// A message arrives, with a number from 1 to 2^64 − 2. Whether it is new; ask [`GapBuffer::deliver`] then.
    pub fn on_message(&mut self, number: u64, message: T, now: Time) -> bool {
        if number < self.next || number == u64::MAX || self.waiting.contains_key(&number) {
            return false;
        }
        self.waiting.insert(number, message);
        if !self.waiting.contains_key(&self.next) {
            self.gap_since.get_or_insert(now);
        }
        true
    }

    /// The next message in order, if it is there or its predecessors have been given up. Call it until there is none: delivering
    /// one and forgetting the rest is how a filled gap leaves messages behind.
    pub fn deliver(&mut self, now: Time) -> Option<(u64, T)> {
        let first = *self.waiting.first_key_value()?.0;
        if first > self.next {
            let since = *self.gap_since.get_or_insert(now);
            let is_given_up = self.gap_max < Span::MAX && now.since(since) > self.gap_max;
            if !is_given_up && self.waiting.len() as u64 <= u64::from(self.capacity) {
                return None;
            }
            self.skipped += first - self.next;
        }
        let (number, message) = self.waiting.pop_first()?;
        self.next = number.saturating_add(1);
        self.gap_since = None;
        Some((number, message))
    }

    /// The numbers that are missing before those that wait: each from the first on, before the second. Nothing if none is.
    pub fn gaps(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let mut due = self.next;
        self.waiting.keys().filter_map(move |number| {
            let gap = (due < *number).then_some((due, *number));
            due = *number + 1;
            gap
        })
    }

    /// The highest number that has come; 0 before the first.
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.waiting.last_key_value().map_or(self.next - 1, |(number, _)| *number)
    }

    /// The number that is delivered next.
    #[must_use]
    pub fn next_expected(&self) -> u64 {
        self.next
    }

    /// How many messages wait for those before them.
    #[must_use]
    pub fn waiting_len(&self) -> u32 {
        self.waiting.len() as u32
    }

    /// Forgets what waits, as a crash does; what was delivered stays delivered.
    pub fn on_crash(&mut self) {
        self.waiting.clear();
        self.gap_since = None;
    }

    /// When what is missing will be given up: just after this moment. `None` if nothing is missing.
    #[must_use]
    pub fn gives_up_after(&self) -> Option<Time> {
        let is_waiting = !self.waiting.is_empty() && !self.waiting.contains_key(&self.next);
        self.gap_since.filter(|_| is_waiting && self.gap_max < Span::MAX).map(|since| since + self.gap_max)
    }

    /// How many numbers were given up.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}
