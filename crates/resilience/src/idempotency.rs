//! Idempotency keys: an operation that is asked for twice is carried out once.
//!
//! ```text
//!   CheckThenAct   look up ──> not there ──> charge ──> store the result       two at once both find nothing: charged twice
//!   Reserve        reserve if absent ──> ours ──> charge ──> store             the second finds "in progress"
//! ```
//!
//! The rule with [`Protocol::Reserve`]: of all requests with one key at most one carries the operation out at a time, and once a
//! result is stored all others get that result; a key that comes back with another payload is refused. A reservation has a lease:
//! if its holder dies the key is free again after it, and the operation may then be carried out a second time, because nobody can
//! know whether the first one got through. What is charged must therefore be asked for with the same key further down, too. Records
//! live `ttl` long, which has to exceed the time in which clients retry. O(log keys).
//!
//! The [`Ledger`] is the store, whose commands are atomic; a [`Request`] is one request's way through them, one step at a time, so that
//! anything can be put between two steps.
//!
//! Source: the IETF draft "The Idempotency-Key HTTP Header Field"; Stripe's API. When not: for reads, and for writes that are
//! idempotent by nature (set x to 5).

use base::{Span, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a request makes sure that it is the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Looks up, acts, stores: two requests at the same time both act. As often listed; here to show the harm.
    CheckThenAct,
    /// Reserves the key first.
    Reserve,
}

/// What is under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing, or nothing any more; with [`Ledger::reserve`], it is now reserved for the one who asked, under this ticket.
    Absent {
        /// Names the reservation; 0 when nothing was reserved.
        ticket: u64,
    },
    /// Somebody is at it, until this moment at the latest.
    InProgress {
        /// When the reservation ends by itself.
        until: Time,
    },
    /// It is done, with this result.
    Done {
        /// What the operation gave.
        result: u64,
    },
    /// The key was used for something else.
    OtherPayload,
}

/// Records by key.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    records: BTreeMap<u64, Record>,
    tickets: u64,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    fingerprint: u64,
    /// `None` while in progress.
    result: Option<u64>,
    ticket: u64,
    expires: Time,
}

impl Ledger {
    /// No records.
    #[must_use]
    pub fn new() -> Ledger {
        Ledger::default()
    }

    /// What is under `key` at `now`, for a request whose payload hashes to `fingerprint`.
    #[must_use]
    pub fn look_up(&self, now: Time, key: u64, fingerprint: u64) -> Found {
        match self.records.get(&key).filter(|record| now < record.expires) {
            None => Found::Absent { ticket: 0 },
            Some(record) if record.fingerprint != fingerprint => Found::OtherPayload,
            Some(Record { result: Some(result), .. }) => Found::Done { result: *result },
            Some(record) => Found::InProgress { until: record.expires },
        }
    }

    /// Looks up, and reserves the key for `lease` if it is free: one command.
    pub fn reserve(&mut self, now: Time, key: u64, fingerprint: u64, lease: Span) -> Found {
        let found = self.look_up(now, key, fingerprint);
        if !matches!(found, Found::Absent { .. }) {
            return found;
        }
        self.tickets += 1;
        let record = Record { fingerprint, result: None, ticket: self.tickets, expires: now + lease };
        self.records.insert(key, record);
        Found::Absent { ticket: self.tickets }
    }

    /// Stores a result for `ttl`. With a ticket only if the reservation is still the same one; without (0), over whatever is there.
    /// Says whether it was stored.
    pub fn store(&mut self, now: Time, key: u64, fingerprint: u64, ticket: u64, result: u64, ttl: Span) -> bool {
        let is_ours = ticket == 0 || self.records.get(&key).is_some_and(|record| record.ticket == ticket);
        if is_ours {
            self.records.insert(key, Record { fingerprint, result: Some(result), ticket, expires: now + ttl });
        }
        is_ours
    }

    /// Gives a reservation back, because the operation failed and may be tried again.
    pub fn release(&mut self, key: u64, ticket: u64) {
        if self.records.get(&key).is_some_and(|record| record.ticket == ticket && record.result.is_none()) {
            self.records.remove(&key);
        }
    }

    /// Drops the records whose time is over. O(records).
    pub fn expire(&mut self, now: Time) {
        self.records.retain(|_, record| now < record.expires);
    }

    /// How many records are kept, those whose time is over included until [`Ledger::expire`].
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records.len() as u64
    }
}

/// How a request is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct IdempotencyConfig {
    /// Whether it reserves.
    pub protocol: Protocol,
    /// How long a reservation holds: longer than the operation ever takes.
    pub lease: Span,
    /// How long a result is remembered: longer than clients retry.
    pub ttl: Span,
}

/// Reserves for a minute, remembers for a day.
impl Default for IdempotencyConfig {
    fn default() -> IdempotencyConfig {
        IdempotencyConfig { protocol: Protocol::Reserve, lease: Span::from_secs(60), ttl: Span::from_secs(86_400) }
    }
}

/// What a request has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask the ledger: [`Request::on_ledger`].
    AskLedger,
    /// Carry the operation out, then [`Request::on_result`].
    Act,
    /// Store the result: [`Request::on_ledger`].
    Store,
    /// Answer with this result.
    Answer(u64),
    /// Answer that it is being worked on (409): come back after this moment.
    Conflict(Time),
    /// Answer that the key belongs to another payload (422).
    Mismatch,
    /// The operation failed; the key is free again.
    Failed,
}

/// One request on its way. Dropping it half-way is a crash of whoever handles it.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    config: IdempotencyConfig,
    key: u64,
    fingerprint: u64,
    ticket: u64,
    result: u64,
    step: Step,
}

impl Request {
    /// A request with a client's `key` and the hash of its payload.
    #[must_use]
    pub fn new(config: IdempotencyConfig, key: u64, fingerprint: u64) -> Request {
        Request { config, key, fingerprint, ticket: 0, result: 0, step: Step::AskLedger }
    }

    /// What is to be done next.
    #[must_use]
    pub fn step(&self) -> Step {
        self.step
    }

    /// Does the next thing with the ledger, at `now`; nothing if the next thing is another.
    pub fn on_ledger(&mut self, ledger: &mut Ledger, now: Time) {
        match self.step {
            Step::AskLedger => {
                let found = match self.config.protocol {
                    Protocol::CheckThenAct => ledger.look_up(now, self.key, self.fingerprint),
                    Protocol::Reserve => ledger.reserve(now, self.key, self.fingerprint, self.config.lease),
                };
                self.step = match found {
                    Found::Absent { ticket } => {
                        self.ticket = ticket;
                        Step::Act
                    }
                    Found::InProgress { until } => Step::Conflict(until),
                    Found::Done { result } => Step::Answer(result),
                    Found::OtherPayload => Step::Mismatch,
                };
            }
            Step::Store => {
                ledger.store(now, self.key, self.fingerprint, self.ticket, self.result, self.config.ttl);
                self.step = Step::Answer(self.result);
            }
            _ => {}
        }
    }

    /// The operation has given a result, or has failed, which frees the key; nothing if the operation was not to be carried out.
    pub fn on_result(&mut self, ledger: &mut Ledger, result: Option<u64>) {
        if self.step != Step::Act {
            return;
        }
        match result {
            Some(result) => (self.result, self.step) = (result, Step::Store),
            None => {
                ledger.release(self.key, self.ticket);
                self.step = Step::Failed;
            }
        }
    }
}
