//! Capture of changes: what each way of keeping a bookmark delivers, and a first copy of a table that is being written.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base::{Rng, Time};
use replication::capture::*;
use replication::journal::*;
use std::collections::BTreeMap;

fn write(journal: &mut Journal, rng: &mut Rng, keys: u64) {
    let (key, now) = (rng.below(keys), Time(journal.position()));
    if rng.chance(0.2) {
        journal.delete(key, now);
    } else {
        journal.put(key, rng.below(1_000), now);
    }
}

#[test]
fn a_change_says_what_was_there_before_and_what_it_did() {
    let mut journal = Journal::new();
    journal.put(1, 10, Time(5));
    journal.put(1, 11, Time(3));
    assert_eq!((journal.delete(1, Time(7)), journal.delete(1, Time(8))), (Some(3), None));
    let log: Vec<_> =
        journal.after(0).unwrap().map(|it| (it.position, it.at.0, it.kind(), it.before, it.after)).collect();
    assert_eq!(
        log,
        [
            (1, 5, Some(ChangeKind::Insert), None, Some(10)),
            (2, 5, Some(ChangeKind::Update), Some(10), Some(11)), // the clock went back, the log does not
            (3, 7, Some(ChangeKind::Delete), Some(11), None),
        ]
    );
}

fn deliver(sink: &mut Sink, changes: &[RowChange]) {
    for change in changes {
        sink.take(change);
    }
}

/// A reader that crashes at any moment, and what its sink has done in the end.
fn follow(commit: Commit, mut sink: Sink, seed: u64) -> (Journal, Sink) {
    let (mut journal, mut rng, mut reader) = (Journal::new(), Rng::new(seed), Reader::new(0, commit));
    for _ in 0..200 {
        (0..rng.below(5)).for_each(|_| write(&mut journal, &mut rng, 10));
        let changes = reader.poll(&journal, 1 + rng.below(8)).unwrap();
        let delivered = if rng.chance(0.2) { rng.below(changes.len() as u64 + 1) as usize } else { changes.len() };
        deliver(&mut sink, &changes[..delivered]);
        match delivered == changes.len() && rng.chance(0.8) {
            true => reader.delivered(),
            false => reader.crash(),
        }
    }
    while reader.lag(&journal) > 0 {
        deliver(&mut sink, &reader.poll(&journal, 100).unwrap());
        reader.delivered();
    }
    (journal, sink)
}

#[test]
fn at_least_once_with_a_memory_is_exactly_once() {
    for seed in 0..100 {
        let (journal, sink) = follow(Commit::AfterDelivery, Sink::default(), seed);
        assert_eq!((sink.rows(), sink.effects()), (journal.rows(), journal.position()), "seed {seed}");
        assert!(sink.skipped() > 0, "seed {seed}: nothing came twice, so nothing is shown");
        let (journal, sink) = follow(Commit::AfterDelivery, Sink::forgetful(), seed);
        assert!(sink.effects() > journal.position(), "seed {seed}: without a memory effects happen twice");
        assert_eq!(sink.rows(), journal.rows(), "seed {seed}: though the rows come right");
    }
}

#[test]
fn a_bookmark_written_before_delivery_loses_changes() {
    let lost = (0..100).filter(|seed| {
        let (journal, sink) = follow(Commit::BeforeDelivery, Sink::default(), *seed);
        assert!(sink.effects() <= journal.position(), "at most once");
        sink.effects() < journal.position()
    });
    assert!(lost.count() > 90);
}

#[test]
fn a_log_that_was_forgotten_is_an_error_that_says_from_where_it_is_kept() {
    let mut journal = Journal::new();
    for value in 1..=10 {
        journal.put(value, value, Time(value));
    }
    let mut reader = Reader::new(3, Commit::AfterDelivery);
    journal.forget(reader.bookmark());
    assert_eq!(reader.poll(&journal, 2).unwrap().len(), 2, "up to the bookmark nothing is missed");
    journal.forget(7);
    let error = reader.poll(&journal, 2).unwrap_err();
    assert_eq!(error, Forgotten { position: 6, kept_from: 8 });
    assert_eq!(error.to_string(), "the log begins at position 8; position 6 is forgotten");
    assert_eq!(journal.after(u64::MAX).unwrap().count(), 0);
}

/// A copy in chunks with writes before and behind each reading. Returns whether the sink equals the table in the end. Oracle: the table.
fn copied(variant: BootstrapVariant, seed: u64) -> bool {
    let (mut journal, mut rng) = (Journal::new(), Rng::new(seed));
    (0..100).for_each(|_| write(&mut journal, &mut rng, 50));
    journal.forget(journal.position());
    let mut copy = Bootstrap::new(&journal, 1 + rng.below(10), variant);
    let mut sink = Sink::default();
    while !copy.is_done() {
        (0..rng.below(8)).for_each(|_| write(&mut journal, &mut rng, 50));
        copy.read(&journal);
        (0..rng.below(8)).for_each(|_| write(&mut journal, &mut rng, 50));
        if rng.chance(0.2) {
            copy.crash();
        }
        copy.finish(&journal).unwrap().iter().for_each(|captured| sink.take_captured(captured));
        let ahead: Vec<_> =
            sink.rows().iter().filter(|(key, value)| journal.rows().get(*key) != Some(*value)).collect();
        assert!(variant != BootstrapVariant::Faithful || ahead.is_empty(), "seed {seed}: {ahead:?} at a high mark");
    }
    let mut reader = Reader::new(copy.position(), Commit::AfterDelivery);
    (0..20).for_each(|_| write(&mut journal, &mut rng, 50));
    deliver(&mut sink, &reader.poll(&journal, u64::MAX).unwrap());
    sink.rows() == journal.rows()
}

#[test]
fn a_copy_between_marks_joins_the_log_without_a_gap_and_each_wrong_one_does_not() {
    let right = |variant| (0..200).filter(|seed| copied(variant, *seed)).count();
    assert_eq!(right(BootstrapVariant::Faithful), 200);
    for variant in [BootstrapVariant::NoMarks, BootstrapVariant::CopyThenTail] {
        assert!(right(variant) < 100, "{variant:?}: {} of 200 runs are right", right(variant));
    }
}

#[test]
fn the_worked_chunk_hands_over_only_the_row_that_did_not_change() {
    let mut journal = Journal::new();
    for (key, value) in [(1, 1), (2, 1), (3, 7)] {
        journal.put(key, value, Time(0));
    }
    let mut copy = Bootstrap::new(&journal, 10, BootstrapVariant::Faithful);
    journal.put(2, 2, Time(1));
    copy.read(&journal);
    journal.put(1, 3, Time(2));
    let captured = copy.finish(&journal).unwrap();
    let rows: Vec<_> = captured.iter().filter(|it| matches!(it, Captured::Row { .. })).collect();
    assert_eq!((rows, captured.len()), (vec![&Captured::Row { key: 3, value: 7 }], 3));
    let mut sink = Sink::default();
    captured.iter().for_each(|captured| sink.take_captured(captured));
    assert_eq!(*sink.rows(), BTreeMap::from([(1, 3), (2, 2), (3, 7)]));
}
