//! Messaging: what waits, in which order, who gets it, how often, and what happens when there is no more room.
//!
//! ```text
//!   queue   a message goes to one of the workers, and is gone when done       work to share
//!   topic   every subscriber gets a copy                                      news to spread
//!   log     stays after reading; a group's members share its partitions       history to read, again if need be
//! ```
//!
//! Queues hold `Copy` items; nothing here has a clock or draws luck of its own. [`Fifo`] and [`WorkQueue`] allocate nothing once
//! they have reached their usual length.
//!
//! ```
//! use base::{Span, Time};
//! use queue::{Returned, WorkQueue, WorkQueueConfig};
//!
//! let mut queue = WorkQueue::new(WorkQueueConfig { capacity: 100, visibility: Span::from_secs(30), deliveries_max: 2 });
//! queue.push("resize picture 7", Time::ZERO)?;
//!
//! // A worker takes it and dies. After the visibility time-out the item is there again.
//! let first = queue.take(Time::ZERO).expect("an item is ready");
//! assert!(queue.take(Time::ZERO).is_none(), "invisible while somebody works on it");
//! let timeout = queue.next_timeout().expect("one is in flight");
//! assert_eq!(queue.on_timeout(timeout), Some(Returned::Ready { item: "resize picture 7", deliveries: 1 }));
//!
//! // Another worker finishes it; the first one's late answer changes nothing.
//! let second = queue.take(timeout).expect("redelivered");
//! assert_eq!((second.deliveries, queue.ack(second.ticket)), (2, Some("resize picture 7")));
//! assert_eq!(queue.ack(first.ticket), None);
//! # Ok::<(), queue::Full>(())
//! ```
//!
//! | queues | order | an item is gone | room counts |
//! |---|---|---|---|
//! | [`Fifo`] | strict | when popped | waiting |
//! | [`WorkQueue`] | strict until something is redelivered | when acknowledged, or dead | waiting and in flight |
//! | [`TaskQueue`] | by priority, then by becoming ready | when acknowledged; the dead stay to be redriven | all but the dead |
//! | [`Topic`] | strict for each subscriber | when each has pulled it | waiting, for each |
//! | [`CreditReceiver`] | strict | when taken | what was granted: never refuses |
//!
//! [`Recent`] recognises what comes twice.
//!
//! | logs | what it adds |
//! |---|---|
//! | [`Log`], [`PartitionedLog`] | offsets, replay, retention, compaction; order within a partition |
//! | [`Replicas`] | the in-sync set, the high watermark, clean and unclean elections |
//! | [`Strategy`], [`ConsumerGroup`] | who reads which partition; committed offsets, generations, fencing |
//! | [`TransactionalLog`] | idempotent producers, transactions, readers of committed records only |
//!
//! | in time | what it says |
//! |---|---|
//! | [`Sequencer`], [`GapBuffer`] | numbers without gaps, and order restored by them |
//! | [`Scheduler`], [`Cron`] | what is due once, after a delay, again and again |
//! | [`Dag`] | which task may start, and what a failure takes with it |
//! | [`Windows`] | sums over windows of event time, and which events come too late |
//!
//! Beside the queues themselves, [`erlang`] says in closed form what a line in front of n servers does.

mod assignment;
mod credit;
mod cron;
mod dag;
pub mod erlang;
mod fifo;
mod group;
mod list;
mod log;
mod producer;
mod recent;
mod replicas;
mod schedule;
mod sequencer;
mod task;
mod topic;
mod window;
mod work;

pub use assignment::{ASSIGNMENT_WORK_MAX, Assignment, AssignmentError, Strategy, Subscription, TopicPartition};
pub use credit::{CreditReceiver, CreditSender, NoCredit};
pub use cron::{Cron, CronError};
pub use dag::{Dag, DagError, RetryWait, TaskState};
pub use fifo::Fifo;
pub use group::{CommitError, ConsumerGroup};
pub use log::{Log, OffsetOutOfRange, PartitionedLog, Partitioner, Record, Retention};
pub use producer::{Appended, Entry, ProducerError, ProducerId, TransactionalLog};
pub use recent::Recent;
pub use replicas::{Acks, AppendError, Elected, Replicas, ReplicasConfig, acks_all_accepts, high_watermark};
pub use schedule::{Missed, Scheduler};
pub use sequencer::{GapBuffer, Sequencer};
pub use task::{Task, TaskQueue, TaskQueueConfig};
pub use topic::Topic;
pub use window::{Fired, Windowing, Windows, WindowsConfig, WindowsError};
pub use work::{Delivery, Returned, Ticket, Waiting, WorkQueue, WorkQueueConfig};

use core::fmt;

/// There is no room: the item was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// How many items there is room for.
    pub capacity: u32,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the queue is full: it has room for {} items", self.capacity)
    }
}

impl core::error::Error for Full {}
