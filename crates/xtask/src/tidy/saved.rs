//! What is saved has the same size everywhere.
//!
//! A `usize` has 32 bits in a browser and 64 elsewhere: a number that was saved here cannot be read there, and its hash differs.

use super::code::{code_only, has_word};
use super::{Finding, Source};

/// The packages whose types are saved, sent in links, or hashed.
const SAVED: &[&str] = &["base", "scenario", "session", "trace"];

/// Sizes in types that are saved.
pub fn findings(sources: &[Source]) -> Vec<Finding> {
    let is_saved = |source: &&Source| source.is_rust() && source.crate_name().is_some_and(|name| SAVED.contains(&name));
    sources.iter().filter(is_saved).flat_map(of_one).collect()
}

fn of_one(source: &Source) -> Vec<Finding> {
    let code = code_only(&source.text);
    let lines: Vec<&str> = code.lines().collect();
    let mut findings = Vec::new();
    for (begin, end) in saved_types(&lines) {
        for at in begin..end {
            let has_size = ["usize", "isize"].iter().any(|size| has_word(lines[at], size));
            if has_size && !is_skipped(&lines, at) {
                let what = "a size in a type that is saved: 32 bits in a browser, 64 elsewhere; use u32 or u64";
                findings.push(source.finding(at + 1, what));
            }
        }
    }
    findings
}

/// The lines of each type that can be saved: from its derivation to its closing brace.
fn saved_types(lines: &[&str]) -> Vec<(usize, usize)> {
    let is_derivation = |line: &&str| line.contains("derive") || line.trim_start().starts_with("#[cfg_attr");
    let mut types = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| is_derivation(line)) {
        let Some(attribute_end) = balanced_end(lines, at, '[', ']') else { continue };
        let attribute = lines[at..=attribute_end].join(" ");
        if !has_word(&attribute, "Serialize") && !has_word(&attribute, "Deserialize") {
            continue;
        }
        let is_head = |line: &str| has_word(line, "struct") || has_word(line, "enum");
        let Some(head) = (attribute_end..lines.len()).find(|line| is_head(lines[*line])) else { continue };
        types.push((head, type_end(lines, head)));
    }
    types
}

/// One past the last line of the type that begins on `head`.
fn type_end(lines: &[&str], head: usize) -> usize {
    let opener =
        (head..lines.len()).find_map(|at| lines[at].find(['{', '(', ';']).map(|column| (at, &lines[at][column..])));
    let end = match opener {
        Some((at, text)) if text.starts_with('{') => balanced_end(lines, at, '{', '}'),
        Some((at, text)) if text.starts_with('(') => balanced_end(lines, at, '(', ')'),
        Some((at, _)) => Some(at),
        None => None,
    };
    end.map_or(lines.len(), |end| end + 1)
}

/// The line on which what is opened on line `from` is closed.
fn balanced_end(lines: &[&str], from: usize, open: char, close: char) -> Option<usize> {
    let (mut depth, mut was_opened) = (0, false);
    for (at, line) in lines.iter().enumerate().skip(from) {
        depth += line.matches(open).count();
        was_opened |= depth > 0;
        depth = depth.saturating_sub(line.matches(close).count());
        if was_opened && depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Whether the field on this line is left out of the saved form, by an attribute on it or on the lines just above it.
fn is_skipped(lines: &[&str], at: usize) -> bool {
    let attributes =
        lines[..at].iter().rev().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with("#["));
    let is_skip = |line: &str| line.contains("serde") && (has_word(line, "skip") || line.contains("with"));
    attributes.copied().chain([lines[at]]).any(is_skip)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{lines, source};
    use super::*;

    const NONE: [usize; 0] = [];

    fn found(text: &str) -> Vec<usize> {
        lines(&findings(&[source("crates/scenario/src/model.rs", text)]))
    }

    #[test]
    fn sizes_in_saved_types_are_found() {
        assert_eq!(found("#[derive(Debug, Serialize)]\npub struct A {\n    /// How many.\n    pub n: usize,\n}"), [4]);
        assert_eq!(found("#[derive(\n    Debug,\n    Deserialize,\n)]\nenum A {\n    B(Vec<isize>),\n}"), [6]);
        assert_eq!(found("#[derive(Serialize)]\nstruct A(u8, usize);\nstruct B(usize);"), [2]);
        assert_eq!(
            found("#[derive(serde::Serialize)]\n#[serde(default)]\nstruct A<T>\nwhere T: X {\n    n: usize }"),
            [5]
        );
    }

    #[test]
    fn sizes_elsewhere_are_nobodys_business() {
        assert_eq!(found("#[derive(Debug)]\nstruct A { n: usize }"), NONE);
        assert_eq!(found("#[derive(Serialize)]\nstruct A { n: u64 }\nfn f(n: usize) {}"), NONE);
        assert_eq!(found("#[derive(Serialize)]\nstruct A {\n    // not a usize\n    n: u64,\n}"), NONE);
        assert_eq!(found("#[derive(Serialize)]\nstruct A {\n    #[serde(skip)]\n    n: usize,\n}"), NONE);
        let elsewhere = source("crates/limits/src/lib.rs", "#[derive(Serialize)]\nstruct A { n: usize }");
        assert_eq!(findings(&[elsewhere]), []);
    }
}
