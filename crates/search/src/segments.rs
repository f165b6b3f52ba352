//! Segments: an index that changes, made of indexes that do not.
//!
//! ```text
//!   writes ─▶ waiting ──refresh──▶ segment 3          a search asks all of them, and leaves out what was written anew
//!                                  segment 2 ┐ merge
//!                                  segment 1 ┘──────▶ segment 4, without what was deleted
//! ```
//!
//! The rule: what is written can be found after the next refresh, not before; a document is live in one segment, and deleted in those
//! that held it earlier. Counts are of live documents, so scores are those of one index. Cost: a search reads the lists of every
//! segment; a merge writes everything again.
//!
//! Source: Lester, Moffat and Zobel, Efficient Online Index Construction for Text Databases (2008); as Lucene keeps its indexes.

use crate::index::{DocumentError, Index, packed};
use crate::postings::Postings;
use crate::rank::{Ranking, Scored, Statistics, top};
use crate::tokens::Tokeniser;
use std::collections::BTreeMap;

/// An index of segments.
#[derive(Clone, Debug)]
pub struct Segments {
    tokeniser: Tokeniser,
    /// The oldest first.
    segments: Vec<Index>,
    segments_max: usize,
    merged: u64,
}

impl Segments {
    /// An empty index that merges all its segments when there are more than `segments_max` (at least one).
    #[must_use]
    pub fn new(tokeniser: Tokeniser, segments_max: u32) -> Segments {
        Segments { tokeniser, segments: Vec::new(), segments_max: segments_max.max(1) as usize, merged: 0 }
    }

    /// The segments, the oldest first.
    #[must_use]
    pub fn segments(&self) -> &[Index] {
        &self.segments
    }

    /// How often segments were merged.
    #[must_use]
    pub fn merged(&self) -> u64 {
        self.merged
    }

    /// Makes documents found, in place of what they said before; only their words that `keeps` holds are indexed here. Merges, if
    /// there are too many segments now.
    ///
    /// # Errors
    /// [`DocumentError`] if a document comes twice; nothing is changed.
    pub fn refresh<'a>(
        &mut self,
        documents: impl IntoIterator<Item = (u32, &'a str)>,
        keeps: impl Fn(&str) -> bool,
    ) -> Result<(), DocumentError> {
        let built = Index::build(self.tokeniser, documents)?;
        if built.documents() == 0 {
            return Ok(());
        }
        let words = built.words().filter(|(word, _)| keeps(word)).map(|(word, list)| (word.to_owned(), list.clone()));
        let segment = Index::from_parts(self.tokeniser, words.collect(), built.lengths().collect());
        for (document, _) in built.lengths() {
            for older in &mut self.segments {
                older.delete(document);
            }
        }
        self.segments.push(segment);
        if self.segments.len() > self.segments_max {
            self.merge();
        }
        Ok(())
    }

    fn merge(&mut self) {
        let mut lists: BTreeMap<String, BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
        let mut lengths = BTreeMap::new();
        for segment in core::mem::take(&mut self.segments) {
            for (word, _) in segment.words() {
                let live = segment.live(word).into_iter().map(|posting| (posting.document, posting.positions));
                lists.entry(word.to_owned()).or_default().extend(live);
            }
            lengths.extend(segment.lengths());
        }
        lists.retain(|_, list| !list.is_empty());
        let words = lists.into_iter().map(|(word, list)| (word, packed(list))).collect();
        self.segments.push(Index::from_parts(self.tokeniser, words, lengths));
        self.merged += 1;
    }

    /// Counts over all live documents for the words of a query.
    #[must_use]
    pub fn statistics(&self, terms: &[&str]) -> Statistics {
        let own = self.segments.iter().map(|segment| Statistics::of(segment, terms));
        own.fold(Statistics::default(), |sum, one| sum.and(&one))
    }

    /// The best `k` by given statistics, and how many postings were read.
    #[must_use]
    pub fn best(&self, ranking: Ranking, terms: &[&str], k: usize, statistics: &Statistics) -> (Vec<Scored>, u64) {
        let of = |segment: &Index| ranking.best_with(segment, terms, k, statistics);
        (top(self.segments.iter().flat_map(of).collect(), k), self.read(terms))
    }

    /// Postings that stand in the lists of these words, deleted ones among them.
    fn read(&self, terms: &[&str]) -> u64 {
        let of = |segment: &Index| {
            let words = segment.asked(terms);
            words.iter().filter_map(|word| segment.postings(word)).map(|list| u64::from(list.documents())).sum::<u64>()
        };
        self.segments.iter().map(of).sum()
    }

    /// The live postings of a word in all segments, each with the length of its document; and how many postings were read.
    #[must_use]
    pub fn postings(&self, word: &str) -> (Postings, BTreeMap<u32, u32>, u64) {
        let (mut list, mut lengths) = (BTreeMap::new(), BTreeMap::new());
        for segment in &self.segments {
            for posting in segment.live(word) {
                lengths.insert(posting.document, segment.length(posting.document));
                list.insert(posting.document, posting.positions);
            }
        }
        (
            packed(list),
            lengths,
            self.segments
                .iter()
                .filter_map(|segment| segment.postings(word))
                .map(|list| u64::from(list.documents()))
                .sum(),
        )
    }

    /// Live documents, and how many words they have together.
    #[must_use]
    pub fn documents(&self) -> (u64, u64) {
        let sum = |(documents, length), segment: &Index| {
            (documents + u64::from(segment.documents()), length + segment.length_total())
        };
        self.segments.iter().fold((0, 0), sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const WORDS: [&str; 6] = ["ash", "birch", "cedar", "date", "elm", "fir"];

    fn text(rng: &mut base::Rng) -> String {
        (0..3 + rng.below(6)).map(|_| WORDS[rng.below(6).min(rng.below(6)) as usize]).collect::<Vec<_>>().join(" ")
    }

    /// Oracle: one index of what every document says last, built at once.
    #[test]
    fn segments_score_like_one_index_of_what_was_written_last() {
        for seed in 0..40 {
            let mut rng = base::Rng::new(seed);
            let (mut segments, mut all) = (Segments::new(Tokeniser::default(), 3), BTreeMap::new());
            for _ in 0..12 {
                let news: BTreeMap<u32, String> =
                    (0..rng.below(5)).map(|_| (rng.below(20) as u32, text(&mut rng))).collect();
                let news_of = news.iter().map(|(document, text)| (*document, text.as_str()));
                segments.refresh(news_of, |_| true).expect("each comes once");
                all.extend(news);
            }
            assert!(segments.segments().len() <= 3 && segments.merged() > 0);
            let index =
                Index::build(Tokeniser::default(), all.iter().map(|(document, text)| (*document, text.as_str())));
            let index = index.expect("each comes once");
            for terms in [["ash", "elm"], ["fir", "fir"], ["cedar", "oak"]] {
                let statistics = segments.statistics(&terms);
                assert_eq!(statistics, Statistics::of(&index, &terms), "seed {seed}");
                let (best, _) = segments.best(Ranking::default(), &terms, 5, &statistics);
                assert_eq!(best, Ranking::default().best(&index, &terms, 5), "seed {seed}");
                let (list, lengths, read) = segments.postings(terms[0]);
                assert_eq!(u64::from(list.documents()), statistics.having[terms[0]]);
                assert!(
                    lengths.iter().all(|(document, length)| index.length(*document) == *length)
                        && read >= lengths.len() as u64
                );
            }
        }
    }
}
