//! What a change of members moved, against what had to move: a key may only go to the newcomer or come from the leaver, and the
//! share that moves may be at most the bound (in percent) above the ideal.
//!
//! A ring with virtual nodes moves about 1/n of all keys when the n-th member joins; keys modulo n move (n-1)/n of them.

use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::Time;
use trace::Record;

/// One change of members.
#[derive(Clone, Copy, Debug)]
struct Resize {
    at: Time,
    members: u16,
    moved: u64,
    astray: u64,
    total: u64,
    /// In millionths.
    ideal: u32,
}

impl Resize {
    /// Whether the share that moved is more than `bound` percent above the ideal.
    fn is_beyond(&self, bound: f64) -> bool {
        self.moved as f64 * 1e8 > f64::from(self.ideal) * self.total as f64 * (100.0 + bound)
    }

    /// How far beyond the ideal, for telling the worst.
    fn excess(&self) -> f64 {
        say::percentage(self.moved, self.total) - f64::from(self.ideal) / 1e4
    }

    /// The largest share that is accepted, in percent.
    fn limit(&self, bound: f64) -> f64 {
        f64::from(self.ideal) / 1e4 * (100.0 + bound) / 100.0
    }

    fn said(&self, bound: f64) -> String {
        let moved = say::share_that(self.moved, self.total, |percent| percent > self.limit(bound));
        let ideal = say::share(u64::from(self.ideal), 1_000_000);
        let astray = match self.astray {
            0 => String::new(),
            astray => format!(", {} of them astray", say::count(astray)),
        };
        format!("{moved} of {} moved{astray}; {ideal} had to", say::counted(self.total, "key"))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct KeysMoved {
    bound: f64,
    /// The one that is spoken of: the worst of the broken, else the latest.
    shown: Option<Resize>,
    resizes: u64,
    broken: u64,
    first: Vec<Resize>,
}

impl Check for KeysMoved {
    const TOPICS: &'static [Topic] = &[Topic::Resized];

    fn new(spec: &Spec) -> KeysMoved {
        KeysMoved { bound: spec.effective_bound(), shown: None, resizes: 0, broken: 0, first: Vec::new() }
    }

    fn observe(&mut self, at: Time, record: &Record) {
        let Record::Resized { members, moved, astray, total, ideal, .. } = *record else { return };
        if total == 0 {
            return;
        }
        self.resizes += 1;
        let resize = Resize { at, members, moved, astray, total, ideal };
        if astray == 0 && !resize.is_beyond(self.bound) {
            if self.broken == 0 {
                self.shown = Some(resize);
            }
            return;
        }
        if self.broken == 0 || self.shown.is_none_or(|worst| resize.excess() > worst.excess()) {
            self.shown = Some(resize);
        }
        self.broken += 1;
        if self.first.len() < Verdict::EVIDENCE_MAX {
            self.first.push(resize);
        }
    }

    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        let Some(shown) = self.shown else {
            return Verdict {
                headline: "No keys moved".to_string(),
                detail: "no member has joined or left yet, or there were no keys".to_string(),
                ..Verdict::default()
            };
        };
        let limit = shown.limit(self.bound);
        let often = match (self.broken, self.resizes) {
            (_, 1) => String::new(),
            (0, resizes) => format!("; the latest of {} changes", say::count(resizes)),
            (broken, resizes) => {
                format!("; the worst, {} of {} changes were too dear", say::count(broken), say::count(resizes))
            }
        };
        Verdict {
            finding: if self.broken > 0 { Finding::Broken } else { Finding::Holds },
            headline: shown.said(self.bound),
            detail: format!(
                "at {}, from then on {}; up to {limit:.1}% wanted{often}",
                shown.at,
                say::counted(shown.members.into(), "member")
            ),
            figure: say::percentage(shown.moved, shown.total),
            broken_at: self.first.first().map(|resize| resize.at),
            evidence_total: self.broken,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        let text =
            |resize: &Resize| format!("{}: {}", say::counted(resize.members.into(), "member"), resize.said(self.bound));
        self.first.iter().map(|resize| Evidence { at: resize.at, text: text(resize) }).collect()
    }
}
