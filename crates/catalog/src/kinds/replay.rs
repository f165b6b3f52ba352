//! Replay of a trace: requests that somebody wrote down, sent again at their times.
//!
//! Open loop: a request goes out at its time, whatever became of the ones before. The trace has a clock of its own, which runs as fast
//! as the speed says; the moment of every request is worked out from the last change of that speed, so that nothing drifts. At speed 1
//! every moment is exact to the nanosecond. O(1) a request.

use crate::face::Face;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::sender::{self, Sender};
use crate::settings::{FieldExt, Settings, number, switch, trace, whole};
use base::{Span, Time};
use check::CheckKind;
use scenario::{Asked, KindSpec, Ports, Trace, Verb};
use sim::{CallId, Reply, Request};
use ::trace::WireIndex;

/// How many requests to come its face shows.
const SHOWN: usize = 8;

/// A box that sends a trace again.
#[derive(Clone)]
pub struct Replay {
    sender: Sender,
    trace: Option<Trace>,
    /// The place of the next request in the trace.
    next: usize,
    /// How many rounds are over.
    rounds: u64,
    /// What the clock of the trace showed when this round began.
    begun: u64,
    /// A moment of the run, and where the clock of the trace stood at it.
    anchor: (Time, u64),
    speed: f64,
    factor: f64,
    /// The pause after the last request; `None` when it is not sent again.
    pause: Option<Span>,
    bytes: u32,
    /// A timer set before the last change of speed is void.
    draw: u64,
}

impl Replay {
    /// How many nanoseconds of the trace pass in one of the run.
    fn pace(&self) -> f64 {
        self.speed * self.factor
    }

    /// What the clock of the trace shows when the next request is due.
    fn due(&self) -> Option<(u64, Asked)> {
        let trace = self.trace.as_ref()?;
        let asked = *trace.asked().get(self.next)?;
        Some((self.due_of(trace, &asked), asked))
    }

    /// What it shows when a request of this round is due.
    fn due_of(&self, trace: &Trace, asked: &Asked) -> u64 {
        self.begun.saturating_add(asked.at - trace.origin())
    }

    /// The moment of the run at which the clock of the trace shows `at`; none while that stands still.
    fn moment(&self, at: u64) -> Option<Time> {
        let (from, shown) = self.anchor;
        let ahead = at.saturating_sub(shown);
        let pace = self.pace();
        if pace == 1.0 {
            return Some(Time(from.0.saturating_add(ahead)));
        }
        // A time beyond all runs is as good as never, and what is too large for a whole number becomes the largest.
        (pace > 0.0).then(|| Time(from.0.saturating_add(libm::round(ahead as f64 / pace) as u64)))
    }

    /// What the clock of the trace shows now; never more than the next request is due at, because that has not been sent.
    fn clock(&self, now: Time) -> u64 {
        let (from, shown) = self.anchor;
        let passed = now.since(from).0;
        let pace = self.pace();
        let passed = if pace == 1.0 { passed } else { libm::floor(passed as f64 * pace) as u64 };
        let clock = shown.saturating_add(passed);
        self.due().map_or(clock, |(due, _)| clock.min(due))
    }

    /// Waits for the next request.
    fn schedule(&mut self, cx: &mut Cx<'_>) {
        self.draw += 1;
        let moment = self.due().and_then(|(due, _)| self.moment(due));
        if let Some(at) = moment {
            let now = cx.now();
            cx.timer(if at > now { at.since(now) } else { Span::ZERO }, self.draw);
        }
    }

    /// Runs on at another pace from now on.
    fn at_pace(&mut self, cx: &mut Cx<'_>, speed: f64, factor: f64) {
        let clock = self.clock(cx.now());
        self.anchor = (cx.now(), clock);
        (self.speed, self.factor) = (speed, factor);
        self.schedule(cx);
    }

    /// Sends everything that is due now.
    fn send(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        // In one event at most one round, so that a trace without length cannot hold the run up.
        for _ in 0..self.trace.as_ref().map_or(0, |trace| trace.asked().len()) {
            let Some((due, asked)) = self.due() else { break };
            if self.moment(due).is_none_or(|at| at > now) {
                break;
            }
            // Where nobody is named, each request is somebody else's.
            let user = asked.user.unwrap_or(self.next as u32);
            let bytes = asked.bytes.unwrap_or(self.bytes);
            self.sender.issue(cx, usize::from(asked.op), asked.key, user, bytes);
            self.advance();
        }
        self.schedule(cx);
    }

    fn advance(&mut self) {
        self.next += 1;
        let is_over = self.trace.as_ref().is_some_and(|trace| self.next == trace.asked().len());
        if is_over {
            self.again();
        }
    }

    /// Begins again after the last request, if it is to.
    fn again(&mut self) {
        let (Some(trace), Some(pause)) = (&self.trace, self.pause) else { return };
        self.begun = self.begun.saturating_add(trace.length().0).saturating_add(pause.0);
        self.next = 0;
        self.rounds += 1;
    }

    fn pause(settings: &Settings<'_>) -> Option<Span> {
        settings.switch("repeat").then(|| settings.millis("pause_ms"))
    }
}

/// A wave that ebbs away: what is sent before anybody has brought a trace.
fn example() -> Trace {
    let asked = (0..100u64).map(|at| {
        let is_write = at % 10 == 3;
        // A third of a millisecond times the square: dense at first, three seconds in all.
        (at * at * 306_000, if is_write { "write" } else { "read" }, is_write, at * 7 % 20)
    });
    #[allow(clippy::expect_used, reason = "a test of this file makes it")]
    Trace::of(asked).expect("a hundred requests in three seconds are a trace")
}

impl Kind for Replay {
    const SLUG: &'static str = "replay";
    type Message = ();
    const CHECKS: &'static [CheckKind] = &[CheckKind::P99, CheckKind::Availability];

    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Trace replay".into(),
            group: "Traffic".into(),
            purpose: "Sends again what somebody wrote down: times, operations, keys.".into(),
            icon: "M3 9a6 6 0 1 0 2-4.5M3 2.5v3.5h3.5M9 6v3.5l2.5 1.5".into(),
            fields: vec![
                trace("trace", "Trace", "The requests, as CSV: time in seconds, operation, key; also read or write, bytes, user", example()),
                number("speed", "Speed", "×", (0.01, 100.0), 1.0, "How many seconds of the trace pass in one of the run; 1 is as it was").live(),
                switch("repeat", "Repeat", true, "Whether it begins again after its last request").live(),
                number("pause_ms", "Pause", "ms", (10.0, 3.6e6), 1_000.0, "Time of the trace from its last request to where it begins again").live().when("repeat", &["on"]),
                whole("bytes", "Size", "B", (0.0, 1e8), 1_000.0, "Size of a request and of its answer where the trace says none; matters where bandwidth is set").live(),
            ],
            ports: Ports { accepts: false, out_max: 16, refusal: "A replay only sends; wire it to what it calls".into() },
            verbs: vec![Verb::Spike, Verb::Heal],
            gauges: sender::specs(),
            members: None,
            modelled: vec![
                "every request of the trace at its time, with its operation, key, size and user".into(),
                "keys that are all whole numbers below a million as those numbers, others numbered as they first come".into(),
                "times beyond 24 h, as seconds since 1970, counted from the first request".into(),
                "a spike, which runs the trace so many times as fast".into(),
            ],
            left_out: vec![
                "that who asked would have waited for answers that are slower here".into(),
                "one number for the same name in the traces of two boxes".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> Replay {
        let settings = &setup.settings;
        let trace = settings.trace("trace").cloned();
        let ops = trace.as_ref().map_or(&[][..], Trace::ops);
        Replay {
            sender: Sender::new(setup, ops.iter().map(|op| (op.name.as_str(), op.write))),
            trace,
            next: 0,
            rounds: 0,
            begun: 0,
            anchor: (Time::ZERO, 0),
            speed: settings.number("speed"),
            factor: 1.0,
            pause: Replay::pause(settings),
            bytes: settings.whole("bytes"),
            draw: 0,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.bytes = settings.whole("bytes");
        self.pause = Replay::pause(settings);
        if self.trace.as_ref().is_some_and(|trace| self.next == trace.asked().len()) {
            self.again();
        }
        self.at_pace(cx, settings.number("speed"), self.factor);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.schedule(cx);
    }

    /// Nothing may be wired to it.
    fn on_request(&mut self, _cx: &mut Cx<'_>, _call: CallId, _request: Request) {}

    #[inline]
    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        self.sender.finish(cx, token as u32, request, reply);
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token == self.draw {
            self.send(cx);
        }
    }

    /// `Spike`: time runs `factor` times as fast in the trace from now on.
    fn obey(&mut self, cx: &mut Cx<'_>, verb: Verb, factor: f64) {
        if verb == Verb::Spike && factor != self.factor {
            self.at_pace(cx, self.speed, factor);
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        let Some(trace) = settings.trace("trace") else { return "no trace".to_string() };
        let speed = settings.number("speed");
        let speed = if speed == 1.0 { String::new() } else { format!(" · {speed} ×") };
        let again = if settings.switch("repeat") { ", again and again" } else { "" };
        format!("{} requests in {}{again}{speed}", trace.asked().len(), trace.length())
    }

    /// The requests that come next, by the names that they have in the trace.
    fn face(members: &[&Replay], glance: &Glance<'_>) -> Face {
        let head = ["in", "operation", "key"].map(str::to_string).to_vec();
        let Some((me, trace)) = members.first().and_then(|me| Some((me, me.trace.as_ref()?))) else { return Face::Nothing };
        let clock = me.clock(glance.now);
        let row = |asked: &Asked| {
            let at = me.due_of(trace, asked).saturating_sub(clock);
            let name = trace.ops().get(usize::from(asked.op)).map_or("", |op| op.name.as_str());
            let millis = Span(at).as_millis_f64() / me.pace();
            let told = if millis.is_finite() { format!("{millis:.1} ms") } else { "–".to_string() };
            vec![told, name.to_string(), trace.key_name(asked.key)]
        };
        let rows: Vec<Vec<String>> = trace.asked().iter().skip(me.next).take(SHOWN).map(row).collect();
        if rows.is_empty() { sender::course(glance) } else { Face::Table { head, rows } }
    }

    fn gauges(_members: &[&Replay], glance: &Glance<'_>) -> Vec<Option<f64>> {
        sender::gauges(glance)
    }

    fn note(&self, _members: &[&Replay]) -> String {
        let all = self.trace.as_ref().map_or(0, |trace| trace.asked().len());
        format!("Round {}: {} of {all} requests sent", self.rounds + 1, self.next)
    }
}
