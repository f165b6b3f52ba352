//! What every limiter promises, held over the list of the family.

use base::{Span, Time};
use limits::{Algorithm, Decision, Limit, Limiter, View};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A step of the clock (which may go back) and a cost.
type Ask = (i64, u64);

/// Limits and windows small enough that steps of up to 40 ns meet every edge.
fn cases() -> impl Strategy<Value = (u64, u64, Vec<Ask>)> {
    let asks = vec((prop_oneof![4 => 0..40_i64, 1 => -60..0_i64], 0..8_u64), 1..150);
    (0..6_u64, 1..50_u64, asks)
}

/// Every limiter of the list under "`limit` per `window`".
fn limiters(limit: u64, window: u64) -> impl Iterator<Item = (Algorithm, Limiter)> {
    Algorithm::ALL.iter().map(move |algorithm| {
        let limiter = algorithm.config(limit, Span(window)).build().expect("the window is not zero");
        (*algorithm, limiter)
    })
}

/// Runs the asks and shows each moment, cost and decision to `look`, with the limiter before and after.
fn replay(mut limiter: Limiter, asks: &[Ask], mut look: impl FnMut(&Limiter, &Limiter, Time, u64, Decision)) {
    let mut now = Time(100);
    for (step, cost) in asks {
        now = Time(now.0.saturating_add_signed(*step));
        let before = limiter.clone();
        let decision = limiter.ask(now, *cost);
        look(&before, &limiter, now, *cost, decision);
    }
}

/// The decisions of a limiter on a fixed schedule from `from` on.
fn future(mut limiter: Limiter, from: Time) -> Vec<Decision> {
    (0..120).map(|step| limiter.ask(from + Span(step * 3), step % 3)).collect()
}

proptest! {
    #[test]
    fn refuses_until_exactly_the_moment_it_names((limit, window, asks) in cases()) {
        for (algorithm, limiter) in limiters(limit, window) {
            replay(limiter, &asks, |_, after, now, cost, decision| {
                let Decision::Refused { not_before } = decision else { return };
                let at = |moment| after.clone().ask(moment, cost);
                match not_before {
                    Some(moment) => {
                        assert!(moment > now, "{algorithm:?}: refused at {now:?} until {moment:?}");
                        assert!(at(moment).is_allowed(), "{algorithm:?}: {cost} at {}", moment.0);
                        assert!(!at(moment - Span(1)).is_allowed(), "{algorithm:?}: {cost} just before {}", moment.0);
                    }
                    None => assert!(!at(Time(u64::MAX - 1)).is_allowed(), "{algorithm:?}: {cost} was never to pass"),
                }
            });
        }
    }

    #[test]
    fn a_refusal_consumes_nothing((limit, window, asks) in cases()) {
        for (algorithm, limiter) in limiters(limit, window) {
            replay(limiter, &asks, |before, after, now, cost, decision| {
                if !decision.is_allowed() {
                    let from = now + Span(100);
                    assert_eq!(future(before.clone(), from), future(after.clone(), from), "{algorithm:?}: {cost} at {}", now.0);
                }
            });
        }
    }

    #[test]
    fn a_look_ahead_says_what_asking_says_and_changes_nothing((limit, window, asks) in cases()) {
        for (algorithm, limiter) in limiters(limit, window) {
            replay(limiter, &asks, |before, _, now, cost, decision| {
                assert_eq!(before.peek(now, cost), decision, "{algorithm:?}: {cost} at {}", now.0);
            });
        }
    }

    /// A wait in line begins when the request comes and is not longer than the line.
    #[test]
    fn a_delay_is_within_the_window((limit, window, asks) in cases()) {
        for (algorithm, limiter) in limiters(limit, window) {
            let mut latest = Time::ZERO;
            replay(limiter, &asks, |_, _, now, cost, decision| {
                latest = latest.max(now);
                let Decision::Delayed { until } = decision else { return };
                assert!(until > now && until <= latest + Span(window), "{algorithm:?}: {cost} at {} until {}", now.0, until.0);
            });
        }
    }

    #[test]
    fn a_cost_of_zero_always_passes((limit, window, asks) in cases()) {
        for (algorithm, limiter) in limiters(limit, window) {
            replay(limiter, &asks, |_, after, now, _, _| {
                assert!(after.clone().ask(now, 0).is_allowed(), "{algorithm:?} at {}", now.0);
            });
        }
    }

    /// Oracle: every pair of moments, by brute force. A clock that steps back counts as one that stands still.
    #[test]
    fn no_span_sees_more_than_stated((limit, window, asks) in cases()) {
        for (algorithm, limiter) in limiters(limit, window) {
            let mut admitted: Vec<(Time, u64)> = Vec::new();
            let mut latest = Time::ZERO;
            replay(limiter.clone(), &asks, |_, _, now, cost, decision| {
                latest = latest.max(now);
                match decision {
                    Decision::Allowed => admitted.push((latest, cost)),
                    Decision::Delayed { until } => admitted.push((until, cost)),
                    Decision::Refused { .. } => {}
                }
            });
            // Costs of 0 pass a line without waiting in it.
            admitted.retain(|(_, cost)| *cost > 0);
            for (first, (from, _)) in admitted.iter().enumerate() {
                let mut sum = 0;
                for (to, cost) in &admitted[first..] {
                    sum += cost;
                    let most = limiter.most_within(to.since(*from));
                    assert!(sum <= most, "{algorithm:?}: {sum} within {}..={}, at most {most}", from.0, to.0);
                }
            }
        }
    }

    #[test]
    fn a_clock_that_steps_back_mints_and_destroys_nothing((limit, window, asks) in cases(), back in 1..200_u64) {
        for (algorithm, limiter) in limiters(limit, window) {
            replay(limiter, &asks, |_, after, now, _, _| {
                let mut disturbed = after.clone();
                disturbed.ask(now - Span(back), 0);
                let from = now + Span(1);
                assert_eq!(future(after.clone(), from), future(disturbed, from), "{algorithm:?} at {}", now.0);
            });
        }
    }

    #[test]
    fn no_setting_and_no_moment_panics(limit: u64, window in 1..u64::MAX, asks in vec((any::<u64>(), any::<u64>()), 1..20)) {
        for (_, mut limiter) in limiters(limit, window) {
            for (now, cost) in &asks {
                limiter.ask(Time(*now), *cost);
                limiter.view(Time(now.wrapping_mul(31)));
                limiter.most_within(Span(*now));
            }
        }
    }

    #[test]
    fn what_it_shows_stays_within_its_bounds((limit, window, asks) in cases()) {
        for (algorithm, limiter) in limiters(limit, window) {
            replay(limiter, &asks, |_, after, now, _, _| match after.view(now) {
                View::Bucket { tokens, capacity } => {
                    assert!((0.0..=capacity as f64).contains(&tokens), "{algorithm:?}: {tokens} of {capacity}");
                }
                View::Window { count, limit, starts, ends } => {
                    assert!(count <= limit && starts < ends, "{algorithm:?}: {count} of {limit}");
                }
                View::Windows { weighted, count, limit, starts, ends } => {
                    // The weight is rounded for display.
                    let sum = weighted + count as f64;
                    assert!(weighted >= 0.0 && sum <= limit as f64 + 1e-9 && starts < ends, "{algorithm:?}: {sum} of {limit}");
                }
                View::Leaky { level, capacity } => {
                    assert!((0.0..=capacity as f64).contains(&level), "{algorithm:?}: {level} of {capacity}");
                }
                View::Queue { waiting, room } => assert!(waiting <= room, "{algorithm:?}: {waiting} of {room}"),
            });
        }
    }
}

#[test]
fn a_window_of_no_length_is_refused_with_the_field_it_is_in() {
    for algorithm in Algorithm::ALL {
        let error = algorithm.config(5, Span::ZERO).build().expect_err("a span of zero");
        assert!(error.to_string().contains("is 0s, but must be at least 1ns"), "{algorithm:?}: {error}");
    }
}

#[test]
fn names_are_those_of_the_saved_form_and_configs_read_back() {
    for algorithm in Algorithm::ALL {
        let saved = serde_json::to_string(algorithm).expect("a name");
        assert_eq!(saved, format!("\"{}\"", algorithm.name()));
        assert!(!algorithm.help().is_empty());
        let config = algorithm.config(7, Span::from_secs(3));
        let text = serde_json::to_string(&config).expect("a config");
        let read: limits::Config = serde_json::from_str(&text).expect("what was written");
        assert_eq!((read, read.algorithm()), (config, *algorithm), "{text}");
    }
}

/// An algorithm whose file is there is in the list, or this fails.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_file_has_its_line_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let sources = std::fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("a file").path());
    let files = sources.filter(|path| path.is_file() && !path.ends_with("lib.rs"));
    let algorithms = files
        .map(|path| std::fs::read_to_string(path).expect("text"))
        .filter(|text| text.contains("\nimpl Limit for "));
    assert_eq!(algorithms.count(), Algorithm::ALL.len());
}
