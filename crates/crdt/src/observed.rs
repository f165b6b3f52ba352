//! Sets and flags whose removals take away what they have observed. What they have not is a conflict, and one side wins it.
//!
//! ```text
//!   A adds x ──────────╲            or-set: the add wins, x is in: its dot was never observed by the removal
//!   B removes x ────────╲ merge     rw-set: the removal wins, x is out, until an add that has observed it
//! ```
//!
//! A flag is such a set with one possible element. For a cart, an add should win; for an access list, a removal.
//!
//! The rule, over the updates that a replica knows of: with add-wins, x is in if some add of x was observed by no removal of x;
//! with remove-wins, if x was added and every removal of x was observed by an add of x. O(dots) an operation, no tombstones.
//!
//! Source: Bieniusa et al., *An Optimized Conflict-free Replicated Set*, 2012 (add-wins); Almeida, Shoker and Baquero, 2018,
//! figures 10 to 12 (both, by dots). A flag that nobody has touched is down, with either rule.

use crate::Crdt;
use crate::stores::{Causal, DotStore, Dots, Keyed};
use std::collections::BTreeMap;

/// A set in which an add wins over the removals that have not seen it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrSet<E: Ord + Clone> {
    state: Causal<Keyed<E, Dots>>,
}

impl<E: Ord + Clone> Default for OrSet<E> {
    fn default() -> Self {
        OrSet { state: Causal::default() }
    }
}

impl<E: Ord + Clone> OrSet<E> {
    /// Adds an element. Returns the delta.
    pub fn add(&mut self, replica: u32, element: E) -> Self {
        let dot = self.state.context.next(replica);
        let seen = self.seen(&element);
        let brought = Dots::one(dot);
        OrSet { state: self.state.apply(seen, Keyed(BTreeMap::from([(element, brought)]))) }
    }

    /// Removes what is known of an element. Returns the delta.
    pub fn remove(&mut self, element: &E) -> Self {
        let seen = self.seen(element);
        OrSet { state: self.state.apply(seen, Keyed::default()) }
    }

    /// Whether it is in.
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        self.state.store.0.contains_key(element)
    }

    /// The elements, ascending.
    pub fn elements(&self) -> impl Iterator<Item = &E> {
        self.state.store.0.keys()
    }

    fn seen(&self, element: &E) -> Vec<crate::Dot> {
        self.state.store.0.get(element).map(DotStore::dots).unwrap_or_default()
    }
}

impl<E: Ord + Clone> Crdt for OrSet<E> {
    fn merge(&mut self, other: &Self) {
        self.state.merge(&other.state);
    }

    fn size(&self) -> u64 {
        self.state.size()
    }
}

/// Which way an update went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    In,
    Out,
}

/// A set in which a removal wins over the adds that have not seen it.
#[derive(Clone, Debug, PartialEq)]
pub struct RwSet<E: Ord + Clone> {
    state: Causal<Keyed<E, Keyed<Way, Dots>>>,
}

impl<E: Ord + Clone> Default for RwSet<E> {
    fn default() -> Self {
        RwSet { state: Causal::default() }
    }
}

impl<E: Ord + Clone> RwSet<E> {
    /// Adds an element. Returns the delta.
    pub fn add(&mut self, replica: u32, element: E) -> Self {
        self.update(replica, element, Way::In)
    }

    /// Removes an element, also one that is not known to be in: somebody may be adding it. Returns the delta.
    pub fn remove(&mut self, replica: u32, element: E) -> Self {
        self.update(replica, element, Way::Out)
    }

    /// Whether it is in.
    #[must_use]
    pub fn contains(&self, element: &E) -> bool {
        self.state.store.0.get(element).is_some_and(is_in)
    }

    /// The elements, ascending.
    pub fn elements(&self) -> impl Iterator<Item = &E> {
        self.state.store.0.iter().filter(|(_, ways)| is_in(ways)).map(|(element, _)| element)
    }

    fn update(&mut self, replica: u32, element: E, way: Way) -> Self {
        let dot = self.state.context.next(replica);
        let seen = self.state.store.0.get(&element).map(DotStore::dots).unwrap_or_default();
        let brought = Keyed(BTreeMap::from([(way, Dots::one(dot))]));
        RwSet { state: self.state.apply(seen, Keyed(BTreeMap::from([(element, brought)]))) }
    }
}

/// An update that was observed by a later one is gone, so any removal that is left is one that no add has observed.
fn is_in(ways: &Keyed<Way, Dots>) -> bool {
    ways.0.contains_key(&Way::In) && !ways.0.contains_key(&Way::Out)
}

impl<E: Ord + Clone> Crdt for RwSet<E> {
    fn merge(&mut self, other: &Self) {
        self.state.merge(&other.state);
    }

    fn size(&self) -> u64 {
        self.state.size()
    }
}

/// A flag that is up if somebody raised it without being observed by whoever lowered it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EwFlag {
    set: OrSet<()>,
}

impl EwFlag {
    /// Raises the flag. Returns the delta.
    pub fn enable(&mut self, replica: u32) -> EwFlag {
        EwFlag { set: self.set.add(replica, ()) }
    }

    /// Lowers the flag, as far as it is known to be up. Returns the delta.
    pub fn disable(&mut self) -> EwFlag {
        EwFlag { set: self.set.remove(&()) }
    }

    /// Whether it is up.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.set.contains(&())
    }
}

impl Crdt for EwFlag {
    fn merge(&mut self, other: &Self) {
        self.set.merge(&other.set);
    }

    fn size(&self) -> u64 {
        self.set.size()
    }
}

/// A flag that is down as soon as somebody lowered it without being observed by whoever raised it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DwFlag {
    set: RwSet<()>,
}

impl DwFlag {
    /// Raises the flag. Returns the delta.
    pub fn enable(&mut self, replica: u32) -> DwFlag {
        DwFlag { set: self.set.add(replica, ()) }
    }

    /// Lowers the flag. Returns the delta.
    pub fn disable(&mut self, replica: u32) -> DwFlag {
        DwFlag { set: self.set.remove(replica, ()) }
    }

    /// Whether it is up.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.set.contains(&())
    }
}

impl Crdt for DwFlag {
    fn merge(&mut self, other: &Self) {
        self.set.merge(&other.set);
    }

    fn size(&self) -> u64 {
        self.set.size()
    }
}
