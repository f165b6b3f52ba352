//! The store on a network (member 0) and its clients, which watch one key and may register themselves at another.

use super::store::Registry;
use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};
use std::collections::BTreeMap;

const STORE: Peer = Peer(0);

/// What members say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// To the store: I live; I watch a key and have it in this version; and this is my own value, if I registered.
    Alive {
        /// The watched key.
        watches: u64,
        /// The version that the watcher has.
        version: u64,
        /// The value of the client's own ephemeral node.
        registers: Option<u64>,
    },
    /// To a watcher: the key is now this.
    Changed {
        /// Its version.
        version: u64,
        /// `None`: deleted.
        value: Option<u64>,
    },
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires at a client when it speaks; at the store when it looks for sessions that have ended.
    Beat,
}

/// What may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Of the store: change a key that is not ephemeral.
    Set {
        /// Which key.
        key: u64,
        /// To what.
        value: u64,
    },
    /// Of a client: register under the key of its member number.
    Register {
        /// With this value.
        value: u64,
    },
}

/// The protocol, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As in the module's documentation.
    Sound,
    /// A change is told once, to whoever watches, and not repeated. What is lost stays unknown.
    TellOnce,
    /// A watcher takes what comes last for the newest. Reordering sets it back.
    IgnoreVersions,
    /// Sessions do not end. The dead stay registered.
    ImmortalSessions,
}

/// The settings; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Clients speak this often.
    pub beat: Span,
    /// A session ends when it was unheard of for this long: several beats.
    pub session_timeout: Span,
    /// [`Rule::Sound`], unless a mistake is to be shown.
    pub rule: Rule,
}

/// What survives a crash of the store: the nodes. (Clients keep nothing: they speak again.)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    registry: Registry,
}

/// One durable write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageWrite {
    /// A session was heard of. (Real stores keep this in memory and forgive everybody after a restart; so does this one.)
    Alive(u64, Time),
    /// A node was changed, within a session or for good.
    Set(u64, u64, Option<u64>, Time),
    /// Sessions that had ended were taken away.
    Expired(Time),
    /// The store restarted.
    Forgiven(Time),
}

impl Durable for Image {
    type Write = ImageWrite;

    fn apply(&mut self, write: &ImageWrite) {
        match *write {
            ImageWrite::Alive(session, now) => self.registry.alive(session, now),
            ImageWrite::Set(key, value, session, now) => {
                // A session that has ended meanwhile registers at its next beat.
                let _refused = self.registry.set(key, value, None, session, now).is_err();
            }
            ImageWrite::Expired(now) => drop(self.registry.expire(now)),
            ImageWrite::Forgiven(now) => self.registry.forgive(now),
        }
    }
}

/// The store, or a client.
#[derive(Clone, Debug)]
pub struct Member {
    me: Peer,
    config: Config,
    disk: Disk<Image>,
    watches: u64,
    version: u64,
    value: Option<u64>,
    registers: Option<u64>,
    /// At the store: who watches what.
    watchers: BTreeMap<Peer, u64>,
}

impl Member {
    /// Member 0 is the store; the others watch a key.
    #[must_use]
    pub fn new(me: Peer, config: Config, watches: u64) -> Member {
        let disk = Disk::new(Image { registry: Registry::new(config.session_timeout) });
        Member { me, config, disk, watches, version: 0, value: None, registers: None, watchers: BTreeMap::new() }
    }

    /// The nodes, at the store.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.disk.registry
    }

    /// What a watcher has: version and value.
    #[must_use]
    pub fn seen(&self) -> (u64, Option<u64>) {
        (self.version, self.value)
    }

    fn beat(&mut self, now: Time, out: &mut Out<Self>) {
        if self.me == STORE {
            if self.config.rule != Rule::ImmortalSessions {
                self.change(ImageWrite::Expired(now), out);
            }
        } else {
            let (watches, version, registers) = (self.watches, self.version, self.registers);
            out.send(STORE, Message::Alive { watches, version, registers });
        }
        out.set_timer(Timer::Beat, self.config.beat);
    }

    /// Writes, and tells the watchers of what is different now.
    fn change(&mut self, write: ImageWrite, out: &mut Out<Self>) {
        let before: Vec<_> = self.watchers.values().map(|key| self.disk.registry.node(*key)).collect();
        out.persist(&mut self.disk, write);
        for ((to, key), before) in self.watchers.iter().zip(before) {
            let node = self.disk.registry.node(*key);
            if let Some(node) = node.filter(|_| node != before) {
                out.send(*to, Message::Changed { version: node.version, value: node.value });
            }
        }
    }

    fn on_alive(
        &mut self,
        from: Peer,
        watches: u64,
        version: u64,
        registers: Option<u64>,
        now: Time,
        out: &mut Out<Self>,
    ) {
        self.watchers.insert(from, watches);
        let session = u64::from(from.0);
        self.change(ImageWrite::Alive(session, now), out);
        let own = self.disk.registry.node(session);
        if let Some(value) = registers.filter(|value| own.and_then(|node| node.value) != Some(*value)) {
            self.change(ImageWrite::Set(session, value, Some(session), now), out);
        }
        let node = self.disk.registry.node(watches);
        if let Some(node) = node.filter(|node| node.version > version && self.config.rule != Rule::TellOnce) {
            out.send(from, Message::Changed { version: node.version, value: node.value });
        }
    }
}

impl Machine for Member {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = ();
    type Durable = Image;
    type Note = ();

    fn on_start(&mut self, now: Time, out: &mut Out<Self>) {
        self.beat(now, out);
    }

    fn on_message(&mut self, from: Peer, message: Message, now: Time, out: &mut Out<Self>) {
        match message {
            Message::Alive { watches, version, registers } if self.me == STORE => {
                self.on_alive(from, watches, version, registers, now, out);
            }
            Message::Changed { version, value }
                if version > self.version || self.config.rule == Rule::IgnoreVersions =>
            {
                (self.version, self.value) = (version, value);
            }
            Message::Alive { .. } | Message::Changed { .. } => {}
        }
    }

    fn on_timer(&mut self, Timer::Beat: Timer, now: Time, out: &mut Out<Self>) {
        self.beat(now, out);
    }

    fn on_request(&mut self, token: u64, request: Request, now: Time, out: &mut Out<Self>) {
        match request {
            Request::Set { key, value } if self.me == STORE => self.change(ImageWrite::Set(key, value, None, now), out),
            Request::Register { value } if self.me != STORE => self.registers = Some(value),
            Request::Set { .. } | Request::Register { .. } => return, // not asked of this member
        }
        out.reply(token, ());
    }

    fn on_crash(&mut self) {
        (self.version, self.value, self.registers) = (0, None, None);
        self.watchers.clear();
    }

    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        if self.me == STORE {
            out.persist(&mut self.disk, ImageWrite::Forgiven(now));
        }
        self.beat(now, out);
    }
}
