//! What stands between a site and the world: a disk that takes its time, and a coordinator that may linger.
//!
//! Effects happen in their order. What follows a durable write waits until the write has landed, and a crash before that forgets both.

use crate::commits::Ending;
use crate::face::Mood;
use crate::front::Front;
use crate::hosted::Host;
use crate::kind::Cx;
use crate::kinds::Message;
use base::{Delay, Span, Time};
use machine::{Durable, Peer};
use replication::version;
use sim::Reply;
use std::collections::{BTreeSet, VecDeque};
use trace::{Record, Status};
use txn::two_phase::{Image, ImageWrite, Message as Word, Note, Outcome, Reply as Told, Rule, Site, TransactionId};

/// Has the effects of a site happen when its disk has written what comes before them.
#[derive(Clone)]
pub(super) struct Clerk {
    /// What is on disk by now.
    pub landed: Image,
    /// In order, each with the moment at which it happens.
    pub line: VecDeque<(Time, Held)>,
    /// What the coordinator lingers over.
    pub late: VecDeque<(Time, Held)>,
    pub disk: Delay,
    pub lingers: Linger,
    pub rule: Rule,
    /// How many participants a transaction has.
    pub spread: u8,
    /// Commits that one participant has been told.
    pub told: BTreeSet<TransactionId>,
    /// Somebody has let rows go.
    pub has_freed: bool,
    /// Promises whose outcome was asked for in vain.
    pub doubted: BTreeSet<TransactionId>,
    pub shown: VecDeque<Line>,
    pub committed: u64,
    pub aborted: u64,
    pub conflicts: u64,
    /// When the timer that is set fires; others are void.
    pub wakes: Time,
}

/// What waits for the disk, or for a coordinator that lingers.
#[derive(Clone)]
pub(super) enum Held {
    Send { to: Peer, message: Word },
    Reply { job: u32, reply: Reply },
    Land(ImageWrite),
    Hear { from: u8, message: Word },
}

/// Where the coordinator takes its time, so that a crash finds it there.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Linger {
    Nowhere,
    BeforeDeciding(Span),
    BeforeTelling(Span),
    AfterOne(Span),
}

/// A transaction as the face shows it: how long a participant was bound by its promise, or a commit unconfirmed.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub id: TransactionId,
    pub began: Time,
    pub ended: Option<Time>,
    pub mood: Mood,
}

/// Lines that a member remembers.
const SHOWN: usize = 12;

/// The same number for the same transaction at all members.
fn number(id: TransactionId) -> u64 {
    u64::from(id.incarnation) << 32 | u64::from(id.sequence)
}

/// Later transactions of a key have greater versions: its rows are locked from one to the next.
pub(super) fn version_of(id: TransactionId) -> u64 {
    version(u64::from(id.incarnation) + 1, u64::from(id.sequence) + 1)
}

pub(super) fn is_commit(message: &Word) -> Option<TransactionId> {
    match message {
        Word::Decide { id, outcome: Outcome::Committed } => Some(*id),
        _ => None,
    }
}

impl Clerk {
    pub fn hold(&mut self, now: Time, held: Held) {
        let at = self.line.back().map_or(now, |(last, _)| now.max(*last));
        self.line.push_back((at, held));
    }

    pub fn hold_late(&mut self, now: Time, lasts: Span, held: Held) {
        let at = self.late.back().map_or(now, |(last, _)| now.max(*last));
        self.late.push_back(((now + lasts).max(at), held));
    }

    /// For how long the coordinator lingers over something that it is about to do; `None` when it does it at once.
    pub fn lingers_over(&self, held: &Held) -> Option<Span> {
        match (self.lingers, held) {
            (Linger::BeforeTelling(lasts), Held::Send { message, .. }) => is_commit(message).map(|_| lasts),
            (Linger::AfterOne(lasts), Held::Send { message, .. }) => {
                is_commit(message).filter(|id| self.told.contains(id)).map(|_| lasts)
            }
            (Linger::BeforeTelling(lasts) | Linger::AfterOne(lasts), Held::Reply { reply, .. }) => {
                reply.status.is_ok().then_some(lasts)
            }
            _ => None,
        }
    }

    fn show(&mut self, id: TransactionId, began: Time) {
        if self.shown.len() == SHOWN {
            self.shown.pop_front();
        }
        self.shown.push_back(Line { id, began, ended: None, mood: Mood::Open });
    }

    pub fn line_of(&mut self, id: TransactionId) -> Option<&mut Line> {
        self.shown.iter_mut().rev().find(|line| line.id == id && line.ended.is_none())
    }

    /// A write has reached the disk, and what it means to those who judge.
    pub fn land(&mut self, cx: &mut Cx<'_>, write: &ImageWrite) {
        self.landed.apply(write);
        match write {
            ImageWrite::Committed { id, .. } if self.rule != Rule::DecideBeforeWriting => tell_decision(cx, *id, self.spread),
            ImageWrite::Finished { id, outcome } => {
                let (queue, message) = (cx.home(), number(*id));
                let Front::Commits(front) = cx.front() else { return };
                match front.ended(message, *outcome == Outcome::Committed) {
                    Ending::Delivered => cx.record(Record::Delivered { queue, message }),
                    Ending::Dropped => cx.record(Record::Dropped { queue, message }),
                    Ending::Nothing => {}
                }
            }
            _ => {}
        }
    }
}

/// From here on the transaction has happened: each of its participants has to carry it out once.
fn tell_decision(cx: &mut Cx<'_>, id: TransactionId, spread: u8) {
    let (queue, message) = (cx.home(), number(id));
    if let Front::Commits(front) = cx.front() {
        front.decided(message, spread);
    }
    cx.record(Record::Queued { queue, message, copies: u32::from(spread) });
}

impl Host<Site> for Clerk {
    fn wrap(message: Word) -> Message {
        Message::TwoPhaseCommit(message)
    }

    fn send(&mut self, cx: &mut Cx<'_>, to: Peer, message: Word) {
        if let (Rule::VoteBeforeWriting, Word::Vote { yes: true, .. }) = (self.rule, &message) {
            // It waits for no disk at all.
            return cx.send(to.0 as u8, Message::TwoPhaseCommit(message));
        }
        self.hold(cx.now(), Held::Send { to, message });
    }

    fn persist(&mut self, cx: &mut Cx<'_>, write: ImageWrite) {
        let lasts = cx.work(&self.disk);
        if let (Rule::DecideBeforeWriting, ImageWrite::Committed { id, .. }) = (self.rule, &write) {
            // It has left already: it counts, whatever becomes of the disk.
            tell_decision(cx, *id, self.spread);
        }
        self.hold(cx.now() + lasts, Held::Land(write));
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Site, token: u64, reply: Told) {
        let reply = match reply {
            Told::Decided { id, outcome: Outcome::Committed } => {
                Reply { status: Status::Ok, store: cx.home(), version: version_of(id), value: 0 }
            }
            Told::Decided { .. } | Told::Refused => Reply::plain(Status::Failed),
        };
        self.hold(cx.now(), Held::Reply { job: token as u32, reply });
    }

    fn note(&mut self, cx: &mut Cx<'_>, _machine: &Site, note: Note) {
        let now = cx.now();
        match note {
            Note::Prepared(id) => self.show(id, now),
            Note::Conflicted(_) => self.conflicts += 1,
            Note::Doubted(id) => {
                self.doubted.insert(id);
                if let Some(line) = self.line_of(id) {
                    line.mood = Mood::Failed;
                }
            }
            Note::Decided(id, outcome) => {
                self.committed += u64::from(outcome == Outcome::Committed);
                self.aborted += u64::from(outcome == Outcome::Aborted);
                if outcome == Outcome::Committed {
                    self.show(id, now);
                }
            }
            Note::Finished(id, outcome) => {
                self.has_freed = true;
                self.doubted.remove(&id);
                if let Some(line) = self.line_of(id) {
                    line.ended = Some(now);
                    line.mood = if outcome == Outcome::Committed { Mood::Done } else { Mood::Undone };
                }
            }
            Note::Forgot(id) => {
                self.told.remove(&id);
                if let Some(line) = self.line_of(id) {
                    (line.ended, line.mood) = (Some(now), Mood::Done);
                }
            }
        }
    }
}
