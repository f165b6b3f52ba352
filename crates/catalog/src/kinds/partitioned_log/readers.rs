//! The groups that read a log: who reads which partition, how far each is, and what is under way.
//!
//! A partition of a group is a *lane*: one owner, one record under way at a time. When somebody joins or falls silent the group
//! stands still for a while: everybody is asked to commit, and what living owners have under way is finished and committed; then the new generation begins, and
//! every lane whose owner changed goes on at its committed offset.
//!
//! ```text
//!   after the work    done ── done ── commit      crash before the commit: done again    (a duplicate each)
//!   before the work   commit ── done ── done      crash after the commit: never done     (a loss each)
//!   with the work     done ── done ── commit      effects count from the commit on, those before a crash not at all
//! ```

use super::Message;
use crate::kind::{Cx, learn, say};
use crate::plan::Outlet;
use base::{Span, Time};
use queue::{ConsumerGroup, PartitionedLog, Retention, Strategy, TopicPartition};
use sim::{Reply, Request};
use slab::Slab;
use std::collections::{BTreeMap, BTreeSet};
use trace::{Record, Status, WireIndex};

/// When a group writes down how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commit {
    After,
    Before,
    With,
}

/// What can be set of the readers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub commit: Commit,
    pub commit_every: Span,
    pub batch: u64,
    pub heartbeat: Span,
    pub session: Span,
    pub pause: Span,
    pub retry: Span,
    pub tries: u32,
}

/// The log with everybody who reads it.
#[derive(Clone)]
pub(super) struct Readers {
    pub log: PartitionedLog<Message>,
    /// Deliveries that will never be made.
    pub lost: u64,
    rules: Rules,
    groups: Vec<Group>,
    flights: Slab<Flight>,
    /// The partitions under the name by which the groups know them.
    names: Vec<TopicPartition>,
}

#[derive(Clone)]
struct Group {
    group: ConsumerGroup,
    consumers: Vec<Consumer>,
    lanes: Vec<Lane>,
    carries: u64,
    /// Standing still since then.
    still_since: Option<Time>,
}

#[derive(Clone)]
struct Consumer {
    wire: WireIndex,
    name: String,
    /// When it last answered; never before the first time.
    heard: Option<Time>,
    /// It wants to join.
    wants_in: bool,
}

#[derive(Clone, Default)]
struct Lane {
    owner: Option<u8>,
    /// The offset to be handed out next.
    next: u64,
    committed: u64,
    flight: Option<u32>,
    /// It waits before it tries the record again; the number voids older timers.
    is_waiting: bool,
    serial: u16,
    tries: u32,
    /// Offset and message of what was done and does not count before the commit.
    pending: Vec<(u64, u64)>,
}

/// A record under way.
#[derive(Clone, Copy)]
struct Flight {
    group: u8,
    partition: u32,
    consumer: u8,
    offset: u64,
    message: u64,
    generation: u64,
    began: Time,
    /// Its lane has changed hands, and the record is no longer there to be handed out again.
    is_last: bool,
}

const TOPIC: &str = "log";
const RETRY: u64 = 1 << 63;
const BEAT: u64 = 1 << 61;
const STILL: u64 = 1 << 60;
const COMMIT: u64 = 1 << 59;
const PROBE: u64 = 1 << 58;

fn spot(group: usize, other: u32) -> u64 {
    (group as u64) << 32 | u64::from(other)
}

fn of_spot(token: u64) -> (usize, u32) {
    ((token >> 32 & 0xff) as usize, token as u32)
}

impl Readers {
    pub fn new(log: PartitionedLog<Message>, strategy: Strategy, is_shared: bool, outlets: &[Outlet], rules: Rules) -> Readers {
        let partitions = log.partitions();
        let group = |outlets: &[Outlet]| Group {
            group: ConsumerGroup::new(strategy, BTreeMap::from([(TOPIC.to_string(), partitions)]), rules.session),
            consumers: outlets.iter().map(Consumer::new).collect(),
            lanes: vec![Lane::default(); partitions as usize],
            carries: outlets.iter().fold(0, |all, outlet| all | outlet.carries),
            still_since: None,
        };
        let groups = match is_shared {
            _ if outlets.is_empty() => Vec::new(),
            true => vec![group(outlets)],
            false => outlets.chunks(1).map(group).collect(),
        };
        let names = (0..partitions).map(|partition| TopicPartition { topic: TOPIC.to_string(), partition }).collect();
        Readers { log, lost: 0, rules, groups, flights: Slab::new(), names }
    }

    /// How many groups get a record of this operation.
    pub fn copies(&self, op: u8) -> u32 {
        self.groups.iter().filter(|group| group.wants(op)).count() as u32
    }

    pub fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.beat(cx);
        self.commit_later(cx);
    }

    pub fn retune(&mut self, cx: &mut Cx<'_>, rules: Rules) {
        let was = core::mem::replace(&mut self.rules, rules);
        self.groups.iter_mut().for_each(|group| group.group.set_session_timeout(rules.session));
        if was.commit_every == Span::ZERO {
            self.commit_later(cx);
        }
        if was.commit != rules.commit {
            self.settle_rule(cx, was);
        }
    }

    /// What the old rule had fetched or left open is settled under it.
    fn settle_rule(&mut self, cx: &mut Cx<'_>, was: Rules) {
        let rules = core::mem::replace(&mut self.rules, was);
        for at in 0..self.groups.len() {
            self.commit_all(cx, at);
            for partition in 0..self.log.partitions() {
                let lane = &self.groups[at].lanes[partition as usize];
                if lane.next < lane.committed {
                    self.commit(at, partition, lane.next);
                }
            }
        }
        self.rules = rules;
    }

    // ---- handing out ----

    /// Hands the next record of a partition to each group.
    pub fn pump_all(&mut self, cx: &mut Cx<'_>, partition: u32) {
        (0..self.groups.len()).for_each(|group| self.pump(cx, group, partition));
    }

    fn pump(&mut self, cx: &mut Cx<'_>, at: usize, partition: u32) {
        loop {
            let (rules, group) = (self.rules, &mut self.groups[at]);
            let lane = &mut group.lanes[partition as usize];
            let Some(owner) = lane.owner.filter(|_| lane.flight.is_none() && !lane.is_waiting) else { return };
            // Before a change only what has been fetched already is finished.
            if group.still_since.is_some() && (rules.commit != Commit::Before || lane.next >= lane.committed) {
                return;
            }
            let Some(log) = self.log.partition(partition) else { return };
            if lane.next < log.start() {
                (lane.next, lane.tries) = (log.start(), 0);
            }
            let Some(record) = log.read(lane.next, u64::MAX).ok().and_then(|mut records| records.next()) else { return };
            let (offset, end, committed) = (record.offset, log.end(), lane.committed);
            let value = record.value;
            lane.next = offset;
            let Some(message) = value.filter(|message| group.carries_op(message.request.op)) else {
                group.lanes[partition as usize].next = offset + 1;
                continue;
            };
            if rules.commit == Commit::Before && offset >= committed {
                let upto = end.min(offset.saturating_add(rules.batch));
                if !self.commit(at, partition, upto) {
                    return;
                }
            }
            let group = &mut self.groups[at];
            let flight = Flight {
                group: at as u8,
                partition,
                consumer: owner,
                offset,
                message: message.number,
                generation: group.group.generation(),
                began: cx.now(),
                is_last: false,
            };
            let key = self.flights.insert(flight) as u32;
            group.lanes[partition as usize].flight = Some(key);
            cx.call(group.consumers[usize::from(owner)].wire, message.request, u64::from(key));
            return;
        }
    }

    pub fn on_reply(&mut self, cx: &mut Cx<'_>, token: u64, request: &Request, reply: Reply) {
        if token & PROBE != 0 {
            let (group, consumer) = of_spot(token);
            if reply.status.is_ok() {
                self.heard(cx, group, consumer);
                if token & COMMIT != 0 {
                    self.commit_of(cx, group, consumer as u8);
                }
            }
            return;
        }
        let Some(flight) = self.flights.try_remove(token as usize) else { return };
        learn(cx, request, &reply, flight.began);
        let (at, ok) = (usize::from(flight.group), reply.status.is_ok());
        let lane = &mut self.groups[at].lanes[flight.partition as usize];
        let is_current = lane.flight == Some(token as u32);
        if !is_current {
            return self.straggle(cx, flight, ok);
        }
        lane.flight = None;
        match (ok, self.rules.commit) {
            (true, Commit::With) => lane.pending.push((flight.offset, flight.message)),
            (true, _) => self.delivered(cx, flight.message),
            (false, Commit::Before) => self.dropped(cx, flight.message),
            (false, _) => return self.failed(cx, flight, reply.status),
        }
        self.go_on(cx, flight);
    }

    /// The record of this flight is behind its lane.
    fn go_on(&mut self, cx: &mut Cx<'_>, flight: Flight) {
        let at = usize::from(flight.group);
        let lane = &mut self.groups[at].lanes[flight.partition as usize];
        (lane.next, lane.tries) = (flight.offset + 1, 0);
        // Before a change everybody commits what they finish.
        if self.rules.commit_every == Span::ZERO || self.groups[at].still_since.is_some() {
            self.commit_lane(cx, at, flight.partition);
        }
        self.pump(cx, at, flight.partition);
        self.settle_if_quiet(cx, at);
    }

    /// A consumer answers that has lost the partition meanwhile: what it did is done, but its commit is refused.
    fn straggle(&mut self, cx: &mut Cx<'_>, flight: Flight, ok: bool) {
        let group = &mut self.groups[usize::from(flight.group)];
        let name = &group.consumers[usize::from(flight.consumer)].name;
        let partition = &self.names[flight.partition as usize];
        let refused = group.group.commit(name, flight.generation, partition, flight.offset + 1);
        debug_assert!(refused.is_err(), "a generation is over when a lane changes hands");
        match (self.rules.commit, ok) {
            (Commit::After | Commit::Before, true) => self.delivered(cx, flight.message),
            (Commit::Before, false) => self.dropped(cx, flight.message),
            (Commit::After, false) | (Commit::With, _) if flight.is_last => self.dropped(cx, flight.message),
            (Commit::After, false) | (Commit::With, _) => {}
        }
    }

    /// The consumer could not: the lane waits and tries again, unless the record is at fault too often or gone.
    fn failed(&mut self, cx: &mut Cx<'_>, flight: Flight, status: Status) {
        let (at, partition) = (usize::from(flight.group), flight.partition);
        let start = self.log.partition(partition).map_or(0, queue::Log::start);
        let lane = &mut self.groups[at].lanes[partition as usize];
        lane.tries += u32::from(status == Status::Failed);
        if lane.tries >= self.rules.tries || flight.offset < start {
            self.dropped(cx, flight.message);
            return self.go_on(cx, flight);
        }
        lane.is_waiting = true;
        lane.serial = lane.serial.wrapping_add(1);
        cx.timer(self.rules.retry, RETRY | u64::from(lane.serial) << 40 | spot(at, partition));
        self.settle_if_quiet(cx, at);
    }

    fn delivered(&mut self, cx: &mut Cx<'_>, message: u64) {
        cx.record(Record::Delivered { queue: cx.home(), message });
    }

    fn dropped(&mut self, cx: &mut Cx<'_>, message: u64) {
        self.lost += 1;
        cx.record(Record::Dropped { queue: cx.home(), message });
    }

    // ---- commits ----

    /// Writes down that a group is done with a partition below `offset`. False when its owner may not.
    fn commit(&mut self, at: usize, partition: u32, offset: u64) -> bool {
        let group = &mut self.groups[at];
        let lane = &mut group.lanes[partition as usize];
        let Some(owner) = lane.owner else { return false };
        let (name, generation) = (&group.consumers[usize::from(owner)].name, group.group.generation());
        let is_done = group.group.commit(name, generation, &self.names[partition as usize], offset).is_ok();
        if is_done {
            lane.committed = offset;
        }
        is_done
    }

    /// Commits what a lane has done, and lets the effects that waited for it count.
    fn commit_lane(&mut self, cx: &mut Cx<'_>, at: usize, partition: u32) {
        let lane = &self.groups[at].lanes[partition as usize];
        if self.rules.commit == Commit::Before || lane.next <= lane.committed || !self.commit(at, partition, lane.next) {
            return;
        }
        for (_, message) in core::mem::take(&mut self.groups[at].lanes[partition as usize].pending) {
            self.delivered(cx, message);
        }
    }

    /// Commits for every consumer of a group that is alive; the dead commit nothing.
    fn commit_all(&mut self, cx: &mut Cx<'_>, at: usize) {
        for partition in 0..self.log.partitions() {
            if self.groups[at].has_living_owner(partition, cx.now(), self.rules.session) {
                self.commit_lane(cx, at, partition);
            }
        }
    }

    /// A consumer has said how far it is.
    fn commit_of(&mut self, cx: &mut Cx<'_>, at: usize, consumer: u8) {
        for partition in 0..self.log.partitions() {
            if self.groups[at].lanes[partition as usize].owner == Some(consumer) {
                self.commit_lane(cx, at, partition);
            }
        }
    }

    /// Asks the consumers of a group how far they are: who is dead does not commit.
    fn ask_commits(&self, cx: &mut Cx<'_>, at: usize) {
        let probe = Request { op: say::PROBE, ..Request::default() };
        for (consumer, known) in self.groups[at].consumers.iter().enumerate() {
            cx.call(known.wire, probe, PROBE | COMMIT | spot(at, consumer as u32));
        }
    }

    fn commit_later(&mut self, cx: &mut Cx<'_>) {
        if self.rules.commit_every > Span::ZERO && !self.groups.is_empty() {
            cx.timer(self.rules.commit_every, COMMIT);
        }
    }

    // ---- members ----

    /// Asks every consumer whether it is there, and looks for those that have been silent for too long.
    fn beat(&mut self, cx: &mut Cx<'_>) {
        if self.groups.is_empty() {
            return;
        }
        let probe = Request { op: say::PROBE, ..Request::default() };
        for (at, group) in self.groups.iter().enumerate() {
            for (consumer, known) in group.consumers.iter().enumerate() {
                cx.call(known.wire, probe, PROBE | spot(at, consumer as u32));
            }
        }
        for at in 0..self.groups.len() {
            if self.groups[at].group.has_silent(cx.now()) {
                self.stand_still(cx, at);
            }
        }
        cx.timer(self.rules.heartbeat, BEAT);
    }

    fn heard(&mut self, cx: &mut Cx<'_>, at: usize, consumer: u32) {
        let now = cx.now();
        let Some(group) = self.groups.get_mut(at) else { return };
        let Some(known) = group.consumers.get_mut(consumer as usize) else { return };
        known.heard = Some(now);
        if group.group.on_heartbeat(&known.name, now).is_none() && !known.wants_in {
            known.wants_in = true;
            self.stand_still(cx, at);
        }
    }

    fn stand_still(&mut self, cx: &mut Cx<'_>, at: usize) {
        let group = &mut self.groups[at];
        if group.still_since.is_none() {
            group.still_since = Some(cx.now());
            cx.timer(self.rules.pause, STILL | spot(at, 0));
            self.ask_commits(cx, at);
        }
    }

    /// The pause is over: the new generation begins, once nobody who is alive is in the middle of something.
    fn settle_if_quiet(&mut self, cx: &mut Cx<'_>, at: usize) {
        let (now, rules) = (cx.now(), self.rules);
        let group = &self.groups[at];
        let Some(since) = group.still_since.filter(|since| now.since(*since) >= rules.pause) else { return };
        let is_busy = |partition: u32| {
            let lane = &group.lanes[partition as usize];
            let has_fetched = rules.commit == Commit::Before && lane.next < lane.committed;
            (lane.flight.is_some() || has_fetched) && group.has_living_owner(partition, now, rules.session)
        };
        let is_overdue = now.since(since) > rules.session + rules.pause;
        if is_overdue || !(0..self.log.partitions()).any(is_busy) {
            self.rebalance(cx, at);
        }
    }

    fn rebalance(&mut self, cx: &mut Cx<'_>, at: usize) {
        let now = cx.now();
        let group = &mut self.groups[at];
        group.still_since = None;
        if !group.group.has_silent(now) && !group.consumers.iter().any(|consumer| consumer.wants_in) {
            // Who was silent is back: nothing changes, and no generation begins.
            return (0..self.log.partitions()).for_each(|partition| self.pump(cx, at, partition));
        }
        let topics = BTreeSet::from([TOPIC.to_string()]);
        // At most 64 partitions and 16 consumers: far below what an assignment may cost.
        let _ = group.group.on_session_check(now);
        for consumer in &mut group.consumers {
            if core::mem::take(&mut consumer.wants_in) {
                let _ = group.group.join(&consumer.name, topics.clone(), now);
            }
        }
        let mut owners = vec![None; group.lanes.len()];
        for (number, consumer) in group.consumers.iter().enumerate() {
            for owned in group.group.assignment().get(&consumer.name).into_iter().flatten() {
                owners[owned.partition as usize] = Some(number as u8);
            }
        }
        for (partition, owner) in owners.into_iter().enumerate() {
            self.hand_over(cx, at, partition as u32, owner);
        }
        (0..self.log.partitions()).for_each(|partition| self.pump(cx, at, partition));
    }

    /// A lane gets its owner of the new generation, and goes on where it was committed.
    fn hand_over(&mut self, cx: &mut Cx<'_>, at: usize, partition: u32, owner: Option<u8>) {
        let lane = &mut self.groups[at].lanes[partition as usize];
        if lane.owner == owner && lane.flight.is_none() && lane.pending.is_empty() && lane.next >= lane.committed {
            return;
        }
        lane.owner = owner;
        self.roll_back(cx, at, partition);
    }

    /// Forgets what a lane had done and not committed. What is under way becomes a straggler.
    fn roll_back(&mut self, cx: &mut Cx<'_>, at: usize, partition: u32) {
        let start = self.log.partition(partition).map_or(0, queue::Log::start);
        let lane = &mut self.groups[at].lanes[partition as usize];
        let done = lane.next + u64::from(lane.flight.is_some());
        if let Some(flight) = lane.flight.and_then(|key| self.flights.get_mut(key as usize)) {
            flight.is_last = flight.offset < start;
        }
        let (committed, pending) = (lane.committed, core::mem::take(&mut lane.pending));
        (lane.flight, lane.is_waiting, lane.tries) = (None, false, 0);
        lane.next = committed;
        if self.rules.commit == Commit::Before {
            self.skip(cx, at, partition, done, committed);
        }
        // What was done in a transaction that is void, and is no longer there to be done again.
        for (_, message) in pending.into_iter().filter(|(offset, _)| *offset < start) {
            self.dropped(cx, message);
        }
    }

    /// Records from `from` to before `to` were committed and will not be handed out.
    fn skip(&mut self, cx: &mut Cx<'_>, at: usize, partition: u32, from: u64, to: u64) {
        let Some(log) = self.log.partition(partition) else { return };
        let Ok(records) = log.read(from.clamp(log.start(), log.end()), to) else { return };
        let group = &self.groups[at];
        let carried = |record: &queue::Record<Message>| record.value.filter(|message| group.carries_op(message.request.op));
        let skipped: Vec<u64> = records.filter_map(carried).map(|message| message.number).collect();
        skipped.into_iter().for_each(|message| self.dropped(cx, message));
    }

    // ---- what goes ----

    /// Lets go of what is too old or too much, and counts it as lost to every group that had not got to it.
    pub fn retain(&mut self, cx: &mut Cx<'_>, partition: u32, retention: Retention) {
        let now = cx.now();
        let Some(log) = self.log.partition_mut(partition) else { return };
        let too_many = log.len().saturating_sub(retention.records_max);
        let Ok(records) = log.read(log.start(), u64::MAX) else { return };
        let is_old = |record: &queue::Record<Message>| now.since(record.at) > retention.age_max;
        let going = records.enumerate().take_while(|(nth, record)| (*nth as u64) < too_many || is_old(record));
        let mut lost = 0;
        for (_, record) in going {
            let Some(message) = record.value else { continue };
            for group in self.groups.iter().filter(|group| group.wants(message.request.op)) {
                let lane = &group.lanes[partition as usize];
                // What is under way is judged by its end.
                if record.offset > lane.next || (record.offset == lane.next && lane.flight.is_none()) {
                    lost += 1;
                    cx.record(Record::Dropped { queue: cx.home(), message: message.number });
                }
            }
        }
        self.lost += lost;
        log.retain(retention, now);
    }

    /// Keeps of each key the last record, as far as every group has read.
    pub fn compact(&mut self, now: Time, partition: u32, retention: Retention) {
        let read = |group: &Group| group.lanes[partition as usize].committed.min(group.lanes[partition as usize].next);
        let upto = self.groups.iter().map(read).min().unwrap_or(u64::MAX);
        if let Some(log) = self.log.partition_mut(partition) {
            log.compact(upto, retention, now);
        }
    }

    // ---- time and death ----

    /// A timer fires; false when it is not one of the readers'.
    pub fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) -> bool {
        let (at, other) = of_spot(token);
        if token & RETRY != 0 {
            let lane = &mut self.groups[at].lanes[other as usize];
            if lane.is_waiting && u64::from(lane.serial) == (token >> 40 & 0xffff) {
                lane.is_waiting = false;
                self.pump(cx, at, other);
            }
        } else if token & BEAT != 0 {
            self.beat(cx);
        } else if token & STILL != 0 {
            self.settle_if_quiet(cx, at);
            if self.groups[at].still_since.is_some() {
                cx.timer(self.rules.session, STILL | spot(at, 0));
            }
        } else if token & COMMIT != 0 {
            if self.rules.commit != Commit::Before {
                (0..self.groups.len()).for_each(|at| self.ask_commits(cx, at));
            }
            self.commit_later(cx);
        } else {
            return false;
        }
        true
    }

    /// Records and committed offsets are on disk; members, and what was under way, are forgotten.
    pub fn on_crash(&mut self, cx: &mut Cx<'_>) {
        let flights: Vec<Flight> = self.flights.drain().collect();
        for flight in flights {
            let start = self.log.partition(flight.partition).map_or(0, queue::Log::start);
            // Committed or gone, and nobody will hear what became of it.
            if self.rules.commit == Commit::Before || flight.offset < start {
                self.dropped(cx, flight.message);
            }
        }
        for at in 0..self.groups.len() {
            for partition in 0..self.log.partitions() {
                self.roll_back(cx, at, partition);
            }
            let group = &mut self.groups[at];
            group.still_since = None;
            group.lanes.iter_mut().for_each(|lane| lane.owner = None);
            for consumer in &mut group.consumers {
                (consumer.heard, consumer.wants_in) = (None, false);
                // Nothing is too large to be assigned to fewer.
                let _ = group.group.leave(&consumer.name);
            }
        }
    }

    // ---- what there is to see ----

    /// How far all groups are behind, as they have committed.
    pub fn lag(&self) -> u64 {
        let of = |group: &Group| {
            let ends = (0..self.log.partitions()).map(|p| self.log.partition(p).map_or(0, queue::Log::end));
            self.names.iter().zip(ends).map(|(name, end)| group.group.lag(name, end)).sum::<u64>()
        };
        self.groups.iter().map(of).sum()
    }

    /// When the oldest record was appended that some group has not got to.
    pub fn oldest_unread(&self) -> Option<Time> {
        let first = |(partition, lane): (usize, &Lane)| {
            let log = self.log.partition(partition as u32)?;
            log.read(lane.next.clamp(log.start(), log.end()), u64::MAX).ok()?.next().map(|record| record.at)
        };
        self.groups.iter().flat_map(|group| group.lanes.iter().enumerate().filter_map(first)).min()
    }

    /// Rebalances of all groups so far.
    pub fn generations(&self) -> u64 {
        self.groups.iter().map(|group| group.group.generation()).sum()
    }

    /// Who stands where on a partition: each group's present owner, and what it has committed.
    pub fn marks<'a>(&'a self, partition: u32, name: impl Fn(WireIndex) -> String + 'a) -> impl Iterator<Item = (String, u64)> + 'a {
        self.groups.iter().flat_map(move |group| {
            let lane = &group.lanes[partition as usize];
            let reads = lane.owner.map(|owner| (name(group.consumers[usize::from(owner)].wire), lane.next));
            [reads, Some(("committed".to_string(), lane.committed))].into_iter().flatten()
        })
    }
}

impl Group {
    fn wants(&self, op: u8) -> bool {
        !self.consumers.is_empty() && self.carries_op(op)
    }

    fn carries_op(&self, op: u8) -> bool {
        u32::from(op) >= u64::BITS || self.carries >> op & 1 == 1
    }

    fn has_living_owner(&self, partition: u32, now: Time, session: Span) -> bool {
        let owner = self.lanes[partition as usize].owner.and_then(|owner| self.consumers.get(usize::from(owner)));
        owner.and_then(|owner| owner.heard).is_some_and(|heard| now.since(heard) <= session)
    }
}

impl Consumer {
    fn new(outlet: &Outlet) -> Consumer {
        Consumer { wire: outlet.wire, name: format!("consumer-{:05}", outlet.wire), heard: None, wants_in: false }
    }
}
