//! What every choice of keys promises, held over the list of the family, and the operation mix.

use base::Rng;
use proptest::collection::vec;
use proptest::prelude::*;
use workload::{Alias, Choice, HotSetConfig, KEYS_MAX, Keys, KeysConfig, KeysKind, Mix, WorkloadError, ZipfConfig};

/// Deviation of counts from shares in standard deviations of the chi-square statistic (normal by the cube root of Wilson and
/// Hilferty, 1931). Choices that are expected less than five times are added to their neighbours.
fn deviation(counts: &[u64], shares: &[f64]) -> f64 {
    let n = counts.iter().sum::<u64>() as f64;
    let (mut statistic, mut bins, mut count, mut expected) = (0.0, 0.0, 0.0, 0.0);
    for (seen, share) in counts.iter().zip(shares) {
        (count, expected) = (count + *seen as f64, expected + share * n);
        if expected >= 5.0 {
            statistic += (count - expected) * (count - expected) / expected;
            (bins, count, expected) = (bins + 1.0, 0.0, 0.0);
        }
    }
    let freedom = bins - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    (libm::cbrt(statistic / freedom) - (1.0 - spread)) / libm::sqrt(spread)
}

fn count(keys: &mut Keys, requests: u64) -> Vec<u64> {
    let (mut counts, mut rng) = (vec![0; keys.keys() as usize], Rng::new(41));
    (0..requests).for_each(|_| counts[keys.pick(&mut rng) as usize] += 1);
    counts
}

/// Oracle: the closed form of each distribution, by chi-square.
#[test]
fn requests_follow_the_stated_shares() {
    for kind in KeysKind::ALL {
        for n in [2, 7, 1_000, 100_000] {
            let mut keys = kind.config(n).build().expect("in range");
            let deviation = deviation(&count(&mut keys, 1_000_000), &keys.probabilities());
            // Sequential is more even than chance; nobody else may be.
            let low = if *kind == KeysKind::Sequential { f64::NEG_INFINITY } else { -4.5 };
            assert!((low..4.5).contains(&deviation), "{kind:?}, {n} keys: {deviation} deviations");
        }
    }
}

#[test]
fn shares_add_up_to_one_and_nothing_lies_outside() {
    for kind in KeysKind::ALL {
        for n in [1, 2, 1_000, KEYS_MAX] {
            let mut keys = kind.config(n).build().expect("in range");
            let sum: f64 = keys.probabilities().iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{kind:?}, {n} keys: {sum}");
            assert_eq!((keys.probability(n.into()), keys.probability(u64::MAX)), (0.0, 0.0));
            let mut rng = Rng::new(1);
            assert!((0..10_000).all(|_| keys.pick(&mut rng) < n.into()), "{kind:?}, {n} keys");
        }
    }
}

/// Oracle: Zipf's law with the harmonic number of 10,000 worked out elsewhere, 9.787606.
#[test]
fn zipf_shares_are_those_of_the_law() {
    let keys = KeysConfig::Zipf(ZipfConfig { keys: 10_000, exponent: 1.0 }).build().expect("in range");
    for rank in [1_u64, 2, 3, 100, 10_000] {
        let expected = 1.0 / (rank as f64 * 9.787_606_036_044_348);
        assert!((keys.probability(rank - 1) / expected - 1.0).abs() < 1e-12, "rank {rank}");
    }
    let flat = KeysConfig::Zipf(ZipfConfig { keys: 4, exponent: 0.0 }).build().expect("in range");
    assert_eq!(flat.probabilities(), [0.25; 4]);
}

#[test]
fn a_fifth_of_the_keys_gets_four_fifths_of_the_requests() {
    let config = HotSetConfig { keys: 1_000, hot: 0.2, traffic: 0.8 };
    let counts = count(&mut KeysConfig::HotSet(config).build().expect("in range"), 100_000);
    let hot = counts[..200].iter().sum::<u64>() as f64 / 100_000.0;
    assert!((hot - 0.8).abs() < 5.0 * 0.00127, "{hot}");
    // The ends: one hot key at least, and without cold keys the hot ones get everything.
    let celebrity = KeysConfig::HotSet(HotSetConfig { keys: 10, hot: 0.0, traffic: 0.5 }).build().expect("in range");
    assert_eq!(celebrity.probability(0), 0.5);
    let all_hot = KeysConfig::HotSet(HotSetConfig { keys: 10, hot: 1.0, traffic: 0.0 }).build().expect("in range");
    assert_eq!(all_hot.probability(9), 0.1);
}

#[test]
fn sequential_goes_round() {
    let mut keys = KeysKind::Sequential.config(3).build().expect("in range");
    let mut rng = Rng::new(1);
    assert_eq!([(); 7].map(|()| keys.pick(&mut rng)), [0, 1, 2, 0, 1, 2, 0]);
    assert_eq!(rng, Rng::new(1), "it draws no luck");
}

#[test]
fn operations_follow_their_weights() {
    let weights = [90.0, 9.0, 0.0, 1.0];
    let mix = Mix::new(&weights).expect("weights");
    let (mut counts, mut rng) = ([0; 4], Rng::new(43));
    (0..1_000_000).for_each(|_| counts[mix.pick(&mut rng) as usize] += 1);
    assert!(deviation(&counts, &weights.map(|weight| weight / 100.0)).abs() < 4.5, "{counts:?}");
    assert_eq!(counts[2], 0, "what has no weight never happens");
    let mut rng = Rng::new(1);
    assert_eq!(
        (Mix::new(&[3.0]).expect("one").pick(&mut rng), rng),
        (0, Rng::new(1)),
        "a single operation draws nothing"
    );
}

#[test]
fn settings_out_of_range_are_refused_with_value_and_bound() {
    for kind in KeysKind::ALL {
        for keys in [0, KEYS_MAX + 1] {
            let error = kind.config(keys).build().expect_err("out of range").to_string();
            assert_eq!(error, format!("`keys` is {keys}, but must be between 1 and 1000000"), "{kind:?}");
        }
    }
    let zipf = KeysConfig::Zipf(ZipfConfig { keys: 5, exponent: f64::NAN }).build().expect_err("out of range");
    assert_eq!(zipf.to_string(), "`exponent` is NaN, but must be between 0 and 5");
    assert_eq!(Mix::new(&[0.0, 0.0]).expect_err("nothing"), WorkloadError::NothingToChoose);
    for weights in [&[][..], &[1.0, -1.0], &[f64::NAN], &[f64::INFINITY], &[f64::MAX, f64::MAX]] {
        assert!(matches!(Mix::new(weights), Err(WorkloadError::OutOfRange { .. })), "{weights:?}");
    }
}

proptest! {
    #[test]
    fn any_weights_that_are_accepted_can_be_drawn_from(weights in vec(any::<f64>(), 1..20), seed: u64) {
        if let Ok(table) = Alias::new(&weights) {
            let mut rng = Rng::new(seed);
            for _ in 0..50 {
                let pick = table.pick(&mut rng) as usize;
                prop_assert!(weights[pick] > 0.0, "{} of {:?}", pick, weights);
            }
        }
    }
}

#[test]
fn a_clone_shares_the_table_and_repeats_the_draws() {
    let mut keys = KeysConfig::Zipf(ZipfConfig { keys: KEYS_MAX, exponent: 0.9 }).build().expect("in range");
    let (mut again, mut rng) = (keys.clone(), Rng::new(9));
    let mut luck = rng.clone();
    assert!((0..1_000).all(|_| keys.pick(&mut rng) == again.pick(&mut luck)));
}

#[test]
fn names_are_those_of_the_saved_form() {
    for kind in KeysKind::ALL {
        let saved = serde_json::to_string(kind).expect("a name");
        assert_eq!(saved, format!("\"{}\"", kind.name()));
        let text = serde_json::to_string(&kind.config(77)).expect("a config");
        let read: KeysConfig = serde_json::from_str(&text).expect("what was written");
        assert_eq!(read, kind.config(77));
        assert!(!kind.help().is_empty());
    }
}

/// An algorithm whose file is there is in the list, or this fails.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_file_has_its_line_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/keys");
    let sources = std::fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("a file").path());
    let files = sources.filter(|path| path.is_file() && !path.ends_with("mod.rs"));
    let algorithms = files
        .map(|path| std::fs::read_to_string(path).expect("text"))
        .filter(|text| text.contains("\nimpl Choice for "));
    assert_eq!(algorithms.count(), KeysKind::ALL.len());
}
