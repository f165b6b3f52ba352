//! The rate limiter's box runs every algorithm of the family.

use base::{Span, Time};
use catalog::Plant;
use limits::Algorithm;
use scenario::file;

/// Arrived at the limiter, arrived behind it, and the longest line seen, after ten seconds of four times too much.
fn run(algorithm: &str) -> (u64, u64, u32) {
    let text = format!(
        r#"{{ "faultline": 1, "length": "20s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 400, "arrivals": "poisson" }},
                {{ "id": "limiter", "kind": "limiter", "algorithm": "{algorithm}", "limit": 100, "burst": 20 }},
                {{ "id": "api", "kind": "service", "workers": 100, "time_ms": 1 }}
            ],
            "wires": [{{ "from": "crowd", "to": "limiter" }}, {{ "from": "limiter", "to": "api" }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut longest = 0;
    for ms in (0..10_000).step_by(50) {
        while plant.run_before(Time::ZERO + Span::from_millis(ms), 10_000).expect("within budget").more {}
        longest = longest.max(plant.meter(1).load().0);
    }
    (plant.meter(1).count.arrived, plant.meter(2).count.arrived, longest)
}

#[test]
fn every_algorithm_admits_its_rate_and_only_the_queue_makes_anybody_wait() {
    for algorithm in Algorithm::ALL {
        let (arrived, passed, longest) = run(algorithm.name());
        assert!(arrived > 3_800, "{algorithm:?}: {arrived} came");
        assert!((850..=1_120).contains(&passed), "{algorithm:?}: {passed} passed in 10 s at 100 a second");
        let expected = if *algorithm == Algorithm::LeakyQueue { 15..=20 } else { 0..=0 };
        assert!(expected.contains(&longest), "{algorithm:?}: {longest} in line");
    }
}
