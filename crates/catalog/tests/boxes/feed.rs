//! The feed: what a post and a read cost each way, by arithmetic.

use base::{Span, Time};
use catalog::{Face, Plant};
use check::{Finding, Panel, Verdict};
use scenario::file;
use trace::Sample;

struct Ran {
    plant: Plant,
    verdict: Verdict,
}

impl Ran {
    fn gauge(&self, nth: usize) -> f64 {
        self.plant.view(1, &Sample::default(), Span::from_secs(1)).gauges[nth].expect("it has a value")
    }
}

/// Half a minute; all posts are by author 0, who has 500 followers of 1,000 users.
fn run(rate: u32, write_weight: u32, feed: &str, faults: &str) -> Ran {
    let text = format!(
        r#"{{ "faultline": 1, "length": "30s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": {rate}, "arrivals": "constant", "keys": 1, "users": 100000, "ops": [
                    {{ "name": "read", "weight": 1 }}, {{ "name": "post", "does": "write", "weight": {write_weight} }}] }},
                {{ "id": "feed", "kind": "feed", "time_law": "constant" {feed} }}
            ],
            "wires": [{{ "from": "crowd", "to": "feed", "latency_ms": 1 }}], "faults": [{faults}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut panel = Panel::new(plant.checks());
    for second in 1..=30 {
        while plant.run_before(Time::ZERO + Span::from_secs(second), 100_000).expect("within budget").more {}
        panel.observe_all(plant.records());
        plant.clear_records();
    }
    let verdicts = panel.verdicts(plant.now(), &plant.names(&scenario));
    let verdict = verdicts.into_iter().find(|verdict| verdict.check == "delivery").expect("a feed is judged");
    Ran { plant, verdict }
}

/// 8 pushers of 1 ms make 8,000 deliveries a second; 10 posts a second of 500 are 5,000, 20 are 10,000.
#[test]
fn on_write_a_post_costs_its_followers_and_a_celebrity_can_outrun_the_pushers() {
    let keeps_up = run(10, 1_000_000, r#", "algorithm": "on-write""#, "");
    assert!((keeps_up.gauge(0) - 500.0).abs() < 2.0, "{} deliveries a post", keeps_up.gauge(0));
    assert!(keeps_up.gauge(2) <= 0.0625 + 1e-9, "500 deliveries at 8,000 a second take 62.5 ms: {}", keeps_up.gauge(2));
    let falls_behind = run(20, 1_000_000, r#", "algorithm": "on-write""#, "");
    // 2,000 too many a second for thirty seconds.
    assert!((falls_behind.gauge(3) - 60_000.0).abs() < 1_500.0, "{} wait", falls_behind.gauge(3));
    assert!((falls_behind.gauge(2) - 6.0).abs() < 0.3, "the oldest for {} s", falls_behind.gauge(2));
}

#[test]
fn on_read_a_post_costs_nothing_more_and_a_read_an_outbox_for_each_followed() {
    let (push, pull) = (
        run(200, 1, r#", "algorithm": "on-write""#, ""),
        run(200, 1, r#", "algorithm": "on-read", "lookup_ms": 10"#, ""),
    );
    assert_eq!((pull.gauge(0), push.gauge(1)), (0.0, 1.0), "deliveries a post; look-ups a read");
    // Σ 500/r over 1,000 users, each shared by 1,000 readers, and one's own timeline.
    let followed: f64 = (1..=1_000).map(|r| (500.0 / f64::from(r) + 0.5_f64).floor()).sum::<f64>() / 1_000.0;
    assert!((pull.gauge(1) - 1.0 - followed).abs() < 0.2, "{} look-ups a read, {followed} followed", pull.gauge(1));
}

#[test]
fn hybrid_never_pushes_the_celebrity_and_its_followers_pay_one_look_up_more() {
    let ran = run(200, 1, r#", "algorithm": "hybrid""#, "");
    assert_eq!(ran.gauge(0), 0.0, "the only author is too large to be pushed");
    // Authors 0 and 1 are pulled: 500 and 250 of 1,000 readers follow them.
    assert!((ran.gauge(1) - 1.75).abs() < 0.1, "{} look-ups a read", ran.gauge(1));
    let Face::Table { head, rows } = ran.plant.view(1, &Sample::default(), Span::from_secs(1)).face else {
        panic!("a feed shows a table");
    };
    assert_eq!((head.len(), rows.len()), (5, 10));
    let tiers: Vec<&str> = rows.iter().take(6).map(|row| row[4].as_str()).collect();
    assert_eq!(tiers[..3], ["pulled", "pulled", "pushed to the active"]);
    assert_eq!(rows[5][4], "pushed to all", "83 followers");
}

#[test]
fn a_crash_loses_no_delivery_and_doubles_none() {
    let ran = run(
        10,
        1_000_000,
        r#", "algorithm": "on-write""#,
        r#"{ "at": "10s", "for": "2s", "do": "crash", "on": "feed" }"#,
    );
    assert_eq!(ran.verdict.finding, Finding::Holds, "{}", ran.verdict.headline);
    assert!((ran.gauge(0) - 500.0).abs() < 2.0, "{} deliveries a post", ran.gauge(0));
}
