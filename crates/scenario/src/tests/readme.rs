//! `static/scenarios/README.md` says what the code does: every key, every example, every verb, every limit.
//!
//! The verbs and the limits are tables made from the code. When they have changed, run the tests with `UPDATE_DOCS=1` and review
//! the difference.

use super::sample::schema;
use crate::file::{keys, read, write};
use crate::{Bulk, Plan, Scenario, Sides, Subject, Trace, Verb, Weight, validate};
use serde_json::Value;
use std::fmt::Write;

const README: &str = include_str!("../../../../static/scenarios/README.md");

/// The text between a marker and the next blank line.
fn table(text: &str, marker: &str) -> String {
    let from = text.find(marker).unwrap_or_else(|| panic!("the README has no {marker}")) + marker.len();
    let rest = &text[from..];
    rest.trim_start_matches('\n').split("\n\n").next().unwrap_or_default().to_string()
}

/// The blocks of code, with what stands behind `json` on their first line.
fn examples() -> Vec<(&'static str, &'static str)> {
    let blocks = README.split("```json").skip(1);
    blocks
        .map(|block| block.split_once('\n').expect("a block has lines"))
        .map(|(part, rest)| (part.trim(), rest.split("```").next().unwrap_or("")))
        .collect()
}

#[test]
fn the_readme_names_every_key_and_no_other() {
    let parts = [
        ("scenario", keys::SCENARIO),
        ("box", keys::BOX),
        ("op", keys::OP),
        ("plan", keys::PLAN),
        ("plan-step", keys::PLAN_STEP),
        ("wire", keys::WIRE),
        ("do", keys::DO),
        ("set", keys::SET),
        ("check", keys::CHECK),
        ("variant", keys::VARIANT),
        ("setting", keys::SETTING),
        ("lesson", keys::LESSON),
        ("step", keys::STEP),
        ("predict", keys::PREDICT),
        ("choice", keys::CHOICE),
        ("claim", keys::CLAIM),
        ("view", keys::VIEW),
        ("note", keys::NOTE),
        ("group", keys::GROUP),
        ("zone", keys::ZONE),
        ("distance", keys::DISTANCE),
    ];
    for (part, keys) in parts {
        let table = table(README, &format!("<!-- keys: {part} -->"));
        let named: Vec<&str> =
            table.lines().skip(2).filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(named, keys, "the keys of {part}");
    }
    assert_eq!(README.matches("<!-- keys: ").count(), parts.len());
}

#[test]
fn every_example_can_run_and_stands_as_it_would_be_written() {
    let examples = examples();
    assert!(examples.len() >= 5 && examples[0].0.is_empty());
    let whole = read(examples[0].1, &schema()).expect("the first example is a whole file");
    assert_eq!(write(&whole, &schema()), examples[0].1);
    let root: Value = serde_json::from_str(examples[0].1).expect("it was just read");
    for (part, block) in &examples[1..] {
        let mut root = root.clone();
        root[*part] = serde_json::from_str(block).unwrap_or_else(|why| panic!("{why}\n{block}"));
        let scenario = read(&root.to_string(), &schema()).unwrap_or_else(|why| panic!("{why:#?}\n{block}"));
        assert_eq!(validate(&scenario, &schema()), [], "{block}");
        let lines = write(&scenario, &schema()).replace("\n  ", "\n");
        assert!(lines.contains(block.trim()), "{block} is written\n{lines}");
    }
}

fn verbs() -> String {
    let mut text = "| `do` | on | amount | what it does | what ends it |\n|---|---|---|---|---|\n".to_string();
    for verb in Verb::ALL {
        let spec = verb.spec();
        let on = match spec.subject {
            Subject::Member => "a member, or a box with all of them",
            Subject::Box => "a box",
            Subject::Wire => "a wire",
            Subject::Any => "anything",
        };
        let amount =
            spec.amount.map_or(String::new(), |a| format!("{} to {} {}, usually {}", a.min, a.max, a.unit, a.default));
        let ends = spec.ended_by.map_or(String::new(), |verb| format!("`{}`", verb.spec().slug));
        let on = match (verb.on_zone().is_some(), verb.between_zones().is_some()) {
            _ if spec.subject == Subject::Any => on.to_string(),
            (true, true) => format!("{on}, a zone, what passes between two"),
            (true, false) => format!("{on}, a zone"),
            (false, true) => format!("{on}, what passes between two zones"),
            (false, false) => on.to_string(),
        };
        let sides = verb.between_sides().is_some() && spec.subject != Subject::Any;
        let on = if sides { format!("{on}, a partition set") } else { on };
        writeln!(text, "| `{}` | {on} | {amount} | {} | {ends} |", spec.slug, spec.help)
            .expect("a text takes everything");
    }
    text.trim_end().to_string()
}

fn limits() -> String {
    let rows = [
        ("the file", format!("{} bytes", crate::file::TEXT_MAX)),
        ("boxes", Scenario::BOXES_MAX.to_string()),
        ("members of all boxes together", Scenario::MEMBERS_MAX.to_string()),
        ("wires", Scenario::WIRES_MAX.to_string()),
        ("operations in one mix", Scenario::OPS_MAX.to_string()),
        ("operations named on one wire", Scenario::WIRE_OPS_MAX.to_string()),
        ("plans of one box", Plan::PLANS_MAX.to_string()),
        ("steps of one plan, those inside others counted", Plan::STEPS_MAX.to_string()),
        ("steps inside others", format!("{} deep", Plan::DEPTH_MAX)),
        ("rounds of a `repeat`", Plan::ROUNDS_MAX.to_string()),
        ("`weight`", Weight::MAX.to_string()),
        ("faults, and actions", Scenario::MOMENTS_MAX.to_string()),
        ("sides of a partition set", Sides::SIDES_MAX.to_string()),
        ("boxes and members named on one side", Sides::PARTIES_MAX.to_string()),
        ("checks", Scenario::CHECKS_MAX.to_string()),
        ("variants", Scenario::VARIANTS_MAX.to_string()),
        ("requests of a trace", Trace::LINES_MAX.to_string()),
        ("operations of a trace", Trace::OPS_MAX.to_string()),
        ("the traces of a design in a link, before compression", format!("{} bytes", Bulk::MAX.link)),
        ("the traces of a design in a file", format!("{} bytes", Bulk::MAX.file)),
        ("the size of a request in a trace", format!("{} bytes", Trace::BYTES_MAX)),
        ("steps of a lesson, claims, and sources", Scenario::STEPS_MAX.to_string()),
        ("boxes a step points at, moments it offers, and settings of a variant", Scenario::STEP_PARTS_MAX.to_string()),
        ("choices of a question", Scenario::CHOICES_MAX.to_string()),
        ("`length`, and every `at`, `for` and `after`", format!("{} h", Scenario::LENGTH_MAX.0 / 3_600_000_000_000)),
        ("an id", format!("{} characters", Scenario::ID_MAX)),
        (
            "a name, the name of an operation, a button's `label`, a choice",
            format!("{} characters", Scenario::NAME_MAX),
        ),
        ("a title", format!("{} characters", Scenario::TITLE_MAX)),
        ("a question, each text of a claim, a variant's `about`", format!("{} characters", Scenario::LINE_MAX)),
        ("`about`, a step's text, a source", format!("{} characters", Scenario::TEXT_MAX)),
        ("`at` of a box", format!("±{} points", Scenario::POSITION_MAX)),
        ("notes", Scenario::NOTES_MAX.to_string()),
        ("a note", format!("{} characters", Scenario::NOTE_MAX)),
        ("groups", Scenario::GROUPS_MAX.to_string()),
        ("zones", Scenario::ZONES_MAX.to_string()),
        ("a zone's width, and its height", format!("{} points", Scenario::ZONE_SIZE_MAX)),
        ("`latency_ms` of a distance", format!("{} ms", crate::Distance::LATENCY_MS_MAX)),
    ];
    let rows: String = rows.iter().map(|(what, most)| format!("| {what} | {most} |\n")).collect();
    format!("| what | at most |\n|---|---|\n{rows}").trim_end().to_string()
}

#[test]
fn the_tables_made_from_the_code_are_up_to_date() {
    let mut text = README.to_string();
    for (marker, made) in [("<!-- verbs -->\n", verbs()), ("<!-- limits -->\n", limits())] {
        let stands = table(&text, marker);
        let stands = if stands.starts_with('|') { stands } else { String::new() };
        let from = text.find(marker).expect("the marker was just found") + marker.len();
        text.replace_range(from..from + stands.len(), &if stands.is_empty() { format!("{made}\n") } else { made });
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../static/scenarios/README.md");
        std::fs::write(path, &text).expect("the README can be written");
    } else {
        assert_eq!(text, README, "run the tests with UPDATE_DOCS=1");
    }
}
