//! Anti-entropy: two members compare what they hold, cheaply, and make it equal.
//!
//! ```text
//!   A ── digest of everything ──► B    equal: done, 1 message
//!   A ◄── digests of 64 buckets ─ B
//!   A ── entries of those that differ, and which ──► B ── its entries of those ──► A
//! ```
//!
//! - **The newer stamp wins,** on both sides: version, then writer. So an exchange may be lost, doubled or stale and does no harm.
//! - **A deletion is an entry.** Were it only a gap, the next exchange would bring the deleted back.
//! - **The digest covers what must be equal:** key, stamp and value.
//!
//! Cost: O(1) where nothing differs (digests are kept up to date with each write); O(buckets + entries in differing buckets) where something
//! does. It repairs what push and hints have missed, cold keys included. Sources: Demers et al., PODC 1987, §1.3 (anti-entropy, checksums)
//! and §2 (death certificates); DeCandia et al., *Dynamo*, SOSP 2007, §4.7 (a tree of digests: here of two levels). Not modelled: letting
//! deletions go after a while (§2.1's dormant certificates).

use base::{Span, Time, stable_hash_u64};
use machine::{Disk, Durable, Machine, Out, Peer};
use std::collections::BTreeMap;

/// Leaves of the tree of digests.
pub const BUCKETS: u64 = 64;

/// When an entry was written, comparable everywhere: the larger is newer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// One more than the writer has seen of the key.
    pub version: u64,
    /// Between equals.
    pub writer: u16,
}

/// What is held of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which key.
    pub key: u64,
    /// When it was written.
    pub stamp: Stamp,
    /// `None`: deleted.
    pub value: Option<u64>,
}

/// What members say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The digest of everything that I hold.
    Root(u64),
    /// Mine differs: the digests of my buckets.
    Buckets(Vec<u64>),
    /// What I hold in these buckets; send back yours if `asks`.
    Entries {
        /// Which buckets.
        buckets: Vec<u64>,
        /// All entries in them.
        entries: Vec<Entry>,
        /// Whether the receiver's are wanted.
        asks: bool,
    },
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires when it is time to compare with somebody.
    Compare,
}

/// What a client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Write, or delete with `None`, at this member only.
    Put {
        /// Which key.
        key: u64,
        /// To what.
        value: Option<u64>,
    },
}

/// The protocol, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As in the module's documentation.
    Sound,
    /// A deletion leaves a gap. What was deleted comes back from whoever missed it.
    NoTombstones,
    /// What comes overwrites what is there. A stale exchange undoes a write.
    TakeTheirs,
    /// The digest covers the keys. Two values of one key are never found.
    DigestKeysOnly,
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members.
    pub members: u16,
    /// How often each compares with another drawn by luck.
    pub every: Span,
    /// [`Rule::Sound`], unless a mistake is to be shown.
    pub rule: Rule,
}

/// Entries on disk, with digests by bucket. The digest of a bucket is the exclusive or of those of its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    entries: BTreeMap<u64, (Stamp, Option<u64>)>,
    buckets: Vec<u64>,
    covers_values: bool,
}

impl Image {
    fn digest(&self, key: u64, stamp: Stamp, value: Option<u64>) -> u64 {
        if !self.covers_values {
            return stable_hash_u64(key);
        }
        let parts = [stamp.version, stamp.writer.into(), u64::from(value.is_some()), value.unwrap_or(0)];
        parts.iter().fold(stable_hash_u64(key), |digest, part| stable_hash_u64(digest ^ part))
    }

    fn root(&self) -> u64 {
        self.buckets.iter().fold(0, |digest, bucket| stable_hash_u64(digest ^ bucket))
    }

    /// What is held of a key, deletions included.
    #[must_use]
    pub fn entry(&self, key: u64) -> Option<(Stamp, Option<u64>)> {
        self.entries.get(&key).copied()
    }

    /// What readers see.
    pub fn values(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.entries.iter().filter_map(|(key, (_, value))| value.map(|value| (*key, value)))
    }

    fn in_buckets(&self, buckets: &[u64]) -> Vec<Entry> {
        let is_in = |key: &u64| buckets.contains(&bucket_of(*key));
        let held = self.entries.iter().filter(|(key, _)| is_in(key));
        held.map(|(key, (stamp, value))| Entry { key: *key, stamp: *stamp, value: *value }).collect()
    }
}

fn bucket_of(key: u64) -> u64 {
    stable_hash_u64(key) % BUCKETS
}

/// One durable write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageWrite {
    /// An entry as it shall be.
    Put(Entry),
    /// A key is forgotten altogether: of the variant without tombstones.
    Forget(u64),
}

impl Durable for Image {
    type Write = ImageWrite;

    fn apply(&mut self, write: &ImageWrite) {
        let key = match write {
            ImageWrite::Put(entry) => entry.key,
            ImageWrite::Forget(key) => *key,
        };
        let old = self.entries.remove(&key).map_or(0, |(stamp, value)| self.digest(key, stamp, value));
        let new = match write {
            ImageWrite::Put(Entry { stamp, value, .. }) => {
                self.entries.insert(key, (*stamp, *value));
                self.digest(key, *stamp, *value)
            }
            ImageWrite::Forget(_) => 0,
        };
        self.buckets[bucket_of(key) as usize] ^= old ^ new;
    }
}

/// One member.
#[derive(Clone, Debug)]
pub struct Replica {
    me: Peer,
    config: Config,
    disk: Disk<Image>,
}

impl Replica {
    /// Member `me`, which holds nothing.
    #[must_use]
    pub fn new(me: Peer, config: Config) -> Replica {
        let covers_values = config.rule != Rule::DigestKeysOnly;
        let disk = Disk::new(Image { entries: BTreeMap::new(), buckets: vec![0; BUCKETS as usize], covers_values });
        Replica { me, config, disk }
    }

    /// What is durable.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.disk
    }

    fn take(&mut self, entry: Entry, out: &mut Out<Self>) {
        let held = self.disk.entry(entry.key);
        let is_newer = held.is_none_or(|(stamp, _)| entry.stamp > stamp);
        let differs = held != Some((entry.stamp, entry.value));
        if is_newer || (differs && self.config.rule == Rule::TakeTheirs) {
            out.persist(&mut self.disk, ImageWrite::Put(entry));
        }
    }

    fn compare(&self, out: &mut Out<Self>) {
        let others = u64::from(self.config.members.saturating_sub(1));
        if others > 0 {
            let at = out.rng().below(others) as u16;
            out.send(Peer(if at < self.me.0 { at } else { at + 1 }), Message::Root(self.disk.root()));
        }
        out.set_timer(Timer::Compare, self.config.every);
    }

    fn on_buckets(&self, from: Peer, theirs: &[u64], out: &mut Out<Self>) {
        let mine = &self.disk.buckets;
        let differing = (0..BUCKETS).filter(|at| theirs.get(*at as usize) != mine.get(*at as usize));
        let buckets: Vec<u64> = differing.collect();
        let entries = self.disk.in_buckets(&buckets);
        out.send(from, Message::Entries { buckets, entries, asks: true });
    }
}

impl Machine for Replica {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Stamp;
    type Durable = Image;
    type Note = ();

    fn on_start(&mut self, _: Time, out: &mut Out<Self>) {
        let wait = out.rng().below(self.config.every.0.max(1));
        out.set_timer(Timer::Compare, Span(wait));
    }

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        match message {
            Message::Root(theirs) if theirs == self.disk.root() => {}
            Message::Root(_) => out.send(from, Message::Buckets(self.disk.buckets.clone())),
            Message::Buckets(theirs) => self.on_buckets(from, &theirs, out),
            Message::Entries { buckets, entries, asks } => {
                let mine = if asks { self.disk.in_buckets(&buckets) } else { Vec::new() };
                entries.into_iter().for_each(|entry| self.take(entry, out));
                if asks {
                    out.send(from, Message::Entries { buckets, entries: mine, asks: false });
                }
            }
        }
    }

    fn on_timer(&mut self, Timer::Compare: Timer, _: Time, out: &mut Out<Self>) {
        self.compare(out);
    }

    fn on_request(&mut self, token: u64, Request::Put { key, value }: Request, _: Time, out: &mut Out<Self>) {
        let version = self.disk.entry(key).map_or(0, |(stamp, _)| stamp.version).saturating_add(1);
        let stamp = Stamp { version, writer: self.me.0 };
        let write = match value {
            None if self.config.rule == Rule::NoTombstones => ImageWrite::Forget(key),
            _ => ImageWrite::Put(Entry { key, stamp, value }),
        };
        out.persist(&mut self.disk, write);
        out.reply(token, stamp);
    }

    fn on_crash(&mut self) {}

    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        self.on_start(now, out);
    }
}
