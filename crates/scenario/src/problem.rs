//! What is wrong with a design, and where: one sentence for the person who can mend it.

use core::fmt;

/// Most problems that are reported at once.
const PROBLEMS_MAX: usize = 50;

/// Whether a design can run with the problem in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can run, but probably does not do what was meant.
    Warning,
    /// It cannot run as it stands.
    Error,
}

/// A position in a text. Both count from 1; a column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The part of the design, as the file form names it: `boxes[2].rate`. Empty for the design as a whole.
    pub path: String,
    /// What is wrong, the value, and the bound.
    pub message: String,
    /// Where it stands in the text it was read from, when it was read from one.
    pub place: Option<Place>,
}

impl Problem {
    /// A problem that keeps the design from running.
    #[must_use]
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Error, path: path.into(), message: message.into(), place: None }
    }

    /// A problem with which the design still runs.
    #[must_use]
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Warning, ..Problem::error(path, message) }
    }

    /// The first 50 of `problems`, and how many more there were.
    #[must_use]
    pub(crate) fn first_of(mut problems: Vec<Problem>) -> Vec<Problem> {
        let more = problems.len().saturating_sub(PROBLEMS_MAX);
        problems.truncate(PROBLEMS_MAX);
        if more > 0 {
            let severity = problems[0].severity;
            problems.push(Problem { severity, ..Problem::error("", format!("there are {more} more of these")) });
        }
        problems
    }

    /// True when the design cannot run with it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// `line 12, column 9, boxes[2].rate: Rate is 5000000; it must be between 0 and 1000000 /s`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place { line, column }) = self.place {
            write!(f, "line {line}, column {column}")?;
            f.write_str(if self.path.is_empty() { ": " } else { ", " })?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// The way to a part of a design, written out only when there is something to say about that part.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The design as a whole.
    Root,
    /// What has this name within another part.
    Key(&'a Path<'a>, &'a str),
    /// What has this place within a list.
    At(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub fn top(key: &'a str) -> Path<'a> {
        Path::Key(&Path::Root, key)
    }

    pub fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }

    pub fn at(&'a self, at: usize) -> Path<'a> {
        Path::At(self, at)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(Path::Root, key) => f.write_str(key),
            Path::Key(of, key) => write!(f, "{of}.{key}"),
            Path::At(of, at) => write!(f, "{of}[{at}]"),
        }
    }
}

/// The problems so far. Its methods are kept out of line, so that each of the many places that find one stays small.
#[derive(Default)]
pub(crate) struct Found {
    pub problems: Vec<Problem>,
    passes_warnings: bool,
}

impl Found {
    /// Notes errors and passes warnings over, for who would not read them.
    pub fn errors_only() -> Found {
        Found { passes_warnings: true, ..Found::default() }
    }

    #[inline(never)]
    pub fn error(&mut self, path: &Path<'_>, message: fmt::Arguments<'_>) {
        self.problems.push(Problem::error(path.to_string(), message.to_string()));
    }

    #[inline(never)]
    pub fn warning(&mut self, path: &Path<'_>, message: fmt::Arguments<'_>) {
        if !self.passes_warnings {
            self.problems.push(Problem::warning(path.to_string(), message.to_string()));
        }
    }
}
