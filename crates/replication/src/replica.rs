//! One member (stub for the shape).

use crate::config::{Config, ConfigError};
use crate::disk::Image;
use crate::log::Position;
use crate::words::{Entry, Message, Note, Reply, Request, Timer};
use base::Time;
use machine::{Machine, Out, Peer};

/// What a member is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleName {
    /// Takes writes.
    Leader,
    /// Copies the leader's log.
    Follower,
    /// Misses the leader and asks who should be next.
    Candidate,
}

/// What a leader knows of one follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowerView {
    /// Which.
    pub peer: Peer,
    /// The last index handed to the network.
    pub shipped: u64,
    /// The last index known to be on its disk.
    pub persisted: u64,
}

/// One member of a group.
#[derive(Clone, Debug)]
pub struct Replica {
    config: Config,
}

impl Replica {
    /// Member `me` of a group as configured. Every member of a group has the same configuration.
    pub fn new(_me: Peer, config: Config) -> Result<Replica, ConfigError> {
        config.check()?;
        Ok(Replica { config })
    }
    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }
    /// The version and value of `key` here: at a leader of what it acknowledged, at a follower of what it has on disk.
    pub fn read(&self, _key: u64) -> Option<(u64, u64)> {
        todo!()
    }
    /// What it is at the moment.
    pub fn role(&self) -> RoleName {
        todo!()
    }
    /// The reign it belongs to.
    pub fn term(&self) -> u64 {
        todo!()
    }
    /// Who leads, as far as it knows.
    pub fn leader(&self) -> Option<Peer> {
        todo!()
    }
    /// Where its log ends.
    pub fn last(&self) -> Position {
        todo!()
    }
    /// Leader: the last acknowledged index. Follower: the last index known to equal the leader's.
    pub fn acknowledged(&self) -> u64 {
        todo!()
    }
    /// Leader: whether it may acknowledge writes now (fencing). A host that wants no stale leader reads asks this as well.
    pub fn is_trusted(&self, _now: Time) -> bool {
        todo!()
    }
    /// Leader, semi-synchronous: whether it goes on asynchronously.
    pub fn is_degraded(&self) -> bool {
        todo!()
    }
    /// Leader: writes that wait for followers.
    pub fn waiting(&self) -> u64 {
        todo!()
    }
    /// Leader: what it knows of each follower, in order. Empty elsewhere.
    pub fn followers(&self) -> impl Iterator<Item = FollowerView> {
        core::iter::empty()
    }
    /// The last `n` entries that are still kept, oldest first.
    pub fn tail(&self, _n: usize) -> impl Iterator<Item = Entry> {
        core::iter::empty()
    }
    /// Whether the write of `version` is part of this member's log, folded or not.
    pub fn holds(&self, _version: u64) -> bool {
        todo!()
    }
}

impl Machine for Replica {
    type Message = Message;
    type Timer = Timer;
    type Request = Request;
    type Reply = Reply;
    type Durable = Image;
    type Note = Note;
    fn on_start(&mut self, _now: Time, _out: &mut Out<Self>) {}
    fn on_message(&mut self, _from: Peer, _message: Message, _now: Time, _out: &mut Out<Self>) {}
    fn on_timer(&mut self, _timer: Timer, _now: Time, _out: &mut Out<Self>) {}
    fn on_request(&mut self, _token: u64, _request: Request, _now: Time, _out: &mut Out<Self>) {}
    fn on_crash(&mut self) {}
    fn on_restart(&mut self, _now: Time, _out: &mut Out<Self>) {}
}
