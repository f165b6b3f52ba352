//! Dots and contexts: names for single updates, and the set of all updates that a replica has seen.
//!
//! A context is a version vector and, beside it, the dots that lie beyond its gaps: a delta that arrives out of order knows of update
//! 7 and not of 5 and 6. As soon as the gap closes, the dots go into the vector, so a replica that hears everything holds one number
//! a replica. Source: Almeida, Shoker and Baquero, *Delta State Replicated Data Types*, 2018, §4.

use std::collections::{BTreeMap, BTreeSet};

/// One update: the `count`-th of `replica`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dot {
    /// Who made it.
    pub replica: u32,
    /// Its number there.
    pub count: u64,
}

/// A set of updates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    vector: BTreeMap<u32, u64>,
    /// What is known beyond the first gap of its replica.
    beyond: BTreeSet<Dot>,
}

impl Context {
    /// The context of these dots.
    pub fn of(dots: impl IntoIterator<Item = Dot>) -> Context {
        let mut context = Context::default();
        dots.into_iter().for_each(|dot| context.add(dot));
        context
    }

    /// Whether `dot` is in it.
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        dot.count <= self.up_to(dot.replica) || self.beyond.contains(&dot)
    }

    /// The dot that `replica` gives to its next update.
    #[must_use]
    pub fn next(&self, replica: u32) -> Dot {
        let of_replica = Dot { replica, count: 0 }..=Dot { replica, count: u64::MAX };
        let beyond = self.beyond.range(of_replica).next_back().map_or(0, |dot| dot.count);
        let count = self.up_to(replica).max(beyond);
        let count = count.checked_add(1).expect("nobody makes 2^64 updates one by one");
        Dot { replica, count }
    }

    /// Adds a dot.
    pub fn add(&mut self, dot: Dot) {
        if !self.contains(dot) {
            self.beyond.insert(dot);
            self.close_gap(dot.replica);
        }
    }

    /// Adds what is in `other`.
    pub fn merge(&mut self, other: &Context) {
        for (replica, count) in &other.vector {
            if *count > self.up_to(*replica) {
                self.vector.insert(*replica, *count);
            }
        }
        self.beyond.extend(&other.beyond);
        let replicas: BTreeSet<u32> = self.beyond.iter().map(|dot| dot.replica).collect();
        replicas.into_iter().for_each(|replica| self.close_gap(replica));
    }

    /// How many numbers it takes: one a replica, and one for each dot beyond a gap.
    #[must_use]
    pub fn size(&self) -> u64 {
        (self.vector.len() + self.beyond.len()) as u64
    }

    fn up_to(&self, replica: u32) -> u64 {
        self.vector.get(&replica).copied().unwrap_or(0)
    }

    /// Moves the dots that continue the vector into it, and drops those that it holds already.
    fn close_gap(&mut self, replica: u32) {
        let mut up_to = self.up_to(replica);
        let of_replica = Dot { replica, count: 0 }..=Dot { replica, count: u64::MAX };
        let reached = |dot: &&Dot| {
            let is_reached = dot.count <= up_to.saturating_add(1);
            up_to = up_to.max(if is_reached { dot.count } else { 0 });
            is_reached
        };
        let closed: Vec<Dot> = self.beyond.range(of_replica).take_while(reached).copied().collect();
        closed.iter().for_each(|dot| {
            self.beyond.remove(dot);
        });
        if up_to > 0 {
            self.vector.insert(replica, up_to);
        }
    }
}
