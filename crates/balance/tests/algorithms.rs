//! Each balancer against its own rule.

use balance::{Balance, Candidates, IpHash, LeastConnections, RoundRobin, TwoChoices};
use base::Rng;
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Picks of `balancer` for clients `0..n`.
fn picks(balancer: &mut impl Balance, healthy: &[bool], outstanding: &[u32], n: u64) -> Vec<usize> {
    let mut rng = Rng::new(1);
    let candidates = Candidates::new(healthy, outstanding);
    (0..n).map(|client| balancer.pick(&candidates, client, &mut rng).expect("somebody is healthy")).collect()
}

fn counts(picks: &[usize], members: usize) -> Vec<u64> {
    let mut counts = vec![0; members];
    picks.iter().for_each(|pick| counts[*pick] += 1);
    counts
}

proptest! {
    #[test]
    fn round_robin_counts_differ_by_at_most_one(mut healthy in vec(any::<bool>(), 1..=64), n in 1..300_u64) {
        healthy[0] = true;
        let picks = picks(&mut RoundRobin::default(), &healthy, &vec![0; healthy.len()], n);
        let counts = counts(&picks, healthy.len());
        let of_healthy = || counts.iter().zip(&healthy).filter(|(_, healthy)| **healthy).map(|(count, _)| *count);
        prop_assert!(of_healthy().max().unwrap_or(0) - of_healthy().min().unwrap_or(0) <= 1, "{:?}", counts);
    }

    /// Oracle: the minimum, by looking at everybody.
    #[test]
    fn least_connections_picks_a_minimum(loads in vec((any::<bool>(), 0..5_u32), 1..=64), skip in 0..80_u64) {
        let (healthy, outstanding): (Vec<bool>, Vec<u32>) = loads.into_iter().unzip();
        let mut balancer = LeastConnections::default();
        picks(&mut balancer, &[true; 64], &[0; 64], skip);
        let pick = balancer.pick(&Candidates::new(&healthy, &outstanding), 0, &mut Rng::new(1));
        let minimum = healthy.iter().zip(&outstanding).filter(|(healthy, _)| **healthy).map(|(_, load)| *load).min();
        prop_assert_eq!(pick.map(|index| outstanding[index]), minimum);
    }

    #[test]
    fn two_choices_never_picks_the_one_most_loaded(mut loads in vec(0..100_u32, 2..=64), most in 0..64_usize, seed: u64) {
        let most = most % loads.len();
        loads[most] = 100;
        let pick = TwoChoices.pick(&Candidates::new(&vec![true; loads.len()], &loads), 0, &mut Rng::new(seed));
        prop_assert_ne!(pick, Some(most));
    }
}

#[test]
fn least_connections_takes_turns_among_equals() {
    let healthy = [true, true, false, true];
    assert_eq!(picks(&mut LeastConnections::default(), &healthy, &[2, 2, 0, 2], 6), [0, 1, 3, 0, 1, 3]);
    assert_eq!(picks(&mut LeastConnections::default(), &healthy, &[2, 1, 0, 1], 4), [1, 3, 1, 3]);
}

/// Oracle: of n members with different loads, the one with r less loaded than itself wins (n - 1 - r) of the n(n - 1)/2 pairs.
#[test]
fn two_choices_draws_every_pair_alike() {
    let (healthy, outstanding) = ([true, true, false, true, true, true], [40, 10, 0, 30, 20, 50]);
    let n = 100_000;
    let counts = counts(&picks(&mut TwoChoices, &healthy, &outstanding, n), 6);
    let wins_of_ten = [1.0, 4.0, 0.0, 2.0, 3.0, 0.0];
    let square = |(count, wins): (&u64, f64)| {
        let expected = wins / 10.0 * n as f64;
        if expected > 0.0 { (*count as f64 - expected) * (*count as f64 - expected) / expected } else { *count as f64 }
    };
    let chi_square: f64 = counts.iter().zip(wins_of_ten).map(square).sum();
    // 3 degrees of freedom: 99.99% of samples lie below 21.1.
    assert!(chi_square < 21.1, "{counts:?} gives {chi_square}");
}

/// Mitzenmacher's point: 64 requests on 64 idle members; the fullest gets about 4.3 by chance and 2.5 by two choices.
#[test]
fn two_choices_keep_the_fullest_member_low() {
    let mean_of_fullest = |choose: &dyn Fn(&[u32], &mut Rng) -> usize| {
        let (mut rng, trials, mut sum) = (Rng::new(3), 400, 0);
        for _ in 0..trials {
            let mut loads = [0_u32; 64];
            for _ in 0..64 {
                loads[choose(&loads, &mut rng)] += 1;
            }
            sum += loads.iter().max().unwrap_or(&0);
        }
        f64::from(sum) / f64::from(trials)
    };
    let one = mean_of_fullest(&|_, rng| rng.below(64) as usize);
    let two = mean_of_fullest(&|loads, rng| {
        TwoChoices.pick(&Candidates::new(&[true; 64], loads), 0, rng).expect("everybody is healthy")
    });
    assert!((3.9..4.7).contains(&one) && (2.1..2.9).contains(&two), "one choice {one}, two choices {two}");
}

#[test]
fn ip_hash_moves_only_the_clients_of_a_lost_member_and_spreads_them() {
    let (clients, outstanding) = (10_000, [0; 8]);
    let mut healthy = [true; 8];
    let before = picks(&mut IpHash, &healthy, &outstanding, clients);
    healthy[3] = false;
    let during = picks(&mut IpHash, &healthy, &outstanding, clients);
    let moved: Vec<usize> = before.iter().zip(&during).filter(|(was, is)| was != is).map(|(_, is)| *is).collect();
    assert!(before.iter().zip(&during).all(|(was, is)| was == is || *was == 3), "a healthy member lost a client");
    let spread = counts(&moved, 8);
    assert!((1_100..1_400).contains(&moved.len()), "about an eighth moves: {}", moved.len());
    assert!(spread.iter().enumerate().all(|(index, count)| index == 3 || *count > 120), "{spread:?}");
    healthy[3] = true;
    assert_eq!(picks(&mut IpHash, &healthy, &outstanding, clients), before, "they return when it does");
}
