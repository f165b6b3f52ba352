//! What a host may ask a server at any time. Nothing here changes a server. Cost: O(1), but for the lists.

use crate::config::Config;
use crate::disk::Image;
use crate::membership::{Members, Membership};
use crate::progress::Progress;
use crate::rules::{Position, Terms};
use crate::server::{Role, Server};
use crate::snapshot::State;
use base::Time;
use machine::Peer;

/// What a server is, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleName {
    /// Not started, or crashed.
    Down,
    /// Listens to a leader, or waits for one.
    Follower,
    /// Asks whether it would win an election.
    PreCandidate,
    /// Stands for election.
    Candidate,
    /// Takes writes.
    Leader,
}

impl Server {
    /// Its number.
    #[must_use]
    pub const fn me(&self) -> Peer {
        self.me
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What it is at the moment.
    #[must_use]
    pub const fn role(&self) -> RoleName {
        match self.live.role {
            Role::Down => RoleName::Down,
            Role::Follower => RoleName::Follower,
            Role::PreCandidate { .. } => RoleName::PreCandidate,
            Role::Candidate { .. } => RoleName::Candidate,
            Role::Leader(_) => RoleName::Leader,
        }
    }

    /// The latest term it has seen.
    #[must_use]
    pub fn term(&self) -> u64 {
        self.disk.term()
    }

    /// Who leads, as far as it knows.
    #[must_use]
    pub const fn leader(&self) -> Option<Peer> {
        self.live.leader
    }

    /// The votes, or pre-votes, that it has as a candidate; nobody's otherwise.
    #[must_use]
    pub fn votes(&self) -> Members {
        match self.live.role {
            Role::PreCandidate { votes } | Role::Candidate { votes } => votes,
            Role::Down | Role::Follower | Role::Leader(_) => Members::default(),
        }
    }

    /// Where its log ends.
    #[must_use]
    pub fn last(&self) -> Position {
        self.disk.log().end()
    }

    /// All up to this index is known to be committed.
    #[must_use]
    pub const fn commit(&self) -> u64 {
        self.live.commit
    }

    /// The state is the one after this many entries.
    #[must_use]
    pub const fn applied(&self) -> u64 {
        self.live.applied
    }

    /// The state machine. To read it here is to read what may be stale; a [`Request::Read`](crate::Request::Read) is not.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.live.state
    }

    /// The configuration in effect here.
    #[must_use]
    pub fn configuration(&self) -> Membership {
        self.membership()
    }

    /// Whether it leads and would answer a read by its lease.
    #[must_use]
    pub fn is_leased(&self, now: Time) -> bool {
        self.has_lease(now)
    }

    /// What a leader knows of each follower, in order. Empty elsewhere.
    pub fn followers(&self) -> impl Iterator<Item = (Peer, Progress)> {
        let leader = match &self.live.role {
            Role::Leader(leader) => Some(leader),
            _ => None,
        };
        let peers = self.membership().all();
        let views = move |peer: Peer| leader.map(|leader| (peer, leader.progress[usize::from(peer.0)]));
        peers.iter().filter(|peer| *peer != self.me).filter_map(views)
    }

    /// Writes and reads that wait for a majority.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        match &self.live.role {
            Role::Leader(leader) => (leader.writes.len() + leader.reads.len()) as u64,
            _ => 0,
        }
    }

    /// What would survive a crash now.
    #[must_use]
    pub fn disk(&self) -> &Image {
        &self.disk
    }
}
