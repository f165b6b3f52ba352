//! What can be set on a typeahead.

use crate::settings::{FieldExt, Settings, choice, gauge, law, number, switch, whole};
use base::{Delay, Law, Span};
use scenario::{Field, KindSpec, Ports, Verb};

/// When what people search comes into the trie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Update {
    /// A new one is built beside the old, and put in its place.
    Swap,
    /// A new one is built in place of the old: nobody answers meanwhile.
    InPlace,
    /// Each search renews the lists on the way to its word.
    AtOnce,
}

const UPDATES: [Update; 3] = [Update::Swap, Update::InPlace, Update::AtOnce];

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knobs {
    pub update: Update,
    /// The best words stored at every node; 0 for none.
    pub stored: usize,
    /// Suggestions wanted.
    pub wanted: usize,
    /// Letters typed, at most.
    pub letters: u64,
    /// Letters that may be wrong, where whole words are asked for.
    pub edits: Option<u32>,
    pub rebuild_every: Span,
    pub build_word: Span,
    pub look: Delay,
}

impl Knobs {
    pub fn read(settings: &Settings<'_>) -> Knobs {
        let wanted = settings.whole("wanted").clamp(1, 50) as usize;
        Knobs {
            update: settings.one_of("update", &UPDATES),
            stored: if settings.switch("stored") { wanted } else { 0 },
            wanted,
            letters: u64::from(settings.whole("letters").max(1)),
            edits: (settings.choice("question") == 1).then(|| settings.whole("edits")),
            rebuild_every: settings.millis("rebuild_s").scaled(1_000.0),
            build_word: Span::from_micros(u64::from(settings.whole("build_us"))),
            look: Delay::constant(Span::from_millis_f64(settings.number("look_us") / 1_000.0)),
        }
    }
}

fn fields() -> Vec<Field> {
    vec![
        whole("members", "Members", "", (1.0, 8.0), 3.0, "Each has the words that begin with some letters"),
        choice("cut", "Cut", "Which letters a member has", &[
            ("by words", "so that all have about as many words of a dictionary"),
            ("by letters", "as many letters each: those with s have more than those with x, y and z"),
        ]),
        whole("words", "Words", "", (0.0, 20_000.0), 5_000.0, "Words that are known from the start; the word of a key that is new is learned when it is searched"),
        choice("question", "A read asks", "What it wants to know", &[
            ("beginning", "the words that begin with the letters typed so far"),
            ("mistyped word", "the words most like one with a wrong letter"),
        ]).live(),
        whole("letters", "Letters typed", "", (1.0, 10.0), 3.0, "From one letter to so many, drawn evenly").live().when("question", &["beginning"]),
        whole("edits", "Letters wrong", "", (0.0, 3.0), 1.0, "Letters that may be put in, left out or exchanged").live().when("question", &["mistyped word"]),
        whole("wanted", "Suggestions", "", (1.0, 50.0), 5.0, "How many words are wanted"),
        switch("stored", "Best stored", true, "Whether every node keeps the list of its best words; without, all below is looked at"),
        choice("update", "Learns by", "How what people search changes what is suggested", &[
            ("building and swapping", "a new trie is built beside the old from what was counted, and put in its place at once"),
            ("building in place", "the old trie goes first: wrong, nobody answers until the new one is there"),
            ("each search", "every search renews the lists on the way to its word"),
        ]),
        whole("rebuild_s", "Builds every", "s", (1.0, 86_400.0), 20.0, "How long after a trie was put in place the next is begun").live().when("update", &["building and swapping", "building in place"]),
        whole("build_us", "Building", "µs a word", (0.0, 1e6), 500.0, "Time to build, for each word").live(),
        number("look_us", "Look", "µs", (0.0, 1e6), 2.0, "Time to look at a node, or to renew one").live(),
        whole("workers", "Connections", "", (1.0, 10_000.0), 16.0, "Requests that one member works on at the same time").live(),
        whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait at one member; more are refused").live(),
        number("time_ms", "Thinking", "ms", (0.0, 60_000.0), 0.5, "Mean time of a request beside what it looks at").live(),
        law("time_law", "Thinking varies", Law::Exponential).live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Typeahead".into(),
        group: "Domain".into(),
        purpose: "Suggests the words most searched that begin with what has been typed so far.".into(),
        icon: "M2.500 4h13v4h-13zM5 5.250v1.500M2.500 11h8M2.500 14h5".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 0, refusal: "An index is called; it calls nobody".into() },
        verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
        gauges: vec![
            gauge("looked_at", "Looked at", "nodes a read"),
            gauge("age_s", "Oldest trie", "s"),
            gauge("busiest", "Busiest member", "% of reads"),
            gauge("p99_ms", "p99", "ms"),
        ],
        members: Some("members".into()),
        modelled: vec![
            "the trie node by node, the lists of the best words in it, and each search's walk".into(),
            "counting what is searched, building a trie of it while the old one answers, and the swap".into(),
            "a write is a search for the word of its key, a read somebody who types the first letters of it".into(),
            "the word of a key: made up, begun with each letter as often as words of a dictionary are".into(),
            "a crash loses the trie and keeps the counts: it is built anew, which takes its time".into(),
        ],
        left_out: vec![
            "searches that grow old: a count is never taken back".into(),
            "copies of a partition; what a person has searched before".into(),
            "time for counting on the machine that builds: it builds beside its other work".into(),
        ],
    }
}
