//! What stands around the stores: indexes, series, chunks, checkpoints, versions, locks. Each against an oracle that its test names.

use base::{Rng, Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use storage::checkpoint::{Channels, Happened, Incremental, recovery_line};
use storage::chunks::{Chunks, Cut};
use storage::gorilla::Encoder;
use storage::locks::{Locks, Mode, Outcome};
use storage::mvcc::{Isolation, Mvcc, MvccError};
use storage::series::{Series, SeriesConfig, SeriesError};
use storage::table::{Cell, Index, Query, Row, Table};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn rows() -> impl Strategy<Value = Vec<Row>> {
    vec(vec((0..4_i64).prop_map(Cell::Number), 4), 0..40)
}

fn queries() -> impl Strategy<Value = Query> {
    let range = proptest::option::of((0..4_u16, 0..4_i64, 0..5_i64));
    (vec((0..4_u16, 0..4_i64), 0..4), range, vec(0..4_u16, 1..4)).prop_map(|(equal, range, wanted)| Query {
        equal: equal.into_iter().map(|(column, value)| (column, Cell::Number(value))).collect(),
        range: range.map(|(column, least, end)| (column, Cell::Number(least), Cell::Number(end))),
        wanted,
    })
}

fn indexes() -> impl Strategy<Value = Vec<Index>> {
    vec((vec(0..4_u16, 1..4), vec(0..4_u16, 0..3)), 0..4)
        .prop_map(|all| all.into_iter().map(|(columns, included)| Index { columns, included }).collect())
}

proptest! {
    /// Oracle: the same table without indexes, which reads every row.
    #[test]
    fn indexes_change_the_work_and_never_the_answer(rows in rows(), gone in vec(0..40_u64, 0..10), query in queries(), indexes in indexes()) {
        let (mut with, mut without) =
            (Table::new(4, indexes).expect("columns exist"), Table::new(4, Vec::new()).expect("none"));
        for row in rows {
            with.insert(row.clone()).expect("four cells");
            without.insert(row).expect("four cells");
        }
        for id in gone {
            assert_eq!(with.remove(id), without.remove(id));
        }
        let ((found, work), (expected, full)) =
            (with.select(&query).expect("columns exist"), without.select(&query).expect("columns exist"));
        assert_eq!(found, expected);
        assert!(work.rows_read <= full.rows_read, "{work:?} against {full:?}");
        if with.plan(&query).expect("columns exist").is_covering {
            assert_eq!(work.rows_read, 0);
        }
    }

    /// Oracle: the points themselves, bit for bit.
    #[test]
    fn compressed_points_come_out_as_they_went_in(points in vec((any::<u64>(), any::<u64>()), 0..60), small in vec((0..9_000_u64, 0..5_u8), 0..60)) {
        let mut at = 1_000_000_u64;
        let small = small.into_iter().map(|(step, value)| {
            at = at.wrapping_add(step).wrapping_sub(3_000);
            (at, f64::from(value) / 3.0)
        });
        let all: Vec<_> = points.into_iter().map(|(time, bits)| (time, f64::from_bits(bits))).chain(small).collect();
        let mut encoder = Encoder::default();
        all.iter().for_each(|point| encoder.push(*point));
        let block = encoder.finish();
        let bits = |(time, value): (u64, f64)| (time, value.to_bits());
        assert!(block.points().map(bits).eq(all.iter().copied().map(bits)));
    }

    /// Oracle: a plain list of the points that were taken, and a filter over it.
    #[test]
    fn a_series_answers_as_a_list_of_its_points(steps in vec((0..400_u64, 0..50_u64), 1..80), from in 0..900_u64, to in 0..900_u64) {
        let config = SeriesConfig {
            chunk: Span(40), compress_after: Span(80), retain_for: Span(300),
            bucket: Span(10), start_offset: Span(50), end_offset: Span(10),
        };
        let mut series = Series::new(config).expect("settings in range");
        let (mut list, mut now) = (Vec::new(), 400_u64);
        for (age, step) in steps {
            now += step;
            let at = now.saturating_sub(age);
            if series.insert(Time(at), at as f64) {
                list.push((at, at as f64));
            }
            series.maintain(Time(now));
            // A chunk goes when its end is as old as the retention.
            list.retain(|(at, _)| (at / 40 + 1) * 40 + 300 > now);
        }
        let mut expected: Vec<_> = list.into_iter().filter(|(at, _)| (from..to).contains(at)).collect();
        expected.sort_by_key(|(at, _)| *at);
        assert_eq!(series.range(Time(from), Time(to)), expected);
    }

    /// Oracle: the blobs themselves, and the set of their distinct pieces.
    #[test]
    fn blobs_come_out_as_they_went_in_and_removing_them_all_frees_everything(
        blobs in vec((0..5_u8, vec(0..3_u8, 0..200)), 1..20), is_fixed: bool,
    ) {
        let cut = if is_fixed { Cut::Fixed { bytes: 7 } } else { Cut::ByContent { least: 2, average_bits: 3, most: 20 } };
        let (mut chunks, mut model) = (Chunks::new(cut).expect("a good cut"), BTreeMap::new());
        for (name, blob) in blobs {
            chunks.put(&name.to_string(), &blob);
            model.insert(name.to_string(), blob);
            assert_eq!(chunks.bytes_logical(), model.values().map(|blob| blob.len() as u64).sum::<u64>());
        }
        let ids: BTreeSet<_> = model.keys().flat_map(|name| chunks.ids(name).expect("it is there").to_vec()).collect();
        assert!(chunks.bytes_kept() <= ids.len() as u64 * 20);
        for (name, blob) in &model {
            assert_eq!(&chunks.read(name).expect("it is there"), blob);
        }
        for name in model.keys() {
            chunks.remove(name).expect("it is there");
        }
        assert_eq!((chunks.bytes_kept(), chunks.bytes_logical()), (0, 0));
    }

    /// Oracle: all combinations of checkpoints, of which the latest without an orphan is taken.
    #[test]
    fn the_recovery_line_is_the_latest_set_without_orphans(events in vec((0..3_u32, 0..3_u32, 0..3_u8), 0..14)) {
        let run = history(&events);
        let line = recovery_line(3, &run).expect("a good history");
        let consistent = combinations(&run).into_iter().filter(|cut| !has_orphan(&run, cut));
        // Consistent sets have a greatest: the maximum of each process is one too.
        let latest = consistent.reduce(|a, b| core::array::from_fn(|process| a[process].max(b[process])));
        assert_eq!(line.checkpoints, latest.expect("the beginning has no orphan"));
    }

    /// Oracle: conservation. Amounts are moved, never made, so a snapshot that is consistent holds the whole sum.
    #[test]
    fn a_coordinated_snapshot_holds_the_whole_sum(steps in vec((0..4_u32, 0..4_u32, 0..50_u64), 0..120), starter in 0..4_u32) {
        let mut world = Channels::new(vec![100; 4]);
        for (nth, (from, to, amount)) in steps.iter().enumerate() {
            if nth == 10 {
                world.begin(starter);
            }
            let is_send = amount % 2 == 0;
            if is_send {
                world.send(*from, *to, *amount);
            } else {
                world.deliver(*from, *to);
            }
        }
        world.begin(starter);
        while (0..16).any(|pair| world.deliver(pair / 4, pair % 4)) {}
        let snapshot = world.finish().expect("every marker has arrived");
        assert_eq!(snapshot.total(), 400);
    }

    /// Oracle: a copy of the pages at each checkpoint.
    #[test]
    fn an_incremental_checkpoint_restores_what_was_there(steps in vec(proptest::option::weighted(0.8, (0..9_u32, any::<u64>())), 0..80), whole in 0..5_u32) {
        let (mut process, mut pages, mut copies) = (Incremental::new(whole), BTreeMap::new(), Vec::new());
        for step in steps {
            match step {
                Some((page, content)) => {
                    process.write(page, content);
                    pages.insert(page, content);
                }
                None => {
                    process.take();
                    copies.push(pages.clone());
                }
            }
        }
        for (number, copy) in copies.iter().enumerate() {
            let (restored, read) = process.restore(number as u64).expect("it was taken");
            assert_eq!(&restored, copy);
            assert!(whole == 0 || read <= u64::from(whole));
        }
        assert!(process.restore(copies.len() as u64).is_err());
    }

    /// Oracle: a whole copy of the state at each beginning, and of each key the serial number of its last commit.
    #[test]
    fn a_snapshot_never_changes_and_overlapping_writers_of_a_key_do_not_both_commit(
        steps in vec((0..4_usize, 0..4_u8, 0..3_u8, any::<i8>()), 0..120),
    ) {
        let mut store = Mvcc::new(Isolation::Snapshot);
        let mut committed: BTreeMap<String, i64> = BTreeMap::new();
        let mut slots = vec![None; 4];
        let mut last: BTreeMap<String, usize> = BTreeMap::new();
        for (serial, (slot, kind, key, value)) in steps.into_iter().enumerate() {
            let key = key.to_string();
            let Some((id, view, began, written)) = &mut slots[slot] else {
                slots[slot] = Some((store.begin(), committed.clone(), serial, BTreeSet::new()));
                continue;
            };
            match kind {
                0 | 1 => {
                    store.write(*id, &key, Some(i64::from(value))).expect("open");
                    view.insert(key.clone(), i64::from(value));
                    written.insert(key);
                }
                2 => assert_eq!(store.read(*id, &key).expect("open"), view.get(&key).copied()),
                _ => {
                    let overlaps = written.iter().any(|key| last.get(key).is_some_and(|at| at > began));
                    assert_eq!(store.commit(*id).is_err(), overlaps, "who commits first wins");
                    if !overlaps {
                        last.extend(written.iter().map(|key: &String| (key.clone(), serial)));
                    }
                    slots[slot] = None;
                    let reader = store.begin();
                    for key in ["0", "1", "2"] {
                        match store.read(reader, key).expect("open") {
                            Some(value) => drop(committed.insert(key.to_owned(), value)),
                            None => drop(committed.remove(key)),
                        }
                    }
                    store.abort(reader).expect("open");
                    store.sweep();
                }
            }
        }
    }

    /// Oracle: after every request the holders of a row are one writer or readers only, and nobody waits for ever: when all
    /// victims have given up, releasing the others one by one serves everybody.
    #[test]
    fn locks_never_clash_and_no_wait_is_for_ever(requests in vec((0..5_u64, 0..3_u64, any::<bool>()), 0..40)) {
        let (mut locks, mut waiting) = (Locks::new(), BTreeSet::new());
        for (owner, row, is_write) in requests {
            let mode = if is_write { Mode::Exclusive } else { Mode::Shared };
            match locks.acquire(owner, row, mode) {
                Err(_) => assert!(waiting.contains(&owner)),
                Ok(Outcome::Granted) => {}
                Ok(Outcome::Waiting) => { waiting.insert(owner); }
                Ok(Outcome::Deadlock { victims, cycle }) => {
                    assert_eq!((cycle[0], cycle.iter().max()), (owner, victims.first()), "{cycle:?}");
                    waiting.insert(owner);
                    for (at, member) in cycle.iter().enumerate() {
                        assert!(locks.waits_for(*member).contains(&cycle[(at + 1) % cycle.len()]), "{cycle:?}");
                    }
                    for victim in victims {
                        waiting.remove(&victim);
                        serve(&mut locks, &mut waiting, victim);
                    }
                }
            }
            for row in 0..3 {
                let held: Vec<Mode> = (0..5).filter_map(|owner| locks.held(owner, row)).collect();
                assert!(held.len() < 2 || held.iter().all(|mode| *mode == Mode::Shared), "{held:?}");
            }
        }
        for _ in 0..5 {
            let free: Vec<u64> = (0..5).filter(|owner| !waiting.contains(owner)).collect();
            free.into_iter().for_each(|owner| serve(&mut locks, &mut waiting, owner));
        }
        assert_eq!(waiting, BTreeSet::new());
    }
}

/// Ends a transaction, and takes off the list who is served by that.
fn serve(locks: &mut Locks, waiting: &mut BTreeSet<u64>, owner: u64) {
    for (served, _) in locks.release(owner) {
        waiting.remove(&served);
    }
}

/// A history in which causes come before effects: a checkpoint, a message sent, or the oldest one to somebody received.
fn history(events: &[(u32, u32, u8)]) -> Vec<Happened> {
    let (mut run, mut open, mut next) = (Vec::new(), Vec::new(), 0);
    for (process, other, kind) in events {
        match kind {
            0 => run.push(Happened::Checkpoint { process: *process }),
            1 => {
                run.push(Happened::Send { from: *process, message: next });
                open.push((*other, next));
                next += 1;
            }
            _ => {
                if let Some(at) = open.iter().position(|(to, _)| to == process) {
                    let (to, message) = open.remove(at);
                    run.push(Happened::Receive { to, message });
                }
            }
        }
    }
    run
}

fn combinations(run: &[Happened]) -> Vec<[u32; 3]> {
    let taken = |process| run.iter().filter(|event| **event == Happened::Checkpoint { process }).count() as u32;
    let (a, b, c) = (taken(0), taken(1), taken(2));
    (0..=a).flat_map(|x| (0..=b).flat_map(move |y| (0..=c).map(move |z| [x, y, z]))).collect()
}

/// Whether a message is received within the cut and not sent within it.
fn has_orphan(run: &[Happened], cut: &[u32; 3]) -> bool {
    let (mut taken, mut sent) = ([0_u32; 3], BTreeSet::new());
    for event in run {
        match event {
            Happened::Checkpoint { process } => taken[*process as usize] += 1,
            Happened::Send { from, message } if taken[*from as usize] < cut[*from as usize] => {
                sent.insert(*message);
            }
            Happened::Receive { to, message } if taken[*to as usize] < cut[*to as usize] && !sent.contains(message) => {
                return true;
            }
            _ => {}
        }
    }
    false
}

#[test]
fn uncoordinated_checkpoints_can_fall_back_to_the_beginning_like_dominoes() {
    // Each checkpoint stands just between a receipt and the next send, so each step back orphans the other's last receipt.
    let mut run = Vec::new();
    for round in 0..10 {
        let (there, back) = (2 * round, 2 * round + 1);
        run.extend([
            Happened::Send { from: 0, message: there },
            Happened::Receive { to: 1, message: there },
            Happened::Checkpoint { process: 1 },
            Happened::Send { from: 1, message: back },
            Happened::Receive { to: 0, message: back },
            Happened::Checkpoint { process: 0 },
        ]);
    }
    let line = recovery_line(2, &run).expect("a good history");
    assert_eq!((line.checkpoints, line.lost), (vec![0, 0], vec![10, 10]), "twenty checkpoints were of no use");

    // One more that remembers no message but those before it stops the fall at once.
    run.push(Happened::Checkpoint { process: 1 });
    assert_eq!(recovery_line(2, &run).expect("a good history").checkpoints, [10, 11]);
}

#[test]
fn write_skew_passes_snapshots_and_not_serializable_ones() {
    // Two doctors are on call; each goes home if the other stays.
    let outcome = |isolation| {
        let mut store = Mvcc::new(isolation);
        let setup = store.begin();
        store.write(setup, "alice", Some(1)).expect("open");
        store.write(setup, "bob", Some(1)).expect("open");
        store.commit(setup).expect("alone");
        let (one, two) = (store.begin(), store.begin());
        for (id, own) in [(one, "alice"), (two, "bob")] {
            let on_call: i64 = ["alice", "bob"].iter().filter_map(|key| store.read(id, key).expect("open")).sum();
            assert_eq!(on_call, 2);
            store.write(id, own, Some(0)).expect("open");
        }
        (store.commit(one), store.commit(two))
    };
    assert_eq!(outcome(Isolation::Snapshot), (Ok(2), Ok(3)), "nobody is on call");
    let refused = MvccError::Conflict { key: "alice".to_owned(), committed: 2, began: 1 };
    assert_eq!(outcome(Isolation::Serializable), (Ok(2), Err(refused)));
}

#[test]
fn the_first_to_commit_wins_so_no_update_is_lost() {
    let mut store = Mvcc::new(Isolation::Snapshot);
    let (one, two) = (store.begin(), store.begin());
    for id in [one, two] {
        let stock = store.read(id, "stock").expect("open").unwrap_or(10);
        store.write(id, "stock", Some(stock - 1)).expect("open");
    }
    assert_eq!(store.commit(one), Ok(1));
    assert_eq!(
        store.commit(two).expect_err("it overlapped").to_string(),
        "\"stock\" was committed to at 1, but this transaction began at 0"
    );
    assert_eq!(store.read(two, "stock"), Err(MvccError::NotOpen { id: two }));
}

#[test]
fn a_deadlock_names_the_youngest_and_goes_when_it_does() {
    let mut locks = Locks::new();
    for owner in [1, 2, 3] {
        assert_eq!(locks.acquire(owner, owner, Mode::Exclusive), Ok(Outcome::Granted));
    }
    assert_eq!(locks.acquire(3, 1, Mode::Shared), Ok(Outcome::Waiting));
    assert_eq!(locks.acquire(1, 2, Mode::Shared), Ok(Outcome::Waiting));
    assert_eq!(locks.acquire(2, 3, Mode::Shared), Ok(Outcome::Deadlock { victims: vec![3], cycle: vec![2, 3, 1] }));
    assert_eq!(locks.release(3), [(2, 3)], "2 gets the row of 3");
    assert_eq!(locks.release(2), [(1, 2)]);
    // Two readers that both want to write wait for each other.
    let mut locks = Locks::new();
    locks.acquire(1, 9, Mode::Shared).expect("free");
    locks.acquire(2, 9, Mode::Shared).expect("shared");
    assert_eq!(locks.acquire(1, 9, Mode::Exclusive), Ok(Outcome::Waiting));
    assert_eq!(locks.acquire(2, 9, Mode::Exclusive), Ok(Outcome::Deadlock { victims: vec![2], cycle: vec![2, 1] }));
}

#[test]
fn a_long_reader_keeps_versions_and_a_sweep_after_it_frees_them() {
    let mut store = Mvcc::new(Isolation::Snapshot);
    let write = |store: &mut Mvcc, value| {
        let id = store.begin();
        store.write(id, "x", value).expect("open");
        store.commit(id).expect("alone");
    };
    write(&mut store, Some(0));
    let reader = store.begin();
    for value in 1..100 {
        write(&mut store, Some(value));
    }
    assert_eq!((store.sweep(), store.version_count()), (0, 100));
    assert_eq!(store.read(reader, "x"), Ok(Some(0)));
    store.commit(reader).expect("it only read");
    assert_eq!((store.sweep(), store.version_count()), (99, 1));
    write(&mut store, None);
    assert_eq!((store.sweep(), store.version_count()), (2, 0), "a deleted key leaves nothing");
}

#[test]
fn a_refresh_that_can_hold_no_whole_bucket_is_refused() {
    let hour = Span::from_secs(3_600);
    let config = SeriesConfig {
        chunk: Span::from_secs(86_400),
        compress_after: Span::from_secs(2 * 86_400),
        retain_for: Span::from_secs(90 * 86_400),
        bucket: hour,
        start_offset: Span(2 * hour.0),
        end_offset: hour,
    };
    let error = Series::new(config).expect_err("a window of one bucket");
    assert_eq!(error, SeriesError::NarrowRefresh { window: hour, least: Span(2 * hour.0) });
    assert!(Series::new(SeriesConfig { start_offset: Span(3 * hour.0), ..config }).is_ok());
    assert_eq!(
        Series::new(SeriesConfig { chunk: Span::ZERO, ..config }).expect_err("zero"),
        SeriesError::ZeroSpan { field: "chunk" }
    );
}

/// Of 1 MiB of noise with one byte put in front: cut by content nearly nothing has to be sent again, cut by size everything.
#[test]
fn a_byte_in_front_moves_every_fixed_border_and_one_by_content() {
    let mut rng = Rng::new(3);
    let old: Vec<u8> = (0..1 << 20).map(|_| rng.next_u64() as u8).collect();
    let new = [&[1], old.as_slice()].concat();
    let sent = |cut| {
        let mut chunks = Chunks::new(cut).expect("a good cut");
        chunks.put("old", &old);
        chunks.put("new", &new).bytes_new
    };
    let (fixed, content) =
        (sent(Cut::Fixed { bytes: 8192 }), sent(Cut::ByContent { least: 2048, average_bits: 13, most: 65_536 }));
    assert_eq!(fixed, new.len() as u64);
    assert!(content < 70_000, "cut by content {content} bytes are sent, by size {fixed}");
}
