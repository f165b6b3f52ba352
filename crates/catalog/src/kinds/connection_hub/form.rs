//! What can be set on a connection hub.

use super::{Rules, Transport};
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, switch, whole};
use base::{Delay, Law, Span};
use resilience::{BackoffConfig, Jitter};
use scenario::{KindSpec, Ports, Verb};

/// The devices and their servers.
pub(super) const MEMBERS_MAX: u8 = 9;

/// The settings as devices and servers need them.
pub(super) fn rules(settings: &Settings<'_>) -> Rules {
    let base = settings.millis("backoff_ms");
    Rules {
        transport: settings.one_of("transport", &Transport::ALL),
        devices: settings.whole("devices").max(1),
        ping: settings.millis("ping_ms").max(Span::from_millis(100)),
        poll: settings.millis("poll_ms").max(Span::from_millis(100)),
        connect_within: settings.millis("connect_ms").max(Span::from_millis(1)),
        backoff: BackoffConfig {
            base,
            cap: settings.millis("backoff_max_ms").max(base),
            jitter: settings.one_of("jitter", Jitter::ALL),
            ..BackoffConfig::default()
        },
        handshake: Delay::new(Law::Exponential, settings.millis("handshake_ms")),
        ask: Delay::new(Law::Exponential, settings.millis("ask_ms")),
        header_bytes: u64::from(settings.whole("header_bytes")),
        keeps: settings.switch("keeps"),
        room: settings.whole("mailbox") as usize,
    }
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    const CONNECTED: &[&str] = &["WebSocket", "server-sent events", "long poll"];
    let jitters: Vec<(&'static str, &'static str)> = Jitter::ALL.iter().map(|jitter| (jitter.name(), jitter.help())).collect();
    KindSpec {
        slug: slug.into(),
        title: "Connection hub".into(),
        group: "Entry".into(),
        purpose: "Servers that bring messages to many devices, by open connections or by being asked.".into(),
        icon: "M9 7a2 2 0 1 0 0 4a2 2 0 1 0 0-4M9 2v5M9 11v5M3 4.500l4.300 3.300M15 4.500l-4.300 3.300M3 13.500l4.300-3.300M15 13.500l-4.300-3.300".into(),
        fields: vec![
            whole("members", "Members", "", (2.0, f64::from(MEMBERS_MAX)), 3.0, "The first stands for all devices, the others are servers"),
            choice("transport", "Transport", "How a message gets to a device", &[
                ("WebSocket", "an open connection both ways: sent at once, confirmed by the device"),
                ("server-sent events", "an open stream one way: sent at once; a device that comes back says what it saw last"),
                ("long poll", "a request that is held until there is something, and made again"),
                ("poll", "a request every so often; nothing is open"),
            ]),
            whole("devices", "Devices", "", (1.0, 5_000.0), 1_000.0, "How many there are; a message is for the device of its user"),
            number("poll_ms", "Polls every", "ms", (100.0, 3.6e6), 5_000.0, "Time between two polls of a device").live().when("transport", &["poll"]),
            number("ping_ms", "Heartbeat", "ms", (100.0, 3.6e6), 30_000.0, "How often a device asks if its server is there; a long poll ends after it and is made again").live().when("transport", CONNECTED),
            switch("keeps", "Keeps until seen", true, "Whether a message stays in its mailbox until the device is known to have it").live(),
            whole("mailbox", "Mailbox", "messages", (1.0, 200.0), 100.0, "Messages that wait for one device, or are kept for it to be sent again; then the oldest goes").live(),
            number("backoff_ms", "Comes back after", "ms", (0.0, 600_000.0), 500.0, "The first wait of a device that lost its connection; twice as long each further time").live().when("transport", CONNECTED),
            number("backoff_max_ms", "At most", "ms", (0.0, 3.6e6), 30_000.0, "The longest that it waits").live().when("transport", CONNECTED),
            choice("jitter", "Jitter", "How luck enters that wait", &jitters).live().when("transport", CONNECTED),
            number("connect_ms", "Connects within", "ms", (1.0, 600_000.0), 2_000.0, "A device that is not connected after this gives up and waits again").live().when("transport", CONNECTED),
            number("handshake_ms", "Handshake", "ms", (0.0, 60_000.0), 3.0, "Mean work of a new connection at a server: TLS, login, subscriptions").live().when("transport", CONNECTED),
            number("ask_ms", "A poll's work", "ms", (0.0, 60_000.0), 0.5, "Mean work of a poll or long poll at a server").live().when("transport", &["long poll", "poll"]),
            whole("header_bytes", "Headers", "B", (0.0, 100_000.0), 700.0, "Bytes of one HTTP request or answer beside the message").live(),
            number("mesh_ms", "To the devices", "ms", (0.0, 60_000.0), 20.0, "One-way latency between a server and a device"),
            whole("workers", "Workers", "", (1.0, 1_000.0), 8.0, "Requests, polls and handshakes that a server works on at the same time").live(),
            whole("line_max", "Line", "", (0.0, 1e5), 1_000.0, "How many may wait for that; more are refused").live(),
            number("time_ms", "Work", "ms", (0.0, 60_000.0), 0.2, "Mean work of each message, poll and handshake before anything else").live(),
            law("time_law", "Work varies", Law::Exponential).live(),
        ],
        ports: Ports { accepts: true, out_max: 0, refusal: "A connection hub brings messages to devices; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("connected", "Connected", ""),
            gauge("delivered_ms", "Delivered within, p99", "ms"),
            gauge("bytes", "Beside the message", "B"),
            gauge("tries", "Reconnects", ""),
        ],
        members: Some("members".into()),
        modelled: vec![
            "each device with its connection, its back-off and what it has seen; each server with what it holds open".into(),
            "handshakes, polls and messages that wait for the same workers: a storm of reconnects delays messages".into(),
            "a server that dies: its operating system's peers hear of it within 50 ms; one that is cut off is missed by heartbeats".into(),
            "bytes of headers, frames, pings and confirmations, divided by the messages delivered".into(),
            "delivery: every message reaches its device once; it recognises what comes twice".into(),
        ],
        left_out: vec![
            "where a device is connected and what waits for it is in a store that all servers share, at once and safe".into(),
            "the message's own bytes, TLS, TCP and compression; bandwidth".into(),
            "a balancer in front that sends new connections to servers that are up, in turn".into(),
            "messages from devices".into(),
        ],
    }
}
