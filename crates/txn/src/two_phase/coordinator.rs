//! The coordinator: asks, counts, decides, and repeats a commit until everybody has confirmed it.

use super::image::ImageWrite;
use super::site::Site;
use super::words::{Change, Message, Note, Outcome, Reply, Rule, Timer, TransactionId};
use machine::{Out, Peer};
use std::collections::{BTreeMap, BTreeSet};

/// A transaction before its decision. A crash forgets it, which is what presumed abort makes harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Running {
    pub token: u64,
    pub members: Vec<Peer>,
    pub yes: BTreeSet<Peer>,
}

impl Site {
    /// Begins a transaction: one prepare to each participant with its own changes.
    pub(super) fn begin(&mut self, token: u64, changes: &[Change], out: &mut Out<Site>) {
        let is_place = |change: &Change| change.at != self.me && change.at.0 < self.config.members;
        if changes.is_empty() || !changes.iter().all(is_place) || self.live.sequence == u32::MAX {
            return out.reply(token, Reply::Refused);
        }
        let (coordinator, incarnation) = (self.me.0, self.disk.incarnation);
        let id = TransactionId { coordinator, incarnation, sequence: self.live.sequence };
        self.live.sequence += 1;
        let mut parts: BTreeMap<Peer, Vec<(u64, u64)>> = BTreeMap::new();
        for change in changes {
            parts.entry(change.at).or_default().push((change.key, change.value));
        }
        let members: Vec<Peer> = parts.keys().copied().collect();
        for (to, changes) in parts {
            out.send(to, Message::Prepare { id, changes, members: members.clone() });
        }
        out.set_timer(Timer::Votes(id), self.config.votes_within);
        self.live.running.insert(id, Running { token, members, yes: BTreeSet::new() });
    }

    /// Counts a vote: the last yes commits, the first no aborts (Bernstein et al., §7.4, step 3).
    pub(super) fn on_vote(&mut self, from: Peer, id: TransactionId, yes: bool, out: &mut Out<Site>) {
        let Some(running) = self.live.running.get_mut(&id).filter(|running| running.members.contains(&from)) else {
            return;
        };
        if !yes {
            return self.abort(id, out);
        }
        running.yes.insert(from);
        if running.yes.len() == running.members.len() {
            self.commit(id, out);
        }
    }

    /// Votes are missing: they count as no.
    pub(super) fn on_votes_overdue(&mut self, id: TransactionId, out: &mut Out<Site>) {
        if self.live.running.contains_key(&id) {
            self.abort(id, out);
        }
    }

    fn commit(&mut self, id: TransactionId, out: &mut Out<Site>) {
        let Some(Running { token, members, .. }) = self.live.running.remove(&id) else { return };
        out.cancel_timer(Timer::Votes(id));
        let decision = ImageWrite::Committed { id, members: members.clone() };
        if self.config.rule == Rule::DecideBeforeWriting {
            self.tell(id, Outcome::Committed, &members, out);
            out.persist(&mut self.disk, decision);
        } else {
            // The decision is what is on disk: before it anybody may presume abort, after it nobody may.
            out.persist(&mut self.disk, decision);
            self.tell(id, Outcome::Committed, &members, out);
        }
        self.live.missing.insert(id, members.into_iter().collect());
        out.set_timer(Timer::Resend(id), self.config.resend_after);
        out.note(Note::Decided(id, Outcome::Committed));
        out.reply(token, Reply::Decided { id, outcome: Outcome::Committed });
    }

    /// Aborts are neither written nor confirmed: who misses this asks, and hears the same from the missing record.
    fn abort(&mut self, id: TransactionId, out: &mut Out<Site>) {
        let Some(Running { token, members, .. }) = self.live.running.remove(&id) else { return };
        out.cancel_timer(Timer::Votes(id));
        self.tell(id, Outcome::Aborted, &members, out);
        out.note(Note::Decided(id, Outcome::Aborted));
        out.reply(token, Reply::Decided { id, outcome: Outcome::Aborted });
    }

    fn tell(&self, id: TransactionId, outcome: Outcome, members: &[Peer], out: &mut Out<Site>) {
        members.iter().for_each(|to| out.send(*to, Message::Decide { id, outcome }));
    }

    /// A participant has the commit on disk. The last one lets the coordinator forget: nobody can ask any more.
    pub(super) fn on_done(&mut self, from: Peer, id: TransactionId, out: &mut Out<Site>) {
        let Some(missing) = self.live.missing.get_mut(&id) else { return };
        missing.remove(&from);
        if missing.is_empty() {
            self.live.missing.remove(&id);
            out.persist(&mut self.disk, ImageWrite::Forgot { id });
            out.cancel_timer(Timer::Resend(id));
            out.note(Note::Forgot(id));
        }
    }

    pub(super) fn on_resend(&mut self, id: TransactionId, out: &mut Out<Site>) {
        let Some(missing) = self.live.missing.get(&id) else { return };
        missing.iter().for_each(|to| out.send(*to, Message::Decide { id, outcome: Outcome::Committed }));
        out.set_timer(Timer::Resend(id), self.config.resend_after);
    }

    /// A participant in doubt asks. Undecided: it will hear. Decided: what was decided. No record: abort (R*, §3).
    pub(super) fn on_inquiry_as_coordinator(&self, from: Peer, id: TransactionId, out: &mut Out<Site>) {
        if self.live.running.contains_key(&id) {
            return;
        }
        let presumed = if self.config.rule == Rule::PresumeCommit { Outcome::Committed } else { Outcome::Aborted };
        let outcome = if self.disk.unconfirmed.contains_key(&id) { Outcome::Committed } else { presumed };
        out.send(from, Message::Decide { id, outcome });
    }

    /// After a restart: every commit on disk is repeated; what ran is gone and thereby aborted.
    pub(super) fn resume_commits(&mut self, out: &mut Out<Site>) {
        let missing = self.disk.unconfirmed.iter().map(|(id, members)| (*id, members.iter().copied().collect()));
        self.live.missing = missing.collect();
        let ids: Vec<TransactionId> = self.live.missing.keys().copied().collect();
        ids.into_iter().for_each(|id| self.on_resend(id, out));
    }
}
