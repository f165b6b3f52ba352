//! A partition's log: records that stay after they were read, each with an offset that never changes.
//!
//! ```text
//!   start                                end
//!     3        4        5        7        8
//!   a=1      b=1      a=2      b=2              6 was compacted away: offsets keep their gaps
//!     └ retention cuts here      └ reads go on here, as often as anybody likes
//! ```
//!
//! The rules: appended records get the next offset; reading takes nothing away; *retention* drops the oldest, by age or by number;
//! *compaction* keeps of each key the last record, in order and under its offset, and drops a deleted key's last record (its
//! tombstone) only after `tombstone_for`, so that a reader who comes at least that often sees the deletion. Records without a key
//! are never compacted. Compaction spares what is at or above `up_to`, which is the high watermark: below it nothing changes.
//!
//! When not to use it: when each message is one piece of work for anybody and order does not matter; then a queue that forgets
//! what is done is simpler, and one slow message holds up nobody behind it. Cost: append O(1), read O(log n + records),
//! compaction O(n log n). Source: Apache Kafka's documentation, "Log Compaction"; the idea of offsets is Kreps, Narkhede, Rao,
//! "Kafka: a distributed messaging system for log processing", NetDB 2011.

use base::{Span, Time};
use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<T> {
    /// Its place in the partition, for ever.
    pub offset: u64,
    /// When it was appended.
    pub at: Time,
    /// What it is about; `None` for a record that compaction leaves alone.
    pub key: Option<u64>,
    /// What it says; `None` deletes the key.
    pub value: Option<T>,
}

/// How long a [`Log`] keeps its records. Everything by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Retention {
    /// Older ones go. [`Span::MAX`] keeps them.
    pub age_max: Span,
    /// More than so many, and the oldest go. 0 to [`u64::MAX`].
    pub records_max: u64,
    /// How long compaction leaves a tombstone that is the last of its key.
    pub tombstone_for: Span,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention { age_max: Span::MAX, records_max: u64::MAX, tombstone_for: Span::from_secs(86_400) }
    }
}

/// The offset to read from is not in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetOutOfRange {
    /// The offset asked for.
    pub offset: u64,
    /// The first that is kept.
    pub start: u64,
    /// The one that the next record will get.
    pub end: u64,
}

impl fmt::Display for OffsetOutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {} is out of range: the log holds {} to {}", self.offset, self.start, self.end)
    }
}

impl core::error::Error for OffsetOutOfRange {}

/// An append-only sequence of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log<T> {
    records: VecDeque<Record<T>>,
    start: u64,
    end: u64,
}

/// Empty, the next offset is 0.
impl<T> Default for Log<T> {
    fn default() -> Log<T> {
        Log { records: VecDeque::new(), start: 0, end: 0 }
    }
}

impl<T: Clone> Log<T> {
    /// Puts a record at the end and says its offset.
    pub fn append(&mut self, key: Option<u64>, value: Option<T>, now: Time) -> u64 {
        let offset = self.end;
        self.records.push_back(Record { offset, at: now, key, value });
        self.end += 1;
        offset
    }

    /// The records from `offset` on, below `below` (the high watermark, or [`u64::MAX`]). An offset that compaction has removed
    /// reads on at the next one.
    pub fn read(&self, offset: u64, below: u64) -> Result<impl Iterator<Item = &Record<T>> + '_, OffsetOutOfRange> {
        if offset < self.start || offset > self.end {
            return Err(OffsetOutOfRange { offset, start: self.start, end: self.end });
        }
        let first = self.records.partition_point(|record| record.offset < offset);
        Ok(self.records.range(first..).take_while(move |record| record.offset < below))
    }

    /// Drops what `retention` no longer keeps; returns how many records.
    pub fn retain(&mut self, retention: Retention, now: Time) -> u64 {
        let mut dropped = 0;
        while let Some(first) = self.records.front() {
            let is_old = now.since(first.at) > retention.age_max;
            if !is_old && self.records.len() as u64 <= retention.records_max {
                break;
            }
            self.records.pop_front();
            self.start = self.records.front().map_or(self.end, |record| record.offset);
            dropped += 1;
        }
        dropped
    }

    /// Keeps of each key below `up_to` only the last record; returns how many are gone.
    pub fn compact(&mut self, up_to: u64, retention: Retention, now: Time) -> u64 {
        let before = self.records.len();
        let mut last: BTreeMap<u64, u64> = BTreeMap::new();
        for record in self.records.iter().take_while(|record| record.offset < up_to) {
            if let Some(key) = record.key {
                last.insert(key, record.offset);
            }
        }
        self.records.retain(|record| {
            let Some(key) = record.key.filter(|_| record.offset < up_to) else { return true };
            let is_tombstone = record.value.is_none() && now.since(record.at) > retention.tombstone_for;
            last[&key] == record.offset && !is_tombstone
        });
        (before - self.records.len()) as u64
    }

    /// Cuts off everything from `offset` on: what a follower does that has more than its new leader.
    pub fn truncate(&mut self, offset: u64) {
        self.records.truncate(self.records.partition_point(|record| record.offset < offset));
        self.end = self.end.min(offset.max(self.start));
    }

    /// The first offset that can be read.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The offset that the next record gets.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// How many records there are; fewer than end − start after a compaction.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.records.len() as u64
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The last value of each key: what a reader of the whole log ends with.
    #[must_use]
    pub fn table(&self) -> BTreeMap<u64, T> {
        let mut table = BTreeMap::new();
        for record in &self.records {
            match (record.key, &record.value) {
                (Some(key), Some(value)) => drop(table.insert(key, value.clone())),
                (Some(key), None) => drop(table.remove(&key)),
                (None, _) => {}
            }
        }
        table
    }
}

/// How a record's partition is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Partitioner {
    /// By the key's hash: all records of a key are in one partition, in order. Without a key, in turn.
    #[default]
    Key,
    /// One after the other: even, and without any order across records.
    RoundRobin,
}

/// Several logs; order holds within each only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionedLog<T> {
    partitions: Vec<Log<T>>,
    partitioner: Partitioner,
    turn: u64,
}

impl<T: Clone> PartitionedLog<T> {
    /// `partitions` empty logs, 1 to 100,000; 0 counts as 1.
    #[must_use]
    pub fn new(partitions: u32, partitioner: Partitioner) -> PartitionedLog<T> {
        let partitions = (0..partitions.clamp(1, 100_000)).map(|_| Log::default()).collect();
        PartitionedLog { partitions, partitioner, turn: 0 }
    }

    /// Appends to the partition that the partitioner says; returns that partition and the offset.
    pub fn append(&mut self, key: Option<u64>, value: Option<T>, now: Time) -> (u32, u64) {
        let count = self.partitions.len() as u64;
        let at = match key.filter(|_| self.partitioner == Partitioner::Key) {
            Some(key) => base::stable_hash_u64(key) % count,
            None => {
                self.turn += 1;
                (self.turn - 1) % count
            }
        };
        (at as u32, self.partitions[at as usize].append(key, value, now))
    }

    /// One partition; `None` beyond the last.
    #[must_use]
    pub fn partition(&self, partition: u32) -> Option<&Log<T>> {
        self.partitions.get(partition as usize)
    }

    /// One partition, to retain, compact or cut; `None` beyond the last.
    pub fn partition_mut(&mut self, partition: u32) -> Option<&mut Log<T>> {
        self.partitions.get_mut(partition as usize)
    }

    /// How many partitions.
    #[must_use]
    pub fn partitions(&self) -> u32 {
        self.partitions.len() as u32
    }
}
