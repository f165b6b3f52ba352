//! Change capture: a reader follows a table's log and hands every change to somebody else, in order, across its own crashes.
//!
//! ```text
//!   table ─► log  1  2  3  4  5  6  7          reader: read to 6, bookmark at 4
//!                          ▲     └ crash       after the crash 5 and 6 are handed over again
//!                       bookmark               a sink that keeps its own position skips them
//! ```
//!
//! | bookmark is written | a crash | the sink sees a change |
//! |---|---|---|
//! | [`Commit::AfterDelivery`] | between the two repeats | at least once; exactly once if it skips by position |
//! | [`Commit::BeforeDelivery`] | between the two loses | at most once |
//!
//! "Exactly once" is at least once with a memory: the sink stores the position together with what the change did, in one step.
//!
//! A reader of a table that is older than its log begins with a copy ([`Bootstrap`]): chunk by chunk, while writes go on, each chunk
//! between two marks in the log. Rows that changed between the marks are left to the log.
//!
//! ```
//! use base::Time;
//! use replication::capture::{Commit, Reader, Sink};
//! use replication::journal::Journal;
//!
//! let mut journal = Journal::new();
//! journal.put(1, 10, Time(0));
//! journal.put(1, 11, Time(1));
//! let (mut reader, mut sink) = (Reader::new(0, Commit::AfterDelivery), Sink::default());
//! for _ in 0..2 {
//!     for change in reader.poll(&journal, 100)? {
//!         sink.take(&change);
//!     }
//!     reader.crash(); // before the bookmark is written
//! }
//! assert_eq!((sink.rows(), sink.effects(), sink.skipped()), (journal.rows(), 2, 2));
//! # Ok::<(), replication::journal::Forgotten>(())
//! ```
//!
//! When not to use it: where the reader needs to know *why* a row changed. A log of rows says what, not what was meant; for that,
//! write an event with the row (an outbox).
//!
//! Sources: Kleppmann, *Designing Data-Intensive Applications*, 2017, ch. 11; Andreakis and Papapanagiotou, *DBLog: A Watermark Based
//! Change-Data-Capture Framework*, 2020, §3 (its algorithm 1); PostgreSQL 17 documentation, "Logical Decoding" (slots and their
//! confirmed position).

mod bootstrap;
mod reader;
mod sink;

pub use bootstrap::{Bootstrap, BootstrapVariant, Captured};
pub use reader::{Commit, Reader};
pub use sink::Sink;
