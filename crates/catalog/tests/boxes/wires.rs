//! What wires carry, and what a box shows of where they lead.

use base::{Span, Time};
use catalog::{Face, Plant};
use scenario::file;
use trace::Sample;

const BY_OPERATION: &str = r#"{
    "faultline": 1,
    "length": "5s",
    "boxes": [
        { "id": "clients", "kind": "clients", "rate": 200, "ops": [{ "name": "read", "weight": 3 }, { "name": "write", "does": "write" }] },
        { "id": "balancer", "kind": "balancer", "checks": "off" },
        { "id": "reader", "kind": "service" },
        { "id": "other-reader", "kind": "service" },
        { "id": "writer", "kind": "service" }
    ],
    "wires": [
        { "from": "clients", "to": "balancer" },
        { "from": "balancer", "to": "reader", "ops": ["read"] },
        { "from": "balancer", "to": "other-reader", "ops": ["read"] },
        { "from": "balancer", "to": "writer", "ops": ["write"] }
    ]
}"#;

fn ran(text: &str) -> Plant {
    let scenario = file::read(text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    while plant.run_before(Time::ZERO + scenario.length, 10_000).expect("within budget").more {}
    plant
}

#[test]
fn a_balancer_sends_an_operation_only_over_wires_that_carry_it() {
    let plant = ran(BY_OPERATION);
    let arrived = |place: usize| plant.meter(place).count.arrived;
    let (reads, writes) = (arrived(2) + arrived(3), arrived(4));
    assert!(arrived(2).min(arrived(3)) > reads / 3, "{} and {}", arrived(2), arrived(3));
    assert!((600..900).contains(&reads) && (190..320).contains(&writes), "{reads} reads, {writes} writes");
    assert_eq!(plant.meter(0).count.bad(), 0);
}

#[test]
fn a_balancer_names_its_targets_by_their_ids() {
    let plant = ran(BY_OPERATION);
    let Face::Bars { bars, .. } = plant.view(1, &Sample::default(), Span::from_secs(1)).face else {
        panic!("a balancer shows bars");
    };
    let labels: Vec<&str> = bars.iter().map(|bar| bar.label.as_str()).collect();
    assert_eq!(labels, ["reader", "other-reader", "writer"]);
}
