//! Copies that stay different: when no fault is in force and nothing new was written to a key for longer than the bound, every member
//! that has a copy of it has the same one.
//!
//! ```text
//!   fault ends   newest version first seen      due: from here on a difference counts
//!       ▼               ▼                        ▼
//!   ────┴───────────────┴──────── bound ─────────┴────────
//! ```
//!
//! A member that has never had a copy lacks nothing. A difference counts once, at the moment from which it was due, until the copies
//! agree again. [`KEYS_MAX`] keys are followed, others are not judged. O(log keys) and O(copies of the key) for a copy, O(keys that
//! differ) where faults begin.
//!
//! Source: Terry et al., *Managing Update Conflicts in Bayou*, 1995, §3; as a promise of stores, Vogels, *Eventually Consistent*, 2009.

use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};
use trace::{MemberIndex, Record};

/// Keys that are followed: half a megabyte with three copies.
const KEYS_MAX: usize = 4_096;

/// The copies of a key.
#[derive(Clone, Debug, Default)]
struct Copies {
    /// By member, ascending.
    versions: Vec<(MemberIndex, u64)>,
    /// When its newest version was seen first, or the copies began to differ.
    changed: Time,
    /// Whether the difference that there is has been counted.
    is_counted: bool,
}

impl Copies {
    fn differ(&self) -> bool {
        self.versions.windows(2).any(|pair| pair[0].1 != pair[1].1)
    }

    /// Who has the oldest copy and who the newest.
    fn extremes(&self) -> ((MemberIndex, u64), (MemberIndex, u64)) {
        let by_version = |copy: &&(MemberIndex, u64)| copy.1;
        let oldest = self.versions.iter().min_by_key(by_version).copied().unwrap_or_default();
        (oldest, self.versions.iter().max_by_key(by_version).copied().unwrap_or_default())
    }
}

/// A difference that was due to be gone.
#[derive(Clone, Copy, Debug)]
struct Apart {
    at: Time,
    key: u64,
    oldest: (MemberIndex, u64),
    newest: (MemberIndex, u64),
}

#[derive(Clone, Debug)]
pub(crate) struct Convergence {
    bound: Span,
    keys: BTreeMap<u64, Copies>,
    /// Keys whose copies differ.
    apart: BTreeSet<u64>,
    troubles: u16,
    /// When the last fault ended.
    healed: Time,
    /// Keys that have had two copies.
    told: bool,
    broken: u64,
    first: Vec<Apart>,
}

impl Convergence {
    /// From when on a difference of this key counts; never while a fault is in force.
    fn due(&self, copies: &Copies) -> Option<Time> {
        let quiet = copies.changed.max(self.healed);
        (self.troubles == 0).then(|| Time(quiet.0.saturating_add(self.bound.0)))
    }

    /// The difference of a key, if it was due before `now` and has not been counted.
    fn overdue(&self, key: u64, now: Time) -> Option<Apart> {
        let copies = self.keys.get(&key).filter(|copies| !copies.is_counted && copies.differ())?;
        let at = self.due(copies).filter(|due| *due < now)?;
        let (oldest, newest) = copies.extremes();
        Some(Apart { at, key, oldest, newest })
    }

    fn count(&mut self, key: u64, now: Time) {
        let Some(apart) = self.overdue(key, now) else { return };
        self.broken += 1;
        if self.first.len() < Verdict::EVIDENCE_MAX {
            self.first.push(apart);
        }
        if let Some(copies) = self.keys.get_mut(&key) {
            copies.is_counted = true;
        }
    }

    fn copy(&mut self, at: Time, member: MemberIndex, key: u64, version: u64) {
        if self.keys.len() >= KEYS_MAX && !self.keys.contains_key(&key) {
            return;
        }
        self.count(key, at);
        let copies = self.keys.entry(key).or_default();
        let differed = copies.differ();
        if copies.versions.iter().all(|(_, known)| *known < version) {
            copies.changed = at;
        }
        match copies.versions.binary_search_by_key(&member, |(member, _)| *member) {
            Ok(place) => copies.versions[place].1 = version,
            Err(place) => copies.versions.insert(place, (member, version)),
        }
        self.told |= copies.versions.len() > 1;
        if copies.differ() {
            copies.changed = if differed { copies.changed } else { at };
            self.apart.insert(key);
        } else {
            copies.is_counted = false;
            self.apart.remove(&key);
        }
    }

    fn trouble(&mut self, at: Time, troubles: u16) {
        if self.troubles == 0 && troubles > 0 {
            let apart: Vec<u64> = self.apart.iter().copied().collect();
            apart.into_iter().for_each(|key| self.count(key, at));
        }
        if self.troubles > 0 && troubles == 0 {
            self.healed = at;
        }
        self.troubles = troubles;
    }

    /// What has been counted, and what is overdue by now; in order of time.
    fn all(&self, now: Time) -> (u64, Vec<Apart>) {
        let overdue: Vec<Apart> = self.apart.iter().filter_map(|key| self.overdue(*key, now)).collect();
        let total = self.broken + overdue.len() as u64;
        let mut all: Vec<Apart> = self.first.iter().copied().chain(overdue).collect();
        all.sort_by_key(|apart| (apart.at, apart.key));
        all.truncate(Verdict::EVIDENCE_MAX);
        (total, all)
    }
}

impl Check for Convergence {
    const TOPICS: &'static [Topic] = &[Topic::Copy];

    fn new(spec: &Spec) -> Convergence {
        Convergence {
            bound: Span::from_millis_f64(spec.effective_bound()),
            keys: BTreeMap::new(),
            apart: BTreeSet::new(),
            troubles: 0,
            healed: Time::ZERO,
            told: false,
            broken: 0,
            first: Vec::new(),
        }
    }

    fn observe(&mut self, at: Time, record: &Record) {
        match *record {
            Record::Copied { member, key, version, .. } => self.copy(at, member, key, version),
            Record::Troubled { troubles, .. } => self.trouble(at, troubles),
            _ => {}
        }
    }

    fn summary(&self, now: Time, _names: &Names) -> Verdict {
        let (total, all) = self.all(now);
        let keys = say::counted(self.keys.len() as u64, "key");
        let apart = say::counted_as(self.apart.len() as u64, "differs", "differ");
        let (finding, headline, detail) = match all.first() {
            Some(first) => (
                Finding::Broken,
                format!("{} too long", say::counted_as(total, "key's copies differed", "keys' copies differed")),
                format!("first at {}, {} after all was quiet; {apart} now, of {keys}", first.at, say::span(self.bound)),
            ),
            None if self.told => (Finding::Holds, "All copies converge".to_string(), format!("{apart} now, of {keys}")),
            None => (Finding::Untold, "No copies to compare".to_string(), format!("{keys} with a copy so far")),
        };
        Verdict {
            finding,
            headline,
            detail,
            figure: total as f64,
            broken_at: all.first().map(|apart| apart.at),
            evidence_total: total,
            ..Verdict::default()
        }
    }

    fn evidence(&self, now: Time, names: &Names) -> Vec<Evidence> {
        let text = |apart: &Apart| {
            let ((behind, old), (ahead, new)) = (apart.oldest, apart.newest);
            let (behind, ahead) = (names.member(behind), names.member(ahead));
            format!("key {}: {behind} still has version {old}, {ahead} has {new}", apart.key)
        };
        self.all(now).1.iter().map(|apart| Evidence { at: apart.at, text: text(apart) }).collect()
    }
}
