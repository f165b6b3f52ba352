//! A deterministic network for any machine: loss, duplication, reordering, cuts, crashes between any two effects, restarts.

use base::{Rng, Span, Time};
use machine::{Effect, Machine, Out, Peer, Write};
use std::collections::{BTreeMap, BTreeSet};

/// What may happen to a message.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    /// The shortest way.
    pub latency_min: Span,
    /// The longest way.
    pub latency_max: Span,
    /// The share of messages that never come, 0 to 1.
    pub loss: f64,
    /// The share of messages that come twice, 0 to 1.
    pub duplication: f64,
}

impl Wire {
    /// Every message takes as long; none is lost.
    #[must_use]
    pub const fn constant(latency: Span) -> Wire {
        Wire { latency_min: latency, latency_max: latency, loss: 0.0, duplication: 0.0 }
    }

    /// Late by up to ten times, so that messages overtake each other; one in twenty lost, one in ten doubled.
    #[must_use]
    pub const fn hostile() -> Wire {
        Wire { latency_min: Span::from_millis(1), latency_max: Span::from_millis(10), loss: 0.05, duplication: 0.1 }
    }
}

enum Event<M: Machine> {
    Deliver { from: Peer, to: Peer, message: M::Message },
    Wake { at: Peer, timer: M::Timer, id: u64 },
}

/// What a run tells its reader, in order.
pub enum Line<'a, M: Machine> {
    /// A message is handed to its receiver.
    Arrived {
        /// Who sent it.
        from: Peer,
        /// Who is handed it.
        to: Peer,
        /// What.
        message: &'a M::Message,
    },
    /// A message will never arrive.
    Lost {
        /// Who sent it.
        from: Peer,
        /// Who is not handed it.
        to: Peer,
        /// What.
        message: &'a M::Message,
        /// `cut`, `lost` by luck, `down` at its arrival, or `unsaid`: its sender died first.
        why: &'static str,
    },
    /// A member has something on its disk.
    Wrote {
        /// Who.
        at: Peer,
        /// What.
        write: &'a Write<M>,
    },
    /// A member noted something.
    Told {
        /// Who.
        at: Peer,
        /// What.
        note: &'a M::Note,
    },
    /// A member answered a request.
    Answered {
        /// Who.
        at: Peer,
        /// Of which request.
        token: u64,
        /// What.
        reply: &'a M::Reply,
    },
    /// A member dies, as it was doomed to.
    Died {
        /// Who.
        at: Peer,
    },
}

/// Hears every line of a run.
pub type Tell<M> = dyn FnMut(Time, Line<'_, M>);

/// Members, and what is on its way between them.
pub struct Net<M: Machine> {
    /// The moment of what happens.
    pub now: Time,
    /// The members, by number.
    pub members: Vec<M>,
    /// Which of them live.
    pub up: Vec<bool>,
    /// What may happen to messages from now on.
    pub wire: Wire,
    /// Directions that are cut.
    pub cut: BTreeSet<(u16, u16)>,
    /// The member dies once it has made this many more durable writes: before anything that follows the write.
    pub doomed: BTreeMap<usize, u64>,
    /// Of those: whose last write is lost with them, but not what they said before it.
    pub torn: BTreeSet<usize>,
    /// Every reply: when, who, to which request, what.
    pub replies: Vec<(Time, Peer, u64, M::Reply)>,
    /// Every note: when, who, what.
    pub notes: Vec<(Time, Peer, M::Note)>,
    /// Every durable write: when, who, what.
    pub writes: Vec<(Time, Peer, Write<M>)>,
    /// Messages sent, those that were lost too.
    pub sent: u64,
    /// The same by sender.
    pub sent_by: Vec<u64>,
    /// Hears what happens, if anybody does.
    pub tell: Option<Box<Tell<M>>>,
    outs: Vec<Out<M>>,
    timers: Vec<Vec<(M::Timer, u64)>>,
    queue: BTreeMap<(Time, u64), Event<M>>,
    sequence: u64,
    rng: Rng,
}

impl<M: Machine> Net<M> {
    /// A group that has not started. `seed` is the luck of the members and of the wire.
    #[must_use]
    pub fn new(members: Vec<M>, wire: Wire, seed: u64) -> Net<M> {
        let n = members.len();
        Net {
            now: Time::ZERO,
            up: vec![true; n],
            wire,
            cut: BTreeSet::new(),
            doomed: BTreeMap::new(),
            torn: BTreeSet::new(),
            replies: Vec::new(),
            notes: Vec::new(),
            writes: Vec::new(),
            sent: 0,
            sent_by: vec![0; n],
            tell: None,
            outs: (0..n).map(|me| Out::new(Rng::stream(seed, &[1, me as u64]))).collect(),
            timers: vec![Vec::new(); n],
            queue: BTreeMap::new(),
            sequence: 0,
            rng: Rng::stream(seed, &[2]),
            members,
        }
    }

    /// Starts every member.
    pub fn start(&mut self) {
        for me in 0..self.members.len() {
            self.input(me, |member, now, out| member.on_start(now, out));
        }
    }

    /// A client asks a member; the dead do not hear it.
    pub fn ask(&mut self, me: usize, token: u64, request: M::Request) {
        if self.up[me] {
            self.input(me, |member, now, out| member.on_request(token, request, now, out));
        }
    }

    /// A member dies, if it lives.
    pub fn crash(&mut self, me: usize) {
        if self.up[me] {
            self.up[me] = false;
            self.timers[me].clear();
            self.doomed.remove(&me);
            self.torn.remove(&me);
            self.members[me].on_crash();
        }
    }

    /// A member lives again with what is on its disk, if it is dead.
    pub fn restart(&mut self, me: usize) {
        if !self.up[me] {
            self.up[me] = true;
            self.input(me, |member, now, out| member.on_restart(now, out));
        }
    }

    /// The timer of a member that would be next fires now, if it has one.
    pub fn fire(&mut self, me: usize) {
        let timers = &self.timers[me];
        let is_next = |(_, event): &(&(Time, u64), &Event<M>)| match event {
            Event::Wake { at, timer, id } => usize::from(at.0) == me && timers.contains(&(*timer, *id)),
            Event::Deliver { .. } => false,
        };
        let key = self.queue.iter().find(is_next).map(|(key, _)| *key);
        if let Some(event) = key.and_then(|key| self.queue.remove(&key)) {
            self.happen(event);
        }
    }

    /// Cuts one member off from all others.
    pub fn isolate(&mut self, me: u16) {
        let others = (0..self.members.len() as u16).filter(|other| *other != me);
        self.cut.extend(others.flat_map(|other| [(me, other), (other, me)]));
    }

    /// Cuts both directions between every two members of different sides. Members of no side keep their wires.
    pub fn split(&mut self, sides: &[Vec<u16>]) {
        for (a, b) in sides.iter().flat_map(|a| sides.iter().map(move |b| (a, b))).filter(|(a, b)| a != b) {
            self.cut.extend(a.iter().flat_map(|from| b.iter().map(move |to| (*from, *to))));
        }
    }

    fn say(&mut self, line: Line<'_, M>) {
        if let Some(tell) = &mut self.tell {
            tell(self.now, line);
        }
    }

    /// Lets time pass.
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
                self.say(Line::Arrived { from, to, message: &message });
                self.input(to.0.into(), |member, now, out| member.on_message(from, message, now, out));
            }
            Event::Deliver { from, to, message } => {
                self.say(Line::Lost { from, to, message: &message, why: "down" });
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

    /// One transition: the input, then its effects in order, up to the crash if one is due.
    pub fn input(&mut self, me: usize, input: impl FnOnce(&mut M, Time, &mut Out<M>)) {
        let before = self.torn.contains(&me).then(|| self.members[me].clone());
        input(&mut self.members[me], self.now, &mut self.outs[me]);
        let effects: Vec<Effect<M>> = self.outs[me].drain().collect();
        let at = Peer(me as u16);
        let (mut dies, mut is_torn, mut writes) = (false, false, 0);
        for effect in effects {
            match effect {
                Effect::Send { to, message } if dies => {
                    self.say(Line::Lost { from: at, to, message: &message, why: "unsaid" });
                }
                Effect::Reply { .. } if dies => {}
                Effect::Send { to, message } => self.send(at, to, message),
                Effect::SetTimer { timer, after } => self.set_timer(at, timer, after),
                Effect::CancelTimer { timer } => self.timers[me].retain(|(set, _)| *set != timer),
                Effect::Persist { .. } if is_torn => {}
                Effect::Persist { write } => {
                    let left = self.doomed.get_mut(&me).map(|left| {
                        *left = left.saturating_sub(1);
                        *left
                    });
                    dies |= left == Some(0);
                    is_torn = left == Some(0) && before.is_some();
                    if !is_torn {
                        self.say(Line::Wrote { at, write: &write });
                        self.writes.push((self.now, at, write));
                        writes += 1;
                    }
                }
                Effect::Reply { token, reply } => {
                    self.say(Line::Answered { at, token, reply: &reply });
                    self.replies.push((self.now, at, token, reply));
                }
                Effect::Note { note } => {
                    self.say(Line::Told { at, note: &note });
                    self.notes.push((self.now, at, note));
                }
            }
        }
        // Writes of one transition stay together; what it says after the last one is lost.
        if let Some(before) = before.filter(|_| is_torn) {
            assert_eq!(writes, 0, "a torn write must be the first of its transition, or the others are lost with it");
            self.members[me] = before;
        }
        if dies {
            self.say(Line::Died { at });
            self.crash(me);
        }
    }

    fn send(&mut self, from: Peer, to: Peer, message: M::Message) {
        assert!(usize::from(to.0) < self.members.len(), "{from:?} to {to:?}");
        self.sent += 1;
        self.sent_by[usize::from(from.0)] += 1;
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
