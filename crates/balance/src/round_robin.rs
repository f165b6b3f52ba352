//! Round robin: each healthy member in turn.
//!
//! The rule: while health does not change, any two members' counts differ by at most one. It is blind to load: when durations
//! vary, the slow members collect a backlog while it keeps sending them their share. O(1) when all are healthy.

use crate::{Balance, Candidates};
use base::Rng;

/// Picks healthy members in turn.
#[derive(Clone, Debug, Default)]
pub struct RoundRobin {
    next: usize,
}

impl Balance for RoundRobin {
    #[inline]
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, _rng: &mut Rng) -> Option<usize> {
        let pick = candidates.healthy_from(self.next)?;
        self.next = if pick + 1 == candidates.len() { 0 } else { pick + 1 };
        Some(pick)
    }
}
