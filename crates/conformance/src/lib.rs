//! One program that answers for every mechanism, so that anybody can judge ours with their own cases, or theirs with ours.
//!
//! ```text
//! {"mechanism":"jump-hash","key":"17281884249451281278","buckets":2147483647}     a request a line
//! {"bucket":1610649329}                                                          an answer a line
//! ```
//!
//! Each answer comes from the public code of the mechanism's own crate, the same that the boxes call. Nothing is drawn by luck, and
//! the answers are the same bytes natively and as WASM. A request that is malformed or unknown is answered `{"error": …}`.
//!
//! One file a family, and in it one function a mechanism: from its request, a type that says the request's format, to its answer.
//! To add a mechanism: its function, and its name in the table at the head of that file.

mod cache;
mod clocks;
mod collab;
mod crdt;
mod geo;
mod history;
mod limits;
mod merkle;
mod messaging;
mod number;
mod placement;
mod queue;
mod raft;
mod search;
mod sketch;
mod storage;

pub use number::{Fraction, Number, Signed};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

/// Why a request has no answer: one sentence for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl Refusal {
    /// A refusal in the words of an error.
    pub fn new(why: impl core::fmt::Display) -> Self {
        Refusal(why.to_string())
    }
}

/// What comes of a request: the answer's fields, or why there are none.
pub type Outcome = Result<Value, Refusal>;

/// One line of a family's table: the mechanism's name and what answers for it.
pub(crate) type Row = (&'static str, fn(Value) -> Outcome);

/// Every family's table.
const FAMILIES: &[&[Row]] = &[
    cache::TABLE,
    clocks::TABLE,
    collab::TABLE,
    crdt::TABLE,
    geo::TABLE,
    history::TABLE,
    limits::TABLE,
    merkle::TABLE,
    messaging::TABLE,
    placement::TABLE,
    queue::TABLE,
    raft::TABLE,
    search::TABLE,
    sketch::TABLE,
    storage::TABLE,
];

/// The names of all mechanisms that are answered for.
pub fn mechanisms() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().copied().flatten().map(|(name, _)| *name)
}

/// The answer to one request, each one line of JSON. Never panics, whatever the line holds.
#[wasm_bindgen]
#[must_use]
pub fn answer(line: &str) -> String {
    let outcome = serde_json::from_str::<Map<String, Value>>(line).map_err(Refusal::new).and_then(respond);
    match outcome {
        Ok(answer) => answer.to_string(),
        Err(Refusal(why)) => json!({ "error": why }).to_string(),
    }
}

fn respond(mut request: Map<String, Value>) -> Outcome {
    let Some(Value::String(name)) = request.remove("mechanism") else {
        return Err(Refusal::new("`mechanism` is missing: it names what is asked"));
    };
    let row = FAMILIES.iter().copied().flatten().find(|(known, _)| *known == name);
    let (_, respond) = row.ok_or_else(|| Refusal(format!("there is no mechanism {name:?}")))?;
    respond(Value::Object(request))
}

/// Reads the request, asks the mechanism, writes the answer.
pub(crate) fn ask<Q: DeserializeOwned, A: Serialize>(
    request: Value,
    mechanism: impl FnOnce(Q) -> Result<A, Refusal>,
) -> Outcome {
    let request = serde_json::from_value(request).map_err(Refusal::new)?;
    serde_json::to_value(mechanism(request)?).map_err(Refusal::new)
}
