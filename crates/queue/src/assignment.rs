//! Which member of a consumer group reads which partition.
//!
//! The rule that every strategy keeps: each partition of a topic that somebody subscribes to belongs to exactly one of its
//! subscribers; topics that do not exist and topics that nobody wants give nothing. They differ in who it is:
//!
//! - **range**: topic by topic, the subscribers in the order of their names get blocks of neighbouring partitions. The first
//!   ones get one more when it does not come out even, in *every* topic: with many small topics the first member does most.
//! - **roundrobin**: all partitions in the order of (topic, number) are dealt to the members in the order of their names; who
//!   does not subscribe to the topic is passed over.
//! - **sticky**: as even as can be, and everybody keeps what they had as far as that allows. What has no owner goes to the
//!   subscriber with the least; then partitions move while a subscriber exists who has at least two fewer than the owner.
//!
//! Names are ordered by code point. Cost: range O(topics × members + partitions), round robin O(partitions × log members), sticky
//! O(partitions × members) and O(topics × log members) a move. Source: Apache Kafka's documentation of RangeAssignor, RoundRobinAssignor, StickyAssignor; KIP-54.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// One partition of a topic, ordered by topic, then by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: String,
    /// The partition's number, from 0 on.
    pub partition: u32,
}

/// Writes `topic-number`.
impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// What a member asks for and what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// Names of the topics that it wants to read; they need not exist.
    pub topics: BTreeSet<String>,
    /// What it owned before, which only [`Strategy::Sticky`] looks at. If two members claim one, the first by name has it.
    pub owned: BTreeSet<TopicPartition>,
}

/// The partitions of every member, by name; members without any are there too.
pub type Assignment = BTreeMap<String, Vec<TopicPartition>>;

/// Partitions of subscribed topics times members, beyond which nothing is assigned: the work of the slowest strategy.
pub const ASSIGNMENT_WORK_MAX: u64 = 1 << 24;

/// Why nothing was assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentError {
    /// Partitions times members is greater than [`ASSIGNMENT_WORK_MAX`].
    TooLarge {
        /// Partitions of the topics that somebody subscribes to.
        partitions: u64,
        /// Members of the group.
        members: u64,
    },
}

impl fmt::Display for AssignmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AssignmentError::TooLarge { partitions, members } = self;
        write!(f, "{partitions} partitions times {members} members are more than {ASSIGNMENT_WORK_MAX}")
    }
}

impl core::error::Error for AssignmentError {}

/// How partitions are given to members; the list of the family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Blocks of neighbours, topic by topic.
    #[default]
    Range,
    /// Dealt one by one over all topics.
    RoundRobin,
    /// Even, and with as few moves as that allows.
    Sticky,
}

impl Strategy {
    /// All strategies, in the order in which they are saved.
    pub const ALL: &[Strategy] = &[Strategy::Range, Strategy::RoundRobin, Strategy::Sticky];

    /// The original's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Range => "range",
            Strategy::RoundRobin => "roundrobin",
            Strategy::Sticky => "sticky",
        }
    }

    /// Gives every partition of `topics` (name, number of partitions) that somebody wants to one of `members`.
    pub fn assign(
        self,
        topics: &BTreeMap<String, u32>,
        members: &BTreeMap<String, Subscription>,
    ) -> Result<Assignment, AssignmentError> {
        let group = Group::new(topics, members)?;
        let owners = match self {
            Strategy::Range => group.range(),
            Strategy::RoundRobin => group.round_robin(),
            Strategy::Sticky => group.sticky(members),
        };
        let mut shares = vec![Vec::new(); members.len()];
        for (partition, owner) in group.partitions().zip(owners) {
            shares[owner].push(partition);
        }
        Ok(members.keys().cloned().zip(shares).collect())
    }
}

/// A topic that somebody subscribes to.
struct Wanted<'a> {
    name: &'a str,
    partitions: u32,
    /// Positions of its subscribers in the order of names, never empty.
    subscribers: Vec<usize>,
}

/// The group, with members as positions in the order of their names.
struct Group<'a> {
    wanted: Vec<Wanted<'a>>,
    members: usize,
}

impl<'a> Group<'a> {
    fn new(
        topics: &'a BTreeMap<String, u32>,
        members: &'a BTreeMap<String, Subscription>,
    ) -> Result<Group<'a>, AssignmentError> {
        let mut subscribers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, member) in members.values().enumerate() {
            for topic in &member.topics {
                subscribers.entry(topic).or_default().push(at);
            }
        }
        let wanted: Vec<Wanted<'_>> = subscribers
            .into_iter()
            .filter_map(|(name, subscribers)| Some(Wanted { name, partitions: *topics.get(name)?, subscribers }))
            .collect();
        let partitions = wanted.iter().map(|topic| u64::from(topic.partitions)).sum::<u64>();
        if partitions.saturating_mul(members.len() as u64) > ASSIGNMENT_WORK_MAX {
            return Err(AssignmentError::TooLarge { partitions, members: members.len() as u64 });
        }
        Ok(Group { wanted, members: members.len() })
    }

    /// Every wanted partition, in the order of (topic, number).
    fn partitions(&self) -> impl Iterator<Item = TopicPartition> + '_ {
        self.wanted.iter().flat_map(|topic| {
            (0..topic.partitions).map(|partition| TopicPartition { topic: topic.name.to_owned(), partition })
        })
    }

    /// For every wanted partition its topic's subscribers.
    fn subscribers(&self) -> impl Iterator<Item = &[usize]> + '_ {
        self.wanted.iter().flat_map(|topic| (0..topic.partitions).map(|_| topic.subscribers.as_slice()))
    }

    fn range(&self) -> Vec<usize> {
        let mut owners = Vec::new();
        for topic in &self.wanted {
            let members = topic.subscribers.len() as u32;
            let (each, left_over) = (topic.partitions / members, topic.partitions % members);
            for (at, member) in (0..members).zip(&topic.subscribers) {
                owners.extend((0..each + u32::from(at < left_over)).map(|_| *member));
            }
        }
        owners
    }

    fn round_robin(&self) -> Vec<usize> {
        let mut turn = 0;
        let mut deal = |subscribers: &[usize]| {
            // The next subscriber from the turn on, around the circle of all members.
            let next = subscribers.partition_point(|member| *member < turn);
            let member = subscribers.get(next).or(subscribers.first()).expect("a wanted topic has a subscriber");
            turn = *member + 1;
            *member
        };
        self.subscribers().map(&mut deal).collect()
    }

    fn sticky(&self, members: &BTreeMap<String, Subscription>) -> Vec<usize> {
        let mut owners = self.kept(members);
        let mut load = vec![0_u32; self.members];
        owners.iter().flatten().for_each(|owner| load[*owner] += 1);
        let subscribers: Vec<&[usize]> = self.subscribers().collect();
        // Those with few possible owners first, while their owners are still free.
        let mut order: Vec<usize> = (0..owners.len()).collect();
        order.sort_by_key(|at| subscribers[*at].len());
        for at in &order {
            if owners[*at].is_none() {
                let least = least_loaded(subscribers[*at], &load);
                load[least] += 1;
                owners[*at] = Some(least);
            }
        }
        let mut owners: Vec<usize> = owners.into_iter().flatten().collect();
        self.even_out(&mut owners, &mut load);
        owners
    }

    /// Moves partitions from who has most to who has least, as long as somebody can take one from a member with two more. Every
    /// move makes the sum of squared loads smaller, so this comes to an end; taking from who has most keeps the moves few.
    fn even_out(&self, owners: &mut [usize], load: &mut [u32]) {
        let mut shares: Vec<BTreeMap<usize, Vec<usize>>> = vec![BTreeMap::new(); self.members];
        let mut interests: Vec<Vec<usize>> = vec![Vec::new(); self.members];
        let mut takers: Vec<BTreeSet<(u32, usize)>> = Vec::new();
        let mut partitions = 0..owners.len();
        for (at, topic) in self.wanted.iter().enumerate() {
            takers.push(topic.subscribers.iter().map(|member| (load[*member], *member)).collect());
            topic.subscribers.iter().for_each(|member| interests[*member].push(at));
            for partition in partitions.by_ref().take(topic.partitions as usize) {
                shares[owners[partition]].entry(at).or_default().push(partition);
            }
        }
        let mut has_moved = true;
        while has_moved {
            has_moved = false;
            let mut givers: BTreeSet<(u32, usize)> = (0..self.members).map(|member| (load[member], member)).collect();
            while let Some((_, giver)) = givers.pop_last() {
                let gives = shares[giver].iter().filter(|(_, partitions)| !partitions.is_empty());
                let best = gives.filter_map(|(topic, _)| takers[*topic].first().map(|taker| (*taker, *topic))).min();
                let Some(((least, taker), topic)) = best.filter(|((least, _), _)| least + 1 < load[giver]) else {
                    continue;
                };
                let partition = shares[giver].get_mut(&topic).and_then(Vec::pop).expect("it was not empty");
                owners[partition] = taker;
                shares[taker].entry(topic).or_default().push(partition);
                for (member, now) in [(giver, load[giver] - 1), (taker, least + 1)] {
                    for topic in &interests[member] {
                        takers[*topic].remove(&(load[member], member));
                        takers[*topic].insert((now, member));
                    }
                    load[member] = now;
                }
                givers.insert((load[giver], giver));
                has_moved = true;
            }
        }
    }

    /// For every wanted partition who had it and still subscribes.
    fn kept(&self, members: &BTreeMap<String, Subscription>) -> Vec<Option<usize>> {
        let mut had: BTreeMap<&TopicPartition, usize> = BTreeMap::new();
        for (at, member) in members.values().enumerate() {
            for partition in member.owned.iter().filter(|partition| member.topics.contains(&partition.topic)) {
                had.entry(partition).or_insert(at);
            }
        }
        self.partitions().map(|partition| had.get(&partition).copied()).collect()
    }
}

/// The subscriber that has the least; of several the first by name.
fn least_loaded(subscribers: &[usize], load: &[u32]) -> usize {
    let least = subscribers.iter().min_by_key(|member| load[**member]);
    *least.expect("a wanted topic has a subscriber")
}
