//! What a monitor knows of one target: series of what has ended and ended badly, a sketch of latencies, and its alert.

use super::Condition;
use base::{Span, Time};
use sketch::DdSketch;
use std::collections::VecDeque;
use storage::series::{Series, SeriesConfig};
use telemetry::Alert;

/// How far back anything is asked for.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Retention {
    pub interval: Span,
    pub longest: Span,
    /// The window of latencies.
    pub window: Span,
}

/// What the rules last saw.
#[derive(Clone, Copy, Default)]
pub(super) struct Reading {
    pub share: Option<f64>,
    pub burn: Option<f64>,
    pub p99_ms: Option<f64>,
}

/// One target.
#[derive(Clone)]
pub(super) struct Watched {
    pub alert: Alert,
    pub reading: Reading,
    retention: Retention,
    /// What had ended, and what of it badly, at each look.
    ended: Series,
    bad: Series,
    latest: (u64, u64),
    /// When the last question that has been heard of was sent, how many have been answered, and whether the last was.
    heard: Option<Time>,
    answers: u64,
    is_up: bool,
    /// Points since the series were last tidied up.
    fresh: u32,
    /// Latencies by parts of the window, in milliseconds.
    latencies: VecDeque<(Time, DdSketch)>,
}

/// Points in a chunk, as in Prometheus.
const CHUNK: u64 = 120;
/// Parts of the window of latencies: what is too old goes a part at a time.
const PARTS: u64 = 12;
/// A quantile of latencies is so near to the true one.
const ALPHA: f64 = 0.01;
const BARS_MAX: u64 = 2_048;

impl Retention {
    fn series(&self) -> Series {
        let chunk = Span((self.interval.0 * CHUNK).max(1));
        let chunks = |count: u64| Span(chunk.0 * count);
        let retain_for = self.longest + chunks(2);
        let config = SeriesConfig {
            chunk,
            compress_after: chunk,
            retain_for,
            bucket: chunk,
            start_offset: chunks(3),
            end_offset: chunks(1),
        };
        Series::new(config).unwrap_or_else(|why| unreachable!("the spans are derived from each other: {why}"))
    }
}

impl Watched {
    pub fn new(retention: Retention, hold: Span, keep: Span) -> Watched {
        Watched {
            alert: Alert::new(hold, keep),
            reading: Reading::default(),
            ended: retention.series(),
            bad: retention.series(),
            retention,
            latest: (0, 0),
            heard: None,
            answers: 0,
            is_up: true,
            fresh: 0,
            latencies: VecDeque::new(),
        }
    }

    /// Goes on by other rules. Where they look back by other steps, what is known is forgotten.
    pub fn retune(&mut self, retention: Retention, hold: Span, keep: Span) {
        self.alert.retune(hold, keep);
        if retention != self.retention {
            let alert = self.alert;
            *self = Watched { alert, latest: self.latest, answers: self.answers, ..Watched::new(retention, hold, keep) };
        }
    }

    /// Loses what is not on disk: the alert and the latencies.
    pub fn forget(&mut self, now: Time, hold: Span, keep: Span) {
        self.alert = Alert::new(hold, keep);
        self.heard = Some(now);
        self.latencies.clear();
    }

    /// A question sent at `sent` was answered with how many have ended and how many badly, or was not answered. False when one that
    /// was sent later has been heard of.
    pub fn answered(&mut self, sent: Time, counts: Option<(u64, u64)>) -> bool {
        if self.heard.is_some_and(|heard| heard > sent) {
            return false;
        }
        self.heard = Some(sent);
        self.is_up = counts.is_some();
        if let Some((ended, bad)) = counts {
            // Earlier questions of this monitor are among what has ended; they are no requests.
            self.latest = (ended.saturating_sub(self.answers).max(self.latest.0), bad.max(self.latest.1));
            self.answers += 1;
        }
        true
    }

    /// A request of the monitor's own has ended.
    pub fn probed(&mut self, now: Time, took: Span, is_ok: bool) {
        self.is_up = is_ok;
        self.latest = (self.latest.0 + 1, self.latest.1 + u64::from(!is_ok));
        let part = Span((self.retention.window.0 / PARTS).max(1));
        if self.latencies.back().is_none_or(|(begun, _)| now.since(*begun) >= part)
            && let Ok(fresh) = DdSketch::new(ALPHA, BARS_MAX)
        {
            self.latencies.push_back((now, fresh));
        }
        if let Some((_, sketch)) = self.latencies.back_mut() {
            // A length of time is never negative.
            let _ = sketch.add(took.as_millis_f64());
        }
    }

    /// Keeps what is known as points at `now`.
    pub fn keep(&mut self, now: Time) {
        self.ended.insert(now, self.latest.0 as f64);
        self.bad.insert(now, self.latest.1 as f64);
        self.fresh += 1;
        if u64::from(self.fresh) >= CHUNK {
            self.fresh = 0;
            self.ended.maintain(now);
            self.bad.maintain(now);
        }
        let window = self.retention.window;
        while self.latencies.front().is_some_and(|(begun, _)| now.since(*begun) > window) {
            self.latencies.pop_front();
        }
    }

    /// The value of a series at the last point that is not later than `at`; 0 before the first.
    fn value(&self, series: &Series, at: Time) -> f64 {
        let near = Time(at.0.saturating_sub(2 * self.retention.interval.0));
        let last = |from: Time| series.range(from, at + Span(1)).last().map(|(_, value)| *value);
        // A look may have been missed: then one further back is searched for.
        last(near).or_else(|| last(Time(at.0.saturating_sub(self.retention.longest.0)))).unwrap_or(0.0)
    }

    /// Which share of what ended in the `window` before `now` ended badly; `None` when nothing did.
    fn share(&self, now: Time, window: Span) -> Option<f64> {
        let begin = Time(now.0.saturating_sub(window.0));
        let [ended, bad] = [(&self.ended, self.latest.0), (&self.bad, self.latest.1)]
            .map(|(series, latest)| latest as f64 - self.value(series, begin));
        (ended > 0.0).then(|| (bad / ended).clamp(0.0, 1.0))
    }

    fn p99_ms(&self) -> Option<f64> {
        let mut parts = self.latencies.iter();
        let mut whole = parts.next()?.1.clone();
        for (_, part) in parts {
            let _ = whole.merge(part);
        }
        whole.quantile(0.99)
    }

    /// Whether a condition holds now.
    pub fn holds(&mut self, now: Time, condition: &Condition) -> bool {
        let mut reading = Reading { p99_ms: self.p99_ms(), ..Reading::default() };
        let holds = match condition {
            Condition::Errors(most, window) => {
                reading.share = self.share(now, *window);
                reading.share.is_some_and(|share| share > *most)
            }
            Condition::Burn(rule) => {
                reading.share = rule.pairs().first().and_then(|pair| self.share(now, pair.long));
                reading.burn = reading.share.map(|share| rule.rate(share));
                rule.breached(|window| self.share(now, window)).is_some()
            }
            Condition::Slow(most, window) => {
                reading.share = self.share(now, *window);
                reading.p99_ms.is_some_and(|p99| p99 > *most)
            }
            Condition::Down => !self.is_up,
        };
        self.reading = reading;
        holds
    }

    /// Bytes of the series.
    pub fn bytes(&self) -> u64 {
        self.ended.bytes() + self.bad.bytes()
    }
}
