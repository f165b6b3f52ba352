//! Cache: real keys with real versions, in the order of its policy.
//!
//! Wired to nothing, its callers look aside: they ask it, and on a miss ask the store and hand the value over. Wired to a store,
//! it reads through: on a miss it asks the store itself, and writes pass through it.

use crate::face::{Cell, Face};
use crate::kind::{Cx, Decision, Glance, Kind, Setup, percent, say};
use crate::plan::Outlet;
use crate::plan::Serves;
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Delay, Law, Rng, Span, Time, stable_hash};
use cache::{Algorithm, Cache as Mechanism, Lookup};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use trace::{Status, WireIndex};

/// A cache.
#[derive(Clone)]
pub struct Cache {
    entries: Mechanism<Kept>,
    policy: usize,
    ttl: Option<Span>,
    time: Delay,
    on_write: OnWrite,
    outlets: Vec<Outlet>,
    /// Requests whose access time is running.
    pending: Slab<(CallId, Request)>,
    hits: u64,
    lookups: u64,
    evicted: u64,
}

/// What a write that passes through does to the entry.
#[derive(Clone, Copy, PartialEq)]
enum OnWrite {
    Forget,
    Update,
}

/// A value with where it came from.
#[derive(Clone, Copy)]
struct Kept {
    store: u16,
    version: u64,
    value: u64,
}

impl Cache {
    fn ttl(settings: &Settings<'_>) -> Option<Span> {
        let ttl = settings.millis("ttl_ms");
        (ttl != Span::ZERO).then_some(ttl)
    }

    fn entries(setup: &Setup<'_>) -> Mechanism<Kept> {
        let settings = &setup.settings;
        let policy = settings.one_of("policy", Algorithm::ALL);
        Mechanism::of(policy, settings.whole("capacity"), Rng::stream(setup.seed, &[stable_hash("cache policy"), u64::from(setup.number)]))
    }

    fn on_write(settings: &Settings<'_>) -> OnWrite {
        if settings.choice("on_write") == 0 { OnWrite::Forget } else { OnWrite::Update }
    }

    fn keep(&mut self, cx: &mut Cx<'_>, key: u64, kept: Kept) {
        let now = cx.now();
        let expires = self.ttl.map_or(Time::NEVER, |ttl| now + ttl);
        let evicted = self.entries.put(key, kept, expires, now);
        self.evicted += u64::from(evicted.is_some());
        let rule = Algorithm::ALL[self.policy];
        cx.decide(|| match evicted {
            None => Decision::new("keeps key {} as {}: there was room", [key.into(), kept.version.into()]),
            Some(other) => {
                let words = [other.key.into(), key.into(), kept.version.into(), rule.name().into(), rule.help().into()];
                Decision::new("evicted key {} to keep key {} as {}. {}: {}", words)
            }
        });
    }

    /// Forgets a key because of a write.
    fn forget(&mut self, cx: &mut Cx<'_>, key: u64) {
        let was_there = self.entries.remove(key).is_some();
        cx.decide(|| {
            let how = if was_there { "was written" } else { "was written; it was not here" };
            Decision::new("forgot key {}, which {}", [key.into(), how.into()])
        });
    }

    fn serve(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let now = cx.now();
        match request.op {
            say::FILL => {
                self.keep(cx, request.key, Kept { store: request.store, version: request.version, value: request.value });
                cx.reply(call, Reply::plain(Status::Ok));
            }
            say::FORGET => {
                self.forget(cx, request.key);
                cx.reply(call, Reply::plain(Status::Ok));
            }
            _ if request.write => self.pass_on(cx, call, request),
            _ => {
                self.lookups += 1;
                let found = self.entries.get(request.key, now);
                cx.decide(|| match found {
                    Lookup::Hit(kept) => Decision::new("hit: key {} is here as {}", [request.key.into(), kept.version.into()]),
                    Lookup::Miss => Decision::new("miss: key {} is not here", [request.key.into()]),
                    Lookup::Expired(_) => Decision::new("miss: the time of key {} is over", [request.key.into()]),
                });
                match found {
                    Lookup::Hit(Kept { store, version, value }) => {
                        self.hits += 1;
                        cx.reply(call, Reply { status: Status::Ok, store, version, value });
                    }
                    Lookup::Miss | Lookup::Expired(_) => self.pass_on(cx, call, request),
                }
            }
        }
    }

    /// To the store behind it, or back with nothing.
    fn pass_on(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        match self.outlets.iter().find(|outlet| outlet.carries(request.op)) {
            Some(outlet) => cx.call(outlet.wire, request, call.token()),
            None => cx.reply(call, Reply::plain(Status::Missing)),
        }
    }
}

impl Kind for Cache {
    const SLUG: &'static str = "cache";
    type Message = ();
    const SERVES: Serves = Serves::Lookup;

    fn spec() -> KindSpec {
        let policies: Vec<(&'static str, &'static str)> = Algorithm::ALL.iter().map(|a| (a.name(), a.help())).collect();
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Cache".into(),
            group: "Data".into(),
            purpose: "Keeps what was read lately, so that the store is asked less.".into(),
            icon: "M3 3h5v5H3zM10 3h5v5h-5zM3 10h5v5H3zM10 10h5v5h-5z".into(),
            fields: vec![
                choice("policy", "Policy", "Whom it throws out when it is full", &policies).live(),
                whole("capacity", "Capacity", "keys", (1.0, 1e6), 1_000.0, "How many keys it holds").live(),
                number("ttl_ms", "Time to live", "ms", (0.0, 8.64e7), 0.0, "How long a value may be used; 0 is until it is thrown out").live(),
                number("time_ms", "Access", "ms", (0.0, 10_000.0), 0.2, "Mean time of one access").live(),
                law("time_law", "Access varies", Law::Constant).live(),
                choice("on_write", "On a write", "What a write that passes through it does to the entry", &[
                    ("forget", "the next read asks the store"),
                    ("update", "the new value is kept"),
                ]).live(),
            ],
            ports: Ports { accepts: true, out_max: 1, refusal: "A cache reads through to one store; wire it to nothing to have callers look aside".into() },
            verbs: vec![Verb::Flush, Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("hit_percent", "Hits", "%"),
                gauge("keys", "Keys", ""),
                gauge("evicted", "Evicted", ""),
                gauge("rate", "Requests", "/s"),
            ],
            members: None,
            modelled: vec![
                "every key, its version, its place in the policy's order, its end of life".into(),
                "the race between a read that fills it and a write that clears it".into(),
            ],
            left_out: vec!["a line in front of it: every access takes its own time".into(), "sizes: each entry counts as one".into()],
        }
    }

    fn new(setup: &Setup<'_>) -> Cache {
        let settings = &setup.settings;
        Cache {
            entries: Cache::entries(setup),
            policy: settings.choice("policy"),
            ttl: Cache::ttl(settings),
            time: settings.delay("time_ms", "time_law"),
            on_write: Cache::on_write(settings),
            outlets: setup.outlets.to_vec(),
            pending: Slab::new(),
            hits: 0,
            lookups: 0,
            evicted: 0,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.ttl = Cache::ttl(settings);
        self.time = settings.delay("time_ms", "time_law");
        self.on_write = Cache::on_write(settings);
        if settings.choice("policy") != self.policy {
            self.policy = settings.choice("policy");
            self.entries = Cache::entries(setup);
        }
        let evicted = &mut self.evicted;
        self.entries.set_capacity(settings.whole("capacity"), cx.now(), |_| *evicted += 1);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let time = cx.work(&self.time);
        if time == Span::ZERO {
            self.serve(cx, call, request);
            return;
        }
        let slot = self.pending.insert((call, request)) as u64;
        cx.shift_load(0, 1);
        cx.timer(time, slot);
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let (call, request) = self.pending.remove(token as usize);
        cx.shift_load(0, -1);
        self.serve(cx, call, request);
    }

    #[inline]
    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        if reply.status == Status::Ok && reply.store != Reply::NO_STORE {
            let kept = Kept { store: reply.store, version: reply.version, value: reply.value };
            if !request.write || self.on_write == OnWrite::Update {
                self.keep(cx, request.key, kept);
            } else {
                self.forget(cx, request.key);
            }
        }
        cx.reply(CallId::from_token(token), reply);
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        cx.shift_load(0, -(self.pending.len() as i32));
        self.pending.clear();
        self.entries.clear();
    }

    fn obey(&mut self, _cx: &mut Cx<'_>, verb: Verb, _amount: f64) {
        if verb == Verb::Flush {
            self.entries.clear();
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        let ttl = settings.millis("ttl_ms");
        let life = if ttl == Span::ZERO { String::new() } else { format!(" · {ttl}") };
        format!("{} · {} keys{life}", settings.choice_name("policy"), settings.whole("capacity"))
    }

    fn face(members: &[&Cache], _glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let shown: Vec<_> = me.entries.cells().take(64).collect();
        let most = shown.len().max(1) as f64;
        let cells = shown.iter().enumerate().map(|(rank, cell)| Cell { key: cell.key, heat: 1.0 - rank as f64 / most }).collect();
        Face::Cells { cells, used: u64::from(me.entries.len()), capacity: u64::from(me.entries.capacity()) }
    }

    fn gauges(members: &[&Cache], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        vec![
            percent(me.hits, me.lookups),
            Some(f64::from(me.entries.len())),
            Some(me.evicted as f64),
            Some(glance.rate(glance.sample.count.arrived)),
        ]
    }
}
