//! Dotted version vectors: the siblings of an item, each with the one update that made it and the updates it replaces.
//!
//! ```text
//!   two clients read nothing and write through the same replica r, one after the other:
//!
//!   version vectors    {r:1} x, then {r:2} y      y seems to have seen x: x is dropped, silently
//!   dotted             (r,1)·{} x, (r,2)·{} y     y's past is {} and does not hold (r,1): both stay
//! ```
//!
//! The rule: a version is dropped exactly if its dot lies in the past of another. The past is the context that the client read
//! before it wrote, so it is as long as there are replicas, not clients. O(siblings²) to bring two sets together.
//!
//! Source: Preguiça, Baquero, Almeida, Fonte and Gonçalves, *Dotted Version Vectors: Logical Clocks for Optimistic Replication*,
//! 2010; used by Riak since 2.0.

use crate::{Exhausted, Relation, VersionVector, next};

/// One update: the `count`-th that `replica` took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dot {
    /// The replica that took it.
    pub replica: u32,
    /// Its number there, from 1.
    pub count: u64,
}

/// A value with the update that wrote it and the updates that its writer had read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version<V> {
    /// The update that wrote it.
    pub dot: Dot,
    /// What its writer had read; holds the dots that it replaces.
    pub past: VersionVector,
    /// What was written.
    pub value: V,
}

impl<V> Version<V> {
    /// How this version stands to `other`.
    #[must_use]
    pub fn relation(&self, other: &Version<V>) -> Relation {
        if self.dot == other.dot {
            return Relation::Equal;
        }
        Relation::of_lacks(!self.knows(other.dot), !other.knows(self.dot))
    }

    fn knows(&self, dot: Dot) -> bool {
        self.past.count(dot.replica) >= dot.count
    }
}

/// The versions of one item of which none replaces another, in the order of their dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Siblings<V> {
    versions: Vec<Version<V>>,
}

impl<V> Default for Siblings<V> {
    fn default() -> Self {
        Siblings { versions: Vec::new() }
    }
}

impl<V: Clone> Siblings<V> {
    /// An item that nobody has written.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The versions; more than one if there is a conflict.
    #[must_use]
    pub fn versions(&self) -> &[Version<V>] {
        &self.versions
    }

    /// What a reader has read, to be handed back with its write.
    #[must_use]
    pub fn context(&self) -> VersionVector {
        let dots = self.versions.iter().map(|version| (version.dot.replica, version.dot.count));
        let mut context = VersionVector::from_counts(dots);
        self.versions.iter().for_each(|version| context.merge(&version.past));
        context
    }

    /// A client that has read `context` writes `value` through `replica`: replaces what it had read, stays beside what it had not.
    /// Returns the new version's dot.
    ///
    /// # Errors
    /// [`Exhausted`] if `replica` or the context stand at the greatest number; nothing is changed.
    pub fn write(&mut self, replica: u32, context: &VersionVector, value: V) -> Result<Dot, Exhausted> {
        let known = self.context().count(replica).max(context.count(replica));
        let dot = Dot { replica, count: next(known)? };
        self.keep(Version { dot, past: context.clone(), value });
        Ok(dot)
    }

    /// Takes over what another replica holds of the item. The order of replicas and repetition do not matter.
    pub fn merge(&mut self, other: &Siblings<V>) {
        other.versions.iter().for_each(|version| self.keep(version.clone()));
    }

    /// Adds a version unless it is known or replaced, and drops what it replaces.
    fn keep(&mut self, version: Version<V>) {
        let relation = |held: &Version<V>| held.relation(&version);
        if self.versions.iter().any(|held| matches!(relation(held), Relation::Equal | Relation::After)) {
            return;
        }
        self.versions.retain(|held| relation(held) != Relation::Before);
        let at = self.versions.partition_point(|held| held.dot < version.dot);
        self.versions.insert(at, version);
    }
}
