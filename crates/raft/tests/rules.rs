//! The pure rules against the paper's words: oracles are lists, searched from one end to the other, and figure 7 as printed.

use proptest::prelude::*;
use raft::rules::{self, Fit};
use raft::{Position, Terms};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Terms that never fall, as in every log.
fn any_log() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0u64..2, 0..9).prop_map(|rises| {
        let mut term = 1;
        rises
            .into_iter()
            .map(|rise| {
                term += rise;
                term
            })
            .collect()
    })
}

/// Figure 2, AppendEntries, rules 2 to 4, step by step on a list.
fn appended(log: &[u64], prev: Position, terms: &[u64]) -> Option<Vec<u64>> {
    let holds = prev.index == 0 || log.get(prev.index as usize - 1) == Some(&prev.term);
    let mut after = log.to_vec();
    for (place, term) in (prev.index as usize..).zip(terms).take_while(|_| holds) {
        if after.get(place).is_some_and(|there| there != term) {
            after.truncate(place);
        }
        if place == after.len() {
            after.push(*term);
        }
    }
    holds.then_some(after)
}

proptest! {
    #[test]
    fn an_append_does_what_figure_2_says(log in any_log(), index in 0u64..10, term in 1u64..9, terms in any_log()) {
        let prev = Position { term, index };
        let expected = appended(&log, prev, &terms);
        let fit = rules::append(&*log, prev, terms.iter().copied());
        let after = match fit {
            Fit::Mismatch(_) => None,
            Fit::Match { truncate_from, present, last_new } => {
                prop_assert_eq!(last_new, index + terms.len() as u64);
                let mut after = log.clone();
                after.truncate(truncate_from.map_or(usize::MAX, |from| from as usize - 1));
                after.extend(&terms[present as usize..]);
                Some(after)
            }
        };
        prop_assert_eq!(after, expected);
    }

    /// §5.3: however the logs differ, the leader finds the place where they part, in at most one step a term of the follower's log,
    /// and never skips an entry that they share.
    #[test]
    fn backing_up_finds_where_two_logs_part_a_term_at_a_time(leader in any_log(), follower in any_log()) {
        let shared = leader.iter().zip(&follower).take_while(|(a, b)| a == b).count() as u64;
        let (mut next, mut steps) = (leader.len() as u64 + 1, 0);
        loop {
            let prev = Position { term: leader.as_slice().term_at(next - 1).unwrap(), index: next - 1 };
            let Fit::Mismatch(conflict) = rules::append(&*follower, prev, []) else { break };
            next = rules::back_up(&*leader, conflict, prev.index);
            steps += 1;
            prop_assert!(next <= prev.index, "each step goes back");
        }
        // Equal terms at an index mean equal logs up to there only in logs of one group; on paper they may part before.
        let is_one_group = (shared as usize..leader.len().min(follower.len())).all(|place| leader[place] != follower[place]);
        if is_one_group {
            prop_assert!(next - 1 <= shared);
            let mut terms = follower.clone();
            terms.dedup();
            prop_assert!(steps <= terms.len() as u64 + 1, "{steps} steps for {terms:?}");
        }
    }

    #[test]
    fn the_commit_index_is_the_greatest_that_a_majority_has_in_the_leaders_term(
        log in any_log(), term in 1u64..9, matched in prop::collection::vec(0u64..10, 1..8), commit in 0u64..4,
    ) {
        let has = |index: u64| matched.iter().filter(|matched| **matched >= index).count() * 2 > matched.len();
        let expected = (commit + 1..=log.len() as u64).rev().find(|index| has(*index) && log[*index as usize - 1] == term);
        let reached = rules::reached(&mut matched.clone(), rules::majority(matched.len() as u64));
        prop_assert_eq!(rules::leader_commit(&*log, term, commit, reached), expected.unwrap_or(commit));
    }

    #[test]
    fn of_two_logs_one_at_least_is_up_to_date_and_both_only_if_their_ends_are_equal(a in any_log(), b in any_log()) {
        let (a, b) = (a.as_slice().end(), b.as_slice().end());
        prop_assert!(rules::is_up_to_date(a, b) || rules::is_up_to_date(b, a));
        prop_assert_eq!(rules::is_up_to_date(a, b) && rules::is_up_to_date(b, a), a == b);
    }
}

/// Figure 7 as printed: who may vote for the leader at the top, and who of the six may be elected over it.
#[test]
fn figure_7_by_hand() {
    let leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6].as_slice().end();
    let followers: [(&str, &[u64], bool); 6] = [
        ("a", &[1, 1, 1, 4, 4, 5, 5, 6, 6], true),
        ("b", &[1, 1, 1, 4], true),
        ("c", &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6], false),
        ("d", &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], false),
        ("e", &[1, 1, 1, 4, 4, 4, 4], true),
        ("f", &[1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], true),
    ];
    for (name, log, votes) in followers {
        assert_eq!(rules::is_up_to_date(leader, log.end()), votes, "({name})");
    }
}

/// A vote is given once a term, and again to the same candidate: its request may have come twice.
#[test]
fn a_vote_is_given_once_a_term() {
    let end = Position { term: 1, index: 1 };
    for (voted_for, expected) in [(None, true), (Some(2), true), (Some(1), false)] {
        assert_eq!(rules::grants(voted_for, 2, end, end), expected);
    }
}

/// A follower learns of a commit only as far as it is known to agree, and never goes back.
#[test]
fn a_follower_commits_what_it_was_shown() {
    for (commit, leader_commit, last_new, expected) in [(0, 5, 3, 3), (0, 2, 3, 2), (4, 2, 9, 4), (4, 9, 2, 4)] {
        assert_eq!(rules::follower_commit(commit, leader_commit, last_new), expected);
    }
}
