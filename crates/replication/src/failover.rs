//! Failover: who notices that the leader is gone, who becomes the next one, and what fencing adds.
//!
//! ```text
//!            silent for missed_max heartbeats        one heartbeat later
//!  follower ────────────────────────────────► candidate ──────────────────► most advanced of those that answered:
//!      ▲                                      asks all: how far             itself: leads, in a new term
//!      └─ hears a leader, or one answers ─────┘ is your log?                another: told to, `Promote`
//! ```
//!
//! Rules:
//! - **Most advanced** is the greatest (last term, last index); equals, and the lowest id is taken. It is what the tools for MySQL and
//!   PostgreSQL do (Orchestrator, Patroni: the replica with the least lag), and why an asynchronous failover loses exactly what was
//!   not shipped to it.
//! - **A term has one leader.** Member `i` of `n` leads only in terms `i + 1, i + 1 + n, i + 1 + 2n, …`: the next of its own above
//!   all it knows (as proposal numbers are dealt out in Lamport, *Paxos Made Simple*, 2001, §2.4). Two members promoted at once, on
//!   both sides of a cut, so have different terms; when the cut heals the higher term stays, and versions never collide.
//! - **Unfenced,** whoever reaches nobody promotes itself: after a cut there are two leaders that both acknowledge (split brain).
//! - **Fenced,** three things together see to it that no two leaders acknowledge at the same moment. A candidate needs a majority
//!   that misses the leader as well. A follower that hears its leader follows no other. And a leader acknowledges only while a
//!   majority has answered heartbeats that it *sent* within the allowed silence (a lease, Gray and Cheriton, 1989): a follower
//!   counts its silence from a later moment, the arrival, so it lends its voice to another only after the lease is over.
//!   Members' clocks run at one rate here; with drift the lease would have to be shorter.
//!
//! What fencing does not do: it does not save asynchronously acknowledged writes, and a majority is not asked for the *most
//! advanced* log of all, as Raft's votes are (§5.4.1): with `SemiSync` of fewer than half, an unreachable follower may hold more.

use crate::disk::DiskWrite;
use crate::leader::Leader;
use crate::replica::{Replica, Role, TERM_MAX};
use crate::words::{Message, Note, Standing, Timer};
use crate::{Config, MEMBERS_MAX};
use base::Time;
use core::cmp::Reverse;
use machine::{Out, Peer};

/// A member between two leaders.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    asked: Time,
    standings: [Option<Standing>; MEMBERS_MAX as usize],
}

/// Whose term it is: see the module's rules.
pub(crate) fn leader_of(term: u64, config: &Config) -> Option<Peer> {
    (term > 0 && term < TERM_MAX).then(|| Peer(((term - 1) % u64::from(config.members)) as u16))
}

/// The smallest term above `above` that belongs to `me`.
fn own_term_above(above: u64, me: Peer, config: &Config) -> Option<u64> {
    let candidates = above.checked_add(1)?..above.checked_add(1 + u64::from(config.members))?;
    candidates.into_iter().find(|term| leader_of(*term, config) == Some(me))
}

impl Replica {
    /// The leader was silent for too long.
    pub(crate) fn suspect(&mut self, now: Time, out: &mut Out<Self>) {
        out.note(Note::Suspected { term: self.disk.term });
        self.ask(now, out);
    }

    fn ask(&mut self, now: Time, out: &mut Out<Self>) {
        self.live.role = Role::Candidate(Candidate { asked: now, standings: [None; MEMBERS_MAX as usize] });
        for peer in self.others() {
            out.send(peer, Message::Probe { asked: now });
        }
        out.set_timer(Timer::Count, self.config.heartbeat);
    }

    pub(crate) fn on_probe(&self, from: Peer, asked: Time, now: Time, out: &mut Out<Self>) {
        let leads = matches!(self.live.role, Role::Leader(_));
        let (term, last, hears) = (self.disk.term, self.disk.log.last(), self.hears_leader(now));
        out.send(from, Message::Standing(Standing { asked, term, last, leads, hears }));
    }

    pub(crate) fn on_standing(&mut self, from: Peer, standing: Standing, now: Time, out: &mut Out<Self>) {
        let Role::Candidate(candidate) = &mut self.live.role else { return };
        if candidate.asked != standing.asked || standing.term >= TERM_MAX {
            return;
        }
        candidate.standings[usize::from(from.0)] = Some(standing);
        if standing.leads && standing.term >= self.disk.term {
            out.cancel_timer(Timer::Count); // false alarm: it lives, and its next heartbeat will come
            self.listen(now, false, out);
        }
    }

    /// Counts the answers.
    pub(crate) fn on_count(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Candidate(candidate) = &self.live.role else { return };
        let fenced = self.config.fenced;
        let answers =
            (0..).map(Peer).zip(&candidate.standings).filter_map(|(peer, standing)| Some((peer, (*standing)?)));
        let voters = answers.filter(|(_, standing)| !(fenced && standing.hears));
        let (mut voices, mut above) = (1, self.disk.term);
        let mut best = (self.disk.log.last(), Reverse(self.me));
        for (peer, standing) in voters {
            voices += 1;
            above = above.max(standing.term);
            best = best.max((standing.last, Reverse(peer)));
        }
        if fenced && voices < self.config.majority() {
            return self.ask(now, out);
        }
        let Reverse(best) = best.1;
        if best == self.me {
            return self.promote(above, now, out);
        }
        out.send(best, Message::Promote { above });
        self.listen(now, false, out);
    }

    pub(crate) fn on_promote(&mut self, above: u64, now: Time, out: &mut Out<Self>) {
        let outdated = self.disk.term > above;
        let loyal = self.config.fenced && self.hears_leader(now);
        if !outdated && !loyal {
            self.promote(above, now, out);
        }
    }

    /// Leads from now on, in its own next term above `above`.
    fn promote(&mut self, above: u64, now: Time, out: &mut Out<Self>) {
        match own_term_above(above.max(self.disk.term), self.me, &self.config) {
            Some(term) if term < TERM_MAX => {
                self.step_down(term, out);
                out.persist(&mut self.disk, DiskWrite::Term(term));
                self.lead(now, out);
            }
            _ => self.listen(now, false, out), // 2^24 reigns are enough
        }
    }

    /// Begins to lead in the term on disk.
    pub(crate) fn lead(&mut self, now: Time, out: &mut Out<Self>) {
        let last = self.disk.log.last();
        self.live.role = Role::Leader(Leader::promoted(last, self.config.members));
        out.cancel_timer(Timer::Overdue);
        out.cancel_timer(Timer::Count);
        out.note(Note::Promoted { term: self.disk.term, last_index: last.index, last_term: last.term });
        self.on_beat(now, out);
    }
}
