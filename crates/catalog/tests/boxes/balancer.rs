//! The load balancer's box runs every algorithm of the family.

use balance::Algorithm;
use base::{Span, Time};
use catalog::Plant;
use scenario::file;

/// What each of three servers got of ten seconds of calls, and how many were answered.
fn run(algorithm: &str) -> ([u64; 3], u64) {
    let text = format!(
        r#"{{ "faultline": 1, "length": "20s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 300, "arrivals": "poisson", "users": 500 }},
                {{ "id": "door", "kind": "balancer", "algorithm": "{algorithm}" }},
                {{ "id": "a", "kind": "service", "workers": 10, "time_ms": 5 }},
                {{ "id": "b", "kind": "service", "workers": 10, "time_ms": 5 }},
                {{ "id": "c", "kind": "service", "workers": 10, "time_ms": 5 }}
            ],
            "wires": [
                {{ "from": "crowd", "to": "door" }}, {{ "from": "door", "to": "a" }},
                {{ "from": "door", "to": "b" }}, {{ "from": "door", "to": "c" }}
            ] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    while plant.run_before(Time::ZERO + Span::from_secs(10), 100_000).expect("within budget").more {}
    ([2, 3, 4].map(|place| plant.meter(place).count.arrived), plant.meter(0).count.ok)
}

#[test]
fn every_algorithm_spreads_as_its_rule_says() {
    for algorithm in Algorithm::ALL {
        let (got, answered) = run(algorithm.name());
        let sum: u64 = got.iter().sum();
        assert!(answered > 2_800, "{algorithm:?}: {answered} answered, {got:?}");
        let share = |at: usize| got[at] as f64 / sum as f64;
        match algorithm {
            Algorithm::ActivePassive => assert!(share(0) > 0.97, "{got:?}: the others get probes only"),
            Algorithm::SmoothWeighted | Algorithm::WeightedRandom => {
                assert!((0.55..0.65).contains(&share(0)), "{algorithm:?}: {got:?}, three to one to one");
            }
            // All run to whoever looks quickest at the moment.
            Algorithm::LeastResponseTime => {}
            _ => assert!((0..3).all(|at| (0.15..0.5).contains(&share(at))), "{algorithm:?}: {got:?}"),
        }
    }
}

/// Of six seconds of calls to two targets, one of which dies after two: those that timed out on it.
fn timed_out(eject_after: u32) -> u64 {
    let text = format!(
        r#"{{ "faultline": 1, "length": "6s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 200, "arrivals": "poisson" }},
                {{ "id": "door", "kind": "balancer", "interval_ms": 1000, "fall": 3, "eject_after": {eject_after} }},
                {{ "id": "a", "kind": "service", "workers": 10, "time_ms": 5 }},
                {{ "id": "b", "kind": "service", "workers": 10, "time_ms": 5 }}
            ],
            "wires": [
                {{ "from": "crowd", "to": "door", "timeout_ms": 0 }},
                {{ "from": "door", "to": "a", "timeout_ms": 200 }}, {{ "from": "door", "to": "b", "timeout_ms": 200 }}
            ],
            "faults": [{{ "at": "2s", "do": "crash", "on": "a" }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    while plant.run_before(Time::ZERO + Span::from_secs(6), 100_000).expect("within budget").more {}
    let count = plant.meter(0).count;
    count.ended() - count.ok
}

/// Passive checks see what fails at the first requests; active ones need so many probes.
#[test]
fn failed_requests_take_a_dead_target_out_sooner_than_probes() {
    let (probes_only, both) = (timed_out(0), timed_out(5));
    assert!(
        probes_only > 200 && (5..60).contains(&both),
        "timed out: {probes_only} with probes alone, {both} with both"
    );
}
