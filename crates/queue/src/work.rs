//! A work queue with visibility time-out: at-least-once delivery, as in Amazon SQS and its kind.
//!
//! ```text
//!                 take                        ack
//!   push ─> ready ─────> in flight, invisible ────> gone
//!             ^              │ nack, or not acknowledged in time
//!             └──────────────┤ delivered fewer than `deliveries_max` times: to the end of the line
//!                            └ otherwise: a dead letter, handed to the caller
//! ```
//!
//! The rules: an item is ready or in flight, never both; it leaves only by an acknowledgement or as a dead letter, so nothing is
//! lost; a ticket is good until its item has been delivered again, so a late acknowledgement of one that nobody else has taken
//! still counts. Items are delivered in order of arrival until one is redelivered: it goes to the end, so that a poison item does
//! not hold up the line. Nothing here makes a worker's effect happen only once: that is the worker's part.
//!
//! Cost: O(1) each; a slab of slots on two lists. The list in flight is ordered by time-out, which is the order of taking as long
//! as nobody shortens the visibility.

use crate::Full;
use crate::list::{Link, Linked, List, NONE};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Settings of a [`WorkQueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct WorkQueueConfig {
    /// Room for items, ready and in flight together. 1 to 1,000,000; 0 refuses everything.
    pub capacity: u32,
    /// How long a taken item stays invisible. 1 ns to 12 h; [`Span::MAX`] for ever.
    pub visibility: Span,
    /// Deliveries after which an item that is not acknowledged is a dead letter. 1 to 1,000; 0 counts as 1.
    pub deliveries_max: u32,
}

/// 10,000 items, 30 seconds, 5 deliveries.
impl Default for WorkQueueConfig {
    fn default() -> WorkQueueConfig {
        WorkQueueConfig { capacity: 10_000, visibility: Span::from_secs(30), deliveries_max: 5 }
    }
}

/// Names one delivery of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    slot: u32,
    /// Number of the delivery since the queue began, from 1 on.
    serial: u64,
}

/// An item handed to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<T> {
    /// What to acknowledge it with.
    pub ticket: Ticket,
    /// The item.
    pub item: T,
    /// How many times it has been delivered, this one included.
    pub deliveries: u32,
    /// When it was pushed.
    pub pushed: Time,
    /// When it comes back unless acknowledged.
    pub deadline: Time,
}

/// What became of an item that was not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned<T> {
    /// It waits again, at the end of the line.
    Ready {
        /// The item.
        item: T,
        /// How many times it has been delivered.
        deliveries: u32,
    },
    /// It has been delivered too often and has left the queue.
    Dead {
        /// The item.
        item: T,
        /// How many times it has been delivered.
        deliveries: u32,
    },
}

/// One item as a face shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting<T> {
    /// The item.
    pub item: T,
    /// How many times it has been delivered.
    pub deliveries: u32,
    /// When it was pushed.
    pub pushed: Time,
    /// When it comes back unless acknowledged; [`Time::NEVER`] while it is ready.
    pub deadline: Time,
}

/// A bounded queue whose items come back unless acknowledged.
#[derive(Clone, Debug)]
pub struct WorkQueue<T> {
    config: WorkQueueConfig,
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    ready: List,
    /// Ordered by deadline.
    in_flight: List,
    deliveries: u64,
}

#[derive(Clone, Debug)]
struct Slot<T> {
    shown: Waiting<T>,
    /// The serial of the last delivery; 0 before the first and when the slot is free.
    serial: u64,
    is_in_flight: bool,
    link: Link,
}

impl<T> Linked for Slot<T> {
    fn link(&mut self) -> &mut Link {
        &mut self.link
    }
    fn after(&self) -> u32 {
        self.link.after()
    }
}

impl<T: Copy> WorkQueue<T> {
    /// An empty queue. Memory grows with the items, not with the capacity.
    #[must_use]
    pub fn new(config: WorkQueueConfig) -> WorkQueue<T> {
        let (slots, free) = (Vec::new(), Vec::new());
        WorkQueue { config, slots, free, ready: List::EMPTY, in_flight: List::EMPTY, deliveries: 0 }
    }

    /// Changes the settings for what is pushed, taken and returned from now on.
    pub fn set_config(&mut self, config: WorkQueueConfig) {
        self.config = config;
    }

    /// Puts `item` at the end of the line.
    #[inline]
    pub fn push(&mut self, item: T, now: Time) -> Result<(), Full> {
        if self.len() >= self.config.capacity {
            return Err(Full { capacity: self.config.capacity });
        }
        let shown = Waiting { item, deliveries: 0, pushed: now, deadline: Time::NEVER };
        let slot = self.occupy(Slot { shown, serial: 0, is_in_flight: false, link: Link::LOOSE });
        self.ready.insert(&mut self.slots, slot, self.ready.last());
        Ok(())
    }

    #[inline]
    fn occupy(&mut self, slot: Slot<T>) -> u32 {
        match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = slot;
                at
            }
            None => {
                self.slots.push(slot);
                self.slots.len() as u32 - 1
            }
        }
    }

    /// Hands out the first ready item, invisible to others until it comes back.
    #[inline]
    pub fn take(&mut self, now: Time) -> Option<Delivery<T>> {
        let at = self.ready.first()?;
        self.ready.unlink(&mut self.slots, at);
        self.deliveries += 1;
        let deadline = now + self.config.visibility;
        let slot = &mut self.slots[at as usize];
        slot.serial = self.deliveries;
        slot.is_in_flight = true;
        slot.shown.deliveries = slot.shown.deliveries.saturating_add(1);
        slot.shown.deadline = deadline;
        let Waiting { item, deliveries, pushed, .. } = slot.shown;
        let before = self.last_due_by(deadline);
        self.in_flight.insert(&mut self.slots, at, before);
        Some(Delivery { ticket: Ticket { slot: at, serial: self.deliveries }, item, deliveries, pushed, deadline })
    }

    /// The last slot in flight that is due no later than `deadline`: the last of all unless the visibility was shortened.
    #[inline]
    fn last_due_by(&self, deadline: Time) -> u32 {
        let mut at = self.in_flight.last();
        while at != NONE && self.slots[at as usize].shown.deadline > deadline {
            at = self.slots[at as usize].link.before();
        }
        at
    }

    /// The work is done: the item leaves. `None` if the ticket is stale, because the item was delivered again or has left.
    #[inline]
    pub fn ack(&mut self, ticket: Ticket) -> Option<T> {
        let slot = self.slots.get(ticket.slot as usize).filter(|slot| slot.serial == ticket.serial)?;
        let item = slot.shown.item;
        self.unlink(ticket.slot);
        self.vacate(ticket.slot);
        Some(item)
    }

    /// The work failed: the item comes back at once, or is a dead letter. `None` if the ticket is stale or the item is back already.
    pub fn nack(&mut self, ticket: Ticket) -> Option<Returned<T>> {
        let slot = self.slots.get(ticket.slot as usize)?;
        (slot.serial == ticket.serial && slot.is_in_flight).then(|| self.bring_back(ticket.slot))
    }

    /// When the next item comes back unless acknowledged; `None` if none will.
    #[inline]
    #[must_use]
    pub fn next_timeout(&self) -> Option<Time> {
        let first = self.in_flight.first()?;
        Some(self.slots[first as usize].shown.deadline).filter(|deadline| *deadline < Time::NEVER)
    }

    /// Brings one item back whose time is over at `now`; `None` if there is none. Call it until then.
    pub fn on_timeout(&mut self, now: Time) -> Option<Returned<T>> {
        self.next_timeout().filter(|deadline| *deadline <= now)?;
        let first = self.in_flight.first()?;
        Some(self.bring_back(first))
    }

    fn bring_back(&mut self, at: u32) -> Returned<T> {
        self.unlink(at);
        let slot = &mut self.slots[at as usize];
        let Waiting { item, deliveries, .. } = slot.shown;
        if deliveries >= self.config.deliveries_max.max(1) {
            self.vacate(at);
            return Returned::Dead { item, deliveries };
        }
        slot.is_in_flight = false;
        slot.shown.deadline = Time::NEVER;
        self.ready.insert(&mut self.slots, at, self.ready.last());
        Returned::Ready { item, deliveries }
    }

    #[inline]
    fn unlink(&mut self, at: u32) {
        let list = if self.slots[at as usize].is_in_flight { &mut self.in_flight } else { &mut self.ready };
        list.unlink(&mut self.slots, at);
    }

    #[inline]
    fn vacate(&mut self, at: u32) {
        self.slots[at as usize].serial = 0;
        self.free.push(at);
    }

    /// Number of items, ready and in flight.
    #[inline]
    #[must_use]
    pub fn len(&self) -> u32 {
        self.ready.len() + self.in_flight.len()
    }

    /// Whether there is no item, neither ready nor in flight.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of items that wait to be taken.
    #[inline]
    #[must_use]
    pub fn ready_len(&self) -> u32 {
        self.ready.len()
    }

    /// Number of items that were taken and not yet acknowledged.
    #[inline]
    #[must_use]
    pub fn in_flight_len(&self) -> u32 {
        self.in_flight.len()
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &WorkQueueConfig {
        &self.config
    }

    /// The ready items in the order in which they will be taken.
    pub fn ready(&self) -> impl Iterator<Item = Waiting<T>> + '_ {
        self.ready.iter(&self.slots).map(|slot| slot.shown)
    }

    /// The items in flight in the order in which they come back.
    pub fn in_flight(&self) -> impl Iterator<Item = Waiting<T>> + '_ {
        self.in_flight.iter(&self.slots).map(|slot| slot.shown)
    }

    /// Removes everything, in flight too, and says how many items that were. Keeps the memory; every ticket is stale from here on.
    pub fn clear(&mut self) -> u32 {
        let len = self.len();
        self.slots.clear();
        self.free.clear();
        (self.ready, self.in_flight) = (List::EMPTY, List::EMPTY);
        len
    }
}
