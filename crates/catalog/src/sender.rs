//! What boxes share that send traffic of their own: requests are begun, go out over the wires by turns, and end.

use crate::face::Face;
use crate::kind::{Cx, Glance, Setup, learn, percent};
use crate::plan::Outlet;
use crate::settings::gauge;
use base::Time;
use scenario::GaugeSpec;
use sim::{Reply, Request};
use slab::Slab;
use trace::{Record, Status, WireIndex};

/// The requests of one box that sends, from their beginning to their end.
#[derive(Clone)]
pub(crate) struct Sender {
    ops: Vec<Asked>,
    turn: u32,
    begun: Slab<Begun>,
    serial: u64,
    /// Which of the boxes that send traffic this is, and how many there are.
    place: (u64, u64),
}

/// One operation that is sent.
#[derive(Clone)]
struct Asked {
    op: u8,
    write: bool,
    wires: Vec<WireIndex>,
}

/// A request under way.
#[derive(Clone, Copy)]
struct Begun {
    at: Time,
    user: u32,
}

impl Sender {
    /// Of these operations, by name, and whether each changes state.
    pub fn new<'a>(setup: &Setup<'_>, ops: impl Iterator<Item = (&'a str, bool)>) -> Sender {
        let wires = |op: u8| setup.outlets.iter().filter(|o: &&Outlet| o.carries(op)).map(|o| o.wire).collect();
        let place = |name: &str| setup.ops.iter().position(|known| known == name).unwrap_or(0) as u8;
        let asked = |(name, write): (&str, bool)| Asked { op: place(name), write, wires: wires(place(name)) };
        Sender { ops: ops.map(asked).collect(), turn: 0, begun: Slab::new(), serial: 0, place: setup.sender }
    }

    /// How many operations there are.
    pub fn ops(&self) -> usize {
        self.ops.len()
    }

    /// A user asks for `key` by the operation at place `which`. The user again, when that has ended already because no wire carries it.
    #[inline]
    pub fn issue(&mut self, cx: &mut Cx<'_>, which: usize, key: u64, user: u32, bytes: u32) -> Option<u32> {
        cx.begin();
        let asked = self.ops.get(which)?;
        self.serial += 1;
        let (nth, of) = self.place;
        // Different for every request of a run, and small enough for a person to read.
        let value = self.serial * of + nth;
        let request = Request { key, value, user, bytes, op: asked.op, write: asked.write, ..Request::default() };
        let slot = self.begun.insert(Begun { at: cx.now(), user }) as u32;
        let wires = asked.wires.len() as u32;
        if wires == 0 {
            return Some(self.finish(cx, slot, &request, Reply::plain(Status::Unavailable)));
        }
        let wire = asked.wires[(self.turn % wires) as usize];
        self.turn = if wires == 1 { 0 } else { self.turn.wrapping_add(1) };
        cx.call(wire, request, u64::from(slot));
        None
    }

    /// The request in `slot` has ended; whose it was.
    #[inline]
    pub fn finish(&mut self, cx: &mut Cx<'_>, slot: u32, request: &Request, reply: Reply) -> u32 {
        let begun = self.begun.remove(slot as usize);
        let latency = cx.now().since(begun.at);
        learn(cx, request, &reply, begun.at);
        cx.end(reply.status, latency);
        cx.record(Record::Answered { client: cx.home(), op: request.op, status: reply.status, latency });
        begun.user
    }
}

/// The readings of a box that sends.
pub(crate) fn specs() -> Vec<GaugeSpec> {
    vec![gauge("rate", "Requests", "/s"), gauge("p99_ms", "p99", "ms"), gauge("failed_percent", "Failed", "%")]
}

/// Them now.
pub(crate) fn gauges(glance: &Glance<'_>) -> Vec<Option<f64>> {
    let count = &glance.sample.count;
    vec![Some(glance.rate(count.arrived)), glance.p99_ms(), percent(count.bad(), count.ended())]
}

/// The page draws the course of the first gauge.
pub(crate) fn course(glance: &Glance<'_>) -> Face {
    Face::Line { values: vec![glance.rate(glance.sample.count.arrived)], unit: "/s".into() }
}
