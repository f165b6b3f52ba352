//! What is commonly said about feeds, leaderboards and ids, measured. Each message carries the figure.

use base::{Rng, Span, Time};
use feed::id::{IdError, Layout, OnRegress, Snowflake};
use feed::{Algorithm, Author, Candidate, FanOut, Policy, Post, Ranked, SortedSet, Stages, Timeline, merge};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Timelines that a post is written to, when of `followers` one in ten was active lately; the outbox is one more.
fn writes(policy: Policy, followers: u64) -> u64 {
    let is_reached =
        |fan_out: FanOut, last_active| fan_out.reaches(last_active, Time::ZERO + Span::from_secs(30 * 86_400));
    let fan_out = policy.on_post(Author { followers });
    let active = Time::ZERO + Span::from_secs(29 * 86_400);
    let reached = |last, count| if is_reached(fan_out, last) { count } else { 0 };
    1 + reached(active, followers / 10) + reached(Time::ZERO, followers - followers / 10)
}

/// "The same post from authors with 500, 50,000 and 2,000,000 followers: F writes under push, one under pull, the active under hybrid."
#[test]
fn a_celebrity_costs_two_million_writes_under_push_and_one_under_pull_and_hybrid() {
    let row = |algorithm: Algorithm| [500, 50_000, 2_000_000].map(|followers| writes(algorithm.policy(), followers));
    assert_eq!(row(Algorithm::OnWrite), [501, 50_001, 2_000_001]);
    assert_eq!(row(Algorithm::OnRead), [1, 1, 1]);
    assert_eq!(row(Algorithm::Hybrid), [501, 5_001, 1], "one in ten was active within 7 days");
}

/// "Move the push/pull threshold and plot the whole cost: a U-shaped curve."
#[test]
fn the_whole_cost_over_the_limit_of_followers_falls_and_rises_again() {
    // Authors of which every tenth has ten times the followers; large authors post more than their followers read.
    let authors: Vec<(u64, u64)> = (0..5)
        .flat_map(|size| (0..10_u64.pow(4 - size)).map(move |_| (10 * 10_u64.pow(size), 1 + 3 * u64::from(size))))
        .collect();
    let reads = 4;
    let cost = |limit: u64| -> u64 {
        let policy = Policy::hybrid(limit, limit, Span::ZERO).expect("one limit");
        let of = |(followers, posts): &(u64, u64)| match policy.on_post(Author { followers: *followers }) {
            FanOut::Everybody => followers * posts,
            _ => posts + followers * reads,
        };
        authors.iter().map(of).sum()
    };
    let curve = [0, 11, 101, 1_001, 10_001, u64::MAX].map(cost);
    let best = curve.iter().enumerate().min_by_key(|(_, cost)| **cost).map(|(at, _)| at);
    assert_eq!(best, Some(2), "cost by limit: {curve:?}");
    assert!(curve[0] > curve[1] && curve[1] > curve[2] && curve[2] < curve[3] && curve[3] < curve[4], "{curve:?}");
}

/// "An author who crosses the limit has old pushed copies and pulled ones: doubles, until they are removed at the merge."
#[test]
fn an_author_who_crosses_a_limit_is_seen_twice_without_the_merge() {
    let (mut own, mut outbox) = (Timeline::new(800), Timeline::new(800));
    let policy = Algorithm::Hybrid.policy();
    for id in 0..20 {
        let post = Post { at: Time(id), id, author: 1 };
        outbox.push(post);
        if policy.on_post(Author { followers: 999_990 + id }).reaches(Time(id), Time(id)) {
            own.push(post);
        }
    }
    let concatenated = own.newest(50).chain(outbox.newest(50)).count();
    assert_eq!((concatenated, merge([&own, &outbox].into_iter(), 50).len()), (30, 20), "ten were pushed and pulled");
}

/// "The newest 800 entries are kept": a year of posts takes no more room than that.
#[test]
fn a_timeline_is_trimmed_to_its_800() {
    let mut timeline = Timeline::new(800);
    let dropped =
        (0..36_500).filter(|id| timeline.push(Post { at: Time(*id), id: *id, author: *id % 100 }).is_some()).count();
    assert_eq!((timeline.len(), dropped), (800, 35_700));
}

/// "Heavy work halves, at the price of what the light model cuts."
#[test]
fn two_stages_halve_the_heavy_work_and_lose_what_the_light_one_misjudges() {
    let mut rng = Rng::new(11);
    let good: Vec<f64> = (0..1_000).map(|_| rng.unit()).collect();
    let candidates: Vec<Candidate> =
        (0..1_000).map(|id| Candidate { id, author: id, light: good[id as usize] + 0.3 * rng.normal() }).collect();
    let best = |kept_by_light| {
        let stages = Stages { kept_by_light, kept_by_heavy: 100, most_by_author: 0, advertisement_every: 0 };
        stages.rank(&candidates, |candidate| good[candidate.id as usize]).expect("it shrinks")
    };
    let (one, two) = (best(1_000), best(500));
    let kept = two.slots.iter().filter(|slot| one.slots.contains(slot)).count();
    assert_eq!((one.heavy_looks, two.heavy_looks), (1_000, 500));
    assert!((80..100).contains(&kept), "{kept} of the best 100 are still there");
    assert!(matches!(one.slots[0], Ranked::Post(_)));
}

/// "Scores 123: 1500, 456: 2000, 789: 1800. Nearby is ten up and ten down: 21 rows in the middle of the table, 11 for the leader."
#[test]
fn around_a_player_are_21_rows_in_the_middle_and_11_at_the_top() {
    let (mut players, mut rng) = (SortedSet::new(), Rng::new(2));
    for player in 0..1_000_u32 {
        players.insert(player, i64::from(player) * 10, &mut rng);
    }
    assert_eq!([500, 999, 0].map(|player| players.around(&player, 10).len()), [21, 11, 11]);
    assert!(players.around(&5_000, 10).is_empty());
    // "A lower later score wins": it does when scores are overwritten, and not when they are raised.
    players.insert(7, 3, &mut rng);
    assert_eq!((players.score(&7), players.raise(8, 3, &mut rng)), (Some(3), 80));
    // "Ties by the order of the members."
    players.insert(2_001, 9_990, &mut rng);
    assert_eq!(players.descending(0).take(2).map(|(player, _)| *player).collect::<Vec<_>>(), [2_001, 999]);
}

/// "41 + 5 + 5 + 13 bits: 69.7 years, 8,192 ids a millisecond and server, and all 64 bits are used."
#[test]
fn the_layout_of_64_bits_makes_8192_ids_a_millisecond_for_69_years() {
    let layout = Layout { time_bits: 41, machine_bits: 10, sequence_bits: 13 };
    let mut maker = Snowflake::new(layout, 1023, Time::ZERO, OnRegress::Refuse).expect("64 bits");
    let now = Time(5_000_000);
    let made = core::iter::from_fn(|| maker.next(now).ok()).take(10_000).count();
    assert_eq!((made, maker.next(now)), (8_192, Err(IdError::NotBefore { at: Time(6_000_000) })));
    let years = (1_u64 << 41) as f64 / 1_000.0 / 86_400.0 / 365.25;
    assert!((years - 69.7).abs() < 0.05, "{years:.2} years");
    let last = Time::ZERO + Span::from_millis((1 << 41) - 1);
    assert!(maker.next(last).expect("the last millisecond") > 1 << 63, "the sign bit is used");
    assert_eq!(maker.next(last + Span::from_millis(1)), Err(IdError::OutOfTime { at: last + Span::from_millis(1) }));
}

/// "62^6 = 5.68e10, 62^7 = 3.52e12; 16^8 = 4.29e9 is less than the 6e9 addresses of five years, so eight hex digits must collide."
#[test]
fn eight_hex_digits_cannot_hold_five_years_of_addresses_and_seven_of_base_62_can() {
    let addresses = 6_000_000_000_u64;
    let (hex, six, seven) = (16_u64.pow(8), 62_u64.pow(6), 62_u64.pow(7));
    assert!(hex < addresses && addresses < six, "{hex}, {six}, {seven}");
    // Even where they fit, hashes collide: about n²/2N pairs.
    let pairs = (addresses as f64) * (addresses as f64) / (2.0 * seven as f64);
    assert!((5.0e6..5.3e6).contains(&pairs), "{pairs:.0} pairs of the 6e9 share seven digits");
}
