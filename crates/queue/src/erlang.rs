//! Erlang's formulas: how many wait, how many are turned away, and for how long, in closed form.
//!
//! ```text
//!   a   offered load in erlangs: arrivals per mean service time       n   servers
//!
//!   B(n, a)  of a call that finds all n busy and is lost               no waiting room   (M/M/n/n)
//!   C(n, a)  of a call that finds all n busy and waits                 endless room      (M/M/n), needs a < n
//!   W(n, a)  the mean wait of all calls, in mean service times: C / (n - a)
//! ```
//!
//! The rule: I(k) = 1 / B(k) follows I(0) = 1 and I(k) = 1 + I(k-1) × k / a. All terms are positive, so nothing cancels, and no
//! factorial is needed. From it C = n / ((n - a) I + a) and W = C / (n - a). The recursion runs in numbers of twice the precision
//! with an exponent of their own, so that the answers are right to the last bit or the one before it for any number of servers, down
//! to probabilities of 5e-324. O(n): 300,000 servers take some milliseconds. At a >= n the line of an M/M/n queue grows without end:
//! C is 1 and there is no mean wait.
//!
//! Source: A. K. Erlang, 1917; the recursion, Cooper, "Introduction to Queueing Theory", 2nd edition, section 3.3.
//!
//! ```
//! use queue::erlang::{Erlang, ErlangError};
//!
//! // The classic table: 10 servers, 1% blocking, 4.46 erlangs.
//! let trunk = Erlang::new(10, 4.46)?;
//! assert!((trunk.blocking() - 0.01).abs() < 1e-4);
//! # Ok::<(), ErlangError>(())
//! ```
//!
//! When not: arrivals that come in bursts, service times that are far from exponential (B does not mind those, C and W do), callers
//! who give up. There the simulation is the answer, and this is what it is checked against.

use base::Wide;
use core::fmt;

/// The most servers that are reckoned with: as many steps, less than a second.
pub const SERVERS_MAX: u64 = 10_000_000;

/// `n` servers under a load, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erlang {
    servers: f64,
    offered: f64,
    inverse: Inverse,
}

/// 1 / B as `value` × 2^`exponent`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Inverse {
    value: Wide,
    exponent: i32,
}

impl Erlang {
    /// `servers` (0 to [`SERVERS_MAX`]) under an offered load in erlangs, finite and not negative. O(servers), all at once here.
    pub fn new(servers: u64, offered: f64) -> Result<Erlang, ErlangError> {
        if servers > SERVERS_MAX {
            return Err(ErlangError::Servers(servers));
        }
        if !(offered.is_finite() && offered >= 0.0) {
            return Err(ErlangError::Offered(offered));
        }
        Ok(Erlang { servers: servers as f64, offered, inverse: inverse_blocking(servers, offered) })
    }

    /// Erlang B: the share of calls that are lost when there is no waiting room, 0 to 1. Of no calls, none is lost where somebody
    /// serves.
    #[must_use]
    pub fn blocking(&self) -> f64 {
        if self.offered <= 0.0 && self.servers > 0.0 {
            return 0.0;
        }
        libm::scalbn(Wide::from(1.0).over(self.inverse.value).rounded(), -self.inverse.exponent)
    }

    /// Erlang C: the share of calls that have to wait when there is endless waiting room, 0 to 1; 1 when the line grows without end.
    #[must_use]
    pub fn waiting(&self) -> f64 {
        if self.offered <= 0.0 {
            return 0.0;
        }
        if self.offered >= self.servers {
            return 1.0;
        }
        libm::scalbn(self.waiting_scaled().rounded(), -self.inverse.exponent)
    }

    /// The mean wait of all calls, those that do not wait included, in mean service times; `None` when the line grows without end.
    #[must_use]
    pub fn mean_wait(&self) -> Option<f64> {
        if self.offered <= 0.0 {
            return Some(0.0);
        }
        let spare = Wide::sum(self.servers, -self.offered);
        (spare.rounded() > 0.0)
            .then(|| libm::scalbn(self.waiting_scaled().over(spare).rounded(), -self.inverse.exponent))
    }

    /// C × 2^exponent = n / ((n - a) × value + a / 2^exponent), for a below n.
    fn waiting_scaled(&self) -> Wide {
        let spare = Wide::sum(self.servers, -self.offered);
        let offered = libm::scalbn(self.offered, -self.inverse.exponent);
        Wide::from(self.servers).over(spare.times(self.inverse.value).plus(Wide::from(offered)))
    }
}

/// I(n), from I(k) = 1 + I(k-1) × k / a.
fn inverse_blocking(servers: u64, offered: f64) -> Inverse {
    /// Where the value is brought back to small numbers, and by how much.
    const LARGE: i32 = 400;
    /// From here on it only grows (k is above a), and what it is the inverse of is 0.
    const GONE: i32 = 4_000;
    let (large, small) = (libm::scalbn(1.0, LARGE), libm::scalbn(1.0, -LARGE));
    if offered <= 0.0 {
        return Inverse { value: Wide::from(1.0), exponent: 0 };
    }
    // a = fraction × 2^size with the fraction in [0.5, 1), so that no quotient overflows.
    let (fraction, size) = libm::frexp(offered);
    let per_load = Wide::from(1.0).over(Wide::from(fraction));
    let (mut value, mut exponent) = (Wide::from(1.0), 0_i32);
    for k in 1..=servers {
        value = value.times(per_load.times(Wide::from(k as f64)));
        exponent -= size;
        if exponent < 0 {
            // Below 2^-1000 nothing is left of it beside the 1 that comes now.
            value = value.scaled(libm::scalbn(1.0, exponent.max(-1_000)));
            exponent = 0;
        }
        value = value.plus(Wide::from(if exponent == 0 { 1.0 } else { libm::scalbn(1.0, -exponent) }));
        if value.rounded() > large {
            value = value.scaled(small);
            exponent += LARGE;
        }
        if exponent > GONE {
            break;
        }
    }
    Inverse { value, exponent }
}

/// Why a load cannot be reckoned with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ErlangError {
    /// More servers than [`SERVERS_MAX`].
    Servers(u64),
    /// An offered load that is negative, infinite or no number.
    Offered(f64),
}

impl fmt::Display for ErlangError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErlangError::Servers(servers) => {
                write!(f, "there are {servers} servers, but at most {SERVERS_MAX} are reckoned with")
            }
            ErlangError::Offered(offered) => {
                write!(f, "the offered load is {offered} erlangs, but must be a number of at least 0")
            }
        }
    }
}

impl core::error::Error for ErlangError {}
