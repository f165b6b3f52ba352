//! Bounded caches: real keys, values with a time to live, and a policy that names the victim when room is needed.
//!
//! A [`Cache`] finds entries, forgets expired ones and counts; its [`Policy`] knows only slots and decides who leaves. The rules,
//! which the suite in `tests/conformance.rs` holds over [`Algorithm::ALL`]:
//!
//! - a hit is a value that was put under this key, not replaced, not removed and not expired;
//! - never more than `capacity` entries, and a put makes at most one other key leave, which the caller is told;
//! - an entry that expires at t is a hit before t and a miss from t on.
//!
//! ```
//! use base::{Rng, Time};
//! use cache::{Algorithm, Cache, Lookup, Why};
//!
//! let mut cache = Cache::of(Algorithm::Lru, 2, Rng::new(0));
//! cache.put(1, "one", Time::NEVER, Time(0));
//! cache.put(2, "two", Time(50), Time(0));
//! assert_eq!(cache.get(1, Time(10)), Lookup::Hit("one"));
//!
//! let evicted = cache.put(3, "three", Time::NEVER, Time(20)).expect("the cache was full");
//! assert_eq!((evicted.key, evicted.why), (2, Why::Capacity), "key 1 was used more recently");
//! assert_eq!(cache.get(2, Time(30)), Lookup::Miss);
//! ```
//!
//! | | evicts | cost | good at | bad at |
//! |---|---|---|---|---|
//! | [`Lru`] | the least recently used | O(1) | recency, changing favourites | a scan longer than the cache flushes it |
//! | [`Lfu`] | the least often used | O(1) | stable favourites, scans | yesterday's favourites stay |
//! | [`Fifo`] | what came first | O(1), nothing on a hit | simplicity | favourites leave like everything else |
//! | [`Lifo`] | what came last | O(1), nothing on a hit | one loop longer than the cache | everything that changes |
//! | [`Random`] | whom the lot names | O(1), nothing on a hit | no pattern defeats it | no pattern helps it |
//! | [`Clock`] | the first without a bit | O(1), a bit on a hit | nearly LRU, cheaper | scans |
//! | [`LfuAged`] | the least often used, age added | O(log n) | favourites that change slowly | recency |
//! | [`TwoQ`] | newcomers, unless they came back | O(1) | scans | second uses that come at once |
//! | [`Arc`] | by what it regrets | O(1) | loads that change between recency and frequency | memory of one cache full only |
//! | [`Sieve`] | the first without a bit, no moves | O(1), a bit on a hit | web loads, simplicity | scans that are asked for twice |
//! | [`S3Fifo`] | what is not used twice soon | O(1), a count on a hit | one-hit wonders | late second uses |
//! | [`WTinyLfu`] | the rarer of two | O(1) | skewed loads of all kinds | pure recency |
//!
//! No policy beats [`belady_hits`], which knows the future. [`WeightedCache`] bounds the weight instead of the number. When entries
//! die is a matter of [`Ttl`]; what happens when a favourite dies under load is one of [`SingleFlight`], [`refresh_ahead`],
//! [`refresh_early`] and [`Revalidation`]. [`WriteBack`] holds acknowledged writes back from the store.
//!
//! To add a policy: one file with its [`Policy`], and one line in the list below. When not to use a cache at all: when the answer must
//! be the latest, or when next to nothing is asked for twice.

mod arc;
mod belady;
mod cache;
mod che;
mod clock;
mod expiry;
mod fifo;
mod frequency;
mod ghosts;
mod index;
mod lfu;
mod lfu_aged;
mod lifo;
mod list;
mod lru;
mod marks;
mod random;
mod s3_fifo;
mod sieve;
mod stampede;
mod two_q;
mod w_tiny_lfu;
mod weighted;
mod write_back;

pub use arc::Arc;
pub use belady::belady_hits;
pub use cache::{Cache, Cell, Evicted, Lookup, Why};
pub use che::{characteristic_time, che_hit_ratio};
pub use clock::Clock;
pub use expiry::{AnswerTtl, Ttl, TtlError};
pub use fifo::Fifo;
pub use lfu::Lfu;
pub use lfu_aged::LfuAged;
pub use lifo::Lifo;
pub use lru::Lru;
pub use random::Random;
pub use s3_fifo::S3Fifo;
pub use sieve::Sieve;
pub use stampede::{Flight, Freshness, Revalidation, SingleFlight, refresh_ahead, refresh_early};
pub use two_q::TwoQ;
pub use w_tiny_lfu::WTinyLfu;
pub use weighted::{TooHeavy, WeightedCache};
pub use write_back::{Write, WriteBack};

use base::Rng;
use serde::{Deserialize, Serialize};

/// Who leaves when room is needed. A policy sees slots, small numbers that name the entries of one cache and are used again, and the
/// keys of those who come.
///
/// ```text
///   a key that is not here:   on_miss(key)   [ evict() ]   on_insert(slot, key)       evict only if there is no room
///   a key that is here:       on_use(slot)
///   a key that has to go:     on_remove(slot)                                         deleted or expired: no regrets
/// ```
pub trait Policy: Clone {
    /// The cache holds at most `capacity` entries from now on. Told before anything else, and whenever it changes.
    fn set_capacity(&mut self, _capacity: u32) {}
    /// Where lots are drawn from, for a policy that draws lots.
    fn seed(&mut self, _rng: Rng) {}
    /// `key`, which is not here, comes in next: the moment to look among the ghosts, before anybody has to leave for it.
    fn on_miss(&mut self, _key: u64) {}
    /// The entry in `slot` is new, and its key is `key`.
    fn on_insert(&mut self, slot: u32, key: u64);
    /// The entry in `slot` was read or written again.
    fn on_use(&mut self, slot: u32);
    /// The entry in `slot` is gone because it was removed or has expired.
    fn on_remove(&mut self, slot: u32);
    /// Names who leaves for want of room, and lets it go; `None` if nobody is there.
    fn evict(&mut self) -> Option<u32>;
    /// Who is shown first: the best protected, as far as the policy has an order. For drawing.
    fn safest(&self) -> Option<u32>;
    /// Who is shown after `slot`. For drawing.
    fn less_safe(&self, slot: u32) -> Option<u32>;
    /// On which of the policy's lists the entry in `slot` is, and its mark. For drawing.
    fn standing(&self, _slot: u32) -> Standing {
        Standing { list: "all", marks: 0 }
    }
    /// Everybody is gone, and forgotten.
    fn clear(&mut self);
}

/// Where an entry stands with its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The policy's list that it is on, in the words of the policy's paper.
    pub list: &'static str,
    /// Its bit, or its small count; 0 where there is none.
    pub marks: u8,
}

/// Makes the list of the family: names and help, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($algorithm:ident, $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which policy; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum Algorithm {
                $($algorithm = $name, $help;)+
            }
        }

        impl Default for Algorithm {
            /// The first of the list.
            fn default() -> Algorithm {
                Algorithm::ALL[0]
            }
        }

        impl Algorithm {
            /// The policy, with nothing in it. If it draws lots it takes them from `rng`.
            #[must_use]
            pub fn build(self, rng: Rng) -> AnyPolicy {
                let mut policy = match self { $(Algorithm::$algorithm => AnyPolicy::$algorithm($algorithm::default())),+ };
                policy.seed(rng);
                policy
            }
        }

        /// Any policy, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum AnyPolicy {
            $(#[doc = $help] $algorithm($algorithm),)+
        }

        impl Policy for AnyPolicy {
            fn set_capacity(&mut self, capacity: u32) {
                match self { $(AnyPolicy::$algorithm(policy) => policy.set_capacity(capacity)),+ }
            }
            fn seed(&mut self, rng: Rng) {
                match self { $(AnyPolicy::$algorithm(policy) => policy.seed(rng)),+ }
            }
            #[inline]
            fn on_miss(&mut self, key: u64) {
                match self { $(AnyPolicy::$algorithm(policy) => policy.on_miss(key)),+ }
            }
            #[inline]
            fn on_insert(&mut self, slot: u32, key: u64) {
                match self { $(AnyPolicy::$algorithm(policy) => policy.on_insert(slot, key)),+ }
            }
            #[inline]
            fn on_use(&mut self, slot: u32) {
                match self { $(AnyPolicy::$algorithm(policy) => policy.on_use(slot)),+ }
            }
            #[inline]
            fn on_remove(&mut self, slot: u32) {
                match self { $(AnyPolicy::$algorithm(policy) => policy.on_remove(slot)),+ }
            }
            #[inline]
            fn evict(&mut self) -> Option<u32> {
                match self { $(AnyPolicy::$algorithm(policy) => policy.evict()),+ }
            }
            fn safest(&self) -> Option<u32> {
                match self { $(AnyPolicy::$algorithm(policy) => policy.safest()),+ }
            }
            fn less_safe(&self, slot: u32) -> Option<u32> {
                match self { $(AnyPolicy::$algorithm(policy) => policy.less_safe(slot)),+ }
            }
            fn standing(&self, slot: u32) -> Standing {
                match self { $(AnyPolicy::$algorithm(policy) => policy.standing(slot)),+ }
            }
            fn clear(&mut self) {
                match self { $(AnyPolicy::$algorithm(policy) => policy.clear()),+ }
            }
        }
    };
}

family! {
    Lru, "lru", "Evicts the least recently used entry.";
    Lfu, "lfu", "Evicts the least often used entry; among equals the least recently used.";
    Fifo, "fifo", "Evicts what came first; uses change nothing.";
    Lifo, "lifo", "Evicts what came last; uses change nothing.";
    Random, "random", "Evicts by lot.";
    Clock, "clock", "Evicts the first on the ring that was not used since the hand came by.";
    LfuAged, "lfu-aged", "Evicts the least often used entry; old merits fade.";
    TwoQ, "two-q", "Newcomers queue; only what comes back after leaving enters the main list.";
    Arc, "arc", "Balances recency and frequency by what it should not have evicted.";
    Sieve, "sieve", "As clock, but what is spared keeps its place, so newcomers are sifted quickly.";
    S3Fifo, "s3-fifo", "Newcomers that are not used twice soon leave a small queue; the others enter the main one.";
    WTinyLfu, "w-tiny-lfu", "Who leaves the window must be asked for more often than whom it would replace.";
}
