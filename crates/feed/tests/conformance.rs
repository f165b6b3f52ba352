//! What every way of fan-out promises, held over the list of the family. Oracle: all posts of everybody followed, sorted.

use base::{Span, Time};
use feed::{Algorithm, Author, FanOut, Policy, Post, Reader, Timeline, merge};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const WINDOW: Span = Span(50);

/// A world of one reader and three authors whose followers only grow.
struct World {
    policy: Policy,
    own: Timeline,
    outboxes: Vec<Timeline>,
    followers: Vec<u64>,
    last_active: Time,
    all: Vec<Post>,
    writes: u64,
}

impl World {
    fn new(policy: Policy) -> World {
        let outboxes = vec![Timeline::new(1_000); 3];
        let (own, all) = (Timeline::new(1_000), Vec::new());
        World { policy, own, outboxes, followers: vec![1, 10, 100], last_active: Time::ZERO, all, writes: 0 }
    }

    fn post(&mut self, author: usize, now: Time) {
        let post = Post { at: now, id: self.all.len() as u64, author: author as u64 };
        self.outboxes[author].push(post);
        self.all.push(post);
        if self.policy.on_post(Author { followers: self.followers[author] }).reaches(self.last_active, now) {
            self.own.push(post);
            self.writes += 1;
        }
    }

    fn read(&mut self, now: Time, count: u32) -> Vec<Post> {
        let reader = Reader { last_active: self.last_active };
        let pulled = |(author, _): &(usize, &Timeline)| {
            self.policy.pulls(Author { followers: self.followers[*author] }, reader, now)
        };
        let sources: Vec<&Timeline> =
            self.outboxes.iter().enumerate().filter(pulled).map(|(_, outbox)| outbox).collect();
        let posts = merge(sources.into_iter().chain([&self.own]), count);
        // What was pulled because it had not been pushed is kept, or it would be gone at the next read.
        for post in &posts {
            self.own.push(*post);
        }
        self.last_active = now;
        posts
    }
}

fn policies() -> Vec<Policy> {
    let hybrid = Policy::hybrid(10, 100, WINDOW).expect("limits in order");
    Algorithm::ALL
        .iter()
        .map(|algorithm| if *algorithm == Algorithm::Hybrid { hybrid } else { algorithm.policy() })
        .collect()
}

proptest! {
    #[test]
    fn nobody_misses_a_post_or_sees_one_twice(steps in vec((0..8_u8, 0..3_usize, 0..40_u64), 1..80)) {
        for policy in policies() {
            let (mut world, mut now) = (World::new(policy), Time(1));
            for (kind, author, step) in &steps {
                now += Span(*step);
                match kind {
                    0 | 1 => {
                        let expected: Vec<Post> = {
                            let mut all = world.all.clone();
                            all.sort_by(|a, b| b.cmp(a));
                            all
                        };
                        assert_eq!(world.read(now, 1_000), expected, "{policy:?}");
                    }
                    2 => world.followers[*author] = world.followers[*author].saturating_mul(10).min(1_000),
                    _ => world.post(*author, now),
                }
            }
        }
    }

    /// Oracle: a sorted list cut at the capacity.
    #[test]
    fn a_timeline_keeps_the_newest_of_what_it_was_given_each_once(posts in vec((0..20_u64, 0..30_u64), 0..60), capacity in 0..10_u32, gone in 0..30_u64) {
        let (mut timeline, mut list) = (Timeline::new(capacity), Vec::<Post>::new());
        for (at, id) in posts {
            let post = Post { at: Time(at), id, author: 0 };
            timeline.push(post);
            if list.iter().all(|known| known.id != id) {
                list.push(post);
                list.sort_by(|a, b| b.cmp(a));
                list.truncate(capacity as usize);
            }
        }
        assert!(timeline.newest(u32::MAX).eq(list.iter().copied()));
        assert_eq!(timeline.remove(gone), list.iter().any(|post| post.id == gone));
        assert!(timeline.newest(u32::MAX).all(|post| post.id != gone));
        assert_eq!(timeline.newest(1).next().is_none(), timeline.is_empty());
    }
}

#[test]
fn names_are_those_of_the_saved_form() {
    for algorithm in Algorithm::ALL {
        assert_eq!(serde_json::to_string(algorithm).expect("a name"), format!("\"{}\"", algorithm.name()));
        assert_eq!(algorithm.policy().algorithm(), *algorithm);
        assert!(!algorithm.help().is_empty());
    }
}

#[test]
fn tiers_that_overlap_are_refused_with_both_limits() {
    let error = Policy::hybrid(11, 10, WINDOW).expect_err("the middle tier ends before it begins");
    assert_eq!(error.to_string(), "`push_below` is 11, but must be at most `pull_from`, 10");
}

/// The note's listing: readers pull from celebrities only, and who was away for 8 days never sees the middle tier's posts.
#[test]
fn a_reader_that_was_away_misses_the_middle_tier_when_only_celebrities_are_pulled() {
    let day = Span::from_secs(86_400);
    let seen = |policy| {
        let mut world = World::new(policy);
        world.followers = vec![500, 50_000, 2_000_000];
        world.read(Time(1), 10);
        let now = Time::ZERO + Span(day.0 * 9);
        (0..3).for_each(|author| world.post(author, now));
        world.read(now, 10).iter().map(|post| post.author).collect::<BTreeSet<_>>()
    };
    let policy = Algorithm::Hybrid.policy();
    assert_eq!(seen(policy), BTreeSet::from([0, 1, 2]));
    assert_eq!(seen(policy.forgetting_the_inactive()), BTreeSet::from([0, 2]), "author 1 has 50,000 followers");
}

/// The note's limits, with strict comparison: exactly 10,000 is the middle tier, exactly 1,000,000 the upper.
#[test]
fn the_limits_belong_to_the_tier_above_them() {
    let policy = Algorithm::Hybrid.policy();
    let tier = |followers| policy.on_post(Author { followers });
    let active = FanOut::Active { within: Span::from_secs(7 * 86_400) };
    assert_eq!([9_999, 10_000, 999_999, 1_000_000].map(tier), [FanOut::Everybody, active, active, FanOut::Nobody]);
}

/// The note's listing for a feed in an ascending set reads positions 0 to 50: the 51 oldest.
#[test]
fn positions_from_zero_of_an_ascending_set_are_the_oldest_and_never_change() {
    let mut timeline = Timeline::new(800);
    let mut first = Vec::new();
    for id in 0..200 {
        timeline.push(Post { at: Time(id), id, author: 0 });
        if id == 50 {
            first = timeline.first_ascending(51).collect();
        }
    }
    assert!(timeline.first_ascending(51).eq(first.iter().copied()), "149 posts later the page shows the same 51");
    assert_eq!(timeline.newest(1).next().map(|post| post.id), Some(199));
}
