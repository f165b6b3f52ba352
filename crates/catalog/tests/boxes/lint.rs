//! What a reviewer says of a design. The oracle of each test is the arithmetic or the walk that a person would do by hand, written
//! out beside it; for single points of failure also the brute force of asking each box in turn which clients still have a way.

use crate::graphs::{self, give, set, wire};
use base::Span;
use catalog::{Finding, Rule, lint};
use scenario::{Op, Placed, Scenario, Target, Value, Wire};

fn op(name: &str, write: bool) -> Op {
    Op { name: name.to_string(), write, weight: 1.0 }
}

fn clients(id: &str, ops: Vec<Op>) -> Placed {
    let mut clients = set(id, "clients", &[("rate", 10.0)]);
    give(&mut clients, "ops", Value::Ops(ops));
    clients
}

fn design(boxes: Vec<Placed>, wires: Vec<Wire>) -> Scenario {
    Scenario { length: Span::from_secs(1), boxes, wires, ..Scenario::default() }
}

/// A wire with some of its numbers set.
fn calls(from: &str, to: &str, numbers: &[(&str, f64)]) -> Wire {
    let mut wire = wire(from, to);
    for (name, number) in numbers {
        let at = catalog::schema().wire.iter().position(|field| field.name == *name).expect("a field of a wire");
        wire.config[at] = Value::Number(*number);
    }
    wire
}

fn carrying(wire: Wire, ops: &[&str]) -> Wire {
    Wire { ops: ops.iter().map(ToString::to_string).collect(), ..wire }
}

fn of(scenario: &Scenario, rule: Rule) -> Vec<Finding> {
    lint(scenario).into_iter().filter(|finding| finding.rule == rule).collect()
}

/// Where the findings of a rule are, as a file would name the places.
fn places(scenario: &Scenario, rule: Rule) -> Vec<String> {
    of(scenario, rule).iter().map(|finding| finding.on.as_ref().map_or_else(String::new, Target::to_string)).collect()
}

/// Two of everything that is alone, a store with members, and every default: nothing to say.
#[test]
fn a_design_without_fault_has_no_findings() {
    let boxes = vec![
        clients("users", vec![op("read", false), op("write", true)]),
        set("door-1", "balancer", &[]),
        set("door-2", "balancer", &[]),
        set("app-1", "service", &[]),
        set("app-2", "service", &[]),
        set("cache", "cache", &[]),
        set("store", "leader-follower", &[]),
    ];
    let mut wires = vec![wire("users", "door-1"), wire("users", "door-2")];
    for door in ["door-1", "door-2"] {
        wires.extend([wire(door, "app-1"), wire(door, "app-2")]);
    }
    for app in ["app-1", "app-2"] {
        wires.extend([wire(app, "cache"), wire(app, "store")]);
    }
    assert_eq!(lint(&design(boxes, wires)), []);
    assert_eq!(lint(&Scenario::default()), [], "an empty canvas needs no advice");
}

#[test]
fn what_no_request_reaches_is_named_and_so_is_a_design_without_clients() {
    let boxes = vec![
        clients("users", vec![op("read", false)]),
        set("app", "service", &[]),
        set("attic", "service", &[]),
        set("cellar", "leader-follower", &[]),
    ];
    let scenario = design(boxes, vec![wire("users", "app"), wire("attic", "cellar")]);
    let said: Vec<String> = of(&scenario, Rule::Unreachable).into_iter().map(|finding| finding.what).collect();
    assert_eq!(said, ["Nothing calls attic", "Those who call cellar are never called themselves"]);
    let nobody = design(vec![set("app", "service", &[])], vec![]);
    assert_eq!(
        lint(&nobody).iter().map(|finding| (finding.rule, finding.on.clone())).collect::<Vec<_>>(),
        [(Rule::NoEntry, None)]
    );
}

#[test]
fn an_operation_that_no_wire_carries_goes_nowhere() {
    let boxes = vec![
        clients("users", vec![op("read", false), op("write", true)]),
        set("door", "balancer", &[]),
        set("app", "service", &[]),
        set("idle", "balancer", &[]),
    ];
    let wires = vec![wire("users", "door"), carrying(wire("door", "app"), &["read"]), wire("users", "idle")];
    let said: Vec<String> = of(&design(boxes, wires), Rule::DeadEnd).into_iter().map(|finding| finding.what).collect();
    assert_eq!(said, ["No wire that leaves door carries write", "idle has nobody to call"]);
}

/// A chain through one balancer to two servers and one store: both ends are alone, the middle is not. Reads may do without the cache.
#[test]
fn what_every_request_needs_and_is_alone_is_a_single_point() {
    let boxes = vec![
        clients("users", vec![op("read", false), op("write", true)]),
        set("door", "balancer", &[]),
        set("app-1", "service", &[]),
        set("app-2", "service", &[]),
        set("cache", "cache", &[]),
        set("store", "leader-follower", &[("members", 1.0)]),
        set("mails", "queue", &[]),
    ];
    let mut wires = vec![wire("users", "door"), wire("door", "app-1"), wire("door", "app-2")];
    for app in ["app-1", "app-2"] {
        wires.extend([wire(app, "cache"), wire(app, "store"), wire(app, "mails")]);
    }
    let scenario = design(boxes, wires);
    assert_eq!(places(&scenario, Rule::SinglePoint), ["door", "store"]);
    let store = &of(&scenario, Rule::SinglePoint)[1];
    assert_eq!(store.what, "While store is down, no request succeeds");
    assert_eq!(store.mend, "Set Members of store to 2 or more");
}

/// Only the operation that takes that way is lost.
#[test]
fn a_single_point_names_the_operations_that_need_it() {
    let boxes = vec![
        clients("users", vec![op("read", false), op("pay", true)]),
        set("app-1", "service", &[]),
        set("app-2", "service", &[]),
        set("bank", "third-party", &[]),
    ];
    let mut wires = vec![wire("users", "app-1"), wire("users", "app-2")];
    wires.extend(["app-1", "app-2"].map(|app| carrying(wire(app, "bank"), &["pay"])));
    let said: Vec<String> =
        of(&design(boxes, wires), Rule::SinglePoint).into_iter().map(|finding| finding.what).collect();
    assert_eq!(said, ["While bank is down, no pay succeeds"]);
}

/// Oracle: brute force over random layered graphs of balancers and services, each request walked by hand with one box dead.
#[test]
fn single_points_are_those_without_which_no_walk_succeeds() {
    let mut rng = base::Rng::new(11);
    for _ in 0..200 {
        let layers: Vec<usize> = (0..3).map(|_| 1 + rng.below(3) as usize).collect();
        let id = |layer: usize, at: usize| format!("b{layer}-{at}");
        let mut boxes = vec![clients("users", vec![op("read", false)])];
        let mut wires: Vec<Wire> = (0..layers[0]).map(|at| wire("users", &id(0, at))).collect();
        for (layer, count) in layers.iter().enumerate() {
            for at in 0..*count {
                boxes.push(set(
                    &id(layer, at),
                    if layer == 2 || rng.chance(0.5) { "service" } else { "balancer" },
                    &[],
                ));
                let below = layers.get(layer + 1).copied().unwrap_or(0);
                let first = if below > 0 { rng.below(below as u64) as usize } else { 0 };
                wires.extend(
                    (0..below)
                        .filter(|to| *to == first || rng.chance(0.4))
                        .map(|to| wire(&id(layer, at), &id(layer + 1, to))),
                );
            }
        }
        let scenario = design(boxes, wires);
        let alone: Vec<String> = scenario.boxes[1..]
            .iter()
            .map(|placed| placed.id.clone())
            .filter(|dead| !walks(&scenario, "users", dead))
            .collect();
        assert_eq!(places(&scenario, Rule::SinglePoint), alone, "{:?}", scenario.wires);
    }
}

/// Whether a request at a box can succeed while one box is dead: of those it calls a service needs all, the others one.
fn walks(scenario: &Scenario, at: &str, dead: &str) -> bool {
    let kind = &scenario.boxes[scenario.place(at).expect("a box")].kind;
    let mut called =
        scenario.wires.iter().filter(|wire| wire.ends.from == at).map(|wire| walks(scenario, &wire.ends.to, dead));
    at != dead && if kind == "service" { called.all(|ok| ok) } else { called.any(|ok| ok) }
}

/// 400 ms three times is 1.2 s; the caller's caller waits half a second. With a deadline handed on it is none of its business.
#[test]
fn a_callee_that_outwaits_its_caller_is_named_with_both_times() {
    let boxes = || {
        vec![
            clients("users", vec![op("read", false)]),
            set("app", "service", &[]),
            set("store", "leader-follower", &[]),
        ]
    };
    let inner = |numbers: &[(&str, f64)]| {
        design(boxes(), vec![calls("users", "app", &[("timeout_ms", 500.0)]), calls("app", "store", numbers)])
    };
    let found = of(&inner(&[("timeout_ms", 400.0), ("retries", 2.0)]), Rule::TimeoutOrder);
    assert_eq!(found[0].what, "app waits 1.2 s (400 ms × 3 tries) for store; users has waited only 500 ms for app");
    assert_eq!(found[0].on, Some("app>store".parse().expect("a wire")));
    assert_eq!(places(&inner(&[("timeout_ms", 500.0)]), Rule::TimeoutOrder), [""; 0], "as long is not longer");
    assert_eq!(of(&inner(&[("timeout_ms", 0.0)]), Rule::TimeoutOrder).len(), 1, "0 is for ever");
    let mut deadline = inner(&[("timeout_ms", 4_000.0)]);
    let at = catalog::schema().wire.iter().position(|field| field.name == "deadline").expect("a field");
    deadline.wires[1].config[at] = Value::Choice(1);
    assert_eq!(places(&deadline, Rule::TimeoutOrder), [""; 0]);
}

/// 3 × 4 tries of two layers are 12 calls; a budget in either layer leaves one factor.
#[test]
fn retries_multiply_along_a_path_unless_a_budget_bounds_them() {
    let design = |budget: f64| {
        let boxes = vec![
            clients("users", vec![op("read", false)]),
            set("door", "limiter", &[]),
            set("app", "service", &[]),
            set("store", "leader-follower", &[]),
        ];
        let wires = vec![
            calls("users", "door", &[("retries", 2.0)]),
            calls("door", "app", &[]),
            calls("app", "store", &[("retries", 3.0), ("retry_budget_percent", budget), ("timeout_ms", 10.0)]),
        ];
        design(boxes, wires)
    };
    assert_eq!(places(&design(0.0), Rule::RetriesUnbounded), ["users>door", "app>store"]);
    let product = of(&design(0.0), Rule::RetryProduct);
    assert_eq!(product[0].what, "One request can become 12 calls of store: 3 × 4");
    assert_eq!(product[0].on, Some("app>store".parse().expect("a wire")));
    assert_eq!(places(&design(10.0), Rule::RetriesUnbounded), ["users>door"]);
    assert_eq!(places(&design(10.0), Rule::RetryProduct), [""; 0]);
}

/// A circle of retrying calls has a largest product for every box without going round for ever.
#[test]
fn a_circle_of_calls_is_walked_once() {
    let boxes = vec![clients("users", vec![op("read", false)]), set("a", "service", &[]), set("b", "service", &[])];
    let retries: &[(&str, f64)] = &[("retries", 1.0)];
    let scenario =
        design(boxes, vec![calls("users", "a", retries), calls("a", "b", retries), calls("b", "a", retries)]);
    assert_eq!(of(&scenario, Rule::RetryProduct)[0].what, "One request can become 4 calls of b: 2 × 2");
}

/// 20,000 in line × 5 ms / 16 workers are 6.25 s of work; callers wait a second, in which 3,200 are done.
#[test]
fn a_line_that_outlasts_its_callers_is_too_long() {
    let with = |line: f64| {
        let boxes = vec![clients("users", vec![op("read", false)]), set("app", "service", &[("line_max", line)])];
        design(boxes, vec![wire("users", "app")])
    };
    let found = of(&with(20_000.0), Rule::QueueUnbounded);
    assert_eq!(found[0].what, "A full line of 20000 at app takes 6.3 s to work off; its callers wait 1 s at most");
    assert_eq!(found[0].mend, "Set Line to 3200 or less: whoever gets in is then answered in time");
    assert_eq!(places(&with(3_200.0), Rule::QueueUnbounded), [""; 0]);
}

#[test]
fn a_cache_has_to_hear_of_every_write_or_to_forget_by_itself() {
    let with = |ttl: f64, through: bool, other: bool| {
        let boxes = vec![
            clients("users", vec![op("read", false), op("write", true)]),
            set("app", "service", &[]),
            set("batch", "service", &[]),
            set("cache", "cache", &[("ttl_ms", ttl)]),
            set("store", "leader-follower", &[]),
        ];
        let mut wires = vec![wire("users", "app"), wire("app", "cache"), wire("users", "batch")];
        wires.push(if through { wire("cache", "store") } else { wire("app", "store") });
        wires.push(carrying(wire("batch", "store"), &[if other { "write" } else { "read" }]));
        design(boxes, wires)
    };
    for through in [false, true] {
        let found = of(&with(0.0, through, true), Rule::CacheStale);
        assert_eq!(found[0].what, "batch writes to store and cache is not told", "read through: {through}");
        assert_eq!(places(&with(60_000.0, through, true), Rule::CacheStale), [""; 0], "it forgets by itself");
        assert_eq!(places(&with(0.0, through, false), Rule::CacheStale), [""; 0], "only the one who tells it writes");
    }
}

/// Nothing that a person can wire up makes it fail, and what it says has a place and words.
#[test]
fn any_design_can_be_reviewed() {
    for seed in 0..300 {
        let scenario = graphs::random(seed);
        for finding in lint(&scenario) {
            assert!(!finding.what.is_empty() && !finding.mend.is_empty(), "{finding:?}");
            let there = match &finding.on {
                None => true,
                Some(Target::Wire(ends)) => scenario.wire(ends).is_some(),
                Some(Target::Box(id) | Target::Member(id, _)) => scenario.place(id).is_some(),
                Some(Target::Zone(_) | Target::Between(..) | Target::Sides(_)) => false,
            };
            assert!(there, "seed {seed}: {finding:?}");
        }
    }
}

#[test]
fn every_rule_says_why_it_matters() {
    for rule in Rule::ALL {
        assert!(rule.why().ends_with('.') && !rule.title().is_empty(), "{rule:?}");
        let same = Rule::ALL.iter().filter(|other| other.slug() == rule.slug()).count();
        assert_eq!(same, 1, "{rule:?}");
    }
}
