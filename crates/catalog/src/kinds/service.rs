//! Service: workers with a bounded line in front of them, and a plan for each operation over what it is wired to.

mod written;

use crate::desk::Desk;
use crate::face::Face;
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word, learn, say};
use crate::plan::Step;
use crate::spans::Teller;
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Law, Time};
use std::collections::VecDeque;
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use trace::{Status, WireIndex};

/// A service.
#[derive(Clone)]
pub struct Service {
    desk: Desk<Job>,
    fails: f64,
    holds: bool,
    plans: Vec<Vec<Step>>,
    /// One bit for each operation whose plan somebody has written.
    written: u64,
    /// How work varies that a written plan asks for.
    law: Law,
    /// Jobs that wait for a worker to work on them again, with the mean of that work.
    again: VecDeque<(u32, base::Span)>,
    /// Tells tracers of what is done.
    teller: Teller,
}

/// One request in hand.
#[derive(Clone, Copy)]
struct Job {
    call: CallId,
    request: Request,
    step: u8,
    /// The plan has what it needs; nothing more is asked. In a written plan: what the last look-up said.
    found: bool,
    /// In a written plan: calls that have to end before it goes on, the round of what is repeated, whether the caller has his answer,
    /// and how the worst of several calls at once has ended.
    waiting: u8,
    round: u8,
    has_replied: bool,
    worst: Status,
    /// What was read, for the caches that are to be filled.
    read: Reply,
    step_began: Time,
    /// When it came, and the span of the caller's that it is part of, for tracers.
    came: Time,
    parent: u32,
}

/// The token of calls whose answer nobody waits for.
const NOBODY: u64 = u64::MAX;

impl Service {
    fn end(&mut self, cx: &mut Cx<'_>, at: u32, status: Status) {
        let job = self.desk.close(at);
        if self.holds {
            self.release(cx);
        }
        self.tell(cx, &job, status);
        cx.reply(job.call, Reply::plain(status));
    }

    /// Tells tracers of a request that is done with.
    #[inline]
    fn tell(&self, cx: &mut Cx<'_>, job: &Job, status: Status) {
        if self.teller.is_wired() {
            self.teller.served(cx, &job.request, job.parent, job.came, status);
        }
    }

    /// True when it has nothing in hand.
    pub(crate) fn is_idle(&self) -> bool {
        self.desk.is_idle()
    }

    /// A worker has its hands free: for a job that waits for more work, else for the next in line.
    #[inline]
    fn release(&mut self, cx: &mut Cx<'_>) {
        if self.again.is_empty() {
            self.desk.release(cx);
        } else {
            self.resume(cx);
        }
    }

    /// Requests in hand, those in the line included.
    pub(crate) fn in_hand(&self) -> u32 {
        self.desk.in_hand()
    }

    /// Requests in the line, and its room.
    pub(crate) fn line(&self) -> (u32, u32) {
        self.desk.line()
    }

    /// Goes on with the plan until something has to be waited for.
    fn advance(&mut self, cx: &mut Cx<'_>, at: u32) {
        if self.is_written(at) {
            self.carry_on(cx, at);
            return;
        }
        let job = self.desk.job(at);
        let plan = self.plans.get(usize::from(job.request.op)).map_or(&[][..], Vec::as_slice);
        while let Some(step) = plan.get(usize::from(job.step)) {
            job.step += 1;
            job.step_began = cx.now();
            cx.decide(|| step_of(*step, job, plan.len()));
            match *step {
                Step::Lookup(wire) | Step::Call(wire) if !job.found => {
                    let request = self.teller.within(cx, job.request);
                    cx.call(wire, request, u64::from(at));
                    return;
                }
                Step::Fill(wire) if !job.found && job.read.store != Reply::NO_STORE => {
                    let Reply { version, store, value, .. } = job.read;
                    cx.call(wire, Request { op: say::FILL, write: true, version, store, value, ..job.request }, NOBODY);
                }
                Step::Forget(wire) => cx.call(wire, Request { op: say::FORGET, ..job.request }, NOBODY),
                Step::Send(wire) => cx.call(wire, job.request, NOBODY),
                // A plan with any other step is carried out by `carry_on`.
                _ => {}
            }
        }
        self.end(cx, at, Status::Ok);
    }
}

/// Which step of the plan is next, and whether it is needed.
fn step_of(step: Step, job: &Job, steps: usize) -> Decision {
    let is_needed = !(job.found && matches!(step, Step::Lookup(_) | Step::Call(_) | Step::Fill(_)));
    let what = if is_needed { step.name() } else { "left out: what it is for was found" };
    let words = [u64::from(job.step).into(), (steps as u64).into(), Word::Op(job.request.op), job.request.key.into(), what.into()];
    Decision::new("step {} of {} for {} of key {}: {}", words)
}

impl Kind for Service {
    const SLUG: &'static str = "service";
    type Message = ();
    const PLANS: bool = true;

    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Service".into(),
            group: "Compute".into(),
            purpose: "Workers that handle requests and call what they are wired to.".into(),
            icon: "M5 3h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM6 7h6M6 11h4".into(),
            fields: vec![
                whole("workers", "Workers", "", (1.0, 10_000.0), 16.0, "Requests it works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait for a worker; more are refused").live(),
                number("time_ms", "Work", "ms", (0.0, 600_000.0), 5.0, "Mean time a worker needs for one request, calls not included").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
                choice("waiting", "While it waits", "What a worker does while a called box has not answered", &[
                    ("worker is free", "it takes the next request, as in an event loop"),
                    ("worker is held", "it stays with its request, as a thread does"),
                ]),
                number("fails_percent", "Fails", "%", (0.0, 100.0), 0.0, "Share of requests that it answers with an error of its own").live(),
            ],
            ports: Ports { accepts: true, out_max: 32, refusal: "A service calls at most 32 boxes".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("rate", "Requests", "/s"),
                gauge("busy_percent", "Busy", "%"),
                gauge("waiting", "In line", ""),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: None,
            modelled: vec![
                "each worker and the line in front of them, request by request".into(),
                "the plan for each operation: caches first, stores in order, queues without waiting; or as somebody has written it".into(),
                "work in a written plan: it takes a worker again, before those in line".into(),
                "what a tracer is told: a span for each request and for each call that it waits for, without waiting".into(),
            ],
            left_out: vec!["processors and memory: work takes as long as it takes".into()],
        }
    }

    fn new(setup: &Setup<'_>) -> Service {
        let settings = &setup.settings;
        Service {
            desk: Desk::new(settings),
            fails: settings.number("fails_percent") / 100.0,
            holds: settings.choice("waiting") == 1,
            plans: setup.plans.to_vec(),
            written: Service::written(setup.plans),
            law: Service::law(settings),
            again: VecDeque::new(),
            teller: Teller::new(setup.outlets),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.desk.retune(cx, settings);
        self.law = Service::law(settings);
        self.engage_again(cx);
        self.fails = settings.number("fails_percent") / 100.0;
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, mut request: Request) {
        let parent = self.teller.enter(cx, &mut request);
        let job = Job {
            call,
            request,
            step: 0,
            found: false,
            waiting: 0,
            round: 0,
            has_replied: false,
            worst: Status::Ok,
            read: Reply::plain(Status::Ok),
            step_began: Time::ZERO,
            came: cx.now(),
            parent,
        };
        if !self.desk.accept(cx, job) {
            self.tell(cx, &job, Status::Overloaded);
            cx.reply(call, Reply::plain(Status::Overloaded));
        }
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let job = token as u32;
        if !self.holds {
            self.release(cx);
        }
        if token > u64::from(u32::MAX) {
            self.carry_on(cx, job);
        } else if self.fails > 0.0 && cx.rng().chance(self.fails) {
            self.end(cx, job, Status::Failed);
        } else {
            self.advance(cx, job);
        }
    }

    #[inline]
    fn on_reply(&mut self, cx: &mut Cx<'_>, wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        if token == NOBODY {
            return;
        }
        let at = token as u32;
        if self.teller.is_wired() {
            let began = self.desk.job(at).step_began;
            self.teller.called(cx, wire, request, &self.desk.job(at).request, began, reply.status);
        }
        if self.is_written(at) {
            self.hear(cx, at, request, reply);
            return;
        }
        let job = self.desk.job(at);
        learn(cx, request, &reply, job.step_began);
        let plan = self.plans.get(usize::from(job.request.op)).map_or(&[][..], Vec::as_slice);
        let was_lookup = matches!(plan.get(usize::from(job.step) - 1), Some(Step::Lookup(_)));
        if was_lookup {
            // A cache that fails is as good as one that misses.
            job.found |= reply.status == Status::Ok;
        } else if !reply.status.is_ok() {
            let status = if reply.status == Status::TimedOut { Status::Failed } else { reply.status };
            self.end(cx, at, status);
            return;
        } else if job.read.store == Reply::NO_STORE {
            job.read = reply;
        }
        self.advance(cx, at);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
        cx.shift_load(-(self.again.len() as i32), 0);
        self.again.clear();
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} workers · {} ms", settings.whole("workers"), settings.number("time_ms"))
    }

    fn face(members: &[&Service], _glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let ((waiting, room), (busy, workers)) = (me.desk.line(), me.desk.workers());
        Face::Queue {
            waiting: u64::from(waiting),
            room: Some(u64::from(room)),
            busy: u64::from(busy),
            workers: u64::from(workers),
        }
    }

    fn gauges(members: &[&Service], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let workers = f64::from(members.iter().map(|me| me.desk.workers().1).sum::<u32>().max(1));
        let sample = glance.sample;
        vec![
            Some(glance.rate(sample.count.arrived)),
            Some(sample.busy / workers * 100.0),
            Some(f64::from(glance.load().0)),
            glance.p99_ms(),
        ]
    }
}
