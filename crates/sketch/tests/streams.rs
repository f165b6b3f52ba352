//! Counts, frequent items, distinct items, samples and quantiles of streams, against exact ones and within the stated bounds.

use base::Rng;
use proptest::collection::vec;
use proptest::prelude::*;
use sketch::{CountMin, DdSketch, HeavyHitters, HyperLogLog, PositionError, Reservoir, SpaceSaving};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A skewed stream: item i about as often as 1/(i+1), and its exact counts.
fn skewed(n: u64, items: u32, seed: u64) -> (Vec<u64>, BTreeMap<u64, u64>) {
    let mut rng = Rng::new(seed);
    // exp(u ln(N+1)) - 1 has the density of 1/(x+1).
    let draw = |rng: &mut Rng| libm::expm1(rng.unit() * libm::log1p(f64::from(items))) as u64;
    let stream: Vec<u64> = (0..n).map(|_| draw(&mut rng)).collect();
    let mut counts = BTreeMap::new();
    stream.iter().for_each(|item| *counts.entry(*item).or_insert(0) += 1);
    (stream, counts)
}

/// Oracle: exact counts, and the theorem's bound on how many may be too large by more than epsilon of all.
#[test]
fn count_min_is_never_below_and_rarely_far_above() {
    for (epsilon, delta) in [(0.01, 0.1), (0.001, 0.01), (0.0005, 0.001)] {
        let mut counts = CountMin::for_error(epsilon, delta).expect("a size");
        let (stream, exact) = skewed(100_000, 20_000, 3);
        stream.iter().for_each(|item| {
            counts.add(*item, 1);
        });
        assert!(exact.iter().all(|(item, count)| counts.estimate(*item) >= *count), "never below");
        let far = |item: u64, count: u64| counts.estimate(item) as f64 > count as f64 + epsilon * 100_000.0;
        let probes = exact.iter().map(|(item, count)| (*item, *count)).chain((30_000..50_000).map(|item| (item, 0)));
        let (far, all) = probes.fold((0, 0), |(bad, all), (item, count)| (bad + u32::from(far(item, count)), all + 1));
        println!("epsilon {epsilon}, delta {delta}: {far} of {all} are too large by more than epsilon of all");
        assert!(f64::from(far) <= delta * f64::from(all), "{far} of {all}, at most {delta} may be");
    }
}

#[test]
fn count_min_has_the_size_of_the_theorem_and_refuses_what_cannot_be() {
    let counts = CountMin::for_error(0.01, 0.01).expect("a size");
    assert_eq!((counts.rows().count(), counts.rows().next().map(<[u64]>::len)), (5, Some(272)));
    for (width, depth) in [(0, 1), (1, 0), (1 << 24, 2), (u64::MAX, u32::MAX)] {
        assert!(CountMin::new(width, depth).is_err(), "{width} by {depth}");
    }
    for (epsilon, delta) in [(0.0, 0.1), (1.0, 0.1), (0.1, 0.0), (0.1, f64::NAN), (1e-300, 0.5)] {
        assert!(CountMin::for_error(epsilon, delta).is_err(), "{epsilon}, {delta}");
    }
}

#[test]
fn count_min_takes_positions_from_outside_and_checks_them() {
    let mut counts = CountMin::new(9, 2).expect("a size");
    assert_eq!((counts.add_at(&[2, 6], 3), counts.add_at(&[2, 7], 1)), (Ok(()), Ok(())));
    assert_eq!((counts.estimate_at(&[2, 6]), counts.estimate_at(&[2, 7]), counts.total()), (Ok(3), Ok(1), 4));
    assert_eq!(counts.add_at(&[2], 1), Err(PositionError::Number { positions: 1, depth: 2 }));
    assert_eq!(counts.add_at(&[2, 9], 1), Err(PositionError::Outside { position: 9, width: 9 }));
    assert_eq!(counts.total(), 4, "a refusal counts nothing");
    let mut full = CountMin::new(1, 1).expect("a size");
    full.add(1, u64::MAX);
    assert_eq!((full.add(1, 5), full.total()), (u64::MAX, u64::MAX));
}

proptest! {
    /// Merging two tables is counting both streams in one.
    #[test]
    fn count_min_merges(left in vec(0..50_u64, 0..100), right in vec(0..50_u64, 0..100)) {
        let counted = |items: &[u64]| {
            let mut counts = CountMin::new(20, 3).expect("a size");
            items.iter().for_each(|item| { counts.add(*item, 1); });
            counts
        };
        let mut merged = counted(&left);
        prop_assert!(merged.merge(&counted(&right)));
        prop_assert_eq!(merged, counted(&[left, right].concat()));
    }

    /// Oracle: the listing, over a plain map; and the theorem's bounds.
    #[test]
    fn space_saving_follows_the_listing_and_keeps_its_bounds(k in 1..8_usize, stream in vec(0..16_u64, 0..300)) {
        let mut seen = SpaceSaving::new(k as u64).expect("at least one");
        let (mut model, mut exact) = (BTreeMap::<u64, (u64, u64)>::new(), BTreeMap::<u64, u64>::new());
        for item in &stream {
            seen.add(*item);
            *exact.entry(*item).or_default() += 1;
            if let Some(counter) = model.get_mut(item) {
                counter.0 += 1;
            } else if model.len() < k {
                model.insert(*item, (1, 0));
            } else {
                let least = model.values().map(|counter| counter.0).min().expect("at least one");
                let gone = *model.iter().find(|(_, counter)| counter.0 == least).expect("the least is there").0;
                model.remove(&gone);
                model.insert(*item, (least + 1, least));
            }
        }
        let counters: BTreeMap<u64, (u64, u64)> = seen.counters().map(|(item, c)| (*item, (c.count, c.error))).collect();
        prop_assert_eq!(&counters, &model);
        let (n, k) = (stream.len() as u64, k as u64);
        for (item, (count, error)) in &counters {
            prop_assert!(count - error <= exact[item] && exact[item] <= *count && *error <= n / k);
        }
        prop_assert_eq!(counters.values().map(|(count, _)| count).sum::<u64>(), n, "nothing is lost");
        prop_assert!(exact.iter().all(|(item, count)| *count <= n / k || counters.contains_key(item)), "no frequent item is missed");
        let tops: Vec<u64> = seen.top().map(|(_, counter)| counter.count).collect();
        prop_assert!(tops.is_sorted_by(|a, b| a >= b));
    }

    /// Oracle: sorted values, rank floor(q (n-1)).
    #[test]
    fn quantiles_are_within_the_stated_share(values in vec(prop_oneof![Just(0.0), 1e-6..1e-3, 0.1..10.0, 1e3..1e9_f64], 1..300), q in 0.0..1.0_f64) {
        let alpha = 0.02;
        let mut sketch = DdSketch::new(alpha, 4_096).expect("a share");
        values.iter().for_each(|value| sketch.add(*value).expect("not negative"));
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        for q in [q, 0.0, 0.5, 0.99, 1.0] {
            let exact = sorted[libm::floor(q * (sorted.len() - 1) as f64) as usize];
            let answer = sketch.quantile(q).expect("not empty");
            prop_assert!((answer - exact).abs() <= alpha * exact * (1.0 + 1e-9), "q {}: {} for {}", q, answer, exact);
        }
    }
}

/// Oracle: exact counts. Nothing above the share is missed, nothing far below it is named.
#[test]
fn heavy_hitters_misses_nobody() {
    let mut heavy = HeavyHitters::new(0.01, 0.001, 0.001).expect("shares");
    let (stream, exact) = skewed(100_000, 20_000, 5);
    stream.iter().for_each(|item| heavy.add(*item, 1));
    let named = heavy.heavy();
    let must: Vec<u64> = exact.iter().filter(|(_, count)| **count >= 1_000).map(|(item, _)| *item).collect();
    println!("{} items make up at least 1 %, {} are named", must.len(), named.len());
    assert!(
        must.len() > 5 && must.iter().all(|item| named.iter().any(|(other, _)| other == item)),
        "{must:?} {named:?}"
    );
    assert!(named.iter().all(|(item, _)| exact[item] >= 900), "an item below phi - epsilon is named: {named:?}");
    assert!(named.is_sorted_by(|a, b| a.1 >= b.1));
}

/// Oracle: exact numbers; the relative error over independent trials has the stated standard deviation, and no trial is far off.
#[test]
fn hyper_log_log_has_its_standard_error() {
    for (precision, number) in [(10, 300_u64), (10, 100_000), (12, 1_000), (12, 50_000), (14, 200_000)] {
        let trials = 40;
        let mut squares = 0.0;
        for trial in 0..trials {
            let mut seen = HyperLogLog::new(precision).expect("a precision");
            (0..number).for_each(|item| seen.add(trial << 40 | item));
            (0..number / 2).for_each(|item| seen.add(trial << 40 | item));
            let error = seen.estimate() / number as f64 - 1.0;
            assert!(error.abs() < 5.0 * seen.standard_error(), "p {precision}, {number} items: off by {error}");
            squares += error * error;
        }
        let (measured, stated) = (libm::sqrt(squares / trials as f64), 1.04 / libm::sqrt(f64::from(1 << precision)));
        println!("p {precision}, {number} items: standard error {measured:.4}, stated {stated:.4}");
        assert!(measured < 1.4 * stated, "p {precision}, {number} items: {measured} measured, {stated} stated");
    }
}

#[test]
fn hyper_log_log_knows_the_ends() {
    let mut seen = HyperLogLog::new(4).expect("a precision");
    assert_eq!(seen.estimate(), 0.0);
    seen.add_hash(0);
    seen.add_hash(u64::MAX);
    assert_eq!((seen.registers()[0], seen.registers()[15]), (61, 1), "60 zeros are rank 61");
    assert!(HyperLogLog::new(3).is_err() && HyperLogLog::new(19).is_err());
    let mut other = HyperLogLog::new(4).expect("a precision");
    other.add_hash(7 << 60 | 1);
    let mut both = seen.clone();
    assert!(both.merge(&other) && !both.merge(&HyperLogLog::new(5).expect("a precision")));
    other.add_hash(0);
    other.add_hash(u64::MAX);
    assert_eq!(both, other, "merging is as if all had been seen");
}

/// Oracle: the closed form, k/n for every item, five sigma; and pairs, so that samples and not only items are fair.
#[test]
fn a_reservoir_is_fair_to_items_and_pairs() {
    let (mut rng, trials, n, k) = (Rng::new(9), 40_000_u32, 8_u64, 3_u32);
    let (mut singles, mut pairs) = ([0_u32; 8], 0_u32);
    for _ in 0..trials {
        let mut reservoir = Reservoir::new(k);
        (0..n).for_each(|item| reservoir.add(item, &mut rng));
        assert_eq!((reservoir.sample().len(), reservoir.seen()), (3, 8));
        reservoir.sample().iter().for_each(|item| singles[*item as usize] += 1);
        pairs += u32::from(reservoir.sample().contains(&0) && reservoir.sample().contains(&7));
    }
    let near = |count: u32, p: f64| {
        (f64::from(count) - p * f64::from(trials)).abs() < 5.0 * libm::sqrt(f64::from(trials) * p * (1.0 - p))
    };
    assert!(singles.iter().all(|count| near(*count, 3.0 / 8.0)), "{singles:?}");
    assert!(near(pairs, 3.0 / 8.0 * 2.0 / 7.0), "{pairs} pairs");
    let mut none = Reservoir::new(0);
    none.add(1, &mut rng);
    assert!(none.sample().is_empty());
}

#[test]
fn a_quantile_sketch_refuses_what_is_no_value_and_merges() {
    let mut sketch = DdSketch::new(0.01, 2_048).expect("a share");
    for value in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(sketch.add(value).is_err());
    }
    assert_eq!((sketch.quantile(0.5), sketch.count()), (None, 0));
    let mut other = sketch.clone();
    let mut all = sketch.clone();
    for n in 1..=1_000 {
        let half = if n % 2 == 0 { &mut sketch } else { &mut other };
        half.add(f64::from(n)).expect("a value");
        all.add(f64::from(n)).expect("a value");
    }
    assert!(sketch.merge(&other) && sketch == all);
    assert!(!sketch.merge(&DdSketch::new(0.05, 10).expect("a share")));
    for alpha in [0.0, 1.0, f64::NAN, 1e-9] {
        assert!(DdSketch::new(alpha, 10).is_err(), "{alpha}");
    }
    assert!(DdSketch::new(0.01, 0).is_err());
}

/// Few bars: the lowest are put together, the high quantiles keep their guarantee.
#[test]
fn a_quantile_sketch_with_few_bars_keeps_the_high_quantiles() {
    let mut sketch = DdSketch::new(0.01, 64).expect("a share");
    (1..=100_000).for_each(|n| sketch.add(f64::from(n)).expect("a value"));
    let (p99, p10) = (sketch.quantile(0.99).expect("seen"), sketch.quantile(0.1).expect("seen"));
    assert!((p99 / 99_000.0 - 1.0).abs() < 0.0102, "p99 is {p99}");
    assert!(p10 > 11_000.0, "the low ones are no longer within 1 %: {p10}");
}
