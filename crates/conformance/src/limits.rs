//! Rate limiters.

use crate::{Number, Outcome, Refusal, Row, ask};
use base::{Span, Time};
use limits::{Decision, FixedWindow, FixedWindowConfig, Limit, TokenBucket, TokenBucketConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) const TABLE: &[Row] = &[("token-bucket", token_bucket), ("fixed-window", fixed_window)];

/// A request that costs `n` at moment `t`.
#[derive(Deserialize)]
struct Event {
    t: Number,
    n: Number,
}

#[derive(Serialize)]
struct Decisions {
    decisions: Vec<Answered>,
}

#[derive(Serialize)]
struct Answered {
    allow: bool,
    retry_after_ns: Option<Number>,
}

fn decide(limit: &mut impl Limit, event: &Event) -> Answered {
    let now = Time(event.t.0);
    match limit.ask(now, event.n.0) {
        Decision::Allowed => Answered { allow: true, retry_after_ns: None },
        Decision::Refused { not_before } => {
            Answered { allow: false, retry_after_ns: not_before.map(|moment| Number(moment.since(now).0)) }
        }
    }
}

fn token_bucket(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        capacity: Number,
        rate_tokens: Number,
        per_ns: Number,
        events: Vec<Event>,
    }
    ask(request, |request: Request| {
        let config = TokenBucketConfig {
            capacity: request.capacity.0,
            tokens: request.rate_tokens.0,
            per: Span(request.per_ns.0),
        };
        let mut bucket = TokenBucket::new(config).map_err(Refusal::new)?;
        Ok(Decisions { decisions: request.events.iter().map(|event| decide(&mut bucket, event)).collect() })
    })
}

/// Arrivals of cost 1 against "`limit` per window".
#[derive(Deserialize)]
struct Arrivals {
    limit: Number,
    window_ns: Number,
    arrivals: Vec<Number>,
}

fn fixed_window(request: Value) -> Outcome {
    #[derive(Serialize)]
    struct Answer {
        allow: Vec<bool>,
    }
    ask(request, |request: Arrivals| {
        let config = FixedWindowConfig::per_window(request.limit.0, Span(request.window_ns.0));
        let mut window = FixedWindow::new(config).map_err(Refusal::new)?;
        Ok(Answer { allow: request.arrivals.iter().map(|at| window.ask(Time(at.0), 1).is_allowed()).collect() })
    })
}
