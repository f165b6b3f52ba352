//! What is commonly said about balancing, measured. Each message carries the figure.

use balance::{Algorithm, Balance, Candidates};
use base::{Rng, stable_hash_u64};
use std::collections::VecDeque;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const REQUESTS: u64 = 100_000;

/// Requests of each of four members, from clients drawn by `client`.
fn loads(algorithm: Algorithm, mut client: impl FnMut(&mut Rng) -> u64) -> [u64; 4] {
    let (mut balancer, mut rng, mut luck) = (algorithm.build(), Rng::new(1), Rng::new(2));
    let mut loads = [0; 4];
    for _ in 0..REQUESTS {
        let candidates = Candidates::new(&[true; 4], &[0; 4]);
        let hash = stable_hash_u64(client(&mut rng));
        loads[balancer.pick(&candidates, hash, &mut luck).expect("all are healthy")] += 1;
    }
    loads
}

/// The fullest member's load, as a multiple of the mean.
fn unevenness(loads: [u64; 4]) -> f64 {
    loads.into_iter().fold(0, u64::max) as f64 * 4.0 / REQUESTS as f64
}

/// Notes 02, K14, and 03, claims 8 and 42: "sticky by address gives uneven load". Not because of the hash: with many equal clients it is
/// even. Because clients are not equal: half of them come through one company's address.
#[test]
fn sticking_by_address_is_as_uneven_as_the_addresses_are() {
    let equal = unevenness(loads(Algorithm::IpHash, |rng| rng.below(10_000)));
    let office = |rng: &mut Rng| if rng.chance(0.5) { 0 } else { 1 + rng.below(10_000) };
    let uneven = unevenness(loads(Algorithm::IpHash, office));
    let turns = unevenness(loads(Algorithm::RoundRobin, office));
    assert!(equal < 1.05, "10,000 equal clients: the fullest has {equal:.3} of the mean");
    assert!(uneven > 2.3 && turns < 1.001, "half from one address: {uneven:.2} by address, {turns:.3} by turns");
}

/// Notes 03, claim 6: "without health checks traffic goes to dead servers": the share of the dead among all, whatever goes round.
#[test]
fn without_checks_the_dead_get_their_share() {
    let loads = loads(Algorithm::RoundRobin, |rng| rng.next_u64());
    assert_eq!(loads[3] * 4, REQUESTS, "of four members one is dead, and nobody has noticed");
}

/// Notes 03, claim 9: "URL hash raises the hit ratio of what members cache". Four members with room for 100 of 1,000 objects each: by
/// turns every member keeps the same favourites, by key they keep four times as many.
#[test]
fn going_by_key_makes_four_caches_one() {
    // The logarithm is uniform: the popularities of Zipf's law with exponent 1.
    let object = |rng: &mut Rng| libm::pow(1_000.0, rng.unit()) as u64;
    let hit_ratio = |algorithm: Algorithm| {
        let (mut balancer, mut rng) = (algorithm.build(), Rng::new(1));
        let mut caches = vec![VecDeque::new(); 4];
        let mut hits = 0;
        for _ in 0..REQUESTS {
            let key = object(&mut rng);
            let candidates = Candidates::new(&[true; 4], &[0; 4]);
            let member = balancer.pick(&candidates, stable_hash_u64(key), &mut rng).expect("all are healthy");
            let cache: &mut VecDeque<u64> = &mut caches[member];
            match cache.iter().position(|held| *held == key) {
                Some(place) => {
                    cache.remove(place);
                    hits += 1;
                }
                None if cache.len() == 100 => drop(cache.pop_back()),
                None => {}
            }
            cache.push_front(key);
        }
        f64::from(hits) / REQUESTS as f64
    };
    let [turns, key] = [Algorithm::RoundRobin, Algorithm::UrlHash].map(hit_ratio);
    assert!(key > turns + 0.2, "hit ratio by turns {turns:.3}, by key {key:.3}");
}
