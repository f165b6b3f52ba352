//! What becomes of a task whose worker dies, and of the result of a worker that was believed dead.

use crate::groups::{Run, Trial};
use catalog::{Face, Mood};
use check::{CheckKind, Finding};
use std::collections::BTreeSet;
use trace::Record;

const KIND: &str = "worker-pool";
const AGAIN: usize = 1;
const TWICE: usize = 2;
const DEAD: usize = 3;

/// Two hundred tasks a second, each of so many milliseconds, over four workers that do four at once.
fn trial(time_ms: u32, fields: &str) -> Trial {
    Trial::of(KIND, &format!(r#""members": 5, "time_ms": {time_ms}, "beat_ms": 100, "lease_ms": 400 {fields}"#))
}

fn done(run: &Run) -> usize {
    run.count(0, 60_000, |record| matches!(record, Record::Applied { .. }))
}

fn taken(run: &Run) -> usize {
    run.count(0, 60_000, |record| matches!(record, Record::Queued { .. }))
}

/// Every worker dies or stands still in turn. At the end a few tasks are under way.
fn troubled(fields: &str) -> Run {
    let trial = trial(10, fields);
    (0..12_u32)
        .fold(trial, |trial, nth| {
            let verb = ["crash", "pause"][nth as usize % 2];
            trial.fault(1_000 + 1_400 * nth, 1_000, verb, 1 + nth as usize % 4)
        })
        .run()
}

/// Oracle: the number of tasks that were taken in, against the results that counted.
#[test]
fn every_task_is_done_once_whoever_dies_over_it() {
    let run = troubled("");
    assert!(run.gauge(AGAIN) > Some(15.0), "{:?} were given again", run.gauge(AGAIN));
    assert!(taken(&run) - done(&run) <= 20, "{} of {} are under way", taken(&run) - done(&run), taken(&run));
    for check in [CheckKind::Delivery, CheckKind::EffectOnce] {
        assert!(run.is(check, Finding::Holds), "{:?}", run.verdict(check));
    }
    assert!(run.is_accounted());
}

#[test]
fn without_fencing_a_worker_that_stood_still_does_its_task_a_second_time() {
    let run = troubled(r#", "results": "any""#);
    assert!(run.gauge(TWICE) > Some(2.0), "{:?} results counted twice", run.gauge(TWICE));
    assert!(run.is(CheckKind::EffectOnce, Finding::Broken) && run.is(CheckKind::Delivery, Finding::Broken));
}

/// Oracle: the dead worker's four hands, which are filled before anybody could notice, and as many again that were on their way.
#[test]
fn a_pool_that_does_not_notice_never_does_what_a_dead_worker_had() {
    let forgotten = |notices: &str| {
        let run = trial(40, &format!(r#", "notices": "{notices}""#)).fault(5_000, 15_000, "crash", 1).run();
        let mut open = BTreeSet::new();
        for (at, record) in &run.records {
            match record {
                Record::Queued { message, .. } if at.0 < 15_000_000_000 => drop(open.insert(*message)),
                Record::Delivered { message, .. } => drop(open.remove(message)),
                _ => {}
            }
        }
        open.len()
    };
    assert_eq!(forgotten("heartbeats"), 0, "three workers are enough");
    let never = forgotten("never");
    assert!((4..=8).contains(&never), "{never} tasks are forgotten");
}

/// A time-out shorter than the work. Oracle: each time the next has it before the first is done, until the last try, whose result counts.
#[test]
fn a_time_out_shorter_than_the_work_has_each_task_done_as_often_as_there_are_tries() {
    let slow = |more: &str| trial(200, &format!(r#", "time_law": "constant", "slots": 100 {more}"#)).run();
    let timed = slow(r#", "notices": "time-out", "task_ms": 100, "backoff_ms": 10"#);
    let each = timed.gauge(AGAIN).unwrap_or_default() / done(&timed) as f64;
    assert!((3.95..4.2).contains(&each), "{each} times too often; 4 by arithmetic");
    let beating = slow("");
    assert_eq!(beating.gauge(AGAIN), Some(0.0), "who says that he is at it keeps it");
    assert!(done(&beating) > 3_000);
}

/// Oracle: a task that fails half the time is given up after n tries with probability 2^-n.
#[test]
fn dead_letters_are_those_that_failed_every_time() {
    let run = trial(10, r#", "fails_percent": 50, "tries": 3, "backoff_ms": 10"#).run();
    let share = run.gauge(DEAD).unwrap_or_default() / taken(&run) as f64;
    assert!((share - 0.125).abs() < 0.02, "{share} are dead; an eighth by arithmetic");
}

#[test]
fn the_face_shows_who_was_at_what_and_what_was_cut_short() {
    let mut run = trial(50, "").fault(3_000, 500, "crash", 1).start();
    run.to(3_400);
    let Face::Timeline { phases, .. } = run.face() else { panic!("workers show their tasks") };
    assert!(phases.iter().any(|phase| phase.lane == ".1" && phase.mood == Mood::Undone), "{phases:?}");
    assert!(phases.iter().any(|phase| phase.lane == ".2" && phase.mood == Mood::Done));
}
