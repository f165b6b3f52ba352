//! What survives a member's crash: its copies, and the hints that it keeps for others.

use super::item::Item;
use machine::{Durable, Peer};
use std::collections::BTreeMap;

/// A member's disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    pub(super) items: BTreeMap<u64, Item>,
    /// How many of them hold versions of which none replaces another.
    pub(super) conflicts: u64,
    /// By home and key: the hint's number, which grows with each change, and the copy.
    pub(super) hints: BTreeMap<(Peer, u64), (u64, Item)>,
    pub(super) hinted: u64,
    /// How often the member began: an answer to what it asked before a crash must not count for what it asks now.
    pub(super) boots: u64,
}

/// One durable write.
#[derive(Clone, Debug)]
pub enum ShelfWrite {
    /// The process began.
    Boot,
    /// This is now the copy of the key.
    Item {
        /// Which key.
        key: u64,
        /// The copy.
        item: Item,
    },
    /// The key is gone without a trace; only [`Variant::ForgetsTombstones`](super::Variant) does that.
    Erase {
        /// Which key.
        key: u64,
    },
    /// Kept for another member, merged with what is kept for it already.
    Hint {
        /// For whom.
        home: Peer,
        /// Which key.
        key: u64,
        /// The copy.
        item: Item,
    },
    /// The home has it.
    HandedOff {
        /// Who.
        home: Peer,
        /// Which key.
        key: u64,
    },
}

impl Durable for Shelf {
    type Write = ShelfWrite;

    fn apply(&mut self, write: &ShelfWrite) {
        match write {
            ShelfWrite::Boot => self.boots += 1,
            ShelfWrite::Item { key, item } => {
                self.conflicts += u64::from(item.has_siblings());
                let replaced = self.items.insert(*key, item.clone());
                self.conflicts -= u64::from(replaced.is_some_and(|item| item.has_siblings()));
            }
            ShelfWrite::Erase { key } => {
                let erased = self.items.remove(key);
                self.conflicts -= u64::from(erased.is_some_and(|item| item.has_siblings()));
            }
            ShelfWrite::Hint { home, key, item } => {
                self.hinted += 1;
                let number = self.hinted;
                let held = self.hints.entry((*home, *key)).or_insert_with(|| (number, item.clone()));
                held.0 = number;
                held.1.merge(item);
            }
            ShelfWrite::HandedOff { home, key } => drop(self.hints.remove(&(*home, *key))),
        }
    }
}
