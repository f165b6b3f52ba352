//! Writes that somebody was told are done, and that were dropped for others that did not know of them: what a rule of "the last write
//! wins" does with two writes that cross.
//!
//! A write that was replaced by somebody who had seen it is no loss; whoever records an [`Record::Overwritten`] leaves those out.
//! O(1).
//!
//! Source: Kleppmann, *Designing Data-Intensive Applications*, 2017, chapter 5, "Last write wins (discarding concurrent writes)".

use crate::lineage::said;
use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::Time;
use trace::{MemberIndex, Record};

/// A write that is gone.
#[derive(Clone, Copy, Debug)]
struct Gone {
    at: Time,
    member: MemberIndex,
    key: u64,
    write: u64,
    version: u64,
    kept: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Overwrites {
    acknowledged: u64,
    broken: u64,
    first: Vec<Gone>,
}

impl Check for Overwrites {
    const TOPICS: &'static [Topic] = &[Topic::Acknowledged, Topic::Overwritten];

    fn new(_spec: &Spec) -> Overwrites {
        Overwrites { acknowledged: 0, broken: 0, first: Vec::new() }
    }

    #[inline]
    fn observe(&mut self, at: Time, record: &Record) {
        match *record {
            Record::Acknowledged { .. } => self.acknowledged += 1,
            Record::Overwritten { member, key, version, write, kept, .. } => {
                self.broken += 1;
                if self.first.len() < Verdict::EVIDENCE_MAX {
                    self.first.push(Gone { at, member, key, write, version, kept });
                }
            }
            _ => {}
        }
    }

    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        let of = say::counted(self.acknowledged, "acknowledged write");
        let (finding, headline, detail) = match self.first.first() {
            Some(first) => (
                Finding::Broken,
                format!("{} overwritten unseen", say::counted(self.broken, "write")),
                format!("first at {}; {} of {of}", first.at, say::share(self.broken, self.acknowledged)),
            ),
            None if self.acknowledged > 0 => (Finding::Holds, "No write overwritten unseen".to_string(), of),
            None => (Finding::Untold, "Nothing to overwrite".to_string(), of),
        };
        Verdict {
            finding,
            headline,
            detail,
            figure: self.broken as f64,
            broken_at: self.first.first().map(|gone| gone.at),
            evidence_total: self.broken,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, names: &Names) -> Vec<Evidence> {
        let text = |gone: &Gone| {
            let (who, write, key) = (names.member(gone.member), say::count(gone.write), gone.key);
            let (version, kept) = (said(gone.version), said(gone.kept));
            format!(
                "{who} dropped write {write} of key {key} (version {version}), which it had acknowledged, for version {kept}"
            )
        };
        self.first.iter().map(|gone| Evidence { at: gone.at, text: text(gone) }).collect()
    }
}
