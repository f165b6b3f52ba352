//! LIFO, last in, first out: a stack; who comes last leaves first, and a use changes nothing.
//!
//! ```text
//!   oldest 2 ─ 7 ─ 0 ─ 4 newest       put 9: victim 4, then   2 ─ 7 ─ 0 ─ 9
//! ```
//!
//! The rule: the victim is the entry that arrived last before the one that comes in. O(1). It holds on to whatever filled it first,
//! which is the best that can be done with a loop longer than the cache, and nearly the worst with anything that changes.

use crate::Policy;
use crate::list::{Links, List};

/// Evicts what came last.
#[derive(Clone, Debug, Default)]
pub struct Lifo {
    links: Links,
    order: List,
}

impl Policy for Lifo {
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
        let slot = self.order.newest()?;
        self.order.unlink(&mut self.links, slot);
        Some(slot)
    }
    fn safest(&self) -> Option<u32> {
        self.order.oldest()
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        self.links.newer(slot)
    }
    fn clear(&mut self) {
        self.links.clear();
        self.order = List::default();
    }
}
