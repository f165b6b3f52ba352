//! Dot stores: what is left of the updates that count, and how two replicas' leavings are joined.
//!
//! ```text
//!   join of (store, context) and (store', context')     a dot stays if
//!                                                         both stores have it, or
//!                                                         one has it and the other has never heard of it
//! ```
//!
//! The rule is all there is to "add wins": whoever lacks a dot but has heard of it has removed it; whoever has not heard of it has
//! an opinion on nothing. No tombstones. Every set, flag, register and map here but the simplest is one of three stores and what it
//! makes of them. O(n log n) a join. Source: Almeida, Shoker and Baquero, 2018, §4 and figure 9.

use crate::{Context, Crdt, Dot};
use std::collections::{BTreeMap, BTreeSet};

/// Something that holds dots.
pub trait DotStore: Clone + Default + PartialEq {
    /// Whether it holds no dot.
    fn is_empty(&self) -> bool;

    /// Shows every dot.
    fn each(&self, see: &mut dyn FnMut(Dot));

    /// Joins what `other` holds, where `own` and `theirs` are what the two sides have heard of.
    fn join(&mut self, own: &Context, other: &Self, theirs: &Context);

    /// All dots in it.
    fn dots(&self) -> Vec<Dot> {
        let mut dots = Vec::new();
        self.each(&mut |dot| dots.push(dot));
        dots
    }
}

/// Dots with a value each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valued<V>(pub BTreeMap<Dot, V>);

/// Dots alone.
pub type Dots = Valued<()>;

impl Dots {
    /// One dot.
    pub(crate) fn one(dot: Dot) -> Dots {
        Valued(BTreeMap::from([(dot, ())]))
    }
}

impl<V> Default for Valued<V> {
    fn default() -> Self {
        Valued(BTreeMap::new())
    }
}

impl<V: Clone + PartialEq> DotStore for Valued<V> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn each(&self, see: &mut dyn FnMut(Dot)) {
        self.0.keys().for_each(|dot| see(*dot));
    }

    fn join(&mut self, own: &Context, other: &Self, theirs: &Context) {
        self.0.retain(|dot, _| other.0.contains_key(dot) || !theirs.contains(*dot));
        let new = other.0.iter().filter(|(dot, _)| !own.contains(**dot));
        self.0.extend(new.map(|(dot, value)| (*dot, value.clone())));
    }
}

/// A store a key; a key whose store is empty is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed<K: Ord, S>(pub BTreeMap<K, S>);

impl<K: Ord, S> Default for Keyed<K, S> {
    fn default() -> Self {
        Keyed(BTreeMap::new())
    }
}

impl<K: Ord + Clone, S: DotStore> DotStore for Keyed<K, S> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn each(&self, see: &mut dyn FnMut(Dot)) {
        self.0.values().for_each(|store| store.each(see));
    }

    fn join(&mut self, own: &Context, other: &Self, theirs: &Context) {
        let nothing = S::default();
        let keys: BTreeSet<K> = self.0.keys().chain(other.0.keys()).cloned().collect();
        for key in keys {
            let mut store = self.0.remove(&key).unwrap_or_default();
            store.join(own, other.0.get(&key).unwrap_or(&nothing), theirs);
            if !store.is_empty() {
                self.0.insert(key, store);
            }
        }
    }
}

/// A store with everything its replica has heard of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Causal<S> {
    /// What is left.
    pub store: S,
    /// What was ever there, as far as is known here.
    pub context: Context,
}

impl<S: DotStore> Causal<S> {
    /// Applies a delta that takes away `seen` and brings `store`, and returns it.
    pub(crate) fn apply(&mut self, seen: impl IntoIterator<Item = Dot>, store: S) -> Self {
        let brought = store.dots();
        let delta = Causal { store, context: Context::of(seen.into_iter().chain(brought)) };
        self.merge(&delta);
        delta
    }
}

impl<S: DotStore> Crdt for Causal<S> {
    fn merge(&mut self, other: &Self) {
        self.store.join(&self.context, &other.store, &other.context);
        self.context.merge(&other.context);
    }

    fn size(&self) -> u64 {
        let mut dots = 0;
        self.store.each(&mut |_| dots += 1);
        dots + self.context.size()
    }
}
