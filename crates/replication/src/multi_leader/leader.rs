//! One member: takes writes, answers reads, merges what it hears.

use super::config::Config;
use super::copies::{Copies, CopiesWrite};
use super::item::{Item, Lost, NotWritten, Writer};
use super::words::{CHANGES_MAX, Change, Message, Note, Reply, Request, Timer};
use crate::ConfigError;
use base::{Span, Time};
use clocks::VersionVector;
use machine::{Disk, Machine, Out, Peer};
use std::collections::BTreeSet;

/// One member of a multi-leader group: see the module's documentation.
#[derive(Clone, Debug)]
pub struct Leader {
    pub(super) me: Peer,
    pub(super) config: Config,
    pub(super) clock_ahead: Span,
    pub(super) disk: Disk<Copies>,
    pub(super) live: Live,
}

/// Everything that a crash takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    pub is_up: bool,
    /// Who has not been told of which key since it changed.
    pub untold: BTreeSet<(Peer, u64)>,
    pub is_resend_set: bool,
    /// Where the last round of telling again ended.
    pub resent: (Peer, u64),
}

impl Leader {
    /// Member `me` of a group. Every member of a group has the same configuration.
    ///
    /// # Errors
    /// [`ConfigError`] for a setting out of range or a member that the group does not have.
    pub fn new(me: Peer, config: Config) -> Result<Leader, ConfigError> {
        config.check()?;
        let high = u64::from(config.members) - 1;
        if u64::from(me.0) > high {
            return Err(ConfigError { field: "member", value: u64::from(me.0), low: 0, high });
        }
        Ok(Leader { me, config, clock_ahead: Span::ZERO, disk: Disk::default(), live: Live::default() })
    }

    /// Changes how changes are told while it runs; what copies are and how many members there are stays.
    ///
    /// # Errors
    /// [`ConfigError`] for a setting out of range; nothing is changed.
    pub fn retune(&mut self, config: Config) -> Result<(), ConfigError> {
        let next = Config { members: self.config.members, resolve: self.config.resolve, ..config };
        next.check()?;
        self.config = next;
        Ok(())
    }

    /// Sets the member's wall clock this far ahead of the truth, for the stamps of [`super::Resolve::LastWriteWins`].
    pub fn set_clock_ahead(&mut self, ahead: Span) {
        self.clock_ahead = ahead;
    }

    /// How far its clock is ahead.
    #[must_use]
    pub fn clock_ahead(&self) -> Span {
        self.clock_ahead
    }

    /// The settings that it runs with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What a reader at this member sees of `key`: nothing, one value, all that are in conflict, or the elements of a set.
    #[must_use]
    pub fn read(&self, key: u64) -> Vec<i128> {
        self.copy(key).map(|item| item.values(self.config.resolve)).unwrap_or_default()
    }

    /// What a client that reads `key` here hands back with its next write.
    #[must_use]
    pub fn context(&self, key: u64) -> VersionVector {
        self.copy(key).map(Item::context).unwrap_or_default()
    }

    /// The member's own copy of `key`, if it has one.
    #[must_use]
    pub fn copy(&self, key: u64) -> Option<&Item> {
        self.disk.items.get(&key).map(|(_, item)| item)
    }

    /// Keys that it has a copy of, the one that changed last first.
    pub fn recent(&self) -> impl Iterator<Item = u64> + '_ {
        self.disk.order.values().rev().copied()
    }

    /// How many keys it has a copy of.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.disk.items.len() as u64
    }

    /// How many changes are not known to have arrived at a neighbour, counted for each.
    #[must_use]
    pub fn owed(&self) -> u64 {
        self.disk.owed.len() as u64
    }

    fn on_write(
        &mut self,
        token: u64,
        key: u64,
        change: Change,
        context: &VersionVector,
        now: Time,
        out: &mut Out<Self>,
    ) {
        let mut item = self.copy(key).cloned().unwrap_or_else(|| Item::new(self.config.resolve));
        let replaces = match &item {
            Item::Last(Some(held)) => Some(held.version.dot),
            _ => None,
        };
        let at = now + self.clock_ahead;
        let writer = Writer { member: self.me.0.into(), count: self.disk.changes + 1, at, context };
        let former = item.siblings();
        match item.write(change, &writer) {
            Err(NotWritten::Refused) => out.reply(token, Reply::Refused),
            Err(NotWritten::Exhausted) => out.reply(token, Reply::Exhausted),
            Ok((dot, lost)) => {
                let replaces = if lost.is_some() { None } else { replaces };
                self.note_conflict(key, former, &item, lost, out);
                out.note(Note::Written { key, dot, replaces });
                self.keep(key, item, self.me, out);
                out.reply(token, Reply::Written { dot });
            }
        }
    }

    fn on_share(&mut self, from: Peer, key: u64, change: u64, theirs: &Item, out: &mut Out<Self>) {
        let held = self.copy(key);
        let mut item = held.cloned().unwrap_or_else(|| Item::new(self.config.resolve));
        let former = item.siblings();
        let lost = item.merge(theirs, self.config.variant);
        if held != Some(&item) {
            self.note_conflict(key, former, &item, lost.filter(|lost| lost.lost.replica == u32::from(self.me.0)), out);
            out.note(Note::Applied { key });
            self.keep(key, item, from, out);
        }
        out.send(from, Message::Known { key, change });
    }

    fn note_conflict(&self, key: u64, former: u64, item: &Item, lost: Option<Lost>, out: &mut Out<Self>) {
        if let Some(Lost { lost, kept }) = lost {
            out.note(Note::Lost { key, lost, kept });
        }
        let versions = item.siblings();
        if versions > former.max(1) {
            out.note(Note::Conflict { key, versions });
        }
    }

    fn changes(&self, since: u64) -> Reply {
        let after = (core::ops::Bound::Excluded(since), core::ops::Bound::Unbounded);
        let news = self.disk.order.range(after).take(CHANGES_MAX as usize);
        let mut cursor = since.min(self.disk.changes);
        let mut keys = Vec::new();
        for (change, key) in news {
            cursor = *change;
            keys.push((*key, self.read(*key)));
        }
        Reply::Changes { cursor, keys }
    }
}

impl Machine for Leader {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Copies;
    type Note = Note;

    fn on_start(&mut self, _: Time, out: &mut Out<Self>) {
        self.live.is_up = true;
        self.expect_answers(out);
    }

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        if !self.live.is_up || from == self.me || from.0 >= self.config.members {
            return;
        }
        match message {
            Message::Share { key, change, item } => self.on_share(from, key, change, &item, out),
            Message::Known { key, change } => {
                if self.disk.owed.get(&(from, key)).is_some_and(|since| *since <= change) {
                    out.persist(&mut self.disk, CopiesWrite::Known { by: from, key });
                }
            }
        }
    }

    fn on_timer(&mut self, timer: Timer, _: Time, out: &mut Out<Self>) {
        match timer {
            _ if !self.live.is_up => {}
            Timer::Ship => self.ship(out),
            Timer::Resend => self.resend(out),
        }
    }

    fn on_request(&mut self, token: u64, request: Request, now: Time, out: &mut Out<Self>) {
        match request {
            _ if !self.live.is_up => {}
            Request::Write { key, change, context } => self.on_write(token, key, change, &context, now, out),
            Request::Read { key } => {
                out.reply(token, Reply::Found { values: self.read(key), context: self.context(key) });
            }
            Request::Changes { since } => out.reply(token, self.changes(since)),
        }
    }

    fn on_crash(&mut self) {
        self.live = Live::default();
    }

    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        self.on_start(now, out);
    }
}

impl Leader {
    /// Stores a changed copy that came from `from`, and tells those that have to hear of it here.
    fn keep(&mut self, key: u64, item: Item, from: Peer, out: &mut Out<Self>) {
        let owed = self.listeners(from);
        out.persist(&mut self.disk, CopiesWrite::Item { key, item, owed: owed.clone() });
        self.tell(key, &owed, out);
    }
}
