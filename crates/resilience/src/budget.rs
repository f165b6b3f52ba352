//! Retry budget: retries may be only so large a part of all calls, whatever fails.
//!
//! ```text
//!   each first call   + percent / 100          each retry  - 1, refused when the balance is below 1
//!   the balance never exceeds `reserve`, with which it begins
//! ```
//!
//! The rule: retries <= reserve + percent / 100 × first calls. So a dead service gets 1.2 times the traffic instead of 5 times, and a
//! chain of d services 1.2^d instead of 5^d; while little fails, the budget is never felt. In whole hundredths, exact. O(1).
//!
//! Source: Finagle's `RetryBudget` (20% and a minimum), gRPC's retry throttling (gRFC A6). When not: for the few calls that must not
//! fail; give those a budget of their own rather than none.

use serde::{Deserialize, Serialize};

/// Hundredths of a retry.
const WHOLE: u64 = 100;

/// Settings of a [`RetryBudget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RetryBudgetConfig {
    /// Retries per hundred first calls, 0 to 1,000.
    pub percent: u32,
    /// Retries that may be made on top, at once, after a quiet time. Usual range 1 to 1,000.
    pub reserve: u32,
}

/// A fifth, and ten on top.
impl Default for RetryBudgetConfig {
    fn default() -> RetryBudgetConfig {
        RetryBudgetConfig { percent: 20, reserve: 10 }
    }
}

/// A budget that many operations of one caller share; it begins with its reserve.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    config: RetryBudgetConfig,
    balance: u64,
}

impl RetryBudget {
    /// A budget at its reserve.
    #[must_use]
    pub fn new(config: RetryBudgetConfig) -> RetryBudget {
        RetryBudget { config, balance: u64::from(config.reserve) * WHOLE }
    }

    /// A first call is made.
    #[inline]
    pub fn on_call(&mut self) {
        // Less than one retry can be saved without a reserve, so at least one fits.
        let most = u64::from(self.config.reserve.max(1)) * WHOLE;
        self.balance = (self.balance + u64::from(self.config.percent)).min(most.max(u64::from(self.config.percent)));
    }

    /// May a retry be made? If so, it is charged.
    #[inline]
    pub fn ask(&mut self) -> bool {
        let left = self.balance.checked_sub(WHOLE);
        self.balance = left.unwrap_or(self.balance);
        left.is_some()
    }

    /// Retries that may be made now.
    #[must_use]
    pub fn balance(&self) -> u64 {
        self.balance / WHOLE
    }
}
