//! What an index over several shards promises as a box.

use crate::groups::{Run, Trial, any_faults};
use base::Span;
use catalog::Face;
use trace::{Record, Status};

const KIND: &str = "search-index";
/// Nothing takes time, so that searches end in the order in which they were begun, however many shards there are.
const AT_ONCE: &str = r#""time_ms": 0, "time_law": "constant", "mesh_ms": 0, "look_us": 0"#;

/// The last search: its words, and the documents with their scores.
fn last(run: &Run) -> (String, Vec<(String, String)>) {
    let Face::Table { head, rows } = run.face() else { panic!("the box shows the last search") };
    (head[0].clone(), rows.into_iter().map(|row| (row[1].clone(), row[2].clone())).collect())
}

/// Oracle: one shard, which is one index of everything.
#[test]
fn shards_by_words_and_by_documents_with_the_counts_of_all_find_what_one_index_finds() {
    let found = |fields: &str| {
        let mut run = Trial::of(KIND, &format!("{AT_ONCE}, {fields}")).seconds(10).start();
        [3_050, 6_050, 9_050].map(|ms| {
            run.to(ms);
            last(&run)
        })
    };
    let one = found(r#""members": 1"#);
    assert!(one.iter().all(|(_, found)| !found.is_empty()), "{one:?}");
    assert_eq!(found(r#""members": 5, "cut": "documents""#), one);
    assert_eq!(found(r#""members": 5, "cut": "words""#), one);
    assert_ne!(
        found(r#""members": 5, "cut": "documents", "counts": "its own""#),
        one,
        "scores that cannot be compared"
    );
}

/// Oracle: a shard's work is exponential, so that one in a hundred takes longer than the mean times ln 100; an answer that waits for n
/// of them takes longer in 1 - 0.99^n of all.
#[test]
fn an_answer_that_waits_for_all_shards_is_late_as_often_as_one_of_them_is() {
    let late = |members: u32| {
        let fields = format!(
            r#""members": {members}, "counts": "its own", "time_ms": 10, "mesh_ms": 0, "look_us": 0, "patience_ms": 60000, "workers": 1000, "documents": 20"#
        );
        let run = Trial::of(KIND, &fields).seconds(30).run();
        let searches: Vec<Span> = run
            .records
            .iter()
            .filter_map(|(_, record)| match *record {
                Record::Answered { op: 0, status: Status::Ok | Status::Missing, latency, .. } => Some(latency),
                _ => None,
            })
            .collect();
        // The way over the wire and back is the same for all, and the quickest of one shard has nearly nothing else.
        let limit = Span::from_millis_f64(10.0 * base::logarithm(100.0)) + wire();
        searches.iter().filter(|latency| **latency > limit).count() as f64 / searches.len() as f64 * 100.0
    };
    for members in [1, 8] {
        let (measured, expected) = (late(members), (1.0 - (0..members).fold(1.0, |all, _| all * 0.99)) * 100.0);
        assert!(
            (measured - expected).abs() < 0.5 + expected / 8.0,
            "{members} shards: {measured}% late, {expected}% expected"
        );
    }
}

/// What the wire adds: the least of many answers to which a shard adds nothing.
fn wire() -> Span {
    let run = Trial::of(KIND, &format!(r#"{AT_ONCE}, "members": 1"#)).seconds(2).run();
    let latency = run.records.iter().filter_map(|(_, record)| match *record {
        Record::Answered { latency, .. } => Some(latency),
        _ => None,
    });
    latency.min().expect("something was answered")
}

#[test]
fn a_dead_shard_is_left_out_or_fails_every_search() {
    let run = |late: &str| {
        let fields = format!(r#""late": "{late}", "patience_ms": 100, "documents": 100"#);
        // Another member than the dead one gathers, three times in four.
        Trial::of(KIND, &fields).fault(5_000, 10_000, "crash", 3).run()
    };
    let (parts, fails) = (run("are left out"), run("fail the search"));
    assert!(parts.is_accounted() && fails.is_accounted());
    let partial = parts.gauge(2).unwrap_or_default();
    assert!(partial > 25.0, "{partial}% of searches without some shard");
    let (part, none) = (parts.answered(6_000, 15_000).0, fails.answered(6_000, 15_000).0);
    assert!(part > 750 && none < 400, "{part} answered in part, {none} of the same where that is a failure");
}

/// Oracle: documents are dealt out evenly; of a language in which few words are frequent, a shard has some of them or has not.
#[test]
fn cut_by_words_few_shards_are_asked_and_the_one_of_a_frequent_word_is_hot() {
    let busiest =
        |cut: &str| Trial::of(KIND, &format!(r#""cut": "{cut}", "members": 8"#)).run().gauge(1).unwrap_or_default();
    let (documents, words) = (busiest("documents"), busiest("words"));
    assert!(documents < 16.0, "{documents}% of the postings read at one of eight");
    assert!(words > 1.5 * documents, "{words}% by words, {documents}% by documents");
}

#[test]
fn one_shard_and_sixteen_serve_and_account_for_every_request() {
    for (members, cut) in [(1, "words"), (16, "documents"), (16, "words"), (3, "documents")] {
        let fields =
            format!(r#""members": {members}, "cut": "{cut}", "refresh_ms": 100, "segments_max": 2, "documents": 60"#);
        let run = any_faults(Trial::of(KIND, &fields).seconds(6), members, 5, 6).run();
        assert!(run.is_accounted() && run.answered(0, 6_000).0 > 100);
        assert!(run.members().iter().all(|member| member.face != Face::Nothing));
    }
}
