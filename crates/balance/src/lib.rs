//! Load balancing: which of several members gets the next request, and which are healthy enough to get any.
//!
//! A [`Balance`] picks among [`Candidates`], which the caller lends as two slices; it never allocates, and it draws luck only from
//! the stream it is given. The rules that every algorithm keeps, and that the suite in `tests/conformance.rs` holds over
//! [`Algorithm::ALL`]:
//!
//! - a pick is always a healthy member; nobody healthy means no pick;
//! - equal state, candidates, hash and luck give an equal pick;
//! - with equal members and many clients nobody starves.
//!
//! ```
//! use balance::{Balance, Candidates, LeastConnections};
//! use base::Rng;
//!
//! let (healthy, outstanding) = ([true, true, false], [4, 1, 0]);
//! let candidates = Candidates::new(&healthy, &outstanding);
//! let pick = LeastConnections::default().pick(&candidates, 0, &mut Rng::new(1));
//! assert_eq!(pick, Some(1), "member 2 is idle but unhealthy");
//! ```
//!
//! | | needs to know | cost | use it when |
//! |---|---|---|---|
//! | [`RoundRobin`] | nothing | O(1) | members and requests are alike |
//! | [`LeastConnections`] | all loads | O(n) | durations vary widely |
//! | [`TwoChoices`] | two loads | O(1) | many balancers share the members, or loads are stale |
//! | [`IpHash`] | the client | O(1) | the same client must meet the same member |
//!
//! To add an algorithm: one file with its [`Balance`], and one line in the list below. [`Health`] is the other half: it turns the
//! outcomes of probes and requests into the slice of healthy members.

mod health;
mod ip_hash;
mod least_connections;
mod round_robin;
mod two_choices;

pub use health::{Change, Health, HealthConfig};
pub use ip_hash::IpHash;
pub use least_connections::LeastConnections;
pub use round_robin::RoundRobin;
pub use two_choices::TwoChoices;

use base::Rng;
use serde::{Deserialize, Serialize};

/// The members a balancer may choose from, by index, as they are now.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'a> {
    /// Which members may be picked.
    healthy: &'a [bool],
    /// Requests sent to each member and not yet answered.
    outstanding: &'a [u32],
}

impl<'a> Candidates<'a> {
    /// Members with their health and load. Of slices of different lengths the longer one's rest is ignored.
    #[inline]
    #[must_use]
    pub fn new(healthy: &'a [bool], outstanding: &'a [u32]) -> Candidates<'a> {
        let n = healthy.len().min(outstanding.len());
        Candidates { healthy: &healthy[..n], outstanding: &outstanding[..n] }
    }

    /// Number of members, healthy or not.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.healthy.len()
    }

    /// Whether there is no member at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.healthy.is_empty()
    }

    /// Whether member `index` may be picked.
    #[inline]
    #[must_use]
    pub fn is_healthy(&self, index: usize) -> bool {
        self.healthy[index]
    }

    /// Requests sent to member `index` and not yet answered.
    #[inline]
    #[must_use]
    pub fn outstanding(&self, index: usize) -> u32 {
        self.outstanding[index]
    }

    /// Number of healthy members.
    #[inline]
    pub(crate) fn healthy_count(&self) -> usize {
        self.healthy.iter().filter(|healthy| **healthy).count()
    }

    /// The `rank`-th of `count` healthy members, counted from 0.
    #[inline]
    pub(crate) fn healthy_at(&self, rank: usize, count: usize) -> Option<usize> {
        if count == self.len() {
            return Some(rank);
        }
        self.healthy.iter().enumerate().filter(|(_, healthy)| **healthy).nth(rank).map(|(index, _)| index)
    }

    /// The first healthy member at or after `start`, in a circle.
    #[inline]
    pub(crate) fn healthy_from(&self, start: usize) -> Option<usize> {
        if self.healthy.get(start) == Some(&true) {
            return Some(start);
        }
        let (before, after) = self.healthy.split_at(start.min(self.len()));
        let first = |part: &[bool]| part.iter().position(|healthy| *healthy);
        first(after).map(|offset| before.len() + offset).or_else(|| first(before))
    }
}

/// One way to choose a member.
pub trait Balance {
    /// The member that gets the next request; `None` if nobody is healthy. `hash` names the client (or the key), `rng` is the
    /// balancer's own stream; an algorithm that needs neither touches neither.
    fn pick(&mut self, candidates: &Candidates<'_>, hash: u64, rng: &mut Rng) -> Option<usize>;
}

/// Makes the list of the family: names and help, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($algorithm:ident, $name:literal, $help:literal;)+) => {
        /// Which algorithm; the list of the family.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Algorithm {
            $(#[doc = $help] $algorithm,)+
        }

        impl Algorithm {
            /// All algorithms, in the order in which they are saved.
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

            /// The balancer, fresh.
            #[must_use]
            pub fn build(self) -> Balancer {
                match self { $(Algorithm::$algorithm => Balancer::$algorithm($algorithm::default())),+ }
            }
        }

        /// Any balancer, dispatched by `match`.
        #[derive(Clone, Debug)]
        pub enum Balancer {
            $(#[doc = $help] $algorithm($algorithm),)+
        }

        impl Balance for Balancer {
            #[inline]
            fn pick(&mut self, candidates: &Candidates<'_>, hash: u64, rng: &mut Rng) -> Option<usize> {
                match self { $(Balancer::$algorithm(balancer) => balancer.pick(candidates, hash, rng)),+ }
            }
        }
    };
}

family! {
    RoundRobin, "round-robin", "Each healthy member in turn.";
    LeastConnections, "least-connections", "The member with the fewest unanswered requests; ties in turn.";
    TwoChoices, "two-choices", "The less loaded of two members drawn at random.";
    IpHash, "ip-hash", "The member that the client's address hashes to, as long as it is healthy.";
}
