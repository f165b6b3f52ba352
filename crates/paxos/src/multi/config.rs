//! What a person may set.

use crate::ConfigError;
use base::Span;

/// One rule left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bug {
    /// A new leader passes over a slot that nobody told it of instead of filling it: a later one may find a command for it.
    GapSkipped,
    /// Of several accepted commands a new leader takes that of the least ballot instead of the greatest.
    LeastBallotsCommand,
    /// A new leader ignores what was accepted: it begins behind what it knows to be chosen, with commands of its own.
    AcceptedIgnored,
    /// A promise is kept in memory only: after a crash an older ballot goes through, or one's own is used again.
    PromiseForgotten,
    /// A follower takes "chosen up to here" for whatever it has accepted, in any ballot.
    CommitOfAnyBallot,
}

impl Bug {
    /// All of them. Only grows at its end.
    pub const ALL: [Bug; 5] = [
        Bug::GapSkipped,
        Bug::LeastBallotsCommand,
        Bug::AcceptedIgnored,
        Bug::PromiseForgotten,
        Bug::CommitOfAnyBallot,
    ];
}

/// The settings of a group; the same at every member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Members, 1 to 9: an odd number, an even one buys nothing.
    pub members: u16,
    /// A leader shows itself this often, 1 ms to 1 min; it then sends again what nobody has answered.
    pub heartbeat: Span,
    /// A follower that hears no leader takes over after a time drawn from one to two of these, 2 ms to 1 h. Wants to be several
    /// heartbeats and longer than a round trip; at least two heartbeats.
    pub takeover_after: Span,
    /// A rule to leave out.
    pub bug: Option<Bug>,
}

impl Default for Config {
    fn default() -> Config {
        Config { members: 3, heartbeat: Span::from_millis(50), takeover_after: Span::from_millis(200), bug: None }
    }
}

impl Config {
    /// Refuses what is out of range, with the value and the bound.
    pub fn check(&self) -> Result<(), ConfigError> {
        let least = self.heartbeat.0.saturating_mul(2);
        let rows = [
            ("members", u64::from(self.members), 1, 9),
            ("heartbeat (ns)", self.heartbeat.0, Span::from_millis(1).0, Span::from_secs(60).0),
            ("takeover_after (ns)", self.takeover_after.0, least, Span::from_secs(3_600).0),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }
}
