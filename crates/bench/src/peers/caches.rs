//! Caches: every key is looked up, and put if it is not there. The answer is the number of hits.

use super::{Job, Side, counted, job};
use base::{Rng, Time};
use cache::{Cache, Lru, Policy, WTinyLfu};
use foldhash::fast::FixedState;
use std::num::NonZeroUsize;
use workload::{Choice, Zipf, ZipfConfig};

/// Entries of a cache: more than the processor's own caches hold.
pub const CAPACITY: u64 = 100_000;
const KEYS: ZipfConfig = ZipfConfig { keys: 1_000_000, exponent: 0.9 };

pub fn zipf(operations: u64) -> Vec<u64> {
    let (mut zipf, mut rng) = (Zipf::new(KEYS).expect("settings in range"), Rng::new(1));
    (0..operations).map(|_| zipf.pick(&mut rng)).collect()
}

pub fn lru(side: Side, keys: &[u64]) -> Job<'_> {
    if side == Side::Ours {
        return ours::<Lru>(keys);
    }
    let capacity = NonZeroUsize::new(CAPACITY as usize).expect("not zero");
    let cache = lru::LruCache::with_hasher(capacity, FixedState::with_seed(1));
    let work = move |cache: &mut lru::LruCache<u64, u64, FixedState>| {
        hits(keys, cache, |cache, key| cache.get(&key).copied(), |cache, key| _ = cache.put(key, key))
    };
    job(cache, work, counted)
}

pub fn beside_moka(side: Side, keys: &[u64]) -> Job<'_> {
    if side == Side::Ours {
        return ours::<WTinyLfu>(keys);
    }
    let cache = moka::sync::Cache::builder().max_capacity(CAPACITY).build_with_hasher(FixedState::with_seed(1));
    let work = move |cache: &mut moka::sync::Cache<u64, u64, FixedState>| {
        hits(keys, cache, |cache, key| cache.get(&key), |cache, key| cache.insert(key, key))
    };
    job(cache, work, counted)
}

/// Its own hasher is a fast one already.
pub fn beside_quick_cache(side: Side, keys: &[u64]) -> Job<'_> {
    if side == Side::Ours {
        return ours::<WTinyLfu>(keys);
    }
    let work = move |cache: &mut quick_cache::unsync::Cache<u64, u64>| {
        hits(keys, cache, |cache, key| cache.get(&key).copied(), |cache, key| cache.insert(key, key))
    };
    job(quick_cache::unsync::Cache::new(CAPACITY as usize), work, counted)
}

/// Ours keeps expiry, last use and number of uses of every entry besides, which the others do not.
fn ours<P: Policy + Default + 'static>(keys: &[u64]) -> Job<'_> {
    let work = move |cache: &mut Cache<u64, P>| {
        hits(
            keys,
            cache,
            |cache, key| cache.get(key, Time::ZERO).hit(),
            |cache, key| _ = cache.put(key, key, Time::NEVER, Time::ZERO),
        )
    };
    job(Cache::<u64, P>::new(CAPACITY as u32), work, counted)
}

/// Looks every key up and puts those that are not there; the value under a key is the key.
#[inline]
fn hits<C>(keys: &[u64], cache: &mut C, get: impl Fn(&mut C, u64) -> Option<u64>, put: impl Fn(&mut C, u64)) -> u64 {
    let mut hits = 0;
    for key in keys {
        match get(cache, *key) {
            Some(value) => {
                assert_eq!(value, *key, "the value under a key");
                hits += 1;
            }
            None => put(cache, *key),
        }
    }
    hits
}
