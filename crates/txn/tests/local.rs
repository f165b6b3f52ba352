//! What happens at one member: events and their folds, transactions that overlap, and outcomes that are let go.

use base::{Rng, Time};
use machine::{Effect, Machine, Out, Peer};
use std::collections::BTreeMap;
use txn::concurrency::{Holding, Optimistic, Pessimistic, Step, Validation};
use txn::sourcing::{Projection, SplitProjection, Store};
use txn::two_phase::{Config, Message, OUTCOMES_KEPT, Outcome, Site, TransactionId};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Oracle: a plain sum for each stream.
fn filled(seed: u64) -> (Store, BTreeMap<u64, i64>) {
    let mut rng = Rng::new(seed);
    let (mut store, mut sums) = (Store::new(rng.below(5)), BTreeMap::new());
    for _ in 0..rng.below(200) {
        let (stream, amount) = (rng.below(4), rng.below(100) as i64 - 50);
        let version = store.version(stream);
        store.append(stream, version, amount).unwrap();
        *sums.entry(stream).or_insert(0) += amount;
        assert!(store.append(stream, version, amount).is_err(), "decided on a version that is past");
    }
    (store, sums)
}

#[test]
fn a_snapshot_is_only_a_shortcut_and_a_projection_only_a_fold() {
    let mut doubled = 0;
    for seed in 0..200 {
        let (store, sums) = filled(seed);
        let mut projection = Projection::default();
        while projection.catch_up(&store, 7) > 0 {}
        let mut split = SplitProjection::default();
        let mut rng = Rng::stream(seed, &[1]);
        (0..store.end()).for_each(|_| split.read_one(&store, rng.chance(0.05)));
        for (stream, sum) in sums {
            assert_eq!((store.balance(stream), store.replayed(stream), projection.balance(stream)), (sum, sum, sum));
            doubled += u64::from(store.balance_of_unversioned_snapshot(stream) != sum);
            doubled += u64::from(split.balance(stream) != sum) << 32;
        }
        assert_eq!(projection.lag(&store), 0);
    }
    let (unversioned, split) = (doubled & 0xffff_ffff, doubled >> 32);
    assert!(unversioned > 100 && split > 100, "the mistakes show in {unversioned} and {split} of some 800 streams");
}

/// What both kinds of control can be asked.
trait Control {
    fn begin(&mut self) -> u64;
    fn read(&mut self, id: u64, key: u64) -> Step<i64>;
    fn write(&mut self, id: u64, key: u64, value: i64) -> Step<()>;
    fn commit(&mut self, id: u64) -> bool;
    fn value(&self, key: u64) -> i64;
}

impl Control for Optimistic {
    fn begin(&mut self) -> u64 {
        self.begin()
    }
    fn read(&mut self, id: u64, key: u64) -> Step<i64> {
        Step::Done(self.read(id, key).unwrap_or(0))
    }
    fn write(&mut self, id: u64, key: u64, value: i64) -> Step<()> {
        self.write(id, key, value);
        Step::Done(())
    }
    fn commit(&mut self, id: u64) -> bool {
        self.commit(id)
    }
    fn value(&self, key: u64) -> i64 {
        self.value(key).unwrap_or(0)
    }
}

impl Control for Pessimistic {
    fn begin(&mut self) -> u64 {
        self.begin()
    }
    fn read(&mut self, id: u64, key: u64) -> Step<i64> {
        match self.read(id, key) {
            Step::Done(value) => Step::Done(value.unwrap_or(0)),
            Step::Waits => Step::Waits,
            Step::Aborted => Step::Aborted,
        }
    }
    fn write(&mut self, id: u64, key: u64, value: i64) -> Step<()> {
        self.write(id, key, value)
    }
    fn commit(&mut self, id: u64) -> bool {
        self.commit(id)
    }
    fn value(&self, key: u64) -> i64 {
        self.value(key).unwrap_or(0)
    }
}

/// Reads two keys, then writes their sum plus a number of its own to one of them: what it read shows in what it wrote.
#[derive(Clone, Copy)]
struct Plan {
    reads: [u64; 2],
    writes: u64,
    add: i64,
}

/// Four transactions interleaved by luck. Gives what committed, in that order, the final values, and how often one began again.
fn interleaved(control: &mut impl Control, plans: &[Plan], rng: &mut Rng) -> (Vec<usize>, [i64; 3], u64) {
    let mut running: Vec<(u64, usize, i64)> = plans.iter().map(|_| (control.begin(), 0, 0)).collect();
    let (mut order, mut restarts) = (Vec::new(), 0);
    for _ in 0..10_000 {
        if order.len() == plans.len() {
            break;
        }
        let open: Vec<usize> = (0..plans.len()).filter(|at| !order.contains(at)).collect();
        let at = open[rng.below(open.len() as u64) as usize];
        let (id, step, sum) = running[at];
        let plan = plans[at];
        let done = match step {
            0 | 1 => control.read(id, plan.reads[step]),
            2 => match control.write(id, plan.writes, sum + plan.add) {
                Step::Done(()) => Step::Done(0),
                Step::Waits => Step::Waits,
                Step::Aborted => Step::Aborted,
            },
            _ if control.commit(id) => {
                order.push(at);
                continue;
            }
            _ => Step::Aborted,
        };
        match done {
            Step::Done(value) => running[at] = (id, step + 1, sum + value),
            Step::Waits => {}
            Step::Aborted => {
                restarts += 1;
                running[at] = (control.begin(), 0, 0);
            }
        }
    }
    assert_eq!(order.len(), plans.len(), "stuck: a deadlock was not found");
    (order, [0, 1, 2].map(|key| control.value(key)), restarts)
}

/// Oracle: the same transactions one after the other, in the order in which they committed.
fn serial(plans: &[Plan], order: &[usize]) -> [i64; 3] {
    let mut rows = [0; 3];
    for at in order {
        let Plan { reads, writes, add } = plans[*at];
        rows[writes as usize] = rows[reads[0] as usize] + rows[reads[1] as usize] + add;
    }
    rows
}

/// In how many of the runs the result is not that of the order of commits; and how often transactions began again.
fn anomalies<C: Control>(new: impl Fn() -> C) -> (u64, u64) {
    let (mut wrong, mut restarts) = (0, 0);
    for seed in 0..2_000 {
        let mut rng = Rng::new(seed);
        let plan = |at: u64, rng: &mut Rng| Plan {
            reads: [rng.below(3), rng.below(3)],
            writes: rng.below(3),
            add: 1 << (4 * at),
        };
        let plans: Vec<Plan> = (0..4).map(|at| plan(at, &mut rng)).collect();
        let (order, rows, again) = interleaved(&mut new(), &plans, &mut rng);
        wrong += u64::from(rows != serial(&plans, &order));
        restarts += again;
    }
    (wrong, restarts)
}

#[test]
fn both_kinds_of_control_serialize_in_the_order_of_commits() {
    let (wrong, restarts) = anomalies(|| Optimistic::new(Validation::ReadsAndWrites));
    assert!(wrong == 0 && restarts > 1_000, "optimistic: {wrong} wrong, {restarts} restarts");
    let (wrong, restarts) = anomalies(|| Pessimistic::new(Holding::UntilTheEnd));
    assert!(wrong == 0 && restarts > 500, "pessimistic: {wrong} wrong, {restarts} restarts");
}

#[test]
fn every_shortcut_of_control_is_caught() {
    let (nothing, _) = anomalies(|| Optimistic::new(Validation::Nothing));
    let (skewed, _) = anomalies(|| Optimistic::new(Validation::WritesOnly));
    let (touching, _) = anomalies(|| Pessimistic::new(Holding::WhileTouching));
    let counts = [nothing, skewed, touching];
    assert!(counts.iter().all(|count| *count > 100), "wrong of 2,000: {counts:?}");
    assert!(skewed < nothing, "checking the writes helps against lost updates only: {counts:?}");
}

/// Berenson et al., 1995, A5B: two doctors on call, each leaves because the other is there.
#[test]
fn write_skew_needs_the_reads_to_be_checked() {
    for (validation, leave) in [(Validation::WritesOnly, [true, true]), (Validation::ReadsAndWrites, [true, false])] {
        let mut store = Optimistic::new(validation);
        let (first, second) = (store.begin(), store.begin());
        for (id, mine) in [(first, 1), (second, 2)] {
            assert_eq!((store.read(id, 1), store.read(id, 2)), (None, None));
            store.write(id, mine, -1);
        }
        assert_eq!([store.commit(first), store.commit(second)], leave, "{validation:?}");
    }
}

/// What a participant says when it hears these, one after the other.
fn heard(site: &mut Site, messages: impl IntoIterator<Item = Message>) -> Vec<Message> {
    let mut out = Out::new(Rng::new(1));
    messages.into_iter().for_each(|message| site.on_message(Peer(0), message, Time::ZERO, &mut out));
    let said = |effect| if let Effect::Send { message, .. } = effect { Some(message) } else { None };
    out.drain().filter_map(said).collect()
}

/// Three thousand transactions, every third aborted. Oracle: the list of what was decided.
#[test]
fn a_participant_lets_old_outcomes_go_and_says_nothing_wrong_of_them() {
    let id = |sequence: u32| TransactionId { coordinator: 0, incarnation: 0, sequence };
    let outcome = |sequence: u32| if sequence.is_multiple_of(3) { Outcome::Aborted } else { Outcome::Committed };
    let prepare = |sequence: u32| {
        let changes = vec![(u64::from(sequence % 7), u64::from(sequence))];
        Message::Prepare { id: id(sequence), changes, members: vec![Peer(1), Peer(2)] }
    };
    let mut site = Site::new(Peer(1), Config::default()).unwrap();
    for sequence in 0..3_000 {
        let decided = Message::Decide { id: id(sequence), outcome: outcome(sequence) };
        heard(&mut site, [prepare(sequence), decided]);
        assert!(site.image().outcomes().count() <= OUTCOMES_KEPT);
    }
    let kept: Vec<u32> = site.image().outcomes().map(|(id, _)| id.sequence).collect();
    assert_eq!((kept.len(), kept[0]), (OUTCOMES_KEPT, 3_000 - OUTCOMES_KEPT as u32), "the newest are kept");
    for sequence in [0, 1, 500, kept[0] - 1] {
        let (id, is_kept) = (id(sequence), site.image().outcome(id(sequence)).is_some());
        assert!(!is_kept && site.image().is_let_go(id));
        // A prepare that comes so late is no promise, and frees or holds nothing.
        assert_eq!(heard(&mut site, [prepare(sequence)]), [Message::Vote { id, yes: false }]);
        assert_eq!((site.locked(), site.image().is_prepared(id)), (0, false));
        // Who asks gets no answer rather than a wrong one; a coordinator that repeats its commit can forget it.
        assert_eq!(heard(&mut site, [Message::Inquire { id }]), []);
        assert_eq!(heard(&mut site, [Message::Decide { id, outcome: Outcome::Committed }]), [Message::Done { id }]);
        assert_eq!(site.image().outcome(id), None);
    }
    let (id, outcome) = (id(2_998), outcome(2_998));
    assert_eq!(heard(&mut site, [Message::Inquire { id }]), [Message::Decide { id, outcome }], "the newest it knows");
    assert_eq!(site.image().writer(2_999 % 7), Some(TransactionId { sequence: 2_999, ..id }));
}
