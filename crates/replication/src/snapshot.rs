//! The state at one position: what a folded prefix of the log has become.

use crate::log::{Position, Run};
use crate::table::Table;

/// The state after the first `at.index` entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The last entry folded in.
    pub at: Position,
    /// Which terms wrote which part of the prefix.
    pub runs: Vec<Run>,
    /// Key to (version, value).
    pub table: Table,
}
