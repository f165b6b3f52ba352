//! When a monitor sees that something is wrong, against the arithmetic of its rule.

use crate::groups::Run;
use base::{Span, Time};
use catalog::Face;
use scenario::file;
use trace::{Alarm, Record};

const FIRING: usize = 0;
const ERRORS: usize = 1;
const P99: usize = 3;

/// Clients at an even rate, a service that takes exactly 20 ms, and the monitor that watches it, the second box.
fn run(rate: u32, monitor: &str, faults: &str, seconds: u64) -> Run {
    let text = format!(
        r#"{{ "faultline": 1, "length": "2000s", "seed": 5,
            "boxes": [
                {{ "id": "clients", "kind": "clients", "rate": {rate}, "arrivals": "constant", "ops": [{{ "name": "read" }}] }},
                {{ "id": "monitor", "kind": "metrics", {monitor} }},
                {{ "id": "api", "kind": "service", "workers": 1000, "time_ms": 20, "time_law": "constant" }}
            ],
            "wires": [ {{ "from": "clients", "to": "api" }}, {{ "from": "monitor", "to": "api" }} ],
            "faults": [{faults}] }}"#
    );
    let mut run = Run::of(file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}")));
    run.to(seconds * 1_000);
    run
}

fn fails(at: &str, percent: u32) -> String {
    format!(r#"{{ "at": "{at}", "set": "fails_percent", "on": "api", "to": {percent} }}"#)
}

/// When the alert did what, in seconds.
fn alarms(run: &Run) -> Vec<(f64, Alarm)> {
    let alarm = |(at, record): &(Time, Record)| match *record {
        Record::Alarmed { alarm, .. } => Some((at.as_secs_f64(), alarm)),
        _ => None,
    };
    run.records.iter().filter_map(alarm).collect()
}

fn firing(run: &Run) -> Option<f64> {
    alarms(run).iter().find(|(_, alarm)| *alarm == Alarm::Firing).map(|(at, _)| *at)
}

/// Oracle: at most one interval until it is looked at, and then as long as the rule has to hold. Nobody fails before 20 ms of work,
/// and an answer takes 1 ms.
#[test]
fn an_outage_is_seen_within_one_interval_and_wakes_somebody_when_it_has_lasted() {
    let monitor =
        r#""rule": "error-share", "errors_percent": 0, "window_ms": 1000, "interval_ms": 1000, "hold_ms": 5000"#;
    for tenth in 0..10 {
        let fault = 10.0 + f64::from(tenth) / 10.0;
        let run = run(200, monitor, &fails(&format!("{fault}s"), 100), 25);
        let seen = alarms(&run);
        assert_eq!(
            seen.iter().map(|(_, alarm)| *alarm).collect::<Vec<_>>(),
            [Alarm::Pending, Alarm::Firing],
            "{seen:?}"
        );
        let (pending, firing) = (seen[0].0 - fault, seen[1].0 - fault);
        assert!(pending > 0.0 && pending <= 1.03, "pending {pending} s after the fault at {fault}");
        assert!((firing - pending - 5.0).abs() < 1e-9 && firing <= 5.0 + 1.03, "firing {firing} s after it");
        let waited = run.records.iter().any(|(_, record)| {
            matches!(record, Record::Alarmed { alarm: Alarm::Firing, after, .. } if *after == Span::from_secs(5))
        });
        assert!(waited && run.gauge(FIRING) == Some(1.0) && run.gauge(ERRORS) == Some(100.0));
        let Face::States { current, states, .. } = run.face() else { panic!("an alert is a state diagram") };
        assert_eq!(states[usize::from(current)], "firing");
    }
}

/// Oracle: the workbook: (1 - objective) ÷ share × window × factor. All fail: 1% of 300 s six times over are 18 s.
#[test]
fn a_burn_rate_alert_fires_when_the_workbooks_arithmetic_says() {
    let burn = r#""rule": "burn-rate", "objective_percent": 99, "burn_window_ms": 300000, "burn_factor": 6, "slow_factor": 0,
        "interval_ms": 1000, "hold_ms": 0"#;
    let end = fails("420s", 0);
    let all = run(20, burn, &format!("{}, {end}", fails("400s", 100)), 500);
    let seen = alarms(&all);
    let took = firing(&all).expect("it fires") - 400.0;
    assert!(took > 18.0 && took <= 18.0 + 1.1, "after {took} s; 18 by arithmetic, and up to a look");
    // The short window of 25 s is below 6% again when all but 1.5 s of it are good; the long one would go on for five minutes.
    let over = seen.last().filter(|(_, alarm)| *alarm == Alarm::Inactive).expect("it ends").0 - 420.0;
    assert!(over > 23.4 && over <= 23.5 + 1.1, "over {over} s after the errors; 23.5 by arithmetic");
    // One in ten fails: 180 s. 360 failures have to come, at two a second: 4 standard deviations are 36 s.
    let tenth = firing(&run(20, burn, &fails("400s", 10), 700)).expect("it fires") - 400.0;
    assert!((tenth - 180.0).abs() < 37.0, "after {tenth} s; 180 by arithmetic");
    // One in 25 fails: a burn rate of 4 is below 6, for ever.
    assert_eq!(firing(&run(20, burn, &fails("400s", 4), 1_000)), None);
}

/// The slower pair sees what the faster never does: 4% burn four times too fast. Oracle: 1% ÷ 4% × 360 s × 2 are 180 s.
#[test]
fn a_slow_burn_is_seen_by_the_slower_pair() {
    let burn = r#""rule": "burn-rate", "objective_percent": 99, "burn_window_ms": 60000, "burn_factor": 14.4, "slow_factor": 2,
        "interval_ms": 1000, "hold_ms": 0"#;
    let took = firing(&run(200, burn, &fails("400s", 4), 700)).expect("it fires") - 400.0;
    // 1,440 failures have to come, at eight a second: 4 standard deviations are 19 s.
    assert!((took - 180.0).abs() < 20.0, "after {took} s; 180 by arithmetic");
}

/// A box that is dead counts nothing. Oracle: each rule read by hand.
#[test]
fn a_dead_box_has_no_errors_by_its_own_count() {
    let crash = r#"{ "at": "10.5s", "do": "crash", "on": "api" }"#;
    let with = |more: &str| firing(&run(50, &format!(r#""interval_ms": 1000, "hold_ms": 2000 {more}"#), crash, 40));
    assert_eq!(with(r#", "rule": "error-share", "window_ms": 1000"#), None, "it does not answer, so nothing is known");
    // Asked at 11 s, given up at 12 s; two looks later it has held for 2 s.
    let down = with(r#", "rule": "down""#).expect("it fires");
    assert!((down - 14.0).abs() < 0.01, "{down}");
    // Requests of its own are given up from 11.5 s on, looked at at 12 s, and it has held for 2 s at 14 s.
    let own = with(r#", "rule": "error-share", "measures": "requests", "window_ms": 1000"#).expect("it fires");
    assert!((own - 14.0).abs() < 0.01, "{own}");
}

/// Oracle: 20 ms of work and half a millisecond each way; the sketch is within 1%.
#[test]
fn requests_of_its_own_measure_what_a_user_waits_for() {
    let monitor = r#""rule": "p99", "p99_ms": 100, "interval_ms": 1000, "window_ms": 2000, "hold_ms": 0"#;
    let slow = r#"{ "at": "20s", "for": "10s", "do": "slow", "on": "api", "amount": 10 }"#;
    let mut watched = run(50, monitor, slow, 19);
    let p99 = watched.gauge(P99).expect("it has asked");
    assert!((p99 - 21.0).abs() <= 0.21, "{p99} ms; 21 by arithmetic");
    watched.to(29_000);
    let p99 = watched.gauge(P99).expect("it has asked");
    assert!((p99 - 201.0).abs() <= 2.01, "{p99} ms; 201 by arithmetic");
    let seen = alarms(&watched);
    assert!(seen.len() == 1 && (seen[0].0 - 21.0).abs() < 0.01, "{seen:?}: seen at the next look");
    watched.to(40_000);
    assert_eq!(alarms(&watched).last().map(|(_, alarm)| *alarm), Some(Alarm::Inactive));
}

/// What is kept of two hours, of which the rule looks back at most one minute.
#[test]
fn series_do_not_grow_without_end() {
    let bytes = |run: &Run| {
        let Face::Table { rows, .. } = run.members()[0].face.clone() else { panic!("a monitor lists its targets") };
        rows[0].last().and_then(|cell| cell.split(' ').next()?.parse::<u64>().ok()).expect("bytes")
    };
    let mut watched = run(1, r#""interval_ms": 100"#, "", 100);
    let early = bytes(&watched);
    watched.to(1_000_000);
    let late = bytes(&watched);
    assert!(early > 0 && late < 2 * early, "{early} B after 100 s, {late} B after 1,000 s");
}
