//! Third-party dependency: somebody else's service, which does things that cannot be undone, such as charging a card.
//!
//! It has a quota, fails and falls silent as it likes, and carries a write out before the caller knows. A caller that tries again after
//! silence asks for the same thing twice: whether that happens twice is decided by how it handles idempotency keys.

use crate::face::Face;
use crate::kind::{Cx, Glance, Kind, Setup, percent};
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Delay, Law, Span, Time};
use check::CheckKind;
use limits::{Algorithm, Decision, Limit, Limiter};
use resilience::idempotency::{IdempotencyConfig, Ledger, Protocol, Request as Keyed, Step};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use std::collections::{BTreeMap, VecDeque};
use trace::{Record, Status};

/// Somebody else's service.
#[derive(Clone)]
pub struct ThirdParty {
    config: Config,
    quota: Option<Limiter>,
    jobs: Slab<Job>,
    ledger: Ledger,
    effects: Effects,
}

#[derive(Clone, Copy)]
struct Config {
    time: Delay,
    fails: f64,
    silent: f64,
    keys: Option<Protocol>,
}

/// A request that it works on. A write with an idempotency key goes through the ledger.
#[derive(Clone, Copy)]
struct Job {
    call: CallId,
    request: Request,
    keyed: Option<Keyed>,
}

/// What has been done for good: how often for each write of the last minutes, and how often in all.
#[derive(Clone, Default)]
struct Effects {
    recent: BTreeMap<u64, u32>,
    order: VecDeque<(Time, u64)>,
    done: u64,
    twice: u64,
}

/// For how long effects are remembered one by one; callers have given up long before.
const MEMORY: Span = Span::from_secs(600);

impl Effects {
    fn add(&mut self, now: Time, write: u64) {
        while let Some((at, oldest)) = self.order.front().copied()
            && now.since(at) > MEMORY
        {
            self.order.pop_front();
            self.recent.remove(&oldest);
        }
        let times = self.recent.entry(write).or_insert(0);
        *times += 1;
        self.done += 1;
        if *times == 1 {
            self.order.push_back((now, write));
        } else {
            self.twice += 1;
        }
    }
}

impl ThirdParty {
    fn config(settings: &Settings<'_>) -> Config {
        Config {
            time: settings.delay("time_ms", "time_law"),
            fails: settings.number("fails_percent") / 100.0,
            silent: settings.number("silent_percent") / 100.0,
            keys: settings.one_of("keys", &[None, Some(Protocol::CheckThenAct), Some(Protocol::Reserve)]),
        }
    }

    fn quota(settings: &Settings<'_>) -> Option<Limiter> {
        let (limit, window) = (settings.whole("quota"), settings.millis("window_ms").max(Span(1)));
        let algorithm = settings.one_of("quota_algorithm", Algorithm::ALL);
        (limit > 0).then(|| algorithm.config(u64::from(limit), window).build().ok()).flatten()
    }

    /// The work is done: the effect, and what the caller hears of it.
    fn finish(&mut self, cx: &mut Cx<'_>, job: Job) {
        let now = cx.now();
        let Job { call, request, keyed } = job;
        let fails = self.config.fails > 0.0 && cx.rng().chance(self.config.fails);
        if request.write && !fails {
            self.effects.add(now, request.value);
            let (store, member) = (cx.home(), cx.me());
            cx.record(Record::Applied { store, member, key: request.key, write: request.value });
        }
        if let Some(mut keyed) = keyed {
            keyed.on_result(&mut self.ledger, (!fails).then_some(request.value));
            keyed.on_ledger(&mut self.ledger, now);
            self.ledger_upkeep(now);
        }
        if self.config.silent > 0.0 && cx.rng().chance(self.config.silent) {
            // Done, and nobody will ever hear of it: the caller's time-out is all that is left.
            return;
        }
        cx.reply(call, Reply::plain(if fails { Status::Failed } else { Status::Ok }));
    }

    /// Records whose time is over go once in a while, so that the ledger stays as small as its promise.
    fn ledger_upkeep(&mut self, now: Time) {
        if self.ledger.records() > 2 * self.effects.recent.len() as u64 + 1_024 {
            self.ledger.expire(now);
        }
    }
}

impl Kind for ThirdParty {
    const SLUG: &'static str = "third-party";
    type Message = ();
    const CHECKS: &'static [CheckKind] = &[CheckKind::EffectOnce];

    fn spec() -> KindSpec {
        let algorithms: Vec<(&'static str, &'static str)> = Algorithm::ALL.iter().map(|a| (a.name(), a.help())).collect();
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Third party".into(),
            group: "Traffic".into(),
            purpose: "Somebody else's service: it has a quota, it fails, and what it has done stays done.".into(),
            icon: "M3 7l6-4 6 4v8H3zM7 15v-5h4v5".into(),
            fields: vec![
                number("time_ms", "Takes", "ms", (0.0, 600_000.0), 80.0, "Mean time of one request").live(),
                law("time_law", "It varies", Law::LogNormal).live(),
                whole("quota", "Quota", "", (0.0, 1e6), 0.0, "Requests that it takes in one window; 0 is as many as come").live(),
                number("window_ms", "Window", "ms", (1.0, 3.6e6), 1_000.0, "The time the quota refers to").live(),
                choice("quota_algorithm", "Quota counts by", "How it counts them", &algorithms).live(),
                number("fails_percent", "Fails", "%", (0.0, 100.0), 0.0, "Share of requests that it refuses with an error, nothing done").live(),
                number("silent_percent", "Silent", "%", (0.0, 100.0), 0.0, "Share of requests that it carries out and never answers").live(),
                choice("keys", "Idempotency keys", "What it does when the same write comes again", &[
                    ("ignored", "it is carried out again"),
                    ("check-then-act", "it looks the key up first: two at once both find nothing"),
                    ("reserve", "it reserves the key first: carried out once, the second gets the first one's answer"),
                ]).live(),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "Whom a third party calls is its own business".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("done", "Carried out", ""),
                gauge("twice", "Once too often", ""),
                gauge("refused_percent", "Over quota", "%"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: None,
            modelled: vec![
                "every write by its own id, and whether it was carried out once or again".into(),
                "the ledger of idempotency keys with its reservations, which outlives a crash".into(),
                "answers that are lost after the deed, quotas, errors".into(),
            ],
            left_out: vec!["its inside: it has as many workers as requests come".into(), "what it costs".into()],
        }
    }

    fn new(setup: &Setup<'_>) -> ThirdParty {
        let settings = &setup.settings;
        ThirdParty {
            config: ThirdParty::config(settings),
            quota: ThirdParty::quota(settings),
            jobs: Slab::new(),
            ledger: Ledger::new(),
            effects: Effects::default(),
        }
    }

    fn retune(&mut self, _cx: &mut Cx<'_>, setup: &Setup<'_>) {
        self.config = ThirdParty::config(&setup.settings);
        self.quota = ThirdParty::quota(&setup.settings);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let now = cx.now();
        if matches!(self.quota.as_mut().map(|quota| quota.ask(now, 1)), Some(Decision::Refused { .. })) {
            cx.reply(call, Reply::plain(Status::Limited));
            return;
        }
        let keyed = self.config.keys.filter(|_| request.write).map(|protocol| {
            let config = IdempotencyConfig { protocol, lease: MEMORY, ttl: MEMORY };
            let mut keyed = Keyed::new(config, request.value, request.key);
            keyed.on_ledger(&mut self.ledger, now);
            keyed
        });
        match keyed.map(|keyed| keyed.step()) {
            None | Some(Step::Act) => {
                let place = self.jobs.insert(Job { call, request, keyed }) as u64;
                cx.shift_load(0, 1);
                let time = cx.work(&self.config.time);
                cx.timer(time, place);
            }
            Some(Step::Answer(_)) => cx.reply(call, Reply::plain(Status::Ok)),
            Some(_) => cx.reply(call, Reply::plain(Status::Failed)),
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if let Some(job) = self.jobs.try_remove(token as usize) {
            cx.shift_load(0, -1);
            self.finish(cx, job);
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        cx.shift_load(0, -(self.jobs.len() as i32));
        self.jobs.clear();
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} ms · keys {}", settings.number("time_ms"), settings.choice_name("keys"))
    }

    fn face(members: &[&ThirdParty], _glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let row = |what: &str, count: u64| vec![what.to_string(), count.to_string()];
        Face::Table {
            head: vec!["writes".into(), "count".into()],
            rows: vec![
                row("carried out", me.effects.done),
                row("once too often", me.effects.twice),
                row("keys known", me.ledger.records()),
                row("under way", me.jobs.len() as u64),
            ],
        }
    }

    fn gauges(members: &[&ThirdParty], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let count = &glance.sample.count;
        vec![
            Some(me.effects.done as f64),
            Some(me.effects.twice as f64),
            percent(count.refused, count.ended()),
            glance.p99_ms(),
        ]
    }
}
