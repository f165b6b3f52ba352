//! Instances that follow the load, late.

use crate::graphs::{done, set, to, wire};
use base::{Span, Time};
use catalog::Plant;
use scenario::{Moment, Scenario, Target, Verb};

/// Instances of ten workers at 20 ms each, 60% wanted; the load is 5 times as high from second 60 to second 180.
fn design(boot_ms: f64) -> Scenario {
    let group = set(
        "group",
        "autoscaled",
        &[
            ("workers", 10.0),
            ("time_ms", 20.0),
            ("boot_ms", boot_ms),
            ("patience_ms", 30_000.0),
            ("interval_ms", 5_000.0),
            ("members", 16.0),
        ],
    );
    let spike = Moment {
        at: Time::ZERO + Span::from_secs(60),
        lasts: Some(Span::from_secs(120)),
        ..done(Verb::Spike, Target::Box("clients".to_string()))
    };
    Scenario {
        length: Span::from_secs(300),
        seed: 4,
        boxes: vec![set("clients", "clients", &[("rate", 400.0)]), group],
        wires: vec![wire("clients", "group")],
        faults: vec![spike],
        ..Scenario::default()
    }
}

/// Ready instances at each of these seconds, and the share of requests that went wrong.
fn ready(scenario: &Scenario, seconds: &[u64]) -> (Vec<f64>, f64) {
    let mut plant = Plant::build(scenario).expect("a valid design can be built");
    let mut counts = Vec::new();
    for second in seconds {
        to(&mut plant, Span::from_secs(*second));
        counts.push(plant.view(1, &trace::Sample::default(), Span::from_secs(1)).gauges[0].expect("a count"));
    }
    let count = plant.meter(0).count;
    (counts, count.bad() as f64 / count.ended() as f64)
}

/// Oracle: r requests a second of s seconds keep r s workers busy; at target t an instance of w takes r s / (w t) of them. 400 a second want
/// 1.33 instances, 2,000 want 6.67; within the tolerance of 10% the group stays where it is.
#[test]
fn the_group_is_as_large_as_the_load_asks() {
    let (counts, _) = ready(&design(10_000.0), &[55, 175, 295]);
    assert!(
        (1.0..=2.0).contains(&counts[0]) && (6.0..=8.0).contains(&counts[1]) && (1.0..=2.0).contains(&counts[2]),
        "{counts:?}"
    );
}

#[test]
fn what_boots_slowly_fails_meanwhile() {
    let (quick, slow) = (ready(&design(0.0), &[300]).1, ready(&design(60_000.0), &[300]).1);
    assert!(slow > 0.02 && slow > 2.0 * quick, "{quick} at once, {slow} after a minute");
}
