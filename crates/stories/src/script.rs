//! Lines and files: a story is run, told again, and held against what is written.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

/// The trace of one story. A clone writes to the same trace.
#[derive(Clone, Debug, Default)]
pub struct Script(Rc<RefCell<String>>);

impl Script {
    /// Adds a line.
    pub fn line(&self, line: &str) {
        *self.0.borrow_mut() += &format!("{line}\n");
    }

    /// Adds whole lines, each with its end.
    pub fn lines(&self, lines: &str) {
        *self.0.borrow_mut() += lines;
    }

    /// Runs the commands in `text` by their words; gives the text with what really happened.
    pub fn retold(&self, text: &str, mut command: impl FnMut(&[&str])) -> String {
        for line in text.lines() {
            if let Some(words) = line.strip_prefix("> ") {
                self.line(line);
                command(&words.split_whitespace().collect::<Vec<&str>>());
            } else if line.starts_with('#') || line.is_empty() {
                self.line(line);
            }
        }
        self.0.take()
    }
}

/// The stories in a folder, in the order of their names.
///
/// # Panics
/// If there is no such folder.
#[must_use]
pub fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    paths.sort();
    paths
}

/// Holds every story in `folder` to what is written in it, or, with `STORIES=write`, writes it anew.
///
/// # Panics
/// If a story goes otherwise, with its first line that does; or if there are fewer than `least`.
pub fn hold(folder: &str, least: usize, retold: impl Fn(&str) -> String) {
    let paths = files(folder);
    assert!(paths.len() >= least, "{} stories in {folder}, not {least}", paths.len());
    let is_writing = std::env::var("STORIES").is_ok_and(|value| value == "write");
    let mut changed = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let told = retold(&text);
        if told == text {
            continue;
        }
        if is_writing {
            std::fs::write(&path, &told).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            continue;
        }
        changed.push(format!("{}, {}", path.display(), difference(&text, &told)));
    }
    assert!(changed.is_empty(), "{}\nSTORIES=write writes them anew", changed.join("\n"));
}

/// Where two texts begin to differ.
fn difference(text: &str, told: &str) -> String {
    let first = text.lines().zip(told.lines()).position(|(a, b)| a != b);
    let first = first.unwrap_or_else(|| text.lines().count().min(told.lines().count()));
    let at = |text: &str| text.lines().nth(first).unwrap_or("(the end)").to_owned();
    format!("line {}:\n  written  {}\n  happened {}", first + 1, at(text), at(told))
}

/// The commands and the prose, with words that begin with `prefix` left out of the commands: a story of a mistake, without the mistake.
#[must_use]
pub fn without(text: &str, prefix: &str) -> String {
    let kept = |line: &str| {
        let words = line.split(' ').filter(|word| !line.starts_with("> ") || !word.starts_with(prefix));
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(kept).collect::<Vec<_>>().join("\n")
}

/// Holds the stories in `folder` to this: those of a mistake, named by a word that begins with `prefix`, tell of `harm`; without that word
/// they do not; and no other story does.
///
/// # Panics
/// If one does otherwise, with what it tells.
pub fn hold_harm(folder: &str, prefix: &str, harm: &str, retold: impl Fn(&str) -> String) {
    for path in files(folder) {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let is_named = |line: &str| line.starts_with("> ") && line.split(' ').any(|word| word.starts_with(prefix));
        let (is_mistake, told) = (text.lines().any(is_named), retold(&text));
        assert_eq!(is_mistake, told.contains(harm), "{}:\n{told}", path.display());
        let told = retold(&without(&text, prefix));
        assert!(!told.contains(harm), "{}: without the mistake it must be well\n{told}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_and_commands_stay_and_what_happened_is_told_anew() {
        let script = Script::default();
        let told = script.retold("# prose\n\n> go 1\nold trace\n> go 2\n", |words| script.line(&words.join("-")));
        assert_eq!(told, "# prose\n\n> go 1\ngo-1\n> go 2\ngo-2\n");
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        let cases = [("a\nb\n", "a\nc\n", (2, "b", "c")), ("a\n", "a\nb\n", (2, "(the end)", "b"))];
        for (text, told, (line, written, happened)) in cases {
            let expected = format!("line {line}:\n  written  {written}\n  happened {happened}");
            assert_eq!(difference(text, told), expected);
        }
    }

    #[test]
    fn a_mistake_is_taken_out_of_commands_only() {
        assert_eq!(without("# the bug=x\n> group bug=x a=1 bug=y\nbug=z", "bug="), "# the bug=x\n> group a=1\nbug=z");
    }
}
