//! A leader: takes writes, sends entries until every follower has them, counts what is committed (§5.3, §5.4.2).
//!
//! Rules:
//! - It only ever appends to its own log (figure 3, leader append-only).
//! - It commits an entry of its own term once a majority has it, and with that all before (§5.4.2).
//! - It leads as long as a majority answers: silence for T, and it steps down (dissertation, §6.2).

use crate::bug::Bug;
use crate::change::Transfer;
use crate::membership::MEMBERS_MAX;
use crate::progress::{Pace, Progress};
use crate::reads::WaitingRead;
use crate::rules::{self, Conflict, Position, Terms};
use crate::server::{Role, Server};
use crate::words::{Entry, Message, Note, Payload, Refusal, Reply, Timer};
use base::Time;
use machine::{Out, Peer};
use std::collections::VecDeque;
use std::sync::Arc;

/// What a leader knows and would lose in a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leader {
    pub term: u64,
    /// The index of its blank first entry.
    pub first: u64,
    pub progress: [Progress; MEMBERS_MAX as usize],
    /// Rounds of heartbeats begun so far.
    pub round: u64,
    /// Rounds that no majority has answered yet, with the moment at which each began.
    pub rounds: VecDeque<(u64, Time)>,
    /// The last round that a majority answered, and when it began; at first 0 and the election.
    pub confirmed: (u64, Time),
    /// Index and token of writes that wait to be applied, in order.
    pub writes: VecDeque<(u64, u64)>,
    pub reads: VecDeque<WaitingRead>,
    /// The token of the change of configuration under way.
    pub change: Option<u64>,
    pub transfer: Option<Transfer>,
    /// It told somebody to stand, which voters do not resist: no lease holds for the rest of the term.
    pub has_abdicated: bool,
}

impl Leader {
    /// Tells those who wait for what is applied now.
    pub(crate) fn answer_writes(&mut self, applied: u64, out: &mut Out<Server>) {
        while let Some((index, token)) = self.writes.pop_front_if(|(index, _)| *index <= applied) {
            out.reply(token, Reply::Written { at: Position { term: self.term, index } });
        }
    }
}

impl Server {
    /// Wins an election: begins with an entry that does nothing, in order to learn what is committed (§8).
    pub(crate) fn lead(&mut self, now: Time, out: &mut Out<Self>) {
        let (term, last) = (self.disk.term(), self.disk.log().last_index());
        let leader = Leader {
            term,
            first: last + 1,
            progress: [Progress::unknown(last); MEMBERS_MAX as usize],
            round: 0,
            rounds: VecDeque::new(),
            confirmed: (0, now),
            writes: VecDeque::new(),
            reads: VecDeque::new(),
            change: None,
            transfer: None,
            has_abdicated: false,
        };
        self.live.role = Role::Leader(Box::new(leader));
        self.live.leader = Some(self.me);
        out.cancel_timer(Timer::Election);
        out.note(Note::Elected { term, last: self.disk.log().end() });
        self.store(Entry { at: Position { term, index: last + 1 }, payload: Payload::Blank }, out);
        out.set_timer(Timer::Heartbeat, self.config.heartbeat);
        self.begin_round(now, out);
        self.count_copies(now, out);
    }

    /// Time to speak; and to see whether anybody listens.
    pub(crate) fn on_heartbeat(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &self.live.role else { return };
        if now.since(leader.confirmed.1) >= self.config.election_timeout && !self.is_alone() {
            return self.step_down(out);
        }
        out.set_timer(Timer::Heartbeat, self.config.heartbeat);
        self.begin_round(now, out);
        self.pursue_transfer(now, out);
    }

    fn is_alone(&self) -> bool {
        let membership = self.membership();
        membership.is_quorum([self.me].into_iter().collect())
    }

    /// Speaks to everybody. Answers confirm that this server led when the round began.
    pub(crate) fn begin_round(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        leader.round += 1;
        leader.rounds.push_back((leader.round, now));
        for peer in self.membership().all().iter() {
            self.send(peer, true, out);
        }
        self.confirm_rounds(now, out);
    }

    /// Sends to everybody what is new.
    pub(crate) fn send_new(&mut self, out: &mut Out<Self>) {
        for peer in self.membership().all().iter() {
            while self.send(peer, false, out) {}
        }
    }

    /// Sends `peer` what comes next: entries, or the snapshot if they are gone. Without `is_beat` only if there is something to send
    /// and room for it; says whether there may be more.
    fn send(&mut self, peer: Peer, is_beat: bool, out: &mut Out<Self>) -> bool {
        let Role::Leader(leader) = &mut self.live.role else { return false };
        let progress = &mut leader.progress[usize::from(peer.0)];
        if peer == self.me || (progress.is_waiting && !is_beat) {
            return false;
        }
        let (term, round, log) = (leader.term, leader.round, self.disk.log());
        let Some(prev_term) = log.term_at(progress.next - 1) else {
            (progress.pace, progress.is_waiting) = (Pace::Snapshot, true);
            out.send(peer, Message::Install { term, snapshot: Arc::clone(self.disk.snapshot()), round });
            return false;
        };
        if progress.pace == Pace::Snapshot {
            progress.pace = Pace::Probe;
        }
        let entries = log.slice(progress.next, progress.room(self.config.window, self.config.batch_max)).to_vec();
        if entries.is_empty() && !is_beat {
            return false;
        }
        let prev = Position { term: prev_term, index: progress.next - 1 };
        match progress.pace {
            Pace::Replicate => progress.next += entries.len() as u64,
            Pace::Probe | Pace::Snapshot => progress.is_waiting = true,
        }
        out.send(peer, Message::Append { term, prev, entries, commit: self.live.commit, round });
        progress.pace == Pace::Replicate
    }

    /// A client writes.
    pub(crate) fn on_write(&mut self, token: u64, key: u64, value: u64, now: Time, out: &mut Out<Self>) {
        let (term, last) = (self.disk.term(), self.disk.log().last_index());
        let at = Position { term, index: last + 1 };
        let entry = Entry { at, payload: Payload::Write { key, value } };
        let Role::Leader(leader) = &mut self.live.role else {
            if self.config.has(Bug::WriteWithoutLeading) && term > 0 {
                self.store(entry, out);
                return out.reply(token, Reply::Unknown { at });
            }
            return out.reply(token, Reply::NotLeader { hint: self.live.leader });
        };
        if leader.transfer.is_some() {
            return out.reply(token, Reply::Refused(Refusal::Transferring));
        }
        if last.saturating_sub(self.live.commit) >= self.config.waiting_max {
            return out.reply(token, Reply::Refused(Refusal::Busy));
        }
        leader.writes.push_back((at.index, token));
        self.store(entry, out);
        self.send_new(out);
        self.count_copies(now, out);
    }

    /// A follower's log equals this one up to `upto`.
    pub(crate) fn on_accepted(&mut self, from: Peer, upto: u64, round: u64, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let log = self.disk.log();
        if upto > log.last_index() || round > leader.round {
            return; // nobody can have what was never sent
        }
        let progress = &mut leader.progress[usize::from(from.0)];
        progress.round = progress.round.max(round);
        progress.accept(upto, log.base().index);
        self.confirm_rounds(now, out);
        self.count_copies(now, out);
        while self.send(from, false, out) {}
        if self.is_successor(from) {
            self.pursue_transfer(now, out);
        }
    }

    /// The logs part somewhere before what was sent: backs up by a term of the follower's log at once (§5.3).
    pub(crate) fn on_rejected(
        &mut self,
        from: Peer,
        prev: u64,
        conflict: Conflict,
        round: u64,
        now: Time,
        out: &mut Out<Self>,
    ) {
        let Role::Leader(leader) = &mut self.live.role else { return };
        let progress = &mut leader.progress[usize::from(from.0)];
        if round > leader.round {
            return;
        }
        progress.round = progress.round.max(round);
        if progress.is_news(prev) {
            progress.back_up(rules::back_up(self.disk.log(), conflict, prev));
            self.send(from, false, out);
        }
        self.confirm_rounds(now, out);
    }

    /// Commits what a majority has, by the rule of §5.4.2.
    pub(crate) fn count_copies(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &self.live.role else { return };
        let log = self.disk.log();
        let matched = |peer: Peer| {
            if peer == self.me { log.last_index() } else { leader.progress[usize::from(peer.0)].matched }
        };
        let reached = self.membership().reached_by(self.config.counting_copies(), matched);
        let commit = if self.config.has(Bug::CommitOldTerm) {
            reached
        } else {
            rules::leader_commit(log, leader.term, self.live.commit, reached)
        };
        self.commit_to(commit, now, out);
        self.serve_reads(now, out);
    }

    /// Leads no more: tells those who wait. Whether what they asked for happens is up to the next leader.
    pub(crate) fn dismiss(&mut self, leader: Leader, out: &mut Out<Self>) {
        let term = leader.term;
        for (index, token) in leader.writes {
            out.reply(token, Reply::Unknown { at: Position { term, index } });
        }
        for read in leader.reads {
            out.reply(read.token, Reply::NotLeader { hint: None });
        }
        if let Some(token) = leader.change {
            out.reply(token, Reply::Unknown { at: Position { term, index: self.disk.log().membership().0 } });
        }
        if let Some(transfer) = leader.transfer {
            let reply = if self.disk.term() > term {
                Reply::Transferred { term: self.disk.term() }
            } else {
                Reply::TransferFailed
            };
            out.reply(transfer.token, reply);
        }
    }
}
