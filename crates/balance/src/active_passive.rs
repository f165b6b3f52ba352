//! Active-passive: all to the first healthy member in order; the others stand by.
//!
//! The rule: the pick is the healthy member with the lowest index, so that traffic goes back to the first one as soon as it is healthy
//! again. One that is up and down by turns takes the traffic with it each time: ask for several good probes before it counts as
//! healthy. Between the failure and its detection, requests fail: a pair shortens an outage, it does not prevent it. O(1) as long as
//! the first is healthy.

use crate::{Balance, Candidates};
use base::Rng;

/// Picks the first healthy member.
#[derive(Clone, Debug, Default)]
pub struct ActivePassive;

impl Balance for ActivePassive {
    #[inline]
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, _rng: &mut Rng) -> Option<usize> {
        candidates.healthy_from(0)
    }
}
