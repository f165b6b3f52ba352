//! A deterministic network for any machine: loss, duplication, reordering, cuts, crashes between any two effects, restarts.
//!
//! `lease` and `gossip` run their tests on it too.

#![allow(dead_code)] // each test binary uses a part of it

use base::{Rng, Span, Time};
use machine::{Effect, Machine, Out, Peer, Write};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What may happen to a message.
#[derive(Clone, Copy)]
pub struct Wire {
    pub latency_min: Span,
    pub latency_max: Span,
    pub loss: f64,
    pub duplication: f64,
}

impl Wire {
    pub fn constant(latency: Span) -> Wire {
        Wire { latency_min: latency, latency_max: latency, loss: 0.0, duplication: 0.0 }
    }

    /// Late by up to ten times, so that messages overtake each other; one in twenty lost, one in ten doubled.
    pub fn hostile() -> Wire {
        Wire { latency_min: Span::from_millis(1), latency_max: Span::from_millis(10), loss: 0.05, duplication: 0.1 }
    }
}

pub enum Event<M: Machine> {
    Deliver { from: Peer, to: Peer, message: M::Message },
    Wake { at: Peer, timer: M::Timer, id: u64 },
}

pub struct Net<M: Machine> {
    pub now: Time,
    pub members: Vec<M>,
    pub up: Vec<bool>,
    pub wire: Wire,
    /// Directions that are cut.
    pub cut: BTreeSet<(u16, u16)>,
    /// The member dies once it has made this many more durable writes: before anything that follows the write.
    pub doomed: BTreeMap<usize, u64>,
    pub replies: Vec<(Time, Peer, u64, M::Reply)>,
    pub notes: Vec<(Time, Peer, M::Note)>,
    pub writes: Vec<(Time, Peer, Write<M>)>,
    pub sent: u64,
    pub sent_by: Vec<u64>,
    outs: Vec<Out<M>>,
    timers: Vec<Vec<(M::Timer, u64)>>,
    queue: BTreeMap<(Time, u64), Event<M>>,
    sequence: u64,
    rng: Rng,
}

impl<M: Machine> Net<M> {
    pub fn new(members: Vec<M>, wire: Wire, seed: u64) -> Net<M> {
        let n = members.len();
        Net {
            now: Time::ZERO,
            up: vec![true; n],
            wire,
            cut: BTreeSet::new(),
            doomed: BTreeMap::new(),
            replies: Vec::new(),
            notes: Vec::new(),
            writes: Vec::new(),
            sent: 0,
            sent_by: vec![0; n],
            outs: (0..n).map(|me| Out::new(Rng::stream(seed, &[1, me as u64]))).collect(),
            timers: vec![Vec::new(); n],
            queue: BTreeMap::new(),
            sequence: 0,
            rng: Rng::stream(seed, &[2]),
            members,
        }
    }

    pub fn start(&mut self) {
        for me in 0..self.members.len() {
            self.input(me, |member, now, out| member.on_start(now, out));
        }
    }

    pub fn ask(&mut self, me: usize, token: u64, request: M::Request) {
        if self.up[me] {
            self.input(me, |member, now, out| member.on_request(token, request, now, out));
        }
    }

    pub fn crash(&mut self, me: usize) {
        if self.up[me] {
            self.up[me] = false;
            self.timers[me].clear();
            self.doomed.remove(&me);
            self.members[me].on_crash();
        }
    }

    pub fn restart(&mut self, me: usize) {
        if !self.up[me] {
            self.up[me] = true;
            self.input(me, |member, now, out| member.on_restart(now, out));
        }
    }

    /// Cuts one member off from all others.
    pub fn isolate(&mut self, me: u16) {
        let others = (0..self.members.len() as u16).filter(|other| *other != me);
        self.cut.extend(others.flat_map(|other| [(me, other), (other, me)]));
    }

    pub fn run(&mut self, span: Span) {
        let end = self.now + span;
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > end {
                break;
            }
            let ((at, _), event) = entry.remove_entry();
            self.now = at;
            self.happen(event);
        }
        self.now = end;
    }

    fn happen(&mut self, event: Event<M>) {
        match event {
            Event::Deliver { from, to, message } if self.up[usize::from(to.0)] => {
                self.input(to.0.into(), |member, now, out| member.on_message(from, message, now, out));
            }
            Event::Deliver { .. } => {}
            Event::Wake { at, timer, id } => {
                let pending = &mut self.timers[usize::from(at.0)];
                if let Some(place) = pending.iter().position(|set| *set == (timer, id)) {
                    pending.swap_remove(place);
                    self.input(at.0.into(), |member, now, out| member.on_timer(timer, now, out));
                }
            }
        }
    }

    /// One transition: the input, then its effects in order, up to the crash if one is due.
    pub fn input(&mut self, me: usize, input: impl FnOnce(&mut M, Time, &mut Out<M>)) {
        input(&mut self.members[me], self.now, &mut self.outs[me]);
        let effects: Vec<Effect<M>> = self.outs[me].drain().collect();
        let at = Peer(me as u16);
        let mut dies = false;
        for effect in effects {
            match effect {
                Effect::Send { .. } | Effect::Reply { .. } if dies => {}
                Effect::Send { to, message } => self.send(at, to, message),
                Effect::SetTimer { timer, after } => self.set_timer(at, timer, after),
                Effect::CancelTimer { timer } => self.timers[me].retain(|(set, _)| *set != timer),
                Effect::Persist { write } => {
                    self.writes.push((self.now, at, write));
                    let left = self.doomed.get_mut(&me).map(|left| {
                        *left = left.saturating_sub(1);
                        *left
                    });
                    dies |= left == Some(0);
                }
                Effect::Reply { token, reply } => self.replies.push((self.now, at, token, reply)),
                Effect::Note { note } => self.notes.push((self.now, at, note)),
            }
        }
        // Writes of one transition stay together; what it says after the last one is lost.
        if dies {
            self.crash(me);
        }
    }

    fn send(&mut self, from: Peer, to: Peer, message: M::Message) {
        assert!(usize::from(to.0) < self.members.len(), "{from:?} to {to:?}");
        self.sent += 1;
        self.sent_by[usize::from(from.0)] += 1;
        if self.cut.contains(&(from.0, to.0)) || self.rng.chance(self.wire.loss) {
            return;
        }
        let copies = 1 + u64::from(self.rng.chance(self.wire.duplication));
        for _ in 0..copies {
            let spread = self.wire.latency_max.0 - self.wire.latency_min.0;
            let latency = self.wire.latency_min + Span(self.rng.below(spread + 1));
            let message = message.clone();
            self.schedule(latency, Event::Deliver { from, to, message });
        }
    }

    fn set_timer(&mut self, at: Peer, timer: M::Timer, after: Span) {
        let id = self.sequence;
        let pending = &mut self.timers[usize::from(at.0)];
        pending.retain(|(set, _)| *set != timer);
        pending.push((timer, id));
        self.schedule(after, Event::Wake { at, timer, id });
    }

    fn schedule(&mut self, after: Span, event: Event<M>) {
        self.queue.insert((self.now + after, self.sequence), event);
        self.sequence += 1;
    }
}

/// Runs `run` for every seed; on a failure says which.
pub fn for_seeds(count: u64, mut run: impl FnMut(u64)) {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(count),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(seed))) {
            eprintln!("seed {seed} failed; repeat it with SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
