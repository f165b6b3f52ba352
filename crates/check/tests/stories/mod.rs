//! Reads, tells and writes the stories that lie beside this file; their form is described in its README.

use base::{Span, Time};
use check::{CheckKind, Finding, Names, Panel, Spec, Verdict};
use std::path::PathBuf;
use trace::{Record, Status};

/// One run and the verdict it must lead to.
pub struct Story {
    pub title: String,
    pub spec: Spec,
    lines: Vec<String>,
    pub expected: Vec<String>,
}

/// A file of stories.
pub struct Book {
    pub kind: CheckKind,
    head: String,
    pub stories: Vec<Story>,
}

pub fn names() -> Names {
    let named = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    Names { ids: named(&["posts"]), boxes: named(&["Posts"]), members: named(&["posts.0", "posts.1", "posts.2"]) }
}

fn path(kind: CheckKind) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories");
    PathBuf::from(folder).join(format!("{}.txt", kind.slug()))
}

/// The book of every check on the list.
pub fn books() -> Vec<Book> {
    CheckKind::ALL.iter().map(|kind| Book::read(*kind)).collect()
}

impl Book {
    fn read(kind: CheckKind) -> Book {
        let path = path(kind);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("no stories in {}: {error}", path.display()));
        let mut book = Book { kind, head: String::new(), stories: Vec::new() };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match (line.strip_prefix("  "), book.stories.last_mut()) {
                (Some(line), Some(story)) if line.starts_with(['=', '-']) => story.expected.push(line.to_string()),
                (Some(line), Some(story)) => story.lines.push(line.to_string()),
                _ if line.starts_with('#') => book.head += &format!("{line}\n"),
                _ => book.stories.push(Story::titled(kind, line)),
            }
        }
        book
    }

    /// Writes the book with the verdicts as they are now.
    pub fn write(&self) {
        let told = |story: &Story| {
            let lines = story.lines.iter().cloned().chain(story.told());
            format!("\n{}\n{}", story.title, lines.map(|line| format!("  {line}\n")).collect::<String>())
        };
        let text = self.head.clone() + &self.stories.iter().map(told).collect::<String>();
        std::fs::write(path(self.kind), text).expect("the stories can be written");
    }
}

impl Story {
    fn titled(kind: CheckKind, title: &str) -> Story {
        let spec = Spec::new(kind, 0).of_members(0..3);
        let spec = match title.split_once(", bound ") {
            Some((_, bound)) => spec.within(bound.parse().expect("a bound is a number")),
            None => spec,
        };
        Story { title: title.to_string(), spec, lines: Vec::new(), expected: Vec::new() }
    }

    fn records(&self) -> Vec<(Time, Record)> {
        self.lines.iter().flat_map(|line| records(line)).collect()
    }

    fn verdict(&self) -> Verdict {
        let records = self.records();
        let mut panel = Panel::new(std::slice::from_ref(&self.spec));
        panel.observe_all(&records);
        panel.verdicts(records.last().map_or(Time::ZERO, |(at, _)| *at), &names()).remove(0)
    }

    pub fn finding(&self) -> Finding {
        self.verdict().finding
    }

    /// The verdict, in the form of the expectation.
    pub fn told(&self) -> Vec<String> {
        let verdict = self.verdict();
        let finding = match (verdict.finding, verdict.broken_at) {
            (Finding::Broken, Some(at)) => format!("broken at {at}"),
            (finding, _) => format!("{finding:?}").to_lowercase(),
        };
        let more = verdict.evidence_total - verdict.evidence.len() as u64;
        let more = (more > 0).then(|| format!("- and {more} more"));
        let head = [
            format!("= {finding}, figure {}", verdict.figure),
            format!("= {}", verdict.headline),
            format!("= {}", verdict.detail),
        ];
        let evidence = verdict.evidence.iter().map(|piece| format!("- {} {}", piece.at, piece.text));
        head.into_iter().chain(evidence).chain(more).collect()
    }
}

/// The records of one line.
fn records(line: &str) -> Vec<(Time, Record)> {
    let (when, what) = line.split_once(' ').unwrap_or_else(|| panic!("no moment in `{line}`"));
    let (range, step) = when.split_once('/').unwrap_or((when, "1"));
    let (from, to) = range.split_once("..").unwrap_or((range, range));
    let moments = (number(from)..=number(to)).step_by(number(step) as usize);
    moments.enumerate().map(|(nth, ms)| (Time::ZERO + Span::from_millis(ms), record(what, nth as u64))).collect()
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is not a number"))
}

fn version(text: &str, nth: u64) -> u64 {
    let (text, nth) = text.strip_suffix('+').map_or((text, 0), |text| (text, nth));
    let (term, index) = text.split_once('.').unwrap_or(("0", text));
    (number(term) << 40) + number(index) + nth
}

/// The `nth` record that `what` stands for.
fn record(what: &str, nth: u64) -> Record {
    let words: Vec<&str> = what.split(' ').collect();
    let word = |place: usize| *words.get(place).unwrap_or_else(|| panic!("`{what}` ends too soon"));
    let n = |place: usize| number(word(place));
    let v = |place: usize| version(word(place), nth);
    let member = || n(1) as u16;
    match word(0) {
        "acknowledged" => {
            let write = v(2) & ((1 << 40) - 1);
            Record::Acknowledged { store: 0, member: member(), key: write % 10, version: v(2), write }
        }
        "held" => Record::Held { store: 0, member: member(), version: v(2) },
        "promoted" => Record::Promoted { store: 0, member: member(), term: n(2), version: v(3) },
        "discarded" => Record::Discarded { store: 0, member: member(), from: v(2), to: v(3) },
        "wrote" => Record::Wrote { store: 0, key: n(1), version: v(2), write: v(2) },
        "read" => Record::Read { store: 0, key: n(1), version: v(2), began: Time::ZERO + Span::from_millis(n(3)) },
        "answered" => Record::Answered { client: 0, op: 0, status: status(word(1)), latency: Span::from_millis(n(2)) },
        "admitted" => Record::Admitted { limiter: 0, budget: n(1) as u32, window: Span::from_millis(n(2)) },
        "resized" => {
            let (members, ideal) = (n(1) as u16, n(5) as u32);
            Record::Resized { store: 0, members, moved: n(2), astray: n(3), total: n(4), ideal }
        }
        "queued" => Record::Queued { queue: 0, message: n(1), copies: n(2) as u32 },
        "delivered" => Record::Delivered { queue: 0, message: n(1) },
        "dropped" => Record::Dropped { queue: 0, message: n(1) },
        "granted" => Record::Granted { lock: 0, key: n(1), holder: n(2), token: n(3) },
        "released" => Record::Released { lock: 0, key: n(1), holder: n(2), token: n(3) },
        "guarded" => Record::Guarded { lock: 0, key: n(1), token: n(2) },
        "applied" => Record::Applied { store: 0, member: member(), key: n(2), write: n(3) },
        "undone" => Record::Undone { store: 0, member: member(), key: n(2), write: n(3) },
        "copied" => Record::Copied { store: 0, member: member(), key: n(2), version: v(3) },
        "troubled" => Record::Troubled { store: 0, troubles: n(1) as u16 },
        "overwritten" => {
            let (key, version, kept) = (n(2), v(3), v(4));
            Record::Overwritten { store: 0, member: member(), key, version, write: version, kept }
        }
        other => panic!("no record is called `{other}`"),
    }
}

fn status(name: &str) -> Status {
    use Status::{Failed, Limited, Missing, Ok, Overloaded, TimedOut, Unavailable};
    let all = [Ok, Missing, Limited, Overloaded, Unavailable, TimedOut, Failed];
    *all.iter()
        .find(|status| status.name().replace(' ', "-") == name)
        .unwrap_or_else(|| panic!("no status is called `{name}`"))
}
