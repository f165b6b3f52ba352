//! When to reshard: what each shard reports, against what it may.
//!
//! ```text
//!   900 of 1,000 GB           full soon            split it, or add shards
//!   90, 20 and 15% busy       one above the rest   move ranges away from it
//!   one key makes most of it  a hot key            no split of ranges helps: split the key, copy it, cache it
//! ```
//!
//! The rule: full from `full_percent` of the capacity on; skewed above `skew_percent` of the mean, if it is busy at all; hot if one
//! key makes more than `key_percent` of the shard's requests. A shard that is skewed by a hot key is reported for both, and the
//! remedy is the key's. O(shards).

/// What a shard reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardLoad {
    /// Bytes that it holds.
    pub bytes: u64,
    /// Bytes that it can hold.
    pub bytes_max: u64,
    /// Requests in the last interval.
    pub requests: u64,
    /// Of those, requests for the key that was asked for most.
    pub requests_hottest: u64,
}

/// From where on something has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TriggerConfig {
    /// Percent of the capacity.
    pub full_percent: u32,
    /// Percent of the mean of all shards' requests.
    pub skew_percent: u32,
    /// Percent of the shard's requests.
    pub key_percent: u32,
}

/// 90% full, twice the mean, half of the requests.
impl Default for TriggerConfig {
    fn default() -> TriggerConfig {
        TriggerConfig { full_percent: 90, skew_percent: 200, key_percent: 50 }
    }
}

/// Why a shard calls for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// It is nearly full.
    Full,
    /// It is asked far more than the others.
    Skewed,
    /// One key makes most of what it is asked.
    HotKey,
}

/// Which shards, by position, call for a change, and why.
#[must_use]
pub fn triggers(shards: &[ShardLoad], config: TriggerConfig) -> Vec<(u32, Trigger)> {
    let requests: u128 = shards.iter().map(|shard| u128::from(shard.requests)).sum();
    // part · 100 against percent · whole, so that nothing is rounded.
    let percent = |part: u64, percent: u32, whole: u128| (u128::from(part) * 100).cmp(&(u128::from(percent) * whole));
    let mut due = Vec::new();
    for (at, shard) in (0..).zip(shards) {
        if percent(shard.bytes, config.full_percent, shard.bytes_max.into()).is_ge() {
            due.push((at, Trigger::Full));
        }
        let times_shards = u128::from(shard.requests) * shards.len() as u128 * 100;
        if times_shards > u128::from(config.skew_percent) * requests {
            due.push((at, Trigger::Skewed));
        }
        if percent(shard.requests_hottest, config.key_percent, shard.requests.into()).is_gt() {
            due.push((at, Trigger::HotKey));
        }
    }
    due
}
