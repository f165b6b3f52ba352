//! SIEVE: a queue, one bit an entry, and a hand that walks from the oldest to the newest and does not move what it spares.
//!
//! ```text
//!   newest  9° ─ 4• ─ 0• ─ 7• ─ 2°  oldest
//!                       ^hand             0• becomes 0°, 4• becomes 4°, 9 leaves; next time the hand starts at the oldest again
//! ```
//!
//! The rule: the victim is the first entry from the hand towards the newest whose bit is clear. Unlike CLOCK a spared entry keeps its
//! place, so newcomers stand together before the hand and are sifted quickly, and favourites settle behind it. Zhang, Yang, Yue,
//! Vigfusson and Rashmi, "SIEVE is Simpler than LRU", NSDI 2024, algorithm 1. O(1) amortised; a hit writes one bit. When not: loads
//! with scans that are asked for twice; it has no defence against a second use.

use crate::list::{Links, List};
use crate::marks::Marks;
use crate::{Policy, Standing};

/// Evicts the first from the hand on that was not used since the hand came by; what is spared keeps its place.
#[derive(Clone, Debug, Default)]
pub struct Sieve {
    links: Links,
    queue: List,
    visited: Marks,
    /// Where the next search begins; `None` is the oldest.
    hand: Option<u32>,
}

impl Sieve {
    /// Takes `slot` out of the queue; a hand that rests on it moves on.
    #[inline]
    fn take(&mut self, slot: u32) {
        if self.hand == Some(slot) {
            self.hand = self.links.newer(slot);
        }
        self.queue.unlink(&mut self.links, slot);
    }
}

impl Policy for Sieve {
    #[inline]
    fn on_insert(&mut self, slot: u32, _key: u64) {
        self.queue.push(&mut self.links, slot);
        self.visited.set(slot, 0);
    }
    #[inline]
    fn on_use(&mut self, slot: u32) {
        self.visited.set(slot, 1);
    }
    #[inline]
    fn on_remove(&mut self, slot: u32) {
        self.take(slot);
    }
    #[inline]
    fn evict(&mut self) -> Option<u32> {
        let mut slot = self.hand.or_else(|| self.queue.oldest())?;
        while self.visited.of(slot) != 0 {
            self.visited.set(slot, 0);
            slot = self.links.newer(slot).or_else(|| self.queue.oldest())?;
        }
        self.hand = Some(slot);
        self.take(slot);
        Some(slot)
    }
    fn safest(&self) -> Option<u32> {
        self.queue.newest()
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        self.links.older(slot)
    }
    fn standing(&self, slot: u32) -> Standing {
        Standing { list: "queue", marks: self.visited.of(slot) }
    }
    fn clear(&mut self) {
        self.links.clear();
        self.queue = List::default();
        self.visited.clear();
        self.hand = None;
    }
}
