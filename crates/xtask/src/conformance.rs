//! `cargo xtask conformance`: the program that answers for every mechanism, natively and as WASM under Node, on the same requests.
//!
//! Both must give the same bytes. Where a line of the file says what the answer should be, both are held to that too.

use crate::child::seconds;
use crate::host::Host;
use crate::trouble::{Advise, Done, Trouble};
use crate::{setup, under_node};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// How it is called.
pub const USAGE: &str = "conformance [FILE]";

/// The package, and the program that it builds.
const PACKAGE: &str = "conformance";
/// What is asked when nothing is said.
const SAMPLES: &str = "crates/conformance/tests/samples.ndjson";
/// What pipes lines through the WASM build; lies beside it once it is built.
const SCRIPT: &str = "answer.cjs";
/// How many disagreements are shown.
const SHOWN: usize = 10;

/// One line of the file.
struct Case {
    request: String,
    /// What the answer should hold, if the file says so.
    expected: Option<Value>,
}

/// Builds both, asks both, compares. Tells whether all is well.
pub fn run(host: &Host, words: &[String]) -> Done<bool> {
    let file = words.first().map_or_else(|| host.root.join(SAMPLES), PathBuf::from);
    let text = fs::read_to_string(&file).advise(file.display(), "give a file with a request, or a sample, a line")?;
    let cases: Vec<Case> = text.lines().map(case).collect();
    setup::ensure(host, setup::NODE)?;
    let native = under_node::native(host, PACKAGE)?;
    let folder = under_node::wasm(host, PACKAGE)?;
    let script = folder.join(SCRIPT);
    let from = host.root.join("crates/conformance").join(SCRIPT);
    fs::copy(&from, &script).advise(from.display(), "is the clone complete?")?;
    let requests = folder.join("requests.ndjson");
    let lines: String = cases.iter().map(|case| format!("{}\n", case.request)).collect();
    fs::write(&requests, lines).advise(requests.display(), "is the folder writable?")?;

    let by_native = answers(Command::new(&native), &requests, &folder.join("native.ndjson"))?;
    let mut node = host.native("node");
    node.arg(&script);
    let by_wasm = answers(node, &requests, &folder.join("wasm.ndjson"))?;
    Ok(report(&cases, &by_native, &by_wasm))
}

/// A request stands alone on its line, or with its answer in `{"request": …, "answer": …}`.
fn case(line: &str) -> Case {
    let sample: Value = serde_json::from_str(line).unwrap_or(Value::Null);
    match sample.get("request") {
        Some(request) => Case { request: request.to_string(), expected: sample.get("answer").cloned() },
        None => Case { request: line.to_owned(), expected: None },
    }
}

/// What the program says to the requests; kept in the file `to` as well.
fn answers(mut program: Command, requests: &Path, to: &Path) -> Done<String> {
    let open = File::open(requests).advise(requests.display(), "is it readable?")?;
    let made = File::create(to).advise(to.display(), "is the folder writable?")?;
    let start = Instant::now();
    let status = program.stdin(open).stdout(made).status().advise(format!("{program:?}"), "cargo xtask setup")?;
    println!("  answered in {}: {}", seconds(start.elapsed()), to.display());
    if !status.success() {
        return Err(Trouble::new(
            format!("{program:?}: {status}"),
            format!("its last line in {} is that before", to.display()),
        ));
    }
    fs::read_to_string(to).advise(to.display(), "is it text?")
}

fn report(cases: &[Case], native: &str, wasm: &str) -> bool {
    let (by_native, by_wasm): (Vec<&str>, Vec<&str>) = (native.lines().collect(), wasm.lines().collect());
    let differing: Vec<usize> = (0..cases.len()).filter(|at| by_native.get(*at) != by_wasm.get(*at)).collect();
    for at in differing.iter().take(SHOWN) {
        println!("  line {}: {:?} natively, {:?} as WASM", at + 1, by_native.get(*at), by_wasm.get(*at));
    }
    let is_same = native == wasm && by_native.len() == cases.len();
    let (mut agree, mut differ) = (0, 0);
    for (at, case) in cases.iter().enumerate() {
        let answer: Value = by_native.get(at).and_then(|line| serde_json::from_str(line).ok()).unwrap_or(Value::Null);
        let Some(expected) = &case.expected else { continue };
        if holds(expected, &answer) {
            agree += 1;
            continue;
        }
        differ += 1;
        if differ <= SHOWN {
            println!("  line {}: {expected} expected, got {answer}", at + 1);
        }
    }
    println!("\n  {} requests, {} answered natively, {} as WASM", cases.len(), by_native.len(), by_wasm.len());
    println!(
        "  native and WASM: {}",
        if is_same { format!("the same {} bytes", native.len()) } else { "NOT the same".to_owned() }
    );
    println!("  answers that were expected: {agree} agree, {differ} differ");
    is_same && differ == 0
}

/// Whether the answer holds everything that was expected, to the last digit. It may carry more fields.
fn holds(expected: &Value, answer: &Value) -> bool {
    let Value::Object(fields) = expected else { return expected == answer };
    fields.iter().all(|(name, value)| answer.get(name) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_is_a_request_or_a_sample() {
        let sample = case(r#"{"request": {"mechanism": "erlang"}, "answer": {"b": 1}}"#);
        assert_eq!((sample.request.as_str(), sample.expected), (r#"{"mechanism":"erlang"}"#, Some(json!({"b": 1}))));
        let request = case(r#"{"mechanism": "erlang"}"#);
        assert_eq!((request.request.as_str(), request.expected), (r#"{"mechanism": "erlang"}"#, None));
        assert_eq!(case("no JSON").request, "no JSON", "it is passed on as it is, to be refused");
    }

    #[test]
    fn an_answer_may_carry_more_but_must_not_differ() {
        let holds = |answer| holds(&json!({"a": [1, 0.5], "b": {"c": "x"}}), &answer);
        assert!(holds(json!({"a": [1, 0.5], "b": {"c": "x"}, "more": 7})));
        assert!(!holds(json!({"a": [1, 0.5 + 1e-15], "b": {"c": "x"}})) && !holds(json!({"a": [1, 0.5]})));
        assert!(!holds(json!({"a": [2, 0.5], "b": {"c": "x"}})) && !holds(json!({"a": [1], "b": {"c": "x"}})));
        assert!(!holds(json!({"a": [1, 0.5], "b": {"c": "x", "d": 1}})), "nested objects are whole values");
    }

    #[test]
    fn one_different_byte_or_one_wrong_answer_is_a_failure() {
        let cases = [case(r#"{"request": {}, "answer": {"a": 1}}"#), case("{}")];
        assert!(report(&cases, "{\"a\":1}\n{}\n", "{\"a\":1}\n{}\n"));
        assert!(!report(&cases, "{\"a\":1}\n{}\n", "{\"a\":1}\n{ }\n"), "a byte");
        assert!(!report(&cases, "{\"a\":2}\n{}\n", "{\"a\":2}\n{}\n"), "an answer");
        assert!(!report(&cases, "{\"a\":1}\n", "{\"a\":1}\n"), "a line is missing");
        let unknown = "{\"error\":\"there is no mechanism \\\"x\\\"\"}\n{}\n";
        assert!(!report(&cases, unknown, unknown), "an answer was expected, and nobody answers");
    }
}
