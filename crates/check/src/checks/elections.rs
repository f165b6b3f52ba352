//! Two leaders of one term: whoever makes itself leader of a term in which another member has done so breaks election safety (Ongaro
//! and Ousterhout, 2014, figure 3). A member that is promoted again in its own term does not.
//!
//! The newest [`TERMS_MAX`] terms are remembered; a promotion in an older one than those is not judged. O(log terms).

use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::Time;
use std::collections::BTreeMap;
use trace::{MemberIndex, Record};

/// Terms that are remembered: 100 KB.
const TERMS_MAX: usize = 4_096;

/// A second leader of a term.
#[derive(Clone, Copy, Debug)]
struct Rival {
    at: Time,
    term: u64,
    member: MemberIndex,
    first: MemberIndex,
    first_at: Time,
}

#[derive(Clone, Debug)]
pub(crate) struct Elections {
    leaders: BTreeMap<u64, (MemberIndex, Time)>,
    promotions: u64,
    broken: u64,
    rivals: Vec<Rival>,
}

impl Check for Elections {
    const TOPICS: &'static [Topic] = &[Topic::Promoted];

    fn new(_spec: &Spec) -> Elections {
        Elections { leaders: BTreeMap::new(), promotions: 0, broken: 0, rivals: Vec::new() }
    }

    fn observe(&mut self, at: Time, record: &Record) {
        let Record::Promoted { member, term, .. } = *record else { return };
        self.promotions += 1;
        if let Some((first, first_at)) = self.leaders.get(&term).copied() {
            if first != member {
                self.broken += 1;
                if self.rivals.len() < Verdict::EVIDENCE_MAX {
                    self.rivals.push(Rival { at, term, member, first, first_at });
                }
            }
            return;
        }
        self.leaders.insert(term, (member, at));
        if self.leaders.len() > TERMS_MAX {
            self.leaders.pop_first();
        }
    }

    fn summary(&self, _now: Time, names: &Names) -> Verdict {
        let promoted = say::counted(self.promotions, "promotion");
        let (finding, headline, detail) = match self.rivals.first() {
            Some(first) => (
                Finding::Broken,
                format!("{} too many", say::counted(self.broken, "leader")),
                format!(
                    "at {}, when {} led term {} as well; {promoted}",
                    first.at,
                    names.member(first.member),
                    first.term
                ),
            ),
            None if self.promotions > 1 => {
                (Finding::Holds, "One leader per term".to_string(), format!("in {promoted}"))
            }
            None => (Finding::Untold, "Nobody to rival".to_string(), format!("{promoted}: two could be of one term")),
        };
        Verdict {
            finding,
            headline,
            detail,
            figure: self.broken as f64,
            broken_at: self.rivals.first().map(|rival| rival.at),
            evidence_total: self.broken,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, names: &Names) -> Vec<Evidence> {
        let text = |rival: &Rival| {
            let (member, first) = (names.member(rival.member), names.member(rival.first));
            format!("{member} made itself leader of term {}; {first} had done so at {}", rival.term, rival.first_at)
        };
        self.rivals.iter().map(|rival| Evidence { at: rival.at, text: text(rival) }).collect()
    }
}
