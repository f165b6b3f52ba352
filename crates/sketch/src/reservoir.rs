//! Reservoir: k items drawn fairly from a stream of unknown length.
//!
//! ```text
//!   the first k come in; the n-th comes in with probability k/n, for one drawn by lot      a b c   n = 8: 3/8, b leaves   a h c
//! ```
//!
//! The rule: after n items each of them is in the sample with probability exactly k/n, and all samples are equally likely. Vitter,
//! "Random Sampling with a Reservoir", 1985, algorithm R. O(1) an item, one draw.

use base::Rng;

/// A fair sample of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservoir<T> {
    sample: Vec<T>,
    size: u32,
    seen: u64,
}

impl<T> Reservoir<T> {
    /// Nothing seen yet; at most `size` items are kept.
    #[must_use]
    pub fn new(size: u32) -> Reservoir<T> {
        Reservoir { sample: Vec::new(), size, seen: 0 }
    }

    /// Sees `item`; lots are drawn from `rng` once the sample is full.
    pub fn add(&mut self, item: T, rng: &mut Rng) {
        self.seen += 1;
        if (self.sample.len() as u64) < u64::from(self.size) {
            self.sample.push(item);
        } else if let Some(place) = self.sample.get_mut(rng.below(self.seen) as usize) {
            *place = item;
        }
    }

    /// The sample, in no meaningful order.
    #[must_use]
    pub fn sample(&self) -> &[T] {
        &self.sample
    }

    /// Items seen.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }
}
