//! Tail sampling: a trace is held until it should be over, and then kept for what is in it.
//!
//! ```text
//!   first span          + wait: decided
//!   ├── span ── span ───┤   an error in it, or as long as `slow`?  kept
//!   │                   │   else by its number: `rest` of them kept, the others left out
//!   └ no room: the trace held longest goes undecided, and is counted
//! ```
//!
//! The rules: as long as there is room, every trace with an error that is told before the decision is kept; what is lost for want
//! of room is counted, and how much of it was an error as far as was known. A span that comes after the decision shares its trace's
//! fate, as long as that is remembered: as many fates as traces may be held. O(log traces + spans of a trace) a span. It is the tail
//! sampling processor of the OpenTelemetry collector (`decision_wait`, `num_traces`; policies status, latency, probabilistic).

use crate::head::HeadSampler;
use crate::traces::{Trace, TraceSpan};
use base::{Span, Time};
use std::collections::{BTreeMap, VecDeque};

/// What is held, for how long, and what is kept of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TailConfig {
    /// How long after its first span a trace is decided. Usual: 10 to 30 s.
    pub wait: Span,
    /// Traces held at most; at least one. Usual: 50,000.
    pub traces_max: u64,
    /// Spans of a trace held at most; at least one.
    pub spans_max: u64,
    /// A trace that took as long is kept.
    pub slow: Span,
    /// Of the rest, who is kept.
    pub rest: HeadSampler,
}

/// What became of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Kept: something in it ended badly.
    Error,
    /// Kept: it took long.
    Slow,
    /// Kept, as one of the share of the rest.
    Drawn,
    /// Looked at, and not kept.
    LeftOut,
    /// Thrown away undecided, for want of room.
    Evicted,
}

impl Fate {
    /// Whether it is kept.
    #[must_use]
    pub fn is_kept(self) -> bool {
        matches!(self, Fate::Error | Fate::Slow | Fate::Drawn)
    }
}

/// What became of a span that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is held. The trace that had to go for it, if any.
    Held(Option<Trace>),
    /// Its trace was kept: it belongs there.
    Late,
    /// Its trace was not kept, and it is not either.
    TooLate,
}

/// How many traces had which fate. A trace counts once it has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TailCounts {
    /// Traces with a fate.
    pub traces: u64,
    /// Of them, those with an error in what was held.
    pub errors: u64,
    /// Traces that were kept.
    pub kept: u64,
    /// Of them, those with an error.
    pub errors_kept: u64,
    /// Traces that were thrown away undecided.
    pub evicted: u64,
    /// Of them, those with an error in what was held.
    pub errors_evicted: u64,
    /// Spans that came after their trace was not kept.
    pub too_late: u64,
    /// Of them, those that ended badly: an error that was missed for want of patience.
    pub errors_too_late: u64,
}

/// Holds traces, and decides.
#[derive(Clone, Debug)]
pub struct TailSampler {
    config: TailConfig,
    held: BTreeMap<u64, Trace>,
    /// The traces held, by when their first span came.
    order: VecDeque<(Time, u64)>,
    /// The fates of the last traces: whether each was kept.
    fates: BTreeMap<u64, bool>,
    fated: VecDeque<u64>,
    counts: TailCounts,
}

impl TailSampler {
    /// Holds nothing yet. A bound of zero is taken for one.
    #[must_use]
    pub fn new(config: TailConfig) -> TailSampler {
        let (held, order) = (BTreeMap::new(), VecDeque::new());
        let (fates, fated) = (BTreeMap::new(), VecDeque::new());
        let mut sampler = TailSampler { config, held, order, fates, fated, counts: TailCounts::default() };
        sampler.retune(config);
        sampler
    }

    /// Goes on with other settings. What is held too much goes when the next span comes.
    pub fn retune(&mut self, config: TailConfig) {
        let (traces_max, spans_max) = (config.traces_max.max(1), config.spans_max.max(1));
        self.config = TailConfig { traces_max, spans_max, ..config };
    }

    /// Takes in a span.
    pub fn take(&mut self, now: Time, trace: u64, span: TraceSpan) -> Taken {
        if let Some(held) = self.held.get_mut(&trace) {
            held.add(span, self.config.spans_max);
            return Taken::Held(None);
        }
        match self.fates.get(&trace) {
            Some(true) => return Taken::Late,
            Some(false) => {
                self.counts.too_late += 1;
                self.counts.errors_too_late += u64::from(span.is_error);
                return Taken::TooLate;
            }
            None => {}
        }
        let mut evicted = None;
        while self.held.len() as u64 >= self.config.traces_max
            && let Some((_, oldest)) = self.order.pop_front()
        {
            evicted = self.held.remove(&oldest);
            if let Some(trace) = &evicted {
                self.settle(trace.id, trace.has_error(), Fate::Evicted);
            }
        }
        let mut new = Trace::new(trace);
        new.add(span, self.config.spans_max);
        self.held.insert(trace, new);
        self.order.push_back((now, trace));
        Taken::Held(evicted)
    }

    /// When the next trace is to be decided.
    #[must_use]
    pub fn due(&self) -> Option<Time> {
        self.order.front().map(|(came, _)| *came + self.config.wait)
    }

    /// Decides the next trace that is due at `now`.
    pub fn decide(&mut self, now: Time) -> Option<(Trace, Fate)> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        let (_, id) = self.order.pop_front()?;
        let trace = self.held.remove(&id)?;
        let fate = if trace.has_error() {
            Fate::Error
        } else if trace.took() >= self.config.slow {
            Fate::Slow
        } else if self.config.rest.keeps(id) {
            Fate::Drawn
        } else {
            Fate::LeftOut
        };
        self.settle(id, trace.has_error(), fate);
        Some((trace, fate))
    }

    /// Counts a fate, and remembers it.
    fn settle(&mut self, trace: u64, has_error: bool, fate: Fate) {
        let (is_kept, is_evicted) = (fate.is_kept(), fate == Fate::Evicted);
        let counts = &mut self.counts;
        for (whether, all, errors) in [
            (true, &mut counts.traces, &mut counts.errors),
            (is_kept, &mut counts.kept, &mut counts.errors_kept),
            (is_evicted, &mut counts.evicted, &mut counts.errors_evicted),
        ] {
            *all += u64::from(whether);
            *errors += u64::from(whether && has_error);
        }
        if self.fates.insert(trace, is_kept).is_none() {
            self.fated.push_back(trace);
        }
        while self.fated.len() as u64 > self.config.traces_max
            && let Some(oldest) = self.fated.pop_front()
        {
            self.fates.remove(&oldest);
        }
    }

    /// What is counted since the start.
    #[must_use]
    pub fn counts(&self) -> TailCounts {
        self.counts
    }

    /// Traces held undecided, and how many there may be.
    #[must_use]
    pub fn held(&self) -> (u64, u64) {
        (self.held.len() as u64, self.config.traces_max)
    }

    /// Loses what it holds and remembers, as a crash does; what is counted stays.
    pub fn abandon(&mut self) {
        self.held.clear();
        self.order.clear();
        self.fates.clear();
        self.fated.clear();
    }
}
