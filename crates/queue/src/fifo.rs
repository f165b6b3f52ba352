//! A bounded first-in, first-out queue.
//!
//! The rule: items leave in the order in which they came, and never more than `capacity` wait. A bound turns overload into
//! refusals that the caller sees at once; without one, overload turns into waiting that grows for as long as it lasts. O(1).

use crate::Full;
use std::collections::VecDeque;

/// First in, first out, refuses when full.
#[derive(Clone, Debug)]
pub struct Fifo<T> {
    items: VecDeque<T>,
    capacity: u32,
}

impl<T: Copy> Fifo<T> {
    /// An empty queue with room for `capacity` items; 0 refuses everything. Memory grows with the items, not with the capacity.
    #[must_use]
    pub fn new(capacity: u32) -> Fifo<T> {
        Fifo { items: VecDeque::new(), capacity }
    }

    /// Puts `item` at the end.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full> {
        if self.is_full() {
            return Err(Full { capacity: self.capacity });
        }
        self.items.push_back(item);
        Ok(())
    }

    /// Takes the item that has waited longest.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    /// The item that has waited longest.
    #[inline]
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.items.front()
    }

    /// Number of items that wait.
    #[inline]
    #[must_use]
    pub fn len(&self) -> u32 {
        self.items.len() as u32
    }

    /// Whether nothing waits.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether the next push is refused.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    /// Number of items there is room for.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Changes the room. What waits stays, even if it is more than there is room for now.
    pub fn set_capacity(&mut self, capacity: u32) {
        self.capacity = capacity;
    }

    /// The items, the one that has waited longest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.items.iter()
    }

    /// Removes everything and says how many items that were. Keeps the memory.
    pub fn clear(&mut self) -> u32 {
        let len = self.len();
        self.items.clear();
        len
    }
}
