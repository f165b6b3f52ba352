//! Editing together.

use crate::{Outcome, Refusal, Row, ask};
use collab::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) const TABLE: &[Row] = &[("ot", transform)];

/// An edit of a text: characters in, or a number of them out.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Edit {
    Ins(u64, String),
    Del(u64, u64),
}

fn transform(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        doc: String,
        a: Edit,
        b: Edit,
    }
    #[derive(Serialize)]
    struct Answer {
        a_then_b: String,
        b_then_a: String,
    }
    ask(request, |request: Request| {
        let length = request.doc.chars().count() as u64;
        let operation = |edit: &Edit| match edit {
            Edit::Ins(at, text) => Operation::insertion(length, *at, text),
            Edit::Del(at, count) => Operation::deletion(length, *at, *count),
        };
        let (a, b) = (operation(&request.a).map_err(Refusal::new)?, operation(&request.b).map_err(Refusal::new)?);
        let (a_after, b_after) = Operation::transform(&a, &b).map_err(Refusal::new)?;
        let both = |first: &Operation, second: &Operation| {
            first.apply(&request.doc).and_then(|text| second.apply(&text)).map_err(Refusal::new)
        };
        Ok(Answer { a_then_b: both(&a, &b_after)?, b_then_a: both(&b, &a_after)? })
    })
}
