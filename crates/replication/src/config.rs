//! What a person may set, with units, ranges and the reason for each default.

use base::Span;
use core::fmt;

/// The largest group. Beyond seven every write costs more messages and survives hardly more crashes.
pub const MEMBERS_MAX: u16 = 7;

/// When a leader tells a client that its write is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledge {
    /// Once the leader has it on its own disk. Fast; what was not shipped dies with the leader.
    Async,
    /// Once this many followers have it on disk as well.
    SemiSync {
        /// How many, 1 to members - 1. More than there are counts as all.
        followers: u16,
        /// A write that waited this long makes the leader go on as [`Acknowledge::Async`] until the followers have caught up
        /// (MySQL's `rpl_semi_sync_source_timeout`), up to 1 h. `None`: it waits for ever.
        degrade_after: Option<Span>,
    },
    /// Once every follower has it on disk. One unreachable follower, and writes wait.
    Sync,
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members, 1 to [`MEMBERS_MAX`]. Member 0 begins as the leader of term 1.
    pub members: u16,
    /// When a write counts as done.
    pub acknowledge: Acknowledge,
    /// In [`Acknowledge::Async`] an entry leaves the leader this long after it was appended: a slow replication thread. The
    /// other modes ship at once, because a client is waiting. 0 to 1 h.
    pub ship_delay: Span,
    /// Entries on their way to one follower before its answer is awaited, 1 to 4,096.
    pub window: u64,
    /// A follower that stayed silent this long about what it was sent is sent it again, 1 ms to 1 h. Wants to be longer than a
    /// round trip.
    pub resend_after: Span,
    /// The leader speaks this often, 1 ms to 1 h.
    pub heartbeat: Span,
    /// A leader is taken for dead after this many silent heartbeats, 1 to 100.
    pub missed_max: u32,
    /// Whether followers replace a leader that is taken for dead.
    pub failover: bool,
    /// Whether only a member that reaches a majority may become leader, and only a leader that hears a majority acknowledges.
    pub fenced: bool,
    /// Entries kept for followers that are behind, 128 to 1,000,000. A follower that needs an older one is sent the whole state.
    /// Also the bound on writes that wait for an acknowledgement.
    pub retain_max: u64,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            members: 3,
            acknowledge: Acknowledge::Async,
            ship_delay: Span::ZERO,
            window: 256,
            resend_after: Span::from_millis(200),
            heartbeat: Span::from_secs(1),
            missed_max: 3,
            failover: true,
            fenced: false,
            retain_max: 100_000,
        }
    }
}

impl Config {
    /// Refuses what is out of range, with the value and the bound.
    pub fn check(&self) -> Result<(), ConfigError> {
        let hour = Span::from_secs(3_600).0;
        let ms = Span::from_millis(1).0;
        let (semi_sync, degrade_after) = match self.acknowledge {
            Acknowledge::SemiSync { followers, degrade_after } => (followers, degrade_after.unwrap_or(Span(ms))),
            Acknowledge::Async | Acknowledge::Sync => (1, Span(ms)),
        };
        let rows = [
            ("members", u64::from(self.members), 1, u64::from(MEMBERS_MAX)),
            ("semi-sync followers", u64::from(semi_sync), 1, u64::from(MEMBERS_MAX)),
            ("degrade_after (ns)", degrade_after.0, 1, hour),
            ("ship_delay (ns)", self.ship_delay.0, 0, hour),
            ("window", self.window, 1, 4_096),
            ("resend_after (ns)", self.resend_after.0, ms, hour),
            ("heartbeat (ns)", self.heartbeat.0, ms, hour),
            ("missed_max", u64::from(self.missed_max), 1, 100),
            ("retain_max", self.retain_max, 128, 1_000_000),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }

    /// How long a follower hears nothing before it takes the leader for dead.
    #[must_use]
    pub fn patience(&self) -> Span {
        Span(self.heartbeat.0.saturating_mul(u64::from(self.missed_max)))
    }

    /// More than half of the members.
    #[must_use]
    pub fn majority(&self) -> u16 {
        self.members / 2 + 1
    }

    /// How many followers must have a write on disk before it is acknowledged, when nothing is degraded.
    #[must_use]
    pub fn required(&self) -> u16 {
        let all = self.members - 1;
        match self.acknowledge {
            Acknowledge::Async => 0,
            Acknowledge::SemiSync { followers, .. } => followers.min(all),
            Acknowledge::Sync => all,
        }
    }
}

/// A setting out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Which setting.
    pub field: &'static str,
    /// What it was set to.
    pub value: u64,
    /// Its smallest value.
    pub low: u64,
    /// Its largest value.
    pub high: u64,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}; it must lie between {} and {}", self.field, self.value, self.low, self.high)
    }
}

impl core::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_setting_out_of_range_is_named_with_its_bounds() {
        let good = Config::default();
        assert_eq!(good.check(), Ok(()));
        let cases = [
            (Config { members: 0, ..good }, "members is 0; it must lie between 1 and 7"),
            (Config { members: 8, ..good }, "members is 8; it must lie between 1 and 7"),
            (Config { window: 0, ..good }, "window is 0; it must lie between 1 and 4096"),
            (Config { missed_max: 0, ..good }, "missed_max is 0; it must lie between 1 and 100"),
            (Config { retain_max: 1, ..good }, "retain_max is 1; it must lie between 128 and 1000000"),
            (
                Config { heartbeat: Span::ZERO, ..good },
                "heartbeat (ns) is 0; it must lie between 1000000 and 3600000000000",
            ),
        ];
        for (config, text) in cases {
            assert_eq!(config.check().map_err(|error| error.to_string()), Err(text.into()));
        }
    }

    #[test]
    fn more_followers_than_there_are_count_as_all() {
        for (members, followers, required) in [(1, 1, 0), (2, 1, 1), (3, 5, 2), (7, 3, 3)] {
            let acknowledge = Acknowledge::SemiSync { followers, degrade_after: None };
            assert_eq!(Config { members, acknowledge, ..Config::default() }.required(), required);
        }
    }
}
