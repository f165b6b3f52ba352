//! The broker's part in writing exactly once: producers with sequence numbers, and transactions over several partitions.
//!
//! ```text
//!   producer 7, epoch 0     a#0  b#1  b#1 again            ──> the second b#1 is told the first one's offset, nothing is appended
//!   partition               a    b    [x    y    COMMIT]
//!   read committed          a    b  │                       last stable offset: x and y appear together, or never
//! ```
//!
//! The rules. *Idempotent*: within (producer, epoch) a partition takes sequence numbers 0, 1, 2 … without gap; one that it has
//! already taken is a duplicate. *Fencing*: initialising a producer by its name gives it the next epoch, aborts what the former
//! one left open, and from then on the former is refused: a zombie writes nothing. *Transactions*: records carry their producer;
//! the outcome is decided in one place (one durable word), then a marker goes to each partition; until its marker is there a
//! transaction's records, and all behind its first, lie beyond the *last stable offset*; a reader of committed records sees none
//! of an aborted one. A consumer's progress is written with its output in the same transaction: that is what makes
//! read-process-write take effect exactly once, whatever crashes. What a consumer does elsewhere (an e-mail) may still be repeated.
//!
//! Everything here is durable; what a crash takes is the caller's memory. Cost: O(log n) an append. Source: Apache Kafka's KIP-98.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// Names an incarnation of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProducerId {
    /// The same for all incarnations.
    pub id: u32,
    /// Which incarnation.
    pub epoch: u32,
}

/// An entry of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<T> {
    /// A record.
    Data {
        /// Who wrote it.
        producer: ProducerId,
        /// Whether it belongs to a transaction.
        is_transactional: bool,
        /// What it says.
        value: T,
    },
    /// A marker that ends the producer's transaction in this partition.
    Marker {
        /// Whose.
        producer: ProducerId,
        /// Whether the records before it count.
        is_commit: bool,
    },
}

/// What became of an append that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is at this offset.
    New(u64),
    /// It had been appended before; nothing was written.
    Duplicate,
}

/// Why a producer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProducerError {
    /// There is a later incarnation, or there never was such a producer.
    Fenced {
        /// The producer's present epoch, if there is one.
        present: Option<u32>,
    },
    /// A sequence number before this one is missing.
    OutOfOrder {
        /// The number sent.
        sequence: u64,
        /// The number that comes next.
        expected: u64,
    },
    /// There is no such partition.
    NoPartition {
        /// The partition asked for.
        partition: u32,
    },
    /// No transaction is open.
    NoTransaction,
    /// The transaction has been decided the other way.
    Decided {
        /// Whether it was committed.
        is_commit: bool,
    },
}

impl fmt::Display for ProducerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProducerError::Fenced { present: Some(epoch) } => write!(f, "fenced: the producer's epoch is {epoch}"),
            ProducerError::Fenced { present: None } => f.write_str("fenced: there is no such producer"),
            ProducerError::OutOfOrder { sequence, expected } => {
                write!(f, "sequence number {sequence} came, {expected} is the next")
            }
            ProducerError::NoPartition { partition } => write!(f, "there is no partition {partition}"),
            ProducerError::NoTransaction => f.write_str("no transaction is open"),
            ProducerError::Decided { is_commit: true } => f.write_str("the transaction has been committed"),
            ProducerError::Decided { is_commit: false } => f.write_str("the transaction has been aborted"),
        }
    }
}

impl core::error::Error for ProducerError {}

/// How far a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Progress {
    Open,
    /// Decided; the partitions that still lack the marker follow. Stays until the next one begins, for who asks again.
    Decided {
        is_commit: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Transaction {
    progress: Progress,
    partitions: BTreeSet<u32>,
    /// The consumer's progress that becomes valid with the commit: partition, offset.
    offsets: BTreeMap<u32, u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Partition<T> {
    entries: Vec<Entry<T>>,
    /// The next sequence number of each producer's present epoch.
    next: BTreeMap<ProducerId, u64>,
    /// Offset of the first record of each open transaction.
    open: BTreeMap<ProducerId, u64>,
    /// Aborted transactions: producer, first offset, offset of the marker.
    aborted: Vec<(ProducerId, u64, u64)>,
}

/// A broker with its transaction coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionalLog<T> {
    partitions: Vec<Partition<T>>,
    epochs: BTreeMap<String, ProducerId>,
    transactions: BTreeMap<ProducerId, Transaction>,
    committed_offsets: BTreeMap<u32, u64>,
}

impl<T: Clone> TransactionalLog<T> {
    /// `partitions` empty partitions, at most 100,000.
    #[must_use]
    pub fn new(partitions: u32) -> TransactionalLog<T> {
        let empty =
            |_| Partition { entries: Vec::new(), next: BTreeMap::new(), open: BTreeMap::new(), aborted: Vec::new() };
        TransactionalLog {
            partitions: (0..partitions.min(100_000)).map(empty).collect(),
            epochs: BTreeMap::new(),
            transactions: BTreeMap::new(),
            committed_offsets: BTreeMap::new(),
        }
    }

    /// A producer begins, or begins again: the former incarnation is fenced and its open transaction aborted (one that was
    /// decided is carried out).
    pub fn init_producer(&mut self, name: &str) -> ProducerId {
        let former = self.epochs.get(name).copied();
        if let Some(former) = former {
            if let Some(open) = self.transactions.get_mut(&former)
                && open.progress == Progress::Open
            {
                open.progress = Progress::Decided { is_commit: false };
            }
            while self.write_marker(former) {}
            self.transactions.remove(&former);
        }
        let fresh = ProducerId { id: self.epochs.len() as u32, epoch: 0 };
        let producer = former.map_or(fresh, |former| ProducerId { epoch: former.epoch + 1, ..former });
        self.epochs.insert(name.to_owned(), producer);
        producer
    }

    fn check(&self, producer: ProducerId) -> Result<(), ProducerError> {
        let present = self.epochs.values().find(|known| known.id == producer.id).map(|known| known.epoch);
        if present == Some(producer.epoch) { Ok(()) } else { Err(ProducerError::Fenced { present }) }
    }

    /// Begins a transaction; what is appended until its end belongs to it. Nothing happens if one is open.
    pub fn begin(&mut self, producer: ProducerId) -> Result<(), ProducerError> {
        self.check(producer)?;
        while self.write_marker(producer) {}
        if self.transactions.get(&producer).is_none_or(|former| former.progress != Progress::Open) {
            let (partitions, offsets) = (BTreeSet::new(), BTreeMap::new());
            self.transactions.insert(producer, Transaction { progress: Progress::Open, partitions, offsets });
        }
        Ok(())
    }

    /// Appends a record with the producer's next sequence number for this partition, from 0 on.
    pub fn append(
        &mut self,
        producer: ProducerId,
        partition: u32,
        sequence: u64,
        value: T,
    ) -> Result<Appended, ProducerError> {
        self.check(producer)?;
        let log = self.partitions.get_mut(partition as usize).ok_or(ProducerError::NoPartition { partition })?;
        let expected = log.next.get(&producer).copied().unwrap_or(0);
        if sequence < expected {
            return Ok(Appended::Duplicate);
        }
        if sequence > expected {
            return Err(ProducerError::OutOfOrder { sequence, expected });
        }
        log.next.insert(producer, expected + 1);
        let offset = log.entries.len() as u64;
        let transaction = self.transactions.get_mut(&producer).filter(|open| open.progress == Progress::Open);
        let is_transactional = transaction.is_some();
        if let Some(transaction) = transaction {
            transaction.partitions.insert(partition);
            log.open.entry(producer).or_insert(offset);
        }
        log.entries.push(Entry::Data { producer, is_transactional, value });
        Ok(Appended::New(offset))
    }

    /// Adds to the open transaction that input `partition` is done below `offset`.
    pub fn send_offset(&mut self, producer: ProducerId, partition: u32, offset: u64) -> Result<(), ProducerError> {
        self.check(producer)?;
        let transaction = self.transactions.get_mut(&producer).filter(|open| open.progress == Progress::Open);
        transaction.ok_or(ProducerError::NoTransaction)?.offsets.insert(partition, offset);
        Ok(())
    }

    /// Decides the open transaction: from here on it is committed (or aborted), whoever crashes. The consumer's progress becomes
    /// valid in the same moment. The markers are written by [`TransactionalLog::write_marker`]. Deciding again changes nothing.
    pub fn decide(&mut self, producer: ProducerId, is_commit: bool) -> Result<(), ProducerError> {
        self.check(producer)?;
        let transaction = self.transactions.get_mut(&producer).ok_or(ProducerError::NoTransaction)?;
        match transaction.progress {
            Progress::Decided { is_commit: former } if former != is_commit => {
                return Err(ProducerError::Decided { is_commit: former });
            }
            Progress::Decided { .. } => return Ok(()),
            Progress::Open => transaction.progress = Progress::Decided { is_commit },
        }
        if is_commit {
            self.committed_offsets.extend(&transaction.offsets);
        }
        Ok(())
    }

    /// Writes the marker of a decided transaction to one more partition. Returns whether it did; `false` says there is none left.
    /// Works for a fenced producer too: what is decided is carried out.
    pub fn write_marker(&mut self, producer: ProducerId) -> bool {
        let Some(transaction) = self.transactions.get_mut(&producer) else { return false };
        let Progress::Decided { is_commit } = transaction.progress else { return false };
        let Some(partition) = transaction.partitions.pop_first() else { return false };
        let log = &mut self.partitions[partition as usize];
        let marker = log.entries.len() as u64;
        let first = log.open.remove(&producer).expect("a partition of a transaction has its first record");
        log.entries.push(Entry::Marker { producer, is_commit });
        if !is_commit {
            log.aborted.push((producer, first, marker));
        }
        true
    }

    /// Carries out whatever was decided and not finished, as a coordinator does that has come back.
    pub fn recover(&mut self) {
        let decided: Vec<ProducerId> = self.transactions.keys().copied().collect();
        for producer in decided {
            while self.write_marker(producer) {}
        }
    }

    /// Commits: decides and writes all markers.
    pub fn commit(&mut self, producer: ProducerId) -> Result<(), ProducerError> {
        self.decide(producer, true)?;
        while self.write_marker(producer) {}
        Ok(())
    }

    /// Aborts: decides and writes all markers.
    pub fn abort(&mut self, producer: ProducerId) -> Result<(), ProducerError> {
        self.decide(producer, false)?;
        while self.write_marker(producer) {}
        Ok(())
    }

    /// The offset of the first record of an open transaction, or the log's end: readers of committed records stop here.
    #[must_use]
    pub fn last_stable_offset(&self, partition: u32) -> u64 {
        let Some(log) = self.partitions.get(partition as usize) else { return 0 };
        log.open.values().min().copied().unwrap_or(log.entries.len() as u64)
    }

    /// The records from `offset` on, with their offsets, that are committed or belong to no transaction.
    pub fn read_committed(&self, partition: u32, offset: u64) -> impl Iterator<Item = (u64, &T)> + '_ {
        let stable = self.last_stable_offset(partition);
        let log = self.partitions.get(partition as usize);
        self.read_uncommitted(partition, offset)
            .filter(move |(at, _)| *at < stable && log.is_some_and(|log| !log.is_aborted(*at)))
    }

    /// All records from `offset` on, with their offsets, aborted ones too.
    pub fn read_uncommitted(&self, partition: u32, offset: u64) -> impl Iterator<Item = (u64, &T)> + '_ {
        let entries = self.partitions.get(partition as usize).map_or(&[][..], |log| &log.entries);
        (0_u64..).zip(entries).skip_while(move |(at, _)| *at < offset).filter_map(|(at, entry)| match entry {
            Entry::Data { value, .. } => Some((at, value)),
            Entry::Marker { .. } => None,
        })
    }

    /// How far the input partition is done, as of the last committed transaction that said so.
    #[must_use]
    pub fn committed_offset(&self, partition: u32) -> u64 {
        self.committed_offsets.get(&partition).copied().unwrap_or(0)
    }

    /// All entries of a partition, markers too.
    #[must_use]
    pub fn entries(&self, partition: u32) -> &[Entry<T>] {
        self.partitions.get(partition as usize).map_or(&[], |log| &log.entries)
    }
}

impl<T> Partition<T> {
    fn is_aborted(&self, offset: u64) -> bool {
        let Some(Entry::Data { producer, is_transactional: true, .. }) = self.entries.get(offset as usize) else {
            return false;
        };
        let mut of_producer = self.aborted.iter().filter(|(aborted, ..)| aborted == producer);
        of_producer.any(|(_, first, marker)| (*first..*marker).contains(&offset))
    }
}
