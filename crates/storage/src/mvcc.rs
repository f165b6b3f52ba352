//! Many versions: a transaction reads the state of its beginning, whoever writes meanwhile.
//!
//! ```text
//!   key x    version 0..3: 10      version 3..7: 12      version 7..: 15
//!            ▲ a snapshot of time 5 reads 12, until nobody needs it and it is swept away
//! ```
//!
//! The rules: a snapshot never changes. A reader waits for nobody. Of two transactions that overlap and write the same key the first
//! to commit wins, and the other is refused with that key. That is snapshot isolation: no lost update, but *write skew* (two
//! transactions read both of two keys and write one each) passes. [`Isolation::Serializable`] refuses it too, by refusing whoever has
//! read a key that was committed to since its beginning; that refuses more than it must.
//!
//! Cost: a read O(log versions of the key), a commit O(keys written and read). Source: Berenson et al., "A Critique of ANSI SQL
//! Isolation Levels", SIGMOD 1995, §4.2; reads checked at commit as Kung and Robinson, "Optimistic Methods", TODS 1981.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// A transaction that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransactionId(pub u64);

/// What a commit checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// The keys that were written: snapshot isolation.
    Snapshot,
    /// The keys that were read as well: serializable.
    Serializable,
}

/// Why an operation is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MvccError {
    /// A transaction that never began, or is over.
    NotOpen {
        /// Which one.
        id: TransactionId,
    },
    /// Another transaction committed to this key since this one began. It is over, and has changed nothing.
    Conflict {
        /// The key.
        key: String,
        /// When that was committed.
        committed: u64,
        /// When this one began.
        began: u64,
    },
}

impl fmt::Display for MvccError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MvccError::NotOpen { id } => write!(f, "transaction {} is not open", id.0),
            MvccError::Conflict { key, committed, began } => {
                write!(f, "{key:?} was committed to at {committed}, but this transaction began at {began}")
            }
        }
    }
}

impl core::error::Error for MvccError {}

#[derive(Clone, Debug)]
struct Open {
    began: u64,
    writes: BTreeMap<String, Option<i64>>,
    reads: BTreeSet<String>,
}

/// Keys with their versions, and the transactions under way.
///
/// ```
/// use storage::mvcc::{Isolation, Mvcc};
///
/// let mut store = Mvcc::new(Isolation::Snapshot);
/// let (old, new) = (store.begin(), store.begin());
/// store.write(new, "x", Some(1))?;
/// store.commit(new)?;
/// assert_eq!(store.read(old, "x")?, None, "it began before");
/// # Ok::<(), storage::mvcc::MvccError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mvcc {
    isolation: Isolation,
    /// Of each key its versions by the time of their commit; `None` is deleted.
    versions: BTreeMap<String, BTreeMap<u64, Option<i64>>>,
    open: BTreeMap<TransactionId, Open>,
    now: u64,
    next: u64,
}

impl Mvcc {
    /// No keys and no transactions.
    #[must_use]
    pub fn new(isolation: Isolation) -> Mvcc {
        Mvcc { isolation, versions: BTreeMap::new(), open: BTreeMap::new(), now: 0, next: 0 }
    }

    /// Begins a transaction on the state of now.
    pub fn begin(&mut self) -> TransactionId {
        let id = TransactionId(self.next);
        self.next += 1;
        self.open.insert(id, Open { began: self.now, writes: BTreeMap::new(), reads: BTreeSet::new() });
        id
    }

    /// Reads a key: what the transaction has written itself, or else what was there when it began.
    pub fn read(&mut self, id: TransactionId, key: &str) -> Result<Option<i64>, MvccError> {
        let open = self.open.get_mut(&id).ok_or(MvccError::NotOpen { id })?;
        if let Some(written) = open.writes.get(key) {
            return Ok(*written);
        }
        open.reads.insert(key.to_owned());
        let versions = self.versions.get(key);
        Ok(versions.and_then(|versions| versions.range(..=open.began).next_back()).and_then(|(_, value)| *value))
    }

    /// Writes a key, to be seen by others from the commit on; `None` deletes it.
    pub fn write(&mut self, id: TransactionId, key: &str, value: Option<i64>) -> Result<(), MvccError> {
        let open = self.open.get_mut(&id).ok_or(MvccError::NotOpen { id })?;
        open.writes.insert(key.to_owned(), value);
        Ok(())
    }

    /// Ends a transaction and makes what it wrote seen, all at once; or refuses, and nothing is. Says when.
    pub fn commit(&mut self, id: TransactionId) -> Result<u64, MvccError> {
        let open = self.open.remove(&id).ok_or(MvccError::NotOpen { id })?;
        // Who only read saw one state, and that is where it stands in the order of all.
        let reads = open.reads.iter().filter(|_| self.isolation == Isolation::Serializable && !open.writes.is_empty());
        for key in open.writes.keys().chain(reads) {
            let last = self.versions.get(key).and_then(|versions| versions.keys().next_back().copied());
            if let Some(committed) = last.filter(|committed| *committed > open.began) {
                return Err(MvccError::Conflict { key: key.clone(), committed, began: open.began });
            }
        }
        if !open.writes.is_empty() {
            self.now += 1;
        }
        for (key, value) in open.writes {
            self.versions.entry(key).or_default().insert(self.now, value);
        }
        Ok(self.now)
    }

    /// Ends a transaction without a trace.
    pub fn abort(&mut self, id: TransactionId) -> Result<(), MvccError> {
        self.open.remove(&id).map(drop).ok_or(MvccError::NotOpen { id })
    }

    /// Forgets every version that no transaction, under way or to come, can read; says how many.
    pub fn sweep(&mut self) -> u64 {
        let oldest = self.open.values().map(|open| open.began).min().unwrap_or(self.now);
        let before = self.version_count();
        for versions in self.versions.values_mut() {
            if let Some(kept) = versions.range(..=oldest).next_back().map(|(time, _)| *time) {
                *versions = versions.split_off(&kept);
                if versions.first_key_value().is_some_and(|(time, value)| *time <= oldest && value.is_none()) {
                    versions.pop_first();
                }
            }
        }
        self.versions.retain(|_, versions| !versions.is_empty());
        before - self.version_count()
    }

    /// Versions that are kept: what a long transaction makes grow.
    #[must_use]
    pub fn version_count(&self) -> u64 {
        self.versions.values().map(|versions| versions.len() as u64).sum()
    }
}
