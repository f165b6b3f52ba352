//! What every placement promises, held over the list of the family.

use base::stable_hash_u64;
use placement::{Algorithm, Place, PlaceError, Placement, Plan, WEIGHT_MAX};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Members with their weights. Seeds are plain small numbers, the hardest case for an algorithm that hashes them.
fn members(range: core::ops::Range<usize>) -> impl Strategy<Value = BTreeMap<u32, u32>> {
    btree_map(0..20_u32, 1..4_u32, range)
}

fn place(algorithm: Algorithm, members: impl Iterator<Item = (u32, u32)>) -> Placement {
    let mut place = algorithm.config().build();
    members.for_each(|(member, weight)| place.add(member, u64::from(member), weight).expect("a new member"));
    place
}

/// Hashes all over, and those at and beside the boundaries, where mistakes live; of very many boundaries, some.
fn probes(places: &[&Placement]) -> Vec<u64> {
    let edges = places.iter().flat_map(|place| {
        let boundaries = place.boundaries();
        let step = boundaries.len() / 1_000 + 1;
        boundaries.into_iter().step_by(step)
    });
    let edges = edges.flat_map(|edge| [edge.wrapping_sub(1), edge, edge.wrapping_add(1)]);
    edges.chain((0..500).map(stable_hash_u64)).chain([0, u64::MAX]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_key_has_an_owner_whatever_the_order_of_joining(members in members(0..6)) {
        for algorithm in Algorithm::ALL {
            let forward = place(*algorithm, members.clone().into_iter());
            let backward = place(*algorithm, members.clone().into_iter().rev());
            prop_assert_eq!(forward.members(), members.keys().copied().collect::<Vec<_>>());
            prop_assert_eq!(forward.count() as usize, members.len());
            for hash in probes(&[&forward]) {
                let owner = forward.owner(hash);
                prop_assert_eq!(owner.is_some(), !members.is_empty(), "{:?} at {}", algorithm, hash);
                prop_assert!(owner.is_none_or(|owner| members.contains_key(&owner)));
                prop_assert_eq!(owner, backward.owner(hash), "{:?} at {}", algorithm, hash);
            }
        }
    }

    #[test]
    fn preference_begins_with_the_owner_and_names_each_member_once(members in members(0..6), n in 0..8_usize) {
        for algorithm in Algorithm::ALL {
            let place = place(*algorithm, members.clone().into_iter());
            let (mut some, mut all) = (vec![99], vec![99]);
            for hash in probes(&[&place]).into_iter().step_by(7) {
                place.preference(hash, n, &mut some);
                place.preference(hash, usize::MAX, &mut all);
                prop_assert_eq!(&some[..], &all[..n.min(members.len())], "a shorter list is the beginning of a longer one");
                prop_assert_eq!(all.first().copied(), place.owner(hash));
                let mut sorted = all.clone();
                sorted.sort_unstable();
                prop_assert_eq!(sorted, place.members());
            }
        }
    }

    /// Oracle: the owners before and after, hash by hash.
    #[test]
    fn a_plan_names_what_moves_and_nothing_else(before in members(0..5), after in members(0..5)) {
        for algorithm in Algorithm::ALL {
            let (before, after) = (place(*algorithm, before.clone().into_iter()), place(*algorithm, after.clone().into_iter()));
            let plan = Plan::between(&before, &after);
            for hash in probes(&[&before, &after]) {
                let (from, to) = (before.owner(hash), after.owner(hash));
                let planned = plan.of(hash).map(|range| (range.from, range.to));
                prop_assert_eq!(planned, (from != to).then_some((from, to)), "{:?} at {}", algorithm, hash);
            }
            prop_assert!(plan.moves().windows(2).all(|pair| pair[0].last < pair[1].first), "ascending and disjoint");
            prop_assert!(plan.moves().iter().all(|range| range.first <= range.last));
            let share: f64 = plan.moves().iter().map(|range| (range.last - range.first) as f64 / u64::MAX as f64).sum();
            prop_assert!((plan.share() - share).abs() < 1e-9);
        }
    }

    /// The law of least movement, for the algorithms that promise it when the newcomer is the last: who joins only takes.
    #[test]
    fn only_the_newcomers_keys_move(members in members(1..6), weight in 1..=3_u32) {
        let minimal = [Algorithm::Ring, Algorithm::Jump, Algorithm::Rendezvous];
        for algorithm in minimal {
            let before = place(algorithm, members.clone().into_iter());
            let mut after = before.clone();
            after.add(99, 99, weight).expect("a new member");
            let forth = Plan::between(&before, &after);
            prop_assert!(forth.moves().iter().all(|range| range.to == Some(99)), "{:?}", algorithm);
            let back = Plan::between(&after, &before);
            prop_assert!(back.moves().iter().all(|range| range.from == Some(99)), "{:?}", algorithm);
        }
    }

    #[test]
    fn leaving_undoes_joining(members in members(1..6), newcomer in 20..30_u32, weight in 1..=3_u32) {
        for algorithm in Algorithm::ALL {
            let before = place(*algorithm, members.clone().into_iter());
            let mut after = before.clone();
            after.add(newcomer, newcomer.into(), weight).expect("a new member");
            prop_assert!(after.remove(newcomer) && !after.remove(newcomer));
            prop_assert_eq!(Plan::between(&before, &after), Plan::default(), "{:?}", algorithm);
        }
    }

    #[test]
    fn nothing_that_can_be_typed_panics(joins in vec((any::<u32>(), any::<u64>(), any::<u32>()), 0..4), hash: u64) {
        for algorithm in Algorithm::ALL {
            let mut place = algorithm.config().build();
            for (member, seed, weight) in &joins {
                let known = place.members().contains(member);
                match place.add(*member, *seed, *weight) {
                    Ok(()) => prop_assert!(!known && (1..=WEIGHT_MAX).contains(weight)),
                    Err(PlaceError::AlreadyThere { .. }) => prop_assert!(known),
                    Err(PlaceError::Weight { .. }) => prop_assert!(!(1..=WEIGHT_MAX).contains(weight)),
                    Err(error) => prop_assert!(false, "{}", error),
                }
            }
            place.owner(hash);
        }
    }
}

#[test]
fn names_are_those_of_the_saved_form_and_configs_read_back() {
    for algorithm in Algorithm::ALL {
        let saved = serde_json::to_string(algorithm).expect("a name");
        assert_eq!(saved, format!("\"{}\"", algorithm.name()));
        let text = serde_json::to_string(&algorithm.config()).expect("a config");
        let read: placement::Config = serde_json::from_str(&text).expect("what was written");
        assert_eq!(read, algorithm.config());
        assert!(!algorithm.help().is_empty());
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
        .filter(|text| text.contains("\nimpl Place for "));
    assert_eq!(algorithms.count(), Algorithm::ALL.len());
}
