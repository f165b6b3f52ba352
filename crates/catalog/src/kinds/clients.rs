//! Clients: the people and programs that send the traffic.
//!
//! Open loop: requests come whatever becomes of them. Closed loop: each user waits for the answer, thinks, and asks again.

use crate::face::Face;
use crate::kind::{Cx, Glance, Kind, Setup, learn, percent};
use crate::plan::Outlet;
use crate::settings::{FieldExt, Settings, choice, number, ops, whole, gauge};
use check::CheckKind;
use base::{Delay, Law, Span, Time};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::{Record, Status, WireIndex};
use workload::{
    Arrivals, ArrivalsConfig, Arrival, BurstConfig, Choice, Closed, ConstantConfig, HotSetConfig, Keys, KeysConfig, Mix, PoissonConfig,
    RampConfig, UniformConfig, ZipfConfig,
};

/// A population of clients.
#[derive(Clone)]
pub struct Clients {
    source: Source,
    keys: Option<Keys>,
    /// What the keys were made from: making them again is only worth it when this changes.
    keys_set: KeysConfig,
    mix: Option<Mix>,
    ops: Vec<Asked>,
    turn: u32,
    begun: Slab<Begun>,
    serial: u64,
    /// Which of the boxes that send traffic this is, and how many there are.
    sender: (u64, u64),
    users: u32,
    bytes: u32,
    factor: f64,
    /// Arrivals drawn before the last change of rate are void.
    draw: u64,
    /// Of each user of a closed loop, whether it is thinking or waiting for an answer.
    taking_part: Vec<bool>,
}

#[derive(Clone)]
enum Source {
    Open(Option<Arrivals>),
    Closed(Closed),
}

/// One operation of the mix.
#[derive(Clone)]
struct Asked {
    op: u8,
    write: bool,
    wires: Vec<WireIndex>,
}

/// A request under way.
#[derive(Clone, Copy)]
struct Begun {
    at: Time,
    user: u32,
}

/// Set in the token of a user's timer; else the token is the number of a draw.
const USER: u64 = 1 << 63;

impl Clients {
    fn source(settings: &Settings<'_>) -> Source {
        let rate = settings.number("rate");
        let config = match settings.choice("loop") {
            1 => {
                let think = Delay::new(Law::Exponential, settings.millis("think_ms"));
                return Source::Closed(Closed { users: settings.whole("users"), think });
            }
            _ => match settings.choice("arrivals") {
                0 => ArrivalsConfig::Poisson(PoissonConfig { rate }),
                1 => ArrivalsConfig::Constant(ConstantConfig { rate }),
                2 => ArrivalsConfig::Burst(BurstConfig {
                    rate: settings.number("peak_rate"),
                    idle_rate: rate,
                    on: settings.millis("burst_ms").max(Span(1)),
                    off: settings.millis("calm_ms").max(Span(1)),
                }),
                _ => ArrivalsConfig::Ramp(RampConfig {
                    from: rate,
                    to: settings.number("peak_rate"),
                    over: settings.millis("ramp_ms").max(Span(1)),
                }),
            },
        };
        // The range of each field lies within the range of the workload; a value out of it would send nothing.
        Source::Open(config.build().ok())
    }

    fn keys(settings: &Settings<'_>) -> KeysConfig {
        let keys = settings.whole("keys").max(1);
        match settings.choice("popularity") {
            0 => KeysConfig::Zipf(ZipfConfig { keys, exponent: settings.number("skew") }),
            1 => KeysConfig::Uniform(UniformConfig { keys }),
            _ => {
                let share = settings.number("hot_percent") / 100.0;
                KeysConfig::HotSet(HotSetConfig { keys, hot: 0.01, traffic: share })
            }
        }
    }

    fn asked(setup: &Setup<'_>) -> Vec<Asked> {
        let wires = |op: u8| setup.outlets.iter().filter(|o: &&Outlet| o.carries(op)).map(|o| o.wire).collect();
        let place = |name: &str| setup.ops.iter().position(|known| known == name).unwrap_or(0) as u8;
        setup
            .settings
            .ops("ops")
            .iter()
            .map(|op| Asked { op: place(&op.name), write: op.write, wires: wires(place(&op.name)) })
            .collect()
    }

    fn mix(settings: &Settings<'_>) -> Option<Mix> {
        let weights: Vec<f64> = settings.ops("ops").iter().map(|op| op.weight).collect();
        Mix::new(&weights).ok()
    }

    /// Draws the next arrival of an open loop, or starts the users of a closed one that are not running yet.
    fn schedule(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        match &mut self.source {
            Source::Open(arrivals) => {
                self.draw += 1;
                if let Some(at) = arrivals.as_mut().and_then(|arrivals| arrivals.next(now, self.factor, cx.rng())) {
                    cx.timer(at.since(now), self.draw);
                }
            }
            Source::Closed(closed) => {
                let wanted = closed.users(self.factor) as usize;
                self.taking_part.resize(self.taking_part.len().max(wanted), false);
                let newcomers = self.taking_part[..wanted].iter_mut().enumerate().filter(|(_, takes_part)| !**takes_part);
                for (user, takes_part) in newcomers {
                    *takes_part = true;
                    let think = closed.think(cx.rng());
                    cx.timer(think, USER | user as u64);
                }
            }
        }
    }

    /// Sends `factor` times as much from now on.
    pub(crate) fn set_factor(&mut self, cx: &mut Cx<'_>, factor: f64) {
        if factor != self.factor {
            self.factor = factor;
            self.schedule(cx);
        }
    }

    fn issue(&mut self, cx: &mut Cx<'_>, user: u32) {
        let now = cx.now();
        let key = self.keys.as_mut().map_or(0, |keys| keys.pick(cx.rng()));
        let mix = self.mix.as_ref().filter(|_| self.ops.len() > 1);
        let which = mix.map_or(0, |mix| mix.pick(cx.rng()) as usize);
        cx.begin();
        let Some(asked) = self.ops.get(which) else { return };
        self.serial += 1;
        let (nth, of) = self.sender;
        // Different for every request of a run, and small enough for a person to read.
        let value = self.serial * of + nth;
        let request = Request { key, value, user, bytes: self.bytes, op: asked.op, write: asked.write, ..Request::default() };
        let slot = self.begun.insert(Begun { at: now, user }) as u32;
        let wires = asked.wires.len() as u32;
        if wires == 0 {
            self.finish(cx, slot, &request, Reply::plain(Status::Unavailable));
            return;
        }
        let wire = if wires == 1 { asked.wires[0] } else { asked.wires[(self.turn % wires) as usize] };
        self.turn = if wires == 1 { 0 } else { self.turn.wrapping_add(1) };
        cx.call(wire, request, u64::from(slot));
    }

    fn finish(&mut self, cx: &mut Cx<'_>, slot: u32, request: &Request, reply: Reply) {
        let begun = self.begun.remove(slot as usize);
        let latency = cx.now().since(begun.at);
        learn(cx, request, &reply, begun.at);
        cx.end(reply.status, latency);
        cx.record(Record::Answered { client: cx.home(), op: request.op, status: reply.status, latency });
        if let Source::Closed(closed) = &self.source {
            if begun.user < closed.users(self.factor) {
                let think = closed.think(cx.rng());
                cx.timer(think, USER | u64::from(begun.user));
            } else {
                self.taking_part[begun.user as usize] = false;
            }
        }
    }
}

impl Kind for Clients {
    const SLUG: &'static str = "clients";
    type Message = ();
    const CHECKS: &'static [CheckKind] = &[CheckKind::P99, CheckKind::Availability];

    fn spec() -> KindSpec {
        const OPEN: &[&str] = &["open"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Clients".into(),
            group: "Traffic".into(),
            purpose: "The people and programs that send the traffic.".into(),
            icon: "M9 3a3 3 0 1 0 0 6a3 3 0 1 0 0-6M3 15c1-4 11-4 12 0".into(),
            fields: vec![
                choice("loop", "Loop", "Whether requests wait for answers", &[
                    ("open", "requests come whatever becomes of the earlier ones"),
                    ("closed", "each user waits for the answer, thinks, and asks again"),
                ]),
                choice("arrivals", "Arrivals", "How requests are spread over time", &[
                    ("poisson", "independent of each other, as from many people"),
                    ("constant", "at equal distances"),
                    ("burst", "in bursts at the peak rate, with calm between them"),
                    ("ramp", "from the rate to the peak rate, then staying there"),
                ]).live().when("loop", OPEN),
                number("rate", "Rate", "/s", (0.0, 1e6), 100.0, "Requests a second").live().when("loop", OPEN),
                number("peak_rate", "Peak rate", "/s", (0.0, 1e6), 500.0, "Requests a second at the peak").live().when("arrivals", &["burst", "ramp"]),
                number("burst_ms", "Burst", "ms", (1.0, 3.6e6), 2_000.0, "How long a burst lasts").live().when("arrivals", &["burst"]),
                number("calm_ms", "Calm", "ms", (1.0, 3.6e6), 8_000.0, "How long the calm between two bursts lasts").live().when("arrivals", &["burst"]),
                number("ramp_ms", "Ramp", "ms", (1.0, 3.6e6), 30_000.0, "How long the rate takes from one end to the other").live().when("arrivals", &["ramp"]),
                whole("users", "Users", "", (1.0, 100_000.0), 100.0, "How many people there are; in a closed loop each asks one thing at a time"),
                number("think_ms", "Think time", "ms", (0.0, 3.6e6), 1_000.0, "Mean pause between an answer and the next request").live().when("loop", &["closed"]),
                choice("popularity", "Popularity", "How requests are spread over keys", &[
                    ("zipf", "the k-th most popular key gets 1/k^s of the traffic"),
                    ("uniform", "all keys alike"),
                    ("hot-set", "one key in a hundred gets most of the traffic"),
                ]).live(),
                whole("keys", "Keys", "", (1.0, 1e6), 10_000.0, "How many different keys are asked for").live(),
                number("skew", "Skew s", "", (0.0, 3.0), 1.0, "0 is uniform; the web is near 1").live().when("popularity", &["zipf"]),
                number("hot_percent", "Hot share", "%", (0.0, 100.0), 80.0, "Share of the traffic that goes to the hot keys").live().when("popularity", &["hot-set"]),
                ops("ops", "Operations", "What they ask for, and how often", &[("read", false, 90.0), ("write", true, 10.0)]),
                whole("bytes", "Size", "B", (0.0, 1e8), 1_000.0, "Size of a request and of its answer; matters where bandwidth is set").live(),
            ],
            ports: Ports { accepts: false, out_max: 16, refusal: "Clients only send; wire them to what they call".into() },
            verbs: vec![Verb::Spike, Verb::Heal],
            gauges: vec![
                gauge("rate", "Requests", "/s"),
                gauge("p99_ms", "p99", "ms"),
                gauge("failed_percent", "Failed", "%"),
            ],
            members: None,
            modelled: vec![
                "every request one by one, with its key, user and operation".into(),
                "arrivals and popularity drawn from a stream of their own, so that two designs get the same traffic".into(),
            ],
            left_out: vec!["users who leave because it is slow".into(), "sessions and cookies".into()],
        }
    }

    fn new(setup: &Setup<'_>) -> Clients {
        let settings = &setup.settings;
        let keys_set = Clients::keys(settings);
        Clients {
            source: Clients::source(settings),
            keys: keys_set.build().ok(),
            keys_set,
            mix: Clients::mix(settings),
            ops: Clients::asked(setup),
            turn: 0,
            begun: Slab::new(),
            serial: 0,
            sender: setup.sender,
            users: settings.whole("users").max(1),
            bytes: settings.whole("bytes"),
            factor: 1.0,
            draw: 0,
            taking_part: Vec::new(),
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.source = Clients::source(settings);
        self.bytes = settings.whole("bytes");
        let keys_set = Clients::keys(settings);
        if keys_set != self.keys_set {
            self.keys = keys_set.build().ok();
            self.keys_set = keys_set;
        }
        self.schedule(cx);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.schedule(cx);
    }

    /// Nothing may be wired to clients.
    fn on_request(&mut self, _cx: &mut Cx<'_>, _call: CallId, _request: Request) {}

    #[inline]
    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        self.finish(cx, token as u32, request, reply);
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & USER != 0 {
            self.issue(cx, token as u32);
        } else if token == self.draw {
            let user = if self.users == 1 { 0 } else { cx.rng().below(u64::from(self.users)) as u32 };
            self.issue(cx, user);
            self.schedule(cx);
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        let keys = match settings.choice("popularity") {
            0 => format!("Zipf {}", settings.number("skew")),
            1 => "uniform keys".to_string(),
            _ => "hot set".to_string(),
        };
        match settings.choice("loop") {
            0 => format!("{} · {keys}", settings.choice_name("arrivals")),
            _ => format!("{} users · {keys}", settings.whole("users")),
        }
    }

    /// The page draws the course of the first gauge; there is no inside to show.
    fn face(_members: &[&Clients], glance: &Glance<'_>) -> Face {
        Face::Line { values: vec![glance.rate(glance.sample.count.arrived)], unit: "/s".into() }
    }

    fn gauges(_members: &[&Clients], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let count = &glance.sample.count;
        vec![Some(glance.rate(count.arrived)), glance.p99_ms(), percent(count.bad(), count.ended())]
    }
}
