//! The shape of a kind: what one file in `kinds/` has to say.

use crate::face::Face;
use crate::front::Front;
use crate::kinds::Unit;
use crate::plan::{Outlet, Serves, Step};
use crate::settings::Settings;
use base::{Delay, Span, Time};
use check::CheckKind;
use scenario::{KindSpec, Text, Verb};
use sim::{CallId, Core, Reply, Request};
pub(crate) use sim::{Decision, Word};
use trace::{BoxIndex, Record, Sample, WireIndex};

/// What a member can see and do.
pub(crate) type Cx<'a> = sim::Cx<'a, Unit>;

/// Special operations that boxes say to each other; they are nobody's request.
pub(crate) mod say {
    /// Are you there?
    pub const PROBE: u8 = 255;
    /// Here is a value to keep.
    pub const FILL: u8 = 254;
    /// Forget the key.
    pub const FORGET: u8 = 253;
    /// Here is a span of a trace.
    pub const SPAN: u8 = 252;
    /// How many requests have ended at your box, and how many of them badly?
    pub const COUNTS: u8 = 251;
}

/// Everything a member is made from.
pub(crate) struct Setup<'a> {
    /// What the person has set.
    pub settings: Settings<'a>,
    /// Its number in the box.
    pub number: u8,
    /// Members of the box at the start.
    pub members: u8,
    /// The wires that leave the box.
    pub outlets: &'a [Outlet],
    /// For each of the scenario's operations, the steps of this box's plan.
    pub plans: &'a [Vec<Step>],
    /// Names of the scenario's operations.
    pub ops: &'a [String],
    /// Which of the boxes that send traffic this is, and how many there are.
    pub sender: (u64, u64),
    /// The seed of the run.
    pub seed: u64,
}

/// What there is to see from outside when a face or gauge is asked for.
pub(crate) struct Glance<'a> {
    pub now: Time,
    /// The last full window of the box.
    pub sample: &'a Sample,
    /// Its length.
    pub window: Span,
    pub core: &'a Core<Unit>,
    pub home: BoxIndex,
    /// Ids of all boxes.
    pub ids: &'a [String],
}

impl Glance<'_> {
    /// A count of the last window as a rate in things a second.
    pub fn rate(&self, count: u64) -> f64 {
        if self.window == Span::ZERO { 0.0 } else { count as f64 / self.window.as_secs_f64() }
    }

    /// The latency that 99% of the last window did not exceed, in milliseconds; `None` when nothing was answered.
    pub fn p99_ms(&self) -> Option<f64> {
        (self.sample.count.ok > 0).then(|| self.sample.p99.as_millis_f64())
    }

    /// What callers know of the box.
    pub fn front(&self) -> &Front {
        &self.core.boxes[usize::from(self.home)].front
    }

    /// The id of the box at the far end of a wire.
    pub fn target(&self, wire: WireIndex) -> String {
        self.ids[usize::from(self.core.wire_target(wire))].clone()
    }

    /// Those waiting and at work now.
    pub fn load(&self) -> (u32, u32) {
        self.core.boxes[usize::from(self.home)].meter.load()
    }
}

/// The answer to what any member of any box is asked: whether it is there, and what is counted at its box. The counts are in `version`,
/// all, and in `value`, the bad ones.
pub(crate) fn at_once(cx: &Cx<'_>, op: u8) -> Option<Reply> {
    match op {
        say::PROBE => Some(Reply::plain(trace::Status::Ok)),
        say::COUNTS => {
            let count = cx.core().boxes[usize::from(cx.home())].meter.count;
            Some(Reply { version: count.ended(), value: count.bad(), ..Reply::plain(trace::Status::Ok) })
        }
        _ => None,
    }
}

/// A share in percent; `None` of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64 * 100.0)
}

/// One kind of box: the behaviour of each of its members, and what the box shows.
pub(crate) trait Kind: Clone + Sized {
    /// Its name in files.
    const SLUG: &'static str;
    /// What its members say to each other; `()` when they say nothing.
    type Message: Clone + core::fmt::Debug;
    /// What a plan does with it: ask it first, hand it over without waiting, or call it.
    const SERVES: Serves = Serves::Call;
    /// Whether it carries out a plan: its wires show their steps.
    const PLANS: bool = false;
    /// The checks that can be asked of it.
    const CHECKS: &'static [CheckKind] = &[];

    /// What there is to know about it.
    fn spec() -> KindSpec;
    /// How many members the settings ask for.
    fn members(_settings: &Settings<'_>) -> u8 {
        1
    }
    /// What callers know of a new box of this kind with so many members.
    fn front(_settings: &Settings<'_>, _members: u8, _seed_of: &dyn Fn(u8) -> u64) -> Front {
        Front::Only
    }
    /// One-way latency between its members.
    fn mesh(_settings: &Settings<'_>) -> Delay {
        Delay::default()
    }
    /// One member, as it is before the run.
    fn new(setup: &Setup<'_>) -> Self;
    /// Knobs were turned; everything but what has happened so far is taken from `setup`.
    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>);

    /// The run begins.
    fn on_start(&mut self, _cx: &mut Cx<'_>) {}
    /// A request has arrived.
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request);
    /// A call has ended.
    fn on_reply(&mut self, _cx: &mut Cx<'_>, _wire: WireIndex, _token: u64, _request: &Request, _reply: Reply) {}
    /// A timer fires.
    fn on_timer(&mut self, _cx: &mut Cx<'_>, _token: u64) {}
    /// Another member says something.
    fn on_message(&mut self, _cx: &mut Cx<'_>, _from: u8, _message: Self::Message) {}
    /// It dies.
    fn on_crash(&mut self, _cx: &mut Cx<'_>) {}
    /// It starts again.
    fn on_restart(&mut self, _cx: &mut Cx<'_>) {}
    /// Something is done to the box that is not the network's or the kernel's business.
    fn obey(&mut self, _cx: &mut Cx<'_>, _verb: Verb, _amount: f64) {}
    /// Members of its box change, and the front knows how: it begins to hand over what will belong to others. For each that runs.
    fn hand_over(&mut self, _cx: &mut Cx<'_>) {}

    /// The settings in a few words.
    fn summary(settings: &Settings<'_>) -> String;
    /// The box's face.
    fn face(members: &[&Self], glance: &Glance<'_>) -> Face;
    /// The box's readings, in the order of its spec's gauges.
    fn gauges(members: &[&Self], glance: &Glance<'_>) -> Vec<Option<f64>>;
    /// A member's face, for kinds whose members are drawn one by one.
    fn member_face(&self, _glance: &Glance<'_>) -> Face {
        Face::Nothing
    }
    /// A member's role.
    fn role(&self) -> Text {
        Text::default()
    }
    /// One line under a member's face.
    fn note(&self, _members: &[&Self]) -> String {
        String::new()
    }
}

/// Records what a caller learned from a store: that its write took effect, or which version it read.
#[inline]
pub(crate) fn learn(cx: &mut Cx<'_>, request: &Request, reply: &Reply, began: Time) {
    if reply.store == Reply::NO_STORE || !reply.status.is_ok() {
        return;
    }
    let (store, key, version) = (reply.store, request.key, reply.version);
    if request.write {
        cx.record(Record::Wrote { store, key, version, write: request.value });
    } else {
        cx.record(Record::Read { store, key, version, began });
    }
}
