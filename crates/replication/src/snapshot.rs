//! The state at one position: what the folded prefix of a log has become.

use crate::log::{Position, Run, term_in};
use crate::table::Table;

/// The state after the first [`Snapshot::at`] entries. Cheap to clone: the table's pages are shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub(crate) at: Position,
    pub(crate) runs: Vec<Run>,
    pub(crate) table: Table,
}

impl Snapshot {
    /// The last entry folded in.
    #[must_use]
    pub fn at(&self) -> Position {
        self.at
    }

    /// The last index up to which it tells the same history as `runs`. Logs agree up to where they part (log matching), so the
    /// border can be searched by halving.
    pub(crate) fn shared(&self, runs: &[Run], last: u64) -> u64 {
        let (mut agree, mut part) = (0, self.at.index.min(last) + 1);
        while part - agree > 1 {
            let middle = agree + (part - agree) / 2;
            if term_in(&self.runs, middle) == term_in(runs, middle) { agree = middle } else { part = middle }
        }
        agree
    }
}
