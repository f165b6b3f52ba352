//! What the study notes claim of messaging, measured.

use base::{Span, Time};
use queue::{
    ConsumerGroup, PartitionedLog, Partitioner, Scheduler, Strategy, TaskQueue, TaskQueueConfig, TopicPartition,
};
use std::collections::{BTreeMap, BTreeSet};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A group of `consumers` that take one record each a turn from their partitions; turns until all is read.
fn turns(partitions: u32, consumers: u32, key_of: impl Fn(u64) -> u64) -> u64 {
    let mut topic = PartitionedLog::new(partitions, Partitioner::Key);
    (0..900).for_each(|message| assert!(topic.append(Some(key_of(message)), Some(message), Time::ZERO).0 < partitions));
    let mut group =
        ConsumerGroup::new(Strategy::Range, BTreeMap::from([("t".to_owned(), partitions)]), Span::from_secs(10));
    for consumer in 0..consumers {
        group.join(&consumer.to_string(), BTreeSet::from(["t".to_owned()]), Time::ZERO).expect("small");
    }
    let assignment = group.assignment().clone();
    let end = |at: &TopicPartition| topic.partition(at.partition).expect("assigned ones exist").end();
    (1..)
        .find(|_| {
            for (name, mine) in &assignment {
                let behind = mine.iter().find(|at| group.lag(at, end(at)) > 0);
                if let Some(at) = behind {
                    let next = group.committed(at).unwrap_or(0) + 1;
                    group.commit(name, group.generation(), at, next).expect("its own");
                }
            }
            assignment.values().flatten().all(|at| group.lag(at, end(at)) == 0)
        })
        .expect("it ends")
}

/// K66: three partitions give three times the parallelism, and more consumers than partitions give nothing.
#[test]
fn three_partitions_feed_three_consumers_and_no_fourth() {
    let spread = |message| message;
    let measured = [turns(3, 1, spread), turns(3, 3, spread), turns(3, 9, spread)];
    let [one, three, nine] = measured;
    assert!(one == 900 && one >= 5 * three / 2, "turns with 1, 3, 9 consumers: {measured:?}");
    assert_eq!(nine, three, "turns with 1, 3, 9 consumers: {measured:?}");
}

/// WA-E9: when one group has all the traffic, more partitions do not help.
#[test]
fn a_hot_key_is_read_by_one_consumer_however_many_partitions_there_are() {
    let hot = |message| u64::from(message % 10 == 9) * message;
    let measured = [turns(10, 10, hot), turns(100, 100, hot)];
    assert!(measured.iter().all(|turns| *turns >= 810), "turns for 900 messages, 810 of one key: {measured:?}");
}

/// K64, C23: k deliveries are k charges, or one if the consumer looks up the order first.
#[test]
fn deliveries_are_charges_unless_the_consumer_is_idempotent() {
    for crashes in 0..5_u32 {
        let config = TaskQueueConfig { deliveries_max: 100, backoff: Span::ZERO, ..TaskQueueConfig::default() };
        let mut queue = TaskQueue::new(config);
        queue.push("order 7", 0, Span::ZERO, Time::ZERO).expect("room");
        let (mut now, mut careless, mut charged) = (Time::ZERO, 0, BTreeSet::new());
        for delivery in 0.. {
            let Some(task) = queue.take(now) else { break };
            careless += 1;
            charged.insert(task.item);
            // The worker dies after charging and before acknowledging; the item comes back by its time-out.
            if delivery < crashes {
                now = queue.next_change().expect("in flight");
            } else {
                assert!(queue.ack(&task).is_some());
            }
        }
        assert_eq!((careless, charged.len()), (crashes + 1, 1), "{careless} charges, {} if idempotent", charged.len());
    }
}

/// K61, M90: the caller waits for the sum of the calls, or for the queue alone.
#[test]
fn a_checkout_waits_for_all_its_calls_or_only_for_the_queue() {
    let calls = [Span::from_secs(1), Span::from_secs(2), Span::from_secs(4)];
    let accept = Span::from_millis(100);
    let synchronous = calls.iter().fold(Span::ZERO, |sum, call| Span(sum.0 + call.0));
    let mut workers = Scheduler::new(0);
    for (at, call) in calls.into_iter().enumerate() {
        workers.once(at, Time::ZERO + accept + call);
    }
    let last = core::iter::from_fn(|| workers.take_due(Time::NEVER)).last().expect("three").1;
    let seconds = (synchronous.as_secs_f64(), accept.as_secs_f64(), last.as_secs_f64());
    assert_eq!(seconds, (7.0, 0.1, 4.1), "seconds: synchronous answer, queued answer, last effect");
}

/// Claim 08-24: a burst above the database's capacity becomes lag, not errors, and the lag drains at the difference of the rates.
#[test]
fn a_burst_becomes_lag_and_drains() {
    let mut log = PartitionedLog::new(1, Partitioner::Key);
    let (mut done, mut lag_max, mut drained_at) = (0_u64, 0, 0);
    for second in 0..100_u64 {
        let arriving = if second < 10 { 500 } else { 50 };
        (0..arriving).for_each(|record| assert_eq!(log.append(Some(0), Some(record), Time::ZERO).0, 0));
        let end = log.partition(0).expect("one").end();
        done = end.min(done + 100);
        lag_max = lag_max.max(end - done);
        drained_at = if end > done { second + 1 } else { drained_at };
    }
    assert_eq!((lag_max, drained_at), (4_000, 89), "records behind at most, seconds until none was");
}
