//! What clients send.

use base::{Span, Time};
use catalog::Plant;
use scenario::file;

/// Twenty users who never think, four times as many during three short spikes, and a server that takes its time.
const CLOSED: &str = r#"{
    "faultline": 1,
    "length": "20s",
    "boxes": [
        { "id": "clients", "kind": "clients", "loop": "closed", "users": 20, "think_ms": 0 },
        { "id": "server", "kind": "service", "workers": 1000, "time_ms": 1000 }
    ],
    "wires": [{ "from": "clients", "to": "server", "timeout_ms": 0 }],
    "faults": [
        { "at": "1s", "for": "1s", "do": "spike", "on": "clients", "amount": 4 },
        { "at": "2200ms", "for": "1s", "do": "spike", "on": "clients", "amount": 4 },
        { "at": "3400ms", "for": "1s", "do": "spike", "on": "clients", "amount": 4 }
    ]
}"#;

#[test]
fn a_closed_loop_never_has_more_requests_under_way_than_users() {
    let scenario = file::read(CLOSED, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut most = 0;
    for moment in (0..20_000).step_by(50) {
        let at = Time::ZERO + Span::from_millis(moment);
        while plant.run_before(at, 10_000).expect("within budget").more {}
        let count = plant.meter(0).count;
        let under_way = count.arrived - count.ended();
        most = most.max(under_way);
        assert!(under_way <= if moment <= 1_000 { 20 } else { 80 }, "{under_way} under way at {at}");
    }
    let count = plant.meter(0).count;
    assert_eq!((most, count.arrived - count.ended()), (80, 20), "everybody took part, and the guests have left");
}
