//! Rendezvous, or highest random weight: every member draws a number for the key, and the highest draw owns it.
//!
//! ```text
//!   key 7     a 0.31   b 0.92   c 0.64        b owns it; c is next, then a: the whole preference list for the asking
//!   without b a 0.31            c 0.64        b's keys go to their second, everybody else's stay
//! ```
//!
//! The rule: a member that leaves gives up its own keys and nobody else's move; its keys spread over all others. With equal weights
//! shares are even without virtual nodes. A weight of w makes the draw w / -ln(u) for a uniform u, the largest of which is this
//! member's with probability w over all weights, exactly. A lookup costs O(n), a preference list O(n log n), joining O(n).
//!
//! Source: Thaler and Ravishankar (1998); weights by Schindelhauer and Schomaker (2005) in the logarithmic form of Resch (2015).
//!
//! When not: thousands of members and many lookups; then a ring, or a table made by [`Maglev`](crate::Maglev).

use crate::roster::{Entry, Roster};
use crate::slots::{SLOTS_USUAL, Slots};
use crate::{Place, PlaceError};
use base::stable_hash_u64;
use core::cmp::Ordering;
use serde::{Deserialize, Serialize};

/// Settings of a [`Rendezvous`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RendezvousConfig {
    /// Slots that the hashes are cut into, 1 to 65,536; values outside are brought to the nearest bound.
    pub slots: u32,
}

/// 16,384 slots.
impl Default for RendezvousConfig {
    fn default() -> RendezvousConfig {
        RendezvousConfig { slots: SLOTS_USUAL }
    }
}

/// Slots that go to whoever draws highest.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    slots: Slots,
    roster: Roster,
    /// All members weigh the same: then the bare draws say who is highest, and no logarithm is needed.
    is_even: bool,
}

/// Puts members with their draws into the order of preference: the highest draw first, of equal draws the smaller member.
pub fn by_draw(draws: &mut [(u64, u32)]) {
    draws.sort_unstable_by(|(draw, member), (other_draw, other)| other_draw.cmp(draw).then(member.cmp(other)));
}

/// What one member drew for a key.
#[derive(Clone, Copy)]
struct Draw {
    weighted: f64,
    bare: u64,
    member: u32,
}

impl Draw {
    /// The higher first. The bare draw decides between equal weighted ones, so that two members of one weight never change places
    /// when a third of another weight makes logarithms necessary.
    fn order(&self, other: &Draw) -> Ordering {
        other.weighted.total_cmp(&self.weighted).then(other.bare.cmp(&self.bare)).then(self.member.cmp(&other.member))
    }
}

impl Rendezvous {
    /// A placement without members.
    #[must_use]
    pub fn new(config: RendezvousConfig) -> Rendezvous {
        Rendezvous { slots: Slots::new(config.slots), roster: Roster::default(), is_even: true }
    }

    fn draws(&self, hash: u64) -> impl Iterator<Item = Draw> + '_ {
        let key = self.slots.key(hash);
        self.roster.entries().iter().map(move |entry| self.draw(key, entry))
    }

    fn draw(&self, key: u64, entry: &Entry) -> Draw {
        let bare = stable_hash_u64(key ^ stable_hash_u64(entry.seed));
        let weighted = if self.is_even {
            0.0
        } else {
            let unit = ((bare >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            f64::from(entry.weight) / -libm::log(unit)
        };
        Draw { weighted, bare, member: entry.member }
    }

    fn note_weights(&mut self) {
        self.is_even = self.roster.entries().windows(2).all(|pair| pair[0].weight == pair[1].weight);
    }
}

impl Place for Rendezvous {
    #[inline]
    fn owner(&self, hash: u64) -> Option<u32> {
        self.draws(hash).min_by(Draw::order).map(|draw| draw.member)
    }

    fn preference(&self, hash: u64, n: usize, out: &mut Vec<u32>) {
        out.clear();
        let mut draws: Vec<Draw> = self.draws(hash).collect();
        draws.sort_unstable_by(Draw::order);
        out.extend(draws.iter().take(n).map(|draw| draw.member));
    }

    fn add(&mut self, member: u32, seed: u64, weight: u32) -> Result<(), PlaceError> {
        self.roster.add(member, seed, weight)?;
        self.note_weights();
        Ok(())
    }

    fn remove(&mut self, member: u32) -> bool {
        let was_there = self.roster.remove(member);
        self.note_weights();
        was_there
    }

    fn members(&self) -> Vec<u32> {
        self.roster.members()
    }

    fn count(&self) -> u32 {
        self.roster.entries().len() as u32
    }

    fn boundaries(&self) -> Vec<u64> {
        self.slots.lasts().collect()
    }
}
