//! A full copy that takes its time while the table is written.
//!
//! ```text
//!   position   7 (begin)   8: a=2   9: z=5   (end) 9
//!   copied       a=1                            z=5        a of before 8, z of after 9: a table that never was
//!   replay     from 8:     a=2      z=5                    the table at 9
//! ```

use super::archive::Backup;
use crate::journal::Journal;
use core::ops::Bound;
use std::collections::BTreeMap;

/// A copy on its way. Rows are copied in the order of their keys, as many at a time as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copying {
    start: u64,
    rows: BTreeMap<u64, u64>,
    copied: Option<u64>,
    is_done: bool,
}

impl Copying {
    /// Begins a copy of `journal`'s table.
    #[must_use]
    pub fn begin(journal: &Journal) -> Copying {
        Copying { start: journal.position(), rows: BTreeMap::new(), copied: None, is_done: false }
    }

    /// Copies the next rows, at most `rows_max`, as they are now. Returns whether all are copied.
    pub fn copy(&mut self, journal: &Journal, rows_max: u64) -> bool {
        let from = self.copied.map_or(Bound::Unbounded, Bound::Excluded);
        let most = usize::try_from(rows_max).unwrap_or(usize::MAX);
        let mut rest = journal.rows().range((from, Bound::Unbounded));
        for (key, value) in rest.by_ref().take(most) {
            self.rows.insert(*key, *value);
            self.copied = Some(*key);
        }
        self.is_done = rest.next().is_none();
        self.is_done
    }

    /// The backup; `None` if rows are left to be copied.
    #[must_use]
    pub fn end(self, journal: &Journal) -> Option<Backup> {
        self.is_done.then(|| Backup::Full {
            start: self.start,
            end: journal.position(),
            at: journal.changed_at(),
            rows: self.rows,
        })
    }

    /// The backup without the note where it began, the well-known mistake of restoring a copy as if it were of one moment: what changed
    /// behind the copying hand is missing. `None` if rows are left to be copied.
    #[must_use]
    pub fn end_without_start(self, journal: &Journal) -> Option<Backup> {
        let end = journal.position();
        self.is_done.then(|| Backup::Full { start: end, end, at: journal.changed_at(), rows: self.rows })
    }
}
