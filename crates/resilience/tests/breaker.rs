//! Circuit breakers: the study notes' vectors, the formula for when they open, laws, and the faults of the listed one.

use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use resilience::breaker::{
    Admission, Breaker, BreakerConfig, BreakerError, ListedBreaker, ListedBreakerConfig, Permit, State, Trip,
};
use resilience::theory;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SOME: Span = Span::from_millis(5);

fn at(tenths: u64) -> Time {
    Time::ZERO + Span::from_millis(tenths * 100)
}

fn breaker(trip: Trip) -> Breaker {
    Breaker::new(BreakerConfig { trip, open_for: Span::from_secs(30), ..BreakerConfig::default() }).expect("settings")
}

fn permit(breaker: &mut Breaker, now: Time) -> Option<Permit> {
    match breaker.ask(now) {
        Admission::Allowed(permit) => Some(permit),
        Admission::Refused { .. } => None,
    }
}

/// A call that ends at once: whether it was made.
fn call(breaker: &mut Breaker, now: Time, ok: bool) -> bool {
    let permit = permit(breaker, now);
    permit.into_iter().for_each(|permit| breaker.on_outcome(now, permit, ok, SOME));
    permit.is_some()
}

/// Notes, threshold 3, 30 s, 2 successes: 0:F 1:F 2:F opens; 3 is refused; from 32 s on a probe; two good ones close it.
#[test]
fn opens_after_three_in_a_row_and_closes_after_two_good_probes() {
    let mut breaker = breaker(Trip::Consecutive { failures: 3 });
    assert!(
        [0, 10, 20].iter().all(|tenths| call(&mut breaker, at(*tenths), false)),
        "exactly three calls reach the dead service"
    );
    assert_eq!(breaker.ask(at(30)), Admission::Refused { not_before: Some(at(320)) });
    assert_eq!(
        (breaker.ask(at(320) - Span(1)), breaker.state(at(319))),
        (Admission::Refused { not_before: Some(at(320)) }, State::Open)
    );
    assert!(call(&mut breaker, at(320), true) && breaker.state(at(320)) == State::HalfOpen);
    assert!(call(&mut breaker, at(321), true) && breaker.state(at(321)) == State::Closed);
}

/// Notes: standard breakers open again on any probe's failure; the listed one closes on good, bad, good.
#[test]
fn a_bad_probe_opens_it_again_and_the_listed_one_does_not_mind() {
    let mut breaker = breaker(Trip::Consecutive { failures: 3 });
    (0..3).for_each(|_| assert!(call(&mut breaker, at(0), false)));
    assert!(call(&mut breaker, at(300), true) && call(&mut breaker, at(301), false));
    assert!(!call(&mut breaker, at(302), true) && breaker.state(at(302)) == State::Open);
    assert!(call(&mut breaker, at(601), true) && call(&mut breaker, at(601), true));
    assert_eq!(breaker.state(at(601)), State::Closed);

    let config = ListedBreakerConfig { failure_threshold: 3, timeout: Span::from_secs(30), success_threshold: 2 };
    let mut listed = ListedBreaker::new(config);
    (0..3).for_each(|_| listed.on_outcome(at(0), false));
    for (tenths, ok) in [(301, true), (302, false), (303, true)] {
        assert!(listed.ask(at(tenths)), "at {tenths}");
        listed.on_outcome(at(tenths), ok);
    }
    assert_eq!(listed.state(), State::Closed, "good, bad, good");
}

/// Notes: `>` and not `>=`: at exactly 30 s still refused; and after 33:F open again at once, because the count was never cleared.
#[test]
fn the_listed_breaker_is_late_and_remembers() {
    let config = ListedBreakerConfig { failure_threshold: 3, timeout: Span::from_secs(30), success_threshold: 2 };
    let mut listed = ListedBreaker::new(config);
    [0, 10, 20].iter().for_each(|tenths| listed.on_outcome(at(*tenths), false));
    assert_eq!([listed.ask(at(30)), listed.ask(at(320)), listed.ask(at(321))], [false, false, true]);
    listed.on_outcome(at(330), false);
    assert_eq!((listed.state(), listed.ask(at(340))), (State::Open, false));
    // Any number at once goes through to the service that is coming back.
    assert!((0..1_000).all(|_| listed.ask(at(640))), "no cap on probes");
}

/// Notes: late failures of calls that were under way prolong the listed breaker's open time. Here they belong to the old state.
#[test]
fn late_answers_belong_to_the_state_in_which_their_call_began() {
    let mut breaker = breaker(Trip::Consecutive { failures: 3 });
    let early = permit(&mut breaker, at(0)).expect("closed");
    (0..3).for_each(|_| assert!(call(&mut breaker, at(0), false)));
    breaker.on_outcome(at(290), early, false, SOME);
    assert_eq!(breaker.ask(at(100)), Admission::Refused { not_before: Some(at(300)) }, "not prolonged");
    assert!(call(&mut breaker, at(300), true) && call(&mut breaker, at(300), true));
    (0..9).for_each(|_| breaker.on_outcome(at(301), early, false, SOME));
    assert_eq!(breaker.state(at(301)), State::Closed, "not opened by old failures");

    let mut listed = ListedBreaker::new(ListedBreakerConfig { failure_threshold: 3, ..ListedBreakerConfig::default() });
    [0, 0, 0, 290].iter().for_each(|tenths| listed.on_outcome(at(*tenths), false));
    assert!(!listed.ask(at(601)) && listed.ask(at(891)), "60 s from the late failure");
}

/// Notes: F F S for ever, or by turns, never opens what counts failures in a row; an error rate does.
#[test]
fn half_of_all_failing_by_turns_opens_only_the_one_that_counts_a_share() {
    let rate = Trip::ErrorRate { percent: 50, window: 20, calls_min: 10 };
    for (pattern, trips) in [(&[false, false, true][..], true), (&[false, true], true), (&[false, true, true], false)] {
        let (mut in_row, mut share) = (breaker(Trip::Consecutive { failures: 3 }), breaker(rate));
        for n in 0..300 {
            let ok = pattern[n % pattern.len()];
            assert!(call(&mut in_row, at(0), ok), "{pattern:?}");
            call(&mut share, at(0), ok);
        }
        assert_eq!(share.state(at(0)) == State::Open, trips, "{pattern:?}");
    }
}

/// Notes: (1 - e^k) / (e^k (1 - e)) calls until it opens: k = 3: 1110, 155, 14, 4.8; k = 5: 62 at 50%, 10.3 at 80%.
#[test]
fn opens_when_the_formula_says() {
    let table = [(3, 0.1, 1_110.0), (3, 0.2, 155.0), (3, 0.5, 14.0), (3, 0.8, 4.765), (5, 0.5, 62.0), (5, 0.8, 10.259)];
    for (failures, error_rate, expected) in table {
        assert!(
            (theory::calls_until_run(error_rate, failures) / expected - 1.0).abs() < 1e-3,
            "the formula at {error_rate}"
        );
        let (mut rng, trials, mut calls) = (Rng::new(4), 4_000, 0_u64);
        for _ in 0..trials {
            let mut breaker = breaker(Trip::Consecutive { failures });
            while breaker.state(at(0)) == State::Closed {
                calls += 1;
                assert!(call(&mut breaker, at(0), !rng.chance(error_rate)));
            }
        }
        let mean = calls as f64 / f64::from(trials);
        assert!((mean / expected - 1.0).abs() < 0.06, "k {failures}, e {error_rate}: {mean}, expected {expected}");
    }
}

#[test]
fn slow_calls_open_it_though_none_fails() {
    let mut breaker = breaker(Trip::SlowRate { slower_than: SOME, percent: 80, window: 10, calls_min: 10 });
    for n in 0..10 {
        assert_eq!(breaker.state(at(0)), State::Closed, "after {n}");
        let permit = permit(&mut breaker, at(0)).expect("closed");
        breaker.on_outcome(at(0), permit, true, if n < 2 { SOME } else { SOME + Span(1) });
    }
    assert_eq!(breaker.state(at(0)), State::Open, "eight of ten were slow");
}

/// Without a time-out nobody says that a call hangs: the breaker sees nothing.
#[test]
fn a_call_that_hangs_is_no_failure() {
    let mut breaker = breaker(Trip::Consecutive { failures: 1 });
    assert!((0..1_000).all(|_| permit(&mut breaker, at(0)).is_some()) && breaker.state(at(9_999)) == State::Closed);
}

#[test]
fn probes_that_nobody_answers_are_given_up() {
    let config = BreakerConfig {
        trip: Trip::Consecutive { failures: 1 },
        open_for: Span::from_secs(30),
        probes_max: 2,
        successes: 2,
    };
    let mut breaker = Breaker::new(config).expect("settings");
    assert!(call(&mut breaker, at(0), false));
    let probes = [permit(&mut breaker, at(300)), permit(&mut breaker, at(300)), permit(&mut breaker, at(300))];
    assert!(probes[0].is_some() && probes[1].is_some() && probes[2].is_none(), "two at one time");
    breaker.on_cancelled(probes[0].expect("a probe"));
    assert!(permit(&mut breaker, at(310)).is_some() && permit(&mut breaker, at(609)).is_none());
    assert!(
        call(&mut breaker, at(610), true) && call(&mut breaker, at(610), true),
        "asked again after as long as it was open"
    );
    assert_eq!(breaker.state(at(610)), State::Closed);
    breaker.on_outcome(at(611), probes[1].expect("a probe"), false, SOME);
    assert_eq!(breaker.state(at(611)), State::Closed, "too late");
}

proptest! {
    /// Laws: while open nothing passes before the moment it names, and something does at that moment; never too many probes.
    #[test]
    fn refuses_until_exactly_the_first_probe(steps in vec((0..40_u64, any::<bool>(), any::<bool>()), 1..300), probes_max in 1..4_u32, trip in 0..3_u32) {
        let trip = match trip {
            0 => Trip::Consecutive { failures: 2 },
            1 => Trip::ErrorRate { percent: 50, window: 5, calls_min: 3 },
            _ => Trip::SlowRate { slower_than: Span(3), percent: 40, window: 4, calls_min: 2 },
        };
        let config = BreakerConfig { trip, open_for: Span(50), probes_max, successes: 2 };
        let (mut breaker, mut now, mut under_way) = (Breaker::new(config).expect("settings"), Time(0), Vec::new());
        for (step, ok, ends) in steps {
            now += Span(step);
            if ends && !under_way.is_empty() {
                breaker.on_outcome(now, under_way.swap_remove(0), ok, Span(step));
                continue;
            }
            let before = breaker.state(now);
            match breaker.ask(now) {
                Admission::Allowed(permit) => {
                    prop_assert_ne!(before, State::Open);
                    under_way.push(permit);
                }
                Admission::Refused { not_before: Some(moment) } => {
                    prop_assert!(before == State::Open && moment > now);
                    prop_assert_eq!(breaker.clone().ask(moment - Span(1)), Admission::Refused { not_before: Some(moment) });
                    prop_assert!(matches!(breaker.clone().ask(moment), Admission::Allowed(_)));
                }
                Admission::Refused { not_before: None } => prop_assert_eq!(before, State::HalfOpen),
            }
            let mut probing = breaker.clone();
            if probing.state(now) == State::HalfOpen {
                let more = (0..10).filter(|_| matches!(probing.ask(now), Admission::Allowed(_))).count() as u32;
                prop_assert!(more <= probes_max);
            }
        }
    }

    /// Oracle: the share over the last calls, counted anew each time.
    #[test]
    fn the_window_is_the_last_calls(outcomes in vec(any::<bool>(), 0..200), window in 1..80_u32, percent in 1..=100_u32, wanted in 1..80_u32) {
        let calls_min = wanted.min(window);
        let mut breaker = breaker(Trip::ErrorRate { percent, window, calls_min });
        for (n, ok) in outcomes.iter().enumerate() {
            prop_assert!(call(&mut breaker, at(0), *ok));
            let last = &outcomes[(n + 1).saturating_sub(window as usize)..=n];
            let bad = last.iter().filter(|ok| !**ok).count();
            let trips = last.len() >= calls_min as usize && bad * 100 >= percent as usize * last.len();
            prop_assert_eq!(breaker.state(at(0)) == State::Open, trips, "{} bad of {}", bad, last.len());
            if trips {
                break;
            }
        }
    }
}

/// Notes: while the dependency is down its callers' time stays bounded. A call a second for ten minutes to something that hangs, with a
/// time-out of 5 s: without a breaker 3,000 s of waiting, with the usual one five calls and a probe a minute.
#[test]
fn callers_of_what_is_down_hardly_wait() {
    let (mut breaker, timeout, mut waited) =
        (Breaker::new(BreakerConfig::default()).expect("settings"), Span::from_secs(5), Span::ZERO);
    let mut under_way: Vec<(Time, Permit)> = Vec::new();
    for second in 0..600 {
        let now = Time::ZERO + Span::from_secs(second);
        under_way.retain(|(end, permit)| {
            if *end <= now {
                breaker.on_outcome(*end, *permit, false, timeout);
            }
            *end > now
        });
        if let Some(permit) = permit(&mut breaker, now) {
            under_way.push((now + timeout, permit));
            waited = waited + timeout;
        }
    }
    // The fifth failure comes after 9 s, by when nine calls have been made; then a probe of 5 s and a minute of rest by turns: nine more.
    assert_eq!(waited, timeout.scaled(18.0), "{waited} instead of 3000s");
}

#[test]
fn nonsense_is_refused_with_its_value() {
    let build = |trip| Breaker::new(BreakerConfig { trip, ..BreakerConfig::default() }).map(|_| ());
    assert_eq!(build(Trip::Consecutive { failures: 0 }), Err(BreakerError::Zero { field: "failures" }));
    let rate = |percent, window, calls_min| build(Trip::ErrorRate { percent, window, calls_min });
    assert_eq!(rate(0, 10, 5), Err(BreakerError::Percent { percent: 0 }));
    assert_eq!(rate(101, 10, 5), Err(BreakerError::Percent { percent: 101 }));
    assert_eq!(rate(50, 10, 11), Err(BreakerError::Window { window: 10, calls_min: 11 }));
    assert_eq!(rate(50, u32::MAX, 1), Err(BreakerError::Window { window: u32::MAX, calls_min: 1 }));
    assert!(rate(50, 10, 11).expect_err("too many").to_string().contains("`window` is 10 and `calls-min` 11"));
}
