//! What members of the lock say to each other, and what may be set.

use base::Span;
use core::fmt;

/// What members say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// To the store: may I have it, or keep it?
    Acquire {
        /// The client's number for this wish, so that an old answer is not taken for a new one.
        wish: u64,
    },
    /// From the store.
    Granted {
        /// The wish it answers.
        wish: u64,
        /// The fencing token.
        token: u64,
    },
    /// From the store: another holds it.
    Denied {
        /// The wish it answers.
        wish: u64,
    },
    /// To the store: I am done.
    Release {
        /// The token it was held by.
        token: u64,
    },
    /// To the resource: do this, in the name of this token.
    Write {
        /// The token.
        token: u64,
    },
    /// From the resource.
    Written {
        /// The token of the write.
        token: u64,
        /// Whether it was done.
        done: bool,
    },
}

/// Why a member wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Fires at a client that waits for the lock: it asks again.
    Poll,
    /// Fires at a client whose waiting time is over.
    GiveUp,
    /// Fires at a holder that has finished its work (with its pauses).
    Finish,
}

/// What a client is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Take the lock, work for this long, write to the resource, release. One at a time; more are refused.
    Work {
        /// How long, with all pauses: a garbage collection, a swapped-out machine.
        lasts: Span,
    },
}

/// What is said to whoever asked the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The resource did the write.
    Written {
        /// In whose name.
        token: u64,
    },
    /// The resource refused: another has had the lock since.
    Fenced {
        /// In whose name.
        token: u64,
    },
    /// Waited for the lock as long as allowed.
    TimedOut,
    /// The client is at work, or is not a client.
    Busy,
}

/// What a trace or a check wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A client believes that it holds the lock.
    Entered {
        /// By which token; 0: by none, it goes in without.
        token: u64,
    },
    /// A client has stopped believing so.
    Left {
        /// By which token.
        token: u64,
    },
    /// The resource did a write.
    Applied {
        /// In whose name.
        token: u64,
        /// The largest token seen before.
        largest: u64,
    },
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Keeps the lease.
    Store,
    /// Is protected.
    Resource,
    /// Wants the lock.
    Client,
}

/// The protocol, or one well-known mistake in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As in the module's documentation.
    Sound,
    /// The store-based lock as it is usually listed: set if absent with expiry and an owner. The resource checks nothing, so a holder
    /// that pauses past its ttl writes over its successor.
    NoFencing,
    /// As listed, and the result of waiting is ignored: after the waiting time the work is done without the lock.
    EnterAnyway,
    /// A release does not say whose: a late one ends the lease of the successor.
    ReleaseAnyones,
    /// The store's lease and counter are lost in a crash, as at a failover to an asynchronous copy.
    LoseAtFailover,
}

/// The settings; the same at every member. The defaults are those of the notes' listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long a lease lasts, 1 ms to 1 h.
    pub ttl: Span,
    /// How often a waiting client asks, 1 ms to 1 h.
    pub poll: Span,
    /// How long a client waits, 1 ms to 1 h.
    pub patience: Span,
    /// [`Rule::Sound`], unless a mistake is to be shown.
    pub rule: Rule,
}

impl Default for Config {
    fn default() -> Config {
        let (ttl, poll, patience) = (Span::from_secs(10), Span::from_millis(100), Span::from_secs(30));
        Config { ttl, poll, patience, rule: Rule::Sound }
    }
}

impl Config {
    /// Refuses what is out of range, with the value and the bound.
    pub fn check(&self) -> Result<(), ConfigError> {
        let rows = [("ttl (ns)", self.ttl), ("poll (ns)", self.poll), ("patience (ns)", self.patience)];
        check_spans(&rows)
    }
}

/// Every length between 1 ms and 1 h.
pub(crate) fn check_spans(rows: &[(&'static str, Span)]) -> Result<(), ConfigError> {
    let (low, high) = (Span::from_millis(1).0, Span::from_secs(3_600).0);
    match rows.iter().find(|(_, span)| !(low..=high).contains(&span.0)) {
        Some((field, span)) => Err(ConfigError { field, value: span.0, low, high }),
        None => Ok(()),
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
