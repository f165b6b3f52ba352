//! A limiter's promise: in no window of the promised length do more pass than its budget. The promise comes with every record,
//! because only the box knows what its algorithm can promise (a token bucket: its capacity and what refills within the window).
//!
//! Windows slide: the one judged at a passage ends with it and is open at its start, so that two passages exactly a window apart
//! do not share one. The fullest window always ends with a passage, so none is missed. Passages are kept one by one up to
//! [`BURSTS_MAX`] in a window; beyond that they are gathered in grains of 1/4096 window, each taken to lie at its earliest passage,
//! and the count becomes a lower bound. A changed promise starts over: it says nothing about what passed under the old one.

use crate::tape::Tape;
use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::{Span, Time};
use trace::Record;

/// Bursts kept at most, and a sixteenth more: 1 MB, shared between the clones of a run.
pub(crate) const BURSTS_MAX: usize = 1 << 16;

/// What passed at one moment, or within one grain.
#[derive(Clone, Copy, Debug)]
struct Burst {
    at: Time,
    count: u32,
}

/// What is promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Promise {
    budget: u32,
    window: Span,
}

/// The fullest window of a stretch of time.
#[derive(Clone, Copy, Debug, Default)]
struct Peak {
    at: Time,
    count: u64,
    promise: Promise,
}

impl Peak {
    /// Fuller, measured by what was promised.
    fn is_above(&self, other: &Peak) -> bool {
        let scaled = |peak: &Peak, by: &Peak| u128::from(peak.count) * u128::from(by.promise.budget.max(1));
        scaled(self, other) > scaled(other, self)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct LimiterBudget {
    promise: Promise,
    bursts: Tape<Burst>,
    bursts_max: usize,
    /// Passages on the tape.
    inside: u64,
    /// Passages this close to a burst's first are gathered in it.
    grain: Span,
    is_coarse: bool,
    admitted: u64,
    /// More passed under one promise than a single window may hold.
    is_told: bool,
    since_promise: u64,
    is_over: bool,
    peak: Peak,
    /// When a window was over budget first.
    broken_at: Option<Time>,
    /// The fullest window of each stretch over budget: the first of them.
    breaches: Vec<Peak>,
    breaches_total: u64,
}

impl LimiterBudget {
    fn admit(&mut self, at: Time, promise: Promise) {
        if promise != self.promise {
            self.start_over(promise);
        }
        self.slide(at);
        self.gather(at);
        self.inside += 1;
        self.admitted += 1;
        self.since_promise += 1;
        self.is_told |= self.since_promise > u64::from(promise.budget);
        let peak = Peak { at, count: self.inside, promise };
        if peak.is_above(&self.peak) {
            self.peak = peak;
        }
        self.judge(peak);
    }

    fn judge(&mut self, peak: Peak) {
        let was_over = core::mem::replace(&mut self.is_over, peak.count > u64::from(peak.promise.budget));
        if !self.is_over {
            return;
        }
        if !was_over {
            self.broken_at.get_or_insert(peak.at);
            self.breaches_total += 1;
            if self.breaches.len() < Verdict::EVIDENCE_MAX {
                self.breaches.push(peak);
            }
        } else if self.breaches_total <= Verdict::EVIDENCE_MAX as u64
            && let Some(last) = self.breaches.last_mut().filter(|last| peak.count > last.count)
        {
            *last = peak;
        }
    }

    #[cold]
    fn start_over(&mut self, promise: Promise) {
        self.promise = promise;
        self.bursts = Tape::default();
        self.inside = 0;
        self.grain = Span::ZERO;
        self.since_promise = 0;
        self.is_over = false;
    }

    /// Drops what is no longer within a window that ends at `at`.
    fn slide(&mut self, at: Time) {
        while let Some(burst) = self.bursts.first().copied()
            && at.since(burst.at) >= self.promise.window
        {
            self.inside -= u64::from(burst.count);
            self.bursts.drop_first();
        }
    }

    /// Puts one passage on the tape.
    fn gather(&mut self, at: Time) {
        let grain = self.grain;
        match self.bursts.last_mut().filter(|last| at.since(last.at) <= grain && last.count < u32::MAX) {
            Some(last) => last.count += 1,
            None => {
                self.bursts.push(Burst { at, count: 1 });
                if self.bursts.len() >= self.bursts_max {
                    self.grain = Span(self.promise.window.0 / (self.bursts_max as u64 / 16));
                    self.is_coarse = true;
                }
            }
        }
    }

    fn said(&self, peak: &Peak) -> String {
        let passed = format!("{} passed within {}", say::count(peak.count), say::span(peak.promise.window));
        let are = if peak.promise.budget == 1 { "is" } else { "are" };
        format!("{passed}; {} {are} promised", say::count(u64::from(peak.promise.budget)))
    }
}

impl Check for LimiterBudget {
    const TOPICS: &'static [Topic] = &[Topic::Admitted];

    fn new(_spec: &Spec) -> LimiterBudget {
        LimiterBudget {
            promise: Promise::default(),
            bursts: Tape::default(),
            bursts_max: BURSTS_MAX,
            inside: 0,
            grain: Span::ZERO,
            is_coarse: false,
            admitted: 0,
            is_told: false,
            since_promise: 0,
            is_over: false,
            peak: Peak::default(),
            broken_at: None,
            breaches: Vec::new(),
            breaches_total: 0,
        }
    }

    #[inline]
    fn observe(&mut self, at: Time, record: &Record) {
        if let Record::Admitted { budget, window, .. } = *record {
            self.admit(at, Promise { budget, window });
        }
    }

    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        let finding = match (self.broken_at, self.is_told) {
            (Some(_), _) => Finding::Broken,
            (None, true) => Finding::Holds,
            (None, false) => Finding::Untold,
        };
        let headline = match finding {
            _ if self.admitted == 0 => "Nothing has passed yet".to_string(),
            Finding::Broken if self.is_coarse => format!("At least {}", self.said(&self.peak)),
            Finding::Broken => self.said(&self.peak),
            Finding::Holds | Finding::Untold => format!("At most {}", self.said(&self.peak)),
        };
        let passed = format!("{} passed in all", say::count(self.admitted));
        let coarse = if self.is_coarse { "; so many that they are counted in coarse steps" } else { "" };
        let detail = match finding {
            Finding::Broken => {
                let stretches = say::counted_as(self.breaches_total, "stretch", "stretches");
                format!("fullest up to {}; {stretches} over budget; {passed}{coarse}", self.peak.at)
            }
            Finding::Holds => format!("fullest up to {}; {passed}{coarse}", self.peak.at),
            Finding::Untold => format!("{passed}, too few to be over budget"),
        };
        Verdict {
            finding,
            headline,
            detail,
            figure: self.peak.count as f64,
            broken_at: self.broken_at,
            evidence_total: self.breaches_total,
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        self.breaches.iter().map(|peak| Evidence { at: peak.at, text: self.said(peak) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CheckKind;
    use base::Rng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// With room for 64 bursts, against room for all: the count is never too high, and misses at most what fits in a grain.
    #[test]
    fn coarse_steps_undercount_by_a_grain_at_most() {
        let (mut short_of, mut coarse) = (0, 0);
        for seed in 0..200 {
            let mut rng = Rng::new(seed);
            let mut fine = LimiterBudget::new(&Spec::new(CheckKind::LimiterBudget, 0));
            let mut few = LimiterBudget { bursts_max: 64, ..fine.clone() };
            let promise = Promise { budget: 200, window: Span(1_600) };
            let mut now = 0;
            for _ in 0..2_000 {
                now += rng.below(12 + seed / 10);
                fine.admit(Time(now), promise);
                few.admit(Time(now), promise);
                // 1600 / (64 / 16) = 400 ns a grain.
                let within_a_grain =
                    fine.bursts.iter().filter(|burst| now - burst.at.0 >= 1_200).map(|burst| u64::from(burst.count));
                assert!(
                    few.inside <= fine.inside && few.inside + within_a_grain.sum::<u64>() >= fine.inside,
                    "seed {seed}"
                );
                assert!(few.bursts.len() <= 64 + 64 / 16 + 1);
                short_of += fine.inside - few.inside;
            }
            assert!(few.broken_at.is_none_or(|at| fine.broken_at.is_some_and(|exact| exact <= at)), "seed {seed}");
            coarse += u64::from(few.is_coarse);
        }
        assert!(short_of > 1_000 && coarse > 100, "{short_of} {coarse} show little");
    }
}
