//! What a chart shows: which lines it has, what they are called, and their value in each window.

use crate::paint::Ink;
use scenario::KindSpec;
use session::Series;

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

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// What it is called.
    pub label: String,
    /// Its colour.
    pub ink: Ink,
    /// How strong its colour is; lines of one colour differ in this.
    pub alpha: f64,
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

impl Subject {
    /// What it is called.
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

    /// The unit of its values; empty for bare numbers. That of a rate says how many requests one stands for.
    #[must_use]
    pub fn unit(&self, series: &Series) -> String {
        match self {
            Subject::Throughput | Subject::Errors => series.weight.unit("/s"),
            Subject::Latency => "ms".to_string(),
            Subject::Load => String::new(),
            Subject::Gauge { unit, .. } => unit.clone(),
        }
    }

    /// What its value axis is called, when `unit` is what its numbers are written in.
    pub(super) fn axis(&self, unit: &str) -> String {
        match self {
            Subject::Throughput => format!("requests{unit}"),
            Subject::Errors => format!("errors{unit}"),
            Subject::Load => "requests".to_string(),
            Subject::Latency | Subject::Gauge { .. } => unit.to_string(),
        }
    }

    /// Its lines; the last is drawn on top.
    pub(super) fn lines(&self) -> Vec<Line> {
        let line = |label: &str, ink, alpha| Line { label: label.to_string(), ink, alpha };
        match self {
            Subject::Throughput => vec![line("ok", Ink::Ok, 1.0), line("bad", Ink::Bad, 1.0)],
            Subject::Latency => {
                vec![line("p50", Ink::Read, 0.4), line("p95", Ink::Read, 0.68), line("p99", Ink::Read, 1.0)]
            }
            Subject::Errors => {
                vec![line("refused", Ink::Slow, 1.0), line("timed out", Ink::Tint4, 1.0), line("failed", Ink::Bad, 1.0)]
            }
            Subject::Load => vec![line("waiting", Ink::Slow, 1.0), line("busy", Ink::Ok, 1.0)],
            Subject::Gauge { title, .. } => vec![line(title, Ink::Read, 1.0)],
        }
    }

    /// The value of line `line` in window `window`; `None` when there is nothing to read.
    pub(super) fn value(&self, series: &Series, line: usize, window: usize) -> Option<f64> {
        let each_second = |count: u64| count as f64 / series.window.as_secs_f64().max(1e-9);
        let value = match self {
            Subject::Gauge { place, .. } => (*series.gauges.get(*place)?.get(window)?)?,
            _ => {
                let sample = series.samples.get(window)?;
                let count = &sample.count;
                match (self, line) {
                    (Subject::Throughput, 0) => each_second(count.ok),
                    (Subject::Throughput, _) => each_second(count.bad()),
                    (Subject::Errors, 0) => each_second(count.refused),
                    (Subject::Errors, 1) => each_second(count.timed_out),
                    (Subject::Errors, _) => each_second(count.failed),
                    (Subject::Load, 0) => sample.waiting,
                    (Subject::Load, _) => sample.busy,
                    (_, place) => {
                        let percentile = [sample.p50, sample.p95, sample.p99][place.min(2)];
                        // Zero means that nobody was answered, not that somebody was answered at once.
                        (percentile.0 > 0).then(|| percentile.as_millis_f64())?
                    }
                }
            }
        };
        value.is_finite().then_some(value)
    }

    /// How many windows there are.
    pub(super) fn windows(&self, series: &Series) -> usize {
        match self {
            Subject::Gauge { place, .. } => series.gauges.get(*place).map_or(0, Vec::len),
            _ => series.samples.len(),
        }
    }

    /// Where in a window its value belongs: gauges are read at the end, counts cover all of it.
    pub(super) fn place_in_window(&self) -> f64 {
        if matches!(self, Subject::Gauge { .. }) { 1.0 } else { 0.5 }
    }
}
