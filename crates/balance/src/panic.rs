//! Panic: when too few are left healthy, send to all of them again.
//!
//! ```text
//!   healthy    10 of 10      6          5            4 of 10        at 50%
//!   traffic to 10            6          5            all 10         a tenth each, six tenths of it perhaps lost
//!                                       each 2×      and not 2.5× on each of four, which would fall next
//! ```
//!
//! The rule: if fewer than `threshold` percent of the members are healthy, health is ignored and everybody is a candidate. Two things
//! speak for it: checks that call most of a pool ill are more often wrong (a broken probe, a cut between the balancer and the pool) than
//! the pool is, and a few that carry the load of all fall one after the other. It trades errors for the part that is really ill against
//! that. When not: where a wrong answer is worse than none, or where few can carry all; then the threshold is 0. O(members) a look.
//!
//! Source: Envoy, *Load balancing: panic threshold*, 50% by default.
//!
//! ```
//! use balance::Panic;
//! let mut panic = Panic::default();
//! assert_eq!(panic.candidates(&[true, true, false, false]), [true, true, false, false]); // half is enough
//! assert_eq!(panic.candidates(&[true, false, false, false]), [true; 4]);
//! assert!(panic.is_on());
//! ```

/// The threshold, and whether it is undercut.
#[derive(Clone, Debug)]
pub struct Panic {
    threshold: u32,
    is_on: bool,
    everybody: Vec<bool>,
}

/// Envoy's: half.
impl Default for Panic {
    fn default() -> Panic {
        Panic::new(50)
    }
}

impl Panic {
    /// With a threshold in percent of the members, 0 (never) to 100 (as soon as one is ill); more counts as 100.
    #[must_use]
    pub fn new(threshold: u32) -> Panic {
        Panic { threshold: threshold.min(100), is_on: false, everybody: Vec::new() }
    }

    /// Who is to get traffic, of members with this health: the healthy, or everybody. Allocates when there are more members than ever
    /// before.
    pub fn candidates<'a>(&'a mut self, healthy: &'a [bool]) -> &'a [bool] {
        let count = healthy.iter().filter(|healthy| **healthy).count() as u64;
        self.is_on = count * 100 < u64::from(self.threshold) * healthy.len() as u64;
        if !self.is_on {
            return healthy;
        }
        self.everybody.resize(healthy.len(), true);
        &self.everybody
    }

    /// Whether everybody was a candidate at the last look though not everybody was healthy.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.is_on
    }
}
