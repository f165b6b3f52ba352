//! What probes, suspicion and rumours promise as a box.

use crate::groups::{Run, Trial, any_faults};
use catalog::Face;
use check::{CheckKind, Finding};
use gossip::epidemic::{Style, expected_rounds};

const KIND: &str = "gossip-cluster";

/// Oracle: a probe fails at the end of a period, and the suspected has its time: detection lies between that time and that time
/// with two rounds of probing (2n - 1 periods).
#[test]
fn a_death_is_found_within_two_rounds_of_probes_and_believed_by_all() {
    let mut found = Vec::new();
    for seed in 1..=10 {
        let fields = r#""members": 8, "period_ms": 200, "ping_ms": 50, "suspect_ms": 600"#;
        let run = Trial::of(KIND, fields).seed(seed).fault(5_000, 15_000, "crash", 3).run();
        found.push(run.gauge(0).expect("a death is found"));
        assert_eq!((run.gauge(1), run.gauge(2)), (Some(0.0), Some(0.0)), "seed {seed}: nobody else is accused");
        let Face::Table { rows, .. } = run.face() else { panic!("the box shows who believes what") };
        let beliefs = rows.iter().enumerate().filter(|(member, _)| *member != 3).map(|(_, row)| row[2 + 3].as_str());
        assert!(beliefs.clone().all(|belief| belief == "dead"), "seed {seed}: {:?}", beliefs.collect::<Vec<_>>());
        assert!(run.is_accounted());
    }
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    assert!(found.iter().all(|ms| (600.0..600.0 + 15.0 * 200.0).contains(ms)), "{found:?} ms");
    // e/(e-1) periods on average until somebody probes it, the period of the probe, and the suspicion.
    assert!((750.0..1_500.0).contains(&mean), "{mean} ms on average");
}

#[test]
fn whoever_stands_still_for_less_than_the_suspicion_is_not_taken_for_dead() {
    let deaths = |detector: &str| {
        let fields =
            format!(r#""members": 8, "detector": "{detector}", "period_ms": 200, "ping_ms": 50, "suspect_ms": 3000"#);
        let run = Trial::of(KIND, &fields).fault(5_000, 1_500, "pause", 2).run();
        (run.gauge(1).unwrap_or_default(), run.gauge(2).unwrap_or_default())
    };
    let (sound, hasty) = (deaths("SWIM"), deaths("no suspicion"));
    assert!(sound.0 >= 1.0 && sound.1 == 0.0, "{sound:?}: suspected, and time to object");
    assert!(hasty.1 >= 1.0, "{hasty:?}: dead at the first missed answer");
}

/// Members that have the newest value, in percent, at moments after the last write.
fn informed(run: &mut Run, from: u64, moments: &[u64]) -> Vec<f64> {
    let at = |ms: &u64| {
        run.to(from + ms);
        run.gauge(3).unwrap_or_default()
    };
    moments.iter().map(at).collect()
}

/// Oracle: the recurrence of Demers et al. for one contact a round; twice its rounds are far in the tail.
#[test]
fn the_newest_value_reaches_all_in_about_as_many_rounds_as_the_recurrence_says() {
    let rounds = expected_rounds(Style::PushPull, 32, 1);
    for seed in 1..=5 {
        let trial = Trial::of(KIND, r#""members": 32, "round_ms": 200, "style": "push-pull""#).seed(seed);
        // Nobody is reached by callers from here on, and members still reach each other.
        let mut scenario = trial.scenario();
        scenario.faults.extend(cut());
        let mut run = Run::of(scenario);
        let shares = informed(&mut run, 5_000, &[1, 2 * rounds * 200]);
        assert!(shares[0] < 50.0 && shares[1] == 100.0, "seed {seed}: {shares:?} after {rounds} expected rounds");
    }
}

fn cut() -> Vec<scenario::Moment> {
    let text = r#"{ "faultline": 1, "boxes": [{ "id": "clients", "kind": "clients" }, { "id": "group", "kind": "gossip-cluster" }],
        "wires": [{ "from": "clients", "to": "group" }],
        "faults": [{ "at": "5s", "for": "15s", "do": "cut", "on": "clients>group" }] }"#;
    scenario::file::read(text, catalog::schema()).expect("the design is valid").faults
}

#[test]
fn a_read_is_stale_for_as_long_as_the_rounds_take() {
    let run = Trial::of(KIND, "").run();
    let stale = run.verdict(CheckKind::StaleReads);
    assert_eq!(stale.finding, Finding::Broken, "{} {}", stale.headline, stale.detail);
    let alone = Trial::of(KIND, r#""members": 1"#).run();
    assert_eq!(alone.verdict(CheckKind::StaleReads).figure, 0.0, "one member knows its own news");
}

#[test]
fn every_detector_and_style_accounts_for_every_request_whatever_happens() {
    for detector in ["SWIM", "heartbeat", "no suspicion", "no proxies", "no objection"] {
        for (stops, style) in [("newest for ever", "push"), ("told once", "pull"), ("last to come", "push-pull")] {
            let fields = format!(
                r#""members": 6, "detector": "{detector}", "stops": "{stops}", "style": "{style}", "period_ms": 50, "proxies": 8, "fanout": 5"#
            );
            let run = any_faults(Trial::of(KIND, &fields).seconds(8), 6, 7, 10).run();
            assert!(run.is_accounted(), "{detector} {stops} {style}");
        }
    }
}
