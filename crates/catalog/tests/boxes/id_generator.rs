//! The id generator's box: what is given twice, by which mistake, and what is not.

use base::{Span, Time};
use catalog::Plant;
use scenario::file;

/// Ten seconds of 1000 ids a second: how many were given twice, how many percent out of order, how many were given at all.
fn run(generator: &str, faults: &str) -> (f64, f64, u64) {
    let text = format!(
        r#"{{ "faultline": 1, "length": "10s", "boxes": [
            {{ "id": "crowd", "kind": "clients", "rate": 1000, "keys": 10000, "popularity": "uniform" }},
            {{ "id": "ids", "kind": "id-generator", {generator} }} ],
            "wires": [{{ "from": "crowd", "to": "ids" }}], "faults": [{faults}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    while plant.run_before(Time::ZERO + Span::from_secs(10), 100_000).expect("within budget").more {}
    let mut samples = Vec::new();
    plant.sample(&mut samples);
    let gauges = plant.view(1, &samples[1], Span::from_secs(10)).gauges;
    (gauges[0].expect("always there"), gauges[1].expect("some were given"), plant.meter(1).count.ok)
}

/// A clock that is 10 ms fast after a second jumps back each second: only who ignores it gives ids twice.
#[test]
fn a_clock_that_jumps_back_gives_ids_twice_only_where_it_is_ignored() {
    let with = |what: &str| run(&format!(r#""members": 1, "drift_ppm": 10000, "correct_every_ms": 1000, {what}"#), "");
    for on_regress in ["wait", "borrow", "refuse"] {
        let (twice, inverted, given) = with(&format!(r#""on_regress": "{on_regress}""#));
        assert_eq!((twice, inverted), (0.0, 0.0), "{on_regress}: {given} given");
        // Refusing costs nine gaps of up to 10 ms with an id each; waiting and borrowing none.
        let refused = with(r#""on_regress": "borrow""#).2 - given;
        let expected = if on_regress == "refuse" { 40..130 } else { 0..15 };
        assert!(expected.contains(&refused), "{on_regress}: {refused} fewer than by borrowing");
    }
    let (twice, inverted, _) = with(r#""on_regress": "ignore""#);
    // Nine times 10 ms with about one id each are gone through again.
    assert!((10.0..200.0).contains(&twice) && inverted > 0.0, "{twice} given twice, {inverted}% out of order");
}

/// Three machines that believe to be the same one; and three that do not.
#[test]
fn machines_of_one_number_give_the_same_ids() {
    let (own, _, given) = run(r#""members": 3"#, "");
    assert!(own == 0.0 && given > 9_500, "{own} of {given}");
    let (same, _, _) = run(r#""members": 3, "machines": "all 0", "drift_ppm": 0"#, "");
    assert!(same > 500.0, "{same} given twice");
}

/// The counting row never gives a number twice, also when its holders die; an increment for each id costs the way there and back.
#[test]
fn ranges_are_unique_and_are_lost_with_their_holder() {
    let crash = r#"{ "at": "3s", "do": "crash", "on": "ids.1" }, { "at": "4s", "do": "restart", "on": "ids.1" },
                   { "at": "6s", "do": "crash", "on": "ids.0" }, { "at": "7s", "do": "restart", "on": "ids.0" }"#;
    for range in [1, 100] {
        let (twice, _, given) = run(&format!(r#""scheme": "ranges", "range": {range}"#), crash);
        assert!(twice == 0.0 && given > 5_000, "{range} at a time: {twice} of {given}");
    }
    let (twice, inverted, given) = run(r#""scheme": "ranges", "members": 1"#, "");
    assert_eq!((twice, inverted), (0.0, 0.0), "{given} from one machine");
}

/// Against arithmetic (birthdays): of n = 10,000 codes in 62^4 = 14,776,336, about n²/2N = 3.4 are given twice; in 62^3, 209.
#[test]
fn random_codes_collide_as_birthdays_do_and_hashed_ones_are_hashed_again() {
    let (three, _, given) = run(r#""scheme": "random", "length": 3"#, "");
    let n = given as f64;
    let expected = n * n / 2.0 / 238_328.0;
    assert!((three - expected).abs() < 4.0 * libm::sqrt(expected), "{three} of {given}, {expected} expected");
    let (ten, _, _) = run(r#""scheme": "random", "length": 10"#, "");
    assert_eq!(ten, 0.0, "62^10 is enough for ten thousand");
    let (alone, _, _) = run(r#""scheme": "hash", "length": 3, "members": 1"#, "");
    assert_eq!(alone, 0.0, "one machine sees every collision and hashes again");
    let (apart, _, _) = run(r#""scheme": "hash", "length": 3, "members": 3"#, "");
    assert!(apart > 0.0, "machines that share no table give one code for two texts");
}
