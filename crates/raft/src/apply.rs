//! Committing and applying: figure 2, "all servers", first rule; and replacing what is applied by a snapshot (§7).

use crate::bug::Bug;
use crate::disk::DiskWrite;
use crate::rules::{Position, Terms};
use crate::server::{Role, Server};
use crate::snapshot::Snapshot;
use crate::words::Note;
use base::Time;
use machine::Out;
use std::sync::Arc;

impl Server {
    /// Learns that all up to `commit` is committed: applies it, in order.
    pub(crate) fn commit_to(&mut self, commit: u64, now: Time, out: &mut Out<Self>) {
        if commit <= self.live.commit {
            return;
        }
        self.live.commit = commit;
        out.note(Note::Committed { upto: commit, term: self.disk.term() });
        if self.config.has(Bug::ApplyNewestOnly) {
            self.live.applied = self.live.applied.max(commit - 1);
        }
        while self.live.applied < commit {
            self.live.applied += 1;
            let entry =
                *self.disk.log().entry(self.live.applied).expect("what is not applied is not covered by a snapshot");
            self.live.state.apply(&entry);
            out.note(Note::Applied { at: entry.at, digest: self.live.state.digest() });
        }
        if let Role::Leader(leader) = &mut self.live.role {
            leader.answer_writes(self.live.applied, out);
        }
        self.compact(out);
        self.on_committed(now, out);
    }

    /// Lets a snapshot stand for what is applied, once that is long enough.
    fn compact(&mut self, out: &mut Out<Self>) {
        let (log, index) = (self.disk.log(), self.live.applied);
        let is_long = index.saturating_sub(log.base().index) >= self.config.snapshot_after;
        let Some(term) = log.term_at(index).filter(|_| is_long) else { return };
        let at = Position { term, index };
        let snapshot = Snapshot { at, membership: log.membership_at(index), state: self.live.state.clone() };
        out.persist(&mut self.disk, DiskWrite::Compact(Arc::new(snapshot)));
        out.note(Note::Compacted { at });
    }
}
