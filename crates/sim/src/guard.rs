//! Attempts on guarded wires: asked for before they are sent, answered for when they end, made twice when the first is late.
//!
//! What an attempt holds lies in a table of its own beside the calls, so that wires without a guard do not carry it about. Each
//! step is O(1); nothing is allocated but what the tables grow by.
//!
//! A hedge is a second call in the table, tied to the first: the first good answer is the call's and the other attempt is forgotten;
//! a failure counts only when it was the last one under way. Only reads are hedged: they may be made twice without harm.

use crate::caller::{Admission, Attempt, Caller};
use crate::core::{Call, Core};
use crate::watch::{self, Decision, Word};
use crate::words::{CallId, Event, MemberIndex, Request, Status, Until, WireIndex};
use crate::world::Member;
use base::{Span, Time};
use trace::Record;

/// What a caller's attempts hold.
pub(crate) type Permit<M> = <<M as Member>::Caller as Caller>::Permit;

/// What is known of an attempt that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard<P> {
    /// Of the attempt; what an earlier one left behind does not count.
    generation: u32,
    hold: Hold<P>,
    /// The other attempt of the same call.
    twin: Option<CallId>,
    /// When its caller's patience ends.
    until: Time,
    /// The last pause before a retry of this call.
    pub paused: Span,
}

#[derive(Clone, Copy, Debug)]
enum Hold<P> {
    Nothing,
    /// A place in the line.
    Line,
    Permit(P),
    /// Nothing: it was not made, and its call ends with this status.
    Refused(Status),
}

/// What becomes of a call when an attempt has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// It ends too, unless it is tried again.
    Ended,
    /// It was not made, and is not tried again.
    Refused,
    /// Another attempt goes on in its place, and the slot of the one that has ended is free.
    TwinGoesOn,
}

impl<M: Member> Core<M> {
    /// Begins an attempt whose arrival has been counted.
    #[cold]
    #[inline(never)]
    pub(crate) fn attempt_guarded(&mut self, id: CallId) {
        let now = self.now;
        let Call { wire, request, attempt, .. } = self.calls[id.slot as usize];
        let policy = self.wires[usize::from(wire)].policy;
        let patience = now + policy.timeout;
        let until = if policy.hands_on_deadline { patience.min(request.until.time()) } else { patience };
        let paused =
            if attempt == 0 { Span::ZERO } else { self.guard(id.slot).map_or(Span::ZERO, |guard| guard.paused) };
        self.put_guard(id, until, paused);
        if until <= now {
            self.refuse(wire, id, Status::TimedOut);
            return;
        }
        match self.wires[usize::from(wire)].expiry.filter(|_| until == patience) {
            Some(lane) => self.agenda.push_alarm(lane, until, id.token()),
            None if until != Time::NEVER => self.schedule(until, Event::Expiry { call: id }),
            None => {}
        }
        let why = if attempt == 0 { Attempt::First } else { Attempt::Again };
        match self.ask(wire, id, why) {
            Admission::Go(permit) => self.launch(id, permit),
            Admission::Wait => self.hold(id, Hold::Line),
            Admission::Refused(status) => self.refuse(wire, id, status),
        }
    }

    fn guard(&self, slot: u32) -> Option<&Guard<Permit<M>>> {
        self.guards.get(slot as usize)
    }

    fn put_guard(&mut self, id: CallId, until: Time, paused: Span) {
        let empty = Guard { generation: id.generation, hold: Hold::Nothing, twin: None, until, paused };
        let at = id.slot as usize;
        if at >= self.guards.len() {
            // Whichever attempt these are taken for, it holds nothing.
            self.guards.resize(self.calls.len(), empty);
        }
        self.guards[at] = empty;
    }

    fn hold(&mut self, id: CallId, hold: Hold<Permit<M>>) {
        self.guards[id.slot as usize].hold = hold;
    }

    fn ask(&mut self, wire: WireIndex, id: CallId, why: Attempt) -> Admission<Permit<M>> {
        let admission = self.wires[usize::from(wire)].caller.ask(self.now, id, why);
        self.look_at_circuit(wire);
        admission
    }

    /// Ends a call that may not be made: at once, but after what its caller is doing now.
    fn refuse(&mut self, wire: WireIndex, id: CallId, status: Status) {
        self.hold(id, Hold::Refused(status));
        self.wires[usize::from(wire)].tally.refused += 1;
        let caller = self.calls[id.slot as usize].caller;
        self.decide(caller, || watch::withheld(wire, status));
        self.schedule(self.now, Event::Expiry { call: id });
    }

    /// How an attempt ends that is over without an answer.
    pub(crate) fn why_over(&self, call: CallId) -> Status {
        match self.guard(call.slot) {
            Some(Guard { generation, hold: Hold::Refused(status), .. }) if *generation == call.generation => *status,
            _ => Status::TimedOut,
        }
    }

    /// Sends an attempt, and sees to its hedge.
    fn launch(&mut self, id: CallId, permit: Permit<M>) {
        self.hold(id, Hold::Permit(permit));
        let Call { wire, request, attempt, .. } = self.calls[id.slot as usize];
        let policy = self.wires[usize::from(wire)].policy;
        let to = self.route(wire, &request, attempt);
        self.dispatch(id, wire, &self.told(wire, id, request), to);
        if policy.hedge_after != Span::MAX && !request.write {
            self.schedule(self.now + policy.hedge_after, Event::Hedge { call: id });
        }
    }

    /// The request as it goes out: with how long its caller waits, where the wire hands that on.
    fn told(&self, wire: WireIndex, id: CallId, request: Request) -> Request {
        let until = self.guards[id.slot as usize].until;
        let tells = self.wires[usize::from(wire)].policy.hands_on_deadline && until != Time::NEVER;
        if tells { Request { until: Until::moment(until), ..request } } else { request }
    }

    /// Makes a second attempt beside one that is late, unless it has one or may not have one.
    pub(crate) fn hedge(&mut self, first: CallId) {
        let call = self.calls[first.slot as usize];
        let Guard { twin, until, paused, .. } = self.guards[first.slot as usize];
        if twin.is_some() {
            return;
        }
        let slot = self.open_call(Call { sent: self.now, arrived: self.now, ..call });
        let second = CallId { slot, generation: self.calls[slot as usize].generation };
        let Admission::Go(permit) = self.ask(call.wire, second, Attempt::Hedge) else {
            self.close_call(slot);
            return;
        };
        self.put_guard(second, until, paused);
        self.guards[slot as usize].twin = Some(first);
        self.guards[first.slot as usize].twin = Some(second);
        self.hold(second, Hold::Permit(permit));
        let state = &mut self.wires[usize::from(call.wire)];
        state.meter.arrive();
        state.tally.hedges += 1;
        let late = self.now.since(call.sent);
        self.decide(call.caller, || {
            Decision::new("asked {} a second time: no answer for {}", [Word::Wire(call.wire), late.into()])
        });
        if until != Time::NEVER {
            self.schedule(until, Event::Expiry { call: second });
        }
        // Whose turn the next attempt finds may again be the one who is late; then it is the turn of the one after.
        let next = self.route(call.wire, &call.request, call.attempt.saturating_add(1));
        let other = next.filter(|to| *to != call.callee);
        let to = other.or_else(|| self.route(call.wire, &call.request, call.attempt.saturating_add(2)));
        self.dispatch(second, call.wire, &self.told(call.wire, second, call.request), to);
    }

    /// Gives back what an attempt held that has ended with `status`.
    pub(crate) fn release(&mut self, ended: CallId, status: Status) -> Release {
        let Call { wire, sent, .. } = self.calls[ended.slot as usize];
        let Some(guard) = self.guards.get_mut(ended.slot as usize).filter(|guard| guard.generation == ended.generation)
        else {
            return Release::Ended;
        };
        let (hold, twin) = (std::mem::replace(&mut guard.hold, Hold::Nothing), guard.twin.take());
        if matches!(hold, Hold::Refused(_)) {
            return Release::Refused;
        }
        let (now, took) = (self.now, self.now.since(sent));
        self.give_back(wire, ended, hold, |caller, permit| caller.ended(now, permit, status, took));
        let Some(twin) = twin.filter(|twin| self.is_open(*twin)) else { return Release::Ended };
        self.guards[twin.slot as usize].twin = None;
        if !status.is_ok() {
            self.close_call(ended.slot);
            return Release::TwinGoesOn;
        }
        let hold = std::mem::replace(&mut self.guards[twin.slot as usize].hold, Hold::Nothing);
        let call = &mut self.calls[twin.slot as usize];
        call.generation = call.generation.wrapping_add(1);
        self.close_call(twin.slot);
        self.wires[usize::from(wire)].tally.dropped += 1;
        self.give_back(wire, twin, hold, Caller::dropped);
        Release::Ended
    }

    /// Has a permit given back by `end`, or a call leave the line; lets go who can go now.
    fn give_back(
        &mut self,
        wire: WireIndex,
        id: CallId,
        hold: Hold<Permit<M>>,
        end: impl FnOnce(&mut M::Caller, Permit<M>),
    ) {
        let caller = &mut self.wires[usize::from(wire)].caller;
        match hold {
            Hold::Nothing | Hold::Refused(_) => return,
            Hold::Line => caller.withdrawn(id),
            Hold::Permit(permit) => end(caller, permit),
        }
        self.look_at_circuit(wire);
        self.pull(wire);
    }

    /// Makes the calls whose turn has come, or refuses them.
    pub(crate) fn pull(&mut self, wire: WireIndex) {
        while let Some((id, turn)) = self.wires[usize::from(wire)].caller.pull(self.now) {
            self.look_at_circuit(wire);
            debug_assert!(self.is_open(id), "who does not wait any more has been withdrawn");
            match turn {
                Ok(permit) => self.launch(id, permit),
                Err(status) => self.refuse(wire, id, status),
            }
        }
    }

    /// Makes a record when the breaker has changed its mind.
    pub(crate) fn look_at_circuit(&mut self, wire: WireIndex) {
        let state = &mut self.wires[usize::from(wire)];
        let circuit = state.caller.circuit(self.now);
        if circuit != state.circuit {
            state.circuit = circuit;
            self.record(Record::Breaker { wire, circuit });
        }
    }

    /// Gives back what the calls of a dead member in `slots`, which are still open, held; and all that its box knew of its wires, when
    /// nobody else of the box is alive to know it.
    pub(crate) fn drop_guarded(&mut self, member: MemberIndex, slots: &[u32]) {
        // Those who wait go first, so that no place is given to one of them.
        for is_line in [true, false] {
            for slot in slots {
                let Call { wire, generation, .. } = self.calls[*slot as usize];
                let guard = self.guards.get_mut(*slot as usize).filter(|guard| guard.generation == generation);
                let Some(guard) = guard.filter(|guard| matches!(guard.hold, Hold::Line) == is_line) else { continue };
                guard.twin = None;
                let hold = std::mem::replace(&mut guard.hold, Hold::Nothing);
                self.give_back(wire, CallId { slot: *slot, generation }, hold, Caller::dropped);
            }
        }
        let home = &self.boxes[usize::from(self.lives[usize::from(member)].box_index)];
        if home.members.iter().any(|other| self.lives[usize::from(*other)].up) {
            return;
        }
        for wire in &home.wires {
            let state = &mut self.wires[usize::from(*wire)];
            state.caller.forget();
            state.circuit = state.caller.circuit(self.now);
        }
    }
}
