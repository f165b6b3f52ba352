//! What every store promises, held over the list of the family. Oracle: `BTreeMap`.

use base::Rng;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use storage::{
    AnyStore, BTree, BTreeConfig, Counters, Crash, Engine, Lsm, LsmConfig, Merge, Pair, Shape, Store, Tombstones,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    Get(u8),
    Scan(u8, u8),
    Sync,
    Flush,
    Compact,
    CompactUpper,
    Crash(Crash),
}

fn crashes() -> impl Strategy<Value = Crash> {
    prop_oneof![
        Just(Crash::Clean),
        (0..200_u64).prop_map(|kept| Crash::Torn { kept }),
        any::<u64>().prop_map(|seed| Crash::Scattered { seed }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => (0..60_u8, 0..20_u8).prop_map(|(key, size)| Step::Put(key, size)),
        6 => (0..60_u8).prop_map(Step::Delete),
        3 => (0..60_u8).prop_map(Step::Get),
        1 => (0..60_u8, 0..60_u8).prop_map(|(from, to)| Step::Scan(from, to)),
        1 => Just(Step::Sync),
        1 => Just(Step::Flush),
        1 => prop_oneof![Just(Step::Compact), Just(Step::CompactUpper)],
        1 => crashes().prop_map(Step::Crash),
    ];
    vec(step, 1..200)
}

/// Stores with pages, memtables and logs so small that a few writes meet every edge.
fn stores(sync_every: u32) -> Vec<AnyStore> {
    let mut stores = Vec::new();
    for engine in Engine::ALL {
        match engine {
            Engine::BTree => {
                let config = BTreeConfig { page_bytes: 160, log_bytes: 600, sync_every };
                stores.push(AnyStore::BTree(BTree::new(config).expect("settings in range")));
            }
            Engine::Lsm => {
                let shapes = [
                    (Shape::Tiered, 10),
                    (Shape::Levelled, 10),
                    (Shape::Levelled, 0),
                    (Shape::ByTable, 10),
                    (Shape::ByTable, 0),
                ];
                for (shape, bits_per_key) in shapes {
                    let usual = LsmConfig::default();
                    let config = LsmConfig { memtable_bytes: 60, ratio: 2, shape, bits_per_key, sync_every, ..usual };
                    stores.push(AnyStore::Lsm(Lsm::new(config).expect("settings in range")));
                }
            }
        }
    }
    stores
}

fn key(number: u8) -> Vec<u8> {
    format!("k{number:02}").into_bytes()
}

fn range(model: &Model, from: &[u8], to: Option<&[u8]>) -> Vec<Pair> {
    let within = |known: &&Vec<u8>| known.as_slice() >= from && to.is_none_or(|to| known.as_slice() < to);
    model.iter().filter(|(known, _)| within(known)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Does one step in the store. `Some` is a write: what the model has to do.
fn perform(store: &mut AnyStore, step: &Step, serial: u32) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    match step {
        Step::Put(number, size) => {
            let value = [&serial.to_le_bytes()[..], &vec![7; *size as usize % 14]].concat();
            store.put(&key(*number), &value).expect("small enough");
            return Some((key(*number), Some(value)));
        }
        Step::Delete(number) => {
            store.delete(&key(*number)).expect("small enough");
            return Some((key(*number), None));
        }
        Step::Sync => store.sync(),
        Step::Flush => store.flush(),
        Step::Compact => store.compact(),
        Step::CompactUpper => store.compact_upper(),
        Step::Get(_) | Step::Scan(..) | Step::Crash(_) => {}
    }
    None
}

fn change(model: &mut Model, (key, value): (Vec<u8>, Option<Vec<u8>>)) {
    match value {
        Some(value) => drop(model.insert(key, value)),
        None => drop(model.remove(&key)),
    }
}

/// Checks a read against the model.
fn look(store: &mut AnyStore, model: &Model, step: &Step) {
    match step {
        Step::Get(number) => assert_eq!(store.get(&key(*number)).as_ref(), model.get(&key(*number)), "{step:?}"),
        Step::Scan(from, to) => {
            let (from, to) = (key(*from), key(*to));
            assert_eq!(store.scan(&from, Some(&to)), range(model, &from, Some(&to)), "{step:?}");
        }
        _ => {}
    }
}

/// Does steps until the power fails, and crashes; what is there then is what the next steps begin with.
fn fail_within(store: &mut AnyStore, from: Model, steps: &[Step], fuel: u64, crash: Crash, sync_every: u32) -> Model {
    store.disk().fail_after(fuel);
    let (mut history, mut synced) = (vec![from], 0);
    for (serial, step) in steps.iter().enumerate() {
        if let Some(write) = perform(store, step, serial as u32) {
            let mut model = history.last().expect("the first").clone();
            change(&mut model, write);
            history.push(model);
        }
        if !store.disk().is_alive() {
            break;
        }
        if sync_every == 1 || matches!(step, Step::Sync | Step::Flush) {
            synced = history.len() - 1;
        }
    }
    store.crash(crash);
    let now: Model = store.scan(&[], None).into_iter().collect();
    assert!(history[synced..].contains(&now), "of {} moments from {synced} on none is {now:?}", history.len());
    now
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn answers_are_those_of_an_ordered_map_and_crashes_lose_nothing_synced(steps in steps()) {
        for mut store in stores(1) {
            let mut model = Model::new();
            for (serial, step) in steps.iter().enumerate() {
                if let Some(write) = perform(&mut store, step, serial as u32) {
                    change(&mut model, write);
                }
                look(&mut store, &model, step);
                if let Step::Crash(crash) = step {
                    store.crash(*crash);
                    assert_eq!(store.scan(&[], None), range(&model, &[], None), "after {crash:?}");
                }
            }
            assert_eq!(store.scan(&[], None), range(&model, &[], None));
        }
    }

    /// The power fails at a random byte of whatever the store is doing, with writes that are synced now and then. What is there
    /// afterwards is the map after some write: the last that was synced, or a later one.
    #[test]
    fn after_a_crash_at_any_byte_the_map_is_that_of_a_moment_since_the_last_sync(
        steps in steps(), fuels in vec(0..4_000_u64, 1..6), crash in crashes(), sync_every in 0..4_u32,
    ) {
        for mut store in stores(sync_every) {
            let mut model = Model::new();
            // Each part goes on from what the crash before it has left.
            for (part, fuel) in steps.chunks(steps.len().div_ceil(fuels.len())).zip(&fuels) {
                model = fail_within(&mut store, model, part, *fuel, crash, sync_every);
            }
        }
    }

    #[test]
    fn a_torn_last_record_loses_the_last_write_and_no_other(steps in steps()) {
        for mut store in stores(1) {
            let mut model = Model::new();
            for (serial, step) in steps.iter().enumerate() {
                if let Some(write) = perform(&mut store, step, serial as u32) {
                    change(&mut model, write);
                }
            }
            let before = store.clone().scan(&[], None);
            store.flush();
            store.put(b"last", b"lost").expect("small");
            // Whatever the flush merged, and unless the put flushed again, the log holds this one record.
            if store.scan(b"last", Some(b"lasu")).len() == 1 {
                store.crash(Crash::TearingLastRecord);
                assert_eq!(store.scan(&[], None), before);
            }
        }
    }
}

/// Not by luck of a small world: 20,000 writes with the usual settings.
#[test]
fn a_large_store_agrees_with_the_map_too() {
    for engine in Engine::ALL {
        let (mut store, mut model, mut rng) = (engine.build(), Model::new(), Rng::new(7));
        for serial in 0..20_000_u32 {
            let key = rng.below(6_000).to_be_bytes().to_vec();
            if rng.chance(0.3) {
                store.delete(&key).expect("small");
                model.remove(&key);
            } else {
                let value = vec![serial as u8; rng.below(60) as usize];
                store.put(&key, &value).expect("small");
                model.insert(key, value);
            }
        }
        store.crash(Crash::Clean);
        assert_eq!(store.scan(&[], None), range(&model, &[], None), "{engine:?}");
    }
}

/// The wrong variant, and the harm: a deletion is forgotten while the value that it hides is still below.
/// A tree whose owner merges: what is due is known, then some writes come, then it is carried out. Always the map's answers.
#[test]
fn merges_that_are_carried_out_later_change_no_answer() {
    for shape in [Shape::Levelled, Shape::Tiered] {
        let config = LsmConfig { memtable_bytes: 64, ratio: 3, shape, is_merging: false, ..LsmConfig::default() };
        let mut tree = Lsm::new(config).expect("in range");
        let (mut model, mut rng, mut merges) = (BTreeMap::new(), Rng::stream(11, &[]), 0);
        for round in 0..400_u32 {
            let due = tree.merge_due();
            assert_eq!(due.is_some_and(|due| due.level == 0), tree.levels()[0].runs >= 3);
            for _ in 0..rng.below(20) {
                let (key, value) = (vec![rng.below(40) as u8], round.to_be_bytes().to_vec());
                if rng.chance(0.3) {
                    tree.delete(&key).expect("small");
                    model.remove(&key);
                } else {
                    tree.put(&key, &value).expect("small");
                    model.insert(key, value);
                }
            }
            if let Some(due) = due {
                tree.merge(due);
                merges += 1;
            }
            let all: Vec<Pair> = model.clone().into_iter().collect();
            assert_eq!(tree.scan(&[], None), all, "{shape:?}, round {round}");
            let live: usize = all.iter().map(|(key, value)| key.len() + value.len()).sum();
            assert_eq!(tree.counters(), Counters { bytes_live: live as u64, ..tree.spent() });
        }
        assert!(merges > 50, "{shape:?}: {merges}");
        let before = tree.levels();
        tree.merge(Merge { level: 99, runs: 1, bytes: 0 });
        tree.merge(Merge { level: 0, runs: 99, bytes: 0 });
        assert_eq!(tree.levels(), before, "what is not there cannot be merged");
    }
}

/// Rows that are loaded lie below all others, whenever they come, and are there after a crash.
#[test]
fn what_is_loaded_lies_below_what_was_written() {
    let row = |key: u8, value: u8| (vec![key], vec![value]);
    let mut tree = Lsm::new(LsmConfig { memtable_bytes: 8, ..LsmConfig::default() }).expect("in range");
    tree.put(&[3], &[1]).expect("small");
    tree.delete(&[4]).expect("small");
    tree.flush();
    tree.load((0..40).map(|key| row(key, 9)));
    tree.load((0..50).map(|key| row(key, 7)));
    let expected: Vec<Pair> = (0..50)
        .filter(|key| *key != 4)
        .map(|key| {
            row(
                key,
                if key == 3 {
                    1
                } else if key < 40 {
                    9
                } else {
                    7
                },
            )
        })
        .collect();
    assert_eq!(tree.scan(&[], None), expected);
    tree.crash(Crash::Clean);
    assert_eq!(tree.scan(&[], None), expected, "after a crash");
    tree.compact();
    assert_eq!(tree.scan(&[], None), expected, "in one run");
}

#[test]
fn a_tombstone_dropped_in_an_upper_merge_brings_the_key_back() {
    let after = |tombstones| {
        let mut store = Lsm::new(LsmConfig { tombstones, ..LsmConfig::default() }).expect("settings in range");
        store.put(b"a", b"1").expect("small");
        store.flush();
        store.compact();
        store.delete(b"a").expect("small");
        store.flush();
        assert_eq!(store.get(b"a"), None, "before the merge the tombstone hides it");
        store.compact_upper();
        let now = store.get(b"a");
        store.compact();
        (now, store.get(b"a"), store.tombstones())
    };
    assert_eq!(after(Tombstones::KeptToTheBottom), (None, None, 0), "and at the bottom the tombstone is forgotten");
    let resurrected = Some(b"1".to_vec());
    assert_eq!(after(Tombstones::DroppedInAnyMerge), (resurrected.clone(), resurrected, 0));
}

#[test]
fn what_is_too_large_is_refused_with_both_sizes_and_changes_nothing() {
    let mut store = Engine::BTree.build();
    store.put(b"a", b"1").expect("small");
    let error = store.put(b"a", &[0; 5_000]).expect_err("more than a quarter of a page");
    assert_eq!(error.to_string(), "a key and its value have 5001 bytes, but may have at most 1012");
    assert_eq!(store.get(b"a"), Some(b"1".to_vec()));
    let most = vec![0; 1011];
    store.put(b"b", &most).expect("exactly what fits");
    store.crash(Crash::Clean);
    assert_eq!(store.get(b"b"), Some(most));
}

#[test]
fn settings_out_of_range_are_refused_with_their_field() {
    let page = BTree::new(BTreeConfig { page_bytes: 127, ..BTreeConfig::default() }).expect_err("too small");
    assert_eq!(page.to_string(), "`page_bytes` is 127, but must be from 128 to 1048576");
    for config in [
        LsmConfig { ratio: 1, ..LsmConfig::default() },
        LsmConfig { memtable_bytes: 0, ..LsmConfig::default() },
        LsmConfig { bits_per_key: 65, ..LsmConfig::default() },
    ] {
        assert!(Lsm::new(config).is_err(), "{config:?}");
    }
}

#[test]
fn names_are_those_of_the_saved_form() {
    for engine in Engine::ALL {
        assert_eq!(serde_json::to_string(engine).expect("a name"), format!("\"{}\"", engine.name()));
        assert!(!engine.help().is_empty());
    }
}
