//! Least connections: the member with the fewest requests sent and not yet answered, ties in turn.
//!
//! The rule: the pick has the minimum of `outstanding` over the healthy members. A slow member answers late, keeps more
//! outstanding, and so gets less: the load itself is the feedback. Without turns in ties an idle system would send everything to
//! member 0. O(n), one pass.
//!
//! When not: a member that fails *fast* has few outstanding and attracts everything; pair it with passive health checks.

use crate::{Balance, Candidates};
use base::Rng;

/// Picks the least loaded healthy member.
#[derive(Clone, Debug, Default)]
pub struct LeastConnections {
    next: usize,
}

impl Balance for LeastConnections {
    #[inline]
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, _rng: &mut Rng) -> Option<usize> {
        let start = if self.next < candidates.len() { self.next } else { 0 };
        let (mut best, mut fewest) = (None, u64::MAX);
        let mut look = |index: usize| {
            // One comparison instead of two: whoever is unhealthy is more loaded than any load.
            let load = if candidates.is_healthy(index) { u64::from(candidates.outstanding(index)) } else { u64::MAX };
            if load < fewest {
                (best, fewest) = (Some(index), load);
            }
        };
        (start..candidates.len()).for_each(&mut look);
        (0..start).for_each(&mut look);
        self.next = best? + 1;
        best
    }
}
