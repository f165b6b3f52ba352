//! What callers do about failure on their wires, in whole designs, against closed formulas and laws.

use base::{Span, Time};
use catalog::Plant;
use proptest::prelude::*;
use scenario::file;
use trace::{Circuit, Record, Sample};

/// Clients at equal distances that read from one service over a wire with these settings.
fn one_call(clients: &str, service: &str, wire: &str, faults: &str, seed: u64) -> Plant {
    plant(&format!(
        r#"{{ "faultline": 1, "seed": {seed}, "length": "300s",
            "boxes": [
                {{ "id": "clients", "kind": "clients", "arrivals": "constant", "ops": [{{ "name": "read" }}], {clients} }},
                {{ "id": "service", "kind": "service", {service} }}
            ],
            "wires": [{{ "from": "clients", "to": "service", {wire} }}], "faults": [{faults}] }}"#
    ))
}

fn plant(text: &str) -> Plant {
    let scenario = file::read(text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
    Plant::build(&scenario).expect("it can be built")
}

fn run_to(plant: &mut Plant, end: Time) {
    while plant.run_before(end, 100_000).expect("within budget").more {}
}

fn at_ms(ms: u64) -> Time {
    Time::ZERO + Span::from_millis(ms)
}

const DEAD: &str = r#"{ "at": "0s", "do": "crash", "on": "service" }"#;
const NO_MORE: &str = r#"{ "at": "60s", "set": "rate", "on": "clients", "to": 0 }"#;

/// Oracle: a call that always fails is made 1 + r times, and with a budget of b at most 1 + b times and ten on top.
#[test]
fn retries_against_the_dead_multiply_the_load_by_one_and_their_number_and_a_budget_bounds_it() {
    for (retries, percent) in [(0, 0), (1, 0), (3, 0), (5, 0), (5, 20), (3, 50), (1, 100)] {
        let wire =
            format!(r#""timeout_ms": 20, "retries": {retries}, "backoff_ms": 10, "retry_budget_percent": {percent}"#);
        let mut plant = one_call(r#""rate": 200"#, r#""workers": 1"#, &wire, &format!("{DEAD}, {NO_MORE}"), 1);
        run_to(&mut plant, at_ms(70_000));
        let (calls, attempts) = (plant.meter(0).count.arrived, plant.wire_meter(0).count.arrived);
        let (_, tally) = plant.caller(0);
        assert_eq!(attempts, calls + tally.retries, "{calls} calls");
        if percent == 0 {
            assert_eq!(attempts, calls * (1 + retries), "{calls} calls");
        } else {
            let most = calls + calls * percent / 100 + 10;
            assert!(
                attempts <= most && attempts + 3 >= most.min(calls * (1 + retries)),
                "{attempts} of {calls}, {most}"
            );
            assert!(tally.withheld <= calls && (tally.withheld > 0 || percent >= 100 * retries), "{tally:?}");
        }
        assert_eq!(plant.calls_open(), 0);
    }
}

/// The moments at which the breaker opened, half-opened and closed.
fn circuits(plant: &mut Plant, end: Time) -> Vec<(Time, Circuit)> {
    run_to(plant, end);
    let circuit = |(at, record): &(Time, Record)| match record {
        Record::Breaker { circuit, .. } => Some((*at, *circuit)),
        _ => None,
    };
    plant.records().iter().filter_map(circuit).collect()
}

/// Oracle: of calls at equal distances d that all time out after T, the k-th fails at k d + T; the first probe is the first call
/// after the breaker has been open for as long as it stays open, and it fails T later.
#[test]
fn a_breaker_opens_when_the_last_of_its_failures_is_known_and_probes_when_it_is_told_to() {
    for failures in [1_u64, 5, 20] {
        let wire = format!(
            r#""timeout_ms": 150, "breaker": "consecutive", "breaker_failures": {failures}, "breaker_open_ms": 1000"#
        );
        let mut plant = one_call(r#""rate": 100"#, r#""workers": 1"#, &wire, DEAD, 1);
        let seen = circuits(&mut plant, at_ms(2_500));
        let opened = 10 * failures + 150;
        let probed = opened.next_multiple_of(10) + 1_000;
        let expected =
            [(at_ms(opened), Circuit::Open), (at_ms(probed), Circuit::HalfOpen), (at_ms(probed + 150), Circuit::Open)];
        assert_eq!(seen[..3.min(seen.len())], expected[..3.min(seen.len())], "{failures} failures: {seen:?}");
        let sent = plant.wire_meter(0).count.arrived - plant.caller(0).1.refused;
        assert!(sent <= failures + 15 + 3, "{sent} calls went to a dead service");
    }
}

/// What the caller's own breaker refuses is not tried again: only the few calls under way when it opened are, once.
#[test]
fn a_call_that_the_breaker_refuses_is_not_retried() {
    let wire =
        r#""timeout_ms": 20, "retries": 3, "breaker": "consecutive", "breaker_failures": 1, "breaker_open_ms": 3e5"#;
    let mut plant = one_call(r#""rate": 100"#, r#""workers": 1"#, wire, DEAD, 1);
    run_to(&mut plant, at_ms(10_000));
    let (count, (_, tally)) = (plant.meter(0).count, plant.caller(0));
    assert!(count.refused > 990 && tally.retries <= 3, "{count:?} {tally:?}");
    assert_eq!(plant.wire_meter(0).count.arrived, count.arrived + tally.retries);
}

/// Oracle: Erlang B, the share of Poisson calls that find all places taken, whatever the law of their length.
#[test]
fn a_pool_without_a_line_refuses_what_erlang_says() {
    for (places, rate) in [(8, 50), (3, 50), (20, 150)] {
        let mut plant = plant(&format!(
            r#"{{ "faultline": 1, "length": "300s",
                "boxes": [
                    {{ "id": "clients", "kind": "clients", "rate": {rate} }},
                    {{ "id": "service", "kind": "service", "workers": 1000, "time_ms": 99 }}
                ],
                "wires": [{{ "from": "clients", "to": "service", "pool": "on", "pool_calls": {places}, "timeout_ms": 0 }}] }}"#
        ));
        run_to(&mut plant, at_ms(300_000));
        let count = plant.meter(0).count;
        let measured = count.refused as f64 / count.arrived as f64;
        let expected = queue::erlang::Erlang::new(places, f64::from(rate) * 0.1).expect("a load").blocking();
        println!("{places} places at {rate}/s of 100 ms: {measured:.4} refused, Erlang B {expected:.4}");
        assert!((measured - expected).abs() < 0.01, "{measured}, {expected} expected");
    }
}

/// Oracle: the mean number of calls until a run of k failures, (1 - e^k) / (e^k (1 - e)).
#[test]
fn a_breaker_that_counts_failures_in_a_row_opens_when_the_formula_says() {
    let (share, failures, runs) = (0.3, 3, 600);
    let calls = |seed: u64| {
        let wire = format!(r#""latency_ms": 0, "breaker": "consecutive", "breaker_failures": {failures}"#);
        let service = format!(r#""workers": 100, "time_ms": 0, "fails_percent": {}"#, share * 100.0);
        let mut plant = one_call(r#""rate": 100"#, &service, &wire, "", seed);
        let mut end = 1_000;
        loop {
            if let Some((at, _)) = circuits(&mut plant, at_ms(end)).first() {
                break at.0 / 10_000_000;
            }
            end += 1_000;
        }
    };
    let mean = (0..runs).map(calls).sum::<u64>() as f64 / runs as f64;
    let expected = resilience::theory::calls_until_run(share, failures);
    println!("{mean:.1} calls until it opens; the formula says {expected:.1}");
    assert!((mean / expected - 1.0).abs() < 0.12, "{mean} calls, {expected} expected");
}

/// Oracle: a message is lost with probability p each way, so a call is with q = 1 - (1 - p)^2, and both of two with q^2.
#[test]
fn a_hedge_makes_the_share_without_an_answer_the_square_of_what_it_was() {
    for (loss, hedge) in [(0.05, 0), (0.05, 20), (0.2, 20)] {
        let wire = format!(r#""loss_percent": {}, "timeout_ms": 100, "hedge_ms": {hedge}"#, loss * 100.0);
        let service = r#""workers": 100, "time_ms": 1, "time_law": "constant""#;
        let mut plant = one_call(r#""rate": 1000"#, service, &wire, NO_MORE, 3);
        run_to(&mut plant, at_ms(70_000));
        let (count, (_, tally)) = (plant.meter(0).count, plant.caller(0));
        let once = 1.0 - (1.0 - loss) * (1.0 - loss);
        let expected = if hedge == 0 { once } else { once * once };
        let measured = count.timed_out as f64 / count.arrived as f64;
        println!(
            "{loss} lost each way, hedge after {hedge} ms: {measured:.5} without an answer, {expected:.5} expected"
        );
        let sigma = (expected * (1.0 - expected) / count.arrived as f64).sqrt();
        assert!((measured - expected).abs() < 4.0 * sigma, "{measured}, {expected} expected");
        let hedged = tally.hedges as f64 / count.arrived as f64;
        assert!(hedge == 0 || (hedged / once - 1.0).abs() < 0.05, "{hedged} hedged, {once} late");
        assert_eq!((count.arrived, plant.calls_open()), (count.ended(), 0));
    }
}

/// Oracle: an error with probability p is an end only when the other attempt has one too, p^2.
#[test]
fn a_hedged_call_fails_only_when_both_attempts_fail() {
    let share = 0.3;
    let service =
        format!(r#""workers": 1000, "time_ms": 50, "time_law": "constant", "fails_percent": {}"#, share * 100.0);
    let mut plant = one_call(r#""rate": 500"#, &service, r#""hedge_ms": 20"#, NO_MORE, 4);
    run_to(&mut plant, at_ms(70_000));
    let (count, (_, tally)) = (plant.meter(0).count, plant.caller(0));
    let (measured, expected) = (count.failed as f64 / count.arrived as f64, share * share);
    println!("{measured:.4} failed, {expected:.4} expected");
    assert!((measured - expected).abs() < 4.0 * (expected / count.arrived as f64).sqrt(), "{measured}");
    assert_eq!((tally.hedges, plant.calls_open()), (count.arrived, 0), "every answer is late");
    let dropped = tally.dropped as f64 / count.arrived as f64;
    assert!((dropped - (1.0 - share)).abs() < 0.02, "{dropped} second answers were not needed");
}

/// The second attempt goes to another member, so that one slow member is not felt.
#[test]
fn a_hedge_asks_another_member() {
    let p99 = |hedge: u32| {
        let mut plant = plant(&format!(
            r#"{{ "faultline": 1, "length": "60s",
                "boxes": [
                    {{ "id": "clients", "kind": "clients", "rate": 100, "ops": [{{ "name": "read" }}] }},
                    {{ "id": "store", "kind": "leader-follower", "members": 3, "reads": "anybody" }}
                ],
                "wires": [{{ "from": "clients", "to": "store", "hedge_ms": {hedge} }}],
                "faults": [{{ "at": "0s", "do": "slow", "on": "store.1", "amount": 100 }}] }}"#
        ));
        run_to(&mut plant, at_ms(60_000));
        plant.wire_meter(0).quantile(0.99).expect("answers").as_millis_f64()
    };
    let (without, with) = (p99(0), p99(20));
    println!("p99 {without} ms, with a hedge {with} ms");
    assert!(without > 100.0 && with < 60.0, "{without} ms, {with} ms");
}

/// The remaining time of the client bounds what is done on its behalf: nobody works longer than somebody waits.
#[test]
fn a_deadline_that_is_handed_on_ends_the_calls_below() {
    let open_after = |hands_on: &str| {
        let mut plant = plant(&format!(
            r#"{{ "faultline": 1, "length": "60s",
                "boxes": [
                    {{ "id": "clients", "kind": "clients", "rate": 100, "ops": [{{ "name": "read" }}] }},
                    {{ "id": "front", "kind": "service" }}, {{ "id": "service", "kind": "service" }}
                ],
                "wires": [
                    {{ "from": "clients", "to": "front", "timeout_ms": 100, "deadline": "{hands_on}" }},
                    {{ "from": "front", "to": "service", "timeout_ms": 10000, "retries": 3, "deadline": "{hands_on}" }}
                ],
                "faults": [{DEAD}, {{ "at": "5s", "set": "rate", "on": "clients", "to": 0 }}] }}"#
        ));
        run_to(&mut plant, at_ms(5_200));
        assert_eq!(plant.meter(0).count.ok, 0);
        (plant.calls_open(), plant.caller(1).1.retries)
    };
    let (on, off) = (open_after("on"), open_after("off"));
    assert_eq!(on, (0, 0), "nothing is under way for callers who have left, and nothing is tried again for them");
    assert!(off.0 > 400, "{off:?}");
}

/// Answers to the clients in each second of a run, as shares of what they asked.
fn answered(wire: &str, faults: &str) -> Vec<f64> {
    let service = r#""workers": 1, "time_ms": 8, "line_max": 200"#;
    let mut plant = one_call(r#""rate": 100"#, service, wire, faults, 5);
    let mut out: Vec<Sample> = Vec::new();
    let second = |at: u64| {
        run_to(&mut plant, at_ms(1_000 * at));
        plant.sample(&mut out);
        out[0].count.ok as f64 / out[0].count.arrived as f64
    };
    (1..=90).map(second).collect()
}

/// Bronson et al., "Metastable failures in distributed systems", HotOS 2021; Huang et al., "Metastable failures in the wild", OSDI
/// 2022. At a load of 0.8 all is well, whatever the retries, until a trigger fills the line. Then every attempt times out while it
/// waits, is worked on for nobody, and is followed by others: the work of the retries keeps the line full when the trigger is long gone.
#[test]
fn a_retry_storm_outlives_its_trigger_and_a_budget_ends_it() {
    const STORM: &str = r#""timeout_ms": 200, "retries": 4, "backoff_ms": 20"#;
    const SPIKE: &str = r#"{ "at": "20s", "for": "5s", "do": "spike", "on": "clients", "amount": 4 }"#;
    let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
    let ends = |wire: &str, faults: &str| {
        let shares = answered(wire, faults);
        (mean(&shares[5..20]), mean(&shares[70..90]))
    };
    let (before, untriggered) = ends(STORM, "");
    assert!(before > 0.99 && untriggered > 0.99, "vulnerable, but well: {before} {untriggered}");
    let (before, after) = ends(STORM, SPIKE);
    println!("with retries {before:.3} before the trigger, {after:.3} from 45 s after its end on");
    assert!(before > 0.99 && after < 0.1, "{before} before, {after} after");
    for cure in [r#""retry_budget_percent": 10"#, r#""breaker": "error-rate", "breaker_open_ms": 2000"#] {
        let (before, after) = ends(&format!("{STORM}, {cure}"), SPIKE);
        println!("with {cure} {before:.3} and {after:.3}");
        assert!(before > 0.99 && after > 0.95, "{cure}: {before} before, {after} after");
    }
    let (_, after) = ends(r#""timeout_ms": 200"#, SPIKE);
    assert!(after > 0.95, "without retries {after}");
}

/// Any settings that a wire can have, from no number to some.
fn policies() -> impl Strategy<Value = String> {
    let numbers = (0..4_u32, 1..40_u32, 0..4_u32, 0..6_u32, 0..30_u32, 0..300_u32);
    let choices = (
        prop::sample::select(vec!["none", "full", "equal", "decorrelated", "around"]),
        prop::sample::select(vec!["off", "consecutive", "error-rate"]),
        prop::sample::select(vec!["off", "on"]),
        prop::sample::select(vec!["off", "on"]),
    );
    (numbers, choices).prop_map(|((retries, timeout, calls, line, hedge, budget), (jitter, breaker, pool, deadline))| {
        format!(
            r#""timeout_ms": {timeout}, "retries": {retries}, "backoff_ms": 5, "backoff_max_ms": 20, "jitter": "{jitter}",
            "retry_budget_percent": {budget}, "breaker": "{breaker}", "breaker_open_ms": 100, "pool": "{pool}",
            "pool_calls": {calls}, "pool_line": {line}, "hedge_ms": {hedge}, "deadline": "{deadline}""#
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Laws: never more under way than places nor more waiting than the line holds, at any moment, through crashes of the caller and
    /// retuning; every request of a client has exactly one end; and when all is over nothing is left behind.
    #[test]
    fn a_pool_is_never_overfull_and_every_call_ends_once(outer in policies(), inner in policies(), seed in 1..1_000_u64) {
        let mut plant = plant(&format!(
            r#"{{ "faultline": 1, "seed": {seed}, "length": "10s",
                "boxes": [
                    {{ "id": "clients", "kind": "clients", "rate": 300 }},
                    {{ "id": "front", "kind": "service", "workers": 8, "time_ms": 1 }},
                    {{ "id": "store", "kind": "leader-follower", "members": 3, "reads": "anybody", "time_ms": 8, "line_max": 5 }}
                ],
                "wires": [
                    {{ "from": "clients", "to": "front", {outer} }},
                    {{ "from": "front", "to": "store", "loss_percent": 3, "latency_law": "exponential", {inner} }}
                ],
                "faults": [
                    {{ "at": "1s", "for": "300ms", "do": "crash", "on": "front" }},
                    {{ "at": "1500ms", "for": "300ms", "do": "pause", "on": "front" }},
                    {{ "at": "2s", "set": "pool", "on": "front>store", "to": "on" }},
                    {{ "at": "2s", "set": "pool_calls", "on": "front>store", "to": 5 }},
                    {{ "at": "2500ms", "set": "pool_calls", "on": "front>store", "to": 2 }},
                    {{ "at": "3s", "for": "300ms", "do": "cut", "on": "front>store" }},
                    {{ "at": "3500ms", "set": "pool", "on": "front>store", "to": "off" }},
                    {{ "at": "4s", "set": "rate", "on": "clients", "to": 0 }}
                ] }}"#
        ));
        let mut most = [0; 2];
        for step in 1..=900 {
            let end = at_ms(step * 5);
            while plant.run_before(end, 1).expect("within budget").more {
                for (wire, most) in most.iter_mut().enumerate() {
                    let Some([under_way, waiting, places, line]) = plant.caller(wire).0.pool() else { continue };
                    // A pool that has been made smaller empties as its calls end.
                    let bound = if plant.now() < at_ms(2_500) { places } else { places.max(*most) };
                    prop_assert!(under_way <= bound, "{under_way} of {places} under way, at {}", plant.now());
                    prop_assert!(waiting <= line, "{waiting} of {line} wait");
                    *most = under_way;
                }
            }
        }
        run_to(&mut plant, at_ms(10_000));
        let count = plant.meter(0).count;
        prop_assert_eq!((count.arrived, plant.calls_open()), (count.ended(), 0));
        for wire in 0..2 {
            let load = plant.caller(wire).0.pool().map(|[under_way, waiting, ..]| (under_way, waiting));
            prop_assert!(load.is_none_or(|load| load == (0, 0)), "{load:?} left behind");
        }
    }
}
