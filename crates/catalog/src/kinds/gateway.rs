//! API gateway: one door for all operations. It knows who may come in, how much each of them may ask, where each operation goes, and
//! puts one answer together from several boxes.
//!
//! A request passes, in this order, the check of its token, the user's own limit, and then the route: every wire that carries its
//! operation. With one such wire it is passed on; with several it is either sent to all of them at once and answered when the last
//! has answered, or to one after the other.

use crate::face::{Bar, Face};
use crate::kind::{Cx, Decision, Glance, Kind, Setup, Word, learn, percent};
use crate::plan::Outlet;
use crate::settings::{FieldExt, Settings, choice, number, switch, whole, gauge};
use base::{Rng, Span, Time, stable_hash};
use cache::{Algorithm as Policy, Cache, Lookup};
use limits::{Algorithm, Policy as LimitPolicy, Tier, Tiers};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use std::collections::BTreeMap;
use trace::{Status, WireIndex};

/// A gateway.
#[derive(Clone)]
pub struct Gateway {
    config: Config,
    outlets: Vec<Outlet>,
    /// Tokens that have been checked, by user.
    tokens: Cache<()>,
    /// What each user has asked for.
    limits: Option<Tiers>,
    /// Requests inside, by serial number: a late answer finds nothing here.
    under_way: BTreeMap<u64, Passage>,
    serial: u64,
    sent: Vec<u64>,
    /// Tokens that were new, or whose time was over.
    checked: u64,
}

#[derive(Clone, Copy)]
struct Config {
    auth: bool,
    auth_time: Span,
    token_life: Span,
    parallel: bool,
    partial: bool,
}

/// A request inside.
#[derive(Clone, Copy)]
struct Passage {
    call: CallId,
    request: Request,
    /// When the box that is asked now was asked.
    began: Time,
    /// The outlet whose answer comes next, when they are asked one after the other.
    next: u8,
    /// More than one box is asked.
    several: bool,
    waiting: u8,
    /// The last bad answer.
    failed: Option<Reply>,
    /// The first good answer.
    answer: Option<Reply>,
}

/// Tokens that are kept; a user whose token has made room for another's is checked again.
const TOKENS_MAX: u32 = 10_000;

impl Gateway {
    fn config(settings: &Settings<'_>) -> Config {
        Config {
            auth: settings.switch("auth"),
            auth_time: settings.millis("auth_ms"),
            token_life: settings.millis("token_ms"),
            parallel: settings.choice("several") == 0,
            partial: settings.switch("partial"),
        }
    }

    /// One tier for all, with a limit for each user; none when there is no limit.
    fn limits(settings: &Settings<'_>) -> Option<Tiers> {
        let algorithm = settings.one_of("limit_algorithm", Algorithm::ALL);
        let limit = u64::from(settings.whole("user_limit"));
        let policy = LimitPolicy::new("user", algorithm, limit, settings.millis("window_ms").max(Span(1))).ok();
        let policy = policy.filter(|_| limit > 0)?;
        Some(Tiers::new(vec![Tier { name: "users".into(), policies: vec![policy] }]))
    }

    /// The token has been found good: on to the limit and the route.
    fn admit(&mut self, cx: &mut Cx<'_>, serial: u64) {
        let Some(passage) = self.under_way.get(&serial).copied() else { return };
        let asked = self.limits.as_mut().map(|limits| limits.ask(u64::from(passage.request.user), 0, cx.now(), 1));
        let is_over = asked.is_some_and(|answer| answer.is_ok_and(|answer| !answer.is_allowed));
        let user = passage.request.user;
        cx.decide(|| match is_over {
            true => Decision::new("refused user {}: over the limit of each user", [user.into()]),
            false => Decision::new("admitted user {} for {}", [user.into(), Word::Op(passage.request.op)]),
        });
        if is_over {
            self.under_way.remove(&serial);
            cx.reply(passage.call, Reply::plain(Status::Limited));
        } else {
            self.go_on(cx, serial);
        }
    }

    /// Asks the next box that carries the operation, or all of them; with nobody left to ask, answers.
    fn go_on(&mut self, cx: &mut Cx<'_>, serial: u64) {
        let Some(passage) = self.under_way.get_mut(&serial) else { return };
        let (op, from) = (passage.request.op, usize::from(passage.next));
        passage.began = cx.now();
        for (place, outlet) in self.outlets.iter().enumerate().skip(from).filter(|(_, outlet)| outlet.carries(op)) {
            self.sent[place] += 1;
            passage.waiting += 1;
            passage.next = place as u8 + 1;
            cx.call(outlet.wire, passage.request, serial);
            if !self.config.parallel {
                return;
            }
        }
        if passage.waiting == 0 {
            self.finish(cx, serial);
        }
    }

    /// Everybody has answered.
    fn finish(&mut self, cx: &mut Cx<'_>, serial: u64) {
        let Some(passage) = self.under_way.remove(&serial) else { return };
        let answer = match (passage.answer, passage.failed) {
            (None, None) => Reply::plain(Status::Unavailable),
            (None, Some(failed)) if !passage.several => failed,
            (Some(answer), None) => answer,
            (Some(answer), Some(_)) if self.config.partial => answer,
            (_, Some(_)) => Reply::plain(Status::Failed),
        };
        cx.decide(|| {
            let what = match (passage.answer, passage.failed, answer.status.is_ok()) {
                (Some(_), Some(_), true) => "in part: some of those it asked failed",
                (_, Some(_), false) => "badly: somebody it asked failed",
                (None, None, _) => "badly: no wire carries the operation",
                _ => "well: all it asked have answered",
            };
            Decision::new("put the answer to user {} together, {}", [passage.request.user.into(), what.into()])
        });
        let answer = if passage.several { Reply::plain(answer.status) } else { answer };
        cx.reply(passage.call, answer);
    }
}

impl Kind for Gateway {
    const SLUG: &'static str = "gateway";
    type Message = ();

    fn spec() -> KindSpec {
        const AUTH: &[&str] = &["on"];
        let algorithms: Vec<(&'static str, &'static str)> = Algorithm::ALL.iter().map(|a| (a.name(), a.help())).collect();
        KindSpec {
            slug: Self::SLUG.into(),
            title: "API gateway".into(),
            group: "Entry".into(),
            purpose: "One door: checks tokens, limits each user, routes each operation, and gathers answers.".into(),
            icon: "M3 15V6l6-3 6 3v9M7 15V9h4v6M1.500 15h15".into(),
            fields: vec![
                switch("auth", "Check tokens", true, "Whether it makes sure who is asking").live(),
                number("auth_ms", "A check takes", "ms", (0.0, 60_000.0), 15.0, "Time to check a token that it has not seen lately").live().when("auth", AUTH),
                number("token_ms", "Remember tokens", "ms", (0.0, 8.64e7), 60_000.0, "How long a checked token is believed; a revoked one passes as long").live().when("auth", AUTH),
                whole("user_limit", "Limit for each user", "", (0.0, 1e6), 0.0, "Requests of one user in one window; 0 is no limit").live(),
                number("window_ms", "Window", "ms", (1.0, 3.6e6), 1_000.0, "The time the limit refers to").live(),
                choice("limit_algorithm", "Limit counts by", "How it counts a user's requests", &algorithms).live(),
                choice("several", "Several boxes", "When more than one wire carries an operation", &[
                    ("all at once", "as slow as the slowest of them"),
                    ("one by one", "as slow as all of them together"),
                ]).live(),
                switch("partial", "Partial answers", false, "Whether an answer from some of them will do when others fail").live(),
            ],
            ports: Ports { accepts: true, out_max: 32, refusal: "A gateway calls at most 32 boxes".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("rate", "Requests", "/s"),
                gauge("limited_percent", "Over limit", "%"),
                gauge("checked", "Tokens checked", ""),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: None,
            modelled: vec![
                "a limiter for each user, by any algorithm of the family".into(),
                "checked tokens, which are believed until their time is over".into(),
                "answers gathered from all boxes that carry an operation: the tail of the slowest".into(),
            ],
            left_out: vec!["its own capacity: it passes on at once".into(), "what a transformation of an answer costs".into()],
        }
    }

    fn new(setup: &Setup<'_>) -> Gateway {
        let luck = Rng::stream(setup.seed, &[stable_hash("gateway tokens"), u64::from(setup.number)]);
        Gateway {
            config: Gateway::config(&setup.settings),
            outlets: setup.outlets.to_vec(),
            tokens: Cache::of(Policy::Lru, TOKENS_MAX, luck),
            limits: Gateway::limits(&setup.settings),
            under_way: BTreeMap::new(),
            serial: 0,
            sent: vec![0; setup.outlets.len()],
            checked: 0,
        }
    }

    fn retune(&mut self, _cx: &mut Cx<'_>, setup: &Setup<'_>) {
        self.config = Gateway::config(&setup.settings);
        self.limits = Gateway::limits(&setup.settings);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        let (now, serial) = (cx.now(), self.serial);
        self.serial += 1;
        let several = self.outlets.iter().filter(|outlet| outlet.carries(request.op)).count() > 1;
        let passage = Passage { call, request, began: now, next: 0, several, waiting: 0, failed: None, answer: None };
        self.under_way.insert(serial, passage);
        let known = !self.config.auth || matches!(self.tokens.get(u64::from(request.user), now), Lookup::Hit(()));
        if known {
            self.admit(cx, serial);
        } else {
            self.checked += 1;
            cx.timer(self.config.auth_time, serial);
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, serial: u64) {
        if let Some(passage) = self.under_way.get(&serial) {
            let now = cx.now();
            self.tokens.put(u64::from(passage.request.user), (), now + self.config.token_life, now);
            self.admit(cx, serial);
        }
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, serial: u64, request: &Request, reply: Reply) {
        let Some(passage) = self.under_way.get_mut(&serial) else { return };
        if passage.several {
            learn(cx, request, &reply, passage.began);
        }
        passage.waiting -= 1;
        if reply.status.is_ok() {
            passage.answer = passage.answer.or(Some(reply));
        } else {
            passage.failed = Some(reply);
        }
        if passage.waiting == 0 {
            if self.config.parallel { self.finish(cx, serial) } else { self.go_on(cx, serial) }
        }
    }

    fn on_crash(&mut self, _cx: &mut Cx<'_>) {
        self.under_way.clear();
        self.tokens.clear();
    }

    fn summary(settings: &Settings<'_>) -> String {
        let limit = settings.whole("user_limit");
        let limit = if limit == 0 { "no limit".to_string() } else { format!("{limit} a user") };
        format!("{limit} · {}", settings.choice_name("several"))
    }

    fn face(members: &[&Gateway], glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let full = me.sent.iter().copied().max().unwrap_or(0).max(1) as f64;
        let bar = |(outlet, sent): (&Outlet, &u64)| Bar { label: glance.target(outlet.wire), value: *sent as f64, full };
        Face::Bars { bars: me.outlets.iter().zip(&me.sent).map(bar).collect(), unit: "sent".into() }
    }

    fn gauges(members: &[&Gateway], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let count = &glance.sample.count;
        vec![
            Some(glance.rate(count.arrived)),
            percent(count.refused, count.ended()),
            Some(me.checked as f64),
            glance.p99_ms(),
        ]
    }
}
