//! IP hash: the member that the client's address hashes to.
//!
//! ```text
//!   hash(client) ──> member 2 (healthy)             the client stays there
//!   hash(client) ──> member 1 (down) ──rehash──> 0  only the clients of the lost member move,
//!                                                   and they spread over all others
//! ```
//!
//! The rule: while health does not change, a client meets one member; when a member is lost, only its clients move; when it
//! returns, they return. Rehashing as in nginx's `ip_hash`. When the *number* of members changes, most clients move: that is what
//! rings are for. Blind to load: one busy client, or many behind one address, stay on one member. O(1).

use crate::{Balance, Candidates};
use base::{Rng, stable_hash_u64};

/// Rehashes before giving up luck and taking the next healthy member in line.
const REHASHES: u32 = 8;

/// Picks by the client's hash.
#[derive(Clone, Debug, Default)]
pub struct IpHash;

impl Balance for IpHash {
    #[inline]
    fn pick(&mut self, candidates: &Candidates<'_>, hash: u64, _rng: &mut Rng) -> Option<usize> {
        if candidates.is_empty() {
            return None;
        }
        let mut hash = hash;
        let mut index = 0;
        for _ in 0..=REHASHES {
            // Mixed here, so that plain numbers such as addresses and user ids spread too.
            hash = stable_hash_u64(hash);
            index = ((u128::from(hash) * candidates.len() as u128) >> 64) as usize;
            if candidates.is_healthy(index) {
                return Some(index);
            }
        }
        candidates.healthy_from(index)
    }
}
