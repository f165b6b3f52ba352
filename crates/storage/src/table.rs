//! Indexes: a table of rows, and ordered copies of some of its columns that lead to them.
//!
//! ```text
//!   index (country, city, age)        usable for   country   country, city   country, city, age > 30
//!     DE Berlin 31 → row 7            not for      city alone   age alone        the leftmost-prefix rule
//!     DE Berlin 44 → row 2
//!     DE Bonn   19 → row 9            *covering*: also holds every column asked for, so no row is fetched
//! ```
//!
//! The rules: a query's answer is the same with any indexes. A plan takes the index of which the longest prefix is bound by equality,
//! then the one whose next column is bound by a range, then the one that covers, then the first. The order of the *equality* columns
//! in an index makes no difference to the one query that binds them all; it matters for the queries that bind only some.
//!
//! Cost: a write one entry an index and one row, each O(log n); a query O(log n) and its entries, and a row fetched each unless the
//! index covers. Source: Lahdenmäki and Leach, "Relational Database Index Design and the Optimizers", 2005, chapters 2 to 4.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// What a column holds. Numbers sort before texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// The columns of a row, by their numbers.
pub type Row = Vec<Cell>;

/// An index: the columns that it is sorted by, and those that it only carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Sorted by these columns, the first first. One column is a *secondary* index, several are a *composite* one.
    pub columns: Vec<u16>,
    /// Carried along without sorting by them, so that the index *covers* more queries.
    pub included: Vec<u16>,
}

/// What is asked: equal to all of these, within a range, and only some of the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Columns and the value that each must have.
    pub equal: Vec<(u16, Cell)>,
    /// A column, the least it may be, and what it must be less than.
    pub range: Option<(u16, Cell, Cell)>,
    /// The columns that are wanted.
    pub wanted: Vec<u16>,
}

/// How a query is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The index; `None` reads the whole table.
    pub index: Option<u32>,
    /// Columns of it that narrow the search, the one with a range included.
    pub columns_used: u32,
    /// Whether it holds all columns that are needed, so that no row is fetched.
    pub is_covering: bool,
}

/// What answering took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Entries of an index that were read.
    pub entries_read: u64,
    /// Rows of the table that were read.
    pub rows_read: u64,
}

/// Why a table refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError {
    /// A column that the table does not have.
    NoSuchColumn {
        /// Its number.
        column: u16,
        /// How many there are.
        columns: u16,
    },
    /// A row with another number of columns than the table.
    RowLength {
        /// Cells of the row.
        cells: u64,
        /// Columns of the table.
        columns: u16,
    },
    /// An index that is sorted by nothing.
    EmptyIndex,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableError::NoSuchColumn { column, columns } => {
                write!(f, "column {column} is asked for, but there are {columns}, numbered from 0")
            }
            TableError::RowLength { cells, columns } => {
                write!(f, "a row has {cells} cells, but the table has {columns} columns")
            }
            TableError::EmptyIndex => write!(f, "an index is sorted by no column, but must be by at least one"),
        }
    }
}

impl core::error::Error for TableError {}

/// A table with its indexes.
///
/// ```
/// use storage::table::{Cell, Index, Query, Table};
///
/// let text = |text: &str| Cell::Text(text.to_owned());
/// let mut people = Table::new(3, vec![Index { columns: vec![0, 1], included: vec![] }])?;
/// people.insert(vec![text("DE"), text("Berlin"), Cell::Number(31)])?;
/// people.insert(vec![text("DE"), text("Bonn"), Cell::Number(19)])?;
///
/// let query = Query { equal: vec![(0, text("DE")), (1, text("Bonn"))], range: None, wanted: vec![2] };
/// let (rows, work) = people.select(&query)?;
/// assert_eq!(rows, [vec![Cell::Number(19)]]);
/// assert_eq!((work.entries_read, work.rows_read), (1, 1));
/// # Ok::<(), storage::table::TableError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    columns: u16,
    rows: BTreeMap<u64, Row>,
    indexes: Vec<(Index, BTreeSet<Entry>)>,
    row_next: u64,
    structures_changed: u64,
}

/// The sorted columns, the row, the carried columns.
type Entry = (Vec<Cell>, u64, Vec<Cell>);

impl Table {
    /// An empty table of so many columns. Refused if an index names a column that is not there, or none.
    pub fn new(columns: u16, indexes: Vec<Index>) -> Result<Table, TableError> {
        for index in &indexes {
            if index.columns.is_empty() {
                return Err(TableError::EmptyIndex);
            }
            known(columns, index.columns.iter().chain(&index.included))?;
        }
        let indexes = indexes.into_iter().map(|index| (index, BTreeSet::new())).collect();
        Ok(Table { columns, rows: BTreeMap::new(), indexes, row_next: 0, structures_changed: 0 })
    }

    /// Adds a row, and says which number it got.
    pub fn insert(&mut self, row: Row) -> Result<u64, TableError> {
        if row.len() != usize::from(self.columns) {
            return Err(TableError::RowLength { cells: row.len() as u64, columns: self.columns });
        }
        let id = self.row_next;
        self.row_next += 1;
        for (index, entries) in &mut self.indexes {
            entries.insert(entry(index, id, &row));
        }
        self.rows.insert(id, row);
        self.structures_changed += 1 + self.indexes.len() as u64;
        Ok(id)
    }

    /// Removes a row; says whether it was there.
    pub fn remove(&mut self, id: u64) -> bool {
        let Some(row) = self.rows.remove(&id) else { return false };
        for (index, entries) in &mut self.indexes {
            entries.remove(&entry(index, id, &row));
        }
        self.structures_changed += 1 + self.indexes.len() as u64;
        true
    }

    /// Tables and indexes that all writes so far have changed together: the price of indexes.
    #[must_use]
    pub fn structures_changed(&self) -> u64 {
        self.structures_changed
    }

    /// How a query would be answered.
    pub fn plan(&self, query: &Query) -> Result<Plan, TableError> {
        known(self.columns, query.columns())?;
        let plans = self.indexes.iter().enumerate().map(|(at, (index, _))| {
            let (equal, used) = prefix(index, query);
            let held = |column: &u16| index.columns.contains(column) || index.included.contains(column);
            let is_covering = query.columns().all(held);
            (equal, used, is_covering, core::cmp::Reverse(at))
        });
        let best = plans.filter(|(_, used, ..)| *used > 0).max();
        Ok(match best {
            Some((_, used, is_covering, at)) => Plan { index: Some(at.0 as u32), columns_used: used, is_covering },
            None => Plan { index: None, columns_used: 0, is_covering: false },
        })
    }

    /// The wanted columns of the rows that the query asks for, in the order of the rows, and what it took.
    pub fn select(&self, query: &Query) -> Result<(Vec<Row>, Work), TableError> {
        self.plan(query).map(|plan| self.execute(query, plan))
    }

    fn execute(&self, query: &Query, plan: Plan) -> (Vec<Row>, Work) {
        let mut work = Work::default();
        let mut found: BTreeMap<u64, Row> = BTreeMap::new();
        let Some((index, entries)) = plan.index.map(|at| &self.indexes[at as usize]) else {
            work.rows_read = self.rows.len() as u64;
            let rows = self.rows.values().filter(|row| query.holds(|column| &row[usize::from(column)]));
            return (rows.map(|row| query.take(|column| &row[usize::from(column)])).collect(), work);
        };
        let low = lowest(index, query, plan.columns_used);
        for (cells, id, carried) in entries.range((Bound::Included((low, 0, Vec::new())), Bound::Unbounded)) {
            if is_past(index, query, plan.columns_used, cells) {
                break;
            }
            work.entries_read += 1;
            let in_index = |column: u16| {
                let sorted = index.columns.iter().position(|known| *known == column).map(|at| &cells[at]);
                sorted.or_else(|| index.included.iter().position(|known| *known == column).map(|at| &carried[at]))
            };
            // What the index itself can refuse needs no row.
            if !query.holds_where(in_index) {
                continue;
            }
            let row = &self.rows[id];
            if !plan.is_covering {
                work.rows_read += 1;
            }
            if query.holds(|column| &row[usize::from(column)]) {
                found.insert(*id, query.take(|column| &row[usize::from(column)]));
            }
        }
        (found.into_values().collect(), work)
    }
}

impl Query {
    /// All columns that the query needs.
    fn columns(&self) -> impl Iterator<Item = &u16> {
        let ranged = self.range.as_ref().map(|(column, ..)| column);
        self.equal.iter().map(|(column, _)| column).chain(ranged).chain(&self.wanted)
    }

    fn value(&self, column: u16) -> Option<&Cell> {
        self.equal.iter().find(|(known, _)| *known == column).map(|(_, value)| value)
    }

    fn holds<'a>(&self, cell: impl Fn(u16) -> &'a Cell) -> bool {
        self.holds_where(|column| Some(cell(column)))
    }

    /// Whether it holds as far as the cells are known.
    fn holds_where<'a>(&self, cell: impl Fn(u16) -> Option<&'a Cell>) -> bool {
        let is_equal = self.equal.iter().all(|(column, value)| cell(*column).is_none_or(|cell| cell == value));
        let is_within =
            |(column, least, end): &(u16, Cell, Cell)| cell(*column).is_none_or(|cell| cell >= least && cell < end);
        is_equal && self.range.as_ref().is_none_or(is_within)
    }

    fn take<'a>(&self, cell: impl Fn(u16) -> &'a Cell) -> Row {
        self.wanted.iter().map(|column| cell(*column).clone()).collect()
    }
}

/// How many columns of the index the query binds from the left by equality, and with the range behind them.
fn prefix(index: &Index, query: &Query) -> (u32, u32) {
    let equal = index.columns.iter().take_while(|column| query.value(**column).is_some()).count();
    let next = index.columns.get(equal);
    let has_range = query.range.as_ref().is_some_and(|(column, ..)| next == Some(column));
    (equal as u32, equal as u32 + u32::from(has_range))
}

/// The first key of the index that the query can want.
fn lowest(index: &Index, query: &Query, used: u32) -> Vec<Cell> {
    let bound = index.columns[..used as usize].iter();
    bound
        .filter_map(|column| query.value(*column).or(query.range.as_ref().map(|(_, least, _)| least)).cloned())
        .collect()
}

/// Whether this key and all behind it are more than the query can want.
fn is_past(index: &Index, query: &Query, used: u32, cells: &[Cell]) -> bool {
    for (column, cell) in index.columns.iter().zip(cells).take(used as usize) {
        match (query.value(*column), &query.range) {
            (Some(value), _) if cell != value => return true,
            (None, Some((_, _, end))) if cell >= end => return true,
            _ => {}
        }
    }
    false
}

fn entry(index: &Index, id: u64, row: &Row) -> Entry {
    let cells = |columns: &[u16]| columns.iter().map(|column| row[usize::from(*column)].clone()).collect();
    (cells(&index.columns), id, cells(&index.included))
}

fn known<'a>(columns: u16, mut named: impl Iterator<Item = &'a u16>) -> Result<(), TableError> {
    match named.find(|column| **column >= columns) {
        Some(column) => Err(TableError::NoSuchColumn { column: *column, columns }),
        None => Ok(()),
    }
}
