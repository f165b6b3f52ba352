//! A run in figures, for a terminal or another program.

use crate::{LogLine, Session};
use base::{Span, Time};
use check::Verdict;
use serde::Serialize;
use trace::{Count, Meter};

/// A run so far, in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Title of the design.
    pub title: String,
    /// Its seed.
    pub seed: u64,
    /// How many real requests one simulated stands for: every rate and count here is of simulated ones.
    pub weight: u32,
    /// How long the run lasts, in nanoseconds.
    pub length: Span,
    /// How far the run is, in nanoseconds.
    pub now: Time,
    /// Why it goes no further, when a budget stopped it.
    pub stopped: Option<String>,
    /// Events of the kernel.
    pub events: u64,
    /// The digest, in hexadecimal.
    pub digest: String,
    /// One for each box.
    pub boxes: Vec<BoxReport>,
    /// One for each wire.
    pub wires: Vec<WireReport>,
    /// What the checks say.
    pub verdicts: Vec<Verdict>,
    /// What happened that a person may want to read one by one, oldest first.
    pub happenings: Vec<LogLine>,
}

/// A box in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoxReport {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// Its kind's readings by name.
    pub gauges: Vec<(String, Option<f64>)>,
}

/// A wire in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WireReport {
    /// `from>to`.
    pub wire: String,
    /// What its caller does about failure, and how often it did, in words.
    pub policy: Vec<String>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What is counted alike on boxes and wires.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// How many ended how.
    pub count: Count,
    /// Arrivals a second of virtual time.
    pub rate: f64,
    /// Latency of those answered as wanted, in milliseconds; absent when there was none.
    pub p50_ms: Option<f64>,
    /// Latency that 95% did not exceed.
    pub p95_ms: Option<f64>,
    /// Latency that 99% did not exceed.
    pub p99_ms: Option<f64>,
    /// Those waiting now.
    pub waiting: u32,
    /// Those in service now.
    pub busy: u32,
    /// Time average of those waiting.
    pub waiting_average: f64,
    /// Time average of those in service.
    pub busy_average: f64,
}

impl Figures {
    fn of(meter: &Meter, now: Time) -> Figures {
        let quantile = |q| meter.quantile(q).map(Span::as_millis_f64);
        let ((waiting, busy), (waiting_average, busy_average)) = (meter.load(), meter.averages(now));
        let rate = if now == Time::ZERO { 0.0 } else { meter.count.arrived as f64 / now.as_secs_f64() };
        let (p50_ms, p95_ms, p99_ms) = (quantile(0.5), quantile(0.95), quantile(0.99));
        Figures { count: meter.count, rate, p50_ms, p95_ms, p99_ms, waiting, busy, waiting_average, busy_average }
    }
}

impl Session {
    /// The run so far in figures.
    ///
    /// # Errors
    /// Why there is no run.
    pub fn report(&self) -> Result<Report, String> {
        let run = self.run.as_ref().map_err(Clone::clone)?;
        let (now, plant) = (run.now(), &run.plant);
        let boxes = self.scenario.boxes.iter().enumerate().map(|(place, placed)| {
            let (sample, span) = run.recent(place);
            let readings = plant.gauges(place, &sample, span);
            let specs = catalog::schema().kind(&placed.kind).map_or(&[][..], |kind| &kind.gauges);
            BoxReport {
                id: placed.id.clone(),
                kind: placed.kind.clone(),
                figures: Figures::of(plant.meter(place), now),
                gauges: specs.iter().map(|spec| spec.name.to_string()).zip(readings).collect(),
            }
        });
        let wires = self.scenario.wires.iter().enumerate().map(|(at, wire)| WireReport {
            wire: wire.ends.to_string(),
            policy: crate::describe::policy(plant, at),
            figures: Figures::of(plant.wire_meter(at), now),
        });
        Ok(Report {
            title: self.scenario.title.clone(),
            seed: self.scenario.seed,
            weight: self.scenario.weight.0,
            length: self.scenario.length,
            now,
            stopped: self.stopped.clone(),
            events: plant.events(),
            digest: format!("{:016x}", plant.digest()),
            boxes: boxes.collect(),
            wires: wires.collect(),
            verdicts: run.panel.verdicts(now, &plant.names(&self.scenario)),
            happenings: self.log_lines(run, usize::MAX),
        })
    }
}
