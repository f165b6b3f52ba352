//! Partitioned log: records stay where they were appended, and groups of consumers read them, each partition in order.
//!
//! The log is [`queue::PartitionedLog`], the groups are [`queue::ConsumerGroup`]; this file gives them workers, a clock and wires.
//! What a group does with its partitions, and what is counted when a consumer dies, is in `partitioned_log/readers.rs`.

mod readers;

use crate::desk::Desk;
use crate::face::{Face, Lane, LogMark};
use crate::kind::{Cx, Decision, Glance, Kind, Setup};
use crate::plan::Serves;
use crate::settings::{FieldExt, Settings, choice, law, number, switch, whole, gauge};
use base::{Law, Span};
use check::CheckKind;
use queue::{Partitioner, Recent, Retention, Strategy};
use readers::{Commit, Readers, Rules};
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use trace::{Record, Status, WireIndex};

/// A record as the log keeps it.
#[derive(Clone, Copy)]
pub(super) struct Message {
    /// Its number among all that this log has accepted.
    number: u64,
    request: Request,
}

/// A log and its readers.
#[derive(Clone)]
pub struct PartitionedLog {
    inside: Box<Inside>,
}

#[derive(Clone)]
struct Inside {
    desk: Desk<(CallId, Request)>,
    readers: Readers,
    /// What came lately: by value and key the number of the message.
    recent: Recent<(u64, u64), u64>,
    is_idempotent: bool,
    retention: Retention,
    is_compacted: bool,
    /// Records appended to each partition since it was last compacted.
    dirty: Vec<u64>,
    /// Oldest records are looked at this often.
    age_checked: Span,
    messages: u64,
}

/// Messages that are recognised when they come again.
const RECENT_MAX: u32 = 10_000;
/// Partitions that a face shows.
const SHOWN: u32 = 32;
/// The token of the timer that looks for records that are too old; others are the readers' or a job's number.
const AGE: u64 = 1 << 62;

impl Inside {
    /// Takes a record in, unless it is one that came before and the log notices.
    fn append(&mut self, cx: &mut Cx<'_>, request: Request) {
        let fresh = self.messages + 1;
        // A request without a value comes from a box that makes its own; it cannot be told from another.
        let known = if request.value == 0 { None } else { self.recent.note((request.value, request.key), fresh) };
        if known.is_some() {
            if self.is_idempotent {
                cx.decide(|| Decision::new("left a message of key {} out: it has come before", [request.key.into()]));
                return;
            }
        } else {
            self.messages = fresh;
            let copies = self.readers.copies(request.op);
            cx.record(Record::Queued { queue: cx.home(), message: fresh, copies });
        }
        let message = Message { number: known.unwrap_or(fresh), request };
        let (partition, offset) = self.readers.log.append(Some(request.key), Some(message), cx.now());
        cx.decide(|| {
            let words = [message.number.into(), request.key.into(), partition.into(), offset.into()];
            Decision::new("appended message {} of key {} to partition {} at offset {}", words)
        });
        self.dirty[partition as usize] += 1;
        self.trim(cx, partition);
        self.readers.pump_all(cx, partition);
    }

    /// Lets go of what retention does not keep, and of what compaction finds superseded.
    fn trim(&mut self, cx: &mut Cx<'_>, partition: u32) {
        let retention = self.retention;
        let Some(log) = self.readers.log.partition(partition) else { return };
        let (len, dirty) = (log.len(), self.dirty[partition as usize]);
        if !self.is_compacted {
            self.readers.retain(cx, partition, retention);
        } else if len > retention.records_max {
            if dirty.saturating_mul(2) >= len {
                self.readers.compact(cx.now(), partition, retention);
                self.dirty[partition as usize] = 0;
            }
            // More different keys than there is room for: the oldest go all the same.
            let twice = Retention { records_max: retention.records_max.saturating_mul(2), ..retention };
            self.readers.retain(cx, partition, twice);
        }
    }

    fn watch_age(&self, cx: &mut Cx<'_>) {
        if self.retention.age_max < Span::MAX {
            cx.timer(self.age_checked, AGE);
        }
    }

    fn tune(&mut self, settings: &Settings<'_>) {
        let age = settings.millis("retention_ms");
        self.is_idempotent = settings.switch("idempotent");
        self.is_compacted = settings.choice("cleanup") == 1;
        self.retention = Retention {
            age_max: if age == Span::ZERO { Span::MAX } else { age },
            records_max: u64::from(settings.whole("retention")).max(1),
            ..Retention::default()
        };
        self.age_checked = Span((age.0 / 8).max(10_000_000));
    }
}

fn rules(settings: &Settings<'_>) -> Rules {
    Rules {
        commit: [Commit::After, Commit::Before, Commit::With][settings.choice("commit").min(2)],
        commit_every: settings.millis("commit_ms"),
        batch: u64::from(settings.whole("batch")).max(1),
        heartbeat: settings.millis("heartbeat_ms").max(Span(1_000_000)),
        session: settings.millis("session_ms").max(Span(1_000_000)),
        pause: settings.millis("rebalance_ms"),
        retry: settings.millis("retry_ms").max(Span(1_000_000)),
        tries: settings.whole("tries").max(1),
    }
}

impl Kind for PartitionedLog {
    const SLUG: &'static str = "partitioned-log";
    type Message = ();
    const SERVES: Serves = Serves::Handover;
    const CHECKS: &'static [CheckKind] = &[CheckKind::Delivery];

    #[allow(clippy::too_many_lines, reason = "a list")]
    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Partitioned log".into(),
            group: "Messaging".into(),
            purpose: "Keeps records in partitions; groups of consumers read each partition in order, and remember how far they are.".into(),
            icon: "M2 4h11M2 9h8M2 14h13M13 2.500v3M10 7.500v3M15 12.500v3M5 2.500v3M5 7.500v3M5 12.500v3".into(),
            fields: vec![
                whole("partitions", "Partitions", "", (1.0, 64.0), 6.0, "How many logs there are side by side; order holds within each, and no more consumers than that can work"),
                choice("partitioner", "Partitioner", "Which partition a record goes to", &[
                    ("key", "by the hash of its key: all records of a key stay in order"),
                    ("round-robin", "one after the other: even, and without order"),
                ]),
                choice("groups", "Groups", "What the boxes at the outgoing wires are to each other", &[
                    ("one", "consumers of one group, which share the partitions"),
                    ("each", "a group each, so that every box gets every record its wire carries"),
                ]),
                choice("assignment", "Assignment", "Which consumer of a group gets which partition", &[
                    ("range", "neighbouring partitions go together"),
                    ("round-robin", "dealt one by one"),
                    ("sticky", "even, and everybody keeps what they had as far as that allows"),
                ]),
                choice("commit", "Commit", "When a group writes down how far it is", &[
                    ("after the work", "at least once: what was done and not committed is done again"),
                    ("before the work", "at most once: what was committed and not done is lost"),
                    ("with the work", "effectively once: effects count when their offset is committed, in one transaction"),
                ]).live(),
                number("commit_ms", "Commits every", "ms", (0.0, 60_000.0), 1_000.0, "How often a consumer commits; 0 is after every record").live().when("commit", &["after the work", "with the work"]),
                whole("batch", "Fetches", "", (1.0, 1_000.0), 50.0, "Records that a consumer takes and commits at a time").live().when("commit", &["before the work"]),
                number("heartbeat_ms", "Heartbeat", "ms", (10.0, 60_000.0), 1_000.0, "How often each consumer is asked whether it is there").live(),
                number("session_ms", "Session", "ms", (100.0, 600_000.0), 5_000.0, "A consumer that is silent for longer is out of its group").live(),
                number("rebalance_ms", "Rebalance", "ms", (0.0, 60_000.0), 200.0, "How long a group stands still when its members change").live(),
                number("retry_ms", "Tries again", "ms", (1.0, 60_000.0), 100.0, "How long a partition waits after a record that did not work").live(),
                whole("tries", "Tries", "", (1.0, 1_000.0), 10.0, "A record that its consumer answers with an error so many times is given up").live().when("commit", &["after the work", "with the work"]),
                switch("idempotent", "Idempotent producer", true, "Whether a record that is sent again, because its answer was lost, is appended only once").live(),
                choice("cleanup", "Cleanup", "What goes when a partition is full", &[
                    ("delete", "the oldest records"),
                    ("compact", "all but the last record of each key, as far as every group has read"),
                ]).live(),
                whole("retention", "Keeps", "", (1.0, 100_000.0), 5_000.0, "Records of one partition; compaction begins there, and never lets twice as many stand").live(),
                number("retention_ms", "Keeps for", "ms", (0.0, 8.64e7), 0.0, "Older records go; 0 keeps them").live(),
                whole("workers", "Writers", "", (1.0, 1_000.0), 8.0, "Records that are appended at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 10_000.0, "Records that may wait to be appended; more are refused").live(),
                number("time_ms", "Append", "ms", (0.0, 60_000.0), 0.2, "Mean time of one append, its disk included").live(),
                law("time_law", "Append varies", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 16, refusal: "A log is read by at most 16 boxes".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("lag", "Lag", "records"),
                gauge("lag_s", "Oldest unread", "s"),
                gauge("rebalances", "Rebalances", ""),
                gauge("lost", "Lost", ""),
            ],
            members: None,
            modelled: vec![
                "each partition as a log with offsets, retention and compaction; a record retained away before a group read it is lost, and counted".into(),
                "the box at each outgoing wire is one consumer: it is asked for heartbeats, thrown out when silent, let in again when it answers, and each change is a new generation".into(),
                "one record of a partition is under way at a time; a change waits until consumers that are alive have finished theirs".into(),
                "commits that are late are refused; what was done twice or not at all is counted record by record".into(),
                "a crash keeps records and committed offsets, and forgets members and what was under way".into(),
                "a record is known by the request it came with, among the last 10,000".into(),
            ],
            left_out: vec![
                "replicas of a partition: the disk survives".into(),
                "an effect whose answer was lost: it counts as not done".into(),
                "fetches as calls from the consumer: the log hands out, as fast as it is answered".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> PartitionedLog {
        let settings = &setup.settings;
        let partitions = settings.whole("partitions").clamp(1, 64);
        let partitioner = [Partitioner::Key, Partitioner::RoundRobin][settings.choice("partitioner").min(1)];
        let strategy = settings.one_of("assignment", Strategy::ALL);
        let is_shared = settings.choice("groups") == 0;
        let readers = Readers::new(queue::PartitionedLog::new(partitions, partitioner), strategy, is_shared, setup.outlets, rules(settings));
        let mut inside = Inside {
            desk: Desk::new(settings),
            readers,
            recent: Recent::new(RECENT_MAX),
            is_idempotent: true,
            retention: Retention::default(),
            is_compacted: false,
            dirty: vec![0; partitions as usize],
            age_checked: Span::MAX,
            messages: 0,
        };
        inside.tune(settings);
        PartitionedLog { inside: Box::new(inside) }
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let me = &mut *self.inside;
        let was_aging = me.retention.age_max < Span::MAX;
        me.desk.retune(cx, &setup.settings);
        me.tune(&setup.settings);
        me.readers.retune(cx, rules(&setup.settings));
        if !was_aging {
            me.watch_age(cx);
        }
    }

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.inside.watch_age(cx);
        self.inside.readers.on_start(cx);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.inside.desk.take(cx, call, (call, request));
    }

    fn on_reply(&mut self, cx: &mut Cx<'_>, _wire: WireIndex, token: u64, request: &Request, reply: Reply) {
        self.inside.readers.on_reply(cx, token, request, reply);
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        let me = &mut *self.inside;
        if me.readers.on_timer(cx, token) {
            return;
        }
        if token == AGE {
            (0..me.readers.log.partitions()).for_each(|partition| me.readers.retain(cx, partition, me.retention));
            me.watch_age(cx);
            return;
        }
        let (call, request) = me.desk.close(token as u32);
        me.desk.release(cx);
        me.append(cx, request);
        cx.reply(call, Reply::plain(Status::Ok));
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.inside.desk.abandon(cx);
        self.inside.readers.on_crash(cx);
    }

    fn on_restart(&mut self, cx: &mut Cx<'_>) {
        self.on_start(cx);
    }

    fn summary(settings: &Settings<'_>) -> String {
        let promise = ["at least once", "at most once", "effectively once"][settings.choice("commit").min(2)];
        format!("{} partitions · {promise}", settings.whole("partitions"))
    }

    fn face(members: &[&PartitionedLog], glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let readers = &me.inside.readers;
        let lane = |partition: u32| {
            let log = readers.log.partition(partition)?;
            let mark = |(label, index)| LogMark { label, index };
            let marks = readers.marks(partition, |wire| glance.target(wire)).map(mark).collect();
            Some(Lane { label: format!("p{partition}"), from: log.start(), to: log.end(), marks })
        };
        let lanes = (0..readers.log.partitions().min(SHOWN)).filter_map(lane).collect();
        Face::Lanes { lanes, unit: "offset".into() }
    }

    fn gauges(members: &[&PartitionedLog], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let readers = &me.inside.readers;
        let oldest = readers.oldest_unread().map_or(0.0, |at| glance.now.since(at).as_secs_f64());
        vec![Some(readers.lag() as f64), Some(oldest), Some(readers.generations() as f64), Some(readers.lost as f64)]
    }
}
