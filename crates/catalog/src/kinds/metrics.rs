//! Metrics: asks the boxes it is wired to, keeps what they answer as series of points, and wakes somebody when a rule has held for
//! long enough.
//!
//! ```text
//!   every interval:  counts? ──> target: ended, bad     or    requests of its own ──> target: status, latency
//!                      └──────────> series ──> share of errors, burn rate, p99 over windows ──> inactive → pending → firing
//! ```
//!
//! Series are [`storage::series`], quantiles [`sketch`], rules and alerts [`telemetry`]. What is measured of a target is in
//! `metrics/watched.rs`; this file gives it a clock, rules and faces.

mod watched;

use crate::face::Face;
use crate::kind::{Cx, Glance, Kind, Setup, say};
use crate::plan::Outlet;
use crate::settings::{FieldExt, Settings, choice, gauge, number, whole};
use base::{Span, Time};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use telemetry::{AlertState, BurnPair, BurnRule};
use trace::{Alarm, BoxIndex, Record, Status, WireIndex};
use watched::{Retention, Watched};

/// A monitor.
#[derive(Clone)]
pub struct Metrics {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    rules: Rules,
    targets: Vec<Target>,
    /// Which clock the timers belong to, and which round it is.
    clock: u32,
    round: u64,
    /// Requests of its own so far.
    probes: u64,
}

/// A target, and how it is reached.
#[derive(Clone)]
struct Target {
    wire: WireIndex,
    place: BoxIndex,
    /// The operation that it is asked for.
    op: u8,
    watched: Watched,
}

/// What is asked, and when somebody is woken.
#[derive(Clone)]
struct Rules {
    interval: Span,
    /// Requests of its own an interval; none when it asks for counts.
    probes: u32,
    condition: Condition,
    hold: Span,
    keep: Span,
    retention: Retention,
}

/// What an alert is about.
#[derive(Clone)]
enum Condition {
    /// More than this share of what ended in the window was bad.
    Errors(f64, Span),
    /// The budget of errors is spent too fast.
    Burn(BurnRule),
    /// One in a hundred took longer than so many milliseconds in the window.
    Slow(f64, Span),
    /// The last question was not answered.
    Down,
}

/// Set in the token of a request of its own; below it stand its round and its target.
const PROBE: u64 = 1 << 63;
/// The bits of a token that are the target's place.
const PLACE_BITS: u32 = 8;
/// Keys that it asks for, in turn.
const KEYS: u64 = 100;
/// The size of a question and its answer in bytes.
const BYTES: u32 = 200;
/// By how much the windows of the slower pair are longer than those of the faster.
const SLOWER: u64 = 6;

impl Rules {
    fn read(settings: &Settings<'_>) -> Rules {
        let interval = settings.millis("interval_ms");
        let window = settings.millis("window_ms").max(interval);
        let condition = match settings.choice("rule") {
            0 => Condition::Errors(settings.number("errors_percent") / 100.0, window),
            1 => Condition::Burn(Rules::burn(settings)),
            2 => Condition::Slow(settings.number("p99_ms"), window),
            _ => Condition::Down,
        };
        let longest = match &condition {
            Condition::Burn(rule) => rule.pairs().iter().map(|pair| pair.long).max().unwrap_or(window),
            _ => window,
        };
        let own = settings.choice("measures") == 1 || matches!(condition, Condition::Slow(..));
        Rules {
            interval,
            probes: if own { settings.whole("probes") } else { 0 },
            retention: Retention { interval, longest, window },
            condition,
            hold: settings.millis("hold_ms"),
            keep: settings.millis("keep_ms"),
        }
    }

    /// The fast pair, and the slow one where there is one. No short window is shorter than an interval, which would see nothing.
    fn burn(settings: &Settings<'_>) -> BurnRule {
        let (objective, interval) = (settings.number("objective_percent") / 100.0, settings.millis("interval_ms"));
        let pair = |long: Span, factor: f64| {
            let pair = BurnPair::of(long.max(interval), factor);
            BurnPair { short: pair.short.max(interval), ..pair }
        };
        let long = settings.millis("burn_window_ms");
        let mut pairs = vec![pair(long, settings.number("burn_factor"))];
        let slow = settings.number("slow_factor");
        pairs.extend((slow > 0.0).then(|| pair(Span(long.0 * SLOWER), slow)));
        // The range of each field lies within the rule's.
        BurnRule::new(objective, &pairs).or_else(|_| BurnRule::recommended(0.999)).unwrap_or_else(|_| unreachable!("0.999 is an objective"))
    }
}

impl Inside {
    /// Begins to ask, by a clock of its own.
    fn start(&mut self, cx: &mut Cx<'_>) {
        self.clock = self.clock.wrapping_add(1);
        self.tick(cx, 0);
    }

    /// Asks every target. A step of the clock is an interval, or the time between two requests of its own.
    fn tick(&mut self, cx: &mut Cx<'_>, nth: u32) {
        let parts = self.rules.probes.max(1);
        let pause = Span((self.rules.interval.0 / u64::from(parts)).max(1));
        cx.timer(pause, u64::from(self.clock) << 32 | u64::from((nth + 1) % parts));
        if self.rules.probes == 0 {
            self.scrape(cx);
            return;
        }
        if nth == 0 {
            self.round += 1;
            let now = cx.now();
            (0..self.targets.len()).for_each(|at| self.judge(cx, at, now));
        }
        for at in 0..self.targets.len() {
            self.probes += 1;
            let Target { wire, op, .. } = self.targets[at];
            let request = Request { key: self.probes % KEYS, bytes: BYTES, op, ..Request::default() };
            let sent = cx.now().0 & (PROBE - 1) >> PLACE_BITS;
            cx.call(wire, request, PROBE | sent << PLACE_BITS | at as u64);
        }
    }

    fn scrape(&mut self, cx: &mut Cx<'_>) {
        let sent = cx.now().0 & (PROBE - 1) >> PLACE_BITS;
        for (at, target) in self.targets.iter().enumerate() {
            let question = Request { op: say::COUNTS, bytes: BYTES, ..Request::default() };
            cx.call(target.wire, question, sent << PLACE_BITS | at as u64);
        }
    }

    /// A question or a request of its own has ended.
    fn hear(&mut self, cx: &mut Cx<'_>, token: u64, reply: Reply) {
        let at = (token & ((1 << PLACE_BITS) - 1)) as usize;
        let sent = Time((token & (PROBE - 1)) >> PLACE_BITS);
        let now = cx.now();
        let Some(target) = self.targets.get_mut(at) else { return };
        if token & PROBE != 0 {
            target.watched.probed(now, now.since(sent), reply.status.is_ok());
        } else if target.watched.answered(sent, reply.status.is_ok().then_some((reply.version, reply.value))) {
            self.judge(cx, at, sent);
        }
    }

    /// Evaluates the rule for a target, by what was known of it `at_time`.
    fn judge(&mut self, cx: &mut Cx<'_>, at: usize, at_time: Time) {
        let Some(target) = self.targets.get_mut(at) else { return };
        target.watched.keep(at_time);
        let since = target.watched.alert.since();
        let holds = target.watched.holds(at_time, &self.rules.condition);
        if let Some(state) = target.watched.alert.step(at_time, holds) {
            let after = at_time.since(since);
            cx.record(Record::Alarmed { monitor: cx.home(), target: target.place, alarm: alarm(state), after });
        }
    }
}

fn alarm(state: AlertState) -> Alarm {
    match state {
        AlertState::Inactive => Alarm::Inactive,
        AlertState::Pending => Alarm::Pending,
        AlertState::Firing => Alarm::Firing,
    }
}

fn worst(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().reduce(|a, b| if b > a { b } else { a })
}

impl Kind for Metrics {
    const SLUG: &'static str = "metrics";
    type Message = ();

    fn spec() -> KindSpec {
        const ERRORS: &[&str] = &["error-share"];
        const BURN: &[&str] = &["burn-rate"];
        const SLOW: &[&str] = &["p99"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Metrics and alert".into(),
            group: "Seeing".into(),
            purpose: "Watches the boxes it is wired to, and wakes somebody when a rule has held for long enough.".into(),
            icon: "M3 3v12h12M3 6.500h1.500M6.500 6.500H8M10 6.500h1.500M13.500 6.500H15M5.500 12.500l2.500-3 2.500 1.500L14 4".into(),
            fields: vec![
                choice("rule", "Rule", "What it wakes somebody for", &[
                    ("error-share", "too large a share of requests ends badly"),
                    ("burn-rate", "the budget of errors is spent too fast, over a long and a short window"),
                    ("p99", "one request in a hundred takes too long, by requests of its own"),
                    ("down", "the last question was not answered"),
                ]).live(),
                choice("measures", "Measures by", "How it knows of errors", &[
                    ("counts", "it asks each box how many of its requests have ended, and how many badly; a dead box says nothing"),
                    ("requests", "it sends requests of its own, as a user would"),
                ]).live().when("rule", &["error-share", "burn-rate", "down"]),
                number("interval_ms", "Every", "ms", (100.0, 600_000.0), 1_000.0, "Time between two looks at a target").live(),
                whole("probes", "Own requests", "per look", (1.0, 50.0), 10.0, "Requests of its own to each target between two looks, at equal distances; where it measures by them").live(),
                number("hold_ms", "For", "ms", (0.0, 3.6e6), 5_000.0, "How long the rule has to hold before somebody is woken").live(),
                number("keep_ms", "Keeps firing", "ms", (0.0, 3.6e6), 0.0, "How long it goes on after the rule last held").live(),
                number("errors_percent", "Errors over", "%", (0.0, 100.0), 5.0, "Share of bad ends in the window that is too large").live().when("rule", ERRORS),
                number("p99_ms", "p99 over", "ms", (0.0, 600_000.0), 500.0, "What one request in a hundred may take in the window").live().when("rule", SLOW),
                number("window_ms", "Window", "ms", (100.0, 3.6e6), 10_000.0, "How far back it looks; at least one look").live().when("rule", &["error-share", "p99"]),
                number("objective_percent", "Objective", "%", (1.0, 99.999), 99.9, "Share of requests that should end well; the rest is the budget").live().when("rule", BURN),
                number("burn_window_ms", "Long window", "ms", (1_000.0, 3.6e6), 60_000.0, "The fast pair's; its short one is a twelfth. An hour in production").live().when("rule", BURN),
                number("burn_factor", "Burn rate", "×", (1.0, 10_000.0), 14.4, "How many times too fast the budget may be spent, in both windows").live().when("rule", BURN),
                number("slow_factor", "Slow burn rate", "×", (0.0, 10_000.0), 6.0, "The same over windows six times as long; 0 is no such pair").live().when("rule", BURN),
            ],
            ports: Ports { accepts: false, out_max: 16, refusal: "A monitor asks up to 16 boxes, and nobody calls it".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("firing", "Firing", ""),
                gauge("errors_percent", "Errors", "%"),
                gauge("burn", "Burn rate", "×"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: None,
            modelled: vec![
                "questions and requests of its own that travel the wires, cost the targets what any request costs, and time out".into(),
                "series of points in chunks, compressed when they are old and dropped when no rule looks back so far".into(),
                "a sketch of latencies that is within 1% of the true quantile".into(),
                "alerts that are inactive, pending and firing; burn rates over a long and a short window, in two pairs".into(),
            ],
            left_out: vec![
                "counts for each member: whoever is asked answers for its box, and its counts outlive it".into(),
                "latencies that a box has counted: only requests of its own know any".into(),
                "what comes after: routing, silences, people".into(),
                "requests of its own read, whatever the operation".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> Metrics {
        let rules = Rules::read(&setup.settings);
        let ops = setup.ops.len().max(1) as u32;
        let target = |outlet: &Outlet| {
            let op = outlet.carries.trailing_zeros().min(ops - 1) as u8;
            Target { wire: outlet.wire, place: 0, op, watched: Watched::new(rules.retention, rules.hold, rules.keep) }
        };
        let targets = setup.outlets.iter().take(1 << PLACE_BITS).map(target).collect();
        Metrics { inside: Box::new(Inside { targets, rules, clock: 0, round: 0, probes: 0 }) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let me = &mut *self.inside;
        me.rules = Rules::read(&setup.settings);
        for target in &mut me.targets {
            target.watched.retune(me.rules.retention, me.rules.hold, me.rules.keep);
        }
        me.start(cx);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        for target in &mut self.inside.targets {
            target.place = cx.core().wire_target(target.wire);
        }
        self.inside.start(cx);
    }

    /// Nothing may be wired to a monitor.
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, _request: Request) {
        cx.reply(call, Reply::plain(Status::Failed));
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, _request: &Request, reply: Reply) {
        self.inside.hear(cx, token, reply);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if (token >> 32) as u32 == self.inside.clock {
            self.inside.tick(cx, token as u32);
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        let Inside { targets, rules, .. } = &mut *self.inside;
        targets.iter_mut().for_each(|target| target.watched.forget(now, rules.hold, rules.keep));
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.inside.start(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let rule = match Rules::read(settings).condition {
            Condition::Errors(share, _) => format!("errors over {}%", share * 100.0),
            Condition::Burn(_) => format!("burn rate over {}", settings.number("burn_factor")),
            Condition::Slow(ms, _) => format!("p99 over {ms} ms"),
            Condition::Down => "down".to_string(),
        };
        format!("{rule} for {}", settings.millis("hold_ms"))
    }

    /// The alert that is worst.
    fn face(members: &[&Metrics], _glance: &Glance<'_>) -> Face {
        let states = members.iter().flat_map(|me| &me.inside.targets).map(|target| alarm(target.watched.alert.state()) as u16);
        Face::States {
            states: ["inactive", "pending", "firing"].map(String::from).to_vec(),
            arrows: vec![(0, 1), (1, 2), (2, 0), (1, 0)],
            current: states.max().unwrap_or(0),
        }
    }

    /// What is known of each target.
    fn member_face(&self, glance: &Glance<'_>) -> Face {
        let shown = |value: Option<f64>, unit: &str| value.map_or_else(|| "–".to_string(), |value| format!("{value:.1}{unit}"));
        let row = |target: &Target| {
            let (watched, reading) = (&target.watched, target.watched.reading);
            let state = match watched.alert.state() {
                AlertState::Inactive => "inactive",
                AlertState::Pending => "pending",
                AlertState::Firing => "firing",
            };
            vec![
                glance.target(target.wire),
                state.to_string(),
                format!("{:.1} s", glance.now.since(watched.alert.since()).as_secs_f64()),
                shown(reading.share.map(|share| share * 100.0), " %"),
                shown(reading.burn, "×"),
                shown(reading.p99_ms, " ms"),
                format!("{} B", watched.bytes()),
            ]
        };
        let head = ["target", "alert", "for", "errors", "burn rate", "p99", "series"].map(String::from).to_vec();
        Face::Table { head, rows: self.inside.targets.iter().map(row).collect() }
    }

    fn gauges(members: &[&Metrics], _glance: &Glance<'_>) -> Vec<Option<f64>> {
        let targets = || members.iter().flat_map(|me| &me.inside.targets).map(|target| &target.watched);
        let firing = targets().filter(|watched| watched.alert.state() == AlertState::Firing).count();
        vec![
            Some(firing as f64),
            worst(targets().map(|watched| watched.reading.share.map(|share| share * 100.0))),
            worst(targets().map(|watched| watched.reading.burn)),
            worst(targets().map(|watched| watched.reading.p99_ms)),
        ]
    }
}
