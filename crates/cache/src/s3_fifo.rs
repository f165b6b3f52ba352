//! S3-FIFO: three FIFO queues, small, main and ghosts; what is not used twice while in the small one leaves quickly.
//!
//! ```text
//!   new ──> small, a tenth ── used twice? ──> main, nine tenths ── used? ──> once more around, one use the poorer
//!             └── else: ghost ── comes again? ────^                  └── else: leaves
//! ```
//!
//! Yang, Zhang, Qiu, Yue and Rashmi, "FIFO Queues are All You Need for Cache Eviction", SOSP 2023. Two readings of it are published.
//! This is the paper's own, algorithm 1: the cache fills through the small queue, and from it an entry moves up that was used *more
//! than once* since it came, keeping its count (of at most 3). The authors' simulator has since come to fill the main queue directly
//! once the small one is full, and to move up after a single use; their hit ratios differ by some tenths of a point. In one thing the
//! listing is tightened: where moving up overfills the main queue it lets one entry go there and another from the small queue; here
//! an eviction lets one go, and a main queue beyond its share is the next to give.
//!
//! O(1) amortised; a hit writes a capped count and moves nothing. When not: second uses that come after a long time; the ghosts
//! remember as many keys as the main queue holds.

use crate::ghosts::Ghosts;
use crate::list::{Links, List};
use crate::marks::Marks;
use crate::{Policy, Standing};

const SMALL: u8 = 0;
const MAIN: u8 = 1;

/// Uses beyond which nothing is counted.
const USES_MAX: u8 = 3;
/// Uses since it came from which on an entry of the small queue moves up.
const USES_TO_MOVE_UP: u8 = 2;

/// Evicts what is not used twice soon after it came.
#[derive(Clone, Debug, Default)]
pub struct S3Fifo {
    links: Links,
    small: List,
    main: List,
    ghosts: Ghosts,
    uses: Marks,
    queue_of: Marks,
    keys: Vec<u64>,
    capacity: u32,
    /// The key that comes in next is a ghost that returns.
    returns: bool,
}

impl S3Fifo {
    /// Entries of the small queue while the cache is full.
    fn small_target(&self) -> u32 {
        (self.capacity / 10).max(1)
    }

    fn main_target(&self) -> u32 {
        self.capacity.saturating_sub(self.small_target())
    }

    /// The remembered keys, the newest first.
    pub fn ghosts(&self) -> impl Iterator<Item = u64> + '_ {
        self.ghosts.iter()
    }

    /// Lets the first of the small queue go that was not used often enough; the others move up. `None` if all of them do.
    fn evict_small(&mut self) -> Option<u32> {
        while let Some(slot) = self.small.pop(&mut self.links) {
            if self.uses.of(slot) < USES_TO_MOVE_UP {
                self.ghosts.push(self.keys[slot as usize]);
                self.ghosts.truncate(self.main_target());
                return Some(slot);
            }
            self.main.push(&mut self.links, slot);
            self.queue_of.set(slot, MAIN);
        }
        None
    }

    /// Lets the first of the main queue go that has no uses left; the others go around.
    fn evict_main(&mut self) -> Option<u32> {
        loop {
            let slot = self.main.pop(&mut self.links)?;
            match self.uses.of(slot) {
                0 => return Some(slot),
                uses => self.uses.set(slot, uses - 1),
            }
            self.main.push(&mut self.links, slot);
        }
    }
}

impl Policy for S3Fifo {
    fn set_capacity(&mut self, capacity: u32) {
        self.capacity = capacity;
        self.ghosts.truncate(self.main_target());
    }
    fn on_miss(&mut self, key: u64) {
        self.returns = self.ghosts.remove(key);
    }
    fn on_insert(&mut self, slot: u32, key: u64) {
        if slot as usize >= self.keys.len() {
            self.keys.resize(slot as usize + 1, 0);
        }
        self.keys[slot as usize] = key;
        self.uses.set(slot, 0);
        let returns = core::mem::take(&mut self.returns);
        self.queue_of.set(slot, if returns { MAIN } else { SMALL });
        let queue = if returns { &mut self.main } else { &mut self.small };
        queue.push(&mut self.links, slot);
    }
    #[inline]
    fn on_use(&mut self, slot: u32) {
        self.uses.set(slot, (self.uses.of(slot) + 1).min(USES_MAX));
    }
    fn on_remove(&mut self, slot: u32) {
        let queue = if self.queue_of.of(slot) == MAIN { &mut self.main } else { &mut self.small };
        queue.unlink(&mut self.links, slot);
    }
    fn evict(&mut self) -> Option<u32> {
        let from_small = self.main.len() <= self.main_target() && self.small.len() >= self.small_target();
        if from_small && let Some(slot) = self.evict_small() {
            return Some(slot);
        }
        self.evict_main().or_else(|| self.evict_small()).or_else(|| self.evict_main())
    }
    fn safest(&self) -> Option<u32> {
        self.main.newest().or(self.small.newest())
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        let next = self.links.older(slot);
        if self.queue_of.of(slot) == MAIN { next.or(self.small.newest()) } else { next }
    }
    fn standing(&self, slot: u32) -> Standing {
        let list = if self.queue_of.of(slot) == MAIN { "main" } else { "small" };
        Standing { list, marks: self.uses.of(slot) }
    }
    fn clear(&mut self) {
        *self = S3Fifo { capacity: self.capacity, ..S3Fifo::default() };
    }
}
