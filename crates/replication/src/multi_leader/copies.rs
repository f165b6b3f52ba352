//! What survives a member's crash: its copies, in the order in which they changed, and who has not heard of which.

use super::item::Item;
use machine::{Durable, Peer};
use std::collections::BTreeMap;

/// A member's disk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Copies {
    /// By key: the number of the copy's last change, and the copy.
    pub(super) items: BTreeMap<u64, (u64, Item)>,
    /// The same by the number of the change.
    pub(super) order: BTreeMap<u64, u64>,
    /// Changes so far.
    pub(super) changes: u64,
    /// Who has not acknowledged which key, and since which change.
    pub(super) owed: BTreeMap<(Peer, u64), u64>,
}

/// One durable write.
#[derive(Clone, Debug)]
pub enum CopiesWrite {
    /// This is now the copy of the key, and these have to hear of it.
    Item {
        /// Which key.
        key: u64,
        /// The copy.
        item: Item,
        /// Who.
        owed: Vec<Peer>,
    },
    /// A member has what it was owed.
    Known {
        /// Who.
        by: Peer,
        /// Which key.
        key: u64,
    },
}

impl Durable for Copies {
    type Write = CopiesWrite;

    fn apply(&mut self, write: &CopiesWrite) {
        match write {
            CopiesWrite::Item { key, item, owed } => {
                self.changes += 1;
                if let Some((former, _)) = self.items.insert(*key, (self.changes, item.clone())) {
                    self.order.remove(&former);
                }
                self.order.insert(self.changes, *key);
                self.owed.extend(owed.iter().map(|peer| ((*peer, *key), self.changes)));
            }
            CopiesWrite::Known { by, key } => drop(self.owed.remove(&(*by, *key))),
        }
    }
}
