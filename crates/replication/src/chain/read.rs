//! Reads: at the tail, or at any member with a question to the tail.
//!
//! CRAQ's rule: where no update of the key is on its way, what a member holds is what the tail holds, because every update passes
//! here before it reaches the tail and stays here until the tail's news of it. Where one is, only the tail knows whether it is done.
//!
//! Source: Terrace and Freedman, 2009, §2.3.

use super::config::{Reads, Variant};
use super::member::Member;
use super::words::{Note, Reply, Word};
use base::Time;
use machine::{Out, Peer};

impl Member {
    pub(super) fn on_read(&mut self, token: u64, key: u64, now: Time, out: &mut Out<Self>) {
        let is_trusted = self.is_trusted(now);
        let is_wrong_head = self.is_head() && self.config.variant == Variant::HeadAnswersReads;
        let is_dirty_reader = self.config.reads == Reads::Any && self.config.variant == Variant::AnswersDirty;
        let reply = match self.config.reads {
            _ if is_trusted && self.disk.is_whole && (is_wrong_head || is_dirty_reader) => {
                Reply::Found { value: self.held(key) }
            }
            _ if is_trusted && self.disk.is_tail => Reply::Found { value: self.disk.table.get(&key).copied() },
            Reads::Any if is_trusted && self.disk.is_whole => return self.read_here(token, key, out),
            _ => self.elsewhere(),
        };
        out.reply(token, reply);
    }

    /// Where a reader that this member cannot serve should go.
    fn elsewhere(&self) -> Reply {
        let to = if self.disk.is_whole { self.disk.chain.tail() } else { self.before() };
        match to.filter(|to| *to != self.me) {
            Some(to) => Reply::Redirect { to },
            None => Reply::Unavailable,
        }
    }

    fn read_here(&mut self, token: u64, key: u64, out: &mut Out<Self>) {
        if !self.disk.is_dirty(key) {
            return out.reply(token, Reply::Found { value: self.disk.table.get(&key).copied() });
        }
        if self.live.reads.len() as u64 >= self.config.window {
            return out.reply(token, Reply::Busy { waiting: self.live.reads.len() as u64 });
        }
        self.live.queries += 1;
        self.live.reads.insert(self.live.queries, (token, key));
        out.note(Note::AskedTail { key });
        if let Some(tail) = self.disk.chain.tail() {
            self.say(tail, Word::Query { query: self.live.queries, asker: self.me }, out);
        }
        self.expect_answer(out);
    }

    /// A tail that is being given its state passes the question on to the one before, which may still be the tail.
    pub(super) fn on_query(&mut self, asker: Peer, query: u64, now: Time, out: &mut Out<Self>) {
        if asker == self.me || asker.0 >= self.config.members {
            return;
        }
        match self.before() {
            _ if self.disk.is_tail && self.is_trusted(now) => {
                self.say(asker, Word::Answer { query, upto: self.disk.done }, out);
            }
            Some(before) if !self.disk.is_whole => self.say(before, Word::Query { query, asker }, out),
            _ => {} // it is asked again
        }
    }

    pub(super) fn on_answer(&mut self, query: u64, upto: u64, now: Time, out: &mut Out<Self>) {
        if !self.is_trusted(now) {
            return;
        }
        if let Some((token, key)) = self.live.reads.remove(&query) {
            out.reply(token, Reply::Found { value: self.disk.newest(key, upto.max(self.disk.done)) });
        }
    }

    /// Reads whose key has become clean need no answer.
    pub(super) fn answer_clean(&mut self, now: Time, out: &mut Out<Self>) {
        if self.live.reads.is_empty() || !self.is_trusted(now) {
            return;
        }
        let mut reads = core::mem::take(&mut self.live.reads);
        reads.retain(|_, (token, key)| {
            let is_dirty = self.disk.is_dirty(*key);
            if !is_dirty {
                out.reply(*token, Reply::Found { value: self.disk.table.get(key).copied() });
            }
            is_dirty
        });
        self.live.reads = reads;
    }

    pub(super) fn ask_tail_again(&mut self, out: &mut Out<Self>) {
        if let Some(tail) = self.disk.chain.tail().filter(|tail| *tail != self.me) {
            for query in self.live.reads.keys() {
                self.say(tail, Word::Query { query: *query, asker: self.me }, out);
            }
        }
    }

    pub(super) fn abandon_reads(&mut self, out: &mut Out<Self>) {
        for (token, _) in core::mem::take(&mut self.live.reads).into_values() {
            out.reply(token, Reply::Unavailable);
        }
    }
}
