//! The judges of histories against their definitions, against recorded runs, and against time.

use base::{Rng, Time};
use check::history::model::{Counter, KvAppend, Lock, Model, Queue, Register, Set};
use check::history::transactions::{Access, Isolation, Transaction, TransactionsError, allows};
use check::history::{Call, HistoryError, Judgement, STEPS_MAX, linearizable, minimal, sequentially_consistent};
use serde_json::Value;
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Random histories tried for each of six models, by both judges, and of transactions: 120,000 and 20,000 in all, some seconds.
const HISTORIES: u64 = 20_000;

/// An order by brute force: `is_first` says of two operations whether the first must stand before the second. Operations that were
/// never answered may be left out.
fn some_order<M: Model>(
    history: &[Call<M>],
    state: &BTreeMap<u32, M::State>,
    placed: &mut Vec<usize>,
    is_first: &dyn Fn(usize, usize) -> bool,
) -> bool {
    let rest = || (0..history.len()).filter(|at| !placed.contains(at)).collect::<Vec<usize>>();
    let left = rest();
    if left.iter().all(|at| history[*at].ret.is_none()) {
        return true;
    }
    for at in &left {
        // What was never answered and is left out stands before nothing.
        if left.iter().any(|other| other != at && history[*other].ret.is_some() && is_first(*other, *at)) {
            continue;
        }
        let held = state.get(&history[*at].key).cloned().unwrap_or_else(M::initial);
        let Some(next) = history[*at].op.step(&held) else { continue };
        let mut after = state.clone();
        after.insert(history[*at].key, next);
        placed.push(*at);
        let found = some_order(history, &after, placed, is_first);
        placed.pop();
        if found {
            return true;
        }
    }
    false
}

fn linearizable_by_definition<M: Model>(history: &[Call<M>]) -> bool {
    let is_first = |first: usize, second: usize| history[first].ret.is_some_and(|ret| ret < history[second].call);
    some_order(history, &BTreeMap::new(), &mut Vec::new(), &is_first)
}

fn sequential_by_definition<M: Model>(history: &[Call<M>]) -> bool {
    let is_first = |first: usize, second: usize| {
        let (a, b) = (&history[first], &history[second]);
        a.client == b.client && (a.call, first) < (b.call, second)
    };
    some_order(history, &BTreeMap::new(), &mut Vec::new(), &is_first)
}

/// A history of up to 7 operations of 3 clients, each of which waits for its answers; some are never answered.
fn small<M>(rng: &mut Rng, keys: u64, op: impl Fn(&mut Rng) -> M) -> Vec<Call<M>> {
    let mut now = [0_u64; 3];
    let calls = 1 + rng.below(7);
    let call = |_| {
        let client = rng.below(3) as u32;
        let begin = now[client as usize] + rng.below(4);
        let end = begin + rng.below(5);
        now[client as usize] = end + rng.below(2);
        let ret = (!rng.chance(0.15)).then_some(Time(end));
        Call { client, key: rng.below(keys) as u32, call: Time(begin), ret, op: op(rng) }
    };
    (0..calls).map(call).collect()
}

/// Judges many random histories of a model and compares with the definitions. Both verdicts must be seen.
fn compare<M: Model>(name: &str, op: impl Fn(&mut Rng) -> M) {
    let mut seen = BTreeMap::new();
    for seed in 0..HISTORIES {
        let mut rng = Rng::stream(seed, &[base::stable_hash(name)]);
        let keys = 1 + rng.below(2);
        let history = small(&mut rng, keys, &op);
        let verdicts = [
            (linearizable(&history, STEPS_MAX), linearizable_by_definition(&history)),
            (sequentially_consistent(&history, STEPS_MAX), sequential_by_definition(&history)),
        ];
        for (judge, (verdict, expected)) in ["linearizable", "sequential"].into_iter().zip(verdicts) {
            let verdict = verdict.expect("a history");
            assert_ne!(verdict, Judgement::Unknown, "{name}, seed {seed}");
            assert_eq!(verdict == Judgement::Holds, expected, "{name}, seed {seed}, {judge}: {history:#?}");
            *seen.entry((judge, expected)).or_insert(0) += 1;
        }
    }
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 30), "{name}: {seen:?}");
}

fn known<T>(rng: &mut Rng, value: T) -> Option<T> {
    rng.chance(0.9).then_some(value)
}

/// Oracle for the six tests that follow: brute force over all orders.
#[test]
fn registers_are_judged_as_the_definitions_say() {
    let value = |rng: &mut Rng| Some(rng.below(3)).filter(|value| *value > 0);
    compare("register", |rng| match rng.below(5) {
        0 | 1 => Register::Write(1 + rng.below(2)),
        2 | 3 => Register::Read(value(rng)),
        _ if rng.chance(0.2) => Register::Clear,
        _ => Register::Cas(value(rng), value(rng), [None, Some(true), Some(false)][rng.below(3) as usize]),
    });
}

#[test]
fn texts_are_judged_as_the_definitions_say() {
    compare("kv-append", |rng| match rng.below(5) {
        0 => KvAppend::Put("a".to_owned()),
        1 | 2 => KvAppend::Append(["a", "b"][rng.below(2) as usize].to_owned()),
        _ => {
            let text = ["", "a", "b", "ab", "aa", "ba", "aba"][rng.below(7) as usize].to_owned();
            KvAppend::Get(known(rng, text))
        }
    });
}

#[test]
fn counters_are_judged_as_the_definitions_say() {
    compare("counter", |rng| match rng.below(4) {
        0 => Counter::Add(i128::from(rng.below(3)) - 1),
        1 => Counter::AddAndGet(1, Some(i128::from(1 + rng.below(2)))),
        _ => {
            let value = i128::from(rng.below(3));
            Counter::Read(known(rng, value))
        }
    });
}

#[test]
fn queues_are_judged_as_the_definitions_say() {
    compare("queue", |rng| match rng.below(5) {
        0..=2 => Queue::Enqueue(rng.below(4)),
        _ if rng.chance(0.1) => Queue::DequeueUnknown,
        _ => Queue::Dequeue(Some(rng.below(5)).filter(|value| *value < 4)),
    });
}

#[test]
fn sets_are_judged_as_the_definitions_say() {
    compare("set", |rng| match rng.below(2) {
        0 => Set::Add(rng.below(2)),
        _ => {
            let elements = (0..2).filter(|_| rng.chance(0.5)).collect();
            Set::Read(known(rng, elements))
        }
    });
}

#[test]
fn locks_are_judged_as_the_definitions_say() {
    compare("lock", |rng| {
        let done = [None, Some(true), Some(true), Some(false)][rng.below(4) as usize];
        if rng.chance(0.5) { Lock::Acquire(done) } else { Lock::Release(done) }
    });
}

fn recorded(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a list of histories")
}

/// A recorded history with its verdict. `op` reads what was asked and answered; `None` as the answer if it is not known.
fn read<M>(history: &Value, op: impl Fn(&str, &[Value], Option<&Value>) -> M) -> (String, bool, Vec<Call<M>>) {
    let call = |recorded: &Value| {
        let time = |field: &str| recorded[field].as_u64().map(Time);
        let ret = time("ret");
        let answer = ret.map(|_| &recorded["out"]);
        let args = recorded["args"].as_array().expect("a list");
        Call {
            client: recorded["client"].as_u64().expect("a client") as u32,
            key: recorded["key"].as_str().map_or(0, |key| key.parse().expect("a number")),
            call: time("call").expect("a time"),
            ret,
            op: op(recorded["f"].as_str().expect("a name"), args, answer),
        }
    };
    let calls = history["ops"].as_array().expect("a list").iter().map(call).collect();
    (history["id"].to_string(), history["linearizable"].as_bool().expect("a verdict"), calls)
}

fn kv(f: &str, args: &[Value], answer: Option<&Value>) -> KvAppend {
    let text = || args[0].as_str().expect("a text").to_owned();
    match f {
        "get" => KvAppend::Get(answer.map(|text| text.as_str().expect("a text").to_owned())),
        "put" => KvAppend::Put(text()),
        "append" => KvAppend::Append(text()),
        other => panic!("{other}"),
    }
}

fn cas(f: &str, args: &[Value], answer: Option<&Value>) -> Register {
    match f {
        "read" => answer.map_or(Register::ReadUnknown, |value| Register::Read(value.as_u64())),
        "write" => Register::Write(args[0].as_u64().expect("a number")),
        "cas" => Register::Cas(args[0].as_u64(), args[1].as_u64(), answer.and_then(Value::as_bool)),
        other => panic!("{other}"),
    }
}

/// Checks a judge's word on a recorded history; a broken one's smallest part must be broken, and nothing in it be spare.
fn agrees<M: Model>((id, expected, history): (String, bool, Vec<Call<M>>), steps: u64) {
    let verdict = linearizable(&history, steps).expect("a history");
    assert_eq!(verdict == Judgement::Holds, expected, "{id}: {verdict:?}");
    assert_ne!(verdict, Judgement::Unknown, "{id}");
    let part = minimal(&history, steps).expect("a history");
    assert_eq!(part.is_some(), !expected, "{id}");
    let Some(part) = part else { return };
    let of = |part: &[usize]| -> Vec<Call<M>> { part.iter().map(|at| history[*at].clone()).collect() };
    assert!(part.len() < 40, "{id}: {} of {} operations", part.len(), history.len());
    let last = part.iter().filter_map(|at| history[*at].ret).max();
    assert!(last.is_some() && matches!(linearizable(&of(&part), steps), Ok(Judgement::Broken(_))), "{id}");
}

/// Oracle: the verdicts that porcupine publishes with these histories.
#[test]
fn recorded_runs_of_etcd_and_of_a_key_value_store_are_judged_as_published() {
    let jepsen = recorded(include_str!("data/jepsen_etcd.json"));
    jepsen.iter().for_each(|history| agrees(read(history, cas), 2_000_000));
    let small = recorded(include_str!("data/kv_small.json"));
    small.iter().for_each(|history| agrees(read(history, kv), 2_000_000));
    let large = recorded(include_str!("data/kv_large.json"));
    large.iter().for_each(|history| agrees(read(history, kv), 20_000_000));
    assert_eq!((jepsen.len(), small.len(), large.len()), (24, 4, 2));
}

#[test]
fn a_smallest_part_has_nothing_to_spare() {
    let mut found = 0;
    for seed in 0..3_000 {
        let mut rng = Rng::new(seed);
        let history = small(&mut rng, 2, |rng| match rng.below(2) {
            0 => Register::Write(1 + rng.below(2)),
            _ => Register::Read(Some(rng.below(3)).filter(|value| *value > 0)),
        });
        let Some(part) = minimal(&history, STEPS_MAX).expect("a history") else { continue };
        let of = |part: &[usize]| -> Vec<_> { part.iter().map(|at| history[*at].clone()).collect() };
        assert!(!linearizable_by_definition(&of(&part)), "seed {seed}: {part:?}");
        assert!(part.iter().all(|at| history[*at].key == history[part[0]].key), "seed {seed}");
        for spare in 0..part.len() {
            let mut rest = part.clone();
            rest.remove(spare);
            assert!(linearizable_by_definition(&of(&rest)), "seed {seed}: {part:?} without {spare}");
        }
        found += 1;
    }
    assert!(found > 500, "{found} broken histories");
}

/// What a correct object answers to clients that wait for their answers, each operation taking effect at some moment inside.
fn lived<M: Model>(
    seed: u64,
    clients: u32,
    calls: usize,
    keys: u64,
    mut op: impl FnMut(&mut Rng, &M::State) -> M,
) -> Vec<Call<M>> {
    let mut rng = Rng::new(seed);
    let mut now = vec![0_u64; clients as usize];
    let mut held: BTreeMap<u32, M::State> = BTreeMap::new();
    // The moments in order: each time the client whose moment comes first.
    let mut history: Vec<Call<M>> = Vec::with_capacity(calls);
    let mut plans: Vec<(u64, u64, u64)> = Vec::new();
    let plan = |from: u64, rng: &mut Rng| {
        let begin = from + 1 + rng.below(3);
        let moment = begin + rng.below(60);
        (moment, begin, moment + rng.below(60))
    };
    for at in &mut now {
        plans.push(plan(*at, &mut rng));
        *at = plans[plans.len() - 1].2;
    }
    while history.len() < calls {
        let client = (0..plans.len()).min_by_key(|client| plans[*client]).expect("a client");
        let (_, begin, end) = plans[client];
        let key = rng.below(keys) as u32;
        let state = held.entry(key).or_insert_with(M::initial);
        let op = op(&mut rng, state);
        *state = op.step(state).expect("it answers what is right");
        history.push(Call { client: client as u32, key, call: Time(begin), ret: Some(Time(end)), op });
        plans[client] = plan(end, &mut rng);
    }
    history
}

/// 10,000 operations of 10 clients on one register. Steps are what takes time: a million are a good tenth of a second.
#[test]
fn ten_thousand_operations_of_ten_clients_are_judged_in_a_few_steps_each() {
    let register = |rng: &mut Rng, state: &Option<u64>| match rng.below(3) {
        0 => Register::Write(rng.below(5)),
        1 => Register::Read(*state),
        _ => {
            let from = Some(rng.below(5));
            Register::Cas(from, Some(rng.below(5)), Some(from == *state))
        }
    };
    for keys in [1, 8] {
        let history = lived(7, 10, 10_000, keys, register);
        assert_eq!(linearizable(&history, 1_000_000), Ok(Judgement::Holds), "{keys} keys");
        // One answer that cannot be: everything around it is tried, not everything.
        let mut broken = history;
        let at = (5_000..).find(|at| matches!(broken[*at].op, Register::Read(_))).expect("a read");
        broken[at].op = Register::Read(Some(99));
        let verdict = linearizable(&broken, 20_000_000).expect("a history");
        assert!(matches!(verdict, Judgement::Broken(found) if found.stuck.abs_diff(at) < 40), "{verdict:?}, not {at}");
    }
}

/// What is guessed wrong about the order of a queue or of a text shows only when it comes out, long after.
#[test]
fn queues_and_texts_that_many_write_at_once_are_judged_too() {
    for (values, clients) in [(1_000_000, 10), (10_000, 4)] {
        let queue = |rng: &mut Rng, state: &std::collections::VecDeque<u64>| match rng.below(2) {
            0 => Queue::Enqueue(rng.below(values)),
            _ => Queue::Dequeue(state.front().copied()),
        };
        let mut history = lived(9, clients, 2_000, 1, queue);
        assert_eq!(linearizable(&history, STEPS_MAX), Ok(Judgement::Holds), "{values} values");
        let at = (1_000..).find(|at| matches!(history[*at].op, Queue::Dequeue(Some(_)))).expect("a take");
        history[at].op = Queue::Dequeue(Some(values + 1));
        assert!(matches!(linearizable(&history, STEPS_MAX), Ok(Judgement::Broken(_))), "{values} values");
    }
    let mut written = 0;
    let text = |rng: &mut Rng, state: &String| {
        written += 1;
        if rng.chance(0.5) { KvAppend::Append(format!("{written} ")) } else { KvAppend::Get(Some(state.clone())) }
    };
    let mut history = lived(9, 10, 2_000, 1, text);
    assert_eq!(linearizable(&history, STEPS_MAX), Ok(Judgement::Holds));
    let at = (1_000..).find(|at| matches!(history[*at].op, KvAppend::Get(_))).expect("a read");
    history[at].op = KvAppend::Get(Some("1 2 ".to_owned()));
    assert!(matches!(linearizable(&history, STEPS_MAX), Ok(Judgement::Broken(_))));
}

#[test]
fn two_thousand_operations_in_order_are_found_to_be_sequential() {
    for seed in 0..3 {
        let counter = |rng: &mut Rng, state: &i128| match rng.below(2) {
            0 => Counter::AddAndGet(1, Some(state + 1)),
            _ => Counter::Read(Some(*state)),
        };
        let history = lived(seed, 5, 2_000, 3, counter);
        assert_eq!(sequentially_consistent(&history, STEPS_MAX), Ok(Judgement::Holds), "seed {seed}");
        let register = |rng: &mut Rng, state: &Option<u64>| match rng.below(2) {
            0 => Register::Write(rng.below(1_000_000)),
            _ => Register::Read(*state),
        };
        let mut history = lived(seed, 5, 2_000, 3, register);
        assert_eq!(sequentially_consistent(&history, STEPS_MAX), Ok(Judgement::Holds), "seed {seed}");
        // One client's view of one value twice, in between another: no order has that.
        let reads: Vec<usize> = (500..2_000).filter(|at| matches!(history[*at].op, Register::Read(Some(_)))).collect();
        history[reads[10]].op = Register::Read(Some(1_000_001));
        let verdict = sequentially_consistent(&history, STEPS_MAX).expect("a history");
        assert!(matches!(verdict, Judgement::Broken(_)), "seed {seed}: {verdict:?}");
    }
}

/// Fourteen that put at once what fourteen take, in whatever order, and one answer that is wrong: millions of steps.
#[test]
fn who_runs_out_of_steps_says_so_and_nothing_else() {
    let call = |client, call, ret, op| Call { client, key: 0, call: Time(call), ret: Some(Time(ret)), op };
    let mut history: Vec<Call<Queue>> = (0..14).map(|at| call(at, 0, 9, Queue::Enqueue(u64::from(at % 7)))).collect();
    history.extend((0..14).map(|at| call(20 + at, 1, 9, Queue::Dequeue(Some(u64::from(at % 7))))));
    history.push(call(98, 10, 11, Queue::Enqueue(3)));
    history.extend([12, 14].map(|at| call(99, at, at + 1, Queue::Dequeue(Some(3)))));
    for steps in [0, 1, 10, 1_000, 100_000] {
        assert_eq!(linearizable(&history, steps), Ok(Judgement::Unknown), "{steps} steps");
        assert_eq!(sequentially_consistent(&history, steps), Ok(Judgement::Unknown), "{steps} steps");
        assert_eq!(minimal(&history, steps), Ok(None));
    }
    // Another key that is broken for certain is reported all the same.
    history.push(Call { client: 98, key: 1, call: Time(0), ret: Some(Time(1)), op: Queue::Dequeue(Some(5)) });
    assert!(matches!(linearizable(&history, 1_000), Ok(Judgement::Broken(found)) if found.stuck == 31));
    assert_eq!(linearizable::<Register>(&[], 0), Ok(Judgement::Holds));
    let backwards = Call { client: 0, key: 0, call: Time(2), ret: Some(Time(1)), op: Lock::Acquire(None) };
    assert_eq!(linearizable(&[backwards], 9), Err(HistoryError::Backwards { at: 0 }));
}

/// The examples by which the two properties are usually told apart.
#[test]
fn two_keys_can_each_be_in_order_and_not_together() {
    let call = |client, key, call, ret, op| Call { client, key, call: Time(call), ret: Some(Time(ret)), op };
    // Each writes its own register and then does not see the other's: Dekker's example.
    let history = [
        call(0, 0, 0, 1, Register::Write(1)),
        call(1, 1, 0, 1, Register::Write(1)),
        call(0, 1, 2, 3, Register::Read(None)),
        call(1, 0, 2, 3, Register::Read(None)),
    ];
    assert!(matches!(sequentially_consistent(&history, STEPS_MAX), Ok(Judgement::Broken(_))));
    for key in [0, 1] {
        let of_key: Vec<_> = history.iter().filter(|call| call.key == key).cloned().collect();
        assert_eq!(sequentially_consistent(&of_key, STEPS_MAX), Ok(Judgement::Holds), "key {key} alone");
    }
    // An answer at the very moment of another's call: they overlap.
    let touching = [call(0, 0, 0, 5, Register::Write(1)), call(1, 0, 5, 6, Register::Read(None))];
    assert_eq!(linearizable(&touching, STEPS_MAX), Ok(Judgement::Holds));
}

fn transaction(accesses: Vec<Access>, start: u64, end: u64) -> Transaction {
    Transaction { accesses, start: Time(start), end: Time(end) }
}

/// Oracle: every order by itself, or every order of snapshots and commits, and the rules as they are written.
fn allowed_by_definition(isolation: Isolation, all: &[Transaction]) -> bool {
    fn reads(transaction: &Transaction, mut values: BTreeMap<u32, u64>) -> Option<BTreeMap<u32, u64>> {
        for access in &transaction.accesses {
            match access {
                Access::Read(key, value) if values.get(key).copied() != *value => return None,
                Access::Read(..) => {}
                Access::Write(key, Some(value)) => drop(values.insert(*key, *value)),
                Access::Write(key, None) => drop(values.remove(key)),
            }
        }
        Some(values)
    }
    fn serial(all: &[Transaction], strict: bool, placed: &mut Vec<usize>, values: &BTreeMap<u32, u64>) -> bool {
        let left: Vec<usize> = (0..all.len()).filter(|at| !placed.contains(at)).collect();
        left.is_empty()
            || left.iter().any(|at| {
                let is_late = strict && left.iter().any(|other| all[*other].end < all[*at].start);
                let Some(after) = reads(&all[*at], values.clone()).filter(|_| !is_late) else { return false };
                placed.push(*at);
                let found = serial(all, strict, placed, &after);
                placed.pop();
                found
            })
    }
    fn keys(transaction: &Transaction) -> Vec<u32> {
        let written = transaction.accesses.iter().filter_map(|access| match access {
            Access::Write(key, _) => Some(*key),
            Access::Read(..) => None,
        });
        written.collect()
    }
    /// `line` holds each transaction's number twice: first its snapshot, then its commit.
    fn snapshots(all: &[Transaction], line: &mut Vec<usize>) -> bool {
        if line.len() == 2 * all.len() {
            return explained(all, line);
        }
        (0..all.len()).any(|at| {
            if line.iter().filter(|other| **other == at).count() == 2 {
                return false;
            }
            line.push(at);
            let found = snapshots(all, line);
            line.pop();
            found
        })
    }
    fn explained(all: &[Transaction], line: &[usize]) -> bool {
        let first = |at: usize| line.iter().position(|other| *other == at).expect("twice");
        let last = |at: usize| line.iter().rposition(|other| *other == at).expect("twice");
        let overlap = |a: usize, b: usize| first(a) < last(b) && first(b) < last(a);
        let clash = |a: usize, b: usize| keys(&all[a]).iter().any(|key| keys(&all[b]).contains(key));
        if (0..all.len()).any(|a| (0..a).any(|b| overlap(a, b) && clash(a, b))) {
            return false;
        }
        (0..all.len()).all(|at| {
            let mut committed: Vec<usize> = (0..all.len()).filter(|other| last(*other) < first(at)).collect();
            committed.sort_by_key(|other| last(*other));
            let mut values = BTreeMap::new();
            for other in committed {
                for access in &all[other].accesses {
                    match access {
                        Access::Write(key, Some(value)) => drop(values.insert(*key, *value)),
                        Access::Write(key, None) => drop(values.remove(key)),
                        Access::Read(..) => {}
                    }
                }
            }
            reads(&all[at], values).is_some()
        })
    }
    match isolation {
        Isolation::Serializable => serial(all, false, &mut Vec::new(), &BTreeMap::new()),
        Isolation::StrictSerializable => serial(all, true, &mut Vec::new(), &BTreeMap::new()),
        Isolation::Snapshot => snapshots(all, &mut Vec::new()),
    }
}

const LEVELS: [Isolation; 3] = [Isolation::StrictSerializable, Isolation::Serializable, Isolation::Snapshot];

#[test]
fn transactions_are_judged_as_the_definitions_say() {
    let mut seen = BTreeMap::new();
    for seed in 0..HISTORIES {
        let mut rng = Rng::new(seed);
        let access = |rng: &mut Rng| {
            let (key, value) = (rng.below(2) as u32, Some(rng.below(3)).filter(|value| *value > 0));
            if rng.chance(0.5) { Access::Read(key, value) } else { Access::Write(key, value) }
        };
        let all: Vec<Transaction> = (0..1 + rng.below(4))
            .map(|_| {
                let start = rng.below(6);
                let accesses = (0..1 + rng.below(3)).map(|_| access(&mut rng)).collect();
                transaction(accesses, start, start + rng.below(4))
            })
            .collect();
        let verdicts = LEVELS.map(|level| {
            let verdict = allows(level, &all, STEPS_MAX).expect("a history").expect("few steps");
            assert_eq!(verdict, allowed_by_definition(level, &all), "seed {seed}, {level:?}: {all:#?}");
            verdict
        });
        *seen.entry(verdicts).or_insert(0) += 1;
        assert!(verdicts.is_sorted(), "seed {seed}: each level allows what the one before it does, {verdicts:?}");
    }
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 3), "{seen:?}");
}

#[test]
fn the_doctors_on_call_are_allowed_by_snapshots_only() {
    let (alice, bob) = (0, 1);
    let both = |key| vec![Access::Read(alice, Some(1)), Access::Read(bob, Some(1)), Access::Write(key, Some(0))];
    let history = [
        transaction(vec![Access::Write(alice, Some(1)), Access::Write(bob, Some(1))], 0, 1),
        transaction(both(alice), 2, 5),
        transaction(both(bob), 2, 5),
        transaction(vec![Access::Read(alice, Some(0)), Access::Read(bob, Some(0))], 6, 7),
    ];
    let judged = |history: &[Transaction]| LEVELS.map(|level| allows(level, history, STEPS_MAX).expect("a history"));
    assert_eq!(judged(&history), [Some(false), Some(false), Some(true)]);
    // A lost update is allowed by none: both write the same key.
    let update = || vec![Access::Read(alice, Some(1)), Access::Write(alice, Some(2))];
    let lost = [
        transaction(vec![Access::Write(alice, Some(1))], 0, 1),
        transaction(update(), 2, 5),
        transaction(update(), 2, 5),
    ];
    assert_eq!(judged(&lost), [Some(false); 3]);
    // A read of the past is in some order, but not in the real one.
    let stale =
        [transaction(vec![Access::Write(alice, Some(1))], 0, 1), transaction(vec![Access::Read(alice, None)], 2, 3)];
    assert_eq!(judged(&stale), [Some(false), Some(true), Some(true)]);
    assert_eq!(judged(&[]), [Some(true); 3]);
    assert_eq!(allows(Isolation::Snapshot, &history, 3), Ok(None), "out of steps");
    let many = vec![transaction(Vec::new(), 0, 0); 65];
    assert_eq!(allows(Isolation::Snapshot, &many, 9), Err(TransactionsError::TooMany { transactions: 65 }));
    assert!(allows(Isolation::Serializable, &[transaction(Vec::new(), 1, 0)], 9).is_err());
}
