//! What a store of converging copies promises as a box.

use crate::groups::{Run, Trial, any_faults};
use catalog::Face;
use check::{CheckKind, Finding};
use std::collections::BTreeMap;
use trace::Record;

const KIND: &str = "crdt-store";

fn types() -> Vec<&'static str> {
    crdt::Kind::ALL.iter().map(|kind| kind.name()).collect()
}

/// What each replica says that it holds of each key.
fn held(run: &Run) -> BTreeMap<u64, Vec<String>> {
    let Face::Table { rows, .. } = run.face() else { panic!("the box shows the same keys at every replica") };
    rows.into_iter().map(|row| (row[0].parse().expect("a key"), row[1..].to_vec())).collect()
}

#[test]
fn every_type_by_deltas_and_by_states_converges_when_faults_end() {
    for of in types() {
        for sends in ["deltas", "states"] {
            let fields = format!(r#""type": "{of}", "sends": "{sends}", "log_max": 40"#);
            let run = any_faults(Trial::of(KIND, &fields).seconds(13), 3, 8, 6).run();
            let verdict = run.verdict(CheckKind::Convergence);
            assert_eq!(verdict.finding, Finding::Holds, "{of}, {sends}: {} {}", verdict.headline, verdict.detail);
            assert!(run.is_accounted());
        }
    }
}

/// Oracle: a count of the writes that were acknowledged.
#[test]
fn a_counter_holds_every_acknowledged_write_at_every_replica() {
    let trial = Trial::of(KIND, r#""type": "g-counter", "mesh_ms": 0, "gossip_ms": 10, "time_ms": 0"#);
    let trial = Trial { keys: 8, ..trial.fault(2_000, 2_000, "isolate", 0).fault(5_000, 2_000, "crash", 1) };
    let mut run = trial.seconds(12).start();
    run.to(3_900);
    assert!(held(&run).values().any(|copies| copies[0] != copies[1]), "apart while cut off");
    run.to(12_000);
    // What was written in the last round of telling has not come everywhere: no copy has more, and the best has all.
    let mut written: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, record) in &run.records {
        if let Record::Wrote { key, .. } = record {
            *written.entry(*key).or_default() += 1;
        }
    }
    let (mut behind, mut all) = (0, 0);
    for (key, copies) in held(&run) {
        let copies: Vec<u64> = copies.iter().map(|copy| copy.parse().expect("a count")).collect();
        let most = copies.iter().copied().max().unwrap_or(0);
        assert!(most.abs_diff(written[&key]) <= 2, "key {key}: {copies:?} of {}", written[&key]);
        behind += copies.iter().map(|copy| most - copy).sum::<u64>();
        all += most;
    }
    assert!(all > 700 && behind < 10, "{behind} of {all} not yet everywhere");
}

/// Oracle: a set that only grows holds 16 elements, of which a write brings one: a state is up to 16 times a delta.
#[test]
fn deltas_send_what_is_new_and_states_send_all() {
    let sent = |sends: &str| {
        let run = Trial::of(KIND, &format!(r#""type": "g-set", "sends": "{sends}", "gossip_ms": 20"#)).run();
        run.gauge(1).unwrap_or_default()
    };
    let (deltas, states) = (sent("deltas"), sent("states"));
    // Each of three tells each of the others at most once.
    assert!((2.0..=6.05).contains(&deltas), "{deltas} entries a write");
    assert!(states > 5.0 * deltas && states < 16.0 * deltas, "{states} entries a write, {deltas} as deltas");
}

#[test]
fn whoever_was_away_for_longer_than_the_log_gets_all_copies() {
    let whole = |log: u32| {
        let trial = Trial::of(KIND, &format!(r#""log_max": {log}"#)).fault(4_000, 4_000, "isolate", 2);
        let mut run = trial.start();
        run.to(3_900);
        let before = run.gauge(2).unwrap_or_default();
        run.to(20_000);
        (before, run.gauge(2).unwrap_or_default(), run.is(CheckKind::Convergence, Finding::Holds))
    };
    assert_eq!(whole(10_000), (0.0, 0.0, true));
    let (before, after, converges) = whole(100);
    assert!(before == 0.0 && after >= 1.0 && converges, "{before} before, {after} after");
}

/// An addition that a removal has not seen stays in one set and goes in the other; a removal is for ever in the third.
#[test]
fn the_sets_differ_in_what_a_conflict_leaves() {
    let elements = |of: &str| {
        let trial =
            Trial { keys: 8, ..Trial::of(KIND, &format!(r#""type": "{of}", "mesh_ms": 300, "gossip_ms": 500"#)) };
        let run = trial.seconds(30).run();
        let count = |copy: &String| copy.split([' ', '{', '}']).filter(|part| !part.is_empty()).count();
        held(&run).values().flatten().map(count).sum::<usize>()
    };
    let [two_phase, or_set, rw_set] = ["2p-set", "or-set", "rw-set"].map(elements);
    assert!(or_set > rw_set, "add wins: {or_set} elements, remove wins: {rw_set}");
    assert!(two_phase < rw_set / 4, "what was removed never comes back: {two_phase}");
}

#[test]
fn one_replica_and_sixteen_serve_and_account_for_every_request() {
    for (members, of) in [(1, "sequence"), (16, "or-map"), (2, "dw-flag")] {
        let fields =
            format!(r#""members": {members}, "type": "{of}", "log_max": 20, "fanout": 4, "routing": "their own""#);
        let run = any_faults(Trial::of(KIND, &fields).seconds(8), members, 7, 6).run();
        assert!(run.is_accounted() && run.answered(0, 8_000).0 > 100);
    }
}
