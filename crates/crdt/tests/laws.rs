//! What every type promises, held over the list of the family.

use base::{Rng, Time};
use crdt::{Crdt, Kind, Operation, OperationError, Replicated, Value};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const REPLICAS: u32 = 3;

/// An operation that the type has. Times come from few values, so that some are equal.
fn operation(copy: &Replicated, rng: &mut Rng) -> Operation {
    let at = Time(rng.below(5));
    let element = rng.below(4);
    let other = rng.chance(0.5);
    match copy.kind() {
        Kind::GCounter => Operation::Increment(element),
        Kind::PnCounter if other => Operation::Increment(element),
        Kind::PnCounter => Operation::Decrement(element),
        Kind::LwwRegister | Kind::MvRegister => Operation::Write(at, element),
        Kind::GSet => Operation::Add(element),
        Kind::TwoPhaseSet | Kind::OrSet | Kind::RwSet if other => Operation::Add(element),
        Kind::TwoPhaseSet | Kind::OrSet | Kind::RwSet => Operation::Remove(element),
        Kind::EwFlag | Kind::DwFlag if other => Operation::Enable,
        Kind::EwFlag | Kind::DwFlag => Operation::Disable,
        Kind::LwwMap | Kind::OrMap if other => Operation::Put(at, element, rng.below(9)),
        Kind::LwwMap | Kind::OrMap => Operation::Delete(at, element),
        Kind::Sequence => {
            let Value::Sequence(values) = copy.value() else { panic!("a sequence's value") };
            let length = values.len() as u64;
            if length > 0 && rng.chance(0.3) {
                Operation::Cut(rng.below(length))
            } else {
                Operation::Insert(rng.below(length + 1), rng.below(100))
            }
        }
    }
}

/// A run of some replicas that now and then merge: their states at the end, and every delta that was made.
struct Run {
    states: Vec<Replicated>,
    deltas: Vec<Replicated>,
}

fn run(kind: Kind, seed: u64) -> Run {
    let mut rng = Rng::stream(seed, &[kind as u64]);
    let mut run = Run { states: vec![kind.fresh(); REPLICAS as usize], deltas: Vec::new() };
    for _ in 0..rng.below(40) {
        let replica = rng.below(u64::from(REPLICAS)) as u32;
        if rng.chance(0.3) {
            let from = run.states[rng.below(u64::from(REPLICAS)) as usize].clone();
            run.states[replica as usize].merge(&from);
        } else {
            let copy = &mut run.states[replica as usize];
            let before = copy.clone();
            let delta = copy.apply(replica, operation(&before, &mut rng)).expect("an operation that it has");
            assert_eq!(
                merged(&[&before, &delta]),
                *copy,
                "{kind:?}, seed {seed}: a mutation is a merge with its delta"
            );
            run.deltas.push(delta);
        }
    }
    run
}

fn merged(all: &[&Replicated]) -> Replicated {
    let mut merged = all[0].kind().fresh();
    all.iter().for_each(|one| merged.merge(one));
    merged
}

#[test]
fn merging_is_associative_commutative_and_idempotent() {
    for kind in Kind::ALL {
        for seed in 0..150 {
            let run = run(*kind, seed);
            // States and deltas alike.
            let mut rng = Rng::new(seed);
            let mut pick = || {
                let all = run.states.len() + run.deltas.len();
                let at = rng.below(all as u64) as usize;
                run.states.get(at).or_else(|| run.deltas.get(at - run.states.len())).expect("one of both").clone()
            };
            for _ in 0..4 {
                let (a, b, c) = (pick(), pick(), pick());
                assert_eq!(merged(&[&a, &b]), merged(&[&b, &a]), "{kind:?}, seed {seed}: commutes");
                let (left, right) = (merged(&[&a, &b]), merged(&[&b, &c]));
                assert_eq!(merged(&[&left, &c]), merged(&[&a, &right]), "{kind:?}, seed {seed}: associates");
                assert_eq!(merged(&[&a, &a]), a, "{kind:?}, seed {seed}: repeats");
                assert_eq!(merged(&[&left, &a]), left, "{kind:?}, seed {seed}: only adds");
            }
        }
    }
}

#[test]
fn any_order_repetition_and_grouping_of_deltas_converges_to_the_merged_states() {
    for kind in Kind::ALL {
        for seed in 0..150 {
            let run = run(*kind, seed);
            let expected = merged(&run.states.iter().collect::<Vec<_>>());
            let mut rng = Rng::new(seed);
            for _ in 0..3 {
                let mut sent: Vec<&Replicated> = run.deltas.iter().chain(&run.deltas).collect();
                rng.shuffle(&mut sent);
                // Every delta is in there twice; losing the repetitions of some changes nothing.
                let mut groups = vec![kind.fresh()];
                for delta in sent {
                    if rng.chance(0.5) {
                        groups.push(kind.fresh());
                    }
                    groups.last_mut().expect("one at least").merge(delta);
                }
                rng.shuffle(&mut groups);
                let received = merged(&groups.iter().collect::<Vec<_>>());
                assert_eq!(received, expected, "{kind:?}, seed {seed}");
                assert_eq!(received.value(), expected.value(), "{kind:?}, seed {seed}");
            }
        }
    }
}

#[test]
fn merging_every_state_into_every_replica_leaves_them_equal() {
    for kind in Kind::ALL {
        let mut values = std::collections::BTreeSet::new();
        for seed in 0..100 {
            let run = run(*kind, seed);
            let mut order: Vec<&Replicated> = run.states.iter().collect();
            let first = merged(&order);
            order.reverse();
            assert_eq!(first.value(), merged(&order).value(), "{kind:?}, seed {seed}");
            values.insert(format!("{:?}", first.value()));
        }
        assert!(values.len() > 1, "{kind:?}: the runs differ");
    }
}

#[test]
fn an_operation_of_another_type_is_refused_and_changes_nothing() {
    let all = [
        Operation::Increment(1),
        Operation::Decrement(1),
        Operation::Add(1),
        Operation::Remove(1),
        Operation::Write(Time(1), 1),
        Operation::Enable,
        Operation::Disable,
        Operation::Put(Time(1), 1, 1),
        Operation::Delete(Time(1), 1),
        Operation::Insert(0, 1),
        Operation::Cut(0),
    ];
    for kind in Kind::ALL {
        let mut taken = 0;
        for operation in all {
            let mut copy = kind.fresh();
            match copy.apply(0, operation) {
                Err(OperationError::Unknown { .. }) => assert_eq!(copy, kind.fresh()),
                _ => taken += 1,
            }
        }
        assert!((1..=2).contains(&taken), "{kind:?} has {taken} operations");
        for other in Kind::ALL.iter().filter(|other| *other != kind) {
            let mut copy = kind.fresh();
            copy.merge(&other.fresh());
            assert_eq!(copy, kind.fresh());
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_bound() {
    let mut counter = Kind::PnCounter.fresh();
    counter.apply(0, Operation::Increment(u64::MAX)).expect("it fits");
    let full = counter.clone();
    assert!(counter.apply(0, Operation::Increment(1)).expect_err("full").to_string().contains("18446744073709551615"));
    assert_eq!(counter, full);
    counter.apply(1, Operation::Increment(u64::MAX)).expect("another slot");
    assert_eq!(counter.value(), Value::Count(2 * i128::from(u64::MAX)));
    let mut sequence = Kind::Sequence.fresh();
    for operation in
        [Operation::Insert(1, 7), Operation::Cut(0), Operation::Insert(u64::MAX, 7), Operation::Cut(u64::MAX)]
    {
        assert!(sequence.apply(0, operation).is_err(), "{operation:?}");
    }
    assert_eq!(sequence, Kind::Sequence.fresh());
}

#[test]
fn names_are_those_of_the_saved_form() {
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_string(kind).expect("a name"), format!("\"{}\"", kind.name()));
        assert!(!kind.help().is_empty());
    }
}
