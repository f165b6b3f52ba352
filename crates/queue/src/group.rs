//! A consumer group: members that share the partitions, and the offsets up to which the group is done.
//!
//! The rules: every join, leave, expiry and change of a topic is a *rebalance*, which begins a new generation with a new
//! assignment; a member may commit an offset only in the present generation and only for a partition that it owns, so a member
//! that was thought dead cannot undo the progress of its successor; a member that sends no heartbeat for longer than
//! `session_timeout` is out. Who takes a partition over goes on at the committed offset: what was read and not committed is read
//! again. So committing *after* the work is at least once, committing *before* it is at most once.
//!
//! A rebalance is *eager*: everybody gives up everything, and nobody reads until the new generation, except that under the sticky
//! strategy most get back what they had. Cost: a rebalance as the strategy's, the rest O(log n). Source: Apache Kafka's
//! documentation, "Consumer groups"; KIP-62 for heartbeats.

use crate::assignment::{Assignment, AssignmentError, Strategy, Subscription, TopicPartition};
use base::{Span, Time};
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// Why an offset was not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitError {
    /// Nobody of this name is in the group.
    UnknownMember,
    /// The member has missed a rebalance.
    StaleGeneration {
        /// The one that it knows.
        known: u64,
        /// The present one.
        present: u64,
    },
    /// The partition belongs to somebody else, or to nobody.
    NotOwned,
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommitError::UnknownMember => f.write_str("no such member is in the group"),
            CommitError::StaleGeneration { known, present } => {
                write!(f, "generation {known} is over, the present one is {present}")
            }
            CommitError::NotOwned => f.write_str("the partition does not belong to the member"),
        }
    }
}

impl core::error::Error for CommitError {}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    topics: BTreeSet<String>,
    heartbeat: Time,
}

/// The coordinator's view of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerGroup {
    strategy: Strategy,
    session_timeout: Span,
    topics: BTreeMap<String, u32>,
    members: BTreeMap<String, Member>,
    generation: u64,
    assignment: Assignment,
    committed: BTreeMap<TopicPartition, u64>,
    moved: u64,
}

impl ConsumerGroup {
    /// A group without members over `topics` (name, number of partitions). `session_timeout`: 1 s to 1 h.
    #[must_use]
    pub fn new(strategy: Strategy, topics: BTreeMap<String, u32>, session_timeout: Span) -> ConsumerGroup {
        ConsumerGroup {
            strategy,
            session_timeout,
            topics,
            members: BTreeMap::new(),
            generation: 0,
            assignment: Assignment::new(),
            committed: BTreeMap::new(),
            moved: 0,
        }
    }

    /// Somebody joins or changes what it subscribes to; returns the new generation.
    pub fn join(&mut self, name: &str, topics: BTreeSet<String>, now: Time) -> Result<u64, AssignmentError> {
        let mut members = self.members.clone();
        members.insert(name.to_owned(), Member { topics, heartbeat: now });
        self.rebalance(members, self.topics.clone())
    }

    /// Somebody says good-bye; nothing happens if it is not there.
    pub fn leave(&mut self, name: &str) -> Result<u64, AssignmentError> {
        let mut members = self.members.clone();
        match members.remove(name) {
            Some(_) => self.rebalance(members, self.topics.clone()),
            None => Ok(self.generation),
        }
    }

    /// A topic has `partitions` partitions from now on; 0 is none.
    pub fn set_topic(&mut self, topic: &str, partitions: u32) -> Result<u64, AssignmentError> {
        let mut topics = self.topics.clone();
        topics.insert(topic.to_owned(), partitions);
        self.rebalance(self.members.clone(), topics)
    }

    /// A member is alive. Returns the present generation, from which it sees that it has to fetch its assignment anew; `None` if
    /// it is not, or no longer, in the group.
    pub fn on_heartbeat(&mut self, name: &str, now: Time) -> Option<u64> {
        let member = self.members.get_mut(name)?;
        member.heartbeat = member.heartbeat.max(now);
        Some(self.generation)
    }

    /// Takes out who has been silent for too long; one rebalance for all of them. Returns their names.
    pub fn on_session_check(&mut self, now: Time) -> Result<Vec<String>, AssignmentError> {
        let is_silent = |member: &Member| now.since(member.heartbeat) > self.session_timeout;
        let (silent, alive): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.members.clone().into_iter().partition(|(_, member)| is_silent(member));
        if !silent.is_empty() {
            self.rebalance(alive, self.topics.clone())?;
        }
        Ok(silent.into_keys().collect())
    }

    /// Whether [`ConsumerGroup::on_session_check`] would take somebody out.
    #[must_use]
    pub fn has_silent(&self, now: Time) -> bool {
        self.members.values().any(|member| now.since(member.heartbeat) > self.session_timeout)
    }

    /// How long a member may be silent from now on.
    pub fn set_session_timeout(&mut self, session_timeout: Span) {
        self.session_timeout = session_timeout;
    }

    /// Everything of this call, or nothing if the assignment fails.
    fn rebalance(
        &mut self,
        members: BTreeMap<String, Member>,
        topics: BTreeMap<String, u32>,
    ) -> Result<u64, AssignmentError> {
        let subscriptions = members.iter().map(|(name, member)| {
            let owned = self.assignment.get(name).into_iter().flatten().cloned().collect();
            (name.clone(), Subscription { topics: member.topics.clone(), owned })
        });
        let assignment = self.strategy.assign(&topics, &subscriptions.collect())?;
        let kept = assignment.iter().map(|(name, partitions)| {
            let had: BTreeSet<&TopicPartition> = self.assignment.get(name).into_iter().flatten().collect();
            partitions.iter().filter(|partition| had.contains(partition)).count() as u64
        });
        let had = self.assignment.values().map(|partitions| partitions.len() as u64).sum::<u64>();
        self.moved += had - kept.sum::<u64>();
        (self.members, self.topics, self.assignment) = (members, topics, assignment);
        self.generation += 1;
        Ok(self.generation)
    }

    /// The member is done with everything of a partition below `offset`.
    pub fn commit(
        &mut self,
        name: &str,
        generation: u64,
        partition: &TopicPartition,
        offset: u64,
    ) -> Result<(), CommitError> {
        let owned = self.assignment.get(name).ok_or(CommitError::UnknownMember)?;
        if generation != self.generation {
            return Err(CommitError::StaleGeneration { known: generation, present: self.generation });
        }
        if !owned.contains(partition) {
            return Err(CommitError::NotOwned);
        }
        match self.committed.get_mut(partition) {
            Some(committed) => *committed = offset,
            None => drop(self.committed.insert(partition.clone(), offset)),
        }
        Ok(())
    }

    /// Sets where the group goes on, as an operator who wants a replay (or to skip) does.
    pub fn reset(&mut self, partition: TopicPartition, offset: u64) {
        self.committed.insert(partition, offset);
    }

    /// Where the group goes on in a partition; `None` if it never committed.
    #[must_use]
    pub fn committed(&self, partition: &TopicPartition) -> Option<u64> {
        self.committed.get(partition).copied()
    }

    /// How far the group is behind in a partition whose log ends at `log_end`.
    #[must_use]
    pub fn lag(&self, partition: &TopicPartition, log_end: u64) -> u64 {
        log_end.saturating_sub(self.committed(partition).unwrap_or(0))
    }

    /// Who reads what.
    #[must_use]
    pub fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// Number of rebalances so far.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Partitions that have been taken from somebody, over all rebalances.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.moved
    }
}
