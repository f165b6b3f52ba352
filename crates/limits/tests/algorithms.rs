//! Each limiter against an oracle of its own, and its known flaw.

use base::{Span, Time};
use limits::{Decision, FixedWindow, FixedWindowConfig, Limit, TokenBucket, TokenBucketConfig};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn bucket(capacity: u64, tokens: u64, per: u64) -> TokenBucket {
    TokenBucket::new(TokenBucketConfig { capacity, tokens, per: Span(per) }).expect("`per` is not zero")
}

/// The envelope that defines a token bucket, without any level: a request passes exactly if over every span that ends with it and
/// begins with an admitted request (or with itself) the admitted cost stays within `capacity + tokens / per × length`.
struct Envelope {
    capacity: u128,
    tokens: u128,
    per: u128,
    admitted: Vec<(u128, u128)>,
}

impl Envelope {
    /// The first moment at which `cost` passes.
    fn earliest(&self, now: u128, cost: u128) -> Option<u128> {
        if cost > self.capacity {
            return None;
        }
        let (mut earliest, mut sum) = (now, cost);
        for (moment, admitted) in self.admitted.iter().rev() {
            sum += admitted;
            if sum > self.capacity {
                let missing = (sum - self.capacity) * self.per;
                earliest = earliest
                    .max(moment + missing.checked_div(self.tokens)? + u128::from(!missing.is_multiple_of(self.tokens)));
            }
        }
        Some(earliest)
    }
}

/// Asks a bucket and the envelope the same, until time ends.
fn decides_as_the_envelope(capacity: u64, tokens: u64, per: u64, asks: &[(u64, u64)]) {
    let mut bucket = bucket(capacity, tokens, per);
    let (capacity, tokens, per) = (capacity.into(), tokens.into(), per.into());
    let mut envelope = Envelope { capacity, tokens, per, admitted: Vec::new() };
    let mut now: u64 = 0;
    for (step, cost) in asks {
        let Some(next) = now.checked_add(*step) else { return };
        now = next;
        let earliest = envelope.earliest(now.into(), (*cost).into());
        let expected = match earliest {
            Some(moment) if moment == u128::from(now) => Decision::Allowed,
            moment => Decision::Refused { not_before: moment.and_then(|moment| u64::try_from(moment).ok()).map(Time) },
        };
        assert_eq!(bucket.ask(Time(now), *cost), expected, "cost {cost} at {now}");
        if expected.is_allowed() {
            envelope.admitted.push((now.into(), (*cost).into()));
        }
    }
}

proptest! {
    /// Oracle: the envelope in whole numbers, with no state but the history.
    #[test]
    fn token_bucket_decides_as_its_envelope_does(
        (capacity, tokens, per) in (0..9_u64, 0..7_u64, 1..30_u64),
        asks in vec((0..25_u64, 0..6_u64), 1..120),
    ) {
        decides_as_the_envelope(capacity, tokens, per, &asks);
    }

    /// The same where a full bucket no longer fits into 64 bits, and time itself nearly does not.
    #[test]
    fn token_bucket_is_exact_beyond_64_bits(
        (capacity, tokens, per) in (4..9_u64, 1..7_u64, (1_u64 << 61)..(1 << 62)),
        asks in vec((0..(1_u64 << 60), 0..6_u64), 1..40),
    ) {
        decides_as_the_envelope(capacity, tokens, per, &asks);
    }
}

/// The worked example of most textbooks: ten at once, the eleventh refused, after five seconds ten more.
#[test]
fn ten_tokens_at_two_a_second() {
    let mut bucket = bucket(10, 2, 1_000_000_000);
    let mut admitted = |now: Time| (0..100).take_while(|_| bucket.ask(now, 1).is_allowed()).count();
    assert_eq!([admitted(Time::ZERO), admitted(Time::ZERO), admitted(Time::ZERO + Span::from_secs(5))], [10, 0, 10]);
}

#[test]
fn token_bucket_is_not_one_nanosecond_off_after_a_million_seconds() {
    let mut bucket = bucket(2, 3, 1_000_000_000);
    let mut now = Time::ZERO;
    assert!(bucket.ask(now, 2).is_allowed());
    for taken in 1..=3_000_000_u64 {
        let Decision::Refused { not_before: Some(moment) } = bucket.ask(now, 1) else { panic!("allowed too early") };
        now = moment;
        assert!(bucket.ask(now, 1).is_allowed());
        assert_eq!(now.0, (taken * 1_000_000_000).div_ceil(3), "token {taken}");
    }
    assert_eq!(now, Time::ZERO + Span::from_secs(1_000_000));
}

#[test]
fn token_bucket_reaches_its_stated_bound() {
    let mut bucket = bucket(10, 2, 1_000_000_000);
    let second = |tenths: u64| Time(tenths * 100_000_000);
    let admitted = (0..=30)
        .map(|tenths| (0..100).take_while(|_| bucket.ask(second(tenths), 1).is_allowed()).count())
        .sum::<usize>();
    assert_eq!(admitted as u64, bucket.most_within(Span::from_secs(3)), "capacity 10 and 3 seconds at 2");
}

/// The known flaw, with the textbook's numbers: 100 a minute admits 200 within one second.
#[test]
fn fixed_window_admits_twice_its_limit_across_a_boundary() {
    let config = FixedWindowConfig { limit: 100, window: Span::from_secs(60) };
    let mut window = FixedWindow::new(config).expect("a minute");
    let just_before = Time::ZERO + Span::from_millis(59_500);
    let just_after = Time::ZERO + Span::from_millis(60_499);
    let mut admitted = |now| (0..1_000).filter(|_| window.ask(now, 1).is_allowed()).count() as u64;
    let burst = admitted(just_before) + admitted(just_after);
    assert_eq!(burst, 200, "within {:?}", just_after.since(just_before));
    assert_eq!(burst, window.most_within(config.window), "the bound is reached, and not passed");
}
