//! The two models that everything is measured on, built from real boxes.

use base::Span;
use scenario::{Op, Placed, Scenario, Value, Wire, WireEnds};

/// A box of `kind` whose fields are the kind's defaults but for those named.
fn placed(id: &str, kind: &str, set: &[(&str, Value)]) -> Placed {
    let spec = catalog::schema().kind(kind).expect("the kind is in the catalog");
    let mut config = spec.defaults();
    for (name, value) in set {
        let at = spec.field(name).expect("the field is in the kind");
        spec.fields[at].accepts(value).expect("the value is in range");
        config[at] = value.clone();
    }
    Placed { id: id.to_string(), kind: kind.to_string(), name: id.to_string(), config, ..Placed::default() }
}

fn wire(from: &str, to: &str, set: &[(&str, f64)]) -> Wire {
    let fields = &catalog::schema().wire;
    let mut config: Vec<Value> = fields.iter().map(scenario::Field::default_value).collect();
    for (name, value) in set {
        let at = fields.iter().position(|field| field.name == *name).expect("wires have the field");
        config[at] = Value::Number(*value);
    }
    Wire { ends: WireEnds { from: from.to_string(), to: to.to_string() }, ops: Vec::new(), config }
}

fn reads() -> (&'static str, Value) {
    ("ops", Value::Ops(vec![Op { name: "read".to_string(), write: false, weight: 1.0 }]))
}

const NUMBER: fn(f64) -> Value = Value::Number;

/// A queue with `servers` exponential servers of mean `service_ms` at `load`, as clients and a service.
#[must_use]
pub fn m_m_c(servers: u32, load: f64, service_ms: f64, seed: u64, length: Span) -> Scenario {
    let rate = load * f64::from(servers) * 1_000.0 / service_ms;
    Scenario {
        title: format!("M/M/{servers}"),
        seed,
        length,
        boxes: vec![
            placed("clients", "clients", &[("rate", NUMBER(rate)), ("keys", NUMBER(1.0)), reads()]),
            placed(
                "service",
                "service",
                &[("workers", NUMBER(f64::from(servers))), ("line_max", NUMBER(1e6)), ("time_ms", NUMBER(service_ms))],
            ),
        ],
        wires: vec![wire("clients", "service", &[("latency_ms", 0.0), ("timeout_ms", 0.0)])],
        ..Scenario::default()
    }
}

/// Clients that read 10,000 keys by Zipf through an LRU cache of `capacity` from a store.
#[must_use]
pub fn cached_reads(skew: f64, capacity: u64, seed: u64, length: Span) -> Scenario {
    Scenario {
        title: "Cached reads".to_string(),
        seed,
        length,
        boxes: vec![
            placed("clients", "clients", &[("rate", NUMBER(2_500.0)), ("skew", NUMBER(skew)), reads()]),
            placed("cache", "cache", &[("capacity", NUMBER(capacity as f64))]),
            placed("store", "leader-follower", &[("members", NUMBER(1.0)), ("workers", NUMBER(1_000.0))]),
        ],
        wires: vec![wire("clients", "cache", &[]), wire("cache", "store", &[])],
        ..Scenario::default()
    }
}

/// Clients on a ring of `members` with `keys` keys.
#[must_use]
pub fn ring(members: u32, points: u32, keys: u32, length: Span) -> Scenario {
    let set = [
        ("members", NUMBER(f64::from(members))),
        ("points", NUMBER(f64::from(points))),
        ("keys", NUMBER(f64::from(keys))),
    ];
    Scenario {
        title: "Ring".to_string(),
        seed: 1,
        length,
        boxes: vec![
            placed("clients", "clients", &[("rate", NUMBER(500.0)), ("keys", NUMBER(f64::from(keys)))]),
            placed("ring", "hash-ring", &set),
        ],
        wires: vec![wire("clients", "ring", &[])],
        ..Scenario::default()
    }
}

/// Clients that write at equal distances to an asynchronous leader with two followers, whose entries leave it after `ship_delay`.
#[must_use]
pub fn writes(rate: f64, ship_delay: Span, seed: u64, length: Span) -> Scenario {
    let ops = Value::Ops(vec![Op { name: "write".to_string(), write: true, weight: 1.0 }]);
    Scenario {
        title: "Writes".to_string(),
        seed,
        length,
        boxes: vec![
            placed("clients", "clients", &[("rate", NUMBER(rate)), ("ops", ops)]),
            placed("store", "leader-follower", &[("ship_delay_ms", NUMBER(ship_delay.as_millis_f64()))]),
        ],
        wires: vec![wire("clients", "store", &[])],
        ..Scenario::default()
    }
}

/// Clients, a balancer, four services of 16 workers, and a database of 32 connections, at 70% load: nine events a request.
#[must_use]
pub fn tiers(seed: u64, length: Span) -> Scenario {
    let service = |id: &str| {
        placed(id, "service", &[("workers", NUMBER(16.0)), ("time_ms", NUMBER(10.0)), ("line_max", NUMBER(1e6))])
    };
    let mut scenario = Scenario {
        title: "Clients, balancer, four services, database".to_string(),
        seed,
        length,
        boxes: vec![
            placed("clients", "clients", &[("rate", NUMBER(4_480.0)), ("keys", NUMBER(1_000.0))]),
            placed("balancer", "balancer", &[]),
            placed(
                "database",
                "leader-follower",
                &[
                    ("members", NUMBER(1.0)),
                    ("workers", NUMBER(32.0)),
                    ("time_ms", NUMBER(5.0)),
                    ("line_max", NUMBER(1e6)),
                ],
            ),
        ],
        wires: vec![wire("clients", "balancer", &[])],
        ..Scenario::default()
    };
    for id in ["s1", "s2", "s3", "s4"] {
        scenario.boxes.push(service(id));
        scenario.wires.push(wire("balancer", id, &[]));
        scenario.wires.push(wire(id, "database", &[]));
    }
    scenario
}
