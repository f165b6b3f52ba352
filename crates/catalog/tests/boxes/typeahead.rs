//! What a typeahead promises as a box.

use crate::groups::{Run, Trial};
use catalog::Face;

const KIND: &str = "typeahead";

fn rows(run: &Run, member: usize) -> Vec<Vec<String>> {
    let Face::Table { rows, .. } = run.members()[member].face.clone() else { panic!("a member shows its questions") };
    rows
}

/// Oracle: one to three letters, drawn evenly, and the root: three nodes in the mean.
#[test]
fn with_the_best_stored_a_question_looks_at_a_node_for_each_letter_and_without_at_all_below() {
    let looked_at =
        |stored: &str| Trial::of(KIND, &format!(r#""stored": "{stored}""#)).run().gauge(0).unwrap_or_default();
    let (stored, searched) = (looked_at("on"), looked_at("off"));
    assert!((stored - 3.0).abs() < 0.05, "{stored} nodes a read");
    assert!(searched > 100.0, "{searched} nodes a read");
}

/// Oracle: 5,000 words of half a millisecond are built in 2.5 s, once in 22.5 s.
#[test]
fn a_trie_that_is_swapped_refuses_nobody_and_one_that_is_built_in_place_refuses_all_meanwhile() {
    let refused = |update: &str| {
        let run = Trial::of(KIND, &format!(r#""members": 1, "update": "{update}""#)).seconds(45).run();
        let reads = run.answered(0, 45_000);
        assert!(run.is_accounted() && reads.0 > 5_000);
        (reads.1, run.answered(20_000, 22_500).1)
    };
    assert_eq!(refused("building and swapping"), (0, 0));
    let (all, first) = refused("building in place");
    // Two reads in three of 200 requests a second, for 2.5 s, two times.
    assert!((250..420).contains(&first) && (500..840).contains(&all), "{first} in the first build, {all} in all");
}

#[test]
fn what_is_searched_most_is_suggested_after_the_swap_or_at_once() {
    let best = |update: &str, ms: u64| {
        let fields = format!(r#""members": 1, "letters": 1, "update": "{update}""#);
        let trial = Trial { keys: 1, ..Trial::of(KIND, &fields) };
        let mut run = trial.seconds(30).start();
        run.to(ms);
        rows(&run, 0)[0][1].split(", ").next().unwrap_or_default().to_string()
    };
    let (old, new) = (best("building and swapping", 19_900), best("building and swapping", 24_000));
    assert_ne!(old, new);
    assert_eq!(best("each search", 19_900), new, "{old} before");
}

/// Oracle: the letters that words of a dictionary begin with. Of three members, the one with a to i has 46% by letters; cut by words none
/// has more than 38%.
#[test]
fn cut_by_words_members_have_about_as_many_and_cut_by_letters_they_do_not() {
    let most = |cut: &str| {
        let run = Trial::of(KIND, &format!(r#""cut": "{cut}""#)).seconds(2).run();
        let words = |note: &str| note.split(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a number");
        let held: Vec<u64> = run.members().iter().map(|member| words(&member.note)).collect();
        assert_eq!(held.iter().sum::<u64>(), 5_000);
        held.into_iter().max().unwrap_or(0) as f64 / 50.0
    };
    let (by_words, by_letters) = (most("by words"), most("by letters"));
    assert!((by_words - 37.9).abs() < 1.5 && (by_letters - 46.3).abs() < 1.5, "{by_words}% and {by_letters}%");
}

/// Oracle: a third of 5,000 words, half a millisecond each, are about 0.9 s.
#[test]
fn a_member_that_died_answers_again_when_it_has_built_its_trie() {
    let mut run = Trial::of(KIND, r#""cut": "by letters""#).fault(5_000, 1_000, "crash", 0).start();
    run.to(6_500);
    assert_eq!(run.members()[0].role, "building");
    assert!(rows(&run, 0).is_empty());
    run.to(8_000);
    assert!(!rows(&run, 0).is_empty() && run.answered(7_500, 8_000).1 == 0);
    let Face::Tree { nodes } = run.face() else { panic!("the box shows the last walk") };
    assert!(nodes.len() > 3 && nodes.iter().skip(1).any(|node| node.lit));
    assert!(nodes.iter().enumerate().all(|(at, node)| node.parent.is_none_or(|parent| usize::from(parent) < at)));
}

#[test]
fn mistyped_words_are_found_as_far_as_letters_may_be_wrong() {
    let found = |edits: u32| {
        let fields = format!(r#""members": 1, "question": "mistyped word", "edits": {edits}"#);
        let run = Trial::of(KIND, &fields).seconds(5).run();
        let found: u64 = rows(&run, 0).iter().map(|row| row[2].parse::<u64>().expect("a number")).sum();
        (found, run.gauge(0).unwrap_or_default())
    };
    let ((none, near), (some, far)) = (found(0), found(1));
    assert!(none == 0 && some >= 8 && far > 3.0 * near, "{none} and {some} found, {near} and {far} nodes");
}

#[test]
fn one_member_and_eight_serve_and_account_for_every_request() {
    for (members, update) in [(1, "each search"), (8, "building in place"), (8, "building and swapping")] {
        let fields = format!(r#""members": {members}, "update": "{update}", "words": 300, "rebuild_s": 1"#);
        let trial = Trial::of(KIND, &fields).fault(1_000, 500, "crash", members - 1).fault(2_500, 700, "pause", 0);
        let run = trial.fault(4_000, 600, "cut-off", members / 2).seconds(8).run();
        assert!(run.is_accounted() && run.answered(0, 8_000).0 > 100);
    }
}
