//! Reads that returned a value already overwritten: some newer write of the key had been acknowledged to its caller before the
//! read began. The *age* of such a read is the time from the earliest acknowledgement of a newer version to its beginning.
//!
//! "Before" is strict: what happens at one instant has no order. A write counts as newer only while no promotion has left it
//! behind ([`Trunk`]): once a leader is promoted without it, it is lost (see `lost_writes`), and a read is not stale for want of it.
//! Nor is it for want of a write that was acknowledged by a leader already replaced.
//!
//! The writes of each key form a chain from the newest back, in which version and time fall together: a write that came later
//! with an older version adds nothing and is left out. The earliest write above a version is found along *jump pointers* (Myers,
//! "An applicative random-access stack", 1983) in O(log n):
//!
//! ```text
//!  key 7:   w1 <── w2 <── w3 <── w4 <── w5 <── w6 <── w7      every write points to the one before it,
//!            ^─────────────────── w4 <───────────────── w7      and to one further back
//! ```
//!
//! The last [`HISTORY`] writes of all keys are remembered, and for each key its newest beyond that. Where the answer lies further
//! back, the age is a lower bound and said to be; where not even staleness can be told, the read is counted as unsure.

use crate::keys::Keys;
use crate::lineage::{Trunk, said};
use crate::tape::Tape;
use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::{Span, Time};
use trace::{Histogram, Record};

/// Writes remembered: 8 MB, shared between the clones of a run.
pub(crate) const HISTORY: usize = 1 << 18;

/// A write of some key, in the order of acknowledgement.
#[derive(Clone, Copy, Debug)]
struct Link {
    version: u64,
    at: Time,
    /// How far back the key's previous write is, and the one to jump to; 0 when there is none.
    back: u32,
    jump: u32,
    /// How many writes the chain has up to here.
    depth: u32,
}

/// The newest write of a key.
#[derive(Clone, Copy, Debug, Default)]
struct Newest {
    version: u64,
    at: Time,
    /// Its position on the tape, plus one; 0 when the key was never written.
    place: u64,
}

/// The earliest write that answers a question, and whether an earlier one may have been forgotten.
#[derive(Clone, Copy, Debug)]
struct Found {
    version: u64,
    at: Time,
    is_earliest: bool,
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
    links: Tape<Link>,
    history: usize,
    reads: u64,
    /// Stale, but not beyond the bound.
    tolerated: u64,
    unsure: u64,
    /// Some read began after a write of its key had been acknowledged.
    is_told: bool,
    ages: Histogram,
    oldest: Span,
    stale: u64,
    first: Vec<Stale>,
}

impl StaleReads {
    fn wrote(&mut self, at: Time, key: u64, version: u64) {
        if !self.trunk.holds(version) {
            return;
        }
        let before = self.newest.get(key).copied().unwrap_or_default();
        let before = self.current(before).unwrap_or_default();
        if before.place > 0 && before.version >= version {
            return;
        }
        let position = self.links.end();
        if let Some(newest) = self.newest.get_mut(key) {
            *newest = Newest { version, at, place: position + 1 };
            let link = self.link(position, before, version, at);
            self.links.push(link);
            if self.links.len() > self.history {
                self.links.drop_first();
            }
        }
    }

    /// The link at `position` in front of `before`: it jumps to where its predecessor's jump jumps if the two jumps are equally
    /// long, else to its predecessor.
    fn link(&self, position: u64, before: Newest, version: u64, at: Time) -> Link {
        let first = Link { version, at, back: 0, jump: 0, depth: 1 };
        if before.place == 0 {
            return first;
        }
        let previous = before.place - 1;
        let back = distance(position, previous);
        let Some(p) = self.links.get(previous) else {
            // Forgotten: the link must not look like the first of its key.
            return Link { back, jump: back, depth: 2, ..first };
        };
        let jump = self.jump(previous, p).filter(|(_, j)| j.jump > 0).and_then(|(over, j)| {
            let (further, k) = self.jump(over, j)?;
            (p.depth - j.depth == j.depth - k.depth).then(|| distance(position, further))
        });
        Link { back, jump: jump.unwrap_or(back), depth: p.depth.saturating_add(1), ..first }
    }

    /// Where the link at `position` jumps to.
    fn jump(&self, position: u64, link: &Link) -> Option<(u64, &Link)> {
        self.step(position, link.jump)
    }

    fn step(&self, position: u64, back: u32) -> Option<(u64, &Link)> {
        let there = position.checked_sub(u64::from(back)).filter(|_| back > 0)?;
        Some((there, self.links.get(there)?))
    }

    /// The earliest link of the chain from `newest` back for which `is_after` holds; it holds for `newest`, and is never true
    /// behind where it is false. With it the link before that one.
    fn earliest(&self, newest: Newest, is_after: impl Fn(u64) -> bool) -> (Found, Newest) {
        let Some(mut link) = self.links.get(newest.place - 1) else {
            return (Found { version: newest.version, at: newest.at, is_earliest: false }, Newest::default());
        };
        let mut here = newest.place - 1;
        loop {
            let jump = self.jump(here, link).filter(|(_, over)| is_after(over.version));
            let step = jump.or_else(|| self.step(here, link.back).filter(|(_, over)| is_after(over.version)));
            match step {
                Some((there, earlier)) => (here, link) = (there, earlier),
                None => break,
            }
        }
        let before = self.step(here, link.back);
        let is_earliest = link.back == 0 || before.is_some();
        let before = before.map(|(at, link)| Newest { version: link.version, at: link.at, place: at + 1 });
        (Found { version: link.version, at: link.at, is_earliest }, before.unwrap_or_default())
    }

    /// The newest write that no promotion has left behind; none if it was forgotten.
    #[inline]
    fn current(&self, newest: Newest) -> Option<Newest> {
        if newest.place == 0 || self.trunk.holds(newest.version) {
            return Some(newest);
        }
        let (found, before) = self.earliest(newest, |version| !self.trunk.holds(version));
        found.is_earliest.then_some(before)
    }

    fn read(&mut self, at: Time, key: u64, version: u64, began: Time) {
        self.reads += 1;
        let Some(newest) = self.newest.get(key).copied() else { return };
        let Some(newest) = self.current(newest) else {
            self.unsure += 1;
            return;
        };
        if newest.place == 0 {
            return;
        }
        if !self.is_told {
            self.is_told = self.earliest(newest, |_| true).0.at < began;
        }
        if newest.version <= version {
            return;
        }
        let (found, _) = self.earliest(newest, |other| other > version);
        let age = began.since(found.at);
        if age > self.accepted {
            self.judge(Stale { at, key, version, newer: found.version, age, is_exact: found.is_earliest });
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

/// How far back `there` lies; too far to be remembered is as far as can be said.
fn distance(here: u64, there: u64) -> u32 {
    u32::try_from(here - there).unwrap_or(u32::MAX)
}

impl Check for StaleReads {
    const TOPICS: &'static [Topic] = &[Topic::Wrote, Topic::Read, Topic::Promoted];

    fn new(spec: &Spec) -> StaleReads {
        StaleReads {
            accepted: Span::from_millis_f64(spec.effective_bound()),
            trunk: Trunk::default(),
            newest: Keys::default(),
            links: Tape::default(),
            history: HISTORY,
            reads: 0,
            tolerated: 0,
            unsure: 0,
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
            Record::Promoted { member, term, version, .. } => self.trunk.promote(member, term, version),
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
