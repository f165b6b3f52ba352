//! Presence: who is in the document, and where. Never stored: whoever says nothing for a while is gone.
//!
//! Cursors move with the text. O(editors) an operation.

use crate::Operation;
use base::{Span, Time};
use std::collections::BTreeMap;

/// Where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Where the selection began; equal to `head` if nothing is selected.
    pub anchor: u64,
    /// Where the cursor stands.
    pub head: u64,
    /// When they were last heard of.
    pub seen: Time,
}

/// Everybody who is there.
#[derive(Clone, Debug)]
pub struct Presence {
    cursors: BTreeMap<u32, Cursor>,
    ttl: Span,
}

impl Presence {
    /// Nobody yet; who is not heard of for longer than `ttl` is gone. Usual: 30 s.
    #[must_use]
    pub fn new(ttl: Span) -> Presence {
        Presence { cursors: BTreeMap::new(), ttl }
    }

    /// Notes that `editor` is there.
    pub fn note(&mut self, editor: u32, cursor: Cursor) {
        self.cursors.insert(editor, cursor);
    }

    /// Notes that `editor` has left.
    pub fn leave(&mut self, editor: u32) {
        self.cursors.remove(&editor);
    }

    /// Moves everybody's cursor with an operation of `author`; the author's own goes right of what was inserted at it.
    pub fn shift(&mut self, author: u32, operation: &Operation) {
        for (editor, cursor) in &mut self.cursors {
            let moved = |at| operation.moved(at, *editor == author);
            (cursor.anchor, cursor.head) = (moved(cursor.anchor), moved(cursor.head));
        }
    }

    /// Who is there at `now`, in the order of their ids.
    pub fn present(&self, now: Time) -> impl Iterator<Item = (u32, Cursor)> {
        let is_there = move |cursor: &Cursor| now.since(cursor.seen) <= self.ttl;
        self.cursors.iter().filter(move |(_, cursor)| is_there(cursor)).map(|(editor, cursor)| (*editor, *cursor))
    }
}
