//! Writes on their way down, and the news that they are done on its way up.
//!
//! The rule: a member has the updates in the order of their numbers, without a gap; it passes each on and keeps it in *Sent* until it
//! hears that the tail has it. Source: van Renesse and Schneider, 2004, §3.

use super::config::Variant;
use super::member::Member;
use super::store::{StoreWrite, Update};
use super::words::{Note, Reply, Timer, Word};
use base::Time;
use machine::{Out, Peer};

impl Member {
    pub(super) fn on_write(&mut self, token: u64, key: u64, value: u64, now: Time, out: &mut Out<Self>) {
        let refusal = match self.disk.chain.head() {
            Some(head) if head != self.me => Some(Reply::Redirect { to: head }),
            _ if !self.is_trusted(now) || !self.disk.is_whole => Some(Reply::Unavailable),
            _ if self.disk.sent.len() as u64 >= self.config.window => {
                Some(Reply::Busy { waiting: self.disk.sent.len() as u64 })
            }
            _ => None,
        };
        // A number is given once a write: there will not be so many.
        let (None, Some(version)) = (refusal, self.disk.last.checked_add(1)) else {
            return out.reply(token, refusal.unwrap_or(Reply::Unavailable));
        };
        let update = Update { version, key, value };
        out.note(Note::Appended(update));
        match self.config.variant {
            Variant::HeadAcknowledges => out.reply(token, Reply::Written { version }),
            _ => drop(self.live.writes.insert(version, token)),
        }
        self.take(update, now, out);
    }

    /// The next update: on disk, and on to the one behind, or done.
    fn take(&mut self, update: Update, now: Time, out: &mut Out<Self>) {
        out.persist(&mut self.disk, StoreWrite::Update(update));
        if self.disk.is_tail {
            return self.advance(now, out);
        }
        if let Some(behind) = self.behind() {
            self.say(behind, Word::Forward(update), out);
        }
        self.expect_answer(out);
    }

    pub(super) fn on_forward(&mut self, from: Peer, update: Update, now: Time, out: &mut Out<Self>) {
        if !self.disk.is_whole {
            return;
        }
        if update.version <= self.disk.last {
            // Sent again: the news that it is done must have been lost.
            return self.say(from, Word::Ack { upto: self.disk.done }, out);
        }
        let is_next = update.version - 1 == self.disk.last || self.config.variant.takes_gaps();
        if !is_next {
            if (self.live.early.len() as u64) < self.config.window {
                self.live.early.insert(update.version, update);
            }
            return;
        }
        self.take(update, now, out);
        while let Some(next) = self.live.early.pop_first().map(|(_, next)| next) {
            match next.version - 1 == self.disk.last {
                true => self.take(next, now, out),
                false if next.version <= self.disk.last => {}
                false => {
                    self.live.early.insert(next.version, next);
                    break;
                }
            }
        }
    }

    /// The tail: all that it has is done, while its time lasts.
    pub(super) fn advance(&mut self, now: Time, out: &mut Out<Self>) {
        if self.disk.is_tail && self.is_trusted(now) && self.disk.done < self.disk.last {
            self.finish(self.disk.last, now, out);
            self.note_done(out);
            let (head, before) = (self.disk.chain.head(), self.before());
            if let Some(head) = head.filter(|head| *head != self.me && Some(*head) != before) {
                self.say(head, Word::Done { upto: self.disk.done }, out);
            }
        }
    }

    /// Everything up to `upto` is done: say so to the one before, and to clients.
    pub(super) fn finish(&mut self, upto: u64, now: Time, out: &mut Out<Self>) {
        let upto = upto.min(self.disk.last);
        if upto <= self.disk.done {
            return;
        }
        out.persist(&mut self.disk, StoreWrite::Done { upto });
        if let Some(before) = self.before() {
            self.say(before, Word::Ack { upto }, out);
        }
        while let Some(first) = self.live.writes.first_entry().filter(|first| *first.key() <= upto) {
            let (version, token) = first.remove_entry();
            out.reply(token, Reply::Written { version });
        }
        self.answer_clean(now, out);
    }

    pub(super) fn on_resend(&mut self, out: &mut Out<Self>) {
        let upto = self.live.resend_upto.take().unwrap_or(0);
        if !self.live.is_told || self.disk.chain.link(self.me).is_none() {
            return;
        }
        if !self.disk.is_tail {
            self.resend(0, upto, out);
        }
        if !self.disk.is_whole {
            self.greet(out);
        }
        self.ask_tail_again(out);
        if !self.disk.sent.is_empty() || !self.disk.is_whole || !self.live.reads.is_empty() {
            self.expect_answer(out);
        }
    }

    /// Sends what is in *Sent* beyond `after`, up to `upto`, to the one behind.
    pub(super) fn resend(&mut self, after: u64, upto: u64, out: &mut Out<Self>) {
        let Some(behind) = self.behind() else { return };
        if self.config.variant == Variant::NoResend {
            return;
        }
        let mut updates = 0;
        for update in self.disk.sent.values().filter(|update| update.version > after && update.version <= upto) {
            self.say(behind, Word::Forward(*update), out);
            updates += 1;
        }
        if updates > 0 {
            out.note(Note::Resent { updates });
        }
    }

    /// Forgets the wake-up: a new chain begins with what is on disk.
    pub(super) fn cancel_resend(&mut self, out: &mut Out<Self>) {
        if self.live.resend_upto.take().is_some() {
            out.cancel_timer(Timer::Resend);
        }
    }
}
