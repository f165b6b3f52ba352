//! Files: what is written can be read, and what cannot be read is explained.

use super::design::{plausible, valid};
use super::sample::{newsfeed, schema};
use crate::file::{read, write};
use crate::{Scenario, repair, validate};
use proptest::prelude::*;

/// The problems of a text, one a line.
pub(crate) fn problems(text: &str) -> String {
    match read(text, &schema()) {
        Ok(scenario) => format!("none: {} boxes", scenario.boxes.len()),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(scenario in valid()) {
        let text = write(&scenario, &schema());
        prop_assert_eq!(read(&text, &schema()), Ok(scenario), "{}", text);
    }

    #[test]
    fn what_is_written_is_json_and_stable(scenario in plausible()) {
        let text = write(&scenario, &schema());
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        if let Ok(read) = read(&text, &schema()) {
            prop_assert_eq!(write(&read, &schema()), text);
        }
    }

    /// Errors of the file are those of validation, so that the page and the terminal never disagree.
    #[test]
    fn a_file_is_refused_exactly_when_its_design_cannot_run(scenario in plausible()) {
        let finite = repair(scenario.clone(), &schema()).0 == scenario;
        let errors = validate(&scenario, &schema()).iter().filter(|problem| problem.is_error()).count();
        prop_assert!(!finite || errors == 0);
        if errors == 0 {
            prop_assert!(read(&write(&scenario, &schema()), &schema()).is_ok());
        }
    }
}

#[test]
fn a_design_is_written_as_a_person_would() {
    let text = write(&newsfeed(), &schema());
    assert!(
        text.contains("\n    { \"id\": \"limiter\", \"kind\": \"limiter\", \"at\": [200, 268], \"limit\": 2000 },\n"),
        "{text}"
    );
    assert!(
        text.contains("\n    { \"at\": \"20s\", \"for\": \"5s\", \"do\": \"cut-off\", \"on\": \"posts.0\" },\n"),
        "{text}"
    );
    assert!(
        text.contains("\n    { \"at\": \"30s\", \"set\": \"acknowledge\", \"on\": \"posts\", \"to\": \"sync\" }\n"),
        "{text}"
    );
    assert!(!text.contains("arrivals") && !text.contains("\"name\": \"Readers\""), "defaults are left out: {text}");
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
}

#[test]
fn the_shortest_file_is_a_version() {
    let empty = read("{ \"faultline\": 1 }", &schema()).expect("everything else has a default");
    assert_eq!(empty, Scenario { length: crate::repair::LENGTH_DEFAULT, ..Scenario::default() });
}

/// Each case: a text, and everything that is said of it.
#[test]
fn mistakes_are_named_with_their_place_and_the_way_out() {
    let one = |rest: &str| format!("{{ \"faultline\": 1,\n{rest} }}");
    let clients = |rest: &str| one(&format!("  \"boxes\": [ {{ \"id\": \"a\", \"kind\": \"clients\"{rest} }} ]"));
    let moment = |list: &str| {
        one(&format!("  \"boxes\": [ {{ \"id\": \"db\", \"kind\": \"leader-follower\" }} ],\n  \"faults\": [ {list} ]"))
    };
    let cases: &[(String, &str)] = &[
        (String::new(), "line 1, column 1: the file ends where a value should be"),
        ("{ \"faultline\": 1".into(), "line 1, column 17: the file ends where a comma or `}` should be"),
        (
            "{ \"faultline\": 1, }".into(),
            "line 1, column 19: there is a comma before this `}`; after the last value comes none",
        ),
        ("{ \"faultline\": 1 } x".into(), "line 1, column 20: the file should end here, but goes on with `x`"),
        ("{ faultline: 1 }".into(), "line 1, column 3: a key between quotation marks should be here, not `f`"),
        (
            "{ \"faultline\": yes }".into(),
            "line 1, column 16: `yes` is not a value; a text stands between quotation marks",
        ),
        (
            "{ \"faultline\": 1, \"title\": \"a\nb\" }".into(),
            "line 1, column 30: a text ends on its own line; write \\n for a line break",
        ),
        ("{ \"faultline\": 1, \"title\": \"a }".into(), "line 1, column 28: this text is never closed"),
        (
            "{ \"faultline\": 1, \"seed\": 007 }".into(),
            "line 1, column 28: a number does not begin with 0 unless a point follows",
        ),
        ("{ \"faultline\": 1, \"seed\": 1, \"seed\": 2 }".into(), "line 1, column 30: the key `seed` is there twice"),
        (
            "[]".into(),
            "line 1, column 1, faultline: this is not a Faultline scenario: the file begins with { \"faultline\": 1",
        ),
        (
            "{ \"faultline\": 3 }".into(),
            "line 1, column 16, faultline: the file has version 3, made by a newer Faultline; this one reads up to version 1",
        ),
        (
            "{ \"faultline\": 0 }".into(),
            "line 1, column 16, faultline: the version is 0; it must be a whole number from 1 to 1",
        ),
        (one("\"boxs\": []"), "line 2, column 1, boxs: a scenario has no key `boxs`; did you mean `boxes`?"),
        (one("\"boxes\": 3"), "line 2, column 10, boxes: this is 3; it must be a list between [ and ]"),
        (
            one("\"seed\": -4"),
            "line 2, column 9, seed: this is -4; it must be a whole number from 0 to 18446744073709551615",
        ),
        (
            one("\"length\": 60"),
            "line 2, column 11, length: this is 60; it must be a length of time: a number with ns, us, ms, s, m or h, such as \"250ms\"",
        ),
        (
            one("\"length\": \"25h\""),
            "line 2, column 11, length: the run lasts 90000s; it must last more than 0s and at most 86400s",
        ),
        (
            one("\"boxes\": [ { \"id\": \"a\", \"kind\": \"servcie\" } ]"),
            "line 2, column 33, boxes[0].kind: there is no kind `servcie`; did you mean `service`?",
        ),
        (
            one("\"boxes\": [ { \"id\": \"a\" } ]"),
            "line 2, column 12, boxes[0]: `kind` is missing: the slug of a kind of box",
        ),
        (
            clients(", \"rat\": 5"),
            "line 2, column 46, boxes[0].rat: a box of kind `clients` has no key `rat`; did you mean `rate`?",
        ),
        (clients(", \"rate\": \"5\""), "line 2, column 54, boxes[0].rate: this is \"5\"; it must be a number"),
        (clients(", \"rate\": 1e999"), "line 2, column 54, boxes[0].rate: the number 1e999 is too large"),
        (
            clients(", \"rate\": 2e6"),
            "line 2, column 54, boxes[0].rate: Rate is 2000000; it must be between 0 and 1000000 /s",
        ),
        (clients(", \"keys\": 1.5"), "line 2, column 54, boxes[0].keys: Keys is 1.5; it must be a whole number"),
        (
            clients(", \"arrivals\": \"Poison\""),
            "line 2, column 58, boxes[0].arrivals: this is \"Poison\"; it must be one of poisson, constant, burst, ramp; did you mean `poisson`?",
        ),
        (
            clients(", \"at\": [1]"),
            "line 2, column 52, boxes[0].at: this is a list; it must be two whole numbers, from the left and from the top, such as [40, 268]",
        ),
        (
            clients(", \"ops\": [ { \"name\": \"feed\", \"does\": \"delete\" } ]"),
            "line 2, column 81, boxes[0].ops[0].does: this is \"delete\"; it must be \"read\" or \"write\"",
        ),
        (clients(", \"ops\": []"), "line 2, column 53, boxes[0].ops: 0 operations; there must be 1 to 12"),
        (
            one("\"wires\": [ { \"from\": \"a\", \"to\": \"b\", \"latncy_ms\": 3 } ]"),
            "line 2, column 38, wires[0].latncy_ms: a wire has no key `latncy_ms`; did you mean `latency_ms`?",
        ),
        (
            moment("{ \"at\": \"1s\", \"do\": \"cut_off\", \"on\": \"db.0\" }"),
            "line 3, column 35, faults[0].do: nothing is called `cut_off`; did you mean `cut-off`?",
        ),
        (
            moment("{ \"do\": \"crash\", \"on\": \"db.x\" }"),
            "line 3, column 15, faults[0]: `at` is missing: when it happens, such as \"20s\"\n\
             line 3, column 38, faults[0].on: `db.x` names no member: write the box, a dot and the member's number, such as posts.0",
        ),
        (
            moment("{ \"at\": \"1s\", \"set\": \"reads\", \"on\": \"db\", \"to\": \"all\" }"),
            "line 3, column 63, faults[0].to: this is \"all\"; it must be one of leader, followers, anybody",
        ),
        (
            moment("{ \"at\": \"1s\", \"set\": \"read\", \"on\": \"db\", \"to\": \"all\" }"),
            "line 3, column 36, faults[0].set: Leader and followers has no setting `read`; did you mean `reads`?",
        ),
    ];
    let wrong = cases.iter().filter(|(text, said)| problems(text) != *said);
    let wrong: Vec<String> =
        wrong.map(|(text, said)| format!("{text}\nsays   {}\nshould {said}", problems(text))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn limits_hold_before_anything_grows() {
    let deep = format!("{{ \"faultline\": 1, \"boxes\": {}", "[".repeat(100_000));
    assert_eq!(problems(&deep), "line 1, column 52: this is nested deeper than 24 levels");
    let long = " ".repeat((1 << 20) + 1);
    assert_eq!(problems(&long), "the file has 1048577 bytes; at most 1048576 are read");
    let many = format!("[{}0]", "0,".repeat(200_000));
    assert_eq!(problems(&many), "line 1, column 200000: the file holds more than 100000 values");
    let keys: String = (0..300).map(|n| format!("\"k{n}\": 0,")).collect();
    assert!(problems(&format!("{{{keys}}}")).ends_with("this object has more than 200 keys"));
    let boxes = format!("{{ \"faultline\": 1, \"boxes\": [{}{{}}] }}", "{},".repeat(300));
    assert!(problems(&boxes).starts_with("line 1, column 28, boxes: there are 301; there may be at most 200\n"));
    assert_eq!(problems(&boxes).lines().count(), 51, "no more than 50 problems are listed");
}

/// Oracle: `serde_json`. Every text it takes, we take, and the other way round, but for what we refuse on purpose.
#[test]
fn the_same_texts_are_json_for_us_as_for_others() {
    let seeds = [
        write(&newsfeed(), &schema()),
        r#"[null, true, false, -0.5e-3, 1E+2, "\u00e9\ud83d\ude00\n\"\\\/\b\f\r\t", {"a": {}, "b": []}, [[[]]], ""]"#
            .to_string(),
    ];
    let splice = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d83d", "0", "-", ".", "e", "1", "tru", "null", " ", "\n",
        "é", "\u{1}",
    ];
    let mut rng = base::Rng::new(6);
    let mut agreed = [0_u32; 2];
    for _ in 0..40_000 {
        let mut text = seeds[rng.below(2) as usize].clone();
        if rng.chance(0.7) {
            text = text.chars().skip(rng.below(text.len() as u64) as usize).take(rng.below(200) as usize).collect();
        }
        for _ in 0..rng.below(3) {
            let at = (0..=text.len()).rev().find(|at| text.is_char_boundary(*at) && rng.chance(0.02)).unwrap_or(0);
            text.insert_str(at, splice[rng.below(splice.len() as u64) as usize]);
        }
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let ours = crate::file::parse(&text);
        if ours.as_ref().is_err_and(|why| why.message.contains("is there twice")) {
            continue;
        }
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => assert_eq!(value_of(ours), *theirs, "{text}"),
            // A number too large for a float is a number for us until it is asked for its value.
            (Ok(_), Err(why)) => assert!(why.to_string().contains("number out of range"), "{text}\n{why}"),
            (Err(why), Ok(_)) => panic!("{text}\n{why}"),
            (Err(_), Err(_)) => {}
        }
        agreed[usize::from(ours.is_ok())] += 1;
    }
    assert!(agreed.iter().all(|count| *count > 1_000), "{agreed:?}");
}

fn value_of(node: &crate::file::Node) -> serde_json::Value {
    use crate::file::Json;
    match &node.json {
        Json::Null => serde_json::Value::Null,
        Json::Bool(truth) => (*truth).into(),
        Json::Number(digits) => digits.parse().map(serde_json::Value::Number).expect("it is a number for them too"),
        Json::Text(text) => text.as_str().into(),
        Json::List(items) => items.iter().map(value_of).collect(),
        Json::Object(entries) => entries.iter().map(|entry| (entry.key.clone(), value_of(&entry.value))).collect(),
    }
}
