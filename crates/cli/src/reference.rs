//! The reference: one page for each kind of box and a table of all, written from the same table that the inspector, the validator and
//! the link codec are made of. `cargo xtask docs` writes the files; a test keeps them current.

use crate::{library, open};
use scenario::{Applies, Field, FieldKind, KindSpec, Schema, Trace};
use std::fmt::Write;

/// A file of the reference: its path below `static/reference/`, and its text.
pub struct Page {
    /// Its name: `leader-follower.md`.
    pub path: String,
    /// What stands in it, in Markdown.
    pub text: String,
}

/// Every page, the table of all kinds first.
#[must_use]
pub fn pages() -> Vec<Page> {
    let schema = open::schema();
    let index = Page { path: "README.md".to_string(), text: index(&schema) };
    let page = |kind: &KindSpec| Page { path: format!("{}.md", kind.slug), text: kind_page(&schema, kind) };
    let wires = Page { path: "wires.md".to_string(), text: wires(&schema) };
    core::iter::once(index).chain(schema.kinds.iter().map(page)).chain([wires]).collect()
}

/// The scenarios of the library that use a kind, as links.
fn used_by(kind: &KindSpec) -> Vec<String> {
    let uses =
        |text: &str| open::read("", text).is_ok_and(|opened| opened.scenario.boxes.iter().any(|b| b.kind == kind.slug));
    let rows = library::SCENARIOS.iter().filter(|(_, text)| uses(text));
    rows.map(|(slug, _)| format!("[{slug}](../scenarios/{slug}.json)")).collect()
}

fn checks_of<'a>(schema: &'a Schema, kind: &'a KindSpec) -> impl Iterator<Item = &'a Applies> + 'a {
    schema.checks.iter().filter(|check| check.kinds.contains(&kind.slug))
}

/// The choices that decide which mechanism runs: every field that is one of a list, but for plain switches.
fn mechanisms(kind: &KindSpec) -> Vec<String> {
    let choices = kind.fields.iter().filter_map(|field| match &field.kind {
        FieldKind::Choice { options, .. } if options.iter().all(|option| !option.help.is_empty()) && !is_law(field) => {
            let names: Vec<&str> = options.iter().map(|option| option.name.as_ref()).collect();
            Some(format!("{}: {}", field.title, names.join(", ")))
        }
        _ => None,
    });
    choices.collect()
}

/// Whether a field is the shape of a distribution, which any work has.
fn is_law(field: &Field) -> bool {
    field.name.ends_with("_law")
}

/// Entries of a cell, or why there are none.
fn cell(entries: &[String], why: &str) -> String {
    if entries.is_empty() { format!("*{why}*") } else { entries.join("; ") }
}

fn index(schema: &Schema) -> String {
    let mut text = String::from(
        "# Every kind of box\n\nWritten by `cargo xtask docs` from the catalog. Each box runs its mechanism; its page says what can be set, what can be done to it,\nwhat is modelled and what is not. What every wire can do stands in [wires](wires.md).\n\n| kind | mechanisms to choose from | faults and actions | verdicts | scenarios |\n|---|---|---|---|---|\n",
    );
    for kind in &schema.kinds {
        let faults: Vec<String> = kind.verbs.iter().map(|verb| verb.spec().title.to_lowercase()).collect();
        let checks: Vec<String> = checks_of(schema, kind).map(|check| check.title.to_lowercase()).collect();
        let _ = writeln!(
            text,
            "| [{}]({}.md) | {} | {} | {} | {} |",
            kind.title,
            kind.slug,
            cell(&mechanisms(kind), "one mechanism; its numbers can be set"),
            cell(&faults, "nothing of it can break by itself"),
            cell(&checks, "keeps nothing that could be lost or stale; its callers' answers are judged"),
            cell(&used_by(kind), "no design of the library yet"),
        );
    }
    text
}

fn kind_page(schema: &Schema, kind: &KindSpec) -> String {
    let mut text = format!(
        "# {}\n\n{}\n\nIn files: `\"kind\": \"{}\"`. Group: {}.\n",
        kind.title, kind.purpose, kind.slug, kind.group
    );
    text.push_str("\n## What can be set\n\n");
    fields(&mut text, &kind.fields);
    let ports = &kind.ports;
    let calls = match ports.out_max {
        0 => "calls nobody".to_string(),
        1 => "calls one box".to_string(),
        most => format!("calls up to {most} boxes"),
    };
    let called = if ports.accepts { "can be called" } else { "is called by nobody" };
    let _ = write!(text, "\n## What may be wired\n\nIt {called} and {calls}. {}.\n", ports.refusal);
    text.push_str("\n## What can be done to it\n\n");
    for verb in &kind.verbs {
        let spec = verb.spec();
        let amount = spec.amount.map_or_else(String::new, |a| {
            format!(" ({} to {} {}; {} when nothing is said)", a.min, a.max, a.unit, a.default)
        });
        let _ = writeln!(text, "- **{}** (`{}`): {}{amount}.", spec.title, spec.slug, spec.help);
    }
    if kind.verbs.is_empty() {
        text.push_str("Nothing of it can break by itself; its wires can.\n");
    }
    text.push_str("\n## What it shows\n\n");
    for gauge in &kind.gauges {
        let unit = if gauge.unit.is_empty() { "a number".to_string() } else { format!("in {}", gauge.unit) };
        let _ = writeln!(text, "- **{}** (`{}`), {unit}.", gauge.title, gauge.name);
    }
    text.push_str("\n## What is judged\n\n");
    let mut any = false;
    for check in checks_of(schema, kind) {
        any = true;
        let _ = writeln!(text, "- **{}** (`{}`): {}.", check.title, check.slug, check.help.trim_end_matches('.'));
    }
    if !any {
        text.push_str(
            "It keeps nothing that could be lost or stale; the answers its callers get are judged at the clients.\n",
        );
    }
    list(&mut text, "What is modelled", &kind.modelled);
    list(&mut text, "What is left out", &kind.left_out);
    let _ = write!(text, "\n## Designs that use it\n\n{}.\n", cell(&used_by(kind), "No design of the library yet"));
    text
}

fn list(text: &mut String, title: &str, lines: &[scenario::Text]) {
    let _ = write!(text, "\n## {title}\n\n");
    for line in lines {
        let _ = writeln!(text, "- {line}.");
    }
}

fn fields(text: &mut String, fields: &[Field]) {
    text.push_str("| field | values | default | what it is |\n|---|---|---|---|\n");
    for field in fields {
        let unit = |n: f64| if field.unit.is_empty() { format!("{n}") } else { format!("{n} {}", field.unit) };
        let (values, default) = match &field.kind {
            FieldKind::Number { min, max, default, whole } => {
                (format!("{}{min} to {}", if *whole { "whole, " } else { "" }, unit(*max)), unit(*default))
            }
            FieldKind::Choice { options, default } => {
                let option = |option: &scenario::ChoiceOption| {
                    if option.help.is_empty() {
                        format!("`{}`", option.name)
                    } else {
                        format!("`{}` ({})", option.name, option.help)
                    }
                };
                let all: Vec<String> = options.iter().map(option).collect();
                (
                    all.join(", "),
                    options.get(usize::from(*default)).map_or_else(String::new, |o| format!("`{}`", o.name)),
                )
            }
            FieldKind::Trace { default } => {
                let (most, many) = (Trace::LINES_MAX, default.asked().len());
                (format!("lines of CSV, at most {most}"), format!("{many} requests in {}", default.length()))
            }
            FieldKind::Ops { default } => {
                let one = |op: &scenario::Op| {
                    format!("{} {} × {}", op.name, if op.write { "write" } else { "read" }, op.weight)
                };
                ("a mix of operations".to_string(), default.iter().map(one).collect::<Vec<_>>().join(", "))
            }
        };
        let when = field
            .when
            .as_ref()
            .map_or_else(String::new, |when| format!("; only when `{}` is {}", when.field, when.is.join(" or ")));
        let live = if field.live { "" } else { "; a change starts the run over" };
        let _ =
            writeln!(text, "| `{}` | {values} | {default} | {}: {}{when}{live} |", field.name, field.title, field.help);
    }
}

fn wires(schema: &Schema) -> String {
    let mut text = String::from(
        "# Wires\n\nEvery wire has a link, which can be slow, narrow or lossy, and its caller's policy: how long to wait, whether to try again, when to stop\nasking. It can be limited to some operations.\n\n## What can be set\n\n",
    );
    fields(&mut text, &schema.wire);
    text
}
