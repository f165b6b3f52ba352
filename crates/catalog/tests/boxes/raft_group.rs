//! What a Raft group promises as a box, and what it does without one of its rules.

use crate::groups::{Trial, any_faults};
use catalog::Face;
use check::{CheckKind, Finding};
use trace::Record;

const KIND: &str = "raft-group";

fn is_acknowledged(record: &Record) -> bool {
    matches!(record, Record::Acknowledged { .. })
}

/// The longest time between two acknowledgements, in milliseconds, from `from` on.
fn outage(records: &[(base::Time, Record)], from: u64) -> f64 {
    let at: Vec<u64> = records
        .iter()
        .filter(|(at, record)| at.0 / 1_000_000 >= from && is_acknowledged(record))
        .map(|(at, _)| at.0)
        .collect();
    at.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0) as f64 / 1e6
}

/// Oracle: the paper. An election time-out lies in [T, 2T) and began at the last heartbeat; a split vote costs another.
#[test]
fn a_crash_of_the_leader_loses_nothing_acknowledged_and_the_service_resumes() {
    let mut outages = Vec::new();
    for seed in 1..=20 {
        let trial = Trial::of(KIND, r#""members": 3"#).seed(seed).seconds(12);
        let mut calm = trial.start();
        calm.to(4_000);
        let leader = calm.leader().expect("a group elects a leader within seconds");
        let run = trial.fault(4_000, 4_000, "crash", leader).run();
        let lost = run.verdict(CheckKind::LostWrites);
        assert_eq!(lost.finding, Finding::Holds, "seed {seed}: {} {}", lost.headline, lost.detail);
        assert!(run.is(CheckKind::StaleReads, Finding::Holds), "seed {seed}");
        assert!(run.is_accounted());
        let (good, bad) = run.answered(6_000, 12_000);
        assert!(good > 1_000 && bad == 0, "seed {seed}: {good} and {bad} after the crash");
        outages.push(outage(&run.records, 3_000));
    }
    outages.sort_by(f64::total_cmp);
    assert!(outages[0] > 110.0 && outages[10] < 330.0 && outages[19] < 1_000.0, "{outages:?} ms without a leader");
}

#[test]
fn a_minority_acknowledges_nothing_and_knows_it() {
    let mut trial = Trial::of(KIND, r#""members": 5"#).seconds(15);
    for member in 0..3 {
        trial = trial.fault(4_000, 5_000, "isolate", member);
    }
    let run = trial.run();
    assert!(run.count(2_000, 4_000, is_acknowledged) > 80, "a whole group serves");
    // What was under way when the majority went may still arrive, and a leader needs T to notice.
    assert_eq!(run.count(4_100, 9_000, is_acknowledged), 0, "two of five have no majority");
    let (good, bad) = run.answered(5_500, 9_000);
    assert!(good == 0 && bad > 500, "{good} answered, {bad} refused or given up: reads need a majority too");
    assert!(run.count(10_000, 15_000, is_acknowledged) > 200, "it serves again once whole");
    assert!(run.is(CheckKind::LostWrites, Finding::Holds) && run.is(CheckKind::StaleReads, Finding::Holds));
}

/// Oracle: counting. Callers ask each of three in turn, and one of three has no majority: a third is refused, whoever leads.
#[test]
fn whoever_asks_the_cut_off_member_is_refused_and_the_others_are_served() {
    for member in 0..3 {
        let trial = Trial::of(KIND, r#""members": 3, "callers": "any member""#).seconds(15);
        let run = trial.fault(4_000, 5_000, "isolate", member).run();
        assert!(run.is(CheckKind::StaleReads, Finding::Holds));
        let (good, bad) = run.answered(1_000, 4_000);
        assert!(good > 300 && bad == 0, "{good} and {bad}: who does not lead passes it on");
        // The first seconds go to an election if it was the leader, and to those who wait in vain.
        let (good, bad) = run.answered(6_000, 9_000);
        let share = bad as f64 / (good + bad) as f64;
        assert!((0.32..=0.35).contains(&share), "member {member}: {good} and {bad}");
        let (good, bad) = run.answered(11_000, 15_000);
        assert!(good > 400 && bad == 0, "{good} and {bad} once whole");
        assert!(run.is_accounted());
    }
}

#[test]
fn reads_at_any_member_are_stale_under_isolation_and_reads_by_index_or_lease_never() {
    for (reads, finding) in [("any member", Finding::Broken), ("read index", Finding::Holds), ("lease", Finding::Holds)]
    {
        let trial = Trial::of(KIND, &format!(r#""members": 3, "reads": "{reads}""#));
        let run = (0..3)
            .fold(trial, |trial, member| trial.fault(3_000 + 5_000 * member as u32, 3_000, "isolate", member))
            .run();
        let stale = run.verdict(CheckKind::StaleReads);
        assert_eq!(stale.finding, finding, "{reads}: {} {}", stale.headline, stale.detail);
        assert!(reads != "any member" || stale.figure > 20.0, "{}", stale.headline);
        assert!(run.is(CheckKind::LostWrites, Finding::Holds));
    }
}

/// The same faults, with and without the rule.
#[test]
fn without_its_log_check_a_vote_makes_a_leader_that_lacks_acknowledged_writes() {
    let broken = |bug: &str| {
        let fields = format!(r#""members": 5, "left_out": "{bug}", "mesh_ms": 5"#);
        let trial = |seed| any_faults(Trial::of(KIND, &fields).seed(seed).seconds(15), 5, 12, 12);
        (1..=24).filter(|seed| trial(*seed).run().is(CheckKind::LostWrites, Finding::Broken)).count()
    };
    assert_eq!(broken("none"), 0);
    let harmed = broken("vote-without-log-check");
    assert!(harmed >= 2, "harm in {harmed} of 24 runs");
}

#[test]
fn no_rule_left_out_makes_a_member_panic_and_every_request_is_accounted_for() {
    for bug in raft::Bug::ALL.iter().map(|bug| bug.name()).filter(|name| !name.starts_with("change")) {
        for seed in 1..=2 {
            let fields = format!(r#""members": 4, "learners": 1, "left_out": "{bug}", "snapshot_after": 100"#);
            let run = any_faults(Trial::of(KIND, &fields).seed(seed).seconds(8), 4, 7, 12).run();
            assert!(run.is_accounted(), "{bug}");
        }
    }
}

#[test]
fn each_member_shows_its_log_and_its_part() {
    let run = Trial::of(KIND, r#""members": 3, "learners": 1"#).seconds(5).run();
    let members = run.members();
    let roles: Vec<&str> = members.iter().map(|member| member.role.as_ref()).collect();
    assert_eq!(roles.iter().filter(|role| **role == "leader").count(), 1, "{roles:?}");
    assert_eq!(roles[2], "learner");
    for member in members {
        let Face::Log { entries, last, acknowledged, marks } = member.face else { panic!("a member shows its log") };
        assert!(entries.len() == 14 && last > 250 && acknowledged + 5 > last, "{last} and {acknowledged}");
        assert!(marks.iter().all(|mark| mark.index <= last));
        assert!(member.note.starts_with("term "), "{}", member.note);
    }
}
