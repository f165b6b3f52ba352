//! A deterministic network in memory, with every fault that the contract allows: loss, duplication, reordering, cuts in one direction,
//! crashes, clocks that run fast or slow. An [`Observer`] hears everything; its first complaint is kept and ends the run.

#![allow(dead_code, unused_imports)] // each test binary uses a part of it

use base::{Rng, Span, Time};
use machine::{Effect, Machine, Out, Peer};
use raft::*;
use std::collections::{BTreeMap, BTreeSet};

pub mod scenario;

/// What may happen to a message.
#[derive(Clone, Copy, Debug)]
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
    Told { at: Peer, note: &'a Note },
    Answered { at: Peer, token: u64, reply: Reply },
    Broken(Violation),
}

/// Hears every line of a run.
pub type Tell = dyn FnMut(Time, Line<'_>);

pub struct Net {
    pub now: Time,
    pub servers: Vec<Server>,
    pub wire: Wire,
    /// Directions that are cut.
    pub cut: BTreeSet<(u16, u16)>,
    /// By how many millionths each server's clock is fast (or slow).
    pub fast_ppm: Vec<i64>,
    pub observer: Observer,
    /// The first property that did not hold.
    pub violation: Option<Violation>,
    pub replies: BTreeMap<u64, Reply>,
    pub tell: Option<Box<Tell>>,
    pub met: Met,
    outs: Vec<Out<Server>>,
    timers: Vec<Vec<(Timer, u64)>>,
    queue: BTreeMap<(Time, u64), Event>,
    sequence: u64,
    rng: Rng,
}

/// Counts of what a run has met, so that "never broken" is not "never tried".
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    pub events: u64,
    pub elected: u64,
    pub truncated: u64,
    pub installed: u64,
    pub installed_with_tail: u64,
    pub compacted: u64,
    pub reconfigured: u64,
    pub joint: u64,
    pub handing: u64,
    pub transferred: u64,
    pub changed: u64,
    pub written: u64,
    pub unknown: u64,
    pub values: u64,
    pub leased: u64,
    pub two_leaders: u64,
    pub runs: u64,
}

impl Met {
    pub fn counts(&self) -> [(&'static str, u64); 17] {
        [
            ("runs", self.runs),
            ("events", self.events),
            ("elected", self.elected),
            ("truncated", self.truncated),
            ("installed", self.installed),
            ("installed_with_tail", self.installed_with_tail),
            ("compacted", self.compacted),
            ("reconfigured", self.reconfigured),
            ("joint", self.joint),
            ("handing", self.handing),
            ("transferred", self.transferred),
            ("changed", self.changed),
            ("written", self.written),
            ("unknown", self.unknown),
            ("values", self.values),
            ("leased", self.leased),
            ("two_leaders", self.two_leaders),
        ]
    }

    pub fn add(&mut self, other: &Met) {
        self.runs += other.runs;
        self.events += other.events;
        self.elected += other.elected;
        self.truncated += other.truncated;
        self.installed += other.installed;
        self.installed_with_tail += other.installed_with_tail;
        self.compacted += other.compacted;
        self.reconfigured += other.reconfigured;
        self.joint += other.joint;
        self.handing += other.handing;
        self.transferred += other.transferred;
        self.changed += other.changed;
        self.written += other.written;
        self.unknown += other.unknown;
        self.values += other.values;
        self.leased += other.leased;
        self.two_leaders += other.two_leaders;
    }

    fn note(&mut self, note: &Note) {
        match note {
            Note::Elected { .. } => self.elected += 1,
            Note::Truncated { .. } => self.truncated += 1,
            Note::Installed { keeps_tail, .. } => {
                self.installed += 1;
                self.installed_with_tail += u64::from(*keeps_tail);
            }
            Note::Compacted { .. } => self.compacted += 1,
            Note::Reconfigured { membership } => {
                self.reconfigured += 1;
                self.joint += u64::from(membership.is_joint());
            }
            Note::Handing { .. } => self.handing += 1,
            _ => {}
        }
    }

    fn reply(&mut self, reply: &Reply) {
        match reply {
            Reply::Written { .. } => self.written += 1,
            Reply::Unknown { .. } => self.unknown += 1,
            Reply::Value { .. } => self.values += 1,
            Reply::Transferred { .. } => self.transferred += 1,
            Reply::Changed { .. } => self.changed += 1,
            _ => {}
        }
    }
}

impl Net {
    pub fn new(config: Config, wire: Wire, seed: u64) -> Net {
        let images = (0..config.members).map(|_| Image::new(config.genesis())).collect();
        Net::with_images(config, images, wire, seed)
    }

    /// A story that begins in the middle: what is on each disk is given.
    pub fn with_images(config: Config, images: Vec<Image>, wire: Wire, seed: u64) -> Net {
        let n = config.members;
        let mut observer = Observer::default();
        let mut violation = None;
        for (me, image) in (0..).map(Peer).zip(&images) {
            violation = violation.or(observer.on_image(me, image).err());
        }
        let server = |(me, image)| Server::from_image(me, config, image).unwrap();
        Net {
            now: Time::ZERO,
            servers: (0..).map(Peer).zip(images).map(server).collect(),
            wire,
            cut: BTreeSet::new(),
            fast_ppm: vec![0; n.into()],
            observer,
            violation,
            replies: BTreeMap::new(),
            tell: None,
            met: Met { runs: 1, ..Met::default() },
            outs: (0..n).map(|me| Out::new(Rng::stream(seed, &[1, me.into()]))).collect(),
            timers: vec![Vec::new(); n.into()],
            queue: BTreeMap::new(),
            sequence: 0,
            rng: Rng::stream(seed, &[2]),
        }
    }

    pub fn start(&mut self) {
        for me in 0..self.servers.len() {
            self.input(me, |server, now, out| server.on_start(now, out));
        }
    }

    pub fn is_up(&self, me: usize) -> bool {
        self.servers[me].role() != RoleName::Down
    }

    pub fn ask(&mut self, at: usize, token: u64, request: Request) {
        if self.is_up(at) {
            self.observer.on_request(token, &request);
            self.met.leased += u64::from(self.servers[at].is_leased(self.local(at)));
            self.input(at, |server, now, out| server.on_request(token, request, now, out));
        }
    }

    pub fn crash(&mut self, at: usize) {
        if self.is_up(at) {
            self.timers[at].clear();
            self.servers[at].on_crash();
            self.observer.on_crash(Peer(at as u16));
        }
    }

    pub fn restart(&mut self, at: usize) {
        if !self.is_up(at) {
            self.input(at, |server, now, out| server.on_restart(now, out));
        }
    }

    /// Its election timer fires now.
    pub fn time_out(&mut self, at: usize) {
        if self.is_up(at) {
            self.timers[at].retain(|(timer, _)| *timer != Timer::Election);
            self.input(at, |server, now, out| server.on_timer(Timer::Election, now, out));
        }
    }

    /// Its heartbeat timer fires now.
    pub fn beat(&mut self, at: usize) {
        if self.is_up(at) {
            self.timers[at].retain(|(timer, _)| *timer != Timer::Heartbeat);
            self.input(at, |server, now, out| server.on_timer(Timer::Heartbeat, now, out));
        }
    }

    /// Cuts both directions between every two servers of different sides. Servers of no side keep their wires.
    pub fn split(&mut self, sides: &[&[u16]]) {
        for (a, b) in sides.iter().flat_map(|a| sides.iter().map(move |b| (a, b))).filter(|(a, b)| a != b) {
            self.cut.extend(a.iter().flat_map(|from| b.iter().map(move |to| (*from, *to))));
        }
    }

    pub fn run(&mut self, span: Span) {
        let end = self.now + span;
        while self.violation.is_none() {
            let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) else { break };
            let ((at, _), event) = entry.remove_entry();
            self.now = at;
            self.happen(event);
        }
        self.now = end;
    }

    /// Loses what is on its way.
    pub fn lose_all(&mut self) {
        self.queue.retain(|_, event| matches!(event, Event::Wake { .. }));
    }

    pub fn leaders(&self) -> Vec<usize> {
        (0..self.servers.len()).filter(|me| self.servers[*me].role() == RoleName::Leader).collect()
    }

    fn say(&mut self, line: Line<'_>) {
        if let Some(tell) = &mut self.tell {
            tell(self.now, line);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, message } if !self.is_up(to.0.into()) => {
                self.say(Line::Lost { from, to, message: &message, why: "down" });
            }
            Event::Deliver { from, to, message } => {
                self.say(Line::Arrived { from, to, message: &message });
                self.input(to.0.into(), |server, now, out| server.on_message(from, message, now, out));
            }
            Event::Wake { at, timer, id } => {
                let pending = &mut self.timers[usize::from(at.0)];
                if let Some(place) = pending.iter().position(|set| *set == (timer, id)) {
                    pending.swap_remove(place);
                    self.input(at.0.into(), |server, now, out| server.on_timer(timer, now, out));
                }
            }
        }
    }

    /// What the server's own clock shows.
    fn local(&self, me: usize) -> Time {
        let fast = i128::from(self.now.0) * i128::from(1_000_000 + self.fast_ppm[me]) / 1_000_000;
        Time(fast as u64)
    }

    /// One transition: the input, then its effects in order.
    fn input(&mut self, me: usize, input: impl FnOnce(&mut Server, Time, &mut Out<Server>)) {
        self.met.events += 1;
        let now = self.local(me);
        input(&mut self.servers[me], now, &mut self.outs[me]);
        let effects: Vec<Effect<Server>> = self.outs[me].drain().collect();
        let at = Peer(me as u16);
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.send(at, to, message),
                Effect::SetTimer { timer, after } => self.set_timer(at, timer, after),
                Effect::CancelTimer { timer } => self.timers[me].retain(|(set, _)| *set != timer),
                Effect::Persist { .. } => {}
                Effect::Reply { token, reply } => self.answered(at, token, reply),
                Effect::Note { note } => {
                    self.met.note(&note);
                    self.say(Line::Told { at, note: &note });
                    let judged = self.observer.on_note(at, &note);
                    self.judge(judged);
                }
            }
        }
    }

    fn judge(&mut self, judged: Result<(), Violation>) {
        if let (Err(violation), None) = (judged, self.violation) {
            self.violation = Some(violation);
            self.say(Line::Broken(violation));
        }
    }

    fn send(&mut self, from: Peer, to: Peer, message: Message) {
        assert!(from != to && usize::from(to.0) < self.servers.len(), "{from:?} to {to:?}");
        if self.cut.contains(&(from.0, to.0)) {
            return self.say(Line::Lost { from, to, message: &message, why: "cut" });
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
        let real = i128::from(after.0) * 1_000_000 / i128::from(1_000_000 + self.fast_ppm[usize::from(at.0)]);
        self.schedule(Span(real as u64), Event::Wake { at, timer, id });
    }

    fn schedule(&mut self, after: Span, event: Event) {
        self.queue.insert((self.now + after, self.sequence), event);
        self.sequence += 1;
    }

    fn answered(&mut self, at: Peer, token: u64, reply: Reply) {
        assert!(self.replies.insert(token, reply).is_none(), "request {token} was answered twice");
        self.met.reply(&reply);
        self.say(Line::Answered { at, token, reply });
        let judged = self.observer.on_reply(token, &reply);
        self.judge(judged);
    }
}
