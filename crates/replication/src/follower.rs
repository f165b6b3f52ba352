//! A follower: copies the leader's log, entry by entry, and says how far it has got.
//!
//! Rules:
//! - An entry is taken only behind the entry that it followed at the leader (Ongaro and Ousterhout, 2014, §5.3). The first such fit
//!   under a leader makes the logs *matched*; from then on the index alone tells what is next, early, or known already.
//! - An early entry waits in a buffer of at most `window` (as a TCP receiver does), so that a wire that reorders costs no resend.
//! - What the leader does not have is thrown away, and the trace hears each version.
//! - Every shipped entry is answered with how far the matched, durable log reaches; answers may be lost, the next says it all.

use crate::disk::DiskWrite;
use crate::log::Position;
use crate::replica::{Replica, Role, TERM_MAX};
use crate::snapshot::Snapshot;
use crate::words::{Entry, Heartbeat, Message, Note, Timer, version};
use base::Time;
use machine::{Out, Peer};
use std::collections::VecDeque;
use std::sync::Arc;

/// What a follower knows and would lose in a crash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Follower {
    /// When it last heard its leader; at first, when it began to listen.
    pub heard_at: Time,
    /// It heard its leader since it began to listen, or may have done so before a crash.
    is_loyal: bool,
    /// It has heard the leader of its term.
    pub knows_leader: bool,
    /// The logs are known to be equal up to here; nothing before the first fit.
    pub matched: Option<u64>,
    /// Entries from behind a gap, by index.
    early: VecDeque<Entry>,
    /// An entry that contradicts the leader is folded: only the leader's whole state helps.
    conflict: bool,
}

impl Follower {
    /// Nothing is known of how its log and the leader's fit.
    fn unmatch(&mut self, conflict: bool) {
        (self.matched, self.conflict) = (None, conflict);
        self.early.clear();
    }
}

impl Replica {
    /// Becomes, or stays, a follower of `from` in `term`. False if that leader is not to be followed.
    fn follow(&mut self, from: Peer, term: u64, now: Time, out: &mut Out<Self>) -> bool {
        if self.leader_of(term) != Some(from) || from == self.me {
            return false;
        }
        if term < self.disk.term {
            out.send(from, Message::Deposed { term: self.disk.term });
            return false;
        }
        if term > self.disk.term {
            let leads = matches!(self.live.role, Role::Leader(_));
            if self.config.fenced && !leads && self.hears_leader(now) {
                return false; // fencing: whoever still hears a leader lends its voice to no other
            }
            self.adopt(term, now, out);
        }
        if let Role::Candidate(_) = self.live.role {
            out.cancel_timer(Timer::Count);
            self.listen(now, false, out);
        }
        let Role::Follower(follower) = &mut self.live.role else { return false };
        (follower.heard_at, follower.is_loyal, follower.knows_leader) = (now, true, true);
        true
    }

    /// Enters a newer reign as a follower that has not heard its leader yet.
    pub(crate) fn adopt(&mut self, term: u64, now: Time, out: &mut Out<Self>) {
        assert!(term > self.disk.term && term < TERM_MAX, "term {term} after {}", self.disk.term);
        self.step_down(term, out);
        out.persist(&mut self.disk, DiskWrite::Term(term));
        match &mut self.live.role {
            Role::Follower(follower) => {
                follower.knows_leader = false;
                follower.unmatch(false);
            }
            Role::Candidate(_) | Role::Down => {}
            Role::Leader(_) => self.listen(now, false, out),
        }
    }

    /// Begins to wait for a leader; loyal to the one of its term, if it may have answered it before.
    pub(crate) fn listen(&mut self, now: Time, is_loyal: bool, out: &mut Out<Self>) {
        self.live.role = Role::Follower(Follower { heard_at: now, is_loyal, ..Follower::default() });
        if self.config.failover {
            out.set_timer(Timer::Overdue, self.config.patience());
        }
    }

    /// At the start of the group everybody knows that member 0 leads, and that nothing is written.
    pub(crate) fn expect_first_leader(&mut self) {
        if let Role::Follower(follower) = &mut self.live.role {
            (follower.knows_leader, follower.matched) = (true, Some(0));
        }
    }

    /// Whether its leader was silent for less than the allowed time.
    pub(crate) fn hears_leader(&self, now: Time) -> bool {
        match &self.live.role {
            Role::Leader(_) => true,
            Role::Follower(follower) => follower.is_loyal && now.since(follower.heard_at) < self.config.patience(),
            Role::Candidate(_) | Role::Down => false,
        }
    }

    pub(crate) fn on_ship(
        &mut self,
        from: Peer,
        term: u64,
        prev_term: u64,
        entry: Entry,
        now: Time,
        out: &mut Out<Self>,
    ) {
        let rises = prev_term <= entry.term && entry.term <= term && entry.term > 0;
        if !rises || entry.index == 0 || !self.follow(from, term, now, out) {
            return;
        }
        let prev = Position { term: prev_term, index: entry.index - 1 };
        if !self.fits(prev) {
            return out.send(from, self.mismatch(prev));
        }
        self.keep_early(entry);
        self.take_early_and_answer(from, out);
        self.fold(0, out);
    }

    pub(crate) fn on_heartbeat(&mut self, from: Peer, heartbeat: Heartbeat, now: Time, out: &mut Out<Self>) {
        let Heartbeat { term, sent, last, floor } = heartbeat;
        if last.term > term || !self.follow(from, term, now, out) {
            return;
        }
        if !self.fits(last) || !self.drop_older_tail(term, last, out) {
            out.send(from, self.mismatch(last));
        }
        let matched = self.matched();
        out.send(from, Message::Alive { term, sent, matched });
        self.fold(floor, out);
    }

    pub(crate) fn on_install(
        &mut self,
        from: Peer,
        term: u64,
        snapshot: Arc<Snapshot>,
        now: Time,
        out: &mut Out<Self>,
    ) {
        if snapshot.at.term > term || !self.follow(from, term, now, out) {
            return;
        }
        let (at, log) = (snapshot.at, &self.disk.log);
        if log.holds(at) && !self.has_conflict() {
            // Nothing in it is news; what follows it here may be (Ongaro and Ousterhout, §7).
            self.set_matched(self.matched().unwrap_or(0).max(at.index));
        } else {
            let shared = snapshot.shared(log.runs(), log.last().index);
            self.note_discarded(shared + 1, out);
            out.persist(&mut self.disk, DiskWrite::Install(snapshot));
            self.rebuild_view();
            if let Role::Follower(follower) = &mut self.live.role {
                follower.unmatch(false);
                follower.matched = Some(at.index);
            }
            out.note(Note::Installed { upto: at.index });
        }
        self.take_early_and_answer(from, out);
    }

    /// The last index known to equal the leader's.
    pub(crate) fn matched(&self) -> Option<u64> {
        match &self.live.role {
            Role::Follower(follower) => follower.matched,
            _ => None,
        }
    }

    fn set_matched(&mut self, index: u64) {
        if let Role::Follower(follower) = &mut self.live.role {
            follower.matched = Some(index);
        }
    }

    fn has_conflict(&self) -> bool {
        matches!(&self.live.role, Role::Follower(Follower { conflict: true, .. }))
    }

    /// Whether the logs are matched, or become so because both hold `prev`.
    fn fits(&mut self, prev: Position) -> bool {
        let matched = self.matched().is_some();
        let fits = matched || (self.disk.log.holds(prev) && !self.has_conflict());
        if fits && !matched {
            self.set_matched(prev.index);
        }
        fits
    }

    /// Says that what the leader sent behind `prev` is of no use, and what would be.
    fn mismatch(&self, prev: Position) -> Message {
        Message::Mismatch { term: self.disk.term, at: self.disk.log.agreement(prev), install: self.has_conflict() }
    }

    /// Puts an entry in its place among the early ones, unless it is known, there, or too far ahead.
    fn keep_early(&mut self, entry: Entry) {
        let window = self.config.window;
        let Role::Follower(Follower { matched: Some(matched), early, .. }) = &mut self.live.role else { return };
        if entry.index <= *matched || entry.index - *matched > window {
            return;
        }
        if let Err(place) = early.binary_search_by_key(&entry.index, |entry| entry.index) {
            early.insert(place, entry);
        }
    }

    /// Takes what is next among the early ones, and says how far it got.
    fn take_early_and_answer(&mut self, leader: Peer, out: &mut Out<Self>) {
        while let Some(entry) = self.next_early() {
            if !self.take(entry, out) {
                return out.send(leader, self.mismatch(self.disk.log.last()));
            }
        }
        let upto = self.matched().unwrap_or(0);
        out.send(leader, Message::Stored { term: self.disk.term, upto });
    }

    /// The entry after the matched ones, if it has come.
    fn next_early(&mut self) -> Option<Entry> {
        let Role::Follower(Follower { matched: Some(matched), early, .. }) = &mut self.live.role else { return None };
        while early.front().is_some_and(|entry| entry.index <= *matched) {
            early.pop_front();
        }
        early.pop_front_if(|entry| entry.index == *matched + 1)
    }

    /// Stores the entry after the matched ones, instead of whatever else is there. False if that is folded.
    fn take(&mut self, entry: Entry, out: &mut Out<Self>) -> bool {
        if self.disk.log.term_at(entry.index - 1).is_none_or(|before| before > entry.term) {
            return true; // no leader writes that; it is as good as lost
        }
        if !self.disk.log.holds(Position { term: entry.term, index: entry.index }) {
            if entry.index <= self.disk.log.last().index && !self.discard(entry.index, out) {
                return false;
            }
            out.persist(&mut self.disk, DiskWrite::Append(entry));
            self.show(entry.index);
        }
        self.set_matched(entry.index);
        true
    }

    /// Throws away entries of older reigns behind `last`, the end of what the leader shipped. All that the leader itself wrote is
    /// of its own term, and all that it found at its promotion was shippable at once: so nothing older can follow `last` there.
    /// False if part of it is folded.
    fn drop_older_tail(&mut self, term: u64, last: Position, out: &mut Out<Self>) -> bool {
        let reaches = self.matched().is_some_and(|matched| matched >= last.index);
        match self.disk.log.term_at(last.index.saturating_add(1)) {
            Some(here) if reaches && here != term => self.discard(last.index + 1, out),
            _ => true,
        }
    }

    /// Throws away `from` and what follows. False if part of that is folded.
    fn discard(&mut self, from: u64, out: &mut Out<Self>) -> bool {
        if from <= self.disk.log.base().index {
            if let Role::Follower(follower) = &mut self.live.role {
                follower.unmatch(true);
            }
            return false;
        }
        self.note_discarded(from, out);
        out.persist(&mut self.disk, DiskWrite::Truncate(from));
        self.rebuild_view();
        true
    }

    fn note_discarded(&self, from: u64, out: &mut Out<Self>) {
        for (term, first, last) in self.disk.log.stretches(from) {
            out.note(Note::Discarded { from: version(term, first), to: version(term, last) });
        }
    }

    /// The leader may have been silent for too long: looks how long it really was.
    pub(crate) fn on_overdue(&mut self, now: Time, out: &mut Out<Self>) {
        let Role::Follower(follower) = &self.live.role else { return };
        let due = follower.heard_at + self.config.patience();
        if now >= due {
            self.suspect(now, out);
        } else {
            out.set_timer(Timer::Overdue, due.since(now));
        }
    }
}
