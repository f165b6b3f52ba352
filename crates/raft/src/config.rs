//! What a person may set, with units, ranges and the reason for each default.

use crate::bug::Bug;
use crate::membership::{Counting, MEMBERS_MAX, Members, Membership};
use base::Span;
use core::fmt;

/// How a leader makes sure that it still leads before it answers a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// By a round of heartbeats that begins after the read came (dissertation, §6.4). Needs no clock.
    Index,
    /// By the last round, for as long as voters protect the leader that they answered in it (§6.4.1). Needs
    /// [`Config::protect_leader`] and clocks that run apart by no more than [`Config::drift_max_ppm`].
    Lease,
}

/// The settings of a group; the same at every server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Processes, 1 to [`MEMBERS_MAX`]. The first are the voters, then the learners; the others wait to be brought in.
    pub members: u16,
    /// Voters at the beginning, 1 to `members`.
    pub voters: u16,
    /// Learners at the beginning, 0 to `members - voters`.
    pub learners: u16,
    /// T: a server that hears no leader for a time drawn from [T, 2T) asks for votes; 1 ms to 1 h. Wants to be ten times the way
    /// there and back (§5.6).
    pub election_timeout: Span,
    /// A leader speaks at least this often, 1 ms to 1 h, less than `election_timeout`.
    pub heartbeat: Span,
    /// Whether a server asks if it could win before it begins a term (dissertation, §9.6): one that was cut off then comes back
    /// without a disturbance.
    pub pre_vote: bool,
    /// Whether voters give no vote against a leader that they heard less than T ago (§6; dissertation, §4.2.3).
    pub protect_leader: bool,
    /// How reads are made linearizable.
    pub read: Read,
    /// By how much a clock may be fast or slow, 0 to 500,000 millionths; shortens the lease.
    pub drift_max_ppm: u64,
    /// Entries of one message, 1 to 4,096.
    pub batch_max: u64,
    /// Entries on their way to one follower before its answer is awaited, 1 to 65,536.
    pub window: u64,
    /// A snapshot replaces this many applied entries, 1 to 1,000,000.
    pub snapshot_after: u64,
    /// Entries and reads that may wait for a majority before more are refused, 1 to 65,536 each.
    pub waiting_max: u64,
    /// A rule to leave out.
    pub bug: Option<Bug>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            members: 5,
            voters: 5,
            learners: 0,
            // The paper's conservative recommendation (§9.3): 150 to 300 ms.
            election_timeout: Span::from_millis(150),
            heartbeat: Span::from_millis(30),
            pre_vote: true,
            protect_leader: true,
            read: Read::Index,
            drift_max_ppm: 50_000,
            batch_max: 64,
            window: 256,
            snapshot_after: 1_000,
            waiting_max: 4_096,
            bug: None,
        }
    }
}

impl Config {
    /// A group of `members` that all vote, otherwise as by default.
    #[must_use]
    pub fn of(members: u16) -> Config {
        Config { members, voters: members, ..Config::default() }
    }

    /// Refuses what is out of range, with the value and the bound.
    pub fn check(&self) -> Result<(), ConfigError> {
        let hour = Span::from_secs(3_600).0;
        let ms = Span::from_millis(1).0;
        let members = u64::from(self.members);
        let rows = [
            ("members", members, 1, u64::from(MEMBERS_MAX)),
            ("voters", u64::from(self.voters), 1, members),
            ("learners", u64::from(self.learners), 0, members.saturating_sub(self.voters.into())),
            ("election_timeout (ns)", self.election_timeout.0, ms, hour),
            (
                "heartbeat (ns)",
                self.heartbeat.0,
                ms.min(self.election_timeout.0 / 2),
                self.election_timeout.0.max(1) - 1,
            ),
            ("drift_max_ppm", self.drift_max_ppm, 0, 500_000),
            ("batch_max", self.batch_max, 1, 4_096),
            ("window", self.window, 1, 65_536),
            ("snapshot_after", self.snapshot_after, 1, 1_000_000),
            ("waiting_max", self.waiting_max, 1, 65_536),
            ("protect_leader", self.protect_leader.into(), u64::from(self.read == Read::Lease), 1),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }

    /// The configuration that all servers are born with.
    #[must_use]
    pub fn genesis(&self) -> Membership {
        let learners = Members::range(self.voters, self.voters.saturating_add(self.learners));
        Membership::new(Members::range(0, self.voters), learners)
    }

    /// How long a lease lasts from the moment at which its round began. Voters protect the leader for T on their clocks, which may be
    /// fast while the leader's is slow: T · (1 - d) / (1 + d), rounded down.
    #[must_use]
    pub fn lease(&self) -> Span {
        let (slow, fast) = (1_000_000 - self.drift_max_ppm.min(1_000_000), 1_000_000 + self.drift_max_ppm);
        let span = u128::from(self.election_timeout.0) * u128::from(slow) / u128::from(fast);
        Span(u64::try_from(span).unwrap_or(0))
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// How votes, and answers to heartbeats, are counted.
    pub(crate) fn counting(&self) -> Counting {
        Counting { by_peers: self.has(Bug::MajorityOfPeers), with_learners: false }
    }

    /// How copies of entries are counted.
    pub(crate) fn counting_copies(&self) -> Counting {
        Counting { with_learners: self.has(Bug::CountLearners), ..self.counting() }
    }

    /// Whether voters resist an election while they hear a leader.
    pub(crate) fn protects(&self) -> bool {
        self.protect_leader && !self.has(Bug::LeaseWithoutProtection)
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
            (Config::of(0), "members is 0; it must lie between 1 and 9"),
            (Config::of(10), "members is 10; it must lie between 1 and 9"),
            (Config { voters: 6, ..good }, "voters is 6; it must lie between 1 and 5"),
            (Config { voters: 3, learners: 3, ..good }, "learners is 3; it must lie between 0 and 2"),
            (
                Config { heartbeat: good.election_timeout, ..good },
                "heartbeat (ns) is 150000000; it must lie between 1000000 and 149999999",
            ),
            (Config { batch_max: 0, ..good }, "batch_max is 0; it must lie between 1 and 4096"),
            (
                Config { read: Read::Lease, protect_leader: false, ..good },
                "protect_leader is 0; it must lie between 1 and 1",
            ),
        ];
        for (config, text) in cases {
            assert_eq!(config.check().map_err(|error| error.to_string()), Err(text.into()));
        }
    }

    /// Oracle: the inequality itself. The slowest leader's clock counts the lease out before the fastest voter's counts T.
    #[test]
    fn a_lease_ends_before_the_fastest_voter_stops_protecting() {
        for drift_max_ppm in [0, 1, 1_000, 50_000, 500_000] {
            let config = Config { drift_max_ppm, ..Config::default() };
            let drift = drift_max_ppm as f64 / 1e6;
            let (lease, protection) =
                (config.lease().0 as f64 / (1.0 - drift), config.election_timeout.0 as f64 / (1.0 + drift));
            assert!(
                lease <= protection + 1.0 && lease > protection - 2.0,
                "{drift_max_ppm} ppm: {lease} against {protection}"
            );
        }
    }
}
