//! An operation on a text: what becomes of every character, from the first to the last.
//!
//! ```text
//!   "Hello World" → "Hello new World"       keep 6, insert "new ", keep 5
//! ```
//!
//! Because an operation spans the whole text, transforming, composing and applying are single passes over two lists, O(steps), and
//! there are no special cases: an insertion inside a deleted range stays where the range was, two deletions share their overlap.
//! Places and lengths count characters (Unicode scalar values), not bytes.

use core::fmt;

/// A part of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many characters stay.
    Keep(u64),
    /// These are new.
    Insert(String),
    /// So many characters go.
    Delete(u64),
}

/// What becomes of a text of a certain length. In its one normal form: no empty step, no two neighbours of one kind, and of an
/// insertion and a deletion at one place the insertion first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    steps: Vec<Step>,
    before: u64,
    after: u64,
}

/// Why an edit was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The place, or the end of the range, lies beyond the text.
    OutOfRange {
        /// Where it ends.
        end: u64,
        /// Characters in the text.
        length: u64,
    },
    /// Two operations that do not belong to one text, or an operation and a text that do not belong together.
    Length {
        /// The length that was expected.
        expected: u64,
        /// The length that there is.
        length: u64,
    },
    /// The text would have more characters than can be counted.
    TooLong,
    /// An operation was made on a revision that does not exist yet.
    Revision {
        /// The revision it names.
        revision: u64,
        /// The newest one.
        newest: u64,
    },
    /// The changes since this revision are no longer kept.
    Forgotten {
        /// The revision it names.
        revision: u64,
        /// The oldest from which on they are.
        oldest: u64,
    },
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditError::OutOfRange { end, length } => write!(f, "place {end} of a text of {length} characters"),
            EditError::Length { expected, length } => {
                write!(f, "an operation on {expected} characters does not fit a text of {length}")
            }
            EditError::TooLong => f.write_str("the text would have more than 18446744073709551615 characters"),
            EditError::Revision { revision, newest } => write!(f, "revision {revision}, but the newest is {newest}"),
            EditError::Forgotten { revision, oldest } => {
                write!(f, "revision {revision}, but changes are kept from {oldest} on")
            }
        }
    }
}

impl core::error::Error for EditError {}

/// Characters in a text.
pub(crate) fn length(text: &str) -> u64 {
    text.chars().count() as u64
}

impl Operation {
    /// Changes nothing in a text of `length` characters.
    #[must_use]
    pub fn identity(length: u64) -> Operation {
        let mut operation = Operation::default();
        operation.keep(length);
        operation
    }

    /// Inserts `text` at `at`, from 0 to `length`, the characters that there are.
    ///
    /// # Errors
    /// [`EditError::OutOfRange`] beyond the end, [`EditError::TooLong`].
    pub fn insertion(length: u64, at: u64, text: &str) -> Result<Operation, EditError> {
        let rest = length.checked_sub(at).ok_or(EditError::OutOfRange { end: at, length })?;
        length.checked_add(self::length(text)).ok_or(EditError::TooLong)?;
        let mut operation = Operation::default();
        operation.keep(at);
        operation.insert(text);
        operation.keep(rest);
        Ok(operation)
    }

    /// Deletes `count` characters from `at` on, of a text of `length`.
    ///
    /// # Errors
    /// [`EditError::OutOfRange`] if the range ends beyond the text.
    pub fn deletion(length: u64, at: u64, count: u64) -> Result<Operation, EditError> {
        let end = at.saturating_add(count);
        let rest = length.checked_sub(end).ok_or(EditError::OutOfRange { end, length })?;
        let mut operation = Operation::default();
        operation.keep(at);
        operation.delete(count);
        operation.keep(rest);
        Ok(operation)
    }

    /// The steps, from the first character to the last.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Characters of the texts that it can be applied to.
    #[must_use]
    pub fn length_before(&self) -> u64 {
        self.before
    }

    /// Characters of the texts that come out.
    #[must_use]
    pub fn length_after(&self) -> u64 {
        self.after
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        matches!(*self.steps, [] | [Step::Keep(_)])
    }

    /// The text that comes out of `text`.
    ///
    /// # Errors
    /// [`EditError::Length`] if it was made for a text of another length.
    pub fn apply(&self, text: &str) -> Result<String, EditError> {
        self.expect(length(text))?;
        let mut rest = text.chars();
        let mut result = String::with_capacity(text.len());
        for step in &self.steps {
            match step {
                Step::Keep(count) => result.extend(rest.by_ref().take(*count as usize)),
                Step::Insert(new) => result.push_str(new),
                Step::Delete(count) => rest.by_ref().take(*count as usize).for_each(drop),
            }
        }
        Ok(result)
    }

    /// This and then `next` as one operation.
    ///
    /// # Errors
    /// [`EditError::Length`] if `next` was not made for what comes out of this.
    pub fn compose(&self, next: &Operation) -> Result<Operation, EditError> {
        next.expect(self.after)?;
        let (mut ours, mut theirs) = (Rest::of(self), Rest::of(next));
        let mut composed = Operation::default();
        loop {
            match (ours.head(), theirs.head()) {
                (Some(Step::Delete(count)), _) => composed.delete(ours.take(count)),
                (_, Some(Step::Insert(text))) => {
                    composed.insert(&text);
                    theirs.skip();
                }
                (Some(Step::Keep(a)), Some(Step::Keep(b))) => composed.keep(theirs.take(ours.take(a.min(b)))),
                (Some(Step::Keep(a)), Some(Step::Delete(b))) => composed.delete(theirs.take(ours.take(a.min(b)))),
                (Some(Step::Insert(text)), Some(Step::Keep(count) | Step::Delete(count))) => {
                    let shared = theirs.take(ours.take(count.min(length(&text))));
                    if matches!(theirs.last, Some(Step::Keep(_))) {
                        composed.insert(&text.chars().take(shared as usize).collect::<String>());
                    }
                }
                // Both sides span the text between them, so they end together.
                _ => return Ok(composed),
            }
        }
    }

    /// Two operations on the same text, each as it must be applied after the other: `(first', second')` with
    /// `first` then `second'` equal to `second` then `first'`. Of two insertions at one place, that of `first` stands left, so
    /// everybody must agree on which is the first: the one that the server has put first.
    ///
    /// # Errors
    /// [`EditError::Length`] if they were not made for texts of one length.
    pub fn transform(first: &Operation, second: &Operation) -> Result<(Operation, Operation), EditError> {
        second.expect(first.before)?;
        let (mut a, mut b) = (Rest::of(first), Rest::of(second));
        let (mut new_a, mut new_b) = (Operation::default(), Operation::default());
        loop {
            match (a.head(), b.head()) {
                (Some(Step::Insert(text)), _) => {
                    new_a.insert(&text);
                    new_b.keep(length(&text));
                    a.skip();
                }
                (_, Some(Step::Insert(text))) => {
                    new_a.keep(length(&text));
                    new_b.insert(&text);
                    b.skip();
                }
                (Some(Step::Keep(x)), Some(Step::Keep(y))) => {
                    let shared = b.take(a.take(x.min(y)));
                    new_a.keep(shared);
                    new_b.keep(shared);
                }
                (Some(Step::Delete(x)), Some(Step::Keep(y))) => new_a.delete(b.take(a.take(x.min(y)))),
                (Some(Step::Keep(x)), Some(Step::Delete(y))) => new_b.delete(b.take(a.take(x.min(y)))),
                // What both delete is gone already.
                (Some(Step::Delete(x)), Some(Step::Delete(y))) => {
                    b.take(a.take(x.min(y)));
                }
                // Both span the same text, so they end together.
                _ => return Ok((new_a, new_b)),
            }
        }
    }

    /// Where a cursor at `at` stands afterwards. One inside a deleted range moves to where the range was; one at the place of an
    /// insertion stays left of it, or is pushed along, as its author's is.
    #[must_use]
    pub fn moved(&self, at: u64, is_pushed: bool) -> u64 {
        let (mut old, mut new) = (0_u64, 0_u64);
        for step in &self.steps {
            let pushes = is_pushed && matches!(step, Step::Insert(_));
            if old > at || old == at && !pushes {
                break;
            }
            match step {
                Step::Keep(count) => {
                    let passed = (*count).min(at - old);
                    (old, new) = (old + passed, new + passed);
                }
                Step::Insert(text) => new += length(text),
                Step::Delete(count) => old += (*count).min(at - old),
            }
        }
        new
    }

    fn expect(&self, length: u64) -> Result<(), EditError> {
        if self.before == length { Ok(()) } else { Err(EditError::Length { expected: self.before, length }) }
    }

    fn keep(&mut self, count: u64) {
        (self.before, self.after) = (self.before + count, self.after + count);
        match self.steps.last_mut() {
            _ if count == 0 => {}
            Some(Step::Keep(kept)) => *kept += count,
            _ => self.steps.push(Step::Keep(count)),
        }
    }

    fn delete(&mut self, count: u64) {
        self.before += count;
        match self.steps.last_mut() {
            _ if count == 0 => {}
            Some(Step::Delete(deleted)) => *deleted += count,
            _ => self.steps.push(Step::Delete(count)),
        }
    }

    fn insert(&mut self, text: &str) {
        self.after += length(text);
        if text.is_empty() {
            return;
        }
        let at = self.steps.len() - usize::from(matches!(self.steps.last(), Some(Step::Delete(_))));
        match at.checked_sub(1).map(|before| &mut self.steps[before]) {
            Some(Step::Insert(inserted)) => inserted.push_str(text),
            _ => self.steps.insert(at, Step::Insert(text.to_owned())),
        }
    }
}

/// What is left of an operation's steps; the head may have been begun.
struct Rest<'a> {
    steps: core::slice::Iter<'a, Step>,
    head: Option<Step>,
    /// The step that was last taken from.
    last: Option<Step>,
}

impl Rest<'_> {
    fn of(operation: &Operation) -> Rest<'_> {
        let mut steps = operation.steps.iter();
        let head = steps.next().cloned();
        Rest { steps, head, last: None }
    }

    fn head(&self) -> Option<Step> {
        self.head.clone()
    }

    fn skip(&mut self) {
        self.last = core::mem::replace(&mut self.head, self.steps.next().cloned());
    }

    /// Takes `count` characters from the head, which has at least as many; returns `count`.
    fn take(&mut self, count: u64) -> u64 {
        self.last.clone_from(&self.head);
        let left = match &mut self.head {
            Some(Step::Keep(left) | Step::Delete(left)) => {
                *left -= count;
                *left
            }
            Some(Step::Insert(text)) => {
                *text = text.chars().skip(count as usize).collect();
                length(text)
            }
            None => 0,
        };
        if left == 0 {
            self.head = self.steps.next().cloned();
        }
        count
    }
}
