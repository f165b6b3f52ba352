//! A limiter's decisions, a Bloom filter's answers, a ring's lookups.

use super::{Answer, Job, Side, counted, job};
use base::{Rng, Span, Time};
use fastbloom::BloomFilter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use limits::{Gcra, GcraConfig, Limit};
use placement::{Place, Ring, RingConfig};
use sketch::{Bloom, BloomSize};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::rc::Rc;

/// 1,000 a second, 50 at once.
const INTERVAL: Span = Span::from_millis(1);
const BURST: u32 = 50;

/// Moments of requests, 1.5 times as many as may pass: a third are refused.
pub fn instants(operations: u64) -> Vec<u64> {
    let (mut rng, mut now) = (Rng::new(1), Time::ZERO);
    let gap = Span(INTERVAL.0 * 2 / 3);
    let next = |_| {
        now += gap.scaled(rng.exponential());
        now.0
    };
    (0..operations).map(next).collect()
}

/// A clock that shows what it is set to, at the cost of one read.
#[derive(Clone, Default)]
struct Shown(Rc<Cell<u64>>);

impl Clock for Shown {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.get())
    }
}

type Direct = RateLimiter<NotKeyed, InMemoryState, Shown, NoOpMiddleware<Nanos>>;

pub fn limiter(side: Side, instants: &[u64]) -> Job<'_> {
    match side {
        Side::Ours => {
            let config = GcraConfig { emission_interval: INTERVAL, burst: u64::from(BURST) };
            let limiter = Gcra::new(config).expect("the interval is not zero");
            let work = move |limiter: &mut Gcra| {
                instants.iter().filter(|at| limiter.ask(Time(**at), 1).is_allowed()).count() as u64
            };
            job(limiter, work, counted)
        }
        Side::Theirs => {
            let (clock, burst) = (Shown::default(), NonZeroU32::new(BURST).expect("not zero"));
            let quota = Quota::with_period(std::time::Duration::from_nanos(INTERVAL.0)).expect("not zero");
            let limiter = RateLimiter::direct_with_clock(quota.allow_burst(burst), clock.clone());
            let work = move |limiter: &mut Direct| {
                let is_allowed = |at: &&u64| {
                    clock.0.set(**at);
                    limiter.check().is_ok()
                };
                instants.iter().filter(is_allowed).count() as u64
            };
            job(limiter, work, counted)
        }
    }
}

/// Items in the filter, at 1% of false positives.
pub const ITEMS: u64 = 1_000_000;
/// ITEMS × 9.6, in whole words, as the other side rounds up to them.
const SIZE: BloomSize = BloomSize { bits: 9_600_000, hashes: 7 };

/// The items that are put in, then those that are asked for: every second of these was put in.
pub fn items(operations: u64) -> Vec<u64> {
    let lookups = operations.saturating_sub(ITEMS);
    let mut rng = Rng::new(1);
    let asked = (0..lookups).map(|at| rng.below(ITEMS) * 2 + (at & 1));
    (0..ITEMS.min(operations)).map(|item| item * 2).chain(asked).collect()
}

/// The answer: how many that were not put in look as if they were. Those that were must all be found.
pub fn bloom(side: Side, items: &[u64]) -> Job<'_> {
    let (put, asked) = items.split_at(items.len().min(ITEMS as usize));
    let members = asked.iter().filter(|item| **item % 2 == 0).count() as u64;
    let false_positives = move |found: u64| {
        assert!(found >= members, "{found} found of {members} that are there");
        Answer { value: found - members, steps: 0 }
    };
    match side {
        Side::Ours => {
            let work = move |bloom: &mut Bloom| {
                put.iter().for_each(|item| _ = bloom.add(*item));
                asked.iter().filter(|item| bloom.contains(**item)).count() as u64
            };
            job(Bloom::new(SIZE).expect("a usual size"), work, move |_, found| false_positives(found))
        }
        Side::Theirs => {
            let hasher = foldhash::fast::FixedState::with_seed(1);
            let bloom = BloomFilter::with_num_bits(SIZE.bits as usize).hasher(hasher).hashes(SIZE.hashes);
            assert_eq!(bloom.num_bits() as u64, SIZE.bits, "as many bits on both sides");
            let work = move |bloom: &mut BloomFilter<_>| {
                put.iter().for_each(|item| _ = bloom.insert(item));
                asked.iter().filter(|item| bloom.contains(*item)).count() as u64
            };
            job(bloom, work, move |_, found| false_positives(found))
        }
    }
}

/// 1,000 members of 100 points each.
const MEMBERS: u32 = 1_000;
const POINTS: u32 = 100;

/// The answer: all owners, mixed in order.
pub fn ring(side: Side, hashes: &[u64]) -> Job<'_> {
    let mut ring = Ring::new(RingConfig { points: POINTS });
    for member in 0..MEMBERS {
        ring.add(member, u64::from(member), 1).expect("there is room for a new member");
    }
    let found = Vec::<u32>::with_capacity(hashes.len());
    let mixed = |owners: &mut dyn Iterator<Item = u32>| {
        let mix = |sum: u64, owner: u32| sum.wrapping_mul(31).wrapping_add(u64::from(owner)) & 0xFFFF_FFFF;
        Answer { value: owners.fold(0, mix), steps: 0 }
    };
    match side {
        Side::Ours => {
            let work = move |(ring, found): &mut (Ring, Vec<u32>)| {
                found.extend(hashes.iter().map(|hash| ring.owner(*hash).unwrap_or(u32::MAX)));
            };
            job((ring, found), work, move |(_, found), ()| mixed(&mut found.into_iter()))
        }
        Side::Theirs => {
            let owners: Vec<u32> = ring.points().map(|(_, owner)| owner).collect();
            let positions = ring.boundaries();
            let work = move |(positions, found): &mut (Vec<u64>, Vec<u32>)| {
                found.extend(hashes.iter().map(|hash| positions.partition_point(|at| at < hash) as u32));
            };
            let owner = move |at: u32| owners[at as usize % owners.len()];
            job((positions, found), work, move |(_, found), ()| mixed(&mut found.into_iter().map(owner)))
        }
    }
}
