//! A saga that nobody leads: each service does its step and tells the next; one that refuses tells the one before to undo.
//!
//! What a service did and what it has to tell are one durable write (an outbox), and it tells until the neighbour confirms. So no word
//! is lost in a crash, and a word that comes twice meets a mark.

use super::service::{Failing, Ledger, LedgerWrite, Mark};
use crate::two_phase::ConfigError;
use base::{Span, Time};
use machine::{Disk, Durable, Machine, Out, Peer};
use std::collections::BTreeSet;

/// Which way the saga goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// The step before yours is done: do yours.
    Onward,
    /// The step after yours is undone or was refused: undo yours.
    Back,
}

/// What services say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A word about a saga.
    Tell {
        /// Which saga.
        saga: u64,
        /// Which way.
        word: Word,
    },
    /// The word is on my disk.
    Heard {
        /// Which saga.
        saga: u64,
        /// Which way.
        word: Word,
    },
}

/// Why a service wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires while a neighbour has not confirmed, or while an undo keeps failing.
    Again(u64),
}

/// The protocol, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As in the module's documentation.
    Sound,
    /// The step is on disk, the word to the neighbour is not: a crash between the two strands the saga.
    TellWithoutOutbox,
    /// An undo that fails is confirmed and forgotten. The steps before it stay done.
    ForgetFailedUndos,
}

/// The settings of a chain; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Services, 1 to 64; member 0 does the first step.
    pub steps: u16,
    /// A word that is not confirmed, and an undo that failed, come again after this, 1 ms to 1 h.
    pub retry_after: Span,
    /// [`Rule::Sound`], unless a mistake is to be shown.
    pub rule: Rule,
}

/// Two durable things in one write, so that no crash falls between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageWrite {
    /// What the service did, if anything.
    pub did: Option<LedgerWrite>,
    /// The word it owes a neighbour from now on, or no longer.
    pub owes: Option<(u64, Word, bool)>,
}

/// What survives a crash of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    ledger: Ledger,
    owed: BTreeSet<(u64, Word)>,
    /// Sagas whose undo was asked for and has not worked yet.
    undoing: BTreeSet<u64>,
}

impl Image {
    /// What the service did.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Words that no neighbour has confirmed.
    #[must_use]
    pub fn owed(&self) -> u64 {
        self.owed.len() as u64
    }
}

impl Durable for Image {
    type Write = ImageWrite;

    fn apply(&mut self, write: &ImageWrite) {
        match write.did {
            Some(did @ LedgerWrite::Failed(saga)) => {
                self.ledger.apply(&did);
                self.undoing.insert(saga);
            }
            Some(did @ LedgerWrite::Undone(saga)) => {
                self.ledger.apply(&did);
                self.undoing.remove(&saga);
            }
            Some(did) => self.ledger.apply(&did),
            None => {}
        }
        match write.owes {
            Some((saga, word, true)) => self.owed.insert((saga, word)),
            Some((saga, word, false)) => self.owed.remove(&(saga, word)),
            None => false,
        };
    }
}

/// How a saga ended, at the service where it ends: the last if it is completed, the first if it is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every step is done.
    Completed(u64),
    /// Every step is undone.
    Compensated(u64),
}

/// One service of a chain.
#[derive(Clone, Debug)]
pub struct Service {
    me: Peer,
    config: Config,
    failing: Failing,
    disk: Disk<Image>,
    /// Words that only memory owes: of the wrong variant.
    unwritten: BTreeSet<(u64, Word)>,
}

impl Service {
    /// Service `me` of a chain.
    pub fn new(me: Peer, config: Config, failing: Failing) -> Result<Service, ConfigError> {
        let rows = [
            ("steps", u64::from(config.steps), 1, 64),
            ("member", u64::from(me.0), 0, u64::from(config.steps.max(1)) - 1),
            ("retry_after (ns)", config.retry_after.0, 1_000_000, 3_600_000_000_000),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(Service { me, config, failing, disk: Disk::default(), unwritten: BTreeSet::new() }),
        }
    }

    /// What is durable.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.disk
    }

    /// Which neighbour a word is for; `None` at the ends of the chain.
    fn neighbour(&self, word: Word) -> Option<Peer> {
        match word {
            Word::Onward => (self.me.0 + 1 < self.config.steps).then(|| Peer(self.me.0 + 1)),
            Word::Back => self.me.0.checked_sub(1).map(Peer),
        }
    }

    /// Writes what was done together with the word that follows from it, then says the word.
    fn write(&mut self, saga: u64, did: Option<LedgerWrite>, word: Word, out: &mut Out<Self>) {
        let is_owed = self.neighbour(word).is_some();
        let is_written = self.config.rule != Rule::TellWithoutOutbox;
        let owes = (is_owed && is_written).then_some((saga, word, true));
        out.persist(&mut self.disk, ImageWrite { did, owes });
        if is_owed && !is_written {
            self.unwritten.insert((saga, word));
        }
        if !is_owed {
            out.note(if word == Word::Onward { End::Completed(saga) } else { End::Compensated(saga) });
        }
        self.tell(saga, out);
    }

    /// Says what is owed about a saga, and sees to it that it is said again.
    fn tell(&mut self, saga: u64, out: &mut Out<Self>) {
        let owed = self.disk.owed.iter().chain(&self.unwritten).filter(|(of, _)| *of == saga);
        let mut is_open = self.disk.undoing.contains(&saga);
        for (saga, word) in owed {
            let to = self.neighbour(*word).expect("a word is owed only where there is a neighbour");
            out.send(to, Message::Tell { saga: *saga, word: *word });
            is_open = true;
        }
        if is_open {
            out.set_timer(Timer::Again(saga), self.config.retry_after);
        }
    }

    fn act(&mut self, saga: u64, out: &mut Out<Self>) {
        match self.disk.ledger.mark(saga) {
            Some(_) => {}
            None if self.failing.refuses(saga) => self.write(saga, Some(LedgerWrite::Undone(saga)), Word::Back, out),
            None => self.write(saga, Some(LedgerWrite::Done(saga)), Word::Onward, out),
        }
    }

    fn undo(&mut self, saga: u64, out: &mut Out<Self>) {
        if self.disk.ledger.mark(saga) == Some(Mark::Undone) {
            return;
        }
        if self.disk.ledger.failures(saga) < self.failing.undo_failures {
            if self.config.rule == Rule::ForgetFailedUndos {
                return;
            }
            out.persist(&mut self.disk, ImageWrite { did: Some(LedgerWrite::Failed(saga)), owes: None });
            return out.set_timer(Timer::Again(saga), self.config.retry_after);
        }
        self.write(saga, Some(LedgerWrite::Undone(saga)), Word::Back, out);
    }
}

impl Machine for Service {
    type Message = Message;
    type Timer = Timer;
    /// The number of a saga to begin, at member 0.
    type Request = u64;
    type Reply = ();
    type Durable = Image;
    type Note = End;

    fn on_start(&mut self, _: Time, _: &mut Out<Self>) {}

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        match message {
            Message::Tell { saga, word } => {
                match word {
                    Word::Onward => self.act(saga, out),
                    Word::Back => self.undo(saga, out),
                }
                // After the write: what is confirmed must survive.
                out.send(from, Message::Heard { saga, word });
            }
            Message::Heard { saga, word } => {
                self.unwritten.remove(&(saga, word));
                if self.disk.owed.contains(&(saga, word)) {
                    out.persist(&mut self.disk, ImageWrite { did: None, owes: Some((saga, word, false)) });
                }
                if !self.disk.undoing.contains(&saga) {
                    out.cancel_timer(Timer::Again(saga));
                    self.tell(saga, out);
                }
            }
        }
    }

    fn on_timer(&mut self, Timer::Again(saga): Timer, _: Time, out: &mut Out<Self>) {
        if self.disk.undoing.contains(&saga) {
            self.undo(saga, out);
        } else {
            self.tell(saga, out);
        }
    }

    fn on_request(&mut self, token: u64, saga: u64, _: Time, out: &mut Out<Self>) {
        self.act(saga, out);
        out.reply(token, ());
    }

    fn on_crash(&mut self) {
        self.unwritten.clear();
    }

    fn on_restart(&mut self, _: Time, out: &mut Out<Self>) {
        let open = self.disk.owed.iter().map(|(saga, _)| *saga).chain(self.disk.undoing.iter().copied());
        let sagas: BTreeSet<u64> = open.collect();
        sagas.into_iter().for_each(|saga| self.tell(saga, out));
    }
}
