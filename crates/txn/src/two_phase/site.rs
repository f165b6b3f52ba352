//! One site: coordinator of what it is asked, participant of what it is told.

use super::coordinator::Running;
use super::image::{Image, ImageWrite, Pending};
use super::words::{Config, ConfigError, Message, Note, Reply, Request, Rule, Timer, TransactionId};
use base::Time;
use machine::{Disk, Machine, Out, Peer};
use std::collections::{BTreeMap, BTreeSet};

/// One member of a group.
#[derive(Clone, Debug)]
pub struct Site {
    pub(super) me: Peer,
    pub(super) config: Config,
    pub(super) disk: Disk<Image>,
    pub(super) live: Live,
}

/// Everything that a crash takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Live {
    /// The next identity of this life.
    pub sequence: u32,
    /// Undecided, as coordinator.
    pub running: BTreeMap<TransactionId, Running>,
    /// Committed, and who has not confirmed.
    pub missing: BTreeMap<TransactionId, BTreeSet<Peer>>,
    /// Key to holder, as participant.
    pub locks: BTreeMap<u64, TransactionId>,
}

impl Site {
    /// Member `me` of a group, with nothing on its disk.
    pub fn new(me: Peer, config: Config) -> Result<Site, ConfigError> {
        Site::with_image(me, config, Image::default())
    }

    /// Member `me` with what is on its disk, before its start or restart.
    pub fn with_image(me: Peer, config: Config, image: Image) -> Result<Site, ConfigError> {
        config.check()?;
        let high = u64::from(config.members) - 1;
        if u64::from(me.0) > high {
            return Err(ConfigError { field: "member", value: u64::from(me.0), low: 0, high });
        }
        Ok(Site { me, config, disk: Disk::new(image), live: Live::default() })
    }

    /// What is durable.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.disk
    }

    /// Who holds a key.
    #[must_use]
    pub fn locked_by(&self, key: u64) -> Option<TransactionId> {
        self.live.locks.get(&key).copied()
    }

    /// How many keys are held.
    #[must_use]
    pub fn locked(&self) -> u64 {
        self.live.locks.len() as u64
    }

    /// Transactions that this site coordinates and has not decided.
    #[must_use]
    pub fn undecided(&self) -> u64 {
        self.live.running.len() as u64
    }
}

impl Machine for Site {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Image;
    type Note = Note;

    fn on_start(&mut self, _: Time, _: &mut Out<Self>) {}

    fn on_message(&mut self, from: Peer, message: Message, _: Time, out: &mut Out<Self>) {
        match message {
            Message::Prepare { id, changes, members } => self.on_prepare(from, id, Pending { changes, members }, out),
            Message::Vote { id, yes } => self.on_vote(from, id, yes, out),
            Message::Decide { id, outcome } => self.on_decide(id, outcome, out),
            Message::Done { id } => self.on_done(from, id, out),
            Message::Inquire { id } if id.coordinator == self.me.0 => self.on_inquiry_as_coordinator(from, id, out),
            Message::Inquire { id } => self.on_inquiry_as_participant(from, id, out),
        }
    }

    fn on_timer(&mut self, timer: Timer, _: Time, out: &mut Out<Self>) {
        match timer {
            Timer::Votes(id) => self.on_votes_overdue(id, out),
            Timer::Resend(id) => self.on_resend(id, out),
            Timer::Inquire(id) => self.on_doubt(id, out),
        }
    }

    fn on_request(&mut self, token: u64, request: Request, _: Time, out: &mut Out<Self>) {
        let Request::Commit { changes } = request;
        self.begin(token, &changes, out);
    }

    fn on_crash(&mut self) {
        self.live = Live::default();
    }

    fn on_restart(&mut self, _: Time, out: &mut Out<Self>) {
        if self.config.rule != Rule::ReuseIdentities {
            // Four thousand million lives: at one crash a second, 136 years.
            let incarnation = self.disk.incarnation.saturating_add(1);
            out.persist(&mut self.disk, ImageWrite::Began { incarnation });
        }
        self.resume_promises(out);
        self.resume_commits(out);
    }
}
