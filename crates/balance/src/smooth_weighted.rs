//! Smooth weighted round robin: each member in proportion to its weight, and never all of its turns at once.
//!
//! ```text
//!   weights a 5, b 1, c 1        each pick: everybody's credit grows by its weight; the richest is picked and pays the sum
//!
//!   credits   5  1  1   a        plain weighted round robin would give  a a a a a b c
//!            -2  1  1
//!             3  2  2   a        smooth gives                           a a b a c a a
//!            -4  2  2
//!             1  3  3   b  ...
//! ```
//!
//! The rule: of any S picks from the start, S being the sum of the weights of the healthy, each member gets exactly its weight; credits
//! always sum to 0. A weight of 0 drains a member, unless everybody healthy has 0: then all are alike. O(n), one pass. As nginx does
//! it for upstreams (since 1.3.1). When not: durations that vary; it is as blind to load as plain round robin.

use crate::{Balance, Candidates};
use base::Rng;

/// Picks by weight, evenly mixed.
#[derive(Clone, Debug, Default)]
pub struct SmoothWeighted {
    /// What each member is owed; all of one sign rule: they sum to 0 as long as nobody comes or goes.
    credits: Vec<i64>,
}

impl Balance for SmoothWeighted {
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, _rng: &mut Rng) -> Option<usize> {
        if self.credits.len() != candidates.len() {
            self.credits = vec![0; candidates.len()];
        }
        let (mut best, mut sum, share) = (None, 0_i64, candidates.shares());
        for (index, credit) in self.credits.iter_mut().enumerate() {
            let weight = i64::from(share.of(index));
            if weight == 0 {
                continue;
            }
            *credit = credit.saturating_add(weight);
            sum = sum.saturating_add(weight);
            if best.is_none_or(|(_, richest)| *credit > richest) {
                best = Some((index, *credit));
            }
        }
        let (best, _) = best?;
        self.credits[best] = self.credits[best].saturating_sub(sum);
        Some(best)
    }
}
