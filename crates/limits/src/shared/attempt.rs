//! One request's way through the commands of a shared fixed-window counter.
//!
//! ```text
//!   ReadThenWrite         get ──> count < limit? ──> set count + 1        between: somebody else's get and set
//!   IncrementThenExpire   increment ──> count = 1? ──> expire             between: our own death
//!   Atomic                increment within the limit, with expiry         nothing between
//! ```
//!
//! The window begins with a key's first request and ends with its expiry, as counters in Redis do it, not at the full minute.

use super::{Command, Unavailable};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Which commands, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Reads, compares, writes: loses counts under concurrency. As drawn in many decision diagrams; here to show the harm.
    ReadThenWrite,
    /// Increments, and sets the expiry when the count is 1: a crash between the two leaves a key for ever. Refused requests count too.
    IncrementThenExpire,
    /// One script that does all of it.
    Atomic,
}

impl Protocol {
    /// All of them, in the order in which they are saved.
    pub const ALL: &[Protocol] = &[Protocol::ReadThenWrite, Protocol::IncrementThenExpire, Protocol::Atomic];
}

/// What a limiter says when its store does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outage {
    /// Everything passes: the service stays up, without protection.
    FailOpen,
    /// Nothing passes: the protection holds, and takes the service down with the store.
    FailClosed,
}

/// A shared counter, as each of its limiters is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its key in the store.
    pub key: u64,
    /// Requests admitted in a window.
    pub limit: u64,
    /// Length of a window.
    pub window: Span,
    /// How it is counted.
    pub protocol: Protocol,
    /// What to do without the store.
    pub outage: Outage,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It has another command to send.
    Asking,
    /// It may pass.
    Allowed,
    /// It may not.
    Refused,
}

/// A request on its way. Dropping it half-way is a crash of its limiter.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    counter: Counter,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing has been answered.
    First,
    /// The count was read as this.
    Read(u64),
    /// It was the first of its window; the expiry is to be set.
    Counted,
    Done(bool),
}

impl Attempt {
    /// A request that has sent nothing yet.
    #[must_use]
    pub fn new(counter: Counter) -> Attempt {
        Attempt { counter, state: State::First }
    }

    /// The next command, sent at `now` by the limiter's clock, from which a new key's expiry is reckoned; `None` when it is done.
    #[must_use]
    pub fn command(&self, now: Time) -> Option<Command> {
        let Counter { key, limit, window, .. } = self.counter;
        let expires = now + window;
        match (self.state, self.counter.protocol) {
            (State::First, Protocol::ReadThenWrite) => Some(Command::Get { key }),
            (State::First, Protocol::IncrementThenExpire) => Some(Command::Increment { key, by: 1 }),
            (State::First, Protocol::Atomic) => Some(Command::IncrementWithin { key, by: 1, limit, expires }),
            (State::Read(count), _) => Some(Command::Set { key, value: count.saturating_add(1), expires }),
            (State::Counted, _) => Some(Command::Expire { key, expires }),
            (State::Done(_), _) => None,
        }
    }

    /// The store has answered the last command, or has not. An answer to a request that is done changes nothing.
    pub fn on_reply(&mut self, reply: Result<u64, Unavailable>) {
        let limit = self.counter.limit;
        let Ok(count) = reply else {
            self.state = match self.state {
                State::Done(is_allowed) => State::Done(is_allowed),
                _ => State::Done(self.counter.outage == Outage::FailOpen),
            };
            return;
        };
        self.state = match (self.state, self.counter.protocol) {
            (State::First, Protocol::ReadThenWrite) if count < limit => State::Read(count),
            (State::First, Protocol::ReadThenWrite) => State::Done(false),
            (State::First, Protocol::IncrementThenExpire) if count == 1 => State::Counted,
            (State::First, _) => State::Done(count <= limit),
            (State::Read(_), _) => State::Done(true),
            (State::Counted, _) => State::Done(limit > 0),
            (State::Done(is_allowed), _) => State::Done(is_allowed),
        };
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match self.state {
            State::Done(true) => Progress::Allowed,
            State::Done(false) => Progress::Refused,
            _ => Progress::Asking,
        }
    }
}
