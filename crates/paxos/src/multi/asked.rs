//! What clients ask: each request takes the next slot, or waits until this member leads; and what they are told.
//!
//! Where only a leader proposes, others refuse, and a deposed leader's clients do not learn what became of what was on its way. Where
//! everybody proposes, whoever is asked begins a ballot. Who is outbid keeps what was on its way until he hears what its slot got: his
//! command, which is then answered, or another's, and he proposes his own again. Before the next ballot he waits, longer each time.
//!
//! Cost: O(log n) of the requests that wait, of which there are at most [`WINDOW`].

use super::config::Proposers;
use super::member::{Member, Pending, Role};
use super::takeover::WINDOW;
use super::words::{Command, Reply, Request, Timer};
use base::Span;
use machine::Out;
use std::collections::{BTreeMap, VecDeque};

/// Requests of clients that are not on their way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// For the next ballot of this member.
    waiting: VecDeque<(u64, Command)>,
    /// By the slot in which they were proposed, by who was outbid before he knew.
    in_doubt: BTreeMap<u64, (u64, Command)>,
    /// Ballots that were outbid since something was chosen.
    outbid: u32,
    /// The last wait.
    waited: Span,
    /// Whether it waits now.
    waits: bool,
}

impl Asked {
    pub fn len(&self) -> u64 {
        (self.waiting.len() + self.in_doubt.len()) as u64
    }

    /// Something that a client asked for was chosen in this member's ballot.
    pub fn won(&mut self) {
        self.outbid = 0;
    }
}

impl Member {
    /// A client asks.
    pub(super) fn ask(&mut self, token: u64, request: Request, out: &mut Out<Self>) {
        let command = match request {
            Request::Write { key, value } => Command::Write { key, value },
            Request::Read { key } => Command::Read { key },
        };
        let proposes = self.config.proposers == Proposers::Everybody;
        match self.live.role {
            Role::Leading(next, _) if next <= self.disk.commit + WINDOW => self.propose_next(token, command, out),
            Role::Leading(..) => out.reply(token, Reply::Busy),
            _ if !proposes => out.reply(token, Reply::NotLeader { leader: self.live.leader }),
            _ if self.live.asked.len() >= WINDOW => out.reply(token, Reply::Busy),
            _ => {
                self.live.asked.waiting.push_back((token, command));
                if self.live.role == Role::Follower && !self.live.asked.waits {
                    self.prepare(out);
                }
            }
        }
    }

    /// In the next free slot of who leads.
    fn propose_next(&mut self, token: u64, command: Command, out: &mut Out<Self>) {
        if let Role::Leading(next, _) = &mut self.live.role {
            let slot = *next;
            *next += 1;
            self.propose(slot, command, Some(token), out);
        }
    }

    /// It leads now: what waits goes on its way, as far as there is room.
    pub(super) fn propose_waiting(&mut self, out: &mut Out<Self>) {
        while let Role::Leading(next, _) = self.live.role
            && next <= self.disk.commit + WINDOW
            && let Some((token, command)) = self.live.asked.waiting.pop_front()
        {
            self.propose_next(token, command, out);
        }
    }

    /// It leads no longer: what becomes of what was on its way?
    pub(super) fn doubt(&mut self, pending: BTreeMap<u64, Pending>, out: &mut Out<Self>) {
        for (slot, Pending { command, token, .. }) in pending {
            let Some(token) = token else { continue };
            match self.config.proposers {
                Proposers::Leader => out.reply(token, Reply::Unknown),
                Proposers::Everybody => drop(self.live.asked.in_doubt.insert(slot, (token, command))),
            }
        }
    }

    /// What a slot got is known: whoever waits for it is answered, or proposes again.
    pub(super) fn settle(&mut self, slot: u64, command: Command, out: &mut Out<Self>) {
        match self.live.asked.in_doubt.remove(&slot) {
            Some((token, own)) if own == command => self.answer(token, slot, command, out),
            Some(lost) => {
                self.live.asked.waiting.push_back(lost);
                self.propose_waiting(out);
                if self.live.role == Role::Follower {
                    self.retry_later(out);
                }
            }
            None => {}
        }
    }

    /// All up to a slot is chosen, and nobody says what is where.
    pub(super) fn give_up_to(&mut self, slot: u64, out: &mut Out<Self>) {
        let later = self.live.asked.in_doubt.split_off(&(slot + 1));
        for (token, _) in core::mem::replace(&mut self.live.asked.in_doubt, later).into_values() {
            out.reply(token, Reply::Unknown);
        }
    }

    /// The command is chosen in `slot`, and all before it is carried out.
    pub(super) fn answer(&self, token: u64, slot: u64, command: Command, out: &mut Out<Self>) {
        out.reply(
            token,
            match command {
                Command::Read { key } => Reply::Value { slot, found: self.read(key) },
                Command::Write { .. } | Command::Nothing => Reply::Written { slot },
            },
        );
    }

    /// Outbid: it waits before its next ballot, if somebody waits for that.
    pub(super) fn retry_later(&mut self, out: &mut Out<Self>) {
        let asked = &mut self.live.asked;
        if asked.len() == 0 || asked.waits {
            return;
        }
        let last = if asked.outbid == 0 { self.config.retry.base } else { asked.waited };
        asked.waited = self.config.retry.wait(asked.outbid, last, out.rng());
        asked.outbid = asked.outbid.saturating_add(1);
        asked.waits = true;
        out.set_timer(Timer::Retry, asked.waited);
    }

    /// It has waited.
    pub(super) fn on_retry(&mut self, out: &mut Out<Self>) {
        self.live.asked.waits = false;
        if self.live.role == Role::Follower && self.live.asked.len() > 0 {
            self.prepare(out);
        }
    }
}
