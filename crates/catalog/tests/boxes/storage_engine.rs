//! The storage engine's box: what a crash loses under each way to sync, what engines cost, and when writes stall.

use base::{Span, Time};
use catalog::Plant;
use check::{Finding, Names, Panel};
use scenario::file;
use trace::Record;

/// What came out of a run of 20 seconds with a crash at 10.
struct Run {
    lost: f64,
    verdict: Finding,
    /// Writes acknowledged after the last sync before the crash.
    unsynced: u64,
    gauges: Vec<Option<f64>>,
    ok: u64,
}

fn run(engine: &str, traffic: &str, crash: bool) -> Run {
    let faults = if crash {
        r#"{ "at": "10s", "do": "crash", "on": "store" }, { "at": "11s", "do": "restart", "on": "store" }"#
    } else {
        ""
    };
    let text = format!(
        r#"{{ "faultline": 1, "length": "20s", "boxes": [
            {{ "id": "crowd", "kind": "clients", "keys": 5000, "popularity": "uniform", {traffic},
               "ops": [{{ "name": "read", "does": "read", "weight": 50 }}, {{ "name": "write", "does": "write", "weight": 50 }}] }},
            {{ "id": "store", "kind": "storage-engine", "workers": 10000, {engine} }} ],
            "wires": [{{ "from": "crowd", "to": "store" }}], "faults": [{faults}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut panel = Panel::new(plant.checks());
    let end = Time::ZERO + Span::from_secs(20);
    let (mut held, mut acknowledged, mut unsynced) = (0, Vec::new(), 0);
    loop {
        let more = plant.run_before(end, 10_000).expect("within budget").more;
        for (at, record) in plant.records() {
            panel.observe(*at, record);
            match record {
                Record::Held { version, .. } => held = *version,
                Record::Acknowledged { version, .. } => acknowledged.push(*version),
                Record::Down { .. } => unsynced = acknowledged.iter().filter(|version| **version > held).count() as u64,
                _ => {}
            }
        }
        plant.clear_records();
        if !more {
            break;
        }
    }
    let verdicts = panel.verdicts(end, &Names::default());
    let lost = verdicts.iter().find(|verdict| verdict.check == "lost-writes").expect("it applies");
    let mut samples = Vec::new();
    plant.sample(&mut samples);
    let gauges = plant.view(1, &samples[1], Span::from_secs(20)).gauges;
    Run { lost: lost.figure, verdict: lost.finding, unsynced, gauges, ok: plant.meter(0).count.ok }
}

/// The trace says what was acknowledged and what was synced; what is lost is exactly the difference.
#[test]
fn a_crash_loses_exactly_what_was_acknowledged_and_not_synced() {
    for engine in ["lsm", "btree"] {
        let run = |sync: &str| {
            run(&format!(r#""engine": "{engine}", "sync": "{sync}", "buffer_kb": 64"#), r#""rate": 300"#, true)
        };
        let every = run("every write");
        assert_eq!((every.verdict, every.unsynced), (Finding::Holds, 0), "{engine}");
        let lazy = run("every n writes");
        assert_eq!((lazy.verdict, lazy.lost), (Finding::Broken, lazy.unsynced as f64), "{engine}");
        assert!((1..=100).contains(&lazy.unsynced), "{engine}: {} lost of 100 a sync", lazy.unsynced);
        let never = run("never");
        assert_eq!((never.verdict, never.lost), (Finding::Broken, never.unsynced as f64), "{engine}");
        // A row of 72 bytes and its record's head of 8: no more than 820 of them fit into 64 KiB.
        assert!((1..=820).contains(&never.unsynced), "{engine}: {} lost since the last flush", never.unsynced);
    }
}

/// A crash that keeps some unsynced bytes loses no more than one that keeps none, and never what was synced.
#[test]
fn a_torn_log_is_read_up_to_its_first_gap() {
    for crash in ["the first of them", "some of them"] {
        for engine in ["lsm", "btree"] {
            let knobs = |sync: &str| format!(r#""engine": "{engine}", "sync": "{sync}", "crash": "{crash}""#);
            let synced = run(&knobs("every write"), r#""rate": 300"#, true);
            assert_eq!(synced.verdict, Finding::Holds, "{engine}, {crash}");
            let never = run(&knobs("never"), r#""rate": 300"#, true);
            assert!(never.lost <= never.unsynced as f64, "{engine}, {crash}: {} of {}", never.lost, never.unsynced);
        }
    }
}

/// The order of the notes: a B-tree writes whole pages, levels write again what lies below, tiers write least and are read most.
#[test]
fn engines_trade_bytes_written_for_blocks_read() {
    let gauges = |engine: &str| {
        let gauges = run(&format!(r#"{engine}, "keys": 5000, "disk_mb_s": 100"#), r#""rate": 1000"#, false).gauges;
        let read = |at: usize| gauges[at].expect("something was asked");
        (read(0), read(1), read(2))
    };
    let levelled = gauges(r#""engine": "lsm", "shape": "levelled""#);
    let tiered = gauges(r#""engine": "lsm", "shape": "tiered""#);
    let unfiltered = gauges(r#""engine": "lsm", "shape": "tiered", "bits_per_key": 0"#);
    let btree = gauges(r#""engine": "btree""#);
    let all = format!("levelled {levelled:?}, tiered {tiered:?}, without filter {unfiltered:?}, btree {btree:?}");
    assert!(tiered.0 < levelled.0 && levelled.0 < btree.0, "bytes written: {all}");
    assert!(unfiltered.1 > tiered.1 * 1.5, "blocks read: {all}");
    assert!(btree.2 > 1.2 && levelled.2 < tiered.2, "bytes kept: {all}");
}

/// Against arithmetic: a row of 72 bytes takes 80 to 90 bytes in a run, so that flushes at 20 KB/s take 222 to 250 writes a second.
#[test]
fn writes_stall_at_the_pace_of_the_disk() {
    let writes = |pace: &str| {
        let run = run(&format!(r#"{pace}, "stall_runs": 100, "line_max": 1"#), r#""rate": 2000, "bytes": 1"#, false);
        (run.ok, run.gauges[3].expect("always there"))
    };
    let (fast, none) = writes(r#""disk_mb_s": 100"#);
    assert!(fast > 39_000 && none == 0.0, "{fast} answered, {none} wait");
    let (slow, waiting) = writes(r#""disk_mb_s": 0.02"#);
    assert!(waiting > 1_000.0, "{waiting} wait, {slow} answered");
}
