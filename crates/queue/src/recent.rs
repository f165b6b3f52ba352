//! What has come lately, so that what comes again is recognised: the memory of an idempotent receiver.
//!
//! The rules: the last `capacity` keys are known, each with what it was given; the oldest is forgotten first, and a key that comes
//! again after that is taken for new. So it must hold more than can come between a message and its repetition. O(log n).
//! Source: Apache Kafka's KIP-98 keeps the last batches of each producer; Amazon SQS keeps the ids of five minutes.

use std::collections::{BTreeMap, VecDeque};

/// The last keys, each with a value.
///
/// ```
/// let mut recent = queue::Recent::new(2);
/// assert_eq!(recent.note("a", 1), None);
/// assert_eq!(recent.note("a", 9), Some(1), "it came before, as 1");
/// recent.note("b", 2);
/// recent.note("c", 3);
/// assert_eq!(recent.note("a", 4), None, "two others came since");
/// ```
#[derive(Clone, Debug)]
pub struct Recent<K, V> {
    capacity: u32,
    values: BTreeMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Copy + Ord, V: Copy> Recent<K, V> {
    /// Knows nothing yet, and never more than `capacity` keys; 0 knows nothing ever.
    #[must_use]
    pub fn new(capacity: u32) -> Recent<K, V> {
        Recent { capacity, values: BTreeMap::new(), order: VecDeque::new() }
    }

    /// The value under which `key` came before; otherwise `None`, and from now on it is known under `value`.
    pub fn note(&mut self, key: K, value: V) -> Option<V> {
        if let Some(known) = self.values.get(&key) {
            return Some(*known);
        }
        if self.order.len() as u64 >= u64::from(self.capacity)
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
        if self.capacity > 0 {
            self.values.insert(key, value);
            self.order.push_back(key);
        }
        None
    }

    /// How many are known.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.order.len() as u32
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}
