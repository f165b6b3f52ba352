//! What a service does for each operation: the plan, derived from what it is wired to.
//!
//! Nobody has to write one. For a read: caches first, and on a hit nothing else; then the rest in the order of the wires; then
//! the caches are filled. For a write: the rest in order; then the caches are told to forget the key; then queues get the
//! message without anybody waiting for it. A queue takes part in a read only over a wire that names the operation. A tracer takes part in no
//! plan: it is told of every request and call whatever the plan says.
//!
//! Where somebody has written one, it is turned into the same list, with jumps in place of what stands inside other steps.

mod label;
mod written;

pub(crate) use label::step_labels;
pub use written::OpPlan;
pub(crate) use written::of_operations;

use crate::kinds::KindOf;
use base::Span;
use scenario::{Scenario, Value};
use trace::WireIndex;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask a cache; a hit ends the plan.
    Lookup(WireIndex),
    /// Call and wait; a failure ends the plan.
    Call(WireIndex),
    /// Put what was read into a cache, without waiting.
    Fill(WireIndex),
    /// Have a cache forget the key, without waiting.
    Forget(WireIndex),
    /// Hand over without waiting.
    Send(WireIndex),
    /// Ask a cache, whatever was found before.
    Ask(WireIndex),
    /// Call and wait, whatever was found before; a failure goes to the next `OnError` that covers it, else it ends the plan.
    Do(WireIndex),
    /// Put what the last look-up found, else what was read first since, into a cache, without waiting.
    Put(WireIndex),
    /// Begin one of the calls that `Gather` waits for.
    Begin(WireIndex),
    /// Wait for all that was begun; fails when one of them has.
    Gather,
    /// Work on a worker for a drawn time with this mean.
    Work(Span),
    /// Answer the caller, well or badly, and go on.
    Reply(bool),
    /// Pass over so many steps when the last look-up found the key.
    UnlessFound(u8),
    /// Reached when all went well: pass over `skip` steps, which are taken when one of the `covers` steps before it fails.
    OnError { covers: u8, skip: u8 },
    /// Back to the first of the `steps` before it, until there have been so many rounds.
    Again { steps: u8, rounds: u8 },
}

impl Step {
    /// What is done, as it is said to whoever looks into a box that carries it out.
    pub fn name(self) -> &'static str {
        match self {
            Step::Lookup(_) | Step::Ask(_) => "look it up in a cache",
            Step::Call(_) | Step::Do(_) => "call and wait",
            Step::Fill(_) | Step::Put(_) => "fill a cache with what was read, without waiting",
            Step::Forget(_) => "have a cache forget it, without waiting",
            Step::Send(_) => "hand it over without waiting",
            Step::Begin(_) => "call along with others",
            Step::Gather => "wait for all that was begun",
            Step::Work(_) => "work on it",
            Step::Reply(true) => "answer the caller and go on",
            Step::Reply(false) => "tell the caller that it failed and go on",
            Step::UnlessFound(_) => "leave out what follows if it was found",
            Step::OnError { .. } => "all went well: leave out what is for a failure",
            Step::Again { .. } => "once more, until there were enough rounds",
        }
    }

    /// Whether only a plan that somebody has written has such a step.
    pub fn is_written(self) -> bool {
        !matches!(self, Step::Lookup(_) | Step::Call(_) | Step::Fill(_) | Step::Forget(_) | Step::Send(_))
    }
}

/// What a kind is good for in its caller's plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serves {
    /// It is called, and answers.
    Call,
    /// It is asked first, and filled and told to forget, unless it has a store of its own behind it.
    Lookup,
    /// It takes things over; nobody waits for what becomes of them.
    Handover,
    /// It is told what was done, whatever the plan; nobody waits.
    Spans,
}

/// What a box sees at the far end of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A cache that knows no store of its own: its caller looks aside.
    CacheAside,
    /// A queue.
    Queue,
    /// A tracer: told of each request and each call of it, in no step of any plan.
    Tracer,
    /// Anything that is called and answers.
    Callee,
}

/// A wire that leaves a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outlet {
    pub wire: WireIndex,
    pub role: Role,
    /// One bit for each of the scenario's operations it carries.
    pub carries: u64,
    /// True when the wire names its operations.
    pub named: bool,
}

impl Outlet {
    /// Whether it carries this operation; what boxes say to each other passes everywhere.
    pub fn carries(&self, op: u8) -> bool {
        u32::from(op) >= u64::BITS || self.carries >> op & 1 == 1
    }
}

/// Wires that take turns.
#[derive(Clone)]
pub(crate) struct Turns {
    outlets: Vec<Outlet>,
    turn: u32,
}

impl Turns {
    /// The first of these is next.
    pub fn of(outlets: &[Outlet]) -> Turns {
        Turns { outlets: outlets.to_vec(), turn: 0 }
    }

    /// The next of the wires that carry the operation; none when there are none. O(wires).
    pub fn next(&mut self, op: u8) -> Option<WireIndex> {
        let carriers = self.outlets.iter().filter(|outlet| outlet.carries(op));
        let turn = self.turn.checked_rem(carriers.clone().count() as u32)?;
        let wire = carriers.map(|outlet| outlet.wire).nth(turn as usize);
        self.turn = self.turn.wrapping_add(1);
        wire
    }
}

/// Most different operations in one scenario.
pub(crate) const OPS_MAX: usize = 64;

/// The names of all operations of a scenario, in the order in which its clients list them.
pub(crate) fn operations(scenario: &Scenario) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mixes = scenario.boxes.iter().flat_map(|placed| &placed.config);
    for (op, _) in mixes.flat_map(Value::makes) {
        if !names.iter().any(|known| known == op) && names.len() < OPS_MAX {
            names.push(op.to_string());
        }
    }
    names
}

/// Whether a wire leads to a tracer.
fn is_tracer(scenario: &Scenario, wire: &scenario::Wire) -> bool {
    let kind = scenario.place(&wire.ends.to).and_then(|place| KindOf::from_slug(&scenario.boxes[place].kind));
    kind.is_some_and(|kind| kind.serves() == Serves::Spans)
}

/// The wires that leave the box with this id and that it uses: to a tracer only those of who tells spans, or has nothing else to do.
pub(crate) fn outlets(scenario: &Scenario, id: &str, ops: &[String]) -> Vec<Outlet> {
    let kind = scenario.place(id).and_then(|place| KindOf::from_slug(&scenario.boxes[place].kind));
    let tells = kind.is_none_or(|kind| kind.plans() || kind == KindOf::Clients);
    let leaves = scenario.wires.iter().enumerate().filter(|(_, wire)| wire.ends.from == id);
    let leaves = leaves.filter(|(_, wire)| tells || !is_tracer(scenario, wire));
    leaves.map(|(at, wire)| outlet(scenario, at as WireIndex, wire, ops)).collect()
}

fn outlet(scenario: &Scenario, at: WireIndex, wire: &scenario::Wire, ops: &[String]) -> Outlet {
    let kind = scenario.place(&wire.ends.to).and_then(|place| KindOf::from_slug(&scenario.boxes[place].kind));
    let reads_through =
        || scenario.wires.iter().any(|other| other.ends.from == wire.ends.to && !is_tracer(scenario, other));
    let role = match kind.map_or(Serves::Call, KindOf::serves) {
        Serves::Lookup if !reads_through() => Role::CacheAside,
        Serves::Handover => Role::Queue,
        Serves::Spans => Role::Tracer,
        Serves::Lookup | Serves::Call => Role::Callee,
    };
    let bit = |name: &String| ops.iter().position(|op| op == name).map_or(0, |op| 1 << op);
    let carries = if wire.ops.is_empty() { u64::MAX } else { wire.ops.iter().map(bit).fold(0, |all, bit| all | bit) };
    Outlet { wire: at, role, carries, named: !wire.ops.is_empty() }
}

/// The plan for operation `op`.
pub(crate) fn derive(outlets: &[Outlet], op: u8, write: bool) -> Vec<Step> {
    let with = |role: Role| {
        outlets.iter().filter(move |outlet| outlet.role == role && outlet.carries(op)).map(|outlet| outlet.wire)
    };
    let queues = outlets
        .iter()
        .filter(|o| o.role == Role::Queue && o.carries(op) && (write || o.named))
        .map(|o| Step::Send(o.wire));
    let callees = with(Role::Callee).map(Step::Call);
    if write {
        callees.chain(with(Role::CacheAside).map(Step::Forget)).chain(queues).collect()
    } else {
        let lookups = with(Role::CacheAside).map(Step::Lookup);
        lookups.chain(callees).chain(with(Role::CacheAside).map(Step::Fill)).chain(queues).collect()
    }
}

/// Whether the operation changes state, as the first client that lists it says.
pub(crate) fn is_write(scenario: &Scenario, name: &str) -> bool {
    let mixes = scenario.boxes.iter().flat_map(|placed| &placed.config);
    mixes.flat_map(Value::makes).find(|(op, _)| *op == name).is_some_and(|(_, write)| write)
}

/// The plans of a box for all operations: as written, else as they follow from its wiring.
pub(crate) fn all(scenario: &Scenario, place: usize, outlets: &[Outlet], ops: &[String]) -> Vec<Vec<Step>> {
    let placed = &scenario.boxes[place];
    let of = |(op, name): (usize, &String)| match placed.plans.iter().find(|plan| plan.op == *name) {
        Some(plan) => written::lowered(scenario, outlets, op as u8, &plan.steps),
        None => derive(outlets, op as u8, is_write(scenario, name)),
    };
    ops.iter().enumerate().map(of).collect()
}
