//! The state of a run except the insides of its members: time, agenda, members' lives, wires, calls, meters, journal.

use crate::agenda::{Agenda, LaneId};
use crate::caller::{Caller, Failed};
use crate::guard::{Guard, Permit, Release};
use crate::net::{Link, Passage, Policy, WireState};
use crate::parted::Partition;
use crate::watch::{self, Decision, Watch, Word};
use crate::words::{BoxIndex, CallId, Event, MemberIndex, Reply, Request, Status, WireIndex};
use crate::world::{Front, Member};
use crate::zones::{ZoneIndex, Zones};
use base::{Delay, Rng, Span, Time, stable_hash};
use trace::{Journal, Meter, Record};

/// The life of a member, as the network and the kernel see it.
#[derive(Clone, Debug)]
pub struct Life {
    /// The box it belongs to.
    pub box_index: BoxIndex,
    /// Its number in the box.
    pub number: u8,
    /// False after a crash.
    pub up: bool,
    /// True while it stands still.
    pub paused: bool,
    /// True while nothing passes between it and anybody.
    pub cut_off: bool,
    /// True while nothing passes between it and the other members of its box.
    pub isolated: bool,
    /// By how much its work takes longer.
    pub slow: f64,
    /// True once it has left for good.
    pub gone: bool,
    pub(crate) life: u32,
    pub(crate) rng: Rng,
    pub(crate) mesh: Rng,
    pub(crate) held: Vec<Event>,
}

/// A box, as callers see it.
#[derive(Clone, Debug)]
pub struct BoxState<F> {
    /// Which member a call goes to.
    pub front: F,
    /// Its members.
    pub members: Vec<MemberIndex>,
    /// One-way latency between its members.
    pub mesh: Delay,
    /// What is counted on it.
    pub meter: Meter,
    /// The wires that leave it, in the order in which the scenario lists them.
    pub wires: Vec<WireIndex>,
    pub(crate) stream: u64,
}

/// A call as its caller knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub generation: u32,
    pub caller: MemberIndex,
    pub callee: MemberIndex,
    pub wire: WireIndex,
    pub attempt: u8,
    pub open: bool,
    pub token: u64,
    /// When the present attempt began.
    pub sent: Time,
    pub arrived: Time,
    pub request: Request,
}

/// A call that has ended for good.
pub(crate) struct Ended {
    pub caller: MemberIndex,
    pub wire: WireIndex,
    pub token: u64,
}

/// What bounds a run; beyond it the run pauses and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// More events at one moment than any design needs: a loop without delay.
    Instant,
    /// More events pending than the agenda holds comfortably.
    Pending,
}

/// The state of a run except the insides of its members.
#[derive(Clone)]
pub struct Core<M: Member> {
    pub(crate) now: Time,
    pub(crate) agenda: Agenda<Event>,
    /// The boxes, in the scenario's order.
    pub boxes: Vec<BoxState<M::Front>>,
    /// The members of all boxes.
    pub lives: Vec<Life>,
    /// The wires, in the scenario's order.
    pub wires: Vec<WireState<M::Caller>>,
    /// Records and digest.
    pub journal: Journal,
    pub(crate) calls: Vec<Call>,
    calls_free: Vec<u32>,
    /// By slot of a call, where its wire is guarded.
    pub(crate) guards: Vec<Guard<Permit<M>>>,
    messages: Vec<Option<M::Message>>,
    messages_free: Vec<u32>,
    /// Nothing in a world without zones, which pays for one look at this.
    pub(crate) zones: Option<Box<Zones>>,
    /// Nothing while no partition is in force.
    pub(crate) parted: Option<Box<[Partition]>>,
    /// Nothing while nobody looks into a member.
    pub(crate) watch: Option<Box<Watch>>,
    seed: u64,
    pub(crate) events: u64,
}

impl<M: Member> Core<M> {
    pub(crate) fn new(seed: u64) -> Core<M> {
        Core {
            now: Time::ZERO,
            agenda: Agenda::default(),
            boxes: Vec::new(),
            lives: Vec::new(),
            wires: Vec::new(),
            journal: Journal::default(),
            calls: Vec::new(),
            calls_free: Vec::new(),
            guards: Vec::new(),
            messages: Vec::new(),
            messages_free: Vec::new(),
            zones: None,
            parted: None,
            watch: None,
            seed,
            events: 0,
        }
    }

    pub(crate) fn add_box(&mut self, id: &str, front: M::Front, mesh: Delay) -> BoxIndex {
        let state = BoxState {
            front,
            members: Vec::new(),
            mesh,
            meter: Meter::default(),
            wires: Vec::new(),
            stream: stable_hash(id),
        };
        self.boxes.push(state);
        self.boxes.len() as BoxIndex - 1
    }

    pub(crate) fn add_life(&mut self, box_index: BoxIndex) -> MemberIndex {
        let home = &mut self.boxes[usize::from(box_index)];
        let number = home.members.len() as u8;
        let stream = |what| Rng::stream(self.seed, &[home.stream, u64::from(number), what]);
        let life = Life {
            box_index,
            number,
            up: true,
            paused: false,
            cut_off: false,
            isolated: false,
            slow: 1.0,
            gone: false,
            life: 0,
            rng: stream(0),
            mesh: stream(1),
            held: Vec::new(),
        };
        let member = self.lives.len() as MemberIndex;
        self.lives.push(life);
        home.members.push(member);
        member
    }

    pub(crate) fn add_wire(
        &mut self,
        (from, to): (BoxIndex, BoxIndex),
        link: Link,
        policy: Policy,
        caller: M::Caller,
    ) -> WireIndex {
        let id = self.boxes[usize::from(from)].stream.rotate_left(1) ^ self.boxes[usize::from(to)].stream;
        let wire = self.wires.len() as WireIndex;
        self.wires.push(WireState::new(to, link, policy, caller, self.seed, id));
        self.boxes[usize::from(from)].wires.push(wire);
        self.retune_wire(wire, link, policy, |_| {});
        wire
    }

    /// Sets what a wire is made of and how its caller deals with it; `retune` turns the caller's own knobs.
    pub fn retune_wire(&mut self, wire: WireIndex, link: Link, policy: Policy, retune: impl FnOnce(&mut M::Caller)) {
        let state = &mut self.wires[usize::from(wire)];
        state.link = link;
        state.policy = policy;
        retune(&mut state.caller);
        // For good: what an attempt holds has to be given back when the guard has long been taken away.
        state.guarded |= state.caller.is_guarded() || policy.hedge_after != Span::MAX || policy.hands_on_deadline;
        self.refresh_wire(wire);
        if self.wires[usize::from(wire)].guarded {
            self.look_at_circuit(wire);
            self.pull(wire);
        }
    }

    fn refresh_wire(&mut self, wire: WireIndex) {
        let state = &mut self.wires[usize::from(wire)];
        // Between zones a message takes what its ends are apart, which no lane can know.
        let is_plain = self.zones.is_none() && state.is_plain();
        state.plain = if is_plain { self.agenda.lane(state.link.latency.mean + state.added) } else { None };
        state.expiry =
            if state.policy.timeout == Span::MAX { None } else { self.agenda.alarm_lane(state.policy.timeout) };
    }

    /// Cuts a wire, or joins it.
    pub fn set_cut(&mut self, wire: WireIndex, cut: bool) {
        self.wires[usize::from(wire)].cut = cut;
    }

    /// Adds latency to a wire, each way.
    pub fn set_added_latency(&mut self, wire: WireIndex, added: Span) {
        self.wires[usize::from(wire)].added = added;
        self.refresh_wire(wire);
    }

    /// Loses a share of the messages on a wire, each way.
    pub fn set_loss(&mut self, wire: WireIndex, share: f64) {
        self.wires[usize::from(wire)].lose = share;
        self.refresh_wire(wire);
    }

    /// Divides the world into zones: `count` of them besides [`Zones::NOWHERE`], each pair as far apart, one way, as `distance` says.
    /// Every member lies nowhere until it is told where.
    pub fn set_zones(&mut self, count: ZoneIndex, distance: impl FnMut(ZoneIndex, ZoneIndex) -> Span) {
        self.zones = Some(Box::new(Zones::new(count, distance)));
        (0..self.wires.len() as WireIndex).for_each(|wire| self.refresh_wire(wire));
    }

    /// The zones, where there are any.
    #[must_use]
    pub fn zones(&self) -> Option<&Zones> {
        self.zones.as_deref()
    }

    /// The same, to move members and to change what happens at borders.
    pub fn zones_mut(&mut self) -> Option<&mut Zones> {
        self.zones.as_deref_mut()
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// How many events have happened; time-outs of calls that were answered in time do not count.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many events are pending.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.agenda.pending()
    }

    /// How many calls are under way.
    #[must_use]
    pub fn calls_open(&self) -> usize {
        self.calls.len() - self.calls_free.len()
    }

    /// Where a wire leads.
    #[must_use]
    pub fn wire_target(&self, wire: WireIndex) -> BoxIndex {
        self.wires[usize::from(wire)].to
    }

    /// Adds a record.
    #[inline]
    pub fn record(&mut self, record: Record) {
        self.journal.push(self.now, record);
    }

    /// Forgets the time-outs next in `lane` of attempts that are over.
    #[inline]
    pub(crate) fn forget_answered(&mut self, lane: LaneId) {
        let calls = &self.calls;
        self.agenda.forget_alarms(lane, |word| {
            let attempt = CallId::from_token(word);
            calls[attempt.slot as usize].generation != attempt.generation
        });
    }

    #[inline]
    fn is_cut(&self, wire: WireIndex, from: MemberIndex, to: MemberIndex) -> bool {
        self.wires[usize::from(wire)].cut || self.stands_between(from, to)
    }

    // ---- calls ----

    /// Makes a call over `wire`; the answer reaches the caller with `token`.
    #[inline]
    pub(crate) fn call(&mut self, caller: MemberIndex, wire: WireIndex, request: Request, token: u64) {
        let now = self.now;
        let fresh = Call {
            generation: 0,
            caller,
            callee: caller,
            wire,
            attempt: 0,
            open: true,
            token,
            sent: now,
            arrived: now,
            request,
        };
        self.decide(caller, || watch::asked(wire, request.op, request.key));
        let slot = self.open_call(fresh);
        let generation = self.calls[slot as usize].generation;
        self.attempt(CallId { slot, generation }, wire, &request, 0);
    }

    /// A slot for a call.
    #[inline]
    pub(crate) fn open_call(&mut self, fresh: Call) -> u32 {
        match self.calls_free.pop() {
            Some(slot) => {
                let call = &mut self.calls[slot as usize];
                let generation = call.generation;
                *call = Call { generation, ..fresh };
                slot
            }
            None => {
                self.calls.push(Call { generation: 0, ..fresh });
                self.calls.len() as u32 - 1
            }
        }
    }

    /// Gives the slot of a call back.
    #[inline]
    pub(crate) fn close_call(&mut self, slot: u32) {
        self.calls[slot as usize].open = false;
        self.calls_free.push(slot);
    }

    /// Begins attempt number `attempt` of a call.
    #[inline(always)]
    fn attempt(&mut self, id: CallId, wire: WireIndex, request: &Request, attempt: u8) {
        let now = self.now;
        let state = &mut self.wires[usize::from(wire)];
        state.meter.arrive();
        if state.guarded {
            self.attempt_guarded(id);
            return;
        }
        let timeout = state.policy.timeout;
        if timeout != Span::MAX {
            match state.expiry {
                Some(lane) => self.agenda.push_alarm(lane, now + timeout, id.token()),
                None => self.schedule(now + timeout, Event::Expiry { call: id }),
            }
        }
        let to = self.route(wire, request, attempt);
        self.dispatch(id, wire, request, to);
    }

    /// Whom the called box's front names for attempt number `attempt`.
    #[inline(always)]
    pub(crate) fn route(&mut self, wire: WireIndex, request: &Request, attempt: u8) -> Option<MemberIndex> {
        let to_box = self.wires[usize::from(wire)].to;
        let target = &mut self.boxes[usize::from(to_box)];
        let number = target.front.route(request, attempt, &self.lives, &target.members)?;
        target.members.get(usize::from(number)).copied()
    }

    /// Sends `request` to member `to`.
    #[inline(always)]
    pub(crate) fn dispatch(&mut self, id: CallId, wire: WireIndex, request: &Request, to: Option<MemberIndex>) {
        let now = self.now;
        let call = &mut self.calls[id.slot as usize];
        let Some(to) = to else {
            // Nobody to send it to: the caller learns so at once, after the way there and back.
            let reply = Reply::plain(Status::Unavailable);
            let state = &self.wires[usize::from(wire)];
            let from = self.boxes[usize::from(state.to)].members.first().copied().unwrap_or(call.caller);
            call.callee = from;
            let there_and_back = state.link.latency.mean.scaled(2.0);
            self.schedule(now + there_and_back, Event::Answer { call: id, from, sent: now, reply });
            return;
        };
        call.callee = to;
        call.arrived = Time::NEVER;
        self.send(wire, true, request.bytes, || Event::Arrival { call: id, to, wire, sent: now, request: *request });
    }

    /// Puts an event that travels over a wire into the agenda, as the network lets it pass.
    #[inline(always)]
    fn send(&mut self, wire: WireIndex, outward: bool, bytes: u32, event: impl FnOnce() -> Event) {
        let state = &self.wires[usize::from(wire)];
        if let Some(lane) = state.plain {
            let at = self.now + (state.link.latency.mean + state.added);
            self.agenda.push_lane(lane, at, event);
        } else if self.zones.is_none() {
            self.send_by_chance(wire, outward, bytes, event());
        } else {
            self.send_far(wire, outward, bytes, event());
        }
    }

    /// Schedules an event off the beaten path: where few pass, the agenda's code need not stand.
    #[inline(never)]
    pub(crate) fn schedule(&mut self, at: Time, event: Event) {
        self.agenda.push(at, || event);
    }

    /// As [`Core::send`], over a wire that takes a draw.
    #[inline(never)]
    fn send_by_chance(&mut self, wire: WireIndex, outward: bool, bytes: u32, event: Event) {
        let now = self.now;
        match self.wires[usize::from(wire)].pass(now, bytes, outward) {
            Passage::Lost => {}
            Passage::Once(delay) => self.schedule(now + delay, event),
            Passage::Twice(first, second) => {
                self.schedule(now + first, event);
                self.schedule(now + second, event);
            }
        }
    }

    /// As [`Core::send`], in a world with zones: over the border between the zones of the two ends.
    #[inline(never)]
    fn send_far(&mut self, wire: WireIndex, outward: bool, bytes: u32, event: Event) {
        let now = self.now;
        let (from, to) = match event {
            Event::Arrival { call, to, .. } => (self.calls[call.slot as usize].caller, to),
            Event::Answer { call, from, .. } => (from, self.calls[call.slot as usize].caller),
            _ => unreachable!("only calls and answers travel over wires"),
        };
        let border = self.zones.as_ref().map_or_else(Default::default, |zones| zones.between(from, to));
        let state = &mut self.wires[usize::from(wire)];
        let passage = state.pass(now, bytes, outward);
        let lane = if outward { &mut state.out } else { &mut state.back };
        if border.loss > 0.0 && lane.rng.chance(border.loss) {
            return;
        }
        let far = border.delay();
        match passage {
            Passage::Lost => {}
            Passage::Once(delay) => self.schedule(now + delay + far, event),
            Passage::Twice(first, second) => {
                self.schedule(now + first + far, event);
                self.schedule(now + second + far, event);
            }
        }
    }

    /// Answers a call; nothing happens when the caller has given up.
    #[inline]
    pub(crate) fn reply(&mut self, from: MemberIndex, call: CallId, reply: Reply) {
        let Some(known) = self.calls.get(call.slot as usize) else { return };
        let (live, wire, arrived, bytes) =
            (known.generation == call.generation, known.wire, known.arrived, known.request.bytes);
        let home = self.lives[usize::from(from)].box_index;
        let meter = &mut self.boxes[usize::from(home)].meter;
        if !live {
            meter.count.end(reply.status);
            return;
        }
        let took = self.now.since(arrived);
        meter.end(reply.status, took);
        if self.watch.is_some() {
            let request = self.request_of(call);
            self.keep(from, || watch::answered(&request, reply.status, took));
        }
        let sent = self.now;
        self.send(wire, false, bytes, || Event::Answer { call, from, sent, reply });
    }

    /// The request of an arrival, if it gets through to a member that can hear it.
    #[inline]
    pub(crate) fn arrive(&mut self, call: CallId, to: MemberIndex, wire: WireIndex) -> bool {
        let known = &mut self.calls[call.slot as usize];
        let caller = known.caller;
        if known.generation == call.generation {
            known.arrived = self.now;
        }
        if self.is_cut(wire, caller, to) || !self.lives[usize::from(to)].up {
            return false;
        }
        let home = self.lives[usize::from(to)].box_index;
        self.boxes[usize::from(home)].meter.arrive();
        true
    }

    /// Ends the attempt that `call` names with `reply`: a retry where the policy has one left, else the end of the call.
    #[inline(always)]
    pub(crate) fn settle(&mut self, call: CallId, reply: &Reply) -> Option<Ended> {
        let now = self.now;
        let known = &mut self.calls[call.slot as usize];
        if known.generation != call.generation {
            return None;
        }
        known.generation = known.generation.wrapping_add(1);
        let Call { caller, wire, token, sent, .. } = *known;
        let state = &mut self.wires[usize::from(wire)];
        state.meter.end(reply.status, now.since(sent));
        if self.watch.is_some() {
            let request = self.request_of(call);
            self.keep(caller, || watch::heard(wire, &request, reply.status, now.since(sent)));
        }
        let state = &self.wires[usize::from(wire)];
        let known = &mut self.calls[call.slot as usize];
        let failed = matches!(reply.status, Status::TimedOut | Status::Unavailable | Status::Failed);
        let ended = Ended { caller, wire, token };
        if failed || state.guarded {
            return if self.goes_on(call, reply.status, failed) { None } else { Some(ended) };
        }
        known.open = false;
        self.calls_free.push(call.slot);
        Some(ended)
    }

    /// Whether a call goes on after an attempt that has failed, or whose wire is guarded: another attempt is under way in its place, or
    /// will be made. If not, its slot is free.
    #[cold]
    #[inline(never)]
    fn goes_on(&mut self, ended: CallId, status: Status, failed: bool) -> bool {
        let Call { wire, attempt, .. } = self.calls[ended.slot as usize];
        let state = &self.wires[usize::from(wire)];
        let is_left = attempt < state.policy.retries;
        let release = if state.guarded { self.release(ended, status) } else { Release::Ended };
        let goes_on = match release {
            Release::Ended => failed && is_left && self.retry_later(ended.slot),
            Release::Refused => false,
            Release::TwinGoesOn => return true,
        };
        if !goes_on {
            self.close_call(ended.slot);
        }
        goes_on
    }

    /// True when an answer gets through from `from` to the caller.
    #[inline]
    pub(crate) fn answer_passes(&self, call: CallId, from: MemberIndex) -> bool {
        let known = &self.calls[call.slot as usize];
        self.is_open(call) && !self.is_cut(known.wire, from, known.caller)
    }

    /// Has the call of `slot` made again after a pause. False when it is not to be.
    fn retry_later(&mut self, slot: u32) -> bool {
        let Call { generation, caller, wire, request, attempt, .. } = self.calls[slot as usize];
        let state = &mut self.wires[usize::from(wire)];
        let until = if state.policy.hands_on_deadline { request.until.time() } else { Time::NEVER };
        let last = self.guards.get(slot as usize).filter(|_| state.guarded).map_or(Span::ZERO, |guard| guard.paused);
        let failed = Failed { now: self.now, until, retry: attempt, last };
        let Some(pause) = state.caller.pause(failed, &mut state.out.rng) else {
            state.tally.withheld += 1;
            self.decide(caller, || {
                Decision::new("does not ask {} again: its retry budget is spent", [Word::Wire(wire)])
            });
            return false;
        };
        state.tally.retries += 1;
        if let Some(guard) = self.guards.get_mut(slot as usize) {
            guard.paused = pause;
        }
        self.calls[slot as usize].attempt += 1;
        let nth = u64::from(attempt) + 1;
        self.decide(caller, || {
            Decision::new("asks {} again in {}, for the {}. time", [Word::Wire(wire), pause.into(), nth.into()])
        });
        self.schedule(self.now + pause, Event::Retry { call: CallId { slot, generation } });
        true
    }

    pub(crate) fn retry(&mut self, call: CallId) {
        let now = self.now;
        let known = &mut self.calls[call.slot as usize];
        if known.generation == call.generation {
            known.sent = now;
            let Call { wire, request, attempt, .. } = *known;
            self.attempt(call, wire, &request, attempt);
        }
    }

    /// True while the caller of this attempt still waits.
    #[inline]
    pub(crate) fn is_open(&self, call: CallId) -> bool {
        self.calls[call.slot as usize].generation == call.generation
    }

    /// Forgets what a member had put aside while it stood still.
    pub(crate) fn forget_held(&mut self, member: MemberIndex) {
        for event in std::mem::take(&mut self.lives[usize::from(member)].held) {
            if let Event::Message { slot, .. } = event {
                self.messages[slot as usize] = None;
                self.messages_free.push(slot);
            }
        }
    }

    /// The request of a call that is answered or has just ended: its slot still holds it.
    #[inline]
    pub(crate) fn request_of(&self, call: CallId) -> Request {
        self.calls[call.slot as usize].request
    }

    pub(crate) fn caller_of(&self, call: CallId) -> MemberIndex {
        self.calls[call.slot as usize].caller
    }

    /// Forgets the calls that a dead member had under way.
    pub(crate) fn drop_calls_of(&mut self, member: MemberIndex) {
        let is_its = |call: &Call| call.open && call.caller == member;
        let slots: Vec<u32> = (0..).zip(&self.calls).filter(|(_, call)| is_its(call)).map(|(slot, _)| slot).collect();
        self.drop_guarded(member, &slots);
        for slot in slots {
            let call = &mut self.calls[slot as usize];
            call.generation = call.generation.wrapping_add(1);
            self.close_call(slot);
        }
    }

    // ---- members ----

    /// Sets a timer of a member; it does not survive a crash.
    #[inline]
    pub(crate) fn timer(&mut self, member: MemberIndex, after: Span, token: u64) {
        let life = self.lives[usize::from(member)].life;
        self.agenda.push(self.now + after, || Event::Timer { member, life, token });
    }

    /// Sends a message to another member of the same box.
    pub(crate) fn message(&mut self, from: MemberIndex, to: MemberIndex, message: M::Message) {
        let home = usize::from(self.lives[usize::from(from)].box_index);
        let mesh = self.boxes[home].mesh;
        let luck = &mut self.lives[usize::from(from)].mesh;
        let mut delay = mesh.draw(luck);
        if let Some(zones) = &self.zones {
            let border = zones.between(from, to);
            if border.loss > 0.0 && luck.chance(border.loss) {
                return;
            }
            delay = delay + border.delay();
        }
        let slot = match self.messages_free.pop() {
            Some(slot) => {
                self.messages[slot as usize] = Some(message);
                slot
            }
            None => {
                self.messages.push(Some(message));
                self.messages.len() as u32 - 1
            }
        };
        let sent = self.now;
        self.schedule(sent + delay, Event::Message { from, to, slot, sent });
    }

    /// A message that has arrived, if it gets through.
    pub(crate) fn receive(&mut self, from: MemberIndex, to: MemberIndex, slot: u32) -> Option<M::Message> {
        let message = self.messages[slot as usize].take();
        self.messages_free.push(slot);
        message.filter(|_| !self.stands_between(from, to) && self.lives[usize::from(to)].up)
    }
}
