//! Charts in words and numbers: all of one as a table, and its values at one moment.

use super::subject::Subject;
use crate::paint::Table;
use crate::paint::number::{self, Reading};
use base::{Span, Time};
use session::Series;

/// Most rows of a table; longer runs show several windows in a row.
pub(super) const ROWS_MAX: usize = 240;

/// A named value at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its name: `p99`.
    pub label: String,
    /// What it is; a dash while there is nothing to read.
    pub reading: Reading,
}

/// All of it as a table, oldest first. When a run has too many windows, each row covers several and shows the largest of each
/// line, and its head says so.
#[must_use]
pub fn table(series: &Series, subject: &Subject) -> Table {
    let windows = subject.windows(series);
    let in_row = windows.div_ceil(ROWS_MAX).max(1);
    let lines = subject.lines();
    let largest = if in_row > 1 { ", largest" } else { "" };
    let unit = subject.axis(&subject.unit(series));
    let head =
        |label: &str| if unit.is_empty() { format!("{label}{largest}") } else { format!("{label}, {unit}{largest}") };
    let mut table = Table { head: vec!["From".to_string(), "For".to_string()], rows: Vec::new() };
    table.head.extend(lines.iter().map(|line| head(&line.label)));
    for start in (0..windows).step_by(in_row) {
        let end = (start + in_row).min(windows);
        let from = Time(series.window.0.saturating_mul(start as u64));
        let mut row = vec![from.to_string(), number::span(Span(series.window.0.saturating_mul((end - start) as u64)))];
        for line in 0..lines.len() {
            let most = (start..end).filter_map(|at| subject.value(series, line, at)).reduce(f64::max);
            row.push(most.map_or("–".to_string(), number::count));
        }
        table.rows.push(row);
    }
    table
}

/// The values in the window that holds `at`; dashes where there is none.
#[must_use]
pub fn reading(series: &Series, subject: &Subject, at: Time) -> Vec<Value> {
    let window = at.0.checked_div(series.window.0).and_then(|window| usize::try_from(window).ok());
    let read = |line: usize| {
        let value = window.and_then(|window| subject.value(series, line, window));
        value.map_or(Reading { value: "–".to_string(), unit: String::new() }, |value| {
            number::reading(value, &subject.unit(series))
        })
    };
    subject.lines().into_iter().enumerate().map(|(at, line)| Value { label: line.label, reading: read(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::subjects;
    use trace::{Count, Sample};

    fn series(windows: usize) -> Series {
        let sample = |at: usize| Sample {
            count: Count { arrived: 12, ok: 10, refused: 1, timed_out: 0, failed: 1 },
            p50: Span::from_millis(9),
            p95: Span::from_millis(21),
            p99: Span::from_millis(if at == 777 { 5_000 } else { 38 }),
            waiting: 2.5,
            busy: f64::NAN,
        };
        Series {
            weight: scenario::Weight::ONE,
            window: Span::from_millis(100),
            samples: (0..windows).map(sample).collect(),
            gauges: vec![(0..windows).map(|at| (at > 0).then_some(at as f64)).collect()],
        }
    }

    fn all() -> Vec<Subject> {
        let mut all = subjects(None);
        all.push(Subject::Gauge { place: 0, title: "Behind".into(), unit: "entries".into() });
        all.push(Subject::Gauge { place: 9, title: "Unknown".into(), unit: String::new() });
        all
    }

    #[test]
    fn tables_are_whole_and_never_endless() {
        for (subject, windows) in all().iter().flat_map(|subject| [0, 1, 300, 10_000].map(|windows| (subject, windows)))
        {
            let table = table(&series(windows), subject);
            assert!(table.rows.len() <= ROWS_MAX, "{subject:?}");
            assert!(table.rows.iter().all(|row| row.len() == table.head.len()), "{subject:?}");
            assert!(!table.rows.concat().iter().any(|cell| cell.contains("NaN")), "{subject:?}");
        }
    }

    #[test]
    fn a_row_of_many_windows_shows_the_worst_of_them_and_says_so() {
        let table = table(&series(2_400), &Subject::Latency);
        assert!(table.head[4].contains("p99, ms, largest"), "{:?}", table.head);
        assert_eq!(table.rows[77], ["01:17.000", "1 s", "9", "21", "5,000"]);
    }

    #[test]
    fn a_reading_is_of_the_window_that_holds_the_moment() {
        let read = |subject: &Subject, at: u64| {
            let values = reading(&series(3), subject, Time(at * 1_000_000));
            values.iter().map(|v| format!("{} {}", v.label, v.reading.joined())).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(read(&Subject::Throughput, 150), "ok 100/s, bad 20/s");
        assert_eq!(read(&Subject::Latency, 299), "p50 9 ms, p95 21 ms, p99 38 ms");
        assert_eq!(read(&Subject::Latency, 300), "p50 –, p95 –, p99 –");
        assert_eq!(read(&Subject::Load, 0), "waiting 2.5, busy –");
        assert_eq!(read(&all()[4], 0), "Behind –");
        assert_eq!(read(&all()[4], 250), "Behind 2 entries");
        assert!(reading(&Series::default(), &Subject::Load, Time(5)).iter().all(|v| v.reading.value == "–"));
    }
}
