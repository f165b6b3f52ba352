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
//! use base::Time;
//! use cache::{Algorithm, Cache, Lookup, Why};
//!
//! let mut cache = Cache::of(Algorithm::Lru, 2);
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
//!
//! To add a policy: one file with its [`Policy`], and one line in the list below.

mod cache;
mod che;
mod index;
mod lfu;
mod list;
mod lru;

pub use cache::{Cache, Cell, Evicted, Lookup, Why};
pub use che::{characteristic_time, che_hit_ratio};
pub use lfu::Lfu;
pub use lru::Lru;

use serde::{Deserialize, Serialize};

/// Who leaves when room is needed. A policy sees slots, small numbers that name the entries of one cache and are used again.
pub trait Policy: Clone {
    /// The entry in `slot` is new.
    fn on_insert(&mut self, slot: u32);
    /// The entry in `slot` was read or written again.
    fn on_use(&mut self, slot: u32);
    /// The entry in `slot` is gone, for whatever reason.
    fn on_remove(&mut self, slot: u32);
    /// Who leaves next; `None` if nobody is there.
    fn victim(&self) -> Option<u32>;
    /// Who would leave last. For drawing.
    fn safest(&self) -> Option<u32>;
    /// Who comes after `slot` on the way from the safest to the victim. For drawing.
    fn less_safe(&self, slot: u32) -> Option<u32>;
    /// Everybody is gone.
    fn clear(&mut self);
}

/// Makes the list of the family: names and help, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($algorithm:ident, $name:literal, $help:literal;)+) => {
        /// Which policy; the list of the family.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Algorithm {
            #[default]
            $(#[doc = $help] $algorithm,)+
        }

        impl Algorithm {
            /// All policies, in the order in which they are saved.
            pub const ALL: &[Algorithm] = &[$(Algorithm::$algorithm),+];

            /// The name in files and on screen.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Algorithm::$algorithm => $name),+ }
            }

            /// One line for a person who chooses.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Algorithm::$algorithm => $help),+ }
            }

            /// The policy, with nothing in it.
            #[must_use]
            pub fn build(self) -> AnyPolicy {
                match self { $(Algorithm::$algorithm => AnyPolicy::$algorithm($algorithm::default())),+ }
            }
        }

        /// Any policy, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum AnyPolicy {
            $(#[doc = $help] $algorithm($algorithm),)+
        }

        impl Policy for AnyPolicy {
            #[inline]
            fn on_insert(&mut self, slot: u32) {
                match self { $(AnyPolicy::$algorithm(policy) => policy.on_insert(slot)),+ }
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
            fn victim(&self) -> Option<u32> {
                match self { $(AnyPolicy::$algorithm(policy) => policy.victim()),+ }
            }
            fn safest(&self) -> Option<u32> {
                match self { $(AnyPolicy::$algorithm(policy) => policy.safest()),+ }
            }
            fn less_safe(&self, slot: u32) -> Option<u32> {
                match self { $(AnyPolicy::$algorithm(policy) => policy.less_safe(slot)),+ }
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
}
