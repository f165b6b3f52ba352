//! A small language and two designs in it.

use crate::{
    Act, Applies, CheckSpec, ChoiceOption, Claim, Field, FieldKind, GaugeSpec, Guess, KindSpec, Lesson, LessonStep,
    Moment, Op, Placed, Ports, Prediction, Scenario, Schema, Setting, Target, Trace, Value, Variant, Verb, View, Wire,
    WireEnds,
};
use base::{Span, Time};

pub(crate) fn number(name: &'static str, min: f64, max: f64, default: f64, whole: bool) -> Field {
    let unit = match name {
        _ if name.ends_with("_ms") => "ms",
        _ if name.ends_with("_percent") => "%",
        "rate" => "/s",
        _ => "",
    };
    let kind = FieldKind::Number { min, max, default, whole };
    Field {
        name: name.into(),
        title: title(name).into(),
        unit: unit.into(),
        help: "".into(),
        kind,
        live: true,
        when: None,
    }
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

pub(crate) fn kind(
    slug: &'static str,
    title: &'static str,
    fields: Vec<Field>,
    out_max: u8,
    verbs: &[Verb],
) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: title.into(),
        group: "".into(),
        purpose: "".into(),
        icon: "".into(),
        members: fields.iter().find(|field| field.name == "members").map(|field| field.name.clone()),
        fields,
        ports: Ports {
            accepts: slug != "clients" && slug != "replay",
            out_max,
            refusal: match slug {
                "clients" => "Clients only send; wire them to what they call",
                "cache" => "A cache reads through to one store",
                _ => "A store is called; it calls nobody",
            }
            .into(),
        },
        verbs: verbs.to_vec(),
        gauges: vec![GaugeSpec {
            name: if slug == "leader-follower" { "lag_entries" } else { "rate" }.into(),
            title: "".into(),
            unit: "".into(),
        }],
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
    let law = || choice("time_law", &["constant", "uniform", "exponential", "erlang", "log-normal", "pareto"]);
    let clients = vec![
        fixed(choice("loop", &["open", "closed"])),
        choice("arrivals", &["poisson", "constant", "burst", "ramp"]),
        number("rate", 0.0, 1_000_000.0, 100.0, false),
        choice("popularity", &["zipf", "uniform", "hot-set"]),
        number("keys", 1.0, 1_000_000.0, 10_000.0, true),
        number("skew", 0.0, 3.0, 1.0, false),
        fixed(mix),
    ];
    let service = vec![
        number("workers", 1.0, 10_000.0, 16.0, true),
        number("line_max", 0.0, 1_000_000.0, 1_000.0, true),
        number("time_ms", 0.0, 600_000.0, 5.0, false),
        law(),
        fixed(choice("waiting", &["worker is free", "worker is held"])),
    ];
    let cache = vec![
        choice("policy", &["lru", "lfu"]),
        number("capacity", 1.0, 1_000_000.0, 1_000.0, true),
        number("ttl_ms", 0.0, 86_400_000.0, 0.0, false),
    ];
    let limiter = vec![
        choice("algorithm", &["token-bucket", "fixed-window"]),
        number("limit", 1.0, 1_000_000.0, 1_000.0, true),
        number("window_ms", 1.0, 3_600_000.0, 1_000.0, false),
        number("burst", 1.0, 1_000_000.0, 100.0, true),
    ];
    let leader_follower = vec![
        fixed(number("members", 1.0, 7.0, 3.0, true)),
        choice("acknowledge", &["async", "semi-sync", "sync"]),
        number("ship_delay_ms", 0.0, 60_000.0, 0.0, false),
        choice("reads", &["leader", "followers", "anybody"]),
    ];
    let hash_ring =
        vec![fixed(number("members", 1.0, 16.0, 4.0, true)), fixed(number("points", 1.0, 1_000.0, 150.0, true))];
    let queue = vec![
        number("workers", 1.0, 10_000.0, 8.0, true),
        choice("delivers", &["once", "to followers"]),
        number("followers", 0.0, 10_000_000.0, 50.0, true),
    ];
    let algorithm = choice("algorithm", &["round-robin", "least-connections", "two-choices", "ip-hash"]);
    let requests = Trace::from_csv("0,read,1\n0.5,write,2").expect("two requests are a trace");
    let requests =
        Field { kind: FieldKind::Trace { default: requests }, ..fixed(number("trace", 0.0, 0.0, 0.0, false)) };
    let replay = vec![requests, number("speed", 0.01, 100.0, 1.0, false)];
    let ring = [Verb::AddMember, Verb::RemoveMember];
    let kinds = vec![
        kind("clients", "Clients", clients, 16, &[Verb::Spike, Verb::Heal]),
        kind("balancer", "Load balancer", vec![algorithm], 64, &with(&[])),
        kind("limiter", "Rate limiter", limiter, 16, &with(&[])),
        kind("service", "Service", service, 32, &with(&[])),
        kind("cache", "Cache", cache, 1, &with(&[Verb::Flush])),
        kind("leader-follower", "Leader and followers", leader_follower, 0, &with(&[Verb::Isolate])),
        kind("hash-ring", "Hash-ring store", hash_ring, 0, &with(&ring)),
        kind("queue", "Queue with workers", queue, 16, &with(&[])),
        kind("replay", "Trace replay", replay, 16, &[Verb::Spike, Verb::Heal]),
    ];
    let wire = vec![
        number("latency_ms", 0.0, 60_000.0, 0.5, false),
        choice("latency_law", &["constant", "uniform", "exponential", "erlang", "log-normal", "pareto"]),
        number("loss_percent", 0.0, 100.0, 0.0, false),
        number("timeout_ms", 0.0, 3_600_000.0, 1_000.0, false),
        number("retries", 0.0, 20.0, 0.0, true),
    ];
    let check = |slug: &'static str, kinds: &[&'static str], bound: Option<f64>| Applies {
        slug: slug.into(),
        title: title(slug).into(),
        help: "".into(),
        kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
        bound: bound.map(|bound| ("".into(), bound)),
    };
    let checks = vec![
        check("lost-writes", &["leader-follower"], None),
        check("stale-reads", &["leader-follower", "hash-ring"], Some(0.0)),
        check("p99", &["clients"], Some(100.0)),
        check("availability", &["clients"], Some(99.9)),
        check("limiter-budget", &["limiter"], None),
        check("keys-moved", &["hash-ring"], Some(25.0)),
    ];
    Schema { kinds, wire, checks, plans: vec!["service".into()], caches: vec!["cache".into()] }
}

/// A box with some values set by name; a choice by its name, a number by its digits.
pub(crate) fn placed(id: &str, kind: &str, x: i32, y: i32, set: &[(&str, &str)]) -> Placed {
    let schema = schema();
    let spec = schema.kind(kind).unwrap_or_else(|| panic!("no kind {kind}"));
    let mut config = spec.defaults();
    set.iter().for_each(|(name, value)| config[spec.field(name).expect(name)] = value_of(&spec.fields, name, value));
    Placed { id: id.into(), kind: kind.into(), name: crate::naming::name_of(id), x, y, config, ..Placed::default() }
}

pub(crate) fn value_of(fields: &[Field], name: &str, value: &str) -> Value {
    let field = fields.iter().find(|field| field.name == name).expect(name);
    match &field.kind {
        FieldKind::Number { .. } => Value::Number(value.parse().expect(value)),
        FieldKind::Choice { options, .. } => {
            Value::Choice(options.iter().position(|option| option.name == value).expect(value) as u8)
        }
        FieldKind::Ops { .. } | FieldKind::Trace { .. } => panic!("set {name} by hand"),
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
    *readers.config.last_mut().expect("the mix is last") =
        Value::Ops(vec![op("feed", false, 95.0), op("post", true, 5.0)]);
    let mut feeds = placed("feeds", "cache", 680, 124, &[("capacity", "2500"), ("policy", "lfu")]);
    feeds.name = "Ready-made feeds".into();
    Scenario {
        slug: None,
        title: "A news feed, written ahead".into(),
        about: "Each post is delivered to every follower's feed. Cut the leader off and see what was lost.".into(),
        seed: 42,
        length: Span::from_secs(60),
        weight: crate::Weight::ONE,
        boxes: vec![
            readers,
            placed("limiter", "limiter", 200, 268, &[("limit", "2000")]),
            placed("feed", "service", 440, 268, &[]),
            feeds,
            placed("posts", "leader-follower", 680, 268, &[("ship_delay_ms", "100")]),
            placed("fan-out", "queue", 680, 412, &[("delivers", "to followers"), ("followers", "250")]),
        ],
        wires: vec![
            wire("readers", "limiter", &[], &[("timeout_ms", "500"), ("retries", "2")]),
            wire("limiter", "feed", &[], &[]),
            wire("feed", "feeds", &["feed"], &[("latency_ms", "0.2")]),
            wire("feed", "posts", &[], &[]),
            wire("feed", "fan-out", &["post"], &[]),
            wire("fan-out", "feeds", &[], &[]),
        ],
        faults: vec![
            act(20_000, Some(5_000), Verb::CutOff, "posts.0", None),
            act(35_000, None, Verb::Spike, "readers", Some(3.0)),
            act(40_000, Some(2_500), Verb::AddLatency, "feed>posts", Some(250.0)),
        ],
        actions: vec![
            act(12_345, None, Verb::Flush, "feeds", None),
            set(30_000, "posts", "acknowledge", Value::Choice(2)),
        ],
        checks: vec![check("lost-writes", "posts", None), check("p99", "readers", Some(100.0))],
        variants: Vec::new(),
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
                    ..LessonStep::default()
                },
            ],
            claims: Vec::new(),
            sources: vec!["Kleppmann, Designing Data-Intensive Applications, chapter 5".into()],
        },
        view: View {
            at: Some(Time::ZERO + Span::from_millis(21_400)),
            speed: Some(0.5),
            selected: Some("posts".into()),
        },
        ..Scenario::default()
    }
}

/// The same with a question, claims and variants.
pub(crate) fn choosing() -> Scenario {
    let mut all = newsfeed();
    let guess = |says: &str, to| Guess { says: says.into(), to };
    all.lesson.steps[1].predict = Some(Prediction {
        ask: "How many acknowledged posts are gone after five seconds?".into(),
        reads: "lost-writes.posts".into(),
        after: Some(Span::from_secs(8)),
        choices: vec![guess("None", Some(0.0)), guess("about 10", Some(30.5)), guess("more", None)],
    });
    all.lesson.claims = vec![
        Claim {
            claim: "Followers lag by less than a tenth of a second".into(),
            says: "100 ms".into(),
            measured: "{posts.lag_entries} entries".into(),
            after: Some(Span::from_secs(20)),
            because: "The wire is slower than the source's.".into(),
        },
        Claim {
            claim: "An acknowledged post is never lost".into(),
            says: "0".into(),
            measured: "{lost-writes.posts} lost".into(),
            ..Claim::default()
        },
    ];
    let setting = |on: &str, field: &str, value| Setting { on: on.parse().expect(on), field: field.into(), value };
    all.variants = vec![
        Variant {
            name: "Async".into(),
            about: "Quick, and it may lose posts.".into(),
            set: vec![setting("posts", "acknowledge", Value::Choice(0))],
        },
        Variant {
            name: "Five that wait".into(),
            about: String::new(),
            set: vec![
                setting("posts", "acknowledge", Value::Choice(2)),
                setting("posts", "members", Value::Number(5.0)),
                setting("feed>posts", "timeout_ms", Value::Number(2500.0)),
            ],
        },
    ];
    all
}

/// Twelve boxes and fifteen wires, named and placed by hand, with faults and checks: the size that links are measured at.
pub(crate) fn tiered() -> Scenario {
    let mut visitors = placed("visitors", "clients", 40, 240, &[("rate", "1200"), ("keys", "50000"), ("skew", "1.1")]);
    *visitors.config.last_mut().expect("the mix is last") =
        Value::Ops(vec![op("browse", false, 80.0), op("search", false, 15.0), op("order", true, 5.0)]);
    let mut named = placed(
        "orders-db",
        "leader-follower",
        1160,
        160,
        &[("members", "5"), ("acknowledge", "semi-sync"), ("ship_delay_ms", "40")],
    );
    named.name = "Orders (Frankfurt)".into();
    let service = |id, x, y, ms| placed(id, "service", x, y, &[("time_ms", ms), ("workers", "32")]);
    Scenario {
        slug: None,
        title: "A shop in three tiers".into(),
        about: "Browsing lives from the cache; orders must not be lost.".into(),
        seed: 7,
        length: Span::from_secs(120),
        weight: crate::Weight::ONE,
        boxes: vec![
            visitors,
            placed("bots", "clients", 40, 400, &[("rate", "300"), ("arrivals", "burst")]),
            placed("limiter", "limiter", 240, 320, &[("limit", "2000"), ("burst", "500")]),
            placed("front-door", "balancer", 440, 320, &[("algorithm", "two-choices")]),
            service("web-1", 640, 160, "4"),
            service("web-2", 640, 320, "4"),
            service("web-3", 640, 480, "4"),
            placed("pages", "cache", 880, 80, &[("capacity", "5000"), ("ttl_ms", "30000")]),
            service("orders", 880, 240, "12.5"),
            named,
            placed("catalogue", "hash-ring", 1160, 400, &[("members", "6")]),
            placed("mails", "queue", 1160, 560, &[]),
        ],
        wires: vec![
            wire("visitors", "limiter", &[], &[("timeout_ms", "800"), ("retries", "2"), ("latency_ms", "20")]),
            wire("bots", "limiter", &[], &[("latency_ms", "35")]),
            wire("limiter", "front-door", &[], &[]),
            wire("front-door", "web-1", &[], &[]),
            wire("front-door", "web-2", &[], &[]),
            wire("front-door", "web-3", &[], &[]),
            wire("web-1", "pages", &["browse"], &[("latency_ms", "0.2")]),
            wire("web-2", "pages", &["browse"], &[("latency_ms", "0.2")]),
            wire("web-3", "pages", &["browse"], &[("latency_ms", "0.2")]),
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
            check("availability", "visitors", Some(99.9)),
            check("limiter-budget", "limiter", None),
        ],
        variants: Vec::new(),
        lesson: Lesson::default(),
        view: View { selected: Some("orders-db".into()), ..View::default() },
        ..Scenario::default()
    }
}
