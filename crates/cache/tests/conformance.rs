//! What every policy promises, held over the list of the family.

use base::{Rng, Time};
use cache::{Algorithm, Cache, Lookup, Why};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Policies whose whole state is one order, at the end of which the next victim stands.
const ORDERED: &[Algorithm] = &[Algorithm::Lru, Algorithm::Lfu, Algorithm::Fifo, Algorithm::Lifo, Algorithm::LfuAged];

/// One thing done to a cache.
#[derive(Clone, Copy, Debug)]
enum Step {
    Get(u64),
    /// Put, with a time to live of 0 for "no end".
    Put(u64, u64),
    Remove(u64),
    Wait(u64),
    Resize(u32),
    Clear,
}

/// Keys from a small set, some of them wide, so that they meet again and share places of the index.
fn key() -> impl Strategy<Value = u64> {
    (0..12_u64, prop_oneof![3 => Just(0), 1 => Just(40)]).prop_map(|(key, shift)| key << shift)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        30 => key().prop_map(Step::Get),
        30 => (key(), 0..20_u64).prop_map(|(key, ttl)| Step::Put(key, ttl)),
        4 => key().prop_map(Step::Remove),
        10 => (0..6_u64).prop_map(Step::Wait),
        1 => (0..8_u32).prop_map(Step::Resize),
        1 => Just(Step::Clear),
    ];
    vec(step, 1..200)
}

/// A cache beside a map of what is in it: value and expiry by key. The map follows the cache's word on who left.
struct Watched {
    algorithm: Algorithm,
    cache: Cache<u64>,
    model: BTreeMap<u64, (u64, Time)>,
    now: Time,
    puts: u64,
}

impl Watched {
    fn new(algorithm: Algorithm, capacity: u32) -> Watched {
        let cache = Cache::of(algorithm, capacity, Rng::new(1));
        Watched { algorithm, cache, model: BTreeMap::new(), now: Time::ZERO, puts: 0 }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Get(key) => self.get(key),
            Step::Put(key, ttl) => self.put(key, ttl),
            Step::Remove(key) => {
                assert_eq!(
                    self.cache.remove(key),
                    self.model.remove(&key).map(|(value, _)| value),
                    "{:?}",
                    self.algorithm
                );
            }
            Step::Wait(span) => self.now = Time(self.now.0 + span),
            Step::Resize(capacity) => {
                let model = &mut self.model;
                self.cache.set_capacity(capacity, self.now, |evicted| {
                    assert!(model.remove(&evicted.key).is_some(), "what left was there");
                });
            }
            Step::Clear => {
                assert_eq!(self.cache.clear() as usize, self.model.len());
                self.model.clear();
            }
        }
        self.check();
    }

    fn get(&mut self, key: u64) {
        let expected = match self.model.get(&key) {
            None => Lookup::Miss,
            Some((value, expires)) if *expires <= self.now => Lookup::Expired(*value),
            Some((value, _)) => Lookup::Hit(*value),
        };
        assert_eq!(self.cache.peek(key, self.now), expected.hit(), "{:?}", self.algorithm);
        assert_eq!(self.cache.get(key, self.now), expected, "{:?}", self.algorithm);
        if matches!(expected, Lookup::Expired(_)) {
            self.model.remove(&key);
        }
    }

    fn put(&mut self, key: u64, ttl: u64) {
        self.puts += 1;
        let (value, expires) = (self.puts, if ttl == 0 { Time::NEVER } else { Time(self.now.0 + ttl) });
        let is_here = self.model.contains_key(&key);
        let victim = if is_here { None } else { self.cache.victim(key) };
        let was_full = self.cache.len() == self.cache.capacity();
        let last = self.cache.cells().last().map(|cell| cell.key);
        let evicted = self.cache.put(key, value, expires, self.now);
        if let Some(evicted) = evicted {
            assert!(was_full && evicted.key != key && Some(evicted.key) == victim, "{:?}: {evicted:?}", self.algorithm);
            assert!(!ORDERED.contains(&self.algorithm) || Some(evicted.key) == last, "the victim is shown last");
            let (value, expires) = self.model.remove(&evicted.key).expect("what left was there");
            let why = if expires <= self.now { Why::Expired } else { Why::Capacity };
            assert_eq!((evicted.value, evicted.why), (value, why), "{:?}", self.algorithm);
        }
        if self.cache.capacity() > 0 {
            self.model.insert(key, (value, expires));
        }
    }

    fn check(&self) {
        assert_eq!(self.cache.len() as usize, self.model.len(), "{:?}", self.algorithm);
        assert!(self.cache.len() <= self.cache.capacity());
        let mut cells: Vec<_> = self.cache.cells().map(|cell| (cell.key, (cell.value, cell.expires))).collect();
        let stand = self.cache.standings().map(|(key, _)| key);
        assert!(stand.eq(self.cache.cells().map(|cell| cell.key)), "{:?}: everything stands somewhere", self.algorithm);
        cells.sort_unstable();
        assert!(cells.into_iter().eq(self.model.clone()), "{:?}: everything is shown, once", self.algorithm);
    }
}

proptest! {
    /// Oracle: an ordered map that follows what the cache says about who left.
    #[test]
    fn answers_as_a_map_from_which_the_evicted_are_taken(capacity in 0..8_u32, steps in steps()) {
        for algorithm in Algorithm::ALL {
            let mut watched = Watched::new(*algorithm, capacity);
            steps.iter().for_each(|step| watched.step(*step));
        }
    }

    #[test]
    fn a_clone_lives_the_same_life(capacity in 1..8_u32, steps in steps(), rest in steps()) {
        for algorithm in Algorithm::ALL {
            let mut watched = Watched::new(*algorithm, capacity);
            steps.iter().for_each(|step| watched.step(*step));
            let mut copy = watched.cache.clone();
            for step in &rest {
                match step {
                    Step::Put(key, _) => {
                        let put = |cache: &mut Cache<u64>| cache.put(*key, 1, Time::NEVER, watched.now);
                        prop_assert_eq!(put(&mut watched.cache), put(&mut copy));
                    }
                    Step::Get(key) => prop_assert_eq!(watched.cache.get(*key, watched.now), copy.get(*key, watched.now)),
                    _ => (),
                }
            }
        }
    }
}

#[test]
fn a_smaller_capacity_evicts_the_rest_in_the_policys_order() {
    for algorithm in Algorithm::ALL {
        let mut cache = Cache::of(*algorithm, 8, Rng::new(1));
        (0..8_u64).for_each(|key| assert_eq!(cache.put(key, key, Time::NEVER, Time(key)), None));
        cache.get(2, Time(9));
        let mut expected: Vec<u64> = cache.cells().map(|cell| cell.key).collect();
        let mut evicted = Vec::new();
        cache.set_capacity(3, Time(10), |entry| evicted.push(entry.key));
        evicted.reverse();
        assert_eq!((cache.len(), cache.capacity(), evicted.len()), (3, 3, 5), "{algorithm:?}");
        if ORDERED.contains(algorithm) {
            assert_eq!(expected.split_off(3), evicted, "{algorithm:?}");
        }
        let mut keys: Vec<u64> = cache.cells().map(|cell| cell.key).chain(evicted).collect();
        keys.sort_unstable();
        assert!(keys.into_iter().eq(0..8), "{algorithm:?}: each stays or is told to have left");
    }
}

#[test]
fn cells_show_how_often_and_when_an_entry_was_used() {
    for algorithm in Algorithm::ALL {
        let mut cache = Cache::of(*algorithm, 2, Rng::new(1));
        cache.put(7, 'a', Time(100), Time(1));
        cache.get(7, Time(2));
        cache.put(7, 'b', Time(200), Time(3));
        let cell = cache.cells().next().expect("one entry");
        assert_eq!(
            (cell.key, cell.value, cell.uses, cell.used, cell.expires),
            (7, 'b', 3, Time(3), Time(200)),
            "{algorithm:?}"
        );
        cache.put(7, 'c', Time::NEVER, Time(200));
        assert_eq!(
            cache.cells().next().expect("one entry").uses,
            1,
            "{algorithm:?}: an expired entry's past does not count"
        );
    }
}

#[test]
fn names_are_those_of_the_saved_form() {
    for algorithm in Algorithm::ALL {
        let saved = serde_json::to_string(algorithm).expect("a name");
        assert_eq!(saved, format!("\"{}\"", algorithm.name()));
        assert!(!algorithm.help().is_empty());
    }
}

/// An algorithm whose file is there is in the list, or this fails.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_file_has_its_line_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let sources = std::fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("a file").path());
    let files = sources.filter(|path| path.is_file() && !path.ends_with("lib.rs"));
    let algorithms = files
        .map(|path| std::fs::read_to_string(path).expect("text"))
        .filter(|text| text.contains("\nimpl Policy for "));
    assert_eq!(algorithms.count(), Algorithm::ALL.len());
}
