//! Lives, stampedes and weights: each promise against an oracle of its own.

use base::{Rng, Span, Time};
use cache::{
    Algorithm, AnswerTtl, Cache, Flight, Freshness, Lookup, Revalidation, SingleFlight, TooHeavy, Ttl, TtlError,
    WeightedCache, WriteBack, refresh_ahead, refresh_early,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SECOND: Span = Span::from_secs(1);

fn at(seconds: f64) -> Time {
    Time::ZERO + SECOND.scaled(seconds)
}

/// Oracle: the closed form of the uniform distribution, mean and ends.
#[test]
fn jitter_spreads_the_ends_and_never_lengthens_a_life() {
    let (ttl, mut rng) = (Ttl::with_jitter(Span::from_secs(60), 0.2).expect("a share"), Rng::new(2));
    let lives: Vec<f64> = (0..20_000).map(|_| ttl.expires(at(100.0), &mut rng).as_secs_f64() - 100.0).collect();
    let mean = lives.iter().sum::<f64>() / lives.len() as f64;
    assert!(lives.iter().all(|life| (48.0..=60.0).contains(life)));
    assert!((mean - 54.0).abs() < 5.0 * 12.0 / libm::sqrt(12.0 * 20_000.0), "mean life {mean} s, 54 expected");
    let worst = |lives: &[f64]| {
        let mut per_second = BTreeMap::new();
        lives.iter().for_each(|life| *per_second.entry(*life as u64).or_insert(0_u32) += 1);
        per_second.into_values().max()
    };
    assert!(worst(&lives) < Some(1_900), "of 20,000 that came together at most {:?} die in one second", worst(&lives));
    assert_eq!(Ttl::exactly(Span::from_secs(60)).expires(at(1.0), &mut rng), at(61.0));
}

#[test]
fn a_jitter_that_is_no_share_is_refused() {
    for jitter in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let refused = Ttl::with_jitter(SECOND, jitter).expect_err("no share");
        assert!(matches!(refused, TtlError::Jitter { .. }) && refused.to_string().contains("from 0 to 1"));
    }
    let whole = Ttl::with_jitter(Span::MAX, 1.0).expect("a share");
    assert!(whole.expires(Time(5), &mut Rng::new(1)) >= Time(5), "no life ends before it begins");
}

/// Questions for what does not exist: without the knowledge kept, all of them reach the store.
#[test]
fn an_absent_answer_is_kept_for_its_own_time() {
    let ttl = AnswerTtl { found: Ttl::exactly(Span::from_secs(600)), absent: Ttl::exactly(Span::from_secs(5)) };
    let (mut rng, mut cache) = (Rng::new(1), Cache::<Option<u64>>::of(Algorithm::Lru, 10, Rng::new(0)));
    let mut asked_of_store = 0;
    for second in 0..60 {
        if cache.get(7, at(f64::from(second))).hit().is_none() {
            asked_of_store += 1;
            cache.put(7, None, ttl.expires::<u64>(&None, at(f64::from(second)), &mut rng), at(f64::from(second)));
        }
    }
    assert_eq!(asked_of_store, 12, "of 60 questions one in five seconds");
    assert_eq!(ttl.expires(&Some(1), at(0.0), &mut rng), at(600.0));
}

/// 01 C16, 04 E-QU-5, 05 IG-E2: a favourite dies while a thousand callers a second ask for it and a load takes a tenth of a second.
#[test]
fn one_flight_loads_where_a_stampede_loads_a_hundred_times() {
    let (arrivals, load) = ((0..1_000).map(|n| at(f64::from(n) / 1_000.0)), SECOND.scaled(0.1));
    let (mut unguarded, mut guarded, mut answered) = (0, 0, 0);
    let (mut flights, mut lands) = (SingleFlight::default(), None);
    let (mut bare, mut kept) = (Time::NEVER, false);
    for now in arrivals {
        if lands.is_some_and(|lands| now >= lands) {
            lands = None;
            answered += flights.land(7).len();
            kept = true;
        }
        if now < bare {
            unguarded += 1;
            bare = if bare == Time::NEVER { now + load } else { bare };
        }
        if kept {
            answered += 1;
        } else if flights.join(7, now) == Flight::Leads {
            guarded += 1;
            lands = Some(now + load);
        }
    }
    println!("loads: {unguarded} without a guard, {guarded} with single flight");
    assert_eq!((unguarded, guarded, answered, flights.in_the_air()), (100, 1, 1_000, 0));
}

#[test]
fn nobody_waits_for_a_flight_that_does_not_exist() {
    let mut flights = SingleFlight::<u8>::default();
    assert_eq!(flights.land(1), Vec::<u8>::new());
    flights.join(1, 9);
    assert_eq!((flights.in_the_air(), flights.land(1), flights.land(1)), (1, vec![9], vec![]));
}

/// Oracle: the closed form. A draw is exponential of mean load * beta, so P(early at d before the end) = exp(-d / (load * beta)).
#[test]
fn early_refresh_has_the_probability_of_the_paper() {
    let (mut rng, load, end, n) = (Rng::new(4), Span::from_millis(200), at(60.0), 40_000);
    for (ahead, beta) in [(0.05, 1.0), (0.2, 1.0), (0.6, 1.0), (0.6, 2.0), (1.0, 0.5)] {
        let early = (0..n).filter(|_| refresh_early(at(60.0 - ahead), end, load, beta, &mut rng)).count();
        let (measured, expected) = (early as f64 / f64::from(n), libm::exp(-ahead / (0.2 * beta)));
        let sigma = libm::sqrt(expected * (1.0 - expected) / f64::from(n));
        assert!(
            (measured - expected).abs() < 5.0 * sigma,
            "{ahead} s ahead, beta {beta}: {measured}, {expected} expected"
        );
    }
    for beta in [0.0, -1.0, f64::NAN] {
        assert!(!refresh_early(at(59.999), end, load, beta, &mut rng) && refresh_early(end, end, load, beta, &mut rng));
    }
}

/// With 100 callers a second and a load of 0.2 s: how often a value dies before anybody refreshed it.
#[test]
fn early_refresh_seldom_lets_a_favourite_die() {
    let (mut rng, load, mut died, mut early) = (Rng::new(5), Span::from_millis(200), 0, 0.0);
    for _ in 0..1_000 {
        let first =
            (0..6_000).map(|n| f64::from(n) / 100.0).find(|now| refresh_early(at(*now), at(60.0), load, 1.0, &mut rng));
        // The refreshed value is there one load later.
        died += u32::from(first.is_none_or(|first| first + 0.2 > 60.0));
        early += 60.0 - first.unwrap_or(60.0);
    }
    println!(
        "of 1,000 lives {died} ended before the refresh was there; refreshed {:.2} s ahead on average",
        early / 1_000.0
    );
    assert!(died < 20, "{died} of 1,000 died");
    assert!(early / 1_000.0 < 2.0, "{early} s of 60,000 s of life are given away");
}

/// A favourite that is read every second and lives for a minute is loaded six seconds before its end, and never missed.
#[test]
fn refresh_ahead_begins_when_the_stated_share_of_the_life_is_left() {
    let ahead = |now: f64, share: f64| refresh_ahead(at(0.0), at(60.0), at(now), share);
    assert!(!ahead(0.0, 0.1) && !ahead(53.999, 0.1) && ahead(54.0, 0.1) && ahead(60.0, 0.1) && ahead(70.0, 0.1));
    assert!([0.0, -1.0, f64::NAN].into_iter().all(|share| !ahead(60.0, share)) && ahead(0.0, 1.0));
    let (mut stored, mut loads, mut misses) = (at(0.0), 0, 0);
    for second in 0..6_000 {
        let (now, expires) = (at(f64::from(second)), stored + Span::from_secs(60));
        misses += u32::from(expires <= now);
        if refresh_ahead(stored, expires, now, 0.1) {
            (stored, loads) = (now, loads + 1);
        }
    }
    assert_eq!((loads, misses), (111, 0), "one load in 54 seconds");
}

#[test]
fn stale_values_are_served_for_exactly_the_stated_span() {
    let rule = Revalidation { fresh: Span(60), stale: Span(30) };
    let judged = |age: u64| rule.judge(Time(1_000), Time(1_000 + age));
    assert_eq!((judged(0), judged(59)), (Freshness::Fresh, Freshness::Fresh));
    assert_eq!((judged(60), judged(89)), (Freshness::Stale, Freshness::Stale));
    assert_eq!((judged(90), rule.expires(Time(1_000))), (Freshness::Dead, Time(1_090)));
    assert_eq!(rule.judge(Time(1_000), Time(5)), Freshness::Fresh, "a clock that went back");
    let endless = Revalidation { fresh: Span::MAX, stale: Span::MAX };
    assert_eq!(endless.judge(Time(0), Time(u64::MAX - 1)), Freshness::Fresh);
}

proptest! {
    /// Oracle: what was put and not confirmed, counted in a list of all writes.
    #[test]
    fn a_crash_loses_exactly_what_was_not_confirmed(delay in 0..6_u64, steps in vec((0..4_u8, 0..4_u64), 1..120)) {
        let (mut behind, mut all, mut told) = (WriteBack::new(Span(delay)), Vec::<(u64, u64)>::new(), Vec::new());
        let mut confirmed = BTreeMap::<u64, u64>::new();
        for (now, (step, key)) in steps.into_iter().enumerate() {
            let now = Time(now as u64);
            match step {
                0 | 1 => {
                    all.push((key, all.len() as u64 + 1));
                    behind.put(key, all.len() as u64, now);
                }
                2 => while let Some(write) = behind.take_due(now) {
                    prop_assert_eq!(write.value, all.iter().rev().find(|(k, _)| *k == write.key).expect("it was put").1);
                    told.push(write);
                },
                _ => for write in told.drain(..) {
                    behind.stored(write.key, write.number);
                    let known = confirmed.entry(write.key).or_default();
                    *known = (*known).max(write.value);
                },
            }
            prop_assert_eq!(behind.next_due().is_some(), !behind.is_empty());
        }
        for lost in behind.crash() {
            let known = confirmed.get(&lost.key).copied().unwrap_or(0);
            let unconfirmed = all.iter().filter(|(key, value)| *key == lost.key && *value > known).count() as u64;
            prop_assert_eq!(lost.stands_for, unconfirmed, "key {}", lost.key);
            all.retain(|(key, _)| *key != lost.key);
        }
        let rest = all.iter().all(|(key, value)| confirmed.get(key).is_some_and(|known| known >= value));
        prop_assert!(rest && behind.is_empty() && behind.next_due().is_none(), "what is not lost was confirmed");
    }

    /// Oracle: an ordered map with weights that follows what the cache says about who left.
    #[test]
    fn weights_never_exceed_the_room(room in 0..30_u64, steps in vec((0..12_u64, 0..12_u64, 0..4_u8), 1..150)) {
        for algorithm in Algorithm::ALL {
            let (mut cache, mut model) = (WeightedCache::of(*algorithm, room, Rng::new(1)), BTreeMap::new());
            for (now, (key, weight, step)) in steps.iter().enumerate() {
                let (now, weight) = (Time(now as u64), *weight);
                match step {
                    0 => prop_assert_eq!(cache.get(*key, now).hit(), model.get(key).map(|(value, _)| *value)),
                    1 => prop_assert_eq!(cache.remove(*key), model.remove(key).map(|(value, _): (u64, u64)| value)),
                    _ => {
                        let mut left = Vec::new();
                        let put = cache.put(*key, now.0, weight, Time::NEVER, now, |gone| left.push(gone.key));
                        if put == Err(TooHeavy { weight, room }) {
                            prop_assert!(weight.max(1) > room || weight == 0);
                            model.remove(key);
                        } else if put.is_ok() {
                            model.insert(*key, (now.0, weight.max(1)));
                        }
                        for gone in left {
                            prop_assert!(model.remove(&gone).is_some(), "{:?}: {} was not here", algorithm, gone);
                        }
                    }
                }
                let sum: u64 = model.values().map(|(_, weight)| weight).sum();
                prop_assert!(cache.used() == sum && sum <= room, "{:?}: {} of {}", algorithm, sum, room);
                let mut shown: Vec<_> = cache.weights().collect();
                shown.sort_unstable();
                prop_assert!(shown.into_iter().eq(model.iter().map(|(key, (_, weight))| (*key, *weight))));
            }
        }
    }

    /// With all weights 1 it is the counted cache, for the policies that have no shares.
    #[test]
    fn weights_of_one_are_counts(capacity in 1..10_u32, keys in vec(0..20_u64, 1..200)) {
        for algorithm in [Algorithm::Lru, Algorithm::Lfu, Algorithm::Fifo, Algorithm::Lifo, Algorithm::Clock, Algorithm::Sieve] {
            let mut counted = Cache::of(algorithm, capacity, Rng::new(1));
            let mut weighted = WeightedCache::of(algorithm, u64::from(capacity), Rng::new(1));
            for key in &keys {
                let hit = weighted.get(*key, Time::ZERO);
                prop_assert_eq!(hit, counted.get(*key, Time::ZERO));
                if hit == Lookup::Miss {
                    let mut left = None;
                    let fits = weighted.put(*key, (), 1, Time::NEVER, Time::ZERO, |gone| left = Some(gone));
                    prop_assert!(fits.is_ok());
                    prop_assert_eq!(left, counted.put(*key, (), Time::NEVER, Time::ZERO), "{:?}", algorithm);
                }
            }
        }
    }
}

#[test]
fn what_is_too_heavy_is_refused_and_its_old_value_is_gone() {
    let mut cache = WeightedCache::of(Algorithm::Lru, 10, Rng::new(0));
    let mut put = |key, weight| cache.put(key, 'v', weight, Time(50), Time(0), |gone| panic!("{gone:?} left"));
    assert_eq!((put(1, 4), put(2, 3)), (Ok(()), Ok(())));
    let refused = put(1, 11).expect_err("heavier than everything");
    assert_eq!(refused.to_string(), "the entry weighs 11, but the whole cache has room for 10");
    assert_eq!((cache.get(1, Time(1)), cache.used(), cache.len()), (Lookup::Miss, 3, 1));
    assert_eq!((cache.get(2, Time(50)), cache.used()), (Lookup::Expired('v'), 0));
    let mut left = Vec::new();
    (0..5_u64).for_each(|key| cache.put(key, 'v', 2, Time::NEVER, Time(60), |_| ()).expect("it fits"));
    cache.put(9, 'v', 5, Time::NEVER, Time(60), |gone| left.push(gone.key)).expect("it fits");
    assert_eq!(left, [0, 1, 2], "three light ones make room for a heavy one");
    cache.set_room(4, Time(60), |gone| left.push(gone.key));
    assert_eq!((left, cache.used(), cache.clear(), cache.room()), (vec![0, 1, 2, 3, 4, 9], 0, 0, 4));
}
