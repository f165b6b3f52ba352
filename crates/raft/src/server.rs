//! One server: what it holds, what a crash takes, and which role hears what.

use crate::bug::Bug;
use crate::config::{Config, ConfigError};
use crate::disk::{DiskWrite, Image};
use crate::leader::Leader;
use crate::membership::{Members, Membership};
use crate::rules::{Conflict, Terms};
use crate::snapshot::State;
use crate::words::{Entry, Message, Note, Reply, Request, Timer};
use base::{Span, Time};
use machine::{Disk, Machine, Out, Peer};

/// No group lives to see this term: what carries it is noise.
const TERM_MAX: u64 = 1 << 62;

/// One server of a group: see the crate's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub(crate) me: Peer,
    pub(crate) config: Config,
    pub(crate) disk: Disk<Image>,
    pub(crate) live: Live,
}

/// Everything that a crash takes (figure 2, volatile state).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Live {
    pub role: Role,
    /// Who leads the term, if it was heard.
    pub leader: Option<Peer>,
    /// When it last heard that leader, or may have: it protects it for the election time-out.
    pub heard_at: Option<Time>,
    pub commit: u64,
    pub applied: u64,
    pub state: State,
    /// A vote that was not written to disk ([`Bug::VoteForgotten`]), with its term.
    pub unsaved_vote: Option<(u64, Peer)>,
}

/// What a server is, with what it knows as such.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// Not started, or crashed.
    #[default]
    Down,
    Follower,
    PreCandidate {
        votes: Members,
    },
    Candidate {
        votes: Members,
    },
    Leader(Box<Leader>),
}

impl Server {
    /// Server `me` of a group, with nothing on its disk. Every server of a group has the same configuration.
    pub fn new(me: Peer, config: Config) -> Result<Server, ConfigError> {
        Server::from_image(me, config, Image::new(config.genesis()))
    }

    /// Server `me` with what `image` holds: to begin a story in the middle.
    pub fn from_image(me: Peer, config: Config, image: Image) -> Result<Server, ConfigError> {
        config.check()?;
        let high = u64::from(config.members) - 1;
        if u64::from(me.0) > high {
            return Err(ConfigError { field: "member", value: u64::from(me.0), low: 0, high });
        }
        Ok(Server { me, config, disk: Disk::new(image), live: Live::default() })
    }

    /// Takes over other settings while it runs. Who belongs to the group is not among them: that is in its log. A lease that is running
    /// lasts as long as it was promised only while the election time-out is not made longer.
    ///
    /// # Errors
    /// The setting that is out of its range, or a change of the members.
    pub fn retune(&mut self, config: Config) -> Result<(), ConfigError> {
        config.check()?;
        let born = self.config;
        let rows = [
            ("members", config.members, born.members),
            ("voters", config.voters, born.voters),
            ("learners", config.learners, born.learners),
        ];
        if let Some((field, value, only)) = rows.into_iter().find(|(_, value, only)| value != only) {
            let only = u64::from(only);
            return Err(ConfigError { field, value: u64::from(value), low: only, high: only });
        }
        self.config = config;
        Ok(())
    }

    pub(crate) fn is_down(&self) -> bool {
        self.live.role == Role::Down
    }

    /// The configuration in effect: the latest in the log, committed or not (§6).
    pub(crate) fn membership(&self) -> Membership {
        self.disk.log().membership().1
    }

    /// Stores an entry behind the last.
    pub(crate) fn store(&mut self, entry: Entry, out: &mut Out<Self>) {
        let before = self.membership();
        out.persist(&mut self.disk, DiskWrite::Append(entry));
        out.note(Note::Appended { entry });
        self.note_membership(before, out);
    }

    /// Deletes `from` and what follows.
    pub(crate) fn truncate(&mut self, from: u64, out: &mut Out<Self>) {
        let (before, to) = (self.membership(), self.disk.log().end());
        let term = self.disk.log().term_at(from).unwrap_or(to.term);
        out.persist(&mut self.disk, DiskWrite::Truncate(from));
        out.note(Note::Truncated { from, term, to });
        self.live.commit = self.live.commit.min(from - 1);
        self.note_membership(before, out);
    }

    pub(crate) fn note_membership(&self, before: Membership, out: &mut Out<Self>) {
        let membership = self.membership();
        if membership != before {
            out.note(Note::Reconfigured { membership });
        }
    }

    /// Waits for a leader for a time drawn from [T, 2T), so that rarely two become candidates at once (§5.2).
    pub(crate) fn await_leader(&self, out: &mut Out<Self>) {
        let least = self.config.election_timeout;
        let more = if self.config.has(Bug::SameTimeouts) { 0 } else { out.rng().below(least.0) };
        out.set_timer(Timer::Election, least + Span(more));
    }

    /// Whether it heard its leader less than T ago, or is the leader.
    pub(crate) fn hears_leader(&self, now: Time) -> bool {
        let is_recent = |heard: Time| now.since(heard) < self.config.election_timeout;
        matches!(self.live.role, Role::Leader(_)) || self.live.heard_at.is_some_and(is_recent)
    }

    /// A newer term has begun somewhere: belongs to it, as a follower (§5.1).
    fn enter(&mut self, term: u64, out: &mut Out<Self>) {
        out.persist(&mut self.disk, DiskWrite::Ballot { term, vote: None });
        self.step_down(out);
    }

    /// Becomes a follower that knows no leader, in the term it is in.
    pub(crate) fn step_down(&mut self, out: &mut Out<Self>) {
        let role = core::mem::replace(&mut self.live.role, Role::Follower);
        self.live.leader = None;
        if let Role::Leader(leader) = role {
            out.cancel_timer(Timer::Heartbeat);
            out.note(Note::SteppedDown { term: leader.term });
            self.dismiss(*leader, out);
            self.await_leader(out);
        } else if role != Role::Follower {
            self.await_leader(out);
        }
    }

    /// Whether a message of a newer term makes this server enter that term.
    fn is_persuaded(&self, message: &Message, now: Time) -> bool {
        match message {
            // Nobody is in that term yet (dissertation, §9.6).
            Message::PreVote { .. } | Message::PreVoted { is_granted: true, .. } => false,
            // A leader in office is protected from those that merely do not hear it (§6; dissertation, §4.2.3).
            Message::Vote { is_transfer: false, .. } => !(self.config.protects() && self.hears_leader(now)),
            _ => !(message.is_answer() && self.config.has(Bug::DeafToAnswers)),
        }
    }

    /// A request of an older term gets an answer that ends it (§5.1).
    fn answer_stale(&self, from: Peer, message: &Message, out: &mut Out<Self>) {
        let term = self.disk.term();
        match *message {
            Message::Vote { .. } => out.send(from, Message::Voted { term, is_granted: false }),
            Message::Append { round, .. } | Message::Install { round, .. } => {
                let conflict = Conflict { term: None, first_index: self.disk.log().last_index() + 1 };
                out.send(from, Message::Rejected { term, prev: 0, conflict, round });
            }
            _ => {}
        }
    }
}

impl Machine for Server {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Image;
    type Note = Note;

    fn on_start(&mut self, _: Time, out: &mut Out<Self>) {
        self.begin();
        self.await_leader(out);
    }

    fn on_message(&mut self, from: Peer, message: Message, now: Time, out: &mut Out<Self>) {
        let term = message.term();
        if from == self.me || from.0 >= self.config.members || self.is_down() || term == 0 || term >= TERM_MAX {
            return;
        }
        if term > self.disk.term() && self.is_persuaded(&message, now) {
            self.enter(term, out);
        }
        let mine = self.disk.term();
        match message {
            Message::PreVote { term, last } => self.on_pre_vote(from, term, last, now, out),
            Message::PreVoted { term, is_granted: true } => self.on_pre_voted(from, term, now, out),
            _ if term < mine => self.answer_stale(from, &message, out),
            _ if term > mine => {}
            Message::Vote { last, .. } => self.on_vote(from, last, out),
            Message::Voted { is_granted, .. } => self.on_voted(from, is_granted, now, out),
            Message::PreVoted { .. } => {}
            Message::Append { prev, entries, commit, round, .. } => {
                self.on_append(from, prev, &entries, commit, round, now, out);
            }
            Message::Install { snapshot, round, .. } => self.on_install(from, &snapshot, round, now, out),
            Message::Accepted { upto, round, .. } => self.on_accepted(from, upto, round, now, out),
            Message::Rejected { prev, conflict, round, .. } => self.on_rejected(from, prev, conflict, round, now, out),
            Message::Succeed { .. } => self.on_succeed(from, now, out),
        }
    }

    fn on_timer(&mut self, timer: Timer, now: Time, out: &mut Out<Self>) {
        match timer {
            _ if self.is_down() => {}
            Timer::Election => self.on_election_timeout(now, out),
            Timer::Heartbeat => self.on_heartbeat(now, out),
        }
    }

    fn on_request(&mut self, token: u64, request: Request, now: Time, out: &mut Out<Self>) {
        if self.is_down() {
            return;
        }
        match request {
            Request::Write { key, value } => self.on_write(token, key, value, now, out),
            Request::Read { key } => self.on_read(token, key, now, out),
            Request::Change { voters, learners } => {
                self.on_change(token, Membership::new(voters, learners), now, out);
            }
            Request::Transfer { to } => self.on_transfer(token, to, now, out),
        }
    }

    fn on_crash(&mut self) {
        self.live = Live::default();
    }

    /// Comes back as a follower (figure 2: commitIndex and lastApplied begin anew; here at the snapshot).
    fn on_restart(&mut self, now: Time, out: &mut Out<Self>) {
        self.begin();
        // It may have answered its leader just before: the lease that this gave it lasts.
        self.live.heard_at = Some(now);
        let at = self.disk.snapshot().at;
        out.note(Note::Restarted { at, digest: self.live.state.digest() });
        let last = self.disk.log().last_index();
        if self.config.has(Bug::EntryForgotten) && last > at.index {
            self.truncate(last, out);
        }
        self.await_leader(out);
    }
}

impl Server {
    fn begin(&mut self) {
        let snapshot = self.disk.snapshot();
        let (index, state) = (snapshot.at.index, snapshot.state.clone());
        self.live = Live { role: Role::Follower, commit: index, applied: index, state, ..Live::default() };
    }
}
