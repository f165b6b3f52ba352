//! The partitioned log under a consumer's death: what each promise gives, counted at the consumers.

use base::{Span, Time};
use catalog::{Face, Plant};
use check::{Finding, Panel, Verdict};
use scenario::file;
use std::collections::BTreeMap;
use trace::{Record, Sample};

/// What a run left behind.
struct Ran {
    plant: Plant,
    verdict: Verdict,
    /// How often each write took effect at a consumer.
    effects: BTreeMap<u64, u64>,
    /// Messages that the log accepted, and what it made of them: delivered, given up.
    queued: u64,
    delivered: u64,
    dropped: u64,
}

impl Ran {
    /// Effects beyond the first of each message: what the consumers saw twice.
    fn twice(&self) -> u64 {
        self.effects.values().map(|times| times - 1).sum()
    }

    fn gauge(&self, nth: usize) -> f64 {
        self.plant.view(1, &Sample::default(), Span::from_secs(1)).gauges[nth].expect("it has a value")
    }
}

/// Thirty seconds of 200 writes a second into a log that two stores consume, the first of which dies after ten seconds and a half and comes
/// back ten seconds later; then ten seconds without traffic.
fn run(log: &str, more: &str) -> Ran {
    let text = format!(
        r#"{{ "faultline": 1, "length": "40s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 200, "ops": [{{ "name": "post", "does": "write" }}] }},
                {{ "id": "log", "kind": "partitioned-log", {log} }},
                {{ "id": "a", "kind": "leader-follower", "members": 1, "time_ms": 5 }},
                {{ "id": "b", "kind": "leader-follower", "members": 1, "time_ms": 5 }}
            ],
            "wires": [
                {{ "from": "crowd", "to": "log", "timeout_ms": 1000, "retries": 3 }},
                {{ "from": "log", "to": "a", "timeout_ms": 1000 }}, {{ "from": "log", "to": "b", "timeout_ms": 1000 }}
            ],
            "faults": [{{ "at": "10600ms", "for": "10s", "do": "crash", "on": "a" }} {more}],
            "actions": [{{ "at": "30s", "set": "rate", "on": "crowd", "to": 0 }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut panel = Panel::new(plant.checks());
    let mut effects = BTreeMap::new();
    let (mut queued, mut delivered, mut dropped) = (0, 0, 0);
    for second in 1..=40 {
        while plant.run_before(Time::ZERO + Span::from_secs(second), 100_000).expect("within budget").more {}
        panel.observe_all(plant.records());
        for (_, record) in plant.records() {
            match *record {
                Record::Acknowledged { write, .. } => *effects.entry(write).or_insert(0) += 1,
                Record::Queued { copies, .. } => queued += u64::from(copies),
                Record::Delivered { .. } => delivered += 1,
                Record::Dropped { .. } => dropped += 1,
                _ => {}
            }
        }
        plant.clear_records();
    }
    let names = plant.names(&scenario);
    let verdicts = panel.verdicts(plant.now(), &names);
    let verdict = verdicts.into_iter().find(|verdict| verdict.check == "delivery").expect("a log is judged");
    Ran { plant, verdict, effects, queued, delivered, dropped }
}

/// Duplicates as the consumers saw them are those that the check counts, and nothing is lost.
#[test]
fn at_least_once_repeats_what_a_dead_consumer_had_done_and_not_committed() {
    for assignment in ["range", "round-robin", "sticky"] {
        let ran = run(&format!(r#""assignment": "{assignment}""#), "");
        let twice = ran.twice();
        assert_eq!((ran.dropped, ran.effects.len() as u64), (0, ran.queued), "{assignment}: everything was done");
        assert_eq!(ran.delivered, ran.queued + twice, "{assignment}: {}", ran.verdict.headline);
        assert_eq!(ran.verdict.figure, twice as f64, "{assignment}: the check counts the {twice} that came twice");
        // Half of 200 a second, for at most the second between two commits.
        assert!((1..=130).contains(&twice), "{assignment}: {twice} came twice");
        assert_eq!(ran.gauge(0), 0.0, "{assignment}: no lag is left");
    }
}

#[test]
fn at_most_once_loses_what_a_dead_consumer_had_committed_and_not_done() {
    let ran = run(r#""commit": "before the work", "batch": 20"#, "");
    let missing = ran.queued - ran.effects.len() as u64;
    assert_eq!(ran.twice(), 0, "nothing came twice");
    assert_eq!((ran.dropped, ran.delivered), (missing, ran.queued - missing), "{}", ran.verdict.headline);
    assert_eq!(ran.verdict.figure, missing as f64);
    assert!(missing > 0, "something was under way");
}

#[test]
fn effectively_once_counts_every_record_once_though_consumers_repeat_some() {
    let ran = run(r#""commit": "with the work""#, "");
    assert_eq!(
        (ran.verdict.finding, ran.delivered, ran.dropped),
        (Finding::Holds, ran.queued, 0),
        "{}",
        ran.verdict.headline
    );
    assert!(ran.twice() > 0, "what was done in a transaction that was aborted is done again");
}

/// One lane: a record at a time, five milliseconds and the way there and back for each, and fifty records of room.
#[test]
fn what_retention_takes_from_a_group_that_is_behind_is_lost_and_counted() {
    let ran = run(r#""retention": 50, "partitions": 1"#, "");
    let missing = ran.queued - ran.effects.len() as u64;
    assert!(missing > 1_000, "{missing} never reached a consumer");
    assert_eq!(ran.dropped, missing, "{}", ran.verdict.headline);
}

#[test]
fn without_idempotence_a_record_whose_answer_was_lost_is_appended_twice() {
    let lossy = r#", { "at": "1s", "for": "5s", "do": "lose", "on": "crowd>log", "amount": 30 }"#;
    // Time-outs of 1 s and three tries: what is lost on the way back is sent again.
    let doubles = |idempotent: &str| {
        let log = format!(r#""commit": "with the work", "idempotent": "{idempotent}""#);
        run(&log, lossy).verdict
    };
    let (with, without) = (doubles("on"), doubles("off"));
    assert_eq!(with.finding, Finding::Holds, "{}", with.headline);
    assert!(without.figure > 50.0, "{}", without.headline);
}

#[test]
fn each_box_gets_everything_when_it_is_a_group_of_its_own_and_the_face_shows_where_they_are() {
    let ran = run(r#""groups": "each", "commit_ms": 0"#, "");
    assert_eq!(ran.queued, 2 * ran.effects.len() as u64, "two copies of each");
    assert_eq!((ran.delivered, ran.dropped), (ran.queued, 0), "{}", ran.verdict.headline);
    let Face::Lanes { lanes, .. } = ran.plant.view(1, &Sample::default(), Span::from_secs(1)).face else {
        panic!("a log shows lanes");
    };
    let ends: u64 = lanes.iter().map(|lane| lane.to).sum();
    assert_eq!((lanes.len(), ends), (6, ran.effects.len() as u64));
    assert!(lanes.iter().all(|lane| lane.marks.iter().all(|mark| mark.index == lane.to) && lane.marks.len() == 4));
}
