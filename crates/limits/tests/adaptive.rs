//! Concurrency limits, fixed and adaptive, against closed formulas.

use base::{Rng, Span};
use limits::ConcurrencyLimit;
use limits::adaptive::{Adapt, Aimd, AimdConfig, Algorithm, Gradient, GradientConfig, Outcome};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The answer of a server that works on `capacity` at a time, `rtt_ms` each, to one of `in_flight`: the rest waits.
fn answer(in_flight: u32, capacity: u32, rtt_ms: f64) -> Outcome {
    let load = f64::from(in_flight.max(capacity)) / f64::from(capacity);
    Outcome { rtt: Span::from_millis_f64(rtt_ms * load), in_flight, failed: false }
}

proptest! {
    /// Oracle: a plain count.
    #[test]
    fn never_more_in_flight_than_the_limit(steps in vec((any::<bool>(), 0..6_u32), 1..200)) {
        let (mut limit, mut count) = (ConcurrencyLimit::new(3), 0_u32);
        for (acquires, new_limit) in steps {
            if acquires {
                let expected = count < limit.limit();
                prop_assert_eq!(limit.acquire(), expected);
                count += u32::from(expected);
            } else {
                prop_assert_eq!(limit.release().is_ok(), count > 0);
                count = count.saturating_sub(1);
                limit.set_limit(new_limit);
            }
            prop_assert_eq!(limit.in_flight(), count);
        }
    }

    #[test]
    fn an_adaptive_limit_stays_within_its_bounds(outcomes in vec((any::<u64>(), any::<u32>(), any::<bool>()), 1..200), least in 1..50_u32, more in 0..50_u32) {
        for algorithm in Algorithm::ALL {
            let mut limit = algorithm.build(least, least + more).expect("bounds in order");
            for (rtt, in_flight, failed) in &outcomes {
                limit.on_outcome(Outcome { rtt: Span(*rtt), in_flight: *in_flight, failed: *failed });
                prop_assert!((least..=least + more).contains(&limit.limit()), "{:?}: {}", algorithm, limit.limit());
            }
        }
    }
}

#[test]
fn an_idle_client_learns_nothing() {
    for algorithm in Algorithm::ALL {
        let mut limit = algorithm.build(10, 100).expect("bounds");
        (0..10_000).for_each(|_| limit.on_outcome(answer(1, 1_000, 10.0)));
        assert_eq!(limit.limit(), 10, "{algorithm:?}");
    }
}

/// Oracle: the sawtooth. With failures at C it falls to decrease × C and needs (1 - decrease) × C rounds to climb back; its mean is
/// (1 + decrease) / 2 × C.
#[test]
fn aimd_saws_between_its_factor_and_the_capacity() {
    let (capacity, decrease) = (200_u32, 0.5);
    let mut limit = Aimd::new(AimdConfig { limit_min: 1, limit_max: 1_000, decrease }).expect("a fraction");
    let (mut sum, mut rounds, mut falls, mut least, mut most) = (0.0, 0_u32, 0_u32, u32::MAX, 0);
    for round in 0..6_000 {
        let in_flight = limit.limit();
        let before = in_flight;
        for _ in 0..in_flight {
            limit.on_outcome(Outcome { failed: in_flight > capacity, ..answer(in_flight, capacity, 10.0) });
        }
        if round >= 1_000 {
            rounds += 1;
            sum += f64::from(limit.limit());
            (least, most) = (least.min(limit.limit()), most.max(limit.limit()));
            falls += u32::from(limit.limit() < before);
        }
    }
    let mean = sum / f64::from(rounds);
    let expected = (1.0 + decrease) / 2.0 * f64::from(capacity);
    assert!((mean / expected - 1.0).abs() < 0.02, "mean {mean}, expected {expected}");
    assert!((99..=102).contains(&least) && (200..=201).contains(&most), "from {least} to {most}");
    let period = f64::from(rounds) / f64::from(falls);
    assert!((period / 100.0 - 1.0).abs() < 0.05, "a tooth of {period} rounds, expected 100");
}

/// Chiu and Jain: clients that share a server drift to equal shares, wherever they began.
#[test]
fn aimd_clients_drift_to_equal_shares() {
    let make = |limit_min| Aimd::new(AimdConfig { limit_min, limit_max: 1_000, decrease: 0.5 }).expect("a fraction");
    let mut limits = [make(1), make(1)];
    for _ in 0..20_000 {
        limits[0].on_outcome(Outcome { rtt: Span(1), in_flight: 1_000, failed: false });
    }
    let before = limits[0].limit();
    let (mut shares, capacity) = ([0.0; 2], 400);
    for round in 0..3_000 {
        let in_flight = [limits[0].limit(), limits[1].limit()];
        let failed = in_flight[0] + in_flight[1] > capacity;
        for (limit, n) in limits.iter_mut().zip(in_flight) {
            (0..n).for_each(|_| limit.on_outcome(Outcome { rtt: Span(1), in_flight: n, failed }));
        }
        if round >= 2_000 {
            shares[0] += f64::from(in_flight[0]);
            shares[1] += f64::from(in_flight[1]);
        }
    }
    assert!(before > 150, "one began far ahead: {before}");
    assert!((shares[0] / shares[1] - 1.0).abs() < 0.05, "{shares:?}");
}

/// Oracle: L = C + √L, so √L = (1 + √(1 + 4C)) / 2.
#[test]
fn gradient_keeps_a_queue_of_its_root() {
    for capacity in [10_u32, 50, 200] {
        let mut limit = Gradient::new(GradientConfig::default()).expect("settings");
        let (mut settled, mut outcomes) = (Vec::new(), 0_u64);
        while outcomes < 1_000_000 {
            let (in_flight, is_probing) = (limit.limit(), limit.is_probing());
            for _ in 0..in_flight {
                limit.on_outcome(answer(in_flight, capacity, 10.0));
            }
            outcomes += u64::from(in_flight);
            if outcomes > 200_000 && !is_probing && !limit.is_probing() {
                settled.push(f64::from(limit.limit()));
            }
        }
        let mean = settled.iter().sum::<f64>() / settled.len() as f64;
        let root = f64::midpoint(1.0, libm::sqrt(1.0 + 4.0 * f64::from(capacity)));
        assert!((mean - root * root).abs() < 1.5, "capacity {capacity}: settles at {mean}, expected {}", root * root);
    }
}

/// What a fixed measure of the unloaded rtt cannot: after the route has become longer the limit comes back.
#[test]
fn gradient_believes_a_longer_route_after_a_probe() {
    let mut limit = Gradient::new(GradientConfig { probe_after: 100, ..GradientConfig::default() }).expect("settings");
    let mut run = |outcomes: u32, rtt_ms: f64| {
        let mut seen = 0;
        while seen < outcomes {
            let in_flight = limit.limit();
            (0..in_flight).for_each(|_| limit.on_outcome(answer(in_flight, 100, rtt_ms)));
            seen += in_flight;
        }
        while limit.is_probing() {
            let in_flight = limit.limit();
            limit.on_outcome(answer(in_flight, 100, rtt_ms));
        }
        limit.limit()
    };
    let (near, moved, far) = (run(200_000, 10.0), run(2_000, 20.0), run(200_000, 20.0));
    assert!(
        (105..=115).contains(&near) && moved < 90 && (105..=115).contains(&far),
        "{near}, then {moved}, then {far}"
    );
}

/// With rtts that vary by chance the limit still neither collapses nor runs away.
#[test]
fn gradient_bears_noise() {
    let config = GradientConfig { tolerance: 1.5, probe_after: 200, ..GradientConfig::default() };
    let (mut limit, mut rng) = (Gradient::new(config).expect("settings"), Rng::new(5));
    for _ in 0..3_000 {
        let in_flight = limit.limit();
        for _ in 0..in_flight {
            let calm = answer(in_flight, 100, 10.0);
            limit.on_outcome(Outcome { rtt: calm.rtt.scaled(0.8 + 0.4 * rng.unit()), ..calm });
        }
    }
    assert!((60..=250).contains(&limit.limit()), "{}", limit.limit());
}

#[test]
fn nonsense_is_refused_with_its_value() {
    let zero = Algorithm::Aimd.build(0, 5).expect_err("a limit of 0 never learns").to_string();
    let order = Algorithm::Gradient.build(9, 5).expect_err("out of order").to_string();
    assert!(zero.contains("between 0 and 5") && order.contains("between 9 and 5"), "{zero}; {order}");
    let decrease =
        Aimd::new(AimdConfig { decrease: 1.0, ..AimdConfig::default() }).expect_err("never falls").to_string();
    assert!(decrease.contains("`decrease` is 1"), "{decrease}");
    for tolerance in [0.5, f64::NAN, f64::INFINITY] {
        assert!(Gradient::new(GradientConfig { tolerance, ..GradientConfig::default() }).is_err(), "{tolerance}");
    }
}

#[test]
fn names_are_those_of_the_saved_form() {
    for algorithm in Algorithm::ALL {
        assert_eq!(serde_json::to_string(algorithm).expect("a name"), format!("\"{}\"", algorithm.name()));
        assert!(!algorithm.help().is_empty());
    }
}
