//! Building an index by MapReduce: many machines read texts, many gather words, and between them everything travels once.
//!
//! ```text
//!   texts ─▶ mappers ── (word, document, places) ──▶ shuffle by hash of the word ─▶ reducers ─▶ postings
//!                └─ combiner: what one mapper says of one word goes as one record
//! ```
//!
//! The rule: whatever the numbers of mappers and reducers, and with or without a combiner, the index is the one that a single machine
//! would build. A combiner saves what repeats: the word and the record around it.
//!
//! [`Emission::Listing`] is a widespread listing: it sends (word, document) only, and its reducer sorts and removes repetitions. How
//! often and where a word stands is lost, and with it ranking and phrases.
//!
//! Source: Dean and Ghemawat, MapReduce (2004), sections 2.3 and 4.3.

use crate::coding::write_number;
use crate::index::{DocumentError, Index, packed};
use crate::shards::shard_of;
use crate::tokens::Tokeniser;
use std::collections::BTreeMap;

/// What mappers send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emission {
    /// A record for every word that stands somewhere.
    Each,
    /// A record for every word that a mapper has met, with all its documents and places.
    #[default]
    Combined,
    /// Word and document only: wrong, and here to be seen.
    Listing,
}

/// How the work is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapReduce {
    /// How texts become words.
    pub tokeniser: Tokeniser,
    /// Machines that read texts, at least 1.
    pub mappers: u32,
    /// Machines that gather words, at least 1.
    pub reducers: u32,
    /// What travels.
    pub emission: Emission,
}

/// What travelled from mappers to reducers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shuffle {
    /// Records.
    pub records: u64,
    /// Bytes: words as they are, numbers coded as in postings.
    pub bytes: u64,
    /// Records by reducer: a frequent word makes one of them busy.
    pub by_reducer: Vec<u64>,
}

/// Places by document.
type Places = BTreeMap<u32, Vec<u32>>;

impl MapReduce {
    /// Builds the index, documents dealt out to the mappers in turn.
    pub fn build(&self, documents: &[(u32, &str)]) -> Result<(Index, Shuffle), DocumentError> {
        let mut lengths = BTreeMap::new();
        for (document, text) in documents {
            let length = self.tokeniser.tokens(text).count() as u32;
            if lengths.insert(*document, length).is_some() {
                return Err(DocumentError { document: *document });
            }
        }
        let reducers = self.reducers.max(1);
        let mut shuffle = Shuffle { by_reducer: vec![0; reducers as usize], ..Shuffle::default() };
        let mut gathered: Vec<BTreeMap<String, Places>> = vec![BTreeMap::new(); reducers as usize];
        for mapper in 0..self.mappers.max(1) as usize {
            let own = documents.iter().skip(mapper).step_by(self.mappers.max(1) as usize);
            for (word, places) in self.map(own) {
                let reducer = shard_of(&word, reducers) as usize;
                shuffle.count(&word, &places, reducer);
                let list = gathered[reducer].entry(word).or_default();
                for (document, positions) in places {
                    list.entry(document).or_default().extend(positions);
                }
            }
        }
        let words = gathered.into_iter().flatten().map(|(word, places)| (word, packed(self.reduce(places)))).collect();
        Ok((Index::from_parts(self.tokeniser, words, lengths), shuffle))
    }

    /// The records of one mapper.
    fn map<'a>(&self, documents: impl Iterator<Item = &'a (u32, &'a str)>) -> Vec<(String, Places)> {
        let mut records = Vec::new();
        let mut combined: BTreeMap<String, Places> = BTreeMap::new();
        for (document, text) in documents {
            for token in self.tokeniser.tokens(text) {
                match self.emission {
                    Emission::Each => records.push((token.word, BTreeMap::from([(*document, vec![token.position])]))),
                    Emission::Listing => records.push((token.word, BTreeMap::from([(*document, Vec::new())]))),
                    Emission::Combined => {
                        let places = combined.entry(token.word).or_default();
                        places.entry(*document).or_default().push(token.position);
                    }
                }
            }
        }
        records.extend(combined);
        records
    }

    /// What a reducer makes of everything about one word.
    fn reduce(&self, mut places: Places) -> Places {
        for positions in places.values_mut() {
            positions.sort_unstable();
            if self.emission == Emission::Listing {
                // Nothing is known but that the word is there.
                *positions = vec![0];
            }
        }
        places
    }
}

impl Shuffle {
    fn count(&mut self, word: &str, places: &Places, reducer: usize) {
        let mut coded = Vec::new();
        let mut last = 0;
        for (document, positions) in places {
            write_number(u64::from(document - last), &mut coded);
            write_number(positions.len() as u64, &mut coded);
            positions.iter().for_each(|position| write_number(u64::from(*position), &mut coded));
            last = *document;
        }
        self.records += 1;
        self.bytes += (word.len() + coded.len()) as u64;
        self.by_reducer[reducer] += 1;
    }
}
