//! A participant: locks, promises, waits for the outcome, and asks for it when it does not come.

use super::image::{ImageWrite, Pending};
use super::site::Site;
use super::words::{Message, Note, Outcome, Rule, Timer, TransactionId};
use machine::{Out, Peer};

impl Site {
    /// Votes. A key that another transaction holds is a no: nobody waits for a lock, so nobody can deadlock.
    pub(super) fn on_prepare(&mut self, from: Peer, id: TransactionId, pending: Pending, out: &mut Out<Site>) {
        if id.coordinator != from.0 {
            return;
        }
        match (self.disk.outcome(id), self.disk.is_prepared(id)) {
            // It has promised already, and says so again: the first answer may be lost.
            (None, true) => return out.send(from, Message::Vote { id, yes: true }),
            // So late that it must have ended: a promise now would be one too many.
            (None, false) if self.disk.is_let_go(id) => return out.send(from, Message::Vote { id, yes: false }),
            (None, false) => {}
            (Some(Outcome::Committed), _) => return out.send(from, Message::Done { id }),
            (Some(Outcome::Aborted), _) => return out.send(from, Message::Vote { id, yes: false }),
        }
        if pending.changes.iter().any(|(key, _)| self.live.locks.contains_key(key)) {
            out.note(Note::Conflicted(id));
            return out.send(from, Message::Vote { id, yes: false });
        }
        self.live.locks.extend(pending.changes.iter().map(|(key, _)| (*key, id)));
        if self.config.rule == Rule::VoteBeforeWriting {
            out.send(from, Message::Vote { id, yes: true });
            out.persist(&mut self.disk, ImageWrite::Prepared { id, pending });
        } else {
            out.persist(&mut self.disk, ImageWrite::Prepared { id, pending });
            out.send(from, Message::Vote { id, yes: true });
        }
        out.note(Note::Prepared(id));
        out.set_timer(Timer::Inquire(id), self.config.inquire_after);
    }

    /// The outcome, from the coordinator or from a participant that knows it.
    pub(super) fn on_decide(&mut self, id: TransactionId, outcome: Outcome, out: &mut Out<Site>) {
        if self.disk.is_prepared(id) {
            self.finish(id, outcome, out);
        }
        // A commit that was let go has been carried out: without its promise nobody could have decided it.
        let was_committed = outcome == Outcome::Committed && self.disk.is_let_go(id);
        if self.disk.outcome(id) == Some(Outcome::Committed) || was_committed {
            out.send(Peer(id.coordinator), Message::Done { id });
        }
    }

    fn finish(&mut self, id: TransactionId, outcome: Outcome, out: &mut Out<Site>) {
        out.persist(&mut self.disk, ImageWrite::Finished { id, outcome });
        self.live.locks.retain(|_, holder| *holder != id);
        out.cancel_timer(Timer::Inquire(id));
        out.note(Note::Finished(id, outcome));
    }

    /// The outcome has not come: asks the coordinator, and the other participants if that is allowed.
    pub(super) fn on_doubt(&mut self, id: TransactionId, out: &mut Out<Site>) {
        let Some(pending) = self.disk.prepared.get(&id) else { return };
        out.note(Note::Doubted(id));
        if self.config.rule == Rule::AbortInDoubt {
            return self.finish(id, Outcome::Aborted, out);
        }
        out.send(Peer(id.coordinator), Message::Inquire { id });
        if self.config.cooperative {
            let others = pending.members.iter().filter(|other| **other != self.me);
            others.for_each(|to| out.send(*to, Message::Inquire { id }));
        }
        out.set_timer(Timer::Inquire(id), self.config.inquire_after);
    }

    /// Another participant is in doubt (Bernstein et al., §7.4): who knows, tells; who has not promised, refuses for good and so
    /// decides abort for all; who has promised cannot help.
    pub(super) fn on_inquiry_as_participant(&mut self, from: Peer, id: TransactionId, out: &mut Out<Site>) {
        if self.disk.is_prepared(id) || self.disk.is_let_go(id) {
            return;
        }
        if self.disk.outcome(id).is_none() {
            // On disk first: a prepare that is still on its way must find the refusal, also after a crash.
            out.persist(&mut self.disk, ImageWrite::Finished { id, outcome: Outcome::Aborted });
            out.note(Note::Finished(id, Outcome::Aborted));
        }
        let outcome = self.disk.outcome(id).expect("it was known, or has just been written");
        out.send(from, Message::Decide { id, outcome });
    }

    /// After a restart: promises are on disk, and so are the locks behind them.
    pub(super) fn resume_promises(&mut self, out: &mut Out<Site>) {
        for (id, pending) in &self.disk.prepared {
            self.live.locks.extend(pending.changes.iter().map(|(key, _)| (*key, *id)));
            out.set_timer(Timer::Inquire(*id), self.config.inquire_after);
        }
    }
}
