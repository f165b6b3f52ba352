//! Placement: which member owns which key, and what has to move when members come and go.
//!
//! A [`Place`] maps the hash of a key to a member. The rules, which the suite in `tests/conformance.rs` holds over
//! [`Algorithm::ALL`]:
//!
//! - every key has an owner as long as there is a member, and equal members give equal owners in whatever order they joined;
//! - the preference list begins with the owner and names each member once: where copies go, and who takes over;
//! - a [`Plan`] between two placements names every range of hashes whose owner differs, and no other.
//!
//! ```
//! use placement::{Place, Plan, Ring, RingConfig};
//!
//! let mut before = Ring::new(RingConfig { points: 150 });
//! for (member, name) in ["a", "b", "c"].into_iter().enumerate() {
//!     before.add(member as u32, base::stable_hash(name), 1)?;
//! }
//! let mut after = before.clone();
//! after.add(3, base::stable_hash("d"), 1)?;
//!
//! let plan = Plan::between(&before, &after);
//! assert!((plan.share() - 0.25).abs() < 0.03, "a fourth member takes about a quarter: {}", plan.share());
//! assert!(plan.moves().iter().all(|range| range.to == Some(3)), "and nobody else gets anything");
//! # Ok::<(), placement::PlaceError>(())
//! ```
//!
//! Hash keys with [`base::stable_hash_u64`] or [`base::stable_hash`]: placements expect well-spread 64-bit hashes.
//!
//! | | a lookup | from n to n+1 members moves | shares | good for |
//! |---|---|---|---|---|
//! | [`Ring`] | O(log n·points) | 1/(n+1), to the newcomer | ±1/√points | members that come and go |
//! | [`Rendezvous`] | O(n) | 1/(n+1), to the newcomer | even | few members; preference lists; exact weights |
//! | [`Jump`] | O(log n), no table | 1/(n+1), to the newcomer | even | shards that are only added |
//! | [`Maglev`] | O(1) | about 1/(n+1) and a percent | most even | connections over back ends |
//! | [`EvenRanges`] | O(log n) | a half | even | seeing what re-cutting costs |
//! | [`Modulo`] | O(1) | n/(n+1) | even | a number of members that never changes |
//!
//! Beside the family, because they are told where things go, or hold more than a function of the hash: [`Ranges`] (split, merge,
//! reassign), [`Directory`] (single keys, remembered answers), [`Geographic`], [`Compound`] keys, [`HotKeys`] and [`Tiers`] for
//! what is asked for too much, [`BoundedLoad`], [`apart`] for copies in different racks, and [`Ketama`] as memcached's clients have it. [`StopAndCopy`] and [`DualWrite`]
//! carry a plan out; [`triggers`] says when it is time for one.
//!
//! To add an algorithm: one file with its [`Place`], and one line in the list below.

mod apart;
mod bounded;
mod compound;
mod directory;
mod even_ranges;
mod geographic;
mod hot_keys;
mod jump;
mod ketama;
mod listing;
mod maglev;
mod modulo;
mod plan;
mod ranges;
mod rendezvous;
mod reshard;
mod ring;
mod roster;
mod slots;
mod tiers;
mod triggers;

pub use apart::apart;
pub use bounded::{BoundError, BoundedLoad, Excess};
pub use compound::{BUCKETS_MAX, Compound, ScanError};
pub use directory::{Directory, Found, RememberedDirectory};
pub use even_ranges::{EvenRanges, EvenRangesConfig};
pub use geographic::{Geographic, Home, HomeError, Region};
pub use hot_keys::{HotKeys, PARTS_MAX};
pub use jump::{Jump, JumpConfig, jump};
pub use ketama::{DIGESTS_MAX, Ketama, KetamaError};
pub use listing::{listing_hash, listing_ring};
pub use maglev::{Favourites, Maglev, MaglevConfig, TABLE_MAX, TableError, maglev_table};
pub use modulo::{Modulo, ModuloConfig, modulo};
pub use plan::{Move, Plan, Territory};
pub use ranges::{RangeError, Ranges, touched_when_hashed};
pub use rendezvous::{Rendezvous, RendezvousConfig, by_draw};
pub use reshard::{
    Backfill, DualWrite, DualWriteConfig, Legs, NotYet, Phase, Side, StopAndCopy, StopPhase, Targets, Work,
};
pub use ring::{Arc, Ring, RingConfig};
pub use tiers::{Relocation, Switch, Tier, Tiers, TiersConfig};
pub use triggers::{ShardLoad, Trigger, TriggerConfig, triggers};

use core::fmt;
use serde::{Deserialize, Serialize};

/// Largest weight of a member.
pub const WEIGHT_MAX: u32 = 100;

/// A map from the hashes of keys to members.
pub trait Place {
    /// The member that owns keys of this hash; `None` without members.
    fn owner(&self, hash: u64) -> Option<u32>;

    /// The first `n` different members for this hash, the owner first, into `out`, which is cleared before. Fewer if there are
    /// fewer members.
    fn preference(&self, hash: u64, n: usize, out: &mut Vec<u32>);

    /// A member joins. `seed` is what it is recognised by wherever it joins (the hash of its name), `weight` how many times the
    /// usual share it takes.
    fn add(&mut self, member: u32, seed: u64, weight: u32) -> Result<(), PlaceError>;

    /// A member leaves; whether it was there.
    fn remove(&mut self, member: u32) -> bool;

    /// The members, in ascending order.
    fn members(&self) -> Vec<u32>;

    /// How many members there are.
    fn count(&self) -> u32 {
        self.members().len() as u32
    }

    /// The last hash of every range of equal owner, in ascending order; at most a few per point. What plans are made from.
    fn boundaries(&self) -> Vec<u64>;
}

/// Why a member cannot join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceError {
    /// It is already there.
    AlreadyThere {
        /// The member.
        member: u32,
    },
    /// Its weight is out of range.
    Weight {
        /// The weight.
        weight: u32,
    },
    /// There is no room for it.
    Full {
        /// The most points there can be.
        most: u64,
    },
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlaceError::AlreadyThere { member } => write!(f, "member {member} is already there"),
            PlaceError::Weight { weight } => {
                write!(f, "the weight is {weight}, but must be between 1 and {WEIGHT_MAX}")
            }
            PlaceError::Full { most } => {
                write!(f, "with this member there would be more than {most} points, or units of weight")
            }
        }
    }
}

impl core::error::Error for PlaceError {}

/// Makes the list of the family: names and help, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($algorithm:ident($config:ident), $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which algorithm; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum Algorithm {
                $($algorithm = $name, $help;)+
            }
        }

        impl Algorithm {
            /// The usual settings.
            #[must_use]
            pub fn config(self) -> Config {
                match self { $(Algorithm::$algorithm => Config::$algorithm($config::default())),+ }
            }
        }

        /// The settings of any placement.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Config {
            $(#[doc = $help] $algorithm($config),)+
        }

        impl Config {
            /// The placement, without members.
            #[must_use]
            pub fn build(&self) -> Placement {
                match self { $(Config::$algorithm(config) => Placement::$algorithm($algorithm::new(*config))),+ }
            }
        }

        /// Any placement, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum Placement {
            $(#[doc = $help] $algorithm($algorithm),)+
        }

        impl Place for Placement {
            #[inline]
            fn owner(&self, hash: u64) -> Option<u32> {
                match self { $(Placement::$algorithm(place) => place.owner(hash)),+ }
            }
            #[inline]
            fn preference(&self, hash: u64, n: usize, out: &mut Vec<u32>) {
                match self { $(Placement::$algorithm(place) => place.preference(hash, n, out)),+ }
            }
            fn add(&mut self, member: u32, seed: u64, weight: u32) -> Result<(), PlaceError> {
                match self { $(Placement::$algorithm(place) => place.add(member, seed, weight)),+ }
            }
            fn remove(&mut self, member: u32) -> bool {
                match self { $(Placement::$algorithm(place) => place.remove(member)),+ }
            }
            fn members(&self) -> Vec<u32> {
                match self { $(Placement::$algorithm(place) => place.members()),+ }
            }
            fn count(&self) -> u32 {
                match self { $(Placement::$algorithm(place) => place.count()),+ }
            }
            fn boundaries(&self) -> Vec<u64> {
                match self { $(Placement::$algorithm(place) => place.boundaries()),+ }
            }
        }
    };
}

family! {
    Ring(RingConfig), "ring", "A hash ring with virtual nodes: a member that joins takes only what it will own.";
    Modulo(ModuloConfig), "modulo", "The remainder by the number of members: nearly every key moves when that changes.";
    EvenRanges(EvenRangesConfig), "even-ranges", "One even range a member, cut anew when members change: half of all keys move.";
    Jump(JumpConfig), "jump", "Jump hash: no table, and the least movement, as long as only the last member leaves.";
    Rendezvous(RendezvousConfig), "rendezvous", "The highest draw wins: even shares, exact weights, the least movement; asks every member.";
    Maglev(MaglevConfig), "maglev", "A table filled in turns: the most even shares and one access a lookup; a few keys more move.";
}
