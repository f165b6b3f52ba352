//! Weighted random: each member with a probability in proportion to its weight.
//!
//! The rule: every pick is independent, so that many balancers need not know of each other; the price is chance. Over n picks a
//! member with share p gets n × p, give or take √(n p (1 - p)). A weight of 0 drains a member, unless everybody healthy has 0: then
//! all are alike. O(n), one draw.

use crate::{Balance, Candidates};
use base::Rng;

/// Picks at random, by weight.
#[derive(Clone, Debug, Default)]
pub struct WeightedRandom;

impl Balance for WeightedRandom {
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, rng: &mut Rng) -> Option<usize> {
        let share = candidates.shares();
        let sum: u64 = (0..candidates.len()).map(|index| u64::from(share.of(index))).sum();
        if sum == 0 {
            return None;
        }
        let mut left = rng.below(sum);
        (0..candidates.len()).find(|index| {
            let weight = u64::from(share.of(*index));
            let is_here = left < weight;
            left = left.saturating_sub(weight);
            is_here
        })
    }
}
