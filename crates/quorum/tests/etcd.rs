//! Oracle: the quorum cases that etcd's raft publishes (see `ETCD_QUORUM.md`), all of them.

use quorum::{Joint, Majority, Members, Vote};
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn members(list: &Value) -> Members {
    let ids: Vec<u32> = list.as_array().expect("a list").iter().map(|id| id.as_u64().expect("an id") as u32).collect();
    Members::of(&ids)
}

fn committed(case: &Value) -> Option<u64> {
    let stored = |voter: u32| case["match_index"][voter.to_string()].as_u64().unwrap_or(0);
    let (old, joint) = (members(&case["voters"]), &case["voters_joint"]);
    let index = if joint.is_null() {
        Majority::of(old).committed(stored)
    } else {
        Joint::of(old, members(joint)).committed(stored)
    };
    // What nobody holds back is null in the published cases.
    (index != u64::MAX).then_some(index)
}

fn vote(case: &Value) -> &'static str {
    let who = |answer: &str| {
        let votes = case["votes"].as_object().expect("votes").iter();
        let of = votes.filter(|(_, said)| *said == answer).map(|(voter, _)| voter.parse().expect("an id"));
        Members::of(&of.collect::<Vec<u32>>())
    };
    let (old, joint, yes, no) = (members(&case["voters"]), &case["voters_joint"], who("y"), who("n"));
    let vote =
        if joint.is_null() { Majority::of(old).vote(yes, no) } else { Joint::of(old, members(joint)).vote(yes, no) };
    match vote {
        Vote::Won => "VoteWon",
        Vote::Pending => "VotePending",
        Vote::Lost => "VoteLost",
    }
}

#[test]
fn every_published_case_is_judged_as_published() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("etcd_quorum.json")).expect("the cases");
    for case in &cases {
        match case["kind"].as_str() {
            Some("commit") => assert_eq!(committed(case), case["expect"].as_u64(), "{case}"),
            Some("vote") => assert_eq!(vote(case), case["expect"], "{case}"),
            kind => panic!("a case of kind {kind:?}"),
        }
    }
    assert_eq!(cases.len(), 127);
}
