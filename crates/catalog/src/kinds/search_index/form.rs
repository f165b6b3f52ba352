//! What can be set on a search index.

use crate::settings::{FieldExt, Settings, choice, gauge, law, number, switch, whole};
use base::{Delay, Law, Span};
use scenario::{Field, KindSpec, Ports, Verb};
use search::{Counts, Ranking, Tokeniser};

/// How the index is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Every shard has some documents, with all their words.
    Documents,
    /// Every shard has some words, with all their documents.
    Words,
}

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knobs {
    pub cut: Cut,
    pub counts: Counts,
    pub ranking: Ranking,
    pub tokeniser: Tokeniser,
    pub wanted: usize,
    pub refresh_every: Span,
    pub segments_max: u32,
    /// Postings are read this fast.
    pub look: Delay,
    /// How long a search waits for shards.
    pub patience: Span,
    pub takes_parts: bool,
}

impl Knobs {
    pub fn read(settings: &Settings<'_>) -> Knobs {
        Knobs {
            cut: settings.one_of("cut", &[Cut::Documents, Cut::Words]),
            counts: settings.one_of("counts", &[Counts::Global, Counts::Local]),
            ranking: match settings.choice("ranking") {
                0 => Ranking::Bm25 { k1: settings.number("k1"), b: settings.number("b") },
                _ => Ranking::TfIdf,
            },
            tokeniser: Tokeniser { drops_stop_words: true, stems: settings.switch("stems") },
            wanted: settings.whole("wanted").clamp(1, 100) as usize,
            refresh_every: settings.millis("refresh_ms"),
            segments_max: settings.whole("segments_max"),
            look: Delay::constant(Span::from_millis_f64(settings.number("look_us") / 1_000.0)),
            patience: settings.millis("patience_ms"),
            takes_parts: settings.choice("late") == 0,
        }
    }
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Shards", "", (1.0, 16.0), 4.0, "Each has a part of the index; any of them takes a search and gathers the answers"),
        choice("cut", "Cut by", "What a shard has", &[
            ("documents", "some documents with all their words: a search asks all shards"),
            ("words", "some words with all their documents: a search asks the shards of its words, and those of frequent words are hot"),
        ]),
        choice("counts", "Counts", "By whose counts of documents a shard scores", &[
            ("of all", "asked for first: scores are those of one index"),
            ("its own", "one question less, and scores of different shards cannot be compared"),
        ]).live().when("cut", &["documents"]),
        choice("ranking", "Ranking", "Which documents come first", &[
            ("BM25", "rare words count more, repetition ever less, length against it"),
            ("TF-IDF", "rare words count more, repetition in full"),
        ]).live(),
        number("k1", "Repetition k1", "", (0.0, 3.0), 1.2, "How much it counts that a word comes again; 0 is not at all").live().when("ranking", &["BM25"]),
        number("b", "Length b", "", (0.0, 1.0), 0.75, "How much length is held against a document").live().when("ranking", &["BM25"]),
        switch("stems", "Stems", false, "Whether words lose their endings"),
        whole("wanted", "Results", "", (1.0, 100.0), 10.0, "How many documents are wanted").live(),
        whole("documents", "Documents", "", (0.0, 2_000.0), 500.0, "Documents that are there from the start; the document of a key that is new comes when it is written"),
        number("refresh_ms", "Refresh", "ms", (100.0, 600_000.0), 1_000.0, "How often what was written becomes a segment, and can be found").live(),
        whole("segments_max", "Segments", "", (1.0, 100.0), 6.0, "When a shard has more, it merges them all"),
        choice("late", "Late shards", "What becomes of a search for which a shard does not answer in time", &[
            ("are left out", "it answers with what there is"),
            ("fail the search", "it answers with an error"),
        ]).live(),
        number("patience_ms", "Waits", "ms", (1.0, 60_000.0), 500.0, "How long a search or write waits for shards").live(),
        number("mesh_ms", "Between shards", "ms", (0.0, 60_000.0), 1.0, "One-way latency from shard to shard"),
        number("look_us", "Reading", "µs a posting", (0.0, 1e5), 2.0, "Time to read one posting: a word in a document").live(),
        whole("workers", "Connections", "", (1.0, 10_000.0), 16.0, "Searches and writes that one shard works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "What may wait at one shard; more is refused").live(),
        number("time_ms", "Work", "ms", (0.0, 60_000.0), 2.0, "Mean time of a shard's part in a search or write, beside what it reads").live(),
        law("time_law", "Work varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Search index".into(),
        group: "Data".into(),
        purpose: "Finds the documents that say most about some words, over shards that are asked all at once.".into(),
        icon: "M7.500 2.500a5 5 0 1 0 0 10a5 5 0 1 0 0-10M11.200 11.200l4.300 4.300M5.500 6h4M5.500 8.500h2.500".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "An index is called; it calls nobody".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("read", "Read", "postings a search"),
            gauge("busiest", "Busiest shard", "% of postings"),
            gauge("partial", "Without some shard", "% of searches"),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "every posting of every word, segments that are built, deleted from and merged, and each document's score".into(),
            "the question to every shard that is concerned, its work there, and the merge of what comes back".into(),
            "a document is 20 words of a made-up language of 1,000, few of them frequent; a write changes them all".into(),
            "a read looks for two words that the document of its key had at first".into(),
            "segments and what waits for a refresh are on disk and survive a crash; a search under way does not".into(),
        ],
        left_out: vec![
            "copies of a shard; shards that join and leave".into(),
            "phrases, filters and mistyped words".into(),
            "time of its own for building and merging segments: that is done beside".into(),
        ],
    }
}
