//! Zones: what a message between them takes, what a fault on a whole zone does and to whom, and which groups outlive the loss of one.

use crate::graphs::{hold, ran, random, to};
use base::{Rng, Span, Time};
use catalog::Plant;
use scenario::{Act, Distance, Moment, Scenario, Target, Verb, Zone, file};
use trace::Record;

fn read(text: &str) -> Scenario {
    file::read(text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

fn plant(text: &str) -> Plant {
    Plant::build(&read(text)).expect("it can be built")
}

/// The latencies of everything that was answered, in milliseconds.
fn latencies(plant: &Plant) -> Vec<f64> {
    let of = |(_, record): &(Time, Record)| match record {
        Record::Answered { latency, .. } => Some(latency.as_millis_f64()),
        _ => None,
    };
    plant.records().iter().filter_map(of).collect()
}

/// How many requests were answered well, and how many not, from `from` on.
fn answered(plant: &Plant, from_ms: u64) -> (u64, u64) {
    plant.records().iter().filter(|(at, _)| at.0 >= from_ms * 1_000_000).fold((0, 0), |(good, bad), (_, record)| {
        match record {
            Record::Answered { status, .. } if status.is_ok() => (good + 1, bad),
            Record::Answered { .. } => (good, bad + 1),
            _ => (good, bad),
        }
    })
}

/// Clients in one zone that read from a service in another: constant arrivals, 1 ms of work, 0.5 ms of wire each way.
fn two_zones(more: &str, faults: &str) -> String {
    format!(
        r#"{{ "faultline": 1, "seed": 5, "length": "20s",
            "boxes": [
                {{ "id": "clients", "kind": "clients", "zone": "us", "arrivals": "constant", "rate": 100, "ops": [{{ "name": "read" }}] }},
                {{ "id": "service", "kind": "service", "zone": "eu", "time_ms": 1, "time_law": "constant", "workers": 64 }}
            ],
            "wires": [{{ "from": "clients", "to": "service" {more} }}],
            "faults": [{faults}],
            "zones": [{{ "id": "us" }}, {{ "id": "eu" }}],
            "distances": [{{ "between": ["us", "eu"], "latency_ms": 75 }}] }}"#
    )
}

/// Oracle: arithmetic. There and back over a wire of 0.5 ms and a distance of 75 ms, with 1 ms of work: 152 ms.
#[test]
fn a_wire_between_zones_takes_the_distance_on_top_each_way() {
    let near = |text: String| {
        let mut plant = plant(&text);
        to(&mut plant, Span::from_secs(10));
        let all = latencies(&plant);
        assert!(all.len() > 900, "{} answers", all.len());
        assert!(all.iter().all(|one| (one - all[0]).abs() < 1e-6), "constant times: {all:?}");
        all[0]
    };
    let far = two_zones("", "");
    let alone = far.replace(r#""zone": "eu", "#, "");
    let together = far.replace(r#""zone": "eu""#, r#""zone": "us""#);
    let usual = far.replace(r#"{ "between": ["us", "eu"], "latency_ms": 75 }"#, "");
    let took = [far, alone, together, usual].map(near);
    let ought = [152.0, 2.0, 2.0, 4.0];
    for (took, ought) in took.iter().zip(ought) {
        assert!((took - ought).abs() < 0.01, "took {took} ms, ought to take {ought}");
    }
}

/// Oracle: the same arithmetic with faults at the border: 50 ms more each way, then nothing for as long as it is cut.
#[test]
fn what_passes_between_zones_can_be_held_up_lost_and_stopped() {
    let faults = r#"{ "at": "2s", "for": "2s", "do": "add-latency", "on": "zone:us|eu", "amount": 50 },
        { "at": "6s", "for": "2s", "do": "cut", "on": "zone:eu|us" },
        { "at": "10s", "for": "2s", "do": "cut-off", "on": "zone:eu" },
        { "at": "14s", "do": "lose", "on": "zone:us", "amount": 50 },
        { "at": "17s", "do": "heal", "on": "zone:us" }"#;
    let mut plant = plant(&two_zones(r#", "timeout_ms": 400"#, faults));
    to(&mut plant, Span::from_secs(20));
    let between = |from: u64, until: u64| {
        let inside = |at: &Time| at.0 >= from * 1_000_000 && at.0 < until * 1_000_000;
        let of = |(at, record): &(Time, Record)| match record {
            Record::Answered { status, latency, .. } if inside(at) => Some((status.is_ok(), latency.as_millis_f64())),
            _ => None,
        };
        plant.records().iter().filter_map(of).collect::<Vec<_>>()
    };
    let held_up = between(2_300, 4_000);
    assert!(held_up.iter().all(|(good, ms)| *good && (ms - 252.0).abs() < 0.01), "{:?}", &held_up[..5]);
    for (from, until) in [(6_600, 8_000), (10_600, 12_000)] {
        let cut = between(from, until);
        assert!(cut.len() > 100 && cut.iter().all(|(good, _)| !good), "{from}: cut, and nobody answered");
    }
    let lost = between(14_600, 17_000);
    let share = lost.iter().filter(|(good, _)| !good).count() as f64 / lost.len() as f64;
    assert!((share - 0.75).abs() < 0.08, "half lost each way leaves a quarter: {share} of {} lost", lost.len());
    for (from, until) in [(5_000, 6_000), (9_000, 10_000), (18_000, 20_000)] {
        let calm = between(from, until);
        assert!(calm.iter().all(|(good, ms)| *good && (ms - 152.0).abs() < 0.01), "{from}: all is well again");
    }
}

/// A group of `members`, spread over zones as `homes` says, with clients in none; zone a is lost from the third second to the tenth.
fn spread(members: u8, homes: &str) -> String {
    format!(
        r#"{{ "faultline": 1, "seed": 9, "length": "20s",
            "boxes": [
                {{ "id": "clients", "kind": "clients", "rate": 100, "ops": [{{ "name": "write", "does": "write" }}] }},
                {{ "id": "group", "kind": "raft-group", "members": {members}, "member_zones": {homes} }},
                {{ "id": "other", "kind": "service", "zone": "a" }},
                {{ "id": "third", "kind": "service" }}
            ],
            "wires": [{{ "from": "clients", "to": "group", "retries": 3 }}],
            "faults": [{{ "at": "3s", "for": "7s", "do": "crash", "on": "zone:a" }}],
            "zones": [{{ "id": "a" }}, {{ "id": "b" }}, {{ "id": "c" }}] }}"#
    )
}

/// Oracle: the definition. Every process in the zone, and none elsewhere; healed, every one is up again.
#[test]
fn a_zone_that_is_down_takes_all_of_its_members_and_only_them() {
    let mut plant = plant(&spread(5, r#"["a", "b", "a", "c"]"#));
    let names = |plant: &Plant, up: bool| {
        let of = |(_, record): &(Time, Record)| match *record {
            Record::Down { member } if !up => Some(plant.member_name(member)),
            Record::Up { member } if up => Some(plant.member_name(member)),
            _ => None,
        };
        plant.records().iter().filter_map(of).collect::<Vec<_>>()
    };
    to(&mut plant, Span::from_secs(5));
    assert_eq!(names(&plant, false), ["group.0", "group.2", "other"]);
    to(&mut plant, Span::from_secs(15));
    assert_eq!(names(&plant, false).len(), 3, "and nobody later");
    assert_eq!(names(&plant, true), ["group.0", "group.2", "other"]);
    assert!(plant.troubles().is_empty());
}

/// Oracle: the majority of five is three. Over three zones, 2 + 2 + 1, any one may be lost; over two, 3 + 2, not the larger; nor may
/// a cut between the two leave more than one side at work.
#[test]
fn a_group_over_three_zones_outlives_the_loss_of_one_and_over_two_it_may_not() {
    let served = |homes: &str| {
        let mut plant = plant(&spread(5, homes));
        to(&mut plant, Span::from_secs(10));
        answered(&plant, 5_500)
    };
    let (good, bad) = served(r#"["a", "a", "b", "b", "c"]"#);
    assert!(good > 350 && bad == 0, "three zones: {good} good, {bad} bad");
    let (good, bad) = served(r#"["a", "a", "a", "b", "b"]"#);
    assert!(good == 0 && bad > 50, "two zones, the larger lost: {good} good, {bad} bad");
    let (good, bad) = served(r#"["b", "b", "b", "a", "a"]"#);
    assert!(good > 350 && bad == 0, "two zones, the smaller lost: {good} good, {bad} bad");
}

/// Oracle: a write is acknowledged once a majority has it: with the nearest majority 35 ms away, 70 ms and what the group takes by itself.
#[test]
fn a_group_spread_over_zones_pays_the_way_to_its_nearest_majority() {
    let text = |homes: &str| {
        format!(
            r#"{{ "faultline": 1, "seed": 2, "length": "20s",
            "boxes": [
                {{ "id": "clients", "kind": "clients", "zone": "a", "rate": 20, "ops": [{{ "name": "write", "does": "write" }}] }},
                {{ "id": "group", "kind": "raft-group", "election_ms": 1000, "member_zones": {homes} }}
            ],
            "wires": [{{ "from": "clients", "to": "group" }}],
            "zones": [{{ "id": "a" }}, {{ "id": "b" }}, {{ "id": "c" }}],
            "distances": [{{ "between": ["a", "b"], "latency_ms": 35 }}, {{ "between": ["a", "c"], "latency_ms": 35 }},
                {{ "between": ["b", "c"], "latency_ms": 35 }}] }}"#
        )
    };
    let median = |homes: &str| {
        let mut plant = plant(&text(homes));
        to(&mut plant, Span::from_secs(20));
        let mut all = latencies(&plant);
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let (near, far) = (median(r#"["a", "a", "a"]"#), median(r#"["a", "b", "c"]"#));
    // Once to the majority and back; and once more to the leader and back where it is not the clients' neighbour.
    let more = far - near;
    assert!((69.0..72.0).contains(&more) || (138.0..143.0).contains(&more), "{near} ms together, {far} ms apart");
}

/// Zones in which nobody lies, and one in which everybody does, change nothing: the run is the same to the bit.
#[test]
fn zones_that_part_nobody_change_nothing() {
    let plain = read(&spread(3, "[]").replace(r#""zone": "a""#, r#""name": "Other""#).replace("zone:a", "group.0"));
    let digest = |scenario: &Scenario| ran(scenario).digest();
    let mut empty = plain.clone();
    empty.zones.clear();
    let before = digest(&empty);
    assert_eq!(digest(&plain), before, "nobody lies in them");
    let mut one = plain;
    one.boxes.iter_mut().for_each(|placed| placed.zone = Some("b".to_string()));
    assert_eq!(digest(&one), before, "all lie in one");
}

/// A design by chance, laid into three zones at distances by chance, with two faults on zones.
fn zoned(seed: u64) -> Scenario {
    let (mut scenario, mut rng) = (random(seed), Rng::new(seed ^ 0x5A5A));
    let ids = ["x", "y", "z"];
    let (width, height) = Zone::SIZE;
    let zone = |id: &str| Zone { id: id.into(), name: id.into(), x: 0, y: 0, width, height };
    scenario.zones = ids.map(zone).into();
    for placed in &mut scenario.boxes {
        placed.zone = ids.get(rng.below(4) as usize).map(ToString::to_string);
        let members = placed.members(catalog::schema()).min(8);
        placed.member_zones =
            (0..members).map(|_| ids.get(rng.below(4) as usize).copied().unwrap_or("").to_string()).collect();
        if members < 2 {
            placed.member_zones.clear();
        }
    }
    scenario.distances = vec![Distance { between: ["x".into(), "y".into()], latency_ms: rng.below(100) as f64 }];
    for _ in 0..2 {
        let zone = |rng: &mut Rng| ids[rng.below(3) as usize].to_string();
        let verb = Verb::ALL[rng.below(Verb::ALL.len() as u64) as usize];
        let on = if verb.on_zone().is_some() {
            Target::Zone(zone(&mut rng))
        } else {
            Target::Between("x".into(), "z".into())
        };
        if verb.on_zone().or(verb.between_zones()).is_some() {
            let at = Time::ZERO + Span::from_millis(rng.below(4_000));
            let lasts = verb.spec().ended_by.map(|_| Span::from_secs(1));
            scenario.faults.push(Moment { at, lasts, act: Act::Do { verb, on, amount: None } });
        }
    }
    scenario.faults.sort_by_key(|moment| moment.at);
    scenario
}

/// Oracle: what is true of every run: nothing panics, hangs, or is lost unaccounted.
#[test]
fn any_design_in_any_zones_accounts_for_every_request() {
    let mut between = 0;
    for seed in 0..30 {
        let scenario = zoned(seed);
        hold(&scenario, Span::from_secs(4));
        between += scenario
            .faults
            .iter()
            .filter(|m| matches!(&m.act, Act::Do { on: Target::Zone(_) | Target::Between(..), .. }))
            .count();
    }
    assert!(between > 20, "{between} faults on zones");
}
