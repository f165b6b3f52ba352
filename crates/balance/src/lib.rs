//! Load balancing: which of several members gets the next request, and which are healthy enough to get any.
//!
//! A [`Balance`] picks among [`Candidates`], which the caller lends as slices; it allocates only when the number of members changes
//! (or a new client gets a cookie), and it draws luck only from the stream it is given. Those that learn from answers are told of
//! them by [`Balance::on_response`]. The rules that every algorithm keeps, and that the suite in `tests/conformance.rs` holds over
//! [`Algorithm::ALL`]:
//!
//! - a pick is always a healthy member; nobody healthy means no pick;
//! - equal state, candidates, hash and luck give an equal pick;
//! - with equal members and many clients nobody starves, except those who only stand by.
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
//! | [`SmoothWeighted`] | weights | O(n) | members differ in size |
//! | [`WeightedRandom`] | weights | O(n) | members differ in size and balancers are many |
//! | [`Random`] | nothing | O(1) | to compare with |
//! | [`LeastResponseTime`] | all averages | O(n) | to see it herd |
//! | [`PeakEwma`] | two peaks and loads | O(1) | latency matters and members change their pace |
//! | [`UrlHash`] | the key | O(1) | members cache what they serve |
//! | [`BoundedLoad`] | the key and all loads | O(n) | the same, and some keys are hot |
//! | [`StickyCookie`] | the client | O(log clients) | members keep sessions |
//! | [`ActivePassive`] | nothing | O(1) | only one may work at a time |
//!
//! To add an algorithm: one file with its [`Balance`], and one line in the list below. [`Health`] and [`Outliers`] are the other half:
//! they turn the outcomes of probes and requests into the slice of healthy members, which [`Panic`] sets aside when it is too short to
//! be believed. [`SlowStart`] makes the weights of those who have
//! just come back; [`Routes`] tells services apart before any balancing; [`standby`] is about a pair of balancers that have one address.

mod active_passive;
pub mod bounded_load;
mod health;
mod ip_hash;
mod least_connections;
mod least_response_time;
mod outliers;
mod panic;
mod peak_ewma;
mod random;
mod round_robin;
mod routes;
mod slow_start;
mod smooth_weighted;
pub mod standby;
mod sticky_cookie;
mod two_choices;
mod url_hash;
mod weighted_random;

pub use active_passive::ActivePassive;
pub use bounded_load::BoundedLoad;
pub use health::{Change, Health, HealthConfig};
pub use ip_hash::IpHash;
pub use least_connections::LeastConnections;
pub use least_response_time::LeastResponseTime;
pub use outliers::{Outliers, OutliersConfig};
pub use panic::Panic;
pub use peak_ewma::PeakEwma;
pub use random::Random;
pub use round_robin::RoundRobin;
pub use routes::Routes;
pub use slow_start::SlowStart;
pub use smooth_weighted::SmoothWeighted;
pub use sticky_cookie::StickyCookie;
pub use two_choices::TwoChoices;
pub use url_hash::UrlHash;
pub use weighted_random::WeightedRandom;

use base::{Rng, Span, Time};
use serde::{Deserialize, Serialize};

/// The members a balancer may choose from, by index, as they are now.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'a> {
    /// Which members may be picked.
    healthy: &'a [bool],
    /// Requests sent to each member and not yet answered.
    outstanding: &'a [u32],
    /// What each is to get in proportion; those beyond the end have 1.
    weights: &'a [u32],
    now: Time,
}

/// What each healthy member is to get in proportion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares<'a> {
    candidates: Candidates<'a>,
    /// Everybody healthy has a weight of 0: then all are alike.
    is_even: bool,
}

impl Shares<'_> {
    /// The share of a member; 0 for one that may not be picked.
    #[inline]
    pub(crate) fn of(&self, index: usize) -> u32 {
        match (self.candidates.is_healthy(index), self.is_even) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => self.candidates.weight(index),
        }
    }
}

impl<'a> Candidates<'a> {
    /// Members with their health and load. Of slices of different lengths the longer one's rest is ignored.
    #[inline]
    #[must_use]
    pub fn new(healthy: &'a [bool], outstanding: &'a [u32]) -> Candidates<'a> {
        let n = healthy.len().min(outstanding.len());
        Candidates { healthy: &healthy[..n], outstanding: &outstanding[..n], weights: &[], now: Time::ZERO }
    }

    /// The same members with weights: of two with 3 and 1 the first is to get three times as much. A member without one has 1; one
    /// with 0 is drained, unless everybody healthy is.
    #[must_use]
    pub fn weighted(self, weights: &'a [u32]) -> Candidates<'a> {
        Candidates { weights, ..self }
    }

    /// The same members at a moment, for those who forget with time.
    #[must_use]
    pub fn at(self, now: Time) -> Candidates<'a> {
        Candidates { now, ..self }
    }

    /// The moment; zero unless it was said.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The weight of member `index`.
    #[inline]
    #[must_use]
    pub fn weight(&self, index: usize) -> u32 {
        self.weights.get(index).copied().unwrap_or(1)
    }

    /// The weights of those who may be picked.
    #[inline]
    pub(crate) fn shares(&self) -> Shares<'a> {
        let is_even = (0..self.len()).all(|index| !self.is_healthy(index) || self.weight(index) == 0);
        Shares { candidates: *self, is_even }
    }

    /// Two different healthy members, every pair alike; the same one twice if there is but one.
    #[inline]
    pub(crate) fn two_healthy(&self, rng: &mut Rng) -> Option<(usize, usize)> {
        let healthy = self.healthy_count();
        if healthy <= 1 {
            return self.healthy_from(0).map(|only| (only, only));
        }
        let first = rng.below(healthy as u64) as usize;
        // The second among the others: the first's own rank is skipped.
        let second = rng.below(healthy as u64 - 1) as usize;
        let second = second + usize::from(second >= first);
        Some((self.healthy_at(first, healthy)?, self.healthy_at(second, healthy)?))
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

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// Which member had it.
    pub member: usize,
    /// How long it took.
    pub took: Span,
    /// Whether it was answered well.
    pub ok: bool,
    /// When it ended.
    pub now: Time,
}

/// One way to choose a member.
pub trait Balance {
    /// The member that gets the next request; `None` if nobody is healthy. `hash` names the client (or the key), `rng` is the
    /// balancer's own stream; an algorithm that needs neither touches neither.
    fn pick(&mut self, candidates: &Candidates<'_>, hash: u64, rng: &mut Rng) -> Option<usize>;

    /// A request has ended; most do not care. An unknown member is ignored.
    fn on_response(&mut self, _response: Response) {}
}

/// Makes the list of the family: names and help, and one type that holds any of them without dynamic dispatch.
macro_rules! family {
    ($($algorithm:ident, $name:literal, $help:literal;)+) => {
        base::choices! {
            /// Which algorithm; the list of the family.
            #[derive(Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum Algorithm {
                $($algorithm = $name, $help;)+
            }
        }

        impl Algorithm {
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
            #[inline]
            fn on_response(&mut self, response: Response) {
                match self { $(Balancer::$algorithm(balancer) => balancer.on_response(response)),+ }
            }
        }
    };
}

family! {
    RoundRobin, "round-robin", "Each healthy member in turn.";
    LeastConnections, "least-connections", "The member with the fewest unanswered requests; ties in turn.";
    TwoChoices, "two-choices", "The less loaded of two members drawn at random.";
    IpHash, "ip-hash", "The member that the client's address hashes to, as long as it is healthy.";
    SmoothWeighted, "smooth-weighted", "Each in proportion to its weight, evenly mixed.";
    WeightedRandom, "weighted-random", "By chance, in proportion to the weights.";
    Random, "random", "By chance, all alike.";
    LeastResponseTime, "least-response-time", "The quickest on average; all run to the one that looked quickest.";
    PeakEwma, "peak-ewma", "The better of two by recent worst response and unanswered requests.";
    UrlHash, "url-hash", "The member that the key hashes to, as long as it is healthy.";
    BoundedLoad, "bounded-load", "Clockwise on a ring from the key to the first member that is not too full.";
    StickyCookie, "sticky-cookie", "The member that the client has met before; a new one if that is gone.";
    ActivePassive, "active-passive", "All to the first healthy member; the others stand by.";
}

impl Algorithm {
    /// Whether the hash should be that of the requested key, and not of the client.
    #[must_use]
    pub fn goes_by_key(self) -> bool {
        matches!(self, Algorithm::UrlHash | Algorithm::BoundedLoad)
    }

    /// Whether it looks at weights.
    #[must_use]
    pub fn goes_by_weight(self) -> bool {
        matches!(self, Algorithm::SmoothWeighted | Algorithm::WeightedRandom)
    }
}
