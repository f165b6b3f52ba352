//! One run: the plant, its judges, the course of its readings, and the checkpoints from which any moment can be reached again.
//!
//! Readings and happenings are only ever appended, and a moment has the same ones whenever it is reached; so a checkpoint holds
//! their number, and going back cuts them off.

use crate::history::Recent;
use base::{Span, Time};
use catalog::Plant;
use check::Panel;
use scenario::Scenario;
use sim::Budget;
use trace::{Count, Record, Sample};

/// A run with its past.
pub(crate) struct Run {
    pub plant: Plant,
    pub panel: Panel,
    /// Length of a window of the series.
    pub window: Span,
    /// Windows that are complete.
    windows: u64,
    /// For each box and then each wire, its windows.
    pub series: Vec<Vec<Sample>>,
    /// For each box, the readings at the end of each window.
    pub gauges: Vec<Vec<Vec<Option<f64>>>>,
    /// What a person may want to read one by one.
    pub log: Vec<(Time, Record)>,
    /// The last of what is not in the log, for each box.
    pub recent: Recent,
    pub length: Time,
    checkpoints: Vec<Checkpoint>,
    /// The box, and the member, that somebody looks into.
    watched: Option<(usize, Option<u8>)>,
    /// Whether what was decided there is known from long enough ago.
    is_past_known: bool,
    spacing: Span,
    fresh: Vec<Sample>,
}

struct Checkpoint {
    at: Time,
    plant: Plant,
    panel: Panel,
    windows: u64,
    log: usize,
    recent: Recent,
}

/// Windows in a run: as many points as a chart can show.
const WINDOWS: u64 = 600;
/// Checkpoints in a run: going anywhere costs at most a 30th of it.
const CHECKPOINTS: u64 = 30;
/// Most events made again to learn what was decided before somebody looked: a moment of the reader's time.
const RECALLED_MAX: u64 = 400_000;
/// Events made at a time while records that nobody reads are forgotten.
const RECALLED_STEP: u32 = 50_000;
/// Most happenings kept for reading.
const LOG_MAX: usize = 5_000;

impl Run {
    /// The run of `scenario`, at its start.
    ///
    /// # Errors
    /// A sentence when it cannot be built.
    pub fn new(scenario: &Scenario) -> Result<Run, String> {
        let plant = Plant::build(scenario)?;
        let panel = Panel::new(plant.checks());
        let things = scenario.boxes.len() + scenario.wires.len();
        let window = nice(Span(scenario.length.0 / WINDOWS));
        let mut run = Run {
            plant,
            panel,
            window,
            windows: 0,
            series: vec![Vec::new(); things],
            gauges: vec![Vec::new(); scenario.boxes.len()],
            log: Vec::new(),
            recent: Recent::of(scenario.boxes.len()),
            length: Time::ZERO + scenario.length,
            checkpoints: Vec::new(),
            watched: None,
            is_past_known: false,
            spacing: Span((scenario.length.0 / CHECKPOINTS).max(window.0)),
            fresh: Vec::new(),
        };
        run.digest_records();
        run.checkpoint();
        Ok(run)
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.plant.now()
    }

    /// Runs on towards `goal`, at most `events_max` events. True when that was not enough.
    ///
    /// # Errors
    /// The budget that was exceeded.
    pub fn advance(&mut self, goal: Time, events_max: u32) -> Result<bool, Budget> {
        let goal = goal.min(self.length);
        let mut left = events_max;
        while self.now() < goal {
            let boundary = Time::ZERO + Span(self.window.0 * (self.windows + 1));
            let progress = self.plant.run_before(goal.min(boundary), left)?;
            left -= progress.events.min(left);
            self.digest_records();
            if progress.more {
                return Ok(true);
            }
            if self.now() == boundary {
                self.close_window();
            }
            if left == 0 {
                return Ok(self.now() < goal);
            }
        }
        Ok(false)
    }

    /// Shows the new records to the judges and keeps those that a person may read.
    fn digest_records(&mut self) {
        let records = self.plant.records();
        self.panel.observe_all(records);
        for &(at, record) in records {
            if !record.is_notable() {
                self.recent.take(at, record);
            } else if self.log.len() < LOG_MAX {
                self.log.push((at, record));
            }
        }
        self.plant.clear_records();
    }

    fn close_window(&mut self) {
        self.windows += 1;
        let mut fresh = std::mem::take(&mut self.fresh);
        self.plant.sample(&mut fresh);
        for (series, sample) in self.series.iter_mut().zip(&fresh) {
            series.push(*sample);
        }
        let recent: Vec<(Sample, Span)> = (0..self.gauges.len()).map(|place| self.recent(place)).collect();
        for (place, (course, (sample, span))) in self.gauges.iter_mut().zip(&recent).enumerate() {
            let readings = self.plant.gauges(place, sample, *span);
            course.resize(course.len().max(readings.len()), Vec::new());
            for (gauge, reading) in course.iter_mut().zip(readings) {
                gauge.push(reading);
            }
        }
        self.fresh = fresh;
        let due = self.checkpoints.last().is_none_or(|last| self.now().since(last.at) >= self.spacing);
        if due {
            self.checkpoint();
        }
    }

    fn checkpoint(&mut self) {
        self.checkpoints.push(Checkpoint {
            at: self.now(),
            plant: {
                let mut plant = self.plant.clone();
                plant.unwatch();
                plant
            },
            panel: self.panel.clone(),
            windows: self.windows,
            log: self.log.len(),
            recent: self.recent.clone(),
        });
    }

    /// Goes back to the last checkpoint at or before `to`.
    pub fn rewind(&mut self, to: Time, scenario: &Scenario) {
        let at = self.checkpoints.partition_point(|checkpoint| checkpoint.at <= to).max(1) - 1;
        let Some(checkpoint) = self.checkpoints.get(at) else { return };
        self.plant = checkpoint.plant.clone();
        self.panel = checkpoint.panel.clone();
        self.recent = checkpoint.recent.clone();
        let (windows, log) = (checkpoint.windows, checkpoint.log);
        self.windows = windows;
        self.series.iter_mut().for_each(|series| series.truncate(windows as usize));
        self.gauges.iter_mut().flatten().for_each(|gauge| gauge.truncate(windows as usize));
        self.log.truncate(log);
        self.plant.set_moments(scenario);
        self.is_past_known = false;
        if let Some((place, number)) = self.watched {
            self.plant.watch(place, number);
        }
    }

    /// Somebody looks into a box or a member, or does no more. What is decided is kept from now on.
    pub fn look_into(&mut self, whom: Option<(usize, Option<u8>)>) {
        if self.watched == whom {
            return;
        }
        (self.watched, self.is_past_known) = (whom, false);
        match whom {
            Some((place, number)) => self.plant.watch(place, number),
            None => self.plant.unwatch(),
        }
    }

    /// The box, and the member, that somebody looks into.
    pub fn looked_into(&self) -> Option<(usize, Option<u8>)> {
        self.watched
    }

    /// Finds out what was decided before somebody looked: runs copies from earlier checkpoints up to the present moment, until as much
    /// is known as is ever kept, or so many events were made again. The run itself stays as it is.
    pub fn recall(&mut self, scenario: &Scenario) {
        let Some((place, number)) = self.watched.filter(|_| !self.is_past_known) else { return };
        self.is_past_known = true;
        let (now, events) = (self.now(), self.plant.events());
        let mut left = RECALLED_MAX;
        for checkpoint in self.checkpoints.iter().rev().filter(|checkpoint| checkpoint.at <= now) {
            let again = events.saturating_sub(checkpoint.plant.events());
            if self.plant.is_watch_full() || again > left {
                return;
            }
            left -= again;
            let mut past = checkpoint.plant.clone();
            past.set_moments(scenario);
            past.watch(place, number);
            if come_to(&mut past, now, events).is_ok() && past.decisions().len() > self.plant.decisions().len() {
                self.plant.take_decisions(&past);
            }
        }
    }

    /// Forgets the checkpoints after `at`, because something that happens then has changed.
    pub fn forget_after(&mut self, at: Time) {
        self.checkpoints.retain(|checkpoint| checkpoint.at <= at);
    }

    /// What was counted at a box (by place) or wire (by number of boxes plus place) in the last second, and how long that really
    /// is: complete windows, at least one. A single short window would make every rate jump. Latencies cannot be put together; they
    /// are those of the newest window in which anything was answered.
    pub fn recent(&self, thing: usize) -> (Sample, Span) {
        let series = self.series.get(thing).map_or(&[][..], Vec::as_slice);
        let windows = (Span::from_secs(1).0 / self.window.0.max(1)).max(1) as usize;
        let recent = &series[series.len().saturating_sub(windows)..];
        let Some(newest) = recent.last() else { return (Sample::default(), self.window) };
        let answered = recent.iter().rev().find(|sample| sample.count.ok > 0).unwrap_or(newest);
        let mean = |of: fn(&Sample) -> f64| recent.iter().map(of).sum::<f64>() / recent.len() as f64;
        let sample = Sample {
            count: recent.iter().fold(Count::default(), |sum, sample| sum + sample.count),
            waiting: mean(|sample| sample.waiting),
            busy: mean(|sample| sample.busy),
            ..*answered
        };
        (sample, Span(self.window.0 * recent.len() as u64))
    }
}

/// Runs a plant to where another stood at `now` after so many events.
fn come_to(plant: &mut Plant, now: Time, events: u64) -> Result<(), Budget> {
    while plant.run_before(now, RECALLED_STEP)?.more {
        plant.clear_records();
    }
    // The other may stand in the middle of the moment.
    while plant.events() < events && plant.run_before(now + Span(1), 1)?.events > 0 {}
    Ok(())
}

/// The next of 1, 2, 5, 10 and so on at or above `span`, from 10 ms on: windows a person can name.
fn nice(span: Span) -> Span {
    let decades = (0..).map(|power| 10u64.saturating_pow(7 + power));
    decades
        .flat_map(|decade| [1, 2, 5].map(|step| Span(decade.saturating_mul(step))))
        .find(|size| *size >= span)
        .unwrap_or(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recent_is_the_last_second_in_whole_windows() {
        let scenario = scenario::file::read(include_str!("../../../static/scenarios/newsfeed.json"), catalog::schema());
        let mut run = Run::new(&scenario.expect("a scenario of the library")).expect("it runs");
        assert_eq!(run.recent(0), (Sample::default(), run.window), "nothing has been measured");
        while run.advance(Time(1_550_000_000), 100_000).expect("within all budgets") {}
        let (sample, span) = run.recent(0);
        assert_eq!(span, Span::from_secs(1));
        let windows = &run.series[0][5..15];
        assert_eq!(sample.count.arrived, windows.iter().map(|window| window.count.arrived).sum::<u64>());
        assert_eq!(sample.p99, windows[9].p99);
    }

    #[test]
    fn a_window_is_a_length_a_person_can_name() {
        let of = |ms| nice(Span::from_millis(ms)).0 / 1_000_000;
        assert_eq!(
            [0, 10, 11, 20, 21, 50, 99, 100, 101, 150, 600].map(of),
            [10, 10, 20, 20, 50, 50, 100, 100, 200, 200, 1_000]
        );
    }
}
