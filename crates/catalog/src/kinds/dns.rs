//! DNS: tells each user where to go, once for as long as the record lives. Then the user goes there without asking, dead or alive.
//!
//! ```text
//!   user ── who is it? ──> resolver ──(nothing in its cache)──> authority: healthy targets, by its policy
//!        <─ target 2, for 30 s ─┘
//!   user ── request ──> target 2 ... until the record's time is over, whatever becomes of target 2
//! ```

use crate::face::Face;
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word, say};
use crate::plan::Outlet;
use crate::settings::{FieldExt, Settings, choice, number, switch, whole, gauge};
use balance::{Algorithm, Balance, Balancer, Candidates, Health, HealthConfig};
use base::{Rng, Span, stable_hash, stable_hash_u64};
use cache::{Algorithm as Policy, Cache, Lookup};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use std::collections::BTreeMap;
use trace::{Status, WireIndex};

/// The authority for a name, and every user's resolver.
#[derive(Clone)]
pub struct Dns {
    policy: Balancer,
    rule: Algorithm,
    health: Health,
    config: Config,
    weights: Vec<u32>,
    /// What resolvers remember: the target of each user.
    records: Cache<u16>,
    outlets: Vec<Outlet>,
    outstanding: Vec<u32>,
    /// Requests that wait for a look-up, by serial number.
    asking: BTreeMap<u64, (CallId, Request)>,
    serial: u64,
    answers: Vec<u64>,
    lookups: u64,
    astray: u64,
    /// Probes begun before the last change of settings are void.
    round: u64,
}

#[derive(Clone, Copy)]
struct Config {
    ttl: Span,
    lookup: Span,
    checks: bool,
    interval: Span,
}

/// How the authority chooses, in the order of the choices: the names of DNS services for algorithms of the balancing family.
const POLICIES: [Algorithm; 4] =
    [Algorithm::RoundRobin, Algorithm::WeightedRandom, Algorithm::IpHash, Algorithm::ActivePassive];
/// Set in the token of a probe; else the token is the call that is passed on.
const PROBE: u64 = 1 << 63;
/// Users whose records resolvers remember.
const USERS_MAX: u32 = 100_000;

impl Dns {
    fn config(settings: &Settings<'_>) -> Config {
        let (ttl, least) = (settings.millis("ttl_ms"), settings.millis("least_ms"));
        Config {
            ttl: if ttl > least { ttl } else { least },
            lookup: settings.millis("lookup_ms"),
            checks: settings.switch("checks"),
            interval: settings.millis("interval_ms"),
        }
    }

    fn policy(settings: &Settings<'_>) -> Algorithm {
        settings.one_of("policy", &POLICIES)
    }

    fn health(settings: &Settings<'_>, targets: usize) -> Health {
        Health::new(targets, HealthConfig { fall: settings.whole("fall"), rise: 2, ejects_after: None })
    }

    fn probe_all(&mut self, cx: &mut Cx<'_>) {
        if !self.config.checks {
            return;
        }
        self.round += 1;
        cx.timer(self.config.interval, PROBE | self.round);
        for outlet in &self.outlets {
            cx.call(outlet.wire, Request { op: say::PROBE, ..Request::default() }, PROBE | self.round);
        }
    }

    /// The request goes where the user's record says.
    fn pass(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request, target: usize) {
        let is_healthy = self.health.healthy()[target];
        self.astray += u64::from(!is_healthy);
        let wire = self.outlets[target].wire;
        cx.decide(|| {
            let what = if is_healthy { "which is healthy" } else { "which is out; the record is old" };
            Decision::new("user {} goes to {}, {}", [request.user.into(), Word::Wire(wire), what.into()])
        });
        cx.call(self.outlets[target].wire, request, call.token());
    }

    /// The authority is asked, and its answer remembered.
    fn resolve(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.lookups += 1;
        let healthy = self.health.healthy();
        let carries = self.outlets.iter().map(|outlet| outlet.carries(request.op));
        let fit: Vec<bool> = healthy.iter().zip(carries.clone()).map(|(healthy, carries)| *healthy && carries).collect();
        // With nobody healthy an authority answers with everybody rather than with nobody.
        let fit = if fit.contains(&true) { fit } else { carries.collect() };
        let candidates = Candidates::new(&fit, &self.outstanding).weighted(&self.weights).at(cx.now());
        let user = u64::from(request.user);
        let Some(target) = self.policy.pick(&candidates, stable_hash_u64(user), cx.rng()) else {
            cx.reply(call, Reply::plain(Status::Unavailable));
            return;
        };
        self.answers[target] += 1;
        let (wire, ttl, rule) = (self.outlets[target].wire, self.config.ttl, self.rule);
        cx.decide(|| {
            let words = [request.user.into(), Word::Wire(wire), ttl.into(), rule.name().into()];
            Decision::new("the authority answered user {} with {}, good for {} ({})", words)
        });
        let now = cx.now();
        self.records.put(user, target as u16, now + self.config.ttl, now);
        self.pass(cx, call, request, target);
    }
}

impl Kind for Dns {
    const SLUG: &'static str = "dns";
    type Message = ();

    fn spec() -> KindSpec {
        const CHECKS: &[&str] = &["on"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "DNS".into(),
            group: "Entry".into(),
            purpose: "Tells users where to go; they go there until the record's time is over.".into(),
            icon: "M3 4h9v4H3zM6 10h9v4H6zM4.500 8v4.500H6M13.500 10V5.500H12".into(),
            fields: vec![
                choice("policy", "Answers", "Which target a user is told", &[
                    ("round robin", "one after the other"),
                    ("weighted", "at random, in proportion to weights"),
                    ("geographic", "the user's own, always the same while it is healthy"),
                    ("failover", "the first that is healthy"),
                ]).live(),
                whole("first_weight", "First target's weight", "", (0.0, 100.0), 3.0, "What the first target gets for every one that each other target gets").live().when("policy", &["weighted"]),
                number("ttl_ms", "Time to live", "ms", (0.0, 8.64e7), 30_000.0, "How long an answer may be used").live(),
                number("least_ms", "Resolvers keep it", "ms", (0.0, 8.64e7), 0.0, "At least this long, whatever its time to live says").live(),
                number("lookup_ms", "Look-up", "ms", (0.0, 60_000.0), 20.0, "Time to ask the authority").live(),
                switch("checks", "Health checks", true, "Whether the authority asks its targets if they are there").live(),
                number("interval_ms", "Every", "ms", (10.0, 600_000.0), 10_000.0, "Time between two probes of a target").live().when("checks", CHECKS),
                whole("fall", "Out after", "probes", (1.0, 100.0), 3.0, "Failed probes in a row after which a target is no longer told").live().when("checks", CHECKS),
            ],
            ports: Ports { accepts: true, out_max: 16, refusal: "A name has at most 16 targets".into() },
            verbs: vec![Verb::Flush, Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("lookups", "Look-ups", ""),
                gauge("astray", "Sent to the dead", ""),
                gauge("healthy", "Healthy", ""),
                gauge("rate", "Requests", "/s"),
            ],
            members: None,
            modelled: vec![
                "a record for each user, believed until its time is over".into(),
                "probes of the authority, over the same wires as the traffic".into(),
                "users who go on to a dead target because nobody tells them".into(),
            ],
            left_out: vec![
                "the way through root and top-level servers: one look-up, one time".into(),
                "users who share a resolver: each has a cache of his own".into(),
                "a dead box takes what users remember with it; real resolvers would go on".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> Dns {
        let (settings, targets) = (&setup.settings, setup.outlets.len());
        let luck = Rng::stream(setup.seed, &[stable_hash("resolvers"), u64::from(setup.number)]);
        Dns {
            policy: Dns::policy(settings).build(),
            rule: Dns::policy(settings),
            health: Dns::health(settings, targets),
            config: Dns::config(settings),
            weights: vec![settings.whole("first_weight")],
            records: Cache::of(Policy::Fifo, USERS_MAX, luck),
            outlets: setup.outlets.to_vec(),
            outstanding: vec![0; targets],
            asking: BTreeMap::new(),
            serial: 0,
            answers: vec![0; targets],
            lookups: 0,
            astray: 0,
            round: 0,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.rule = Dns::policy(settings);
        self.policy = self.rule.build();
        self.health = Dns::health(settings, self.outlets.len());
        self.config = Dns::config(settings);
        self.weights = vec![settings.whole("first_weight")];
        self.round += 1;
        self.probe_all(cx);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.probe_all(cx);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let now = cx.now();
        if let Lookup::Hit(target) = self.records.get(u64::from(request.user), now)
            && self.outlets.get(usize::from(target)).is_some_and(|outlet| outlet.carries(request.op))
        {
            self.pass(cx, call, request, usize::from(target));
            return;
        }
        self.asking.insert(self.serial, (call, request));
        cx.timer(self.config.lookup, self.serial);
        self.serial += 1;
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & PROBE == 0 {
            if let Some((call, request)) = self.asking.remove(&token) {
                self.resolve(cx, call, request);
            }
        } else if token == PROBE | self.round {
            self.probe_all(cx);
        }
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, wire: WireIndex, token: u64, _request: &Request, reply: Reply) {
        if token & PROBE == 0 {
            cx.reply(CallId::from_token(token), reply);
        } else if let Some(at) = self.outlets.iter().position(|outlet| outlet.wire == wire)
            && self.config.checks
        {
            self.health.on_probe(at, reply.status.is_ok());
        }
    }

    fn on_crash(&mut self, _cx: &mut Cx<'_>) {
        self.asking.clear();
        self.records.clear();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.probe_all(cx);
    }

    fn obey(&mut self, _cx: &mut Cx<'_>, verb: Verb, _amount: f64) {
        if verb == Verb::Flush {
            self.records.clear();
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · {}", settings.choice_name("policy"), settings.millis("ttl_ms"))
    }

    fn face(members: &[&Dns], glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let row = |(at, outlet): (usize, &Outlet)| {
            let health = if me.health.healthy()[at] { "healthy" } else { "out" };
            vec![glance.target(outlet.wire), me.answers[at].to_string(), health.to_string()]
        };
        let head = ["target", "answers", "health"].map(str::to_string).to_vec();
        Face::Table { head, rows: me.outlets.iter().enumerate().map(row).collect() }
    }

    fn gauges(members: &[&Dns], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let healthy = me.health.healthy().iter().filter(|healthy| **healthy).count();
        vec![
            Some(me.lookups as f64),
            Some(me.astray as f64),
            Some(healthy as f64),
            Some(glance.rate(glance.sample.count.arrived)),
        ]
    }
}
