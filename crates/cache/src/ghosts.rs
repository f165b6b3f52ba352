//! Ghosts: keys that have left and are remembered for a while, without their values.
//!
//! ```text
//!   newest  41 ─ 7 ─ 19  oldest       push 3:  3 ─ 41 ─ 7 ─ 19       remove 7:  3 ─ 41 ─ 19
//! ```
//!
//! A policy that sees a ghost come back knows that it let go too early. All O(1), about 30 bytes a ghost; who uses it bounds it.

use crate::index::Index;
use crate::list::{Links, List};

/// A list of distinct keys in the order in which they left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ghosts {
    keys: Vec<u64>,
    free: Vec<u32>,
    links: Links,
    order: List,
    index: Index,
}

impl Ghosts {
    /// Remembers `key`, which is not in it, as the newest.
    pub(crate) fn push(&mut self, key: u64) {
        let at = match self.free.pop() {
            Some(at) => {
                self.keys[at as usize] = key;
                at
            }
            None => {
                self.keys.push(key);
                self.keys.len() as u32 - 1
            }
        };
        self.index.insert(key, at);
        self.order.push(&mut self.links, at);
    }

    /// Forgets `key`, and tells whether it was there.
    pub(crate) fn remove(&mut self, key: u64) -> bool {
        let found = self.index.find(key, |at| self.keys[at as usize] == key);
        if let Some(at) = found {
            self.forget(at);
        }
        found.is_some()
    }

    /// Forgets the oldest until at most `len` are left.
    pub(crate) fn truncate(&mut self, len: u32) {
        while self.len() > len {
            let oldest = self.order.oldest().expect("a list that is not empty has an oldest");
            self.forget(oldest);
        }
    }

    fn forget(&mut self, at: u32) {
        self.index.remove(self.keys[at as usize], at);
        self.order.unlink(&mut self.links, at);
        self.free.push(at);
    }

    pub(crate) fn len(&self) -> u32 {
        self.order.len()
    }

    /// The keys, the newest first. For drawing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        core::iter::successors(self.order.newest(), |at| self.links.older(*at)).map(|at| self.keys[at as usize])
    }
}
