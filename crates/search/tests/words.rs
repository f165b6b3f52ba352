//! Tries and vectors against looking at everything, and the claims about typeahead.

use base::Rng;
use proptest::collection::vec;
use proptest::prelude::*;
use search::{
    Near, Neighbours, NeighboursConfig, PrefixPartitions, Suggestion, Trie, VectorError, Vectors, Walked, edit_distance,
};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Words of few letters, so that they share beginnings; some letters take several bytes.
fn word() -> impl Strategy<Value = String> {
    vec(prop::sample::select(&['a', 'b', 'é', '本', '😀'][..]), 0..6).prop_map(|letters| letters.into_iter().collect())
}

/// Best first: by weight, then by code points.
fn sorted(mut words: Vec<Suggestion>, k: usize) -> Vec<Suggestion> {
    words.sort_by(|one, other| other.weight.cmp(&one.weight).then(one.word.chars().cmp(other.word.chars())));
    words.truncate(k);
    words
}

/// By the definition, without a table.
fn distance(one: &[char], other: &[char]) -> u32 {
    match (one, other) {
        ([], rest) | (rest, []) => rest.len() as u32,
        ([a, one @ ..], [b, other @ ..]) if a == b => distance(one, other),
        ([_, short @ ..], [_, short_other @ ..]) => {
            1 + distance(short, other).min(distance(one, short_other)).min(distance(short, short_other))
        }
    }
}

proptest! {
    /// Oracle: a map of all words, looked at one by one; for a trie with and without stored lists.
    #[test]
    fn suggestions_are_those_of_looking_at_all_words(
        changes in vec((word(), proptest::option::of(0..6_u64)), 0..40),
        prefix in word(), k in 0..8_usize, top in 0..5_usize, edits in 0..4_u32,
    ) {
        let mut trie = Trie::new(top);
        let mut map = BTreeMap::new();
        for (word, weight) in changes {
            match weight {
                Some(weight) => prop_assert_eq!(trie.insert(&word, weight), map.insert(word, weight)),
                None => prop_assert_eq!(trie.remove(&word), map.remove(&word)),
            }
        }
        let all: Vec<Suggestion> = map.iter().map(|(word, weight)| Suggestion { word: word.clone(), weight: *weight }).collect();
        let matching: Vec<Suggestion> = all.iter().filter(|found| found.word.starts_with(&prefix)).cloned().collect();
        prop_assert_eq!(trie.matches(&prefix), matching.clone());
        prop_assert_eq!(trie.suggest(&prefix, k).best, sorted(matching, k));
        prop_assert_eq!((trie.weight(&prefix), trie.len() as usize), (map.get(&prefix).copied(), map.len()));
        let mut near: Vec<(u32, Suggestion)> = Vec::new();
        for found in all {
            let letters = |word: &str| word.chars().collect::<Vec<_>>();
            let distance = distance(&letters(&found.word), &letters(&prefix));
            prop_assert_eq!(edit_distance(&found.word, &prefix), distance);
            if distance <= edits {
                near.push((distance, found));
            }
        }
        near.sort_by(|one, other| (one.0, other.1.weight, &one.1.word).cmp(&(other.0, one.1.weight, &other.1.word)));
        let near: Vec<Suggestion> = near.into_iter().map(|(_, found)| found).take(k).collect();
        prop_assert_eq!(trie.fuzzy(&prefix, edits, k).best, near);
    }

    /// Law: with as much breadth as there are vectors the walk finds what looking at all finds, if all can be reached.
    #[test]
    fn a_wide_walk_finds_the_nearest(points in vec([-9..9_i32, -9..9_i32], 1..40), query in [-9..9_i32, -9..9_i32], k in 0..9_usize) {
        let float = |point: &[i32; 2]| point.map(f64::from);
        let (mut rng, mut graph) = (Rng::new(1), Neighbours::new(NeighboursConfig::default(), 2));
        for (number, point) in (0..).zip(&points) {
            prop_assert_eq!(graph.insert(&float(point), &mut rng), Ok(number));
        }
        let exact = graph.vectors().exact(&float(&query), k).expect("two values");
        let mut all: Vec<(i32, u32)> = (0..).zip(&points).map(|(number, point)| {
            ((point[0] - query[0]) * (point[0] - query[0]) + (point[1] - query[1]) * (point[1] - query[1]), number)
        }).collect();
        all.sort_unstable();
        all.truncate(k);
        prop_assert_eq!(exact.iter().map(|near| (near.squared as i32, near.vector)).collect::<Vec<_>>(), all);
        let walked = graph.nearest(&float(&query), k, 1_000).expect("two values");
        prop_assert_eq!(walked.nearest, exact);
    }
}

/// The notes' data: "mac" suggests machine and macneros; their words of a length need as many steps.
#[test]
fn the_notes_prefix_finds_its_words() {
    let mut trie = Trie::new(10);
    for (word, weight) in [("machine", 5_000), ("macneros", 2_000), ("mango", 10_000), ("python", 50_000)] {
        trie.insert(word, weight);
    }
    let best = |prefix| trie.suggest(prefix, 10).best.into_iter().map(|found| found.word).collect::<Vec<_>>();
    assert_eq!(
        (best("mac"), best("m")),
        (vec!["machine".to_owned(), "macneros".to_owned()], vec!["mango".into(), "machine".into(), "macneros".into()])
    );
    assert_eq!(trie.suggest("mac", 10).visited, 4, "the root and a node a letter");
    assert_eq!(trie.fuzzy("mahcine", 2, 1).best[0].word, "machine");
    assert_eq!(best("mack"), Vec::<String>::new());
}

/// Claims: a lookup costs the letters of the prefix. True of the walk; without stored bests a short prefix looks through nearly
/// everything, which the bests save at the price of memory.
#[test]
fn stored_bests_make_short_prefixes_cheap() {
    let mut rng = Rng::new(2);
    let words: Vec<(String, u64)> = (0..20_000)
        .map(|_| {
            let letters = 4 + rng.below(6);
            let letter = |rng: &mut Rng| char::from(b'a' + (rng.below(26) * rng.below(26) / 26) as u8);
            ((0..letters).map(|_| letter(&mut rng)).collect(), rng.below(1_000_000))
        })
        .collect();
    let trie = |top| {
        let mut trie = Trie::new(top);
        for (word, weight) in &words {
            trie.insert(word, *weight);
        }
        trie
    };
    let (plain, stored) = (trie(0), trie(10));
    let (slow, fast) = (plain.suggest("a", 10), stored.suggest("a", 10));
    assert_eq!(slow.best, fast.best);
    let (nodes, entries) = stored.size();
    let report = format!(
        "nodes looked at for \"a\": {} without stored bests, {} with; {nodes} nodes, {entries} stored entries",
        slow.visited, fast.visited
    );
    println!("{report}");
    assert!(slow.visited > nodes / 10 && fast.visited == 2 && entries > nodes, "{report}");
    assert_eq!(plain.size(), (nodes, 0));
}

/// The hundred most frequent words of English, from published counts of running text.
const FREQUENT: &str = "the be to of and a in that have i it for not on with he as you do at this but his by from they we say her she \
    or an will my one all would there their what so up out if about who get which go me when make can like time no just him know take \
    people into year your good some could them see other than then now look only come its over think also back after use two how our \
    work first well way even new want because any these give day most us";

/// Claim: five partitions by first letter balance and isolate. They isolate, and "mac" is the third's; first letters are not even.
#[test]
fn prefix_partitions_isolate_and_are_uneven() {
    let partitions = PrefixPartitions::new(&[('a', 'e'), ('f', 'j'), ('k', 'o'), ('p', 't'), ('u', 'z')]);
    assert_eq!(["mac", "Ma", "9to5", "été", "日本", ""].map(|word| partitions.of(word)), [2, 2, 5, 5, 5, 5]);
    let mut tries = vec![Trie::new(3); partitions.len() as usize];
    for (word, weight) in FREQUENT.split_whitespace().zip((1..).map(|rank| 1_000_000 / rank)) {
        tries[partitions.of(word) as usize].insert(word, weight);
    }
    for prefix in ["t", "th", "w", "ab"] {
        let elsewhere = (0..).zip(&tries).filter(|(at, _)| *at != partitions.of(prefix));
        assert!(elsewhere.map(|(_, trie)| trie.matches(prefix).len()).all(|found| found == 0), "{prefix}");
    }
    assert_eq!(tries.iter().map(Trie::len).sum::<u32>(), 100);
    // Words are asked for as often as they are written, about 1/rank.
    let load = |trie: &Trie| trie.matches("").iter().map(|found| found.weight).sum::<u64>();
    let loads: Vec<u64> = tries.iter().map(load).collect();
    let (most, all) = (loads.iter().max().copied().unwrap_or(0), loads.iter().sum::<u64>());
    let skew = most as f64 * 5.0 / all as f64;
    println!("the busiest of five partitions has {skew:.2} times the mean load");
    assert!(skew > 1.3, "the busiest of five partitions has {skew:.2} times the mean: {loads:?}");
}

/// Claim: a cap on the depth saves memory; what it costs is that long words which begin alike become one.
#[test]
fn cutting_long_words_saves_nodes_and_loses_the_difference() {
    let words =
        ["how to make a very good cup of tea at home", "how to make a very good cup of tea in a hurry", "how to swim"];
    let build = |letters: usize| {
        let mut trie = Trie::new(3);
        for word in words {
            trie.insert(&word.chars().take(letters).collect::<String>(), 1);
        }
        (trie.size().0, trie.len())
    };
    let (whole, cut) = (build(100), build(32));
    // The root, 35 letters that two share, 7 and 10 of their own, and 4 of the third behind 7 shared ones; then the root, 32 and 4.
    assert_eq!((whole, cut), ((57, 3), (37, 2)), "nodes and words, whole and cut to 32 letters");
}

/// A thousand and more vectors of sixteen values around fifty centres.
fn clustered(n: u32) -> (Vec<Vec<f64>>, Rng) {
    let mut rng = Rng::new(11);
    let centres: Vec<Vec<f64>> = (0..50).map(|_| (0..16).map(|_| rng.normal() * 3.0).collect()).collect();
    let point = |rng: &mut Rng| {
        let centre = &centres[rng.below(50) as usize];
        centre.iter().map(|value| value + rng.normal()).collect()
    };
    ((0..n).map(|_| point(&mut rng)).collect(), rng)
}

/// A walk finds nearly all of the ten nearest by comparing a small part of the vectors; more breadth finds more.
#[test]
fn a_walk_finds_nearly_everything_for_little() {
    let (points, mut rng) = clustered(4_200);
    let mut graph = Neighbours::new(NeighboursConfig::default(), 16);
    for point in &points[..4_000] {
        graph.insert(point, &mut rng).expect("sixteen values");
    }
    let mut recalls = Vec::new();
    for breadth in [10, 100] {
        let (mut found, mut compared) = (0, 0);
        for query in &points[4_000..] {
            let exact = graph.vectors().exact(query, 10).expect("sixteen values");
            let Walked { nearest, compared: here } = graph.nearest(query, 10, breadth).expect("sixteen values");
            found += nearest.iter().filter(|near| exact.contains(near)).count();
            compared += here;
        }
        let (recall, share) = (found as f64 / 2_000.0, f64::from(compared) / 200.0 / 4_000.0);
        println!("breadth {breadth}: {recall:.3} of the ten nearest, {:.1}% of the vectors compared", share * 100.0);
        assert!(share < 0.4, "breadth {breadth} compared {share} of the vectors");
        recalls.push(recall);
    }
    assert!(recalls[1] > 0.95 && recalls[1] > recalls[0] && recalls[0] > 0.7, "recalls {recalls:?}");
}

#[test]
fn vectors_that_make_no_sense_are_refused() {
    let mut vectors = Vectors::new(2);
    assert_eq!(vectors.push(&[1.0]), Err(VectorError::Dimension { given: 1, wanted: 2 }));
    assert_eq!(vectors.push(&[1.0, f64::NAN]), Err(VectorError::NotFinite { at: 1 }));
    assert_eq!((vectors.push(&[1.0, 2.0]), vectors.len(), vectors.is_empty()), (Ok(0), 1, false));
    assert_eq!(vectors.exact(&[1.0, 4.0], 5), Ok(vec![Near { squared: 4.0, vector: 0 }]));
    let empty = Neighbours::new(NeighboursConfig { links: 0, breadth: 0 }, 0);
    assert_eq!(empty.nearest(&[1.0], 3, 0), Ok(Walked::default()));
    assert!(empty.nearest(&[f64::INFINITY], 3, 0).is_err());
}

#[test]
fn a_trie_built_at_once_is_the_one_that_grew_word_by_word() {
    let mut rng = base::Rng::new(4);
    let letter = |rng: &mut base::Rng| char::from(b'a' + rng.below(4) as u8);
    let words: Vec<(String, u64)> =
        (0..400).map(|_| ((0..1 + rng.below(6)).map(|_| letter(&mut rng)).collect(), rng.below(50))).collect();
    for top in [0, 3, 8] {
        let built = search::Trie::build(top, words.iter().map(|(word, weight)| (word.as_str(), *weight)));
        let mut grown = search::Trie::new(top);
        for (word, weight) in &words {
            grown.insert(word, *weight);
        }
        assert_eq!((built.len(), built.size()), (grown.len(), grown.size()));
        for prefix in ["", "a", "bc", "dad", "abca", "x"] {
            assert_eq!(built.suggest(prefix, 3), grown.suggest(prefix, 3), "{prefix}");
            let next: Vec<char> = built.letters(prefix).collect();
            assert!(
                next.is_sorted() && next.iter().all(|letter| !built.matches(&format!("{prefix}{letter}")).is_empty())
            );
        }
    }
}
