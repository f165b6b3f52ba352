//! Write-behind: writes are acknowledged from the cache and reach the store later, several to one key as one.
//!
//! ```text
//!   t 0 put a=1     t 2 put a=2     t 3 put b=1     t 5 due: a=2     t 8 due: b=1        delay 5: two writes of the store for three
//!                        ^ crash here: a=2 was acknowledged and is lost
//! ```
//!
//! The rule: a key is due `delay` after its first write that the store has not got; what is due carries the latest value. A crash loses
//! what the store has not confirmed. Write-through is `delay` zero with the reply held back until the store has it; write-invalidate
//! is to tell the store and remove the key from the cache. O(log keys) a write. When not: anything that must not be lost once it was
//! acknowledged.

use base::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};

/// Writes that the store has not got yet.
#[derive(Clone, Debug)]
pub struct WriteBack<V> {
    delay: Span,
    dirty: BTreeMap<u64, Dirty<V>>,
    /// By the moment they are due, then by key.
    due: BTreeSet<(Time, u64)>,
    /// Numbers the writes.
    writes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Dirty<V> {
    latest: Write<V>,
    due: Time,
    /// What the store was told last, if it was told anything.
    told: Option<Write<V>>,
}

/// A write for the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write<V> {
    /// Where.
    pub key: u64,
    /// The latest value.
    pub value: V,
    /// Its number, different for each: what the store confirms.
    pub number: u64,
    /// Acknowledged writes that it stands for, itself included.
    pub stands_for: u64,
}

impl<V: Copy> WriteBack<V> {
    /// Nothing written yet; the store hears of a write after `delay`, at least a nanosecond.
    #[must_use]
    pub fn new(delay: Span) -> WriteBack<V> {
        WriteBack { delay: delay.max(Span(1)), dirty: BTreeMap::new(), due: BTreeSet::new(), writes: 0 }
    }

    /// Takes a write, to be acknowledged at once.
    pub fn put(&mut self, key: u64, value: V, now: Time) {
        self.writes += 1;
        let latest = Write { key, value, number: self.writes, stands_for: 1 };
        let due = now + self.delay;
        let dirty = self.dirty.entry(key).and_modify(|dirty| {
            dirty.latest = Write { stands_for: dirty.latest.stands_for + 1, ..latest };
        });
        self.due.insert((dirty.or_insert(Dirty { latest, due, told: None }).due, key));
    }

    /// The next write that the store should be told of at `now`, if there is one. It stays until it is confirmed by
    /// [`WriteBack::stored`], and is due again after another delay.
    pub fn take_due(&mut self, now: Time) -> Option<Write<V>> {
        let (_, key) = *self.due.first().filter(|(due, _)| *due <= now)?;
        let dirty = self.dirty.get_mut(&key).expect("what is due is dirty");
        self.due.remove(&(dirty.due, key));
        (dirty.told, dirty.due) = (Some(dirty.latest), now + self.delay);
        self.due.insert((dirty.due, key));
        Some(dirty.latest)
    }

    /// When the next write is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        self.due.first().map(|(due, _)| *due)
    }

    /// The store has confirmed the write `number` of `key`. Later writes of the key stay. A confirmation of anything but what the store
    /// was told last is ignored: there is a later one to come.
    pub fn stored(&mut self, key: u64, number: u64) {
        let Some(dirty) = self.dirty.get_mut(&key) else { return };
        let Some(told) = dirty.told.filter(|told| told.number == number) else { return };
        if dirty.latest.number == number {
            self.due.remove(&(dirty.due, key));
            self.dirty.remove(&key);
        } else {
            (dirty.latest.stands_for, dirty.told) = (dirty.latest.stands_for - told.stands_for, None);
        }
    }

    /// The cache dies: the writes that were acknowledged and that the store never confirmed, by key.
    pub fn crash(&mut self) -> Vec<Write<V>> {
        self.due.clear();
        core::mem::take(&mut self.dirty).into_values().map(|dirty| dirty.latest).collect()
    }

    /// Keys of which the store has not confirmed the latest value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dirty.len()
    }

    /// Whether the store has confirmed everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dirty.is_empty()
    }
}
