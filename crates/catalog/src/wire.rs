//! What can be set on a wire: its link, and how its caller deals with it.

use crate::caller::CallerConfig;
use crate::settings::{FieldExt, Settings, choice, law, number, switch, whole};
use base::{Law, Span};
use resilience::breaker::{BreakerConfig, Trip};
use resilience::bulkhead::Compartment;
use resilience::{BackoffConfig, Jitter, RetryBudgetConfig};
use scenario::{Field, FieldKind};
use sim::{Link, Policy};

/// The fields of every wire, in saved order.
pub(crate) fn fields() -> Vec<Field> {
    vec![
        number("latency_ms", "Latency", "ms", (0.0, 60_000.0), 0.5, "How long a message takes, one way").live(),
        law("latency_law", "Latency varies", Law::Constant).live(),
        number("loss_percent", "Loss", "%", (0.0, 100.0), 0.0, "Share of messages that never arrive, each way").live(),
        number("duplication_percent", "Duplication", "%", (0.0, 100.0), 0.0, "Share of messages that arrive twice")
            .live(),
        number(
            "reordering_percent",
            "Reordering",
            "%",
            (0.0, 100.0),
            0.0,
            "Share of messages that are overtaken by later ones",
        )
        .live(),
        number(
            "bandwidth_mbps",
            "Bandwidth",
            "Mbit/s",
            (0.0, 1e6),
            0.0,
            "How much passes each way; 0 is more than is ever used",
        )
        .live(),
        number(
            "timeout_ms",
            "Time-out",
            "ms",
            (0.0, 3_600_000.0),
            1_000.0,
            "How long the caller waits for an answer; 0 is for ever",
        )
        .live(),
        whole(
            "retries",
            "Retries",
            "",
            (0.0, 20.0),
            0.0,
            "How many times the caller tries again after no answer or an error",
        )
        .live(),
        number(
            "backoff_ms",
            "Back-off",
            "ms",
            (0.0, 60_000.0),
            50.0,
            "Wait before the first retry; doubles each time, up to the longest wait",
        )
        .live(),
    ]
    .into_iter()
    .chain(retry_fields())
    .chain(breaker_fields())
    .chain(other_fields())
    .collect()
}

fn retry_fields() -> Vec<Field> {
    let jitters: Vec<(&'static str, &'static str)> =
        Jitter::ALL.iter().map(|jitter| (jitter.name(), jitter.help())).collect();
    let mut jitter = choice("jitter", "Jitter", "How luck enters a wait before a retry", &jitters);
    if let FieldKind::Choice { default, .. } = &mut jitter.kind {
        *default = Jitter::ALL.iter().position(|jitter| *jitter == Jitter::Equal).unwrap_or(0) as u8;
    }
    vec![
        jitter.live(),
        number(
            "backoff_max_ms",
            "Longest wait",
            "ms",
            (0.0, 3_600_000.0),
            0.0,
            "No wait before a retry is longer; 0 is no bound",
        )
        .live(),
        whole(
            "retry_budget_percent",
            "Retry budget",
            "%",
            (0.0, 1_000.0),
            0.0,
            "Retries and hedges per hundred calls, and ten on top after a quiet time; 0 is no bound",
        )
        .live(),
    ]
}

fn breaker_fields() -> Vec<Field> {
    const CONSECUTIVE: &[&str] = &["consecutive"];
    const ERROR_RATE: &[&str] = &["error-rate"];
    const ON: &[&str] = &["consecutive", "error-rate"];
    vec![
        choice(
            "breaker",
            "Circuit breaker",
            "Whether it stops calling what keeps failing; such calls end at once as unavailable, and are not retried",
            &[
                ("off", "it always calls"),
                ("consecutive", "opens after so many failures in a row"),
                ("error-rate", "opens at a share of failures among the last calls"),
            ],
        )
        .live(),
        whole(
            "breaker_failures",
            "Opens after",
            "failures",
            (1.0, 10_000.0),
            5.0,
            "Failed calls in a row that open it",
        )
        .live()
        .when("breaker", CONSECUTIVE),
        whole("breaker_percent", "Opens at", "%", (1.0, 100.0), 50.0, "Share of failed calls that opens it")
            .live()
            .when("breaker", ERROR_RATE),
        whole("breaker_window", "Looks back", "calls", (1.0, 10_000.0), 100.0, "How many calls it looks at")
            .live()
            .when("breaker", ERROR_RATE),
        whole(
            "breaker_calls_min",
            "Judges from",
            "calls",
            (1.0, 10_000.0),
            20.0,
            "Calls there must have been before it opens; at most as many as it looks at",
        )
        .live()
        .when("breaker", ERROR_RATE),
        number(
            "breaker_open_ms",
            "Open for",
            "ms",
            (1.0, 3_600_000.0),
            5_000.0,
            "How long it stays open before it lets a call through to see",
        )
        .live()
        .when("breaker", ON),
        whole("breaker_probes", "Probes", "", (1.0, 1_000.0), 1.0, "Calls that may be under way while it is half-open")
            .live()
            .when("breaker", ON),
        whole(
            "breaker_successes",
            "Closes after",
            "probes",
            (1.0, 1_000.0),
            2.0,
            "Good probes that close it; a bad one opens it again",
        )
        .live()
        .when("breaker", ON),
    ]
}

fn other_fields() -> Vec<Field> {
    const ON: &[&str] = &["on"];
    vec![
        switch("pool", "Pool", false, "Whether the calls under way at one time are bounded, as by a connection pool or bulkhead").live(),
        whole("pool_calls", "Calls at a time", "", (0.0, 100_000.0), 10.0, "Calls that may be under way").live().when("pool", ON),
        whole("pool_line", "Pool's line", "", (0.0, 1e6), 0.0, "Calls that may wait for a place, within their time-out; more are refused at once as overloaded")
            .live()
            .when("pool", ON),
        number(
            "hedge_ms",
            "Hedge after",
            "ms",
            (0.0, 60_000.0),
            0.0,
            "A read that has had no answer for so long is asked a second time, of another member where there is one; the first answer counts; 0 is never",
        )
        .live(),
        switch("deadline", "Hand on deadline", false, "Whether it waits no longer than the caller it works for, and tells the called how long it waits").live(),
    ]
}

pub(crate) fn link(settings: &Settings<'_>) -> Link {
    let share = |name| settings.number(name) / 100.0;
    let megabits = settings.number("bandwidth_mbps");
    Link {
        latency: settings.delay("latency_ms", "latency_law"),
        loss: share("loss_percent"),
        duplication: share("duplication_percent"),
        reordering: share("reordering_percent"),
        bandwidth: if megabits > 0.0 { megabits * 125_000.0 } else { f64::INFINITY },
    }
}

/// 0 is for ever, or never.
fn bound(span: Span) -> Span {
    if span == Span::ZERO { Span::MAX } else { span }
}

pub(crate) fn policy(settings: &Settings<'_>) -> Policy {
    Policy {
        timeout: bound(settings.millis("timeout_ms")),
        retries: settings.whole("retries") as u8,
        hedge_after: bound(settings.millis("hedge_ms")),
        hands_on_deadline: settings.switch("deadline"),
    }
}

pub(crate) fn caller(settings: &Settings<'_>) -> CallerConfig {
    let percent = settings.whole("retry_budget_percent");
    let window = settings.whole("breaker_window");
    let calls_min = settings.whole("breaker_calls_min").min(window);
    let trip = match settings.choice("breaker") {
        0 => None,
        1 => Some(Trip::Consecutive { failures: settings.whole("breaker_failures") }),
        _ => Some(Trip::ErrorRate { percent: settings.whole("breaker_percent"), window, calls_min }),
    };
    CallerConfig {
        backoff: BackoffConfig {
            attempts_max: u32::MAX,
            base: settings.millis("backoff_ms"),
            cap: bound(settings.millis("backoff_max_ms")),
            jitter: settings.one_of("jitter", Jitter::ALL),
        },
        budget: (percent > 0).then_some(RetryBudgetConfig { percent, ..RetryBudgetConfig::default() }),
        breaker: trip.map(|trip| BreakerConfig {
            trip,
            open_for: settings.millis("breaker_open_ms"),
            probes_max: settings.whole("breaker_probes"),
            successes: settings.whole("breaker_successes"),
        }),
        pool: settings
            .switch("pool")
            .then(|| Compartment { places: settings.whole("pool_calls"), line_max: settings.whole("pool_line") }),
    }
}
