//! A small language and two designs in it.

use crate::{
    Act, Applies, CheckSpec, ChoiceOption, Field, FieldKind, KindSpec, Lesson, LessonStep, Moment, Op, Placed, Ports, Scenario, Schema,
    Target, Value, Verb, View, Wire, WireEnds,
};
use base::{Span, Time};

pub(crate) fn number(name: &'static str, min: f64, max: f64, default: f64, whole: bool) -> Field {
    let unit = match name {
        _ if name.ends_with("_ms") => "ms",
        _ if name.ends_with("_pct") => "%",
        "rate" => "/s",
        _ => "",
    };
    let kind = FieldKind::Number { min, max, default, whole };
    Field { name: name.into(), title: title(name).into(), unit: unit.into(), help: "".into(), kind, live: true, when: None }
}

pub(crate) fn choice(name: &'static str, options: &[&'static str]) -> Field {
    let options = options.iter().map(|name| ChoiceOption { name: (*name).into(), help: "".into() }).collect();
    Field { kind: FieldKind::Choice { options, default: 0 }, ..number(name, 0.0, 0.0, 0.0, false) }
}

fn fixed(field: Field) -> Field {
    Field { live: false, ..field }
}

fn title(name: &str) -> String {
    crate::naming::name_of(&name.replace('_', "-"))
}

pub(crate) fn op(name: &str, write: bool, weight: f64) -> Op {
    Op { name: name.to_string(), write, weight }
}

pub(crate) fn kind(slug: &'static str, title: &'static str, fields: Vec<Field>, out_max: u8, verbs: &[Verb]) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: title.into(),
        group: "".into(),
        purpose: "".into(),
        icon: "".into(),
        members: fields.iter().find(|field| field.name == "members").map(|field| field.name.clone()),
        fields,
        ports: Ports {
            accepts: slug != "clients",
            out_max,
            refusal: if slug == "clients" { "Clients only send; nobody calls them." } else { "It answers by itself." }.into(),
        },
        verbs: verbs.to_vec(),
        gauges: Vec::new(),
        modelled: Vec::new(),
        left_out: Vec::new(),
    }
}

pub(crate) fn schema() -> Schema {
    let process = [Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal];
    let with = |more: &[Verb]| process.iter().chain(more).copied().collect::<Vec<_>>();
    let mix = Field {
        kind: FieldKind::Ops { default: vec![op("read", false, 90.0), op("write", true, 10.0)] },
        ..number("ops", 0.0, 0.0, 0.0, false)
    };
    let kinds = vec![
        kind(
            "clients",
            "Clients",
            vec![
                number("rate", 0.0, 1_000_000.0, 100.0, false),
                choice("law", &["poisson", "constant", "burst", "ramp"]),
                number("keys", 1.0, 10_000_000.0, 1_000.0, true),
                choice("popularity", &["zipf", "uniform", "hot-set"]),
                number("zipf_exponent", 0.0, 3.0, 1.0, false),
                mix,
            ],
            8,
            &[Verb::Spike],
        ),
        kind(
            "load-balancer",
            "Load balancer",
            vec![choice("algorithm", &["round-robin", "least-connections", "two-choices", "ip-hash"])],
            32,
            &with(&[]),
        ),
        kind(
            "service",
            "Service",
            vec![
                number("workers", 1.0, 1_000.0, 8.0, true),
                number("queue", 0.0, 100_000.0, 100.0, true),
                number("service_ms", 0.0, 60_000.0, 5.0, false),
                choice("law", &["exponential", "constant", "log-normal"]),
            ],
            16,
            &with(&[]),
        ),
        kind(
            "cache",
            "Cache",
            vec![
                number("entries", 1.0, 1_000_000.0, 1_000.0, true),
                choice("policy", &["lru", "lfu"]),
                number("ttl_ms", 0.0, 86_400_000.0, 0.0, false),
            ],
            1,
            &with(&[Verb::Flush]),
        ),
        kind("rate-limiter", "Rate limiter", vec![number("rate", 0.0, 1e6, 1_000.0, false), number("burst", 1.0, 1e6, 100.0, true)], 1, &with(&[])),
        kind(
            "leader-follower",
            "Leader and followers",
            vec![
                fixed(number("members", 1.0, 9.0, 3.0, true)),
                choice("mode", &["async", "semi-sync", "sync"]),
                choice("reads", &["leader", "followers"]),
                number("lag_ms", 0.0, 60_000.0, 20.0, false),
            ],
            0,
            &with(&[Verb::Isolate]),
        ),
        kind(
            "hash-ring",
            "Hash ring",
            vec![fixed(number("members", 1.0, 32.0, 3.0, true)), number("points", 1.0, 1_000.0, 150.0, true)],
            0,
            &with(&[Verb::AddMember, Verb::RemoveMember]),
        ),
        kind(
            "queue",
            "Queue",
            vec![number("workers", 1.0, 1_000.0, 4.0, true), number("fan_out", 1.0, 1_000_000.0, 1.0, true)],
            4,
            &with(&[]),
        ),
    ];
    let wire = vec![
        number("latency_ms", 0.0, 60_000.0, 1.0, false),
        number("jitter_ms", 0.0, 60_000.0, 0.0, false),
        number("loss_pct", 0.0, 100.0, 0.0, false),
        number("timeout_ms", 0.0, 600_000.0, 1_000.0, false),
        number("retries", 0.0, 10.0, 0.0, true),
    ];
    let check = |slug: &'static str, kinds: &[&'static str], bound: Option<f64>| Applies {
        slug: slug.into(),
        title: title(slug).into(),
        help: "".into(),
        kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
        bound: bound.map(|bound| ("".into(), bound)),
    };
    let checks = vec![
        check("p99", &["clients"], Some(100.0)),
        check("available", &["clients"], Some(99.9)),
        check("lost-writes", &["leader-follower", "hash-ring"], None),
        check("stale-reads", &["leader-follower", "cache"], Some(1_000.0)),
        check("over-budget", &["rate-limiter"], None),
    ];
    Schema { kinds, wire, checks }
}

/// A box with some values set by name; a choice by its name, a number by its digits.
pub(crate) fn placed(id: &str, kind: &str, x: i32, y: i32, set: &[(&str, &str)]) -> Placed {
    let schema = schema();
    let spec = schema.kind(kind).unwrap_or_else(|| panic!("no kind {kind}"));
    let mut config = spec.defaults();
    set.iter().for_each(|(name, value)| config[spec.field(name).expect(name)] = value_of(&spec.fields, name, value));
    Placed { id: id.into(), kind: kind.into(), name: crate::naming::name_of(id), x, y, config }
}

pub(crate) fn value_of(fields: &[Field], name: &str, value: &str) -> Value {
    let field = fields.iter().find(|field| field.name == name).expect(name);
    match &field.kind {
        FieldKind::Number { .. } => Value::Number(value.parse().expect(value)),
        FieldKind::Choice { options, .. } => {
            Value::Choice(options.iter().position(|option| option.name == value).expect(value) as u8)
        }
        FieldKind::Ops { .. } => panic!("set {name} by hand"),
    }
}

pub(crate) fn wire(from: &str, to: &str, ops: &[&str], set: &[(&str, &str)]) -> Wire {
    let fields = schema().wire;
    let mut config: Vec<Value> = fields.iter().map(Field::default_value).collect();
    for (name, value) in set {
        let at = fields.iter().position(|field| field.name == *name).expect(name);
        config[at] = value_of(&fields, name, value);
    }
    let ops = ops.iter().map(ToString::to_string).collect();
    Wire { ends: WireEnds { from: from.into(), to: to.into() }, ops, config }
}

pub(crate) fn act(at_ms: u64, lasts_ms: Option<u64>, verb: Verb, on: &str, amount: Option<f64>) -> Moment {
    let act = Act::Do { verb, on: on.parse::<Target>().expect(on), amount };
    Moment { at: Time::ZERO + Span::from_millis(at_ms), lasts: lasts_ms.map(Span::from_millis), act }
}

pub(crate) fn set(at_ms: u64, on: &str, field: &str, value: Value) -> Moment {
    let act = Act::Set { on: on.parse::<Target>().expect(on), field: field.into(), value };
    Moment { at: Time::ZERO + Span::from_millis(at_ms), lasts: None, act }
}

pub(crate) fn check(check: &str, on: &str, bound: Option<f64>) -> CheckSpec {
    CheckSpec { check: check.into(), on: on.into(), bound }
}

/// Six boxes with a lesson: every part of the form is used once.
pub(crate) fn newsfeed() -> Scenario {
    let mut readers = placed("readers", "clients", 40, 268, &[("rate", "1200")]);
    *readers.config.last_mut().expect("the mix is last") = Value::Ops(vec![op("feed", false, 95.0), op("post", true, 5.0)]);
    let mut feeds = placed("feeds", "cache", 680, 124, &[("entries", "2500"), ("policy", "lfu")]);
    feeds.name = "Ready-made feeds".into();
    Scenario {
        slug: None,
        title: "A news feed, written ahead".into(),
        about: "Each post is delivered to every follower's feed. Cut the leader off and see what was lost.".into(),
        seed: 42,
        length: Span::from_secs(60),
        boxes: vec![
            readers,
            placed("limiter", "rate-limiter", 200, 268, &[("rate", "2000")]),
            placed("feed", "service", 440, 268, &[]),
            feeds,
            placed("posts", "leader-follower", 680, 268, &[("lag_ms", "100")]),
            placed("fan-out", "queue", 680, 412, &[("fan_out", "250")]),
        ],
        wires: vec![
            wire("readers", "limiter", &[], &[("timeout_ms", "500"), ("retries", "2")]),
            wire("limiter", "feed", &[], &[]),
            wire("feed", "feeds", &["feed"], &[("latency_ms", "0.5")]),
            wire("feed", "posts", &[], &[]),
            wire("feed", "fan-out", &["post"], &[]),
            wire("fan-out", "feeds", &[], &[]),
        ],
        faults: vec![
            act(20_000, Some(5_000), Verb::CutOff, "posts.0", None),
            act(35_000, None, Verb::Spike, "readers", Some(3.0)),
            act(40_000, Some(2_500), Verb::AddLatency, "feed>posts", Some(250.0)),
        ],
        actions: vec![act(12_345, None, Verb::Flush, "feeds", None), set(30_000, "posts", "mode", Value::Choice(2))],
        checks: vec![check("lost-writes", "posts", None), check("p99", "readers", Some(100.0))],
        lesson: Lesson {
            steps: vec![
                LessonStep {
                    title: "Watch the feed".into(),
                    text: "Reads come from ready-made feeds.\nThe followers lag by {posts.lag_entries} entries.".into(),
                    ..LessonStep::default()
                },
                LessonStep {
                    title: "Cut the leader off".into(),
                    text: "What was acknowledged and not shipped is lost: {lost-writes.posts} posts.".into(),
                    focus: vec!["posts".into(), "feed".into()],
                    offer: vec![act(0, None, Verb::CutOff, "posts.0", None)],
                    label: "Cut it off".into(),
                },
            ],
            sources: vec!["Kleppmann, Designing Data-Intensive Applications, chapter 5".into()],
        },
        view: View { at: Some(Time::ZERO + Span::from_millis(21_400)), speed: Some(0.5), selected: Some("posts".into()) },
    }
}

/// Twelve boxes and fifteen wires, named and placed by hand, with faults and checks: the size that links are measured at.
pub(crate) fn tiered() -> Scenario {
    let mut visitors = placed("visitors", "clients", 40, 240, &[("rate", "1200"), ("keys", "50000"), ("zipf_exponent", "1.1")]);
    *visitors.config.last_mut().expect("the mix is last") =
        Value::Ops(vec![op("browse", false, 80.0), op("search", false, 15.0), op("order", true, 5.0)]);
    let mut named = placed("orders-db", "leader-follower", 1160, 160, &[("members", "5"), ("mode", "semi-sync"), ("lag_ms", "40")]);
    named.name = "Orders (Frankfurt)".into();
    let service = |id, x, y, ms| placed(id, "service", x, y, &[("service_ms", ms), ("workers", "16")]);
    Scenario {
        slug: None,
        title: "A shop in three tiers".into(),
        about: "Browsing lives from the cache; orders must not be lost.".into(),
        seed: 7,
        length: Span::from_secs(120),
        boxes: vec![
            visitors,
            placed("bots", "clients", 40, 400, &[("rate", "300"), ("law", "burst")]),
            placed("limiter", "rate-limiter", 240, 320, &[("rate", "2000"), ("burst", "500")]),
            placed("front-door", "load-balancer", 440, 320, &[("algorithm", "two-choices")]),
            service("web-1", 640, 160, "4"),
            service("web-2", 640, 320, "4"),
            service("web-3", 640, 480, "4"),
            placed("pages", "cache", 880, 80, &[("entries", "5000"), ("ttl_ms", "30000")]),
            service("orders", 880, 240, "12.5"),
            named,
            placed("catalogue", "hash-ring", 1160, 400, &[("members", "4")]),
            placed("mails", "queue", 1160, 560, &[]),
        ],
        wires: vec![
            wire("visitors", "limiter", &[], &[("timeout_ms", "800"), ("retries", "2"), ("latency_ms", "20")]),
            wire("bots", "limiter", &[], &[("latency_ms", "35")]),
            wire("limiter", "front-door", &[], &[]),
            wire("front-door", "web-1", &[], &[]),
            wire("front-door", "web-2", &[], &[]),
            wire("front-door", "web-3", &[], &[]),
            wire("web-1", "pages", &["browse"], &[("latency_ms", "0.5")]),
            wire("web-2", "pages", &["browse"], &[("latency_ms", "0.5")]),
            wire("web-3", "pages", &["browse"], &[("latency_ms", "0.5")]),
            wire("web-1", "orders", &["order"], &[("timeout_ms", "300")]),
            wire("web-2", "orders", &["order"], &[("timeout_ms", "300")]),
            wire("web-3", "orders", &["order"], &[("timeout_ms", "300")]),
            wire("orders", "orders-db", &[], &[("latency_ms", "2")]),
            wire("pages", "catalogue", &[], &[]),
            wire("orders", "mails", &[], &[]),
        ],
        faults: vec![
            act(20_000, Some(5_000), Verb::CutOff, "orders-db.0", None),
            act(40_000, Some(10_000), Verb::Slow, "web-2", Some(8.0)),
            act(60_000, None, Verb::AddMember, "catalogue", None),
            act(75_000, Some(15_000), Verb::Spike, "visitors", Some(3.0)),
            act(100_000, None, Verb::Flush, "pages", None),
        ],
        actions: Vec::new(),
        checks: vec![
            check("lost-writes", "orders-db", None),
            check("p99", "visitors", Some(250.0)),
            check("available", "visitors", Some(99.9)),
            check("over-budget", "limiter", None),
        ],
        lesson: Lesson::default(),
        view: View { selected: Some("orders-db".into()), ..View::default() },
    }
}
