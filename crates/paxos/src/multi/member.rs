//! One member: acceptor and learner always, leader when nobody else is.
//!
//! Rules:
//! - A promise and an acceptance are on disk before anybody hears of them. A ballot is promised at home before it is asked for, so
//!   none is used twice.
//! - A leader proposes one command a slot in its ballot. So what a follower accepted in this ballot, up to the leader's commit index,
//!   is chosen; what it accepted in another ballot may not be.
//! - Commands are applied in the order of slots, without a hole.
//!
//! Cost of an input: O(log n) of the slots; a takeover and a heartbeat take the unfinished slots each.

use super::asked::Asked;
use super::config::{Bug, Config};
use super::disk::{DiskWrite, Image, Proposal, Snapshot};
use super::takeover::{WINDOW, propose_with};
use super::words::{Command, Message, Note, Reply, Request, Timer};
use crate::ConfigError;
use crate::rules::Ballot;
use base::{Span, Time};
use machine::{Disk, Machine, Out, Peer};
use quorum::{Members, QuorumSystem, ReadWrite};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// No member lives to use this round: what speaks of it is noise.
const ROUND_MAX: u64 = 1 << 62;

/// What a promise told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What was accepted, in the order of slots.
    accepted: Vec<(u64, Proposal)>,
    /// Up to where it is chosen.
    commit: u64,
    /// In place of what is forgotten.
    snapshot: Option<Arc<Snapshot>>,
}

/// A slot that its leader has not seen chosen yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) command: Command,
    /// Who has accepted.
    agreed: Members,
    /// The client's.
    pub(super) token: Option<u64>,
    /// Sent before the last heartbeat: if it is still not answered, it is sent again.
    is_old: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    #[default]
    Follower,
    /// Collecting promises.
    Preparing(BTreeMap<Peer, Told>),
    /// Leading: the next free slot, and those on their way.
    Leading(u64, BTreeMap<u64, Pending>),
}

/// What a member does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleName {
    /// Hears a leader, or waits for one.
    Follower,
    /// Collects promises.
    Preparing,
    /// Leads.
    Leader,
}

/// All that a crash takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Live {
    is_up: bool,
    pub(super) role: Role,
    /// The greatest ballot promised: that of the disk, unless promises are forgotten.
    promised: Ballot,
    /// The greatest ballot heard of: the next own one goes above it.
    heard: Ballot,
    pub(super) leader: Option<Peer>,
    /// What clients wait for that is not on its way.
    pub(super) asked: Asked,
}

/// One member of a group: see the module's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    me: Peer,
    pub(super) config: Config,
    quorum: ReadWrite,
    pub(super) disk: Disk<Image>,
    pub(super) live: Live,
}

impl Member {
    /// Member `me` of a group, from 0.
    pub fn new(me: Peer, config: Config) -> Result<Member, ConfigError> {
        let quorum = config.check()?;
        let (value, high) = (u64::from(me.0), u64::from(config.members) - 1);
        if value > high {
            return Err(ConfigError { field: "member", value, low: 0, high });
        }
        Ok(Member { me, config, quorum, disk: Disk::default(), live: Live::default() })
    }

    /// Takes over the settings of time and memory: time-outs, waits, what is kept. The others stay as they are.
    pub fn retune(&mut self, config: Config) -> Result<(), ConfigError> {
        config.check()?;
        let Config { heartbeat, takeover_after, retry, kept, .. } = config;
        self.config = Config { heartbeat, takeover_after, retry, kept, ..self.config };
        Ok(())
    }

    /// Its settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Its number.
    #[must_use]
    pub const fn me(&self) -> Peer {
        self.me
    }

    /// What it does.
    #[must_use]
    pub const fn role(&self) -> RoleName {
        match self.live.role {
            Role::Follower => RoleName::Follower,
            Role::Preparing(_) => RoleName::Preparing,
            Role::Leading(..) => RoleName::Leader,
        }
    }

    /// What its disk holds.
    #[must_use]
    pub fn disk(&self) -> &Image {
        &self.disk
    }

    /// Up to which slot it knows everything to be chosen, and has applied it.
    #[must_use]
    pub fn commit(&self) -> u64 {
        self.disk.commit
    }

    /// The last slot in which it has accepted something, or which it knows to be chosen.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.disk.log.last_key_value().map_or(0, |(slot, _)| *slot).max(self.disk.commit)
    }

    /// What it knows to be in the register of `key`: the slot of the last write, and its value. May be behind.
    #[must_use]
    pub fn read(&self, key: u64) -> Option<(u64, u64)> {
        self.disk.registers.get(&key).copied()
    }

    /// Slots that it has proposed as leader and does not know to be chosen.
    #[must_use]
    pub fn pending(&self) -> u64 {
        if let Role::Leading(_, pending) = &self.live.role { pending.len() as u64 } else { 0 }
    }

    /// Promises that it has collected for the ballot that it prepares.
    #[must_use]
    pub fn promises(&self) -> u64 {
        if let Role::Preparing(promises) = &self.live.role { promises.len() as u64 } else { 0 }
    }

    /// Promises that make a leader.
    #[must_use]
    pub fn promises_needed(&self) -> u64 {
        self.quorum.reads().into()
    }

    /// Requests that wait for this member's next ballot, or for what becomes of a slot.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.live.asked.len()
    }

    /// The greatest ballot that it has promised.
    #[must_use]
    pub const fn promised(&self) -> Ballot {
        self.live.promised
    }

    /// Whom it heard lead last.
    #[must_use]
    pub const fn leader(&self) -> Option<Peer> {
        self.live.leader
    }

    fn to_others(&self, message: &Message, out: &mut Out<Self>) {
        (0..self.config.members).map(Peer).filter(|peer| *peer != self.me).for_each(|peer| {
            out.send(peer, message.clone());
        });
    }

    /// A random time, so that of several who miss the leader one comes first.
    fn wait_for_leader(&self, out: &mut Out<Self>) {
        let least = self.config.takeover_after;
        let more = out.rng().below(least.0);
        out.set_timer(Timer::Takeover, least + Span(more));
    }

    fn promise(&mut self, ballot: Ballot, out: &mut Out<Self>) {
        if ballot > self.live.promised {
            self.live.promised = ballot;
            self.live.heard = self.live.heard.max(ballot);
            if !self.config.has(Bug::PromiseForgotten) {
                out.persist(&mut self.disk, DiskWrite::Promised(ballot));
            }
        }
        out.note(Note::Promised { ballot });
    }

    fn accept(&mut self, slot: u64, proposal: Proposal, out: &mut Out<Self>) {
        self.live.promised = self.live.promised.max(proposal.ballot);
        self.live.heard = self.live.heard.max(proposal.ballot);
        out.persist(&mut self.disk, DiskWrite::Accepted(slot, proposal));
        out.note(Note::Accepted { slot, proposal });
    }

    /// The command in `slot` is chosen, and all before it are.
    fn apply(&mut self, slot: u64, command: Command, out: &mut Out<Self>) {
        out.persist(&mut self.disk, DiskWrite::Committed(slot));
        out.note(Note::Applied { slot, command });
        self.settle(slot, command, out);
        let Image { commit, base, .. } = *self.disk;
        if commit - base > self.config.kept.saturating_mul(2) {
            out.persist(&mut self.disk, DiskWrite::Forgot(commit - self.config.kept));
        }
    }

    /// Takes what is chosen as a whole, if it is more than is known here.
    fn install(&mut self, snapshot: Arc<Snapshot>, out: &mut Out<Self>) {
        let slot = snapshot.at;
        if slot > self.disk.commit {
            out.persist(&mut self.disk, DiskWrite::Installed(snapshot));
            out.note(Note::Installed { slot });
            self.give_up_to(slot, out);
        }
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(Snapshot { at: self.disk.commit, registers: self.disk.registers.clone() })
    }

    /// Takes over from others what is chosen from the next slot on.
    fn learn(&mut self, ballot: Ballot, chosen: impl Iterator<Item = (u64, Command)>, out: &mut Out<Self>) {
        for (slot, command) in chosen {
            if slot == self.disk.commit + 1 {
                let ballot = ballot.max(self.live.promised);
                out.persist(&mut self.disk, DiskWrite::Accepted(slot, Proposal { ballot, command }));
                self.apply(slot, command, out);
            }
        }
    }

    /// Whoever leads here stops, and does not know what became of its commands.
    fn step_down(&mut self, out: &mut Out<Self>) {
        let role = core::mem::take(&mut self.live.role);
        if let Role::Leading(_, pending) = role {
            out.cancel_timer(Timer::Heartbeat);
            out.note(Note::Deposed);
            self.doubt(pending, out);
        }
        self.live.leader = None;
        self.wait_for_leader(out);
    }

    /// Somebody has a greater ballot.
    fn yield_to_greater(&mut self, out: &mut Out<Self>) {
        self.step_down(out);
        self.retry_later(out);
    }

    /// Phase 1a, once for all slots that are not known to be chosen.
    pub(super) fn prepare(&mut self, out: &mut Out<Self>) {
        let round = self.live.heard.max(self.live.promised).round + 1;
        if round >= ROUND_MAX {
            return;
        }
        self.step_down(out);
        let ballot = Ballot { round, proposer: self.me.0 };
        out.note(Note::Prepared { ballot });
        self.promise(ballot, out);
        let first = self.disk.commit + 1;
        self.live.role = Role::Preparing(BTreeMap::new());
        self.to_others(&Message::Prepare { ballot, first }, out);
        let told = self.told(first);
        self.on_promise(self.me, ballot, told, out);
    }

    fn told(&self, first: u64) -> Told {
        let accepted = self.disk.log.range(first..).map(|(slot, proposal)| (*slot, *proposal)).collect();
        let snapshot = (first <= self.disk.base).then(|| self.snapshot());
        Told { accepted, commit: self.disk.commit, snapshot }
    }

    /// Phase 1b.
    fn on_prepare(&mut self, from: Peer, ballot: Ballot, first: u64, out: &mut Out<Self>) {
        if ballot > self.live.promised {
            self.yield_to_greater(out);
        }
        self.promise(ballot, out);
        let Told { accepted, commit, snapshot } = self.told(first);
        out.send(from, Message::Promise { ballot, accepted, commit, snapshot });
    }

    /// With enough promises it leads.
    fn on_promise(&mut self, from: Peer, ballot: Ballot, told: Told, out: &mut Out<Self>) {
        let Role::Preparing(promises) = &mut self.live.role else { return };
        if ballot != self.live.promised {
            return;
        }
        promises.insert(from, told);
        let who = promises.keys().fold(Members::NONE, |who, peer| who.with(peer.0.into()));
        if self.quorum.can_read(who) {
            let promises = core::mem::take(promises);
            self.lead(ballot, promises.into_values().collect(), out);
        }
    }

    /// Learns what the promises say is chosen, and proposes again what may be.
    fn lead(&mut self, ballot: Ballot, promises: Vec<Told>, out: &mut Out<Self>) {
        if let Some(Told { accepted, commit, snapshot }) = promises.iter().max_by_key(|told| told.commit) {
            if let Some(snapshot) = snapshot {
                self.install(snapshot.clone(), out);
            }
            let chosen = accepted.iter().filter(|(slot, _)| slot <= commit);
            self.learn(ballot, chosen.map(|(slot, proposal)| (*slot, proposal.command)), out);
        }
        let told = || promises.iter().flat_map(|told| told.accepted.iter().copied());
        let Some(again) = propose_with(self.config.bug, self.disk.commit, told()) else {
            return self.step_down(out);
        };
        let last = again.last().map_or(self.disk.commit, |(slot, _)| *slot);
        out.note(Note::Led { ballot, last });
        out.cancel_timer(Timer::Takeover);
        self.live.leader = Some(self.me);
        self.live.role = Role::Leading(last + 1, BTreeMap::new());
        self.show(out);
        let told: BTreeSet<u64> = told().map(|(slot, _)| slot).collect();
        for (slot, command) in again {
            if command == Command::Nothing && !told.contains(&slot) {
                out.note(Note::Filled { slot });
            }
            self.propose(slot, command, None, out);
        }
        self.propose_waiting(out);
    }

    /// Phase 2a; accepts itself first.
    pub(super) fn propose(&mut self, slot: u64, command: Command, token: Option<u64>, out: &mut Out<Self>) {
        let proposal = Proposal { ballot: self.live.promised, command };
        let Role::Leading(_, pending) = &mut self.live.role else { return };
        pending.insert(slot, Pending { command, agreed: Members::NONE, token, is_old: false });
        self.accept(slot, proposal, out);
        self.to_others(&Message::Accept { slot, proposal, commit: self.disk.commit }, out);
        self.on_agreed(self.me, proposal.ballot, slot, out);
    }

    /// Phase 2b.
    fn on_accept(&mut self, from: Peer, slot: u64, proposal: Proposal, commit: u64, out: &mut Out<Self>) {
        self.follow(from, proposal.ballot, out);
        if slot > self.disk.commit && self.disk.log.get(&slot) != Some(&proposal) {
            self.accept(slot, proposal, out);
        }
        out.send(from, Message::Agreed { ballot: proposal.ballot, slot });
        self.catch_up(proposal.ballot, commit, out);
    }

    /// A leader's word in a ballot that is not refused.
    fn follow(&mut self, from: Peer, ballot: Ballot, out: &mut Out<Self>) {
        if self.live.role != Role::Follower {
            self.yield_to_greater(out);
        }
        if ballot > self.live.promised {
            self.promise(ballot, out);
        }
        self.live.leader = Some(from);
        self.wait_for_leader(out);
    }

    /// Applies what it accepted in this ballot, as far as its leader says it is chosen.
    fn catch_up(&mut self, ballot: Ballot, commit: u64, out: &mut Out<Self>) {
        while self.disk.commit < commit {
            let slot = self.disk.commit + 1;
            match self.disk.log.get(&slot) {
                Some(held) if held.ballot == ballot || self.config.has(Bug::CommitOfAnyBallot) => {
                    let command = held.command;
                    self.apply(slot, command, out);
                }
                _ => return,
            }
        }
    }

    fn on_agreed(&mut self, from: Peer, ballot: Ballot, slot: u64, out: &mut Out<Self>) {
        let quorum = self.quorum;
        let Role::Leading(_, pending) = &mut self.live.role else { return };
        if ballot != self.live.promised {
            return;
        }
        if let Some(pending) = pending.get_mut(&slot) {
            pending.agreed = pending.agreed.with(from.0.into());
        }
        let skips = self.config.has(Bug::GapSkipped);
        while let Role::Leading(_, pending) = &mut self.live.role {
            let Some(first) = pending.first_entry() else { return };
            let slot = *first.key();
            if !quorum.can_write(first.get().agreed) || (slot != self.disk.commit + 1 && !skips) {
                return;
            }
            let Pending { command, token, .. } = first.remove();
            self.apply(slot, command, out);
            if let Some(token) = token {
                self.live.asked.won();
                self.answer(token, slot, command, out);
            }
        }
    }

    fn on_refused(&mut self, ballot: Ballot, promised: Ballot, out: &mut Out<Self>) {
        let is_mine = ballot == self.live.promised && self.live.role != Role::Follower;
        if promised.round < ROUND_MAX && promised > ballot && is_mine {
            self.live.heard = self.live.heard.max(promised);
            self.yield_to_greater(out);
        }
    }

    /// The heartbeat.
    fn show(&self, out: &mut Out<Self>) {
        self.to_others(&Message::Heartbeat { ballot: self.live.promised, commit: self.disk.commit }, out);
        out.set_timer(Timer::Heartbeat, self.config.heartbeat);
    }

    fn on_heartbeat(&mut self, from: Peer, ballot: Ballot, commit: u64, out: &mut Out<Self>) {
        self.follow(from, ballot, out);
        self.catch_up(ballot, commit, out);
        if self.disk.commit < commit {
            out.send(from, Message::Behind { ballot, first: self.disk.commit + 1 });
        }
    }

    /// What is chosen from `first` on, as much as a message takes.
    fn on_behind(&self, from: Peer, ballot: Ballot, first: u64, out: &mut Out<Self>) {
        if ballot != self.live.promised || self.role() != RoleName::Leader || first == 0 || first > self.disk.commit {
            return;
        }
        if first <= self.disk.base {
            return out.send(from, Message::Installs { ballot, snapshot: self.snapshot() });
        }
        let last = self.disk.commit.min(first.saturating_add(WINDOW - 1));
        let command = |slot| self.disk.log.get(&slot).map_or(Command::Nothing, |held| held.command);
        let commands = (first..=last).map(command).collect();
        out.send(from, Message::Chosen { ballot, first, commands });
    }

    /// Sends again what was not answered for a whole heartbeat, to those who have not.
    fn send_again(&mut self, out: &mut Out<Self>) {
        let Role::Leading(_, pending) = &mut self.live.role else { return };
        let (ballot, commit) = (self.live.promised, self.disk.commit);
        for (slot, pending) in pending {
            if !core::mem::replace(&mut pending.is_old, true) {
                continue;
            }
            let proposal = Proposal { ballot, command: pending.command };
            for peer in (0..self.config.members).filter(|peer| !pending.agreed.contains((*peer).into())) {
                out.send(Peer(peer), Message::Accept { slot: *slot, proposal, commit });
            }
        }
    }

    /// Whether a leader's message comes from who may send it, in a ballot and for slots that can be.
    fn is_possible(from: Peer, message: &Message) -> bool {
        let own = |ballot: &Ballot| ballot.proposer == from.0 && (1..ROUND_MAX).contains(&ballot.round);
        let slot_is_possible = |slot: u64| (1..ROUND_MAX).contains(&slot);
        match message {
            Message::Prepare { ballot, first } => own(ballot) && slot_is_possible(*first),
            Message::Accept { slot, proposal, .. } => own(&proposal.ballot) && slot_is_possible(*slot),
            Message::Heartbeat { ballot, .. } => own(ballot),
            Message::Chosen { ballot, first, .. } => own(ballot) && slot_is_possible(*first),
            Message::Installs { ballot, snapshot } => own(ballot) && slot_is_possible(snapshot.at),
            Message::Promise { accepted, commit, snapshot, .. } => {
                let told = accepted.iter().map(|(slot, _)| *slot).chain(snapshot.iter().map(|snapshot| snapshot.at));
                *commit < ROUND_MAX && told.into_iter().all(slot_is_possible)
            }
            Message::Agreed { .. } | Message::Refused { .. } | Message::Behind { .. } => true,
        }
    }

    /// The ballot in which a leader asks for something, which may have to be refused.
    const fn asked_in(message: &Message) -> Option<Ballot> {
        match message {
            Message::Prepare { ballot, .. } | Message::Heartbeat { ballot, .. } => Some(*ballot),
            Message::Accept { proposal, .. } => Some(proposal.ballot),
            _ => None,
        }
    }
}

impl Machine for Member {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Image;
    type Note = Note;

    fn on_start(&mut self, _: Time, out: &mut Out<Self>) {
        self.live.is_up = true;
        self.wait_for_leader(out);
    }

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        let is_member = from != self.me && from.0 < self.config.members;
        if !self.live.is_up || !is_member || !Member::is_possible(from, &message) {
            return;
        }
        let promised = self.live.promised;
        if let Some(ballot) = Member::asked_in(&message).filter(|ballot| *ballot < promised) {
            return out.send(from, Message::Refused { ballot, promised });
        }
        match message {
            Message::Prepare { ballot, first } => self.on_prepare(from, ballot, first, out),
            Message::Promise { ballot, accepted, commit, snapshot } => {
                self.on_promise(from, ballot, Told { accepted, commit, snapshot }, out);
            }
            Message::Accept { slot, proposal, commit } => self.on_accept(from, slot, proposal, commit, out),
            Message::Agreed { ballot, slot } => self.on_agreed(from, ballot, slot, out),
            Message::Refused { ballot, promised } => self.on_refused(ballot, promised, out),
            Message::Heartbeat { ballot, commit } => self.on_heartbeat(from, ballot, commit, out),
            Message::Behind { ballot, first } => self.on_behind(from, ballot, first, out),
            // A leader learns by counting; what it has on its way would be passed over.
            Message::Chosen { ballot, first, commands } if self.role() != RoleName::Leader => {
                self.learn(ballot, (first..).zip(commands), out);
            }
            Message::Installs { snapshot, .. } if self.role() != RoleName::Leader => self.install(snapshot, out),
            Message::Chosen { .. } | Message::Installs { .. } => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, _: Time, out: &mut Out<Self>) {
        match (timer, &self.live.role) {
            _ if !self.live.is_up => {}
            (Timer::Takeover, Role::Follower | Role::Preparing(_)) => self.prepare(out),
            (Timer::Heartbeat, Role::Leading(..)) => {
                self.show(out);
                self.send_again(out);
            }
            (Timer::Retry, _) => self.on_retry(out),
            (Timer::Takeover, Role::Leading(..)) | (Timer::Heartbeat, _) => {} // of a role that is over
        }
    }

    fn on_request(&mut self, token: u64, request: Request, _: Time, out: &mut Out<Self>) {
        if self.live.is_up {
            self.ask(token, request, out);
        }
    }

    fn on_crash(&mut self) {
        self.live = Live::default();
    }

    fn on_restart(&mut self, _: Time, out: &mut Out<Self>) {
        self.live = Live { is_up: true, promised: self.disk.promised, heard: self.disk.promised, ..Live::default() };
        self.wait_for_leader(out);
    }
}
