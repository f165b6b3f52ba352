//! Queues, by formula.

use crate::{Number, Outcome, Refusal, Row, ask};
use queue::erlang::Erlang;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) const TABLE: &[Row] = &[("erlang", erlang)];

fn erlang(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        servers: Number,
        offered_erlangs: f64,
    }
    #[derive(Serialize)]
    struct Answer {
        erlang_b: f64,
        erlang_c: f64,
        wq_in_service_times: Option<f64>,
    }
    ask(request, |request: Request| {
        let erlang = Erlang::new(request.servers.0, request.offered_erlangs).map_err(Refusal::new)?;
        Ok(Answer { erlang_b: erlang.blocking(), erlang_c: erlang.waiting(), wq_in_service_times: erlang.mean_wait() })
    })
}
