//! The contract of a protocol machine without clock, sockets or disk: inputs are `on_*` calls, effects go to an [`Out`].
//!
//! A [`Machine`] is one member of a protocol. Its host (a simulator, a test) calls one input at a time, each a whole bounded
//! transition, and then drains the effects **in order**: what was persisted before it was sent is on the disk before it is on
//! the wire.
//!
//! ```text
//!    on_start  on_message  on_timer  on_request  on_restart             on_crash
//!        └─────────┴──────────┴─────────┴────────────┘                     │ keeps the Disk,
//!                      one transition                                      ▼ forgets the rest
//!   Send ◄── SetTimer ◄── CancelTimer ◄── Persist ◄── Reply ◄── Note     (no effects)
//! ```
//!
//! Rules, and why:
//! - **Time and luck are given.** `now` is an argument, randomness is [`Out::rng`]. So a run can be repeated, and a clone of a
//!   machine behaves as the machine.
//! - **What is durable is a type of its own.** It sits in a [`Disk`], which can be read by anyone and changed only by
//!   [`Out::persist`]. A crash must drop everything outside of it: a field that should have survived and was not persisted is
//!   missing after the restart, in the first test that restarts.
//! - **At most one pending timer per value of `Timer`.** Setting it again moves it. A crash takes all timers along.
//! - **A message may be lost, doubled, late or out of order,** and may come from a peer in any state. No message can make a
//!   machine panic; an assertion is for a broken invariant of its own and prints the values.
//! - **A request is answered at most once,** and perhaps never: a time-out belongs to whoever asks.
//! - **No allocation per event.** The host keeps one `Out` and drains it; the buffer stays warm.
//!
//! # Example
//!
//! A member that counts what it is asked to add, and counts on after a crash.
//!
//! ```
//! use base::{Rng, Time};
//! use machine::{Disk, Durable, Effect, Machine, Out, Peer};
//!
//! #[derive(Clone, Debug, Default)]
//! struct Total(u64);
//! impl Durable for Total {
//!     type Write = u64;
//!     fn apply(&mut self, write: &u64) {
//!         self.0 += write;
//!     }
//! }
//!
//! #[derive(Clone, Debug, Default)]
//! struct Counter {
//!     disk: Disk<Total>,
//!     asked: u64, // volatile
//! }
//!
//! impl Machine for Counter {
//!     type Message = ();
//!     type Timer = ();
//!     type Request = u64;
//!     type Reply = u64;
//!     type Durable = Total;
//!     type Note = &'static str;
//!
//!     fn on_start(&mut self, _: Time, _: &mut Out<Self>) {}
//!     fn on_message(&mut self, _: Peer, _: (), _: Time, _: &mut Out<Self>) {}
//!     fn on_timer(&mut self, _: (), _: Time, _: &mut Out<Self>) {}
//!     fn on_request(&mut self, token: u64, amount: u64, _: Time, out: &mut Out<Self>) {
//!         self.asked += 1;
//!         out.persist(&mut self.disk, amount); // durable first, then the promise
//!         out.reply(token, self.disk.0);
//!     }
//!     fn on_crash(&mut self) {
//!         self.asked = 0;
//!     }
//!     fn on_restart(&mut self, _: Time, _: &mut Out<Self>) {}
//! }
//!
//! let (mut member, mut out) = (Counter::default(), Out::new(Rng::new(1)));
//! member.on_request(7, 40, Time::ZERO, &mut out);
//! let effects: Vec<Effect<Counter>> = out.drain().collect();
//! assert!(matches!(effects[..], [Effect::Persist { write: 40 }, Effect::Reply { token: 7, reply: 40 }]));
//!
//! member.on_crash();
//! member.on_request(8, 2, Time::ZERO, &mut out);
//! assert!(out.drain().any(|effect| matches!(effect, Effect::Reply { token: 8, reply: 42 })));
//! ```

use base::{Rng, Span, Time};
use core::fmt::Debug;
use core::ops::Deref;
use std::vec::Drain;

/// One member's number within its group, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer(pub u16);

/// One member of a protocol. See the crate's documentation for the rules that both sides keep.
pub trait Machine: Clone {
    /// What members say to each other.
    type Message: Clone + Debug;
    /// Why a member may want to be woken: a small enum, each variant with a line saying when it fires.
    type Timer: Copy + Eq + Debug;
    /// What a client asks.
    type Request;
    /// What a client is told.
    type Reply: Clone + Debug;
    /// What survives a crash.
    type Durable: Durable;
    /// What a trace or a check wants to know and no other member needs. Events, in the past tense.
    type Note: Clone + Debug;

    /// The group begins. Called once, for every member.
    fn on_start(&mut self, now: Time, out: &mut Out<Self>);
    /// A message arrived.
    fn on_message(&mut self, from: Peer, message: Self::Message, now: Time, out: &mut Out<Self>);
    /// A timer fired; it is no longer pending.
    fn on_timer(&mut self, timer: Self::Timer, now: Time, out: &mut Out<Self>);
    /// A client asks; `token` comes back with the reply.
    fn on_request(&mut self, token: u64, request: Self::Request, now: Time, out: &mut Out<Self>);
    /// The process dies: drop everything but the disk. It has no time and no `Out`, because the dead do nothing. The host drops
    /// the member's timers, and messages that reach it before the restart.
    fn on_crash(&mut self);
    /// The process begins again with what its disk holds.
    fn on_restart(&mut self, now: Time, out: &mut Out<Self>);
}

/// State that survives a crash: whatever its writes have made of it.
pub trait Durable: Clone {
    /// One durable write, as small as the protocol's smallest atomic step.
    type Write: Clone + Debug;
    /// Carries out one write.
    fn apply(&mut self, write: &Self::Write);
}

/// The durable write of a machine.
pub type Write<M> = <<M as Machine>::Durable as Durable>::Write;

/// Holds durable state. Reads like the state itself; changes only through [`Out::persist`], so that no durable change escapes
/// the host, which may count, delay or record it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk<D>(D);

impl<D> Disk<D> {
    /// A disk as it leaves the shop: holding `initial`, which every member is born with.
    #[must_use]
    pub const fn new(initial: D) -> Disk<D> {
        Disk(initial)
    }
}

impl<D> Deref for Disk<D> {
    type Target = D;
    fn deref(&self) -> &D {
        &self.0
    }
}

/// One thing a machine wants done. The host does them in order.
#[derive(Clone, Debug)]
pub enum Effect<M: Machine> {
    /// Hand `message` to the network.
    Send {
        /** Whom to. */
        to: Peer,
        /** What. */
        message: M::Message,
    },
    /// Call `on_timer` after this long; moves the timer if it is pending.
    SetTimer {
        /** Which. */
        timer: M::Timer,
        /** From now. */
        after: Span,
    },
    /// Forget the timer if it is pending.
    CancelTimer {
        /** Which. */
        timer: M::Timer,
    },
    /// A durable write, already applied to the machine's disk. A host with slow disks holds back what follows it.
    Persist {
        /** What was written. */
        write: Write<M>,
    },
    /// Answer the request that came with `token`.
    Reply {
        /** Of the request. */
        token: u64,
        /** The answer. */
        reply: M::Reply,
    },
    /// Tell the trace.
    Note {
        /** What happened. */
        note: M::Note,
    },
}

/// Where a machine puts its effects, and where it gets its luck. One per member; or one per host, swapping the stream.
#[derive(Clone, Debug)]
pub struct Out<M: Machine> {
    effects: Vec<Effect<M>>,
    rng: Rng,
}

impl<M: Machine> Out<M> {
    /// An empty buffer that draws from `rng`.
    #[must_use]
    pub const fn new(rng: Rng) -> Out<M> {
        Out { effects: Vec::new(), rng }
    }

    /// The member's random stream.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// Exchanges the stream: for hosts that keep one buffer for many members.
    pub fn swap_rng(&mut self, rng: &mut Rng) {
        core::mem::swap(&mut self.rng, rng);
    }

    /// Takes the effects out in order; the buffer keeps its memory.
    pub fn drain(&mut self) -> Drain<'_, Effect<M>> {
        self.effects.drain(..)
    }

    /// [`Effect::Send`].
    #[inline]
    pub fn send(&mut self, to: Peer, message: M::Message) {
        self.effects.push(Effect::Send { to, message });
    }

    /// [`Effect::SetTimer`].
    #[inline]
    pub fn set_timer(&mut self, timer: M::Timer, after: Span) {
        self.effects.push(Effect::SetTimer { timer, after });
    }

    /// [`Effect::CancelTimer`].
    #[inline]
    pub fn cancel_timer(&mut self, timer: M::Timer) {
        self.effects.push(Effect::CancelTimer { timer });
    }

    /// Changes the disk, and says so with [`Effect::Persist`]. There is no other way to change a disk.
    #[inline]
    pub fn persist(&mut self, disk: &mut Disk<M::Durable>, write: Write<M>) {
        disk.0.apply(&write);
        self.effects.push(Effect::Persist { write });
    }

    /// [`Effect::Reply`].
    #[inline]
    pub fn reply(&mut self, token: u64, reply: M::Reply) {
        self.effects.push(Effect::Reply { token, reply });
    }

    /// [`Effect::Note`].
    #[inline]
    pub fn note(&mut self, note: M::Note) {
        self.effects.push(Effect::Note { note });
    }
}
