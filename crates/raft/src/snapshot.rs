//! The state that the log builds, and a snapshot of it.

use crate::membership::Membership;
use crate::rules::Position;
use crate::words::{Entry, Payload};
use base::Digest;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The state machine: a table of keys, and the digest of all entries applied to it, in order. Two servers with equal digests at an
/// index applied the same entries up to it (figure 3, state machine safety).
///
/// Cost: a read or write O(log keys); a clone O(1), paid for by the first write after it, which copies the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    table: Arc<BTreeMap<u64, (Position, u64)>>,
    digest: u64,
}

impl State {
    /// Where the last write to `key` stands in the log, and its value.
    #[must_use]
    pub fn read(&self, key: u64) -> Option<(Position, u64)> {
        self.table.get(&key).copied()
    }

    /// All keys in order, each with the place of its last write and its value.
    pub fn iter(&self) -> impl Iterator<Item = (u64, (Position, u64))> + '_ {
        self.table.iter().map(|(key, cell)| (*key, *cell))
    }

    /// Of all entries applied.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest
    }

    /// Carries out one entry.
    pub fn apply(&mut self, entry: &Entry) {
        let mut digest = Digest::default();
        let words = match entry.payload {
            Payload::Blank => [0, 0, 0],
            Payload::Write { key, value } => {
                Arc::make_mut(&mut self.table).insert(key, (entry.at, value));
                [1, key, value]
            }
            Payload::Membership(membership) => {
                let count = |members: crate::Members| members.iter().fold(0, |bits, peer| bits | 1 << peer.0);
                [2, count(membership.voters) << 32 | count(membership.outgoing), count(membership.learners)]
            }
        };
        [self.digest, entry.at.term, entry.at.index].into_iter().chain(words).for_each(|word| digest.add(word));
        self.digest = digest.value();
    }
}

/// The state after the entry of [`Snapshot::at`], with the configuration in effect there (§7).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snapshot {
    /// The last entry covered.
    pub at: Position,
    /// The latest configuration up to there.
    pub membership: Membership,
    /// What the entries have built.
    pub state: State,
}
