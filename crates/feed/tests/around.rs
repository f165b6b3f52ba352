//! Ranking, sorted sets, ids and expiry. Each against an oracle that its test names.

use base::{Rng, Span, Time};
use feed::expiry::{Lives, Wheel};
use feed::id::{Codes, IdError, Layout, OnRegress, Snowflake, Tickets, base62, from_base62, random_code};
use feed::{Candidate, Ranked, SortedSet, Stages, blend};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

proptest! {
    /// Oracle: a list that is sorted anew after every step.
    #[test]
    fn a_sorted_set_is_a_sorted_list(seed: u64, steps in vec((0..5_u8, 0..30_u8, -5..5_i64), 0..200), from in 0..35_u32) {
        let (mut set, mut model, mut rng) = (SortedSet::new(), BTreeMap::<u8, i64>::new(), Rng::new(seed));
        for (kind, member, score) in steps {
            match kind {
                0 => assert_eq!(set.remove(&member), model.remove(&member)),
                1 => {
                    let sum = model.get(&member).unwrap_or(&0) + score;
                    assert_eq!(set.add(member, score, &mut rng), sum);
                    model.insert(member, sum);
                }
                2 => {
                    let best = model.get(&member).map_or(score, |old| *old.max(&score));
                    assert_eq!(set.raise(member, score, &mut rng), best);
                    model.insert(member, best);
                }
                _ => assert_eq!(set.insert(member, score, &mut rng), model.insert(member, score)),
            }
        }
        let mut list: Vec<(i64, u8)> = model.iter().map(|(member, score)| (*score, *member)).collect();
        list.sort_unstable();
        for (rank, (score, member)) in list.iter().enumerate() {
            assert_eq!((set.rank(member), set.score(member)), (Some(rank as u32), Some(*score)));
            assert_eq!(set.rank_from_top(member), Some((list.len() - 1 - rank) as u32));
        }
        for (score, member) in (-6..7).flat_map(|score| [0, 7, 15, 29].map(|member| (score, member))) {
            let above = list.iter().filter(|other| **other > (score, member)).count();
            assert_eq!(set.above(score, &member), above as u32);
        }
        let pair = |(score, member): &(i64, u8)| (*member, *score);
        let own = |(member, score): (&u8, i64)| (*member, score);
        assert!(set.ascending(from).map(own).eq(list.iter().skip(from as usize).map(pair)));
        assert!(set.descending(from).map(own).eq(list.iter().rev().skip(from as usize).map(pair)));
        let within = list.iter().filter(|(score, _)| (-2..=1).contains(score)).map(pair);
        assert!(set.between(-2, 1).map(own).eq(within));
    }

    /// Oracle: the set of all ids made, and their order.
    #[test]
    fn a_machine_never_makes_an_id_twice_and_later_ones_are_larger(
        steps in vec(-3_000_000..4_000_000_i64, 1..200), kind in 0..3_u8, bits in 1..4_u32,
    ) {
        let at_most = Span::from_millis(5);
        let on_regress = [OnRegress::Refuse, OnRegress::Wait { at_most }, OnRegress::Borrow { at_most }][kind as usize];
        let layout = Layout { sequence_bits: bits, ..Layout::default() };
        let mut maker = Snowflake::new(layout, 3, Time(1_000_000), on_regress).expect("it fits");
        let (mut now, mut last) = (Time(50_000_000), None);
        for step in steps {
            now = Time(now.0.saturating_add_signed(step).max(1_000_000));
            match maker.next(now) {
                Ok(id) => {
                    assert!(last < Some(id), "{id} after {last:?}");
                    last = Some(id);
                }
                Err(IdError::NotBefore { at }) => {
                    assert!(at > now && maker.clone().next(at).is_ok(), "told to come at {at:?}");
                    assert!(maker.clone().next(at - Span(1)).is_err(), "not a nanosecond earlier");
                }
                Err(IdError::ClockBack { behind }) => {
                    assert!(on_regress == OnRegress::Refuse || behind >= at_most, "{behind:?} under {on_regress:?}");
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn base_62_reads_back_and_sorts_as_its_numbers(a: u64, b: u64) {
        assert_eq!(from_base62(&base62(a)), Ok(a));
        let padded = |number| format!("{:0>11}", base62(number));
        assert_eq!(padded(a).cmp(&padded(b)), a.cmp(&b));
    }

    /// Oracle: a list of keys with their ticks, looked through at every step.
    #[test]
    fn a_wheel_lets_each_key_be_due_in_its_tick(
        tick in 1..20_u64, steps in vec((0..6_u8, 0..20_u64, prop_oneof![0..200_u64, 0..100_000_u64, any::<u64>()]), 0..80),
    ) {
        let (mut wheel, mut model, mut now) = (Wheel::new(Span(tick)), BTreeMap::<u64, u64>::new(), 0_u64);
        for (kind, key, number) in steps {
            match kind {
                0 => assert_eq!(wheel.cancel(key), model.remove(&key).is_some()),
                1 | 2 => {
                    now = now.saturating_add(number % 100_000);
                    let mut due: Vec<(u64, u64)> =
                        model.iter().map(|(key, at)| (*at, *key)).filter(|(at, _)| *at <= now / tick).collect();
                    due.sort_unstable();
                    for (_, key) in &due {
                        model.remove(key);
                    }
                    assert_eq!(wheel.advance(Time(now)), due.iter().map(|(_, key)| *key).collect::<Vec<_>>());
                }
                _ => {
                    let at = now.saturating_add(number);
                    wheel.schedule(key, Time(at));
                    model.insert(key, at.div_ceil(tick).max(now / tick + 1));
                }
            }
            assert_eq!(wheel.pending(), model.len() as u64);
        }
    }

    /// Oracle: a map of ends. Who asks never gets what has expired, and a sample removes nothing that lives.
    #[test]
    fn nobody_gets_what_has_expired_and_nothing_alive_is_removed(seed: u64, steps in vec((0..4_u8, 0..20_u64, 0..50_u64), 0..120)) {
        let (mut lives, mut model, mut now, mut rng) = (Lives::new(), BTreeMap::new(), 0, Rng::new(seed));
        for (kind, key, number) in steps {
            now += number / 4;
            match kind {
                0 => assert_eq!(lives.is_alive(key, Time(now)), model.get(&key).is_some_and(|end| now < *end)),
                1 => {
                        lives.sample(Time(now), 5, 0.25, 4, &mut rng);
                    }
                _ => {
                    lives.set(key, Time(now + number));
                    model.insert(key, now + number);
                }
            }
            let alive = model.values().filter(|end| now < **end).count() as u64;
            assert_eq!(lives.kept() - lives.dead(Time(now)), alive);
        }
    }

    /// Oracle: the definition, by sorting everything at each stage.
    #[test]
    fn two_stages_keep_the_best_of_what_the_light_one_left(scores in vec((0..6_u8, 0..6_u8), 0..40), light in 0..20_u32, heavy in 0..20_u32, author in 0..4_u32) {
        let candidates: Vec<Candidate> = scores.iter().enumerate()
            .map(|(id, (seen, _))| Candidate { id: id as u64, author: id as u64 % 3, light: f64::from(*seen) }).collect();
        let stages = Stages { kept_by_light: light.max(heavy), kept_by_heavy: heavy, most_by_author: author, advertisement_every: 0 };
        let ranking = stages.rank(&candidates, |candidate| f64::from(scores[candidate.id as usize].1)).expect("they shrink");
        let mut left: Vec<u64> = (0..scores.len() as u64).collect();
        left.sort_by_key(|id| core::cmp::Reverse((scores[*id as usize].0, *id)));
        left.truncate(stages.kept_by_light as usize);
        assert_eq!(ranking.heavy_looks, left.len() as u64);
        left.sort_by_key(|id| core::cmp::Reverse((scores[*id as usize].1, *id)));
        let mut counts = [0; 3];
        left.retain(|id| {
            counts[*id as usize % 3] += 1;
            author == 0 || counts[*id as usize % 3] <= author
        });
        left.truncate(heavy as usize);
        assert_eq!(ranking.slots, left.into_iter().map(Ranked::Post).collect::<Vec<_>>());
    }
}

/// The usual listing goes on from the clock, whatever it shows.
#[test]
fn a_maker_that_ignores_a_clock_that_goes_back_makes_ids_twice() {
    let made = |on_regress| {
        let mut maker = Snowflake::new(Layout::default(), 1, Time::ZERO, on_regress).expect("it fits");
        let clock = [10, 11, 12, 10, 11, 12, 13_u64].map(|ms| Time(ms * 1_000_000));
        let ids: Vec<u64> = clock.into_iter().filter_map(|now| maker.next(now).ok()).collect();
        (ids.len(), ids.iter().collect::<BTreeSet<_>>().len())
    };
    let at_most = Span::from_millis(5);
    assert_eq!(made(OnRegress::Ignore), (7, 4), "ids made, and different ones");
    assert_eq!(made(OnRegress::Borrow { at_most }), (7, 7));
    assert_eq!(made(OnRegress::Refuse), (5, 5), "at 12 ms again the clock has caught up");
    assert_eq!(made(OnRegress::Wait { at_most }), (5, 5));
}

#[test]
fn what_cannot_be_an_id_or_a_code_is_refused() {
    let new = |layout, machine| Snowflake::new(layout, machine, Time(5), OnRegress::Refuse);
    assert!(new(Layout { time_bits: 64, machine_bits: 0, sequence_bits: 1 }, 0).is_err());
    assert!(new(Layout { time_bits: u32::MAX, machine_bits: u32::MAX, sequence_bits: 4 }, 0).is_err());
    assert_eq!(new(Layout::default(), 1024).expect_err("ten bits").to_string(), "machine 1024 must be under 1024");
    let mut maker = new(Layout { time_bits: 1, ..Layout::default() }, 0).expect("it fits");
    assert_eq!(maker.next(Time(4)), Err(IdError::OutOfTime { at: Time(4) }), "before the epoch");
    assert!(maker.next(Time(1_999_999)).is_ok() && maker.next(Time(2_000_005)).is_err());
    for code in ["", "a-b", "é", "LygHa16AHYG", "zzzzzzzzzzzz"] {
        assert!(from_base62(code).is_err(), "{code:?}");
    }
    assert_eq!((base62(u64::MAX).as_str(), from_base62("LygHa16AHYF")), ("LygHa16AHYF", Ok(u64::MAX)));
}

/// Closed formula: of n codes among N the expected number of collisions is n - N (1 - (1 - 1/N)^n).
#[test]
fn short_hash_codes_collide_as_birthdays_do_and_stay_different() {
    let mut codes = Codes::new(3, 50);
    let made: BTreeSet<String> =
        (0..20_000).map(|n| codes.code(&format!("https://example.com/{n}")).expect("room")).collect();
    assert_eq!(made.len(), 20_000);
    // A text draws until it finds a free code, so text n collides n/N times on average: about n²/2N, and a little more.
    let expected = 20_000.0 * 20_000.0 / (2.0 * 62.0 * 62.0 * 62.0);
    let collisions = codes.collisions() as f64;
    assert!((collisions / expected - 1.0).abs() < 0.15, "{collisions} collisions, expected about {expected:.0}");
    let mut full = Codes::new(1, 500);
    let refused = (0..200).filter(|n| full.code(&n.to_string()).is_err()).count();
    assert_eq!(refused, 138, "62 codes of one digit");
}

/// Ranges that are given follow one another to the last number there is; random codes stay below their length's end and fill it.
#[test]
fn tickets_follow_one_another_and_random_codes_fill_their_length() {
    let mut tickets = Tickets::new(u64::MAX - 5);
    assert_eq!(tickets.take(3), u64::MAX - 5..u64::MAX - 2);
    assert_eq!(tickets.take(9), u64::MAX - 2..u64::MAX);
    assert!(tickets.take(1).is_empty(), "the numbers are used up");
    let mut rng = Rng::stream(5, &[]);
    let seen: BTreeSet<u64> = (0..2_000).map(|_| random_code(1, &mut rng)).collect();
    assert_eq!(seen, (0..62).collect(), "one digit");
    assert!((0..1_000).all(|_| random_code(99, &mut rng) < 62_u64.pow(10)), "ten digits at most");
}

/// Lazy keeps every dead key that nobody asks for; cycles of samples, often enough, bring them to about a quarter; a wheel keeps none.
#[test]
fn cycles_of_samples_bring_the_dead_under_a_quarter_and_a_wheel_to_none() {
    let (mut lives, mut wheel, mut rng) = (Lives::new(), Wheel::new(Span::from_millis(1)), Rng::new(9));
    for key in 0..10_000 {
        let end = Time::ZERO + Span::from_millis(if key % 2 == 0 { 500 } else { 5_000 });
        lives.set(key, end);
        wheel.schedule(key, end);
    }
    let now = Time::ZERO + Span::from_secs(1);
    assert_eq!(lives.dead(now), 5_000, "lazy: nobody asked");
    let mut shares = Vec::new();
    for _ in 0..200 {
        lives.sample(now, 20, 0.25, u32::MAX, &mut rng);
        shares.push(lives.dead(now) as f64 / lives.kept() as f64);
    }
    let below = shares.iter().position(|share| *share < 0.25);
    assert!(
        below.is_some_and(|cycles| cycles < 150),
        "under a quarter after {below:?} cycles, in the end {:?}",
        shares.last()
    );
    assert!(shares[0] > 0.4, "one cycle ends by luck long before, at {:.3}", shares[0]);
    assert_eq!((wheel.advance(now).len(), wheel.pending()), (5_000, 5_000));
}

#[test]
fn advertisements_take_every_fifth_slot() {
    let candidates: Vec<Candidate> = (0..100).map(|id| Candidate { id, author: id, light: 0.0 }).collect();
    let slots = Stages::default().rank(&candidates, |_| f64::NAN).expect("they shrink").slots;
    let places: Vec<usize> =
        (0..slots.len()).filter(|at| slots[*at] == Ranked::Advertisement).map(|at| at + 1).collect();
    assert_eq!((places.len(), places[0], places[24]), (25, 5, 125), "between 100 posts");
    let error = Stages { kept_by_light: 5, ..Stages::default() }.rank(&[], |_| 0.0).expect_err("it grows");
    assert_eq!(error.to_string(), "the heavy stage keeps 100, but must keep at most what the light one does, 5");
    assert!((blend(&[(0.6, 1.0), (0.3, 0.5), (0.1, f64::NAN)]) - 0.75).abs() < 1e-12);
}
