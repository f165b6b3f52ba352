//! Belady's OPT: what the best of all policies would have hit, known afterwards.
//!
//! ```text
//!   requests  a b c d a b e a b c        room for 3: at d, whoever is asked for last from here on leaves: c
//! ```
//!
//! The rule: on a miss in a full cache, evict the entry whose next use lies farthest in the future (Belady, "A Study of Replacement
//! Algorithms for a Virtual-Storage Computer", 1966; proof by Mattson, Gecsei, Slutz and Traiger, 1970). Every miss brings the key in.
//! A bound, not a policy: it needs the whole sequence. O(n log n).

use std::collections::{BTreeMap, BTreeSet};

/// Whether each request hits, in a cache of `capacity` entries of equal size that starts empty and knows all requests in advance.
/// A capacity of 0 never hits.
///
/// ```
/// let hits = cache::belady_hits(2, &[1, 2, 3, 1, 2]);
/// assert_eq!(hits, [false, false, false, true, false], "at 3 the 2 leaves: its next use is farther away");
/// ```
#[must_use]
pub fn belady_hits(capacity: u64, requests: &[u64]) -> Vec<bool> {
    let next_uses = next_uses(requests);
    let mut kept = BTreeSet::new();
    let mut hits = Vec::with_capacity(requests.len());
    for (now, next) in next_uses.into_iter().enumerate() {
        // An entry is known by its next use, which no other has: never is a different moment for each.
        let is_hit = kept.remove(&(now as u64));
        if !is_hit && kept.len() as u64 >= capacity {
            kept.pop_last();
        }
        if capacity > 0 {
            kept.insert(next);
        }
        hits.push(is_hit);
    }
    hits
}

/// For each request the position of the next one for the same key; for the last one a position past the end, different for each.
fn next_uses(requests: &[u64]) -> Vec<u64> {
    let len = requests.len() as u64;
    let mut seen = BTreeMap::new();
    let mut next_uses: Vec<u64> =
        (0..len).rev().map(|now| seen.insert(requests[now as usize], now).unwrap_or(len + now)).collect();
    next_uses.reverse();
    next_uses
}
