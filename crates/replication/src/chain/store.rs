//! What survives a member's crash: the chain it knows, what is done, and what is on its way.

use super::order::Chain;
use machine::Durable;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The number of an update and the value that it set.
pub type Versioned = (u64, u64);

/// Everything that is done, by key.
pub type Table = Arc<BTreeMap<u64, Versioned>>;

/// One write on its way down the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its number, from 1 without gaps, given by the head.
    pub version: u64,
    /// Which key it sets.
    pub key: u64,
    /// To what.
    pub value: u64,
}

/// A member's disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    pub(super) chain: Chain,
    /// The chain in which this life began: [`Link::since`](super::Link::since).
    pub(super) life: u64,
    /// Whether it has been given what those before it hold.
    pub(super) is_whole: bool,
    /// Whether it is the last of those that are whole: what it has is done.
    pub(super) is_tail: bool,
    /// The last update that it has.
    pub(super) last: u64,
    /// The last update that it knows to be done.
    pub(super) done: u64,
    pub(super) table: Table,
    /// The paper's *Sent*: what it has and does not know to be done.
    pub(super) sent: BTreeMap<u64, Update>,
}

impl Default for Store {
    fn default() -> Store {
        Store {
            chain: Chain::default(),
            life: 0,
            is_whole: true,
            is_tail: false,
            last: 0,
            done: 0,
            table: Table::default(),
            sent: BTreeMap::new(),
        }
    }
}

impl Store {
    /// The newest value of `key` among updates up to `version`, done or on their way. O(log n + updates on their way).
    pub(super) fn newest(&self, key: u64, version: u64) -> Option<Versioned> {
        let on_their_way = self.sent.range(..=version).rev().map(|(_, update)| update);
        let newest = on_their_way.into_iter().find(|update| update.key == key);
        newest.map(|update| (update.version, update.value)).or_else(|| self.table.get(&key).copied())
    }

    /// Whether an update of `key` is on its way.
    pub(super) fn is_dirty(&self, key: u64) -> bool {
        self.sent.values().any(|update| update.key == key)
    }
}

/// One durable write.
#[derive(Clone, Debug)]
pub enum StoreWrite {
    /// This is the chain now.
    Chain(Chain),
    /// The member joined and begins with nothing.
    Born {
        /// The chain in which it joined.
        life: u64,
        /// Whether nothing is all that there is.
        is_whole: bool,
    },
    /// The next update.
    Update(Update),
    /// Everything up to here is done.
    Done {
        /// The last update of which it is true.
        upto: u64,
    },
    /// What the member before it held.
    Installed {
        /// The last update that was done.
        done: u64,
        /// Everything that was done.
        table: Table,
        /// What was on its way.
        sent: Vec<Update>,
    },
    /// It became the last that is whole, or ceased to be.
    Tail(bool),
}

impl Durable for Store {
    type Write = StoreWrite;

    fn apply(&mut self, write: &StoreWrite) {
        match write {
            StoreWrite::Chain(chain) => self.chain = chain.clone(),
            StoreWrite::Born { life, is_whole } => {
                let chain = core::mem::take(&mut self.chain);
                *self = Store { chain, life: *life, is_whole: *is_whole, ..Store::default() };
            }
            StoreWrite::Update(update) => {
                self.last = update.version;
                self.sent.insert(update.version, *update);
            }
            StoreWrite::Done { upto } => self.finish(*upto),
            StoreWrite::Installed { done, table, sent } => {
                (self.last, self.done, self.is_whole) = (*done, *done, true);
                self.table = table.clone();
                sent.iter().for_each(|update| self.apply(&StoreWrite::Update(*update)));
            }
            StoreWrite::Tail(is_tail) => self.is_tail = *is_tail,
        }
    }
}

impl Store {
    fn finish(&mut self, upto: u64) {
        self.done = self.done.max(upto);
        let table = Arc::make_mut(&mut self.table);
        while let Some(first) = self.sent.first_entry().filter(|first| *first.key() <= upto) {
            let update = first.remove();
            table.insert(update.key, (update.version, update.value));
        }
    }
}
