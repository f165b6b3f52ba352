//! FIFO, first in, first out: a queue in order of arrival; a use changes nothing.
//!
//! ```text
//!   newest 4 ─ 0 ─ 7 ─ 2 oldest       use 2: no change       victim: 2
//! ```
//!
//! The rule: the victim has been here longest. O(1), nothing to do on a hit. A larger FIFO cache may hit less: Belady's anomaly
//! (Belady, Nelson and Shedler, 1969). When not: favourites; they are thrown out as regularly as everything else.

use crate::Policy;
use crate::list::{Links, List};

/// Evicts what came first.
#[derive(Clone, Debug, Default)]
pub struct Fifo {
    links: Links,
    order: List,
}

impl Policy for Fifo {
    #[inline]
    fn on_insert(&mut self, slot: u32, _key: u64) {
        self.order.push(&mut self.links, slot);
    }
    #[inline]
    fn on_use(&mut self, _slot: u32) {}
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
