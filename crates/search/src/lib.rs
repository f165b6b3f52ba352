//! Search: texts by their words, words by their beginnings, vectors by their neighbours.
//!
//! | | answers | cost | when not |
//! |---|---|---|---|
//! | [`Index`] | which documents have these words, in a row or at all | the postings of the words | beginnings of words, typing errors |
//! | [`Ranking`] | which of them say most about the words | the same, and a sort | when order does not matter |
//! | [`DocumentShards`], [`TermShards`] | the same over several machines | the slowest that is asked | an index that fits one |
//! | [`Segments`] | the same while documents change | a list a segment | documents that never change |
//! | [`MapReduce`] | how such an index is built by many machines | one pass, one shuffle | news that has to be found at once |
//! | [`Trie`] | the best words with this beginning | letters of the beginning | words in the middle of texts |
//! | [`PrefixPartitions`] | which machine has the trie for it | ranges | first letters that are uneven, as they are |
//! | [`Vectors`], [`Neighbours`] | what is like this | all of them, or a walk | exact words |
//!
//! ```
//! use search::{Index, ListOrder, Ranking, Tokeniser, Trie};
//!
//! let tokeniser = Tokeniser { drops_stop_words: true, stems: true };
//! let texts = [(1, "The quick BROWN fox is running"), (2, "A lazy dog"), (3, "Quick brown dogs at night")];
//! let index = Index::build(tokeniser, texts)?;
//! assert_eq!(index.and(&["quick", "dog"], ListOrder::default()).documents, [3]);
//! assert_eq!(index.phrase("quick brown").documents, [1, 3]);
//! assert_eq!(Ranking::default().best(&index, &["dog"], 1)[0].document, 2, "the shorter text says more about dogs");
//!
//! let mut trie = Trie::new(3);
//! for (word, weight) in [("machine", 5_000), ("macneros", 2_000), ("mango", 10_000), ("python", 50_000)] {
//!     trie.insert(word, weight);
//! }
//! let words: Vec<String> = trie.suggest("ma", 2).best.into_iter().map(|best| best.word).collect();
//! assert_eq!(words, ["mango", "machine"]);
//! # Ok::<(), search::DocumentError>(())
//! ```

mod coding;
mod fuzzy;
mod index;
mod map_reduce;
mod partitions;
mod postings;
mod rank;
mod segments;
mod shards;
mod tokens;
mod trie;
mod vectors;

pub use coding::{read_gaps, read_number, write_gaps, write_number};
pub use fuzzy::edit_distance;
pub use index::{Answer, DocumentError, Index, ListOrder, Work};
pub use map_reduce::{Emission, MapReduce, Shuffle};
pub use partitions::PrefixPartitions;
pub use postings::{Cursor, Posting, Postings};
pub use rank::{Ranking, Scored, Statistics, top};
pub use segments::Segments;
pub use shards::{Counts, DocumentShards, Gathered, TermShards, shard_of};
pub use tokens::{Token, Tokeniser};
pub use trie::{Suggested, Suggestion, Trie};
pub use vectors::{Near, Neighbours, NeighboursConfig, VectorError, Vectors, Walked};
