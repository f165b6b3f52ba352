//! LRU, least recently used: a list in order of last use; a use moves to the front, the victim is the back.
//!
//! ```text
//!   use 7:   newest 4 ─ 0 ─ 7 ─ 2 oldest   becomes   7 ─ 4 ─ 0 ─ 2     victim: 2
//! ```
//!
//! The rule: the entries are exactly the `capacity` keys used most recently, so a larger LRU contains every smaller one (Mattson,
//! Gecsei, Slutz and Traiger, 1970). O(1) a use. When not: a scan over more keys than fit evicts everything that was worth keeping.

use crate::Policy;
use crate::list::{Links, List};

/// Evicts the least recently used.
#[derive(Clone, Debug, Default)]
pub struct Lru {
    links: Links,
    order: List,
}

impl Policy for Lru {
    #[inline]
    fn on_insert(&mut self, slot: u32, _key: u64) {
        self.order.push(&mut self.links, slot);
    }
    #[inline]
    fn on_use(&mut self, slot: u32) {
        self.order.renew(&mut self.links, slot);
    }
    #[inline]
    fn on_remove(&mut self, slot: u32) {
        self.order.unlink(&mut self.links, slot);
    }
    #[inline]
    fn evict(&mut self) -> Option<u32> {
        self.order.pop(&mut self.links)
    }
    fn safest(&self) -> Option<u32> {
        self.order.newest()
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        self.links.older(slot)
    }
    fn clear(&mut self) {
        self.links.clear();
        self.order = List::default();
    }
}
