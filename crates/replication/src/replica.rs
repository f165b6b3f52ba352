//! One member: what it holds, what a crash takes, and which role hears what.

use crate::config::{Config, ConfigError};
use crate::disk::{DiskWrite, Image};
use crate::failover::{Candidate, leader_of};
use crate::follower::Follower;
use crate::leader::Leader;
use crate::table::Table;
use crate::words::{Message, Note, Reply, Request, Timer};
use base::Time;
use machine::{Disk, Machine, Out, Peer};

/// Terms are below this, because a version has 24 bits for them.
pub(crate) const TERM_MAX: u64 = 1 << 24;

/// One member of a group: see the crate's documentation.
#[derive(Clone, Debug)]
pub struct Replica {
    pub(crate) me: Peer,
    pub(crate) config: Config,
    pub(crate) disk: Disk<Image>,
    pub(crate) live: Live,
}

/// Everything that a crash takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    pub role: Role,
    pub view: View,
}

/// What readers see: the state after the first `upto` entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub table: Table,
    pub upto: u64,
}

/// What a member is, with what it knows as such.
#[derive(Clone, Debug, Default)]
#[allow(clippy::large_enum_variant, reason = "a member has one role and is asked about it at every message: no detour")]
pub(crate) enum Role {
    /// Not started, or crashed.
    #[default]
    Down,
    Leader(Leader),
    Follower(Follower),
    Candidate(Candidate),
}

impl Replica {
    /// Member `me` of a group. Every member of a group has the same configuration.
    pub fn new(me: Peer, config: Config) -> Result<Replica, ConfigError> {
        config.check()?;
        let high = u64::from(config.members) - 1;
        if u64::from(me.0) > high {
            return Err(ConfigError { field: "member", value: u64::from(me.0), low: 0, high });
        }
        Ok(Replica { me, config, disk: Disk::default(), live: Live::default() })
    }

    /// Changes the settings, which must happen at all members at one moment; their number must stay.
    pub fn retune(&mut self, config: Config, now: Time, out: &mut Out<Self>) -> Result<(), ConfigError> {
        config.check()?;
        let (value, kept) = (u64::from(config.members), u64::from(self.config.members));
        if value != kept {
            return Err(ConfigError { field: "members", value, low: kept, high: kept });
        }
        self.config = config;
        let resumes = self.resumes();
        match &mut self.live.role {
            Role::Leader(leader) => {
                leader.is_degraded &= config.required() > 0;
                leader.trusted_from = now; // what followers promised before, they promised under the old rule
                self.on_beat(now, out);
                self.acknowledge(now, out);
                self.watch_degrade(now, out);
            }
            // As at a restart: nobody will replace it any more, so it goes on.
            Role::Follower(_) | Role::Candidate(_) if resumes => self.lead(now, out),
            Role::Follower(follower) if config.failover => {
                // It cannot know when a leader with another heartbeat would have spoken.
                follower.heard_at = now;
                out.set_timer(Timer::Overdue, config.patience());
            }
            Role::Follower(_) | Role::Candidate(_) | Role::Down => {}
        }
        Ok(())
    }

    /// Whether it led last, and nobody can have replaced it.
    fn resumes(&self) -> bool {
        let led = self.leader_of(self.disk.term) == Some(self.me);
        led && (!self.config.failover || self.config.members == 1)
    }

    fn is_down(&self) -> bool {
        matches!(self.live.role, Role::Down)
    }

    pub(crate) fn leader_of(&self, term: u64) -> Option<Peer> {
        leader_of(term, &self.config)
    }

    pub(crate) fn others(&self) -> impl Iterator<Item = Peer> + use<> {
        let me = self.me;
        (0..self.config.members).map(Peer).filter(move |peer| *peer != me)
    }

    /// Shows readers the entries up to `index`.
    pub(crate) fn show(&mut self, index: u64) {
        let View { table, upto } = &mut self.live.view;
        while *upto < index {
            *upto += 1;
            let entry = self.disk.log.entry(*upto).expect("what is not shown is not folded");
            table.apply(&entry);
        }
    }

    /// Makes the view from the disk again, with all that is there. Cost: what is kept of the log.
    pub(crate) fn rebuild_view(&mut self) {
        self.live.view = View { table: self.disk.base.clone(), upto: self.disk.log.base().index };
        self.show(self.disk.log.last().index);
    }

    /// Folds what every member has (`floor`), or what is too old to be kept, as far as it is settled here.
    pub(crate) fn fold(&mut self, floor: u64, out: &mut Out<Self>) {
        let log = &self.disk.log;
        if !log.is_long() {
            return;
        }
        let (floor, settled) = match &self.live.role {
            Role::Leader(leader) => {
                (leader.floor(self.me), leader.acknowledged.min(leader.shippable(log.last().index)))
            }
            Role::Follower(follower) => (floor, follower.matched.unwrap_or(0)),
            Role::Candidate(_) | Role::Down => (0, 0),
        };
        let too_old = log.last().index.saturating_sub(self.config.retain_max);
        let index = floor.max(too_old).min(settled);
        if log.can_fold(index) {
            out.persist(&mut self.disk, DiskWrite::Fold(index));
        }
    }
}

impl Machine for Replica {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Image;
    type Note = Note;

    fn on_start(&mut self, now: Time, out: &mut Out<Self>) {
        if self.leader_of(self.disk.term) == Some(self.me) {
            self.live.role = Role::Leader(Leader::first(now, self.config.members));
            self.on_beat(now, out);
        } else {
            self.listen(now, true, out);
            self.expect_first_leader();
        }
    }

    fn on_message(&mut self, from: Peer, message: Message, now: Time, out: &mut Out<Self>) {
        if from == self.me || from.0 >= self.config.members || self.is_down() {
            return;
        }
        let mine = self.disk.term;
        match message {
            Message::Ship { term, prev_term, entry } => self.on_ship(from, term, prev_term, entry, now, out),
            Message::Stored { term, upto } if term == mine => self.on_stored(from, upto, now, out),
            Message::Mismatch { term, at, install } if term == mine => self.on_mismatch(from, at, install, now, out),
            Message::Heartbeat(heartbeat) => self.on_heartbeat(from, heartbeat, now, out),
            Message::Alive { term, sent, matched } if term == mine => self.on_alive(from, sent, matched, now, out),
            Message::Stored { .. } | Message::Mismatch { .. } | Message::Alive { .. } => {} // of another reign
            Message::Deposed { term } => self.on_deposed(term, now, out),
            Message::Probe { asked } => self.on_probe(from, asked, now, out),
            Message::Standing(standing) => self.on_standing(from, standing, now, out),
            Message::Promote { above } => self.on_promote(above, now, out),
            Message::Install { term, snapshot } => self.on_install(from, term, snapshot, now, out),
        }
    }

    fn on_timer(&mut self, timer: Timer, now: Time, out: &mut Out<Self>) {
        match timer {
            _ if self.is_down() => {}
            Timer::Beat => self.on_beat(now, out),
            Timer::Ship => self.on_ship_due(now, out),
            Timer::Resend => self.on_resend(now, out),
            Timer::Degrade => self.on_degrade(now, out),
            Timer::Overdue => self.on_overdue(now, out),
            Timer::Count => self.on_count(now, out),
        }
    }

    fn on_request(&mut self, token: u64, request: Request, now: Time, out: &mut Out<Self>) {
        let Request::Write { key, value } = request;
        if self.is_down() {
            return;
        }
        self.on_write(token, key, value, now, out);
    }

    fn on_crash(&mut self) {
        self.live = Live::default();
    }

    /// Comes back as a follower. Where nobody can have replaced it, a former leader goes on leading.
    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        self.rebuild_view();
        if self.resumes() {
            self.lead(now, out);
        } else {
            self.listen(now, true, out);
        }
    }
}
