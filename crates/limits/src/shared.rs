//! Limits whose count lies in a store that many limiters share, and what goes wrong between two commands.
//!
//! | how | commands | what can go wrong |
//! |---|---|---|
//! | [`Protocol::ReadThenWrite`] | get, compare, set | two read the same count; one increment is **lost**, too many pass |
//! | [`Protocol::IncrementThenExpire`] | increment, then expire | a crash in between leaves a key that **never expires**: locked out for ever |
//! | [`Protocol::Atomic`] | one script | nothing between, because there is no between |
//! | [`LocalCounter`] | none at the request; a sync now and then | up to (limiters - 1) × what each lets pass between two syncs too many |
//! | [`StoredBucket`] | one script, the **caller's** clock | clients behind a slow clock starve |
//!
//! The [`Store`] is what Redis is to a limiter: every command is atomic, two commands are not. An [`Attempt`] is one request's way
//! through its commands, one at a time, so that a simulator (or a test that tries every order) can put anything in between. When the
//! store does not answer, [`Outage`] says which side to err on.
//!
//! ```
//! use base::{Span, Time};
//! use limits::shared::{Attempt, Counter, Outage, Progress, Protocol, Store};
//!
//! // Both read 0 before either writes 1: a limit of one lets two pass.
//! let counter = Counter { key: 7, limit: 1, window: Span::from_secs(60), protocol: Protocol::ReadThenWrite, outage: Outage::FailClosed };
//! let mut store = Store::new();
//! let mut attempts = [Attempt::new(counter), Attempt::new(counter)];
//! for next in [0, 1, 0, 1] {
//!     let command = attempts[next].command(Time::ZERO).expect("not done yet");
//!     attempts[next].on_reply(store.apply(Time::ZERO, command));
//! }
//! assert!(attempts.iter().all(|attempt| attempt.progress() == Progress::Allowed));
//! assert_eq!(store.value(7, Time::ZERO), Some(1), "one count is lost");
//! ```

mod attempt;
mod bucket;
mod local;
mod store;

pub use attempt::{Attempt, Counter, Outage, Progress, Protocol};
pub use bucket::{Clock, StoredBucket, StoredBucketConfig};
pub use local::{LocalCounter, LocalCounterConfig};
pub use store::{Command, Store, Unavailable};
