//! Partitioned logs and their replicas, against models and the notes' example.

use base::{Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use queue::{Acks, AppendError, Log, PartitionedLog, Partitioner, Replicas, ReplicasConfig, Retention};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// M99 of the notes: topic user_signup, three partitions, nine messages in turn, order within a partition only.
#[test]
fn nine_messages_in_turn_over_three_partitions_lie_as_in_the_notes() {
    let mut topic = PartitionedLog::new(3, Partitioner::RoundRobin);
    for message in 1..=9 {
        topic.append(Some(message), Some(message), Time::ZERO);
    }
    let values = |partition| -> Vec<u64> {
        let log = topic.partition(partition).expect("three partitions");
        log.read(0, u64::MAX).unwrap().filter_map(|record| record.value).collect()
    };
    assert_eq!([values(0), values(1), values(2)], [[1, 4, 7], [2, 5, 8], [3, 6, 9]]);
    assert_eq!(values(0), [1, 4, 7], "K67: reading took nothing away");
}

/// WA-E1 of the notes: sends with random delay on the way to their reader; pairs of one conversation that arrive reversed.
#[test]
fn keyed_partitions_keep_a_conversations_order_and_partitions_in_turn_do_not() {
    let inversions = |partitioner| {
        let mut rng = base::Rng::new(7);
        let mut topic = PartitionedLog::new(10, partitioner);
        for message in 0..1_000_u64 {
            topic.append(Some(message % 49), Some(message), Time::ZERO);
        }
        // Each partition is read in order, but nobody knows which partition's reader is ahead.
        let mut next = [0_u64; 10];
        let mut last: BTreeMap<u64, u64> = BTreeMap::new();
        let mut reversed = 0;
        for _ in 0..20_000 {
            let at = rng.below(10);
            let log = topic.partition(at as u32).expect("ten partitions");
            let Some(record) = log.read(next[at as usize], u64::MAX).unwrap().next() else { continue };
            next[at as usize] += 1;
            let (key, value) = (record.key.expect("keyed"), record.value.expect("not deleted"));
            reversed += u32::from(last.insert(key, value).is_some_and(|before| before > value));
        }
        reversed
    };
    let (keyed, in_turn) = (inversions(Partitioner::Key), inversions(Partitioner::RoundRobin));
    assert!(keyed == 0 && in_turn > 0, "of 1,000 messages {keyed} reversed when keyed, {in_turn} in turn");
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Append(Option<u64>, Option<u8>),
    Compact(u64),
    Retain(u64, u64),
    Truncate(u64),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (prop::option::of(0..4_u64), prop::option::weighted(0.8, any::<u8>())).prop_map(|(k, v)| Step::Append(k, v)),
        1 => (0..30_u64).prop_map(Step::Compact),
        1 => (0..40_u64, 0..20_u64).prop_map(|(age, count)| Step::Retain(age, count)),
        1 => (0..30_u64).prop_map(Step::Truncate),
        2 => (0..10_u64).prop_map(Step::Wait),
    ];
    vec(step, 1..60)
}

proptest! {
    /// The model is a list of (offset, time, key, value) that is searched from end to end.
    #[test]
    fn a_log_is_what_a_plain_list_says(steps in steps()) {
        let (mut log, mut list, mut end, mut start, mut now) = (Log::default(), Vec::new(), 0_u64, 0_u64, Time::ZERO);
        for step in steps {
            match step {
                Step::Append(key, value) => {
                    prop_assert_eq!(log.append(key, value, now), end);
                    list.push((end, now, key, value));
                    end += 1;
                }
                Step::Compact(up_to) => {
                    let retention = Retention { tombstone_for: Span(7), ..Retention::default() };
                    let before = log.table();
                    log.compact(up_to, retention, now);
                    prop_assert_eq!(log.table(), before, "who reads everything ends with the same table");
                    let old = list.clone();
                    list.retain(|(offset, at, key, value)| {
                        let later = |other: &&(u64, Time, Option<u64>, Option<u8>)| other.0 > *offset && other.0 < up_to && other.2 == *key;
                        let is_last = !old.iter().any(|other| later(&other));
                        key.is_none() || *offset >= up_to || (is_last && (value.is_some() || now.since(*at) <= Span(7)))
                    });
                }
                Step::Retain(age, count) => {
                    log.retain(Retention { age_max: Span(age), records_max: count, ..Retention::default() }, now);
                    while list.first().is_some_and(|first| now.since(first.1) > Span(age) || list.len() as u64 > count) {
                        list.remove(0);
                        start = list.first().map_or(end, |first| first.0);
                    }
                }
                Step::Truncate(offset) => {
                    log.truncate(offset);
                    list.retain(|record| record.0 < offset);
                    end = end.min(offset.max(start));
                }
                Step::Wait(span) => now += Span(span),
            }
            prop_assert_eq!((log.start(), log.end(), log.len()), (start, end, list.len() as u64));
            for offset in 0..end + 2 {
                let below = offset + 4;
                match log.read(offset, below) {
                    Err(error) => prop_assert!(offset < start || offset > end, "{}", error),
                    Ok(read) => {
                        let read: Vec<_> = read.map(|r| (r.offset, r.at, r.key, r.value)).collect();
                        let expected: Vec<_> = list.iter().filter(|r| r.0 >= offset && r.0 < below).copied().collect();
                        prop_assert_eq!(read, expected);
                    }
                }
            }
        }
    }
}

#[test]
fn a_deletion_is_seen_by_who_comes_in_time_and_then_compacted_away() {
    let mut log = Log::default();
    log.append(Some(1), Some("x"), Time::ZERO);
    log.append(Some(1), None, Time::ZERO);
    let retention = Retention { tombstone_for: Span(10), ..Retention::default() };
    assert_eq!((log.compact(9, retention, Time(10)), log.len()), (1, 1), "the tombstone stays");
    assert_eq!((log.compact(9, retention, Time(11)), log.len(), log.end()), (1, 0, 2));
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Append,
    Fetch(u32),
    Crash(u32),
    Restart(u32),
    Elect,
    LagCheck,
}

fn acts() -> Vec<Act> {
    let each = (0..3).flat_map(|id| [Act::Fetch(id), Act::Crash(id), Act::Restart(id)]);
    each.chain([Act::Append, Act::Elect, Act::LagCheck]).collect()
}

fn act(replicas: &mut Replicas, act: Act, now: Time) -> u64 {
    match act {
        Act::Append => drop(replicas.append(1, Acks::Leader, now)),
        Act::Fetch(id) => {
            let end = replicas.replicas().find(|replica| replica.0 == id).map_or(0, |replica| replica.1);
            let leads_to = replicas.on_fetch(id, end, 1, now).unwrap_or(0);
            replicas.on_fetch(id, end + leads_to, 0, now);
        }
        Act::Crash(id) => replicas.on_crash(id),
        Act::Restart(id) => replicas.on_restart(id),
        Act::Elect => return replicas.elect(now).map_or(0, |elected| elected.committed_lost),
        Act::LagCheck => drop(replicas.on_lag_check(now)),
    }
    0
}

/// Walks every sequence of `depth` acts; returns how many there were and how many committed records elections lost.
fn explore(replicas: &Replicas, depth: u32, now: Time) -> (u64, u64) {
    if depth == 0 {
        return (1, 0);
    }
    let (mut walks, mut lost) = (0, 0);
    for next in acts() {
        let mut replicas = replicas.clone();
        let before = replicas.high_watermark();
        let lost_now = act(&mut replicas, next, now);
        assert!(replicas.high_watermark() >= before - lost_now, "the high watermark went back at {next:?}");
        if let Some(leader) = replicas.leader() {
            let of_leader = replicas.replicas().find(|replica| replica.0 == leader).expect("one of them");
            assert!(of_leader.2, "the leader is in sync");
            let in_sync = replicas.replicas().filter(|replica| replica.2);
            let smallest = in_sync.map(|replica| replica.1).min().expect("the leader");
            assert!(smallest >= replicas.high_watermark(), "all in sync have what readers see, at {next:?}");
        }
        let (more_walks, more_lost) = explore(&replicas, depth - 1, now + Span(2));
        (walks, lost) = (walks + more_walks, lost + lost_now + more_lost);
    }
    (walks, lost)
}

#[test]
fn a_clean_election_loses_nothing_that_readers_saw_and_an_unclean_one_does() {
    let lost = |unclean_election| {
        let config = ReplicasConfig { min_insync_replicas: 1, lag_max: Span(3), unclean_election };
        explore(&Replicas::new(&[0, 1, 2], config, Time::ZERO), 5, Time::ZERO)
    };
    let (walks, clean) = lost(false);
    assert_eq!((walks, clean), (12_u64.pow(5), 0), "{clean} committed records lost over {walks} walks");
    // The shortest loss: 1 and 2 die, 0 commits alone and dies, 1 comes back and leads.
    let config = ReplicasConfig { min_insync_replicas: 1, lag_max: Span(3), unclean_election: true };
    let mut replicas = Replicas::new(&[0, 1, 2], config, Time::ZERO);
    let story = [Act::Crash(1), Act::Crash(2), Act::Append, Act::Crash(0), Act::Restart(1), Act::Elect];
    let unclean: u64 = story.into_iter().map(|next| act(&mut replicas, next, Time::ZERO)).sum();
    assert_eq!(unclean, 1, "committed records lost in an unclean election");
}

#[test]
fn acks_all_needs_the_minimum_in_sync_and_acks_of_the_leader_alone_can_be_lost() {
    let mut replicas = Replicas::new(&[1, 2, 3], ReplicasConfig::default(), Time::ZERO);
    assert_eq!(replicas.append(5, Acks::All, Time::ZERO), Ok(0));
    assert_eq!(replicas.high_watermark(), 0, "nobody has fetched");
    assert_eq!(
        (replicas.on_fetch(2, 0, 100, Time::ZERO), replicas.on_fetch(3, 0, 100, Time::ZERO)),
        (Some(5), Some(5))
    );
    assert_eq!(
        (replicas.on_fetch(2, 5, 100, Time::ZERO), replicas.on_fetch(3, 3, 100, Time::ZERO)),
        (Some(0), Some(2))
    );
    assert_eq!(replicas.high_watermark(), 3);
    replicas.on_crash(3);
    assert_eq!(replicas.high_watermark(), 5, "the dead one holds nobody back");
    replicas.on_crash(2);
    let refused = AppendError::NotEnoughReplicas { in_sync: 1, min_insync_replicas: 2 };
    assert_eq!(replicas.append(1, Acks::All, Time::ZERO), Err(refused));
    replicas.on_restart(2);
    assert_eq!(replicas.on_fetch(2, 5, 100, Time::ZERO), Some(0));
    assert_eq!(replicas.append(4, Acks::Leader, Time::ZERO), Ok(5));
    replicas.on_crash(1);
    let elected = replicas.elect(Time::ZERO).expect("2 is in sync");
    assert_eq!((elected.leader, elected.committed_lost), (2, 0));
    let end = replicas.replicas().find(|replica| replica.0 == 2).expect("there").1;
    assert_eq!(9 - end, 4, "records that only the dead leader had: acknowledged with `Leader`, and lost");
    assert_eq!(replicas.append(1, Acks::None, Time::ZERO), Ok(5));
}
