//! What a tracer keeps of what services tell, and that nobody who asks notices.

use crate::groups::Run;
use base::{Span, Time};
use catalog::{Face, Mood};
use scenario::file;
use trace::{Record, Status, TraceFate};

const KEPT: usize = 1;
const ERRORS_KEPT: usize = 2;
const EVICTED: usize = 3;

/// Two hundred requests a second to `feed`, which takes 5 ms and calls `rank`, which takes 7 ms. Both tell `tracer`, the second box.
struct Trial<'a> {
    tracer: &'a str,
    rank: &'a str,
    /// Of the wires to the tracer.
    wire: &'a str,
    /// What stands between feed and rank, and the wires there.
    between: &'a str,
    wires: &'a str,
    faults: &'a str,
}

impl Default for Trial<'_> {
    fn default() -> Self {
        let wires = r#"{ "from": "feed", "to": "rank" }, { "from": "rank", "to": "tracer" },"#;
        Trial { tracer: "", rank: "", wire: "", between: "", wires, faults: "" }
    }
}

impl Trial<'_> {
    fn start(&self) -> Run {
        let Trial { tracer, rank, wire, between, wires, faults } = self;
        let work = r#""workers": 100, "time_law": "constant""#;
        let text = format!(
            r#"{{ "faultline": 1, "length": "60s", "seed": 3,
                "boxes": [
                    {{ "id": "clients", "kind": "clients", "rate": 200, "ops": [{{ "name": "read" }}] }},
                    {{ "id": "tracer", "kind": "tracer"{tracer} }},
                    {{ "id": "feed", "kind": "service", {work}, "time_ms": 5 }}, {between}
                    {{ "id": "rank", "kind": "service", {work}, "time_ms": 7{rank} }}
                ],
                "wires": [ {{ "from": "clients", "to": "feed" }}, {wires} {{ "from": "feed", "to": "tracer"{wire} }} ],
                "faults": [{faults}] }}"#
        );
        Run::of(file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}")))
    }

    fn run(&self, ms: u64) -> Run {
        let mut run = self.start();
        run.to(ms);
        run
    }
}

fn fates(run: &Run, until: u64, fate: TraceFate) -> usize {
    run.count(0, until, |record| matches!(record, Record::Sampled { fate: was, .. } if *was == fate))
}

fn failed(run: &Run, until: u64) -> usize {
    run.count(0, until, |record| matches!(record, Record::Answered { status, .. } if *status != Status::Ok))
}

/// Rows of the table: whether each trace is whole, and how many spans it has.
fn rows(run: &Run) -> Vec<Vec<String>> {
    let Face::Table { rows, .. } = run.members()[0].face.clone() else { panic!("a tracer lists its traces") };
    rows
}

/// Oracle: the binomial law of as many traces as `feed` has served; 4 standard deviations.
#[test]
fn head_sampling_keeps_its_share_and_all_of_each_trace() {
    for percent in [1.0, 10.0, 50.0] {
        let run = Trial { tracer: &format!(r#", "head_percent": {percent}"#), ..Trial::default() }.run(30_000);
        let (served, share) = (run.plant.meter(2).count.ended() as f64, percent / 100.0);
        let kept = fates(&run, 60_000, TraceFate::Drawn) as f64;
        let deviation = (served * share * (1.0 - share)).sqrt();
        assert!((kept - served * share).abs() < 4.0 * deviation, "{kept} of {served} at {percent}%");
        // feed and rank decide apart from each other, and alike: three spans each, but of those that may be under way.
        assert!(rows(&run)[3..].iter().all(|row| row[3] == "3" && row[5] == "yes"), "{:?}", rows(&run));
        assert_eq!((run.gauge(KEPT), run.gauge(ERRORS_KEPT)), (None, None), "nobody counts what is not told");
    }
}

/// Oracle: the requests that failed for the clients, by when their trace was decided.
#[test]
fn tail_sampling_keeps_every_error_when_there_is_room() {
    let tail = r#", "sampling": "tail", "wait_ms": 2000, "rest_percent": 0, "slow_ms": 60000"#;
    let run = Trial { tracer: tail, rank: r#", "fails_percent": 2"#, ..Trial::default() }.run(30_000);
    let kept = fates(&run, 60_000, TraceFate::Error);
    // A trace is decided 2 s after its first span, which ends a few milliseconds before the client knows.
    let bounds = failed(&run, 27_900)..=failed(&run, 28_100);
    assert!(bounds.contains(&kept) && kept > 50, "{kept} of {bounds:?} are kept");
    assert_eq!((run.gauge(ERRORS_KEPT), run.gauge(EVICTED)), (Some(100.0), Some(0.0)));
    assert_eq!(fates(&run, 60_000, TraceFate::Slow) + fates(&run, 60_000, TraceFate::Drawn), 0);
    // Head sampling at 10% keeps a tenth of the errors, as of everything.
    let head = Trial { rank: r#", "fails_percent": 2"#, ..Trial::default() }.run(30_000);
    let all = fates(&head, 60_000, TraceFate::Drawn);
    assert!(all < 800, "{all} of 6,000, errors among them as rare as ever");
}

/// 400 traces would have to wait. Oracle: every trace that began is decided, thrown away or held.
#[test]
fn without_room_it_says_how_much_went_undecided() {
    let tail = r#", "sampling": "tail", "wait_ms": 2000, "held": 100, "rest_percent": 0, "slow_ms": 60000"#;
    let run = Trial { tracer: tail, rank: r#", "fails_percent": 10"#, ..Trial::default() }.run(20_000);
    let of = |fate| fates(&run, 60_000, fate);
    let (evicted, kept) = (of(TraceFate::Evicted), of(TraceFate::Error));
    let served = run.plant.meter(3).count.ended() as usize;
    let known = evicted + kept + of(TraceFate::LeftOut);
    assert!(
        (known..=known + 105).contains(&served),
        "{known} of {served} have a fate, 100 are held, a few are on their way"
    );
    assert_eq!(run.gauge(EVICTED), Some(evicted as f64));
    assert!(evicted > 3_000, "{evicted}: 200 come in a second and 100 have room for two");
    assert!(run.gauge(ERRORS_KEPT) < Some(20.0), "{:?}% of the errors are kept", run.gauge(ERRORS_KEPT));
}

/// Oracle: the same design without a tracer, request by request.
#[test]
fn nobody_waits_for_a_tracer_whether_it_is_there_or_dead() {
    let answers = |trial: Trial<'_>| -> Vec<(Time, Span, Status)> {
        let run = trial.run(12_000);
        let answer = |(at, record): &(Time, Record)| match *record {
            Record::Answered { latency, status, .. } => Some((*at, latency, status)),
            _ => None,
        };
        run.records.iter().filter_map(answer).collect()
    };
    let dead = r#"{ "at": "3s", "for": "5s", "do": "crash", "on": "tracer" }"#;
    let slow = r#", "head_percent": 100, "workers": 1, "time_ms": 50, "line_max": 10"#;
    let traced = answers(Trial { tracer: slow, faults: dead, ..Trial::default() });
    let wires = r#"{ "from": "feed", "to": "rank" },"#;
    let untold = answers(Trial { tracer: r#", "head_percent": 0"#, wires, ..Trial::default() });
    assert!(traced.len() > 2_000 && traced.iter().all(|(_, _, status)| *status == Status::Ok));
    assert_eq!(traced, untold);
}

/// Oracle: 12.5 kB a second over 500 B are 25 spans a second, of the 400 that feed tells.
#[test]
fn spans_take_the_bandwidth_of_their_wire() {
    let wires = r#"{ "from": "feed", "to": "rank" },"#;
    let wire = r#", "bandwidth_mbps": 0.1"#;
    let run = Trial { tracer: r#", "head_percent": 100"#, wire, wires, ..Trial::default() }.run(20_000);
    let arrived = run.plant.meter(1).count.arrived;
    assert!((495..=501).contains(&arrived), "{arrived} in 20 s; 500 by arithmetic");
}

/// Oracle: 5 ms of work, half a millisecond each way, 7 ms of work.
#[test]
fn a_waterfall_shows_where_the_time_went() {
    let mut run = Trial { tracer: r#", "head_percent": 100, "slow_ms": 50"#, ..Trial::default() }.start();
    run.to(5_000);
    let Face::Timeline { phases, span } = run.face() else { panic!("a trace is drawn over time") };
    let lines: Vec<(&str, i64, i64)> = phases
        .iter()
        .map(|phase| {
            let tenths = |before: f64| ((span - before) * 10.0).round() as i64;
            (phase.lane.as_str(), tenths(phase.began), tenths(phase.ended))
        })
        .collect();
    assert_eq!(lines, [("feed", 0, 130), ("· → rank", 50, 130), ("· · rank", 55, 125)], "tenths of milliseconds");
    assert!(phases.iter().all(|phase| phase.mood == Mood::Done));
}

#[test]
fn the_trace_shown_is_the_last_slow_one() {
    let faults = r#"{ "at": "2s", "for": "100ms", "do": "slow", "on": "rank", "amount": 20 }"#;
    let run = Trial { tracer: r#", "head_percent": 100, "slow_ms": 50"#, faults, ..Trial::default() }.run(5_000);
    let Face::Timeline { span, .. } = run.face() else { panic!("a trace is drawn over time") };
    assert!((span - 146.0).abs() < 1e-6, "{span} ms: 7 ms twenty times over, and 6");
    assert!(run.members()[0].note.contains("146 ms"), "{}", run.members()[0].note);
}

#[test]
fn a_trace_goes_through_boxes_that_tell_nothing() {
    let between = r#"{ "id": "spread", "kind": "balancer" }, { "id": "plain", "kind": "service" },"#;
    let wires = r#"{ "from": "feed", "to": "spread" }, { "from": "spread", "to": "plain" }, { "from": "plain", "to": "rank" },
        { "from": "rank", "to": "tracer" },"#;
    let run = Trial { tracer: r#", "head_percent": 100"#, between, wires, ..Trial::default() }.run(5_000);
    assert!(rows(&run)[3..].iter().all(|row| row[3] == "3" && row[5] == "yes"), "{:?}", rows(&run));
}

#[test]
fn a_crash_loses_what_is_undecided_and_nothing_that_is_kept() {
    let tail = r#", "sampling": "tail", "wait_ms": 1000, "rest_percent": 100"#;
    let faults = r#"{ "at": "10s", "for": "500ms", "do": "crash", "on": "tracer" }"#;
    let mut run = Trial { tracer: tail, faults, ..Trial::default() }.start();
    run.to(10_400);
    let kept = rows(&run);
    assert!(!kept.is_empty());
    run.to(20_000);
    let (served, drawn) = (run.plant.meter(3).count.ended() as i64, fates(&run, 60_000, TraceFate::Drawn) as i64);
    // A second's worth undecided, half a second while it was down, and a second's at the end: 500 at 200 a second.
    assert!((served - drawn - 500).abs() < 90, "{served} served, {drawn} kept");
}
