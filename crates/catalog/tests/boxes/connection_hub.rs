//! What a message costs and how long it takes by each transport, and what a thousand devices do that come back at once.

use crate::groups::Run;
use check::{CheckKind, Finding};
use scenario::file;

const CONNECTED: usize = 0;
const DELIVERED_P99: usize = 1;
const BYTES: usize = 2;
const TRIES: usize = 3;

/// A hundred messages a second for the users of a thousand devices at two servers.
fn run(transport: &str, fields: &str, faults: &str, seconds: u64) -> Run {
    let text = format!(
        r#"{{ "faultline": 1, "length": "{seconds}s", "seed": 11,
            "boxes": [
                {{ "id": "senders", "kind": "clients", "rate": 100, "arrivals": "poisson", "users": 1000,
                   "ops": [{{ "name": "say", "does": "write" }}] }},
                {{ "id": "hub", "kind": "connection-hub", "members": 3, "transport": "{transport}" {fields} }}
            ],
            "wires": [{{ "from": "senders", "to": "hub", "timeout_ms": 1000 }}], "faults": [{faults}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}"));
    let mut run = Run::of(scenario);
    run.to(seconds * 1_000);
    run
}

/// Oracle: one trip for what is pushed; for a poll anything up to its period, and two trips.
#[test]
fn what_is_open_delivers_in_one_trip_and_a_poll_takes_up_to_its_period() {
    for (transport, least, most) in [
        ("WebSocket", 20.0, 30.0),
        ("server-sent events", 20.0, 30.0),
        ("long poll", 20.0, 70.0),
        ("poll", 4_700.0, 5_100.0),
    ] {
        let ran = run(transport, "", "", 40);
        let p99 = ran.gauge(DELIVERED_P99).expect("much was delivered");
        assert!((least..most).contains(&p99), "{transport}: 99% within {p99} ms");
        assert!(ran.is_accounted());
        let late = ran.verdict(CheckKind::Delivery);
        assert_ne!(late.finding, Finding::Broken, "{transport}: {late:?}");
    }
}

/// Oracle: arithmetic. Of polls, two headers for each of 200 a second over 100 messages; of long polls, two headers a message, and two
/// for each of 33 renewals a second; of sockets, the frame, the confirmation and as many pings.
#[test]
fn a_message_costs_what_its_transport_says() {
    let bytes = |transport: &str| run(transport, "", "", 60).gauge(BYTES).expect("much was delivered");
    let (socket, stream, held, poll) =
        (bytes("WebSocket"), bytes("server-sent events"), bytes("long poll"), bytes("poll"));
    let close = |got: f64, wanted: f64| (got / wanted - 1.0).abs() < 0.1;
    assert!(close(poll, 2.0 * 700.0 * 200.0 / 100.0), "{poll} B by polling");
    assert!(close(held, 2.0 * 700.0 * (1.0 + 33.3 / 100.0)), "{held} B by long polls");
    assert!(close(socket, 4.0 + 6.0 + 8.0 * 33.3 / 100.0), "{socket} B by sockets");
    assert!(close(stream, 24.0 + 8.0 * 33.3 / 100.0), "{stream} B by events");
}

const CRASH: &str = r#"{ "at": "10s", "for": "5s", "do": "crash", "on": "hub.1" }"#;

/// Five hundred come back to the one server left, which takes in 8 ÷ 40 ms = 200 a second and has a line of 50. Without luck in their waits
/// they come in waves, of which each time 58 get in; with it they spread.
#[test]
fn without_jitter_those_who_lost_their_connection_together_come_back_together() {
    let storm = |jitter: &str| {
        let fields = format!(r#", "handshake_ms": 40, "line_max": 50, "jitter": "{jitter}", "backoff_max_ms": 4000"#);
        let mut ran = run("WebSocket", &fields, CRASH, 14);
        let back = ran.gauge(CONNECTED).unwrap_or_default();
        ran.to(60_000);
        assert_eq!(ran.gauge(CONNECTED), Some(1_000.0), "{jitter}: all are back in the end");
        assert!(ran.is(CheckKind::Delivery, Finding::Holds), "{jitter}: {:?}", ran.verdict(CheckKind::Delivery));
        (ran.gauge(TRIES).unwrap_or_default(), back)
    };
    let ((waves, few), (spread, more)) = (storm("none"), storm("full"));
    assert!(waves > 1.5 * spread, "{waves} attempts without jitter, {spread} with");
    assert!(more > few, "{more} are connected after four seconds with jitter, {few} without");
}

#[test]
fn what_comes_for_a_device_that_is_away_waits_or_is_lost() {
    for transport in ["WebSocket", "server-sent events", "long poll"] {
        let away = |keeps: &str| {
            let mut ran = run(transport, &format!(r#", "keeps": "{keeps}", "backoff_ms": 3000"#), CRASH, 30);
            ran.to(30_000);
            ran.verdict(CheckKind::Delivery).finding
        };
        assert_ne!(away("on"), Finding::Broken, "{transport}");
        if transport != "long poll" {
            assert_eq!(away("off"), Finding::Broken, "{transport} without a mailbox");
        }
    }
}

/// A server that is cut off says nothing: only a heartbeat that is not answered tells.
#[test]
fn a_server_that_is_cut_off_is_missed_after_the_heartbeats() {
    let cut = r#"{ "at": "10s", "for": "30s", "do": "isolate", "on": "hub.1" }"#;
    let connected = |until: u64| run("WebSocket", r#", "ping_ms": 2000"#, cut, until).gauge(TRIES).unwrap_or_default();
    assert_eq!(connected(13), 0.0, "nobody has noticed");
    assert!(connected(20) >= 500.0, "two heartbeats later all have");
}
