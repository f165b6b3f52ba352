//! 2Q, the full version: newcomers queue in a FIFO; only who is asked for again after leaving it enters the main LRU.
//!
//! ```text
//!   new ──> in  3 ─ 9 ─ 5 ──> ghosts  8 ─ 1 ─ 7        8 comes again ──> main  8 ─ 4 ─ 2 ─ 6
//!           FIFO, 1/4              keys only, 1/2                          LRU, the rest
//! ```
//!
//! The rule: a use in the FIFO changes nothing, so that a burst on one key counts once; a scan passes through the FIFO and leaves the
//! main list alone. When room is needed the FIFO's oldest leaves and becomes a ghost if the FIFO is over its share, else the main
//! list's least recent leaves for good. O(1). Johnson and Shasha, "2Q: A Low Overhead High Performance Buffer Management Replacement
//! Algorithm", VLDB 1994, with its shares: Kin a quarter of the cache, Kout half of it. When not: a load whose second uses come while
//! the key is still in the FIFO; it has to leave first to be believed.

use crate::ghosts::Ghosts;
use crate::list::{Links, List};
use crate::marks::Marks;
use crate::{Policy, Standing};

const IN: u8 = 0;
const MAIN: u8 = 1;

/// Admits to its LRU list only what comes back after leaving a FIFO.
#[derive(Clone, Debug, Default)]
pub struct TwoQ {
    links: Links,
    /// The paper's A1in.
    entrance: List,
    /// The paper's Am.
    main: List,
    /// The paper's A1out.
    left: Ghosts,
    list_of: Marks,
    keys: Vec<u64>,
    capacity: u32,
    /// The key that comes in next is a ghost that returns.
    returns: bool,
}

impl TwoQ {
    /// Entries the FIFO may hold while the cache is full: the paper's Kin.
    fn entrance_max(&self) -> u32 {
        (self.capacity / 4).max(1)
    }

    /// Ghosts that are remembered: the paper's Kout.
    fn ghosts_max(&self) -> u32 {
        (self.capacity / 2).max(1)
    }

    /// The remembered keys, the newest first.
    pub fn ghosts(&self) -> impl Iterator<Item = u64> + '_ {
        self.left.iter()
    }
}

impl Policy for TwoQ {
    fn set_capacity(&mut self, capacity: u32) {
        self.capacity = capacity;
        self.left.truncate(self.ghosts_max());
    }
    fn on_miss(&mut self, key: u64) {
        self.returns = self.left.remove(key);
    }
    fn on_insert(&mut self, slot: u32, key: u64) {
        if slot as usize >= self.keys.len() {
            self.keys.resize(slot as usize + 1, 0);
        }
        self.keys[slot as usize] = key;
        let returns = core::mem::take(&mut self.returns);
        self.list_of.set(slot, if returns { MAIN } else { IN });
        let list = if returns { &mut self.main } else { &mut self.entrance };
        list.push(&mut self.links, slot);
    }
    fn on_use(&mut self, slot: u32) {
        if self.list_of.of(slot) == MAIN {
            self.main.renew(&mut self.links, slot);
        }
    }
    fn on_remove(&mut self, slot: u32) {
        let list = if self.list_of.of(slot) == MAIN { &mut self.main } else { &mut self.entrance };
        list.unlink(&mut self.links, slot);
    }
    fn evict(&mut self) -> Option<u32> {
        if self.entrance.len() <= self.entrance_max()
            && let Some(slot) = self.main.pop(&mut self.links)
        {
            return Some(slot);
        }
        let slot = self.entrance.pop(&mut self.links)?;
        self.left.push(self.keys[slot as usize]);
        self.left.truncate(self.ghosts_max());
        Some(slot)
    }
    fn safest(&self) -> Option<u32> {
        self.main.newest().or(self.entrance.newest())
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        let next = self.links.older(slot);
        if self.list_of.of(slot) == MAIN { next.or(self.entrance.newest()) } else { next }
    }
    fn standing(&self, slot: u32) -> Standing {
        Standing { list: if self.list_of.of(slot) == MAIN { "main" } else { "in" }, marks: 0 }
    }
    fn clear(&mut self) {
        *self = TwoQ { capacity: self.capacity, ..TwoQ::default() };
    }
}
