//! Elections: missing the leader, asking for votes, giving them, winning (§5.2, §5.4.1; dissertation, §9.6 and §4.2.3).
//!
//! ```text
//!                time-out              would win               majority
//!   follower ───────────► pre-candidate ───────► candidate ─────────────► leader
//!       ▲                       │                    │                      │
//!       └──── hears a leader, or a newer term ───────┴──────────────────────┘
//! ```
//! Rules:
//! - A server gives one vote a term, on disk before the answer, and only to a log at least as up-to-date as its own.
//! - A pre-vote promises nothing and changes nothing.
//! - Whoever hears a leader helps nobody to replace it, unless that leader asked for it.

use crate::bug::Bug;
use crate::disk::DiskWrite;
use crate::membership::Members;
use crate::rules::{self, Position, Terms};
use crate::server::{Role, Server};
use crate::words::{Message, Note};
use base::Time;
use machine::{Out, Peer};

impl Server {
    /// No leader was heard for long enough; or the election that this server stood for did not end.
    pub(crate) fn on_election_timeout(&mut self, now: Time, out: &mut Out<Self>) {
        if matches!(self.live.role, Role::Leader(_)) {
            return;
        }
        // A timer that fires early breaks no promise: the clock says how long ago the leader was heard.
        if self.config.protects() && self.hears_leader(now) {
            return self.await_leader(out);
        }
        if matches!(self.live.role, Role::Candidate { .. }) && self.config.has(Bug::CandidateNeverRetries) {
            return;
        }
        self.live.leader = None;
        if !self.may_stand() {
            return self.await_leader(out);
        }
        if self.config.pre_vote { self.ask_beforehand(now, out) } else { self.stand(false, now, out) }
    }

    /// Whether it votes in the configuration in effect; or in the one before, as long as the newer may come to nothing: it may be
    /// the only one left that can win (dissertation, §4.2.2).
    fn may_stand(&self) -> bool {
        let (index, membership) = self.disk.log().membership();
        let before = self.disk.log().membership_at(index.saturating_sub(1));
        membership.votes(self.me) || (index > self.live.commit && before.votes(self.me))
    }

    fn ask_beforehand(&mut self, now: Time, out: &mut Out<Self>) {
        let (term, last) = (self.disk.term() + 1, self.disk.log().end());
        let votes = Members::default().with(self.me);
        self.live.role = Role::PreCandidate { votes };
        out.note(Note::PreCandidate { term });
        self.await_leader(out);
        if self.wins(votes) {
            return self.stand(false, now, out);
        }
        self.ask_voters(&Message::PreVote { term, last }, out);
    }

    /// Begins a term and asks for votes in it (§5.2).
    fn stand(&mut self, is_transfer: bool, now: Time, out: &mut Out<Self>) {
        let (term, last) = (self.disk.term() + 1, self.disk.log().end());
        let votes = Members::default().with(self.me);
        self.record_vote(term, self.me, out);
        self.live.role = Role::Candidate { votes };
        self.live.leader = None;
        out.note(Note::Candidate { term });
        self.await_leader(out);
        if self.wins(votes) {
            return self.lead(now, out);
        }
        self.ask_voters(&Message::Vote { term, last, is_transfer }, out);
    }

    fn ask_voters(&self, message: &Message, out: &mut Out<Self>) {
        let membership = self.membership();
        for peer in membership.all().iter().filter(|peer| *peer != self.me && membership.votes(*peer)) {
            out.send(peer, message.clone());
        }
    }

    fn wins(&self, votes: Members) -> bool {
        self.membership().is_quorum_by(self.config.counting(), votes)
    }

    /// Durable before anybody hears of it (figure 2).
    fn record_vote(&mut self, term: u64, candidate: Peer, out: &mut Out<Self>) {
        let is_saved = !self.config.has(Bug::VoteForgotten);
        self.live.unsaved_vote = (!is_saved).then_some((term, candidate));
        out.persist(&mut self.disk, DiskWrite::Ballot { term, vote: is_saved.then_some(candidate) });
    }

    fn voted_for(&self) -> Option<Peer> {
        let unsaved = self.live.unsaved_vote.filter(|(term, _)| *term == self.disk.term());
        self.disk.vote().or(unsaved.map(|(_, candidate)| candidate))
    }

    /// Somebody asks whether it would win. Says yes if it would get this server's vote, and no leader is heard.
    pub(crate) fn on_pre_vote(&self, from: Peer, term: u64, last: Position, now: Time, out: &mut Out<Self>) {
        let mine = self.disk.term();
        let is_granted = term > mine && !self.hears_leader(now) && self.is_complete(last);
        out.send(from, Message::PreVoted { term: if is_granted { term } else { mine }, is_granted });
    }

    fn is_complete(&self, last: Position) -> bool {
        self.config.has(Bug::VoteWithoutLogCheck) || rules::is_up_to_date(last, self.disk.log().end())
    }

    pub(crate) fn on_pre_voted(&mut self, from: Peer, term: u64, now: Time, out: &mut Out<Self>) {
        let is_asked = term == self.disk.term() + 1;
        let Role::PreCandidate { votes } = &mut self.live.role else { return };
        if !is_asked {
            return;
        }
        *votes = votes.with(from);
        let votes = *votes;
        if self.wins(votes) {
            self.stand(false, now, out);
        }
    }

    /// A candidate of this server's term asks for its vote. Servers outside of the configuration are served too: theirs may be
    /// the newer one (§6).
    pub(crate) fn on_vote(&mut self, from: Peer, last: Position, out: &mut Out<Self>) {
        let (term, voted_for) = (self.disk.term(), self.voted_for());
        let mine = if self.config.has(Bug::VoteWithoutLogCheck) { Position::default() } else { self.disk.log().end() };
        let is_granted = rules::grants(voted_for, from, last, mine);
        if is_granted && voted_for.is_none() {
            self.record_vote(term, from, out);
            out.note(Note::Voted { term, candidate: from });
            self.await_leader(out);
        }
        out.send(from, Message::Voted { term, is_granted });
    }

    pub(crate) fn on_voted(&mut self, from: Peer, is_granted: bool, now: Time, out: &mut Out<Self>) {
        let Role::Candidate { votes } = &mut self.live.role else { return };
        if !is_granted {
            return;
        }
        *votes = votes.with(from);
        let votes = *votes;
        if self.wins(votes) {
            self.lead(now, out);
        }
    }

    /// The leader wants this server to take over at once (dissertation, §3.10).
    pub(crate) fn on_succeed(&mut self, from: Peer, now: Time, out: &mut Out<Self>) {
        if self.live.leader == Some(from) && self.live.role == Role::Follower && self.may_stand() {
            self.stand(true, now, out);
        }
    }
}
