//! Clients: the people and programs that send the traffic.
//!
//! Open loop: requests come whatever becomes of them. Closed loop: each user waits for the answer, thinks, and asks again.

use crate::face::Face;
use crate::kind::{Cx, Glance, Kind, Setup};
use crate::sender::{self, Sender};
use crate::settings::{FieldExt, Settings, choice, number, ops, whole};
use check::CheckKind;
use base::{Delay, Law, Span};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use trace::WireIndex;
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
    sender: Sender,
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

    fn issue(&mut self, cx: &mut Cx<'_>, user: u32) {
        let key = self.keys.as_mut().map_or(0, |keys| keys.pick(cx.rng()));
        let mix = self.mix.as_ref().filter(|_| self.sender.ops() > 1);
        let which = mix.map_or(0, |mix| mix.pick(cx.rng()) as usize);
        if let Some(user) = self.sender.issue(cx, which, key, user, self.bytes) {
            self.rest(cx, user);
        }
    }

    /// A user has its answer: in a closed loop it thinks, or leaves if it came only for a while.
    fn rest(&mut self, cx: &mut Cx<'_>, user: u32) {
        if let Source::Closed(closed) = &self.source {
            if user < closed.users(self.factor) {
                let think = closed.think(cx.rng());
                cx.timer(think, USER | u64::from(user));
            } else {
                self.taking_part[user as usize] = false;
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
            gauges: sender::specs(),
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
            sender: Sender::new(setup, settings.ops("ops").iter().map(|op| (op.name.as_str(), op.write))),
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
        let user = self.sender.finish(cx, token as u32, request, reply);
        self.rest(cx, user);
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

    /// `Spike`: it sends `factor` times as much from now on.
    fn obey(&mut self, cx: &mut Cx<'_>, verb: Verb, factor: f64) {
        if verb == Verb::Spike && factor != self.factor {
            self.factor = factor;
            self.schedule(cx);
        }
    }

    /// There is no inside to show.
    fn face(_members: &[&Clients], glance: &Glance<'_>) -> Face {
        sender::course(glance)
    }

    fn gauges(_members: &[&Clients], glance: &Glance<'_>) -> Vec<Option<f64>> {
        sender::gauges(glance)
    }
}
