//! An editor of a document: writes at once, sends one operation at a time, and transforms what it hears past what it has not sent.
//!
//! ```text
//!   nothing under way ──edit──► one is under way ──edit──► one is under way, the rest waits as one
//!          ▲                          │  ▲                          │
//!          └───────────own comes back─┘  └───own comes back: send the rest
//! ```
//!
//! One under way is enough: the server then never has to transform past an operation whose own past it does not know.
//! Source: the client of Google Wave, 2009.

use crate::operation::length;
use crate::{Accepted, EditError, Operation};

/// What an editor sends to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Who sends it.
    pub author: u32,
    /// The revision of the text it was made on.
    pub revision: u64,
    /// What it does.
    pub operation: Operation,
}

/// One person's copy.
#[derive(Clone, Debug)]
pub struct Editor {
    id: u32,
    text: String,
    /// How many of the server's operations are in the text.
    revision: u64,
    /// Sent and not yet heard back.
    under_way: Option<Operation>,
    /// Done since, as one operation.
    waiting: Option<Operation>,
}

impl Editor {
    /// The copy of editor `id` of a document that begins as `text`.
    #[must_use]
    pub fn new(id: u32, text: &str) -> Editor {
        Editor { id, text: text.to_owned(), revision: 0, under_way: None, waiting: None }
    }

    /// The text as this person sees it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many of the server's operations it has heard of.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Begins anew with the server's text, because too much was missed to transform past it. What has not come back is gone.
    pub fn adopt(&mut self, text: &str, revision: u64) {
        *self = Editor { revision, ..Editor::new(self.id, text) };
    }

    /// Whether everything that was written here has come back.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.under_way.is_none()
    }

    /// Inserts `text` at `at`. Returns what is to be sent, if anything may be.
    ///
    /// # Errors
    /// [`EditError::OutOfRange`], [`EditError::TooLong`].
    pub fn insert(&mut self, at: u64, text: &str) -> Result<Option<Sent>, EditError> {
        self.edit(Operation::insertion(length(&self.text), at, text)?)
    }

    /// Deletes `count` characters from `at` on. Returns what is to be sent, if anything may be.
    ///
    /// # Errors
    /// [`EditError::OutOfRange`].
    pub fn delete(&mut self, at: u64, count: u64) -> Result<Option<Sent>, EditError> {
        self.edit(Operation::deletion(length(&self.text), at, count)?)
    }

    /// Does `operation` to the text. Returns what is to be sent, if anything may be.
    ///
    /// # Errors
    /// [`EditError::Length`] if it does not fit the text.
    pub fn edit(&mut self, operation: Operation) -> Result<Option<Sent>, EditError> {
        self.text = operation.apply(&self.text)?;
        if self.under_way.is_some() {
            let all = self.waiting.as_ref().map_or(Ok(operation.clone()), |waiting| waiting.compose(&operation));
            self.waiting = Some(all?);
            return Ok(None);
        }
        Ok(Some(self.send(operation)))
    }

    /// Hears of the server's next operation. Returns what is to be sent, if its own has come back and more has been waiting.
    ///
    /// # Errors
    /// [`EditError`]: it is not the next one, or does not fit.
    pub fn receive(&mut self, accepted: &Accepted) -> Result<Option<Sent>, EditError> {
        if accepted.revision != self.revision + 1 {
            return Err(EditError::Revision { revision: accepted.revision, newest: self.revision + 1 });
        }
        if accepted.author == self.id && self.under_way.is_some() {
            self.revision += 1;
            self.under_way = None;
            let waiting = self.waiting.take();
            return Ok(waiting.map(|operation| self.send(operation)));
        }
        let mut heard = accepted.operation.clone();
        let (mut under_way, mut waiting) = (self.under_way.clone(), self.waiting.clone());
        for own in [&mut under_way, &mut waiting].into_iter().flatten() {
            (heard, *own) = Operation::transform(&heard, own)?;
        }
        self.text = heard.apply(&self.text)?;
        (self.under_way, self.waiting) = (under_way, waiting);
        self.revision += 1;
        Ok(None)
    }

    fn send(&mut self, operation: Operation) -> Sent {
        self.under_way = Some(operation.clone());
        Sent { author: self.id, revision: self.revision, operation }
    }
}
