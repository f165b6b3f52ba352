//! A task queue: [`WorkQueue`](crate::WorkQueue) with priorities, delays, back-off and a dead-letter box that can be redriven.
//!
//! ```text
//!          due                 take                        ack
//!   delayed ──> ready, by priority ──> in flight, invisible ──> gone
//!      ^            ^                      │ nack or time-out
//!      │ back-off   └──── no back-off ─────┤
//!      └───────────────────────────────────┤            redrive
//!                                          └ too often ──> dead letters ──> ready, as new
//! ```
//!
//! The rules: of what is due, the highest priority goes first, and within a priority the one that became ready first (ties by
//! push); priority is strict, so low ones starve while high ones keep coming; an item is at exactly one of the four places and
//! leaves only by an acknowledgement. The n-th retry waits `backoff · 2^(n−1)`, at most `backoff_max`. Room counts the three
//! places before the dead letters.
//!
//! Nothing moves by itself: `take` first brings back what is due, and [`TaskQueue::next_change`] says when something will be.
//! Cost: O(log n) each. Source: Amazon SQS's and RabbitMQ's documentation of the same features.

use crate::Full;
use base::{Span, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Settings of a [`TaskQueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct TaskQueueConfig {
    /// Room for items, the dead ones not counted. 1 to 1,000,000; 0 refuses everything.
    pub capacity: u32,
    /// How long a taken item stays invisible. 1 ns to 12 h.
    pub visibility: Span,
    /// Deliveries after which an item that is not acknowledged is a dead letter. 1 to 1,000; 0 counts as 1.
    pub deliveries_max: u32,
    /// How long the first retry waits; each further one twice as long. 0 to 1 h.
    pub backoff: Span,
    /// The longest that a retry waits.
    pub backoff_max: Span,
}

/// 10,000 items, 30 seconds, 5 deliveries; retries wait 1, 2, 4, 8 seconds.
impl Default for TaskQueueConfig {
    fn default() -> TaskQueueConfig {
        TaskQueueConfig {
            capacity: 10_000,
            visibility: Span::from_secs(30),
            deliveries_max: 5,
            backoff: Span::from_secs(1),
            backoff_max: Span::from_secs(900),
        }
    }
}

/// An item handed to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task<T> {
    /// Names the item, for ever; ids are given in the order of pushing, from 0 on.
    pub id: u64,
    /// The item.
    pub item: T,
    /// How many times it has been delivered since it was pushed or redriven, this one included. Names the delivery.
    pub deliveries: u32,
    /// When it comes back unless acknowledged.
    pub deadline: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Delayed { due: Time },
    Ready { order: u64 },
    InFlight { deadline: Time },
    Dead,
}

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    item: T,
    priority: u8,
    deliveries: u32,
    place: Place,
}

/// A bounded queue of work with priorities, delays and dead letters.
#[derive(Clone, Debug)]
pub struct TaskQueue<T> {
    config: TaskQueueConfig,
    entries: BTreeMap<u64, Entry<T>>,
    /// Delayed or in flight: when it changes, and who.
    timers: BTreeSet<(Time, u64)>,
    /// Highest priority first, then the order of becoming ready.
    ready: BTreeSet<(core::cmp::Reverse<u8>, u64, u64)>,
    dead: BTreeSet<u64>,
    delayed: u32,
    next_id: u64,
    next_order: u64,
}

impl<T: Copy> TaskQueue<T> {
    /// An empty queue. Memory grows with the items, not with the capacity.
    #[must_use]
    pub fn new(config: TaskQueueConfig) -> TaskQueue<T> {
        TaskQueue {
            config,
            entries: BTreeMap::new(),
            timers: BTreeSet::new(),
            ready: BTreeSet::new(),
            dead: BTreeSet::new(),
            delayed: 0,
            next_id: 0,
            next_order: 0,
        }
    }

    /// Changes the settings for what is pushed, taken and returned from now on.
    pub fn set_config(&mut self, config: TaskQueueConfig) {
        self.config = config;
    }

    /// Takes in an item that may be taken from `now + delay` on; a higher `priority` goes first. Returns its id.
    pub fn push(&mut self, item: T, priority: u8, delay: Span, now: Time) -> Result<u64, Full> {
        self.advance(now);
        if self.len() >= self.config.capacity {
            return Err(Full { capacity: self.config.capacity });
        }
        let id = self.next_id;
        self.next_id += 1;
        self.entries.insert(id, Entry { item, priority, deliveries: 0, place: Place::Dead });
        self.put(id, delay, now);
        Ok(id)
    }

    /// Puts an item that is at no place where it waits for `delay`.
    fn put(&mut self, id: u64, delay: Span, now: Time) {
        let order = self.next_order;
        let entry = self.entries.get_mut(&id).expect("callers name an item that is there");
        if delay > Span::ZERO {
            entry.place = Place::Delayed { due: now + delay };
            self.delayed += 1;
            self.timers.insert((now + delay, id));
            return;
        }
        self.next_order += 1;
        entry.place = Place::Ready { order };
        self.ready.insert((core::cmp::Reverse(entry.priority), order, id));
    }

    /// Brings back what is due at `now`, in the order of its moments. Returns the ids that died of it.
    pub fn advance(&mut self, now: Time) -> Vec<u64> {
        let mut died = Vec::new();
        while let Some((at, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now && *at < Time::NEVER) {
            match self.entries[&id].place {
                Place::Delayed { .. } => {
                    self.withdraw(id);
                    self.put(id, Span::ZERO, at);
                }
                _ => died.extend(self.fail(id, at).then_some(id)),
            }
        }
        died
    }

    /// Hands out the first of the highest priority, invisible to others until it comes back.
    pub fn take(&mut self, now: Time) -> Option<Task<T>> {
        self.advance(now);
        let (_, _, id) = self.ready.pop_first()?;
        let deadline = now + self.config.visibility;
        let entry = self.entries.get_mut(&id).expect("what is ready is there");
        entry.place = Place::InFlight { deadline };
        entry.deliveries += 1;
        self.timers.insert((deadline, id));
        Some(Task { id, item: entry.item, deliveries: entry.deliveries, deadline })
    }

    /// The work is done: the item leaves, if this was its last delivery, wherever it is by now. Otherwise `None`.
    pub fn ack(&mut self, task: &Task<T>) -> Option<T> {
        let entry = self.entries.get(&task.id).filter(|entry| entry.deliveries == task.deliveries)?;
        let item = entry.item;
        self.withdraw(task.id);
        self.entries.remove(&task.id);
        Some(item)
    }

    /// Somebody is still at it: its time to be invisible begins anew. False if the delivery is no longer in flight.
    pub fn extend(&mut self, task: &Task<T>, now: Time) -> bool {
        self.advance(now);
        let fresh = now + self.config.visibility;
        let Some(entry) = self.entries.get_mut(&task.id).filter(|entry| entry.deliveries == task.deliveries) else {
            return false;
        };
        let Place::InFlight { deadline } = entry.place else { return false };
        entry.place = Place::InFlight { deadline: fresh };
        self.timers.remove(&(deadline, task.id));
        self.timers.insert((fresh, task.id));
        true
    }

    /// The work failed: the item waits for its retry or dies at once. `None` if the delivery is no longer in flight; otherwise
    /// whether it died.
    pub fn nack(&mut self, task: &Task<T>, now: Time) -> Option<bool> {
        self.advance(now);
        let entry = self.entries.get(&task.id).filter(|entry| entry.deliveries == task.deliveries)?;
        matches!(entry.place, Place::InFlight { .. }).then(|| self.fail(task.id, now))
    }

    /// Takes what is in flight to its next place; whether that is the dead letters.
    fn fail(&mut self, id: u64, now: Time) -> bool {
        self.withdraw(id);
        let deliveries = self.entries[&id].deliveries;
        if deliveries >= self.config.deliveries_max.max(1) {
            self.entries.get_mut(&id).expect("just looked at").place = Place::Dead;
            self.dead.insert(id);
            return true;
        }
        let doubled = self.config.backoff.0.saturating_mul(1_u64.checked_shl(deliveries - 1).unwrap_or(u64::MAX));
        self.put(id, Span(doubled.min(self.config.backoff_max.0)), now);
        false
    }

    /// Takes an item off the list of its place.
    fn withdraw(&mut self, id: u64) {
        let entry = self.entries[&id];
        self.delayed -= u32::from(matches!(entry.place, Place::Delayed { .. }));
        match entry.place {
            Place::Delayed { due: at } | Place::InFlight { deadline: at } => drop(self.timers.remove(&(at, id))),
            Place::Ready { order } => drop(self.ready.remove(&(core::cmp::Reverse(entry.priority), order, id))),
            Place::Dead => drop(self.dead.remove(&id)),
        }
    }

    /// Sends up to `count_max` dead letters back, the oldest first, as if never delivered, as far as there is room. Returns how
    /// many.
    pub fn redrive(&mut self, count_max: u32, now: Time) -> u32 {
        let room = self.config.capacity.saturating_sub(self.len()).min(count_max);
        let chosen: Vec<u64> = self.dead.iter().copied().take(room as usize).collect();
        for id in &chosen {
            self.withdraw(*id);
            self.entries.get_mut(id).expect("dead letters are there").deliveries = 0;
            self.put(*id, Span::ZERO, now);
        }
        chosen.len() as u32
    }

    /// Throws the oldest dead letter away; `None` if there is none.
    pub fn discard_dead(&mut self) -> Option<T> {
        let id = self.dead.pop_first()?;
        self.entries.remove(&id).map(|entry| entry.item)
    }

    /// When something delayed is due or something in flight comes back; `None` if nothing will.
    #[must_use]
    pub fn next_change(&self) -> Option<Time> {
        self.timers.first().map(|(at, _)| *at).filter(|at| *at < Time::NEVER)
    }

    /// How many items are delayed, ready or in flight.
    #[must_use]
    pub fn len(&self) -> u32 {
        (self.entries.len() - self.dead.len()) as u32
    }

    /// Whether none is delayed, ready or in flight.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many could be taken as of the last call that had a moment.
    #[must_use]
    pub fn ready_len(&self) -> u32 {
        self.ready.len() as u32
    }

    /// How many are delayed.
    #[must_use]
    pub fn delayed_len(&self) -> u32 {
        self.delayed
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &TaskQueueConfig {
        &self.config
    }

    /// How many dead letters there are.
    #[must_use]
    pub fn dead_len(&self) -> u32 {
        self.dead.len() as u32
    }

    /// The dead letters, oldest first: id and item.
    pub fn dead(&self) -> impl Iterator<Item = (u64, T)> + '_ {
        self.dead.iter().map(|id| (*id, self.entries[id].item))
    }
}
