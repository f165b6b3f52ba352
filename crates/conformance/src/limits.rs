//! Rate limiters.

use crate::{Number, Outcome, Refusal, Row, ask};
use base::{Span, Time};
use limits::{
    CellRate, Decision, FixedWindow, FixedWindowConfig, GcraConfig, LeakyQueue, LeakyQueueConfig, Limit,
    SlidingCounter, SlidingCounterConfig, SlidingLog, SlidingLogConfig, TokenBucket, TokenBucketConfig,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) const TABLE: &[Row] = &[
    ("token-bucket", token_bucket),
    ("gcra", gcra),
    ("fixed-window", fixed_window),
    ("sliding-log", sliding_log),
    ("sliding-counter", sliding_counter),
    ("leaky-queue", leaky_queue),
];

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

fn answered(now: Time, decision: Decision) -> Answered {
    match decision {
        Decision::Allowed | Decision::Delayed { .. } => Answered { allow: true, retry_after_ns: None },
        Decision::Refused { not_before } => {
            Answered { allow: false, retry_after_ns: not_before.map(|moment| Number(moment.since(now).0)) }
        }
    }
}

fn decide(events: &[Event], mut ask: impl FnMut(Time, u64) -> Decision) -> Decisions {
    let one = |event: &Event| answered(Time(event.t.0), ask(Time(event.t.0), event.n.0));
    Decisions { decisions: events.iter().map(one).collect() }
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
        Ok(decide(&request.events, |now, cost| bucket.ask(now, cost)))
    })
}

fn gcra(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        emission_interval_ns: Number,
        burst: Number,
        events: Vec<Event>,
    }
    ask(request, |request: Request| {
        let config = GcraConfig { emission_interval: Span(request.emission_interval_ns.0), burst: request.burst.0 };
        let mut rate = CellRate::new(config).map_err(Refusal::new)?;
        Ok(decide(&request.events, |now, cost| rate.ask(now, cost)))
    })
}

/// Arrivals of cost 1 against "`limit` per window".
#[derive(Deserialize)]
struct Arrivals {
    limit: Number,
    window_ns: Number,
    arrivals: Vec<Number>,
}

impl Arrivals {
    fn window(&self) -> Span {
        Span(self.window_ns.0)
    }

    fn ask(&self, limit: &mut impl Limit) -> Passed {
        Passed { allow: self.arrivals.iter().map(|at| limit.ask(Time(at.0), 1).is_allowed()).collect() }
    }
}

#[derive(Serialize)]
struct Passed {
    allow: Vec<bool>,
}

fn fixed_window(request: Value) -> Outcome {
    ask(request, |request: Arrivals| {
        let config = FixedWindowConfig::per_window(request.limit.0, request.window());
        Ok(request.ask(&mut FixedWindow::new(config).map_err(Refusal::new)?))
    })
}

fn sliding_log(request: Value) -> Outcome {
    ask(request, |request: Arrivals| {
        let config = SlidingLogConfig::per_window(request.limit.0, request.window());
        Ok(request.ask(&mut SlidingLog::new(config).map_err(Refusal::new)?))
    })
}

fn sliding_counter(request: Value) -> Outcome {
    ask(request, |request: Arrivals| {
        let config = SlidingCounterConfig::per_window(request.limit.0, request.window());
        Ok(request.ask(&mut SlidingCounter::new(config).map_err(Refusal::new)?))
    })
}

fn leaky_queue(request: Value) -> Outcome {
    #[derive(Serialize)]
    struct Answer {
        departs: Vec<Option<Number>>,
    }
    ask(request, |request: Arrivals| {
        let config = LeakyQueueConfig::per_window(request.limit.0, request.window());
        let mut queue = LeakyQueue::new(config).map_err(Refusal::new)?;
        let departs = request.arrivals.iter().map(|at| match queue.ask(Time(at.0), 1) {
            Decision::Delayed { until } => Some(Number(until.0)),
            Decision::Allowed | Decision::Refused { .. } => None,
        });
        Ok(Answer { departs: departs.collect() })
    })
}
