//! ARC, adaptive replacement: two LRU lists, seen once and seen again, and ghosts of both that move the border between them.
//!
//! ```text
//!      ghosts B1    recent T1   |   frequent T2    ghosts B2
//!    1 ─ 8 ─ 6  <── 3 ─ 9       p       4 ─ 2 ─ 7 ──> 5 ─ 0
//!      a hit here moves p right │ a hit here moves p left
//! ```
//!
//! The rule: T1 and T2 together hold at most c entries, T1 with its ghosts at most c, all four at most 2c. Whoever leaves a list
//! becomes its ghost; a ghost that returns enters T2 and shifts the target p of T1's length by the ratio of the two ghost lists, at
//! least 1. Megiddo and Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST 2003, figure 4, with p a real number as
//! there. O(1), no knob. Where entries are removed by hand, which the paper does not know, the same bounds are kept. When not: loads
//! whose useful ghosts are older than one cache full.

use crate::ghosts::Ghosts;
use crate::list::{Links, List};
use crate::marks::Marks;
use crate::{Policy, Standing};

const RECENT: u8 = 0;
const FREQUENT: u8 = 1;

/// Balances recency and frequency by what it should not have evicted.
#[derive(Clone, Debug, Default)]
pub struct Arc {
    links: Links,
    recent: List,
    frequent: List,
    recent_ghosts: Ghosts,
    frequent_ghosts: Ghosts,
    list_of: Marks,
    keys: Vec<u64>,
    capacity: u32,
    /// The paper's p: how long T1 should be.
    target: f64,
    coming: Coming,
}

/// What is known of the key that comes in next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Coming {
    #[default]
    New,
    RecentGhost,
    FrequentGhost,
}

impl Arc {
    /// How many entries the list of those seen once should hold, from 0 to the capacity: the paper's p.
    #[must_use]
    pub fn target(&self) -> f64 {
        self.target
    }

    /// Keys that left after one use, the newest first: the paper's B1.
    pub fn recent_ghosts(&self) -> impl Iterator<Item = u64> + '_ {
        self.recent_ghosts.iter()
    }

    /// Keys that left after more uses, the newest first: the paper's B2.
    pub fn frequent_ghosts(&self) -> impl Iterator<Item = u64> + '_ {
        self.frequent_ghosts.iter()
    }

    /// T1 with its ghosts.
    fn recent_all(&self) -> u32 {
        self.recent.len() + self.recent_ghosts.len()
    }

    fn all(&self) -> u64 {
        u64::from(self.recent_all()) + u64::from(self.frequent.len()) + u64::from(self.frequent_ghosts.len())
    }

    /// Case II: T1 should have been longer.
    fn favour_recent(&mut self, ours: u32, others: u32) {
        let step = at_least_one(f64::from(others) / f64::from(ours));
        self.target = (self.target + step).clamp(0.0, f64::from(self.capacity));
    }

    /// Case III: T2 should have been longer.
    fn favour_frequent(&mut self, ours: u32, others: u32) {
        let step = at_least_one(f64::from(others) / f64::from(ours));
        self.target = (self.target - step).clamp(0.0, f64::from(self.capacity));
    }

    /// Case IV: room among the ghosts for one more entry of T1.
    fn trim_ghosts(&mut self) {
        if self.recent_all() >= self.capacity && self.recent_ghosts.len() > 0 {
            self.recent_ghosts.truncate(self.recent_ghosts.len() - 1);
        } else if self.recent_all() < self.capacity
            && self.all() >= 2 * u64::from(self.capacity)
            && self.frequent_ghosts.len() > 0
        {
            self.frequent_ghosts.truncate(self.frequent_ghosts.len() - 1);
        }
    }

    /// The paper's REPLACE: which list has to give.
    fn takes_recent(&self) -> bool {
        let length = f64::from(self.recent.len());
        let is_over = length > self.target || length == self.target && self.coming == Coming::FrequentGhost;
        !self.recent.is_empty() && is_over || self.frequent.is_empty()
    }
}

fn at_least_one(ratio: f64) -> f64 {
    if ratio > 1.0 { ratio } else { 1.0 }
}

impl Policy for Arc {
    fn set_capacity(&mut self, capacity: u32) {
        self.capacity = capacity;
        self.target = self.target.clamp(0.0, f64::from(capacity));
        self.recent_ghosts.truncate(capacity.saturating_sub(self.recent.len()));
        let others = self.recent_all() + self.frequent.len();
        self.frequent_ghosts.truncate((2 * u64::from(capacity)).saturating_sub(u64::from(others)) as u32);
    }
    fn on_miss(&mut self, key: u64) {
        let (recent, frequent) = (self.recent_ghosts.len(), self.frequent_ghosts.len());
        self.coming = if self.recent_ghosts.remove(key) {
            self.favour_recent(recent, frequent);
            Coming::RecentGhost
        } else if self.frequent_ghosts.remove(key) {
            self.favour_frequent(frequent, recent);
            Coming::FrequentGhost
        } else {
            self.trim_ghosts();
            Coming::New
        };
    }
    fn on_insert(&mut self, slot: u32, key: u64) {
        if slot as usize >= self.keys.len() {
            self.keys.resize(slot as usize + 1, 0);
        }
        self.keys[slot as usize] = key;
        let is_new = core::mem::take(&mut self.coming) == Coming::New;
        self.list_of.set(slot, if is_new { RECENT } else { FREQUENT });
        let list = if is_new { &mut self.recent } else { &mut self.frequent };
        list.push(&mut self.links, slot);
    }
    fn on_use(&mut self, slot: u32) {
        if self.list_of.of(slot) == FREQUENT {
            self.frequent.renew(&mut self.links, slot);
        } else {
            self.recent.unlink(&mut self.links, slot);
            self.frequent.push(&mut self.links, slot);
            self.list_of.set(slot, FREQUENT);
        }
    }
    fn on_remove(&mut self, slot: u32) {
        let list = if self.list_of.of(slot) == FREQUENT { &mut self.frequent } else { &mut self.recent };
        list.unlink(&mut self.links, slot);
    }
    fn evict(&mut self) -> Option<u32> {
        // Case IV A: T1 fills the whole cache and has no ghosts; its oldest leaves without becoming one.
        if self.coming == Coming::New && self.recent.len() >= self.capacity && !self.recent.is_empty() {
            return self.recent.pop(&mut self.links);
        }
        let (list, ghosts) = if self.takes_recent() {
            (&mut self.recent, &mut self.recent_ghosts)
        } else {
            (&mut self.frequent, &mut self.frequent_ghosts)
        };
        let slot = list.pop(&mut self.links)?;
        ghosts.push(self.keys[slot as usize]);
        Some(slot)
    }
    fn safest(&self) -> Option<u32> {
        self.frequent.newest().or(self.recent.newest())
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        let next = self.links.older(slot);
        if self.list_of.of(slot) == FREQUENT { next.or(self.recent.newest()) } else { next }
    }
    fn standing(&self, slot: u32) -> Standing {
        Standing { list: if self.list_of.of(slot) == FREQUENT { "frequent" } else { "recent" }, marks: 0 }
    }
    fn clear(&mut self) {
        *self = Arc { capacity: self.capacity, ..Arc::default() };
    }
}
