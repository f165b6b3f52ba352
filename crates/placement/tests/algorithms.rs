//! Each algorithm against its paper's figures, another implementation's vectors, or brute force.

use base::{stable_hash, stable_hash_u64};
use placement::{
    Algorithm, Config, Excess, Favourites, Jump, JumpConfig, Ketama, KetamaError, Maglev, MaglevConfig, Place,
    Placement, Plan, Rendezvous, RendezvousConfig, Ring, RingConfig, TableError, by_draw, jump, maglev_table, modulo,
};
use placement::{BoundError, BoundedLoad};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn of(algorithm: Algorithm, weights: &[u32]) -> Placement {
    let mut place = algorithm.config().build();
    for (member, weight) in weights.iter().enumerate() {
        place.add(member as u32, stable_hash(&format!("member-{member}")), *weight).expect("a new member");
    }
    place
}

fn keys(n: u64) -> impl Iterator<Item = u64> {
    (0..n).map(|key| stable_hash_u64(key ^ 0x1234_0000_0000))
}

/// Share of the hashes that each member owns, exactly, from the boundaries.
fn shares(place: &Placement) -> Vec<f64> {
    let nobody = Algorithm::Ring.config().build();
    let plan = Plan::between(&nobody, place);
    let mut shares = vec![0.0; place.members().len()];
    for range in plan.moves() {
        let owner = range.to.expect("there are members") as usize;
        shares[owner] += ((range.last - range.first) as f64 + 1.0) / 18_446_744_073_709_551_616.0;
    }
    shares
}

/// Oracle: the vectors that go-jump's tests take from the paper's C++.
#[test]
fn jump_equals_the_reference_implementations_vectors() {
    for (key, buckets) in [
        (0, [0; 19]),
        (1, [0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 17, 17]),
        (0xDEAD_BEEF, [0, 1, 2, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 16, 16, 16]),
        (0x0DDC_0FFE_EBAD_F00D, [0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 15, 15, 15, 15]),
    ] {
        let ours: Vec<u32> = (1..=19).map(|n| jump(key, n).expect("there are buckets")).collect();
        assert_eq!(ours, buckets, "key {key:#x}");
    }
    assert_eq!((jump(1, 0), jump(u64::MAX, 1)), (None, Some(0)));
    assert!(jump(7, u32::MAX).is_some_and(|bucket| bucket < u32::MAX));
}

/// The paper's table 1: shares of 1,000,000 keys, whose deviation for 1,000 buckets is that of chance, 3.2% of the mean.
#[test]
fn jump_is_as_even_as_chance() {
    let (n, buckets) = (200_000, 100);
    let mut counts = vec![0.0; buckets];
    keys(n).for_each(|key| counts[jump(key, buckets as u32).expect("buckets") as usize] += 1.0);
    let mean = n as f64 / buckets as f64;
    let variance = counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / buckets as f64;
    let relative = (variance / mean).sqrt();
    assert!((0.75..1.25).contains(&relative), "the deviation is {relative} of that of a Poisson count");
}

/// Oracle: the example of the paper's table 1, before and after B1 is lost.
#[test]
fn maglev_fills_the_papers_table() {
    let row = |offset, skip| Favourites { offset, skip, weight: 1 };
    let all = [row(3, 4), row(0, 2), row(3, 1)];
    assert_eq!(maglev_table(7, &all), Ok(vec![1, 0, 1, 0, 2, 2, 0]));
    assert_eq!(maglev_table(7, &[all[0], all[2]]), Ok(vec![0, 0, 0, 0, 1, 1, 1]));
}

#[test]
fn maglev_tables_that_cannot_be_filled_say_why() {
    let row = |offset, skip, weight| Favourites { offset, skip, weight };
    assert_eq!(maglev_table(7, &[]), Err(TableError::Nobody));
    assert_eq!(maglev_table(7, &[row(0, 1, 0)]), Err(TableError::Nobody));
    assert_eq!(maglev_table(0, &[row(0, 1, 1)]), Err(TableError::Size { size: 0 }));
    assert_eq!(maglev_table(u64::MAX, &[row(0, 1, 1)]), Err(TableError::Size { size: u64::MAX }));
    assert_eq!(maglev_table(8, &[row(1, 0, 1)]), Err(TableError::Unclaimed { entries: 7 }));
    assert_eq!(maglev_table(8, &[row(0, 4, 1), row(1, 2, 1)]), Err(TableError::Unclaimed { entries: 2 }));
    assert_eq!(maglev_table(8, &[row(u64::MAX, u64::MAX, 3)]).map(|table| table.len()), Ok(8));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Oracle: the paper's pseudocode with the whole permutation written out.
    #[test]
    fn maglev_equals_the_pseudocode(rows in vec((0..1_000_u64, 1..1_000_u64), 1..9), prime in 0..4_usize) {
        let size = [7, 31, 101, 251][prime];
        let rows: Vec<(u64, u64)> = rows.into_iter().map(|(offset, skip)| (offset, skip % (size - 1) + 1)).collect();
        let permutations: Vec<Vec<u64>> =
            rows.iter().map(|(offset, skip)| (0..size).map(|j| (offset + j * skip) % size).collect()).collect();
        let (mut entry, mut next, mut filled) = (vec![None; size as usize], vec![0; rows.len()], 0);
        'fill: loop {
            for i in 0..rows.len() {
                let mut at = permutations[i][next[i]];
                while entry[at as usize].is_some() {
                    next[i] += 1;
                    at = permutations[i][next[i]];
                }
                entry[at as usize] = Some(i as u32);
                next[i] += 1;
                filled += 1;
                if filled == size {
                    break 'fill;
                }
            }
        }
        let favourites: Vec<Favourites> =
            rows.iter().map(|(offset, skip)| Favourites { offset: *offset, skip: *skip, weight: 1 }).collect();
        let expected: Vec<u32> = entry.into_iter().flatten().collect();
        prop_assert_eq!(maglev_table(size, &favourites), Ok(expected));
    }

    /// Oracle: the definition, by looking for who may come before whom.
    #[test]
    fn preference_by_draws_is_highest_first_and_ties_go_to_the_smaller(draws in vec((0..5_u64, any::<u32>()), 0..12)) {
        let mut ordered = draws.clone();
        by_draw(&mut ordered);
        let in_order = |pair: &[(u64, u32)]| pair[0].0 > pair[1].0 || pair[0].0 == pair[1].0 && pair[0].1 <= pair[1].1;
        prop_assert!(ordered.windows(2).all(in_order));
        prop_assert_eq!(ordered.len(), draws.len());
    }

    /// Oracle: for every item, every point, by looking at all.
    #[test]
    fn bounded_load_takes_the_nearest_with_room(
        points in vec((0..200_u64, 0..5_u32), 1..20),
        items in vec(0..220_u64, 1..40),
        (over, under) in (0..4_u64, 1..4_u64),
    ) {
        let ring = Ring::from_points(&points);
        let n = ring.members().len() as u64;
        let (m, mut loads) = (items.len() as u64, [0_u64; 5]);
        // The smallest whole number that is not below (1 + over/under)·m/n.
        let cap = (0..).find(|cap| cap * n * under >= (under + over) * m).expect("one is large enough");
        let excess = Excess::new(over, under).expect("not over zero");
        prop_assert_eq!(excess.cap(m, n), Some(cap));
        let mut bounded = BoundedLoad::new(excess, m);
        for item in &items {
            let free = points.iter().filter(|(_, member)| loads[*member as usize] < cap);
            let nearest = free.min_by_key(|(at, member)| (at.wrapping_sub(*item), *member)).expect("there is room").1;
            loads[nearest as usize] += 1;
            prop_assert_eq!(bounded.assign(&ring, *item), Ok(nearest));
        }
        prop_assert_eq!(bounded.assign(&ring, 0), Err(BoundError::Full { items: m }));
        prop_assert!((0..5).all(|member| bounded.load(member) == loads[member as usize]));
    }
}

#[test]
fn bounded_load_gives_back_and_says_when_nobody_is_there() {
    let even = Excess::new(0, 1).expect("not over zero");
    assert_eq!(Excess::new(1, 0), Err(BoundError::Excess));
    assert_eq!(BoundedLoad::new(even, 3).assign(&Ring::default(), 7), Err(BoundError::Nobody));
    assert_eq!((even.cap(5, 0), even.cap(u64::MAX, 1), even.cap(4, 2)), (None, Some(u64::MAX), Some(2)));
    let ring = Ring::from_points(&[(10, 0), (20, 1)]);
    let mut bounded = BoundedLoad::new(even, 2);
    assert_eq!((bounded.assign(&ring, 5), bounded.assign(&ring, 5)), (Ok(0), Ok(1)), "the second walks on");
    assert!(bounded.release(0) && !bounded.release(0));
    assert_eq!(bounded.assign(&ring, 5), Ok(0));
}

/// With ε = 1/4 nobody is above 1.25 times the mean, where the bare ring of 10 points a member is far above.
#[test]
fn bounded_load_bounds_what_a_coarse_ring_does_not() {
    let mut ring = Ring::new(RingConfig { points: 10 });
    (0..10).for_each(|member| ring.add(member, stable_hash(&format!("m{member}")), 1).expect("a new member"));
    let mut bounded = BoundedLoad::new(Excess::new(1, 4).expect("not over zero"), 10_000);
    let mut bare = [0_u64; 10];
    for key in keys(10_000) {
        bare[ring.owner(key).expect("members") as usize] += 1;
        bounded.assign(&ring, key).expect("there is room");
    }
    let most = |loads: &mut dyn Iterator<Item = u64>| loads.max().unwrap_or(0) as f64 / 1_000.0;
    let (with, without) = (most(&mut (0..10).map(|member| bounded.load(member))), most(&mut bare.into_iter()));
    assert!(with <= 1.25 && without > 1.4, "the largest load is {with} of the mean with the bound, {without} without");
}

/// Oracle: libketama's definition, worked out with another MD5 (Python's hashlib): the points of one server, and three owners.
#[test]
fn ketama_has_libketamas_points() {
    let ring = Ketama::new(&[("10.0.1.1:11211", 600)]).expect("it weighs something");
    assert_eq!(ring.points().len(), 160);
    assert!(KETAMA_FIRST_DIGEST.iter().all(|point| ring.points().contains(&(*point, 0))), "{:?}", ring.points());
    let weighted = Ketama::new(&[("a", 1), ("b", 2), ("c", 0)]).expect("they weigh something");
    let of = |server| weighted.points().iter().filter(|(_, owner)| *owner == server).count();
    assert_eq!((of(0), of(1), of(2)), (40 * 4, 80 * 4, 0), "⌊1/3·40·3⌋, ⌊2/3·40·3⌋ and none digests of four points");
}

/// Of `10.0.1.1:11211-0`.
const KETAMA_FIRST_DIGEST: [u32; 4] = [2_431_485_715, 4_123_933_443, 100_894_374, 2_720_740_989];

#[test]
fn ketama_without_weight_or_with_too_many_servers_is_refused() {
    assert_eq!(Ketama::new(&[]).err(), Some(KetamaError::Weightless));
    assert_eq!(Ketama::new(&[("a", 0)]).err(), Some(KetamaError::Weightless));
    assert_eq!(Ketama::new(&vec![("a", 1); 10_001]).err(), Some(KetamaError::Crowded { servers: 10_001 }));
    let huge = Ketama::new(&[("a", u64::MAX), ("b", u64::MAX)]).expect("sums do not overflow");
    assert!(huge.owner("key").is_some());
}

#[test]
fn shares_follow_weights() {
    let total = 7.0;
    for (algorithm, tolerance) in [
        (Algorithm::Modulo, 0.001),
        (Algorithm::EvenRanges, 1e-9),
        (Algorithm::Jump, 0.02),
        (Algorithm::Rendezvous, 0.02),
        (Algorithm::Maglev, 0.0001),
        (Algorithm::Ring, 0.06),
    ] {
        let shares = shares(&of(algorithm, &[1, 2, 4]));
        for (share, weight) in shares.iter().zip([1.0, 2.0, 4.0]) {
            assert!((share - weight / total).abs() < tolerance, "{algorithm:?}: {shares:?}");
        }
    }
}

/// Four algorithms side by side: what moves when a fourth member joins three, and an eleventh ten. Least possible: 1/4 and 1/11.
#[test]
fn what_moves_is_what_the_table_says() {
    let moved =
        |algorithm, n: usize| Plan::between(&of(algorithm, &vec![1; n]), &of(algorithm, &vec![1; n + 1])).share();
    for (algorithm, three, ten, tolerance) in [
        (Algorithm::Modulo, 0.75, 10.0 / 11.0, 0.001),
        (Algorithm::EvenRanges, 0.5, 0.5, 0.001),
        (Algorithm::Jump, 0.25, 1.0 / 11.0, 0.01),
        (Algorithm::Rendezvous, 0.25, 1.0 / 11.0, 0.01),
        (Algorithm::Maglev, 0.25, 1.0 / 11.0, 0.03),
        (Algorithm::Ring, 0.25, 1.0 / 11.0, 0.03),
    ] {
        let (from_three, from_ten) = (moved(algorithm, 3), moved(algorithm, 10));
        println!("{algorithm:?}: {from_three:.4} moved from 3 to 4, {from_ten:.4} from 10 to 11");
        assert!((from_three - three).abs() < tolerance, "{algorithm:?}: {from_three} moved from 3 to 4");
        assert!((from_ten - ten).abs() < tolerance, "{algorithm:?}: {from_ten} moved from 10 to 11");
    }
}

/// The harm of numbered buckets: when a member leaves from the middle, keys of others move under jump, and none under rendezvous.
#[test]
fn a_member_that_leaves_from_the_middle_disturbs_others_under_jump_only() {
    let disturbed = |algorithm| {
        let before = of(algorithm, &[1; 10]);
        let mut after = before.clone();
        after.remove(4);
        let plan = Plan::between(&before, &after);
        let others = plan.moves().iter().filter(|range| range.from != Some(4));
        others.map(|range| (range.last - range.first) as f64 / 18_446_744_073_709_551_616.0).sum::<f64>()
    };
    let (jump, rendezvous) = (disturbed(Algorithm::Jump), disturbed(Algorithm::Rendezvous));
    assert!(jump > 0.3 && rendezvous == 0.0, "jump moved {jump} of all keys needlessly, rendezvous {rendezvous}");
}

/// Maglev moves a little more than it must: the paper's section 5.3 finds about two in a hundred entries with small tables.
#[test]
fn maglev_disturbs_few_entries_of_others() {
    let (before, after) = (of(Algorithm::Maglev, &[1; 10]), of(Algorithm::Maglev, &[1; 11]));
    let plan = Plan::between(&before, &after);
    let astray: f64 =
        plan.moves().iter().filter(|range| range.to != Some(10)).map(|range| (range.last - range.first) as f64).sum();
    let astray = astray / 18_446_744_073_709_551_616.0;
    assert!(astray > 0.0 && astray < 0.02, "{astray} of all keys moved between old members");
    let shares = shares(&after);
    let (most, least) = shares.iter().fold((0.0, 1.0), |(most, least): (f64, f64), share| {
        (if *share > most { *share } else { most }, if *share < least { *share } else { least })
    });
    assert!((most - least) * 65_537.0 < 1.5, "shares differ by {} entries", (most - least) * 65_537.0);
}

/// A thousand members of a hundred points: a lookup looks at no more points than the logarithm of their number and one.
#[test]
fn a_lookup_among_100_000_points_looks_at_17() {
    let mut ring = Ring::new(RingConfig { points: 100 });
    (0..1_000).for_each(|member| ring.add(member, u64::from(member), 1).expect("a new member"));
    assert_eq!(ring.points().count(), 100_000);
    let most = keys(10_000).map(|key| ring.looked_at(key)).max().unwrap_or(0);
    assert!(most <= 18, "a lookup looked at {most} of 100,000 points");
    let mut all = Vec::new();
    ring.preference(7, usize::MAX, &mut all);
    all.sort_unstable();
    assert_eq!(all, (0..1_000).collect::<Vec<_>>());
}

#[test]
fn numbers_outside_their_bounds_come_to_the_nearest() {
    let places = [
        Config::Jump(JumpConfig { slots: 0 }),
        Config::Jump(JumpConfig { slots: u32::MAX }),
        Config::Rendezvous(RendezvousConfig { slots: 0 }),
        Config::Maglev(MaglevConfig { entries: 0 }),
    ];
    for config in places {
        let mut place = config.build();
        place.add(1, 1, 1).expect("a new member");
        assert_eq!((place.owner(0), place.owner(u64::MAX)), (Some(1), Some(1)), "{config:?}");
    }
    assert_eq!(Maglev::new(MaglevConfig { entries: 100 }).entries(), 101);
    assert_eq!(Maglev::new(MaglevConfig { entries: u32::MAX }).entries(), 655_373);
    assert_eq!((modulo(8_472_391, 3), modulo(7, 0)), (Some(1), None), "a worked example: shard 1 of 3");
    let mut crowded = Jump::new(JumpConfig::default());
    assert!((0..1_000).all(|member| crowded.add(member, 0, 100).is_ok()), "a hundred thousand units fit");
    assert!(crowded.add(1_000, 0, 1).is_err(), "and no more");
    assert!(Rendezvous::new(RendezvousConfig::default()).owner(7).is_none());
}
