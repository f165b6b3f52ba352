//! What every balancer promises, held over the list of the family.

use balance::{Algorithm, Balance, Candidates, Response};
use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Health and load of up to 64 members.
fn members() -> impl Strategy<Value = (Vec<bool>, Vec<u32>)> {
    (0..=64_usize, 0..=4_u32).prop_flat_map(|(n, most)| (vec(any::<bool>(), n), vec(0..=most, n)))
}

proptest! {
    /// Members come, go, fail and recover between any two picks.
    #[test]
    fn a_pick_is_healthy_and_there_is_one_if_anybody_is(steps in vec((members(), any::<u64>()), 1..40), weights in vec(0..3_u32, 0..64), seed: u64) {
        for algorithm in Algorithm::ALL {
            let (mut balancer, mut rng) = (algorithm.build(), Rng::new(seed));
            for ((healthy, outstanding), hash) in &steps {
                let candidates = Candidates::new(healthy, outstanding).weighted(&weights).at(Time(*hash));
                let pick = balancer.pick(&candidates, *hash, &mut rng);
                let (member, took) = ((*hash % 70) as usize, Span(*hash % 1_000));
                balancer.on_response(Response { member, took, ok: hash % 3 > 0, now: Time(*hash) });
                prop_assert_eq!(pick.is_some(), healthy.contains(&true), "{:?}", algorithm);
                prop_assert!(pick.is_none_or(|index| healthy[index]), "{:?} picked {:?} of {:?}", algorithm, pick, healthy);
            }
        }
    }

    #[test]
    fn equal_state_and_luck_give_an_equal_pick((healthy, outstanding) in members(), hashes in vec(any::<u64>(), 1..20), seed: u64) {
        for algorithm in Algorithm::ALL {
            let (mut balancer, mut rng) = (algorithm.build(), Rng::new(seed));
            for hash in &hashes {
                let (mut again, mut luck) = (balancer.clone(), rng.clone());
                let candidates = Candidates::new(&healthy, &outstanding);
                prop_assert_eq!(balancer.pick(&candidates, *hash, &mut rng), again.pick(&candidates, *hash, &mut luck));
            }
        }
    }
}

proptest! {
    // Each case is some hundred thousand picks.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nobody_starves_among_equals(n in 1..=64_usize, sick in 0..64_usize, seed: u64) {
        let mut healthy = vec![true; n];
        healthy[sick % n] = n == 1;
        let fair = 200;
        // Who stands by is to starve.
        for algorithm in Algorithm::ALL.iter().filter(|algorithm| **algorithm != Algorithm::ActivePassive) {
            let (mut balancer, mut rng, mut counts) = (algorithm.build(), Rng::new(seed), vec![0; n]);
            for client in 0..(fair * n as u64) {
                let pick = balancer.pick(&Candidates::new(&healthy, &vec![3; n]), client, &mut rng);
                counts[pick.expect("somebody is healthy")] += 1;
            }
            for (index, count) in counts.iter().enumerate().filter(|(index, _)| healthy[*index]) {
                prop_assert!((fair / 2..fair * 5).contains(count), "{:?}: member {} of {} got {}", algorithm, index, n, count);
            }
        }
    }
}

#[test]
fn of_slices_of_different_lengths_the_rest_is_ignored() {
    for algorithm in Algorithm::ALL {
        let pick = algorithm.build().pick(&Candidates::new(&[true, true, true], &[7]), 5, &mut Rng::new(1));
        assert_eq!(pick, Some(0), "{algorithm:?}");
    }
}

#[test]
fn names_are_different_and_explained() {
    let mut names: Vec<&str> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Algorithm::ALL.len());
    assert!(Algorithm::ALL.iter().all(|algorithm| !algorithm.help().is_empty()));
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
        .filter(|text| text.contains("\nimpl Balance for "));
    assert_eq!(algorithms.count(), Algorithm::ALL.len());
}
