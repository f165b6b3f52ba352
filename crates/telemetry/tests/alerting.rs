//! When an alert fires, against a reading of the rule by brute force and the workbook's arithmetic.

use base::{Rng, Span, Time};
use telemetry::{Alert, AlertState, BurnError, BurnPair, BurnRule};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const DAY: u64 = 86_400;

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// Oracle: it fires at an evaluation if there is one at least `hold` before it since when the condition has held at each.
#[test]
fn it_fires_when_the_condition_has_held_at_every_evaluation_for_long_enough() {
    let mut rng = Rng::new(5);
    for _ in 0..300 {
        let (every, hold) = (1 + rng.below(4), rng.below(20));
        let mut alert = Alert::new(Span::from_secs(hold), Span::ZERO);
        let mut held: Vec<bool> = Vec::new();
        for nth in 0..60_u64 {
            let holds = rng.chance(0.85);
            held.push(holds);
            let before = alert.state();
            let told = alert.step(at(nth * every), holds);
            let streak = held.iter().rev().take_while(|holds| **holds).count() as u64;
            let expected = match streak {
                0 => AlertState::Inactive,
                n if (n - 1) * every >= hold => AlertState::Firing,
                _ => AlertState::Pending,
            };
            assert_eq!(alert.state(), expected, "every {every} s for {hold} s: {held:?}");
            assert_eq!(told, (before != expected).then_some(expected));
        }
    }
}

#[test]
fn one_that_is_kept_firing_does_not_flap() {
    let mut alert = Alert::new(Span::from_secs(2), Span::from_secs(5));
    let steps: Vec<AlertState> = [true, true, true, false, true, false, false, false, false, false, false]
        .into_iter()
        .enumerate()
        .map(|(second, holds)| {
            alert.step(at(second as u64), holds);
            alert.state()
        })
        .collect();
    let firing = steps.iter().filter(|state| **state == AlertState::Firing).count();
    assert_eq!(steps[..3], [AlertState::Pending, AlertState::Pending, AlertState::Firing]);
    assert_eq!((firing, steps[8], steps[9]), (7, AlertState::Firing, AlertState::Inactive), "5 s after it last held");
    assert_eq!(alert.since(), at(9));
}

/// Oracle: the workbook's table 5-6: 2 %, 5 % and 10 % of the budget of 30 days.
#[test]
fn the_recommended_pairs_spend_what_the_workbook_says() {
    let rule = BurnRule::recommended(0.999).expect("an objective");
    let spent: Vec<f64> = rule.pairs().iter().map(|pair| pair.spent(Span::from_secs(30 * DAY)) * 100.0).collect();
    assert!(spent.iter().zip([2.0, 5.0, 10.0]).all(|(spent, told)| (spent - told).abs() < 1e-9), "{spent:?}");
    assert_eq!(rule.pairs()[0].short, Span::from_secs(300), "a twelfth of an hour");
    assert!((rule.rate(0.001) - 1.0).abs() < 1e-9, "a budget lasts its period at rate 1");
}

/// A service that asks the same all the time and fails a share of it from a moment on, second by second. Oracle: (1 - objective) ÷
/// share × window × factor.
#[test]
fn a_steady_share_of_errors_is_seen_when_the_arithmetic_says() {
    let pairs = [BurnPair::of(Span::from_secs(3_600), 14.4), BurnPair::of(Span::from_secs(21_600), 6.0)];
    let rule = BurnRule::new(0.999, &pairs).expect("a rule");
    for (share, seconds, pair) in [(1.0, 51.84, 0), (0.1, 518.4, 0), (0.02, 2_592.0, 0), (0.01, 12_960.0, 1)] {
        let from = 40_000_u64;
        let over = |now: u64, window: Span| {
            let seconds = window.0 / 1_000_000_000;
            let bad = now.saturating_sub(from).min(seconds);
            Some(share * bad as f64 / seconds as f64)
        };
        let seen = (from..from + 30_000).find_map(|now| Some((now, rule.breached(|window| over(now, window))?)));
        let (now, which) = seen.expect("it is seen");
        assert_eq!(rule.detection(pair, share).map(|span| (span.as_secs_f64() * 1e3).round() / 1e3), Some(seconds));
        assert!(
            ((now - from) as f64 - seconds).abs() <= 1.0,
            "{share}: after {} s, {seconds} by arithmetic",
            now - from
        );
        assert_eq!(which, pair);
    }
    assert_eq!(rule.detection(1, 0.005), None, "a burn rate of 5 is below 6");
    assert_eq!(rule.detection(2, 1.0), None);
}

/// With the long window alone an alert goes on for an hour after all is well again; the short one ends it within five minutes.
#[test]
fn the_short_window_ends_it_soon_after_the_errors_end() {
    let hour = Span::from_secs(3_600);
    let pair = |short| BurnPair { long: hour, short, factor: 14.4 };
    // All failed from 0 to 600 s.
    let over = |now: u64, window: Span| {
        let seconds = window.0 / 1_000_000_000;
        Some(600_u64.saturating_sub(now.saturating_sub(seconds)) as f64 / seconds as f64)
    };
    let last = |pair: BurnPair| {
        let rule = BurnRule::new(0.999, &[pair]).expect("a rule");
        (600..8_000).rfind(|now| rule.breached(|window| over(*now, window)).is_some()).expect("it holds at first")
    };
    // 1.44 % of the window: 51.84 s of the long one, 4.32 s of the short one.
    assert_eq!((last(pair(hour)), last(pair(Span::from_secs(300)))), (600 + 3_600 - 52, 600 + 300 - 5));
}

#[test]
fn numbers_out_of_range_are_told() {
    assert_eq!(BurnRule::new(1.0, &[]), Err(BurnError::Objective { value: 1.0 }));
    let (short, long) = (Span::from_secs(2), Span::from_secs(1));
    assert_eq!(BurnRule::new(0.9, &[BurnPair { long, short, factor: 1.0 }]), Err(BurnError::Windows { short, long }));
    let why = BurnRule::new(0.9, &[BurnPair::of(long, 0.0)]).expect_err("it is no factor");
    assert_eq!(why.to_string(), "the factor is 0, but must be finite and over 0");
}
