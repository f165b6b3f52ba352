//! What has been put aside: full copies, increments, and pieces of the log.

use crate::journal::{Forgotten, Journal, RowChange};
use base::Time;
use std::collections::BTreeMap;

/// A copy of a table, or of what has changed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backup {
    /// Every row.
    Full {
        /// Where the log stood when the copy began: replay begins behind it.
        start: u64,
        /// Where it stood when the copy was complete: before this nothing can be recovered from it.
        end: u64,
        /// When the last change before the end was done.
        at: Time,
        /// The rows; of any moments between, if `start` is not `end`.
        rows: BTreeMap<u64, u64>,
    },
    /// Every row that changed since the backup before.
    Increment {
        /// The end of the backup that it stands on.
        from: u64,
        /// Where the log stood.
        end: u64,
        /// When the last change before that was done.
        at: Time,
        /// What the rows hold; `None` if they are gone.
        changed: BTreeMap<u64, Option<u64>>,
    },
}

impl Backup {
    /// The first position that can be recovered from it.
    #[must_use]
    pub fn end(&self) -> u64 {
        match self {
            Backup::Full { end, .. } | Backup::Increment { end, .. } => *end,
        }
    }

    /// When the last change before its end was done.
    #[must_use]
    pub fn at(&self) -> Time {
        match self {
            Backup::Full { at, .. } | Backup::Increment { at, .. } => *at,
        }
    }

    /// How many rows it holds.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Backup::Full { rows, .. } => rows.len() as u64,
            Backup::Increment { changed, .. } => changed.len() as u64,
        }
    }
}

/// An archived piece of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its changes, in order, without a gap.
    pub changes: Vec<RowChange>,
    /// When it was closed: what was done later is not in it.
    pub closed: Time,
}

/// Backups and log, wherever they are kept: away from the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// By their end.
    pub(super) backups: BTreeMap<u64, Backup>,
    /// By their first position.
    pub(super) segments: BTreeMap<u64, Segment>,
    /// Everything up to here was archived.
    pub(super) archived: u64,
    /// Everything done before this moment was archived.
    pub(super) closed: Time,
}

impl Archive {
    /// Copies every row, at one moment. O(rows).
    pub fn back_up_fully(&mut self, journal: &Journal) {
        let end = journal.position();
        self.add(Backup::Full { start: end, end, at: journal.changed_at(), rows: journal.rows().clone() });
    }

    /// Adds a backup; another with the same end gives way, but a full one never to an increment.
    pub fn add(&mut self, backup: Backup) {
        let is_increment = matches!(backup, Backup::Increment { .. });
        if !(is_increment && matches!(self.backups.get(&backup.end()), Some(Backup::Full { .. }))) {
            self.backups.insert(backup.end(), backup);
        }
    }

    /// Copies what changed since the last backup; everything if there is none. Nothing if nothing changed. Returns how many rows that
    /// were. O(changes since).
    ///
    /// # Errors
    /// [`Forgotten`] if the log does not reach back to the last backup; a full one is due.
    pub fn back_up_increment(&mut self, journal: &Journal) -> Result<u64, Forgotten> {
        let Some(from) = self.backups.last_key_value().map(|(end, _)| *end) else {
            self.back_up_fully(journal);
            return Ok(journal.rows().len() as u64);
        };
        let changed: BTreeMap<u64, Option<u64>> =
            journal.after(from)?.map(|change| (change.key, change.after)).collect();
        let size = changed.len() as u64;
        if size > 0 {
            self.add(Backup::Increment { from, end: journal.position(), at: journal.changed_at(), changed });
        }
        Ok(size)
    }

    /// Archives the log that is not archived yet as one segment, closed at `now`, which is not after any change that is still to come. Returns how many changes that were. What is done in
    /// between two such calls is lost with the machine.
    ///
    /// # Errors
    /// [`Forgotten`] if the log was forgotten before it was archived; from then on the archive has a gap, unless it is told to
    /// [skip](Archive::skip_gap) it.
    pub fn archive_log(&mut self, journal: &Journal, now: Time) -> Result<u64, Forgotten> {
        let changes: Vec<RowChange> = journal.after(self.archived)?.copied().collect();
        let size = changes.len() as u64;
        self.archived = journal.position().max(self.archived);
        let last = changes.last().map_or(now, |change| change.at);
        self.closed = self.closed.max(now).max(last);
        match changes.first() {
            Some(first) => drop(self.segments.insert(first.position, Segment { closed: self.closed, changes })),
            // Nothing happened, and that is known now.
            None => {
                if let Some(mut newest) = self.segments.last_entry() {
                    newest.get_mut().closed = self.closed;
                }
            }
        }
        Ok(size)
    }

    /// Goes on archiving where the log begins, leaving a gap over which no recovery can go.
    pub fn skip_gap(&mut self, journal: &Journal) {
        self.archived = self.archived.max(journal.kept_from() - 1);
    }

    /// Everything up to here is archived.
    #[must_use]
    pub fn archived(&self) -> u64 {
        self.archived
    }

    /// The backups, oldest first.
    pub fn backups(&self) -> impl Iterator<Item = &Backup> {
        self.backups.values()
    }

    /// The segments, oldest first.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.values()
    }

    /// Loses the segment that begins at `position`, as a disk does. Returns whether there was one.
    pub fn lose_segment(&mut self, position: u64) -> bool {
        self.segments.remove(&position).is_some()
    }

    /// Loses the backup that ends at `position`. Returns whether there was one.
    pub fn lose_backup(&mut self, position: u64) -> bool {
        self.backups.remove(&position).is_some()
    }

    /// Forgets all that is older than the `fulls`-th last full backup, at least 1: what cannot be needed to recover from there on.
    pub fn retain(&mut self, fulls: u64) {
        let back = usize::try_from(fulls.max(1) - 1).unwrap_or(usize::MAX);
        let full = self.backups.values().rev().filter_map(|backup| match backup {
            Backup::Full { start, end, .. } => Some((*start, *end)),
            Backup::Increment { .. } => None,
        });
        let Some((start, end)) = full.into_iter().nth(back) else { return };
        self.backups = self.backups.split_off(&end);
        self.segments.retain(|_, segment| segment.changes.last().is_some_and(|last| last.position > start));
    }
}
