//! A deterministic network in memory, with every fault that the contract allows. Used by the stories and by the seeded runs.
//!
//! After every transition it holds the members to what must always be true (see [`Net::check`]).

#![allow(dead_code, unused_imports)] // each test binary uses a part of it

use base::{Rng, Span, Time};
use machine::{Effect, Machine, Out, Peer};
use replication::*;
use std::collections::{BTreeMap, BTreeSet};

mod check;

pub use stories::for_seeds;

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
}

pub enum Event {
    Deliver { from: Peer, to: Peer, message: Message },
    Wake { at: Peer, timer: Timer, id: u64 },
}

/// What a run tells its reader, in order.
pub enum Line<'a> {
    Arrived { from: Peer, to: Peer, message: &'a Message },
    Lost { from: Peer, to: Peer, message: &'a Message, why: &'static str },
    Told { at: Peer, note: Note },
    Answered { at: Peer, token: u64, reply: Reply },
}

/// Hears every line of a run.
pub type Tell = dyn FnMut(Time, Line<'_>);

pub struct Net {
    pub now: Time,
    pub members: Vec<Replica>,
    pub up: Vec<bool>,
    pub wire: Wire,
    /// Directions that lose everything but failover's messages.
    muted: BTreeSet<(u16, u16)>,
    /// Directions that are cut.
    pub cut: BTreeSet<(u16, u16)>,
    outs: Vec<Out<Replica>>,
    timers: Vec<Vec<(Timer, u64)>>,
    queue: BTreeMap<(Time, u64), Event>,
    sequence: u64,
    rng: Rng,
    /// Version to (key, value), of all that was ever appended.
    pub appended: BTreeMap<u64, (u64, u64)>,
    /// Versions that clients were told are written.
    pub acknowledged: BTreeSet<u64>,
    pub replies: BTreeMap<u64, Reply>,
    pub notes: Vec<(Time, Peer, Note)>,
    /// The history of each member's disk, by term of index.
    histories: Vec<Vec<u64>>,
    leaders_of_terms: BTreeMap<u64, Peer>,
    pub tell: Option<Box<Tell>>,
    pub events: u64,
    /// Where each member's log ended when it last degraded.
    degraded_at: Vec<u64>,
    /// The largest that was ever set.
    retain_max: u64,
}

impl Net {
    pub fn new(config: Config, wire: Wire, seed: u64) -> Net {
        let n = config.members;
        let members: Vec<Replica> = (0..n).map(|me| Replica::new(Peer(me), config).unwrap()).collect();
        Net {
            now: Time::ZERO,
            up: vec![true; n.into()],
            outs: (0..n).map(|me| Out::new(Rng::stream(seed, &[1, me.into()]))).collect(),
            timers: vec![Vec::new(); n.into()],
            queue: BTreeMap::new(),
            sequence: 0,
            rng: Rng::stream(seed, &[2]),
            appended: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            replies: BTreeMap::new(),
            notes: Vec::new(),
            histories: vec![Vec::new(); n.into()],
            leaders_of_terms: BTreeMap::from([(1, Peer(0))]),
            tell: None,
            cut: BTreeSet::new(),
            muted: BTreeSet::new(),
            events: 0,
            degraded_at: vec![0; n.into()],
            retain_max: config.retain_max,
            members,
            wire,
        }
    }

    pub fn start(&mut self) {
        for me in 0..self.members.len() {
            self.input(me, |member, now, out| member.on_start(now, out));
        }
    }

    pub fn write(&mut self, at: usize, token: u64, key: u64, value: u64) {
        if self.up[at] {
            self.input(at, |member, now, out| member.on_request(token, Request::Write { key, value }, now, out));
        }
    }

    pub fn crash(&mut self, at: usize) {
        if self.up[at] {
            self.up[at] = false;
            self.timers[at].clear();
            self.members[at].on_crash();
        }
    }

    pub fn restart(&mut self, at: usize) {
        if !self.up[at] {
            self.up[at] = true;
            self.input(at, |member, now, out| member.on_restart(now, out));
        }
    }

    /// Changes the settings of all members at once, also of those that are down.
    pub fn retune(&mut self, config: Config) {
        self.retain_max = self.retain_max.max(config.retain_max);
        for me in 0..self.members.len() {
            self.input(me, |member, now, out| member.retune(config, now, out).unwrap());
        }
    }

    /// Cuts both directions between every two members of different sides. Members of no side keep their wires.
    pub fn split(&mut self, sides: &[&[u16]]) {
        for (a, b) in sides.iter().flat_map(|a| sides.iter().map(move |b| (a, b))).filter(|(a, b)| a != b) {
            self.cut.extend(a.iter().flat_map(|from| b.iter().map(move |to| (*from, *to))));
        }
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

    /// Loses what is on its way, now and later, in these directions, without cutting anything else.
    pub fn unsend(&mut self, directions: &[(u16, u16)]) {
        self.queue.retain(|_, event| match event {
            Event::Deliver { from, to, .. } => !directions.contains(&(from.0, to.0)),
            Event::Wake { .. } => true,
        });
        self.muted.extend(directions);
    }

    pub fn leaders(&self) -> Vec<usize> {
        let leads = |me: &usize| self.up[*me] && self.members[*me].role() == RoleName::Leader;
        (0..self.members.len()).filter(leads).collect()
    }

    fn say(&mut self, line: Line<'_>) {
        if let Some(tell) = &mut self.tell {
            tell(self.now, line);
        }
    }

    fn happen(&mut self, event: Event) {
        self.events += 1;
        match event {
            Event::Deliver { from, to, message } if !self.up[usize::from(to.0)] => {
                self.say(Line::Lost { from, to, message: &message, why: "down" });
            }
            Event::Deliver { from, to, message } => {
                self.say(Line::Arrived { from, to, message: &message });
                self.input(to.0.into(), |member, now, out| member.on_message(from, message, now, out));
            }
            Event::Wake { at, timer, id } => {
                let pending = &mut self.timers[usize::from(at.0)];
                if let Some(place) = pending.iter().position(|set| *set == (timer, id)) {
                    pending.swap_remove(place);
                    self.input(at.0.into(), |member, now, out| member.on_timer(timer, now, out));
                }
            }
        }
    }

    /// One transition: the input, then its effects in order, then the checks.
    pub fn input(&mut self, me: usize, input: impl FnOnce(&mut Replica, Time, &mut Out<Replica>)) {
        input(&mut self.members[me], self.now, &mut self.outs[me]);
        let effects: Vec<Effect<Replica>> = self.outs[me].drain().collect();
        let mut discarded = BTreeSet::new();
        let at = Peer(me as u16);
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.send(at, to, message),
                Effect::SetTimer { timer, after } => self.set_timer(at, timer, after),
                Effect::CancelTimer { timer } => self.timers[me].retain(|(set, _)| *set != timer),
                Effect::Persist { .. } => {}
                Effect::Reply { token, reply } => self.answered(at, token, reply),
                Effect::Note { note } => {
                    if let Note::Discarded { from, to } = note {
                        assert!(from <= to && version_term(from) == version_term(to), "{note:?}");
                        discarded.extend(from..=to);
                    }
                    self.told(at, note);
                }
            }
        }
        self.check(me, &discarded);
    }

    fn send(&mut self, from: Peer, to: Peer, message: Message) {
        assert!(from != to && usize::from(to.0) < self.members.len(), "{from:?} to {to:?}");
        if self.cut.contains(&(from.0, to.0)) {
            return self.say(Line::Lost { from, to, message: &message, why: "cut" });
        }
        let entries = matches!(message, Message::Ship { .. } | Message::Stored { .. });
        if self.muted.contains(&(from.0, to.0)) && entries {
            return self.say(Line::Lost { from, to, message: &message, why: "muted" });
        }
        if self.rng.chance(self.wire.loss) {
            return self.say(Line::Lost { from, to, message: &message, why: "lost" });
        }
        let copies = 1 + u64::from(self.rng.chance(self.wire.duplication));
        for _ in 0..copies {
            let spread = self.wire.latency_max.0 - self.wire.latency_min.0;
            let latency = self.wire.latency_min + Span(self.rng.below(spread + 1));
            let message = message.clone();
            self.schedule(latency, Event::Deliver { from, to, message });
        }
    }

    fn set_timer(&mut self, at: Peer, timer: Timer, after: Span) {
        let id = self.sequence;
        let pending = &mut self.timers[usize::from(at.0)];
        pending.retain(|(set, _)| *set != timer);
        pending.push((timer, id));
        self.schedule(after, Event::Wake { at, timer, id });
    }

    fn schedule(&mut self, after: Span, event: Event) {
        self.queue.insert((self.now + after, self.sequence), event);
        self.sequence += 1;
    }

    fn answered(&mut self, at: Peer, token: u64, reply: Reply) {
        assert!(self.replies.insert(token, reply).is_none(), "request {token} was answered twice");
        if let Reply::Written { version } = reply {
            assert!(self.acknowledged.insert(version), "{version:x} was acknowledged twice");
            let (key, _) = self.appended[&version];
            let shown = self.members[usize::from(at.0)].read(key);
            assert!(shown.is_some_and(|(shown, _)| shown >= version), "{version:x} is done, {at:?} shows {shown:?}");
        }
        self.say(Line::Answered { at, token, reply });
    }

    fn told(&mut self, at: Peer, note: Note) {
        match note {
            Note::Appended { version, key, value } => {
                assert!(self.appended.insert(version, (key, value)).is_none(), "{version:x} was written twice");
            }
            Note::Promoted { term, .. } => {
                let holder = *self.leaders_of_terms.entry(term).or_insert(at);
                assert_eq!(holder, at, "term {term} has two leaders");
            }
            Note::Persisted { member, upto } => self.check_persisted(at, member, upto),
            Note::Degraded { .. } => self.degraded_at[usize::from(at.0)] = self.members[usize::from(at.0)].last().index,
            Note::Recovered => self.check_recovered(at),
            _ => {}
        }
        self.notes.push((self.now, at, note));
        self.say(Line::Told { at, note });
    }
}
