//! Queue with workers: takes a message at once, and works it off. With a fan-out, one post becomes a delivery to each follower.
//!
//! A fanned-out message is kept once with a count of the deliveries still to be made, so that a celebrity with a million followers
//! costs one entry and a million deliveries, as in reality. A delivery that fails is tried again at the end of the line.

use crate::face::Face;
use crate::kind::{Cx, Decision, Glance, Kind, Setup, learn};
use crate::plan::Outlet;
use crate::plan::Serves;
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use check::CheckKind;
use base::{Delay, Law, Time, stable_hash_u64};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use std::collections::VecDeque;
use trace::{Record, Status, WireIndex};

/// A queue and its workers.
#[derive(Clone)]
pub struct Queue {
    line: VecDeque<Post>,
    /// Deliveries still to be begun.
    depth: u64,
    room: u64,
    workers: u32,
    busy: u32,
    time: Delay,
    tries: u8,
    fan_out: FanOut,
    outlets: Vec<Outlet>,
    jobs: Slab<Job>,
    messages: u64,
    delivered: u64,
    dropped: u64,
    /// How long the last delivery had waited since its message came in.
    lag: base::Span,
}

/// A message with deliveries still to be begun.
#[derive(Clone, Copy)]
struct Post {
    message: u64,
    request: Request,
    came: Time,
    next: u32,
    copies: u32,
    tries: u8,
    /// The key is a timeline's already, because a single delivery is tried again.
    addressed: bool,
}

/// One delivery in hand.
#[derive(Clone, Copy)]
struct Job {
    message: u64,
    request: Request,
    came: Time,
    tries: u8,
    began: Time,
}

/// How many deliveries a message becomes.
#[derive(Clone, Copy)]
struct FanOut {
    on: bool,
    followers: u32,
    celebrity_followers: u32,
    audience: u32,
}

impl FanOut {
    fn read(settings: &Settings<'_>) -> FanOut {
        FanOut {
            on: settings.choice("delivers") == 1,
            followers: settings.whole("followers"),
            celebrity_followers: settings.whole("celebrity_followers"),
            audience: settings.whole("audience").max(1),
        }
    }

    /// The author whose key is 0 is the celebrity.
    fn copies(&self, author: u64) -> u32 {
        match (self.on, author) {
            (false, _) => 1,
            (true, 0) => self.celebrity_followers,
            (true, _) => self.followers,
        }
    }

    /// The key of the timeline that delivery `nth` of a post by `author` goes to: followers are spread over the audience.
    fn timeline(&self, author: u64, nth: u32) -> u64 {
        if !self.on {
            return author;
        }
        let audience = u64::from(self.audience);
        (stable_hash_u64(author) % audience + u64::from(nth)) % audience
    }
}

impl Queue {
    fn start_workers(&mut self, cx: &mut Cx<'_>) {
        while self.busy < self.workers && self.depth > 0 {
            let Some(post) = self.line.front_mut() else { break };
            let author = post.request.key;
            let key = if post.addressed { author } else { self.fan_out.timeline(author, post.next) };
            let job = Job { message: post.message, request: Request { key, ..post.request }, came: post.came, tries: post.tries, began: Time::ZERO };
            post.next += 1;
            if post.next >= post.copies {
                self.line.pop_front();
            }
            self.begin(cx, job);
        }
    }

    fn begin(&mut self, cx: &mut Cx<'_>, job: Job) {
        self.depth -= 1;
        self.busy += 1;
        cx.shift_load(-1, 1);
        let at = self.jobs.insert(job) as u64;
        let time = cx.work(&self.time);
        let (busy, workers) = (self.busy, self.workers);
        cx.decide(|| {
            let words = [job.message.into(), job.request.key.into(), time.into(), busy.into(), workers.into()];
            Decision::new("a worker begins message {} for key {}; it takes {}, {} of {} are busy", words)
        });
        cx.timer(time, at);
    }

    fn end(&mut self, cx: &mut Cx<'_>, at: u32, ok: bool) {
        let job = self.jobs.remove(at as usize);
        self.busy -= 1;
        cx.shift_load(0, -1);
        let (queue, message) = (cx.home(), job.message);
        if ok {
            self.delivered += 1;
            self.lag = cx.now().since(job.came);
            cx.record(Record::Delivered { queue, message });
        } else if job.tries + 1 < self.tries {
            let (tries, most) = (u64::from(job.tries) + 1, u64::from(self.tries));
            cx.decide(|| {
                let words = [message.into(), tries.into(), most.into()];
                Decision::new("message {} failed at try {} of {} and goes to the end of the line", words)
            });
            self.depth += 1;
            cx.shift_load(1, 0);
            let Job { request, came, tries, .. } = job;
            self.line.push_back(Post { message, request, came, next: 0, copies: 1, tries: tries + 1, addressed: true });
        } else {
            self.dropped += 1;
            cx.record(Record::Dropped { queue, message });
        }
        self.start_workers(cx);
    }
}

impl Kind for Queue {
    const SLUG: &'static str = "queue";
    type Message = ();
    const SERVES: Serves = Serves::Handover;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    fn spec() -> KindSpec {
        const FAN_OUT: &[&str] = &["to followers"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Queue with workers".into(),
            group: "Messaging".into(),
            purpose: "Takes messages at once and works them off; can deliver one post to many followers.".into(),
            icon: "M2 6h14M2 9h14M2 12h14".into(),
            fields: vec![
                whole("workers", "Workers", "", (1.0, 10_000.0), 8.0, "Deliveries it works on at the same time").live(),
                whole("room", "Room", "", (1.0, 1e8), 1_000_000.0, "Deliveries that may wait; a message that does not fit is refused").live(),
                number("time_ms", "Work", "ms", (0.0, 600_000.0), 1.0, "Mean time a worker needs before it calls on").live(),
                law("time_law", "Work varies", Law::Exponential).live(),
                whole("tries", "Tries", "", (1.0, 100.0), 5.0, "How many times a delivery is tried before it is given up").live(),
                choice("delivers", "Delivers", "What becomes of a message", &[
                    ("once", "one message, one delivery"),
                    ("to followers", "one post, a delivery to the timeline of each follower"),
                ]).live(),
                whole("followers", "Followers", "", (0.0, 1e7), 50.0, "Followers of an ordinary author").live().when("delivers", FAN_OUT),
                whole("celebrity_followers", "Celebrity's", "", (0.0, 1e7), 50_000.0, "Followers of the author whose key is 0").live().when("delivers", FAN_OUT),
                whole("audience", "Timelines", "", (1.0, 1e6), 10_000.0, "How many different timelines there are").live().when("delivers", FAN_OUT),
            ],
            ports: Ports { accepts: true, out_max: 16, refusal: "A queue delivers to at most 16 boxes".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("depth", "Waiting", ""),
                gauge("lag_s", "Lag", "s"),
                gauge("delivered", "Delivered", ""),
                gauge("dropped", "Given up", ""),
            ],
            members: None,
            modelled: vec![
                "every delivery as a call of its own, with its key".into(),
                "retries at the end of the line, and giving up".into(),
            ],
            left_out: vec!["partitions and order between workers".into(), "a log on several machines: what waits survives a crash here".into()],
        }
    }

    fn new(setup: &Setup<'_>) -> Queue {
        let settings = &setup.settings;
        Queue {
            line: VecDeque::new(),
            depth: 0,
            room: u64::from(settings.whole("room")),
            workers: settings.whole("workers"),
            busy: 0,
            time: settings.delay("time_ms", "time_law"),
            tries: settings.whole("tries") as u8,
            fan_out: FanOut::read(settings),
            outlets: setup.outlets.to_vec(),
            jobs: Slab::new(),
            messages: 0,
            delivered: 0,
            dropped: 0,
            lag: base::Span::ZERO,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.room = u64::from(settings.whole("room"));
        self.workers = settings.whole("workers");
        self.time = settings.delay("time_ms", "time_law");
        self.tries = settings.whole("tries") as u8;
        self.fan_out = FanOut::read(settings);
        self.start_workers(cx);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let copies = self.fan_out.copies(request.key);
        if self.depth + u64::from(copies) > self.room {
            let words = [copies.into(), self.depth.into(), self.room.into()];
            cx.decide(|| Decision::new("refused a message of {} deliveries: {} wait and there is room for {}", words));
            cx.reply(call, Reply::plain(Status::Overloaded));
            return;
        }
        self.messages += 1;
        let message = self.messages;
        cx.record(Record::Queued { queue: cx.home(), message, copies });
        cx.reply(call, Reply::plain(Status::Ok));
        if copies == 0 {
            return;
        }
        self.depth += u64::from(copies);
        cx.shift_load(copies as i32, 0);
        self.line.push_back(Post { message, request, came: cx.now(), next: 0, copies, tries: 0, addressed: false });
        self.start_workers(cx);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let job = &mut self.jobs[token as usize];
        job.began = cx.now();
        match self.outlets.iter().find(|outlet| outlet.carries(job.request.op)) {
            Some(outlet) => cx.call(outlet.wire, job.request, token),
            None => self.end(cx, token as u32, true),
        }
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        let at = token as u32;
        learn(cx, request, &reply, self.jobs[at as usize].began);
        self.end(cx, at, reply.status.is_ok());
    }

    /// What waits is on disk; what was in hand goes back to the end of the line.
    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let held: Vec<Job> = self.jobs.drain().collect();
        cx.shift_load(held.len() as i32, -(self.busy as i32));
        self.depth += held.len() as u64;
        for Job { message, request, came, tries, .. } in held {
            self.line.push_back(Post { message, request, came, next: 0, copies: 1, tries, addressed: true });
        }
        self.busy = 0;
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.start_workers(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let workers = settings.whole("workers");
        match settings.choice("delivers") {
            0 => format!("{workers} workers"),
            _ => format!("push to followers · {workers} workers"),
        }
    }

    fn face(members: &[&Queue], _glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        Face::Queue { waiting: me.depth, room: Some(me.room), busy: u64::from(me.busy), workers: u64::from(me.workers) }
    }

    fn gauges(members: &[&Queue], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let oldest = me.line.front().map_or(me.lag, |post| glance.now.since(post.came));
        vec![Some(me.depth as f64), Some(oldest.as_secs_f64()), Some(me.delivered as f64), Some(me.dropped as f64)]
    }
}
