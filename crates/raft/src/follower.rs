//! A follower: stores what the leader sends, where it fits (figure 2, AppendEntries and InstallSnapshot; §5.3, §7).
//!
//! Rules:
//! - An entry is stored only behind the entry that it follows at the leader; what contradicts it goes.
//! - What agrees stays, with all that follows: the message may be older than that.
//! - The answer leaves after the entries are durable, and says how far the logs are known to be equal.

use crate::bug::Bug;
use crate::disk::DiskWrite;
use crate::rules::{self, Fit, Position, Terms};
use crate::server::{Role, Server};
use crate::snapshot::Snapshot;
use crate::words::{Entry, Message, Note};
use base::Time;
use machine::{Out, Peer};
use std::sync::Arc;

/// Whether a leader of `term` could have sent these entries behind `prev`.
fn is_sound(term: u64, prev: Position, entries: &[Entry]) -> bool {
    let mut before = prev;
    (prev.index == 0) == (prev.term == 0)
        && prev.index < u64::MAX / 2
        && prev.term <= term
        && entries.iter().all(|entry| {
            let follows = entry.at.index == before.index + 1 && entry.at.term >= before.term.max(1);
            before = entry.at;
            follows && entry.at.term <= term
        })
}

impl Server {
    /// Hears the leader of its term. False if it is one itself, which cannot be.
    fn follow(&mut self, from: Peer, now: Time, out: &mut Out<Self>) -> bool {
        if matches!(self.live.role, Role::Leader(_)) {
            return false;
        }
        self.live.role = Role::Follower;
        (self.live.leader, self.live.heard_at) = (Some(from), Some(now));
        self.await_leader(out);
        true
    }

    #[allow(clippy::too_many_arguments, reason = "the message's fields, one by one")]
    pub(crate) fn on_append(
        &mut self,
        from: Peer,
        prev: Position,
        entries: &[Entry],
        commit: u64,
        round: u64,
        now: Time,
        out: &mut Out<Self>,
    ) {
        let term = self.disk.term();
        let is_sound = self.config.bug.is_some() || is_sound(term, prev, entries);
        if !is_sound || !self.follow(from, now, out) {
            return;
        }
        match self.fit(prev, entries) {
            Fit::Mismatch(conflict) => out.send(from, Message::Rejected { term, prev: prev.index, conflict, round }),
            Fit::Match { truncate_from, present, last_new } => {
                // A leader never contradicts what is committed (figure 3).
                if truncate_from.is_some_and(|from| from <= self.live.commit) && self.config.bug.is_none() {
                    return;
                }
                self.take(truncate_from, entries, present, out);
                let equal = if self.config.has(Bug::CommitBeyondMatch) { u64::MAX } else { last_new };
                let equal = equal.min(self.disk.log().last_index());
                self.commit_to(rules::follower_commit(self.live.commit, commit, equal), now, out);
                let claims_all = entries.is_empty() && self.config.has(Bug::ClaimWholeLog);
                let upto = if claims_all { self.disk.log().last_index() } else { equal };
                out.send(from, Message::Accepted { term, upto, round });
            }
        }
    }

    /// What the entries do to the log; a bug may have its own opinion.
    fn fit(&self, prev: Position, entries: &[Entry]) -> Fit {
        let log = self.disk.log();
        let fit = rules::append(log, prev, entries.iter().map(|entry| entry.at.term));
        let (count, last_new) = (entries.len() as u64, prev.index + entries.len() as u64);
        match fit {
            Fit::Mismatch(_) if self.config.has(Bug::AppendWithoutCheck) => {
                Fit::Match { truncate_from: None, present: 0, last_new }
            }
            Fit::Match { .. } if self.config.has(Bug::TruncateAlways) => {
                let from = log.base().index.max(prev.index) + 1;
                let truncate_from = (from <= log.last_index()).then_some(from);
                Fit::Match { truncate_from, present: (from - 1 - prev.index).min(count), last_new }
            }
            Fit::Match { truncate_from: Some(_), .. } if self.config.has(Bug::AppendWithoutTruncation) => {
                Fit::Match { truncate_from: None, present: (log.last_index() - prev.index).min(count), last_new }
            }
            fit => fit,
        }
    }

    fn take(&mut self, truncate_from: Option<u64>, entries: &[Entry], present: u64, out: &mut Out<Self>) {
        if let Some(from) = truncate_from {
            self.truncate(from, out);
        }
        let present = usize::try_from(present).unwrap_or(usize::MAX).min(entries.len());
        for entry in &entries[present..] {
            let index = self.disk.log().last_index() + 1;
            assert!(entry.at.index == index || self.config.bug.is_some(), "{} cannot become {index}", entry.at);
            self.store(Entry { at: Position { index, ..entry.at }, ..*entry }, out);
        }
    }

    pub(crate) fn on_install(
        &mut self,
        from: Peer,
        snapshot: &Arc<Snapshot>,
        round: u64,
        now: Time,
        out: &mut Out<Self>,
    ) {
        let (term, at) = (self.disk.term(), snapshot.at);
        if at.term > term || at.index >= u64::MAX / 2 || !self.follow(from, now, out) {
            return;
        }
        if at.index > self.live.commit {
            self.install(snapshot, out);
        }
        out.send(from, Message::Accepted { term, upto: at.index, round });
    }

    /// Takes the leader's state for its own. What follows the last entry covered stays, if that entry is in the log (§7).
    fn install(&mut self, snapshot: &Arc<Snapshot>, out: &mut Out<Self>) {
        let (at, before) = (snapshot.at, self.membership());
        let keeps_tail = self.disk.log().term_at(at.index) == Some(at.term);
        let snapshot_write = Arc::clone(snapshot);
        out.persist(
            &mut self.disk,
            if keeps_tail { DiskWrite::Compact(snapshot_write) } else { DiskWrite::Install(snapshot_write) },
        );
        (self.live.commit, self.live.applied, self.live.state) = (at.index, at.index, snapshot.state.clone());
        out.note(Note::Installed { at, digest: self.live.state.digest(), keeps_tail });
        self.note_membership(before, out);
    }
}
