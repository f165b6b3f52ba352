//! Rate limiter: lets requests pass as its algorithm allows, at once or after a wait in line, and refuses the rest at once.

use crate::face::Face;
use crate::kind::{Cx, Decision as Told, Glance, Kind, Setup, Word, percent};
use crate::plan::Outlet;
use crate::settings::{FieldExt, Settings, choice, number, whole, gauge};
use check::CheckKind;
use base::{Span, Time};
use limits::{
    Algorithm, Config, Decision, GcraConfig, LeakyMeterConfig, LeakyQueueConfig, Limit, Limiter as Mechanism, TokenBucketConfig, View,
};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::{Record, Status, WireIndex};

/// A rate limiter.
#[derive(Clone)]
pub struct Limiter {
    mechanism: Option<Mechanism>,
    outlets: Vec<Outlet>,
    turn: u32,
    budget: u32,
    window: Span,
    /// Those that a leaky queue makes wait; a timer carries the place of each.
    line: Slab<(CallId, Request)>,
}

impl Limiter {
    /// The mechanism, and what it promises: so many in any window of this length.
    fn build(settings: &Settings<'_>) -> (Option<Mechanism>, u32, Span) {
        let (limit, window) = (settings.whole("limit"), settings.millis("window_ms").max(Span(1)));
        let algorithm = settings.one_of("algorithm", Algorithm::ALL);
        let burst = settings.whole("burst");
        let (room, rate) = (u64::from(burst), u64::from(limit));
        let with_burst = limit.saturating_add(burst);
        let (config, budget) = match algorithm.config(rate, window) {
            Config::TokenBucket(_) => {
                (Config::TokenBucket(TokenBucketConfig { capacity: room, tokens: rate, per: window }), with_burst)
            }
            Config::Gcra(config) => (Config::Gcra(GcraConfig { burst: room, ..config }), with_burst),
            Config::LeakyMeter(config) => (Config::LeakyMeter(LeakyMeterConfig { capacity: room, ..config }), with_burst),
            Config::LeakyQueue(config) => (Config::LeakyQueue(LeakyQueueConfig { capacity: room, ..config }), limit),
            other => (other, limit),
        };
        (config.build().ok(), budget, window)
    }

    /// What it decided, and what its count stands at.
    fn why(&self, decision: Decision, now: Time, key: u64) -> Told {
        let (level, of, what) = match self.mechanism.as_ref().map(|mechanism| mechanism.view(now)) {
            Some(View::Bucket { tokens, capacity }) => (tokens, capacity, "tokens are left"),
            Some(View::Window { count, limit, .. }) => (count as f64, limit, "have passed in this window"),
            Some(View::Windows { weighted, count, limit, .. }) => (weighted + count as f64, limit, "count in both windows"),
            Some(View::Leaky { level, capacity }) => (level, capacity, "are in the bucket"),
            Some(View::Queue { waiting, room }) => (waiting as f64, room, "wait in line"),
            None => (0.0, 0, "count"),
        };
        let rest = [Word::Level(level), of.into(), what.into()];
        let with = |first: Word, second: Word| [first, second, rest[0], rest[1], rest[2]];
        match decision {
            Decision::Allowed => Told::new("let key {} pass: {} of {} {}", [key.into(), rest[0], rest[1], rest[2]]),
            Decision::Delayed { until } => {
                Told::new("holds key {} for {}: {} of {} {}", with(key.into(), until.since(now).into()))
            }
            Decision::Refused { not_before: Some(at) } => {
                Told::new("refused key {}, not before {} from now: {} of {} {}", with(key.into(), at.since(now).into()))
            }
            Decision::Refused { not_before: None } => {
                Told::new("refused key {} for good: {} of {} {}", [key.into(), rest[0], rest[1], rest[2]])
            }
        }
    }

    /// Lets a request pass, to the outlets in turn.
    #[inline]
    fn pass(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        cx.record(Record::Admitted { limiter: cx.home(), budget: self.budget, window: self.window });
        let carriers = self.outlets.iter().filter(|outlet| outlet.carries(request.op)).count() as u32;
        if carriers == 0 {
            cx.reply(call, Reply::plain(Status::Unavailable));
            return;
        }
        let turn = self.turn % carriers;
        self.turn = if carriers == 1 { 0 } else { self.turn.wrapping_add(1) };
        let chosen = self.outlets.iter().filter(|outlet| outlet.carries(request.op)).nth(turn as usize);
        if let Some(outlet) = chosen {
            cx.call(outlet.wire, request, call.token());
        }
    }
}

/// The algorithms that have a bucket or a line of a size of its own.
const WITH_BURST: &[&str] = &["token-bucket", "gcra", "leaky-meter", "leaky-queue"];

impl Kind for Limiter {
    const SLUG: &'static str = "limiter";
    type Message = ();
    const CHECKS: &'static [CheckKind] = &[CheckKind::LimiterBudget];

    fn spec() -> KindSpec {
        let algorithms: Vec<(&'static str, &'static str)> = Algorithm::ALL.iter().map(|a| (a.name(), a.help())).collect();
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Rate limiter".into(),
            group: "Entry".into(),
            purpose: "Lets so many requests pass in so much time, and refuses the rest.".into(),
            icon: "M3 3h12l-4.500 6v5l-3 2V9z".into(),
            fields: vec![
                choice("algorithm", "Algorithm", "How it counts", &algorithms).live(),
                whole("limit", "Limit", "", (1.0, 1e6), 1_000.0, "Requests that may pass in one window").live(),
                number("window_ms", "Window", "ms", (1.0, 3.6e6), 1_000.0, "The time the limit refers to").live(),
                whole("burst", "Burst", "", (1.0, 1e6), 100.0, "What may pass at once after a pause; in a leaky queue, what may wait in line").live().when("algorithm", WITH_BURST),
            ],
            ports: Ports { accepts: true, out_max: 16, refusal: "A rate limiter passes on to at most 16 boxes".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("rate", "Requests", "/s"),
                gauge("refused_percent", "Refused", "%"),
                gauge("level", "Left", ""),
            ],
            members: None,
            modelled: vec!["the algorithm itself, to the nanosecond".into(), "refusals that cost the caller a round trip".into()],
            left_out: vec!["one limit for each user: all callers share one".into(), "counters shared between limiters".into()],
        }
    }

    fn new(setup: &Setup<'_>) -> Limiter {
        let (mechanism, budget, window) = Limiter::build(&setup.settings);
        Limiter { mechanism, outlets: setup.outlets.to_vec(), turn: 0, budget, window, line: Slab::new() }
    }

    fn retune(&mut self, _cx: &mut Cx<'_>, setup: &Setup<'_>) {
        (self.mechanism, self.budget, self.window) = Limiter::build(&setup.settings);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let now = cx.now();
        let decision = self.mechanism.as_mut().map_or(Decision::Allowed, |mechanism| mechanism.ask(now, 1));
        cx.decide(|| self.why(decision, now, request.key));
        match decision {
            Decision::Allowed => self.pass(cx, call, request),
            Decision::Delayed { until } => {
                let place = self.line.insert((call, request));
                cx.shift_load(1, 0);
                cx.timer(until.since(now), place as u64);
            }
            Decision::Refused { .. } => {
                cx.reply(call, Reply::plain(Status::Limited));
            }
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if let Some((call, request)) = self.line.try_remove(token as usize) {
            cx.shift_load(-1, 0);
            self.pass(cx, call, request);
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        cx.shift_load(-(self.line.len() as i32), 0);
        self.line.clear();
    }

    #[inline]
    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, _request: &Request, reply: Reply) {
        cx.reply(CallId::from_token(token), reply);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let window = settings.millis("window_ms");
        let per = if window == Span::from_secs(1) { "s".to_string() } else { window.to_string() };
        format!("{} · {}/{per}", settings.choice_name("algorithm").replace('-', " "), settings.whole("limit"))
    }

    fn face(members: &[&Limiter], glance: &Glance<'_>) -> Face {
        match members.first().and_then(|me| me.mechanism.as_ref()).map(|mechanism| mechanism.view(glance.now)) {
            Some(View::Bucket { tokens, capacity }) => Face::Bucket { level: tokens, capacity: capacity as f64, unit: "tokens".into() },
            Some(View::Window { count, limit, starts, ends }) => {
                let elapsed = glance.now.since(starts).0 as f64 / ends.since(starts).0.max(1) as f64;
                Face::Window { count: count as f64, limit: limit as f64, elapsed }
            }
            Some(View::Windows { weighted, count, limit, starts, ends }) => {
                let elapsed = glance.now.since(starts).0 as f64 / ends.since(starts).0.max(1) as f64;
                Face::Window { count: weighted + count as f64, limit: limit as f64, elapsed }
            }
            Some(View::Leaky { level, capacity }) => Face::Bucket { level, capacity: capacity as f64, unit: "filled".into() },
            Some(View::Queue { waiting, room }) => Face::Queue { waiting, room: Some(room), busy: 0, workers: 0 },
            None => Face::Nothing,
        }
    }

    fn gauges(members: &[&Limiter], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let level = members.first().and_then(|me| me.mechanism.as_ref()).map(|mechanism| match mechanism.view(glance.now) {
            View::Bucket { tokens, .. } => tokens,
            View::Window { count, limit, .. } => limit.saturating_sub(count) as f64,
            View::Windows { weighted, count, limit, .. } => (limit.saturating_sub(count) as f64 - weighted).clamp(0.0, f64::MAX),
            View::Leaky { level, capacity } => capacity as f64 - level,
            View::Queue { waiting, room } => room.saturating_sub(waiting) as f64,
        });
        let count = &glance.sample.count;
        vec![Some(glance.rate(count.arrived)), percent(count.refused, count.ended()), level]
    }
}
