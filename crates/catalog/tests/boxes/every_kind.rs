//! One suite for all kinds, read off the catalog's own table: a kind that is added is held to it without a line here.

use crate::graphs::{alone, done, extremes, hold, is_traffic, random, shows, to};
use base::{Span, Time};
use scenario::{KindSpec, Target};

fn kinds() -> impl Iterator<Item = &'static KindSpec> {
    catalog::schema().kinds.iter()
}

#[test]
fn a_minute_of_any_kind_as_it_comes_out_of_the_palette_serves_its_clients() {
    for kind in kinds() {
        let plant = hold(&alone(kind, 20.0), Span::from_secs(60));
        let count = plant.meter(0).count;
        assert!(count.arrived > 900, "{}: {count:?}", kind.slug);
        if kind.ports.accepts {
            assert!(
                count.ok * 10 >= count.arrived * 9,
                "{} as it is serves {} of {}",
                kind.slug,
                count.ok,
                count.arrived
            );
        }
        let place = usize::from(!is_traffic(kind));
        assert!(shows(&plant, place), "{} shows nothing of its inside", kind.slug);
    }
}

#[test]
fn both_ends_of_every_range_and_every_choice_can_be_run() {
    for kind in kinds() {
        for (at, field) in kind.fields.iter().enumerate() {
            for value in extremes(field) {
                let mut scenario = alone(kind, 20.0);
                let place = usize::from(!is_traffic(kind));
                scenario.boxes[place].config[at] = value;
                hold(&scenario, Span::from_secs(3));
            }
        }
    }
}

#[test]
fn every_fault_that_a_kind_offers_can_be_done_to_it_and_ends() {
    for kind in kinds() {
        for verb in &kind.verbs {
            let mut scenario = alone(kind, 20.0);
            let id = if kind.slug == "clients" { "clients" } else { "it" };
            scenario.faults.push(done(*verb, Target::Box(id.to_string())));
            let plant = hold(&scenario, Span::from_secs(4));
            assert!(
                verb.spec().ended_by.is_none() || plant.troubles().is_empty(),
                "{} of {} goes on",
                verb.spec().slug,
                kind.slug
            );
        }
    }
}

/// Seeds of random designs in the ordinary run of the tests; `FAULTLINE_SEEDS` asks for others: `0..10000`.
const SEEDS: core::ops::Range<u64> = 0..600;

#[test]
fn random_designs_with_random_faults_neither_panic_nor_hang_nor_lose_a_request() {
    let asked = std::env::var("FAULTLINE_SEEDS").ok();
    let asked = asked
        .as_deref()
        .and_then(|text| text.split_once(".."))
        .and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
    for seed in asked.unwrap_or(SEEDS) {
        let scenario = random(seed);
        let caught = std::panic::catch_unwind(|| hold(&scenario, Span::from_secs(5)));
        assert!(caught.is_ok(), "seed {seed}: {}", scenario::file::write(&scenario, catalog::schema()));
    }
}

#[test]
fn a_run_taken_in_pieces_and_from_a_clone_is_the_same_run() {
    for kind in kinds() {
        let scenario = alone(kind, 50.0);
        let mut whole = catalog::Plant::build(&scenario).expect("a valid design can be built");
        let mut early = whole.clone();
        let end = Time::ZERO + Span::from_secs(5);
        to(&mut whole, Span::from_secs(5));
        while early.now() < Time::ZERO + Span::from_secs(2) {
            let next = early.now() + Span::from_millis(37);
            while early.run_before(next, 7).expect("within budget").more {}
        }
        let mut late = early.clone();
        while late.run_before(end, 1_000).expect("within budget").more {}
        assert_eq!((late.digest(), late.events()), (whole.digest(), whole.events()), "{}", kind.slug);
    }
}
