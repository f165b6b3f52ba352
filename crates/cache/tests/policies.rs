//! Each policy against an oracle of its own, and the theory of LRU.

use crate::loads;
use base::{Rng, Time};
use cache::{Algorithm, Cache, Lfu, Lru, Policy, che_hit_ratio};
use core::num::NonZeroUsize;
use loads::zipf;
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Looks `key` up and puts it if it is missing: what a look-aside cache does. Whether it was a hit, and who left.
fn ask<P: Policy>(cache: &mut Cache<(), P>, key: u64) -> (bool, Option<u64>) {
    let hit = cache.get(key, Time::ZERO).hit().is_some();
    let evicted = if hit { None } else { cache.put(key, (), Time::NEVER, Time::ZERO) };
    (hit, evicted.map(|evicted| evicted.key))
}

/// The least frequent, and among those the least recent, by looking at everybody. An entry is key, uses and last use.
fn ask_lfu_model(entries: &mut Vec<(u64, u32, usize)>, capacity: usize, key: u64, now: usize) -> (bool, Option<u64>) {
    if let Some(entry) = entries.iter_mut().find(|entry| entry.0 == key) {
        (entry.1, entry.2) = (entry.1 + 1, now);
        return (true, None);
    }
    let victim =
        (0..entries.len()).min_by_key(|at| (entries[*at].1, entries[*at].2)).filter(|_| entries.len() == capacity);
    let evicted = victim.map(|at| entries.remove(at).0);
    entries.push((key, 1, now));
    (false, evicted)
}

proptest! {
    /// Oracle: the `lru` crate.
    #[test]
    fn lru_hits_and_evicts_as_the_lru_crate_does(capacity in 1..10_usize, keys in vec(0..16_u64, 1..300)) {
        let mut ours = Cache::<(), Lru>::new(capacity as u32);
        let mut theirs = lru::LruCache::new(NonZeroUsize::new(capacity).expect("at least one"));
        for key in keys {
            let hit = theirs.get(&key).is_some();
            let evicted = if hit { None } else { theirs.push(key, ()) };
            prop_assert_eq!(ask(&mut ours, key), (hit, evicted.map(|(key, ())| key)));
            prop_assert!(ours.cells().map(|cell| cell.key).eq(theirs.iter().map(|(key, ())| *key)), "in order of recency");
        }
    }

    /// Oracle: a list that is searched from end to end.
    #[test]
    fn lfu_evicts_the_least_frequent_and_of_those_the_least_recent(capacity in 1..10_usize, keys in vec(0..16_u64, 1..300)) {
        let mut cache = Cache::<(), Lfu>::new(capacity as u32);
        let mut model = Vec::new();
        for (now, key) in keys.into_iter().enumerate() {
            prop_assert_eq!(ask(&mut cache, key), ask_lfu_model(&mut model, capacity, key, now));
            let mut shown = model.clone();
            shown.sort_by_key(|(_, uses, used)| core::cmp::Reverse((*uses, *used)));
            prop_assert!(cache.cells().map(|cell| cell.key).eq(shown.iter().map(|(key, ..)| *key)), "most frequent first");
        }
    }

    /// Mattson's inclusion: a larger LRU holds everything a smaller one does, at every moment.
    #[test]
    fn a_larger_lru_contains_every_smaller_one(small in 1..8_u32, more in 0..8_u32, keys in vec(0..20_u64, 1..300)) {
        let (mut small, mut large) = (Cache::<(), Lru>::new(small), Cache::<(), Lru>::new(small + more));
        for key in keys {
            let (hit_small, hit_large) = (ask(&mut small, key).0, ask(&mut large, key).0);
            prop_assert!(hit_large || !hit_small);
            prop_assert!(small.cells().all(|cell| large.peek(cell.key, Time::ZERO).is_some()));
        }
    }
}

fn measured_hit_ratio(algorithm: Algorithm, capacity: u32, mut next: impl FnMut(&mut Rng) -> u64) -> f64 {
    let (mut cache, mut rng) = (Cache::with_policy(algorithm.build(Rng::new(5)), capacity), Rng::new(17));
    (0..200_000).for_each(|_| {
        ask(&mut cache, next(&mut rng));
    });
    let (requests, mut hits) = (400_000, 0);
    (0..requests).for_each(|_| hits += u32::from(ask(&mut cache, next(&mut rng)).0));
    f64::from(hits) / f64::from(requests)
}

#[test]
fn che_predicts_the_hit_ratio_of_lru_within_one_point() {
    for exponent in [0.8, 1.0, 1.2] {
        for capacity in [10, 100, 1_000, 5_000] {
            let (shares, next) = zipf(exponent, 10_000);
            let predicted = che_hit_ratio(&shares, u64::from(capacity));
            let measured = measured_hit_ratio(Algorithm::Lru, capacity, next);
            println!("Zipf {exponent}, {capacity} of 10,000: predicted {predicted:.4}, measured {measured:.4}");
            assert!((predicted - measured).abs() < 0.01, "Zipf {exponent}, {capacity}: {predicted} against {measured}");
        }
    }
}

#[test]
fn che_knows_the_ends_and_the_even_case() {
    assert_eq!(che_hit_ratio(&[], 5), 0.0);
    assert_eq!(che_hit_ratio(&[0.5, 0.5], 0), 0.0);
    assert_eq!(che_hit_ratio(&[0.5, 0.3, 0.2], 3), 1.0);
    assert_eq!(che_hit_ratio(&[f64::NAN, -1.0, f64::INFINITY], 1), 0.0, "nothing that can be asked for");
    // Equal popularities: the hit ratio is the share of keys that fit, exactly.
    for capacity in [1, 250, 999] {
        let ratio = che_hit_ratio(&[3.0; 1_000], capacity);
        assert!((ratio - capacity as f64 / 1_000.0).abs() < 1e-9, "{capacity}: {ratio}");
    }
    // Scaling changes nothing, and neither do keys that nobody asks for.
    let ratio = che_hit_ratio(&[8.0, 4.0, 2.0, 1.0, 0.0, 0.0], 2);
    assert!((ratio - che_hit_ratio(&[0.8, 0.4, 0.2, 0.1], 2)).abs() < 1e-12);
}

/// Why there are two: a scan longer than the cache flushes LRU, and LFU keeps its favourites.
#[test]
fn a_scan_flushes_lru_and_not_lfu() {
    let survivors = |algorithm: Algorithm| {
        let mut cache = Cache::with_policy(algorithm.build(Rng::new(5)), 100);
        (0..3).for_each(|_| {
            (0..50).for_each(|key| {
                ask(&mut cache, key);
            })
        });
        (1_000..1_200).for_each(|key| {
            ask(&mut cache, key);
        });
        (0..50).filter(|key| cache.peek(*key, Time::ZERO).is_some()).count()
    };
    assert_eq!((survivors(Algorithm::Lru), survivors(Algorithm::Lfu)), (0, 50));
}
