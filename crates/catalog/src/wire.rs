//! What can be set on a wire: its link, and how its caller deals with it.

use crate::settings::{FieldExt, Settings, law, number, whole};
use base::{Law, Span};
use scenario::Field;
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
            "Wait before the first retry; doubles each time, and half of it is drawn",
        )
        .live(),
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

pub(crate) fn policy(settings: &Settings<'_>) -> Policy {
    let timeout = settings.millis("timeout_ms");
    Policy {
        timeout: if timeout == Span::ZERO { Span::MAX } else { timeout },
        retries: settings.whole("retries") as u8,
        backoff: settings.millis("backoff_ms"),
    }
}
