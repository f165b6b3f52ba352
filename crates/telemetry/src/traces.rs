//! Traces: the spans of one request over all that took part in it, a bounded store of them, and the order in which they are drawn.
//!
//! ```text
//!   feed        ████████████████████     parent of nobody: the root
//!     feed → db   ██                     a call, told by who made it
//!     feed → rank      █████████████     another; what rank itself told stands under it
//!       rank            ███████████
//! ```
//!
//! The rules: a span that comes twice counts once; one whose parent never came is drawn as a root of its own, as when a service in
//! between told nothing; no trace has more spans than it may, and no store more traces, the oldest going first. Adding a span is
//! O(spans of its trace). Sigelman et al., "Dapper, a Large-Scale Distributed Systems Tracing Infrastructure", 2010, section 2.

use base::{Span, Time};
use std::collections::{BTreeMap, VecDeque};

/// One operation of one participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceSpan {
    /// Its number, which no other span of the trace has; not 0.
    pub id: u32,
    /// The number of the span that it is part of; 0 for the root.
    pub parent: u32,
    /// When it began.
    pub began: Time,
    /// How long it took.
    pub took: Span,
    /// Whether it ended badly.
    pub is_error: bool,
    /// What its teller wants to be told again.
    pub tag: u64,
}

impl TraceSpan {
    /// When it ended.
    #[must_use]
    pub fn ended(&self) -> Time {
        self.began + self.took
    }
}

/// The spans of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Its number.
    pub id: u64,
    /// Its spans, in the order in which they came.
    pub spans: Vec<TraceSpan>,
    /// Spans that came when it had as many as it may.
    pub cut: u32,
}

/// One line of a waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The place of its span in the trace.
    pub place: usize,
    /// How deep it lies: 0 for a root.
    pub depth: u16,
}

impl Trace {
    /// A trace without spans.
    #[must_use]
    pub fn new(id: u64) -> Trace {
        Trace { id, spans: Vec::new(), cut: 0 }
    }

    /// Takes in a span, unless it has been taken in already or there are `spans_max`.
    pub fn add(&mut self, span: TraceSpan, spans_max: u64) {
        if self.spans.contains(&span) {
            return;
        }
        if (self.spans.len() as u64) < spans_max {
            self.spans.push(span);
        } else {
            self.cut = self.cut.saturating_add(1);
        }
    }

    /// When its first span began; the beginning of time for a trace without spans.
    #[must_use]
    pub fn began(&self) -> Time {
        self.spans.iter().map(|span| span.began).min().unwrap_or(Time::ZERO)
    }

    /// From when its first span began until its last ended.
    #[must_use]
    pub fn took(&self) -> Span {
        self.spans.iter().map(TraceSpan::ended).max().unwrap_or(Time::ZERO).since(self.began())
    }

    /// Whether any span ended badly.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.spans.iter().any(|span| span.is_error)
    }

    /// Whether there is one root, and every parent that is named.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let has = |id: u32| self.spans.iter().any(|span| span.id == id);
        self.cut == 0
            && self.spans.iter().filter(|span| span.parent == 0).count() == 1
            && self.spans.iter().all(|span| span.parent == 0 || has(span.parent))
    }

    /// Its spans as they are drawn: those of a parent under it, earlier ones first. Every span stands in it once, also where numbers
    /// were given twice or go round in a circle. O(spans²).
    #[must_use]
    pub fn waterfall(&self) -> Vec<Row> {
        let mut order: Vec<usize> = (0..self.spans.len()).collect();
        order.sort_by_key(|place| (self.spans[*place].began, core::cmp::Reverse(self.spans[*place].took), *place));
        let is_root = |place: usize| !self.spans.iter().any(|other| other.id == self.spans[place].parent);
        let mut is_drawn = vec![false; self.spans.len()];
        let mut rows = Vec::with_capacity(self.spans.len());
        // Roots first; what is left then lies on a circle, and begins where it is met.
        let begins = order.iter().filter(|place| is_root(**place)).chain(&order);
        for begin in begins {
            let mut open = vec![Row { place: *begin, depth: 0 }];
            while let Some(row) = open.pop() {
                if core::mem::replace(&mut is_drawn[row.place], true) {
                    continue;
                }
                rows.push(row);
                let parent = self.spans[row.place].id;
                let children = order.iter().rev().filter(|place| self.spans[**place].parent == parent);
                open.extend(children.map(|place| Row { place: *place, depth: row.depth + 1 }));
            }
        }
        rows
    }
}

/// The traces kept last.
#[derive(Clone, Debug)]
pub struct TraceStore {
    traces: BTreeMap<u64, Trace>,
    order: VecDeque<u64>,
    traces_max: u64,
    spans_max: u64,
}

impl TraceStore {
    /// An empty store of at most `traces_max` traces of at most `spans_max` spans; of each there may be at least one.
    #[must_use]
    pub fn new(traces_max: u64, spans_max: u64) -> TraceStore {
        let (traces_max, spans_max) = (traces_max.max(1), spans_max.max(1));
        TraceStore { traces: BTreeMap::new(), order: VecDeque::new(), traces_max, spans_max }
    }

    /// Sets how many traces there may be; the oldest in excess go.
    pub fn resize(&mut self, traces_max: u64) {
        self.traces_max = traces_max.max(1);
        self.bound();
    }

    fn bound(&mut self) {
        while self.order.len() as u64 > self.traces_max
            && let Some(oldest) = self.order.pop_front()
        {
            self.traces.remove(&oldest);
        }
    }

    /// Adds a span to its trace; true when the trace is new here.
    pub fn add(&mut self, trace: u64, span: TraceSpan) -> bool {
        let spans_max = self.spans_max;
        if let Some(known) = self.traces.get_mut(&trace) {
            known.add(span, spans_max);
            return false;
        }
        let mut new = Trace::new(trace);
        new.add(span, spans_max);
        self.put(new);
        true
    }

    /// Keeps a trace, in place of what is known of it.
    pub fn put(&mut self, trace: Trace) {
        let id = trace.id;
        if self.traces.insert(id, trace).is_none() {
            self.order.push_back(id);
            self.bound();
        }
    }

    /// The trace with this number.
    #[must_use]
    pub fn get(&self, trace: u64) -> Option<&Trace> {
        self.traces.get(&trace)
    }

    /// All traces, those kept last first.
    pub fn newest(&self) -> impl Iterator<Item = &Trace> {
        self.order.iter().rev().filter_map(|id| self.traces.get(id))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.order.len() as u64
    }

    /// Forgets them all.
    pub fn clear(&mut self) {
        self.traces.clear();
        self.order.clear();
    }
}
