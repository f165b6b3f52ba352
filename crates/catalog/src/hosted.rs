//! A protocol machine inside a member: it gets a network, timers and a clock, and its effects are carried out in order.
//!
//! What a machine's answers and notes mean to callers and to the trace differs from kind to kind: that is a [`Host`].

use crate::kind::Cx;
use crate::kinds::Message;
use base::{Rng, Time};
use machine::{Effect, Machine, Out, Peer};

/// What a kind makes of its machine's effects.
pub(crate) trait Host<M: Machine> {
    /// A message of the machine as one of the box's.
    fn wrap(message: M::Message) -> Message;
    /// The machine says something to a peer: another member of the box, unless the kind says otherwise.
    fn send(&mut self, cx: &mut Cx<'_>, to: Peer, message: M::Message) {
        cx.send(to.0 as u8, Self::wrap(message));
    }
    /// The machine writes: on its disk already, which is as fast as the work that the request has paid for, unless the kind says otherwise.
    fn persist(&mut self, _cx: &mut Cx<'_>, _write: machine::Write<M>) {}
    /// The machine answers the request that came with `token`.
    fn reply(&mut self, cx: &mut Cx<'_>, machine: &M, token: u64, reply: M::Reply);
    /// The machine says what happened.
    fn note(&mut self, cx: &mut Cx<'_>, machine: &M, note: M::Note);
}

/// A machine with what carries out its effects.
#[derive(Clone)]
pub(crate) struct Hosted<M: Machine, H> {
    pub machine: M,
    pub host: H,
    out: Out<M>,
    /// Every timer that is set, by place, with the number of the place's last setting: older ones are void. A place whose timer has
    /// fired or was cancelled is free for another.
    timers: Vec<(Option<M::Timer>, u32)>,
    /// Set in the tokens of its timers.
    tag: u64,
}

/// Set in the token of a machine's timer, so that a kind can tell it from its own.
const MACHINE: u64 = 1 << 63;
/// Set in the token of a second machine's timer as well.
const SECOND: u64 = 1 << 62;

impl<M: Machine, H: Host<M>> Hosted<M, H> {
    /// A machine that draws its luck from `rng`.
    pub fn new(machine: M, host: H, rng: Rng) -> Hosted<M, H> {
        Hosted { machine, host, out: Out::new(rng), timers: Vec::new(), tag: MACHINE }
    }

    /// The same as the second machine of a member.
    pub fn beside(self) -> Hosted<M, H> {
        Hosted { tag: MACHINE | SECOND, ..self }
    }

    /// Lets the machine make one transition, and carries out what it wants.
    pub fn step(&mut self, cx: &mut Cx<'_>, transition: impl FnOnce(&mut M, Time, &mut Out<M>)) {
        transition(&mut self.machine, cx.now(), &mut self.out);
        for effect in self.out.drain() {
            match effect {
                Effect::Send { to, message } => self.host.send(cx, to, message),
                Effect::SetTimer { timer, after } => {
                    let (place, setting) = set(&mut self.timers, timer);
                    cx.timer(after, self.tag | (place as u64) << 32 | u64::from(setting));
                }
                Effect::CancelTimer { timer } => {
                    let (place, _) = set(&mut self.timers, timer);
                    self.timers[place].0 = None;
                }
                Effect::Persist { write } => self.host.persist(cx, write),
                Effect::Reply { token, reply } => self.host.reply(cx, &self.machine, token, reply),
                Effect::Note { note } => self.host.note(cx, &self.machine, note),
            }
        }
    }

    /// The run begins.
    pub fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.step(cx, |machine, now, out| machine.on_start(now, out));
    }

    /// A request that is answered by [`Host::reply`] with `token`.
    pub fn on_request(&mut self, cx: &mut Cx<'_>, token: u64, request: M::Request) {
        self.step(cx, |machine, now, out| machine.on_request(token, request, now, out));
    }

    /// Another member says something.
    pub fn on_message(&mut self, cx: &mut Cx<'_>, from: u8, message: M::Message) {
        self.step(cx, |machine, now, out| machine.on_message(Peer(u16::from(from)), message, now, out));
    }

    /// A timer fires; false when it is not one of the machine's.
    pub fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) -> bool {
        if token & (MACHINE | SECOND) != self.tag {
            return false;
        }
        let place = ((token & !self.tag) >> 32) as usize;
        let known = self.timers.get(place).copied();
        if let Some((Some(timer), _)) = known.filter(|(_, setting)| *setting == token as u32) {
            self.timers[place].0 = None;
            self.step(cx, |machine, now, out| machine.on_timer(timer, now, out));
        }
        true
    }

    /// It dies; the kernel forgets its timers.
    pub fn on_crash(&mut self) {
        self.timers.iter_mut().for_each(|(timer, _)| *timer = None);
        self.machine.on_crash();
    }

    /// It starts again.
    pub fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.step(cx, |machine, now, out| machine.on_restart(now, out));
    }
}

/// The place of a timer and the number of this setting.
fn set<T: Copy + Eq>(timers: &mut Vec<(Option<T>, u32)>, timer: T) -> (usize, u32) {
    let known = timers.iter().rposition(|(known, _)| *known == Some(timer));
    let place = known.or_else(|| timers.iter().position(|(known, _)| known.is_none())).unwrap_or_else(|| {
        timers.push((None, 0));
        timers.len() - 1
    });
    timers[place].0 = Some(timer);
    timers[place].1 = timers[place].1.wrapping_add(1);
    (place, timers[place].1)
}
