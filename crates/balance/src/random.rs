//! Random: any healthy member, all alike.
//!
//! The rule: independent and uniform. What everything else is measured against: at 80% load and equal work its mean response is
//! twice that of round robin, because by chance some line up while others idle. O(1) when all are healthy, else O(n).

use crate::{Balance, Candidates};
use base::Rng;

/// Picks at random.
#[derive(Clone, Debug, Default)]
pub struct Random;

impl Balance for Random {
    #[inline]
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, rng: &mut Rng) -> Option<usize> {
        let healthy = candidates.healthy_count();
        if healthy == 0 {
            return None;
        }
        candidates.healthy_at(rng.below(healthy as u64) as usize, healthy)
    }
}
