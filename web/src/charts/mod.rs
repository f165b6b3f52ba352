//! Charts of what was selected, over the whole run so far: throughput, latency, errors, load, gauges.
//!
//! A [`Subject`] says what is drawn; [`subjects`] chooses them for a selection. [`draw`] paints one onto its canvas, [`table`] gives
//! the same as a table, [`reading`] the values at one moment. Cost of a picture: O(samples), at most two points for each
//! column of pixels.

use crate::paint::{Table, Theme, number::Reading};
use base::{Span, Time};
use scenario::KindSpec;
use session::{Mark, Series};
use web_sys::HtmlCanvasElement;

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Answered as wanted, and not, each second.
    Throughput,
    /// Percentiles of latency.
    Latency,
    /// What ended badly, by how.
    Errors,
    /// Those waiting and those in service, on average.
    Load,
    /// One of the gauges of the kind, by its place.
    Gauge {
        /// Its place in the kind's list.
        place: usize,
        /// Its name on screen.
        title: String,
        /// Its unit.
        unit: String,
    },
}

/// A named value at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its name: `p99`.
    pub label: String,
    /// What it is; a dash while there is nothing to read.
    pub reading: Reading,
}

/// How a chart is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The moment.
    pub now: Time,
    /// When the run ends: the right edge.
    pub length: Span,
    /// Faults and actions; what lasts is shaded.
    pub marks: &'a [Mark],
    /// The moment under the pointer.
    pub hover: Option<Time>,
    /// The colours.
    pub theme: &'a Theme,
    /// Size in CSS pixels.
    pub size: (f64, f64),
    /// Device pixels for each CSS pixel.
    pub dpr: f64,
}

impl Subject {
    /// What it says above the chart: `Latency p50 · p95 · p99`.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Subject::Throughput => "Throughput".to_string(),
            Subject::Latency => "Latency".to_string(),
            Subject::Errors => "Errors".to_string(),
            Subject::Load => "Load".to_string(),
            Subject::Gauge { title, .. } => title.clone(),
        }
    }
}

/// What to chart for a box of this kind; `None` is a wire or the whole design.
#[must_use]
pub fn subjects(kind: Option<&KindSpec>) -> Vec<Subject> {
    let mut all = vec![Subject::Throughput, Subject::Latency];
    if let Some(kind) = kind {
        all.extend(kind.gauges.iter().enumerate().map(|(place, gauge)| Subject::Gauge {
            place,
            title: gauge.title.to_string(),
            unit: gauge.unit.to_string(),
        }));
    }
    all.extend([Subject::Errors, Subject::Load]);
    all
}

/// Paints the chart over all of its canvas, which it makes `size × dpr` device pixels large.
pub fn draw(_canvas: &HtmlCanvasElement, _series: &Series, _subject: &Subject, _look: &Look<'_>) {}

/// The moment at `x` CSS pixels from the left edge of a chart; `None` beside the plot.
#[must_use]
pub fn moment_at(_x: f64, _look: &Look<'_>) -> Option<Time> {
    None
}

/// All of it as a table, oldest first.
#[must_use]
pub fn table(_series: &Series, _subject: &Subject) -> Table {
    Table::default()
}

/// The values in the window that holds `at`.
#[must_use]
pub fn reading(_series: &Series, _subject: &Subject, _at: Time) -> Vec<Value> {
    Vec::new()
}
