//! What is asked when linearizability is too much, against the definitions, written out the slow and obvious way.

use base::{Rng, Time};
use check::history::causal::{CausalError, Level, Pattern, broken};
use check::history::model::Register;
use check::history::sessions::{Guarantee, Step, contradiction};
use check::history::{Call, Judgement, STEPS_MAX, sequentially_consistent};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Oracle: the definitions, over all pairs and triples of steps.
fn holds_by_definition(guarantee: Guarantee, all: &[Step]) -> bool {
    // A step of the same session before another.
    let before = |a: usize, b: usize| a < b && all[a].session == all[b].session;
    let pairs = |is_first_write: bool, is_second_write: bool| {
        (0..all.len()).flat_map(move |b| (0..b).map(move |a| (a, b))).filter(move |(a, b)| {
            before(*a, *b) && all[*a].is_write == is_first_write && all[*b].is_write == is_second_write
        })
    };
    let sees = |read: usize, what: usize| all[read].key != all[what].key || all[read].version >= all[what].version;
    // Whoever reads exactly this write, and later the key of what came before it, sees that.
    let is_followed = |(first, write): (usize, usize)| {
        let is_of = |read: usize| {
            !all[read].is_write && (all[read].key, all[read].version) == (all[write].key, all[write].version)
        };
        sees(write, first) && pairs(false, false).all(|(read, next)| !is_of(read) || sees(next, first))
    };
    match guarantee {
        Guarantee::ReadYourWrites => pairs(true, false).all(|(write, read)| sees(read, write)),
        Guarantee::MonotonicReads => pairs(false, false).all(|(first, second)| sees(second, first)),
        Guarantee::MonotonicWrites => pairs(true, true).all(is_followed),
        Guarantee::WritesFollowReads => pairs(false, true).all(is_followed),
    }
}

#[test]
fn session_guarantees_are_judged_as_the_definitions_say() {
    let mut seen = BTreeMap::new();
    for seed in 0..30_000 {
        let mut rng = Rng::new(seed);
        let mut last = [0; 2];
        let step = |_| {
            let (session, key) = (rng.below(3) as u32, rng.below(2) as u32);
            let is_write = rng.chance(0.4);
            last[key as usize] += u64::from(is_write);
            let newest = last[key as usize];
            let version = if is_write { newest } else { newest - rng.below(3).min(newest) };
            Step { session, key, version, is_write }
        };
        let mut all: Vec<Step> = (0..4 + seed % 10).map(step).collect();
        if seed % 3 == 0 {
            // A copy may number two writes of one session the other way round.
            let writes: Vec<usize> = (0..all.len()).filter(|at| all[*at].is_write && all[*at].key == 0).collect();
            if let [.., a, b] = writes[..] {
                (all[a].version, all[b].version) = (all[b].version, all[a].version);
            }
        }
        for guarantee in Guarantee::ALL {
            let (found, expected) = (contradiction(guarantee, &all), holds_by_definition(guarantee, &all));
            assert_eq!(found.is_none(), expected, "seed {seed}, {guarantee:?}: {found:?} in {all:#?}");
            assert!(found.is_none_or(|found| found.earlier != found.later));
            *seen.entry((guarantee, expected)).or_insert(0) += 1;
        }
    }
    assert!(seen.len() == 8 && seen.values().all(|count| *count > 100), "{seen:?}");
}

/// Oracle: causes as they are defined, and then every order of them.
fn causal_by_definition(level: Level, all: &[Call<Register>]) -> bool {
    let from = |read: usize| match all[read].op {
        Register::Read(Some(value)) => {
            all.iter().position(|call| call.key == all[read].key && call.op == Register::Write(value))
        }
        _ => None,
    };
    let mut causes = vec![vec![false; all.len()]; all.len()];
    for b in 0..all.len() {
        if matches!(all[b].op, Register::Read(Some(_))) && from(b).is_none() {
            return false;
        }
        for a in 0..all.len() {
            let is_own = all[a].client == all[b].client && (all[a].call, a) < (all[b].call, b);
            causes[a][b] = is_own || from(b) == Some(a);
        }
    }
    for via in 0..all.len() {
        for a in 0..all.len() {
            for b in 0..all.len() {
                causes[a][b] |= causes[a][via] && causes[via][b];
            }
        }
    }
    if (0..all.len()).any(|at| causes[at][at]) {
        return false;
    }
    // Whether a read answers what the last write of its key before it in the order has written, of those in its past.
    let is_right = |order: &[usize], read: usize| {
        let Register::Read(value) = all[read].op else { return true };
        let past = order.iter().take_while(|at| **at != read).filter(|at| causes[**at][read]);
        let written = past.filter(|at| all[**at].key == all[read].key).filter_map(|at| match all[*at].op {
            Register::Write(value) => Some(value),
            _ => None,
        });
        written.last() == value
    };
    fn some_order(order: &mut Vec<usize>, causes: &[Vec<bool>], is_good: &dyn Fn(&[usize]) -> bool) -> bool {
        let count = causes.len();
        if order.len() == count {
            return is_good(order);
        }
        (0..count).any(|at| {
            if order.contains(&at) || (0..count).any(|other| causes[other][at] && !order.contains(&other)) {
                return false;
            }
            order.push(at);
            let found = some_order(order, causes, is_good);
            order.pop();
            found
        })
    }
    match level {
        // Each reader may have an order of its own; one order serves all.
        Level::Causal => {
            (0..all.len()).all(|read| some_order(&mut Vec::new(), &causes, &|order| is_right(order, read)))
        }
        Level::Convergent => {
            some_order(&mut Vec::new(), &causes, &|order| (0..all.len()).all(|read| is_right(order, read)))
        }
    }
}

fn call(client: u32, key: u32, at: u64, op: Register) -> Call<Register> {
    Call { client, key, call: Time(at), ret: Some(Time(at)), op }
}

#[test]
fn causal_consistency_is_judged_as_the_definition_says() {
    let mut seen = BTreeMap::new();
    for seed in 0..20_000 {
        let mut rng = Rng::new(seed);
        let mut written = [0; 2];
        let step = |at| {
            let (client, key) = (rng.below(3) as u32, rng.below(2) as u32);
            let op = if rng.chance(0.45) {
                written[key as usize] += 1;
                Register::Write(written[key as usize])
            } else {
                Register::Read(Some(rng.below(4)).filter(|value| *value > 0))
            };
            call(client, key, at, op)
        };
        let all: Vec<Call<Register>> = (0..2 + seed % 6).map(step).collect();
        let verdicts = [Level::Causal, Level::Convergent].map(|level| {
            let found = broken(level, &all).expect("plain");
            assert_eq!(
                found.is_none(),
                causal_by_definition(level, &all),
                "seed {seed}, {level:?}: {found:?} {all:#?}"
            );
            found.is_none()
        });
        // What is in one order for all is in each reader's.
        let sequential = sequentially_consistent(&all, STEPS_MAX) == Ok(Judgement::Holds);
        assert!(verdicts[0] >= verdicts[1] && verdicts[1] >= sequential, "seed {seed}: {verdicts:?} {sequential}");
        *seen.entry((verdicts, sequential)).or_insert(0) += 1;
    }
    assert!(seen.len() >= 3 && seen.values().all(|count| *count > 5), "{seen:?}");
}

/// The paper's examples, in its words: figure 3.
#[test]
fn each_pattern_has_its_name() {
    use Register::{Read, Write};
    let judged = |level, all: &[Call<Register>]| broken(level, all).expect("plain");
    // The question is answered before it is there.
    let answer = [
        call(0, 0, 0, Write(1)),
        call(1, 0, 1, Read(Some(1))),
        call(1, 1, 2, Write(1)),
        call(2, 1, 3, Read(Some(1))),
        call(2, 0, 4, Read(None)),
    ];
    assert_eq!(judged(Level::Causal, &answer), Some(Pattern::Unseen { write: 0, read: 4 }));
    let overwritten = [call(0, 0, 0, Write(1)), call(0, 0, 1, Write(2)), call(0, 0, 2, Read(Some(1)))];
    assert_eq!(judged(Level::Causal, &overwritten), Some(Pattern::Overwritten { write: 1, read: 2 }));
    assert_eq!(judged(Level::Causal, &[call(0, 0, 0, Read(Some(7)))]), Some(Pattern::ThinAir(0)));
    let circle =
        [call(0, 0, 0, Read(Some(1))), call(0, 1, 1, Write(1)), call(1, 1, 0, Read(Some(1))), call(1, 0, 1, Write(1))];
    assert!(matches!(judged(Level::Causal, &circle), Some(Pattern::Circle(_))));
    // Each of two saw the other's write win.
    let both =
        [call(0, 0, 0, Write(1)), call(0, 0, 1, Read(Some(2))), call(1, 0, 0, Write(2)), call(1, 0, 1, Read(Some(1)))];
    assert_eq!(judged(Level::Causal, &both), None);
    assert!(matches!(judged(Level::Convergent, &both), Some(Pattern::Disagreement(_))));
    let twice = [call(0, 0, 0, Write(1)), call(1, 0, 0, Write(1))];
    assert_eq!(broken(Level::Causal, &twice), Err(CausalError::Ambiguous { at: 1 }));
    assert_eq!(
        broken(Level::Causal, &[call(0, 0, 0, Register::Cas(None, None, None))]),
        Err(CausalError::NotPlain { at: 0 })
    );
}
