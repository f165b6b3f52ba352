//! What is commonly said about stores, indexes, series and chunks, measured. Each message carries the figure.

use base::{Rng, Span, Time};
use storage::chunks::{Chunks, Cut};
use storage::gorilla::Encoder;
use storage::series::{Series, SeriesConfig};
use storage::table::{Cell, Index, Query, Table};
use storage::{AnyStore, BTree, BTreeConfig, Counters, Lsm, LsmConfig, Shape, Store};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn btree() -> AnyStore {
    AnyStore::BTree(BTree::new(BTreeConfig { log_bytes: 64 << 10, ..BTreeConfig::default() }).expect("in range"))
}

fn lsm(shape: Shape, bits_per_key: u32) -> AnyStore {
    let config = LsmConfig { memtable_bytes: 32 << 10, shape, bits_per_key, ..LsmConfig::default() };
    AnyStore::Lsm(Lsm::new(config).expect("in range"))
}

/// 40,000 writes of 8 and 92 bytes over 20,000 keys by luck, and then 5,000 look-ups, of which half find something.
fn random_load(store: &mut AnyStore) -> Counters {
    let mut rng = Rng::new(5);
    for serial in 0..40_000_u64 {
        let key = 2 * rng.below(20_000);
        store.put(&key.to_be_bytes(), &[serial as u8; 92]).expect("small");
    }
    for _ in 0..5_000 {
        store.get(&rng.below(40_000).to_be_bytes());
    }
    store.counters()
}

/// "LSM writes faster, append; B-tree writes slower, random. B-tree reads one look-up, LSM several SSTables."
#[test]
fn random_writes_cost_a_btree_more_bytes_and_look_ups_without_filters_cost_an_lsm_more_runs() {
    let (mut tree, mut levelled, mut tiered, mut bare) =
        (btree(), lsm(Shape::Levelled, 10), lsm(Shape::Tiered, 10), lsm(Shape::Tiered, 0));
    let [tree, levelled, tiered, bare] = [&mut tree, &mut levelled, &mut tiered, &mut bare].map(random_load);
    let written = [tree, levelled, tiered].map(|counters| counters.write_amplification());
    assert!(
        written[0] > 3.0 * written[1] && written[1] > written[2],
        "bytes written a byte given: B-tree, levelled, tiered {written:.1?}"
    );
    // A look-up in the tree reads a page a level; in the runs it depends on whether there is a filter.
    let read = [tree, levelled, tiered, bare].map(|counters| counters.read_amplification());
    assert!(
        read[3] > 1.5 * read[2] && read[2] < 1.0,
        "blocks a look-up: B-tree, levelled, tiered, tiered without filters {read:.2?}"
    );
}

/// What cutting levels into tables is for: the same bytes in small pieces. Of 40,000 writes, what does the one write that waited for most
/// wait for?
#[test]
fn merging_by_table_writes_about_as_much_and_makes_nobody_wait_for_a_whole_level() {
    let measured = [Shape::Levelled, Shape::ByTable].map(|shape| {
        let mut store = lsm(shape, 10);
        let (mut rng, mut longest) = (Rng::new(5), 0);
        for serial in 0..40_000_u64 {
            let before = store.disk().written();
            store.put(&rng.below(20_000).to_be_bytes(), &[serial as u8; 92]).expect("small");
            longest = longest.max(store.disk().written() - before);
        }
        let counters = store.counters();
        (counters.bytes_written as f64, longest as f64, counters.bytes_on_disk as f64 / counters.bytes_live as f64)
    });
    let [(level, level_longest, level_space), (table, table_longest, table_space)] = measured;
    assert!(
        table < 1.5 * level && table_space < 1.3 * level_space,
        "bytes written {level} and {table}, space {level_space:.2} and {table_space:.2}"
    );
    assert!(2.0 * table_longest < level_longest, "bytes behind one write: {level_longest} and {table_longest}");
    println!(
        "by level and by table: {level:.2e} and {table:.2e} bytes, at most {level_longest} and {table_longest} behind one write"
    );
}

/// "LSM reads touch several SSTables; compaction lowers it, but costs I/O."
#[test]
fn compaction_lowers_the_blocks_of_a_look_up_to_one_at_the_price_of_writing_everything_again() {
    let mut store = lsm(Shape::Tiered, 0);
    let before = random_load(&mut store);
    store.compact();
    let merged = store.counters();
    let mut rng = Rng::new(6);
    for _ in 0..5_000 {
        store.get(&(2 * rng.below(20_000)).to_be_bytes());
    }
    let after = store.counters();
    let blocks = (after.blocks_read - merged.blocks_read) as f64 / (after.gets - merged.gets) as f64;
    let cost = merged.bytes_written - before.bytes_written;
    assert!(
        blocks <= 1.0 && before.read_amplification() > 1.5,
        "{:.2} blocks before, {blocks:.2} after",
        before.read_amplification()
    );
    assert!(cost > merged.bytes_live, "{cost} bytes written for {} live", merged.bytes_live);
}

/// "Better storage utilisation" and, a page later, "can be higher due to compaction". Both, at different times.
#[test]
fn an_lsm_takes_more_room_than_a_btree_before_a_compaction_and_less_after_it() {
    let (mut tree, mut runs) = (btree(), lsm(Shape::Tiered, 10));
    random_load(&mut tree);
    let before = random_load(&mut runs).space_amplification();
    tree.flush();
    runs.flush();
    runs.compact();
    let (after, pages) = (runs.counters().space_amplification(), tree.counters().space_amplification());
    assert!(
        before > pages && pages > after,
        "bytes kept a live byte: LSM {before:.2}, then {after:.2}; B-tree {pages:.2}"
    );
}

/// "Read, write and update in O(log N)", "depth ceil(log_f N)".
#[test]
fn the_depth_of_a_btree_grows_with_the_logarithm() {
    let depth = |keys: u64| {
        let mut tree =
            BTree::new(BTreeConfig { page_bytes: 512, log_bytes: u64::MAX, sync_every: 0 }).expect("in range");
        (0..keys).for_each(|key| tree.put(&key.to_be_bytes(), &[0; 8]).expect("small"));
        tree.depth()
    };
    let depths = [10, 100, 1_000, 10_000, 100_000].map(depth);
    // Pages of 496 bytes: at most 20 entries of 24 bytes in a leaf, 31 children in an inner node; at least half of each here.
    let most = |keys: f64| 1 + levels(keys / 10.0, 15.0);
    let bounds = [10.0, 100.0, 1_000.0, 10_000.0, 100_000.0].map(most);
    assert!(depths.iter().zip(bounds).all(|(depth, most)| *depth <= most), "depths {depths:?}, at most {bounds:?}");
    assert!(depths.is_sorted() && depths[4] >= 4, "{depths:?}");
}

/// How often a number is divided by another until one is left: the levels above the leaves.
fn levels(number: f64, by: f64) -> u32 {
    core::iter::successors(Some(number), |left| Some(left / by)).take_while(|left| *left > 1.0).count() as u32
}

/// "A small update changes several pages; write amplification = page size / row size (plus the log)."
#[test]
fn a_small_update_writes_its_page_twice_and_its_record() {
    let mut tree = btree();
    for key in 0..20_000_u64 {
        tree.put(&key.to_be_bytes(), &[0; 92]).expect("small");
    }
    tree.flush();
    let before = tree.counters();
    tree.put(&7_777_u64.to_be_bytes(), &[1; 92]).expect("small");
    tree.flush();
    let after = tree.counters();
    let (written, given) = (after.bytes_written - before.bytes_written, after.bytes_given - before.bytes_given);
    // The page and the header, each as an image and in place: 4 pages of 4096 bytes, and a few records.
    assert!((16_384..16_600).contains(&written), "{written} bytes written for {given}");
}

/// "Batch inserts beat single inserts."
#[test]
fn a_batch_of_a_hundred_syncs_a_hundredth_as_often() {
    let syncs = |sync_every| {
        let mut store = Lsm::new(LsmConfig { sync_every, ..LsmConfig::default() }).expect("in range");
        let before = store.counters().syncs;
        (0..1_000_u64).for_each(|key| store.put(&key.to_be_bytes(), b"row").expect("small"));
        store.counters().syncs - before
    };
    assert_eq!((syncs(1), syncs(100)), (1_000, 10));
}

fn number(value: u64) -> Cell {
    Cell::Number(value as i64)
}

/// 20,000 people: country, city, age, status, and when they came.
fn people(indexes: Vec<Index>) -> Table {
    let (mut table, mut rng) = (Table::new(5, indexes).expect("columns exist"), Rng::new(8));
    for row in 0..20_000 {
        let country = rng.below(20);
        let cells = [country, country * 10 + rng.below(10), rng.below(90), rng.below(4), row].map(number);
        table.insert(cells.to_vec()).expect("five cells");
    }
    table
}

fn index(columns: &[u16]) -> Index {
    Index { columns: columns.to_vec(), included: Vec::new() }
}

/// "(country, city, age) serves country, country and city, country and city and age; not city alone or age alone."
#[test]
fn a_composite_index_serves_its_leftmost_columns_only() {
    let table = people(vec![index(&[0, 1, 2])]);
    let columns_used = |equal: &[u16], has_age: bool| {
        let equal = equal.iter().map(|column| (*column, number(3))).collect();
        let range = has_age.then(|| (2, number(30), number(91)));
        table.plan(&Query { equal, range, wanted: vec![4] }).expect("columns exist").columns_used
    };
    assert_eq!([columns_used(&[0], false), columns_used(&[0, 1], false), columns_used(&[0, 1], true)], [1, 2, 3]);
    assert_eq!([columns_used(&[1], false), columns_used(&[], true), columns_used(&[1], true)], [0, 0, 0]);
}

/// "(city, status, created) is best, (status, city, created) is wrong." For this query they do the same work.
#[test]
fn the_order_of_two_equality_columns_makes_no_difference_to_the_query_that_binds_both() {
    let query = Query {
        equal: vec![(1, number(35)), (3, number(1))],
        range: Some((4, number(10_000), number(20_000))),
        wanted: vec![0],
    };
    let work = |columns: &[u16]| people(vec![index(columns)]).select(&query).expect("columns exist");
    let ((rows, best), (same, wrong), (_, single)) = (work(&[1, 3, 4]), work(&[3, 1, 4]), work(&[1]));
    assert_eq!((&rows, best), (&same, wrong), "both read {best:?}");
    assert_eq!(best.entries_read, rows.len() as u64, "and nothing in vain");
    assert!(single.rows_read > 4 * best.rows_read, "one column alone reads {single:?}");
}

/// "A full scan of the table against an index: 250 times." "A covering index fetches no row."
#[test]
fn an_index_reads_what_it_finds_and_a_covering_one_no_row_at_all() {
    let query = Query { equal: vec![(1, number(35))], range: None, wanted: vec![2, 4] };
    let covering = Index { columns: vec![1], included: vec![2, 4] };
    let [none, plain, covered] = [vec![], vec![index(&[1])], vec![covering]]
        .map(|indexes| people(indexes).select(&query).expect("columns exist").1);
    assert_eq!(none.rows_read, 20_000);
    assert!(none.rows_read > 150 * plain.rows_read, "{none:?} against {plain:?}, one city in two hundred");
    assert_eq!((covered.rows_read, covered.entries_read), (0, plain.entries_read));
}

/// "Five secondary indexes: an insert touches six structures", and takes "ten times" as long. Six times is what it touches.
#[test]
fn five_indexes_make_an_insert_change_six_structures_not_ten() {
    let (with, without) = (people((0..5).map(|column| index(&[column])).collect()), people(Vec::new()));
    assert_eq!((with.structures_changed(), without.structures_changed()), (120_000, 20_000));
}

/// "4 MB chunks: 10 GiB are 2,560." Scaled by 1,024.
#[test]
fn ten_mebibytes_are_2560_chunks_of_4_kibibytes() {
    let mut chunks = Chunks::new(Cut::Fixed { bytes: 4096 }).expect("a good cut");
    let blob: Vec<u8> = (0..10_u32 << 20).map(|at| (at >> 12) as u8 ^ at as u8).collect();
    assert_eq!(chunks.put("film", &blob).chunks, 2_560);
}

/// "1,000 users with the same logo keep one object; 10,000 users of 10 MB keep 10 MB instead of 100 GB." Scaled by 10,240.
#[test]
fn ten_thousand_equal_blobs_are_kept_once() {
    let mut chunks = Chunks::new(Cut::Fixed { bytes: 4096 }).expect("a good cut");
    let sent: u64 = (0..10_000).map(|user| chunks.put(&format!("user {user}"), &[7; 1_024]).bytes_new).sum();
    assert_eq!((sent, chunks.bytes_kept(), chunks.bytes_logical()), (1_024, 1_024, 10_240_000));
    for user in 1..10_000 {
        assert_eq!(chunks.remove(&format!("user {user}")), Ok(0), "somebody still names it");
    }
    assert_eq!(chunks.remove("user 0"), Ok(1_024), "the last one frees it");
}

/// "Columnar compression saves 90 % and more." It depends on the values: on a step of a half yes, on tenths no.
#[test]
fn compression_saves_nine_tenths_of_slow_binary_steps_and_less_of_decimal_ones() {
    let saved = |unit: f64, jitter: u64| {
        let (mut rng, mut encoder, mut level) = (Rng::new(4), Encoder::default(), 40_i64);
        for minute in 0..10_000_u64 {
            level += if rng.chance(0.1) { rng.below(3) as i64 - 1 } else { 0 };
            encoder.push((1_700_000_000_000 + 60_000 * minute + rng.below(jitter + 1), level as f64 * unit));
        }
        1.0 - encoder.finish().bytes() as f64 / 160_000.0
    };
    let (halves, tenths, jittered) = (saved(0.5, 0), saved(0.1, 0), saved(0.1, 50));
    assert!(halves > 0.9, "saved of halves {halves:.3}");
    assert!(
        halves > tenths && tenths > jittered,
        "of halves {halves:.3}, tenths {tenths:.3}, with late clocks {jittered:.3}"
    );
    assert!(jittered < 0.9, "with clocks that jitter by 50 ms {jittered:.3}");
}

/// "Hourly buckets, refreshed from 3 h to 1 h before now; compressed after 2 days, dropped after 90." What is later than 3 h is never
/// folded in, and the last hour is missing.
#[test]
fn a_late_reading_is_never_in_the_summary_and_the_last_hour_is_missing() {
    let (hour, day) = (3_600, 86_400);
    let config = SeriesConfig {
        chunk: Span::from_secs(day),
        compress_after: Span::from_secs(2 * day),
        retain_for: Span::from_secs(90 * day),
        bucket: Span::from_secs(hour),
        start_offset: Span::from_secs(3 * hour),
        end_offset: Span::from_secs(hour),
    };
    let mut series = Series::new(config).expect("settings in range");
    let at = |seconds: u64| Time::ZERO + Span::from_secs(seconds);
    for second in (0..100 * day).step_by(600) {
        series.insert(at(second), 20.0);
        series.maintain(at(second));
        // Each day at noon a reading of four hours ago arrives, hot.
        if second % day == 12 * hour {
            series.insert(at(second - 4 * hour), 90.0);
        }
    }
    let (from, to) = (at(20 * day), at(100 * day));
    let (mut hot_in_summary, mut last) = (0, Time::ZERO);
    for (begin, summary) in series.summaries() {
        hot_in_summary += u64::from(summary.most > 50.0);
        last = begin;
    }
    let hot_in_points =
        series.summaries_from_points(from, to).iter().filter(|(_, summary)| summary.most > 50.0).count();
    assert_eq!((hot_in_summary, hot_in_points), (0, 80), "hot hours in the summaries, and in the points");
    assert_eq!(last, at(100 * day - 3 * hour), "at 23:50 the last bucket is that of 21:00");
    assert_eq!(series.chunk_counts(), (3, 88), "open and compressed: the rest was dropped");
    assert_eq!(series.summaries().count() as u64, 100 * 24 - 2, "and the summaries of what was dropped are kept");
}
