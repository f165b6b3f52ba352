//! What a person may set.

use base::Span;
use core::fmt;

/// One rule left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bug {
    /// A proposer keeps its own value though acceptors told it of another (P2c): a chosen value is replaced.
    OwnValueAlways,
    /// Of several accepted values it takes that of the least ballot instead of the greatest (P2c). Many descriptions do not say which.
    LeastBallotsValue,
    /// A promise is not written down (phase 1b): an older ballot goes through after a newer one has looked.
    PromiseForgotten,
    /// A round is not written down: after a crash a proposer uses a ballot again, for another value.
    RoundForgotten,
    /// Retries wait the same time everywhere: two proposers outbid each other for ever.
    SameBackoff,
}

impl Bug {
    /// All of them. Only grows at its end.
    pub const ALL: [Bug; 5] =
        [Bug::OwnValueAlways, Bug::LeastBallotsValue, Bug::PromiseForgotten, Bug::RoundForgotten, Bug::SameBackoff];
}

/// The settings of a group; the same at every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Acceptors, 1 to 9: an odd number, an even one buys nothing.
    pub acceptors: u16,
    /// Proposers, 1 to 9. They are the learners too.
    pub proposers: u16,
    /// A proposer tries again after a time drawn from one to two of these, 1 ms to 1 h. Wants to be longer than two round trips.
    pub retry_after: Span,
    /// A rule to leave out.
    pub bug: Option<Bug>,
}

impl Default for Config {
    fn default() -> Config {
        Config { acceptors: 3, proposers: 2, retry_after: Span::from_millis(100), bug: None }
    }
}

impl Config {
    /// Refuses what is out of range, with the value and the bound.
    pub fn check(&self) -> Result<(), ConfigError> {
        let rows = [
            ("acceptors", u64::from(self.acceptors), 1, 9),
            ("proposers", u64::from(self.proposers), 1, 9),
            ("retry_after (ns)", self.retry_after.0, Span::from_millis(1).0, Span::from_secs(3_600).0),
        ];
        match rows.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some((field, value, low, high)) => Err(ConfigError { field, value, low, high }),
            None => Ok(()),
        }
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
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
