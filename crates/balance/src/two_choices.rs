//! Power of two choices: draw two different healthy members at random, take the less loaded one.
//!
//! The rule: every pair is equally likely, and the pick is never the more loaded of its pair; a tie takes the first drawn, which is
//! itself random. With n requests on n members the fullest holds about log log n / log 2 instead of log n / log log n (Azar,
//! Broder, Karlin and Upfal, 1994; Mitzenmacher, 2001). Two loads are looked at, so it also works when every balancer knows only
//! part of the picture: it does not herd to the one that looked idle. O(1) when all are healthy, else O(n).

use crate::{Balance, Candidates};
use base::Rng;

/// Picks the less loaded of two random healthy members.
#[derive(Clone, Debug, Default)]
pub struct TwoChoices;

impl Balance for TwoChoices {
    #[inline]
    fn pick(&mut self, candidates: &Candidates<'_>, _hash: u64, rng: &mut Rng) -> Option<usize> {
        let (first, second) = candidates.two_healthy(rng)?;
        Some(if candidates.outstanding(second) < candidates.outstanding(first) { second } else { first })
    }
}
