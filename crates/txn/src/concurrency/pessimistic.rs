//! Strict two-phase locking: a lock before every touch, all locks until the end.

use super::locks::{Grant, LockMode, LockTable};
use std::collections::BTreeMap;

/// How long locks are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// Until the transaction ends: serializable, and nobody sees what may be undone.
    UntilTheEnd,
    /// Only while the row is touched. A mistake: two phases become many, and updates are lost.
    WhileTouching,
}

/// What became of a read or a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// It happened.
    Done(T),
    /// Another transaction is in the way: ask again.
    Waits,
    /// It would have waited for itself; it is undone, and has to begin again.
    Aborted,
}

/// Keys with values, behind locks.
#[derive(Clone, Debug)]
pub struct Pessimistic {
    holding: Holding,
    rows: BTreeMap<u64, i64>,
    locks: LockTable,
    /// What each running transaction overwrote, oldest first.
    undo: BTreeMap<u64, Vec<(u64, Option<i64>)>>,
    next: u64,
}

impl Pessimistic {
    /// An empty store.
    #[must_use]
    pub fn new(holding: Holding) -> Pessimistic {
        let (rows, locks, undo) = Default::default();
        Pessimistic { holding, rows, locks, undo, next: 0 }
    }

    /// A new transaction.
    pub fn begin(&mut self) -> u64 {
        self.next += 1;
        self.undo.insert(self.next, Vec::new());
        self.next
    }

    /// Reads a key under a shared lock.
    pub fn read(&mut self, id: u64, key: u64) -> Step<Option<i64>> {
        self.touch(id, key, LockMode::Shared, |store| store.rows.get(&key).copied())
    }

    /// Writes a key under an exclusive lock.
    pub fn write(&mut self, id: u64, key: u64, value: i64) -> Step<()> {
        self.touch(id, key, LockMode::Exclusive, |store| {
            let old = store.rows.insert(key, value);
            store.undo.entry(id).or_default().push((key, old));
        })
    }

    /// Ends a transaction; its locks go. False if it had ended.
    pub fn commit(&mut self, id: u64) -> bool {
        self.locks.release_all(id);
        self.undo.remove(&id).is_some()
    }

    /// Undoes a transaction, the last write first; its locks go.
    pub fn abort(&mut self, id: u64) {
        for (key, old) in self.undo.remove(&id).unwrap_or_default().into_iter().rev() {
            match old {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
        self.locks.release_all(id);
    }

    /// What stands in the row, committed or not.
    #[must_use]
    pub fn value(&self, key: u64) -> Option<i64> {
        self.rows.get(&key).copied()
    }

    fn touch<T>(&mut self, id: u64, key: u64, mode: LockMode, act: impl FnOnce(&mut Self) -> T) -> Step<T> {
        if !self.undo.contains_key(&id) {
            return Step::Aborted;
        }
        match self.locks.acquire(id, key, mode) {
            Grant::Waits => Step::Waits,
            Grant::Deadlock => {
                self.abort(id);
                Step::Aborted
            }
            Grant::Held => {
                let done = act(self);
                if self.holding == Holding::WhileTouching {
                    self.locks.release(id, key);
                }
                Step::Done(done)
            }
        }
    }
}
