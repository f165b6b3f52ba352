//! The replicas of one partition: how far each has come, which are in sync, and what readers may see.
//!
//! ```text
//!   leader    0 1 2 3 4 5 6      log end 7
//!   in sync   0 1 2 3 4          log end 5   ──> high watermark 5: readers see 0 to 4
//!   behind    0 1                log end 2       (not in the in-sync set, does not hold it back)
//! ```
//!
//! The rules: the *high watermark* is the smallest log end over the in-sync set, and never goes back while the leader stays. A
//! record below it is on every member of that set, so any of them may lead next without losing it. A write that wants *all*
//! acknowledgements is taken only while the set has at least `min_insync_replicas` members: otherwise "all" could mean the leader
//! alone. The leader is always in the set; who has not been at its log end for longer than `lag_max` leaves the set, and comes
//! back on being there.
//!
//! An *unclean* election takes a leader from outside the set: the partition is available again and committed records are lost.
//! Cost: O(replicas). Source: Apache Kafka's documentation, "Replication"; KIP-16 for the lag in time.

use base::{Span, Time};
use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The smallest of the log ends of the in-sync set; `None` if the set is empty.
#[must_use]
pub fn high_watermark(in_sync_log_ends: impl IntoIterator<Item = u64>) -> Option<u64> {
    in_sync_log_ends.into_iter().min()
}

/// Whether a write that wants all acknowledgements is taken with `in_sync` members in the set.
#[must_use]
pub fn acks_all_accepts(in_sync: u64, min_insync_replicas: u64) -> bool {
    in_sync >= min_insync_replicas
}

/// How many replicas must have a record before its producer is told so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acks {
    /// None: fire and forget.
    None,
    /// The leader. What the followers have not fetched is lost with it.
    Leader,
    /// Every member of the in-sync set.
    #[default]
    All,
}

/// Settings of [`Replicas`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ReplicasConfig {
    /// The smallest in-sync set with which a write that wants all acknowledgements is taken. 1 to 100; 0 counts as 1.
    pub min_insync_replicas: u32,
    /// A follower that has not been at the leader's log end for longer leaves the set. 1 ms to 1 h.
    pub lag_max: Span,
    /// Whether a replica from outside the set may lead when nobody of the set is alive.
    pub unclean_election: bool,
}

/// 2 in sync, 30 seconds, no unclean election.
impl Default for ReplicasConfig {
    fn default() -> ReplicasConfig {
        ReplicasConfig { min_insync_replicas: 2, lag_max: Span::from_secs(30), unclean_election: false }
    }
}

/// Why an append was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendError {
    /// No replica leads.
    NoLeader,
    /// The in-sync set is smaller than the configured minimum.
    NotEnoughReplicas {
        /// Members of the set.
        in_sync: u32,
        /// The minimum.
        min_insync_replicas: u32,
    },
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppendError::NoLeader => f.write_str("no replica leads the partition"),
            AppendError::NotEnoughReplicas { in_sync, min_insync_replicas } => {
                write!(f, "{in_sync} replicas are in sync, {min_insync_replicas} are needed")
            }
        }
    }
}

impl core::error::Error for AppendError {}

/// What an election gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elected {
    /// Who leads now.
    pub leader: u32,
    /// Records below the former high watermark that the new leader does not have: readers had seen them. 0 if it was in sync.
    pub committed_lost: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Replica {
    log_end: u64,
    is_alive: bool,
    in_sync: bool,
    /// When it was last at the leader's log end.
    caught_up: Time,
}

/// The bookkeeping of one partition's leader about all replicas. It holds how far the logs reach, not the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replicas {
    config: ReplicasConfig,
    replicas: BTreeMap<u32, Replica>,
    leader: Option<u32>,
    epoch: u32,
    high_watermark: u64,
}

impl Replicas {
    /// Replicas with empty logs, all alive and in sync; the first leads. Without any, nothing can be appended.
    #[must_use]
    pub fn new(ids: &[u32], config: ReplicasConfig, now: Time) -> Replicas {
        let fresh = Replica { log_end: 0, is_alive: true, in_sync: true, caught_up: now };
        let replicas = ids.iter().map(|id| (*id, fresh)).collect();
        Replicas { config, replicas, leader: ids.first().copied(), epoch: 0, high_watermark: 0 }
    }

    /// Appends `count` records at the leader. Returns the offset of the first.
    pub fn append(&mut self, count: u64, acks: Acks, now: Time) -> Result<u64, AppendError> {
        let leader = self.leader.ok_or(AppendError::NoLeader)?;
        let (in_sync, least) = (self.in_sync_len(), self.config.min_insync_replicas.max(1));
        if acks == Acks::All && !acks_all_accepts(in_sync.into(), least.into()) {
            return Err(AppendError::NotEnoughReplicas { in_sync, min_insync_replicas: least });
        }
        let replica = self.replicas.get_mut(&leader).expect("the leader is one of the replicas");
        let offset = replica.log_end;
        replica.log_end = offset.saturating_add(count);
        replica.caught_up = now;
        self.advance();
        Ok(offset)
    }

    /// A follower asks for records from `offset` on, which says that it has all before. `None` if it is not a living follower.
    /// Otherwise how many records it gets, at most `count_max`; it has them when it asks the next time.
    pub fn on_fetch(&mut self, id: u32, offset: u64, count_max: u64, now: Time) -> Option<u64> {
        let leader = self.leader.filter(|leader| *leader != id)?;
        let end = self.replicas[&leader].log_end;
        let high_watermark = self.high_watermark;
        let replica = self.replicas.get_mut(&id).filter(|replica| replica.is_alive)?;
        replica.log_end = offset.min(end);
        // One that has lost what was committed is not in sync, whatever it was before.
        replica.in_sync &= replica.log_end >= high_watermark;
        if replica.log_end == end {
            replica.caught_up = now;
            replica.in_sync = true;
        }
        let available = end - replica.log_end;
        self.advance();
        Some(available.min(count_max))
    }

    /// Takes those out of the in-sync set who were not at the leader's log end for too long. Returns how many.
    pub fn on_lag_check(&mut self, now: Time) -> u32 {
        let (leader, lag_max) = (self.leader, self.config.lag_max);
        let mut left = 0;
        for (id, replica) in &mut self.replicas {
            if replica.in_sync && Some(*id) != leader && now.since(replica.caught_up) > lag_max {
                replica.in_sync = false;
                left += 1;
            }
        }
        self.advance();
        left
    }

    /// A replica dies. If it led, nobody does until [`Replicas::elect`]. The last of the in-sync set stays in it: who else would
    /// know what was committed?
    pub fn on_crash(&mut self, id: u32) {
        let is_last = self.in_sync_len() == 1;
        if let Some(replica) = self.replicas.get_mut(&id) {
            replica.is_alive = false;
            replica.in_sync &= is_last;
            if self.leader == Some(id) {
                self.leader = None;
            }
        }
        self.advance();
    }

    /// A replica is there again with its log. It is not in sync, unless it was the last that was.
    pub fn on_restart(&mut self, id: u32) {
        if let Some(replica) = self.replicas.get_mut(&id) {
            replica.is_alive = true;
        }
    }

    /// Gives the partition a leader if it has none: a living member of the in-sync set with the longest log, ties by id; failing
    /// that, if configured, any living replica. `None` if there is a leader or nobody may lead. Followers cut what they have
    /// beyond the new leader's log.
    pub fn elect(&mut self, now: Time) -> Option<Elected> {
        if self.leader.is_some() {
            return None;
        }
        let best = |in_sync: bool| {
            let may_lead = move |replica: &Replica| replica.is_alive && (replica.in_sync || !in_sync);
            let candidates = self.replicas.iter().filter(move |(_, replica)| may_lead(replica));
            candidates.max_by_key(|(id, replica)| (replica.log_end, core::cmp::Reverse(**id))).map(|(id, _)| *id)
        };
        let leader = best(true).or_else(|| best(false).filter(|_| self.config.unclean_election))?;
        let end = self.replicas[&leader].log_end;
        let committed_lost = self.high_watermark.saturating_sub(end);
        let is_clean = self.replicas[&leader].in_sync;
        for (id, replica) in &mut self.replicas {
            replica.in_sync = *id == leader || (replica.in_sync && is_clean);
            replica.log_end = replica.log_end.min(end);
            replica.caught_up = now;
        }
        self.leader = Some(leader);
        self.epoch += 1;
        self.high_watermark = self.high_watermark.min(end);
        self.advance();
        Some(Elected { leader, committed_lost })
    }

    fn advance(&mut self) {
        if self.leader.is_some() {
            let in_sync = self.replicas.values().filter(|replica| replica.in_sync);
            let smallest = high_watermark(in_sync.map(|replica| replica.log_end));
            self.high_watermark = self.high_watermark.max(smallest.unwrap_or(0));
        }
    }

    /// The offset below which readers see and nothing is lost as long as one of the in-sync set lives.
    #[must_use]
    pub fn high_watermark(&self) -> u64 {
        self.high_watermark
    }

    /// Who leads.
    #[must_use]
    pub fn leader(&self) -> Option<u32> {
        self.leader
    }

    /// How many elections there were.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// How many are in sync.
    #[must_use]
    pub fn in_sync_len(&self) -> u32 {
        self.replicas.values().filter(|replica| replica.in_sync).count() as u32
    }

    /// Each replica's id, log end, and whether it is in sync, by id.
    pub fn replicas(&self) -> impl Iterator<Item = (u32, u64, bool)> + '_ {
        self.replicas.iter().map(|(id, replica)| (*id, replica.log_end, replica.in_sync))
    }
}
