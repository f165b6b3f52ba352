//! Saga: steps over the outgoing wires, one after the other; when one fails, those before it are undone.
//!
//! The protocol is [`txn::saga::orchestrated::Member`] in its part as orchestrator; the boxes at the wires are its services. What it
//! says to service n goes over wire n as a call, and what the call gives is what the service answers: silence is neither yes nor no.

use crate::desk::Desk;
use crate::face::{Face, Mood, Phase as Shown};
use crate::hosted::{Host, Hosted};
use crate::kind::{Cx, Glance, Kind, Setup, learn};
use crate::kinds::Message;
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Law, Rng, Time};
use check::CheckKind;
use machine::Peer;
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use std::collections::{BTreeMap, VecDeque};
use trace::{Record, Status, WireIndex};
use txn::saga::Failing;
use txn::saga::orchestrated::{Begin, Config, Member, Message as Word, Phase, Rule};

/// An orchestrator of sagas.
#[derive(Clone)]
pub struct Saga {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    member: Hosted<Member, Carrier>,
    desk: Desk<(CallId, Request)>,
    begun: u64,
}

/// Carries the orchestrator's words over the wires.
#[derive(Clone)]
struct Carrier {
    wires: Vec<WireIndex>,
    /// What each running saga is about: on disk with it.
    requests: BTreeMap<u64, Request>,
    /// Questions under way.
    asked: Slab<Asked>,
    /// Sagas that have ended and can be forgotten.
    ended: Vec<u64>,
    /// What was asked lately, for the face.
    shown: VecDeque<Line>,
    completed: u64,
    undone: u64,
    parked: u64,
}

#[derive(Clone, Copy)]
struct Asked {
    saga: u64,
    step: u16,
    undo: bool,
    began: Time,
}

#[derive(Clone, Copy)]
struct Line {
    asked: Asked,
    ended: Option<Time>,
    mood: Mood,
}

/// Questions that a face shows.
const SHOWN: usize = 24;
/// Set in the value that an undo writes, so that it can be told from every other.
const UNDO: u64 = 1 << 63;
const RULES: [Rule; 4] = [Rule::Sound, Rule::ForgetProgress, Rule::SkipTheSilent, Rule::DropFailedUndos];

impl Host<Member> for Carrier {
    /// There are no other members.
    fn wrap(_message: Word) -> Message {
        Message::Saga(())
    }

    fn send(&mut self, cx: &mut Cx<'_>, to: Peer, message: Word) {
        let (saga, undo) = match message {
            Word::Act { saga } => (saga, false),
            Word::Undo { saga } => (saga, true),
            Word::Answer { .. } => return,
        };
        let wire = self.wires.get(usize::from(to.0).wrapping_sub(1)).copied();
        let (Some(wire), Some(request)) = (wire, self.requests.get(&saga).copied()) else { return };
        let asked = Asked { saga, step: to.0, undo, began: cx.now() };
        self.shown.push_back(Line { asked, ended: None, mood: Mood::Open });
        if self.shown.len() > SHOWN {
            self.shown.pop_front();
        }
        let value = if undo { request.value | UNDO } else { request.value };
        let key = self.asked.insert(asked) as u64;
        cx.call(wire, Request { value, write: true, ..request }, key);
    }

    fn reply(&mut self, cx: &mut Cx<'_>, _machine: &Member, token: u64, phase: Phase) {
        let status = if phase == Phase::Completed { Status::Ok } else { Status::Failed };
        cx.reply(CallId::from_token(token), Reply::plain(status));
    }

    fn note(&mut self, cx: &mut Cx<'_>, _machine: &Member, (saga, phase): (u64, Phase)) {
        let (queue, message) = (cx.home(), saga);
        match phase {
            Phase::Acting(_) | Phase::Undoing(_) => return,
            Phase::Completed => self.completed += 1,
            Phase::Compensated => self.undone += 1,
            Phase::Parked(_) => self.parked += 1,
        }
        let is_whole = !matches!(phase, Phase::Parked(_));
        cx.record(if is_whole { Record::Delivered { queue, message } } else { Record::Dropped { queue, message } });
        self.requests.remove(&saga);
        self.ended.push(saga);
        cx.shift_load(-1, 0);
    }
}

impl Carrier {
    /// A question was answered, or not in time; what the service is taken to have said.
    fn hear(&mut self, key: usize, reply: Reply, now: Time) -> Option<(Asked, Option<bool>)> {
        let asked = self.asked.try_remove(key)?;
        let worked = match reply.status {
            Status::Ok | Status::Missing => Some(true),
            Status::TimedOut => None,
            _ => Some(false),
        };
        let is_same = |line: &&mut Line| line.ended.is_none() && line.asked.saga == asked.saga && line.asked.began == asked.began;
        if let Some(line) = self.shown.iter_mut().rev().find(is_same) {
            line.ended = Some(now);
            line.mood = match (worked, asked.undo) {
                (Some(true), false) => Mood::Done,
                (Some(true), true) => Mood::Undone,
                _ => Mood::Failed,
            };
        }
        Some((asked, worked))
    }
}

fn config(settings: &Settings<'_>, steps: usize) -> Config {
    Config {
        steps: steps.clamp(1, 16) as u16,
        retry_after: settings.millis("retry_ms"),
        attempts_max: settings.whole("tries"),
        undo_failures_max: settings.whole("undo_tries"),
        rule: settings.one_of("rule", &RULES),
    }
}

impl Inside {
    fn begin(&mut self, cx: &mut Cx<'_>, job: u32) {
        let (call, request) = self.desk.close(job);
        self.desk.release(cx);
        if !request.write || self.member.host.wires.is_empty() {
            // How a saga goes is on the orchestrator's own disk.
            cx.reply(call, Reply::plain(Status::Ok));
            return;
        }
        self.begun += 1;
        let saga = self.begun;
        self.member.host.requests.insert(saga, request);
        cx.record(Record::Queued { queue: cx.home(), message: saga, copies: 1 });
        cx.shift_load(1, 0);
        self.member.on_request(cx, call.token(), Begin { saga });
    }

    fn forget(&mut self, cx: &mut Cx<'_>) {
        while let Some(saga) = self.member.host.ended.pop() {
            self.member.step(cx, |member, _, out| member.forget(saga, out));
        }
    }
}

impl Kind for Saga {
    const SLUG: &'static str = "saga";
    type Message = ();
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Saga orchestrator".into(),
            group: "Coordination".into(),
            purpose: "Carries out a change over several boxes step by step, and undoes what was done when a step fails.".into(),
            icon: "M2 6h14M13 3l3 3-3 3M16 13H4M7 10.500l-3 2.500 3 2.500M5 4v4M9 4v4".into(),
            fields: vec![
                number("retry_ms", "Asks again", "ms", (1.0, 600_000.0), 2_000.0, "A step that was not answered is asked for again after this; best longer than the time-out of the wires").live(),
                whole("tries", "Tries", "", (1.0, 1_000.0), 3.0, "How often a step is asked for before it is given up, and undone with the rest").live(),
                whole("undo_tries", "Undo tries", "", (1.0, 1_000.0), 10.0, "Undos that may fail before a saga is parked for a person to look at").live(),
                choice("rule", "Rule", "The protocol, or a well-known mistake in it", &[
                    ("sound", "progress is on disk before each question; silence is undone too; an undo is repeated until it works"),
                    ("forget progress", "progress is kept in memory: a crash leaves sagas half done for ever"),
                    ("skip the silent", "a step that did not answer is taken as not done, and not undone"),
                    ("drop failed undos", "an undo that fails is given up at once"),
                ]).live(),
                whole("workers", "Workers", "", (1.0, 10_000.0), 16.0, "Requests that are taken in at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e5), 1_000.0, "Requests that may wait for that; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time to take a request in, the disk included").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 16, refusal: "A saga has at most 16 steps".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("running", "Half done", ""),
                gauge("completed", "Completed", ""),
                gauge("undone", "Undone", ""),
                gauge("parked", "Parked", ""),
            ],
            members: None,
            modelled: vec![
                "a write is a saga: the wires in their order are its steps, each a call with the same key and value".into(),
                "an undo is a call over the same wire with a value of its own".into(),
                "an error or refusal is a no; no answer is neither, so the step is asked for again and, given up, undone too".into(),
                "progress is on disk before each question: a crash goes on where it was".into(),
                "delivery: every saga ends once, whole or undone; a parked one is lost, one half done is under way".into(),
            ],
            left_out: vec![
                "boxes that notice a step that comes twice: asked again, they do it again".into(),
                "isolation: others see what is half done".into(),
                "reads: they are answered at once".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> Saga {
        let wires: Vec<WireIndex> = setup.outlets.iter().map(|outlet| outlet.wire).take(16).collect();
        let member = Member::new(Peer(0), config(&setup.settings, wires.len()), Failing::default())
            .expect("the range of each field lies within the range of the protocol");
        let carrier = Carrier {
            wires,
            requests: BTreeMap::new(),
            asked: Slab::new(),
            ended: Vec::new(),
            shown: VecDeque::new(),
            completed: 0,
            undone: 0,
            parked: 0,
        };
        let rng = Rng::stream(setup.seed, &[u64::from(setup.number)]);
        let inside = Inside { member: Hosted::new(member, carrier, rng), desk: Desk::new(&setup.settings), begun: 0 };
        Saga { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let me = &mut *self.inside;
        me.desk.retune(cx, &setup.settings);
        let config = config(&setup.settings, me.member.host.wires.len());
        me.member.machine.retune(config).expect("the range of each field lies within the range of the protocol");
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.inside.member.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.inside.desk.take(cx, call, (call, request));
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        let me = &mut *self.inside;
        let Some((asked, worked)) = me.member.host.hear(token as usize, reply, cx.now()) else { return };
        learn(cx, request, &reply, asked.began);
        if let Some(worked) = worked {
            let answer = Word::Answer { saga: asked.saga, undo: asked.undo, worked };
            me.member.step(cx, |member, now, out| machine::Machine::on_message(member, Peer(asked.step), answer, now, out));
            me.forget(cx);
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        if !me.member.on_timer(cx, token) {
            me.begin(cx, token as u32);
        }
        me.forget(cx);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        me.desk.abandon(cx);
        me.member.host.asked.clear();
        let now = cx.now();
        for line in me.member.host.shown.iter_mut().filter(|line| line.ended.is_none()) {
            (line.ended, line.mood) = (Some(now), Mood::Failed);
        }
        me.member.on_crash();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.inside.member.on_restart(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · {} tries a step", settings.choice_name("rule"), settings.whole("tries"))
    }

    fn face(members: &[&Saga], glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let carrier = &me.inside.member.host;
        let before = |at: Time| glance.now.since(at).as_millis_f64();
        let phase = |line: &Line| Shown {
            lane: glance.target(carrier.wires[usize::from(line.asked.step) - 1]),
            label: format!("{} {}", if line.asked.undo { "undo" } else { "do" }, line.asked.saga),
            began: before(line.asked.began),
            ended: line.ended.map_or(0.0, before),
            mood: line.mood,
        };
        let span = carrier.shown.front().map_or(0.0, |line| before(line.asked.began));
        Face::Timeline { phases: carrier.shown.iter().map(phase).collect(), span }
    }

    fn gauges(members: &[&Saga], _glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let carrier = &me.inside.member.host;
        let figures = [carrier.requests.len() as u64, carrier.completed, carrier.undone, carrier.parked];
        figures.map(|figure| Some(figure as f64)).to_vec()
    }
}
