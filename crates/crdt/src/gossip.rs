//! Replicas that tell each other what is new: copies of many keys, and a log of deltas from which each neighbour gets what it lacks.
//!
//! ```text
//!   log   … 17 18 19 20 21        neighbour acknowledged 18: it gets 19 to 21, joined by key
//!           └ oldest kept         acknowledged 12: the log does not reach so far back; it gets everything
//! ```
//!
//! The rule: what a neighbour has not acknowledged is told again, as one interval without a gap; so it never sees a later change of a
//! replica without the earlier ones. What was heard and was new goes into the log as well, and so reaches those that the one who made
//! it never talks to. A crash loses the log and what was acknowledged: then everything is told once more, and merging makes that
//! harmless.
//!
//! Cost: O(size of the delta) a change, O(what is new) a message; the log holds at most `log_max` changes.
//!
//! Source: Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, 2018, algorithm 2 (delta intervals, causal).

use crate::{Crdt as _, Kind, Operation, OperationError, Replicated};
use std::collections::{BTreeMap, VecDeque};

/// What a replica sends of a key that has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sends {
    /// What is new of it.
    #[default]
    Deltas,
    /// The whole copy.
    States,
}

impl Sends {
    /// All of them.
    pub const ALL: [Sends; 2] = [Sends::Deltas, Sends::States];
}

/// News of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which key.
    pub key: u64,
    /// A copy or a delta.
    pub state: Replicated,
    /// The greatest stamp that a caller gave to a change in it.
    pub stamp: u64,
}

/// What one replica tells another.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// The sender's changes up to here are in it: to be acknowledged.
    pub upto: u64,
    /// Whether it is all that the sender holds, because its log did not reach back far enough.
    pub is_whole: bool,
    /// By key, ascending.
    pub parts: Vec<Part>,
}

impl Parcel {
    /// How much there is to send.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.state.size()).sum()
    }
}

/// A replica of a store of copies of one type.
#[derive(Clone, Debug)]
pub struct Replica {
    me: u32,
    kind: Kind,
    sends: Sends,
    log_max: usize,
    /// By key: the copy, and its greatest stamp.
    copies: BTreeMap<u64, (Replicated, u64)>,
    /// Changes so far, heard ones among them.
    changes: u64,
    /// Deltas by the number of their change, without a gap, the oldest first.
    log: VecDeque<(u64, Part)>,
    acknowledged: BTreeMap<u32, u64>,
}

impl Replica {
    /// An empty replica with a number of its own; its log keeps `log_max` changes.
    #[must_use]
    pub fn new(me: u32, kind: Kind, sends: Sends, log_max: u32) -> Replica {
        Replica {
            me,
            kind,
            sends,
            log_max: log_max as usize,
            copies: BTreeMap::new(),
            changes: 0,
            log: VecDeque::new(),
            acknowledged: BTreeMap::new(),
        }
    }

    /// Changes how news are told from now on.
    pub fn retune(&mut self, sends: Sends, log_max: u32) {
        (self.sends, self.log_max) = (sends, log_max as usize);
        self.trim();
    }

    /// The copy of a key, if anybody has written it as far as is known here.
    #[must_use]
    pub fn copy(&self, key: u64) -> Option<&Replicated> {
        self.copies.get(&key).map(|(copy, _)| copy)
    }

    /// The greatest stamp of a change in the copy of a key; 0 if there is none.
    #[must_use]
    pub fn stamp(&self, key: u64) -> u64 {
        self.copies.get(&key).map_or(0, |(_, stamp)| *stamp)
    }

    /// How many keys it has a copy of.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.copies.len() as u64
    }

    /// Keys that changed last, as far as the log reaches, the newest first; some more than once.
    pub fn recent(&self) -> impl Iterator<Item = u64> + '_ {
        self.log.iter().rev().map(|(_, part)| part.key)
    }

    /// How many changes a neighbour is not known to have.
    #[must_use]
    pub fn owed(&self, to: u32) -> u64 {
        self.changes - self.known(to)
    }

    fn known(&self, to: u32) -> u64 {
        self.acknowledged.get(&to).copied().unwrap_or(0)
    }

    fn trim(&mut self) {
        let excess = self.log.len().saturating_sub(self.log_max);
        self.log.drain(..excess);
    }

    fn enter(&mut self, part: Part) {
        self.changes += 1;
        self.log.push_back((self.changes, part));
        self.trim();
    }

    /// Does something to the copy of a key.
    ///
    /// # Errors
    /// [`OperationError`]; nothing is changed.
    pub fn apply(&mut self, key: u64, operation: Operation, stamp: u64) -> Result<(), OperationError> {
        let mut copy = self.copies.get(&key).map_or_else(|| self.kind.fresh(), |(copy, _)| copy.clone());
        let delta = copy.apply(self.me, operation)?;
        let stamp = stamp.max(self.stamp(key));
        self.copies.insert(key, (copy, stamp));
        self.enter(Part { key, state: delta, stamp });
        Ok(())
    }

    /// What a neighbour is to be told; nothing if it knows all.
    #[must_use]
    pub fn tell(&self, to: u32) -> Option<Parcel> {
        let known = self.known(to);
        if known >= self.changes {
            return None;
        }
        let whole =
            |(key, (copy, stamp)): (&u64, &(Replicated, u64))| Part { key: *key, state: copy.clone(), stamp: *stamp };
        if self.log.front().is_none_or(|(oldest, _)| known + 1 < *oldest) {
            return Some(Parcel { upto: self.changes, is_whole: true, parts: self.copies.iter().map(whole).collect() });
        }
        let mut parts: BTreeMap<u64, Part> = BTreeMap::new();
        let from = self.log.partition_point(|(change, _)| *change <= known);
        for (_, part) in self.log.range(from..) {
            match parts.get_mut(&part.key) {
                Some(_) if self.sends == Sends::States => {}
                Some(joined) => {
                    joined.state.merge(&part.state);
                    joined.stamp = joined.stamp.max(part.stamp);
                }
                None => {
                    let copy = self.copies.get_key_value(&part.key).filter(|_| self.sends == Sends::States);
                    parts.insert(part.key, copy.map_or_else(|| part.clone(), whole));
                }
            }
        }
        Some(Parcel { upto: self.changes, is_whole: false, parts: parts.into_values().collect() })
    }

    /// A neighbour tells. Returns the keys whose copies changed; acknowledge [`Parcel::upto`] to it.
    pub fn hear(&mut self, parcel: Parcel) -> Vec<u64> {
        let mut changed = Vec::new();
        for part in parcel.parts {
            let key = part.key;
            let (mut copy, stamp) = self.copies.get(&key).cloned().unwrap_or_else(|| (self.kind.fresh(), 0));
            let before = copy.clone();
            copy.merge(&part.state);
            if copy != before || part.stamp > stamp {
                self.copies.insert(key, (copy, stamp.max(part.stamp)));
                self.enter(part);
                changed.push(key);
            }
        }
        changed
    }

    /// A neighbour has what it was told up to here.
    pub fn on_acknowledged(&mut self, by: u32, upto: u64) {
        let known = self.acknowledged.entry(by).or_default();
        *known = upto.min(self.changes).max(*known);
    }

    /// It dies, and keeps its copies and its count of changes.
    pub fn on_crash(&mut self) {
        self.log.clear();
        self.acknowledged.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const KINDS: [Kind; 5] = [Kind::PnCounter, Kind::OrSet, Kind::RwSet, Kind::MvRegister, Kind::OrMap];

    fn operation(kind: Kind, rng: &mut Rng) -> Operation {
        let (element, other) = (rng.below(4), rng.chance(0.5));
        match kind {
            Kind::PnCounter if other => Operation::Increment(element),
            Kind::PnCounter => Operation::Decrement(element),
            Kind::MvRegister => Operation::Write(base::Time::ZERO, element),
            Kind::OrMap if other => Operation::Put(base::Time::ZERO, element, element),
            Kind::OrMap => Operation::Delete(base::Time::ZERO, element),
            _ if other => Operation::Add(element),
            _ => Operation::Remove(element),
        }
    }

    /// Oracle: one copy that is merged with every delta as it is made.
    #[test]
    fn replicas_that_lose_messages_and_crash_hold_at_last_what_one_that_hears_all_holds() {
        let mut whole = 0;
        for (seed, kind) in (0..60).flat_map(|seed| KINDS.map(|kind| (seed, kind))) {
            let mut rng = Rng::stream(seed, &[kind as u64]);
            let sends = Sends::ALL[rng.below(2) as usize];
            let mut all: Vec<Replica> = (0..3).map(|me| Replica::new(me, kind, sends, 6)).collect();
            let mut oracle: BTreeMap<u64, Replicated> = BTreeMap::new();
            for step in 0..60 {
                let (from, to) = (rng.below(3) as usize, rng.below(3) as usize);
                if rng.chance(0.4) {
                    let key = rng.below(3);
                    all[from].apply(key, operation(kind, &mut rng), step).expect("it has this operation");
                    let (_, made) = all[from].log.back().expect("a change is logged").clone();
                    oracle.entry(key).or_insert_with(|| kind.fresh()).merge(&made.state);
                } else if rng.chance(0.1) {
                    all[from].on_crash();
                } else {
                    exchange(&mut all, from, to, rng.chance(0.3), rng.chance(0.3), &mut whole);
                }
            }
            for _ in 0..3 {
                (0..3).for_each(|from| (0..3).for_each(|to| exchange(&mut all, from, to, false, false, &mut whole)));
            }
            for replica in &all {
                assert!(
                    oracle.iter().all(|(key, copy)| replica.copy(*key) == Some(copy)),
                    "{kind:?}, {sends:?}, seed {seed}"
                );
            }
        }
        assert!(whole > 50, "{whole} parcels held everything");
    }

    fn exchange(all: &mut [Replica], from: usize, to: usize, is_lost: bool, is_silent: bool, whole: &mut u32) {
        if from == to || is_lost {
            return;
        }
        let Some(parcel) = all[from].tell(to as u32) else { return };
        *whole += u32::from(parcel.is_whole);
        let upto = parcel.upto;
        all[to].hear(parcel);
        if !is_silent {
            all[from].on_acknowledged(to as u32, upto);
        }
    }

    #[test]
    fn deltas_are_smaller_than_what_they_change() {
        let size = |sends| {
            let mut replica = Replica::new(0, Kind::GSet, sends, 10);
            (0..100).for_each(|element| replica.apply(1, Operation::Add(element), 0).expect("a set takes elements"));
            replica.on_acknowledged(1, 99);
            replica.tell(1).map(|parcel| (parcel.size(), parcel.is_whole))
        };
        assert_eq!((size(Sends::Deltas), size(Sends::States)), (Some((1, false)), Some((100, false))));
    }
}
