//! What a gateway asks, gathers and refuses.

use crate::graphs::{self, choose, give, set, wire};
use base::Span;
use catalog::Plant;
use scenario::{Placed, Scenario, Value};

/// Clients and a gateway, changed by `change`, in front of `count` services that take 20 ms and fail with 5%.
fn ran(count: usize, change: impl Fn(&mut Placed)) -> Plant {
    let mut gateway = set("gateway", "gateway", &[]);
    choose(&mut gateway, "auth", 0);
    change(&mut gateway);
    let mut boxes = vec![set("clients", "clients", &[("rate", 200.0), ("users", 50.0)]), gateway];
    let mut wires = vec![wire("clients", "gateway")];
    for number in 0..count {
        let id = format!("service-{number}");
        boxes.push(set(&id, "service", &[("workers", 10_000.0), ("time_ms", 20.0), ("fails_percent", 5.0)]));
        wires.push(wire("gateway", &id));
    }
    let scenario = Scenario { length: Span::from_secs(100), seed: 5, boxes, wires, ..Scenario::default() };
    graphs::ran(&scenario)
}

fn share_ok(plant: &Plant) -> f64 {
    let count = plant.meter(0).count;
    count.ok as f64 / count.ended() as f64
}

/// Oracle: independent failures. All of n answer with (1 - p)^n; at least one does with 1 - p^n.
#[test]
fn gathered_answers_are_as_available_as_the_product_or_with_partial_ones_as_the_best() {
    for count in [1, 2, 4] {
        let (whole, partial) =
            (share_ok(&ran(count, |_| {})), share_ok(&ran(count, |gateway| choose(gateway, "partial", 1))));
        let all = libm::pow(0.95, count as f64);
        let some = 1.0 - libm::pow(0.05, count as f64);
        assert!((whole - all).abs() < 0.012, "{count} services: {whole} of all, {all} by arithmetic");
        assert!((partial - some).abs() < 0.012, "{count} services: {partial} of some, {some} by arithmetic");
    }
}

/// Oracle: the quantile of the largest of n exponentials, -m ln(1 - q^(1/n)); and of their sum, Erlang, whose mean is n m.
#[test]
fn gathering_at_once_waits_for_the_slowest_and_one_by_one_for_all() {
    let middle = |count: usize, one_by_one: bool| {
        let plant = ran(count, |gateway| choose(gateway, "several", u8::from(one_by_one)));
        plant.meter(1).quantile(0.5).expect("answers").as_millis_f64()
    };
    for count in [1, 4] {
        let slowest = -20.0 * libm::log(1.0 - libm::pow(0.5, 1.0 / count as f64));
        // The wires to the services take half a millisecond each way.
        let at_once = middle(count, false) - 1.0;
        assert!((at_once / slowest - 1.0).abs() < 0.06, "{count} at once: {at_once} ms, {slowest} ms by formula");
    }
    let (sum, median_of_erlang_4) = (middle(4, true) - 4.0, 20.0 * 3.672);
    assert!(
        (sum / median_of_erlang_4 - 1.0).abs() < 0.06,
        "4 one by one: {sum} ms, {median_of_erlang_4} ms by formula"
    );
}

/// 200 requests a second by 50 users are 4 a second for each; a limit of 2 lets at most that many of each user's pass.
#[test]
fn a_users_limit_is_the_users_own() {
    let plant = ran(1, |gateway| {
        give(gateway, "user_limit", Value::Number(2.0));
        choose(gateway, "limit_algorithm", 1);
    });
    let (passed, most) = (plant.meter(2).count.arrived, 50 * 2 * 101);
    assert!(passed <= most && passed * 10 > most * 7, "{passed} passed of at most {most}");
}

/// A token is checked when it is first seen and when its minute is over: twice in 100 s. Two requests of a user that meet at the door
/// both have it checked: at 4 a second and 15 ms that adds 6%.
#[test]
fn a_token_is_checked_once_in_its_life() {
    let plant = ran(1, |gateway| choose(gateway, "auth", 1));
    let checked = plant.view(1, &trace::Sample::default(), Span::from_secs(1)).gauges[2].expect("a count");
    assert!((90.0..=118.0).contains(&checked), "{checked} checks of 50 tokens that live a minute, in 100 s");
}
