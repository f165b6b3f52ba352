//! Consistent hashing with bounded loads: clockwise from the key to the first member that is not too full.
//!
//! ```text
//!   key ──> o──── o ──── o           cap = ceil(1.25 × (outstanding in all + 1) / healthy members)
//!           B     A      C
//!         full   fits                a hot key spills over to its next neighbours, always in the same order
//! ```
//!
//! The rule: nobody has more outstanding than its cap, 1 + 1/4 times the mean with the new request counted; and as long as nobody is
//! full, every key meets its own member and only a lost member's keys move. It is self-contained: its ring has 100 points a member,
//! made from the member's index, so that adding a member at the end moves only what it takes over. [`first_below`] is the walk alone,
//! for whoever has a ring already. O(log points) a pick, plus a step for each full or unhealthy member that is passed.
//!
//! Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", 2018 (c = 1.25 as in HAProxy's examples).

use crate::{Balance, Candidates};
use base::{Rng, stable_hash_u64};

/// Points of each member on the ring.
const POINTS: u64 = 100;
/// How many times the mean a member may have, in quarters.
const QUARTERS: u64 = 5;

/// The most that a member may have: ceil(5/4 × (outstanding in all + 1) / members). At least 1.
#[must_use]
pub fn load_cap(outstanding: u64, members: u64) -> u64 {
    (outstanding + 1).saturating_mul(QUARTERS).div_ceil(members.max(1).saturating_mul(4))
}

/// The first member of a walk around a ring that is healthy and has less outstanding than the cap. `None` if nobody on it does, which
/// cannot be when the walk visits every healthy member.
pub fn first_below(walk: impl IntoIterator<Item = usize>, candidates: &Candidates<'_>) -> Option<usize> {
    let healthy = (0..candidates.len()).filter(|index| candidates.is_healthy(*index));
    let (count, sum) =
        healthy.fold((0, 0), |(count, sum), index| (count + 1, sum + u64::from(candidates.outstanding(index))));
    let cap = load_cap(sum, count);
    let fits = |index: &usize| candidates.is_healthy(*index) && u64::from(candidates.outstanding(*index)) < cap;
    walk.into_iter().filter(|index| *index < candidates.len()).find(fits)
}

/// Picks by the key's hash, as long as the member is not too full.
#[derive(Clone, Debug, Default)]
pub struct BoundedLoad {
    /// Points and their members, in the order of the points.
    ring: Vec<(u64, u32)>,
    members: usize,
}

impl BoundedLoad {
    fn rebuild(&mut self, members: usize) {
        let points =
            |member: u64| (0..POINTS).map(move |n| (stable_hash_u64(stable_hash_u64(member) ^ n), member as u32));
        self.ring = (0..members as u64).flat_map(points).collect();
        self.ring.sort_unstable();
        self.members = members;
    }
}

impl Balance for BoundedLoad {
    fn pick(&mut self, candidates: &Candidates<'_>, hash: u64, _rng: &mut Rng) -> Option<usize> {
        if self.members != candidates.len() {
            self.rebuild(candidates.len());
        }
        // Mixed here, so that plain numbers such as keys and user ids spread too.
        let hash = stable_hash_u64(hash);
        let start = self.ring.partition_point(|(point, _)| *point < hash);
        let (before, after) = self.ring.split_at(start);
        first_below(after.iter().chain(before).map(|(_, member)| *member as usize), candidates)
    }
}
