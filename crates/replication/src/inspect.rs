//! What a host may ask a member at any time: reads, its role, its log, and what a leader knows of its followers.
//!
//! Nothing here changes a member. Cost: O(1), but for the lists.

use crate::config::Config;
use crate::disk::Image;
use crate::log::Position;
use crate::replica::{Replica, Role};
use crate::words::{Entry, version_index, version_term};
use base::Time;
use machine::Peer;

/// What a member is, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleName {
    /// Takes writes.
    Leader,
    /// Copies the leader's log; or is down.
    Follower,
    /// Misses the leader and asks who should be next.
    Candidate,
}

/// What a leader knows of one follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowerView {
    /// Which.
    pub peer: Peer,
    /// The last index handed to the network, as far as that is still of use.
    pub shipped: u64,
    /// The last index known to be on its disk. Its lag in entries is the leader's last index less this.
    pub persisted: u64,
}

impl Replica {
    /// Its number.
    #[must_use]
    pub fn me(&self) -> Peer {
        self.me
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The version and value of `key` here: at a leader, of what it acknowledged; elsewhere, of all that is on disk.
    #[inline]
    #[must_use]
    pub fn read(&self, key: u64) -> Option<(u64, u64)> {
        self.live.view.table.read(key)
    }

    /// The index of the last write that [`Replica::read`] shows. A reader who must see a write with version v asks for
    /// `shown() >= version_index(v)` and [`Replica::holds`].
    #[must_use]
    pub fn shown(&self) -> u64 {
        self.live.view.upto
    }

    /// What it is at the moment.
    #[must_use]
    pub fn role(&self) -> RoleName {
        match self.live.role {
            Role::Leader(_) => RoleName::Leader,
            Role::Follower(_) | Role::Down => RoleName::Follower,
            Role::Candidate(_) => RoleName::Candidate,
        }
    }

    /// The reign it belongs to.
    #[must_use]
    pub fn term(&self) -> u64 {
        self.disk.term
    }

    /// Who leads, as far as it knows.
    #[must_use]
    pub fn leader(&self) -> Option<Peer> {
        match &self.live.role {
            Role::Leader(_) => Some(self.me),
            Role::Follower(follower) if follower.knows_leader => self.leader_of(self.disk.term),
            _ => None,
        }
    }

    /// Where its log ends.
    #[must_use]
    pub fn last(&self) -> Position {
        self.disk.log.last()
    }

    /// At a leader, the last acknowledged index; at a follower, the last index known to equal the leader's.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        match &self.live.role {
            Role::Leader(leader) => leader.acknowledged,
            Role::Follower(follower) => follower.matched.unwrap_or(0),
            Role::Candidate(_) | Role::Down => 0,
        }
    }

    /// Whether it leads and may acknowledge: unfenced every leader, fenced one that hears a majority. A host that allows no reads
    /// from a leader that was replaced asks this too.
    #[must_use]
    pub fn is_trusted(&self, now: Time) -> bool {
        matches!(&self.live.role, Role::Leader(leader) if leader.is_trusted(self.me, &self.config, now))
    }

    /// Whether it is a semi-synchronous leader that goes on asynchronously.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        matches!(&self.live.role, Role::Leader(leader) if leader.is_degraded)
    }

    /// Writes that wait to be acknowledged.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        match &self.live.role {
            Role::Leader(leader) => leader.waiting.len() as u64,
            _ => 0,
        }
    }

    /// What a leader knows of each follower, in order. Empty elsewhere.
    pub fn followers(&self) -> impl Iterator<Item = FollowerView> {
        let leader = match &self.live.role {
            Role::Leader(leader) => Some(leader),
            _ => None,
        };
        leader.into_iter().flat_map(|leader| leader.views(self.me))
    }

    /// The last `n` entries that are still kept (usually 64 to 128 at least), oldest first.
    pub fn tail(&self, n: u64) -> impl Iterator<Item = Entry> {
        let log = &self.disk.log;
        let from = log.last().index - n.min(log.kept());
        (from + 1..=log.last().index).filter_map(|index| log.entry(index))
    }

    /// Whether the write of `version` is part of this member's log, folded or not.
    #[must_use]
    pub fn holds(&self, version: u64) -> bool {
        self.disk.log.holds(Position { term: version_term(version), index: version_index(version) })
    }

    /// What would survive a crash now.
    #[must_use]
    pub fn disk(&self) -> &Image {
        &self.disk
    }
}
