//! The task scheduler: what is due when, what is begun late, what a crash leaves out, what depends on what.

use crate::groups::Run;
use catalog::Face;
use check::{CheckKind, Finding};
use scenario::file;
use trace::Record;

/// A scheduler with the fields `fields`, which a worker with the fields `worker` does the work of, for so many seconds.
fn run(fields: &str, worker: &str, rate: u32, moments: &str, seconds: u64) -> Run {
    let text = format!(
        r#"{{ "faultline": 1, "length": "{seconds}s",
            "boxes": [
                {{ "id": "crowd", "kind": "clients", "rate": {rate}, "arrivals": "constant", "ops": [{{ "name": "read", "weight": 1 }}] }},
                {{ "id": "scheduler", "kind": "task-scheduler", {fields} }},
                {{ "id": "worker", {worker} }}
            ],
            "wires": [
                {{ "from": "crowd", "to": "scheduler" }},
                {{ "from": "scheduler", "to": "worker", "timeout_ms": 0, "latency_ms": 1 }}
            ],
            "faults": [{moments}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?} in {text}"));
    let mut run = Run::of(scenario);
    run.to(seconds * 1_000);
    run
}

fn queued(record: &Record) -> bool {
    matches!(record, Record::Queued { .. })
}

fn delivered(record: &Record) -> bool {
    matches!(record, Record::Delivered { .. })
}

fn dropped(record: &Record) -> bool {
    matches!(record, Record::Dropped { .. })
}

/// 98 ms of work and 1 ms each way: a tenth of a second.
const WORKER: &str = r#""kind": "service", "workers": 100, "time_ms": 98, "time_law": "constant""#;

/// Oracle: arithmetic. Twenty jobs every five seconds; of twenty at once, four at a time, the last four wait for four rounds of 100 ms.
#[test]
fn jobs_that_are_due_together_wait_for_each_other_and_those_spread_over_the_period_do_not() {
    const JOBS: &str = r#""jobs": 20, "period_ms": 5000, "at_once": 4"#;
    let together = run(JOBS, WORKER, 0, "", 31);
    let spread = run(&format!(r#"{JOBS}, "spread": "spread""#), WORKER, 0, "", 31);
    assert_eq!((together.gauge(0), spread.gauge(0)), (Some(400.0), Some(0.0)), "ms that the last 1% was late");
    for run in [together, spread] {
        // Six times in thirty seconds; the spread ones begin in the first period and have begun the seventh.
        let (begun, done) = (run.count(0, 30_900, queued), run.count(0, 31_000, delivered));
        assert!((120..=124).contains(&begun) && begun == done, "{begun} and {done}");
        assert_eq!(run.verdict(CheckKind::Delivery).finding, Finding::Holds);
    }
}

/// Oracle: counting. Ten jobs every second, and nobody there from 5.5 to 15.5 s: ten moments of each are missed.
#[test]
fn a_scheduler_that_was_down_does_once_or_each_time_what_it_missed() {
    let crash = r#"{ "at": "5500ms", "for": "10s", "do": "crash", "on": "scheduler" }"#;
    let begun = |missed: &str| {
        let fields = format!(r#""jobs": 10, "period_ms": 1000, "missed": "{missed}""#);
        let run = run(&fields, WORKER, 0, crash, 21);
        assert_eq!(run.count(5_600, 15_400, queued), 0, "nothing is begun while it is down");
        assert!(run.is(CheckKind::Delivery, Finding::Holds), "{}", run.verdict(CheckKind::Delivery).headline);
        run.count(0, 20_900, queued)
    };
    let (once, each) = (begun("one for all"), begun("each one"));
    println!("{once} runs with one for all that was missed, {each} with each");
    assert_eq!((once, each), (10 * (20 - 10 + 1), 10 * 20));
}

/// The worker dies with what it had in hand; the scheduler dies and does not hear what was done for it.
#[test]
fn what_a_dead_worker_had_is_done_after_its_lease_and_what_a_dead_scheduler_had_given_out_is_done_twice() {
    let crash = |what: &str| format!(r#"{{ "at": "5040ms", "for": "2s", "do": "crash", "on": "{what}" }}"#);
    const FIELDS: &str = r#""jobs": 8, "period_ms": 5000, "lease_ms": 3000, "backoff_ms": 0, "tries": 9"#;
    let lost = run(FIELDS, WORKER, 0, &crash("worker"), 18);
    assert_eq!(lost.count(0, 7_900, delivered), 0, "the lease of what was given out at 5 s ends at 8 s");
    assert_eq!(lost.count(8_000, 8_200, delivered), 8);
    assert_eq!(
        (lost.gauge(2), lost.verdict(CheckKind::Delivery).figure),
        (Some(8.0), 0.0),
        "given again, none done twice"
    );
    // What the worker did for the dead scheduler it does a second time; the scheduler hears of one.
    let deaf = run(
        FIELDS,
        r#""kind": "leader-follower", "members": 1, "workers": 100, "time_ms": 98, "time_law": "constant""#,
        0,
        &crash("scheduler"),
        18,
    );
    let written = |record: &Record| matches!(record, Record::Acknowledged { .. });
    assert_eq!((deaf.count(0, 9_000, written), deaf.count(0, 9_000, delivered)), (16, 8));
    // A lease that is shorter than the work has everything done by several.
    let hasty = run(r#""jobs": 8, "period_ms": 5000, "lease_ms": 60, "backoff_ms": 0, "tries": 3"#, WORKER, 0, "", 9);
    let verdict = hasty.verdict(CheckKind::Delivery);
    assert!(verdict.finding == Finding::Broken && hasty.gauge(2) == Some(16.0), "{}", verdict.headline);
}

/// Oracle: the longest path. Steps in a row take as long as all of them, a fan three rounds, whatever lies between.
#[test]
fn a_step_begins_when_what_it_depends_on_is_done_and_is_given_up_with_what_it_depends_on() {
    let finished = |flow: &str| {
        let fields = format!(r#""jobs": 1, "period_ms": 5000, "flow": "{flow}", "steps": 8"#);
        let run = run(&fields, WORKER, 0, "", 9);
        assert_eq!((run.count(0, 9_000, queued), run.count(0, 9_000, delivered)), (8, 8), "{flow}");
        let at: Vec<u64> =
            run.records.iter().filter(|(_, record)| delivered(record)).map(|(at, _)| at.0 / 1_000_000).collect();
        at.iter().map(|at| at - 5_000).collect::<Vec<u64>>()
    };
    assert_eq!(finished("in a row"), [100, 200, 300, 400, 500, 600, 700, 800]);
    assert_eq!(finished("fan-out and in"), [100, 200, 200, 200, 200, 200, 200, 300]);
    let sick = r#""kind": "service", "workers": 100, "time_ms": 98, "time_law": "constant", "fails_percent": 100"#;
    let fields = r#""jobs": 1, "period_ms": 5000, "flow": "fan-out and in", "steps": 8, "tries": 2, "backoff_ms": 0"#;
    let failed = run(fields, sick, 0, "", 9);
    assert_eq!(
        (failed.count(0, 9_000, delivered), failed.count(0, 9_000, dropped)),
        (0, 8),
        "the first fails and takes all with it"
    );
}

/// Oracle: arithmetic. Fifty jobs a second where ten can be done, and one request a second: what is due at t waits for all before it and
/// is begun at 5 t, so in 40 s those of the first eight are; who has the fewest open waits for what is under way.
#[test]
fn a_flood_delays_the_others_unless_who_has_the_fewest_open_goes_first() {
    let answered = |order: &str| {
        let fields =
            format!(r#""jobs": 5, "period_ms": 100, "at_once": 1, "delay_ms": 0, "order": "{order}", "room": 100000"#);
        let run = run(
            &fields,
            r#""kind": "leader-follower", "members": 1, "workers": 1, "time_ms": 98, "time_law": "constant""#,
            1,
            "",
            40,
        );
        assert!(run.is_accounted());
        // What a request reads it learns; jobs write.
        run.count(0, 40_000, |record| matches!(record, Record::Read { .. }))
    };
    let (fair, due) = (answered("fewest open"), answered("longest due"));
    println!("{fair} requests of 40 done with the fewest open first, {due} with the longest due first");
    assert!(fair >= 37 && (6..=9).contains(&due), "{fair} and {due}");
}

#[test]
fn requests_are_due_after_their_wait_and_the_face_shows_what_was_done() {
    let run = run(r#""jobs": 2, "delay_ms": 3000"#, WORKER, 5, "", 12);
    let first = run.records.iter().find(|(_, record)| delivered(record)).expect("something is done").0.0 / 1_000_000;
    assert!((3_100..3_310).contains(&first), "{first} ms");
    let Face::Timeline { phases, .. } = run.face() else { panic!("a scheduler shows when what was done") };
    assert_eq!(phases.len(), 16);
    assert!(phases.iter().any(|phase| phase.lane == "job 1") && phases.iter().any(|phase| phase.lane == "requests"));
    assert!(run.is_accounted() && run.is(CheckKind::Delivery, Finding::Holds));
}
