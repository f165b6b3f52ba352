//! CLOCK, or second chance: a ring with one bit an entry and a hand that clears bits until it finds none set.
//!
//! ```text
//!        ┌─ 4° ─ 0• ─ 7• ─ 2° ─┐        a use sets the bit (•); a new entry has none (°)
//!        └──────── ^hand ──────┘        the hand: 0• becomes 0°, 7• becomes 7°, victim 2; the new one comes in behind the hand
//! ```
//!
//! The rule: the victim is the first entry from the hand on that was not used since the hand passed it last. LRU in spirit with one
//! bit and no list to mend on a hit: Corbató, "A Paging Experiment with the Multics System", 1968. Kept here as a queue whose oldest
//! entry lies under the hand; an entry that is spared goes to the other end, which is the same. O(1) amortised over the hits.

use crate::list::{Links, List};
use crate::marks::Marks;
use crate::{Policy, Standing};

/// Evicts the first that was not used since the hand came by.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    links: Links,
    ring: List,
    marks: Marks,
}

impl Policy for Clock {
    #[inline]
    fn on_insert(&mut self, slot: u32, _key: u64) {
        self.ring.push(&mut self.links, slot);
        self.marks.set(slot, 0);
    }
    #[inline]
    fn on_use(&mut self, slot: u32) {
        self.marks.set(slot, 1);
    }
    #[inline]
    fn on_remove(&mut self, slot: u32) {
        self.ring.unlink(&mut self.links, slot);
    }
    #[inline]
    fn evict(&mut self) -> Option<u32> {
        loop {
            let slot = self.ring.pop(&mut self.links)?;
            if self.marks.of(slot) == 0 {
                return Some(slot);
            }
            self.marks.set(slot, 0);
            self.ring.push(&mut self.links, slot);
        }
    }
    fn safest(&self) -> Option<u32> {
        self.ring.newest()
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        self.links.older(slot)
    }
    fn standing(&self, slot: u32) -> Standing {
        Standing { list: "ring", marks: self.marks.of(slot) }
    }
    fn clear(&mut self) {
        self.links.clear();
        self.ring = List::default();
        self.marks.clear();
    }
}
