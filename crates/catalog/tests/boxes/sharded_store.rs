//! The sharded store's box: what moves when a shard joins, and what becomes of requests meanwhile.

use base::{Span, Time};
use catalog::Plant;
use check::{Finding, Names, Panel};
use scenario::file;
use trace::{Record, Status};

/// What came out of a run.
struct Run {
    /// Each change of shards: keys moved, astray, all, and the share in millionths that had to move.
    resized: Vec<(u64, u64, u64, u32)>,
    unavailable: u64,
    ok: u64,
    /// Whether no read was stale.
    fresh: Finding,
    stale: f64,
}

/// A minute of 500 requests a second, half of them writes, on four shards; what is said of the store, and what happens to it.
fn run(store: &str, faults: &str) -> Run {
    let text = format!(
        r#"{{ "faultline": 1, "length": "60s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 500, "keys": 2000, "skew": 0.9,
                   "ops": [{{ "name": "read", "does": "read", "weight": 50 }}, {{ "name": "write", "does": "write", "weight": 50 }}] }},
                {{ "id": "store", "kind": "sharded-store", "keys": 2000, {store} }}
            ],
            "wires": [{{ "from": "crowd", "to": "store", "timeout_ms": 5000 }}],
            "faults": [{faults}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    let mut panel = Panel::new(plant.checks());
    let mut run = Run { resized: Vec::new(), unavailable: 0, ok: 0, fresh: Finding::Untold, stale: 0.0 };
    let end = Time::ZERO + Span::from_secs(60);
    loop {
        let more = plant.run_before(end, 10_000).expect("within budget").more;
        for (at, record) in plant.records() {
            panel.observe(*at, record);
            match record {
                Record::Resized { moved, astray, total, ideal, .. } => {
                    run.resized.push((*moved, *astray, *total, *ideal))
                }
                Record::Answered { status: Status::Unavailable, .. } => run.unavailable += 1,
                Record::Answered { status: Status::Ok, .. } => run.ok += 1,
                _ => {}
            }
        }
        plant.clear_records();
        if !more {
            break;
        }
    }
    let verdicts = panel.verdicts(end, &Names::default());
    let stale = verdicts.iter().find(|verdict| verdict.check == "stale-reads").expect("it applies");
    (run.fresh, run.stale) = (stale.finding, stale.figure);
    run
}

const JOIN: &str = r#"{ "at": "10s", "do": "add-member", "on": "store" }"#;

/// Against arithmetic: from four to five shards, a remainder moves 4/5 of the keys, ranges cut anew a half, all else 1/5.
#[test]
fn a_newcomer_costs_what_the_placement_says() {
    let cases = [
        ("directory", 0.2, false),
        ("ring", 0.2, false),
        ("modulo", 0.8, true),
        ("even-ranges", 0.5, true),
        ("jump", 0.2, false),
        ("rendezvous", 0.2, false),
        ("maglev", 0.22, true),
    ];
    for (placement, share, strays) in cases {
        let run = run(&format!(r#""placement": "{placement}", "pace": 2000"#), JOIN);
        let [(moved, astray, total, ideal)] = run.resized[..] else { panic!("{placement}: {:?}", run.resized) };
        let got = moved as f64 / total as f64;
        assert_eq!((total, ideal), (2_000, 200_000), "{placement}");
        assert!((got - share).abs() < 0.05, "{placement}: {got} moved, {share} expected");
        assert_eq!(astray > 0, strays, "{placement}: {astray} astray");
        assert_eq!((run.unavailable, run.fresh), (0, Finding::Holds), "{placement}: {} stale", run.stale);
    }
}

/// Out and in again: nothing is lost on either way, and nobody waits.
#[test]
fn dual_writes_move_shards_in_and_out_under_traffic_without_a_refusal() {
    let faults = format!(r#"{JOIN}, {{ "at": "30s", "do": "remove-member", "on": "store" }}"#);
    let run = run(r#""pace": 500"#, &faults);
    assert_eq!(run.resized.len(), 2, "{:?}", run.resized);
    assert_eq!((run.unavailable, run.fresh), (0, Finding::Holds));
    assert!(run.ok > 29_000, "{} answered", run.ok);
}

/// Against arithmetic: about 2000/4·1/5 = 100 keys leave each shard, at 50 a second: two seconds of 500 requests are refused.
#[test]
fn stop_and_copy_refuses_requests_for_as_long_as_copying_takes() {
    let run = run(r#""resharding": "stop-and-copy", "pace": 50"#, JOIN);
    assert_eq!(run.resized.len(), 1);
    assert!((800..1_300).contains(&run.unavailable), "{} refused", run.unavailable);
    assert_eq!(run.fresh, Finding::Holds);
}

/// The two wrong variants of the dual write, and the right one in the same trouble.
#[test]
fn copies_that_overwrite_and_halves_that_are_trusted_lose_writes() {
    let with = |backfill: &str, legs: &str| {
        run(&format!(r#""backfill": "{backfill}", "legs": "{legs}", "placement": "modulo", "pace": 100"#), JOIN)
    };
    let overwrite = with("overwrite", "trusted");
    assert_eq!((overwrite.resized.len(), overwrite.fresh), (1, Finding::Broken), "copies put old rows over new ones");
    assert_eq!(with("if newer", "trusted").fresh, Finding::Holds, "nothing else went wrong");
    assert_eq!(with("overwrite", "verified").fresh, Finding::Holds, "comparing finds what the copies undid");

    // The newcomer is down for a while, so that halves of writes do not reach it.
    let down = format!(
        r#"{JOIN}, {{ "at": "10500ms", "do": "crash", "on": "store.4" }}, {{ "at": "13s", "do": "restart", "on": "store.4" }}"#
    );
    let trusted = run(r#""legs": "trusted", "placement": "modulo", "pace": 200"#, &down);
    assert_eq!((trusted.resized.len(), trusted.fresh), (1, Finding::Broken), "halves of writes are missing");
    let verified = run(r#""placement": "modulo", "pace": 200"#, &down);
    assert_eq!((verified.resized.len(), verified.fresh), (1, Finding::Holds), "{} stale", verified.stale);
}

/// An old shard that dies goes on where it was when it is back.
#[test]
fn an_old_shard_that_dies_in_the_middle_goes_on_afterwards() {
    let faults = format!(
        r#"{JOIN}, {{ "at": "10500ms", "do": "crash", "on": "store.1" }}, {{ "at": "15s", "do": "restart", "on": "store.1" }}"#
    );
    let run = run(r#""placement": "modulo", "pace": 200"#, &faults);
    assert_eq!((run.resized.len(), run.fresh), (1, Finding::Holds));
    let (moved, _, total, _) = run.resized[0];
    assert!(total == 2_000 && (moved as f64 / 2_000.0 - 0.8).abs() < 0.05, "{moved} of {total}");
}

/// In the order of the keys what is popular lies together: Zipf 0.9 over 2000 keys gives the first quarter 74% of the requests
/// (the sum of k^-0.9 for k up to 500 over that up to 2000).
#[test]
fn ranges_in_the_order_of_keys_have_a_hot_shard() {
    let share = |order: &str| {
        let text = format!(
            r#"{{ "faultline": 1, "length": "20s", "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": 500, "keys": 2000, "skew": 0.9 }},
                {{ "id": "store", "kind": "sharded-store", "keys": 2000, "placement": "even-ranges", "order": "{order}" }} ],
                "wires": [{{ "from": "crowd", "to": "store" }}] }}"#
        );
        let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
        let mut plant = Plant::build(&scenario).expect("it can be built");
        while plant.run_before(Time::ZERO + Span::from_secs(10), 10_000).expect("within budget").more {}
        let mut samples = Vec::new();
        plant.sample(&mut samples);
        plant.view(1, &samples[1], Span::from_secs(10)).gauges[0].expect("it was asked")
    };
    let sum = |to: u32| (1..=to).map(|k| libm::pow(f64::from(k), -0.9)).sum::<f64>();
    let expected = sum(500) / sum(2_000) * 100.0;
    let (ordered, hashed) = (share("in order"), share("at its hash"));
    assert!((ordered - expected).abs() < 3.0, "{ordered}% on the hottest, {expected}% expected");
    assert!(hashed < 45.0, "{hashed}% when keys are hashed");
}
