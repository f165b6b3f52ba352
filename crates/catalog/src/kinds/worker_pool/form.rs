//! What can be set on a worker pool.

use super::{Notice, Rules};
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Law, Span};
use queue::TaskQueueConfig;
use scenario::{KindSpec, Ports, Verb};

/// The keeper and its workers.
pub(super) const MEMBERS_MAX: u8 = 33;
const NOTICES: [Notice; 3] = [Notice::Heartbeats, Notice::Timeout, Notice::Never];

/// The settings as keeper and workers need them.
pub(super) fn rules(settings: &Settings<'_>) -> Rules {
    Rules {
        notice: settings.one_of("notices", &NOTICES),
        beat: settings.millis("beat_ms").max(Span::from_millis(10)),
        lease: settings.millis("lease_ms"),
        is_fenced: settings.choice("results") == 0,
        slots: settings.whole("slots").max(1),
        dead_max: settings.whole("dead_max"),
        fails: settings.number("fails_percent") / 100.0,
        time: settings.delay("time_ms", "time_law"),
    }
}

/// The settings of the queue.
pub(super) fn config(settings: &Settings<'_>) -> TaskQueueConfig {
    let backoff = settings.millis("backoff_ms");
    let visibility = match settings.one_of("notices", &NOTICES) {
        Notice::Heartbeats => settings.millis("lease_ms"),
        Notice::Timeout => settings.millis("task_ms"),
        // Longer than any run.
        Notice::Never => Span::from_secs(43_200),
    };
    TaskQueueConfig {
        capacity: settings.whole("room"),
        visibility: visibility.max(Span::from_millis(1)),
        deliveries_max: settings.whole("tries").max(1),
        backoff,
        backoff_max: settings.millis("backoff_max_ms").max(backoff),
    }
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    KindSpec {
        slug: slug.into(),
        title: "Worker pool".into(),
        group: "Compute".into(),
        purpose: "Gives tasks to workers, notices when one dies over them, and lets only one result count.".into(),
        icon: "M2 3h14v4H2zM4.500 7v3M9 7v3M13.500 7v3M2.500 10h4v5h-4zM7 10h4v5H7zM11.500 10h4v5h-4z".into(),
        fields: vec![
            whole("members", "Members", "", (2.0, f64::from(MEMBERS_MAX)), 5.0, "Processes: the first keeps the tasks, the others work"),
            whole("slots", "Slots", "", (1.0, 100.0), 4.0, "Tasks that one worker is at at the same time").live(),
            choice("notices", "Dead hands", "How it is noticed that a worker has died over a task", &[
                ("heartbeats", "a worker speaks for each task it is at; one that nobody speaks for goes to another"),
                ("time-out", "a task that is not done in its time goes to another, whether somebody is at it or not"),
                ("never", "it is not: what a dead worker had in hand is never done"),
            ]).live(),
            number("beat_ms", "Heartbeat", "ms", (10.0, 600_000.0), 300.0, "How often a worker says that it lives").live(),
            number("lease_ms", "Believed dead after", "ms", (1.0, 3.6e6), 1_000.0, "Without a heartbeat for so long a worker gets nothing new, and loses what it has; best three heartbeats or more").live(),
            number("task_ms", "Task within", "ms", (1.0, 3.6e6), 10_000.0, "The time that a task may take; too short, and it is done by several").live().when("notices", &["time-out"]),
            choice("results", "Results", "Whose result counts", &[
                ("fenced", "that of the worker who was given the task last; any other is refused"),
                ("any", "everybody's: a worker who was away does it a second time"),
            ]).live(),
            whole("tries", "Tries", "", (1.0, 100.0), 5.0, "How often a task is given out before it is put aside as a dead letter").live(),
            number("backoff_ms", "Back-off", "ms", (0.0, 3.6e6), 100.0, "How long a task that failed or was lost waits; twice as long each further time").live(),
            number("backoff_max_ms", "At most", "ms", (0.0, 3.6e6), 10_000.0, "The longest that it waits").live(),
            whole("dead_max", "Dead letters", "", (0.0, 100_000.0), 1_000.0, "How many are kept; beyond it the oldest is thrown away").live(),
            number("fails_percent", "Fails", "%", (0.0, 100.0), 0.0, "Share of tasks that fail when they have been worked on").live(),
            whole("room", "Room", "", (1.0, 1e6), 100_000.0, "Tasks that may wait or be in hand; more are refused").live(),
            number("mesh_ms", "To the workers", "ms", (0.0, 60_000.0), 1.0, "One-way latency between the keeper and a worker"),
            number("time_ms", "Work", "ms", (0.0, 600_000.0), 50.0, "Mean time that a task takes, calls not included").live(),
            law("time_law", "Work varies", Law::Exponential).live(),
        ],
        ports: Ports { accepts: true, out_max: 16, refusal: "A worker pool calls at most 16 boxes".into() },
        verbs: vec![
            Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Isolate, Verb::Heal,
        ],
        gauges: vec![
            gauge("waiting", "Waiting", ""),
            gauge("again", "Given again", ""),
            gauge("twice", "Counted twice", ""),
            gauge("dead", "Dead letters", ""),
        ],
        members: Some("members".into()),
        modelled: vec![
            "each task with its deliveries, who is at it and until when; each heartbeat as a message".into(),
            "a worker that stood still does not know that its task was given away, and brings its result".into(),
            "a task calls one of the wires that carry its operation, in turn, when its own work is done; an error there is its own".into(),
            "tasks and their deliveries are on disk; after a crash the keeper waits to hear who lives".into(),
            "effects happen once: a result counts by the task's number; what the called boxes do is done again when a task is".into(),
        ],
        left_out: vec![
            "a keeper that is a group itself: without it nothing is given out".into(),
            "priorities and delays, which a work queue has; workers that come and go with the load".into(),
            "progress that is kept half way: a task begins anew".into(),
        ],
    }
}
