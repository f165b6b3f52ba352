//! Reads that returned a value already overwritten: some newer write of the key had been acknowledged to its caller before the
//! read began. The *age* of such a read is the time from the earliest acknowledgement of a newer version to its beginning.
//!
//! "Before" is strict: what happens at one instant has no order. A write counts as newer only while every leader promoted after
//! its term had it ([`Trunk`]): once a leader is promoted without it, it is lost (see `lost_writes`), and a read is not stale for
//! want of it, even if a still later leader brings it back. Nor is a read stale for want of what a leader already replaced goes on
//! to acknowledge.
//!
//! The writes of a key form a chain ([`Chains`]) in which version and time fall together: a write that came later with an older
//! version (it was *overtaken*) adds nothing and is left out. The last [`HISTORY`] writes of all keys are remembered, and for each
//! key its newest beyond that. Where the answer lies further back, the age is a lower bound and said to be; where not even
//! staleness can be told, the read is counted as unsure.

use crate::chain::{Chains, Newest};
use crate::keys::Keys;
use crate::lineage::{Trunk, said};
use crate::tape::Tape;
use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::{Span, Time};
use trace::{Histogram, MemberIndex, Record};

/// Writes remembered: 8 MB, shared between the clones of a run.
pub(crate) const HISTORY: usize = 1 << 18;

/// Overtaken writes remembered, in case a promotion cuts off what overtook them.
const OVERTAKEN_MAX: usize = 1 << 12;

/// A write whose caller learned of it after the caller of a newer one: it makes no read stale that the newer does not.
#[derive(Clone, Copy, Debug)]
struct Overtaken {
    key: u64,
    version: u64,
    at: Time,
}

/// A read beyond the bound.
#[derive(Clone, Copy, Debug)]
struct Stale {
    at: Time,
    key: u64,
    version: u64,
    newer: u64,
    age: Span,
    is_exact: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct StaleReads {
    accepted: Span,
    trunk: Trunk,
    newest: Keys<Newest>,
    chains: Chains,
    overtaken: Tape<Overtaken>,
    reads: u64,
    /// Stale, but not beyond the bound.
    tolerated: u64,
    unsure: u64,
    /// Writes of keys that are not followed, because there are too many.
    unfollowed: u64,
    /// Some read began after a write of its key had been acknowledged.
    is_told: bool,
    ages: Histogram,
    oldest: Span,
    stale: u64,
    first: Vec<Stale>,
}

impl StaleReads {
    fn wrote(&mut self, at: Time, key: u64, version: u64) {
        if self.trunk.holds(version) && !self.append(at, key, version) {
            self.overtaken.push(Overtaken { key, version, at });
            if self.overtaken.len() > OVERTAKEN_MAX {
                self.overtaken.drop_first();
            }
        }
    }

    /// Adds a write to the chain of its key; false if it is not newer than the newest.
    fn append(&mut self, at: Time, key: u64, version: u64) -> bool {
        let Some(newest) = self.newest.get_mut(key) else {
            self.unfollowed += 1;
            return true;
        };
        let before = current(&self.trunk, &self.chains, *newest).unwrap_or_default();
        let is_newer = before.is_none() || before.link.version < version;
        if is_newer {
            *newest = self.chains.append(before, version, at);
        }
        is_newer
    }

    /// Cuts off what the new leader does not have. A write that had been overtaken by one that is cut off counts again.
    #[cold]
    fn promote(&mut self, member: MemberIndex, term: u64, base: u64) {
        self.trunk.promote(member, term, base);
        for overtaken in core::mem::take(&mut self.overtaken).iter() {
            self.wrote(overtaken.at, overtaken.key, overtaken.version);
        }
    }

    fn read(&mut self, at: Time, key: u64, version: u64, began: Time) {
        self.reads += 1;
        let Some(newest) = self.newest.get(key).copied() else { return };
        let Some(newest) = current(&self.trunk, &self.chains, newest) else {
            self.unsure += 1;
            return;
        };
        if newest.is_none() {
            return;
        }
        if !self.is_told {
            self.is_told = self.chains.earliest(newest, |_| true).link.at < began;
        }
        if newest.link.version > version {
            self.compare(at, key, version, began, newest);
        }
    }

    /// A newer write is known: whether it came in time.
    fn compare(&mut self, at: Time, key: u64, version: u64, began: Time, newest: Newest) {
        let found = self.chains.earliest(newest, |other| other > version);
        let age = began.since(found.link.at);
        if age > self.accepted {
            self.judge(Stale { at, key, version, newer: found.link.version, age, is_exact: found.is_earliest });
        } else if !found.is_earliest {
            self.unsure += 1;
        } else if age > Span::ZERO {
            self.tolerated += 1;
        }
    }

    #[cold]
    fn judge(&mut self, stale: Stale) {
        self.stale += 1;
        self.ages.record(stale.age);
        self.oldest = self.oldest.max(stale.age);
        if self.first.len() < Verdict::EVIDENCE_MAX {
            self.first.push(stale);
        }
    }
}

/// The newest write of a key that no promotion has left behind, if any; `None` if that was forgotten.
#[inline]
fn current(trunk: &Trunk, chains: &Chains, newest: Newest) -> Option<Newest> {
    if newest.is_none() || trunk.holds(newest.link.version) {
        return Some(newest);
    }
    let found = chains.earliest(newest, |version| !trunk.holds(version));
    found.is_earliest.then_some(found.before)
}

impl Check for StaleReads {
    const TOPICS: &'static [Topic] = &[Topic::Wrote, Topic::Read, Topic::Promoted];

    fn new(spec: &Spec) -> StaleReads {
        StaleReads {
            accepted: Span::from_millis_f64(spec.effective_bound()),
            trunk: Trunk::default(),
            newest: Keys::default(),
            chains: Chains::new(HISTORY),
            overtaken: Tape::default(),
            reads: 0,
            tolerated: 0,
            unsure: 0,
            unfollowed: 0,
            is_told: false,
            ages: Histogram::default(),
            oldest: Span::ZERO,
            stale: 0,
            first: Vec::new(),
        }
    }

    #[inline]
    fn observe(&mut self, at: Time, record: &Record) {
        match *record {
            Record::Wrote { key, version, .. } => self.wrote(at, key, version),
            Record::Read { key, version, began, .. } => self.read(at, key, version, began),
            Record::Promoted { member, term, version, .. } => self.promote(member, term, version),
            _ => {}
        }
    }

    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        let beyond = if self.accepted > Span::ZERO {
            format!(" staler than {}", say::span(self.accepted))
        } else {
            String::new()
        };
        let (finding, headline) = match (self.stale, self.is_told) {
            (0, false) => (Finding::Untold, "No stale read".to_string()),
            (0, true) if beyond.is_empty() => (Finding::Holds, "No stale read".to_string()),
            (0, true) => (Finding::Holds, format!("No read{beyond}")),
            (n, _) if beyond.is_empty() => (Finding::Broken, say::counted(n, "stale read")),
            (n, _) => (Finding::Broken, format!("{}{beyond}", say::counted(n, "read"))),
        };
        let reads = say::counted(self.reads, "read");
        let mut detail = match (self.stale, finding) {
            (0, Finding::Untold) => format!("{reads}, none of a key whose write had been acknowledged before"),
            (0, _) => reads,
            (stale, _) => {
                let median = self.ages.quantile(0.5).unwrap_or_default().min(self.oldest);
                let (share, oldest, median) =
                    (say::share(stale, self.reads), say::span(self.oldest), say::span(median));
                format!(
                    "{share} of {reads}; the stalest was overwritten {oldest} before it began, half of them {median} or less"
                )
            }
        };
        if self.tolerated > 0 {
            detail += &format!("; {} stale by less", say::count(self.tolerated));
        }
        if self.unsure > 0 {
            detail += &format!("; {} cannot be judged, the writes lie too far back", say::count(self.unsure));
        }
        if self.unfollowed > 0 {
            detail += &format!("; {} not followed, there are too many keys", say::counted(self.unfollowed, "write"));
        }
        Verdict {
            finding,
            headline,
            detail,
            figure: self.stale as f64,
            broken_at: self.first.first().map(|stale| stale.at),
            evidence_total: self.stale,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        let text = |stale: &Stale| {
            let got =
                if stale.version == 0 { "nothing".to_string() } else { format!("version {}", said(stale.version)) };
            let least = if stale.is_exact { "" } else { "at least " };
            let (key, age, newer) = (stale.key, say::span(stale.age), said(stale.newer));
            format!("a read of key {key} got {got}; it began {least}{age} after version {newer} was acknowledged")
        };
        self.first.iter().map(|stale| Evidence { at: stale.at, text: text(stale) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CheckKind;
    use base::Rng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// With a memory of 24 writes, against one that forgets nothing: nobody is accused who would not have been, no age is
    /// overstated, and what cannot be judged is counted.
    #[test]
    fn a_short_memory_undercounts_and_says_so() {
        let (mut missed, mut least, mut judged) = (0, 0, 0);
        for seed in 0..200 {
            let mut rng = Rng::new(seed);
            let mut long = StaleReads::new(&Spec::new(CheckKind::StaleReads, 0));
            let mut short = StaleReads { chains: Chains::new(24), ..long.clone() };
            let (mut now, mut version) = (0, 0);
            for _ in 0..400 {
                now += rng.below(3);
                let key = rng.below(8).min(rng.below(8));
                let record = if rng.chance(0.5) {
                    version += 1;
                    Record::Wrote { store: 0, key, version: version + rng.below(3), write: 0 }
                } else {
                    let read = version.saturating_sub(rng.below(60));
                    Record::Read { store: 0, key, version: read, began: Time(now - rng.below(30).min(now)) }
                };
                long.observe(Time(now), &record);
                short.observe(Time(now), &record);
            }
            assert!(short.stale + short.unsure >= long.stale, "seed {seed}");
            for stale in &short.first {
                let same =
                    |other: &&Stale| (other.at, other.key, other.version) == (stale.at, stale.key, stale.version);
                let ages: Vec<Span> = long.first.iter().filter(same).map(|other| other.age).collect();
                assert!(
                    ages.iter().any(|age| if stale.is_exact { *age == stale.age } else { *age >= stale.age }),
                    "{stale:?}"
                );
                least += u64::from(!stale.is_exact);
            }
            missed += long.stale - short.stale;
            judged += short.stale;
        }
        assert!(missed > 100 && least > 100 && judged > 1_000, "{missed} {least} {judged} show little");
    }
}
