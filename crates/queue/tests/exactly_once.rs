//! Effects once, at least once and at most once, over every point at which somebody can crash.

use base::{Span, Time};
use queue::{Appended, ConsumerGroup, ProducerError, ProducerId, Strategy, TopicPartition, TransactionalLog};
use std::collections::{BTreeMap, BTreeSet};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const INPUTS: u64 = 3;
/// Output partitions; the input is a list outside.
const OUTPUTS: [u32; 2] = [0, 1];

type Broker = TransactionalLog<u64>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Init,
    Begin,
    Write(usize),
    Offset,
    Decide,
    Markers,
}

/// Reads input n, writes n to both outputs, and its own progress with them. All of it is memory, lost in a crash.
#[derive(Clone, Copy, Debug)]
struct Processor {
    producer: Option<ProducerId>,
    next: u64,
    sequence: u64,
    phase: Phase,
}

impl Processor {
    const FRESH: Processor = Processor { producer: None, next: 0, sequence: 0, phase: Phase::Init };

    /// One request to the broker. `Ok(false)` when there is nothing left to do.
    fn step(&mut self, broker: &mut Broker) -> Result<bool, ProducerError> {
        let Some(producer) = self.producer else {
            self.producer = Some(broker.init_producer("copier"));
            self.next = broker.committed_offset(9);
            self.phase = Phase::Begin;
            return Ok(true);
        };
        self.phase = match self.phase {
            Phase::Begin if self.next == INPUTS => return Ok(false),
            Phase::Init | Phase::Begin => {
                broker.begin(producer)?;
                Phase::Write(0)
            }
            Phase::Write(at) => {
                broker.append(producer, OUTPUTS[at], self.sequence, self.next)?;
                if at + 1 < OUTPUTS.len() { Phase::Write(at + 1) } else { Phase::Offset }
            }
            Phase::Offset => {
                broker.send_offset(producer, 9, self.next + 1)?;
                Phase::Decide
            }
            Phase::Decide => {
                broker.decide(producer, true)?;
                Phase::Markers
            }
            Phase::Markers if broker.write_marker(producer) => Phase::Markers,
            Phase::Markers => {
                (self.next, self.sequence) = (self.next + 1, self.sequence + 1);
                Phase::Begin
            }
        };
        Ok(true)
    }
}

#[derive(Clone, Copy, Debug)]
enum Crash {
    /// The processor dies and a new one begins; the old one may be alive after all and goes on.
    Processor { is_zombie: bool },
    /// The broker dies before the request reached it and comes back.
    BrokerBefore,
    /// The broker dies after carrying the request out: the answer is lost, the processor asks again.
    BrokerAfter,
}

const CRASHES: [Crash; 4] = [
    Crash::Processor { is_zombie: false },
    Crash::Processor { is_zombie: true },
    Crash::BrokerBefore,
    Crash::BrokerAfter,
];

/// Runs to the end with these crashes at these steps. `None` if a step was never reached.
fn run(crashes: &[(u32, Crash)]) -> Option<Broker> {
    let mut broker = Broker::new(2);
    let (mut processor, mut zombies) = (Processor::FRESH, Vec::new());
    let mut happened = 0;
    for step in 0..200 {
        match crashes.iter().find(|(at, _)| *at == step).map(|(_, crash)| crash) {
            Some(Crash::Processor { is_zombie }) => {
                zombies.extend(is_zombie.then_some(processor));
                processor = Processor::FRESH;
                happened += 1;
            }
            Some(Crash::BrokerBefore) => {
                broker.recover();
                happened += 1;
            }
            Some(Crash::BrokerAfter) => {
                let mut lost = processor;
                lost.step(&mut broker).expect("not fenced");
                broker.recover();
                happened += 1;
            }
            None => {}
        }
        for zombie in &mut zombies {
            // It goes on for as long as it is let.
            let _ = zombie.step(&mut broker);
        }
        match processor.step(&mut broker) {
            Ok(true) => {}
            Ok(false) => return (happened == crashes.len()).then_some(broker),
            // A zombie that had not begun yet began after it, as a newer incarnation: the older one starts anew.
            Err(ProducerError::Fenced { .. }) => processor = Processor::FRESH,
            Err(error) => panic!("{error} with {crashes:?}"),
        }
    }
    panic!("never done with {crashes:?}");
}

fn committed(broker: &Broker, partition: u32) -> Vec<u64> {
    broker.read_committed(partition, 0).map(|(_, value)| *value).collect()
}

#[test]
fn nothing_is_lost_or_doubled_whoever_crashes_at_whichever_two_steps() {
    let (mut runs, mut aborted_seen) = (0, 0);
    let points: Vec<(u32, Crash)> = (0..45).flat_map(|at| CRASHES.map(|crash| (at, crash))).collect();
    for first in &points {
        for second in points.iter().filter(|second| second.0 > first.0).chain([first]) {
            let crashes = if second.0 == first.0 { vec![*first] } else { vec![*first, *second] };
            let Some(broker) = run(&crashes) else { continue };
            for partition in OUTPUTS {
                assert_eq!(committed(&broker, partition), [0, 1, 2], "partition {partition} with {crashes:?}");
                aborted_seen += u32::from(broker.read_uncommitted(partition, 0).count() > 3);
            }
            runs += 1;
        }
    }
    assert!(runs > 3_000, "{runs} runs reached both of their crashes");
    assert!(aborted_seen > 1_000, "sometimes a half-done transaction is in the log: {aborted_seen} times");
}

#[test]
fn readers_of_committed_records_see_no_half_of_a_transaction() {
    let mut broker = Broker::new(1);
    let (one, two) = (broker.init_producer("one"), broker.init_producer("two"));
    broker.begin(one).unwrap();
    broker.append(one, 0, 0, 10).unwrap();
    broker.append(two, 0, 0, 20).unwrap();
    assert_eq!(broker.last_stable_offset(0), 0, "what is behind an open transaction waits with it");
    assert_eq!(committed(&broker, 0), [0; 0]);
    broker.append(one, 0, 1, 11).unwrap();
    broker.abort(one).unwrap();
    assert_eq!((committed(&broker, 0), broker.last_stable_offset(0)), (vec![20], 4));
    broker.begin(one).unwrap();
    broker.append(one, 0, 2, 12).unwrap();
    broker.commit(one).unwrap();
    assert_eq!(committed(&broker, 0), [20, 12]);
    assert_eq!(broker.read_uncommitted(0, 0).map(|(_, value)| *value).collect::<Vec<_>>(), [10, 20, 11, 12]);
    assert_eq!(broker.decide(one, false), Err(ProducerError::Decided { is_commit: true }));
    assert_eq!(broker.decide(two, true), Err(ProducerError::NoTransaction));
}

#[test]
fn a_fenced_producer_writes_nothing_and_a_gap_is_refused() {
    let mut broker = Broker::new(1);
    let old = broker.init_producer("p");
    assert_eq!(broker.append(old, 0, 0, 1), Ok(Appended::New(0)));
    assert_eq!(broker.append(old, 0, 0, 1), Ok(Appended::Duplicate));
    assert_eq!(broker.append(old, 0, 2, 3), Err(ProducerError::OutOfOrder { sequence: 2, expected: 1 }));
    assert_eq!(broker.append(old, 7, 0, 3), Err(ProducerError::NoPartition { partition: 7 }));
    let new = broker.init_producer("p");
    assert_eq!(broker.append(old, 0, 1, 2), Err(ProducerError::Fenced { present: Some(1) }));
    assert_eq!(broker.begin(old), Err(ProducerError::Fenced { present: Some(1) }));
    assert_eq!(broker.append(new, 0, 0, 2), Ok(Appended::New(1)));
    let stranger = ProducerId { id: 99, epoch: 0 };
    assert_eq!(broker.append(stranger, 0, 0, 2), Err(ProducerError::Fenced { present: None }));
}

/// Without sequence numbers every lost answer is a duplicate; with them none is.
#[test]
fn retries_double_as_many_records_as_answers_were_lost() {
    for lost in 0..=8_u64 {
        let (mut plain, mut idempotent) = (Broker::new(1), Broker::new(1));
        let (careless, careful) = (plain.init_producer("p"), idempotent.init_producer("p"));
        let mut sent = 0;
        for message in 0..8 {
            for _ in 0..=u64::from(message < lost) {
                plain.append(careless, 0, sent, message).unwrap();
                idempotent.append(careful, 0, message, message).unwrap();
                sent += 1;
            }
        }
        let doubled = plain.entries(0).len() as u64 - 8;
        let after_all = idempotent.entries(0).len() as u64 - 8;
        assert_eq!(
            (doubled, after_all),
            (lost, 0),
            "{lost} answers lost: {doubled} doubled, {after_all} if idempotent"
        );
    }
}

/// A consumer that dies after its `crash_after`-th act, and its successor; how often each message took effect.
fn effects(messages: u64, is_commit_first: bool, crash_after: u64) -> BTreeMap<u64, u32> {
    let here = TopicPartition { topic: "t".to_owned(), partition: 0 };
    let topics = BTreeMap::from([("t".to_owned(), 1)]);
    let mut group = ConsumerGroup::new(Strategy::Range, topics, Span::from_secs(10));
    let mut effects: BTreeMap<u64, u32> = (0..messages).map(|message| (message, 0)).collect();
    let mut acts_left = crash_after;
    for name in ["first", "second"] {
        let generation = group.join(name, BTreeSet::from(["t".to_owned()]), Time::ZERO).expect("small");
        for message in group.committed(&here).unwrap_or(0)..messages {
            for is_commit in [is_commit_first, !is_commit_first] {
                if name == "first" && acts_left == 0 {
                    break;
                }
                acts_left = acts_left.saturating_sub(1);
                if is_commit {
                    group.commit(name, generation, &here, message + 1).expect("owned");
                } else {
                    *effects.get_mut(&message).expect("a message") += 1;
                }
            }
            if name == "first" && acts_left == 0 {
                break;
            }
        }
        group.leave(name).expect("small");
    }
    effects
}

/// K63, T6 of the notes: at most once can lose and never doubles, at least once doubles and never loses.
#[test]
fn commit_after_the_work_doubles_one_and_commit_before_it_loses_one_at_every_second_crash_point() {
    let messages = 10;
    let mut totals = [[0_u32; 2]; 2];
    for (at, is_commit_first) in [false, true].into_iter().enumerate() {
        for crash_after in 0..=2 * messages {
            let effects = effects(messages, is_commit_first, crash_after);
            let doubled: u32 = effects.values().map(|times| times.saturating_sub(1)).sum();
            let lost = effects.values().filter(|times| **times == 0).count() as u32;
            assert_eq!(doubled + lost, crash_after as u32 % 2, "a crash after {crash_after} acts");
            totals[at][0] += doubled;
            totals[at][1] += lost;
        }
    }
    assert_eq!(totals, [[10, 0], [0, 10]], "doubled and lost, over 21 crash points; commit after, commit before");
}
