//! The store, the resource and the clients of a lock.

use super::words::{Config, ConfigError, Message, Note, Place, Reply, Request, Rule, Timer};
use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};

const STORE: Peer = Peer(0);
const RESOURCE: Peer = Peer(1);

/// A lease on the store's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lease {
    holder: Peer,
    wish: u64,
    token: u64,
    until: Time,
}

/// What survives a crash: at the store the lease and the counter, at the resource the largest token and the last, at a client its wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    lease: Option<Lease>,
    counter: u64,
    largest: u64,
    last: u64,
    wishes: u64,
}

impl Image {
    /// The last token that was given.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.counter
    }

    /// In whose name the write was done that stands at the resource now; 0 before any. Smaller than [`Image::largest`] where a holder
    /// of old has written over its successor.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Who has the lease at the store at the moment `now`, by which token, and until when.
    #[must_use]
    pub fn holder(&self, now: Time) -> Option<(Peer, u64, Time)> {
        self.lease.filter(|lease| now < lease.until).map(|lease| (lease.holder, lease.token, lease.until))
    }

    /// The largest token that the resource has seen.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.largest
    }
}

/// One durable write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageWrite {
    /// The store leases to a client.
    Leased {
        /// Whom to.
        holder: Peer,
        /// On which wish.
        wish: u64,
        /// The token.
        token: u64,
        /// When it ends.
        until: Time,
    },
    /// The lock is free.
    Freed,
    /// Lease and counter are lost.
    Lost,
    /// The resource did a write in the name of this token.
    Seen(u64),
    /// A client wishes once more: answers to earlier wishes are void, also after a crash.
    Wished(u64),
}

impl Durable for Image {
    type Write = ImageWrite;

    fn apply(&mut self, write: &ImageWrite) {
        match *write {
            ImageWrite::Leased { holder, wish, token, until } => {
                self.lease = Some(Lease { holder, wish, token, until });
                self.counter = token;
            }
            ImageWrite::Freed => self.lease = None,
            ImageWrite::Lost => (self.lease, self.counter) = (None, 0),
            ImageWrite::Seen(token) => (self.largest, self.last) = (self.largest.max(token), token),
            ImageWrite::Wished(wish) => self.wishes = wish,
        }
    }
}

/// What a client is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Waiting {
        answer: u64,
        lasts: Span,
    },
    Working {
        answer: u64,
        token: u64,
    },
    Writing {
        answer: u64,
        token: u64,
    },
}

/// One member of a lock's group.
#[derive(Clone, Debug)]
pub struct Member {
    place: Place,
    config: Config,
    disk: Disk<Image>,
    stage: Stage,
}

impl Member {
    /// A member; number 0 is the store, 1 the resource, the others are clients.
    pub fn new(me: Peer, config: Config) -> Result<Member, ConfigError> {
        config.check()?;
        let place = match me {
            STORE => Place::Store,
            RESOURCE => Place::Resource,
            Peer(_) => Place::Client,
        };
        Ok(Member { place, config, disk: Disk::default(), stage: Stage::Idle })
    }

    /// Takes over other settings while it runs; a lease that was given lasts as long as it was given for.
    ///
    /// # Errors
    /// [`ConfigError`] for a setting out of range; nothing is changed.
    pub fn retune(&mut self, config: Config) -> Result<(), ConfigError> {
        config.check()?;
        self.config = config;
        Ok(())
    }

    /// What is durable.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.disk
    }

    /// The store: leases what is free or has ended; the same wish is given the same answer, because the first may be lost.
    fn on_acquire(&mut self, from: Peer, wish: u64, now: Time, out: &mut Out<Self>) {
        let lease = self.disk.lease.filter(|lease| now < lease.until);
        match lease {
            Some(lease) if (lease.holder, lease.wish) == (from, wish) => {
                out.send(from, Message::Granted { wish, token: lease.token });
            }
            Some(_) => out.send(from, Message::Denied { wish }),
            None => {
                let (token, until) = (self.disk.counter.saturating_add(1), now + self.config.ttl);
                // On disk first: a token that was given may never be given again.
                out.persist(&mut self.disk, ImageWrite::Leased { holder: from, wish, token, until });
                out.send(from, Message::Granted { wish, token });
            }
        }
    }

    fn on_release(&mut self, token: u64, out: &mut Out<Self>) {
        let is_named = self.disk.lease.is_some_and(|lease| lease.token == token);
        if is_named || self.config.rule == Rule::ReleaseAnyones {
            out.persist(&mut self.disk, ImageWrite::Freed);
        }
    }

    /// The resource: what comes in the name of an earlier holder is refused (Chubby, §2.4).
    fn on_write(&mut self, from: Peer, token: u64, out: &mut Out<Self>) {
        let largest = self.disk.largest;
        let checks = !matches!(self.config.rule, Rule::NoFencing | Rule::EnterAnyway | Rule::ReleaseAnyones);
        let done = token >= largest || !checks;
        if done {
            out.persist(&mut self.disk, ImageWrite::Seen(token));
            out.note(Note::Applied { token, largest });
        }
        out.send(from, Message::Written { token, done });
    }

    fn ask(&mut self, out: &mut Out<Self>) {
        out.send(STORE, Message::Acquire { wish: self.disk.wishes });
        out.set_timer(Timer::Poll, self.config.poll);
    }

    fn enter(&mut self, answer: u64, token: u64, lasts: Span, out: &mut Out<Self>) {
        out.cancel_timer(Timer::Poll);
        out.cancel_timer(Timer::GiveUp);
        self.stage = Stage::Working { answer, token };
        out.note(Note::Entered { token });
        out.set_timer(Timer::Finish, lasts);
    }

    fn finish(&mut self, out: &mut Out<Self>) {
        match self.stage {
            Stage::Working { answer, token } | Stage::Writing { answer, token } => {
                self.stage = Stage::Writing { answer, token };
                out.send(RESOURCE, Message::Write { token });
                out.set_timer(Timer::Finish, self.config.poll); // again, if no answer comes
            }
            Stage::Idle | Stage::Waiting { .. } => {}
        }
    }

    fn on_written(&mut self, token: u64, done: bool, out: &mut Out<Self>) {
        let Stage::Writing { answer, token: mine } = self.stage else { return };
        if mine != token {
            return;
        }
        self.stage = Stage::Idle;
        out.cancel_timer(Timer::Finish);
        out.send(STORE, Message::Release { token });
        out.note(Note::Left { token });
        out.reply(answer, if done { Reply::Written { token } } else { Reply::Fenced { token } });
    }
}

impl Machine for Member {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Image;
    type Note = Note;

    fn on_start(&mut self, _: Time, _: &mut Out<Self>) {}

    fn on_message(&mut self, from: Peer, message: Message, now: Time, out: &mut Out<Self>) {
        match (self.place, message) {
            (Place::Store, Message::Acquire { wish }) => self.on_acquire(from, wish, now, out),
            (Place::Store, Message::Release { token }) => self.on_release(token, out),
            (Place::Resource, Message::Write { token }) => self.on_write(from, token, out),
            (Place::Client, Message::Granted { wish, token }) if wish == self.disk.wishes => {
                if let Stage::Waiting { answer, lasts } = self.stage {
                    self.enter(answer, token, lasts, out);
                }
            }
            (Place::Client, Message::Written { token, done }) => self.on_written(token, done, out),
            _ => {} // denied: it asks again; or not for this place
        }
    }

    fn on_timer(&mut self, timer: Timer, _: Time, out: &mut Out<Self>) {
        match (timer, self.stage) {
            (Timer::Poll, Stage::Waiting { .. }) => self.ask(out),
            (Timer::GiveUp, Stage::Waiting { answer, lasts }) if self.config.rule == Rule::EnterAnyway => {
                self.enter(answer, 0, lasts, out);
            }
            (Timer::GiveUp, Stage::Waiting { answer, .. }) => {
                self.stage = Stage::Idle;
                out.cancel_timer(Timer::Poll);
                out.reply(answer, Reply::TimedOut);
            }
            (Timer::Finish, _) => self.finish(out),
            (Timer::Poll | Timer::GiveUp, _) => {}
        }
    }

    fn on_request(&mut self, answer: u64, Request::Work { lasts }: Request, _: Time, out: &mut Out<Self>) {
        if self.place != Place::Client || self.stage != Stage::Idle {
            return out.reply(answer, Reply::Busy);
        }
        let wish = self.disk.wishes.saturating_add(1);
        out.persist(&mut self.disk, ImageWrite::Wished(wish));
        self.stage = Stage::Waiting { answer, lasts };
        out.set_timer(Timer::GiveUp, self.config.patience);
        self.ask(out);
    }

    fn on_crash(&mut self) {
        self.stage = Stage::Idle;
    }

    fn on_restart(&mut self, _: Time, out: &mut Out<Self>) {
        if self.place == Place::Store && self.config.rule == Rule::LoseAtFailover {
            out.persist(&mut self.disk, ImageWrite::Lost);
        }
    }
}
