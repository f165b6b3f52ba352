//! What a store with many leaders promises as a box: all become equal, and what is lost on the way is said to the write.

use crate::groups::{Run, Trial, any_faults};
use catalog::Face;
use check::{CheckKind, Finding};
use std::collections::{BTreeMap, BTreeSet};
use trace::Record;

const KIND: &str = "multi-leader";
const RULES: [&str; 7] = [
    "last write wins",
    "siblings",
    "merged by union",
    "merged to the greatest",
    "merged to the least",
    "counter",
    "set",
];

/// What each leader says that it holds of each key.
fn held(run: &Run) -> BTreeMap<u64, Vec<String>> {
    let Face::Table { head, rows } = run.face() else { panic!("the box shows the same keys at every leader") };
    assert_eq!(head.len(), run.members().len() + 1);
    rows.into_iter().map(|row| (row[0].parse().expect("a key"), row[1..].to_vec())).collect()
}

/// Oracle: while two leaders are apart, the writes of a key at both cannot know of each other, and one of the two last ones stays. Without
/// latency nothing crosses otherwise.
#[test]
fn last_write_wins_drops_one_write_of_each_key_that_both_sides_of_a_partition_wrote() {
    let trial = Trial::of(KIND, r#""members": 2, "mesh_ms": 0"#).fault(4_000, 2_000, "isolate", 0);
    let run = Trial { keys: 120, ..trial }.run();
    let mut wrote: BTreeMap<u64, BTreeSet<u16>> = BTreeMap::new();
    let mut dropped = BTreeMap::new();
    for (at, record) in &run.records {
        match *record {
            Record::Acknowledged { key, member, .. } if (4_000..6_000).contains(&(at.0 / 1_000_000)) => {
                wrote.entry(key).or_default().insert(member);
            }
            Record::Overwritten { key, version, kept, .. } => {
                assert!(version < kept, "the later stamp stays");
                *dropped.entry(key).or_insert(0) += 1;
            }
            _ => {}
        }
    }
    let both: BTreeMap<u64, u32> = wrote.iter().filter(|(_, by)| by.len() == 2).map(|(key, _)| (*key, 1)).collect();
    assert!(both.len() > 15 && both.len() < wrote.len(), "{} of {} keys", both.len(), wrote.len());
    assert_eq!(dropped, both);
    let verdict = run.verdict(CheckKind::Overwrites);
    assert_eq!((verdict.finding, verdict.figure), (Finding::Broken, both.len() as f64), "{}", verdict.detail);
    assert!(run.is(CheckKind::Convergence, Finding::Holds), "equal, and {} writes poorer", both.len());
}

#[test]
fn every_rule_over_every_topology_brings_all_copies_together_when_faults_end() {
    for rule in RULES {
        for topology in ["all to all", "ring", "star", "line"] {
            let fields = format!(r#""members": 4, "rule": "{rule}", "topology": "{topology}""#);
            let run = any_faults(Trial::of(KIND, &fields).seconds(14), 4, 9, 8).run();
            let verdict = run.verdict(CheckKind::Convergence);
            assert_eq!(verdict.finding, Finding::Holds, "{rule}, {topology}: {} {}", verdict.headline, verdict.detail);
            assert!(run.is_accounted());
        }
    }
}

#[test]
fn without_a_rule_that_decides_copies_stay_apart() {
    for (left_out, topology) in [("by-arrival", "all to all"), ("no-relay", "star"), ("tells-once", "all to all")] {
        let fields = format!(r#""left_out": "{left_out}", "topology": "{topology}""#);
        let run = Trial::of(KIND, &fields).fault(4_000, 2_000, "isolate", 1).run();
        let verdict = run.verdict(CheckKind::Convergence);
        assert_eq!(verdict.finding, Finding::Broken, "{left_out}: {}", verdict.headline);
    }
}

/// Oracle: a count of what was acknowledged.
#[test]
fn a_counter_counts_every_acknowledged_write_through_partitions_and_crashes() {
    let trial = Trial::of(KIND, r#""rule": "counter", "mesh_ms": 0"#).fault(2_000, 3_000, "isolate", 0);
    let run = Trial { keys: 8, ..trial.fault(6_000, 2_000, "crash", 2) }.seconds(12).run();
    let mut written: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, record) in &run.records {
        if let Record::Acknowledged { key, .. } = record {
            *written.entry(*key).or_default() += 1;
        }
    }
    let expected: BTreeMap<u64, Vec<String>> =
        written.into_iter().map(|(key, count)| (key, vec![count.to_string(); 3])).collect();
    assert_eq!(held(&run), expected);
    assert!(run.is(CheckKind::Overwrites, Finding::Holds));
}

#[test]
fn siblings_drop_nothing_and_say_what_met() {
    let mut run = Trial::of(KIND, r#""rule": "siblings""#).fault(4_000, 4_000, "isolate", 0).start();
    run.to(7_900);
    assert!(held(&run).values().any(|copies| copies[0] != copies[1]), "apart while cut off");
    run.to(8_400);
    assert!(held(&run).values().flatten().any(|copy| copy.contains(" | ")), "both stand beside each other");
    run.to(20_000);
    assert!(run.is(CheckKind::Overwrites, Finding::Holds) && run.is(CheckKind::Convergence, Finding::Holds));
    assert!(run.gauge(2) > Some(20.0), "{:?} conflicts", run.gauge(2));
    let decided = run.members().into_iter().any(|member| {
        let Face::Table { rows, .. } = member.face else { panic!("a leader shows what it holds") };
        rows.iter().any(|row| row[2].contains("versions met"))
    });
    assert!(decided, "a leader tells what it decided");
}

#[test]
fn writing_each_key_at_its_owner_leaves_nothing_to_conflict() {
    let figure = |routing: &str| {
        let run = Trial::of(KIND, &format!(r#""routing": "{routing}", "mesh_ms": 100"#)).run();
        let verdict = run.verdict(CheckKind::Overwrites);
        (verdict.finding, verdict.figure)
    };
    assert_eq!(figure("the owner of the key"), (Finding::Holds, 0.0));
    let (finding, dropped) = figure("anybody");
    assert!(finding == Finding::Broken && dropped > 50.0, "{dropped} writes dropped");
}

/// Of a leader whose clock is a second behind, a key that another wrote within that second takes no write.
#[test]
fn a_slow_clock_loses_writes_that_came_later() {
    let run = Trial::of(KIND, r#""members": 2, "mesh_ms": 0, "clock_ms": 1000"#).run();
    let mut of = [0; 2];
    let first = run.plant.members_of(1)[0];
    for (_, record) in &run.records {
        if let Record::Overwritten { member, .. } = record {
            of[usize::from(member - first)] += 1;
        }
    }
    assert!(of[0] > 100 && of[1] == 0, "{of:?} writes dropped at the slow and the fast clock");
}

#[test]
fn one_leader_and_thirty_two_serve_and_account_for_every_request() {
    for (members, topology) in [(1, "ring"), (32, "all to all"), (32, "line"), (2, "star")] {
        let fields = format!(r#""members": {members}, "topology": "{topology}", "ship_delay_ms": 50"#);
        let run = any_faults(Trial::of(KIND, &fields).seconds(8), members, 7, 6).run();
        assert!(run.is_accounted() && run.answered(0, 8_000).0 > 100);
    }
}
