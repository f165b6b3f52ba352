//! Searches for what breaks a promise: every state of a small world, many seeds, and the smallest part that still fails.

use base::Rng;
use check::explore::{World, explore};
use check::property::{always, eventually, finally, sometimes};
use check::shrink::shrink;
use check::swarm::{Bounds, Experiment, Plan, Progress, swarm};
use check::{Finding, Verdict};
use core::ops::ControlFlow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A random graph: states are numbers, moves are edges; some states break the promise.
struct Graph {
    edges: Vec<Vec<u32>>,
    bad: BTreeSet<u32>,
    looked: Vec<u32>,
}

impl Graph {
    fn random(seed: u64) -> Graph {
        let mut rng = Rng::new(seed);
        let count = 2 + rng.below(40);
        let edge = |rng: &mut Rng| rng.below(count) as u32;
        let edges = (0..count).map(|_| (0..rng.below(4)).map(|_| edge(&mut rng)).collect()).collect();
        let bad = (0..rng.below(3)).map(|_| edge(&mut rng)).collect();
        Graph { edges, bad, looked: Vec::new() }
    }

    /// Oracle: distances by the textbook's breadth-first search.
    fn distances(&self) -> BTreeMap<u32, u32> {
        let (mut distances, mut queue) = (BTreeMap::from([(0, 0)]), VecDeque::from([0]));
        while let Some(at) = queue.pop_front() {
            for next in &self.edges[at as usize] {
                if !distances.contains_key(next) {
                    distances.insert(*next, distances[&at] + 1);
                    queue.push_back(*next);
                }
            }
        }
        distances
    }
}

impl World for Graph {
    type State = u32;
    type Move = u32;

    fn begin(&mut self) -> u32 {
        0
    }

    fn moves(&mut self, state: &u32, moves: &mut Vec<u32>) {
        moves.extend(&self.edges[*state as usize]);
    }

    fn step(&mut self, state: &u32, to: &u32) -> Option<u32> {
        (state != to).then_some(*to)
    }

    fn look(&mut self, state: &u32) -> Result<(), String> {
        self.looked.push(*state);
        if self.bad.contains(state) { Err(format!("{state} is bad")) } else { Ok(()) }
    }
}

#[test]
fn every_state_is_looked_at_once_and_the_nearest_bad_one_is_found() {
    let mut broken = 0;
    for seed in 0..5_000 {
        let mut graph = Graph::random(seed);
        let distances = graph.distances();
        let nearest = graph.bad.iter().filter_map(|bad| distances.get(bad)).min();
        let found = explore(&mut graph, u32::MAX);
        let looked: BTreeSet<u32> = graph.looked.iter().copied().collect();
        assert_eq!(looked.len(), graph.looked.len(), "seed {seed}: each once");
        assert!(graph.looked.is_sorted_by_key(|state| distances[state]), "seed {seed}: the near ones first");
        assert_eq!(found.is_whole, nearest.is_none(), "seed {seed}");
        let Some(nearest) = nearest else {
            let furthest = *distances.values().max().expect("the beginning");
            assert_eq!((found.states, found.depth), (distances.len() as u64, furthest), "seed {seed}");
            assert_eq!((looked.len(), found.broken), (distances.len(), None), "seed {seed}");
            continue;
        };
        let path = found.broken.expect("there is a bad one").path;
        assert_eq!((path.len() as u32, found.depth), (*nearest, *nearest), "seed {seed}: {path:?}");
        let follow = |at: u32, to: &u32| graph.edges[at as usize].contains(to).then_some(*to);
        let end = path.iter().try_fold(0, follow);
        assert!(end.is_some_and(|end| graph.bad.contains(&end)), "seed {seed}: {path:?} is a path to a bad one");
        broken += 1;
    }
    assert!((500..4_500).contains(&broken), "{broken} of 5,000 were broken");
}

/// Oracle: a box of 7 by 5 by 3 has 8 · 6 · 4 corners, and the furthest is 15 steps away.
#[test]
fn the_count_and_the_depth_are_exact() {
    struct Lattice;
    impl World for Lattice {
        type State = [u8; 3];
        type Move = usize;
        fn begin(&mut self) -> [u8; 3] {
            [0; 3]
        }
        fn moves(&mut self, _: &[u8; 3], moves: &mut Vec<usize>) {
            moves.extend(0..3);
        }
        fn step(&mut self, state: &[u8; 3], axis: &usize) -> Option<[u8; 3]> {
            let mut next = *state;
            next[*axis] += 1;
            (next[*axis] <= [7, 5, 3][*axis]).then_some(next)
        }
        fn look(&mut self, _: &[u8; 3]) -> Result<(), String> {
            Ok(())
        }
    }
    let found = explore(&mut Lattice, u32::MAX);
    assert_eq!((found.states, found.depth, found.is_whole), (8 * 6 * 4, 15, true));
    let cut = explore(&mut Lattice, 100);
    assert_eq!((cut.states, cut.is_whole, cut.broken), (100, false, None), "it stops where it is told to");
    assert_eq!(explore(&mut Lattice, 192).states, 192, "and not before");
}

/// Fails if a fault and two operations are in the plan, which depend on the seed.
struct Needle {
    runs: u64,
    is_drawn: bool,
}

impl Needle {
    fn needs(seed: u64) -> (u32, [u32; 2]) {
        let mut rng = Rng::stream(seed, &[7]);
        (rng.below(8) as u32, [rng.below(50) as u32, 50 + rng.below(50) as u32])
    }
}

impl Experiment for Needle {
    type Fault = u32;
    type Operation = u32;

    fn draw(&mut self, seed: u64) -> Plan<u32, u32> {
        let mut rng = Rng::new(seed);
        self.is_drawn = true;
        let faults = (0..8).filter(|_| rng.chance(0.3)).collect();
        Plan { faults, operations: (0..100).filter(|_| rng.chance(0.4)).collect() }
    }

    fn run(&mut self, seed: u64, plan: &Plan<u32, u32>) -> Verdict {
        self.runs += 1;
        let (fault, operations) = Needle::needs(seed);
        let is_bad = plan.faults.contains(&fault) && operations.iter().all(|needed| plan.operations.contains(needed));
        // Another failure, which shrinking must not be led to.
        let is_other = !is_bad && plan.operations.len() < 3 && !plan.operations.is_empty();
        let finding = if is_bad || is_other { Finding::Broken } else { Finding::Holds };
        Verdict { check: if is_bad { "needle" } else { "straw" }.to_owned(), finding, ..Verdict::default() }
    }
}

/// Oracle: all seeds tried one by one, and what the experiment needs by its construction.
#[test]
fn the_first_seed_that_fails_is_shrunk_to_what_it_needs() {
    let mut needle = Needle { runs: 0, is_drawn: false };
    let is_bad = |seed: &u64| {
        let plan = needle.draw(*seed);
        needle.run(*seed, &plan).finding == Finding::Broken
    };
    let expected = (10..1_000).find(is_bad).expect("one of a thousand");
    let mut told = Vec::new();
    let mut hunt = || {
        let mut needle = Needle { runs: 0, is_drawn: false };
        swarm(&mut needle, 10..1_000, Bounds::default(), |progress| {
            told.push(progress);
            ControlFlow::Continue(())
        })
    };
    let (found, again) = (hunt(), hunt());
    assert_eq!(found, again, "the same experiment and seeds, the same failure");
    let failure = found.failure.expect("a failure");
    let (fault, operations) = Needle::needs(failure.seed);
    assert_eq!((failure.seed, found.passed), (expected, expected - 10));
    assert_eq!((&failure.plan.faults[..], &failure.plan.operations[..]), (&[fault][..], &operations[..]));
    assert_eq!((&*failure.verdict.check, failure.is_minimal, found.is_stopped), ("needle", true, false));
    assert!(failure.drawn.operations.len() > 10 && failure.runs < 200, "{} runs", failure.runs);
    assert!(matches!(told[0], Progress::Seed { seed: 10, passed: 0 }));
    assert!(told.iter().any(|told| matches!(told, Progress::Shrinking { faults: 1, operations: 2, .. })));
}

#[test]
fn a_swarm_keeps_to_its_bounds_and_stops_when_told() {
    let hunt = |bounds: Bounds, stop: fn(&Progress) -> bool| {
        let mut needle = Needle { runs: 0, is_drawn: false };
        let found = swarm(&mut needle, 10..1_000, bounds, |progress| {
            if stop(&progress) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        (found, needle.runs)
    };
    let (bounded, _) = hunt(Bounds { shrink_runs_max: 3 }, |_| false);
    let failure = bounded.failure.expect("a failure");
    assert!(failure.runs == 3 && !failure.is_minimal && !bounded.is_stopped);
    let (stopped, runs) = hunt(Bounds::default(), |progress| matches!(progress, Progress::Seed { passed: 2, .. }));
    assert_eq!((stopped.passed, stopped.failure, stopped.is_stopped, runs), (2, None, true, 2));
    let (stopped, _) = hunt(Bounds::default(), |progress| matches!(progress, Progress::Shrinking { runs: 1, .. }));
    assert!(stopped.is_stopped && stopped.failure.is_some_and(|failure| !failure.is_minimal && failure.runs == 1));
    let mut needle = Needle { runs: 0, is_drawn: false };
    let none = swarm(&mut needle, 5..5, Bounds::default(), |_| ControlFlow::Continue(()));
    assert_eq!((none.passed, none.failure, needle.is_drawn), (0, None, false));
}

/// Oracle: every single part left out of what is left.
#[test]
fn what_is_left_fails_and_nothing_in_it_is_spare() {
    for seed in 0..2_000 {
        let mut rng = Rng::new(seed);
        // Fails with all of some parts, or with all of some others: not monotone in any order of trying.
        let clause = |rng: &mut Rng| (0..1 + rng.below(4)).map(|_| rng.below(30)).collect::<BTreeSet<u64>>();
        let clauses = [clause(&mut rng), clause(&mut rng)];
        let is_odd = rng.chance(0.3);
        let fails = |parts: &[u64]| {
            let has_all = |clause: &BTreeSet<u64>| clause.iter().all(|part| parts.contains(part));
            clauses.iter().any(has_all) && (!is_odd || parts.len() != 3)
        };
        let mut runs = 0;
        let shrunk = shrink((0..30).collect(), |parts: &[u64]| {
            runs += 1;
            Some(fails(parts))
        });
        assert!(shrunk.is_minimal && fails(&shrunk.parts), "seed {seed}: {shrunk:?}");
        for spare in 0..shrunk.parts.len() {
            let mut rest = shrunk.parts.clone();
            rest.remove(spare);
            assert!(!fails(&rest), "seed {seed}: {shrunk:?} without {spare}");
        }
        assert!(runs <= 30 * 30, "{runs} runs");
    }
}

/// Oracle: the definitions over the whole sequence.
#[test]
fn properties_say_what_the_whole_sequence_says() {
    for bits in 0..1 << 8 {
        for length in 0..=8 {
            let states: Vec<bool> = (0..length).map(|at| bits >> at & 1 == 1).collect();
            let told = |holds: bool| match (states.is_empty(), holds) {
                (true, _) => Finding::Untold,
                (_, true) => Finding::Holds,
                (_, false) => Finding::Broken,
            };
            let is_true = |state: &bool| *state;
            let first = |wanted: bool| states.iter().position(|state| *state == wanted).map(|at| at as u64);
            let last_false = states.iter().rposition(|state| !state).map_or(0, |at| at as u64 + 1);
            let mut all = [always(is_true), sometimes(is_true), eventually(is_true), finally(is_true)];
            states.iter().for_each(|state| all.iter_mut().for_each(|property| property.observe(state)));
            let once = if states.contains(&true) { Finding::Holds } else { Finding::Untold };
            let expected =
                [told(first(false).is_none()), once, told(states.contains(&true)), told(states.ends_with(&[true]))];
            assert_eq!(all.each_ref().map(|property| property.finding()), expected, "{states:?}");
            let stays = (last_false < length).then_some(last_false);
            let since = [first(false), first(true), first(true), stays];
            assert_eq!(all.each_ref().map(|property| property.since()), since, "{states:?}");
        }
    }
}
