//! A topic with subscriptions: every subscriber gets a copy of every message, in order, at its own speed.
//!
//! The rules: a message goes to who is subscribed at the moment of publishing; each subscription is a queue of its own, so a slow
//! subscriber delays nobody else; a full one loses the message (and counts it) without any effect on the others. Compare a queue,
//! where each message goes to *one* of the workers. Cost: O(subscriptions) a message.

use crate::Fifo;
use std::collections::BTreeMap;

/// Publishes to queues, one a subscription.
#[derive(Clone, Debug)]
pub struct Topic<T> {
    subscriptions: BTreeMap<u32, Subscribed<T>>,
    capacity: u32,
}

#[derive(Clone, Debug)]
struct Subscribed<T> {
    queue: Fifo<T>,
    lost: u64,
}

impl<T: Copy> Topic<T> {
    /// A topic whose subscriptions have room for `capacity` messages each.
    #[must_use]
    pub fn new(capacity: u32) -> Topic<T> {
        Topic { subscriptions: BTreeMap::new(), capacity }
    }

    /// Begins a subscription; it gets what is published from now on. Nothing happens if it is there.
    pub fn subscribe(&mut self, id: u32) {
        let capacity = self.capacity;
        self.subscriptions.entry(id).or_insert_with(|| Subscribed { queue: Fifo::new(capacity), lost: 0 });
    }

    /// Ends a subscription; what it had not read is gone. Returns how many messages that were.
    pub fn unsubscribe(&mut self, id: u32) -> u32 {
        self.subscriptions.remove(&id).map_or(0, |mut subscribed| subscribed.queue.clear())
    }

    /// Gives every subscription a copy; returns how many took it.
    pub fn publish(&mut self, message: T) -> u32 {
        self.publish_where(message, |_| true).0
    }

    /// Gives a copy to every subscription that `wants` it; returns how many took it, and how many had no room.
    pub fn publish_where(&mut self, message: T, wants: impl Fn(u32) -> bool) -> (u32, u32) {
        let (mut taken, mut lost) = (0, 0);
        for (_, subscribed) in self.subscriptions.iter_mut().filter(|(id, _)| wants(**id)) {
            match subscribed.queue.push(message) {
                Ok(()) => taken += 1,
                Err(_) => {
                    subscribed.lost += 1;
                    lost += 1;
                }
            }
        }
        (taken, lost)
    }

    /// The message that a subscription gets next.
    #[must_use]
    pub fn next(&self, id: u32) -> Option<&T> {
        self.subscriptions.get(&id)?.queue.first()
    }

    /// For how many messages each subscription has room.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// From now on subscriptions have room for so many messages each; what is there already stays.
    pub fn set_capacity(&mut self, capacity: u32) {
        self.capacity = capacity;
        self.subscriptions.values_mut().for_each(|subscribed| subscribed.queue.set_capacity(capacity));
    }

    /// The next message of a subscription.
    pub fn pull(&mut self, id: u32) -> Option<T> {
        self.subscriptions.get_mut(&id)?.queue.pop()
    }

    /// How many messages wait for a subscription, and how many it has lost; `None` if there is no such subscription.
    #[must_use]
    pub fn backlog(&self, id: u32) -> Option<(u32, u64)> {
        self.subscriptions.get(&id).map(|subscribed| (subscribed.queue.len(), subscribed.lost))
    }
}
