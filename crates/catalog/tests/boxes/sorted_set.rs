//! What a leaderboard over several shards promises as a box.

use crate::groups::{Run, Trial, any_faults};
use base::stable_hash_u64;
use catalog::Face;
use check::{CheckKind, Finding};
use std::collections::BTreeMap;
use trace::Record;

const KIND: &str = "sorted-set";

/// Players with their points, from the writes that were acknowledged: what each began with, and what each write adds.
fn counted(run: &Run, players: u64) -> Vec<(i64, u64)> {
    let mut points: BTreeMap<u64, i64> =
        (0..players).map(|player| (player, 1 + (stable_hash_u64(player) % 100) as i64)).collect();
    for (_, record) in &run.records {
        if let Record::Wrote { key, write, .. } = *record {
            *points.entry(key).or_default() += 1 + (stable_hash_u64(write) % 100) as i64;
        }
    }
    let mut best: Vec<(i64, u64)> = points.into_iter().map(|(player, points)| (points, player)).collect();
    best.sort_unstable_by(|one, other| other.cmp(one));
    best
}

/// What a member answered last: the top, and the rank with the player and its points.
fn answered(run: &Run, member: usize) -> Vec<(u64, u64, i64)> {
    let Face::Table { rows, .. } = run.members()[member].face.clone() else { panic!("a shard shows what it answered") };
    let read = |row: Vec<String>| {
        let (player, points) = row[2].split_once(": ")?;
        let points = points.split(',').next()?;
        Some((row[0].parse().ok()?, player.parse().ok()?, points.parse().ok()?))
    };
    rows.into_iter().filter_map(read).collect()
}

/// Oracle: all points added up and sorted.
#[test]
fn the_top_of_all_shards_is_that_of_one_list() {
    for members in [1, 5] {
        let run = Trial::of(KIND, &format!(r#""members": {members}, "mesh_ms": 0"#)).run();
        let Face::Bars { bars, .. } = run.face() else { panic!("the box shows the top") };
        let shown: Vec<(i64, u64)> = bars
            .iter()
            .map(|bar| {
                let player =
                    bar.label.strip_prefix("player ").and_then(|player| player.parse().ok()).expect("a player");
                (bar.value as i64, player)
            })
            .collect();
        // A write of the last milliseconds may be there without its caller knowing yet.
        let expected = counted(&run, 2_000);
        let alike = shown.iter().zip(&expected).filter(|(one, other)| one == other).count();
        assert!(shown.len() == 10 && alike >= 8, "{members} shards: {shown:?}, {:?}", &expected[..10]);
        let last = answered(&run, 0);
        assert!(last.len() == 10 && last.is_sorted_by(|one, other| one.2 >= other.2), "{last:?}");
    }
}

/// Oracle: how many have more, counted.
#[test]
fn a_rank_is_the_sum_of_those_above_at_each_shard() {
    let fields = r#""question": "a rank", "mesh_ms": 0, "time_ms": 0, "look_us": 0"#;
    let mut run = Trial::of(KIND, fields).start();
    let mut compared = 0;
    for ms in (2_000..20_000).step_by(500) {
        run.to(ms);
        let best = counted(&run, 2_000);
        for member in 0..4 {
            let Some((rank, player, points)) = answered(&run, member).pop() else { continue };
            if let Some(place) = best.iter().position(|other| *other == (points, player)) {
                // Others may have overtaken since it was asked, a few requests ago.
                assert!(rank.abs_diff(place as u64 + 1) <= 2, "player {player}: {rank} of {}", place + 1);
                compared += 1;
            }
        }
    }
    assert!(compared > 60, "{compared} ranks compared");
    assert!(run.is(CheckKind::StaleReads, Finding::Holds));
}

#[test]
fn what_was_told_answers_when_a_shard_is_dead_and_asking_all_does_not() {
    let during = |from: &str| {
        let trial = Trial::of(KIND, &format!(r#""top_from": "{from}""#)).fault(5_000, 5_000, "crash", 3);
        let run = trial.run();
        assert!(run.is_accounted());
        (run.answered(5_500, 10_000), run.gauge(0))
    };
    let ((asked, _), age) = during("all shards");
    assert_eq!(age, None);
    let ((told, _), age) = during("what was told");
    // Three requests in four come to a shard that lives; a third are writes, of which one in four is the dead one's.
    assert!(asked < 220 && told > 500, "{asked} answered by all shards, {told} by what was told");
    assert!(age.is_some_and(|age| age > 0.0 && age < 1_100.0), "{age:?} ms");
}

#[test]
fn in_memory_a_crash_loses_the_shards_scores_and_on_disk_it_does_not() {
    let after = |kept: &str| {
        let fields = format!(r#""kept": "{kept}", "question": "a rank""#);
        let run = Trial::of(KIND, &fields).fault(10_000, 1_000, "crash", 1).run();
        run.verdict(CheckKind::StaleReads).finding
    };
    assert_eq!(after("on disk"), Finding::Holds);
    assert_eq!(after("in memory"), Finding::Broken);
}

#[test]
fn one_shard_and_sixteen_serve_and_account_for_every_request() {
    for (members, from) in [(1, "all shards"), (16, "what was told"), (16, "all shards")] {
        for rule in ["adds", "raises", "sets"] {
            let fields = format!(r#""members": {members}, "rule": "{rule}", "top_from": "{from}", "told_ms": 10"#);
            let run = any_faults(Trial::of(KIND, &fields).seconds(6), members, 5, 6).run();
            assert!(run.is_accounted() && run.answered(0, 6_000).0 > 100);
        }
    }
}
