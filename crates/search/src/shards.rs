//! An index over several machines, cut by documents or by words.
//!
//! ```text
//!   by documents   every shard has all words of its documents     ask all shards, merge their best; even
//!   by words       every shard has some words of all documents    ask the shards of the words; a frequent word makes its shard hot
//! ```
//!
//! The rule: by documents, each shard ranks alone; with its own counts scores of different shards are not comparable, with the counts
//! of all they are those of one index. By words, postings travel to whoever merges them. Either way the answer is as slow as the
//! slowest shard that is asked: of 100 shards, each slow once in a hundred times, 63% of the answers wait for a slow one.
//!
//! When not: an index that fits one machine; copies of it scale reads without any of this.

use crate::index::{DocumentError, Index, packed};
use crate::postings::Postings;
use crate::rank::{Ranking, Scored, Statistics, top};
use crate::tokens::Tokeniser;
use base::stable_hash;
use std::collections::{BTreeMap, BTreeSet};

/// What an answer of several shards took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// The best documents.
    pub best: Vec<Scored>,
    /// Postings that each shard had to read; a shard that was not asked is not there.
    pub read: BTreeMap<u32, u64>,
    /// Postings or scores that travelled to whoever merges.
    pub sent: u64,
}

/// Whose counts scores are made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counts {
    /// Those of all shards, asked for first: exact.
    #[default]
    Global,
    /// Those of each shard: one question less, and scores that are not comparable.
    Local,
}

/// An index cut by documents.
#[derive(Clone, Debug)]
pub struct DocumentShards(Vec<Index>);

impl DocumentShards {
    /// Spreads documents over `shards` (at least one) by the remainder of their numbers.
    pub fn build<'a>(
        tokeniser: Tokeniser,
        shards: u32,
        documents: impl IntoIterator<Item = (u32, &'a str)>,
    ) -> Result<DocumentShards, DocumentError> {
        let mut parts = vec![Vec::new(); shards.max(1) as usize];
        for (document, text) in documents {
            parts[(document % shards.max(1)) as usize].push((document, text));
        }
        let built: Result<_, _> = parts.into_iter().map(|part| Index::build(tokeniser, part)).collect();
        built.map(DocumentShards)
    }

    /// The best `k`: every shard's best `k`, merged.
    #[must_use]
    pub fn best(&self, ranking: Ranking, terms: &[&str], k: usize, counts: Counts) -> Gathered {
        let own: Vec<Statistics> = self.0.iter().map(|index| Statistics::of(index, terms)).collect();
        let all = own.iter().fold(Statistics::default(), |sum, one| sum.and(one));
        let mut gathered = Gathered::default();
        let mut scored = Vec::new();
        for (shard, (index, own)) in (0..).zip(self.0.iter().zip(&own)) {
            let statistics = if counts == Counts::Global { &all } else { own };
            let best = ranking.best_with(index, terms, k, statistics);
            gathered.read.insert(shard, own.having.values().sum());
            gathered.sent += best.len() as u64;
            scored.extend(best);
        }
        gathered.best = top(scored, k);
        gathered
    }
}

/// An index cut by words.
#[derive(Clone, Debug)]
pub struct TermShards {
    shards: Vec<BTreeMap<String, Postings>>,
    tokeniser: Tokeniser,
    lengths: BTreeMap<u32, u32>,
}

impl TermShards {
    /// Deals the words of an index out to `shards` (at least one) by their hashes.
    #[must_use]
    pub fn cut(index: &Index, shards: u32) -> TermShards {
        let mut parts = vec![BTreeMap::new(); shards.max(1) as usize];
        for (word, _) in index.words() {
            let list = index.live(word).into_iter().map(|posting| (posting.document, posting.positions)).collect();
            parts[shard_of(word, shards) as usize].insert(word.to_owned(), packed(list));
        }
        TermShards { shards: parts, tokeniser: index.tokeniser(), lengths: index.lengths().collect() }
    }

    /// The best `k`: the postings of each word from its shard, merged as in one index.
    #[must_use]
    pub fn best(&self, ranking: Ranking, terms: &[&str], k: usize) -> Gathered {
        let words = terms.iter().flat_map(|term| self.tokeniser.tokens(term)).map(|token| token.word);
        let words: BTreeSet<String> = words.collect();
        let mut gathered = Gathered::default();
        let mut lists = BTreeMap::new();
        for word in words {
            let shard = shard_of(&word, self.shards.len() as u32);
            let list = self.shards[shard as usize].get(&word).cloned().unwrap_or_default();
            *gathered.read.entry(shard).or_default() += u64::from(list.documents());
            gathered.sent += u64::from(list.documents());
            lists.insert(word, list);
        }
        let index = Index::from_parts(self.tokeniser, lists, self.lengths.clone());
        gathered.best = ranking.best(&index, terms, k);
        gathered
    }

    /// Postings that each shard holds.
    #[must_use]
    pub fn sizes(&self) -> Vec<u64> {
        let size = |shard: &BTreeMap<String, Postings>| shard.values().map(|list| u64::from(list.documents())).sum();
        self.shards.iter().map(size).collect()
    }
}

/// The shard of a word, of so many; of none, the first.
#[must_use]
pub fn shard_of(word: &str, shards: u32) -> u32 {
    (stable_hash(word) % u64::from(shards.max(1))) as u32
}
