//! Effects, and the buffer that takes them.

use crate::{Disk, Machine, Peer, Write};
use base::{Rng, Span};
use std::vec::Drain;

/// One thing a machine wants done. The host does them in order.
#[derive(Clone, Debug)]
pub enum Effect<M: Machine> {
    /// Hand `message` to the network.
    Send {
        /// Whom to.
        to: Peer,
        /// What.
        message: M::Message,
    },
    /// Call `on_timer` after this long; moves the timer if it is pending.
    SetTimer {
        /// Which.
        timer: M::Timer,
        /// From now.
        after: Span,
    },
    /// Forget the timer if it is pending.
    CancelTimer {
        /// Which.
        timer: M::Timer,
    },
    /// A durable write, already applied to the machine's disk. A host with slow disks holds back what follows it.
    Persist {
        /// What was written.
        write: Write<M>,
    },
    /// Answer the request that came with `token`.
    Reply {
        /// Of the request.
        token: u64,
        /// The answer.
        reply: M::Reply,
    },
    /// Tell the trace.
    Note {
        /// What happened.
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
        disk.apply(&write);
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
