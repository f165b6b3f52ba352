//! Two-phase commit: a coordinator and participants, each with rows of its own, that change rows together or not at all.
//!
//! The protocol is [`txn::two_phase::Site`]: member 0 coordinates, the others hold the rows. This file gives them a network, clocks,
//! workers and a disk that takes its time: what follows a durable write waits for it, and a crash in between forgets the write.

mod clerk;
mod form;

use crate::commits::CommitFront;
use crate::desk::Desk;
use crate::face::{Face, Mood};
use crate::front::Front;
use crate::hosted::Hosted;
use crate::kind::{Cx, Glance, Kind, Setup, percent};
use crate::kinds::Message;
use crate::settings::Settings;
use base::{Delay, Rng, Time};
use check::CheckKind;
use clerk::{Clerk, Held, Linger, is_commit, version_of};
use machine::Peer;
use scenario::{KindSpec, Text};
use sim::{CallId, Reply, Request};
use std::collections::{BTreeSet, VecDeque};
use trace::{Record, Status};
use txn::two_phase::{Change, Config, Image, Message as Word, Request as Ask, Rule, Site};

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
