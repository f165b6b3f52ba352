//! One member: what a crash takes, and who hears what.

use super::config::{Config, Variant};
use super::order::Chain;
use super::store::{Store, Update};
use super::words::{Message, Note, Reply, Request, Timer, Word};
use crate::ConfigError;
use base::Time;
use machine::{Disk, Machine, Out, Peer};
use std::collections::BTreeMap;

/// One member of a chain, or a spare: see the module's documentation.
#[derive(Clone, Debug)]
pub struct Member {
    pub(super) me: Peer,
    pub(super) config: Config,
    pub(super) disk: Disk<Store>,
    pub(super) live: Live,
}

/// Everything that a crash takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    pub is_up: bool,
    /// Whether the master has spoken since the process began: before that, it may have gone on without this member.
    pub is_told: bool,
    /// Until when it may count what it has as done.
    pub until: Time,
    /// Head: whom to tell of which update.
    pub writes: BTreeMap<u64, u64>,
    /// Updates that came before their turn.
    pub early: BTreeMap<u64, Update>,
    /// Reads that wait for the tail: the token and the key.
    pub reads: BTreeMap<u64, (u64, u64)>,
    pub queries: u64,
    /// While the timer is pending: the last update that it is about.
    pub resend_upto: Option<u64>,
}

impl Member {
    /// Member `me` of a group. Every member of a group has the same configuration. It belongs to no chain until the master says so.
    ///
    /// # Errors
    /// [`ConfigError`] for a setting out of range or a member that the group does not have.
    pub fn new(me: Peer, config: Config) -> Result<Member, ConfigError> {
        config.check()?;
        let high = u64::from(config.members) - 1;
        if u64::from(me.0) > high {
            return Err(ConfigError { field: "member", value: u64::from(me.0), low: 0, high });
        }
        Ok(Member { me, config, disk: Disk::default(), live: Live::default() })
    }

    /// Changes the settings while it runs; the number of members stays.
    ///
    /// # Errors
    /// [`ConfigError`] for a setting out of range; nothing is changed.
    pub fn retune(&mut self, config: Config) -> Result<(), ConfigError> {
        Config { members: self.config.members, ..config }.check()?;
        self.config = Config { members: self.config.members, ..config };
        Ok(())
    }

    /// The newest chain that it knows.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.disk.chain
    }

    /// The last update that it has.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.disk.last
    }

    /// The last update that it knows to be done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.disk.done
    }

    /// The updates that it has and does not know to be done, in order.
    pub fn sent(&self) -> impl Iterator<Item = Update> + '_ {
        self.disk.sent.values().copied()
    }

    /// What it holds of `key`: the number of the update and the value, done or not.
    #[must_use]
    pub fn held(&self, key: u64) -> Option<(u64, u64)> {
        self.disk.newest(key, u64::MAX)
    }

    /// Whether it holds what those before it hold. A member that joined does not until it has been given the state.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.disk.is_whole
    }

    /// Whether what it has counts as done, as far as it knows: it is the last of those that are whole.
    #[must_use]
    pub fn is_tail(&self) -> bool {
        self.disk.is_tail
    }

    pub(super) fn say(&self, to: Peer, word: Word, out: &mut Out<Self>) {
        out.send(to, Message { chain: self.disk.chain.number(), word });
    }

    pub(super) fn before(&self) -> Option<Peer> {
        self.disk.chain.before(self.me)
    }

    pub(super) fn behind(&self) -> Option<Peer> {
        self.disk.chain.behind(self.me)
    }

    pub(super) fn is_head(&self) -> bool {
        self.disk.chain.head() == Some(self.me)
    }

    /// Whether it may act on its chain at all: the master has spoken, and the time is not over.
    pub(super) fn is_trusted(&self, now: Time) -> bool {
        self.live.is_told && now < self.live.until && self.disk.chain.link(self.me).is_some()
    }

    /// Wakes it to send again what it has sent by now, unless a wake-up is pending.
    pub(super) fn expect_answer(&mut self, out: &mut Out<Self>) {
        if self.live.resend_upto.is_none() {
            self.live.resend_upto = Some(self.disk.last);
            out.set_timer(Timer::Resend, self.config.resend_every);
        }
    }

    fn on_word(&mut self, from: Peer, word: Word, now: Time, out: &mut Out<Self>) {
        let (before, behind) = (self.before(), self.behind());
        let is_any = self.config.variant == Variant::IgnoresNumbers;
        match word {
            Word::Forward(update) if before == Some(from) || is_any => self.on_forward(from, update, now, out),
            Word::Ack { upto } if behind == Some(from) || is_any => self.finish(upto, now, out),
            Word::Done { upto } if self.is_head() => self.finish(upto, now, out),
            Word::Hello { last, is_whole } if behind == Some(from) => self.on_hello(from, last, is_whole, out),
            Word::Install { done, table, sent } if before == Some(from) => {
                self.on_install(done, table, sent, now, out);
            }
            Word::Query { query, asker } => self.on_query(asker, query, now, out),
            Word::Answer { query, upto } => self.on_answer(query, upto, now, out),
            _ => {} // from a place where the sender does not stand
        }
    }
}

impl Machine for Member {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Store;
    type Note = Note;

    fn on_start(&mut self, _: Time, _: &mut Out<Self>) {
        self.live.is_up = true;
    }

    fn on_message(&mut self, from: Peer, message: Message, now: Time, out: &mut Out<Self>) {
        let is_same = message.chain == self.disk.chain.number() || self.config.variant == Variant::IgnoresNumbers;
        if self.live.is_up && self.live.is_told && is_same && from != self.me && from.0 < self.config.members {
            self.on_word(from, message.word, now, out);
        }
    }

    fn on_timer(&mut self, _: Timer, _: Time, out: &mut Out<Self>) {
        if self.live.is_up {
            self.on_resend(out);
        }
    }

    fn on_request(&mut self, token: u64, request: Request, now: Time, out: &mut Out<Self>) {
        match request {
            _ if !self.live.is_up => {}
            Request::Write { key, value } => self.on_write(token, key, value, now, out),
            Request::Read { key } => self.on_read(token, key, now, out),
            Request::Configure { chain, until } => {
                self.on_configure(chain, until, now, out);
                let number = self.disk.chain.number();
                out.reply(token, Reply::Configured { number, is_whole: self.disk.is_whole });
            }
        }
    }

    fn on_crash(&mut self) {
        self.live = Live::default();
    }

    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        self.on_start(now, out);
    }
}

impl Member {
    /// Tells clients whose writes it cannot follow any longer.
    pub(super) fn abandon_writes(&mut self, out: &mut Out<Self>) {
        for (version, token) in core::mem::take(&mut self.live.writes) {
            out.reply(token, Reply::Unknown { version });
        }
    }

    pub(super) fn note_done(&self, out: &mut Out<Self>) {
        out.note(Note::Done { upto: self.disk.done });
    }
}
