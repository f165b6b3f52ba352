//! URL hash: the member that the requested thing hashes to, so that each caches a part of all.
//!
//! The rule is that of the [`IpHash`], about keys instead of clients: one key meets one member while health does not change, and only
//! a lost member's keys move. So n caches hold n times as much, instead of n times the same. Its weakness is its point: the member of
//! a hot key gets all of its requests. See [`BoundedLoad`](crate::BoundedLoad). O(1).

use crate::{Balance, Candidates, IpHash};
use base::Rng;

/// Picks by the key's hash.
#[derive(Clone, Debug, Default)]
pub struct UrlHash {
    hash: IpHash,
}

impl Balance for UrlHash {
    #[inline]
    fn pick(&mut self, candidates: &Candidates<'_>, hash: u64, rng: &mut Rng) -> Option<usize> {
        self.hash.pick(candidates, hash, rng)
    }
}
