//! The published samples, a request and its answer a line: natively (`cargo test`) and in Node (`wasm-pack test --node`).

use serde_json::{Value, json};
use std::collections::BTreeSet;

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
        let differences = differences(&sample["answer"], &answer);
        assert!(differences.is_empty(), "line {}, {name}: {differences:#?}", at + 1);
        seen.insert(name);
    }
    let known: BTreeSet<String> = conformance::mechanisms().map(str::to_owned).collect();
    assert_eq!(seen, known, "every mechanism has samples, and every sample's mechanism is answered for");
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

/// The same in Node: what holds natively holds as WASM.
#[cfg(target_arch = "wasm32")]
mod in_node {
    #[wasm_bindgen_test::wasm_bindgen_test]
    fn every_sample_is_answered() {
        super::every_sample_is_answered();
    }

    #[wasm_bindgen_test::wasm_bindgen_test]
    fn what_is_no_request_is_answered_with_an_error() {
        super::what_is_no_request_is_answered_with_an_error();
    }
}
