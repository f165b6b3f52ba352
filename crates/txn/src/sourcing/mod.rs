//! Event sourcing with snapshots, and CQRS: the events are the data, and what is read is made from them.
//!
//! ```text
//!   command ─► stream (version 3) ─ append if still 3 ─► log: e1 e2 e3 e4 ...   position in the log
//!                 ▲                                       │
//!                 └ fold(snapshot at 2, e3)               └──► projection { table, position } ─► queries
//! ```
//!
//! - **Nothing is overwritten.** State is a fold of a stream's events; a snapshot is that fold up to a version, and no more than a
//!   shortcut: state from a snapshot is state from the first event.
//! - **A command states the version it was decided on,** and is refused if the stream went on: optimistic concurrency.
//! - **A projection's table and its position are one value.** Apart, a crash between them applies an event twice or never.
//!
//! Cost: append O(log streams); state O(events since the snapshot); a projection O(1) an event.
//! Sources: Fowler, *Event Sourcing*, 2005 (complete rebuild, snapshots); Young, *CQRS Documents*, 2010, "Event Storage" (version,
//! rolling snapshots) and "Building an Event Storage"; Kleppmann, *Designing Data-Intensive Applications*, 2017, ch. 11.
//!
//! When not: where the current value is all that anybody asks for; where the past has to be forgotten by law.
//!
//! ```
//! use txn::sourcing::{Conflict, Projection, Store};
//! let mut store = Store::new(2);
//! assert_eq!(store.append(7, 0, 100), Ok(1));
//! assert_eq!(store.append(7, 1, -30), Ok(2));
//! assert_eq!(store.append(7, 1, -80), Err(Conflict { expected: 1, found: 2 })); // decided on what is past
//! let mut totals = Projection::default();
//! totals.catch_up(&store, u64::MAX);
//! assert_eq!((store.balance(7), totals.balance(7)), (70, 70));
//! ```

mod projection;
mod store;

pub use projection::{Projection, SplitProjection};
pub use store::{Conflict, Recorded, Snapshot, Store};
