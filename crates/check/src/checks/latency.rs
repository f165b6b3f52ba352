//! Percentiles of latency against a bound, over the run so far. Requests that were not answered as wanted are the business of
//! `availability`.
//!
//! Whether it holds is counted exactly: the value at rank ⌈q·n⌉ is within the bound if at most ⌊(1-q)·n⌋ requests took longer.
//! Only the figure shown comes from a [`Histogram`], up to 3.2% too high. It can heal: the run as a whole may come back within
//! the bound; `broken_at` is when the present breach began. The evidence is the worst windows of one second.
//!
//! Another percentile is another [`Percentile`] and one line in the list.

use crate::{Check, Evidence, Finding, Names, Spec, Topic, Verdict, say};
use base::{Span, Time};
use trace::{Histogram, Record};

const WINDOW: Span = Span::from_secs(1);
/// Worst windows that are kept.
const WORST_MAX: usize = 64;

/// The latency that 99% of requests do not exceed.
pub(crate) type P99 = Percentile<990>;

/// One window beyond the bound.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: Time,
    latency: Span,
    answered: u64,
}

/// The latency that `PER_MILLE` thousandths of all requests do not exceed.
#[derive(Clone, Debug)]
pub(crate) struct Percentile<const PER_MILLE: u64> {
    bound: Span,
    all: Histogram,
    /// Of the window that is still open.
    open: Histogram,
    opened: Time,
    over_open: u64,
    over: u64,
    breach: Option<Time>,
    worst: Vec<Window>,
    windows_over: u64,
}

impl<const PER_MILLE: u64> Percentile<PER_MILLE> {
    /// Fewer requests than this have no such percentile: it would be their maximum.
    const LEAST: u64 = 1_000 / (1_000 - PER_MILLE);

    fn is_beyond(over: u64, total: u64) -> bool {
        over * 1_000 > total * (1_000 - PER_MILLE)
    }

    fn answer(&mut self, at: Time, latency: Span) {
        if at.since(self.opened) >= WINDOW {
            self.close(at);
        }
        self.all.record(latency);
        self.open.record(latency);
        let over = u64::from(latency > self.bound);
        self.over += over;
        self.over_open += over;
        if self.all.total() < Self::LEAST || !Self::is_beyond(self.over, self.all.total()) {
            self.breach = None;
        } else if self.breach.is_none() {
            self.breach = Some(at);
        }
    }

    #[cold]
    fn close(&mut self, at: Time) {
        if let Some(window) = self.open_window() {
            self.windows_over += 1;
            self.worst.push(window);
            if self.worst.len() > WORST_MAX {
                let mildest = (0..self.worst.len()).min_by_key(|place| self.worst[*place].latency);
                self.worst.remove(mildest.unwrap_or(0));
            }
        }
        self.open = Histogram::default();
        self.over_open = 0;
        self.opened = Time(at.0 - at.0 % WINDOW.0);
    }

    /// The window still open, if it is beyond the bound.
    fn open_window(&self) -> Option<Window> {
        let latency = self.open.quantile(PER_MILLE as f64 / 1e3)?;
        let window = Window { from: self.opened, latency, answered: self.open.total() };
        Self::is_beyond(self.over_open, window.answered).then_some(window)
    }

    fn measured(&self) -> Option<Span> {
        self.all.quantile(PER_MILLE as f64 / 1e3)
    }

    fn name() -> String {
        if PER_MILLE.is_multiple_of(10) {
            format!("p{}", PER_MILLE / 10)
        } else {
            format!("p{}.{}", PER_MILLE / 10, PER_MILLE % 10)
        }
    }
}

impl<const PER_MILLE: u64> Check for Percentile<PER_MILLE> {
    const TOPICS: &'static [Topic] = &[Topic::Answered];

    fn new(spec: &Spec) -> Self {
        Percentile {
            bound: Span::from_millis_f64(spec.effective_bound()),
            all: Histogram::default(),
            open: Histogram::default(),
            opened: Time::ZERO,
            over_open: 0,
            over: 0,
            breach: None,
            worst: Vec::new(),
            windows_over: 0,
        }
    }

    #[inline]
    fn observe(&mut self, at: Time, record: &Record) {
        if let Record::Answered { status, latency, .. } = *record
            && status.is_ok()
        {
            self.answer(at, latency);
        }
    }

    fn summary(&self, _now: Time, _names: &Names) -> Verdict {
        let (name, bound, requests) = (Self::name(), say::span(self.bound), say::counted(self.all.total(), "request"));
        let finding = match self.breach {
            _ if self.all.total() < Self::LEAST => Finding::Untold,
            None => Finding::Holds,
            Some(_) => Finding::Broken,
        };
        let measured = self.measured().unwrap_or_default();
        // A bucket's upper edge may lie beyond the bound that its requests keep.
        let measured = if finding == Finding::Holds { measured.min(self.bound) } else { measured };
        let (headline, detail) = if finding == Finding::Untold {
            let few = format!("{requests} answered so far; {} are needed for {name}", Self::LEAST);
            (format!("{name} not known yet; at most {bound} wanted"), few)
        } else {
            let longer = format!("{} of {requests} took longer", say::count(self.over));
            let may = say::share(1_000 - PER_MILLE, 1_000);
            (
                format!("{name} {}; at most {bound} wanted", say::span(measured)),
                format!("{longer} than {bound}; {may} may"),
            )
        };
        Verdict {
            finding,
            headline,
            detail,
            figure: measured.as_millis_f64(),
            broken_at: self.breach,
            evidence_total: self.breach.map_or(0, |_| self.windows_over + u64::from(self.open_window().is_some())),
            ..Verdict::default()
        }
    }

    fn evidence(&self, _now: Time, _names: &Names) -> Vec<Evidence> {
        if self.breach.is_none() {
            return Vec::new();
        }
        let name = Self::name();
        let text = |window: &Window| {
            let (until, requests) = (window.from + WINDOW, say::counted(window.answered, "request"));
            format!("{} to {until}: {name} {} of {requests}", window.from, say::span(window.latency))
        };
        let windows = self.worst.iter().copied().chain(self.open_window());
        windows.map(|window| Evidence { at: window.from, text: text(&window) }).collect()
    }
}
