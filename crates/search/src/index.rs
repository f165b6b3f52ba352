//! The inverted index: for every word the documents that have it, and where.
//!
//! ```text
//!   brown ─▶ 1: 2        3: 1          documents: positions
//!   fox   ─▶ 1: 3
//!   quick ─▶ 1: 1        3: 0
//! ```
//!
//! The rule: an index does not change, it is built, and searched through its tombstones: a deleted document stays in the postings and
//! is left out of every answer until [`Index::compact`] builds anew. An update is a deletion and a new document. Finding a word is
//! O(log words); AND reads the shortest list and seeks in the others.
//!
//! Source: Zobel and Moffat, Inverted Files for Text Search Engines (2006).

use crate::postings::{Cursor, Posting, Postings};
use crate::tokens::Tokeniser;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// An index.
#[derive(Clone, Debug, Default)]
pub struct Index {
    tokeniser: Tokeniser,
    words: BTreeMap<String, Postings>,
    /// How many words each document has.
    lengths: BTreeMap<u32, u32>,
    deleted: BTreeSet<u32>,
}

/// A document is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// Which.
    pub document: u32,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "document {} is there twice", self.document)
    }
}

impl core::error::Error for DocumentError {}

/// What an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Postings that were decoded.
    pub decoded: u32,
}

/// The documents of an answer, ascending, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The documents.
    pub documents: Vec<u32>,
    /// The work.
    pub work: Work,
}

/// In which order the lists of an AND are gone through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListOrder {
    /// The shortest leads, the others are searched for its documents.
    #[default]
    ShortestFirst,
    /// As the query has them.
    AsAsked,
}

impl Index {
    /// The index of documents, by number, in any order.
    pub fn build<'a>(
        tokeniser: Tokeniser,
        documents: impl IntoIterator<Item = (u32, &'a str)>,
    ) -> Result<Index, DocumentError> {
        let mut lists: BTreeMap<String, BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
        let mut lengths = BTreeMap::new();
        for (document, text) in documents {
            let mut length = 0;
            for token in tokeniser.tokens(text) {
                lists.entry(token.word).or_default().entry(document).or_default().push(token.position);
                length += 1;
            }
            if lengths.insert(document, length).is_some() {
                return Err(DocumentError { document });
            }
        }
        let words = lists.into_iter().map(|(word, list)| (word, packed(list))).collect();
        Ok(Index { tokeniser, words, lengths, deleted: BTreeSet::new() })
    }

    /// An index of parts that were made elsewhere: postings by word, and lengths by document.
    #[must_use]
    pub fn from_parts(tokeniser: Tokeniser, words: BTreeMap<String, Postings>, lengths: BTreeMap<u32, u32>) -> Index {
        Index { tokeniser, words, lengths, deleted: BTreeSet::new() }
    }

    /// How texts become words in this index.
    #[must_use]
    pub fn tokeniser(&self) -> Tokeniser {
        self.tokeniser
    }

    /// How many documents can be found.
    #[must_use]
    pub fn documents(&self) -> u32 {
        (self.lengths.len() - self.deleted.len()) as u32
    }

    /// How many words a document has; 0 if it is not there.
    #[must_use]
    pub fn length(&self, document: u32) -> u32 {
        if self.deleted.contains(&document) { 0 } else { self.lengths.get(&document).copied().unwrap_or(0) }
    }

    /// How many words all documents have together.
    #[must_use]
    pub fn length_total(&self) -> u64 {
        let lost: u64 = self.deleted.iter().map(|document| u64::from(self.lengths[document])).sum();
        self.lengths.values().map(|length| u64::from(*length)).sum::<u64>() - lost
    }

    /// Every document that can be found, with how many words it has.
    pub fn lengths(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let live = self.lengths.iter().filter(|(document, _)| self.is_live(**document));
        live.map(|(document, length)| (*document, *length))
    }

    /// The postings of a word as it stands in the index, tombstones included.
    #[must_use]
    pub fn postings(&self, word: &str) -> Option<&Postings> {
        self.words.get(word)
    }

    /// All words with their postings.
    pub fn words(&self) -> impl Iterator<Item = (&str, &Postings)> {
        self.words.iter().map(|(word, postings)| (word.as_str(), postings))
    }

    /// Bytes that postings take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.words.iter().map(|(word, postings)| word.len() + postings.size()).sum()
    }

    /// Leaves a document out from now on; whether it was there.
    pub fn delete(&mut self, document: u32) -> bool {
        self.lengths.contains_key(&document) && self.deleted.insert(document)
    }

    /// Builds the index anew without what was deleted.
    pub fn compact(&mut self) {
        let deleted = core::mem::take(&mut self.deleted);
        self.lengths.retain(|document, _| !deleted.contains(document));
        for postings in self.words.values_mut() {
            let mut kept = Postings::default();
            for posting in postings.all().iter().filter(|posting| !deleted.contains(&posting.document)) {
                kept.push(posting);
            }
            *postings = kept;
        }
        self.words.retain(|_, postings| postings.documents() > 0);
    }

    fn is_live(&self, document: u32) -> bool {
        !self.deleted.contains(&document)
    }

    /// The live postings of a word.
    pub(crate) fn live(&self, word: &str) -> Vec<Posting> {
        let all = self.postings(word).map(Postings::all).unwrap_or_default();
        all.into_iter().filter(|posting| self.is_live(posting.document)).collect()
    }

    /// The words of a query as they stand in the index.
    pub(crate) fn asked(&self, terms: &[&str]) -> Vec<String> {
        terms.iter().flat_map(|term| self.tokeniser.tokens(term)).map(|token| token.word).collect()
    }

    /// Documents that have all of the words; without words none.
    #[must_use]
    pub fn and(&self, terms: &[&str], order: ListOrder) -> Answer {
        let words = self.asked(terms);
        let lists: Option<Vec<&Postings>> = words.iter().map(|word| self.postings(word)).collect();
        let Some(mut lists) = lists.filter(|lists| !lists.is_empty()) else { return Answer::default() };
        if order == ListOrder::ShortestFirst {
            lists.sort_by_key(|list| list.documents());
        }
        let mut cursors: Vec<Cursor<'_>> = lists.iter().map(|list| list.cursor()).collect();
        let mut documents = Vec::new();
        let (first, others) = cursors.split_at_mut(1);
        let mut waiting: Vec<Option<u32>> = vec![None; others.len()];
        while let Some(posting) = first[0].advance() {
            let target = posting.document;
            let mut is_in_all = true;
            for (cursor, waiting) in others.iter_mut().zip(&mut waiting) {
                if waiting.is_none_or(|document| document < target) {
                    let Some(found) = cursor.seek(target) else { return self.answer(documents, &cursors) };
                    *waiting = Some(found.document);
                }
                if *waiting != Some(target) {
                    is_in_all = false;
                    break;
                }
            }
            if is_in_all && self.is_live(target) {
                documents.push(target);
            }
        }
        self.answer(documents, &cursors)
    }

    fn answer(&self, documents: Vec<u32>, cursors: &[Cursor<'_>]) -> Answer {
        Answer { documents, work: Work { decoded: cursors.iter().map(Cursor::decoded).sum() } }
    }

    /// Documents that have any of the words.
    #[must_use]
    pub fn or(&self, terms: &[&str]) -> Answer {
        let (mut documents, mut decoded) = (BTreeSet::new(), 0);
        let words: BTreeSet<String> = self.asked(terms).into_iter().collect();
        for posting in words.iter().filter_map(|word| self.postings(word)).flat_map(Postings::all) {
            decoded += 1;
            documents.insert(posting.document);
        }
        let documents = documents.into_iter().filter(|document| self.is_live(*document)).collect();
        Answer { documents, work: Work { decoded } }
    }

    /// Documents that have none of the words.
    #[must_use]
    pub fn not(&self, terms: &[&str]) -> Answer {
        let Answer { documents, work } = self.or(terms);
        let all = self.lengths.keys().copied().filter(|document| self.is_live(*document));
        Answer { documents: all.filter(|document| documents.binary_search(document).is_err()).collect(), work }
    }

    /// Documents in which the words of the phrase stand one after the other. A word that is left out keeps its place.
    #[must_use]
    pub fn phrase(&self, phrase: &str) -> Answer {
        let tokens: Vec<_> = self.tokeniser.tokens(phrase).collect();
        let words: Vec<&str> = tokens.iter().map(|token| token.word.as_str()).collect();
        let lists: Option<Vec<Vec<Posting>>> =
            words.iter().map(|word| self.postings(word).map(Postings::all)).collect();
        let Some(lists) = lists.filter(|lists| !lists.is_empty()) else { return Answer::default() };
        let first = tokens[0].position;
        let stands = |document: u32, start: u32| {
            tokens.iter().zip(&lists).skip(1).all(|(token, list)| {
                let found = list.binary_search_by_key(&document, |posting| posting.document);
                let place = start.checked_add(token.position - first);
                found.is_ok_and(|at| place.is_some_and(|place| list[at].positions.binary_search(&place).is_ok()))
            })
        };
        let is_match = |posting: &&Posting| {
            self.is_live(posting.document) && posting.positions.iter().any(|start| stands(posting.document, *start))
        };
        let documents = lists[0].iter().filter(is_match).map(|posting| posting.document).collect();
        Answer { documents, work: Work { decoded: lists.iter().map(|list| list.len() as u32).sum() } }
    }
}

/// Positions by document as postings.
pub(crate) fn packed(list: BTreeMap<u32, Vec<u32>>) -> Postings {
    let mut postings = Postings::default();
    for (document, positions) in list {
        postings.push(&Posting { document, positions });
    }
    postings
}
