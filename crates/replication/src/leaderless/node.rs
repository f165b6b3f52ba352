//! One member: who is home to a key, what a crash takes, which role hears what.

use super::config::{Config, Variant};
use super::coordinate::Pending;
use super::item::Item;
use super::shelf::{Shelf, ShelfWrite};
use super::words::{Message, Note, Reply, Request, Timer};
use crate::ConfigError;
use base::{Span, Time};
use machine::{Disk, Machine, Out, Peer};
use std::collections::BTreeMap;

/// One member of a leaderless group: see the module's documentation.
#[derive(Clone, Debug)]
pub struct Node {
    pub(super) me: Peer,
    pub(super) config: Config,
    pub(super) clock_ahead: Span,
    pub(super) disk: Disk<Shelf>,
    pub(super) live: Live,
}

/// Everything that a crash takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    pub is_up: bool,
    pub asked: u64,
    pub pending: BTreeMap<u64, Pending>,
    pub compared: u16,
}

impl Node {
    /// Member `me` of a group. Every member of a group has the same configuration.
    ///
    /// # Errors
    /// [`ConfigError`] for a setting out of range or a member that the group does not have.
    pub fn new(me: Peer, config: Config) -> Result<Node, ConfigError> {
        config.check()?;
        let high = u64::from(config.members) - 1;
        if u64::from(me.0) > high {
            return Err(ConfigError { field: "member", value: u64::from(me.0), low: 0, high });
        }
        Ok(Node { me, config, clock_ahead: Span::ZERO, disk: Disk::default(), live: Live::default() })
    }

    /// Sets the member's wall clock this far ahead of the truth, for the stamps of [`super::Conflicts::LastWriteWins`].
    pub fn set_clock_ahead(&mut self, ahead: Span) {
        self.clock_ahead = ahead;
    }

    /// Takes over other settings while it runs; requests under way end by the quorums of now. The members, N and the way of conflicts
    /// stay: where copies lie and what they are depends on them.
    ///
    /// # Errors
    /// [`ConfigError`] for a setting out of range; nothing is changed.
    pub fn retune(&mut self, config: Config, out: &mut Out<Self>) -> Result<(), ConfigError> {
        let Config { members, copies, conflicts, .. } = self.config;
        let config = Config { members, copies, conflicts, ..config };
        config.check()?;
        let is_other = config.compare_every != self.config.compare_every;
        self.config = config;
        if let Some(every) = config.compare_every.filter(|_| is_other && self.live.is_up) {
            out.set_timer(Timer::Compare, every);
        }
        Ok(())
    }

    /// How many keys it holds a copy of.
    #[must_use]
    pub fn copies(&self) -> u64 {
        self.disk.items.len() as u64
    }

    /// How many of these copies hold versions of which none replaces another.
    #[must_use]
    pub fn conflicts(&self) -> u64 {
        self.disk.conflicts
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The member's own copy of `key`, if it has one.
    #[must_use]
    pub fn copy(&self, key: u64) -> Option<&Item> {
        self.disk.items.get(&key)
    }

    /// How many hints it keeps for others.
    #[must_use]
    pub fn hints(&self) -> u64 {
        self.disk.hints.len() as u64
    }

    /// All members in the order in which they are asked for `key`: the N homes first, then those who may stand in.
    pub(super) fn preference(&self, key: u64) -> impl Iterator<Item = Peer> + use<> {
        let members = self.config.members;
        let first = (key % u64::from(members)) as u16;
        (0..members).map(move |step| Peer((first + step) % members))
    }

    /// The N homes of `key`.
    pub(super) fn homes(&self, key: u64) -> impl Iterator<Item = Peer> + use<> {
        self.preference(key).take(self.config.copies.into())
    }

    /// Brings `item` together with the member's own copy.
    pub(super) fn keep(&mut self, key: u64, item: &Item, out: &mut Out<Self>) {
        let held = self.disk.items.get(&key);
        let mut merged = held.cloned().unwrap_or_else(|| Item::new(self.config.conflicts));
        merged.merge(item);
        if self.config.variant == Variant::IgnoresVersions {
            merged = item.clone();
        }
        if held != Some(&merged) {
            out.persist(&mut self.disk, ShelfWrite::Item { key, item: merged });
        }
        self.forget_tombstone(key, out);
    }

    fn forget_tombstone(&mut self, key: u64, out: &mut Out<Self>) {
        let is_dead = self.disk.items.get(&key).is_some_and(|item| item.values().is_empty());
        if is_dead && self.config.variant == Variant::ForgetsTombstones {
            out.persist(&mut self.disk, ShelfWrite::Erase { key });
        }
    }

    /// What the member can tell of `key`: its copy, and what it keeps of it for others.
    pub(super) fn known(&self, key: u64) -> Option<Item> {
        let hints = self.preference(key).filter_map(|home| self.disk.hints.get(&(home, key)).map(|(_, item)| item));
        self.disk.items.get(&key).into_iter().chain(hints).fold(None, |sum, item| {
            let mut sum = sum.unwrap_or_else(|| Item::new(self.config.conflicts));
            sum.merge(item);
            Some(sum)
        })
    }

    fn begin(&mut self, out: &mut Out<Self>) {
        out.persist(&mut self.disk, ShelfWrite::Boot);
        self.live = Live { is_up: true, ..Live::default() };
        if let Some(every) = self.config.compare_every {
            let luck = out.rng().below(every.0.max(1));
            out.set_timer(Timer::Compare, Span(luck + 1)); // not all at once
        }
        if !self.disk.hints.is_empty() {
            out.set_timer(Timer::Handoff, self.config.handoff_every);
        }
    }
}

impl Machine for Node {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Shelf;
    type Note = Note;

    fn on_start(&mut self, _: Time, out: &mut Out<Self>) {
        self.begin(out);
    }

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        if from == self.me || from.0 >= self.config.members || !self.live.is_up {
            return;
        }
        match message {
            Message::Store { op, key, item, hint } => {
                match hint {
                    Some(home) => self.keep_hint(home, key, item, out),
                    None => self.keep(key, &item, out),
                }
                out.send(from, Message::Stored { op });
            }
            Message::Stored { op } => self.on_stored(op, from, out),
            Message::Fetch { op, key } => out.send(from, Message::Fetched { op, item: self.known(key) }),
            Message::Fetched { op, item } => self.on_fetched(op, from, item, out),
            Message::Repair { key, item } => self.keep(key, &item, out),
            Message::Handoff { number, key, item } => {
                self.keep(key, &item, out);
                out.send(from, Message::HandedOff { number, key });
            }
            Message::HandedOff { number, key } => self.on_handed_off(from, number, key, out),
            Message::Tree(tree) => self.on_tree(from, &tree, out),
            Message::Leaves { leaves, items, answer } => self.on_leaves(from, leaves, &items, answer, out),
        }
    }

    fn on_timer(&mut self, timer: Timer, _: Time, out: &mut Out<Self>) {
        match timer {
            _ if !self.live.is_up => {}
            Timer::Fallback(op) => self.on_fallback(op, out),
            Timer::Expire(op) => self.on_expire(op, out),
            Timer::Handoff => self.on_handoff(out),
            Timer::Compare => self.on_compare(out),
        }
    }

    fn on_request(&mut self, token: u64, request: Request, now: Time, out: &mut Out<Self>) {
        match request {
            _ if !self.live.is_up => {}
            Request::Put { key, value, context } => self.on_put(token, key, value, &context, now, out),
            Request::Get { key } => self.on_get(token, key, out),
        }
    }

    fn on_crash(&mut self) {
        self.live = Live::default();
    }

    fn on_restart(&mut self, _: Time, out: &mut Out<Self>) {
        self.begin(out);
    }
}
