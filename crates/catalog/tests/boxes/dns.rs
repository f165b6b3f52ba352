//! How long users go on to the dead, because nobody tells them.

use crate::graphs::{self, choose, done, set, wire};
use base::{Span, Time};
use scenario::{Moment, Scenario, Target, Verb};

/// The share of requests that fail when the first of two sites dies for good after 30 s of 120, with records that live `ttl_ms`.
fn failed(ttl_ms: f64) -> f64 {
    let mut dns = set("dns", "dns", &[("ttl_ms", ttl_ms), ("interval_ms", 1_000.0), ("fall", 2.0)]);
    choose(&mut dns, "policy", 3);
    let boxes = vec![
        set("clients", "clients", &[("rate", 100.0), ("users", 300.0)]),
        dns,
        set("east", "service", &[]),
        set("west", "service", &[]),
    ];
    let wires = vec![wire("clients", "dns"), wire("dns", "east"), wire("dns", "west")];
    let crash = Moment {
        at: Time::ZERO + Span::from_secs(30),
        lasts: None,
        ..done(Verb::Crash, Target::Box("east".to_string()))
    };
    let scenario =
        Scenario { length: Span::from_secs(120), seed: 2, boxes, wires, faults: vec![crash], ..Scenario::default() };
    let count = graphs::ran(&scenario).meter(0).count;
    count.bad() as f64 / count.ended() as f64
}

/// Oracle: records fetched at random moments of their lives are used for half a life more on average, after the 2 s or so that two failed
/// probes take to tell; a request that times out counts once. Of 120 s that is (detection + ttl / 2) / 120.
#[test]
fn users_follow_a_failover_half_a_record_later() {
    for ttl in [2.0, 20.0, 60.0] {
        let (share, by_arithmetic) = (failed(ttl * 1_000.0), (2.5 + ttl / 2.0) / 120.0);
        assert!((share - by_arithmetic).abs() < 0.03, "{ttl} s: {share}, {by_arithmetic} by arithmetic");
    }
}
