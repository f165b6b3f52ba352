//! Tracer: takes in the spans that services tell, decides which traces are kept, and shows where the time of a slow one went.
//!
//! What is told, and how it gets here, is in `spans.rs`; who decides what is kept, in [`telemetry`]. This file gives them workers
//! with a line, a clock for the decisions, and faces.

use crate::desk::Desk;
use crate::face::{Face, Mood, Phase};
use crate::front::Front;
use crate::kind::{Cx, Glance, Kind, Setup, percent, say};
use crate::plan::Serves;
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use crate::spans::{Context, Numbers, SpanFront, Told, read};
use base::{Law, Span, Time, stable_hash_u64};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use std::collections::BTreeSet;
use telemetry::{Fate, HeadSampler, Taken, TailConfig, TailSampler, Trace, TraceSpan, TraceStore};
use trace::{BoxIndex, Record, Status, TraceFate};

/// A tracer.
#[derive(Clone)]
pub struct Tracer {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    desk: Desk<(CallId, Request)>,
    head: HeadSampler,
    /// None when what comes is kept.
    tail: Option<TailSampler>,
    store: TraceStore,
    slow: Span,
    numbers: Numbers,
    /// Whether a timer is set for the next decision.
    is_armed: bool,
    kept: PerSecond,
    /// Spans that were refused, because the line was full.
    refused: u64,
}

/// Most spans of one trace.
const SPANS_MAX: u64 = 128;
/// The token of the timer for decisions; a job's is smaller.
const DECIDE: u64 = 1 << 63;
/// Traces in the table.
const ROWS: usize = 12;

/// How many there were in the last full second.
#[derive(Clone, Copy, Default)]
struct PerSecond {
    second: u64,
    now: u64,
    last: u64,
}

impl PerSecond {
    fn at(self, now: Time) -> PerSecond {
        let second = now.0 / 1_000_000_000;
        match second - self.second.min(second) {
            0 => self,
            1 => PerSecond { second, now: 0, last: self.now },
            _ => PerSecond { second, ..PerSecond::default() },
        }
    }

    fn add(&mut self, now: Time, count: u64) {
        *self = self.at(now);
        self.now += count;
    }
}

impl Tracer {
    fn share(settings: &Settings<'_>, field: &str) -> HeadSampler {
        // The range of the field lies within that of a share.
        HeadSampler::new(settings.number(field) / 100.0).unwrap_or(HeadSampler::ALL)
    }

    fn is_tail(settings: &Settings<'_>) -> bool {
        settings.choice("sampling") == 1
    }

    fn head(settings: &Settings<'_>) -> HeadSampler {
        if Tracer::is_tail(settings) { HeadSampler::ALL } else { Tracer::share(settings, "head_percent") }
    }

    fn tail(settings: &Settings<'_>) -> Option<TailConfig> {
        Tracer::is_tail(settings).then(|| TailConfig {
            wait: settings.millis("wait_ms"),
            traces_max: u64::from(settings.whole("held")),
            spans_max: SPANS_MAX,
            slow: settings.millis("slow_ms"),
            rest: Tracer::share(settings, "rest_percent"),
        })
    }

    fn front_of(settings: &Settings<'_>) -> SpanFront {
        SpanFront { head: Tracer::head(settings), bytes: settings.whole("span_bytes") }
    }
}

impl Inside {
    /// The span that a message brings. What is none counts as a trace of one span without a length.
    fn span(&mut self, cx: &Cx<'_>, request: &Request) -> (u64, TraceSpan) {
        if request.op == say::SPAN {
            return read(request);
        }
        let (me, context) = (cx.me(), Context::of(request));
        let trace = context.map_or_else(|| self.numbers.trace(me), |context| context.trace);
        let told = Told { by: None, callee: None, op: request.op, status: Status::Ok };
        let (id, parent) = (self.numbers.span(me), context.map_or(0, |context| context.span));
        (trace, TraceSpan { id, parent, began: cx.now(), took: Span::ZERO, is_error: false, tag: told.word() })
    }

    fn take(&mut self, cx: &mut Cx<'_>, trace: u64, span: TraceSpan) {
        let now = cx.now();
        let Some(tail) = &mut self.tail else {
            if self.head.keeps(trace) {
                self.kept.add(now, 1);
                if self.store.add(trace, span) {
                    cx.record(Record::Sampled { tracer: cx.home(), trace, fate: TraceFate::Drawn });
                }
            }
            return;
        };
        match tail.take(now, trace, span) {
            Taken::Held(gone) => {
                if let Some(gone) = gone {
                    cx.record(Record::Sampled { tracer: cx.home(), trace: gone.id, fate: TraceFate::Evicted });
                }
                self.arm(cx);
            }
            Taken::Late => {
                self.kept.add(now, 1);
                self.store.add(trace, span);
            }
            Taken::TooLate => {}
        }
    }

    /// Sets a timer for the next decision, unless there is one.
    fn arm(&mut self, cx: &mut Cx<'_>) {
        let due = self.tail.as_ref().and_then(TailSampler::due);
        if let Some(due) = due.filter(|_| !self.is_armed) {
            self.is_armed = true;
            cx.timer(due.since(cx.now()), DECIDE);
        }
    }

    /// Decides what is due by `until`.
    fn decide(&mut self, cx: &mut Cx<'_>, until: Time) {
        let now = cx.now();
        while let Some((trace, fate)) = self.tail.as_mut().and_then(|tail| tail.decide(until)) {
            let told = match fate {
                Fate::Error => TraceFate::Error,
                Fate::Slow => TraceFate::Slow,
                Fate::Drawn => TraceFate::Drawn,
                Fate::LeftOut => TraceFate::LeftOut,
                Fate::Evicted => TraceFate::Evicted,
            };
            cx.record(Record::Sampled { tracer: cx.home(), trace: trace.id, fate: told });
            if fate.is_kept() {
                self.kept.add(now, trace.spans.len() as u64);
                self.store.put(trace);
            }
        }
    }

    /// What is worth a look: the trace kept last that was slow or had an error, else the one kept last. One whose spans have not all
    /// come is shown when there is no other.
    fn shown(&self) -> Option<&Trace> {
        let is_worth = |trace: &&Trace| trace.has_error() || trace.took() >= self.slow;
        let whole = || self.store.newest().filter(|trace| trace.is_whole());
        whole().find(is_worth).or_else(|| whole().next()).or_else(|| self.store.newest().next())
    }
}

/// A trace's number as a person reads it.
pub(crate) fn short(trace: u64) -> String {
    format!("{:08x}", stable_hash_u64(trace) as u32)
}

/// What a span is called: who told it, or whom it called.
fn name(ids: &[String], told: Told) -> String {
    let id = |place: BoxIndex| ids.get(usize::from(place)).map_or("somebody", String::as_str);
    match (told.callee, told.by) {
        (Some(callee), _) => format!("→ {}", id(callee)),
        (None, Some(by)) => id(by).to_string(),
        (None, None) => "somebody".to_string(),
    }
}

/// A trace as lines of time, the end of the trace at the right.
fn waterfall(trace: &Trace, ids: &[String]) -> Face {
    let end = trace.began() + trace.took();
    let mut lanes = BTreeSet::new();
    let mut phase = |row: &telemetry::Row| {
        let span = &trace.spans[row.place];
        let told = Told::from_word(span.tag);
        let plain = format!("{}{}", "· ".repeat(usize::from(row.depth.min(8))), name(ids, told));
        // Two calls of the same are two lines.
        let again = (2..).map(|nth| format!("{plain} {nth}"));
        let lane = core::iter::once(plain.clone()).chain(again).find(|lane| !lanes.contains(lane)).unwrap_or_default();
        lanes.insert(lane.clone());
        let took = millis(span.took);
        let (mood, label) = match told.status {
            status if status.is_ok() => (Mood::Done, took),
            status => (Mood::Failed, format!("{took} {}", status.name())),
        };
        let before = |moment: Time| end.since(moment).as_millis_f64();
        Phase { lane, label, began: before(span.began), ended: before(span.ended()), mood }
    };
    let phases: Vec<Phase> = trace.waterfall().iter().map(&mut phase).collect();
    // A trace of one span without a length is a point, which needs some time around it.
    Face::Timeline { phases, span: trace.took().max(Span(1_000)).as_millis_f64() }
}

fn millis(span: Span) -> String {
    let value = span.as_millis_f64();
    if value < 10.0 { format!("{value:.2} ms") } else { format!("{value:.0} ms") }
}

impl Kind for Tracer {
    const SLUG: &'static str = "tracer";
    type Message = ();
    const SERVES: Serves = Serves::Spans;

    fn spec() -> KindSpec {
        const HEAD: &[&str] = &["head"];
        const TAIL: &[&str] = &["tail"];
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Tracer".into(),
            group: "Seeing".into(),
            purpose: "Takes in what services tell of each request, keeps some of it, and shows where the time of one went.".into(),
            icon: "M2.500 4h9M5 7.500h7.500M5 11h4M9 14.500h6.500".into(),
            fields: vec![
                choice("sampling", "Decides", "When it is decided whether a trace is kept", &[
                    ("head", "as it begins, by its number: what is left out is not even sent"),
                    ("tail", "when it is over: errors and slow ones are kept, and a share of the rest"),
                ]).live(),
                number("head_percent", "Share", "%", (0.0, 100.0), 10.0, "Share of the traces that are told and kept").live().when("sampling", HEAD),
                number("wait_ms", "Decides after", "ms", (10.0, 600_000.0), 5_000.0, "How long after its first span a trace is decided").live().when("sampling", TAIL),
                whole("held", "Holds", "traces", (1.0, 100_000.0), 10_000.0, "Traces that wait to be decided; the one held longest goes when there are more").live().when("sampling", TAIL),
                number("rest_percent", "Of the rest", "%", (0.0, 100.0), 1.0, "Share that is kept of the traces that are neither slow nor have an error").live().when("sampling", TAIL),
                number("slow_ms", "Slow from", "ms", (0.0, 600_000.0), 500.0, "A trace that takes as long is slow").live(),
                whole("kept", "Keeps", "traces", (1.0, 10_000.0), 1_000.0, "Traces that it stores; the oldest go").live(),
                whole("span_bytes", "Span", "B", (0.0, 1e6), 500.0, "Size of a span; matters where a wire's bandwidth is set").live(),
                whole("workers", "Workers", "", (1.0, 10_000.0), 4.0, "Spans it works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 10_000.0, "Spans that may wait for a worker; more are refused, and nobody tells them again").live(),
                number("time_ms", "Work", "ms", (0.0, 10_000.0), 0.02, "Mean time a worker needs for a span").live(),
                law("time_law", "Work varies", Law::Constant).live(),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "A tracer calls nobody; wire services to it".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("spans_kept", "Spans kept", "/s"),
                gauge("kept_percent", "Traces kept", "%"),
                gauge("errors_kept_percent", "Errors kept", "%"),
                gauge("evicted", "Undecided", ""),
            ],
            members: None,
            modelled: vec![
                "a span for each request that a wired service serves and for each call that it waits for, sent without waiting when it ends".into(),
                "a context that travels with requests and goes through boxes that tell nothing; whoever lets it fall breaks the trace".into(),
                "head sampling by the trace's number, so that all decide alike; tail sampling with its wait, its room, and spans that come too late".into(),
                "spans as messages: they take the wire's bandwidth and are lost on it; a tracer that is dead fails no request".into(),
                "a crash that loses what is held undecided, and nothing that is kept".into(),
            ],
            left_out: vec![
                "batches: each span is a message of its own".into(),
                "clocks that disagree: every span is told in the same time".into(),
                "what head sampling left out: nobody counts it, so two of the readings are empty then".into(),
                "boxes other than services tell nothing; a call to them is told by who makes it".into(),
            ],
        }
    }

    fn front(settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Spans(Tracer::front_of(settings))
    }

    fn new(setup: &Setup<'_>) -> Tracer {
        let settings = &setup.settings;
        let inside = Inside {
            desk: Desk::new(settings),
            head: Tracer::head(settings),
            tail: Tracer::tail(settings).map(TailSampler::new),
            store: TraceStore::new(u64::from(settings.whole("kept")), SPANS_MAX),
            slow: settings.millis("slow_ms"),
            numbers: Numbers::default(),
            is_armed: false,
            kept: PerSecond::default(),
            refused: 0,
        };
        Tracer { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let (settings, me) = (&setup.settings, &mut *self.inside);
        me.desk.retune(cx, settings);
        me.store.resize(u64::from(settings.whole("kept")));
        (me.head, me.slow) = (Tracer::head(settings), settings.millis("slow_ms"));
        *cx.front() = Front::Spans(Tracer::front_of(settings));
        match (Tracer::tail(settings), &mut me.tail) {
            (Some(config), Some(tail)) => tail.retune(config),
            (Some(config), None) => me.tail = Some(TailSampler::new(config)),
            (None, _) => {
                me.decide(cx, Time::NEVER);
                me.tail = None;
            }
        }
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        if !self.inside.desk.accept(cx, (call, request)) {
            self.inside.refused += 1;
            cx.reply(call, Reply::plain(Status::Overloaded));
        }
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        if token == DECIDE {
            me.is_armed = false;
            let now = cx.now();
            me.decide(cx, now);
            me.arm(cx);
            return;
        }
        let (call, request) = me.desk.close(token as u32);
        me.desk.release(cx);
        let (trace, span) = me.span(cx, &request);
        me.take(cx, trace, span);
        cx.reply(call, Reply::plain(Status::Ok));
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let me = &mut *self.inside;
        me.desk.abandon(cx);
        me.is_armed = false;
        if let Some(tail) = &mut me.tail {
            tail.abandon();
        }
    }

    fn summary(settings: &Settings<'_>) -> String {
        if Tracer::is_tail(settings) {
            format!("tail after {} · {}% of the rest", settings.millis("wait_ms"), settings.number("rest_percent"))
        } else {
            format!("head {}%", settings.number("head_percent"))
        }
    }

    /// Where the time of the last slow trace went.
    fn face(members: &[&Tracer], glance: &Glance<'_>) -> Face {
        let shown = members.first().and_then(|me| me.inside.shown());
        shown.map_or(Face::Nothing, |trace| waterfall(trace, glance.ids))
    }

    /// The traces kept last.
    fn member_face(&self, glance: &Glance<'_>) -> Face {
        let row = |trace: &Trace| {
            let root = trace.waterfall().first().map(|row| Told::from_word(trace.spans[row.place].tag));
            vec![
                short(trace.id),
                root.map_or_else(String::new, |told| name(glance.ids, told)),
                millis(trace.took()),
                trace.spans.len().to_string(),
                trace.spans.iter().filter(|span| span.is_error).count().to_string(),
                if trace.is_whole() { "yes" } else { "no" }.to_string(),
            ]
        };
        let head = ["trace", "begins at", "took", "spans", "errors", "whole"].map(String::from).to_vec();
        Face::Table { head, rows: self.inside.store.newest().take(ROWS).map(row).collect() }
    }

    fn note(&self, _members: &[&Tracer]) -> String {
        let me = &self.inside;
        let shown = me.shown().map(|trace| format!("shown: {}, {}", short(trace.id), millis(trace.took())));
        let (held, room) = me.tail.as_ref().map_or((0, 0), TailSampler::held);
        let held = (room > 0).then(|| format!("{held} of {room} undecided"));
        let refused = (me.refused > 0).then(|| format!("{} spans refused", me.refused));
        [shown, held, refused].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn gauges(members: &[&Tracer], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first().map(|me| &me.inside) else { return vec![None; 4] };
        let counts = me.tail.as_ref().map(TailSampler::counts);
        vec![
            Some(me.kept.at(glance.now).last as f64),
            counts.and_then(|counts| percent(counts.kept, counts.traces)),
            counts.and_then(|counts| percent(counts.errors_kept, counts.errors + counts.errors_too_late)),
            counts.map(|counts| counts.evicted as f64),
        ]
    }
}
