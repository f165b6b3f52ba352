//! LFU, least frequently used: a list per number of uses, and the lists in a list (Shah, Mitra and Matani, 2010).
//!
//! ```text
//!   uses 1      uses 2      uses 5         a use moves a slot to the front of the next list, which is made if it is missing
//!   3 ─ 8   <─> 0 ─ 4   <─> 7              and unmade when it is empty
//!       ^ victim: fewest uses, and among those the least recent
//! ```
//!
//! The rule: the victim has the minimum of uses, and among those the least recent use. O(1) a use. Counts belong to entries: a key
//! that returns starts at one. When not: popularity that changes; what was popular yesterday holds its place until enough uses
//! of others have passed it.

use crate::Policy;
use crate::list::{Links, List, NONE, some};

/// Evicts the least frequently used.
#[derive(Clone, Debug, Default)]
pub struct Lfu {
    links: Links,
    /// The rank each slot is in.
    rank_of: Vec<u32>,
    ranks: Vec<Rank>,
    free: Vec<u32>,
    ends: Ends,
}

/// All slots with the same number of uses.
#[derive(Clone, Copy, Debug)]
struct Rank {
    uses: u64,
    slots: List,
    more: u32,
    fewer: u32,
}

#[derive(Clone, Copy, Debug)]
struct Ends {
    most: u32,
    fewest: u32,
}

impl Default for Ends {
    fn default() -> Ends {
        Ends { most: NONE, fewest: NONE }
    }
}

impl Lfu {
    /// Makes the rank of `uses` right above `fewer`.
    fn make_rank(&mut self, uses: u64, fewer: u32) -> u32 {
        let more = if fewer == NONE { self.ends.fewest } else { self.ranks[fewer as usize].more };
        let rank = Rank { uses, slots: List::default(), more, fewer };
        let at = match self.free.pop() {
            Some(at) => {
                self.ranks[at as usize] = rank;
                at
            }
            None => {
                self.ranks.push(rank);
                self.ranks.len() as u32 - 1
            }
        };
        self.join(fewer, at);
        self.join(at, more);
        at
    }

    /// Makes two ranks, or a rank and an end, neighbours.
    fn join(&mut self, fewer: u32, more: u32) {
        match fewer {
            NONE => self.ends.fewest = more,
            at => self.ranks[at as usize].more = more,
        }
        match more {
            NONE => self.ends.most = fewer,
            at => self.ranks[at as usize].fewer = fewer,
        }
    }

    fn drop_rank_if_empty(&mut self, at: u32) {
        let Rank { slots, more, fewer, .. } = self.ranks[at as usize];
        if slots.is_empty() {
            self.join(fewer, more);
            self.free.push(at);
        }
    }

    /// The rank of `uses`, which belongs between `fewer` and its neighbour; made if it is missing.
    #[inline]
    fn rank(&mut self, uses: u64, fewer: u32) -> u32 {
        let more = if fewer == NONE { self.ends.fewest } else { self.ranks[fewer as usize].more };
        match more {
            NONE => self.make_rank(uses, fewer),
            at if self.ranks[at as usize].uses == uses => at,
            _ => self.make_rank(uses, fewer),
        }
    }

    #[inline]
    fn enter(&mut self, slot: u32, rank: u32) {
        self.ranks[rank as usize].slots.push(&mut self.links, slot);
        self.rank_of[slot as usize] = rank;
    }

    #[inline]
    fn leave(&mut self, slot: u32) -> u32 {
        let rank = self.rank_of[slot as usize];
        self.ranks[rank as usize].slots.unlink(&mut self.links, slot);
        rank
    }
}

impl Policy for Lfu {
    #[inline]
    fn on_insert(&mut self, slot: u32, _key: u64) {
        if slot as usize >= self.rank_of.len() {
            self.rank_of.resize(slot as usize + 1, NONE);
        }
        let rank = self.rank(1, NONE);
        self.enter(slot, rank);
    }
    #[inline]
    fn on_use(&mut self, slot: u32) {
        let old = self.leave(slot);
        let new = self.rank(self.ranks[old as usize].uses + 1, old);
        self.enter(slot, new);
        self.drop_rank_if_empty(old);
    }
    #[inline]
    fn on_remove(&mut self, slot: u32) {
        let rank = self.leave(slot);
        self.drop_rank_if_empty(rank);
    }
    #[inline]
    fn evict(&mut self) -> Option<u32> {
        let slot = self.ranks.get(self.ends.fewest as usize)?.slots.oldest()?;
        self.on_remove(slot);
        Some(slot)
    }
    fn safest(&self) -> Option<u32> {
        self.ranks.get(self.ends.most as usize)?.slots.newest()
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        self.links.older(slot).or_else(|| {
            let fewer = some(self.ranks[self.rank_of[slot as usize] as usize].fewer)?;
            self.ranks[fewer as usize].slots.newest()
        })
    }
    fn clear(&mut self) {
        self.links.clear();
        self.rank_of.clear();
        self.ranks.clear();
        self.free.clear();
        self.ends = Ends::default();
    }
}
