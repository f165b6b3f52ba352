//! LFU with dynamic ageing: as LFU, but a newcomer starts at the level at which the last victim left.
//!
//! ```text
//!   priority = uses + age at the last use          age = priority of the last victim
//!
//!   age 0:  a 9   b 8   c 1  ─ d comes, c leaves, age 1 ─>  a 9   b 8   d 2  ─ ... ─>  age rises until new favourites pass a and b
//! ```
//!
//! The rule: the victim has the least priority, and among those the least recent use. What is popular now passes what was popular
//! yesterday within as many evictions as the old favourite had uses, which plain LFU never promises. O(log n) a use. Arlitt,
//! Cherkasova, Dilley, Friedrich and Jin, "Evaluating Content Management Techniques for Web Proxy Caches", 2000 (LFU-DA).

use crate::Policy;
use std::collections::BTreeSet;

/// Evicts the least frequently used, and lets old merits fade.
#[derive(Clone, Debug, Default)]
pub struct LfuAged {
    /// By priority, then by last use.
    order: BTreeSet<Rank>,
    ranks: Vec<Rank>,
    uses: Vec<u64>,
    age: u64,
    /// Numbers the uses.
    clock: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    priority: u64,
    last_use: u64,
    slot: u32,
}

impl LfuAged {
    /// Priority of the last victim, from which newcomers start.
    #[must_use]
    pub fn age(&self) -> u64 {
        self.age
    }

    fn enter(&mut self, slot: u32) {
        self.clock += 1;
        let priority = self.age + self.uses[slot as usize];
        let rank = Rank { priority, last_use: self.clock, slot };
        self.ranks[slot as usize] = rank;
        self.order.insert(rank);
    }
}

impl Policy for LfuAged {
    fn on_insert(&mut self, slot: u32, _key: u64) {
        if slot as usize >= self.ranks.len() {
            self.ranks.resize(slot as usize + 1, Rank::default());
            self.uses.resize(slot as usize + 1, 0);
        }
        self.uses[slot as usize] = 1;
        self.enter(slot);
    }
    fn on_use(&mut self, slot: u32) {
        self.on_remove(slot);
        self.uses[slot as usize] += 1;
        self.enter(slot);
    }
    fn on_remove(&mut self, slot: u32) {
        self.order.remove(&self.ranks[slot as usize]);
    }
    fn evict(&mut self) -> Option<u32> {
        let victim = self.order.pop_first()?;
        self.age = victim.priority;
        Some(victim.slot)
    }
    fn safest(&self) -> Option<u32> {
        self.order.last().map(|rank| rank.slot)
    }
    fn less_safe(&self, slot: u32) -> Option<u32> {
        self.order.range(..self.ranks[slot as usize]).next_back().map(|rank| rank.slot)
    }
    fn clear(&mut self) {
        *self = LfuAged::default();
    }
}
