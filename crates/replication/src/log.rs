//! The log (stub for the shape).

/// A place in a log: positions compare by term first, so that the greater one belongs to the more advanced log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Of the entry there; 0 before the first.
    pub term: u64,
    /// Of the entry, from 1; 0 before the first.
    pub index: u64,
}

/// Entries of one term that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Their term.
    pub term: u64,
    /// The index of the first.
    pub first: u64,
}
