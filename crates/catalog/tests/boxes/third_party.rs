//! What is done for good by somebody else, and how often.

use crate::graphs::{self, choose, give, set, wire};
use base::Span;
use scenario::{Scenario, Value};

/// Clients that write, wait 300 ms and try up to three times, before a third party that is silent after one deed in five.
fn ran(keys: u8, time_ms: f64) -> (f64, f64) {
    let schema = catalog::schema();
    let mut bank = set("bank", "third-party", &[("silent_percent", 20.0), ("time_ms", time_ms)]);
    choose(&mut bank, "keys", keys);
    let mut clients = set("clients", "clients", &[("rate", 50.0)]);
    give(&mut clients, "ops", Value::Ops(vec![scenario::Op { name: "charge".to_string(), write: true, weight: 1.0 }]));
    let mut wire = wire("clients", "bank");
    for (name, number) in [("timeout_ms", 300.0), ("retries", 3.0), ("backoff_ms", 50.0)] {
        wire.config[schema.wire.iter().position(|field| field.name == name).expect("a field")] = Value::Number(number);
    }
    let scenario = Scenario {
        length: Span::from_secs(60),
        seed: 9,
        boxes: vec![clients, bank],
        wires: vec![wire],
        ..Scenario::default()
    };
    let gauges = graphs::ran(&scenario).view(1, &trace::Sample::default(), Span::from_secs(1)).gauges;
    (gauges[0].expect("a count"), gauges[1].expect("a count"))
}

/// Oracle: with silence s after the deed and r retries, a write is carried out 1 + s + s² + s³ times: 0.248 too often at s = 0.2, r = 3.
#[test]
fn a_retry_after_silence_charges_twice_unless_the_key_is_known() {
    let (done, twice) = ran(0, 20.0);
    let too_often = twice / (done - twice);
    assert!((too_often - 0.248).abs() < 0.03, "{too_often} too often; 0.248 by arithmetic");
    assert_eq!(ran(1, 20.0).1, 0.0, "one after the other, looking the key up is enough");
    assert_eq!(ran(2, 20.0).1, 0.0);
}

/// The retry comes while the first is still at work: who only looks finds nothing.
#[test]
fn looking_a_key_up_without_reserving_it_lets_two_through_at_once() {
    assert!(ran(1, 400.0).1 > 0.0);
    assert_eq!(ran(2, 400.0).1, 0.0);
}
