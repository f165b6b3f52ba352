//! The study notes' worked examples and claims on quorums, re-measured.

use proptest::prelude::*;
use quorum::resolve::{Harm, majority, majority_harm, newest, stale};
use quorum::sloppy::{Hint, place};
use quorum::{Joint, Majority, Members, QuorumSystem, ReadWrite};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn read_write(n: u32, r: u32, w: u32) -> ReadWrite {
    ReadWrite::new(n, r, w).expect("in range")
}

/// Claim: "N=3, W=1, R=1: 2 of 3 reads stale; W=1, R=2: 1 of 3". Oracle: every set that a read may ask.
#[test]
fn the_share_of_stale_reads_is_that_of_the_sets_without_a_new_copy() {
    assert_eq!(read_write(3, 1, 1).stale_reads(), (2, 3));
    assert_eq!(read_write(3, 2, 1).stale_reads(), (1, 3));
    assert_eq!(read_write(3, 2, 2).stale_reads(), (0, 3));
    for n in 1..=9 {
        for r in 1..=n {
            for w in 1..=n {
                let written = Members::first(w);
                let asked = || Members::subsets(n).filter(|set| set.len() == r);
                let old = asked().filter(|set| set.and(written).is_empty()).count() as u64;
                assert_eq!(read_write(n, r, w).stale_reads(), (old, asked().count() as u64), "N={n} R={r} W={w}");
            }
        }
    }
    assert_eq!(read_write(64, 32, 1).stale_reads().1, 1_832_624_140_942_590_534, "C(64, 32)");
}

/// Claim: a vote over values fails although R + W > N: a tie in 2 of 3 sets at (3, 2, 2), a majority of old values in 3 of 10 at
/// (5, 3, 3); the newest version is right in all. Oracle: every set, judged by both rules.
#[test]
fn the_majority_of_values_may_be_old_where_the_newest_version_is_right() {
    assert_eq!(majority_harm(3, 2, 2), Harm { old: 0, tied: 2, all: 3 });
    assert_eq!(majority_harm(5, 3, 3), Harm { old: 3, tied: 0, all: 10 });
    for n in 1..=8 {
        for r in 1..=n {
            for w in 1..=n {
                let mut harm = Harm { old: 0, tied: 0, all: 0 };
                for set in Members::subsets(n).filter(|set| set.len() == r) {
                    let copies: Vec<(u64, &str)> =
                        set.iter().map(|member| if member < w { (2, "new") } else { (1, "old") }).collect();
                    harm.all += 1;
                    match majority(&copies) {
                        None => harm.tied += 1,
                        Some(&"old") => harm.old += 1,
                        Some(_) => {}
                    }
                    if r + w > n {
                        assert_eq!(newest(&copies), Some(&(2, "new")), "N={n} R={r} W={w}: {set:?}");
                    }
                }
                assert_eq!(majority_harm(n, r, w), harm, "N={n} R={r} W={w}");
            }
        }
    }
}

/// The drawing: X reaches A, B and C of four, D stays old; a read of A, B and D is told X, X, old.
#[test]
fn the_drawn_read_of_four_replicas_returns_the_new_value_by_either_rule() {
    let told = [(2, "X"), (2, "X"), (1, "old")];
    assert_eq!((newest(&told), majority(&told)), (Some(&(2, "X")), Some(&"X")));
    assert_eq!(stale(&told).collect::<Vec<_>>(), [2]);
}

/// The read repair of key user:100: A and B have Alice at version 5, C has Al at 3.
#[test]
fn a_quorum_read_finds_the_copy_to_repair() {
    let told = [(5, "Alice"), (5, "Alice"), (3, "Al")];
    assert_eq!(newest(&told), Some(&(5, "Alice")));
    assert_eq!(stale(&told).collect::<Vec<_>>(), [2], "only C is written to");
    assert_eq!(stale(&told[2..]).count(), 0, "with R = 1 there is nothing to compare");
    assert_eq!((newest::<u8>(&[]), majority::<u8>(&[])), (None, None));
}

/// Claim: QUORUM is 2 of 3, and it goes on with one down.
#[test]
fn two_of_three_go_on_with_one_down_and_five_with_two() {
    for (members, needed, down) in [(3, 2, 1), (4, 3, 1), (5, 3, 2), (6, 4, 2)] {
        let majority = Majority::over(members).expect("few");
        assert_eq!((majority.needed(), majority.write_faults_max()), (needed, Some(down)), "{members} members");
    }
}

/// What a sloppy quorum gives up: a write that was taken and a read that was answered do not meet.
#[test]
fn a_sloppy_write_and_a_read_of_the_homes_can_miss_each_other() {
    let preference = [0, 1, 2, 3, 4];
    // The writer reaches none of the homes 1 and 2; it writes to 0 and the stand-ins.
    let placed = place(&preference, 3, 2, |member| ![1, 2].contains(&member)).expect("in range");
    assert_eq!(placed.homes, [0]);
    assert_eq!(placed.hints, [Hint { keeper: 3, home: 1 }, Hint { keeper: 4, home: 2 }]);
    assert!(placed.is_enough);
    // Then 0 fails and 1 and 2 come back: two of three homes answer, R + W = 4 > 3, and neither has the write.
    let (wrote, asked) = (Members::of(&[0, 3, 4]), Members::of(&[1, 2]));
    assert!(read_write(3, 2, 2).reads_meet_writes() && wrote.and(asked).is_empty());
    // Once the hints are handed over, it is there.
    let healed = placed.hints.iter().fold(wrote, |set, hint| set.with(hint.home));
    assert!(!healed.and(asked).is_empty());

    let alone = place(&preference, 3, 2, |member| member == 4).expect("in range");
    assert_eq!((alone.is_enough, alone.hints.len()), (false, 1));
    assert!(place(&preference, 6, 1, |_| true).is_err() && place(&preference, 3, 0, |_| true).is_err());
    assert!(place(&[], 0, 0, |_| true).is_err());
}

/// What a change of members in one step would allow, and a joint one does not.
#[test]
fn old_and_new_majorities_can_be_apart_and_joint_ones_cannot() {
    let (old, new) = (Members::of(&[1, 2, 3]), Members::of(&[3, 4, 5]));
    let (some, others) = (Members::of(&[1, 2]), Members::of(&[4, 5]));
    assert!(Majority::of(old).is_met(some) && Majority::of(new).is_met(others) && some.and(others).is_empty());
    let joint = Joint::of(old, new);
    assert!(!joint.is_met(some) && !joint.is_met(others) && joint.is_met(Members::of(&[1, 3, 4])));
}

proptest! {
    /// Oracle: the definition, the greatest index that more than half have reached, by trying each.
    #[test]
    fn the_commit_index_is_the_greatest_that_a_majority_has(stored in proptest::collection::vec(0..6_u64, 1..9)) {
        let majority = Majority::over(stored.len() as u32).expect("in range");
        let reached = |index: u64| stored.iter().filter(|at| **at >= index).count() * 2 > stored.len();
        let expected = (0..=6).rev().find(|index| reached(*index)).expect("all have reached 0");
        prop_assert_eq!(majority.committed(|member| stored[member as usize]), expected);
    }

    /// Oracle: every way in which the missing voters can answer.
    #[test]
    fn a_vote_is_pending_exactly_if_the_missing_can_decide_it(old in 0..64_u64, new in 0..64_u64, yes in 0..64_u64, no in 0..64_u64) {
        use quorum::Vote;
        let (joint, no) = (Joint::of(Members(old), Members(new)), no & !yes);
        let outcomes: Vec<bool> =
            Members::subsets(6).filter(|late| late.0 & (yes | no) == 0).map(|late| joint.is_met(Members(yes | late.0))).collect();
        let expected = match (outcomes.contains(&true), outcomes.contains(&false)) {
            (true, false) => Vote::Won,
            (true, true) => Vote::Pending,
            _ => Vote::Lost,
        };
        prop_assert_eq!(joint.vote(Members(yes), Members(no)), expected);
    }
}
