//! Grid: members stand in rows and columns; a read asks one of each column, a write besides that one whole column.
//!
//! ```text
//!   read   ■ · ·     write   ■ · ·       a read has a member in every column, so also in the one that a write filled;
//!          · ■ ■             ■ ■ ·       two writes meet for the same reason
//!          · · ·             ■ · ■       9 members: 3 to read, 5 to write, as a majority; 100: 10 and 19 instead of 51
//! ```
//!
//! The price: a column that is down stops reads and writes, wherever else members are up. O(1) a question per column.
//!
//! Source: Cheung, Ammar and Ahamad, *The Grid Protocol*, 1990.

use crate::{Members, QuorumError, QuorumSystem, checked_members};

/// Members in columns as equal as they can be: member i stands in column i mod `columns`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    members: u32,
    columns: u32,
}

impl Grid {
    /// `members` in `columns`.
    ///
    /// # Errors
    /// [`QuorumError`]: not 1 to 64 members, or the columns are not 1 to as many.
    pub fn new(members: u32, columns: u32) -> Result<Grid, QuorumError> {
        let members = checked_members(members.into())?;
        if !(1..=members).contains(&columns) {
            return Err(QuorumError::Count { field: "columns", count: columns, count_max: members });
        }
        Ok(Grid { members, columns })
    }

    /// The grid that is nearest to a square: as many columns as the root, rounded down.
    ///
    /// # Errors
    /// [`QuorumError::Members`] unless it is 1 to 64.
    pub fn over(members: u32) -> Result<Grid, QuorumError> {
        Grid::new(members, members.isqrt().max(1))
    }

    /// Columns.
    #[must_use]
    pub fn columns(&self) -> u32 {
        self.columns
    }

    /// Who stands in `column`.
    #[must_use]
    pub fn column(&self, column: u32) -> Members {
        let of_column = (column..self.members).step_by(self.columns as usize);
        of_column.fold(Members::NONE, Members::with)
    }
}

impl QuorumSystem for Grid {
    fn members(&self) -> u32 {
        self.members
    }
    fn can_read(&self, answered: Members) -> bool {
        (0..self.columns).all(|column| !self.column(column).and(answered).is_empty())
    }
    fn can_write(&self, answered: Members) -> bool {
        let is_whole = |column| self.column(column).and(answered) == self.column(column);
        self.can_read(answered) && (0..self.columns).any(is_whole)
    }
    fn reads_meet_writes(&self) -> bool {
        true
    }
    fn writes_meet_writes(&self) -> bool {
        true
    }
}
