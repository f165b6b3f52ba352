//! What windows count, what comes too late for them, and what a crash does to results.

use crate::groups::Run;
use catalog::{Face, Mood};
use check::{CheckKind, Finding};
use scenario::file;
use std::collections::BTreeMap;
use trace::Record;

const WAITING: usize = 0;
const LATE: usize = 2;
const AGAIN: usize = 3;

/// Ten seconds of 200 events a second; then it has time to look at what has come, and perhaps dies over it.
fn run(fields: &str, faults: &str) -> Run {
    let text = format!(
        r#"{{ "faultline": 1, "length": "40s", "seed": 3,
            "boxes": [
                {{ "id": "source", "kind": "clients", "rate": 200, "arrivals": "poisson", "keys": 100,
                   "ops": [{{ "name": "click", "does": "write" }}] }},
                {{ "id": "counter", "kind": "stream-processor", "size_ms": 1000 {fields} }}
            ],
            "wires": [{{ "from": "source", "to": "counter" }}],
            "faults": [{faults}], "actions": [{{ "at": "10s", "set": "rate", "on": "source", "to": 0 }}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}"));
    let mut run = Run::of(scenario);
    run.to(40_000);
    run
}

/// Results, by their contents: how often each was told.
fn told(run: &Run) -> BTreeMap<u64, u32> {
    let results = run.records.iter().filter_map(|(_, record)| match record {
        Record::Applied { write, .. } => Some(*write),
        _ => None,
    });
    results.fold(BTreeMap::new(), |mut told, result| {
        *told.entry(result).or_default() += 1;
        told
    })
}

/// All events have come when it dies, three of four have been looked at, and the next checkpoint was near. Oracle: the results of a run in which nothing dies.
#[test]
fn after_a_crash_windows_count_what_they_would_have_counted() {
    const CRASH: &str = r#"{ "at": "14900ms", "for": "1s", "do": "crash", "on": "counter" }"#;
    let fields = |promise: &str| format!(r#", "time_ms": 10, "checkpoint_ms": 3000, "promise": "{promise}""#);
    let calm = told(&run(&fields("exactly once"), ""));
    assert!(calm.len() > 50 && calm.values().all(|times| *times == 1), "{} results", calm.len());
    let exactly = run(&fields("exactly once"), CRASH);
    assert_eq!((told(&exactly), exactly.gauge(WAITING)), (calm.clone(), Some(0.0)));
    assert!(exactly.is(CheckKind::EffectOnce, Finding::Holds));

    let least = run(&fields("at least once"), CRASH);
    let repeated = told(&least);
    assert!(repeated.keys().eq(calm.keys()), "the same results");
    let again: u32 = repeated.values().map(|times| times - 1).sum();
    assert!(again > 3 && least.gauge(AGAIN) == Some(f64::from(again)), "{again} told again");
    assert!(least.is(CheckKind::EffectOnce, Finding::Broken));

    let most = run(&fields("at most once"), CRASH);
    let wrong = told(&most).keys().filter(|result| !calm.contains_key(result)).count();
    assert!(wrong > 3, "{wrong} results that nobody should have been told");
}

/// Oracle: an event of age a, exponential with mean m, is too late for its window of length s if a exceeds the watermark's delay d by more
/// than was left of the window: with probability m / s · e^(-d / m) · (1 - e^(-s / m)), less a little, for the latest event is not new.
#[test]
fn events_too_late_are_as_many_as_arithmetic_says() {
    let share = |delay: u32, lateness: u32| {
        let fields = format!(r#", "late_ms": 500, "delay_ms": {delay}, "lateness_ms": {lateness}, "time_ms": 0"#);
        let run = run(&fields, "");
        run.gauge(LATE).unwrap_or_default() / run.plant.meter(1).count.arrived as f64
    };
    let (quick, complete, patient) = (share(500, 0), share(4_000, 0), share(500, 3_500));
    assert!((0.11..0.17).contains(&quick), "{quick} too late; 0.16 at most by arithmetic");
    assert!(complete < 0.002 && patient < 0.002, "{complete} and {patient}");
}

#[test]
fn each_sort_of_window_is_shown_open_and_told() {
    for windows in ["tumbling", "sliding", "session"] {
        let run = run(&format!(r#", "windows": "{windows}", "gap_ms": 100, "keys": 5"#), "");
        let Face::Timeline { phases, .. } = run.face() else { panic!("windows are shown in time") };
        assert!(phases.iter().any(|phase| phase.mood == Mood::Done), "{windows}");
        assert!(phases.iter().any(|phase| phase.mood == Mood::Open), "{windows}");
        assert!(phases.iter().all(|phase| phase.label != "0 events" && phase.began >= phase.ended), "{phases:?}");
    }
}
