//! What a collaborative document promises as a box, and what the wrong way to bring edits together costs.

use crate::groups::{Run, Trial, any_faults};
use catalog::Face;
use check::{CheckKind, Finding};
use std::collections::BTreeMap;
use trace::Record;

const KIND: &str = "document";
const RIGHT: [&str; 2] = ["transformation", "sequence"];

/// Three replicas that only put letters in, until `quiet` seconds; then nobody edits.
fn typing(way: &str, more: &str, quiet: u32) -> Trial {
    let fields = format!(r#""way": "{way}", "members": 3, "length_max": 1000, "cuts_percent": 0{more}"#);
    let mut trial = Trial::of(KIND, &fields).seconds(quiet + 10);
    trial.faults.push(format!(r#"{{ "at": "{quiet}s", "set": "rate", "on": "clients", "to": 0 }}"#));
    trial
}

/// For each replica, how many letters each document has.
fn letters(run: &Run) -> Vec<Vec<u64>> {
    let count = |face: &Face| match face {
        Face::Table { rows, .. } => rows.iter().map(|row| row[2].parse().expect("a count")).collect(),
        _ => panic!("a replica shows its documents"),
    };
    run.members().iter().map(|member| count(&member.face)).collect()
}

/// How many edits of each document were acknowledged, and how many acknowledged ones were told to be gone.
fn edits(run: &Run) -> (Vec<u64>, u64) {
    let mut acknowledged: BTreeMap<u64, u64> = BTreeMap::new();
    let mut gone = 0;
    for (_, record) in &run.records {
        match record {
            Record::Acknowledged { key, .. } => *acknowledged.entry(*key).or_default() += 1,
            Record::Overwritten { .. } => gone += 1,
            _ => {}
        }
    }
    (acknowledged.into_values().collect(), gone)
}

/// Oracle: every acknowledged edit put one letter in, so the letters at the end are the edits.
#[test]
fn replicas_that_were_offline_come_back_and_every_acknowledged_edit_is_in_every_copy() {
    for way in RIGHT {
        let trial = typing(way, "", 12).fault(2_000, 4_000, "isolate", 2).fault(4_000, 3_000, "isolate", 0);
        let trial = trial.fault(8_000, 1_000, "crash", 1).fault(9_500, 1_000, "pause", 0);
        let mut run = trial.start();
        run.to(5_900);
        let apart = letters(&run);
        assert!(apart[0] != apart[2], "{way}: apart while cut off, {apart:?}");
        run.to(22_000);
        let (acknowledged, gone) = edits(&run);
        assert!(acknowledged.iter().sum::<u64>() > 500 && gone == 0, "{way}: {acknowledged:?}, {gone} gone");
        assert_eq!(letters(&run), vec![acknowledged; 3], "{way}");
        let Face::Table { rows, .. } = run.face() else { panic!("the box shows a text of every replica") };
        assert!(rows.iter().all(|row| row[1] == rows[0][1] && row[2] == "0"), "{way}: {rows:?}");
        assert!(
            run.is(CheckKind::Convergence, Finding::Holds) && run.is(CheckKind::Overwrites, Finding::Holds),
            "{way}"
        );
    }
}

/// The named wrong way: it converges as well, on a text without most of what was typed meanwhile.
#[test]
fn the_last_writer_wins_and_the_edits_it_did_not_know_of_are_gone() {
    let run = typing("last writer wins", "", 12).fault(2_000, 4_000, "isolate", 2).run();
    let (acknowledged, gone) = edits(&run);
    let (left, all) = (letters(&run), acknowledged.iter().sum::<u64>());
    let letters: u64 = left[0].iter().sum();
    assert_eq!(left, vec![left[0].clone(); 3], "all copies are the same");
    assert!(run.is(CheckKind::Convergence, Finding::Holds) && run.is(CheckKind::Overwrites, Finding::Broken));
    assert!(letters * 2 < all && letters + gone >= all, "{letters} letters of {all} edits, {gone} told to be gone");
    assert_eq!(run.gauge(1), Some(gone as f64), "what is told is what the box shows");
}

/// Oracle: letters and edits told to be gone make the edits that were acknowledged.
#[test]
fn a_replica_that_missed_more_than_the_log_keeps_says_which_of_its_edits_are_gone() {
    let trial =
        |log: u32| typing("transformation", &format!(r#", "log_max": {log}"#), 16).fault(2_000, 12_000, "isolate", 2);
    let long = trial(2_000).run();
    let (acknowledged, gone) = edits(&long);
    assert_eq!((letters(&long), gone), (vec![acknowledged; 3], 0), "a long log");
    let short = trial(100).run();
    let (acknowledged, gone) = edits(&short);
    let left = letters(&short);
    assert_eq!(left, vec![left[0].clone(); 3]);
    let all: u64 = acknowledged.iter().sum();
    assert_eq!(left[0].iter().sum::<u64>() + gone, all, "{gone} of {all} are gone");
    assert!(gone > 50 && short.is(CheckKind::Overwrites, Finding::Broken), "{gone} are gone");
    assert!(short.gauge(2) < Some(3.0 * 201.0), "the log is bounded: {:?}", short.gauge(2));
}

#[test]
fn every_way_converges_when_faults_end_and_accounts_for_every_request() {
    for (way, members) in
        [("transformation", 4), ("sequence", 4), ("last writer wins", 4), ("transformation", 16), ("sequence", 1)]
    {
        for seed in [3, 5] {
            let fields = format!(r#""way": "{way}", "members": {members}, "sync_ms": 100, "log_max": 100"#);
            let run = any_faults(Trial::of(KIND, &fields).seconds(13).seed(seed), members, 8, 6).run();
            let verdict = run.verdict(CheckKind::Convergence);
            assert_ne!(verdict.finding, Finding::Broken, "{way} by {members}: {} {}", verdict.headline, verdict.detail);
            assert!(run.is_accounted() && run.answered(0, 13_000).0 > 300);
        }
    }
}
