//! A trace: requests with their times, operations and keys, as somebody wrote them down, to be sent again.
//!
//! It comes as CSV (see [`Trace::from_csv`]) and goes into a file as the same lines, into a link as columns of small numbers. It is
//! the same value whichever way it came: lines in order of time (those of one moment as they stood), names numbered as they first
//! come. Copies share what they hold, because a design is copied at every edit.
//!
//! What is kept: every time to the nanosecond, every operation with whether it changes state, every key, and where they are said the
//! size and the user of each request. What is not: the layout of the text.

mod csv;
mod draft;
mod form;

use crate::Scenario;
use base::Span;
use draft::Draft;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Requests to be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct Trace {
    held: Arc<Held>,
}

#[derive(Debug, PartialEq, Eq)]
struct Held {
    ops: Vec<TraceOp>,
    /// What keys are called; empty when they are numbers.
    keys: Vec<String>,
    /// What users are called; empty when they are numbers, or not said.
    users: Vec<String>,
    asked: Vec<Asked>,
    bulk: Bulk,
}

/// An operation of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceOp {
    /// Its name.
    pub name: String,
    /// True when it changes state.
    pub write: bool,
}

/// One request of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When, in nanoseconds as written: from the start of the trace, or since 1970.
    pub at: u64,
    /// The place of its operation in [`Trace::ops`].
    pub op: u8,
    /// Its key: the number as written, or the place of its name among the names.
    pub key: u64,
    /// Whose it is, numbered like keys, where that is said.
    pub user: Option<u32>,
    /// Its size in bytes, where that is said.
    pub bytes: Option<u32>,
}

/// How much room traces take in what is saved: in a link before compression, and in a file. Both in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bulk {
    /// In a link.
    pub link: u32,
    /// In a file.
    pub file: u32,
}

impl Bulk {
    /// Most that all traces of a design may take: four letters of a link stand for three bytes, and what does not compress must
    /// leave room for the design in 200,000 letters; a file has at most 1 MiB.
    pub const MAX: Bulk = Bulk { link: 120_000, file: 800_000 };

    /// Both together.
    #[must_use]
    pub fn and(self, other: Bulk) -> Bulk {
        Bulk { link: self.link.saturating_add(other.link), file: self.file.saturating_add(other.file) }
    }

    /// Why traces may not take so much.
    ///
    /// # Errors
    /// A sentence with the bound.
    pub fn validate(self) -> Result<(), String> {
        for (takes, max, place) in
            [(self.link, Bulk::MAX.link, "a link, before compression"), (self.file, Bulk::MAX.file, "a file")]
        {
            if takes > max {
                return Err(format!("it takes {takes} bytes in {place}; the traces of a design may take {max}"));
            }
        }
        Ok(())
    }
}

impl Trace {
    /// Most requests.
    pub const LINES_MAX: usize = 10_000;
    /// Most operations.
    pub const OPS_MAX: usize = Scenario::OPS_MAX;
    /// Keys and users that are all whole numbers below this are their numbers; else they are numbered as they first come.
    pub const NUMBER_MAX: u64 = 1_000_000;
    /// Largest size of a request, in bytes.
    pub const BYTES_MAX: u32 = 100_000_000;

    /// The operations, in the order in which they first come.
    #[must_use]
    pub fn ops(&self) -> &[TraceOp] {
        &self.held.ops
    }

    /// The requests, by time.
    #[must_use]
    pub fn asked(&self) -> &[Asked] {
        &self.held.asked
    }

    /// What a key is called.
    #[must_use]
    pub fn key_name(&self, key: u64) -> String {
        named(&self.held.keys, key)
    }

    /// What a user is called.
    #[must_use]
    pub fn user_name(&self, user: u32) -> String {
        named(&self.held.users, u64::from(user))
    }

    /// The time as written that is the start of the trace: 0; or that of its first request where times lie beyond the longest run,
    /// as seconds since 1970 do.
    #[must_use]
    pub fn origin(&self) -> u64 {
        let asked = self.asked();
        let last = asked.last().map_or(0, |last| last.at);
        if last > Scenario::LENGTH_MAX.0 { asked.first().map_or(0, |first| first.at) } else { 0 }
    }

    /// From its start to its last request.
    #[must_use]
    pub fn length(&self) -> Span {
        Span(self.asked().last().map_or(0, |last| last.at - self.origin()))
    }

    /// Requests a second, from the first to the last; `None` when all come at once.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        let asked = self.asked();
        let over = Span(asked.last()?.at - asked.first()?.at);
        (over > Span::ZERO).then(|| (asked.len() - 1) as f64 / over.as_secs_f64())
    }

    /// How many different keys are asked for.
    #[must_use]
    pub fn keys(&self) -> usize {
        let mut keys: Vec<u64> = self.asked().iter().map(|asked| asked.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    }

    /// What it takes in what is saved.
    #[must_use]
    pub fn bulk(&self) -> Bulk {
        self.held.bulk
    }

    /// A trace of numbered keys: each request with its time in nanoseconds, the name of its operation, whether that changes state,
    /// and its key.
    ///
    /// # Errors
    /// Why it is none; see [`Trace::from_csv`].
    pub fn of<'a>(asked: impl IntoIterator<Item = (u64, &'a str, bool, u64)>) -> Result<Trace, String> {
        let mut draft = Draft::default();
        for (at, op, write, key) in asked {
            let row = draft::Row { at, op, write: Some(write), key: &key.to_string(), bytes: None, user: None };
            draft.push(&row).map_err(|(column, why)| format!("{column}: {why}"))?;
        }
        draft.finish()
    }
}

fn named(names: &[String], number: u64) -> String {
    let name = usize::try_from(number).ok().and_then(|at| names.get(at));
    name.cloned().unwrap_or_else(|| number.to_string())
}
