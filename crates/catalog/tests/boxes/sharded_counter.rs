//! The sharded counter's box: what is counted, what is lost without a lock, and what shards are good for.

use base::{Span, Time};
use catalog::Plant;
use scenario::file;

/// Increments of one counter that were acknowledged in ten seconds at `rate`, and the box's gauges after two seconds more in which
/// it is only read, `reads` times a second.
fn run(rate: u32, counter: &str, reads: u32) -> (u64, Vec<Option<f64>>) {
    let text = format!(
        r#"{{ "faultline": 1, "length": "12s", "boxes": [
            {{ "id": "crowd", "kind": "clients", "rate": {rate}, "keys": 1, "ops": [{{ "name": "add", "does": "write", "weight": 1 }}] }},
            {{ "id": "eyes", "kind": "clients", "rate": {reads}, "keys": 1, "ops": [{{ "name": "look", "does": "read", "weight": 1 }}] }},
            {{ "id": "likes", "kind": "sharded-counter", "time_ms": 0, "hold_ms": 5, "time_law": "constant", "line_max": 0, {counter} }} ],
            "wires": [{{ "from": "crowd", "to": "likes", "timeout_ms": 0 }}, {{ "from": "eyes", "to": "likes", "timeout_ms": 0 }}],
            "actions": [{{ "at": "10s", "set": "rate", "on": "crowd", "to": 0 }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut samples = Vec::new();
    while plant.run_before(Time::ZERO + Span::from_secs(10), 100_000).expect("within budget").more {}
    plant.sample(&mut samples);
    let ok = plant.meter(2).count.ok;
    while plant.run_before(Time::ZERO + Span::from_secs(12), 100_000).expect("within budget").more {}
    plant.sample(&mut samples);
    (ok, plant.view(2, &samples[2], Span::from_secs(2)).gauges)
}

/// Against arithmetic: a row that is held for 5 ms takes 200 increments a second, and four rows 800.
#[test]
fn shards_add_as_many_as_their_rows_can_take_together() {
    let added = |shards: u32| run(2_000, &format!(r#""members": {shards}"#), 0).0 as f64 / 10.0;
    for (shards, most) in [(1, 200.0), (4, 800.0)] {
        let got = added(shards);
        assert!((got - most).abs() < most * 0.05, "{got} a second on {shards} shards, {most} expected");
    }
}

/// Every increment counts when rows are locked, on any number of shards; without a lock about those overlap that come within 5 ms.
#[test]
fn locked_rows_lose_nothing_and_careless_ones_what_overlaps() {
    for counter in [r#""members": 1"#, r#""members": 4"#, r#""members": 4, "adding": "converging""#] {
        assert_eq!(run(150, counter, 0).1[0], Some(0.0), "{counter}");
    }
    let (ok, gauges) = run(150, r#""members": 1, "adding": "careless""#, 0);
    let (one, lost) = (ok as f64, gauges[0].expect("always there"));
    // Who begins while another is between reading and writing loses the other's, or its own: 150 · 0.005 = 0.75 others on average.
    assert!((0.25..0.75).contains(&(lost / one)), "{lost} of {one} lost");
    let four = run(150, r#""members": 4, "adding": "careless""#, 0).1[0].expect("always there");
    assert!(four > 0.0 && four < lost / 2.0, "{four} lost on four shards, {lost} on one");
}

/// An exact read is right once it is quiet; a sample of one is off by as much as shards differ; replicas agree in the end.
#[test]
fn reads_are_exact_sampled_or_right_in_the_end() {
    let off = |counter: &str| run(200, counter, 10).1[2].expect("somebody has read");
    let replicas = off(r#""members": 4, "adding": "converging""#);
    assert_eq!(replicas, 0.0, "replicas have told each other everything");
    assert_eq!(off(r#""members": 4"#), 0.0, "all shards were asked");
    let sampled = off(r#""members": 4, "reading": "sampled", "sample": 1"#);
    assert!(sampled > 0.0 && sampled < 20.0, "{sampled}% off: one shard stands for four that are nearly alike");
}

/// Against arithmetic: a row takes 5 ms to reach. A sum over one takes that; over ten the others' rows are reached at the same time,
/// 1 ms away: 5 + 1 + 5 + 1.
#[test]
fn a_sum_is_as_slow_as_the_slowest_row_and_not_as_all_of_them() {
    let p99 = |members: u32| {
        let text = format!(
            r#"{{ "faultline": 1, "length": "5s", "boxes": [
                {{ "id": "eyes", "kind": "clients", "rate": 50, "keys": 1, "ops": [{{ "name": "look", "does": "read", "weight": 1 }}] }},
                {{ "id": "likes", "kind": "sharded-counter", "members": {members}, "time_ms": 5, "time_law": "constant" }} ],
                "wires": [{{ "from": "eyes", "to": "likes" }}] }}"#
        );
        let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
        let mut plant = Plant::build(&scenario).expect("it can be built");
        let mut samples = Vec::new();
        while plant.run_before(Time::ZERO + Span::from_secs(5), 100_000).expect("within budget").more {}
        plant.sample(&mut samples);
        plant.view(1, &samples[1], Span::from_secs(5)).gauges[3].expect("somebody has read")
    };
    for (members, expected) in [(1, 5.0), (10, 12.0)] {
        let got = p99(members);
        assert!((got - expected).abs() < expected * 0.03, "{got} ms over {members} rows, {expected} expected");
    }
}
