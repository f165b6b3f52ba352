//! Each policy against a model written down from its paper: plain vectors, searched from end to end, nothing shared with the crate.

use base::{Rng, Time};
use cache::{Arc, Cache, Clock, Fifo, LfuAged, Lifo, Policy, Random, S3Fifo, Sieve, TwoQ, WTinyLfu, belady_hits};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Looks `key` up and puts it if it is missing. Whether it was a hit, and who left.
fn ask<P: Policy>(cache: &mut Cache<(), P>, key: u64) -> (bool, Option<u64>) {
    let hit = cache.get(key, Time::ZERO).hit().is_some();
    let evicted = if hit { None } else { cache.put(key, (), Time::NEVER, Time::ZERO) };
    (hit, evicted.map(|evicted| evicted.key))
}

/// A model answers the same: whether it was a hit, and who left.
trait Model {
    fn of(capacity: usize) -> Self;
    fn ask(&mut self, key: u64) -> (bool, Option<u64>);
}

fn agrees<P: Policy + Default, M: Model>(capacity: usize, keys: &[u64]) -> Result<Cache<(), P>, TestCaseError> {
    let (mut cache, mut model) = (Cache::<(), P>::new(capacity as u32), M::of(capacity));
    for (at, key) in keys.iter().enumerate() {
        prop_assert_eq!(ask(&mut cache, *key), model.ask(*key), "request {}, key {}", at, key);
    }
    Ok(cache)
}

fn take(list: &mut VecDeque<u64>, key: u64) -> bool {
    list.iter().position(|other| *other == key).and_then(|at| list.remove(at)).is_some()
}

struct FifoModel(VecDeque<u64>, usize);
impl Model for FifoModel {
    fn of(capacity: usize) -> Self {
        FifoModel(VecDeque::new(), capacity)
    }
    fn ask(&mut self, key: u64) -> (bool, Option<u64>) {
        if self.0.contains(&key) {
            return (true, None);
        }
        let evicted = if self.0.len() == self.1 { self.0.pop_front() } else { None };
        self.0.push_back(key);
        (false, evicted)
    }
}

struct LifoModel(Vec<u64>, usize);
impl Model for LifoModel {
    fn of(capacity: usize) -> Self {
        LifoModel(Vec::new(), capacity)
    }
    fn ask(&mut self, key: u64) -> (bool, Option<u64>) {
        if self.0.contains(&key) {
            return (true, None);
        }
        let evicted = if self.0.len() == self.1 { self.0.pop() } else { None };
        self.0.push(key);
        (false, evicted)
    }
}

/// A real ring: an array, and a hand that stays where the newcomer was put, plus one.
struct ClockModel {
    ring: Vec<(u64, bool)>,
    hand: usize,
    capacity: usize,
}
impl Model for ClockModel {
    fn of(capacity: usize) -> Self {
        ClockModel { ring: Vec::new(), hand: 0, capacity }
    }
    fn ask(&mut self, key: u64) -> (bool, Option<u64>) {
        if let Some(entry) = self.ring.iter_mut().find(|entry| entry.0 == key) {
            entry.1 = true;
            return (true, None);
        }
        if self.ring.len() < self.capacity {
            self.ring.push((key, false));
            return (false, None);
        }
        while self.ring[self.hand].1 {
            self.ring[self.hand].1 = false;
            self.hand = (self.hand + 1) % self.capacity;
        }
        let evicted = core::mem::replace(&mut self.ring[self.hand], (key, false));
        self.hand = (self.hand + 1) % self.capacity;
        (false, Some(evicted.0))
    }
}

/// NSDI'24, algorithm 1. The queue's head is at index 0; the hand is a key.
struct SieveModel {
    queue: Vec<(u64, bool)>,
    hand: Option<u64>,
    capacity: usize,
}
impl Model for SieveModel {
    fn of(capacity: usize) -> Self {
        SieveModel { queue: Vec::new(), hand: None, capacity }
    }
    fn ask(&mut self, key: u64) -> (bool, Option<u64>) {
        if let Some(entry) = self.queue.iter_mut().find(|entry| entry.0 == key) {
            entry.1 = true;
            return (true, None);
        }
        let mut evicted = None;
        if self.queue.len() == self.capacity {
            let tail = self.queue.len() - 1;
            let mut at =
                self.hand.map_or(tail, |hand| self.queue.iter().position(|e| e.0 == hand).expect("the hand is here"));
            while self.queue[at].1 {
                self.queue[at].1 = false;
                at = if at == 0 { tail } else { at - 1 };
            }
            self.hand = if at == 0 { None } else { Some(self.queue[at - 1].0) };
            evicted = Some(self.queue.remove(at).0);
        }
        self.queue.insert(0, (key, false));
        (false, evicted)
    }
}

/// Priority is uses plus the age when last used; the age is the priority of the last victim.
struct AgedModel {
    entries: Vec<(u64, u64, u64, usize)>,
    age: u64,
    now: usize,
    capacity: usize,
}
impl Model for AgedModel {
    fn of(capacity: usize) -> Self {
        AgedModel { entries: Vec::new(), age: 0, now: 0, capacity }
    }
    fn ask(&mut self, key: u64) -> (bool, Option<u64>) {
        self.now += 1;
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.0 == key) {
            *entry = (key, entry.1 + 1, entry.1 + 1 + self.age, self.now);
            return (true, None);
        }
        let mut evicted = None;
        if self.entries.len() == self.capacity {
            let least =
                (0..self.capacity).min_by_key(|at| (self.entries[*at].2, self.entries[*at].3)).expect("not empty");
            let gone = self.entries.remove(least);
            self.age = gone.2;
            evicted = Some(gone.0);
        }
        self.entries.push((key, 1, 1 + self.age, self.now));
        (false, evicted)
    }
}

/// VLDB'94, the full version. Heads at index 0.
#[derive(Default)]
struct TwoQModel {
    a1in: VecDeque<u64>,
    a1out: VecDeque<u64>,
    am: VecDeque<u64>,
    capacity: usize,
}
impl TwoQModel {
    fn reclaim(&mut self) -> Option<u64> {
        let (kin, kout) = ((self.capacity / 4).max(1), (self.capacity / 2).max(1));
        if self.a1in.len() + self.am.len() < self.capacity {
            return None;
        }
        if self.a1in.len() > kin || self.am.is_empty() {
            let gone = self.a1in.pop_back().expect("the cache is full");
            self.a1out.push_front(gone);
            self.a1out.truncate(kout);
            return Some(gone);
        }
        self.am.pop_back()
    }
}
impl Model for TwoQModel {
    fn of(capacity: usize) -> Self {
        TwoQModel { capacity, ..TwoQModel::default() }
    }
    fn ask(&mut self, key: u64) -> (bool, Option<u64>) {
        if take(&mut self.am, key) {
            self.am.push_front(key);
            return (true, None);
        }
        if take(&mut self.a1out, key) {
            let evicted = self.reclaim();
            self.am.push_front(key);
            return (false, evicted);
        }
        if self.a1in.contains(&key) {
            return (true, None);
        }
        let evicted = self.reclaim();
        self.a1in.push_front(key);
        (false, evicted)
    }
}

/// FAST'03, figure 4, case by case. Most recent at index 0.
#[derive(Default)]
struct ArcModel {
    t1: VecDeque<u64>,
    b1: VecDeque<u64>,
    t2: VecDeque<u64>,
    b2: VecDeque<u64>,
    p: f64,
    c: usize,
}
impl ArcModel {
    fn replace(&mut self, in_b2: bool) -> Option<u64> {
        let t1 = self.t1.len() as f64;
        if !self.t1.is_empty() && (in_b2 && t1 == self.p || t1 > self.p) {
            let gone = self.t1.pop_back().expect("not empty");
            self.b1.push_front(gone);
            Some(gone)
        } else {
            let gone = self.t2.pop_back().expect("the paper shows that T2 is not empty here");
            self.b2.push_front(gone);
            Some(gone)
        }
    }
    fn at_least_one(x: f64) -> f64 {
        if x < 1.0 { 1.0 } else { x }
    }
}
impl Model for ArcModel {
    fn of(capacity: usize) -> Self {
        ArcModel { c: capacity, ..ArcModel::default() }
    }
    fn ask(&mut self, x: u64) -> (bool, Option<u64>) {
        let (b1, b2, c) = (self.b1.len() as f64, self.b2.len() as f64, self.c as f64);
        if take(&mut self.t1, x) || take(&mut self.t2, x) {
            self.t2.push_front(x);
            return (true, None);
        }
        if self.b1.contains(&x) {
            self.p += Self::at_least_one(b2 / b1);
            self.p = if self.p > c { c } else { self.p };
            let gone = self.replace(false);
            take(&mut self.b1, x);
            self.t2.push_front(x);
            return (false, gone);
        }
        if self.b2.contains(&x) {
            self.p -= Self::at_least_one(b1 / b2);
            self.p = if self.p < 0.0 { 0.0 } else { self.p };
            let gone = self.replace(true);
            take(&mut self.b2, x);
            self.t2.push_front(x);
            return (false, gone);
        }
        let (l1, l2) = (self.t1.len() + self.b1.len(), self.t2.len() + self.b2.len());
        let mut gone = None;
        if l1 == self.c {
            if self.t1.len() < self.c {
                self.b1.pop_back();
                gone = self.replace(false);
            } else {
                gone = self.t1.pop_back();
            }
        } else if l1 + l2 >= self.c {
            if l1 + l2 == 2 * self.c {
                self.b2.pop_back();
            }
            gone = self.replace(false);
        }
        self.t1.push_front(x);
        (false, gone)
    }
}

/// SOSP'23, algorithm 1, one eviction letting one entry go. Heads at index 0, an entry with its count.
#[derive(Default)]
struct S3Model {
    s: VecDeque<(u64, u8)>,
    m: VecDeque<(u64, u8)>,
    g: VecDeque<u64>,
    capacity: usize,
}
impl S3Model {
    fn evict(&mut self) -> u64 {
        let share = (self.capacity / 10).max(1);
        loop {
            let small_gives = self.s.len() >= share && self.m.len() <= self.capacity - share;
            if small_gives || self.m.is_empty() {
                while let Some((key, freq)) = self.s.pop_back() {
                    if freq <= 1 {
                        self.g.push_front(key);
                        self.g.truncate(self.capacity - share);
                        return key;
                    }
                    self.m.push_front((key, freq));
                }
            } else {
                match self.m.pop_back().expect("not empty") {
                    (key, 0) => return key,
                    (key, freq) => self.m.push_front((key, freq - 1)),
                }
            }
        }
    }
}
impl Model for S3Model {
    fn of(capacity: usize) -> Self {
        S3Model { capacity, ..S3Model::default() }
    }
    fn ask(&mut self, key: u64) -> (bool, Option<u64>) {
        if let Some(entry) = self.s.iter_mut().chain(&mut self.m).find(|entry| entry.0 == key) {
            entry.1 = (entry.1 + 1).min(3);
            return (true, None);
        }
        let returns = take(&mut self.g, key);
        let evicted = if self.s.len() + self.m.len() == self.capacity { Some(self.evict()) } else { None };
        if returns {
            self.m.push_front((key, 0))
        } else {
            self.s.push_front((key, 0))
        }
        (false, evicted)
    }
}

fn keys() -> impl Strategy<Value = Vec<u64>> {
    // Uniform, skewed and looping stretches, so that every list is filled and emptied.
    let stretch = prop_oneof![
        vec(0..24_u64, 1..80),
        vec((0..24_u64, 0..24_u64).prop_map(|(a, b)| a.min(b)), 1..80),
        (0..20_u64, 1..12_u64, 1..60_u64).prop_map(|(from, len, n)| (0..n).map(|i| from + i % len).collect()),
    ];
    vec(stretch, 1..8).prop_map(|stretches| stretches.concat())
}

proptest! {
    #[test]
    fn fifo_and_lifo_are_a_queue_and_a_stack(capacity in 1..10_usize, keys in keys()) {
        agrees::<Fifo, FifoModel>(capacity, &keys)?;
        agrees::<Lifo, LifoModel>(capacity, &keys)?;
    }

    #[test]
    fn clock_is_a_ring_with_a_hand(capacity in 1..10_usize, keys in keys()) {
        agrees::<Clock, ClockModel>(capacity, &keys)?;
    }

    #[test]
    fn sieve_follows_the_listing(capacity in 1..10_usize, keys in keys()) {
        agrees::<Sieve, SieveModel>(capacity, &keys)?;
    }

    #[test]
    fn aged_lfu_adds_the_age(capacity in 1..10_usize, keys in keys()) {
        agrees::<LfuAged, AgedModel>(capacity, &keys)?;
    }

    #[test]
    fn two_q_follows_the_listing(capacity in 1..20_usize, keys in keys()) {
        agrees::<TwoQ, TwoQModel>(capacity, &keys)?;
    }

    #[test]
    fn arc_follows_figure_4_and_keeps_its_bounds(capacity in 1..12_usize, keys in keys()) {
        let cache = agrees::<Arc, ArcModel>(capacity, &keys)?;
        let arc = cache.policy();
        let recent = cache.standings().filter(|(_, standing)| standing.list == "recent").count();
        let (b1, b2) = (arc.recent_ghosts().count(), arc.frequent_ghosts().count());
        prop_assert!(recent + b1 <= capacity && cache.len() as usize + b1 + b2 <= 2 * capacity);
        prop_assert!((0.0..=capacity as f64).contains(&arc.target()));
    }

    #[test]
    fn s3_fifo_follows_the_listing(capacity in 1..30_usize, keys in keys()) {
        agrees::<S3Fifo, S3Model>(capacity, &keys)?;
    }

    /// Oracle: window, probation and protected as three vectors; the frequencies are the policy's own, which has its own test.
    #[test]
    fn w_tiny_lfu_keeps_the_more_frequent_of_two(capacity in 1..12_usize, keys in keys()) {
        let mut cache = Cache::<(), WTinyLfu>::new(capacity as u32);
        let main_max = capacity - 1;
        let (mut window, mut probation, mut protected) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        for key in keys {
            let frequency: BTreeMap<u64, u8> = (0..40).map(|key| (key, cache.policy().frequency(key))).collect();
            let mut expected = (true, None);
            if take(&mut window, key) {
                window.push_front(key);
            } else if take(&mut probation, key) || take(&mut protected, key) {
                protected.push_front(key);
                if protected.len() > main_max * 4 / 5 {
                    probation.push_front(protected.pop_back().expect("not empty"));
                }
            } else {
                expected.0 = false;
                window.push_front(key);
                if window.len() > 1 {
                    let candidate = window.pop_back().expect("not empty");
                    if probation.len() + protected.len() < main_max {
                        probation.push_front(candidate);
                    } else {
                        let victim = probation.back().or(protected.back()).copied();
                        match victim.filter(|victim| frequency[&candidate] > frequency[victim]) {
                            Some(victim) => {
                                take(&mut probation, victim);
                                take(&mut protected, victim);
                                probation.push_front(candidate);
                                expected.1 = Some(victim);
                            }
                            None => expected.1 = Some(candidate),
                        }
                    }
                }
            }
            prop_assert_eq!(ask(&mut cache, key), expected);
        }
    }

    /// Oracle: all ways to choose the victims, tried out.
    #[test]
    fn belady_hits_as_often_as_the_best_of_all_choices(capacity in 1..4_usize, keys in vec(0..6_u64, 1..12)) {
        fn best(kept: &[u64], capacity: usize, keys: &[u64]) -> usize {
            let Some((key, rest)) = keys.split_first() else { return 0 };
            if kept.contains(key) {
                return 1 + best(kept, capacity, rest);
            }
            if kept.len() < capacity {
                return best(&[kept, &[*key]].concat(), capacity, rest);
            }
            let without = |gone: usize| kept.iter().enumerate().map(move |(at, other)| if at == gone { *key } else { *other });
            (0..kept.len()).map(|gone| best(&without(gone).collect::<Vec<_>>(), capacity, rest)).max().unwrap_or(0)
        }
        let hits = belady_hits(capacity as u64, &keys).into_iter().filter(|hit| *hit).count();
        prop_assert_eq!(hits, best(&[], capacity, &keys));
    }

    #[test]
    fn nobody_beats_belady(capacity in 0..12_u32, keys in keys()) {
        let bound = belady_hits(u64::from(capacity), &keys).into_iter().filter(|hit| *hit).count();
        for algorithm in cache::Algorithm::ALL {
            let mut cache = Cache::with_policy(algorithm.build(Rng::new(3)), capacity);
            let hits = keys.iter().filter(|key| ask(&mut cache, **key).0).count();
            prop_assert!(hits <= bound, "{algorithm:?}: {hits} hits, {bound} are possible");
        }
    }
}

/// Oracle: the closed form; every entry leaves with the same probability, 5 sigma.
#[test]
fn random_evicts_everybody_equally_often() {
    let mut times = [0_u32; 10];
    for seed in 0..20_000 {
        let mut policy = Random::default();
        policy.seed(Rng::new(seed));
        let mut cache = Cache::<(), Random>::with_policy(policy, 10);
        (0..10).for_each(|key| assert_eq!(ask(&mut cache, key), (false, None)));
        cache.get(3, Time::ZERO);
        times[ask(&mut cache, 10).1.expect("the cache was full") as usize] += 1;
    }
    assert!(times.iter().all(|times| (f64::from(*times) - 2_000.0).abs() < 5.0 * 42.5), "{times:?}");
}

/// Belady, Nelson and Shedler, 1969: the sequence on which four frames of FIFO miss ten times and three only nine.
#[test]
fn a_larger_fifo_may_hit_less() {
    let requests = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
    let misses = |capacity: u32| {
        let mut cache = Cache::<(), Fifo>::new(capacity);
        requests.iter().filter(|key| !ask(&mut cache, **key).0).count()
    };
    assert_eq!((misses(3), misses(4)), (9, 10));
    let optimal = belady_hits(3, &requests).into_iter().filter(|hit| !hit).count();
    assert_eq!(optimal, 7, "and seven are unavoidable");
}
