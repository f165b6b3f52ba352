//! Maps: a register a key. In one the last writer wins, in the other nothing that was written concurrently is lost.
//!
//! | A removes the key while B writes it | `lww-map` | `or-map` |
//! |---|---|---|
//! | stays | whichever timestamp is greater | B's write: the removal has not observed it |
//! | two concurrent writes | the greater timestamp | both values |
//! | what is left of a removal | a timestamp a key, for ever | nothing |
//!
//! O(n log n) a merge. Source: Shapiro et al., 2011, §3.2 and §4; Almeida, Shoker and Baquero, 2018, figure 13.

use crate::stores::{Causal, DotStore, Keyed, Valued};
use crate::{Crdt, Dot, LwwRegister};
use base::Time;
use std::collections::BTreeMap;

/// A map in which each key is a [`LwwRegister`]; a removal is a write of nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LwwMap<K: Ord, V> {
    registers: BTreeMap<K, LwwRegister<Option<V>>>,
}

impl<K: Ord, V> Default for LwwMap<K, V> {
    fn default() -> Self {
        LwwMap { registers: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> LwwMap<K, V> {
    /// Puts `value` under `key` with timestamp `at`. Returns the delta.
    pub fn put(&mut self, replica: u32, at: Time, key: K, value: V) -> Self {
        self.write(replica, at, key, Some(value))
    }

    /// Removes `key` with timestamp `at`, also one that is not known to be there. Returns the delta.
    pub fn remove(&mut self, replica: u32, at: Time, key: K) -> Self {
        self.write(replica, at, key, None)
    }

    /// What is under `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.registers.get(key)?.value()?.as_ref()
    }

    /// What is in it, ascending by key.
    pub fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        self.registers.iter().filter_map(|(key, register)| Some((key, register.value()?.as_ref()?)))
    }

    fn write(&mut self, replica: u32, at: Time, key: K, value: Option<V>) -> Self {
        let delta = self.registers.entry(key.clone()).or_default().write(replica, at, value);
        let is_lost = delta.value().is_none();
        LwwMap { registers: if is_lost { BTreeMap::new() } else { BTreeMap::from([(key, delta)]) } }
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> Crdt for LwwMap<K, V> {
    fn merge(&mut self, other: &Self) {
        for (key, register) in &other.registers {
            self.registers.entry(key.clone()).or_default().merge(register);
        }
    }

    fn size(&self) -> u64 {
        self.registers.len() as u64
    }
}

/// A map in which each key is a multi-value register, and a removal takes away what it has observed.
#[derive(Clone, Debug, PartialEq)]
pub struct OrMap<K: Ord + Clone, V: Clone + PartialEq> {
    state: Causal<Keyed<K, Valued<V>>>,
}

impl<K: Ord + Clone, V: Clone + PartialEq> Default for OrMap<K, V> {
    fn default() -> Self {
        OrMap { state: Causal::default() }
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> OrMap<K, V> {
    /// Puts `value` under `key` in the place of everything that `replica` knows of there. Returns the delta.
    pub fn put(&mut self, replica: u32, key: K, value: V) -> Self {
        let dot = self.state.context.next(replica);
        let seen = self.seen(&key);
        let brought = Valued(BTreeMap::from([(dot, value)]));
        OrMap { state: self.state.apply(seen, Keyed(BTreeMap::from([(key, brought)]))) }
    }

    /// Removes what is known under `key`. Returns the delta.
    pub fn remove(&mut self, key: &K) -> Self {
        let seen = self.seen(key);
        OrMap { state: self.state.apply(seen, Keyed::default()) }
    }

    /// The values under `key`; more than one if they were written concurrently.
    pub fn get(&self, key: &K) -> impl Iterator<Item = &V> {
        self.state.store.0.get(key).into_iter().flat_map(|values| values.0.values())
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.state.store.0.keys()
    }

    fn seen(&self, key: &K) -> Vec<Dot> {
        self.state.store.0.get(key).map(DotStore::dots).unwrap_or_default()
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> Crdt for OrMap<K, V> {
    fn merge(&mut self, other: &Self) {
        self.state.merge(&other.state);
    }

    fn size(&self) -> u64 {
        self.state.size()
    }
}
