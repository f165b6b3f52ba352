//! What a content delivery network spares its origin, and what it costs its readers.

use crate::graphs::{self, choose, give, set, to, wire};
use base::{Span, Time};
use catalog::Plant;
use scenario::{Placed, Scenario, Value};
use trace::Record;

/// Clients, a CDN changed by `change`, and a store behind it.
fn design(rate: f64, keys: f64, change: impl Fn(&mut Placed)) -> Scenario {
    let mut cdn = set("cdn", "cdn", &[("ttl_ms", 4_000.0), ("capacity", 1_000.0)]);
    change(&mut cdn);
    Scenario {
        length: Span::from_secs(60),
        seed: 3,
        boxes: vec![
            set("clients", "clients", &[("rate", rate), ("keys", keys)]),
            cdn,
            set("origin", "leader-follower", &[("members", 1.0), ("time_ms", 20.0)]),
        ],
        wires: vec![wire("clients", "cdn"), wire("cdn", "origin")],
        ..Scenario::default()
    }
}

/// The plant after a minute, and how old the copies were that readers got beside what the origin had by then.
fn ran(scenario: &Scenario) -> (Plant, u64) {
    let mut plant = Plant::build(scenario).expect("a valid design can be built");
    let (mut newest, mut stale) = (std::collections::BTreeMap::new(), 0);
    for second in 1..=60 {
        to(&mut plant, Span::from_secs(second));
        for (_, record) in plant.records() {
            match *record {
                Record::Acknowledged { key, version, .. } => {
                    newest.insert(key, version);
                }
                Record::Read { key, version, .. } if newest.get(&key).is_some_and(|newest| version < *newest) => {
                    stale += 1
                }
                _ => {}
            }
        }
        plant.clear_records();
    }
    (plant, stale)
}

fn asked_of_the_origin(plant: &Plant) -> u64 {
    plant.meter(2).count.arrived
}

/// Oracle: with as many misses at each edge, the origin sees each once without a shield; behind one it sees at most one for each key and
/// life of a copy, however many edges there are.
#[test]
fn a_shield_makes_the_origin_see_one_miss_instead_of_one_from_each_edge() {
    let reads = |shield| {
        ran(&design(400.0, 50.0, |cdn| {
            choose(cdn, "shield", u8::from(shield));
            give(cdn, "edges", Value::Number(8.0));
        }))
        .0
    };
    let (without, with) = (asked_of_the_origin(&reads(false)), asked_of_the_origin(&reads(true)));
    assert!(with * 2 < without, "{without} without, {with} with a shield");
}

#[test]
fn copies_that_live_out_their_time_are_stale_and_purged_ones_hardly_ever() {
    let stale = |on_write| ran(&design(200.0, 20.0, |cdn| choose(cdn, "on_write", on_write))).1;
    let (kept, purged, pushed) = (stale(0), stale(1), stale(2));
    assert!(kept > 10 * purged.max(pushed).max(1), "stale reads: {kept} kept, {purged} purged, {pushed} pushed");
}

/// Misses that share a fetch: a burst for one key that nobody has reaches the origin once for each edge, not once for each request.
#[test]
fn misses_that_meet_share_one_fetch() {
    let asked = |shares| {
        let scenario = design(2_000.0, 1.0, |cdn| {
            choose(cdn, "shares", shares);
            choose(cdn, "on_write", 1);
            give(cdn, "edges", Value::Number(1.0));
        });
        asked_of_the_origin(&ran(&scenario).0) as f64
    };
    let (alone, shared) = (asked(0), asked(1));
    assert!(alone > 1.3 * shared, "{alone} alone, {shared} shared");
}

#[test]
fn an_edge_serves_what_it_has_while_the_origin_is_away() {
    let ok = |on_error: f64| {
        let mut scenario = design(100.0, 20.0, |cdn| give(cdn, "on_error_ms", Value::Number(on_error)));
        scenario.faults.push(scenario::Moment {
            at: Time::ZERO + Span::from_secs(20),
            ..graphs::done(scenario::Verb::Crash, scenario::Target::Box("origin".to_string()))
        });
        scenario.faults[0].lasts = Some(Span::from_secs(30));
        let (plant, _) = ran(&scenario);
        let count = plant.meter(0).count;
        count.ok as f64 / count.arrived as f64
    };
    let (without, with) = (ok(0.0), ok(60_000.0));
    assert!(with > without + 0.15, "{without} without, {with} with stale copies");
}
