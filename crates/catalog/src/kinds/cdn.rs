//! Content delivery network: edges near the users, each with a cache of its own, in front of one origin.
//!
//! A user's requests go to the nearest edge that is up, as anycast has it. A miss goes to the origin, or with a shield to the first
//! edge, so that the origin sees one miss where it would have seen one from every edge. Misses of one key that meet at an edge share
//! one fetch. What a write does to the copies at the edges is the choice that decides how stale readers can be.

use crate::face::{Bar, Face};
use crate::front::Front;
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word, percent};
use crate::kinds::Message;
use crate::plan::Outlet;
use crate::settings::{FieldExt, Settings, choice, law, number, switch, whole, gauge};
use base::{Delay, Law, Rng, Span, Time, stable_hash};
use cache::{Algorithm, Cache as Mechanism, Flight, Freshness, Lookup, Revalidation, SingleFlight};
use scenario::{KindSpec, Ports, Text, Verb};
use sim::{CallId, Reply, Request};
use slab::Slab;
use std::collections::BTreeMap;
use trace::{Status, WireIndex};

/// One edge.
#[derive(Clone)]
pub struct Cdn {
    copies: Mechanism<Copy>,
    policy: usize,
    config: Config,
    outlets: Vec<Outlet>,
    /// Requests whose access time is running.
    pending: Slab<(CallId, Request)>,
    flights: SingleFlight<Waiter>,
    /// Fetches under way by serial number, with the flight that each belongs to: a late or doubled answer finds nothing here.
    fetches: BTreeMap<u32, (Request, u64)>,
    /// The serial number of the next fetch.
    serial: u32,
    counts: Counts,
    is_shield: bool,
}

#[derive(Clone, Copy)]
struct Config {
    life: Revalidation,
    /// How long after its end of life a copy may still be served when the origin fails.
    on_error: Span,
    time: Delay,
    on_write: OnWrite,
    shield: bool,
    shares: bool,
}

/// What becomes of the edges' copies when a write has passed through.
#[derive(Clone, Copy, PartialEq)]
enum OnWrite {
    Keep,
    Purge,
    Push,
}

/// A value at an edge, with where it came from and when.
#[derive(Clone, Copy)]
struct Copy {
    store: u16,
    version: u64,
    value: u64,
    stored: Time,
}

impl Copy {
    fn reply(self) -> Reply {
        Reply { status: Status::Ok, store: self.store, version: self.version, value: self.value }
    }
}

/// Who wants what a fetch brings.
#[derive(Clone, Copy)]
enum Waiter {
    Caller(CallId),
    /// Another edge, for its fetch with this number.
    Edge { number: u8, fetch: u32 },
    /// Nobody: a copy is renewed behind the callers' backs.
    Nobody,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    hits: u64,
    stale: u64,
    lookups: u64,
    fetched: u64,
}

/// What edges say to each other.
#[derive(Clone, Debug)]
pub enum Talk {
    /// To the shield: have this for me.
    Fetch {
        /// The asking edge's number for it.
        fetch: u32,
        /// What is asked.
        request: Request,
    },
    /// From the shield: here it is, or not.
    Fetched {
        /// The asking edge's number for it.
        fetch: u32,
        /// As the shield got it.
        reply: Reply,
    },
    /// Forget your copy.
    Purge {
        /// Of this key.
        key: u64,
    },
    /// Take this copy instead of yours.
    Push {
        /// Of this key.
        key: u64,
        /// As the origin has it now.
        reply: Reply,
    },
}

/// Set in the token of a timer that gives up on the shield; else the token is a request whose access time is over.
const GIVE_UP: u64 = 1 << 63;
/// Set in the token of a call that passes a write on; else the token is a fetch.
const WRITE: u64 = 1 << 63;
/// Set in the name of a flight that nobody else may join; else the name is a key.
const OWN: u64 = 1 << 63;
/// How long an edge waits for the shield before it asks the origin itself.
const SHIELD_PATIENCE: Span = Span::from_millis(500);

impl Cdn {
    fn config(settings: &Settings<'_>) -> Config {
        Config {
            life: Revalidation { fresh: settings.millis("ttl_ms"), stale: settings.millis("revalidate_ms") },
            on_error: settings.millis("on_error_ms"),
            time: settings.delay("time_ms", "time_law"),
            on_write: settings.one_of("on_write", &[OnWrite::Keep, OnWrite::Purge, OnWrite::Push]),
            shield: settings.switch("shield"),
            shares: settings.switch("shares"),
        }
    }

    fn copies(setup: &Setup<'_>) -> Mechanism<Copy> {
        let settings = &setup.settings;
        let policy = settings.one_of("policy", Algorithm::ALL);
        let luck = Rng::stream(setup.seed, &[stable_hash("edge policy"), u64::from(setup.number)]);
        Mechanism::of(policy, settings.whole("capacity"), luck)
    }

    /// Keeps a copy, unless a newer one has overtaken it.
    fn keep(&mut self, now: Time, key: u64, reply: Reply) {
        let Reply { store, version, value, .. } = reply;
        if reply.status != Status::Ok || store == Reply::NO_STORE {
            return;
        }
        if let Lookup::Hit(copy) = self.copies.get(key, now)
            && (copy.store, copy.version > version) == (store, true)
        {
            return;
        }
        let until = self.config.life.expires(now) + self.config.on_error;
        self.copies.put(key, Copy { store, version, value, stored: now }, until, now);
    }

    fn serve(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        if request.write {
            match self.outlet(&request) {
                Some(wire) => cx.call(wire, request, call.token() | WRITE),
                None => cx.reply(call, Reply::plain(Status::Missing)),
            }
            return;
        }
        self.counts.lookups += 1;
        let now = cx.now();
        let found = self.copies.get(request.key, now);
        let life = self.config.life;
        cx.decide(|| {
            let what = match found {
                Lookup::Hit(copy) => match life.judge(copy.stored, now) {
                    Freshness::Fresh => "a fresh copy is here",
                    Freshness::Stale => "a stale copy is served and renewed behind the caller's back",
                    Freshness::Dead => "the copy is too old, and kept for when the origin fails",
                },
                Lookup::Miss | Lookup::Expired(_) => "no copy is here",
            };
            Decision::new("key {}: {}", [request.key.into(), what.into()])
        });
        if let Lookup::Hit(copy) = found {
            match self.config.life.judge(copy.stored, now) {
                Freshness::Fresh => {
                    self.counts.hits += 1;
                    cx.reply(call, copy.reply());
                    return;
                }
                Freshness::Stale => {
                    self.counts.hits += 1;
                    self.counts.stale += 1;
                    cx.reply(call, copy.reply());
                    self.want(cx, request, Waiter::Nobody);
                    return;
                }
                // It is kept for the day on which the origin fails.
                Freshness::Dead => {}
            }
        }
        self.want(cx, request, Waiter::Caller(call));
    }

    fn outlet(&self, request: &Request) -> Option<WireIndex> {
        self.outlets.iter().find(|outlet| outlet.carries(request.op)).map(|outlet| outlet.wire)
    }

    /// Somebody wants a key that has to be fetched; one fetch does for all who want it meanwhile, if fetches are shared.
    fn want(&mut self, cx: &mut Cx<'_>, request: Request, waiter: Waiter) {
        let flight = if self.config.shares { request.key } else { OWN | u64::from(self.serial) };
        if self.flights.join(flight, waiter) == Flight::Follows {
            cx.decide(|| Decision::new("waits with others for the fetch of key {}", [request.key.into()]));
            return;
        }
        let from = if self.config.shield && !self.is_shield { "the shield" } else { "the origin" };
        cx.decide(|| Decision::new("fetches key {} from {}", [request.key.into(), Word::Text(from)]));
        let fetch = self.serial;
        self.serial = fetch.wrapping_add(1);
        self.counts.fetched += 1;
        self.fetches.insert(fetch, (request, flight));
        if self.config.shield && !self.is_shield {
            cx.send(0, Message::Cdn(Talk::Fetch { fetch, request }));
            cx.timer(SHIELD_PATIENCE, GIVE_UP | u64::from(fetch));
        } else {
            self.ask_origin(cx, fetch, request);
        }
    }

    fn ask_origin(&mut self, cx: &mut Cx<'_>, fetch: u32, request: Request) {
        match self.outlet(&request) {
            Some(wire) => cx.call(wire, request, u64::from(fetch)),
            None => self.landed(cx, fetch, Reply::plain(Status::Missing)),
        }
    }

    /// A fetch has ended, well or badly.
    fn landed(&mut self, cx: &mut Cx<'_>, fetch: u32, reply: Reply) {
        let Some((request, flight)) = self.fetches.remove(&fetch) else { return };
        let (now, key) = (cx.now(), request.key);
        let mut answer = reply;
        if reply.status.is_ok() {
            self.keep(now, key, reply);
        } else if let Lookup::Hit(copy) = self.copies.get(key, now) {
            self.counts.stale += 1;
            answer = copy.reply();
            cx.decide(|| Decision::new("key {}: the fetch failed, an old copy is served", [key.into()]));
        }
        for waiter in self.flights.land(flight) {
            match waiter {
                Waiter::Caller(call) => cx.reply(call, answer),
                Waiter::Edge { number, fetch } => cx.send(number, Message::Cdn(Talk::Fetched { fetch, reply: answer })),
                Waiter::Nobody => {}
            }
        }
    }

    /// A write has passed through this edge: what the others are told.
    fn written(&mut self, cx: &mut Cx<'_>, key: u64, reply: Reply) {
        let talk = match self.config.on_write {
            OnWrite::Keep => return,
            OnWrite::Purge => {
                self.copies.remove(key);
                Talk::Purge { key }
            }
            OnWrite::Push => {
                self.keep(cx.now(), key, reply);
                Talk::Push { key, reply }
            }
        };
        let edges = cx.core().boxes[usize::from(cx.home())].members.len() as u8;
        let me = cx.number();
        (0..edges).filter(|edge| *edge != me).for_each(|edge| cx.send(edge, Message::Cdn(talk.clone())));
    }
}

impl Kind for Cdn {
    const SLUG: &'static str = "cdn";
    type Message = Talk;

    fn spec() -> KindSpec {
        let policies: Vec<(&'static str, &'static str)> = Algorithm::ALL.iter().map(|a| (a.name(), a.help())).collect();
        KindSpec {
            slug: Self::SLUG.into(),
            title: "CDN".into(),
            group: "Entry".into(),
            purpose: "Edges near the users that keep copies of what the origin serves.".into(),
            icon: "M9 2a7 7 0 1 0 .01 0M2 9h14M9 2c-4 4-4 10 0 14M9 2c4 4 4 10 0 14".into(),
            fields: vec![
                whole("edges", "Edges", "", (1.0, 12.0), 4.0, "Places with a cache of their own; each user has a nearest one"),
                whole("capacity", "Capacity", "keys", (1.0, 1e5), 500.0, "How many copies an edge holds").live(),
                choice("policy", "Policy", "Whom an edge throws out when it is full", &policies).live(),
                number("ttl_ms", "Time to live", "ms", (0.0, 8.64e7), 10_000.0, "How long a copy is served without asking").live(),
                number("revalidate_ms", "Stale while renewing", "ms", (0.0, 8.64e7), 0.0, "How much longer it is served while it is fetched anew").live(),
                number("on_error_ms", "Stale on error", "ms", (0.0, 8.64e7), 0.0, "How much longer it is served when the origin fails").live(),
                choice("on_write", "On a write", "What becomes of the edges' copies", &[
                    ("keep", "they live out their time, and are stale until then"),
                    ("purge", "every edge is told to forget its copy"),
                    ("push", "every edge is sent the new value"),
                ]).live(),
                switch("shield", "Shield", false, "Whether the first edge stands between the others and the origin").live(),
                switch("shares", "Share fetches", true, "Whether misses of one key at an edge share one fetch").live(),
                number("time_ms", "Access", "ms", (0.0, 10_000.0), 0.5, "Mean time of one access at an edge").live(),
                law("time_law", "Access varies", Law::Constant).live(),
                number("mesh_ms", "Between edges", "ms", (0.0, 60_000.0), 20.0, "One-way latency from edge to edge"),
            ],
            ports: Ports { accepts: true, out_max: 1, refusal: "A CDN has one origin".into() },
            verbs: vec![
                Verb::Flush, Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
            ],
            gauges: vec![
                gauge("hit_percent", "Hits", "%"),
                gauge("fetched", "Fetched", ""),
                gauge("stale", "Served stale", ""),
                gauge("rate", "Requests", "/s"),
            ],
            members: Some("edges".into()),
            modelled: vec![
                "every edge's copies with version, age and place in the policy's order".into(),
                "misses that share a fetch, the way through the shield, and round it when it does not answer".into(),
                "users at the nearest edge that is up: anycast takes a dead one off the map at once".into(),
            ],
            left_out: vec![
                "distances: a user is as near to his edge as the wire to the box is long".into(),
                "sizes and ranges: each copy counts as one".into(),
            ],
        }
    }

    fn members(settings: &Settings<'_>) -> u8 {
        settings.whole("edges").clamp(1, 12) as u8
    }

    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Nearest
    }

    fn mesh(settings: &Settings<'_>) -> Delay {
        Delay::constant(settings.millis("mesh_ms"))
    }

    fn new(setup: &Setup<'_>) -> Cdn {
        Cdn {
            copies: Cdn::copies(setup),
            policy: setup.settings.choice("policy"),
            config: Cdn::config(&setup.settings),
            outlets: setup.outlets.to_vec(),
            pending: Slab::new(),
            flights: SingleFlight::default(),
            fetches: BTreeMap::new(),
            serial: 0,
            counts: Counts::default(),
            is_shield: setup.number == 0,
        }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let settings = &setup.settings;
        self.config = Cdn::config(settings);
        if settings.choice("policy") != self.policy {
            self.policy = settings.choice("policy");
            self.copies = Cdn::copies(setup);
        }
        self.copies.set_capacity(settings.whole("capacity"), cx.now(), |_| {});
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let time = cx.work(&self.config.time);
        let place = self.pending.insert((call, request)) as u64;
        cx.shift_load(0, 1);
        cx.timer(time, place);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & GIVE_UP != 0 {
            let fetch = (token & !GIVE_UP) as u32;
            if let Some((request, _)) = self.fetches.get(&fetch).copied() {
                self.ask_origin(cx, fetch, request);
            }
        } else if let Some((call, request)) = self.pending.try_remove(token as usize) {
            cx.shift_load(0, -1);
            self.serve(cx, call, request);
        }
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        if token & WRITE != 0 {
            if reply.status.is_ok() {
                self.written(cx, request.key, reply);
            }
            cx.reply(CallId::from_token(token & !WRITE), reply);
        } else {
            self.landed(cx, token as u32, reply);
        }
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, talk: Talk) {
        match talk {
            Talk::Fetch { fetch, request } => {
                let now = cx.now();
                if let Lookup::Hit(copy) = self.copies.get(request.key, now)
                    && self.config.life.judge(copy.stored, now) == Freshness::Fresh
                {
                    cx.send(from, Message::Cdn(Talk::Fetched { fetch, reply: copy.reply() }));
                } else {
                    self.want(cx, request, Waiter::Edge { number: from, fetch });
                }
            }
            Talk::Fetched { fetch, reply } => self.landed(cx, fetch, reply),
            Talk::Purge { key } => {
                self.copies.remove(key);
            }
            Talk::Push { key, reply } => self.keep(cx.now(), key, reply),
        }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        cx.shift_load(0, -(self.pending.len() as i32));
        self.pending.clear();
        self.fetches.clear();
        self.flights = SingleFlight::default();
        self.copies.clear();
    }

    fn obey(&mut self, _cx: &mut Cx<'_>, verb: Verb, _amount: f64) {
        if verb == Verb::Flush {
            self.copies.clear();
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} edges · {} · {}", settings.whole("edges"), settings.millis("ttl_ms"), settings.choice_name("on_write"))
    }

    fn face(members: &[&Cdn], _glance: &Glance<'_>) -> Face {
        let bar = |(number, edge): (usize, &&Cdn)| Bar {
            label: format!("edge {number}"),
            value: percent(edge.counts.hits, edge.counts.lookups).unwrap_or(0.0),
            full: 100.0,
        };
        Face::Bars { bars: members.iter().enumerate().map(bar).collect(), unit: "% hits".into() }
    }

    fn gauges(members: &[&Cdn], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let sum = |of: fn(&Counts) -> u64| members.iter().map(|edge| of(&edge.counts)).sum::<u64>();
        vec![
            percent(sum(|counts| counts.hits), sum(|counts| counts.lookups)),
            Some(sum(|counts| counts.fetched) as f64),
            Some(sum(|counts| counts.stale) as f64),
            Some(glance.rate(glance.sample.count.arrived)),
        ]
    }

    fn role(&self) -> Text {
        if self.is_shield && self.config.shield { "shield".into() } else { "edge".into() }
    }
}
