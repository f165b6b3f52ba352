//! Partition sets: members of any boxes on sides between which nothing passes, one way too, several at a time.

use crate::graphs::to;
use base::{Span, Time};
use catalog::Plant;
use scenario::{Scenario, file, link};
use trace::Record;

fn read(text: &str) -> Scenario {
    file::read(text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

/// Two populations of clients that each read from a service of their own and from a shared one.
fn design(faults: &str) -> Scenario {
    read(&format!(
        r#"{{ "faultline": 1, "seed": 5, "length": "20s",
            "boxes": [
                {{ "id": "east", "kind": "clients", "arrivals": "constant", "rate": 100, "ops": [{{ "name": "read" }}] }},
                {{ "id": "west", "kind": "clients", "arrivals": "constant", "rate": 100, "ops": [{{ "name": "read" }}] }},
                {{ "id": "shared", "kind": "service", "time_ms": 1, "time_law": "constant", "workers": 64 }}
            ],
            "wires": [
                {{ "from": "east", "to": "shared", "timeout_ms": 200 }},
                {{ "from": "west", "to": "shared", "timeout_ms": 200 }}
            ],
            "faults": [{faults}] }}"#
    ))
}

/// How many requests of a box ended well, and how many badly, in seconds `from` to `to`; what was under way at either end aside.
fn ended(scenario: &Scenario, client: &str, from: u64, until: u64) -> (u32, u32) {
    let mut plant = Plant::build(scenario).expect("it can be built");
    to(&mut plant, Span::from_secs(20));
    let place = scenario.place(client).expect("it was placed") as u16;
    let within = |at: &Time| at.0 >= from * 1_000_000_000 + 300_000_000 && at.0 < until * 1_000_000_000;
    plant.records().iter().filter(|(at, _)| within(at)).fold((0, 0), |(good, bad), (_, record)| match record {
        Record::Answered { client, status, .. } if *client == place && status.is_ok() => (good + 1, bad),
        Record::Answered { client, .. } if *client == place => (good, bad + 1),
        _ => (good, bad),
    })
}

#[test]
fn a_partition_parts_its_sides_until_it_ends_and_nobody_else() {
    let cut = design(r#"{ "at": "5s", "for": "5s", "do": "cut", "on": "sides:east|shared" }"#);
    for (from, until, good) in [(0, 5, true), (5, 10, false), (10, 20, true)] {
        let (well, badly) = ended(&cut, "east", from, until);
        assert_eq!((well > 0, badly > 0), (good, !good), "{from} s to {until} s: {well} well, {badly} badly");
        assert_eq!(ended(&cut, "west", from, until).1, 0, "west is on no side");
    }
}

#[test]
fn one_way_the_request_is_served_and_its_answer_is_lost() {
    let of = |on: &str| design(&format!(r#"{{ "at": "5s", "do": "cut", "on": "{on}" }}"#));
    let served = |scenario: &Scenario| {
        let mut plant = Plant::build(scenario).expect("it can be built");
        to(&mut plant, Span::from_secs(20));
        plant.meter(scenario.place("shared").expect("it was placed")).count.arrived
    };
    let (unheard, deaf) = (of("sides:east>*"), of("sides:shared>east"));
    assert_eq!(
        (ended(&unheard, "east", 5, 20).0, ended(&deaf, "east", 5, 20).0),
        (0, 0),
        "nobody gets an answer either way"
    );
    let (without, with) = (served(&unheard), served(&deaf));
    assert!(without < 2_600 && with > 3_900, "{without} and {with} of 4,000 requests reach the service");
}

#[test]
fn overlapping_partitions_end_in_any_order_and_leave_no_trace() {
    let both = |first: u64, second: u64| {
        design(&format!(
            r#"{{ "at": "4s", "for": "{first}s", "do": "cut", "on": "sides:east|shared" }},
               {{ "at": "6s", "for": "{second}s", "do": "cut", "on": "sides:east,west|*" }}"#
        ))
    };
    // The first ends at 8 s and the second at 10 s; then the other way round.
    for (first, second, east_until, west_until) in [(4, 4, 10, 10), (8, 2, 12, 8)] {
        let scenario = both(first, second);
        assert_eq!(ended(&scenario, "east", 4, east_until).0, 0, "one or the other parts east");
        assert_eq!(ended(&scenario, "west", 6, west_until).0, 0);
        assert_eq!((ended(&scenario, "east", east_until, 20).1, ended(&scenario, "west", west_until, 20).1), (0, 0));
    }
}

#[test]
fn healing_ends_the_partition_with_these_sides_and_no_other() {
    let healed = |on: &str| {
        design(&format!(
            r#"{{ "at": "4s", "do": "cut", "on": "sides:east|shared" }},
               {{ "at": "4s", "do": "cut", "on": "sides:west|shared" }},
               {{ "at": "8s", "do": "heal", "on": "{on}" }}"#
        ))
    };
    let east = healed("sides:east|shared");
    assert_eq!((ended(&east, "east", 8, 20).1, ended(&east, "west", 8, 20).0), (0, 0));
    let neither = healed("sides:shared|east");
    assert_eq!(ended(&neither, "east", 8, 20).0, 0, "sides in another order are another partition");
}

/// A majority elects, a minority does not, whatever the sides are called.
#[test]
fn a_group_parted_into_sides_goes_on_where_its_majority_is() {
    let text = |on: &str| {
        format!(
            r#"{{ "faultline": 1, "seed": 3, "length": "20s",
                "boxes": [
                    {{ "id": "clients", "kind": "clients", "rate": 50, "ops": [{{ "name": "set", "does": "write" }}] }},
                    {{ "id": "store", "kind": "raft-group", "members": 5 }}
                ],
                "wires": [{{ "from": "clients", "to": "store" }}],
                "faults": [{{ "at": "5s", "do": "cut", "on": "{on}" }}] }}"#
        )
    };
    let minority = read(&text("sides:store.0,store.1|store.2,store.3,store.4"));
    let (well, _) = ended(&minority, "clients", 10, 20);
    assert!(well > 100, "three of five go on: {well} writes");
    let nobody = read(&text("sides:store.0,store.1|store.2,store.3|store.4"));
    let (well, _) = ended(&nobody, "clients", 10, 20);
    assert_eq!(well, 0, "no side has three of five");
}

#[test]
fn a_partition_is_the_same_in_the_file_and_in_the_link() {
    for on in ["sides:east|shared", "sides:east,shared.0|*", "sides:shared>east|west"] {
        let scenario = design(&format!(r#"{{ "at": "5s", "for": "5s", "do": "cut", "on": "{on}" }}"#));
        let schema = catalog::schema();
        let written = file::write(&scenario, schema);
        assert!(written.contains(on), "{written}");
        assert_eq!(file::read(&written, schema).expect("it was written so"), scenario);
        let shared = link::encode(&scenario, schema);
        assert_eq!(link::decode(&shared, schema).expect("it was encoded so").scenario, scenario);
    }
    let wrong = |on: &str| {
        let text = file::write(&design(""), catalog::schema());
        let fault = format!(r#""faults": [{{ "at": "5s", "do": "cut", "on": "{on}" }}], "boxes""#);
        format!(
            "{:?}",
            file::read(&text.replacen("\"boxes\"", &fault, 1), catalog::schema()).expect_err("it may not be")
        )
    };
    for (on, why) in [
        ("sides:east", "there must be 2 to 8"),
        ("sides:east|nobody", "there is no box"),
        ("sides:east|east", "named twice"),
        ("sides:east|shared.7", "there is no member 7"),
    ] {
        let said = wrong(on);
        assert!(said.contains(why), "{on}: {said}");
    }
}
