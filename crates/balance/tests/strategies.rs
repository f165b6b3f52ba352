//! The balancers that go by weight, time, key and client, each against its own rule, and what the study notes claim.

use balance::bounded_load::{first_below, load_cap};
use balance::{
    ActivePassive, Algorithm, Balance, Balancer, BoundedLoad, Candidates, IpHash, LeastResponseTime, PeakEwma, Random,
    Response, Routes, SlowStart, SmoothWeighted, StickyCookie, UrlHash, WeightedRandom,
};
use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn counts(picks: &[usize], members: usize) -> Vec<u64> {
    let mut counts = vec![0; members];
    picks.iter().for_each(|pick| counts[*pick] += 1);
    counts
}

fn weighted_picks(balancer: &mut impl Balance, healthy: &[bool], weights: &[u32], n: u64) -> Vec<usize> {
    let (mut rng, idle) = (Rng::new(2), vec![0; healthy.len()]);
    let candidates = Candidates::new(healthy, &idle).weighted(weights);
    (0..n).map(|client| balancer.pick(&candidates, client, &mut rng).expect("somebody is healthy")).collect()
}

/// Published: nginx's own example, weights 5, 1, 1.
#[test]
fn smooth_weighted_mixes_as_nginx_does() {
    let picks = weighted_picks(&mut SmoothWeighted::default(), &[true; 3], &[5, 1, 1], 14);
    assert_eq!(picks, [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0]);
    let zeros = weighted_picks(&mut SmoothWeighted::default(), &[true, false, true], &[0, 7, 0], 4);
    assert_eq!(zeros, [0, 2, 0, 2], "all drained are all alike");
}

proptest! {
    /// Law: of every S picks each gets exactly its weight, and a drained one nothing.
    #[test]
    fn smooth_weighted_is_exact_over_a_round(mut weights in vec(0..9_u32, 1..12), sick in 0..12_usize, rounds in 1..4_u64) {
        weights[0] = 3;
        let healthy: Vec<bool> = (0..weights.len()).map(|index| index == 0 || index != sick).collect();
        let due: Vec<u64> = weights.iter().zip(&healthy).map(|(weight, healthy)| if *healthy { u64::from(*weight) } else { 0 }).collect();
        let picks = weighted_picks(&mut SmoothWeighted::default(), &healthy, &weights, due.iter().sum::<u64>() * rounds);
        let expected: Vec<u64> = due.iter().map(|weight| weight * rounds).collect();
        prop_assert_eq!(counts(&picks, weights.len()), expected);
    }

    /// Law: nobody ever has more than ceil(5/4 × mean); the pick is the first such one on the walk, in an order that is the key's own.
    #[test]
    fn bounded_load_never_exceeds_its_cap(keys in vec((0..30_u64, any::<bool>()), 1..300), mut healthy in vec(any::<bool>(), 1..12)) {
        healthy[0] = true;
        let (mut balancer, mut rng) = (BoundedLoad::default(), Rng::new(1));
        let (mut outstanding, mut under_way) = (vec![0_u32; healthy.len()], Vec::new());
        let members = healthy.iter().filter(|healthy| **healthy).count() as u64;
        for (key, ends) in keys {
            if ends && !under_way.is_empty() {
                outstanding[under_way.swap_remove(key as usize % under_way.len())] -= 1;
                continue;
            }
            let cap = load_cap(outstanding.iter().map(|n| u64::from(*n)).sum(), members);
            let pick = balancer.pick(&Candidates::new(&healthy, &outstanding), key, &mut rng).expect("somebody has room");
            outstanding[pick] += 1;
            under_way.push(pick);
            prop_assert!(u64::from(outstanding[pick]) <= cap, "{:?}, cap {}", outstanding, cap);
            let idle = vec![0; healthy.len()];
            let own = balancer.clone().pick(&Candidates::new(&healthy, &idle), key, &mut rng).expect("idle");
            prop_assert!(pick == own || u64::from(outstanding[own]) >= cap, "only a full one is passed");
        }
    }

    /// Oracle: the definition over any walk.
    #[test]
    fn the_walk_ends_at_the_first_below_the_cap(walk in vec(0..8_usize, 0..20), members in vec((any::<bool>(), 0..5_u32), 1..8)) {
        let (healthy, outstanding): (Vec<bool>, Vec<u32>) = members.iter().copied().unzip();
        let of_healthy: Vec<u64> = members.iter().filter(|(healthy, _)| *healthy).map(|(_, n)| u64::from(*n)).collect();
        let cap = (5 * (of_healthy.iter().sum::<u64>() + 1)).div_ceil(4 * (of_healthy.len() as u64).max(1));
        let fits = |index: &&usize| members.get(**index).is_some_and(|(healthy, n)| *healthy && u64::from(*n) < cap);
        let expected = walk.iter().find(fits).copied();
        prop_assert_eq!(first_below(walk.iter().copied(), &Candidates::new(&healthy, &outstanding)), expected);
    }

    #[test]
    fn slow_start_grows_from_its_least_to_all(window in 0..100_u64, least_percent in 0..150_u32, weight in 0..10_u32, up in vec(0..120_u64, 2)) {
        let start = SlowStart { window: Span(window), least_percent };
        let at = |up: u64| start.weight(weight, Some(Time(50)), Time(50 + up));
        let (early, late) = (up[0].min(up[1]), up[0].max(up[1]));
        prop_assert!(at(early) <= at(late) && at(late) <= weight * 100 && at(0) >= weight * least_percent.min(100) || window == 0);
        prop_assert_eq!((at(window), start.weight(weight, None, Time(50))), (weight * 100, weight * 100));
    }
}

/// Notes: A with weight 3 gets three times as much as B with 1. Chi-square with 3 degrees of freedom: 99.99% lie below 21.1.
#[test]
fn random_ones_follow_their_weights() {
    let chi_square = |counts: &[u64], shares: &[f64]| -> f64 {
        let n = counts.iter().sum::<u64>() as f64;
        counts
            .iter()
            .zip(shares)
            .map(|(count, share)| (*count as f64 - n * share) * (*count as f64 - n * share) / (n * share))
            .sum()
    };
    let weighted = counts(&weighted_picks(&mut WeightedRandom, &[true; 4], &[3, 1, 4, 2], 100_000), 4);
    let plain = counts(&weighted_picks(&mut Random, &[true; 4], &[3, 1, 4, 2], 100_000), 4);
    let measured = [chi_square(&weighted, &[0.3, 0.1, 0.4, 0.2]), chi_square(&plain, &[0.25; 4])];
    assert!(measured.iter().all(|value| *value < 21.1), "{measured:?}: {weighted:?}, {plain:?}");
    assert_eq!(
        counts(&weighted_picks(&mut WeightedRandom, &[true; 3], &[0, 5, 0], 100), 3),
        [0, 100, 0],
        "drained ones get nothing"
    );
}

/// What a run of calls over single-worker servers gives: mean and 99th percentile of the response, picks of each, failures.
struct Run {
    mean: f64,
    p99: f64,
    picks: Vec<u64>,
    failed: u64,
}

/// Poisson calls at `rate` a second; `serve` gives a server's time for a call in seconds, negative when it fails after that time at once,
/// without waiting in line. Oracle-side simulation: the balancer sees only what a balancer sees.
fn run(
    mut balancer: Balancer,
    servers: usize,
    rate: f64,
    n: u32,
    mut serve: impl FnMut(usize, f64, &mut Rng) -> f64,
) -> Run {
    let (mut luck, mut arrivals, mut work) = (Rng::new(1), Rng::new(2), Rng::new(3));
    let mut free_at = vec![0.0_f64; servers];
    let (mut outstanding, mut now, mut ends) = (vec![0_u32; servers], 0.0, BTreeMap::new());
    let (mut responses, mut picks, mut failed) = (Vec::new(), vec![0; servers], 0);
    let moment = |seconds: f64| Time((seconds * 1e9) as u64);
    let healthy = vec![true; servers];
    for call in 0..n {
        now += arrivals.exponential() / rate;
        while ends.first_key_value().is_some_and(|((end, _), _)| *end <= moment(now)) {
            let (_, response): (_, Response) = ends.pop_first().expect("just seen");
            outstanding[response.member] -= 1;
            balancer.on_response(response);
        }
        let candidates = Candidates::new(&healthy, &outstanding).at(moment(now));
        let member = balancer.pick(&candidates, u64::from(call), &mut luck).expect("all are healthy");
        outstanding[member] += 1;
        picks[member] += 1;
        let time = serve(member, now, &mut work);
        let ok = time >= 0.0;
        let end = if ok { free_at[member].clamp(now, f64::MAX) + time } else { now - time };
        if ok {
            free_at[member] = end;
        }
        failed += u64::from(!ok);
        responses.push(end - now);
        let took = moment(end).since(moment(now));
        ends.insert((moment(end), call), Response { member, took, ok, now: moment(end) });
    }
    responses.sort_by(f64::total_cmp);
    let mean = responses.iter().sum::<f64>() / f64::from(n);
    Run { mean, p99: responses[responses.len() * 99 / 100], picks, failed }
}

/// Notes, four servers at 80%: constant work, round robin mean 1.38, least connections 1.45, random 3.0; work of 0.2 (90%) or 8.2 (10%),
/// round robin 12.2, least connections 4.2, random 14.1.
#[test]
fn round_robin_is_for_equal_work_and_least_connections_for_the_rest() {
    let algorithms = [Algorithm::RoundRobin, Algorithm::LeastConnections, Algorithm::Random];
    let equal = algorithms.map(|algorithm| run(algorithm.build(), 4, 3.2, 150_000, |_, _, _| 1.0).mean);
    let mixed = |_: usize, _: f64, work: &mut Rng| if work.chance(0.1) { 8.2 } else { 0.2 };
    let varied = algorithms.map(|algorithm| run(algorithm.build(), 4, 3.2, 150_000, mixed).mean);
    for (measured, notes) in equal.into_iter().zip([1.38, 1.45, 3.0]) {
        assert!((measured / notes - 1.0_f64).abs() < 0.06, "equal work: {equal:?}, notes 1.38, 1.45, 3.0");
    }
    for (measured, notes) in varied.into_iter().zip([12.2, 4.2, 14.1]) {
        assert!((measured / notes - 1.0_f64).abs() < 0.25, "varied work: {varied:?}, notes 12.2, 4.2, 14.1");
    }
}

/// Notes: least response time can herd. One server in four is five times slower from the middle on: who notices?
#[test]
fn peak_ewma_leaves_a_member_that_becomes_slow_and_does_not_herd() {
    let serve = |member: usize, now: f64, work: &mut Rng| {
        work.exponential() * if member == 0 && now > 500.0 { 0.050 } else { 0.010 }
    };
    let slowed = |algorithm: Algorithm| run(algorithm.build(), 4, 200.0, 200_000, serve);
    let (round_robin, least, peak) =
        (slowed(Algorithm::RoundRobin), slowed(Algorithm::LeastResponseTime), slowed(Algorithm::PeakEwma));
    assert!(
        peak.p99 < least.p99 / 2.0 && peak.p99 < round_robin.p99 / 10.0,
        "p99: {}, {}, {}",
        peak.p99,
        least.p99,
        round_robin.p99
    );
    assert!(peak.picks[0] < 40_000, "the slow one gets less: {:?}", peak.picks);
}

/// Notes: whoever fails fast looks quickest of all (and least loaded): errors are quick.
#[test]
fn a_member_that_fails_at_once_attracts_everything_that_goes_by_time_or_load() {
    let serve = |member: usize, _: f64, work: &mut Rng| if member == 0 { -0.000_1 } else { work.exponential() * 0.010 };
    let share = |algorithm: Algorithm| {
        let outcome = run(algorithm.build(), 4, 280.0, 50_000, serve);
        outcome.failed as f64 / 50_000.0
    };
    let least_time = share(Algorithm::LeastResponseTime);
    let (least_connections, round_robin, peak) =
        (share(Algorithm::LeastConnections), share(Algorithm::RoundRobin), share(Algorithm::PeakEwma));
    assert!(least_time > 0.95, "least response time: {least_time}");
    assert!(least_connections > 0.35, "least connections: {least_connections}");
    assert!((0.24..0.26).contains(&round_robin), "round robin: {round_robin}");
    assert!(peak < 0.4, "peak EWMA, which takes failures for slow: {peak}");
}

#[test]
fn least_response_time_is_the_average_and_tries_everybody_first() {
    let (mut balancer, mut rng) = (LeastResponseTime::default(), Rng::new(1));
    let mut pick = |balancer: &mut LeastResponseTime| balancer.pick(&Candidates::new(&[true; 3], &[0; 3]), 0, &mut rng);
    let answer = |member, took| Response { member, took: Span(took), ok: true, now: Time::ZERO };
    for (member, took) in [(0, 800), (1, 400), (2, 500)] {
        assert_eq!(pick(&mut balancer), Some(member), "nobody is heard of yet");
        balancer.on_response(answer(member, took));
    }
    assert_eq!(pick(&mut balancer), Some(1));
    // 400 + (1300 - 400) / 8 = 512.5, above 500.
    balancer.on_response(answer(1, 1_300));
    assert_eq!(pick(&mut balancer), Some(2));
    balancer.on_response(answer(99, 1));
}

/// Oracle: the closed form. A peak of 1 s is believed at once; after 10 s of nothing it is 1 s / e.
#[test]
fn peak_ewma_believes_a_peak_at_once_and_forgets_it_slowly() {
    let second = 1_000_000_000;
    let picks_of_first = |after: u64, other_ms: u64| {
        let (mut balancer, mut rng) = (PeakEwma::default(), Rng::new(1));
        let candidates = |now| Candidates::new(&[true; 2], &[0; 2]).at(now);
        balancer.pick(&candidates(Time::ZERO), 0, &mut rng);
        let now = Time(after * second);
        balancer.on_response(Response { member: 0, took: Span(second), ok: true, now: Time::ZERO });
        balancer.on_response(Response { member: 1, took: Span::from_millis(other_ms), ok: true, now });
        (0..100).filter(|_| balancer.pick(&candidates(now), 0, &mut rng) == Some(0)).count()
    };
    // 1 s / e = 367.9 ms.
    assert_eq!([picks_of_first(10, 367), picks_of_first(10, 369)], [0, 100]);
    assert_eq!([picks_of_first(0, 999), picks_of_first(0, 1_001)], [0, 100]);
}

/// Oracle: cost × (outstanding + 1). 100 ms × 3 is more than 250 ms and less than 350 ms; a failure counts as the costliest.
#[test]
fn peak_ewma_counts_who_waits_already_and_takes_a_failure_for_slow() {
    let picks_of_first = |outstanding: [u32; 2], second_ms: u64, ok: bool| {
        let (mut balancer, mut rng) = (PeakEwma::default(), Rng::new(1));
        let candidates = Candidates::new(&[true; 2], &outstanding);
        balancer.pick(&candidates, 0, &mut rng);
        for (member, ms, ok) in [(1, second_ms, true), (0, 100, ok)] {
            balancer.on_response(Response { member, took: Span::from_millis(ms), ok, now: Time::ZERO });
        }
        (0..100).filter(|_| balancer.pick(&candidates, 0, &mut rng) == Some(0)).count()
    };
    assert_eq!([picks_of_first([2, 0], 250, true), picks_of_first([2, 0], 350, true)], [0, 100]);
    assert_eq!([picks_of_first([1, 0], 150, true), picks_of_first([1, 0], 250, true)], [0, 100]);
    assert_eq!(
        [picks_of_first([0, 1], 150, true), picks_of_first([1, 0], 250, false)],
        [100, 0],
        "it failed after 100 ms"
    );
}

#[test]
fn url_hash_keeps_a_key_on_its_member_and_bounded_load_spreads_a_hot_one() {
    let (mut rng, idle) = (Rng::new(1), [0; 8]);
    let everybody = Candidates::new(&[true; 8], &idle);
    let all: Vec<Option<usize>> = (0..1_000).map(|key| UrlHash::default().pick(&everybody, key, &mut rng)).collect();
    assert_eq!(all, (0..1_000).map(|key| IpHash.pick(&everybody, key, &mut rng)).collect::<Vec<_>>());

    let hot = |mut balancer: Balancer| {
        let mut outstanding = [0_u32; 8];
        for _ in 0..80 {
            let pick = balancer.pick(&Candidates::new(&[true; 8], &outstanding), 7, &mut Rng::new(1)).expect("healthy");
            outstanding[pick] += 1;
        }
        outstanding.into_iter().max()
    };
    let measured = [hot(Algorithm::UrlHash.build()), hot(Algorithm::BoundedLoad.build())];
    // ceil(1.25 × 80 / 8) = 13.
    assert_eq!(measured, [Some(80), Some(13)], "80 requests of one key on 8 members");
}

/// Minimal disruption: a lost member's keys move and no others; a new one takes only what becomes its own.
#[test]
fn bounded_load_moves_only_what_it_must() {
    let owners = |healthy: &[bool]| -> Vec<usize> {
        let (mut balancer, idle) = (BoundedLoad::default(), vec![0; healthy.len()]);
        (0..10_000)
            .map(|key| balancer.pick(&Candidates::new(healthy, &idle), key, &mut Rng::new(1)).expect("healthy"))
            .collect()
    };
    let (all, without, more) =
        (owners(&[true; 8]), owners(&[true, true, true, false, true, true, true, true]), owners(&[true; 9]));
    assert!(all.iter().zip(&without).all(|(was, is)| was == is || *was == 3));
    let moved = all.iter().zip(&more).filter(|(was, is)| was != is).count();
    assert!(
        all.iter().zip(&more).all(|(was, is)| was == is || *is == 8) && (800..1_500).contains(&moved),
        "{moved} of 10000 moved"
    );
}

/// Notes: IP hash by modulo, and any hash over a changed number of members, moves almost every client.
#[test]
fn a_hash_over_a_changed_number_moves_most_clients() {
    let of = |members: usize| -> Vec<Option<usize>> {
        let (healthy, idle) = (vec![true; members], vec![0; members]);
        (0..10_000).map(|client| IpHash.pick(&Candidates::new(&healthy, &idle), client, &mut Rng::new(1))).collect()
    };
    let moved = of(4).iter().zip(&of(5)).filter(|(was, is)| was != is).count();
    assert!(moved > 4_500, "{moved} of 10000 moved when a fifth member came");
}

/// Notes: sticky sessions give uneven load and do not go with autoscaling: those who come later meet an idle member, the others never.
#[test]
fn sticky_clients_stay_even_when_a_member_comes_or_returns() {
    let (mut balancer, mut rng) = (StickyCookie::default(), Rng::new(1));
    let mut picks = |healthy: &[bool], clients: core::ops::Range<u64>| -> Vec<usize> {
        let idle = vec![0; healthy.len()];
        clients
            .map(|client| balancer.pick(&Candidates::new(healthy, &idle), client, &mut rng).expect("healthy"))
            .collect()
    };
    let before = picks(&[true; 3], 0..900);
    assert_eq!(counts(&before, 3), [300; 3]);
    let during = picks(&[true, false, true], 0..900);
    assert!(before.iter().zip(&during).all(|(was, is)| was == is || *was == 1));
    assert_eq!(picks(&[true; 3], 0..900), during, "they stay where they went");
    let scaled_out = counts(&picks(&[true; 4], 0..900), 4);
    assert_eq!(
        (scaled_out[1], scaled_out[3]),
        (0, 0),
        "the new one and the one that was lost stay idle: {scaled_out:?}"
    );
}

#[test]
fn the_passive_one_works_only_while_the_active_one_is_gone() {
    let pick = |healthy: &[bool]| ActivePassive.pick(&Candidates::new(healthy, &[0; 2]), 0, &mut Rng::new(1));
    assert_eq!(
        [pick(&[true, true]), pick(&[false, true]), pick(&[true, true]), pick(&[false, false])],
        [Some(0), Some(1), Some(0), None]
    );
}

/// Notes: /api/users/* to A, /api/products/* to B.
#[test]
fn the_longest_prefix_of_whole_segments_wins() {
    let mut routes = Routes::new();
    [("/api/users", 0), ("/api/products/", 1), ("/api", 2)]
        .iter()
        .for_each(|(prefix, group)| routes.add(prefix, *group));
    let cases = [
        ("/api/users/7?x=/api/products", Some(0)),
        ("/api/users", Some(0)),
        ("/api/products/1/2#top", Some(1)),
        ("/api/usersearch", Some(2)),
        ("/apis", None),
        ("", None),
    ];
    cases.iter().for_each(|(path, group)| assert_eq!(routes.group(path), *group, "{path}"));
    routes.add("/", 9);
    assert_eq!((routes.group("/apis"), routes.group("")), (Some(9), Some(9)));
}

#[test]
fn a_member_that_returns_gets_its_share_little_by_little() {
    let (start, back) = (SlowStart::default(), Time::ZERO + Span::from_secs(100));
    let share = |secs: u64| {
        let now = back + Span::from_secs(secs);
        let weights = [start.weight(1, None, now), start.weight(1, Some(back), now)];
        counts(
            &weighted_picks(&mut SmoothWeighted::default(), &[true; 2], &weights, u64::from(weights[0] + weights[1])),
            2,
        )[1]
    };
    assert_eq!([share(0), share(15), share(30)], [10, 55, 100], "of 110, 155 and 200");
}
