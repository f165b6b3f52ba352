//! Tiers, and the headers their clients read.

use base::{Span, Time};
use limits::headers::{self, Header};
use limits::{Algorithm, Config, Limit, Policy, Tier, TierError, Tiers};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn policy(name: &str, algorithm: Algorithm, quota: u64, secs: u64) -> Policy {
    Policy::new(name, algorithm, quota, Span::from_secs(secs)).expect("a window")
}

fn value<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers.iter().find(|header| header.name == name).map(|header| header.value.as_str())
}

fn at(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

/// Notes: free 100 a minute, paid 1,000 a minute.
#[test]
fn each_client_has_its_tiers_quota_for_itself() {
    let tier = |name: &str, quota| Tier {
        name: name.into(),
        policies: vec![policy("rate", Algorithm::SlidingLog, quota, 60)],
    };
    let mut tiers = Tiers::new(vec![tier("free", 100), tier("paid", 1_000)]);
    let mut passed =
        |client, tier| (0..2_000).filter(|_| tiers.ask(client, tier, at(0), 1).expect("a tier").is_allowed).count();
    assert_eq!([passed(1, 0), passed(2, 0), passed(3, 1), passed(1, 0), passed(1, 1)], [100, 100, 1_000, 0, 1_000]);
    assert_eq!(tiers.clients(), 3);
    tiers.forget(1);
    assert_eq!((tiers.clients(), tiers.ask(1, 0, at(0), 1).map(|answer| answer.is_allowed)), (2, Ok(true)));
    assert_eq!(tiers.ask(1, 2, at(0), 1), Err(TierError::Unknown { tier: 2, tiers: 2 }));
}

proptest! {
    /// Oracle: the policies one by one; all are charged or none.
    #[test]
    fn what_one_policy_refuses_is_charged_to_none(quotas in vec((0..Algorithm::ALL.len(), 0..6_u64, 1..40_u64), 0..4), asks in vec((0..20_u64, 0..5_u64), 1..80)) {
        let policies: Vec<Policy> =
            quotas.iter().map(|(at, quota, window)| Policy::new("p", Algorithm::ALL[*at], *quota, Span(*window)).expect("a window")).collect();
        let build = |(at, quota, window): &(usize, u64, u64)| Algorithm::ALL[*at].config(*quota, Span(*window));
        let mut alone: Vec<_> = quotas.iter().map(build).map(|config: Config| config.build().expect("a window")).collect();
        let mut tiers = Tiers::new(vec![Tier { name: "only".into(), policies }]);
        let mut now = Time::ZERO;
        for (step, cost) in asks {
            now += Span(step);
            let answer = tiers.ask(1, 0, now, cost).expect("the tier");
            let passes = alone.iter().all(|limiter| limiter.peek(now, cost).is_allowed());
            prop_assert_eq!(answer.is_allowed, passes);
            if passes {
                alone.iter_mut().for_each(|limiter| { limiter.ask(now, cost); });
            }
            for (standing, limiter) in answer.standings.iter().zip(&alone) {
                let more = limiter.peek(now, standing.remaining + 1);
                prop_assert!(limiter.peek(now, standing.remaining).is_allowed() && !more.is_allowed(), "{:?}", standing);
            }
            if let (false, Some(moment)) = (answer.is_allowed, answer.not_before) {
                prop_assert!(alone.iter().all(|limiter| limiter.peek(moment, cost).is_allowed()), "at {} as told", moment.0);
                prop_assert!(!alone.iter().all(|limiter| limiter.peek(moment - Span(1), cost).is_allowed()), "not before");
            }
        }
    }
}

/// The notes' numbers: limit 100, remaining 45; the draft's fields say the same.
#[test]
fn headers_say_what_is_left() {
    let policies =
        vec![policy("burst", Algorithm::FixedWindow, 100, 60), policy("daily", Algorithm::FixedWindow, 1_000, 86_400)];
    let mut tiers = Tiers::new(vec![Tier { name: "free".into(), policies: policies.clone() }]);
    let answer = tiers.ask(1, 0, at(30), 55).expect("a tier");
    let headers = headers::of(&policies, &answer, at(30));
    assert_eq!(value(&headers, "RateLimit-Policy"), Some("\"burst\";q=100;w=60, \"daily\";q=1000;w=86400"));
    assert_eq!(value(&headers, "RateLimit"), Some("\"burst\";r=45;t=30"));
    assert_eq!(value(&headers, "X-RateLimit-Limit"), Some("100"));
    assert_eq!(value(&headers, "X-RateLimit-Remaining"), Some("45"));
    assert_eq!(value(&headers, "X-RateLimit-Reset"), Some("60"));
    assert_eq!(value(&headers, "Retry-After"), None, "it passed");
}

/// Notes: a constant `Retry-After: 60` is wrong when one second is left. A client that waits as told passes.
#[test]
fn retry_after_is_the_time_that_is_really_left() {
    let policies = vec![policy("burst", Algorithm::FixedWindow, 1, 60)];
    let mut tiers = Tiers::new(vec![Tier { name: "free".into(), policies: policies.clone() }]);
    assert!(tiers.ask(1, 0, at(0), 1).expect("a tier").is_allowed);
    for (now, seconds) in
        [(Time::ZERO, "60"), (at(59), "1"), (at(59) + Span(1), "1"), (at(58) + Span(999_999_999), "2")]
    {
        let answer = tiers.ask(1, 0, now, 1).expect("a tier");
        let headers = headers::of(&policies, &answer, now);
        assert_eq!(value(&headers, "Retry-After"), Some(seconds), "at {}", now.0);
        let told = now + Span::from_secs(seconds.parse().expect("seconds"));
        assert!(tiers.clone().ask(1, 0, told, 1).expect("a tier").is_allowed, "waited as told at {}", now.0);
    }
}

#[test]
fn a_request_that_never_passes_is_not_told_when_to_retry() {
    let policies = vec![policy("rate", Algorithm::TokenBucket, 5, 1)];
    let mut tiers = Tiers::new(vec![Tier { name: "free".into(), policies: policies.clone() }]);
    let answer = tiers.ask(1, 0, at(0), 6).expect("a tier");
    assert_eq!((answer.is_allowed, answer.not_before), (false, None));
    assert_eq!(value(&headers::of(&policies, &answer, at(0)), "Retry-After"), None);
    assert!(headers::of(&[], &answer, at(0)).iter().all(|header| header.name != "RateLimit"), "no policy, no field");
}

#[test]
fn a_name_cannot_break_out_of_its_quotes() {
    let policies = vec![policy("a\"b\\c\r\nSet-Cookie: d ü", Algorithm::Gcra, 1, 1)];
    let mut tiers = Tiers::new(vec![Tier { name: "free".into(), policies: policies.clone() }]);
    let answer = tiers.ask(1, 0, at(0), 1).expect("a tier");
    let headers = headers::of(&policies, &answer, at(0));
    assert_eq!(value(&headers, "RateLimit"), Some("\"a\\\"b\\\\cSet-Cookie: d \";r=0;t=1"));
}
