//! The share of a client's requests that are answered as wanted, over the run so far, against a bound in percent.
//!
//! What may fail is the *error budget* (Beyer et al., *Site Reliability Engineering*, 2016, chapter 3): 100% less the bound. It can
//! heal as more requests succeed; `broken_at` is when the present breach began. The evidence is the first failures.

use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::{Span, Time};
use trace::{Record, Status};

/// Statuses that are failures, in the order in which they are told.
const FAILURES: [Status; 5] =
    [Status::TimedOut, Status::Unavailable, Status::Overloaded, Status::Limited, Status::Failed];

/// One request that failed.
#[derive(Clone, Copy, Debug)]
struct Failure {
    at: Time,
    status: Status,
    latency: Span,
}

/// What happened within one second of the run.
#[derive(Clone, Copy, Debug, Default)]
struct Second {
    number: u64,
    failed: u64,
    total: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Availability {
    /// In percent.
    bound: f64,
    total: u64,
    failed: u64,
    by_status: [u64; FAILURES.len()],
    breach: Option<Time>,
    first: Vec<Failure>,
    second: Second,
    worst: Second,
}

impl Availability {
    fn fail(&mut self, failure: Failure) {
        self.failed += 1;
        self.second.failed += 1;
        if let Some(place) = FAILURES.iter().position(|status| *status == failure.status) {
            self.by_status[place] += 1;
        }
        if self.first.len() < Verdict::EVIDENCE_MAX {
            self.first.push(failure);
        }
    }

    fn is_beyond(&self) -> bool {
        ((self.total - self.failed) as f64) * 100.0 < self.bound * self.total as f64
    }

    fn worst(&self) -> Second {
        if self.second.failed > self.worst.failed { self.second } else { self.worst }
    }

    fn detail(&self) -> String {
        let requests = say::counted(self.total, "request");
        if self.failed == 0 {
            return format!("all of {requests}");
        }
        let ends = FAILURES.iter().zip(self.by_status).filter(|(_, count)| *count > 0);
        let ends: Vec<String> =
            ends.map(|(status, count)| format!("{} {}", say::count(count), status.name())).collect();
        let budget = self.total as f64 * (100.0 - self.bound) / 100.0;
        let used = match budget {
            b if b > 0.0 => {
                format!("{}% of the error budget used", say::count((self.failed as f64 * 100.0 / b) as u64))
            }
            _ => "none may fail".to_string(),
        };
        let worst = self.worst();
        let (second, bad, of) = (Time(worst.number * 1_000_000_000), say::count(worst.failed), say::count(worst.total));
        let failed = say::count(self.failed);
        format!("{failed} of {requests} failed: {}; {used}; worst second from {second}, {bad} of {of}", ends.join(", "))
    }
}

impl Check for Availability {
    const TOPICS: &'static [Topic] = &[Topic::Answered];

    fn new(spec: &Spec) -> Availability {
        Availability {
            bound: spec.effective_bound().clamp(0.0, 100.0),
            total: 0,
            failed: 0,
            by_status: [0; FAILURES.len()],
            breach: None,
            first: Vec::new(),
            second: Second::default(),
            worst: Second::default(),
        }
    }

    #[inline]
    fn observe(&mut self, at: Time, record: &Record) {
        let Record::Answered { status, latency, .. } = *record else { return };
        let number = at.0 / 1_000_000_000;
        if number != self.second.number {
            self.worst = self.worst();
            self.second = Second { number, ..Second::default() };
        }
        self.total += 1;
        self.second.total += 1;
        if !status.is_ok() {
            self.fail(Failure { at, status, latency });
        }
        if !self.is_beyond() {
            self.breach = None;
        } else if self.breach.is_none() {
            self.breach = Some(at);
        }
    }

    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        let bound = self.bound;
        let (finding, headline) = match (self.total, self.breach) {
            (0, _) => (Finding::Untold, format!("No request ended yet; {bound}% answered wanted")),
            (total, breach) => {
                let share = say::share_that(total - self.failed, total, |percent| percent < bound);
                let finding = if breach.is_some() { Finding::Broken } else { Finding::Holds };
                (finding, format!("{share} answered; {bound}% wanted"))
            }
        };
        Verdict {
            finding,
            headline,
            detail: self.detail(),
            figure: say::percentage(self.total - self.failed, self.total),
            broken_at: self.breach,
            evidence_total: self.breach.map_or(0, |_| self.failed),
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        let first = if self.breach.is_some() { &self.first[..] } else { &[] };
        let text = |failure: &Failure| format!("{} after {}", failure.status.name(), say::span(failure.latency));
        first.iter().map(|failure| Evidence { at: failure.at, text: text(failure) }).collect()
    }
}
