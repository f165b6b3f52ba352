//! What callers of an id generator have got: whether two got the same, and whether a later one got a smaller one.

use foldhash::quality::FixedState;
use hashbrown::HashMap;
use std::collections::VecDeque;

/// Ids that are remembered: what came twice further apart is not noticed.
pub(crate) const REMEMBERED: usize = 1 << 16;

/// How a generator of ids is reached, and what came of it.
#[derive(Clone, Debug)]
pub struct IdFront {
    /// Whose turn it is.
    pub turn: u32,
    /// Ids that were given for something else already.
    pub collisions: u64,
    /// Ids that are smaller than the one given before.
    pub inversions: u64,
    /// Ids given.
    pub given: u64,
    last: u64,
    /// What each remembered id stands for.
    owners: HashMap<u64, u64, FixedState>,
    order: VecDeque<u64>,
}

impl Default for IdFront {
    fn default() -> IdFront {
        let owners = HashMap::with_hasher(FixedState::with_seed(0));
        IdFront { turn: 0, collisions: 0, inversions: 0, given: 0, last: 0, owners, order: VecDeque::new() }
    }
}

impl IdFront {
    /// An id is given for `owner`: the same for what should have the same id, else unique. O(1).
    pub fn give(&mut self, id: u64, owner: u64) {
        self.given += 1;
        self.inversions += u64::from(id < self.last);
        self.last = id;
        match self.owners.insert(id, owner) {
            Some(before) => self.collisions += u64::from(before != owner),
            None => self.order.push_back(id),
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.owners.remove(&oldest);
        }
    }
}
