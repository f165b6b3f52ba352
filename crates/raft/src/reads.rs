//! Linearizable reads without writing to the log (§8; dissertation, §6.4): the read index, and leases.
//!
//! ```text
//!   read ──► index := what is committed, at least the leader's own first entry
//!            wait for a round of heartbeats that began after the read: so no other leader had been elected when the read came
//!            wait until the index is applied; answer from the state
//! ```
//! One round serves all reads that came before it began; those that come while it is on its way share the next. A lease replaces the
//! round by the clock: for a little less than T after the beginning of a round that a majority answered, no other can be elected.

use crate::bug::Bug;
use crate::config::Read;
use crate::server::{Role, Server};
use crate::words::{Refusal, Reply};
use base::Time;
use machine::{Out, Peer};

/// A read that waits for a round to be answered, and for the state to reach the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WaitingRead {
    pub token: u64,
    key: u64,
    index: u64,
    round: u64,
}

impl Server {
    pub(crate) fn on_read(&mut self, token: u64, key: u64, now: Time, out: &mut Out<Self>) {
        let is_leased = self.has_lease(now);
        let commit = self.live.commit;
        let Role::Leader(leader) = &mut self.live.role else {
            return out.reply(token, Reply::NotLeader { hint: self.live.leader });
        };
        if self.config.has(Bug::ReadWithoutRound) {
            return self.answer_read(token, key, out);
        }
        if leader.reads.len() as u64 >= self.config.waiting_max {
            return out.reply(token, Reply::Refused(Refusal::Busy));
        }
        // Until its own first entry is committed a leader may not know of all that is (§8).
        let index = if self.config.has(Bug::ReadBeforeOwnCommit) { commit } else { commit.max(leader.first) };
        let is_round_under_way = leader.reads.iter().any(|read| read.round == leader.round);
        let round = if is_leased { leader.confirmed.0 } else { leader.round + 1 };
        leader.reads.push_back(WaitingRead { token, key, index, round });
        if is_leased || is_round_under_way { self.serve_reads(now, out) } else { self.begin_round(now, out) }
    }

    fn answer_read(&self, token: u64, key: u64, out: &mut Out<Self>) {
        out.reply(token, Reply::Value { found: self.live.state.read(key), applied: self.live.applied });
    }

    /// Whether no other server can have been elected by now, going by the clock (dissertation, §6.4.1).
    pub(crate) fn has_lease(&self, now: Time) -> bool {
        let Role::Leader(leader) = &self.live.role else { return false };
        let (round, begun) = leader.confirmed;
        let is_fresh = round > 0 && now.since(begun) < self.config.lease();
        self.config.read == Read::Lease && is_fresh && !leader.has_abdicated
    }

    /// Sees which rounds a majority has answered by now.
    pub(crate) fn confirm_rounds(&mut self, now: Time, out: &mut Out<Self>) {
        let membership = self.membership();
        let (me, counting) = (self.me, self.config.counting());
        let Role::Leader(leader) = &mut self.live.role else { return };
        let answered = |peer: Peer| if peer == me { leader.round } else { leader.progress[usize::from(peer.0)].round };
        let reached = membership.reached_by(counting, answered);
        while let Some(round) = leader.rounds.pop_front_if(|(round, _)| *round <= reached) {
            leader.confirmed = round;
        }
        self.serve_reads(now, out);
    }

    /// Answers what can be answered, and begins the next round if reads wait for it.
    pub(crate) fn serve_reads(&mut self, now: Time, out: &mut Out<Self>) {
        let applied = self.live.applied;
        loop {
            let Role::Leader(leader) = &mut self.live.role else { return };
            let confirmed = leader.confirmed.0;
            let Some(read) = leader.reads.pop_front_if(|read| read.round <= confirmed && read.index <= applied) else {
                break;
            };
            self.answer_read(read.token, read.key, out);
        }
        let Role::Leader(leader) = &self.live.role else { return };
        let is_idle = leader.confirmed.0 == leader.round;
        if is_idle && leader.reads.back().is_some_and(|read| read.round > leader.round) {
            self.begin_round(now, out);
        }
    }
}
