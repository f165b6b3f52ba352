//! Space saving: the most frequent items with k counters; a newcomer takes over the least counter, count included.
//!
//! ```text
//!   a 13   c 10   b 9   f 8        d comes: f's counter becomes d's, at 9 with an error of 8: d came between 1 and 9 times
//! ```
//!
//! The rule: count - error ≤ true count ≤ count; the error is at most n/k after n items; every item that came more than n/k times is
//! there. Among equal counters the smallest item gives way. Metwally, Agrawal and El Abbadi, "Efficient Computation of Frequent and
//! Top-k Elements in Data Streams", ICDT 2005. O(log k) an item.

use crate::{SizeError, within};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// At most this often.
    pub count: u64,
    /// Less by at most that.
    pub error: u64,
}

/// Finds the most frequent items with a bounded number of counters.
#[derive(Clone, Debug)]
pub struct SpaceSaving<T> {
    counters: BTreeMap<T, Counter>,
    /// By count, then by item.
    order: BTreeSet<(u64, T)>,
    counters_max: u64,
}

impl<T: Ord + Clone> SpaceSaving<T> {
    /// Nothing seen yet, with `counters` counters, which are made as they are needed.
    ///
    /// # Errors
    /// [`SizeError::OutOfRange`] if `counters` is 0.
    pub fn new(counters: u64) -> Result<SpaceSaving<T>, SizeError> {
        let counters_max = within("counters", counters, 1, u64::MAX)?;
        Ok(SpaceSaving { counters: BTreeMap::new(), order: BTreeSet::new(), counters_max })
    }

    /// Sees `item`.
    pub fn add(&mut self, item: T) {
        let counter = match self.counters.get(&item) {
            Some(counter) => {
                self.order.remove(&(counter.count, item.clone()));
                Counter { count: counter.count + 1, error: counter.error }
            }
            None if (self.counters.len() as u64) < self.counters_max => Counter { count: 1, error: 0 },
            None => {
                let (least, gives_way) =
                    self.order.pop_first().expect("there is at least one counter, and all are in use");
                self.counters.remove(&gives_way);
                Counter { count: least + 1, error: least }
            }
        };
        self.order.insert((counter.count, item.clone()));
        self.counters.insert(item, counter);
    }

    /// The items that are counted, in their order.
    pub fn counters(&self) -> impl Iterator<Item = (&T, Counter)> {
        self.counters.iter().map(|(item, counter)| (item, *counter))
    }

    /// The items that are counted, the most frequent first.
    pub fn top(&self) -> impl Iterator<Item = (&T, Counter)> {
        self.order.iter().rev().map(|(_, item)| (item, self.counters[item]))
    }
}
