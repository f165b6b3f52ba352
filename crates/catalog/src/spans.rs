//! How a trace's context travels, and how a box tells a tracer what it did.
//!
//! ```text
//!   caller ── request, context (trace, span of the call) ──> service        the context is in `Request::version`,
//!                                                              │             which only a hand-over of a value needs
//!                                     span, without waiting ──> tracer
//! ```
//!
//! A request without a context begins a trace. Whoever passes a request on passes its context on, traced or not, so that a trace goes through
//! boxes that tell nothing. A span is a message like any other: it takes its wire's latency and bandwidth, and is lost like any
//! other. Which traces are wanted, and how large a span is, callers know from the tracer's front, as from a remote configuration.

use crate::front::Front;
use crate::kind::{Cx, say};
use crate::plan::{Outlet, Role};
use base::{Span, Time, stable_hash_u64};
use sim::Request;
use telemetry::{HeadSampler, TraceSpan};
use trace::{BoxIndex, MemberIndex, Status, WireIndex};

/// What callers know of a tracer.
#[derive(Clone, Copy, Debug)]
pub struct SpanFront {
    /// The traces that it is told of.
    pub head: HeadSampler,
    /// The size of a span on the wire in bytes.
    pub bytes: u32,
}

/// The bits of a context that are the span's; above them stands the trace's number.
const SPAN_BITS: u32 = 20;
const SPAN_MASK: u64 = (1 << SPAN_BITS) - 1;
/// The longest span that is told as it is: 4.8 hours.
const TOOK_MAX: u64 = (1 << (u64::BITS - SPAN_BITS)) - 1;
/// The token of messages whose answer nobody waits for.
const NOBODY: u64 = u64::MAX;

/// Which trace a request belongs to, and which of its spans caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    pub trace: u64,
    pub span: u32,
}

impl Context {
    /// The context that a request carries.
    pub fn of(request: &Request) -> Option<Context> {
        let word = request.version;
        (word != 0).then_some(Context { trace: word >> SPAN_BITS, span: (word & SPAN_MASK) as u32 })
    }

    fn word(self) -> u64 {
        self.trace << SPAN_BITS | u64::from(self.span)
    }
}

/// Numbers that no other member gives: of traces for good, of spans within any trace as good as certainly.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers {
    given: u32,
}

impl Numbers {
    fn next(&mut self, me: MemberIndex) -> u64 {
        self.given = self.given.wrapping_add(1);
        (u64::from(me) + 1) << 32 | u64::from(self.given)
    }

    /// The number of a new trace.
    pub fn trace(&mut self, me: MemberIndex) -> u64 {
        self.next(me)
    }

    /// The number of a new span; never 0.
    pub fn span(&mut self, me: MemberIndex) -> u32 {
        ((stable_hash_u64(self.next(me)) & SPAN_MASK) as u32).max(1)
    }
}

/// What of a span only those know who have made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The box that tells it; none for a request that was no span.
    pub by: Option<BoxIndex>,
    /// The box that was called, for a call.
    pub callee: Option<BoxIndex>,
    /// Which of the scenario's operations it was.
    pub op: u8,
    /// How it ended.
    pub status: Status,
}

/// Nobody's place.
const NO_BOX: BoxIndex = BoxIndex::MAX;
const STATUSES: [Status; 7] = [
    Status::Ok,
    Status::Missing,
    Status::Limited,
    Status::Overloaded,
    Status::Unavailable,
    Status::TimedOut,
    Status::Failed,
];

impl Told {
    /// As a word: status, operation, callee, and who tells it.
    pub fn word(self) -> u64 {
        let place = |place: Option<BoxIndex>| u64::from(place.unwrap_or(NO_BOX));
        self.status as u64 | u64::from(self.op) << 8 | place(self.callee) << 16 | place(self.by) << 32
    }

    /// Back from a word.
    pub fn from_word(word: u64) -> Told {
        let place = |shift: u32| Some((word >> shift) as BoxIndex).filter(|place| *place != NO_BOX);
        let status = STATUSES.get((word & 0xFF) as usize).copied().unwrap_or(Status::Failed);
        Told { by: place(32), callee: place(16), op: (word >> 8) as u8, status }
    }
}

/// Reads a span off the message that brings it: the trace's number, and the span.
pub(crate) fn read(message: &Request) -> (u64, TraceSpan) {
    let word = u64::from(message.user) | u64::from(message.store) << 32;
    let told = Told::from_word(word);
    let span = TraceSpan {
        id: (message.key & SPAN_MASK) as u32,
        parent: (message.version & SPAN_MASK) as u32,
        began: Time(message.value),
        took: Span(message.version >> SPAN_BITS),
        is_error: !told.status.is_ok(),
        tag: word,
    };
    (message.key >> SPAN_BITS, span)
}

/// The message that brings a span.
fn written(context: Context, parent: u32, began: Time, took: Span, told: Told) -> Request {
    let word = told.word();
    Request {
        key: context.word(),
        value: began.0,
        version: took.0.min(TOOK_MAX) << SPAN_BITS | u64::from(parent) & SPAN_MASK,
        store: (word >> 32) as BoxIndex,
        user: word as u32,
        op: say::SPAN,
        write: true,
        ..Request::default()
    }
}

/// Tells tracers what its box does. Costs nothing in a box that is wired to none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Teller {
    wires: Vec<WireIndex>,
    numbers: Numbers,
}

impl Teller {
    /// Tells the tracers among those that a box is wired to.
    pub fn new(outlets: &[Outlet]) -> Teller {
        let tracers = outlets.iter().filter(|outlet| outlet.role == Role::Tracer);
        Teller { wires: tracers.map(|outlet| outlet.wire).collect(), numbers: Numbers::default() }
    }

    /// Whether there is anybody to tell.
    #[inline]
    pub fn is_wired(&self) -> bool {
        !self.wires.is_empty()
    }

    /// A request comes in: it carries a span of this box from now on. The number of the span that caused it; 0 for none.
    #[inline]
    pub fn enter(&mut self, cx: &Cx<'_>, request: &mut Request) -> u32 {
        if !self.is_wired() {
            return 0;
        }
        let me = cx.me();
        let caller = Context::of(request);
        let trace = caller.map_or_else(|| self.numbers.trace(me), |caller| caller.trace);
        request.version = Context { trace, span: self.numbers.span(me) }.word();
        caller.map_or(0, |caller| caller.span)
    }

    /// A request as it goes out to somebody whose answer is waited for: with a span of its own.
    #[inline]
    pub fn within(&mut self, cx: &Cx<'_>, request: Request) -> Request {
        match Context::of(&request).filter(|_| self.is_wired()) {
            Some(Context { trace, .. }) => {
                Request { version: Context { trace, span: self.numbers.span(cx.me()) }.word(), ..request }
            }
            None => request,
        }
    }

    /// A request that came in with `parent` as its cause is done with.
    pub fn served(&self, cx: &mut Cx<'_>, request: &Request, parent: u32, came: Time, status: Status) {
        let told = Told { by: Some(cx.home()), callee: None, op: request.op, status };
        if let Some(context) = Context::of(request) {
            self.send(cx, context, parent, came, told);
        }
    }

    /// A call that went out as `sent` for `request` has ended.
    pub fn called(
        &self,
        cx: &mut Cx<'_>,
        wire: WireIndex,
        sent: &Request,
        request: &Request,
        began: Time,
        status: Status,
    ) {
        let callee = Some(cx.core().wire_target(wire));
        let told = Told { by: Some(cx.home()), callee, op: request.op, status };
        if let (Some(context), Some(parent)) = (Context::of(sent), Context::of(request)) {
            self.send(cx, context, parent.span, began, told);
        }
    }

    fn send(&self, cx: &mut Cx<'_>, context: Context, parent: u32, began: Time, told: Told) {
        let took = cx.now().since(began);
        for wire in self.wires.iter().copied() {
            let target = usize::from(cx.core().wire_target(wire));
            let Front::Spans(front) = cx.core().boxes[target].front else { continue };
            if front.head.keeps(context.trace) {
                let span = written(context, parent, began, took, told);
                cx.call(wire, Request { bytes: front.bytes, ..span }, NOBODY);
            }
        }
    }
}
