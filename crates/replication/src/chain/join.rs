//! A new chain: who stands where, what the one behind may lack, and the state for who has joined.
//!
//! ```text
//!   chain 4   A ── T            T is the tail: what it has is done
//!   chain 5   A ── T ── N       N has nothing. T answers as before, until N says hello
//!                  T ──install──► N      N is whole, and the tail; T forwards
//! ```
//!
//! The rule: those who are whole stand before those who are not, because one becomes whole only by one that is. The last of them is
//! the tail, and hands that over together with the state, so there is never more than one.
//!
//! Source: van Renesse and Schneider, 2004, §3 (failures of head, middle and tail; extending a chain).

use super::config::Variant;
use super::member::Member;
use super::order::Chain;
use super::store::{Store, StoreWrite, Table, Update};
use super::words::{Note, Word};
use base::Time;
use machine::{Out, Peer};

impl Member {
    pub(super) fn on_configure(&mut self, chain: Chain, until: Time, now: Time, out: &mut Out<Self>) {
        let (number, known) = (chain.number(), self.disk.chain.number());
        if number < known {
            return;
        }
        let is_news = number > known || !self.live.is_told;
        self.live.until = if number > known { until } else { self.live.until.max(until) };
        self.live.is_told = true;
        if number > known {
            out.persist(&mut self.disk, StoreWrite::Chain(chain));
            out.note(Note::Configured { number });
        }
        if is_news {
            self.take_place(out);
        }
        self.advance(now, out);
        self.answer_clean(now, out);
    }

    fn take_place(&mut self, out: &mut Out<Self>) {
        self.live.early.clear();
        self.cancel_resend(out);
        let Some(link) = self.disk.chain.link(self.me) else {
            self.set_tail(false, out);
            self.abandon_reads(out);
            return self.abandon_writes(out);
        };
        if link.since != self.disk.life {
            self.abandon_writes(out); // nothing of its former life counts
            self.abandon_reads(out);
            let updates = self.disk.sent.len() as u64;
            let is_whole = self.config.variant == Variant::JoinsEmpty;
            out.persist(&mut self.disk, StoreWrite::Born { life: link.since, is_whole });
            if updates > 0 {
                out.note(Note::Discarded { updates });
            }
        }
        if self.disk.is_whole && self.behind().is_none() {
            self.set_tail(true, out);
        }
        self.greet(out);
        self.ask_tail_again(out);
        if !self.disk.sent.is_empty() || !self.disk.is_whole || !self.live.reads.is_empty() {
            self.expect_answer(out);
        }
    }

    fn set_tail(&mut self, is_tail: bool, out: &mut Out<Self>) {
        if self.disk.is_tail != is_tail {
            out.persist(&mut self.disk, StoreWrite::Tail(is_tail));
        }
    }

    /// Tells the one before how far this member is.
    pub(super) fn greet(&self, out: &mut Out<Self>) {
        if let Some(before) = self.before() {
            self.say(before, Word::Hello { last: self.disk.last, is_whole: self.disk.is_whole }, out);
        }
    }

    pub(super) fn on_hello(&mut self, from: Peer, last: u64, is_whole: bool, out: &mut Out<Self>) {
        if !self.disk.is_whole {
            return; // it will ask again
        }
        self.set_tail(false, out);
        if is_whole {
            self.resend(last, u64::MAX, out);
        } else {
            let Store { done, table, .. } = &*self.disk;
            self.say(from, Word::Install { done: *done, table: table.clone(), sent: self.sent().collect() }, out);
            out.note(Note::HandedOver { to: from });
        }
        if !self.disk.sent.is_empty() {
            self.expect_answer(out);
        }
    }

    pub(super) fn on_install(&mut self, done: u64, table: Table, sent: Vec<Update>, now: Time, out: &mut Out<Self>) {
        if self.disk.is_whole {
            return; // it was sent twice
        }
        out.persist(&mut self.disk, StoreWrite::Installed { done, table, sent });
        out.note(Note::Installed { last: self.disk.last });
        // Whoever is behind can have become whole only by this member. What came along as being on its way is done now, before the
        // first read: a tail that has failed since may have answered it.
        self.set_tail(true, out);
        self.greet(out);
        self.advance(now, out);
    }
}
