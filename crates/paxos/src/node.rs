//! One node: an acceptor or a proposer, and how it is driven.
//!
//! Rules:
//! - A promise and an acceptance are on disk before anybody hears of them.
//! - A proposer never uses a ballot twice, also not after a crash: the round is on disk before the ballot is.
//! - A proposer that is refused tries again above what it was told, after a random time: two that do not wait can outbid each other
//!   for ever.

use crate::config::{Bug, Config, ConfigError};
use crate::rules::{Accepted, Acceptor, Ballot, majority, must_propose};
use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};

/// No proposer lives to use this round: what speaks of it is noise.
const ROUND_MAX: u64 = 1 << 62;

/// What nodes say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// Phase 1a: "promise to take part in nothing below".
    Prepare {
        /// The proposal's number.
        ballot: Ballot,
    },
    /// Phase 1b: promised.
    Promise {
        /// What was asked.
        ballot: Ballot,
        /// What this acceptor accepted last.
        accepted: Option<Accepted>,
    },
    /// Phase 2a: "accept this".
    Accept {
        /// The proposal.
        proposal: Accepted,
    },
    /// Phase 2b: accepted.
    Agreed {
        /// In which ballot.
        ballot: Ballot,
    },
    /// A later ballot was promised.
    Refused {
        /// What was asked.
        ballot: Ballot,
        /// What was promised.
        promised: Ballot,
    },
    /// A majority has accepted: for the learners.
    Chosen {
        /// What.
        value: u64,
    },
}

/// What survives a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    /// An acceptor's memory.
    pub acceptor: Acceptor,
    /// The last round that a proposer used.
    pub round: u64,
}

/// One durable write: the whole of it, it is small.
impl Durable for Image {
    type Write = Image;
    fn apply(&mut self, write: &Image) {
        *self = *write;
    }
}

/// Why a node wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires when a proposer has waited long enough for answers, or after it was refused: it tries again with a greater ballot.
    Retry,
}

/// What a client asks a proposer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Get this value chosen, if none is yet; with a ballot of this round at least.
    Propose {
        /// What.
        value: u64,
        /// From 1.
        round: u64,
    },
}

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The value that is chosen, its own or another.
    Chosen {
        /// What.
        value: u64,
    },
    /// This node is no proposer, or busy with another proposal.
    Refused,
}

/// What a trace wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A proposer began a ballot.
    Prepared {
        /// Which.
        ballot: Ballot,
    },
    /// An acceptor promised.
    Promised {
        /// What.
        ballot: Ballot,
    },
    /// A proposer with a majority of promises proposed.
    Proposed {
        /// What.
        proposal: Accepted,
        /// It had to take the value of an earlier ballot.
        is_forced: bool,
    },
    /// An acceptor accepted.
    Accepted {
        /// What.
        proposal: Accepted,
    },
    /// A node learned what is chosen.
    Learned {
        /// What.
        value: u64,
    },
}

/// What a proposer is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    /// Collecting promises: who, in order, and what each has accepted.
    Preparing(Vec<(Peer, Option<Accepted>)>),
    /// Collecting agreement to this value: who, in order.
    Accepting(u64, Vec<Peer>),
}

/// All that a crash takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Live {
    is_up: bool,
    phase: Phase,
    ballot: Ballot,
    /// The client's token and value.
    wanted: Option<(u64, u64)>,
    chosen: Option<u64>,
}

/// One node of a group: see the crate's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    me: Peer,
    config: Config,
    disk: Disk<Image>,
    live: Live,
}

impl Node {
    /// Node `me`: the first of a group are its acceptors, the others its proposers, who are learners too.
    pub fn new(me: Peer, config: Config) -> Result<Node, ConfigError> {
        config.check()?;
        let (value, high) = (u64::from(me.0), u64::from(config.acceptors + config.proposers) - 1);
        if value > high {
            return Err(ConfigError { field: "node", value, low: 0, high });
        }
        Ok(Node { me, config, disk: Disk::default(), live: Live::default() })
    }

    /// Its number.
    #[must_use]
    pub const fn me(&self) -> Peer {
        self.me
    }

    /// An acceptor's memory.
    #[must_use]
    pub fn acceptor(&self) -> Acceptor {
        self.disk.acceptor
    }

    /// What it knows to be chosen.
    #[must_use]
    pub const fn chosen(&self) -> Option<u64> {
        self.live.chosen
    }

    /// The ballot that a proposer is in, or was last.
    #[must_use]
    pub const fn ballot(&self) -> Ballot {
        self.live.ballot
    }

    /// Whether a proposer waits for promises in its ballot.
    #[must_use]
    pub const fn is_preparing(&self) -> bool {
        matches!(self.live.phase, Phase::Preparing(_))
    }

    /// Whether a proposer waits for agreement in its ballot.
    #[must_use]
    pub const fn is_accepting(&self) -> bool {
        matches!(self.live.phase, Phase::Accepting(..))
    }

    /// The last round that a proposer has used.
    #[must_use]
    pub fn round(&self) -> u64 {
        self.disk.round
    }

    fn is_acceptor(&self) -> bool {
        self.me.0 < self.config.acceptors
    }

    fn save(&mut self, image: Image, out: &mut Out<Self>) {
        out.persist(&mut self.disk, image);
    }

    fn to_acceptors(&self, message: Message, out: &mut Out<Self>) {
        (0..self.config.acceptors).for_each(|peer| out.send(Peer(peer), message));
    }

    /// Phase 1a, in a round that nobody has used here.
    fn prepare(&mut self, round: u64, out: &mut Out<Self>) {
        let round = round.max(self.disk.round.saturating_add(1));
        if !self.config.has(Bug::RoundForgotten) {
            self.save(Image { round, ..*self.disk }, out);
        }
        self.live.ballot = Ballot { round, proposer: self.me.0 };
        self.live.phase = Phase::Preparing(Vec::new());
        out.note(Note::Prepared { ballot: self.live.ballot });
        self.to_acceptors(Message::Prepare { ballot: self.live.ballot }, out);
        self.retry_later(out);
    }

    /// Long enough for two round trips; drawn, so that of two rivals one gets through.
    fn retry_later(&self, out: &mut Out<Self>) {
        let least = self.config.retry_after;
        let more = if self.config.has(Bug::SameBackoff) { 0 } else { out.rng().below(least.0) };
        out.set_timer(Timer::Retry, least + Span(more));
    }

    /// Phase 1b.
    fn on_prepare(&mut self, from: Peer, ballot: Ballot, out: &mut Out<Self>) {
        let acceptor = self.disk.acceptor;
        if !acceptor.promises(ballot) {
            return out.send(from, Message::Refused { ballot, promised: acceptor.promised });
        }
        if ballot > acceptor.promised && !self.config.has(Bug::PromiseForgotten) {
            self.save(Image { acceptor: Acceptor { promised: ballot, ..acceptor }, ..*self.disk }, out);
        }
        out.note(Note::Promised { ballot });
        out.send(from, Message::Promise { ballot, accepted: acceptor.accepted });
    }

    /// Phase 2a, once a majority has promised.
    fn on_promise(&mut self, from: Peer, ballot: Ballot, accepted: Option<Accepted>, out: &mut Out<Self>) {
        let Some((_, own)) = self.live.wanted else { return };
        let Phase::Preparing(promises) = &mut self.live.phase else { return };
        let Err(place) = promises.binary_search_by_key(&from, |(peer, _)| *peer) else { return };
        if ballot != self.live.ballot {
            return;
        }
        promises.insert(place, (from, accepted));
        if promises.len() < usize::from(majority(self.config.acceptors)) {
            return;
        }
        let accepted = promises.iter().map(|(_, accepted)| *accepted);
        let is_forced = accepted.clone().any(|accepted| accepted.is_some());
        let value = match self.config.bug {
            Some(Bug::OwnValueAlways) => own,
            Some(Bug::LeastBallotsValue) => {
                accepted.flatten().min_by_key(|accepted| accepted.ballot).map_or(own, |accepted| accepted.value)
            }
            _ => must_propose(own, accepted),
        };
        let proposal = Accepted { ballot, value };
        self.live.phase = Phase::Accepting(value, Vec::new());
        out.note(Note::Proposed { proposal, is_forced });
        self.to_acceptors(Message::Accept { proposal }, out);
    }

    /// Phase 2b. To accept is to promise.
    fn on_accept(&mut self, from: Peer, proposal: Accepted, out: &mut Out<Self>) {
        let (acceptor, ballot) = (self.disk.acceptor, proposal.ballot);
        if !acceptor.accepts(ballot) {
            return out.send(from, Message::Refused { ballot, promised: acceptor.promised });
        }
        let acceptor = Acceptor { promised: ballot, accepted: Some(proposal) };
        self.save(Image { acceptor, ..*self.disk }, out);
        out.note(Note::Accepted { proposal });
        out.send(from, Message::Agreed { ballot });
    }

    fn on_agreed(&mut self, from: Peer, ballot: Ballot, out: &mut Out<Self>) {
        let Phase::Accepting(value, agreed) = &mut self.live.phase else { return };
        let Err(place) = agreed.binary_search(&from) else { return };
        if ballot != self.live.ballot {
            return;
        }
        agreed.insert(place, from);
        let value = *value;
        if agreed.len() >= usize::from(majority(self.config.acceptors)) {
            for peer in 0..self.config.acceptors + self.config.proposers {
                if peer != self.me.0 {
                    out.send(Peer(peer), Message::Chosen { value });
                }
            }
            self.learn(value, out);
        }
    }

    /// It was outbid: waits, then goes above.
    fn on_refused(&mut self, ballot: Ballot, promised: Ballot, out: &mut Out<Self>) {
        let is_news = promised > ballot && promised.round < ROUND_MAX;
        if ballot == self.live.ballot && self.live.phase != Phase::Idle && is_news {
            self.live.phase = Phase::Idle;
            self.live.ballot.round = self.live.ballot.round.max(promised.round);
            self.retry_later(out);
        }
    }

    fn learn(&mut self, value: u64, out: &mut Out<Self>) {
        if self.live.chosen.is_none() {
            self.live.chosen = Some(value);
            out.note(Note::Learned { value });
        }
        self.live.phase = Phase::Idle;
        if let Some((token, _)) = self.live.wanted.take() {
            out.cancel_timer(Timer::Retry);
            out.reply(token, Reply::Chosen { value });
        }
    }
}

impl Machine for Node {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Image;
    type Note = Note;

    fn on_start(&mut self, _: Time, _: &mut Out<Self>) {
        self.live.is_up = true;
    }

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        let nodes = self.config.acceptors + self.config.proposers;
        if !self.live.is_up || from == self.me || from.0 >= nodes {
            return;
        }
        match message {
            Message::Prepare { ballot } if self.is_acceptor() => self.on_prepare(from, ballot, out),
            Message::Accept { proposal } if self.is_acceptor() => self.on_accept(from, proposal, out),
            Message::Promise { ballot, accepted } => self.on_promise(from, ballot, accepted, out),
            Message::Agreed { ballot } => self.on_agreed(from, ballot, out),
            Message::Refused { ballot, promised } => self.on_refused(ballot, promised, out),
            Message::Chosen { value } => self.learn(value, out),
            Message::Prepare { .. } | Message::Accept { .. } => {} // not for a proposer
        }
    }

    fn on_timer(&mut self, timer: Timer, _: Time, out: &mut Out<Self>) {
        let Timer::Retry = timer;
        if self.live.is_up && self.live.wanted.is_some() {
            self.prepare(self.live.ballot.round.saturating_add(1), out);
        }
    }

    fn on_request(&mut self, token: u64, request: Request, _: Time, out: &mut Out<Self>) {
        let Request::Propose { value, round } = request;
        match self.live.chosen {
            _ if !self.live.is_up => {}
            Some(value) => out.reply(token, Reply::Chosen { value }),
            None if self.is_acceptor() || self.live.wanted.is_some() => out.reply(token, Reply::Refused),
            None => {
                self.live.wanted = Some((token, value));
                self.prepare(round, out);
            }
        }
    }

    fn on_crash(&mut self) {
        self.live = Live::default();
    }

    fn on_restart(&mut self, _: Time, _: &mut Out<Self>) {
        self.live.is_up = true;
    }
}
