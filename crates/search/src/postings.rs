//! Postings: where a word stands, document by document, coded, with pointers to skip what a query does not need.
//!
//! ```text
//!   skips     │ before document 40: byte 0 │ before 93: byte 210 │ before 170: byte 433 │
//!   bytes     gap, times, gaps of places │ gap, times, … │ …
//! ```
//!
//! The rule: documents ascend; every 32nd has a pointer. [`Cursor::seek`] jumps to the last pointer not beyond its target and reads
//! on from there, so that an intersection with a rare word reads little of a frequent one. Reading all is O(n), a seek
//! O(log pointers + 32).
//!
//! Source: Moffat and Zobel, Self-indexing Inverted Files (1996).

use crate::coding::{read_number, write_number};

/// Documents between two skip pointers.
const STRIDE: u32 = 32;

/// Where to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Skip {
    /// The document before it, from which its first gap counts.
    before: u32,
    /// Where it begins.
    at: usize,
}

/// The places of one word in many documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postings {
    bytes: Vec<u8>,
    skips: Vec<Skip>,
    documents: u32,
    last: u32,
}

/// A word in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posting {
    /// The document.
    pub document: u32,
    /// Where the word stands in it, ascending.
    pub positions: Vec<u32>,
}

impl Postings {
    /// Appends a document, which must come after all that are there, with at least one position; whether it did.
    pub fn push(&mut self, posting: &Posting) -> bool {
        if posting.positions.is_empty() || self.documents > 0 && posting.document <= self.last {
            return false;
        }
        if self.documents.is_multiple_of(STRIDE) {
            self.skips.push(Skip { before: self.last, at: self.bytes.len() });
        }
        write_number(u64::from(posting.document - self.last), &mut self.bytes);
        write_number(posting.positions.len() as u64, &mut self.bytes);
        let mut last = 0;
        for position in &posting.positions {
            write_number(u64::from(position.wrapping_sub(last)), &mut self.bytes);
            last = *position;
        }
        (self.last, self.documents) = (posting.document, self.documents + 1);
        true
    }

    /// How many documents have the word.
    #[must_use]
    pub fn documents(&self) -> u32 {
        self.documents
    }

    /// Bytes that the postings take, pointers included.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len() + self.skips.len() * 12
    }

    /// A reader at the beginning.
    #[must_use]
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor { postings: self, at: 0, read: 0, document: 0, decoded: 0 }
    }

    /// All postings.
    #[must_use]
    pub fn all(&self) -> Vec<Posting> {
        let mut cursor = self.cursor();
        core::iter::from_fn(|| cursor.advance()).collect()
    }
}

/// A reader of postings.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    postings: &'a Postings,
    at: usize,
    read: u32,
    document: u32,
    decoded: u32,
}

impl Cursor<'_> {
    /// The next posting.
    pub fn advance(&mut self) -> Option<Posting> {
        if self.read >= self.postings.documents {
            return None;
        }
        // What is read is what `push` wrote, so numbers are whole and fit.
        let bytes = &self.postings.bytes;
        self.document += read_number(bytes, &mut self.at)? as u32;
        let times = read_number(bytes, &mut self.at)?;
        let mut position = 0_u32;
        let mut place = || {
            position = position.wrapping_add(read_number(bytes, &mut self.at)? as u32);
            Some(position)
        };
        let positions = (0..times).map_while(|_| place()).collect();
        self.read += 1;
        self.decoded += 1;
        Some(Posting { document: self.document, positions })
    }

    /// The first posting at or after `document` among those not read yet.
    pub fn seek(&mut self, document: u32) -> Option<Posting> {
        let skips = &self.postings.skips;
        // The pointer's block holds documents above `before`: the last one below the target is where to start at the latest.
        let block = skips.partition_point(|skip| skip.before < document).saturating_sub(1);
        if let Some(skip) = skips.get(block).filter(|skip| skip.at > self.at) {
            (self.at, self.document, self.read) = (skip.at, skip.before, block as u32 * STRIDE);
        }
        loop {
            let posting = self.advance()?;
            if posting.document >= document {
                return Some(posting);
            }
        }
    }

    /// How many postings have been decoded.
    #[must_use]
    pub fn decoded(&self) -> u32 {
        self.decoded
    }
}
