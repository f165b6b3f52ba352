//! Changing who belongs to the group, and handing leadership over (§6; dissertation, §3.10 and chapter 4).
//!
//! Rules:
//! - A configuration is in effect at a server as soon as it is in its log.
//! - One change at a time: the one before must be committed, and so must an entry of the leader's own term (Ongaro, raft-dev, 2015).
//! - More than one voter at once goes by the joint configuration, in which both majorities must agree (§6).
//! - A leader that is not in the new configuration leads until it is committed, counts itself out meanwhile, then steps down (§6).
//! - New servers had better be learners first, until they have caught up: whoever asks for the change sees to that (§6;
//!   dissertation, §4.2.1).

use crate::bug::Bug;
use crate::membership::{Members, Membership};
use crate::progress::Progress;
use crate::rules::{Position, Terms};
use crate::server::{Role, Server};
use crate::words::{Entry, Message, Note, Payload, Refusal, Reply};
use base::Time;
use machine::{Out, Peer};

/// Leadership on its way to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub token: u64,
    to: Peer,
    since: Time,
}

impl Server {
    pub(crate) fn on_change(&mut self, token: u64, target: Membership, now: Time, out: &mut Out<Self>) {
        let Role::Leader(leader) = &self.live.role else {
            return out.reply(token, Reply::NotLeader { hint: self.live.leader });
        };
        if let Some(refusal) = self.refuses_change(leader, target) {
            return out.reply(token, Reply::Refused(refusal));
        }
        let step = if self.config.has(Bug::ChangeDirectly) { target } else { self.membership().step_towards(target) };
        self.propose(step, now, out);
        if let Role::Leader(leader) = &mut self.live.role {
            let earlier = leader.change.replace(token);
            if let Some(earlier) = earlier {
                out.reply(earlier, Reply::Refused(Refusal::Changing)); // only with changes that overlap
            }
        }
        self.count_copies(now, out);
    }

    fn refuses_change(&self, leader: &crate::leader::Leader, target: Membership) -> Option<Refusal> {
        let known = Members::range(0, self.config.members);
        let is_possible = !target.voters.is_empty()
            && target.voters.and(target.learners).is_empty()
            && target.all().or(known) == known;
        let (index, membership) = self.disk.log().membership();
        let is_settled = (index <= self.live.commit && !membership.is_joint()) || self.config.has(Bug::ChangesOverlap);
        let knows_committed = self.live.commit >= leader.first || self.config.has(Bug::ChangeBeforeOwnCommit);
        match () {
            () if !is_possible => Some(Refusal::Membership),
            () if leader.transfer.is_some() => Some(Refusal::Transferring),
            () if !is_settled || !knows_committed => Some(Refusal::Changing),
            () => None,
        }
    }

    /// Appends a configuration, which is in effect from then on.
    fn propose(&mut self, membership: Membership, now: Time, out: &mut Out<Self>) {
        let (before, last) = (self.membership().all(), self.disk.log().last_index());
        let at = Position { term: self.disk.term(), index: last + 1 };
        self.store(Entry { at, payload: Payload::Membership(membership) }, out);
        let Role::Leader(leader) = &mut self.live.role else { return };
        for peer in membership.all().iter().filter(|peer| !before.has(*peer)) {
            leader.progress[usize::from(peer.0)] = Progress::unknown(last);
        }
        self.begin_round(now, out);
    }

    /// Something was committed: a joint configuration is followed by the new one, and the new one ends the change.
    pub(crate) fn on_committed(&mut self, now: Time, out: &mut Out<Self>) {
        let (index, membership) = self.disk.log().membership();
        let term = self.disk.term();
        let Role::Leader(leader) = &mut self.live.role else { return };
        if index > self.live.commit {
            return;
        }
        if membership.is_joint() {
            self.propose(membership.settled(), now, out);
            return self.count_copies(now, out);
        }
        if let Some(token) = leader.change.take() {
            out.reply(token, Reply::Changed { at: Position { term, index } });
        }
        if !membership.votes(self.me) {
            self.begin_round(now, out); // so that the others learn that it is committed
            self.step_down(out);
        }
    }

    pub(crate) fn on_transfer(&mut self, token: u64, to: Peer, now: Time, out: &mut Out<Self>) {
        let votes = self.membership().votes(to);
        let Role::Leader(leader) = &mut self.live.role else {
            return out.reply(token, Reply::NotLeader { hint: self.live.leader });
        };
        if to == self.me || !votes {
            return out.reply(token, Reply::Refused(Refusal::Successor));
        }
        if leader.transfer.is_some() {
            return out.reply(token, Reply::Refused(Refusal::Transferring));
        }
        leader.transfer = Some(Transfer { token, to, since: now });
        self.pursue_transfer(now, out);
    }

    pub(crate) fn is_successor(&self, peer: Peer) -> bool {
        matches!(&self.live.role, Role::Leader(leader) if leader.transfer.is_some_and(|transfer| transfer.to == peer))
    }

    /// Tells the successor to stand once it has the whole log; gives up after T and leads on (dissertation, §3.10).
    pub(crate) fn pursue_transfer(&mut self, now: Time, out: &mut Out<Self>) {
        let (last, term) = (self.disk.log().last_index(), self.disk.term());
        let Role::Leader(leader) = &mut self.live.role else { return };
        let Some(Transfer { token, to, since }) = leader.transfer else { return };
        if now.since(since) >= self.config.election_timeout {
            leader.transfer = None;
            return out.reply(token, Reply::TransferFailed);
        }
        if leader.progress[usize::from(to.0)].matched == last {
            leader.has_abdicated = true;
            out.note(Note::Handing { to });
            out.send(to, Message::Succeed { term });
        }
    }
}
