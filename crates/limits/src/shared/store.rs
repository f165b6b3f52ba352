//! A store of counters with expiry: each command is atomic, two commands are not.
//!
//! The rule: a key whose expiry has come is gone for every command from that moment on; a key without expiry stays for ever. All
//! moments are by the store's own clock. O(log keys) a command.

use base::Time;
use core::fmt;
use std::collections::BTreeMap;

/// What a limiter may say to the store. Each is carried out whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// The count under a key; 0 if there is none.
    Get {
        /// The key.
        key: u64,
    },
    /// Writes a count. A key that is there keeps its expiry; a new one gets `expires`.
    Set {
        /// The key.
        key: u64,
        /// The new count.
        value: u64,
        /// When a new key is to go.
        expires: Time,
    },
    /// Adds to a count and says what it is then. A new key has no expiry.
    Increment {
        /// The key.
        key: u64,
        /// How much to add.
        by: u64,
    },
    /// Gives a key an expiry; says the count.
    Expire {
        /// The key.
        key: u64,
        /// When it is to go.
        expires: Time,
    },
    /// Adds `by` if the sum stays within `limit`, and gives a new key its expiry, all in one: a script in the store. Says the sum
    /// that was asked for, so that a sum above `limit` is a refusal and nothing was added.
    IncrementWithin {
        /// The key.
        key: u64,
        /// How much to add.
        by: u64,
        /// The most that the count may become.
        limit: u64,
        /// When a new key is to go.
        expires: Time,
    },
}

/// The store did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the counter store does not answer")
    }
}

impl core::error::Error for Unavailable {}

/// Counters by key.
#[derive(Clone, Debug, Default)]
pub struct Store {
    entries: BTreeMap<u64, Entry>,
    is_down: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    value: u64,
    /// `None`: never.
    expires: Option<Time>,
}

impl Store {
    /// An empty store that answers.
    #[must_use]
    pub fn new() -> Store {
        Store::default()
    }

    /// Lets it answer, or not. What is in it stays.
    pub fn set_up(&mut self, is_up: bool) {
        self.is_down = !is_up;
    }

    /// Carries out one command at `now`, by the store's clock.
    pub fn apply(&mut self, now: Time, command: Command) -> Result<u64, Unavailable> {
        if self.is_down {
            return Err(Unavailable);
        }
        Ok(match command {
            Command::Get { key } => self.value(key, now).unwrap_or(0),
            Command::Set { key, value, expires } => {
                self.entry(key, now, Some(expires)).value = value;
                value
            }
            Command::Increment { key, by } => {
                let entry = self.entry(key, now, None);
                entry.value = entry.value.saturating_add(by);
                entry.value
            }
            Command::Expire { key, expires } => {
                let entry = self.entry(key, now, Some(expires));
                entry.expires = Some(expires);
                entry.value
            }
            Command::IncrementWithin { key, by, limit, expires } => {
                let entry = self.entry(key, now, Some(expires));
                let sum = entry.value.saturating_add(by);
                if sum <= limit {
                    entry.value = sum;
                }
                sum
            }
        })
    }

    /// The count under a key that is there.
    #[must_use]
    pub fn value(&self, key: u64, now: Time) -> Option<u64> {
        self.entries.get(&key).filter(|entry| is_there(entry, now)).map(|entry| entry.value)
    }

    /// When a key that is there will go: `Some(None)` for one that never does.
    #[must_use]
    pub fn expires(&self, key: u64, now: Time) -> Option<Option<Time>> {
        self.entries.get(&key).filter(|entry| is_there(entry, now)).map(|entry| entry.expires)
    }

    /// The entry of a key; a new one, or one in place of one that has gone, counts 0 and goes at `expires`.
    fn entry(&mut self, key: u64, now: Time, expires: Option<Time>) -> &mut Entry {
        let fresh = Entry { value: 0, expires };
        let entry = self.entries.entry(key).or_insert(fresh);
        if !is_there(entry, now) {
            *entry = fresh;
        }
        entry
    }
}

fn is_there(entry: &Entry, now: Time) -> bool {
    entry.expires.is_none_or(|moment| now < moment)
}
