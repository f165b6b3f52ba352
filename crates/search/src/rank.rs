//! Ranking: which of the documents that have the words says most about them.
//!
//! ```text
//!   BM25      idf · tf · (k1 + 1) / (tf + k1 · (1 - b + b · length / mean length))     idf = ln(1 + (N - n + ½) / (n + ½))
//!   TF-IDF    tf · ln(N / n)
//! ```
//!
//! The rule: rare words count more; under BM25 a word that comes twice as often counts less than twice, and a long document has to
//! have it more often. N documents, n of them with the word, tf times in this one. Scores descend, ties by document. Cost: the
//! postings of the words, and a sort of what was found.
//!
//! Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), with Lucene's idf, which is never
//! negative; Salton and Buckley (1988) for TF-IDF.

use crate::index::Index;
use base::logarithm;
use std::collections::BTreeMap;

/// How documents are scored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ranking {
    /// With its two parameters.
    Bm25 {
        /// How much repetition counts: 0 not at all, larger more. Usually 1.2.
        k1: f64,
        /// How much length is held against a document, 0 to 1. Usually 0.75.
        b: f64,
    },
    /// The plain product.
    TfIdf,
}

/// BM25 with the usual parameters.
impl Default for Ranking {
    fn default() -> Ranking {
        Ranking::Bm25 { k1: 1.2, b: 0.75 }
    }
}

/// What scores depend on beyond a document: counts over a collection. Those of one shard differ from those of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Documents.
    pub documents: u64,
    /// Words of all documents together.
    pub length_total: u64,
    /// For each word of a query, in how many documents it stands.
    pub having: BTreeMap<String, u64>,
}

impl Statistics {
    /// Those of an index for the words of a query.
    #[must_use]
    pub fn of(index: &Index, terms: &[&str]) -> Statistics {
        let words = index.asked(terms);
        let having = words.into_iter().map(|word| (word.clone(), index.live(&word).len() as u64)).collect();
        Statistics { documents: index.documents().into(), length_total: index.length_total(), having }
    }

    /// Those of two collections without common documents.
    #[must_use]
    pub fn and(mut self, other: &Statistics) -> Statistics {
        self.documents += other.documents;
        self.length_total += other.length_total;
        for (word, having) in &other.having {
            *self.having.entry(word.clone()).or_default() += having;
        }
        self
    }
}

/// A document with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The document.
    pub document: u32,
    /// The score: higher is better.
    pub score: f64,
}

impl Ranking {
    /// The best `k` documents for these words, by the index's own statistics. A word that is asked twice counts twice.
    #[must_use]
    pub fn best(self, index: &Index, terms: &[&str], k: usize) -> Vec<Scored> {
        self.best_with(index, terms, k, &Statistics::of(index, terms))
    }

    /// The same by given statistics.
    #[must_use]
    pub fn best_with(self, index: &Index, terms: &[&str], k: usize, statistics: &Statistics) -> Vec<Scored> {
        let mut scores: BTreeMap<u32, f64> = BTreeMap::new();
        for word in index.asked(terms) {
            let idf = self.idf(statistics, &word);
            for posting in index.live(&word) {
                let (times, length) = (posting.positions.len() as f64, f64::from(index.length(posting.document)));
                *scores.entry(posting.document).or_default() += self.score(statistics, idf, times, length);
            }
        }
        top(scores.into_iter().map(|(document, score)| Scored { document, score }).collect(), k)
    }

    /// How much a word says at all: more, the rarer it is.
    #[must_use]
    pub fn idf(self, statistics: &Statistics, word: &str) -> f64 {
        let (documents, having) =
            (statistics.documents as f64, statistics.having.get(word).copied().unwrap_or(0) as f64);
        match self {
            Ranking::Bm25 { .. } => logarithm(1.0 + (documents - having + 0.5) / (having + 0.5)),
            Ranking::TfIdf => logarithm(documents / having),
        }
    }

    /// What a word with this idf that stands `times` times in a document of `length` words adds.
    #[must_use]
    pub fn score(self, statistics: &Statistics, idf: f64, times: f64, length: f64) -> f64 {
        match self {
            Ranking::Bm25 { k1, b } => {
                let mean = statistics.length_total as f64 / statistics.documents as f64;
                idf * times * (k1 + 1.0) / (times + k1 * (1.0 - b + b * length / mean))
            }
            Ranking::TfIdf => times * idf,
        }
    }
}

/// The best `k`: higher scores first, ties by document.
#[must_use]
pub fn top(mut scored: Vec<Scored>, k: usize) -> Vec<Scored> {
    scored.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.document.cmp(&other.document)));
    scored.truncate(k);
    scored
}
