//! Hash ring with virtual nodes: members own many points on a circle of hashes; a key belongs to the first point at or after it.
//!
//! ```text
//!            0 = 2^64
//!         b ─ ● ─ a           key ──> clockwise to the next point ──> its member
//!       ●           ●
//!     a               c       a member that joins puts its points between others' and takes over only the arcs that end
//!       ●           ●         at them; the arcs of a member that leaves fall to whoever comes next
//!         c ─ ● ─ b
//! ```
//!
//! The rule: adding a member to n moves about 1/(n+1) of the keys, all of them to the new member; a removal moves only the keys of
//! the removed. With p points each, a member's share deviates by about 1/sqrt(p) of itself: 150 points give 8%, one point gives
//! 100%. A weight of w is w times the points. A lookup is a binary search over all points, O(log(n·p)); joining costs O(n·p + p log p).
//!
//! Source: Karger, Lehman, Leighton, Panigrahy, Levine and Lewin (1997); virtual nodes and preference lists as in Dynamo
//! (DeCandia et al., 2007, sections 4.2 and 4.3). When not: it balances keys, not load; one hot key is still one member's.

use crate::roster::distinct;
use crate::{Place, PlaceError, WEIGHT_MAX};
use base::stable_hash_u64;
use serde::{Deserialize, Serialize};

/// Settings of a [`Ring`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RingConfig {
    /// Points on the ring per member and unit of weight, 1 to 1,000; values outside are brought to the nearest bound.
    pub points: u32,
}

/// 150 points.
impl Default for RingConfig {
    fn default() -> RingConfig {
        RingConfig { points: 150 }
    }
}

/// Largest number of points per member and unit of weight.
const POINTS_MAX: u32 = 1_000;

/// Largest number of points on a ring.
const POINTS_TOTAL_MAX: u64 = 1_000_000;

/// Preference lists up to this length are searched for repetitions from end to end, which costs no memory.
const FEW: usize = 32;

/// A hash ring.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    /// Positions in ascending order, and beside them who owns them: a search touches the positions only. Of points at one
    /// position the smaller member's comes first and counts.
    positions: Vec<u64>,
    owners: Vec<u32>,
    /// Members in ascending order.
    members: Vec<u32>,
    points: u32,
}

/// A stretch of the ring that one member owns, as shares of the whole circle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arc {
    /// Who owns it.
    pub owner: u32,
    /// Where it begins, 0 to 1.
    pub start: f64,
    /// How long it is, 0 to 1.
    pub length: f64,
}

/// The whole circle.
const CIRCLE: f64 = 18_446_744_073_709_551_616.0;

impl Ring {
    /// A ring without members.
    #[must_use]
    pub fn new(config: RingConfig) -> Ring {
        Ring { points: config.points.clamp(1, POINTS_MAX), ..Ring::default() }
    }

    /// A ring whose points (position, member) somebody else chose.
    #[must_use]
    pub fn from_points(points: &[(u64, u32)]) -> Ring {
        let mut ring = Ring::new(RingConfig::default());
        ring.insert(points.to_vec());
        ring.members = points.iter().map(|(_, member)| *member).collect();
        ring.members.sort_unstable();
        ring.members.dedup();
        ring
    }

    /// Puts points among those that are there. A stable sort finds the two runs and merges them: O(n) for n points that are there.
    fn insert(&mut self, mut new: Vec<(u64, u32)>) {
        new.sort_unstable();
        let mut points: Vec<(u64, u32)> = self.points().collect();
        points.append(&mut new);
        points.sort();
        self.positions = points.iter().map(|(position, _)| *position).collect();
        self.owners = points.iter().map(|(_, owner)| *owner).collect();
    }

    /// The points (position, member), ascending.
    pub fn points(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.positions.iter().copied().zip(self.owners.iter().copied())
    }

    /// The index of the first point at or after `hash`, wrapping; only for a ring with points.
    #[inline]
    fn successor(&self, hash: u64) -> usize {
        self.search(hash, |_| {})
    }

    /// As [`Ring::successor`], and shows each position that is looked at.
    #[inline]
    fn search(&self, hash: u64, mut look: impl FnMut(u64)) -> usize {
        let is_before = |position: &u64| {
            look(*position);
            *position < hash
        };
        let at = self.positions.partition_point(is_before);
        if at == self.positions.len() { 0 } else { at }
    }

    /// How many points a lookup of `hash` looks at: about the logarithm, to base 2, of their number.
    #[must_use]
    pub fn looked_at(&self, hash: u64) -> u32 {
        let mut count = 0;
        self.search(hash, |_| count += 1);
        count
    }

    /// How much of a circle of `size` positions `member` owns; `size` 0 stands for all 2^64.
    #[must_use]
    pub fn owned_length(&self, member: u32, size: u64) -> u128 {
        let size = if size == 0 { 1 << 64 } else { u128::from(size) };
        let Some(last) = self.positions.last() else {
            return 0;
        };
        // The first arc begins behind the last point, before zero.
        let mut before = u128::from(*last);
        let mut owned = 0;
        for (index, (position, owner)) in self.points().enumerate() {
            let position = u128::from(position) + if index == 0 { size } else { 0 };
            owned += if owner == member { position.saturating_sub(before) } else { 0 };
            before = position % size;
        }
        owned
    }

    /// The arcs for drawing, neighbours of one owner merged. If there are more than `most`, the circle is cut into `most` equal
    /// parts and each shows who owns most of it, so that the picture stays true at the resolution it has.
    #[must_use]
    pub fn arcs(&self, most: usize) -> Vec<Arc> {
        let arcs = merged(self.exact_arcs());
        if arcs.len() <= most { arcs } else { merged(self.coarse_arcs(most).into_iter()) }
    }

    /// The arcs from 0 on; the one across zero in two pieces.
    fn exact_arcs(&self) -> impl Iterator<Item = Arc> + '_ {
        let first = self.owners.first().copied();
        let ends = self.points().map(|(position, owner)| (position as f64 / CIRCLE, owner));
        let ends = ends.chain(first.map(|owner| (1.0, owner)));
        let mut start = 0.0;
        ends.map(move |(end, owner)| {
            let arc = Arc { owner, start, length: end - start };
            start = end;
            arc
        })
    }

    fn coarse_arcs(&self, parts: usize) -> Vec<Arc> {
        let length = 1.0 / parts as f64;
        let mut owned = vec![0.0; self.members.len()];
        let mut arcs = self.exact_arcs().peekable();
        let part = |part| {
            let (start, end) = (part as f64 * length, (part + 1) as f64 * length);
            owned.fill(0.0);
            while let Some(arc) = arcs.peek() {
                let overlap = (arc.start + arc.length).clamp(start, end) - arc.start.clamp(start, end);
                let member = self.members.binary_search(&arc.owner).unwrap_or_default();
                owned[member] += overlap;
                if arc.start + arc.length > end {
                    break;
                }
                arcs.next();
            }
            let most = (0..owned.len()).max_by(|a, b| owned[*a].total_cmp(&owned[*b]).then(b.cmp(a)));
            Arc { owner: self.members[most.unwrap_or_default()], start, length }
        };
        (0..parts).map(part).collect()
    }
}

/// Neighbours of one owner as one arc; empty ones dropped.
fn merged(arcs: impl Iterator<Item = Arc>) -> Vec<Arc> {
    let mut merged: Vec<Arc> = Vec::new();
    for arc in arcs.filter(|arc| arc.length > 0.0) {
        match merged.last_mut() {
            Some(last) if last.owner == arc.owner => last.length += arc.length,
            _ => merged.push(arc),
        }
    }
    merged
}

impl Place for Ring {
    #[inline]
    fn owner(&self, hash: u64) -> Option<u32> {
        if self.owners.is_empty() {
            return None;
        }
        Some(self.owners[self.successor(hash)])
    }

    fn preference(&self, hash: u64, n: usize, out: &mut Vec<u32>) {
        out.clear();
        if self.owners.is_empty() {
            return;
        }
        let n = n.min(self.members.len());
        let (before, after) = self.owners.split_at(self.successor(hash));
        let order = after.iter().chain(before);
        if n <= FEW {
            return distinct(order, n, out);
        }
        let mut is_there = vec![false; self.members.len()];
        for owner in order {
            if out.len() >= n {
                return;
            }
            let at = self.members.partition_point(|member| member < owner);
            if !core::mem::replace(&mut is_there[at], true) {
                out.push(*owner);
            }
        }
    }

    fn add(&mut self, member: u32, seed: u64, weight: u32) -> Result<(), PlaceError> {
        let Err(at) = self.members.binary_search(&member) else {
            return Err(PlaceError::AlreadyThere { member });
        };
        if !(1..=WEIGHT_MAX).contains(&weight) {
            return Err(PlaceError::Weight { weight });
        }
        let points = u64::from(self.points) * u64::from(weight);
        if self.positions.len() as u64 + points > POINTS_TOTAL_MAX {
            return Err(PlaceError::Full { most: POINTS_TOTAL_MAX });
        }
        self.members.insert(at, member);
        // The seed is hashed before the point's number joins it, so that seeds 1, 2, 3 do not share points.
        let seed = stable_hash_u64(seed);
        self.insert((0..points).map(|point| (stable_hash_u64(seed ^ point), member)).collect());
        Ok(())
    }

    fn remove(&mut self, member: u32) -> bool {
        let Ok(at) = self.members.binary_search(&member) else {
            return false;
        };
        self.members.remove(at);
        let kept: Vec<(u64, u32)> = self.points().filter(|(_, owner)| *owner != member).collect();
        self.positions = kept.iter().map(|(position, _)| *position).collect();
        self.owners = kept.iter().map(|(_, owner)| *owner).collect();
        true
    }

    fn members(&self) -> Vec<u32> {
        self.members.clone()
    }

    fn count(&self) -> u32 {
        self.members.len() as u32
    }

    fn boundaries(&self) -> Vec<u64> {
        self.positions.clone()
    }
}
