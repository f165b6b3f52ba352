//! Single edits, and two rules for them that are often written down and are **wrong**, kept to show the harm.
//!
//! ```text
//!   on "0123456789"      A: delete 3 at 5 (567)     B: delete 2 at 7 (78)      wanted: "012349"
//!   written down         B after A: delete 2 at 5   → "01234": the 9 is lost with it
//!   right                B after A: delete 1 at 5   → "012349"
//! ```
//!
//! The right transformation is [`Operation::transform`].

use crate::{EditError, Operation};

/// One edit at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A text goes in.
    Insert {
        /// Where.
        at: u64,
        /// What.
        text: String,
    },
    /// Characters go.
    Delete {
        /// From where.
        at: u64,
        /// How many.
        count: u64,
    },
}

impl Edit {
    /// The edit as an operation on a text of `length` characters.
    ///
    /// # Errors
    /// [`EditError::OutOfRange`], [`EditError::TooLong`].
    pub fn operation(&self, length: u64) -> Result<Operation, EditError> {
        match self {
            Edit::Insert { at, text } => Operation::insertion(length, *at, text),
            Edit::Delete { at, count } => Operation::deletion(length, *at, *count),
        }
    }

    fn at(&self) -> u64 {
        match self {
            Edit::Insert { at, .. } | Edit::Delete { at, .. } => *at,
        }
    }

    fn to(&self, at: u64) -> Edit {
        match self {
            Edit::Insert { text, .. } => Edit::Insert { at, text: text.clone() },
            Edit::Delete { count, .. } => Edit::Delete { at, count: *count },
        }
    }
}

/// Which of the wrong rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Whoever is applied second moves right, at every replica: each favours what it has applied first, and two replicas that
    /// begin with different ones end with different texts.
    LocalFirst,
    /// The same, except that the replicas agree on whose insertion stands left: `edit` is that of the one who goes second.
    Agreed,
}

/// `edit` as it would be applied after `applied`, by rules that move places and never change a length. Wrong for two insertions
/// at one place under [`Rule::LocalFirst`], for two deletions that overlap, and for an insertion inside a deletion, under both.
#[must_use]
pub fn moved(edit: &Edit, applied: &Edit, is_second: bool, rule: Rule) -> Edit {
    let (at, other) = (edit.at(), applied.at());
    match applied {
        Edit::Insert { text, .. } => {
            let is_tie = at == other && matches!(edit, Edit::Insert { .. });
            let goes_right = at > other || is_tie && (is_second || rule == Rule::LocalFirst) || at == other && !is_tie;
            if goes_right { edit.to(at.saturating_add(crate::operation::length(text))) } else { edit.clone() }
        }
        // Left of what was deleted: stays. Beyond: moves left. Inside: goes to where it began.
        Edit::Delete { count, .. } if at > other => edit.to(at.saturating_sub(*count).max(other)),
        Edit::Delete { .. } => edit.clone(),
    }
}
