//! Files that are finished and not too long.

use super::code::{code_only, has_word};
use super::{Finding, Source};

/// A file beyond this holds more than one idea, or says in its head why it does not.
const LINES_MAX: usize = 700;
/// How a long file begins the sentence that gives its reason.
const REASON: &str = "//! Long because";

// Put together from halves, or this file would find itself.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
const CALLS: &[&str] = &[concat!("to", "do!"), concat!("db", "g!"), concat!("unimplemen", "ted!")];

/// Files that are too long or not finished.
pub fn findings(sources: &[Source]) -> Vec<Finding> {
    sources.iter().flat_map(|source| [too_long(source), unfinished(source)].concat()).collect()
}

fn too_long(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    let has_reason = source.text.lines().any(|line| line.starts_with(REASON));
    if !source.is_rust() || lines <= LINES_MAX || has_reason {
        return Vec::new();
    }
    let what =
        format!("{lines} lines, more than {LINES_MAX}: split it by role, or say why not in a line \"{REASON} ...\"");
    vec![source.finding(0, what)]
}

fn unfinished(source: &Source) -> Vec<Finding> {
    let marks = source.text.lines().enumerate().filter_map(|(at, line)| {
        let mark = MARKS.iter().find(|mark| has_word(line, mark))?;
        Some(source.finding(at + 1, format!("{mark}: do it now, or leave it and say nothing")))
    });
    // Scenarios hold people's words, and a file of data has no comments.
    let marks: Vec<Finding> = if source.path.ends_with(".json") { Vec::new() } else { marks.collect() };
    let code = if source.is_rust() { code_only(&source.text) } else { String::new() };
    let calls = code.lines().enumerate().filter_map(|(at, line)| {
        let call = CALLS.iter().find(|call| has_word(line, call))?;
        Some(source.finding(at + 1, format!("{call} is for a day's work, not for a commit")))
    });
    marks.into_iter().chain(calls).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{lines, source};
    use super::*;

    #[test]
    fn a_file_is_too_long_from_one_line_over_the_limit_unless_it_says_why() {
        let long =
            |lines: usize, head: &str| source("crates/sim/src/a.rs", &format!("{head}\n{}", "\n".repeat(lines - 1)));
        assert_eq!(findings(&[long(LINES_MAX, "//! A.")]), []);
        assert_eq!(findings(&[long(LINES_MAX + 1, "//! A.")]).len(), 1);
        assert_eq!(findings(&[long(LINES_MAX + 1, "//! Long because it is one table.")]), []);
    }

    #[test]
    fn unfinished_work_is_found_in_every_kind_of_file() {
        let mark = concat!("TO", "DO");
        for path in ["a.rs", "web/app.css", "README.md", "web/boot.js"] {
            assert_eq!(lines(&findings(&[source(path, &format!("fine\n// {mark}: later\n"))])), [2], "{path}");
        }
        assert_eq!(findings(&[source("static/scenarios/a.json", &format!("\"{mark}\""))]), []);
        assert_eq!(findings(&[source("a.rs", "let mastodon = 1;")]), []);
    }

    #[test]
    fn calls_that_are_for_the_day_are_found_in_code_only() {
        let call = concat!("db", "g!");
        assert_eq!(lines(&findings(&[source("a.rs", &format!("let x =\n    {call}(1);"))])), [2]);
        assert_eq!(findings(&[source("a.rs", &format!("// never {call}(1)\nlet x = \"{call}\";"))]), []);
    }
}
