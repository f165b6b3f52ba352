//! Work queue: each message is taken by one worker, comes back unless it is acknowledged in time, and is put aside when it has
//! come back too often.
//!
//! The queue is [`queue::TaskQueue`]; this file gives it consumers over its wires, a clock, and an account of every delivery.

use crate::face::{Bar, Face};
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word, learn};
use crate::plan::{Serves, Turns};
use crate::settings::{FieldExt, Settings, choice, number, whole, gauge};
use base::{Span, Time};
use check::CheckKind;
use queue::{Task, TaskQueue, TaskQueueConfig};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::{Record, Status, WireIndex};

/// A queue of work.
#[derive(Clone)]
pub struct WorkQueue {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    queue: TaskQueue<Message>,
    rules: Rules,
    outlets: Turns,
    /// Deliveries whose answer has not come.
    jobs: Slab<Job>,
    messages: u64,
    delivered: u64,
    redelivered: u64,
    /// How long the last message that was done had waited since it came in.
    lag: Span,
    /// When the timer that is set fires; others are void.
    wakes: Time,
    /// What the meter was told: waiting, at work.
    load: (u32, u32),
}

#[derive(Clone, Copy)]
struct Message {
    number: u64,
    came: Time,
    request: Request,
}

#[derive(Clone, Copy)]
struct Job {
    task: Task<Message>,
    began: Time,
}

#[derive(Clone, Copy)]
struct Rules {
    consumers: u32,
    delay: Span,
    priority: Priority,
    dead_max: u32,
    redrive: Span,
    acknowledges: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Priority {
    Nobody,
    Writes,
    Operations,
}

/// The token of the timer that redrives; others are moments at which something changes in the queue.
const REDRIVE: u64 = u64::MAX;
/// The shortest time between two redrives.
const REDRIVE_LEAST: Span = Span::from_millis(10);
/// Dead letters that go back at a time.
const REDRIVE_MAX: u32 = 1_000;

impl Rules {
    fn read(settings: &Settings<'_>) -> Rules {
        Rules {
            consumers: settings.whole("consumers"),
            delay: settings.millis("delay_ms"),
            priority: [Priority::Nobody, Priority::Writes, Priority::Operations][settings.choice("priority").min(2)],
            dead_max: settings.whole("dead_max"),
            redrive: settings.millis("redrive_ms"),
            acknowledges: settings.choice("acknowledge") == 0,
        }
    }

    /// The more urgent, the greater.
    fn urgency(&self, request: &Request) -> u8 {
        match self.priority {
            Priority::Nobody => 0,
            Priority::Writes => u8::from(request.write),
            Priority::Operations => u8::MAX - request.op,
        }
    }
}

fn config(settings: &Settings<'_>) -> TaskQueueConfig {
    let backoff = settings.millis("backoff_ms");
    TaskQueueConfig {
        capacity: settings.whole("room"),
        visibility: settings.millis("visibility_ms").max(Span(1)),
        deliveries_max: settings.whole("tries").max(1),
        backoff,
        backoff_max: settings.millis("backoff_max_ms").max(backoff),
    }
}

impl Inside {
    /// Hands out what is ready, as far as consumers are free, and wakes up when something more will be.
    fn hand_out(&mut self, cx: &mut Cx<'_>) {
        self.bring_back(cx);
        while self.in_flight() < self.rules.consumers
            && let Some(task) = self.queue.take(cx.now())
        {
            self.redelivered += u64::from(task.deliveries > 1);
            let key = self.jobs.insert(Job { task, began: cx.now() }) as u32;
            if !self.rules.acknowledges {
                // Gone as soon as it is handed out, whatever becomes of it.
                self.queue.ack(&task);
            }
            let to = self.outlets.next(task.item.request.op);
            let (in_flight, consumers) = (self.jobs.len() as u64, self.rules.consumers);
            cx.decide(|| {
                let place = to.map_or(Word::Text("nobody"), Word::Wire);
                let words = [task.item.number.into(), place, task.deliveries.into(), in_flight.into(), consumers.into()];
                Decision::new("gave message {} to {} as delivery {}; {} of {} consumers are at work", words)
            });
            match to {
                Some(wire) => cx.call(wire, task.item.request, u64::from(key)),
                None => self.end(cx, key, Status::Ok),
            }
        }
        self.show_load(cx);
        self.wake(cx);
    }

    /// Messages that are invisible; when none is, because each is gone when taken, those whose consumer has not answered.
    fn in_flight(&self) -> u32 {
        if self.rules.acknowledges {
            self.queue.len() - self.queue.ready_len() - self.queue.delayed_len()
        } else {
            self.jobs.len() as u32
        }
    }

    /// Tells the meter how many wait and how many are in somebody's hands.
    fn show_load(&mut self, cx: &mut Cx<'_>) {
        let load = (self.queue.ready_len() + self.queue.delayed_len(), self.in_flight());
        cx.shift_load(load.0 as i32 - self.load.0 as i32, load.1 as i32 - self.load.1 as i32);
        self.load = load;
    }

    /// What is due comes back, or dies.
    fn bring_back(&mut self, cx: &mut Cx<'_>) {
        self.queue.advance(cx.now());
        while self.queue.dead_len() > self.rules.dead_max
            && let Some(message) = self.queue.discard_dead()
        {
            cx.decide(|| Decision::new("threw dead letter {} away: there is room for no more", [message.number.into()]));
            cx.record(Record::Dropped { queue: cx.home(), message: message.number });
        }
    }

    fn wake(&mut self, cx: &mut Cx<'_>) {
        // While every consumer is busy, what becomes ready can wait until one is free.
        let Some(at) = self.queue.next_change().filter(|at| *at < self.wakes) else { return };
        self.wakes = at;
        cx.timer(at.since(cx.now()), at.0);
    }

    fn end(&mut self, cx: &mut Cx<'_>, key: u32, status: Status) {
        let Some(Job { task, .. }) = self.jobs.try_remove(key as usize) else { return };
        let (queue, message) = (cx.home(), task.item.number);
        let acknowledges = self.rules.acknowledges;
        cx.decide(|| {
            let what = match (status.is_ok(), acknowledges, status) {
                (true, ..) => "acknowledged, it is gone",
                (false, false, _) => "not done, and gone since it was taken",
                (_, _, Status::TimedOut) => "no answer; it is invisible until its time is over",
                _ => "given back, it waits before it is tried again",
            };
            Decision::new("message {}: {}", [message.into(), what.into()])
        });
        if status.is_ok() {
            self.delivered += 1;
            self.lag = cx.now().since(task.item.came);
            self.queue.ack(&task);
            cx.record(Record::Delivered { queue, message });
        } else if !self.rules.acknowledges {
            cx.record(Record::Dropped { queue, message });
        } else if status != Status::TimedOut && self.queue.nack(&task, cx.now()).is_some() {
            // A consumer that says no gives it back; of one that says nothing only the clock can tell.
            self.bring_back(cx);
        }
    }

    fn redrive_later(&self, cx: &mut Cx<'_>) {
        if self.rules.redrive > Span::ZERO {
            cx.timer(self.rules.redrive.max(REDRIVE_LEAST), REDRIVE);
        }
    }
}

impl Kind for WorkQueue {
    const SLUG: &'static str = "work-queue";
    type Message = ();
    const SERVES: Serves = Serves::Handover;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    #[allow(clippy::too_many_lines, reason = "a list")]
    fn spec() -> KindSpec {
        const LATE: &[&str] = &["when done"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Work queue".into(),
            group: "Messaging".into(),
            purpose: "Gives each message to one worker, and again to another when it is not acknowledged in time.".into(),
            icon: "M2 4h5v4H2zM2 10h5v4H2zM9 9h4M13 9l-2-2M13 9l-2 2M15.500 5v8".into(),
            fields: vec![
                whole("consumers", "Consumers", "", (1.0, 10_000.0), 16.0, "Messages that may be in flight at the same time, over all wires").live(),
                choice("acknowledge", "Acknowledged", "When a message is gone", &[
                    ("when done", "when its consumer says so: at least once"),
                    ("when taken", "as soon as it is handed out: at most once"),
                ]).live(),
                number("visibility_ms", "Visibility time-out", "ms", (1.0, 4.32e7), 30_000.0, "A message that is not acknowledged for so long is there again for others").live().when("acknowledge", LATE),
                whole("tries", "Tries", "", (1.0, 100.0), 5.0, "Deliveries after which a message is put aside as a dead letter").live().when("acknowledge", LATE),
                number("backoff_ms", "Back-off", "ms", (0.0, 3.6e6), 1_000.0, "How long a message that came back waits; twice as long each further time").live().when("acknowledge", LATE),
                number("backoff_max_ms", "At most", "ms", (0.0, 3.6e6), 60_000.0, "The longest that it waits").live().when("acknowledge", LATE),
                number("delay_ms", "Delay", "ms", (0.0, 900_000.0), 0.0, "How long every message waits before it can be taken").live(),
                choice("priority", "Priority", "Which of the ready goes first; low ones starve while high ones keep coming", &[
                    ("none", "in the order of coming"),
                    ("writes first", "what changes state before what does not"),
                    ("by operation", "in the order in which the clients list their operations"),
                ]).live(),
                whole("dead_max", "Dead letters", "", (0.0, 100_000.0), 1_000.0, "How many are kept; beyond it the oldest is thrown away").live().when("acknowledge", LATE),
                number("redrive_ms", "Redrives every", "ms", (0.0, 8.64e7), 0.0, "Dead letters go back as if never delivered; 0 leaves them where they are").live().when("acknowledge", LATE),
                whole("room", "Room", "", (1.0, 1e6), 100_000.0, "Messages that may be delayed, ready or in flight; more are refused").live(),
            ],
            ports: Ports { accepts: true, out_max: 16, refusal: "A work queue delivers to at most 16 boxes".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("waiting", "Waiting", ""),
                gauge("dead", "Dead letters", ""),
                gauge("redelivered", "Redelivered", ""),
                gauge("lag_s", "Wait and work", "s"),
            ],
            members: None,
            modelled: vec![
                "the boxes at the outgoing wires are the workers, called in turn; each delivery is a call of its own".into(),
                "an answer that says no gives the message back after its back-off; no answer leaves it invisible until its time is over".into(),
                "a message that is done twice, because the first was slower than the time-out, is counted as a duplicate".into(),
                "dead letters are under way until they are redriven and done, or thrown away and lost".into(),
                "what waits, is delayed, in flight or dead survives a crash, its clocks go on; answers that come meanwhile are lost".into(),
            ],
            left_out: vec![
                "copies of the queue on several machines: the disk survives".into(),
                "workers that ask for messages: the queue hands out as soon as one is free".into(),
                "workers that extend the time-out of what they are at".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> WorkQueue {
        let inside = Inside {
            queue: TaskQueue::new(config(&setup.settings)),
            rules: Rules::read(&setup.settings),
            outlets: Turns::of(setup.outlets),
            jobs: Slab::new(),
            messages: 0,
            delivered: 0,
            redelivered: 0,
            lag: Span::ZERO,
            wakes: Time::NEVER,
            load: (0, 0),
        };
        WorkQueue { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let me = &mut *self.inside;
        let was_redriving = me.rules.redrive > Span::ZERO;
        me.rules = Rules::read(&setup.settings);
        me.queue.set_config(config(&setup.settings));
        if !was_redriving {
            me.redrive_later(cx);
        }
        me.hand_out(cx);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.inside.redrive_later(cx);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let me = &mut *self.inside;
        let message = Message { number: me.messages + 1, came: cx.now(), request };
        if me.queue.push(message, me.rules.urgency(&request), me.rules.delay, cx.now()).is_err() {
            cx.reply(call, Reply::plain(Status::Overloaded));
            return;
        }
        me.messages += 1;
        cx.record(Record::Queued { queue: cx.home(), message: message.number, copies: 1 });
        cx.reply(call, Reply::plain(Status::Ok));
        me.hand_out(cx);
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        let me = &mut *self.inside;
        if let Some(job) = me.jobs.get(token as usize) {
            learn(cx, request, &reply, job.began);
            me.end(cx, token as u32, reply.status);
            me.hand_out(cx);
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        if token == REDRIVE {
            me.queue.redrive(REDRIVE_MAX, cx.now());
            me.redrive_later(cx);
        } else if token != me.wakes.0 {
            return;
        } else {
            me.wakes = Time::NEVER;
        }
        me.hand_out(cx);
    }

    /// Everything is on disk but who is at work on what.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        for job in core::mem::take(&mut me.jobs) {
            if !me.rules.acknowledges {
                cx.record(Record::Dropped { queue: cx.home(), message: job.1.task.item.number });
            }
        }
        me.wakes = Time::NEVER;
        me.show_load(cx);
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.inside.redrive_later(cx);
        self.inside.hand_out(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let promise = ["at least once", "at most once"][settings.choice("acknowledge").min(1)];
        format!("{} at a time · {promise}", settings.whole("consumers"))
    }

    fn face(members: &[&WorkQueue], _glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let me = &me.inside;
        let room = f64::from(me.queue.config().capacity);
        let bar = |label: &str, value: u32, full: f64| Bar { label: label.to_string(), value: f64::from(value), full };
        let bars = vec![
            bar("delayed", me.queue.delayed_len(), room),
            bar("ready", me.queue.ready_len(), room),
            bar("in flight", me.in_flight(), f64::from(me.rules.consumers)),
            bar("dead", me.queue.dead_len(), f64::from(me.rules.dead_max.max(1))),
        ];
        Face::Bars { bars, unit: "messages".into() }
    }

    fn gauges(members: &[&WorkQueue], _glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let me = &me.inside;
        let waiting = me.queue.ready_len() + me.queue.delayed_len();
        let lag = (me.delivered > 0).then(|| me.lag.as_secs_f64());
        vec![Some(f64::from(waiting)), Some(f64::from(me.queue.dead_len())), Some(me.redelivered as f64), lag]
    }
}
