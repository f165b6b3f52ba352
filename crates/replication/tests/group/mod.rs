//! A deterministic network in memory for a group of any machine, with every fault that the contract allows.

#![allow(dead_code)] // each test binary uses a part of it

use base::{Rng, Span, Time};
use machine::{Effect, Machine, Out, Peer};
use std::collections::{BTreeMap, BTreeSet};

enum Event<M: Machine> {
    Deliver { from: Peer, to: Peer, message: M::Message },
    Wake { at: Peer, timer: M::Timer, id: u64 },
}

pub struct Group<M: Machine> {
    pub now: Time,
    pub members: Vec<M>,
    pub up: Vec<bool>,
    /// Directions that are cut.
    pub cut: BTreeSet<(u16, u16)>,
    pub loss: f64,
    pub duplication: f64,
    /// The least and the greatest, in ms.
    pub latency: (u64, u64),
    pub replies: BTreeMap<u64, (Time, M::Reply)>,
    pub notes: Vec<(Time, Peer, M::Note)>,
    outs: Vec<Out<M>>,
    timers: Vec<Vec<(M::Timer, u64)>>,
    queue: BTreeMap<(Time, u64), Event<M>>,
    sequence: u64,
    rng: Rng,
}

impl<M: Machine> Group<M> {
    pub fn new(members: Vec<M>, seed: u64) -> Group<M> {
        let n = members.len();
        let mut group = Group {
            now: Time::ZERO,
            up: vec![true; n],
            cut: BTreeSet::new(),
            loss: 0.0,
            duplication: 0.0,
            latency: (1, 1),
            replies: BTreeMap::new(),
            notes: Vec::new(),
            outs: (0..n).map(|me| Out::new(Rng::stream(seed, &[1, me as u64]))).collect(),
            timers: (0..n).map(|_| Vec::new()).collect(),
            queue: BTreeMap::new(),
            sequence: 0,
            rng: Rng::stream(seed, &[2]),
            members,
        };
        (0..n).for_each(|me| group.input(me, |member, now, out| member.on_start(now, out)));
        group
    }

    pub fn ask(&mut self, at: usize, token: u64, request: M::Request) {
        if self.up[at] {
            self.input(at, |member, now, out| member.on_request(token, request, now, out));
        }
    }

    pub fn reply(&self, token: u64) -> Option<&M::Reply> {
        self.replies.get(&token).map(|(_, reply)| reply)
    }

    pub fn crash(&mut self, at: usize) {
        if std::mem::replace(&mut self.up[at], false) {
            self.members[at].on_crash();
            self.timers[at].clear();
        }
    }

    pub fn restart(&mut self, at: usize) {
        if !std::mem::replace(&mut self.up[at], true) {
            self.input(at, |member, now, out| member.on_restart(now, out));
        }
    }

    /// Cuts every wire between the two sides, both ways.
    pub fn part(&mut self, left: &[u16], right: &[u16]) {
        for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b))) {
            self.cut.extend([(a, b), (b, a)]);
        }
    }

    pub fn heal(&mut self) {
        self.cut.clear();
        (self.loss, self.duplication) = (0.0, 0.0);
        (0..self.members.len()).for_each(|at| self.restart(at));
    }

    pub fn run(&mut self, ms: u64) {
        let end = self.now + Span::from_millis(ms);
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            self.now = entry.key().0;
            match entry.remove() {
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
        self.now = end;
    }

    fn input(&mut self, me: usize, input: impl FnOnce(&mut M, Time, &mut Out<M>)) {
        input(&mut self.members[me], self.now, &mut self.outs[me]);
        let effects: Vec<Effect<M>> = self.outs[me].drain().collect();
        let at = Peer(me as u16);
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.send(at, to, message),
                Effect::SetTimer { timer, after } => {
                    let id = self.sequence;
                    self.timers[me].retain(|(set, _)| *set != timer);
                    self.timers[me].push((timer, id));
                    self.schedule(after, Event::Wake { at, timer, id });
                }
                Effect::CancelTimer { timer } => self.timers[me].retain(|(set, _)| *set != timer),
                Effect::Persist { .. } => {}
                Effect::Reply { token, reply } => {
                    assert!(self.replies.insert(token, (self.now, reply)).is_none(), "{token} was answered twice");
                }
                Effect::Note { note } => self.notes.push((self.now, at, note)),
            }
        }
    }

    fn send(&mut self, from: Peer, to: Peer, message: M::Message) {
        assert!(from != to && usize::from(to.0) < self.members.len(), "{from:?} to {to:?}");
        if self.cut.contains(&(from.0, to.0)) || self.rng.chance(self.loss) {
            return;
        }
        for _ in 0..1 + u64::from(self.rng.chance(self.duplication)) {
            let latency = self.latency.0 + self.rng.below(self.latency.1 - self.latency.0 + 1);
            self.schedule(Span::from_millis(latency), Event::Deliver { from, to, message: message.clone() });
        }
    }

    fn schedule(&mut self, after: Span, event: Event<M>) {
        self.queue.insert((self.now + after, self.sequence), event);
        self.sequence += 1;
    }
}
