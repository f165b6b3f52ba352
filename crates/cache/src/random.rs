//! Random replacement: the victim is drawn by lot.
//!
//! ```text
//!   7 2 9 4 0       draw place 1 of 5: victim 2, the last takes its place       7 0 9 4
//! ```
//!
//! The rule: every entry leaves with the same probability, whatever its past. O(1), no work on a hit, no state but the list. Under
//! independent requests it hits exactly as often as FIFO on average (Gelenbe, 1973), and it has no pattern of requests on which it
//! fails altogether, as LRU does on a loop. The lots come from a stream of its own, so a run repeats.

use crate::Policy;
use crate::list::NONE;
use base::Rng;

/// Evicts by lot.
#[derive(Clone, Debug)]
pub struct Random {
    rng: Rng,
    slots: Vec<u32>,
    /// Where each slot stands in `slots`.
    places: Vec<u32>,
}

impl Default for Random {
    fn default() -> Random {
        Random::new(Rng::new(0))
    }
}

impl Random {
    /// A policy that takes its lots from `rng`.
    #[must_use]
    pub fn new(rng: Rng) -> Random {
        Random { rng, slots: Vec::new(), places: Vec::new() }
    }

    #[inline]
    fn take(&mut self, place: u32) -> u32 {
        let slot = self.slots.swap_remove(place as usize);
        if let Some(moved) = self.slots.get(place as usize) {
            self.places[*moved as usize] = place;
        }
        slot
    }
}

impl Policy for Random {
    fn seed(&mut self, rng: Rng) {
        self.rng = rng;
    }
    #[inline]
    fn on_insert(&mut self, slot: u32, _key: u64) {
        if slot as usize >= self.places.len() {
            self.places.resize(slot as usize + 1, NONE);
        }
        self.places[slot as usize] = self.slots.len() as u32;
        self.slots.push(slot);
    }
    #[inline]
    fn on_use(&mut self, _slot: u32) {}
    #[inline]
    fn on_remove(&mut self, slot: u32) {
        self.take(self.places[slot as usize]);
    }
    #[inline]
    fn evict(&mut self) -> Option<u32> {
        let len = self.slots.len() as u64;
        if len == 0 {
            return None;
        }
        let place = self.rng.below(len) as u32;
        Some(self.take(place))
    }
    fn safest(&self) -> Option<u32> {
        self.slots.first().copied()
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        self.slots.get(self.places[slot as usize] as usize + 1).copied()
    }
    fn clear(&mut self) {
        self.slots.clear();
        self.places.clear();
    }
}
