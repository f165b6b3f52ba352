//! Task scheduler: work that becomes due, at its minute, after a delay, or when what it depends on is done; and that boxes at its wires
//! do under a lease, until one has done it.
//!
//! What is due when is a [`queue::Scheduler`], what depends on what a [`queue::Dag`], and what is due and not done a
//! [`queue::TaskQueue`]. This file gives them a clock and wires, and an account of how late each was begun.

mod form;
mod runs;

use crate::face::{Face, Mood};
use crate::kind::{Cx, Glance, Kind, Setup, learn};
use crate::plan::{Serves, Turns};
use crate::settings::Settings;
use base::{Delay, Span, Time};
use check::CheckKind;
use queue::{Cron, Dag, Missed, Scheduler, Task, TaskQueue};
use runs::{Origin, Runs, Step};
use scenario::KindSpec;
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::{Status, WireIndex};

/// A scheduler of tasks.
#[derive(Clone)]
pub struct TaskScheduler {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    rules: Rules,
    /// What is due when.
    timetable: Scheduler<Origin>,
    /// The entries of the timetable that repeat.
    repeating: Vec<u64>,
    /// What has become due and is not over.
    runs: Runs,
    /// Of that, what can be begun, and what is under a lease or waits to be tried again.
    queue: TaskQueue<Step>,
    outlets: Turns,
    /// Calls whose answer has not come.
    calls: Slab<Called>,
    again: u64,
    /// Moments at which nothing was begun: the last run was not over, or there was no room.
    skipped: u64,
    /// When the timer that is set fires; others are void.
    wakes: Time,
    load: (u32, u32),
}

#[derive(Clone, Copy)]
struct Called {
    task: Task<Step>,
    began: Time,
}

#[derive(Clone)]
struct Rules {
    repeats: Repeats,
    delay: Delay,
    /// What one run consists of, as it is before.
    flow: Dag,
    overlaps: bool,
    order: Order,
    at_once: u32,
}

/// What repeats, and when.
#[derive(Clone, PartialEq)]
struct Repeats {
    jobs: u32,
    /// None: at every period.
    cron: Option<&'static str>,
    period: Span,
    is_spread: bool,
    missed: Missed,
}

/// Which of what is due goes first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Due,
    Repeating,
    Requests,
    Fair,
}

impl Order {
    /// The more urgent, the greater. `waiting`: unfinished runs of whoever this one is for.
    fn urgency(self, origin: Origin, waiting: u32) -> u8 {
        match self {
            Order::Due => 0,
            Order::Repeating => u8::from(origin.is_job()),
            Order::Requests => u8::from(!origin.is_job()),
            Order::Fair => u8::MAX - waiting.min(u32::from(u8::MAX)) as u8,
        }
    }
}

impl Inside {
    /// Puts what repeats on the timetable, from now on.
    fn plan(&mut self, now: Time) {
        for id in self.repeating.drain(..) {
            self.timetable.cancel(id);
        }
        let Repeats { jobs, cron, period, is_spread, missed } = self.rules.repeats;
        for job in 0..jobs {
            let first = if is_spread { period.scaled(f64::from(job + 1) / f64::from(jobs)) } else { period };
            let origin = Origin::Job(job);
            let cron: Option<Cron> = cron.and_then(|text| text.parse().ok());
            let id = match cron {
                Some(cron) => self.timetable.cron(origin, cron, missed, now),
                None => Some(self.timetable.every(origin, now + first, period, missed)),
            };
            self.repeating.extend(id);
        }
    }

    /// A run begins to be due.
    fn begin(&mut self, cx: &mut Cx<'_>, origin: Origin, due: Time) {
        let is_busy = !self.rules.overlaps && self.runs.of(origin) > 0;
        let is_full = self.queue.len() >= self.queue.config().capacity;
        if origin.is_job() && (is_busy || is_full) {
            self.skipped += 1;
            return;
        }
        let run = self.runs.begin(cx, origin, &self.rules.flow);
        self.put_ready(cx, run, due);
    }

    /// What of a run depends on nothing more can be begun.
    fn put_ready(&mut self, cx: &mut Cx<'_>, run: u64, due: Time) {
        while let Some(step) = self.runs.next_ready(cx, run, due) {
            let urgency = self.rules.order.urgency(step.origin, self.runs.of(step.origin).saturating_sub(1));
            if self.queue.push(step, urgency, Span::ZERO, cx.now()).is_err() {
                self.runs.failed(cx, &step);
            }
        }
    }

    /// Everything that time has brought; then hands out, and wakes up when it brings more.
    fn go_on(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        while let Some((_, due, origin)) = self.timetable.take_due(now) {
            self.begin(cx, origin, due);
        }
        self.bring_back(cx);
        while self.leased() < self.rules.at_once
            && let Some(task) = self.queue.take(now)
        {
            self.again += u64::from(task.deliveries > 1);
            self.runs.started(now, &task.item, task.deliveries);
            let key = self.calls.insert(Called { task, began: now }) as u64;
            match self.outlets.next(task.item.request.op) {
                Some(wire) => cx.call(wire, task.item.request, key),
                None => self.end(cx, key, Status::Ok),
            }
            self.bring_back(cx);
        }
        let waiting = self.queue.ready_len() + self.queue.delayed_len();
        let load = (waiting, self.leased());
        cx.shift_load(load.0 as i32 - self.load.0 as i32, load.1 as i32 - self.load.1 as i32);
        self.load = load;
        let next = self.timetable.next_due().into_iter().chain(self.queue.next_change()).min();
        if let Some(at) = next.filter(|at| *at < self.wakes) {
            self.wakes = at;
            cx.timer(at.since(now), at.0);
        }
    }

    /// What nobody has done in its lease comes back, or is given up.
    fn bring_back(&mut self, cx: &mut Cx<'_>) {
        self.queue.advance(cx.now());
        while let Some(step) = self.queue.discard_dead() {
            self.runs.failed(cx, &step);
        }
    }

    fn leased(&self) -> u32 {
        self.queue.len() - self.queue.ready_len() - self.queue.delayed_len()
    }

    fn end(&mut self, cx: &mut Cx<'_>, key: u64, status: Status) {
        let Some(Called { task, .. }) = self.calls.try_remove(key as usize) else { return };
        let now = cx.now();
        self.runs.show_end(now, &task.item, task.deliveries, if status.is_ok() { Mood::Done } else { Mood::Failed });
        if status.is_ok() {
            let counts = self.queue.ack(&task).is_some();
            self.runs.delivered(cx, &task.item, counts);
            if counts {
                self.put_ready(cx, task.item.run, now);
            }
        } else if status != Status::TimedOut {
            // Who says no gives it back; of who says nothing only the end of the lease can tell.
            self.queue.nack(&task, now);
        }
    }
}

impl Kind for TaskScheduler {
    const SLUG: &'static str = "task-scheduler";
    type Message = ();
    const SERVES: Serves = Serves::Handover;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    fn spec() -> KindSpec {
        form::spec(Self::SLUG)
    }

    fn new(setup: &Setup<'_>) -> TaskScheduler {
        let inside = Inside {
            rules: form::rules(&setup.settings),
            timetable: Scheduler::new(0),
            repeating: Vec::new(),
            runs: Runs::default(),
            queue: TaskQueue::new(form::config(&setup.settings)),
            outlets: Turns::of(setup.outlets),
            calls: Slab::new(),
            again: 0,
            skipped: 0,
            wakes: Time::NEVER,
            load: (0, 0),
        };
        TaskScheduler { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let me = &mut *self.inside;
        let rules = form::rules(&setup.settings);
        let was = core::mem::replace(&mut me.rules, rules);
        me.queue.set_config(form::config(&setup.settings));
        if was.repeats != me.rules.repeats {
            me.plan(cx.now());
        }
        me.go_on(cx);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.inside.plan(cx.now());
        self.inside.go_on(cx);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let me = &mut *self.inside;
        // What is not due yet needs room as well.
        if me.queue.len() + me.runs.put_off >= me.queue.config().capacity {
            return cx.reply(call, Reply::plain(Status::Overloaded));
        }
        cx.reply(call, Reply::plain(Status::Ok));
        let (delay, now) = (me.rules.delay.draw(cx.rng()), cx.now());
        let number = me.runs.accept(cx);
        me.timetable.once(Origin::Request(number, request), now + delay);
        me.go_on(cx);
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        let me = &mut *self.inside;
        if let Some(called) = me.calls.get(token as usize) {
            learn(cx, request, &reply, called.began);
            me.end(cx, token, reply.status);
            me.go_on(cx);
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        if token == me.wakes.0 {
            me.wakes = Time::NEVER;
            me.go_on(cx);
        }
    }

    /// Everything is on disk but whom it has called.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.inside.calls.clear();
        self.inside.runs.forget_calls(cx.now());
        self.inside.wakes = Time::NEVER;
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.inside.go_on(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let jobs = settings.whole("jobs");
        let when = form::when(settings);
        let flow = settings.choice_name("flow");
        format!("{jobs} jobs {when} · {flow}")
    }

    /// What was done when, and how late it was begun.
    fn face(members: &[&TaskScheduler], glance: &Glance<'_>) -> Face {
        members.first().map_or(Face::Nothing, |me| me.inside.runs.face(glance.now))
    }

    fn gauges(members: &[&TaskScheduler], _glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first().map(|me| &me.inside) else { return vec![None; 4] };
        vec![
            me.runs.lateness_p99().map(|late| late.as_millis_f64()),
            Some(f64::from(me.queue.ready_len())),
            Some(me.again as f64),
            Some(me.skipped as f64),
        ]
    }
}
