//! Recovery: a backup from before the moment, its increments, and the log up to the moment.
//!
//! The rule: the result is the table exactly as it was, or an error that names what is missing; never something near it.

use super::archive::{Archive, Backup};
use crate::journal::RowChange;
use base::Time;
use core::fmt;
use std::collections::BTreeMap;

/// The moment to go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Behind the change at this position; 0 for the empty table.
    Position(u64),
    /// Behind all changes done at this time or before.
    Time(Time),
    /// Behind the last change that is archived.
    Latest,
}

/// A recovered table, and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The rows as they were.
    pub rows: BTreeMap<u64, u64>,
    /// The last change in them.
    pub position: u64,
    /// The end of the full backup that it began with.
    pub full: u64,
    /// How many increments were laid over it.
    pub increments: u64,
    /// How many changes of the log were replayed.
    pub replayed: u64,
}

/// Why a moment cannot be recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoverError {
    /// No backup, or none whose increments are all there, was complete by then.
    NoBackup {
        /// The position that was asked for.
        target: u64,
        /// The first that some backup allows; `None` if there is none at all.
        earliest: Option<u64>,
    },
    /// The log has a hole on the way.
    SegmentMissing {
        /// The first position that no segment holds.
        position: u64,
    },
    /// The archive does not reach so far: what was done later is not known to have been nothing.
    NotArchived {
        /// Everything up to this position is archived.
        archived: u64,
        /// Everything done before this moment is.
        closed: Time,
    },
}

impl fmt::Display for RecoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecoverError::NoBackup { target, earliest: None } => {
                write!(f, "there is no backup to recover position {target} from")
            }
            RecoverError::NoBackup { target, earliest: Some(earliest) } => {
                write!(f, "position {target} is before the first that a backup allows, {earliest}")
            }
            RecoverError::SegmentMissing { position } => write!(f, "no archived segment holds position {position}"),
            RecoverError::NotArchived { archived, closed } => {
                write!(f, "the archive ends at position {archived}, and at {closed}")
            }
        }
    }
}

impl core::error::Error for RecoverError {}

/// A backup laid out: the rows, where replay begins, and how it came to be.
struct Laid {
    rows: BTreeMap<u64, u64>,
    start: u64,
    full: u64,
    increments: u64,
}

impl Archive {
    /// The table as it was at `target`. O(rows of the backup + changes replayed).
    ///
    /// # Errors
    /// [`RecoverError`] for what is missing.
    pub fn recover(&self, target: Target) -> Result<Recovered, RecoverError> {
        let target = self.position_of(target)?;
        let mut error = RecoverError::NoBackup { target, earliest: self.earliest() };
        // Of the newest backup by then, unless the log behind it has a hole that an older one, of one moment, does not meet.
        for (tried, laid) in self.backups.range(..=target).rev().filter_map(|(end, _)| self.lay_out(*end)).enumerate() {
            match self.replay(laid, target) {
                Ok(recovered) => return Ok(recovered),
                Err(hole) if tried == 0 => error = hole,
                Err(_) => {}
            }
        }
        Err(error)
    }

    fn replay(&self, laid: Laid, target: u64) -> Result<Recovered, RecoverError> {
        let Laid { mut rows, start, full, increments } = laid;
        for position in start..target {
            self.change_at(position + 1)?.apply(&mut rows);
        }
        Ok(Recovered { rows, position: target, full, increments, replayed: target.saturating_sub(start) })
    }

    fn position_of(&self, target: Target) -> Result<u64, RecoverError> {
        let not_archived = RecoverError::NotArchived { archived: self.archived, closed: self.closed };
        // A backup is proof of its own end, archived or not.
        let newest = self.archived.max(self.backups.last_key_value().map_or(0, |(end, _)| *end));
        match target {
            Target::Latest => Ok(newest),
            Target::Position(position) if position <= self.archived || self.backups.contains_key(&position) => {
                Ok(position)
            }
            Target::Position(_) => Err(not_archived),
            Target::Time(time) => self.must_be_by(self.position_by(time).ok_or(not_archived)?, time),
        }
    }

    /// The last position done by `time`: the one before the first that was done later. `None` if nothing says that there is none.
    fn position_by(&self, time: Time) -> Option<u64> {
        let last_at = |changes: &[RowChange]| changes.last().map(|change| change.at);
        let mut newer = self.segments.values().filter(|segment| last_at(&segment.changes) > Some(time));
        match newer.next() {
            Some(segment) => {
                let done = segment.changes.partition_point(|change| change.at <= time);
                segment.changes.get(done).map(|change| change.position - 1)
            }
            None => (time < self.closed).then_some(self.archived),
        }
    }

    /// Holds that the change at `position` was done by `time`: where the log has a hole, it may not have been.
    fn must_be_by(&self, position: u64, time: Time) -> Result<u64, RecoverError> {
        let by_backup = self.backups.get(&position).map(Backup::at);
        let at = self.change_at(position).map(|change| change.at).or_else(|error| by_backup.ok_or(error));
        match at {
            _ if position == 0 => Ok(0),
            Ok(at) if at <= time => Ok(position),
            Ok(_) => Err(RecoverError::SegmentMissing { position }),
            Err(error) => Err(error),
        }
    }

    fn change_at(&self, position: u64) -> Result<&RowChange, RecoverError> {
        let segment = self.segments.range(..=position).next_back();
        let change = segment.and_then(|(first, segment)| {
            let place = usize::try_from(position - first).ok()?;
            segment.changes.get(place)
        });
        change.ok_or(RecoverError::SegmentMissing { position })
    }

    /// The backup that ends at `end` with all that it stands on; `None` if some of that is missing.
    fn lay_out(&self, end: u64) -> Option<Laid> {
        let (mut increments, mut at) = (Vec::new(), end);
        let mut laid = loop {
            match self.backups.get(&at)? {
                Backup::Full { start, rows, .. } => {
                    break Laid { rows: rows.clone(), start: *start, full: at, increments: 0 };
                }
                // One that stands on something newer than itself was never made here.
                Backup::Increment { from, end, .. } if from >= end => return None,
                Backup::Increment { from, changed, .. } => {
                    increments.push(changed);
                    at = *from;
                }
            }
        };
        for changed in increments.into_iter().rev() {
            for (key, value) in changed {
                match value {
                    Some(value) => laid.rows.insert(*key, *value),
                    None => laid.rows.remove(key),
                };
            }
            laid.increments += 1;
        }
        if laid.increments > 0 && laid.start == laid.full {
            laid.start = end; // of one moment, as the increments are
        }
        Some(laid)
    }

    fn earliest(&self) -> Option<u64> {
        self.backups.keys().copied().find(|end| self.lay_out(*end).is_some())
    }
}
