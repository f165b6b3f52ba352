//! What survives a crash: the term, the folded prefix, and the log after it.

use crate::snapshot::Snapshot;
use crate::words::Entry;
use std::sync::Arc;

/// One durable write.
#[derive(Clone, Debug)]
pub enum DiskWrite {
    /// The member belongs to this reign now.
    Term(u64),
    /// The entry after the last.
    Append(Entry),
    /// Forget this index and all after it.
    Truncate(u64),
    /// Fold whole segments up to at most this index into the snapshot.
    Fold(u64),
    /// Replace everything by this state.
    Install(Arc<Snapshot>),
}

/// The durable state.
#[derive(Clone, Debug, Default)]
pub struct Image {}

impl machine::Durable for Image {
    type Write = DiskWrite;
    fn apply(&mut self, _write: &DiskWrite) {}
}
