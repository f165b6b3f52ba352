//! Version vectors: which updates of which replicas a copy of the data has seen.
//!
//! The same shape as a vector clock with another meaning: it counts updates of one item, not events of a process. A copy whose
//! vector covers the other's replaces it; two of which neither covers the other are in conflict and both are kept, or given to the
//! application. It finds conflicts between *replicas*. Clients that write through one replica under its id hide from each other:
//! see [`crate::Siblings`] for the harm and the cure. O(replicas) to compare and to merge.
//!
//! Source: Parker et al., *Detection of Mutual Inconsistency in Distributed Systems*, 1983.

use crate::{Exhausted, Relation, VectorClock};

/// Updates seen, by replica. Replicas are small numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionVector {
    seen: VectorClock<u32>,
}

impl VersionVector {
    /// The vector of a copy that nobody has written.
    #[must_use]
    pub fn new() -> VersionVector {
        VersionVector::default()
    }

    /// The vector with these entries; of two for one replica the greater.
    pub fn from_counts(counts: impl IntoIterator<Item = (u32, u64)>) -> VersionVector {
        VersionVector { seen: VectorClock::from_counts(counts) }
    }

    /// Updates seen of `replica`.
    #[must_use]
    pub fn count(&self, replica: u32) -> u64 {
        self.seen.count(&replica)
    }

    /// The entries above zero, in the order of the replicas.
    pub fn counts(&self) -> impl Iterator<Item = (u32, u64)> {
        self.seen.counts().map(|(replica, count)| (*replica, count))
    }

    /// Notes a write at `replica` and returns its number there.
    ///
    /// # Errors
    /// [`Exhausted`] at the greatest number.
    pub fn write(&mut self, replica: u32) -> Result<u64, Exhausted> {
        self.seen.tick(replica)
    }

    /// How this copy stands to `other`: whoever is before the other may be replaced by it, concurrent ones are in conflict.
    #[must_use]
    pub fn relation(&self, other: &VersionVector) -> Relation {
        self.seen.relation(&other.seen)
    }

    /// Whether every update that `other` has seen is seen here.
    #[must_use]
    pub fn covers(&self, other: &VersionVector) -> bool {
        self.seen.covers(&other.seen)
    }

    /// Takes over what `other` has seen. Whoever resolves a conflict merges, then [`write`](Self::write)s.
    pub fn merge(&mut self, other: &VersionVector) {
        self.seen.merge(&other.seen);
    }
}
