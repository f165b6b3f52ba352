//! Acknowledged writes that are missing from the log of a leader promoted later.
//!
//! An acknowledged write is in danger until every member holds it: any member that lacks it may be the next leader. It is lost
//!
//! - when a leader of a newer term is promoted whose log does not hold it ([`Lineage`] tells that from the last version alone);
//! - or, if it was acknowledged by a leader already replaced, when a member erases it. Until then it is *at risk*: it counts as
//!   lost nowhere, because its leader may yet be promoted again.
//!
//! A store that keeps no log, but pieces on many disks, says itself what is lost: when so many disks are gone that too little of a
//! write is left. Its occasions are lost disks, not promotions.
//!
//! A lost write that is in the log of a still later leader was not lost after all and is taken off the count; so the verdict can
//! return to "holds", and says that the writes were missing for a time. Each write counts at most once.
//!
//! A store of one member is its own next leader, after a crash: there, acknowledging is not holding, because it may acknowledge what
//! no sync has covered; it says what it `Held` when it has synced.
//!
//! What is relied on: a term has one leader, a version is acknowledged once, and what a member `Held` it keeps through crashes.
//! O(1) for an acknowledgement, O(members) when the slowest member moves on, O(writes in danger) for a promotion. Up to
//! [`LISTED_MAX`](crate::ledger::LISTED_MAX) writes in danger are kept one by one, those before them are only counted.

use crate::ledger::{Entry, LISTED_MAX, Ledger};
use crate::lineage::{Lineage, said, term_of};
use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::Time;
use core::ops::Range;
use trace::{MemberIndex, Record};

/// What proved a loss.
#[derive(Clone, Copy, Debug)]
enum Proof {
    /// This member was promoted without the writes.
    Promoted(MemberIndex),
    /// This member erased what it had acknowledged after it had been replaced.
    Discarded(MemberIndex),
    /// Too little was left of them when this member's disk was gone, and others' before.
    DiskLost(MemberIndex),
}

#[derive(Clone, Debug)]
struct Loss {
    at: Time,
    proof: Proof,
    writes: Ledger,
}

#[derive(Clone, Debug)]
pub(crate) struct LostWrites {
    members: Range<MemberIndex>,
    /// The last version of the newest leader's log that each member is known to hold; 0 for nothing of it.
    held: Vec<u64>,
    /// Every member holds the newest leader's log up to here.
    floor: u64,
    lineage: Lineage,
    /// Who led a term whose beginning is on no record: the one in which the run began.
    founder: Option<(u64, MemberIndex)>,
    /// Acknowledged, in the newest leader's log, not known to be on every member.
    tail: Ledger,
    /// Acknowledged by a leader already replaced.
    at_risk: Ledger,
    losses: Vec<Loss>,
    acknowledged: u64,
    /// Promotions that could have lost something.
    promotions: u64,
    /// Disks that are gone, and whose went last.
    disks: u64,
    disk: MemberIndex,
    /// Writes taken off the count, and when that happened last.
    returned: u64,
    returned_at: Time,
}

/// All versions of a term.
fn whole(term: u64) -> (u64, u64) {
    (term << 40, (term << 40) | ((1 << 40) - 1))
}

impl LostWrites {
    #[inline]
    fn acknowledge(&mut self, member: MemberIndex, entry: Entry) {
        self.acknowledged += 1;
        if self.founder.is_none() && self.lineage.leader(term_of(entry.version)).is_none() {
            self.founder = Some((term_of(entry.version), member));
        }
        if self.lineage.is_current(entry.version) {
            self.tail.push(entry);
            if self.members.len() > 1 {
                self.hold(member, entry.version);
            }
        } else {
            self.at_risk.push(entry);
        }
    }

    /// `member` holds everything up to `version`; moves the floor if it was among the slowest.
    #[inline]
    fn hold(&mut self, member: MemberIndex, version: u64) {
        if !self.members.contains(&member) {
            return;
        }
        let place = usize::from(member - self.members.start);
        let known = if self.lineage.is_current(version) { version } else { 0 };
        let before = core::mem::replace(&mut self.held[place], known);
        if before <= self.floor {
            self.settle();
        }
    }

    /// Forgets what every member holds: no promotion can lose it any more.
    fn settle(&mut self) {
        self.floor = self.held.iter().copied().min().unwrap_or(0);
        self.tail.drop_upto(self.floor);
    }

    #[cold]
    fn promote(&mut self, at: Time, member: MemberIndex, term: u64, base: u64) {
        self.promotions += u64::from(self.acknowledged > 0);
        if !self.lineage.promote(member, term, base) {
            return;
        }
        let lineage = &self.lineage;
        let missing = |of: u64| match lineage.upto(base, of) {
            _ if of >= term => None,
            None => Some(whole(of)),
            Some(last) => last.checked_add(1).map(|next| (next, whole(of).1)),
        };
        let held = |of: u64| lineage.upto(base, of).map(|last| (whole(of).0, last));
        let mut lost = self.tail.take(missing);
        let mut back = self.at_risk.take(held);
        lost.absorb(core::mem::take(&mut self.at_risk));
        for loss in &mut self.losses {
            let returned = loss.writes.take(held);
            if returned.count() > 0 {
                self.returned += returned.count();
                self.returned_at = at;
                back.absorb(returned);
            }
        }
        self.tail.absorb(back);
        self.lose(at, Proof::Promoted(member), lost);
        for held in &mut self.held {
            *held = if self.lineage.is_current(*held) { *held } else { 0 };
        }
        self.hold(member, base);
        self.settle();
    }

    #[cold]
    fn discard(&mut self, at: Time, member: MemberIndex, from: u64, to: u64) {
        let lineage = &self.lineage;
        let lost = self.at_risk.take(|term| {
            let last = lineage.upto(to, term)?;
            (term >= term_of(from)).then_some((whole(term).0.max(from), last))
        });
        self.lose(at, Proof::Discarded(member), lost);
    }

    fn lose(&mut self, at: Time, proof: Proof, mut writes: Ledger) {
        self.losses.retain(|loss| loss.writes.count() > 0);
        if writes.count() > 0 {
            let listed: usize = self.losses.iter().map(|loss| loss.writes.listed()).sum();
            writes.list_at_most(LISTED_MAX.saturating_sub(listed));
            self.losses.push(Loss { at, proof, writes });
        }
    }

    /// A write of which too little is left; of many at one moment one loss.
    #[cold]
    fn gone(&mut self, at: Time, entry: Entry) {
        let acknowledged = self.tail.iter().find(|known| known.version == entry.version);
        let mut writes = Ledger::default();
        writes.push(acknowledged.copied().unwrap_or(entry));
        match self.losses.last_mut().filter(|loss| loss.at == at) {
            Some(loss) => loss.writes.absorb(writes),
            None => self.lose(at, Proof::DiskLost(self.disk), writes),
        }
    }

    fn lost(&self) -> u64 {
        self.losses.iter().map(|loss| loss.writes.count()).sum()
    }

    /// How the first loss came about, and how much of how much.
    fn broken_detail(&self, names: &Names) -> String {
        let lost = self.losses.iter().filter(|loss| loss.writes.count() > 0);
        let (first, more) = (lost.clone().next(), (lost.count() as u64).saturating_sub(1));
        let when = first.map(|loss| match loss.proof {
            Proof::Promoted(member) => format!("at {}, when {} was promoted", loss.at, names.member(member)),
            Proof::DiskLost(member) => format!("by {}, when the disk of {} was gone", loss.at, names.member(member)),
            Proof::Discarded(member) => {
                format!(
                    "at {}, when {} erased what it had acknowledged after being replaced",
                    loss.at,
                    names.member(member)
                )
            }
        });
        let again = if more > 0 { format!(", and {} after that", say::counted(more, "time")) } else { String::new() };
        format!("{}{again}; of {} acknowledged", when.unwrap_or_default(), say::count(self.acknowledged))
    }

    fn calm_detail(&self) -> String {
        let acknowledged = say::counted(self.acknowledged, "acknowledged write");
        let behind = self.tail.count();
        match (self.acknowledged, self.promotions) {
            (0, _) => "no write has been acknowledged yet".to_string(),
            _ if self.disks > 0 => {
                format!("{acknowledged}, none missing after {}", say::counted(self.disks, "lost disk"))
            }
            (_, 0) if behind == 0 => {
                format!("{acknowledged}, all of them on every member; nobody has been promoted yet")
            }
            (_, 0) => {
                format!("{acknowledged}, {} not yet on every member; nobody has been promoted yet", say::count(behind))
            }
            (_, promotions) => format!("{acknowledged}, none missing after {}", say::counted(promotions, "promotion")),
        }
    }
}

impl Check for LostWrites {
    const TOPICS: &'static [Topic] =
        &[Topic::Acknowledged, Topic::Held, Topic::Promoted, Topic::Discarded, Topic::Durability];

    fn new(spec: &Spec) -> LostWrites {
        LostWrites {
            members: spec.members.clone(),
            held: vec![0; spec.members.len()],
            floor: 0,
            lineage: Lineage::default(),
            founder: None,
            tail: Ledger::default(),
            at_risk: Ledger::default(),
            losses: Vec::new(),
            acknowledged: 0,
            promotions: 0,
            disks: 0,
            disk: 0,
            returned: 0,
            returned_at: Time::ZERO,
        }
    }

    #[inline]
    fn observe(&mut self, at: Time, record: &Record) {
        match *record {
            Record::Acknowledged { member, key, version, write, .. } => {
                self.acknowledge(member, Entry { version, key, write, at });
            }
            Record::Held { member, version, .. } => self.hold(member, version),
            Record::Promoted { member, term, version, .. } => self.promote(at, member, term, version),
            Record::Discarded { member, from, to, .. } => self.discard(at, member, from, to),
            Record::DiskLost { member, .. } => {
                self.disks += u64::from(self.acknowledged > 0);
                self.disk = member;
            }
            Record::Lost { key, version, write, .. } => self.gone(at, Entry { version, key, write, at }),
            _ => {}
        }
    }

    fn summary(&self, _now: Time, names: &Names) -> Verdict {
        let lost = self.lost();
        let finding = match (lost, self.promotions + self.disks) {
            (0, 0) => Finding::Untold,
            (0, _) => Finding::Holds,
            _ => Finding::Broken,
        };
        let is_rough = self.losses.iter().any(|loss| loss.writes.is_rough);
        let headline = match lost {
            0 => "No acknowledged write lost".to_string(),
            _ => {
                format!("{}{} lost", if is_rough { "At least " } else { "" }, say::counted(lost, "acknowledged write"))
            }
        };
        let mut detail = if lost > 0 { self.broken_detail(names) } else { self.calm_detail() };
        if self.at_risk.count() > 0 {
            let at_risk = say::count(self.at_risk.count());
            detail += &format!("; {at_risk} at risk, acknowledged by a leader already replaced");
        }
        if self.returned > 0 {
            let (returned, when) = (say::count(self.returned), self.returned_at);
            detail += &format!("; {returned} were missing until a leader that had them was promoted at {when}");
        }
        Verdict {
            finding,
            headline,
            detail,
            figure: lost as f64,
            broken_at: self.losses.iter().filter(|loss| loss.writes.count() > 0).map(|loss| loss.at).min(),
            evidence_total: lost,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, names: &Names) -> Vec<Evidence> {
        let each = |loss: &Loss| loss.writes.iter().take(Verdict::EVIDENCE_MAX).copied().collect::<Vec<_>>();
        let mut lost: Vec<Entry> = self.losses.iter().flat_map(each).collect();
        lost.sort_by_key(|entry| (entry.at, entry.version));
        lost.truncate(Verdict::EVIDENCE_MAX);
        let text = |entry: &Entry| {
            let term = term_of(entry.version);
            let founder = self.founder.filter(|(first, _)| *first == term).map(|(_, member)| member);
            let by = self.lineage.leader(term).or(founder).map(|leader| format!(" by {}", names.member(leader)));
            let (write, version) = (say::count(entry.write), said(entry.version));
            let (key, at, by) = (entry.key, entry.at, by.unwrap_or_default());
            format!("write {write} of key {key} (version {version}), acknowledged at {at}{by}")
        };
        lost.iter().map(|entry| Evidence { at: entry.at, text: text(entry) }).collect()
    }
}
