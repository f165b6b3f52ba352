//! Sets in which nothing is ever forgotten: one that only grows, and one with a second set of what has been removed for good.
//!
//! Both are merged by union, O(n log n). The two-phase set pays with memory and with a promise that shops do not like: what was
//! once taken out can never be put back. Source: Shapiro et al., 2011, specifications 11 and 12.

use crate::Crdt;
use std::collections::BTreeSet;

/// A set that only grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GSet<E: Ord> {
    elements: BTreeSet<E>,
}

impl<E: Ord> Default for GSet<E> {
    fn default() -> Self {
        GSet { elements: BTreeSet::new() }
    }
}

impl<E: Ord + Clone> GSet<E> {
    /// Adds an element. Returns the delta.
    pub fn add(&mut self, element: E) -> Self {
        self.elements.insert(element.clone());
        GSet { elements: BTreeSet::from([element]) }
    }

    /// Whether it is in.
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        self.elements.contains(element)
    }

    /// The elements, ascending.
    pub fn elements(&self) -> impl Iterator<Item = &E> {
        self.elements.iter()
    }
}

impl<E: Ord + Clone> Crdt for GSet<E> {
    fn merge(&mut self, other: &Self) {
        self.elements.extend(other.elements.iter().cloned());
    }

    fn size(&self) -> u64 {
        self.elements.len() as u64
    }
}

/// A set from which an element can be removed once, for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoPhaseSet<E: Ord> {
    added: GSet<E>,
    removed: GSet<E>,
}

impl<E: Ord> Default for TwoPhaseSet<E> {
    fn default() -> Self {
        TwoPhaseSet { added: GSet::default(), removed: GSet::default() }
    }
}

impl<E: Ord + Clone> TwoPhaseSet<E> {
    /// Adds an element; in vain if it was ever removed. Returns the delta.
    pub fn add(&mut self, element: E) -> Self {
        TwoPhaseSet { added: self.added.add(element), removed: GSet::default() }
    }

    /// Removes an element for good, if it is in: the specification's precondition. Returns the delta.
    pub fn remove(&mut self, element: E) -> Self {
        let removed = if self.contains(&element) { self.removed.add(element) } else { GSet::default() };
        TwoPhaseSet { added: GSet::default(), removed }
    }

    /// Whether it is in.
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        self.added.contains(element) && !self.removed.contains(element)
    }

    /// The elements, ascending.
    pub fn elements(&self) -> impl Iterator<Item = &E> {
        self.added.elements().filter(|element| !self.removed.contains(element))
    }
}

impl<E: Ord + Clone> Crdt for TwoPhaseSet<E> {
    fn merge(&mut self, other: &Self) {
        self.added.merge(&other.added);
        self.removed.merge(&other.removed);
    }

    fn size(&self) -> u64 {
        self.added.size() + self.removed.size()
    }
}
