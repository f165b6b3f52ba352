//! The published samples: a request and its answer a line.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Mechanisms of the samples that nothing answers for yet. May only become fewer: a name that is answered for may not stand here.
const NOT_YET: &[&str] = &[
    "linearizability",
    "sequential-consistency",
    "jump-hash",
    "maglev-table",
    "rendezvous",
    "bounded-load",
    "ketama",
    "gcra",
    "sliding-log",
    "sliding-counter",
    "leaky-queue",
    "cache",
    "count-min",
    "hyperloglog",
    "space-saving",
    "bloom-sizing",
    "crdt",
    "ot",
    "sequence-crdt",
    "vector-clock",
    "clock-diagram",
    "hybrid-clock",
    "merkle-diff",
    "merkle-root",
    "raft-vote",
    "raft-append",
    "raft-commit",
    "geohash",
    "quadtree",
    "inverted-index",
    "trie",
    "store",
    "transactions",
    "erlang",
];

/// What the sample expects and the answer does not hold. An answer may carry more fields than the sample shows.
fn differences(expected: &Value, answer: &Value) -> Vec<String> {
    let fields = expected.as_object().expect("an answer is an object").iter();
    let differing = fields.filter(|(name, value)| answer.get(name) != Some(value));
    differing.map(|(name, value)| format!("{name}: {value} expected, got {}", answer[name])).collect()
}

#[test]
fn every_sample_is_answered() {
    let mut seen = BTreeSet::new();
    for (at, line) in include_str!("samples.ndjson").lines().enumerate() {
        let sample: Value = serde_json::from_str(line).expect("a line of JSON");
        let name = sample["request"]["mechanism"].as_str().expect("a name").to_owned();
        let answer: Value = serde_json::from_str(&conformance::answer(&sample["request"].to_string())).expect("JSON");
        if NOT_YET.contains(&name.as_str()) {
            assert_eq!(answer, json!({ "error": format!("there is no mechanism {name:?}") }), "line {}", at + 1);
        } else {
            let differences = differences(&sample["answer"], &answer);
            assert!(differences.is_empty(), "line {}, {name}: {differences:#?}", at + 1);
        }
        seen.insert(name);
    }
    let known: BTreeSet<String> = conformance::mechanisms().chain(NOT_YET.iter().copied()).map(str::to_owned).collect();
    assert_eq!(seen, known, "every mechanism has samples, and every sample's mechanism is known");
}

#[test]
fn what_is_no_request_is_answered_with_an_error() {
    for line in ["", "[]", "{", "{}", "\u{0}", r#"{"mechanism":7}"#, r#"{"mechanism":"no-such"}"#] {
        let answer: Value = serde_json::from_str(&conformance::answer(line)).expect("JSON");
        assert!(answer["error"].is_string(), "{line:?} gave {answer}");
    }
    for name in conformance::mechanisms() {
        for body in [json!({}), json!({ "events": 7, "points": "x", "keys": null, "arrivals": [-1] })] {
            let mut request = body.as_object().expect("an object").clone();
            request.insert("mechanism".to_owned(), json!(name));
            let answer: Value = serde_json::from_str(&conformance::answer(&json!(request).to_string())).expect("JSON");
            assert!(answer["error"].is_string(), "{name} on {body} gave {answer}");
        }
    }
}
