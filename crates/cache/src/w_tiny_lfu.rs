//! W-TinyLFU: a small window for newcomers, a main cache in two LRU segments, and a contest at the border decided by frequency.
//!
//! ```text
//!   new ──> window, 1 % ── its oldest: the candidate ──┐
//!                                                      ├─ the more frequent stays, the other leaves
//!   main: protected, 80 %  <── a use ── probation ── its oldest: the victim
//! ```
//!
//! The rule: who falls out of the window enters the main cache only if it was asked for more often lately than the entry that would
//! have to leave for it; a tie keeps the old one. Frequencies come from a count-min table with ageing, so they cover keys that are not
//! in the cache and forget. Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM Transactions on
//! Storage 2017, sections 3 and 4, with the sizes given there. O(1) but for the halvings, which are O(1) amortised. When not: loads
//! of pure recency; the window is small.

use crate::frequency::Frequency;
use crate::list::{Links, List};
use crate::marks::Marks;
use crate::{Policy, Standing};

const WINDOW: u8 = 0;
const PROBATION: u8 = 1;
const PROTECTED: u8 = 2;
const SEGMENTS: [&str; 3] = ["window", "probation", "protected"];

/// Admits to its main cache only what is asked for more often than what would have to leave.
#[derive(Clone, Debug, Default)]
pub struct WTinyLfu {
    links: Links,
    /// Window, probation, protected.
    segments: [List; 3],
    segment_of: Marks,
    keys: Vec<u64>,
    frequency: Frequency,
    capacity: u32,
}

impl WTinyLfu {
    fn window_max(&self) -> u32 {
        (self.capacity / 100).max(1)
    }

    fn main_max(&self) -> u32 {
        self.capacity.saturating_sub(self.window_max())
    }

    fn protected_max(&self) -> u32 {
        (u64::from(self.main_max()) * 4 / 5) as u32
    }

    /// How often `key` was asked for lately, at most 15, whether it is here or not.
    #[must_use]
    pub fn frequency(&self, key: u64) -> u8 {
        self.frequency.of(key)
    }

    fn list(&mut self, segment: u8) -> (&mut List, &mut Links) {
        (&mut self.segments[segment as usize], &mut self.links)
    }

    fn len(&self, segment: u8) -> u32 {
        self.segments[segment as usize].len()
    }

    fn enter(&mut self, slot: u32, segment: u8) {
        self.segment_of.set(slot, segment);
        let (list, links) = self.list(segment);
        list.push(links, slot);
    }

    fn leave(&mut self, slot: u32) {
        let (list, links) = self.list(self.segment_of.of(slot));
        list.unlink(links, slot);
    }

    fn shift(&mut self, slot: u32, segment: u8) {
        self.leave(slot);
        self.enter(slot, segment);
    }

    fn oldest(&self, segment: u8) -> Option<u32> {
        self.segments[segment as usize].oldest()
    }

    /// While the main cache has room, nobody has to win a contest to enter it.
    fn overflow(&mut self) {
        while self.len(WINDOW) > self.window_max() && self.len(PROBATION) + self.len(PROTECTED) < self.main_max() {
            let Some(slot) = self.oldest(WINDOW) else { break };
            self.shift(slot, PROBATION);
        }
    }

    fn frequency_of_slot(&self, slot: u32) -> u8 {
        self.frequency.of(self.keys[slot as usize])
    }
}

impl Policy for WTinyLfu {
    fn set_capacity(&mut self, capacity: u32) {
        self.capacity = capacity;
        self.frequency.fit(capacity);
    }
    fn on_insert(&mut self, slot: u32, key: u64) {
        if slot as usize >= self.keys.len() {
            self.keys.resize(slot as usize + 1, 0);
        }
        self.keys[slot as usize] = key;
        self.frequency.add(key);
        self.enter(slot, WINDOW);
        self.overflow();
    }
    fn on_use(&mut self, slot: u32) {
        self.frequency.add(self.keys[slot as usize]);
        if self.segment_of.of(slot) == WINDOW {
            self.shift(slot, WINDOW);
            return;
        }
        self.shift(slot, PROTECTED);
        if self.len(PROTECTED) > self.protected_max()
            && let Some(demoted) = self.oldest(PROTECTED)
        {
            self.shift(demoted, PROBATION);
        }
    }
    fn on_remove(&mut self, slot: u32) {
        self.leave(slot);
    }
    fn evict(&mut self) -> Option<u32> {
        let candidate = self.oldest(WINDOW);
        let victim = self.oldest(PROBATION).or_else(|| self.oldest(PROTECTED));
        let leaves = match (candidate, victim) {
            // A window with room to spare holds no candidate: the main cache is over its share.
            (Some(_), Some(victim)) if self.len(WINDOW) < self.window_max() => victim,
            (Some(candidate), Some(victim)) => {
                if self.frequency_of_slot(candidate) > self.frequency_of_slot(victim) {
                    self.shift(candidate, PROBATION);
                    victim
                } else {
                    candidate
                }
            }
            (candidate, victim) => candidate.or(victim)?,
        };
        self.leave(leaves);
        Some(leaves)
    }
    fn safest(&self) -> Option<u32> {
        [PROTECTED, PROBATION, WINDOW].into_iter().find_map(|segment| self.segments[segment as usize].newest())
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        let below = (0..self.segment_of.of(slot)).rev();
        self.links
            .older(slot)
            .or_else(|| below.into_iter().find_map(|segment| self.segments[segment as usize].newest()))
    }
    fn standing(&self, slot: u32) -> Standing {
        Standing { list: SEGMENTS[self.segment_of.of(slot) as usize], marks: self.frequency_of_slot(slot) }
    }
    fn clear(&mut self) {
        self.links.clear();
        self.segments = <[List; 3]>::default();
        self.segment_of.clear();
        self.keys.clear();
        self.frequency.clear();
    }
}
