//! Bounded queues: what waits, in which order, and what happens when there is no more room.
//!
//! - [`Fifo`]: first in, first out, refuses when full. The waiting room of a service.
//! - [`WorkQueue`]: a message broker's queue. A taken item is not gone but invisible; it is gone when it is acknowledged, comes
//!   back when it is not, and becomes a dead letter when that has happened too often.
//!
//! Both hold `Copy` items, have no clock, and allocate nothing once they have reached their usual length.
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
//! | | order | an item is gone | room counts |
//! |---|---|---|---|
//! | [`Fifo`] | strict | when popped | waiting |
//! | [`WorkQueue`] | strict until something is redelivered | when acknowledged, or dead | waiting and in flight |

mod assignment;
mod fifo;
mod list;
mod replicas;
mod work;

pub use assignment::{ASSIGNMENT_WORK_MAX, Assignment, AssignmentError, Strategy, Subscription, TopicPartition};
pub use fifo::Fifo;
pub use replicas::{Acks, AppendError, Elected, Replicas, ReplicasConfig, acks_all_accepts, high_watermark};
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
