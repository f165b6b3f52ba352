//! The world: members that run, and the loop that gives them their events.
//!
//! A world is `Clone`: a checkpoint is a clone, and seeking is a clone run forward. Dispatch is static: a member type is one `enum`
//! over all kinds.

use crate::agenda::{Due, Taken};
use crate::caller::Caller;
use crate::core::{Budget, Core};
use crate::net::{Link, Policy};
use crate::watch::Decision;
use crate::words::{BoxIndex, CallId, Event, MemberIndex, Reply, Request, Status, WireIndex};
use base::{Delay, Rng, Span, Time};
use trace::Record;

/// Which member of a box a call goes to: what a caller's client library or a registry knows.
pub trait Front: Clone {
    /// The number of the member that attempt `attempt` (from 0) of `request` goes to; `None` when there is nobody to send it to.
    fn route(&mut self, request: &Request, attempt: u8, lives: &[crate::Life], members: &[MemberIndex]) -> Option<u8>;
}

/// One simulated process.
pub trait Member: Clone + Sized {
    /// What callers know of a box.
    type Front: Front;
    /// What members of one box say to each other.
    type Message: Clone;
    /// What a caller does about failure, on each wire.
    type Caller: Caller;

    /// The run begins, or this member joins it.
    fn on_start(&mut self, cx: &mut Cx<'_, Self>);
    /// A request has arrived; it is answered by [`Cx::reply`], now or later.
    fn on_request(&mut self, cx: &mut Cx<'_, Self>, call: CallId, request: Request);
    /// A call of ours over `wire` has ended.
    fn on_reply(&mut self, cx: &mut Cx<'_, Self>, wire: WireIndex, token: u64, request: &Request, reply: Reply);
    /// A timer of ours fires.
    fn on_timer(&mut self, cx: &mut Cx<'_, Self>, token: u64);
    /// Another member of our box says something.
    fn on_message(&mut self, cx: &mut Cx<'_, Self>, from: u8, message: Self::Message);
    /// We die: everything that is not persisted is gone, and nothing can be sent.
    fn on_crash(&mut self, cx: &mut Cx<'_, Self>);
    /// We start again from what was persisted.
    fn on_restart(&mut self, cx: &mut Cx<'_, Self>);
}

/// What a member can see and do while it handles an event.
pub struct Cx<'a, M: Member> {
    pub(crate) core: &'a mut Core<M>,
    pub(crate) me: MemberIndex,
}

impl<M: Member> Cx<'_, M> {
    /// The present moment.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Time {
        self.core.now
    }

    /// This member's place among all members.
    #[inline]
    #[must_use]
    pub fn me(&self) -> MemberIndex {
        self.me
    }

    /// This member's number in its box.
    #[inline]
    #[must_use]
    pub fn number(&self) -> u8 {
        self.core.lives[usize::from(self.me)].number
    }

    /// The box of this member.
    #[inline]
    #[must_use]
    pub fn home(&self) -> BoxIndex {
        self.core.lives[usize::from(self.me)].box_index
    }

    /// This member's stream of luck.
    #[inline]
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.core.lives[usize::from(self.me)].rng
    }

    /// What callers know of this member's box.
    #[inline]
    pub fn front(&mut self) -> &mut M::Front {
        let home = self.home();
        &mut self.core.boxes[usize::from(home)].front
    }

    /// The wires that leave this member's box.
    #[inline]
    #[must_use]
    pub fn wires(&self) -> &[WireIndex] {
        &self.core.boxes[usize::from(self.home())].wires
    }

    /// How long a piece of work takes here: a draw, longer by as much as this member is slow.
    #[inline]
    pub fn work(&mut self, time: &Delay) -> Span {
        let life = &mut self.core.lives[usize::from(self.me)];
        let span = time.draw(&mut life.rng);
        if life.slow == 1.0 { span } else { span.scaled(life.slow) }
    }

    /// Calls over a wire; the answer comes to [`Member::on_reply`] with `token`.
    #[inline]
    pub fn call(&mut self, wire: WireIndex, request: Request, token: u64) {
        self.core.call(self.me, wire, request, token);
    }

    /// Answers a call.
    #[inline]
    pub fn reply(&mut self, call: CallId, reply: Reply) {
        self.core.reply(self.me, call, reply);
    }

    /// Has [`Member::on_timer`] called with `token` after a time; a crash forgets it.
    #[inline]
    pub fn timer(&mut self, after: Span, token: u64) {
        self.core.timer(self.me, after, token);
    }

    /// Says something to another member of the same box, by number.
    pub fn send(&mut self, to: u8, message: M::Message) {
        let home = usize::from(self.home());
        if let Some(to) = self.core.boxes[home].members.get(usize::from(to)).copied() {
            self.core.message(self.me, to, message);
        }
    }

    /// Adds a record.
    #[inline]
    pub fn record(&mut self, record: Record) {
        self.core.record(record);
    }

    /// Keeps what this member decides, while somebody looks into it; else nothing is put together.
    #[inline]
    pub fn decide(&mut self, decision: impl FnOnce() -> Decision) {
        self.core.decide(self.me, decision);
    }

    /// True while somebody looks into anything: for what costs more to find out than to say.
    #[inline]
    #[must_use]
    pub fn is_looked_into(&self) -> bool {
        self.core.is_watched()
    }

    /// The numbers of those waiting and at work in this box change by these amounts.
    #[inline]
    pub fn shift_load(&mut self, waiting: i32, busy: i32) {
        let (home, now) = (usize::from(self.home()), self.core.now);
        self.core.boxes[home].meter.shift_load(now, waiting, busy);
    }

    /// Counts something this box began by itself, as clients do.
    #[inline]
    pub fn begin(&mut self) {
        let home = usize::from(self.home());
        self.core.boxes[home].meter.arrive();
    }

    /// Counts the end of something this box began by itself.
    #[inline]
    pub fn end(&mut self, status: Status, latency: Span) {
        let home = usize::from(self.home());
        self.core.boxes[home].meter.end(status, latency);
    }

    /// Everything else: lives, boxes, wires.
    #[must_use]
    pub fn core(&self) -> &Core<M> {
        self.core
    }
}

/// A system that runs.
#[derive(Clone)]
pub struct World<M: Member> {
    /// Everything but the members.
    pub core: Core<M>,
    members: Vec<M>,
    instant: (Time, u32),
}

impl<M: Member> World<M> {
    /// Most events at one moment of virtual time before a run is stopped.
    pub const INSTANT_MAX: u32 = 2_000_000;
    /// Most events pending before a run is stopped.
    pub const PENDING_MAX: usize = 4_000_000;

    /// An empty world whose luck comes from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> World<M> {
        World { core: Core::new(seed), members: Vec::new(), instant: (Time::ZERO, 0) }
    }

    /// Adds a box; `id` decides its streams.
    pub fn add_box(&mut self, id: &str, front: M::Front, mesh: Delay) -> BoxIndex {
        self.core.add_box(id, front, mesh)
    }

    /// Adds a member to a box.
    pub fn add_member(&mut self, box_index: BoxIndex, member: M) -> MemberIndex {
        self.members.push(member);
        self.core.add_life(box_index)
    }

    /// Joins two boxes, the calling and the called.
    pub fn add_wire(&mut self, ends: (BoxIndex, BoxIndex), link: Link, policy: Policy, caller: M::Caller) -> WireIndex {
        self.core.add_wire(ends, link, policy, caller)
    }

    /// The members, in the order in which they were added.
    #[must_use]
    pub fn members(&self) -> &[M] {
        &self.members
    }

    /// Lets a member do something outside the course of events, as when a person acts.
    pub fn with<R>(&mut self, member: MemberIndex, act: impl FnOnce(&mut M, &mut Cx<'_, M>) -> R) -> R {
        act(&mut self.members[usize::from(member)], &mut Cx { core: &mut self.core, me: member })
    }

    /// Starts one member.
    pub fn start(&mut self, member: MemberIndex) {
        self.with(member, |inside, cx| inside.on_start(cx));
    }

    /// Starts all members, in order.
    pub fn start_all(&mut self) {
        (0..self.members.len() as MemberIndex).for_each(|member| self.start(member));
    }

    /// A member dies.
    pub fn crash(&mut self, member: MemberIndex) {
        let life = &mut self.core.lives[usize::from(member)];
        if !life.up {
            return;
        }
        life.up = false;
        life.paused = false;
        life.life += 1;
        self.core.forget_held(member);
        self.core.drop_calls_of(member);
        self.core.record(Record::Down { member });
        self.with(member, |inside, cx| inside.on_crash(cx));
    }

    /// A dead member starts again.
    pub fn restart(&mut self, member: MemberIndex) {
        let life = &mut self.core.lives[usize::from(member)];
        if life.up || life.gone {
            return;
        }
        life.up = true;
        self.core.record(Record::Up { member });
        self.with(member, |inside, cx| inside.on_restart(cx));
    }

    /// A member stands still; what happens to it waits.
    pub fn pause(&mut self, member: MemberIndex) {
        self.core.lives[usize::from(member)].paused = true;
    }

    /// A member goes on with what has waited, in the order in which it happened.
    pub fn resume(&mut self, member: MemberIndex) {
        let life = &mut self.core.lives[usize::from(member)];
        life.paused = false;
        let now = self.core.now;
        for event in std::mem::take(&mut life.held) {
            self.core.schedule(now, event);
        }
    }

    /// Moves the present to `at`, which no pending event precedes.
    pub fn advance_to(&mut self, at: Time) {
        self.core.now = self.core.now.max(at);
    }

    /// Runs the events before `limit`, at most `events_max` of them.
    ///
    /// # Errors
    /// The budget that was exceeded; the run can be looked at, and should not go on.
    pub fn run_before(&mut self, limit: Time, events_max: u32) -> Result<Progress, Budget> {
        for done in 0..events_max {
            let Some((at, due)) = self.core.agenda.pop_before(limit) else {
                return Ok(Progress { events: done, more: false });
            };
            self.core.now = at;
            match due {
                Due::Event(taken) => self.handle(taken),
                Due::Alarm(lane, word) => {
                    self.expire(CallId::from_token(word));
                    self.core.forget_answered(lane);
                }
            }
            if self.instant.0 == at {
                self.instant.1 += 1;
                if self.instant.1 > Self::INSTANT_MAX {
                    return Err(Budget::Instant);
                }
            } else {
                self.instant = (at, 0);
            }
        }
        if self.core.pending() > Self::PENDING_MAX {
            return Err(Budget::Pending);
        }
        Ok(Progress { events: events_max, more: true })
    }

    #[inline]
    fn handle(&mut self, taken: Taken) {
        // Each arm copies the fields that it needs, before anything is scheduled.
        match *self.core.agenda.event(taken) {
            Event::Arrival { call, to, wire, request, .. } => {
                self.note(0, to);
                if self.waits(to, taken) || !self.core.arrive(call, to, wire) {
                    return;
                }
                self.with(to, |inside, cx| inside.on_request(cx, call, request));
            }
            Event::Answer { call, from, reply, .. } => {
                if !self.core.answer_passes(call, from) {
                    return;
                }
                let caller = self.core.caller_of(call);
                self.note(1, caller);
                if !self.waits(caller, taken) {
                    self.settle(call, reply);
                }
            }
            Event::Timer { member, life, token } => {
                if self.core.lives[usize::from(member)].life != life {
                    return;
                }
                self.note(2, member);
                if !self.waits(member, taken) {
                    self.with(member, |inside, cx| inside.on_timer(cx, token));
                }
            }
            Event::Expiry { call } => self.expire(call),
            Event::Retry { call } => {
                self.note(3, 0);
                self.core.retry(call);
            }
            Event::Hedge { call } => self.hedge(call),
            Event::Message { from, to, slot, .. } => {
                self.note(4, to);
                if self.waits(to, taken) {
                    return;
                }
                if let Some(message) = self.core.receive(from, to, slot) {
                    let number = self.core.lives[usize::from(from)].number;
                    self.with(to, |inside, cx| inside.on_message(cx, number, message));
                }
            }
        }
    }

    /// The patience of a caller has ended; most have had their answer long before.
    #[inline]
    fn expire(&mut self, call: CallId) {
        if self.core.is_open(call) {
            self.time_out(call);
        }
    }

    #[inline(never)]
    fn time_out(&mut self, call: CallId) {
        let caller = self.core.caller_of(call);
        self.note(5, caller);
        if !self.puts_aside(caller, Event::Expiry { call }) {
            self.settle(call, Reply::plain(self.core.why_over(call)));
        }
    }

    /// An answer is late.
    #[cold]
    #[inline(never)]
    fn hedge(&mut self, call: CallId) {
        if !self.core.is_open(call) {
            return;
        }
        let caller = self.core.caller_of(call);
        self.note(6, caller);
        if !self.puts_aside(caller, Event::Hedge { call }) {
            self.core.hedge(call);
        }
    }

    /// Counts an event and folds it into the digest.
    #[inline]
    fn note(&mut self, kind: u64, member: MemberIndex) {
        self.core.events += 1;
        let word = self.core.now.0 ^ (kind << 61) ^ (u64::from(member) << 44);
        self.core.journal.mark(word);
    }

    /// Puts the event that was taken aside when its member stands still.
    #[inline]
    fn waits(&mut self, member: MemberIndex, taken: Taken) -> bool {
        self.core.lives[usize::from(member)].paused && self.puts_aside(member, *self.core.agenda.event(taken))
    }

    /// Puts an event aside when its member stands still.
    fn puts_aside(&mut self, member: MemberIndex, event: Event) -> bool {
        let life = &mut self.core.lives[usize::from(member)];
        if life.paused {
            life.held.push(event);
        }
        life.paused
    }

    #[inline]
    fn settle(&mut self, call: CallId, reply: Reply) {
        if let Some(ended) = self.core.settle(call, &reply) {
            let request = self.core.request_of(call);
            self.with(ended.caller, |inside, cx| inside.on_reply(cx, ended.wire, ended.token, &request, reply));
        }
    }
}

/// How far a call of [`World::run_before`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many events were taken.
    pub events: u32,
    /// True when the number of events ended it, false when the limit did.
    pub more: bool,
}
