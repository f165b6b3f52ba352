//! What can be set on a stream processor.

use super::{Promise, Rules};
use crate::settings::{FieldExt, Settings, choice, gauge, law, number, whole};
use base::{Law, Span};
use queue::{Windowing, WindowsConfig};
use scenario::{KindSpec, Ports, Verb};

const PROMISES: [Promise; 3] = [Promise::Exactly, Promise::AtLeast, Promise::AtMost];

/// How events are put together.
pub(super) fn windows(settings: &Settings<'_>) -> WindowsConfig {
    let millisecond = Span::from_millis(1);
    let size = settings.millis("size_ms").max(millisecond);
    let windowing = match settings.choice("windows") {
        0 => Windowing::Tumbling { size },
        // An event lies in a hundred of them at most.
        1 => Windowing::Sliding { size, step: settings.millis("step_ms").max(Span(size.0.div_ceil(100))) },
        _ => Windowing::Session { gap: settings.millis("gap_ms").max(millisecond) },
    };
    WindowsConfig { windowing, delay_max: settings.millis("delay_ms"), lateness_max: settings.millis("lateness_ms") }
}

/// Everything else.
pub(super) fn rules(settings: &Settings<'_>) -> Rules {
    Rules {
        promise: settings.one_of("promise", &PROMISES),
        every: settings.millis("checkpoint_ms").max(Span::from_millis(100)),
        late: settings.delay("late_ms", "late_law"),
        time: settings.delay("time_ms", "time_law"),
        keys: u64::from(settings.whole("keys").max(1)),
        room: u64::from(settings.whole("room")),
    }
}

/// What there is to know about the kind.
pub(super) fn spec(slug: &'static str) -> KindSpec {
    const SIZED: &[&str] = &["tumbling", "sliding"];
    KindSpec {
        slug: slug.into(),
        title: "Stream processor".into(),
        group: "Compute".into(),
        purpose: "Counts events in windows of the time at which they happened, and goes on from a checkpoint after a crash.".into(),
        icon: "M1.500 9h15M3 5v8M7.500 5v8M12 5v8M15 7l2 2-2 2M4.500 7h1.500M9 11h1.500".into(),
        fields: vec![
            choice("windows", "Windows", "How events are put together", &[
                ("tumbling", "one after the other: each event in one window"),
                ("sliding", "overlapping: each event in several windows"),
                ("session", "as long as events of a key come close together"),
            ]),
            number("size_ms", "Length", "ms", (1_000.0, 3.6e6), 5_000.0, "How long a window is").when("windows", SIZED),
            number("step_ms", "Every", "ms", (50.0, 3.6e6), 1_000.0, "Distance of two windows' beginnings; at least a hundredth of their length").when("windows", &["sliding"]),
            number("gap_ms", "Silence", "ms", (50.0, 600_000.0), 1_000.0, "Without an event for so long a session ends").when("windows", &["session"]),
            number("late_ms", "Events are old", "ms", (0.0, 60_000.0), 200.0, "Mean time between an event and its arrival here").live(),
            law("late_law", "Their age varies", Law::Exponential).live(),
            number("delay_ms", "Watermark behind", "ms", (0.0, 60_000.0), 1_000.0, "How long after the latest event seen nothing older is expected: short is quick, long is complete"),
            number("lateness_ms", "Late events count for", "ms", (0.0, 60_000.0), 0.0, "How long after its result a window still takes events, and tells its result again; later ones are dropped"),
            choice("promise", "Results are told", "What a crash does to the results", &[
                ("exactly once", "when the checkpoint that contains them is complete: late by up to its period, never twice"),
                ("at least once", "at once; what was told since the last checkpoint is told again"),
                ("at most once", "at once; the place in the log is kept and the windows are not: what they held is lost"),
            ]).live(),
            number("checkpoint_ms", "Checkpoint every", "ms", (100.0, 600_000.0), 5_000.0, "Time between two checkpoints: what is done since the last one is done again after a crash").live(),
            whole("keys", "Counts by", "keys", (1.0, 1_000.0), 10.0, "Requests are put into so many groups, by key modulo this"),
            whole("room", "Room", "", (1.0, 1e6), 100_000.0, "Events that may wait; more are refused").live(),
            number("time_ms", "Work", "ms", (0.0, 60_000.0), 1.0, "Mean time for one event; they are taken one after the other").live(),
            law("time_law", "Work varies", Law::Exponential).live(),
        ],
        ports: Ports { accepts: true, out_max: 16, refusal: "A stream processor tells at most 16 boxes".into() },
        verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
        gauges: vec![
            gauge("waiting", "Not looked at", ""),
            gauge("behind_s", "Watermark behind", "s"),
            gauge("late", "Too late", ""),
            gauge("again", "Told again", ""),
        ],
        members: None,
        modelled: vec![
            "each event with the time at which it happened, windows that open, fire and close by the watermark, events that come too late".into(),
            "a log that is kept up to the last checkpoint, the offset in it, and the windows, written as one".into(),
            "results as writes to every box behind whose wire carries the operation of the event before; nobody waits for them".into(),
            "how old an event is when it arrives is drawn, because requests do not say".into(),
            "effects happen once: no result is told twice; a result that a late event changed is another result".into(),
        ],
        left_out: vec![
            "several workers with keys shared out among them, and barriers between them".into(),
            "the time that a checkpoint takes; results that the boxes behind refuse".into(),
            "a watermark that goes on without events: the last windows stay open when traffic ends".into(),
        ],
    }
}
