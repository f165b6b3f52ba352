//! The index against a search of the texts themselves, and what is claimed about it.

use base::Rng;
use proptest::collection::vec;
use proptest::prelude::*;
use search::{
    Counts, DocumentError, DocumentShards, Emission, Index, ListOrder, MapReduce, Posting, Postings, Ranking, Scored,
    Statistics, TermShards, Tokeniser, read_gaps, read_number, write_gaps, write_number,
};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PLAIN: Tokeniser = Tokeniser { drops_stop_words: false, stems: false };
const WORDS: [&str; 6] = ["raft", "log", "ring", "cache", "merge", "node"];

/// Texts of few different words, so that they meet.
fn texts() -> impl Strategy<Value = Vec<Vec<&'static str>>> {
    vec(vec(prop::sample::select(&WORDS[..]), 0..12), 0..60)
}

fn joined(texts: &[Vec<&str>]) -> Vec<String> {
    texts.iter().map(|words| words.join(" ")).collect()
}

fn index(texts: &[String]) -> Index {
    Index::build(PLAIN, (0..).zip(texts.iter().map(String::as_str))).expect("every number once")
}

/// Numbers of the texts that satisfy a condition.
fn those(texts: &[Vec<&'static str>], keeps: impl Fn(&Vec<&'static str>) -> bool) -> Vec<u32> {
    (0..).zip(texts).filter(|(_, words)| keeps(words)).map(|(document, _)| document).collect()
}

/// The formula by the letter, over the texts.
fn bm25(texts: &[Vec<&str>], terms: &[&str]) -> Vec<Scored> {
    let n = texts.len() as f64;
    let mean = texts.iter().map(|words| words.len() as f64).sum::<f64>() / n;
    let mut scored = Vec::new();
    for (document, words) in (0..).zip(texts) {
        let mut score = 0.0;
        for term in terms {
            let having = texts.iter().filter(|words| words.contains(term)).count() as f64;
            let tf = words.iter().filter(|word| *word == term).count() as f64;
            let idf = libm::log(1.0 + (n - having + 0.5) / (having + 0.5));
            if tf > 0.0 {
                score += idf * tf * 2.2 / (tf + 1.2 * (1.0 - 0.75 + 0.75 * words.len() as f64 / mean));
            }
        }
        if score > 0.0 {
            scored.push(Scored { document, score });
        }
    }
    scored.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.document.cmp(&other.document)));
    scored
}

fn same(one: &[Scored], other: &[Scored]) -> bool {
    let is_near =
        |(one, other): (&Scored, &Scored)| one.document == other.document && (one.score - other.score).abs() < 1e-12;
    one.len() == other.len() && one.iter().zip(other).all(is_near)
}

proptest! {
    /// Oracle: reading every text.
    #[test]
    fn answers_are_those_of_reading_every_text(
        texts in texts(),
        terms in vec(prop::sample::select(&["raft", "log", "ring", "cache", "nope"][..]), 1..4),
        phrase in vec(prop::sample::select(&WORDS[..]), 1..4),
        deleted in vec(any::<bool>(), 60),
        compacts: bool,
    ) {
        let mut index = index(&joined(&texts));
        let gone = |document: u32| deleted[document as usize];
        for document in 0..texts.len() as u32 {
            prop_assert_eq!(gone(document) && index.delete(document), gone(document));
            prop_assert!(!gone(document) || !index.delete(document), "deleted once");
        }
        if compacts {
            index.compact();
        }
        let live = |found: Vec<u32>| found.into_iter().filter(|document| !gone(*document)).collect::<Vec<_>>();
        let and = live(those(&texts, |words| terms.iter().all(|term| words.contains(term))));
        prop_assert_eq!(&index.and(&terms, ListOrder::ShortestFirst).documents, &and);
        prop_assert_eq!(&index.and(&terms, ListOrder::AsAsked).documents, &and);
        prop_assert_eq!(index.or(&terms).documents, live(those(&texts, |words| terms.iter().any(|term| words.contains(term)))));
        prop_assert_eq!(index.not(&terms).documents, live(those(&texts, |words| !terms.iter().any(|term| words.contains(term)))));
        let stands = |words: &Vec<&'static str>| words.windows(phrase.len()).any(|window| window == &phrase[..]);
        prop_assert_eq!(index.phrase(&phrase.join(" ")).documents, live(those(&texts, stands)));
        let left: Vec<u32> = live((0..texts.len() as u32).collect());
        let kept: Vec<Vec<&str>> = left.iter().map(|document| texts[*document as usize].clone()).collect();
        let mut expected = bm25(&kept, &terms);
        expected.iter_mut().for_each(|scored| scored.document = left[scored.document as usize]);
        let best = Ranking::default().best(&index, &terms, usize::MAX);
        prop_assert!(same(&best, &expected), "{:?} {:?}", best, expected);
        prop_assert_eq!(index.documents() as usize, left.len());
    }

    /// Law: however many machines build it, and whatever travels, it is the index of one machine.
    #[test]
    fn map_reduce_builds_what_one_machine_builds(texts in texts(), mappers in 0..6_u32, reducers in 0..6_u32) {
        let texts = joined(&texts);
        let one = index(&texts);
        let documents: Vec<(u32, &str)> = (0..).zip(texts.iter().map(String::as_str)).collect();
        let mut records = Vec::new();
        for emission in [Emission::Each, Emission::Combined] {
            let (built, shuffle) = MapReduce { tokeniser: PLAIN, mappers, reducers, emission }.build(&documents).expect("numbers");
            prop_assert!(built.words().eq(one.words()), "{:?}", emission);
            prop_assert_eq!(shuffle.by_reducer.iter().sum::<u64>(), shuffle.records);
            records.push(shuffle.records);
        }
        prop_assert_eq!(records[0], one.length_total(), "a record for every word of every text");
        prop_assert!(records[1] <= records[0]);
    }

    /// Law: with the counts of all, shards by documents and by words rank as one index does.
    #[test]
    fn shards_rank_as_one_index(texts in texts(), shards in 0..6_u32, k in 0..12_usize) {
        let texts = joined(&texts);
        let (one, terms) = (index(&texts), ["raft", "ring", "nope"]);
        for ranking in [Ranking::default(), Ranking::TfIdf] {
            let expected = ranking.best(&one, &terms, k);
            let documents = (0..).zip(texts.iter().map(String::as_str));
            let by_document = DocumentShards::build(PLAIN, shards, documents).expect("numbers");
            let gathered = by_document.best(ranking, &terms, k, Counts::Global);
            prop_assert!(same(&gathered.best, &expected), "{:?} {:?}", gathered.best, expected);
            prop_assert_eq!(gathered.read.len() as u32, shards.max(1), "every shard is asked");
            let by_term = TermShards::cut(&one, shards).best(ranking, &terms, k);
            prop_assert!(same(&by_term.best, &expected), "{:?} {:?}", by_term.best, expected);
            prop_assert!(by_term.read.len() <= 3, "only the shards of the words are asked");
        }
    }

    /// Law: seeking finds what reading on would find.
    #[test]
    fn seeking_is_reading_on(gaps in vec(1..9_u32, 1..300), targets in vec(0..1_500_u32, 0..20)) {
        let mut document = 0;
        let mut postings = Postings::default();
        let mut documents = Vec::new();
        for gap in &gaps {
            document += gap;
            documents.push(document);
            let is_later = postings.push(&Posting { document, positions: vec![0, 7] });
            prop_assert!(is_later);
        }
        let is_later = postings.push(&Posting { document, positions: vec![0] });
        prop_assert!(!is_later, "documents ascend");
        prop_assert_eq!(postings.all().iter().map(|posting| posting.document).collect::<Vec<_>>(), documents.clone());
        let (mut cursor, mut targets) = (postings.cursor(), targets);
        targets.sort_unstable();
        let mut read = 0;
        for target in targets {
            let expected = documents[read..].iter().position(|document| *document >= target);
            prop_assert_eq!(cursor.seek(target).map(|posting| posting.document), expected.map(|at| documents[read + at]));
            let Some(at) = expected else { break };
            read += at + 1;
        }
    }

    #[test]
    fn numbers_and_gaps_read_back_and_damage_does_not_panic(numbers in vec(any::<u64>(), 0..20), bytes in vec(any::<u8>(), 0..40)) {
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        let mut coded = Vec::new();
        write_gaps(sorted.iter().copied(), &mut coded);
        prop_assert_eq!(read_gaps(&coded), Some(sorted));
        let mut coded = Vec::new();
        numbers.iter().for_each(|number| write_number(*number, &mut coded));
        let mut at = 0;
        for number in numbers {
            prop_assert_eq!(read_number(&coded, &mut at), Some(number));
        }
        let _ = read_gaps(&bytes);
    }
}

/// Oracle: the table of Lucene's file formats for `VInt`.
#[test]
fn numbers_are_coded_as_lucenes() {
    for (number, bytes) in [
        (0, &[0][..]),
        (1, &[1]),
        (127, &[0x7F]),
        (128, &[0x80, 1]),
        (129, &[0x81, 1]),
        (130, &[0x82, 1]),
        (16_383, &[0xFF, 0x7F]),
        (16_384, &[0x80, 0x80, 1]),
        (16_385, &[0x81, 0x80, 1]),
    ] {
        let mut coded = Vec::new();
        write_number(number, &mut coded);
        assert_eq!(coded, bytes, "{number}");
    }
    let mut gaps = Vec::new();
    write_gaps([1, 6, 9], &mut gaps);
    assert_eq!(gaps, [1, 5, 3], "the notes' example");
    assert_eq!((read_number(&[0x80], &mut 0), read_number(&[0xFF; 11], &mut 0)), (None, None));
}

/// The notes' example of tokenising, with the places that the words had.
#[test]
fn words_keep_their_places_when_others_are_left_out() {
    let tokeniser = Tokeniser { drops_stop_words: true, stems: true };
    let tokens = |text| tokeniser.tokens(text).map(|token| (token.word, token.position)).collect::<Vec<_>>();
    let expected = [("quick", 1), ("brown", 2), ("fox", 3), ("run", 5)].map(|(word, at)| (word.to_owned(), at));
    assert_eq!(tokens("The quick BROWN fox is running"), expected);
    let stems = |words: &str| tokeniser.tokens(words).map(|token| token.word).collect::<Vec<_>>().join(" ");
    assert_eq!(
        stems("dogs dog class bus this being falling jumped red king"),
        "dog dog class bus this being fall jump red king"
    );
    assert_eq!(stems("Ärger Straße 日本語 x_1"), "ärger straße 日本語 x_1");
    let texts = [(1, "the king of spain"), (2, "king spain"), (3, "spain the king")];
    let index = Index::build(tokeniser, texts).expect("numbers");
    assert_eq!(index.phrase("king of spain").documents, [1], "a phrase keeps its distances");
    assert_eq!((index.phrase(" ").documents, index.and(&[], ListOrder::default()).documents), (vec![], vec![]));
    assert_eq!(Index::build(tokeniser, [(1, "a"), (1, "b")]).err(), Some(DocumentError { document: 1 }));
}

/// The notes' lists: [1, 3, 5, 7] and [1, 3, 9] have 1 and 3 in common.
#[test]
fn an_intersection_of_the_notes() {
    let texts = [(1, "quick brown"), (3, "brown quick"), (5, "quick"), (7, "quick"), (9, "brown")];
    let index = Index::build(PLAIN, texts).expect("numbers");
    assert_eq!(index.and(&["quick", "brown"], ListOrder::default()).documents, [1, 3]);
}

/// A collection by Zipf's law: word n of 2,000 stands with a frequency of 1/n.
fn zipf_texts(n: usize, length: usize) -> Vec<String> {
    let mut rng = Rng::new(3);
    let harmonic: Vec<f64> = (1..=2_000)
        .scan(0.0, |sum, rank| {
            *sum += 1.0 / f64::from(rank);
            Some(*sum)
        })
        .collect();
    let mut word = || {
        let at = rng.unit() * harmonic[1_999];
        format!("word{}", harmonic.partition_point(|sum| *sum < at))
    };
    (0..n).map(|_| (0..length).map(|_| word()).collect::<Vec<_>>().join(" ")).collect()
}

/// Claim: an AND that begins with the shortest list is cheaper.
#[test]
fn the_shortest_list_first_reads_least() {
    let index = index(&zipf_texts(5_000, 60));
    let terms = ["word0", "word1", "word900"];
    let (shortest, asked) = (index.and(&terms, ListOrder::ShortestFirst), index.and(&terms, ListOrder::AsAsked));
    assert_eq!(shortest.documents, asked.documents);
    let (few, many) = (shortest.work.decoded, asked.work.decoded);
    println!("postings decoded: {few} with the shortest list first, {many} as asked");
    assert!(few * 2 < many, "{few} decoded with the shortest first, {many} as asked");
    let rare = index.postings("word900").map_or(0, Postings::documents);
    let all = index.postings("word0").map_or(0, Postings::documents);
    assert!(
        few < all / 2,
        "{few} decoded of {all} postings of the frequent word, thanks to {rare} of the rare one and the skips"
    );
}

/// Claim: an index takes 20 to 50% of the data. With positions and long words it is at the upper end.
#[test]
fn an_index_takes_half_of_the_text() {
    let texts = zipf_texts(2_000, 200);
    let bytes: usize = texts.iter().map(String::len).sum();
    let share = index(&texts).size() as f64 / bytes as f64;
    println!("the index takes {:.0}% of the text", share * 100.0);
    assert!((0.2..0.55).contains(&share), "the index takes {share} of the text");
}

/// Claim: a combiner saves 50 to 70% of what is shuffled. 4,000 texts of 100 words on four mappers.
#[test]
fn a_combiner_saves_more_than_half_of_the_shuffle() {
    let texts = zipf_texts(4_000, 100);
    let documents: Vec<(u32, &str)> = (0..).zip(texts.iter().map(String::as_str)).collect();
    let bytes = |emission| {
        let job = MapReduce { tokeniser: PLAIN, mappers: 4, reducers: 4, emission };
        job.build(&documents).expect("numbers").1
    };
    let (each, combined) = (bytes(Emission::Each), bytes(Emission::Combined));
    let saved = 1.0 - combined.bytes as f64 / each.bytes as f64;
    let report = format!(
        "a combiner saves {:.0}% of the bytes: {} instead of {} records",
        saved * 100.0,
        combined.records,
        each.records
    );
    println!("{report}");
    assert!((0.5..0.85).contains(&saved), "{report}");
    // Hash partitioning does not help against one very frequent word.
    let (most, mean) = (*each.by_reducer.iter().max().expect("reducers"), each.records / 4);
    assert!(most as f64 > 1.1 * mean as f64, "the busiest of four reducers has {most} records, the mean is {mean}");
}

/// The listing loses what ranking and phrases need.
#[test]
fn the_listings_records_lose_frequency_and_places() {
    let documents = [(1, "brown fox brown fox brown"), (2, "fox brown cow cow cow")];
    let build = |emission| {
        MapReduce { tokeniser: PLAIN, mappers: 1, reducers: 2, emission }.build(&documents).expect("numbers").0
    };
    let (right, listing) = (build(Emission::Combined), build(Emission::Listing));
    assert_eq!(listing.and(&["brown", "fox"], ListOrder::default()).documents, [1, 2], "words are found");
    assert_eq!((right.phrase("brown cow").documents, listing.phrase("brown cow").documents), (vec![2], vec![]));
    let scores = |index: &Index| {
        Ranking::default().best(index, &["brown"], 2).iter().map(|scored| scored.score).collect::<Vec<_>>()
    };
    let (right, listing) = (scores(&right), scores(&listing));
    assert!(
        right[0] > right[1] && listing[0] == listing[1],
        "scores {right:?}, and {listing:?} where all words stand once"
    );
}

/// Claim: cut by documents every shard is asked and all are even; cut by words few are asked, and a frequent word makes one hot.
#[test]
fn shards_by_words_are_few_and_uneven() {
    let texts = zipf_texts(3_000, 40);
    let (shards, one) = (8, index(&texts));
    let by_document =
        DocumentShards::build(PLAIN, shards, (0..).zip(texts.iter().map(String::as_str))).expect("numbers");
    let by_term = TermShards::cut(&one, shards);
    let (mut even, mut uneven, mut asked) = (BTreeMap::<u32, u64>::new(), BTreeMap::<u32, u64>::new(), 0);
    let mut rng = Rng::new(4);
    for _ in 0..60 {
        // Words are asked as often as they are written.
        let mut word = || texts[rng.below(3_000) as usize].split(' ').next().expect("a word");
        let terms = [word(), word()];
        let gathered = by_term.best(Ranking::default(), &terms, 10);
        asked += gathered.read.len();
        gathered.read.into_iter().for_each(|(shard, read)| *uneven.entry(shard).or_default() += read);
        let gathered = by_document.best(Ranking::default(), &terms, 10, Counts::Global);
        gathered.read.into_iter().for_each(|(shard, read)| *even.entry(shard).or_default() += read);
    }
    let skew = |loads: &BTreeMap<u32, u64>| {
        let sum: u64 = loads.values().sum();
        *loads.values().max().expect("loads") as f64 * f64::from(shards) / sum as f64
    };
    let (even, uneven, asked) = (skew(&even), skew(&uneven), asked as f64 / 60.0);
    println!(
        "largest load over the mean: {even:.2} by documents, {uneven:.2} by words; {asked:.2} of 8 shards asked by words"
    );
    assert!(even < 1.1 && uneven > 1.5 && asked <= 2.0, "{even} by documents, {uneven} by words, {asked} shards asked");
    let documents: u64 = one.words().map(|(_, list)| u64::from(list.documents())).sum();
    assert_eq!(by_term.sizes().iter().sum::<u64>(), documents);
}

/// The harm of local counts: a word that is rare on one shard and frequent on another scores differently there.
#[test]
fn local_counts_change_the_order() {
    let texts = ["rare x", "rare y", "rare z", "w v", "rare u", "t s"];
    let shards = DocumentShards::build(PLAIN, 2, (0..).zip(texts)).expect("numbers");
    let best = |counts| shards.best(Ranking::default(), &["rare"], 10, counts).best;
    let (global, local) = (best(Counts::Global), best(Counts::Local));
    assert!(global.iter().all(|scored| scored.score == global[0].score), "all texts say the same: {global:?}");
    assert!(local[0].document == 1 && local[0].score > local[3].score, "by local counts they do not: {local:?}");
}

#[test]
fn nothing_is_found_in_nothing() {
    let index = Index::build(PLAIN, []).expect("nothing twice");
    assert_eq!(Ranking::default().best(&index, &["word"], 10), []);
    assert_eq!(Statistics::of(&index, &["word"]).documents, 0);
    assert_eq!((index.documents(), index.length(7), index.size()), (0, 0, 0));
}
