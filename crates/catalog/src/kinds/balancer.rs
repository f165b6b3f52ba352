//! Load balancer: spreads requests over the boxes it is wired to, and takes out those that do not answer its probes.

use crate::face::{Bar, Face};
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word, percent, say};
use crate::plan::Outlet;
use crate::settings::{FieldExt, Settings, choice, number, switch, whole, gauge};
use balance::{Algorithm, Balance, Balancer as Mechanism, Candidates, Health, HealthConfig, Response};
use base::{Span, Time, stable_hash_u64};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::{Status, WireIndex};

/// A load balancer.
#[derive(Clone)]
pub struct Balancer {
    mechanism: Mechanism,
    health: Health,
    checks: bool,
    interval: Span,
    outlets: Vec<Outlet>,
    /// Some wire carries some operations only.
    chooses_by_op: bool,
    /// Targets that are healthy and get the operation at hand; used only when a wire carries some operations only.
    fit: Vec<bool>,
    outstanding: Vec<u32>,
    /// Requests under way: whose they are, and since when.
    under_way: Slab<(CallId, Time)>,
    /// What each target is to get in proportion.
    weights: Vec<u32>,
    algorithm: Algorithm,
    sent: Vec<u64>,
    /// Probes begun before the last change of settings are void.
    round: u64,
}

/// Set in the token of a probe; a call's token is its place in a slab, which stays far below it.
const PROBE: u64 = 1 << 63;

impl Balancer {
    fn health_config(settings: &Settings<'_>) -> HealthConfig {
        // Only probes bring a target back: without them nobody is taken out.
        let ejects_after = Some(settings.whole("eject_after")).filter(|n| *n > 0 && settings.switch("checks"));
        HealthConfig { fall: settings.whole("fall"), rise: settings.whole("rise"), ejects_after }
    }

    fn algorithm(settings: &Settings<'_>) -> Algorithm {
        settings.one_of("algorithm", Algorithm::ALL)
    }

    /// The first target's weight; all others have 1.
    fn weights(settings: &Settings<'_>) -> Vec<u32> {
        vec![settings.whole("first_weight")]
    }

    fn place(&self, wire: WireIndex) -> Option<usize> {
        self.outlets.iter().position(|outlet| outlet.wire == wire)
    }

    /// Whom it picked, what the others have in hand, and the rule.
    fn why(&self, at: usize) -> Decision {
        let others = self.outstanding.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, n)| *n);
        let (least, most) = (others.clone().min().unwrap_or(0), others.max().unwrap_or(0));
        let healthy = self.health.healthy().iter().filter(|healthy| **healthy).count() as u64;
        let (wire, own) = (Word::Wire(self.outlets[at].wire), self.outstanding[at].into());
        let words = [wire, own, least.into(), most.into(), healthy.into(), self.algorithm.name().into()];
        Decision::new("picked {} with {} unanswered; the others have {} to {}, {} are healthy ({})", words)
    }

    fn probe_all(&mut self, cx: &mut Cx<'_>) {
        if !self.checks {
            return;
        }
        self.round += 1;
        cx.timer(self.interval, self.round);
        for outlet in &self.outlets {
            cx.call(outlet.wire, Request { op: say::PROBE, ..Request::default() }, PROBE | self.round);
        }
    }
}

impl Kind for Balancer {
    const SLUG: &'static str = "balancer";
    type Message = ();

    fn spec() -> KindSpec {
        const CHECKS: &[&str] = &["on"];
        let algorithms: Vec<(&'static str, &'static str)> = Algorithm::ALL.iter().map(|a| (a.name(), a.help())).collect();
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Load balancer".into(),
            group: "Entry".into(),
            purpose: "Spreads requests over the boxes it is wired to.".into(),
            icon: "M9 2v5M9 7L4 15M9 7l5 8M9 7v8".into(),
            fields: vec![
                choice("algorithm", "Algorithm", "Who gets the next request", &algorithms).live(),
                whole("first_weight", "First target's weight", "", (0.0, 100.0), 3.0, "What the first target gets for every one that each other target gets").live().when("algorithm", &["smooth-weighted", "weighted-random"]),
                switch("checks", "Health checks", true, "Whether it asks its targets if they are there").live(),
                number("interval_ms", "Every", "ms", (10.0, 600_000.0), 1_000.0, "Time between two probes of a target").live().when("checks", CHECKS),
                whole("fall", "Out after", "probes", (1.0, 100.0), 3.0, "Failed probes in a row that take a target out").live().when("checks", CHECKS),
                whole("rise", "Back after", "probes", (1.0, 100.0), 2.0, "Good probes in a row that bring it back").live().when("checks", CHECKS),
                whole("eject_after", "Out after", "requests", (0.0, 1_000.0), 0.0, "Failed requests in a row that take a target out; 0 looks at probes alone").live().when("checks", CHECKS),
            ],
            ports: Ports { accepts: true, out_max: 64, refusal: "A load balancer has at most 64 targets".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("rate", "Requests", "/s"),
                gauge("imbalance", "Max/mean", ""),
                gauge("healthy", "Healthy", ""),
            ],
            members: None,
            modelled: vec![
                "the algorithm itself, over the requests it has really outstanding".into(),
                "probes that travel the same wires as the traffic, and time out on them".into(),
            ],
            left_out: vec!["its own capacity: it passes on at once".into(), "connections and TLS".into()],
        }
    }

    fn new(setup: &Setup<'_>) -> Balancer {
        let settings = &setup.settings;
        let targets = setup.outlets.len();
        let algorithm = Balancer::algorithm(settings);
        Balancer {
            mechanism: algorithm.build(),
            health: Health::new(targets, Balancer::health_config(settings)),
            checks: settings.switch("checks"),
            interval: settings.millis("interval_ms"),
            outlets: setup.outlets.to_vec(),
            chooses_by_op: setup.outlets.iter().any(|outlet| outlet.named),
            fit: Vec::new(),
            outstanding: vec![0; targets],
            under_way: Slab::new(),
            weights: Balancer::weights(settings),
            algorithm,
            sent: vec![0; targets],
            round: 0,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        let algorithm = Balancer::algorithm(settings);
        (self.mechanism, self.algorithm) = (algorithm.build(), algorithm);
        self.weights = Balancer::weights(settings);
        self.health = Health::new(self.outlets.len(), Balancer::health_config(settings));
        self.checks = settings.switch("checks");
        self.interval = settings.millis("interval_ms");
        self.round += 1;
        self.probe_all(cx);
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.probe_all(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        if self.chooses_by_op {
            let known = self.outlets.iter().zip(self.health.healthy());
            self.fit.clear();
            self.fit.extend(known.map(|(outlet, healthy)| *healthy && outlet.carries(request.op)));
        }
        let fit = if self.chooses_by_op { &self.fit[..] } else { self.health.healthy() };
        let candidates = Candidates::new(fit, &self.outstanding).weighted(&self.weights).at(cx.now());
        let hash = stable_hash_u64(if self.algorithm.goes_by_key() { request.key } else { u64::from(request.user) });
        let picked = self.mechanism.pick(&candidates, hash, cx.rng());
        cx.decide(|| picked.map_or(Decision::new("no target is healthy", []), |at| self.why(at)));
        match picked {
            Some(at) => {
                self.outstanding[at] += 1;
                self.sent[at] += 1;
                let place = self.under_way.insert((call, cx.now()));
                cx.call(self.outlets[at].wire, request, place as u64);
            }
            None => cx.reply(call, Reply::plain(Status::Unavailable)),
        }
    }

    #[inline]
    fn on_reply(&mut self, cx: &mut Cx<'_>, wire: WireIndex, token: u64, _request: &Request, reply: Reply) {
        let Some(at) = self.place(wire) else { return };
        if token & PROBE == 0 {
            self.outstanding[at] = self.outstanding[at].saturating_sub(1);
            let Some((call, since)) = self.under_way.try_remove(token as usize) else { return };
            let now = cx.now();
            self.mechanism.on_response(Response { member: at, took: now.since(since), ok: reply.status.is_ok(), now });
            // A refusal by a rate limit is the caller's fault and says nothing of the target.
            self.health.on_reply(at, reply.status.is_ok() || reply.status == Status::Limited);
            cx.reply(call, reply);
        } else if self.checks {
            let was_healthy = self.health.healthy()[at];
            self.health.on_probe(at, reply.status.is_ok());
            let is_healthy = self.health.healthy()[at];
            if was_healthy != is_healthy {
                let how = if is_healthy { "is back" } else { "is out" };
                cx.decide(|| Decision::new("{} {} after its probes", [Word::Wire(wire), how.into()]));
            }
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token == self.round {
            self.probe_all(cx);
        }
    }

    fn on_crash(&mut self, _cx: &mut Cx<'_>) {
        self.outstanding.fill(0);
        self.under_way.clear();
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.probe_all(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        settings.choice_name("algorithm").replace('-', " ")
    }

    fn face(members: &[&Balancer], glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let full = f64::from(me.outstanding.iter().copied().max().unwrap_or(0).max(8));
        let bar = |(outlet, n): (&Outlet, &u32)| Bar { label: glance.target(outlet.wire), value: f64::from(*n), full };
        let bars = me.outlets.iter().zip(&me.outstanding).map(bar);
        Face::Bars { bars: bars.collect(), unit: "outstanding".into() }
    }

    fn gauges(members: &[&Balancer], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let (sum, max) = (me.sent.iter().sum::<u64>(), me.sent.iter().copied().max().unwrap_or(0));
        let imbalance = percent(max * me.sent.len() as u64, sum).map(|p| p / 100.0);
        let healthy = me.health.healthy().iter().filter(|healthy| **healthy).count();
        vec![Some(glance.rate(glance.sample.count.arrived)), imbalance, Some(healthy as f64)]
    }
}
