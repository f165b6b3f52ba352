//! What can be set on a task scheduler.

use super::runs::STEPS_MAX;
use super::{Order, Repeats, Rules};
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Law, Span};
use queue::{Dag, Missed, TaskQueueConfig};
use scenario::{Field, KindSpec, Ports, Verb};

/// Cron expressions to choose from, after the period; time 0 of a run is a midnight.
const CRON: [&str; 3] = ["* * * * *", "*/5 * * * *", "0 * * * *"];

/// When jobs repeat, in words.
pub(super) fn when(settings: &Settings<'_>) -> String {
    match settings.choice("timetable") {
        0 => format!("every {} s", settings.number("period_ms") / 1_000.0),
        _ => settings.choice_name("timetable").to_string(),
    }
}

/// What depends on what.
fn flow(settings: &Settings<'_>) -> Dag {
    let steps = settings.whole("steps").clamp(2, STEPS_MAX as u32);
    let (tasks, edges): (u32, Vec<(u32, u32)>) = match settings.choice("flow") {
        0 => (1, Vec::new()),
        1 => (steps, (1..steps).map(|task| (task - 1, task)).collect()),
        _ => {
            let last = steps.max(3) - 1;
            (last + 1, (1..last).flat_map(|task| [(0, task), (task, last)]).collect())
        }
    };
    Dag::new(tasks, &edges, 1).expect("each step depends on earlier ones only")
}

/// The settings as the box needs them.
pub(super) fn rules(settings: &Settings<'_>) -> Rules {
    Rules {
        repeats: Repeats {
            jobs: settings.whole("jobs"),
            cron: settings.choice("timetable").checked_sub(1).and_then(|nth| CRON.get(nth).copied()),
            period: settings.millis("period_ms").max(Span::from_millis(100)),
            is_spread: settings.choice("spread") == 1,
            missed: settings.one_of("missed", &[Missed::OneForAll, Missed::EachOne]),
        },
        delay: settings.delay("delay_ms", "delay_law"),
        flow: flow(settings),
        overlaps: settings.choice("overlap") == 0,
        order: settings.one_of("order", &[Order::Due, Order::Fair, Order::Repeating, Order::Requests]),
        at_once: settings.whole("at_once").max(1),
    }
}

/// The settings of the queue.
pub(super) fn config(settings: &Settings<'_>) -> TaskQueueConfig {
    let backoff = settings.millis("backoff_ms");
    TaskQueueConfig {
        capacity: settings.whole("room"),
        visibility: settings.millis("lease_ms").max(Span::from_millis(1)),
        deliveries_max: settings.whole("tries").max(1),
        backoff,
        backoff_max: settings.millis("backoff_max_ms").max(backoff),
    }
}

fn fields() -> Vec<Field> {
    vec![
        whole("jobs", "Repeating jobs", "", (0.0, 200.0), 10.0, "Jobs that become due again and again, besides what is asked for").live(),
        choice("timetable", "Due", "When jobs repeat", &[
            ("every period", "after the period below"),
            (CRON[0], "each minute, as cron says it; a run begins at midnight"),
            (CRON[1], "each fifth minute"),
            (CRON[2], "each full hour"),
        ]).live(),
        number("period_ms", "Period", "ms", (100.0, 8.64e7), 5_000.0, "How long after it was due a job is due again").live().when("timetable", &["every period"]),
        choice("spread", "First time", "How the jobs lie in a period", &[
            ("together", "all at the same moment"),
            ("spread", "one after the other, evenly"),
        ]).live().when("timetable", &["every period"]),
        choice("missed", "Missed", "What is done about moments that passed while the scheduler was down", &[
            ("one for all", "one run for all of them"),
            ("each one", "a run for each, at once"),
        ]).live(),
        choice("overlap", "Still running", "What becomes of a job that is due while its last run is not over", &[
            ("begun", "it runs beside it"),
            ("skipped", "this time is left out"),
        ]).live(),
        number("delay_ms", "Requests wait", "ms", (0.0, 8.64e7), 1_000.0, "Mean time after which what is asked for is due").live(),
        law("delay_law", "Wait varies", Law::Constant).live(),
        choice("flow", "A run is", "What is done each time", &[
            ("one step", "a single call"),
            ("in a row", "each step when the one before it is done"),
            ("fan-out and in", "one, then all but the last at the same time, then the last"),
        ]).live(),
        whole("steps", "Steps", "", (2.0, STEPS_MAX as f64), 4.0, "Steps of one run; a fan needs three").live().when("flow", &["in a row", "fan-out and in"]),
        choice("order", "First", "Which of what can be begun goes first", &[
            ("longest due", "in the order of becoming due"),
            ("fewest open", "of the job or user with the fewest unfinished runs: nobody's flood delays the others"),
            ("jobs", "jobs before requests, which starve while jobs keep coming"),
            ("requests", "requests before jobs"),
        ]).live(),
        whole("at_once", "At once", "", (1.0, 10_000.0), 16.0, "Steps that may be under a lease at the same time, over all wires").live(),
        number("lease_ms", "Lease", "ms", (1.0, 4.32e7), 10_000.0, "A step that nobody has done within it is given out again, whether somebody is at it or not").live(),
        whole("tries", "Tries", "", (1.0, 100.0), 5.0, "How often a step is given out before it is given up, and all that depends on it").live(),
        number("backoff_ms", "Back-off", "ms", (0.0, 3.6e6), 1_000.0, "How long a step that came back waits; twice as long each further time").live(),
        number("backoff_max_ms", "At most", "ms", (0.0, 3.6e6), 60_000.0, "The longest that it waits").live(),
        whole("room", "Room", "", (1.0, 1e6), 10_000.0, "Steps that may wait or be under a lease; beyond it requests are refused and jobs left out").live(),
    ]
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Task scheduler".into(),
        group: "Compute".into(),
        purpose: "Has work done when it is due: at its minute, after a delay, or once what it depends on is done.".into(),
        icon: "M2.500 4h13v11.500h-13zM2.500 7.500h13M6 2v3.500M12 2v3.500M9 9.500v2.500l2 1".into(),
        fields: fields(),
        ports: Ports { accepts: true, out_max: 16, refusal: "A task scheduler calls at most 16 boxes".into() },
        verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::CutOff, Verb::Heal],
        gauges: vec![
            gauge("late_p99_ms", "Late, p99", "ms"),
            gauge("due", "Due, not begun", ""),
            gauge("again", "Given again", ""),
            gauge("skipped", "Left out", ""),
        ],
        members: None,
        modelled: vec![
            "what is due when: periods, cron, delays; steps that wait for others; each call to one of the wires, in turn".into(),
            "a step is under a lease while it is called: an answer that says no gives it back after its back-off, no answer leaves it until the lease ends".into(),
            "a step that is done twice, because the first was slower than its lease, is counted as a duplicate".into(),
            "a step that is given up takes with it all that depends on it; other branches go on".into(),
            "the timetable, what is due and what is done survive a crash; answers that come meanwhile are lost".into(),
            "how late a step is: from when it could be begun to its first call".into(),
        ],
        left_out: vec![
            "schedulers that stand in for each other: while it is down nothing is begun".into(),
            "time zones and daylight saving: cron is in UTC".into(),
            "workers that extend a lease: a worker pool has that".into(),
        ],
    }
}
