//! Guards against the stampede: when a favourite dies, everybody who asks for it would load it at once.
//!
//! ```text
//!   no guard         miss miss miss miss   -> the store works 4 times for one answer
//!   single flight    leads, 3 wait         -> once; all wait for it
//!   refresh ahead    all, near its end     -> once, behind single flight; nobody waits
//!   early refresh    one, before it dies   -> once, usually; nobody waits, and nobody has to agree with anybody
//!   revalidation     stale stale stale     -> once; nobody waits, and the answer may be old by a stated span
//! ```
//!
//! All are words between a cache and whoever asks; none of them loads anything.

use base::{Rng, Span, Time};
use std::collections::BTreeMap;

/// Lets one caller at a time load a key; the others wait for its answer. O(log n) a call. A leader that dies must [`SingleFlight::land`]
/// too, or its followers wait for ever: give them time-outs.
///
/// ```
/// use cache::{Flight, SingleFlight};
///
/// let mut flights = SingleFlight::default();
/// assert_eq!(flights.join(7, "ann"), Flight::Leads);
/// assert_eq!(flights.join(7, "ben"), Flight::Follows);
/// assert_eq!(flights.join(8, "cas"), Flight::Leads, "another key is another flight");
/// assert_eq!(flights.land(7), ["ann", "ben"], "who gets the answer, the leader first");
/// assert_eq!(flights.join(7, "dan"), Flight::Leads);
/// ```
#[derive(Clone, Debug)]
pub struct SingleFlight<W> {
    flights: BTreeMap<u64, Vec<W>>,
}

/// What a caller does about a key that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flight {
    /// Loads it, and lands.
    Leads,
    /// Waits for whoever loads it.
    Follows,
}

impl<W> Default for SingleFlight<W> {
    fn default() -> SingleFlight<W> {
        SingleFlight { flights: BTreeMap::new() }
    }
}

impl<W> SingleFlight<W> {
    /// `waiter` wants `key`.
    pub fn join(&mut self, key: u64, waiter: W) -> Flight {
        let waiters = self.flights.entry(key).or_default();
        waiters.push(waiter);
        if waiters.len() == 1 { Flight::Leads } else { Flight::Follows }
    }

    /// The load of `key` has ended, well or badly: who waits for it, in the order of joining. Nobody if there is no such flight.
    pub fn land(&mut self, key: u64) -> Vec<W> {
        self.flights.remove(&key).unwrap_or_default()
    }

    /// Keys that are being loaded.
    #[must_use]
    pub fn in_the_air(&self) -> usize {
        self.flights.len()
    }
}

/// Whether a value that is read now should be loaded anew behind the reader's back: no more than the share `ahead` of its life is left.
/// Every reader is told so from that moment on; let one of them load, as with [`SingleFlight`]. A share that is not above 0 is never.
#[must_use]
pub fn refresh_ahead(stored: Time, expires: Time, now: Time, ahead: f64) -> bool {
    expires.since(now).0 as f64 <= ahead * expires.since(stored).0 as f64 && ahead > 0.0
}

/// Whether this caller should load anew a value that is still alive: XFetch, the optimal probabilistic early refresh.
///
/// `load` is how long the last load took; `beta` is 1 for the optimum, more to refresh earlier, 0 for never early. The closer the end
/// and the longer the load, the likelier: the moment is moved forward by an exponential draw of mean `load * beta`. Vattani,
/// Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015, figure 3. After `expires` always. A
/// `beta` that is negative or not a number counts as 0.
pub fn refresh_early(now: Time, expires: Time, load: Span, beta: f64, rng: &mut Rng) -> bool {
    let beta = if beta > 0.0 { beta } else { 0.0 };
    let ahead = load.scaled(beta * -libm::log(rng.unit_open()));
    now + ahead >= expires
}

/// For how long a value is fresh, and for how long after that it may be served once more while somebody loads it anew
/// (stale-while-revalidate, RFC 5861 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revalidation {
    /// From the store on: served without a thought.
    pub fresh: Span,
    /// From the end of that on: served, and loaded anew behind the caller's back.
    pub stale: Span,
}

/// How a value may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As it is.
    Fresh,
    /// As it is, but have it loaded anew; let one caller do so, as with [`SingleFlight`].
    Stale,
    /// Not at all.
    Dead,
}

impl Revalidation {
    /// How a value stored at `stored` may be used at `now`. A clock that went back makes it fresh.
    #[must_use]
    pub fn judge(&self, stored: Time, now: Time) -> Freshness {
        let age = now.since(stored);
        if age < self.fresh {
            Freshness::Fresh
        } else if age < Span(self.fresh.0.saturating_add(self.stale.0)) {
            Freshness::Stale
        } else {
            Freshness::Dead
        }
    }

    /// Until when it has to be kept: beyond that it is dead.
    #[must_use]
    pub fn expires(&self, stored: Time) -> Time {
        stored + Span(self.fresh.0.saturating_add(self.stale.0))
    }
}
