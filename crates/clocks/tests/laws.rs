//! What each clock promises, over random histories of processes that send each other messages.
//!
//! Oracle: happened-before itself, as the set of events that each event can know of, gathered along the messages.

use base::{Rng, Span, Time};
use clocks::{Exhausted, HybridClock, HybridStamp, Lamport, LamportStamp, ReceiveError, Relation, VectorClock};
use std::collections::BTreeSet;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

struct Event {
    process: u32,
    /// The events that happened before this one, and itself.
    past: BTreeSet<usize>,
    lamport: u64,
    vector: VectorClock<u32>,
    hybrid: HybridStamp,
    physical: Time,
    /// The fastest physical clock of the system at that moment.
    fastest: Time,
}

struct Process {
    past: BTreeSet<usize>,
    lamport: Lamport,
    vector: VectorClock<u32>,
    hybrid: HybridClock,
    offset: u64,
}

/// How far the processes' physical clocks are apart at most, in ns.
const SKEW: u64 = 20;

/// A history of `events` in which each event may receive one message sent before.
fn history(seed: u64, processes: u32, events: usize) -> Vec<Event> {
    let mut rng = Rng::new(seed);
    let fresh = |rng: &mut Rng| Process {
        past: BTreeSet::new(),
        lamport: Lamport::new(),
        vector: VectorClock::new(),
        hybrid: HybridClock::with_bound(Span(SKEW)),
        offset: rng.below(SKEW + 1),
    };
    let mut all: Vec<Process> = (0..processes).map(|_| fresh(&mut rng)).collect();
    let mut history: Vec<Event> = Vec::new();
    let mut now = 100;
    for id in 0..events {
        now += rng.below(3);
        let process = rng.below(u64::from(processes)) as u32;
        let sent = rng.chance(0.5).then(|| rng.below(id as u64 + 1) as usize).and_then(|at| history.get(at));
        let own = &mut all[process as usize];
        let physical = Time(now + own.offset);
        own.past.insert(id);
        let (lamport, hybrid) = match sent {
            Some(sent) => {
                own.past.extend(&sent.past);
                own.vector.receive(process, &sent.vector).expect("few events");
                (own.lamport.receive(sent.lamport), own.hybrid.receive(sent.hybrid, physical).expect("within the skew"))
            }
            None => {
                own.vector.tick(process).expect("few events");
                (own.lamport.tick(), own.hybrid.tick(physical).expect("few events"))
            }
        };
        let (past, vector) = (own.past.clone(), own.vector.clone());
        let lamport = lamport.expect("few events");
        history.push(Event { process, past, lamport, vector, hybrid, physical, fastest: Time(now + SKEW) });
    }
    history
}

fn relation(a: usize, b: usize, history: &[Event]) -> Relation {
    match (history[b].past.contains(&a), history[a].past.contains(&b)) {
        (true, true) => Relation::Equal,
        (true, false) => Relation::Before,
        (false, true) => Relation::After,
        (false, false) => Relation::Concurrent,
    }
}

#[test]
fn every_clock_respects_causes_and_a_vector_tells_all_of_them() {
    let (mut concurrent, mut hidden) = (0, 0);
    for seed in 0..40 {
        let history = history(seed, 2 + (seed % 4) as u32, 60);
        for (a, first) in history.iter().enumerate() {
            for (b, second) in history.iter().enumerate() {
                let truth = relation(a, b, &history);
                assert_eq!(first.vector.relation(&second.vector), truth, "seed {seed}: {a} and {b}");
                let stamp = |event: &Event| LamportStamp { count: event.lamport, process: event.process };
                if truth == Relation::Before {
                    assert!(first.lamport < second.lamport && stamp(first) < stamp(second), "seed {seed}: {a}, {b}");
                    assert!(first.hybrid < second.hybrid, "seed {seed}: {a}, {b}");
                }
                concurrent += u32::from(truth == Relation::Concurrent);
                hidden += u32::from(truth == Relation::Concurrent && first.lamport < second.lamport);
            }
        }
    }
    assert!(concurrent > 1_000 && hidden > 1_000, "{concurrent} concurrent, {hidden} that Lamport numbers order");
}

/// Oracle: the paper's bounds, l ≥ pt and l − pt ≤ ε (theorems 2 and 3).
#[test]
fn a_hybrid_time_stays_within_the_skew_of_the_physical_one() {
    for seed in 0..200 {
        for event in history(seed, 4, 100) {
            assert!(event.hybrid.time >= event.physical, "seed {seed}");
            assert!(event.hybrid.time <= event.fastest, "seed {seed}: {:?} beyond every clock", event.hybrid);
            assert!(event.hybrid.time.since(event.physical) <= Span(SKEW), "seed {seed}");
        }
    }
}

#[test]
fn merging_is_a_least_upper_bound() {
    let mut rng = Rng::new(5);
    let mut draw = || VectorClock::from_counts((0..3_u32).map(|process| (process, rng.below(3))));
    for _ in 0..2_000 {
        let (a, b, c) = (draw(), draw(), draw());
        assert_eq!(a.merged(&b), b.merged(&a));
        assert_eq!(a.merged(&b).merged(&c), a.merged(&b.merged(&c)));
        assert_eq!(a.merged(&a), a);
        assert!(a.merged(&b).covers(&a) && a.merged(&b).covers(&b));
        assert!(!(c.covers(&a) && c.covers(&b)) || c.covers(&a.merged(&b)), "{a:?} {b:?} {c:?}");
    }
}

#[test]
fn a_missing_entry_is_zero() {
    let none = VectorClock::new();
    assert_eq!(VectorClock::from_counts([("a", 0)]), none);
    assert_eq!(
        VectorClock::from_counts([("a", 1)]).relation(&VectorClock::from_counts([("b", 1)])),
        Relation::Concurrent
    );
    assert_eq!(none.relation(&VectorClock::from_counts([("a", 1)])), Relation::Before);
}

#[test]
fn a_message_that_claims_the_end_of_counting_changes_nothing() {
    let mut lamport = Lamport::new();
    assert_eq!(lamport.receive(u64::MAX), Err(Exhausted));
    assert_eq!(lamport.tick(), Ok(1));

    let mut vector = VectorClock::from_counts([(0, 3)]);
    assert_eq!(vector.receive(0, &VectorClock::from_counts([(0, u64::MAX), (1, 9)])), Err(Exhausted));
    assert_eq!(vector, VectorClock::from_counts([(0, 3)]));

    let mut hybrid = HybridClock::new();
    let claimed = HybridStamp { time: Time(9), count: u64::MAX };
    assert_eq!(hybrid.receive(claimed, Time(1)), Err(ReceiveError::Exhausted(Exhausted)));
    assert_eq!(hybrid.last(), HybridStamp::default());
    assert_eq!(hybrid.receive(claimed, Time(10)), Ok(HybridStamp { time: Time(10), count: 0 }), "overtaken by pt");
}

#[test]
fn a_clock_that_steps_back_keeps_its_order_by_counting() {
    let mut hybrid = HybridClock::new();
    let stamps: Vec<HybridStamp> = [10, 10, 11, 7, 8].map(|pt| hybrid.tick(Time(pt)).expect("few")).to_vec();
    let expected = [(10, 0), (10, 1), (11, 0), (11, 1), (11, 2)];
    assert_eq!(stamps, expected.map(|(time, count)| HybridStamp { time: Time(time), count }));
}

#[test]
fn a_stamp_from_beyond_the_bound_is_refused_with_the_figures() {
    let mut hybrid = HybridClock::with_bound(Span::from_millis(500));
    let far = HybridStamp { time: Time::ZERO + Span::from_secs(2), count: 0 };
    let error = hybrid.receive(far, Time::ZERO).expect_err("2 s ahead");
    assert!(error.to_string().contains("at most") && hybrid.last() == HybridStamp::default(), "{error}");
    assert!(hybrid.receive(far, far.time - Span::from_millis(500)).is_ok());
}
