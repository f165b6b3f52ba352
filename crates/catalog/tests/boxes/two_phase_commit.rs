//! What two-phase commit promises, when it blocks, and what each of its well-known mistakes does.

use crate::groups::{Run, Trial, any_faults};
use catalog::{Face, Mood};
use check::{CheckKind, Finding};

const KIND: &str = "two-phase-commit";
const IN_DOUBT: usize = 0;
const SPLIT: usize = 2;

/// From when, for how long (in milliseconds), what, on which member.
type Fault = (u32, u32, &'static str, usize);

/// Three participants; the coordinator is dead from the fifth second to the eighth.
fn crashed(fields: &str, until_ms: u64) -> Run {
    let mut run = Trial::of(KIND, fields).fault(5_000, 3_000, "crash", 0).start();
    run.to(until_ms);
    run
}

/// Oracle: the definition of atomic commitment, counted by who carried out what.
#[test]
fn whatever_fails_no_transaction_ends_differently_at_two_members() {
    let mut committed = 0;
    for seed in 1..=6 {
        let trial = Trial::of(KIND, r#""disk_ms": 4, "spread": 3"#).seed(seed).seconds(30);
        let run = any_faults(trial, 4, 18, 12).run();
        assert_eq!(run.gauge(SPLIT), Some(0.0), "seed {seed}");
        assert_eq!(run.gauge(IN_DOUBT), Some(0.0), "seed {seed}: everybody has heard the outcome in the end");
        for check in [CheckKind::Delivery, CheckKind::StaleReads] {
            assert!(run.is(check, Finding::Holds), "seed {seed}: {:?}", run.verdict(check));
        }
        assert!(run.is_accounted());
        committed += run.count(0, 30_000, |record| matches!(record, trace::Record::Acknowledged { .. }));
    }
    assert!(committed > 3_000, "{committed} committed in six runs with faults");
}

/// Oracle: from the promise to the outcome pass two durable writes and two messages, and nothing else.
#[test]
fn rows_are_held_for_two_writes_and_two_messages() {
    let run = Trial::of(KIND, r#""disk_ms": 5, "mesh_ms": 3"#).seconds(5).run();
    let Face::Timeline { phases, .. } = run.face() else { panic!("promises are shown in time") };
    let held: Vec<f64> = phases
        .iter()
        .filter(|phase| phase.mood == Mood::Done && phase.lane != ".0 commits")
        .map(|phase| phase.began - phase.ended)
        .collect();
    assert!(held.len() > 10 && held.iter().all(|ms| (ms - 16.0).abs() < 1e-6), "2 × 5 ms + 2 × 3 ms: {held:?}");
}

/// Oracle: Bernstein et al., §7.4: where nobody who lives knows the outcome, everybody waits; where one knows, he can be asked.
#[test]
fn a_coordinator_that_dies_after_its_decision_leaves_everybody_in_doubt_unless_one_knows() {
    let lingers = |step: &str, asks: &str| format!(r#""linger": "{step}", "linger_ms": 200, "cooperative": "{asks}""#);
    let silent = crashed(&lingers("before it tells", "on"), 7_500);
    let doubts = silent.gauge(IN_DOUBT).unwrap_or_default();
    assert!(doubts >= 4.0, "{doubts} promises whose outcome is on a dead disk");
    assert!(silent.members()[1..].iter().any(|member| member.role == "in doubt"));
    let half_told = crashed(&lingers("after it told one", "on"), 7_500);
    assert_eq!(half_told.gauge(IN_DOUBT), Some(0.0), "who knows has told the others");
    let nobody_asks = crashed(&lingers("after it told one", "off"), 7_500);
    assert!(nobody_asks.gauge(IN_DOUBT) >= Some(2.0), "{:?} in doubt", nobody_asks.gauge(IN_DOUBT));
    // Reads of the rows that are held wait as long as the coordinator is dead.
    let (_, silenced) = silent.answered(6_500, 7_500);
    let writes = silent.count(6_500, 7_500, |record| matches!(record, trace::Record::Answered { op: 1, .. }));
    assert!(silenced > writes, "{silenced} without an answer, {writes} of them writes: the others are reads");
    // Once it is back, its disk says what was decided.
    let mut silent = silent;
    silent.to(12_000);
    assert_eq!((silent.gauge(IN_DOUBT), silent.gauge(SPLIT)), (Some(0.0), Some(0.0)));
    assert!(silent.is(CheckKind::Delivery, Finding::Holds), "{:?}", silent.verdict(CheckKind::Delivery));
}

#[test]
fn a_read_that_does_not_wait_for_a_held_row_is_stale() {
    let stale = |reads: &str| {
        let fields = format!(r#""reads": "{reads}", "mesh_ms": 20"#);
        Trial::of(KIND, &fields).run().verdict(CheckKind::StaleReads).finding
    };
    assert_eq!((stale("wait"), stale("old value")), (Finding::Holds, Finding::Broken));
}

/// Each mistake in a case in which the protocol as published does no harm.
#[test]
fn every_mistake_is_caught_by_the_checks() {
    let harm = |run: &Run| {
        let split = run.gauge(SPLIT).unwrap_or_default() > 0.0;
        split || run.is(CheckKind::StaleReads, Finding::Broken) || run.is(CheckKind::Delivery, Finding::Broken)
    };
    let tells = r#""linger": "before it tells", "linger_ms": 100"#;
    let decides = r#""linger": "before it decides", "linger_ms": 100"#;
    let cases: [(&str, String, &[Fault]); 4] = [
        ("abort in doubt", tells.into(), &[(5_000, 3_000, "crash", 0)]),
        ("presume commit", decides.into(), &[(5_000, 1_000, "crash", 0)]),
        ("vote before writing", r#""disk_ms": 100"#.into(), &[(5_000, 500, "crash", 1), (8_000, 500, "crash", 2)]),
        (
            "decide before writing",
            r#""disk_ms": 100"#.into(),
            &[(5_000, 1_500, "isolate", 1), (5_050, 200, "crash", 0)],
        ),
    ];
    for (rule, fields, faults) in cases {
        let run = |rule: &str| {
            let trial = Trial::of(KIND, &format!(r#"{fields}, "rule": "{rule}""#)).seed(3);
            faults.iter().fold(trial, |trial, (at, lasts, verb, on)| trial.fault(*at, *lasts, verb, *on)).run()
        };
        let (sound, wrong) = (run("sound"), run(rule));
        assert!(!harm(&sound), "sound in the case of {rule}: {:?}", sound.verdict(CheckKind::StaleReads));
        assert!(harm(&wrong), "{rule} does no harm that shows");
    }
}
