//! Sentences that are shown for a while.

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Counts up; tells notices apart.
    pub id: u32,
    /// What it says.
    pub text: String,
    /// True when something was refused or went wrong.
    pub is_bad: bool,
}

/// Most notices at a time; the oldest goes first.
pub const NOTICES_MAX: usize = 3;
