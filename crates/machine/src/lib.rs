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

mod disk;
mod out;

pub use disk::{Disk, Durable, Write};
pub use out::{Effect, Out};

use base::Time;
use core::fmt::Debug;

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
