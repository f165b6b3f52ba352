//! Tiers for celebrities: users with very many followers move to shards made for them, found by a detector that runs now and then.
//!
//! ```text
//!   followers   ≤ 1,000,000   normal, by hash     > 1,000,000   hot shard     > 50,000,000   ultra shard
//!
//!   observed ──▶ moving (still served where it was) ──▶ moved (served at the new place)
//! ```
//!
//! The rule: a user is served at the old place until its move has been confirmed. It goes up as soon as it is over a threshold and
//! down only below half of it, so that one near a threshold does not go back and forth. O(log n) for n users above normal.
//!
//! [`Switch::BeforeCopy`] is the variant of a widespread listing that puts the user into the new tier's set first and copies then:
//! reads meanwhile find an empty shard.

use crate::{Place, Placement};
use base::Span;
use std::collections::BTreeMap;

/// How much a user is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// As everybody.
    Normal,
    /// More than a million followers, usually.
    Hot,
    /// More than fifty million, usually.
    Ultra,
}

impl Tier {
    /// How long what is cached of such a user counts: five minutes, an hour, two hours.
    #[must_use]
    pub fn ttl(self) -> Span {
        Span::from_millis(match self {
            Tier::Normal => 300_000,
            Tier::Hot => 3_600_000,
            Tier::Ultra => 7_200_000,
        })
    }
}

/// When callers are sent to the new place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switch {
    /// Once everything is there.
    #[default]
    AfterCopy,
    /// At once: wrong, and here to be seen.
    BeforeCopy,
}

/// Settings of [`Tiers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TiersConfig {
    /// Followers above which a user is hot.
    pub hot: u64,
    /// Followers above which a user is ultra; at least `hot`.
    pub ultra: u64,
    /// When callers are sent to the new place.
    pub switch: Switch,
}

/// A million and fifty million.
impl Default for TiersConfig {
    fn default() -> TiersConfig {
        TiersConfig { hot: 1_000_000, ultra: 50_000_000, switch: Switch::AfterCopy }
    }
}

/// A user's data has to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Whose, by hash.
    pub user: u64,
    /// Where it is; nobody if the normal placement has no members.
    pub from: Option<u32>,
    /// Where it goes.
    pub to: Option<u32>,
}

/// Where somebody above normal stands.
#[derive(Clone, Copy, Debug)]
struct Standing {
    tier: Tier,
    /// The tier it is on its way to.
    moving: Option<Tier>,
}

/// Normal shards, one hot shard and one ultra shard.
#[derive(Clone, Debug)]
pub struct Tiers {
    config: TiersConfig,
    normal: Placement,
    hot: u32,
    ultra: u32,
    standings: BTreeMap<u64, Standing>,
}

impl Tiers {
    /// Everybody normal.
    #[must_use]
    pub fn new(config: TiersConfig, normal: Placement, hot: u32, ultra: u32) -> Tiers {
        let config = TiersConfig { ultra: config.ultra.max(config.hot), ..config };
        Tiers { config, normal, hot, ultra, standings: BTreeMap::new() }
    }

    /// The tier in which a user is served.
    #[must_use]
    pub fn tier(&self, user: u64) -> Tier {
        let Some(standing) = self.standings.get(&user) else { return Tier::Normal };
        match (self.config.switch, standing.moving) {
            (Switch::BeforeCopy, Some(to)) => to,
            _ => standing.tier,
        }
    }

    /// The shard at which a user is served.
    #[must_use]
    pub fn owner(&self, user: u64) -> Option<u32> {
        self.shard(user, self.tier(user))
    }

    fn shard(&self, user: u64, tier: Tier) -> Option<u32> {
        match tier {
            Tier::Normal => self.normal.owner(user),
            Tier::Hot => Some(self.hot),
            Tier::Ultra => Some(self.ultra),
        }
    }

    /// What the detector saw. If the user has to move and is not on its way already, what has to be copied where.
    pub fn observe(&mut self, user: u64, followers: u64) -> Option<Relocation> {
        let standing = self.standings.get(&user).copied().unwrap_or(Standing { tier: Tier::Normal, moving: None });
        let to = self.due(standing.tier, followers);
        if standing.moving.is_some() || to == standing.tier {
            return None;
        }
        self.standings.insert(user, Standing { moving: Some(to), ..standing });
        Some(Relocation { user, from: self.shard(user, standing.tier), to: self.shard(user, to) })
    }

    /// The tier that so many followers call for: up over a threshold, down below half of one.
    fn due(&self, tier: Tier, followers: u64) -> Tier {
        let is_in = |least: Tier, threshold: u64| followers > threshold || tier >= least && followers >= threshold / 2;
        match () {
            () if is_in(Tier::Ultra, self.config.ultra) => Tier::Ultra,
            () if is_in(Tier::Hot, self.config.hot) => Tier::Hot,
            () => Tier::Normal,
        }
    }

    /// Everything of the user has arrived at the new place; whether it was on its way.
    pub fn on_moved(&mut self, user: u64) -> bool {
        let Some(to) = self.standings.get(&user).and_then(|standing| standing.moving) else { return false };
        match to {
            Tier::Normal => self.standings.remove(&user),
            tier => self.standings.insert(user, Standing { tier, moving: None }),
        };
        true
    }
}
