//! Plans that somebody has written, against arithmetic: what is done in turn adds up, what is done at once takes as long as the
//! slowest, what fails is made good, what is repeated is called as often. Times are constant unless a test is about chance.

use crate::graphs::{self, choose, give, set, wire};
use base::Span;
use catalog::Plant;
use scenario::{Op, Placed, Plan, PlanStep, Scenario, Value, Wire};

/// One way over a wire, as it is when nothing is said.
const WIRE_MS: f64 = 0.5;

fn call(to: &str) -> PlanStep {
    PlanStep::Call(to.to_string())
}

fn parallel(to: &[&str]) -> PlanStep {
    PlanStep::Parallel(to.iter().map(ToString::to_string).collect())
}

/// A service that takes exactly `ms` and has a worker for everybody.
fn service(id: &str, ms: f64) -> Placed {
    let mut service = set(id, "service", &[("workers", 10_000.0), ("time_ms", ms)]);
    choose(&mut service, "time_law", 0);
    service
}

/// `rate` requests a second for 20 s to a service of no work of its own, which has this plan for them and calls these boxes.
fn design(rate: f64, write: bool, steps: Vec<PlanStep>, called: Vec<Placed>) -> Scenario {
    let mut clients = set("clients", "clients", &[("rate", rate), ("keys", 50.0)]);
    give(&mut clients, "ops", Value::Ops(vec![Op { name: "ask".to_string(), write, weight: 1.0 }]));
    choose(&mut clients, "arrivals", 1);
    let mut app = service("app", 0.0);
    app.plans = vec![Plan { op: "ask".to_string(), steps }];
    let mut wires: Vec<Wire> = vec![wire("clients", "app")];
    wires.extend(called.iter().map(|placed| wire("app", &placed.id)));
    let boxes = [clients, app].into_iter().chain(called).collect();
    Scenario { length: Span::from_secs(20), seed: 3, boxes, wires, ..Scenario::default() }
}

fn ran(scenario: &Scenario) -> Plant {
    let problems = scenario::validate(scenario, catalog::schema());
    assert_eq!(problems, [], "the plan is valid");
    graphs::ran(scenario)
}

/// The median latency of the service, without the wires to those it calls.
fn middle_ms(plant: &Plant) -> f64 {
    plant.meter(1).quantile(0.5).expect("answers").as_millis_f64()
}

fn near(measured: f64, wanted: f64, what: &str) {
    // The histogram reads at most 3.2% too high.
    assert!(
        measured >= wanted * 0.999 && measured <= wanted * 1.033 + 0.01,
        "{what}: {measured}, {wanted} by arithmetic"
    );
}

fn arrived(plant: &Plant, place: usize) -> u64 {
    plant.meter(place).count.arrived
}

#[test]
fn what_is_done_in_turn_adds_up_and_what_is_done_at_once_takes_as_long_as_the_slowest() {
    let called = || vec![service("a", 10.0), service("b", 20.0), service("c", 30.0)];
    let in_turn = ran(&design(50.0, true, vec![call("a"), call("b"), call("c")], called()));
    near(middle_ms(&in_turn), 60.0 + 6.0 * WIRE_MS, "in turn");
    let at_once = ran(&design(50.0, true, vec![parallel(&["a", "b", "c"])], called()));
    near(middle_ms(&at_once), 30.0 + 2.0 * WIRE_MS, "at once");
    let mixed = ran(&design(50.0, true, vec![call("a"), parallel(&["b", "c"])], called()));
    near(middle_ms(&mixed), 40.0 + 4.0 * WIRE_MS, "one, then two at once");
}

/// Each of n calls is slow with p = 1%: the whole is with 1 - (1 - p)^n. Slow are those on which a member that is ten times as slow
/// is not the cause but chance: an exponential of mean m exceeds m ln 100 with 1%.
#[test]
fn the_tail_of_a_scatter_is_one_minus_all_in_time() {
    for n in [1_usize, 10, 40] {
        let mut leaf = service("leaf", 10.0);
        choose(&mut leaf, "time_law", 2);
        let steps = vec![PlanStep::Parallel(vec!["leaf".to_string(); n])];
        let plant = ran(&design(400.0, true, steps, vec![leaf]));
        let slow_ms = 10.0 * libm::log(100.0) + 2.0 * WIRE_MS;
        let wanted = 1.0 - libm::pow(0.99, n as f64);
        // By bisection: the share of answers that took no longer than that.
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..30 {
            let middle = (low + high) / 2.0;
            let is_within = plant.meter(1).quantile(middle).expect("answers").as_millis_f64() <= slow_ms * 1.016;
            if is_within { low = middle } else { high = middle }
        }
        let measured = 1.0 - low;
        assert!((measured - wanted).abs() < 0.012 + 0.05 * wanted, "n = {n}: {measured} slow, {wanted} by arithmetic");
    }
}

/// Oracle: independence. The first fails with 30%, the second with 20%: both with 6%. Only where the first has failed is the other asked.
#[test]
fn on_error_falls_back_and_only_then() {
    let failing = |id: &str, percent: f64| {
        let mut box_ = service(id, 1.0);
        give(&mut box_, "fails_percent", Value::Number(percent));
        box_
    };
    let steps = vec![call("first"), PlanStep::OnError(vec![call("second")])];
    let plant = ran(&design(500.0, true, steps, vec![failing("first", 30.0), failing("second", 20.0)]));
    let count = plant.meter(1).count;
    let bad = count.bad() as f64 / count.ended() as f64;
    assert!((bad - 0.06).abs() < 0.008, "{bad} failed, 0.06 by arithmetic");
    let (asked, failed) = (arrived(&plant, 3), plant.meter(2).count.failed);
    assert!(asked.abs_diff(failed) <= 1, "{failed} failures of the first, {asked} calls of the second");
    let without = ran(&design(500.0, true, vec![call("first")], vec![failing("first", 30.0)]));
    let count = without.meter(1).count;
    let bad = count.bad() as f64 / count.ended() as f64;
    assert!((bad - 0.3).abs() < 0.015, "{bad} failed without a fallback");
}

/// A fallback of a whole group of steps, and a fallback's own fallback.
#[test]
fn on_error_covers_all_that_stands_before_it_inside() {
    let dead = |id: &str| {
        let mut dead = service(id, 1.0);
        give(&mut dead, "fails_percent", Value::Number(100.0));
        dead
    };
    let steps = vec![
        PlanStep::Repeat(3, vec![call("good"), call("dead")]),
        PlanStep::OnError(vec![parallel(&["dead", "good"]), PlanStep::OnError(vec![call("last")])]),
        call("good"),
    ];
    let plant = ran(&design(50.0, true, steps, vec![service("good", 1.0), dead("dead"), service("last", 1.0)]));
    let asked = arrived(&plant, 1);
    assert_eq!(plant.meter(1).count.bad(), 0);
    // Once in the first round, once at once with the dead, once at the end; the last in place of both.
    for (place, each) in [(2, 3), (3, 2), (4, 1)] {
        let (calls, wanted) = (arrived(&plant, place), asked * each);
        assert!(calls <= wanted && calls + 2 * each >= wanted, "box {place}: {calls} calls, {wanted} by arithmetic");
    }
}

#[test]
fn what_is_repeated_is_called_as_often_and_takes_as_long() {
    let steps = vec![PlanStep::Repeat(7, vec![call("a")]), call("b")];
    let plant = ran(&design(50.0, true, steps, vec![service("a", 4.0), service("b", 10.0)]));
    near(middle_ms(&plant), 7.0 * (4.0 + 2.0 * WIRE_MS) + 10.0 + 2.0 * WIRE_MS, "seven rounds");
    let (a, b) = (arrived(&plant, 2), arrived(&plant, 3));
    assert!(a <= 7 * (b + 3) && a >= 7 * b, "{a} calls in rounds, {b} after them");
}

/// The answer leaves before the slow call; the call is made all the same.
#[test]
fn what_follows_an_answer_keeps_nobody_waiting() {
    let steps = vec![call("fast"), PlanStep::Reply(true), call("slow")];
    let plant = ran(&design(50.0, true, steps, vec![service("fast", 2.0), service("slow", 200.0)]));
    near(middle_ms(&plant), 2.0 + 2.0 * WIRE_MS, "answered early");
    assert!(arrived(&plant, 3) + 2 >= arrived(&plant, 2));
    let failed = ran(&design(50.0, true, vec![PlanStep::Reply(false)], vec![]));
    assert_eq!(failed.meter(1).count.ok, 0);
}

/// Oracle: the utilisation law. 40 a second × 2 × 5 ms on two workers is 20%; work in a plan takes a worker as all work does.
#[test]
fn work_in_a_plan_takes_a_worker() {
    for holds in [0, 1] {
        let mut scenario =
            design(40.0, true, vec![PlanStep::Work(5.0), call("a"), PlanStep::Work(5.0)], vec![service("a", 0.0)]);
        give(&mut scenario.boxes[1], "workers", Value::Number(2.0));
        choose(&mut scenario.boxes[1], "waiting", holds);
        let plant = ran(&scenario);
        let (_, busy) = plant.meter(1).averages(plant.now());
        let wanted = 40.0 * (0.010 + if holds == 1 { 2.0 * WIRE_MS / 1e3 } else { 0.0 });
        assert!((busy - wanted).abs() < 0.02, "waiting {holds}: {busy} workers busy, {wanted} by the utilisation law");
    }
    // One worker, 5 ms of work for each: 200 a second is all there can be; the rest is refused by the line.
    let mut scenario = design(400.0, true, vec![PlanStep::Work(5.0)], vec![]);
    give(&mut scenario.boxes[1], "workers", Value::Number(1.0));
    give(&mut scenario.boxes[1], "time_ms", Value::Number(5.0));
    give(&mut scenario.boxes[1], "line_max", Value::Number(20.0));
    let plant = ran(&scenario);
    let rate = plant.meter(1).count.ok as f64 / 20.0;
    assert!((rate - 100.0).abs() < 2.0, "{rate} a second, 1 / (5 ms + 5 ms) by arithmetic");
}

/// A second cache in front of the first: what the inner one has is put into the outer one too.
#[test]
fn what_a_look_up_finds_can_fill_another_cache() {
    let lookup = |to: &str| PlanStep::Lookup(to.to_string());
    let fill = |to: &str| PlanStep::Fill(to.to_string());
    let inner = PlanStep::OnMiss(vec![call("store"), fill("inner")]);
    let steps = vec![lookup("outer"), PlanStep::OnMiss(vec![lookup("inner"), inner, fill("outer")])];
    let called = vec![
        set("outer", "cache", &[("capacity", 10.0)]),
        set("inner", "cache", &[("capacity", 50.0)]),
        set("store", "leader-follower", &[]),
    ];
    let plant = ran(&design(200.0, false, steps, called));
    // All 50 keys fit into the inner one, so that the store is asked about once for each.
    let (outer, inner, store) = (arrived(&plant, 2), arrived(&plant, 3), arrived(&plant, 4));
    assert!(store <= 60, "{store} reads of the store");
    assert!(outer > inner && inner > store, "{outer} look-ups and fills outside, {inner} inside");
}

/// Oracle: the derived plan itself. Written down word for word it makes the same run, to the digest.
#[test]
fn a_plan_written_as_it_is_derived_makes_the_same_run() {
    for seed in 0..20 {
        let mut scenario = graphs::random(seed);
        scenario.boxes.push(set("app", "service", &[]));
        scenario.boxes.push(set("aside", "cache", &[("ttl_ms", 500.0)]));
        scenario.boxes.push(set("base", "leader-follower", &[]));
        scenario.boxes.push(set("later", "queue", &[]));
        scenario.wires.push(wire("clients", "app"));
        scenario.wires.extend(["aside", "base", "later"].map(|to| wire("app", to)));
        let derived = graphs::ran(&scenario).digest();
        let plans = catalog::plans(&scenario);
        for (placed, plans) in scenario.boxes.iter_mut().zip(plans) {
            placed.plans = plans.into_iter().map(|plan| Plan { op: plan.op, steps: plan.steps }).collect();
        }
        assert!(scenario.boxes.iter().any(|placed| placed.plans.iter().any(|plan| plan.steps.len() > 1)));
        assert_eq!(graphs::ran(&scenario).digest(), derived, "seed {seed}");
    }
}

#[test]
fn wires_show_the_places_that_somebody_has_written() {
    let steps = vec![
        PlanStep::Lookup("aside".into()),
        PlanStep::OnMiss(vec![parallel(&["a", "b"]), PlanStep::OnError(vec![call("c")])]),
        PlanStep::Work(5.0),
        PlanStep::Repeat(3, vec![call("d")]),
        PlanStep::Send("e".into()),
    ];
    let called = ["a", "b", "c", "d", "e", "unused"].map(|id| service(id, 1.0));
    let called = [set("aside", "cache", &[])].into_iter().chain(called).collect();
    let labels = catalog::step_labels(&design(1.0, false, steps, called));
    assert_eq!(labels[1..], ["1", "on miss 2", "on miss 2", "on error 3", "3× 5", "no wait", ""]);
}

/// A step over a wire that does not carry the operation is left out, with what belongs to it, and said to be.
#[test]
fn a_step_over_a_wire_that_carries_something_else_is_left_out() {
    let steps = vec![call("a"), PlanStep::OnError(vec![call("b")]), call("b")];
    let mut scenario = design(50.0, true, steps, vec![service("a", 1.0), service("b", 1.0)]);
    scenario.wires[1].ops = vec!["other".to_string()];
    let said: Vec<String> = scenario::validate(&scenario, catalog::schema()).iter().map(ToString::to_string).collect();
    assert!(
        said.iter().any(|line| line.contains("plans[0].steps[0].call: the wire `app>a` does not carry `ask`")),
        "{said:?}"
    );
    let plant = graphs::ran(&scenario);
    assert_eq!(arrived(&plant, 2), 0);
    assert_eq!(arrived(&plant, 3), arrived(&plant, 1));
}

/// Any plan that can be written runs, and every request ends once: on a graph whose boxes fail now and then.
#[test]
fn any_plan_runs_and_loses_nobody() {
    let mut rng = base::Rng::new(5);
    for seed in 0..60 {
        let steps = random_steps(&mut rng, 0, &mut 12);
        let mut called = vec![service("a", 1.0), service("b", 3.0), set("aside", "cache", &[("capacity", 5.0)])];
        give(&mut called[1], "fails_percent", Value::Number(40.0));
        let mut scenario = design(40.0, seed % 2 == 0, steps, called);
        scenario.seed = seed;
        give(&mut scenario.boxes[1], "workers", Value::Number(3.0));
        choose(&mut scenario.boxes[1], "waiting", (seed % 3 == 0).into());
        let (mut scenario, _) = scenario::repair(scenario, catalog::schema());
        if seed % 4 == 0 {
            let crash = graphs::done(scenario::Verb::Crash, scenario::Target::Box("app".into()));
            scenario.faults.push(crash);
        }
        graphs::hold(&scenario, Span::from_secs(4));
    }
}

fn random_steps(rng: &mut base::Rng, depth: usize, left: &mut u32) -> Vec<PlanStep> {
    let mut steps = Vec::new();
    for _ in 0..1 + rng.below(4) {
        if *left == 0 {
            break;
        }
        *left -= 1;
        let to = ["a", "b", "aside"][rng.below(3) as usize].to_string();
        let choice = rng.below(if depth < Plan::DEPTH_MAX { 11 } else { 8 });
        steps.push(match choice {
            0 | 1 => PlanStep::Call(to),
            2 => PlanStep::Lookup("aside".into()),
            3 => PlanStep::Fill("aside".into()),
            4 => PlanStep::Send(to),
            5 => PlanStep::Parallel(vec![to, "b".into()]),
            6 => PlanStep::Work(2.0),
            7 => PlanStep::Reply(rng.chance(0.8)),
            8 => PlanStep::OnMiss(random_steps(rng, depth + 1, left)),
            9 => PlanStep::OnError(random_steps(rng, depth + 1, left)),
            _ => PlanStep::Repeat(2, random_steps(rng, depth + 1, left)),
        });
    }
    steps
}
