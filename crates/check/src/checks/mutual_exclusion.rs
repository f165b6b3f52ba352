//! A lock has one holder at a time, and what it protects takes no write from a former one.
//!
//! - Two at once: the service gives a lock away while somebody else has it and has not returned it, and whose lease it has not ended.
//! - A stale write: what is protected takes a write with an older token than that of a write it took before. A holder that was paused
//!   believes for a long time that it is the holder; only the token tells (Kleppmann, *How to do distributed locking*, 2016).
//!
//! A former holder's write that comes before the first one of the new holder is in order, and none can tell it from one in time.
//!
//! [`KEYS_MAX`] locks are followed; others are not judged. O(log locks).

use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::Time;
use std::collections::BTreeMap;
use trace::Record;

/// Locks that are followed: half a megabyte.
const KEYS_MAX: usize = 4_096;

/// Who holds a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grant {
    holder: u64,
    token: u64,
    since: Time,
}

#[derive(Clone, Copy, Debug, Default)]
struct Lock {
    held: Option<Grant>,
    /// Whether it was ever given to anybody.
    is_known: bool,
    /// The highest token that came with a write.
    written: Option<u64>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    TwoAtOnce { holder: u64, before: Grant },
    Stale { token: u64, newer: u64 },
}

#[derive(Clone, Debug)]
pub(crate) struct MutualExclusion {
    locks: BTreeMap<u64, Lock>,
    grants: u64,
    writes: u64,
    /// Grants and writes that were not the first of their lock.
    told: u64,
    broken: u64,
    wrong: Vec<(Time, u64, Wrong)>,
}

impl MutualExclusion {
    fn wrong(&mut self, at: Time, key: u64, wrong: Wrong) {
        self.broken += 1;
        if self.wrong.len() < Verdict::EVIDENCE_MAX {
            self.wrong.push((at, key, wrong));
        }
    }

    /// The lock, unless there are too many.
    fn lock(&mut self, key: u64) -> Option<&mut Lock> {
        if self.locks.len() >= KEYS_MAX && !self.locks.contains_key(&key) {
            return None;
        }
        Some(self.locks.entry(key).or_default())
    }

    fn grant(&mut self, key: u64, grant: Grant) {
        self.grants += 1;
        let Some(lock) = self.lock(key) else { return };
        let (before, is_known) = (lock.held.replace(grant), core::mem::replace(&mut lock.is_known, true));
        self.told += u64::from(is_known);
        let Some(before) = before else { return };
        if before.holder != grant.holder {
            self.wrong(grant.since, key, Wrong::TwoAtOnce { holder: grant.holder, before });
        }
    }

    fn write(&mut self, at: Time, key: u64, token: u64) {
        self.writes += 1;
        let Some(lock) = self.lock(key) else { return };
        let before = lock.written;
        lock.written = before.max(Some(token));
        let Some(newer) = before else { return };
        self.told += 1;
        if token < newer {
            self.wrong(at, key, Wrong::Stale { token, newer });
        }
    }
}

impl Check for MutualExclusion {
    const TOPICS: &'static [Topic] = &[Topic::Lock];

    fn new(_spec: &Spec) -> MutualExclusion {
        MutualExclusion { locks: BTreeMap::new(), grants: 0, writes: 0, told: 0, broken: 0, wrong: Vec::new() }
    }

    fn observe(&mut self, at: Time, record: &Record) {
        match *record {
            Record::Granted { key, holder, token, .. } => self.grant(key, Grant { holder, token, since: at }),
            Record::Released { key, holder, token, .. } => {
                let Some(lock) = self.locks.get_mut(&key) else { return };
                // One that comes late, of a grant that is over, frees nothing.
                lock.held = lock.held.filter(|held| (held.holder, held.token) != (holder, token));
            }
            Record::Guarded { key, token, .. } => self.write(at, key, token),
            _ => {}
        }
    }

    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        let of = format!("{}, {}", say::counted(self.grants, "grant"), say::counted(self.writes, "protected write"));
        let (finding, headline, detail) = match self.wrong.first() {
            Some((at, key, _)) => (
                Finding::Broken,
                format!("{} of former or second holders", say::counted(self.broken, "act")),
                format!("first at {at}, of lock {key}; of {of}"),
            ),
            None if self.told > 0 => (Finding::Holds, "One holder at a time".to_string(), format!("in {of}")),
            None => (Finding::Untold, "No lock changed hands".to_string(), format!("{of} so far")),
        };
        Verdict {
            finding,
            headline,
            detail,
            figure: self.broken as f64,
            broken_at: self.wrong.first().map(|(at, ..)| *at),
            evidence_total: self.broken,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        let text = |key: u64, wrong: &Wrong| match wrong {
            Wrong::TwoAtOnce { holder, before } => {
                format!("lock {key} was given to {holder}; {} had held it since {}", before.holder, before.since)
            }
            Wrong::Stale { token, newer } => {
                format!("a write under lock {key} was taken with token {token}, after one with token {newer}")
            }
        };
        self.wrong.iter().map(|(at, key, wrong)| Evidence { at: *at, text: text(*key, wrong) }).collect()
    }
}
