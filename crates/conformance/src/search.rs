//! Texts and words.

use crate::{Number, Outcome, Refusal, Row, ask};
use search::{Index, ListOrder, Ranking, Tokeniser, Trie};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) const TABLE: &[Row] = &[("inverted-index", inverted_index), ("trie", trie)];

/// How many documents a ranking names.
const BEST: usize = 10;

fn inverted_index(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        docs: BTreeMap<String, String>,
        terms: Vec<String>,
    }
    #[derive(Serialize)]
    struct Answer {
        and: Vec<String>,
        or: Vec<String>,
        bm25: Vec<(String, f64)>,
    }
    ask(request, |request: Request| {
        let tokeniser = Tokeniser::default();
        let names: Vec<&String> = request.docs.keys().collect();
        let documents = (0..).zip(request.docs.values().map(String::as_str));
        let index = Index::build(tokeniser, documents).map_err(Refusal::new)?;
        // A term that is no single word stands in no document.
        let is_word = |term: &&str| tokeniser.word(term).is_some_and(|word| word == term.to_lowercase());
        let terms: Vec<&str> = request.terms.iter().map(String::as_str).filter(is_word).collect();
        let all_words = terms.len() == request.terms.len();
        let and = if all_words { index.and(&terms, ListOrder::default()).documents } else { Vec::new() };
        let named = |document: u32| names[document as usize].clone();
        let best = Ranking::default().best(&index, &terms, BEST);
        Ok(Answer {
            and: and.into_iter().map(named).collect(),
            or: index.or(&terms).documents.into_iter().map(named).collect(),
            bm25: best.into_iter().map(|scored| (named(scored.document), scored.score)).collect(),
        })
    })
}

fn trie(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        words: BTreeMap<String, Number>,
        prefix: String,
    }
    #[derive(Serialize)]
    struct Answer {
        matches: Vec<String>,
        top3: Vec<String>,
        contains: bool,
    }
    ask(request, |request: Request| {
        let mut trie = Trie::new(3);
        for (word, weight) in &request.words {
            trie.insert(word, weight.0);
        }
        let words = |suggestions: Vec<search::Suggestion>| suggestions.into_iter().map(|found| found.word).collect();
        Ok(Answer {
            matches: words(trie.matches(&request.prefix)),
            top3: words(trie.suggest(&request.prefix, 3).best),
            contains: trie.weight(&request.prefix).is_some(),
        })
    })
}
