//! What each type means, told from its history alone.
//!
//! Oracle: every operation with the set of operations that its replica had heard of, and the definitions over that order: no states,
//! no dots, no merges.

use base::{Rng, Time};
use crdt::{Crdt, Kind, Operation, Replicated, Value};
use std::collections::{BTreeMap, BTreeSet};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

struct Done {
    operation: Operation,
    replica: u32,
    /// The operations that happened before it.
    past: BTreeSet<usize>,
}

/// What a replica knows, as places in the history.
type Known = BTreeSet<usize>;

struct History<'a> {
    all: &'a [Done],
    known: &'a Known,
}

impl History<'_> {
    fn of<'a>(&'a self, is_meant: impl Fn(Operation) -> bool + 'a) -> impl Iterator<Item = usize> + 'a {
        self.known.iter().copied().filter(move |at| is_meant(self.all[*at].operation))
    }

    fn is_before(&self, first: usize, second: usize) -> bool {
        self.all[second].past.contains(&first)
    }

    /// Whether `is_up` wins: some of it that no `is_down` has observed.
    fn up_wins(&self, is_up: impl Fn(Operation) -> bool, is_down: impl Fn(Operation) -> bool) -> bool {
        self.of(is_up).any(|up| !self.of(&is_down).any(|down| self.is_before(up, down)))
    }

    /// Whether `is_down` loses: there is some `is_up`, and every `is_down` was observed by one.
    fn down_loses(&self, is_up: impl Fn(Operation) -> bool, is_down: impl Fn(Operation) -> bool) -> bool {
        let is_observed = |down: usize| self.of(&is_up).any(|up| self.is_before(down, up));
        self.of(&is_up).next().is_some() && self.of(is_down).all(is_observed)
    }

    /// The last of those writes: by time, then replica, then the order at that replica.
    fn last(&self, is_meant: impl Fn(Operation) -> bool) -> Option<Operation> {
        let rank = |at: &usize| {
            let done = &self.all[*at];
            let (Operation::Write(time, _) | Operation::Put(time, ..) | Operation::Delete(time, _)) = done.operation
            else {
                panic!("an operation with a time")
            };
            (time, done.replica, *at)
        };
        self.of(is_meant).max_by_key(rank).map(|at| self.all[at].operation)
    }

    fn set(&self, is_in: impl Fn(u64) -> bool) -> Value {
        Value::Set((0..ELEMENTS).filter(|element| is_in(*element)).collect())
    }

    fn value(&self, kind: Kind) -> Value {
        let sum = |amount: &dyn Fn(Operation) -> i128| {
            Value::Count(self.known.iter().map(|at| amount(self.all[*at].operation)).sum())
        };
        match kind {
            Kind::GCounter | Kind::PnCounter => sum(&|operation| match operation {
                Operation::Increment(by) => i128::from(by),
                Operation::Decrement(by) => -i128::from(by),
                _ => 0,
            }),
            Kind::GSet => self.set(|element| self.of(|done| done == Operation::Add(element)).next().is_some()),
            // A removal of what its replica did not have is no removal.
            Kind::TwoPhaseSet => self.set(|element| {
                let is_add = |done| done == Operation::Add(element);
                let removals = self.of(|done| done == Operation::Remove(element));
                let is_real = |at: usize| self.of(is_add).any(|add| self.is_before(add, at));
                self.of(is_add).next().is_some() && !removals.into_iter().any(is_real)
            }),
            Kind::OrSet => {
                self.set(|x| self.up_wins(|done| done == Operation::Add(x), |done| done == Operation::Remove(x)))
            }
            Kind::RwSet => {
                self.set(|x| self.down_loses(|done| done == Operation::Add(x), |done| done == Operation::Remove(x)))
            }
            Kind::EwFlag => {
                Value::Flag(self.up_wins(|done| done == Operation::Enable, |done| done == Operation::Disable))
            }
            Kind::DwFlag => {
                Value::Flag(self.down_loses(|done| done == Operation::Enable, |done| done == Operation::Disable))
            }
            Kind::LwwRegister => Value::Register(self.last(|_| true).map(|last| match last {
                Operation::Write(_, value) => value,
                other => panic!("{other:?} in a register"),
            })),
            Kind::MvRegister => {
                let is_kept = |at: &usize| !self.known.iter().any(|later| self.is_before(*at, *later));
                let values = self.known.iter().filter(|at| is_kept(at)).map(|at| match self.all[*at].operation {
                    Operation::Write(_, value) => value,
                    other => panic!("{other:?} in a register"),
                });
                Value::Set(values.collect::<BTreeSet<u64>>().into_iter().collect())
            }
            Kind::LwwMap => self.map(|key| match self.last(|done| key_of(done) == Some(key)) {
                Some(Operation::Put(_, _, value)) => vec![value],
                _ => Vec::new(),
            }),
            Kind::OrMap => self.map(|key| {
                let of_key = || self.of(move |done| key_of(done) == Some(key));
                let is_kept = |at: &usize| !of_key().any(|later| self.is_before(*at, later));
                let values = of_key().filter(is_kept).filter_map(|at| match self.all[at].operation {
                    Operation::Put(_, _, value) => Some(value),
                    _ => None,
                });
                values.collect::<BTreeSet<u64>>().into_iter().collect()
            }),
            Kind::Sequence => panic!("has its own tests"),
        }
    }

    fn map(&self, values: impl Fn(u64) -> Vec<u64>) -> Value {
        Value::Map((0..ELEMENTS).map(|key| (key, values(key))).filter(|(_, values)| !values.is_empty()).collect())
    }
}

fn key_of(operation: Operation) -> Option<u64> {
    match operation {
        Operation::Put(_, key, _) | Operation::Delete(_, key) => Some(key),
        _ => None,
    }
}

const ELEMENTS: u64 = 3;

fn operation(kind: Kind, rng: &mut Rng) -> Operation {
    let (at, element) = (Time(rng.below(6)), rng.below(ELEMENTS));
    match (kind, rng.chance(0.5)) {
        (Kind::GCounter, _) | (Kind::PnCounter, true) => Operation::Increment(element),
        (Kind::PnCounter, false) => Operation::Decrement(element),
        (Kind::LwwRegister | Kind::MvRegister, _) => Operation::Write(at, rng.below(9)),
        (Kind::GSet, _) | (Kind::TwoPhaseSet | Kind::OrSet | Kind::RwSet, true) => Operation::Add(element),
        (Kind::TwoPhaseSet | Kind::OrSet | Kind::RwSet, false) => Operation::Remove(element),
        (Kind::EwFlag | Kind::DwFlag, true) => Operation::Enable,
        (Kind::EwFlag | Kind::DwFlag, false) => Operation::Disable,
        (Kind::LwwMap | Kind::OrMap, true) => Operation::Put(at, element, rng.below(9)),
        (Kind::LwwMap | Kind::OrMap, false) => Operation::Delete(at, element),
        (Kind::Sequence, _) => panic!("has its own tests"),
    }
}

#[test]
fn every_replica_says_at_every_step_what_its_history_means() {
    for kind in Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Sequence) {
        let mut seen = BTreeMap::new();
        for seed in 0..200 {
            let mut rng = Rng::stream(seed, &[kind as u64]);
            let mut copies: Vec<Replicated> = vec![kind.fresh(); 3];
            let mut known: Vec<Known> = vec![Known::new(); 3];
            let mut all: Vec<Done> = Vec::new();
            for step in 0..40 {
                let at = rng.below(3) as usize;
                if rng.chance(0.35) {
                    let from = rng.below(3) as usize;
                    let (copy, other) = (copies[from].clone(), known[from].clone());
                    copies[at].merge(&copy);
                    known[at].extend(other);
                } else {
                    let operation = operation(kind, &mut rng);
                    copies[at].apply(at as u32, operation).expect("an operation that it has");
                    all.push(Done { operation, replica: at as u32, past: known[at].clone() });
                    known[at].insert(all.len() - 1);
                }
                let expected = History { all: &all, known: &known[at] }.value(kind);
                assert_eq!(copies[at].value(), expected, "{kind:?}, seed {seed}, step {step}");
                *seen.entry(format!("{expected:?}")).or_insert(0) += 1;
            }
        }
        assert!(seen.len() > 1, "{kind:?}: {seen:?}");
    }
}
