//! Two-phase commit: a coordinator and participants, each with rows of its own, that change rows together or not at all.
//!
//! The protocol is [`txn::two_phase::Site`]: member 0 coordinates, the others hold the rows. This file gives them a network, clocks,
//! workers and a disk that takes its time: what follows a durable write waits for it, and a crash in between forgets the write.

mod form;

use crate::commits::{CommitFront, Ending};
use crate::desk::Desk;
use crate::face::{Face, Mood};
use crate::front::Front;
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup, percent};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Rng, Span, Time};
use check::CheckKind;
use machine::{Durable, Peer};
use replication::version;
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use std::collections::{BTreeSet, VecDeque};
use trace::{Record, Status};
use txn::two_phase::{
    Change, Config, Image, ImageWrite, Message as Word, Note, Outcome, Reply as Told, Request as Ask, Rule, Site, TransactionId,
};

/// The coordinator or a participant.
#[derive(Clone)]
pub struct TwoPhaseCommit {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    site: Hosted<Site, Clerk>,
    desk: Desk<(CallId, Request)>,
    /// Reads of rows that a transaction holds: key and job.
    waiting: Vec<(u64, u32)>,
    config: Config,
    me: Peer,
    waits: bool,
}

/// Has the effects of a site happen when its disk has written what comes before them.
#[derive(Clone)]
struct Clerk {
    /// What is on disk by now.
    landed: Image,
    /// In order, each with the moment at which it happens.
    line: VecDeque<(Time, Held)>,
    /// What the coordinator lingers over.
    late: VecDeque<(Time, Held)>,
    disk: Delay,
    lingers: Linger,
    rule: Rule,
    /// How many participants a transaction has.
    spread: u8,
    /// Commits that one participant has been told.
    told: BTreeSet<TransactionId>,
    /// Somebody has let rows go.
    has_freed: bool,
    /// Promises whose outcome was asked for in vain.
    doubted: BTreeSet<TransactionId>,
    shown: VecDeque<Line>,
    committed: u64,
    aborted: u64,
    conflicts: u64,
    /// When the timer that is set fires; others are void.
    wakes: Time,
}

/// What waits for the disk, or for a coordinator that lingers.
#[derive(Clone)]
enum Held {
    Send { to: Peer, message: Word },
    Reply { job: u32, reply: Reply },
    Land(ImageWrite),
    Hear { from: u8, message: Word },
}

/// Where the coordinator takes its time, so that a crash finds it there.
#[derive(Clone, Copy, PartialEq)]
enum Linger {
    Nowhere,
    BeforeDeciding(Span),
    BeforeTelling(Span),
    AfterOne(Span),
}

/// A transaction as the face shows it: how long a participant was bound by its promise, or a commit unconfirmed.
#[derive(Clone, Copy)]
struct Line {
    id: TransactionId,
    began: Time,
    ended: Option<Time>,
    mood: Mood,
}

/// Lines that a member remembers.
const SHOWN: usize = 12;
/// How far back the face looks, in milliseconds.
const SPAN_MS: f64 = 5_000.0;
/// The token of the timer after which something that is held happens.
const HELD: u64 = 1 << 40;
const COORDINATOR: Peer = Peer(0);
const RULES: [Rule; 6] = [
    Rule::Sound,
    Rule::VoteBeforeWriting,
    Rule::DecideBeforeWriting,
    Rule::AbortInDoubt,
    Rule::PresumeCommit,
    Rule::ReuseIdentities,
];

/// The same number for the same transaction at all members.
fn number(id: TransactionId) -> u64 {
    u64::from(id.incarnation) << 32 | u64::from(id.sequence)
}

/// Later transactions of a key have greater versions: its rows are locked from one to the next.
fn version_of(id: TransactionId) -> u64 {
    version(u64::from(id.incarnation) + 1, u64::from(id.sequence) + 1)
}

fn is_commit(message: &Word) -> Option<TransactionId> {
    match message {
        Word::Decide { id, outcome: Outcome::Committed } => Some(*id),
        _ => None,
    }
}

impl Clerk {
    fn hold(&mut self, now: Time, held: Held) {
        let at = self.line.back().map_or(now, |(last, _)| now.max(*last));
        self.line.push_back((at, held));
    }

    fn hold_late(&mut self, now: Time, lasts: Span, held: Held) {
        let at = self.late.back().map_or(now, |(last, _)| now.max(*last));
        self.late.push_back(((now + lasts).max(at), held));
    }

    /// For how long the coordinator lingers over something that it is about to do; `None` when it does it at once.
    fn lingers_over(&self, held: &Held) -> Option<Span> {
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

    fn line_of(&mut self, id: TransactionId) -> Option<&mut Line> {
        self.shown.iter_mut().rev().find(|line| line.id == id && line.ended.is_none())
    }

    /// A write has reached the disk, and what it means to those who judge.
    fn land(&mut self, cx: &mut Cx<'_>, write: &ImageWrite) {
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

impl Inside {
    /// Has everything happen that is due, and comes back for the rest.
    fn carry_out(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        loop {
            let clerk = &mut self.site.host;
            if let Some((at, _)) = clerk.line.front()
                && *at <= now
                && let Some((_, held)) = clerk.line.pop_front()
            {
                match clerk.lingers_over(&held) {
                    Some(lasts) => clerk.hold_late(now, lasts, held),
                    None => self.happen(cx, held),
                }
            } else if let Some((at, _)) = clerk.late.front()
                && *at <= now
                && let Some((_, held)) = clerk.late.pop_front()
            {
                self.happen(cx, held);
            } else {
                break;
            }
        }
        if core::mem::take(&mut self.site.host.has_freed) {
            self.read_freed(cx);
            return self.carry_out(cx);
        }
        let clerk = &mut self.site.host;
        let next = [clerk.line.front(), clerk.late.front()].into_iter().flatten().map(|(at, _)| *at).min();
        if let Some(at) = next.filter(|at| *at < clerk.wakes) {
            clerk.wakes = at;
            cx.timer(at.since(now), HELD);
        }
    }

    fn happen(&mut self, cx: &mut Cx<'_>, held: Held) {
        match held {
            Held::Send { to, message } => {
                if let (Linger::AfterOne(_), Some(id)) = (self.site.host.lingers, is_commit(&message)) {
                    self.site.host.told.insert(id);
                }
                cx.send(to.0 as u8, Message::TwoPhaseCommit(message));
            }
            Held::Land(write) => self.site.host.land(cx, &write),
            Held::Hear { from, message } => self.site.on_message(cx, from, message),
            Held::Reply { job, reply } => {
                let (call, request) = self.desk.close(job);
                self.desk.release(cx);
                if request.write && reply.status.is_ok() {
                    let (store, member, version) = (cx.home(), cx.me(), reply.version);
                    cx.record(Record::Acknowledged { store, member, key: request.key, version, write: request.value });
                }
                cx.reply(call, reply);
            }
        }
    }

    /// The work for a request is done: the coordinator begins a transaction, a participant reads a row.
    fn serve(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (_, request) = *self.desk.job(job);
        if self.me != COORDINATOR {
            return self.read(cx, job, request.key);
        }
        let members = u64::from(self.config.members);
        let row = |nth: u8| Change {
            at: Peer(u16::from(CommitFront::place(request.key, nth, members))),
            key: request.key,
            value: request.value,
        };
        let changes: Vec<Change> = (0..self.site.host.spread).map(row).collect();
        self.site.on_request(cx, u64::from(job), Ask::Commit { changes });
    }

    /// A row that a transaction holds has no value before its outcome is known.
    fn read(&mut self, cx: &mut Cx<'_>, job: u32, key: u64) {
        if self.waits && self.site.machine.locked_by(key).is_some() {
            self.waiting.push((key, job));
            return;
        }
        let image = self.site.machine.image();
        // A key that nobody has written yet is there all the same, as version 0.
        let (value, version) = (image.value(key).unwrap_or(0), image.writer(key).map_or(0, version_of));
        let reply = Reply { status: Status::Ok, store: cx.home(), version, value };
        self.site.host.hold(cx.now(), Held::Reply { job, reply });
    }

    fn read_freed(&mut self, cx: &mut Cx<'_>) {
        for (key, job) in core::mem::take(&mut self.waiting) {
            self.read(cx, job, key);
        }
    }
}

impl Kind for TwoPhaseCommit {
    const SLUG: &'static str = "two-phase-commit";
    type Message = Word;
    const CHECKS: &'static [CheckKind] = &[CheckKind::StaleReads, CheckKind::Delivery];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("members").clamp(2, 16) as u8
    }

    fn front(settings: &Settings<'_>, members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Commits(Box::new(CommitFront::new(form::spread(settings, members))))
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> TwoPhaseCommit {
        let settings = &setup.settings;
        let (me, config) = (Peer(u16::from(setup.number)), form::config(settings, setup.members));
        let machine = Site::new(me, config).expect("the range of each field lies within the range of the protocol");
        let clerk = Clerk {
            landed: Image::default(),
            line: VecDeque::new(),
            late: VecDeque::new(),
            disk: Delay::constant(settings.millis("disk_ms")),
            lingers: form::lingers(settings),
            rule: config.rule,
            spread: form::spread(settings, setup.members),
            told: BTreeSet::new(),
            has_freed: false,
            doubted: BTreeSet::new(),
            shown: VecDeque::new(),
            committed: 0,
            aborted: 0,
            conflicts: 0,
            wakes: Time::NEVER,
        };
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        let inside = Inside {
            site: Hosted::new(machine, clerk, rng),
            desk: Desk::new(settings),
            waiting: Vec::new(),
            config,
            me,
            waits: form::waits(settings),
        };
        TwoPhaseCommit { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let (me, settings) = (&mut *self.inside, &setup.settings);
        me.desk.retune(cx, settings);
        me.waits = form::waits(settings);
        me.site.host.disk = Delay::constant(settings.millis("disk_ms"));
        me.site.host.lingers = form::lingers(settings);
        me.read_freed(cx);
        me.carry_out(cx);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.inside.site.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.inside.desk.take(cx, call, (call, request));
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        if token == HELD {
            if cx.now() < me.site.host.wakes {
                return;
            }
            me.site.host.wakes = Time::NEVER;
        } else if !me.site.on_timer(cx, token) {
            me.serve(cx, token as u32);
        }
        me.carry_out(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: Word) {
        let me = &mut *self.inside;
        match (me.site.host.lingers, &message) {
            (Linger::BeforeDeciding(lasts), Word::Vote { yes: true, .. }) => {
                me.site.host.hold_late(cx.now(), lasts, Held::Hear { from, message });
            }
            _ => me.site.on_message(cx, from, message),
        }
        me.carry_out(cx);
    }

    /// What had not reached the disk is gone.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let (me, now) = (&mut *self.inside, cx.now());
        me.desk.abandon(cx);
        me.waiting.clear();
        me.site.on_crash();
        let clerk = &mut me.site.host;
        clerk.line.clear();
        clerk.late.clear();
        clerk.told.clear();
        clerk.doubted.clear();
        clerk.wakes = Time::NEVER;
        for line in clerk.shown.iter_mut().filter(|line| line.ended.is_none()) {
            let is_promised = clerk.landed.is_prepared(line.id);
            (line.ended, line.mood) = if is_promised { (None, line.mood) } else { (Some(now), Mood::Failed) };
        }
        if let Ok(site) = Site::with_image(me.me, me.config, clerk.landed.clone()) {
            me.site.machine = site;
        }
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.inside.site.on_restart(cx);
        self.inside.carry_out(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let (members, rule) = (settings.whole("members").saturating_sub(1), settings.choice_name("rule"));
        format!("{members} participants · {rule}")
    }

    /// For how long each promise bound its participant.
    fn face(members: &[&TwoPhaseCommit], glance: &Glance<'_>) -> Face {
        Face::Timeline { phases: members.iter().flat_map(|member| member.inside.phases(glance.now)).collect(), span: SPAN_MS }
    }

    fn gauges(members: &[&TwoPhaseCommit], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let doubted = members.iter().map(|member| member.inside.site.host.doubted.len()).sum::<usize>();
        let (committed, aborted) = members.first().map_or((0, 0), |member| {
            let clerk = &member.inside.site.host;
            (clerk.committed, clerk.aborted)
        });
        let split = if let Front::Commits(front) = glance.front() { Some(front.split as f64) } else { None };
        vec![Some(doubted as f64), percent(aborted, committed + aborted), split, glance.p99_ms()]
    }

    fn member_face(&self, glance: &Glance<'_>) -> Face {
        self.inside.table(glance.now)
    }

    fn role(&self) -> Text {
        let clerk = &self.inside.site.host;
        match self.inside.me {
            COORDINATOR => "coordinator".into(),
            _ if !clerk.doubted.is_empty() => "in doubt".into(),
            _ => "participant".into(),
        }
    }

    fn note(&self, _members: &[&TwoPhaseCommit]) -> String {
        let (site, clerk) = (&self.inside.site.machine, &self.inside.site.host);
        match self.inside.me {
            COORDINATOR => format!("{} committed · {} aborted", clerk.committed, clerk.aborted),
            _ => format!("{} rows held · {} in doubt", site.locked(), clerk.doubted.len()),
        }
    }
}
