//! Work on private copies, check at the end (Kung and Robinson, 1981, §3).

use std::collections::BTreeMap;

/// What is checked when a transaction wants to commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// Nothing that it read or writes was changed since it first touched it: serializable.
    ReadsAndWrites,
    /// Only what it writes (first committer wins, as in snapshot isolation). A mistake where serializability is wanted: write skew.
    WritesOnly,
    /// Nothing. A mistake: the last writer wins and the other's update is lost.
    Nothing,
}

#[derive(Clone, Debug, Default)]
struct Work {
    /// Key to the version that it had when it was first touched.
    seen: BTreeMap<u64, u64>,
    written: BTreeMap<u64, i64>,
}

/// Keys with values and versions, and transactions at work on copies.
#[derive(Clone, Debug)]
pub struct Optimistic {
    validation: Validation,
    /// Key to version and value.
    rows: BTreeMap<u64, (u64, i64)>,
    working: BTreeMap<u64, Work>,
    next: u64,
}

impl Optimistic {
    /// An empty store.
    #[must_use]
    pub fn new(validation: Validation) -> Optimistic {
        let (rows, working) = Default::default();
        Optimistic { validation, rows, working, next: 0 }
    }

    /// A new transaction.
    pub fn begin(&mut self) -> u64 {
        self.next += 1;
        self.working.insert(self.next, Work::default());
        self.next
    }

    /// What the transaction sees: its own write, else what is committed. `None` also if it has ended.
    pub fn read(&mut self, id: u64, key: u64) -> Option<i64> {
        let (version, value) = self.row(key);
        let work = self.working.get_mut(&id)?;
        if let Some(value) = work.written.get(&key) {
            return Some(*value);
        }
        work.seen.entry(key).or_insert(version);
        value
    }

    /// Writes to the private copy. Nothing happens if the transaction has ended.
    pub fn write(&mut self, id: u64, key: u64, value: i64) {
        let (version, _) = self.row(key);
        if let Some(work) = self.working.get_mut(&id) {
            work.seen.entry(key).or_insert(version);
            work.written.insert(key, value);
        }
    }

    /// Ends a transaction: its writes appear at once, or it leaves no trace and has to begin again. O(keys touched · log keys).
    pub fn commit(&mut self, id: u64) -> bool {
        let Some(work) = self.working.remove(&id) else { return false };
        let is_checked = |key: &u64| match self.validation {
            Validation::ReadsAndWrites => true,
            Validation::WritesOnly => work.written.contains_key(key),
            Validation::Nothing => false,
        };
        let is_valid = work.seen.iter().filter(|(key, _)| is_checked(key)).all(|(key, seen)| self.row(*key).0 == *seen);
        if is_valid {
            for (key, value) in work.written {
                let version = self.row(key).0 + 1;
                self.rows.insert(key, (version, value));
            }
        }
        is_valid
    }

    /// What is committed.
    #[must_use]
    pub fn value(&self, key: u64) -> Option<i64> {
        self.row(key).1
    }

    fn row(&self, key: u64) -> (u64, Option<i64>) {
        self.rows.get(&key).map_or((0, None), |(version, value)| (*version, Some(*value)))
    }
}
