//! Tiers and quotas: each client belongs to a tier, each tier has several limits, and a request has to pass all of them.
//!
//! ```text
//!   free:  100 a minute  and  10,000 a month          a request of a free client is charged to both, or to neither
//!   paid: 1000 a minute  and 500,000 a month
//! ```
//!
//! The rule: what any policy refuses is charged to none, and the answer says until when the slowest of them refuses. Each client has
//! counters of its own. A client costs memory from its first request on; [`Tiers::forget`] is for those who have left. O(log clients
//! × policies) a decision.
//!
//! ```
//! use base::{Span, Time};
//! use limits::{Algorithm, Policy, Tier, Tiers};
//!
//! let minute = Policy::new("burst", Algorithm::FixedWindow, 2, Span::from_secs(60))?;
//! let day = Policy::new("daily", Algorithm::FixedWindow, 3, Span::from_secs(86_400))?;
//! let mut tiers = Tiers::new(vec![Tier { name: "free".into(), policies: vec![minute, day] }]);
//! assert!(tiers.ask(7, 0, Time::ZERO, 1)?.not_before.is_none());
//! assert!(tiers.ask(7, 0, Time::ZERO, 1)?.not_before.is_none());
//!
//! // The third waits for the next minute, the fourth for the next day.
//! let minute = Time::ZERO + Span::from_secs(60);
//! assert_eq!(tiers.ask(7, 0, Time::ZERO, 1)?.not_before, Some(minute));
//! assert!(tiers.ask(7, 0, minute, 1)?.is_allowed);
//! assert_eq!(tiers.ask(7, 0, minute, 1)?.not_before, Some(Time::ZERO + Span::from_secs(86_400)));
//! # Ok::<(), limits::TierError>(())
//! ```

use crate::{Algorithm, Config, Decision, Limit, LimitError, Limiter};
use base::{Span, Time};
use core::fmt;
use std::collections::BTreeMap;

/// One limit of a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    name: String,
    quota: u64,
    window: Span,
    config: Config,
}

impl Policy {
    /// `quota` per `window` by an algorithm, under a name that stands in response headers.
    pub fn new(name: &str, algorithm: Algorithm, quota: u64, window: Span) -> Result<Policy, TierError> {
        let config = algorithm.config(quota, window);
        config.build().map_err(TierError::Limit)?;
        Ok(Policy { name: name.to_owned(), quota, window, config })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Cost per window.
    #[must_use]
    pub fn quota(&self) -> u64 {
        self.quota
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> Span {
        self.window
    }
}

/// A class of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// What it is called.
    pub name: String,
    /// What its clients have to keep to, all of it. None at all: everything passes.
    pub policies: Vec<Policy>,
}

/// How a client stands with one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which policy of its tier.
    pub policy: u32,
    /// Cost that would still pass now.
    pub remaining: u64,
    /// The first moment at which a cost of one more than `remaining` passes; `None` if that moment never comes.
    pub more_from: Option<Time>,
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether every policy agreed, and was charged.
    pub is_allowed: bool,
    /// When to pass or ask again, if not now; `None` with a refusal: never.
    pub not_before: Option<Time>,
    /// How it stands with each policy of its tier, afterwards.
    pub standings: Vec<Standing>,
}

/// Tiers, and the counters of every client that has asked.
#[derive(Clone, Debug)]
pub struct Tiers {
    tiers: Vec<Tier>,
    clients: BTreeMap<u64, Client>,
}

#[derive(Clone, Debug)]
struct Client {
    tier: u32,
    limiters: Vec<Limiter>,
}

impl Tiers {
    /// These tiers, without clients.
    #[must_use]
    pub fn new(tiers: Vec<Tier>) -> Tiers {
        Tiers { tiers, clients: BTreeMap::new() }
    }

    /// The tiers, in the order of their numbers.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// How many clients have counters.
    #[must_use]
    pub fn clients(&self) -> u64 {
        self.clients.len() as u64
    }

    /// Drops a client's counters; it starts afresh if it comes again.
    pub fn forget(&mut self, client: u64) {
        self.clients.remove(&client);
    }

    /// May `client` of tier number `tier` pass with this cost? A client whose tier has changed starts afresh in the new one.
    pub fn ask(&mut self, client: u64, tier: u32, now: Time, cost: u64) -> Result<Answer, TierError> {
        let limiters = self.limiters(client, tier)?;
        let decisions: Vec<Decision> = limiters.iter().map(|limiter| limiter.peek(now, cost)).collect();
        let is_allowed = decisions.iter().all(|decision| decision.is_allowed());
        if is_allowed {
            limiters.iter_mut().for_each(|limiter| {
                limiter.ask(now, cost);
            });
        }
        let standings = limiters.iter().enumerate().map(|(at, limiter)| standing(at as u32, limiter, now)).collect();
        Ok(Answer { is_allowed, not_before: latest(&decisions, is_allowed), standings })
    }

    fn limiters(&mut self, client: u64, tier: u32) -> Result<&mut [Limiter], TierError> {
        let tiers = self.tiers.len() as u64;
        let known = self.tiers.get(tier as usize).ok_or(TierError::Unknown { tier, tiers })?;
        let fresh = || known.policies.iter().map(|policy| policy.config.build()).collect::<Result<Vec<_>, _>>();
        let is_same = self.clients.get(&client).is_some_and(|client| client.tier == tier);
        if !is_same {
            let limiters = fresh().map_err(TierError::Limit)?;
            self.clients.insert(client, Client { tier, limiters });
        }
        let entry = self.clients.get_mut(&client).ok_or(TierError::Unknown { tier, tiers })?;
        Ok(&mut entry.limiters)
    }
}

/// The latest moment that any of the decisions names: of a refusal `None` if one of them never agrees.
fn latest(decisions: &[Decision], is_allowed: bool) -> Option<Time> {
    let mut latest = None;
    for decision in decisions {
        match *decision {
            Decision::Allowed => {}
            Decision::Delayed { until } if is_allowed => latest = latest.max(Some(until)),
            Decision::Delayed { .. } => {}
            Decision::Refused { not_before: None } => return None,
            Decision::Refused { not_before } => latest = latest.max(not_before),
        }
    }
    latest
}

/// Asks without charging: how much passes, and when the next.
fn standing(policy: u32, limiter: &Limiter, now: Time) -> Standing {
    let remaining = remaining(limiter, now);
    let more_from = match limiter.peek(now, remaining.saturating_add(1)) {
        Decision::Refused { not_before } => not_before,
        Decision::Allowed | Decision::Delayed { .. } => Some(now),
    };
    Standing { policy, remaining, more_from }
}

/// The greatest cost that passes now. What passes at some cost passes at any lower one, so 64 questions find it.
fn remaining(limiter: &Limiter, now: Time) -> u64 {
    let mut passes = 0;
    for bit in (0..u64::BITS).rev() {
        let more = passes | 1 << bit;
        if limiter.peek(now, more).is_allowed() {
            passes = more;
        }
    }
    passes
}

/// Why a tier cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TierError {
    /// A policy cannot be built.
    Limit(LimitError),
    /// There is no tier of that number.
    Unknown {
        /// The number asked for.
        tier: u32,
        /// How many there are.
        tiers: u64,
    },
}

impl fmt::Display for TierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TierError::Limit(error) => error.fmt(f),
            TierError::Unknown { tier, tiers } => write!(f, "there is no tier {tier}: the {tiers} tiers count from 0"),
        }
    }
}

impl core::error::Error for TierError {}
