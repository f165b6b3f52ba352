//! Strategies of consumer groups: the original's examples, a second way to say each rule, and the laws of all of them.

use base::{Span, Time};
use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use queue::{Assignment, CommitError, ConsumerGroup, Strategy as Assigner, Subscription, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

type Topics = BTreeMap<String, u32>;
type Members = BTreeMap<String, Subscription>;

fn topics(partitions: &[(&str, u32)]) -> Topics {
    partitions.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn names(topics: &str) -> BTreeSet<String> {
    topics.split_whitespace().map(str::to_owned).collect()
}

fn members(subscriptions: &[(&str, &str)]) -> Members {
    let subscription = |topics| Subscription { topics: names(topics), ..Subscription::default() };
    subscriptions.iter().map(|(name, topics)| ((*name).to_owned(), subscription(topics))).collect()
}

fn shown(assignment: &Assignment) -> Vec<String> {
    let list =
        |partitions: &Vec<TopicPartition>| partitions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assignment.iter().map(|(member, partitions)| format!("{member}: {}", list(partitions))).collect()
}

fn after(members: &Members, assignment: &Assignment) -> Members {
    let owning = |(name, member): (&String, &Subscription)| {
        let owned = assignment.get(name).into_iter().flatten().cloned().collect();
        (name.clone(), Subscription { topics: member.topics.clone(), owned })
    };
    members.iter().map(owning).collect()
}

fn owners(assignment: &Assignment) -> BTreeMap<&TopicPartition, &str> {
    assignment.iter().flat_map(|(name, of)| of.iter().map(move |partition| (partition, name.as_str()))).collect()
}

/// The examples in the documentation of the original's RangeAssignor and RoundRobinAssignor.
#[test]
fn range_and_round_robin_give_the_examples_of_the_original() {
    let two = topics(&[("t0", 3), ("t1", 3)]);
    let both = members(&[("C0", "t0 t1"), ("C1", "t0 t1")]);
    assert_eq!(shown(&Assigner::Range.assign(&two, &both).unwrap()), ["C0: t0-0 t0-1 t1-0 t1-1", "C1: t0-2 t1-2"]);
    let dealt = Assigner::RoundRobin.assign(&two, &both).unwrap();
    assert_eq!(shown(&dealt), ["C0: t0-0 t0-2 t1-1", "C1: t0-1 t1-0 t1-2"]);

    let three = topics(&[("t0", 1), ("t1", 2), ("t2", 3)]);
    let uneven = members(&[("C0", "t0"), ("C1", "t0 t1"), ("C2", "t0 t1 t2")]);
    let dealt = Assigner::RoundRobin.assign(&three, &uneven).unwrap();
    assert_eq!(shown(&dealt), ["C0: t0-0", "C1: t1-0", "C2: t1-1 t2-0 t2-1 t2-2"]);
}

/// The two examples in the documentation of the original's StickyAssignor, each before and after a member has gone.
#[test]
fn sticky_gives_the_examples_of_the_original() {
    let four = topics(&[("t0", 2), ("t1", 2), ("t2", 2), ("t3", 2)]);
    let mut all = members(&[("C0", "t0 t1 t2 t3"), ("C1", "t0 t1 t2 t3"), ("C2", "t0 t1 t2 t3")]);
    let first = Assigner::Sticky.assign(&four, &all).unwrap();
    assert_eq!(shown(&first), ["C0: t0-0 t1-1 t3-0", "C1: t0-1 t2-0 t3-1", "C2: t1-0 t2-1"]);
    all.remove("C1");
    let second = Assigner::Sticky.assign(&four, &after(&all, &first)).unwrap();
    assert_eq!(shown(&second), ["C0: t0-0 t1-1 t2-0 t3-0", "C2: t0-1 t1-0 t2-1 t3-1"]);

    let three = topics(&[("t0", 1), ("t1", 2), ("t2", 3)]);
    let mut uneven = members(&[("C0", "t0"), ("C1", "t0 t1"), ("C2", "t0 t1 t2")]);
    let first = Assigner::Sticky.assign(&three, &uneven).unwrap();
    assert_eq!(shown(&first), ["C0: t0-0", "C1: t1-0 t1-1", "C2: t2-0 t2-1 t2-2"]);
    uneven.remove("C0");
    let second = Assigner::Sticky.assign(&three, &after(&uneven, &first)).unwrap();
    assert_eq!(shown(&second), ["C1: t0-0 t1-0 t1-1", "C2: t2-0 t2-1 t2-2"]);
}

#[test]
fn who_wants_nothing_or_what_does_not_exist_is_there_and_empty() {
    for strategy in Assigner::ALL {
        let one = members(&[("a", ""), ("b", "nowhere"), ("c", "t empty"), ("d", "t")]);
        let assignment = strategy.assign(&topics(&[("t", 1), ("empty", 0), ("unwanted", 9)]), &one).unwrap();
        assert_eq!(shown(&assignment), ["a: ", "b: ", "c: t-0", "d: "], "{}", strategy.name());
        assert!(strategy.assign(&topics(&[("t", 3)]), &Members::new()).unwrap().is_empty());
        let huge = strategy.assign(&topics(&[("t", u32::MAX)]), &one).unwrap_err().to_string();
        assert!(huge.contains("4294967295 partitions times 4 members"), "{huge}");
    }
}

fn groups() -> impl Strategy<Value = (Topics, Members, Members)> {
    let topic = || prop::sample::select(vec!["t0", "t1", "t10", "t2", "none"]).prop_map(str::to_owned);
    let some_topics = btree_map(topic(), 0..9_u32, 0..5);
    let subscription = || btree_set(topic(), 0..5);
    let group = move || btree_map("[a-cA]{1,2}", subscription(), 0..7);
    (some_topics, group(), group()).prop_map(|(topics, first, second)| {
        let group = |subscriptions: BTreeMap<String, BTreeSet<String>>| {
            let member = |(name, topics)| (name, Subscription { topics, ..Subscription::default() });
            subscriptions.into_iter().map(member).collect()
        };
        let topics = topics.into_iter().filter(|(name, _)| name != "none").collect();
        (topics, group(first), group(second))
    })
}

/// The rule of range from its other side: partition p of n among k belongs to the member i for which its block reaches p.
fn range_owner(partition: u32, partitions: u32, members: u32) -> u32 {
    let longer = partitions % members;
    let each = partitions / members;
    let in_longer = longer * (each + 1);
    if partition < in_longer { partition / (each + 1) } else { longer + (partition - in_longer) / each }
}

/// The rule of round robin with an endless circle of members, as the original says it.
fn dealt(topics: &Topics, members: &Members) -> BTreeMap<TopicPartition, String> {
    let mut circle = members.iter().cycle();
    let mut owners = BTreeMap::new();
    for (topic, partitions) in topics {
        if members.values().any(|member| member.topics.contains(topic)) {
            for partition in 0..*partitions {
                let (owner, _) = circle.by_ref().find(|(_, member)| member.topics.contains(topic)).unwrap();
                owners.insert(TopicPartition { topic: topic.clone(), partition }, owner.clone());
            }
        }
    }
    owners
}

fn is_as_even_as_can_be(members: &Members, assignment: &Assignment) -> bool {
    assignment.values().all(|rich| {
        let may_give = |poor: &String, of: &Vec<TopicPartition>| {
            rich.len() >= of.len() + 2 && rich.iter().any(|partition| members[poor].topics.contains(&partition.topic))
        };
        !assignment.iter().any(|(poor, of)| may_give(poor, of))
    })
}

proptest! {
    #[test]
    fn every_wanted_partition_has_one_owner_who_wants_it((topics, members, _) in groups()) {
        for strategy in Assigner::ALL {
            let assignment = strategy.assign(&topics, &members).unwrap();
            prop_assert!(assignment.keys().eq(members.keys()));
            let given: Vec<&TopicPartition> = assignment.values().flatten().collect();
            let unique: BTreeSet<&TopicPartition> = given.iter().copied().collect();
            prop_assert_eq!(unique.len(), given.len(), "{} gave one twice", strategy.name());
            let is_wanted = |topic: &String| members.values().any(|member| member.topics.contains(topic));
            let wanted: u32 = topics.iter().filter(|(name, _)| is_wanted(name)).map(|(_, count)| count).sum();
            prop_assert_eq!(given.len(), wanted as usize);
            for (name, partitions) in &assignment {
                prop_assert!(partitions.iter().all(|partition| members[name].topics.contains(&partition.topic)));
                prop_assert!(partitions.iter().all(|partition| partition.partition < topics[&partition.topic]));
            }
        }
    }

    #[test]
    fn range_and_round_robin_are_what_a_second_way_says((topics, members, _) in groups()) {
        let range = Assigner::Range.assign(&topics, &members).unwrap();
        for (partition, owner) in owners(&range) {
            let of: Vec<&String> =
                members.iter().filter(|(_, member)| member.topics.contains(&partition.topic)).map(|(name, _)| name).collect();
            let at = range_owner(partition.partition, topics[&partition.topic], of.len() as u32);
            prop_assert_eq!(owner, of[at as usize]);
        }
        let round_robin = Assigner::RoundRobin.assign(&topics, &members).unwrap();
        let expected = dealt(&topics, &members);
        let expected: BTreeMap<&TopicPartition, &str> = expected.iter().map(|(at, name)| (at, name.as_str())).collect();
        prop_assert_eq!(owners(&round_robin), expected);
    }

    #[test]
    fn sticky_is_as_even_as_can_be_and_changes_nothing_when_nothing_changed((topics, before, after_that) in groups()) {
        let first = Assigner::Sticky.assign(&topics, &before).unwrap();
        prop_assert!(is_as_even_as_can_be(&before, &first));
        let again = Assigner::Sticky.assign(&topics, &after(&before, &first)).unwrap();
        prop_assert_eq!(&again, &first);
        let next = Assigner::Sticky.assign(&topics, &after(&after_that, &first)).unwrap();
        prop_assert!(is_as_even_as_can_be(&after_that, &next));
    }

    /// With equal subscriptions the fewest moves are known: what has lost its owner, and what exceeds a fair share.
    #[test]
    fn sticky_moves_no_more_than_it_must(count in 0..40_u32, before in 1..8_u32, gone in 0..8_u32, come in 0..8_u32) {
        let topics = topics(&[("t", count)]);
        let named = |range: core::ops::Range<u32>| -> Members {
            range.map(|at| (format!("m{at:02}"), Subscription { topics: names("t"), ..Subscription::default() })).collect()
        };
        let first = Assigner::Sticky.assign(&topics, &named(0..before)).unwrap();
        let stay = named(gone.min(before)..before + come);
        prop_assume!(!stay.is_empty());
        let second = Assigner::Sticky.assign(&topics, &after(&stay, &first)).unwrap();
        let (was, is) = (owners(&first), owners(&second));
        let moved = was.iter().filter(|(partition, owner)| is[*partition] != **owner).count() as u32;
        // Of what each keeps, the share is the smaller part; as many as there are left over may have one more.
        let (each, mut left_over) = (count / stay.len() as u32, count % stay.len() as u32);
        let mut kept = 0;
        let mut had: Vec<u32> = stay.keys().map(|name| first.get(name).map_or(0, |of| of.len() as u32)).collect();
        had.sort_unstable_by(|a, b| b.cmp(a));
        for had in had {
            let room = each + u32::from(left_over > 0 && had > each);
            left_over -= room - each;
            kept += had.min(room);
        }
        prop_assert_eq!(moved, count - kept);
    }
}

fn at(topic: &str, partition: u32) -> TopicPartition {
    TopicPartition { topic: topic.to_owned(), partition }
}

#[test]
fn a_member_that_was_thought_dead_cannot_undo_the_progress_of_its_successor() {
    let mut group = ConsumerGroup::new(Assigner::Range, topics(&[("t", 2)]), Span::from_secs(10));
    let first = group.join("a", names("t"), Time::ZERO).unwrap();
    assert_eq!(group.commit("a", first, &at("t", 0), 5), Ok(()));
    let second = group.join("b", names("t"), Time::ZERO + Span::from_secs(8)).unwrap();
    assert_eq!(group.commit("a", first, &at("t", 0), 6), Err(CommitError::StaleGeneration { known: 1, present: 2 }));
    assert_eq!(group.commit("a", second, &at("t", 1), 1), Err(CommitError::NotOwned));

    // Silent for exactly the time-out is not too long, a nanosecond more is.
    let edge = Time::ZERO + Span::from_secs(10);
    assert_eq!(group.on_session_check(edge), Ok(vec![]));
    assert_eq!(group.on_session_check(edge + Span(1)), Ok(vec!["a".to_owned()]));
    assert_eq!(group.on_heartbeat("a", edge), None);
    assert_eq!(group.commit("a", 3, &at("t", 0), 9), Err(CommitError::UnknownMember));
    assert_eq!(group.assignment()["b"], [at("t", 0), at("t", 1)]);
    assert_eq!((group.committed(&at("t", 0)), group.lag(&at("t", 0), 12)), (Some(5), 7));
    assert_eq!(group.commit("b", group.generation(), &at("t", 0), 12), Ok(()));
}

#[test]
fn rebalances_move_less_when_they_stick() {
    let moved = |strategy: Assigner| {
        let mut group = ConsumerGroup::new(strategy, topics(&[("t", 12)]), Span::from_secs(10));
        for name in ["a", "b", "c", "d"] {
            group.join(name, names("t"), Time::ZERO).unwrap();
        }
        group.leave("a").unwrap();
        group.moved()
    };
    let measured = (moved(Assigner::Range), moved(Assigner::RoundRobin), moved(Assigner::Sticky));
    assert_eq!(measured, (24, 32, 16), "partitions moved by range, round robin, sticky over 4 joins and a leave");
}
