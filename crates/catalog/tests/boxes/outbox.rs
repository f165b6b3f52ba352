//! What is told of a write that has happened: always, at least once, by an outbox or from the log; perhaps never without.

use crate::groups::Run;
use check::{CheckKind, Finding};
use scenario::file;
use trace::{Record, Sample};

const LOST: usize = 3;

/// Forty seconds of 50 writes a second, of which ten have traffic, before a bank that carries out each of them for good.
fn run(way: &str, keys: &str, more: &str, faults: &str) -> Run {
    let text = format!(
        r#"{{ "faultline": 1, "length": "40s", "seed": 5,
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 50, "ops": [{{ "name": "order", "does": "write" }}] }},
                {{ "id": "orders", "kind": "outbox", "way": "{way}" {more} }},
                {{ "id": "bank", "kind": "third-party", "time_ms": 10, "keys": "{keys}" }}
            ],
            "wires": [{{ "from": "crowd", "to": "orders" }}, {{ "from": "orders", "to": "bank", "timeout_ms": 300 }}],
            "faults": [{faults}], "actions": [{{ "at": "10s", "set": "rate", "on": "crowd", "to": 0 }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}"));
    let mut run = Run::of(scenario);
    run.to(40_000);
    run
}

/// Calls and answers get lost, nothing is reached at all for a second, and the store dies twice in the middle of it.
const TROUBLE: &str = r#"
    { "at": "2s", "for": "4s", "do": "lose", "on": "orders>bank", "amount": 30 },
    { "at": "4s", "for": "500ms", "do": "crash", "on": "orders" },
    { "at": "7s", "for": "1s", "do": "cut", "on": "orders>bank" },
    { "at": "7500ms", "for": "300ms", "do": "crash", "on": "orders" }"#;

/// Writes that the store has acknowledged, and those that the bank has carried out, how often too often.
fn counts(run: &Run) -> (f64, f64, f64) {
    let is_write = |record: &Record| matches!(record, Record::Acknowledged { store: 1, .. });
    let bank = run.plant.view(2, &Sample::default(), base::Span::from_secs(1)).gauges;
    let (done, twice) = (bank[0].unwrap_or_default(), bank[1].unwrap_or_default());
    (run.count(0, 40_000, is_write) as f64, done - twice, twice)
}

/// Oracle: the list of writes that were acknowledged, against the list of what was carried out.
#[test]
fn an_outbox_and_a_reader_of_the_log_tell_of_every_write_whatever_fails() {
    for way in ["outbox", "change capture"] {
        let ran = run(way, "ignored", "", TROUBLE);
        let (written, done, twice) = counts(&ran);
        assert!(written > 380.0, "{written} writes");
        assert_eq!((done, ran.gauge(0), ran.gauge(LOST)), (written, Some(0.0), Some(0.0)), "{way}");
        assert!(ran.is(CheckKind::Delivery, Finding::Holds), "{way}: {:?}", ran.verdict(CheckKind::Delivery));
        // At least once is what it says: where answers are lost, some are carried out again.
        assert!(twice > 5.0 && ran.is(CheckKind::EffectOnce, Finding::Broken), "{way}: {twice} too often");
        let keyed = run(way, "reserve", "", TROUBLE);
        let (written, done, twice) = counts(&keyed);
        assert_eq!((done, twice), (written, 0.0), "{way} with a consumer that knows what it has done");
        assert!(keyed.is(CheckKind::EffectOnce, Finding::Holds));
        assert!(keyed.gauge(2) > Some(5.0), "{:?} were sent again all the same", keyed.gauge(2));
    }
}

#[test]
fn every_way_without_a_record_loses_messages_of_writes_that_happened() {
    for way in ["dual write", "forget when sent", "bookmark first"] {
        let ran = run(way, "reserve", "", TROUBLE);
        let (written, done, _) = counts(&ran);
        let never = written - done;
        assert!(never >= 1.0, "{way}: the bank never heard of {never} of {written} writes");
        assert!(ran.gauge(LOST) >= Some(never), "{way}: {:?} given up", ran.gauge(LOST));
        assert!(ran.is(CheckKind::Delivery, Finding::Broken), "{way}: {:?}", ran.verdict(CheckKind::Delivery));
        let calm = run(way, "reserve", "", "");
        let (written, done, twice) = counts(&calm);
        assert_eq!((done, twice), (written, 0.0), "{way}: without faults nobody notices");
    }
}

/// Oracle: Little's law. Between row and message stand rate × gap writes: so many are lost at each crash of a dual write.
#[test]
fn a_crash_between_row_and_message_loses_the_rate_times_the_gap() {
    let crash =
        |nth: u32| format!(r#"{{ "at": "{}ms", "for": "100ms", "do": "crash", "on": "orders" }}"#, 700 + 450 * nth);
    let crashes: Vec<String> = (0..20).map(crash).collect();
    let dual = run("dual write", "reserve", r#", "gap_ms": 60"#, &crashes.join(", "));
    let (written, done, _) = counts(&dual);
    let each = (written - done) / 20.0;
    assert!((1.5..4.5).contains(&each), "{each} lost at each crash; 50/s × 60 ms = 3");
    let sound = run("outbox", "reserve", "", &crashes.join(", "));
    let (written, done, _) = counts(&sound);
    assert_eq!(done, written);
}

#[test]
fn writes_that_cannot_be_told_wait_up_to_the_room_and_are_refused_beyond() {
    let cut = r#"{ "at": "1s", "for": "20s", "do": "cut", "on": "orders>bank" }"#;
    let mut ran = run("outbox", "ignored", r#", "room": 100"#, cut);
    ran.to(40_000);
    let (written, done, _) = counts(&ran);
    assert_eq!(done, written, "all that was accepted is told once the wire is back");
    let refused = ran.plant.meter(1).count.refused;
    assert!(refused > 250, "{refused} refused: 100 of 450 find room");
}
