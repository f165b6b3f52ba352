//! The blob store's box: what redundancy costs and what it saves, how long repair takes, and what is sent again.

use crate::groups::Run;
use catalog::Face;
use check::{CheckKind, Finding};
use scenario::file;
use trace::Record;

/// Half a write and half a read a second, unless said otherwise, on a store with these fields; and what happens to it.
struct Design<'a> {
    clients: &'a str,
    store: &'a str,
    wire: &'a str,
    faults: String,
}

impl Default for Design<'_> {
    fn default() -> Self {
        let clients = r#""rate": 1, "keys": 50"#;
        Design { clients, store: "", wire: r#""timeout_ms": 5000"#, faults: String::new() }
    }
}

impl Design<'_> {
    fn start(&self) -> Run {
        let Design { clients, store, wire, faults } = self;
        let text = format!(
            r#"{{ "faultline": 1, "length": "600s", "boxes": [
                {{ "id": "crowd", "kind": "clients", "arrivals": "constant", {clients} }},
                {{ "id": "group", "kind": "blob-store", {store} }} ],
                "wires": [{{ "from": "crowd", "to": "group", {wire} }}],
                "faults": [{faults}] }}"#
        );
        Run::of(file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}")))
    }

    fn run(&self, seconds: u64) -> Run {
        let mut run = self.start();
        run.to(seconds * 1_000);
        run
    }
}

const READS: &str = r#""ops": [{ "name": "read" }]"#;
const WRITES: &str = r#""ops": [{ "name": "write", "does": "write" }]"#;

/// These members crash at `at`.
fn crash(at: &str, members: &[u8]) -> String {
    let one = |member: &u8| format!(r#"{{ "at": "{at}", "do": "crash", "on": "group.{member}" }}"#);
    members.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn missing(run: &Run) -> f64 {
    run.gauge(0).expect("it is counted")
}

fn lost(run: &Run) -> f64 {
    run.gauge(1).expect("it is counted")
}

/// The moments of records of a sort, in seconds.
fn moments(run: &Run, sort: impl Fn(&Record) -> bool) -> Vec<f64> {
    run.records.iter().filter(|(_, record)| sort(record)).map(|(at, _)| at.as_secs_f64()).collect()
}

/// Chunks that members put together for readers, and how many of them were computed.
fn chunks_read(run: &Run) -> (f64, f64) {
    let bars = run.members().into_iter().skip(1).map(|member| match member.face {
        Face::Bars { bars, .. } => (bars[2].value, bars[3].value),
        other => panic!("{other:?}"),
    });
    bars.fold((0.0, 0.0), |(read, computed), (more, also)| (read + more, computed + also))
}

/// A figure of the metadata's table: its first number.
fn figure(run: &Run, what: &str) -> f64 {
    let Face::Table { rows, .. } = &run.members()[0].face else { panic!("the metadata is a table") };
    let row = rows.iter().find(|row| row[0] == what).expect("a known figure");
    row[1].split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Oracle: arithmetic. n copies keep n bytes for one, k + m pieces (k + m)/k; a hundred uploads of one object keep what one does.
#[test]
fn redundancy_keeps_as_many_bytes_as_its_arithmetic_says_and_the_same_object_once() {
    let kept = |store: &str| Design { store, ..Design::default() }.run(1).gauge(2).expect("there are objects");
    assert_eq!(kept(r#""copies": 3"#), 3.0);
    assert_eq!(kept(r#""redundancy": "erasure", "data": 4, "spare": 2"#), 1.5);
    assert_eq!(kept(r#""redundancy": "erasure", "data": 8, "spare": 4, "members": 14"#), 1.5);
    assert_eq!(kept(r#""copies": 3, "objects": 100, "alike_percent": 100"#), 0.03, "each chunk is kept once");
}

/// Oracle: counting sets. Of 200 chunks, each with n holders anywhere among 8 members, those are lost of which more than are spare lie
/// on the `dead` disks: the upper tail of the hypergeometric law. As many disks as are spare lose none at all.
#[test]
fn as_many_lost_disks_as_are_spare_lose_nothing_and_more_lose_what_counting_says() {
    let choose = |n: u32, k: u32| (0..k).fold(1.0, |product, at| product * f64::from(n - at) / f64::from(at + 1));
    for (fields, holders, spare, dead) in [
        (r#""copies": 2"#, 2, 1, 4),
        (r#""copies": 3"#, 3, 2, 5),
        (r#""redundancy": "erasure", "data": 4, "spare": 2"#, 6, 2, 3),
        (r#""redundancy": "erasure", "data": 3, "spare": 1"#, 4, 1, 2),
    ] {
        let store = format!(
            r#"{fields}, "placement": "anywhere", "objects": 200, "object_mb": 4, "crash": "the disk", "lost_after_ms": 60000"#
        );
        let after = |dead: u32| {
            let faults = crash("1s", &(1..=dead as u8).collect::<Vec<_>>());
            let clients = r#""rate": 0.001"#;
            lost(&Design { store: &store, faults, clients, ..Design::default() }.run(5))
        };
        assert_eq!(after(spare), 0.0, "{fields}: {spare} disks are spare");
        let of = |gone: u32| choose(dead, gone) * choose(8 - dead, holders - gone) / choose(8, holders);
        let share: f64 = (spare + 1..=dead.min(holders)).map(of).sum();
        let (expected, spread) = (200.0 * share, (200.0 * share * (1.0 - share)).sqrt());
        let got = after(dead);
        assert!(expected > 6.0 * spread, "{fields}: none lost could not be told from {expected:.1}");
        assert!((got - expected).abs() < 3.0 * spread, "{fields}: {got} lost, {expected:.1} ± {spread:.1} expected");
    }
}

/// Oracle: counting sets. A rack of 4 of 12 members holds both copies of C(4, 2)/C(12, 2) = 1/11 of the chunks placed anywhere, and of
/// none when copies are in different racks.
#[test]
fn a_lost_rack_loses_chunks_placed_anywhere_and_none_placed_apart() {
    let rack: Vec<u8> = (1..=12).step_by(3).collect();
    let after = |placement: &str| {
        let store = format!(
            r#""members": 13, "racks": 3, "copies": 2, "placement": "{placement}", "objects": 200, "object_mb": 4,
               "crash": "the disk", "lost_after_ms": 60000"#
        );
        lost(&Design { store: &store, faults: crash("1s", &rack), ..Design::default() }.run(5))
    };
    assert_eq!(after("apart"), 0.0);
    let (got, expected) = (after("anywhere"), 200.0 / 11.0);
    assert!((got - expected).abs() < 3.0 * 4.1, "{got} lost, {expected:.1} ± 4.1 expected");
}

/// Oracle: arithmetic. A dead disk's pieces are made anew at the bandwidth: each takes reading one chunk, which is 4 MiB, whether it
/// was a copy of 4 MiB or a piece of 1 MiB. So with erasure the same lost bytes take four times as long.
#[test]
fn repair_takes_as_long_as_its_bandwidth_says_and_erasure_reads_more_for_the_same_bytes() {
    let chunk = 4.0 * 1_048_576.0;
    for fields in [r#""copies": 3"#, r#""redundancy": "erasure", "data": 4, "spare": 2"#] {
        let store = format!(
            r#"{fields}, "objects": 200, "object_mb": 4, "crash": "the disk", "lost_after_ms": 2000, "repair_mb_s": 20"#
        );
        let design =
            Design { store: &store, faults: crash("1s", &[1]), clients: r#""rate": 0.001"#, ..Design::default() };
        let mut run = design.start();
        run.to(4_000);
        let pieces_lost = missing(&run) + figure(&run, "pieces made anew");
        run.to(120_000);
        let repaired = moments(&run, |record| matches!(record, Record::Repaired { .. }));
        let [done] = repaired[..] else { panic!("{fields}: {repaired:?}") };
        // Silent from the last beat before 1 s, found at the next look after 2 s of silence.
        let (began, expected) = (3.0, pieces_lost * chunk / 20e6);
        assert!(
            (done - began - expected).abs() < 0.7,
            "{fields}: {pieces_lost} pieces in {} s, {expected} s expected",
            done - began
        );
        assert_eq!((missing(&run), lost(&run)), (0.0, 0.0));
    }
}

/// Two copies. The second disk goes after repair has ended, or before: the check for lost writes tells them apart.
#[test]
fn a_second_disk_costs_acknowledged_writes_only_if_it_goes_before_repair_has_ended() {
    let second_at = |at: &str| {
        let faults = format!("{}, {}", crash("20s", &[1]), crash(at, &[2]));
        let store = r#""members": 5, "copies": 2, "object_mb": 4, "crash": "the disk", "lost_after_ms": 1000, "repair_mb_s": 50"#;
        let clients = format!(r#""rate": 5, "keys": 50, {WRITES}"#);
        let run = Design { clients: &clients, store, faults, ..Design::default() }.run(60);
        let told = moments(&run, |record| matches!(record, Record::Lost { .. })).len() as f64;
        let verdict = run.verdict(CheckKind::LostWrites);
        assert_eq!(verdict.figure, told, "the check counts what the store says");
        (verdict, missing(&run))
    };
    let (late, missing) = second_at("50s");
    assert_eq!((late.finding, missing), (Finding::Holds, 0.0), "{}", late.detail);
    let (early, _) = second_at("20500ms");
    assert!(early.finding == Finding::Broken && early.figure > 0.0, "{}", early.detail);
}

/// A member that comes back with its disk before it counts as lost costs no repair at all.
#[test]
fn a_member_that_is_back_in_time_is_not_repaired() {
    let faults = r#"{ "at": "2s", "for": "3s", "do": "crash", "on": "group.1" }"#.to_string();
    let back = |lost_after: u32| {
        let store = format!(r#""lost_after_ms": {lost_after}"#);
        let clients = format!(r#""rate": 1, {READS}"#);
        let run = Design { store: &store, clients: &clients, faults: faults.clone(), ..Design::default() }.run(30);
        assert_eq!((missing(&run), lost(&run)), (0.0, 0.0));
        figure(&run, "pieces made anew")
    };
    assert_eq!(back(5_000), 0.0);
    assert!(back(1_000) > 0.0);
}

/// Reads go on from the pieces that are left: with one of them a data piece, they are computed.
#[test]
fn reads_go_on_while_as_many_members_are_down_as_are_spare() {
    let store =
        r#""redundancy": "erasure", "data": 4, "spare": 2, "members": 7, "repair_mb_s": 0.1, "lost_after_ms": 3600000"#;
    let clients = format!(r#""rate": 5, "keys": 50, {READS}"#);
    let run = Design { clients: &clients, store, faults: crash("1s", &[1, 2]), ..Design::default() }.run(20);
    let (good, bad) = run.answered(2_000, 20_000);
    let (read, computed) = chunks_read(&run);
    assert_eq!(bad, 0, "{good} were answered");
    assert!(computed > read * 0.5, "{computed} of {read} chunks were computed");
    let whole = Design { clients: &clients, store, ..Design::default() }.run(20);
    assert_eq!(chunks_read(&whole).1, 0.0, "with all there, data pieces are only put in a row");
}

/// Oracle: arithmetic. A range of r bytes at a place by luck touches 1 + (r - 1)/c chunks of c bytes on average.
#[test]
fn a_range_reads_the_chunks_it_touches_and_no_others() {
    for (range, expected) in [("0.5", 1.0 + 31.0 / 256.0), ("4", 1.0 + 255.0 / 256.0), ("0", 16.0)] {
        let store = format!(r#""object_mb": 64, "chunk_mb": 4, "range_mb": {range}"#);
        let clients = format!(r#""rate": 10, "keys": 50, {READS}"#);
        let run = Design { clients: &clients, store: &store, ..Design::default() }.run(60);
        let (good, bad) = run.answered(0, 60_000);
        let (read, _) = chunks_read(&run);
        let each = read / (good + bad) as f64;
        assert!((each - expected).abs() < 0.06 * expected, "{range} MiB: {each} chunks a read, {expected} expected");
    }
}

/// A write puts 10% anew in front. Cut every so many bytes, all chunks are new; cut by content, only those at the ends: against the
/// share that was replaced.
#[test]
fn chunks_cut_by_content_are_mostly_kept_when_bytes_are_put_in_front() {
    let new_share = |cut: &str| {
        let store = format!(
            r#""cut": "{cut}", "object_mb": 64, "chunk_mb": 1, "objects": 1, "edit_percent": 10, "sweep_ms": 600000"#
        );
        let clients = format!(r#""rate": 0.2, "keys": 1, {WRITES}"#);
        let design = Design { clients: &clients, store: &store, wire: r#""timeout_ms": 20000"#, ..Design::default() };
        let mut run = design.start();
        run.to(1_000);
        let before = figure(&run, "chunks, each once");
        run.to(30_000);
        let writes = moments(&run, |record| matches!(record, Record::Wrote { .. })).len() as f64;
        assert!(writes >= 4.0, "{writes} writes");
        figure(&run, "to be swept") / writes / before
    };
    let (fixed, by_content) = (new_share("fixed"), new_share("by content"));
    assert!(fixed > 0.95, "{fixed} of the chunks are new");
    assert!((0.09..0.2).contains(&by_content), "{by_content} of the chunks are new, 0.1 of the bytes were");
}

/// Old versions take room until a sweep, and no longer than two.
#[test]
fn what_nobody_names_is_swept() {
    let store = r#""sweep_ms": 5000, "objects": 20"#;
    let clients = format!(r#""rate": 2, "keys": 20, {WRITES}"#);
    let faults = r#"{ "at": "20s", "for": "600s", "do": "cut", "on": "crowd>group" }"#.to_string();
    let mut run = Design { clients: &clients, store, faults, ..Design::default() }.start();
    run.to(19_000);
    let full = run.gauge(2).expect("there are objects");
    run.to(35_000);
    let swept = run.gauge(2).expect("there are objects");
    assert!(full > 3.5 && swept == 3.0, "{full} bytes kept for one, then {swept}");
    assert_eq!(run.verdict(CheckKind::LostWrites).figure, 0.0);
}

/// Oracle: arithmetic. Of 16 parts of 4 MiB one after another at 40 MB/s each takes 0.105 s. The member that takes the upload dies
/// after some of them; the client asks again, and only the others are sent.
#[test]
fn an_upload_begun_again_sends_only_the_parts_that_are_missing() {
    let store = r#""object_mb": 64, "parts": 1, "disk_mb_s": 40, "time_ms": 0, "mesh_ms": 0, "edit_percent": 100, "copies": 3, "ack_spare": 2, "members": 5, "objects": 0"#;
    let clients = format!(r#""rate": 0.1, "keys": 1, {WRITES}"#);
    let latency = |faults: String| {
        let wire = r#""timeout_ms": 3000, "retries": 1, "backoff_ms": 0, "latency_ms": 0"#;
        let run = Design { clients: &clients, store, wire, faults }.run(19);
        let all: Vec<f64> = run
            .records
            .iter()
            .filter_map(|(_, record)| match record {
                Record::Answered { latency, status, .. } if status.is_ok() => Some(latency.as_secs_f64()),
                _ => None,
            })
            .collect();
        (all, moments(&run, |record| matches!(record, Record::Wrote { .. })))
    };
    let (whole, ends) = latency(String::new());
    let part = 4.0 * 1_048_576.0 / 40e6;
    assert!((whole[0] - 16.0 * part).abs() < 0.05, "{whole:?} s, {} s expected", 16.0 * part);
    // It is the first member but one that is asked first; what it had begun to send arrives.
    let at = ends[0] - whole[0] + 5.5 * part;
    let faults = format!(r#"{{ "at": "{:.0}ms", "for": "1s", "do": "crash", "on": "group.2" }}"#, at * 1_000.0);
    let (again, _) = latency(faults);
    let (left, all) = (again[0] - 3.0, 16.0 * part);
    assert!(left > 9.5 * part && left < 11.5 * part, "{left} s after the time-out of 3 s; all parts take {all} s");
}
