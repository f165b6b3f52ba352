//! What the session hands the screen: the document when it changed, a frame whenever one is asked for, series for charts.

use base::{Span, Time};
use catalog::Face;
use check::Verdict;
use scenario::{Scenario, Text};
use serde::{Deserialize, Serialize};
use trace::Sample;

/// The design as it stands, and what can be undone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Grows with every change; a frame names the revision it was drawn for.
    pub revision: u32,
    /// The design.
    pub scenario: Scenario,
    /// What undo would take back: `move Posts`.
    pub undo: Option<String>,
    /// What redo would do again.
    pub redo: Option<String>,
    /// For each wire, its place in its caller's plan: `1`, `2`, `on miss`; empty when there is nothing to say.
    pub steps: Vec<String>,
    /// For each box, its plan for each operation: as somebody has written it, or as it follows from the wiring.
    pub plans: Vec<Vec<catalog::OpPlan>>,
    /// What a reviewer would say of the design, rule by rule.
    pub findings: Vec<catalog::Finding>,
}

/// What the run is doing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum RunState {
    /// Standing still.
    #[default]
    Paused,
    /// Running.
    Running,
    /// On the way to a moment that was asked for.
    Seeking {
        /// That moment.
        to: Time,
    },
    /// At its end.
    Finished,
    /// Stopped by a budget; the sentence says which.
    Stopped {
        /// `paused: over 1000000 requests are in flight`.
        why: String,
    },
}

/// Everything that can be seen at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The moment.
    pub now: Time,
    /// When the run ends.
    pub length: Span,
    /// How far the run has ever been since its last change; the scrubber reaches that far at once.
    pub reached: Time,
    /// What the run is doing.
    pub state: RunState,
    /// Simulated seconds for each second of the reader; 0 is as fast as it goes.
    pub speed: f64,
    /// The revision of the document this frame belongs to.
    pub revision: u32,
    /// Events of the kernel so far.
    pub events: u64,
    /// The digest of the run so far.
    pub digest: u64,
    /// One for each box, in the scenario's order.
    pub boxes: Vec<BoxFrame>,
    /// One for each wire, in the scenario's order.
    pub wires: Vec<WireFrame>,
    /// One for each zone, in the scenario's order.
    pub zones: Vec<ZoneFrame>,
    /// Messages under way, when they are few enough to be seen one by one.
    pub flights: Vec<Flight>,
    /// True when messages are too many or too fast to be drawn one by one: wires show flow instead.
    pub flow: bool,
    /// What the checks say.
    pub verdicts: Vec<Verdict>,
    /// Faults and actions that have begun or will.
    pub marks: Vec<Mark>,
    /// The latest notable happenings, newest last.
    pub log: Vec<LogLine>,
}

/// How somebody or something is. Never shown by colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// Nothing has happened there yet.
    #[default]
    Idle,
    /// As it should be.
    Healthy,
    /// Answers, but late or with a line in front of it.
    Slow,
    /// Fails or refuses a good part of what it is asked.
    Failing,
    /// Dead, paused or unreachable.
    Cut,
}

/// One box at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxFrame {
    /// How it is.
    pub health: Health,
    /// Its setting in a few words: `token bucket · 1,500/s`.
    pub summary: String,
    /// What it shows of its inside.
    pub face: Face,
    /// Its readings, in the order of its kind's gauges; `None` while there is nothing to read.
    pub gauges: Vec<Option<f64>>,
    /// Its members; drawn as cards when they have faces.
    pub members: Vec<MemberFrame>,
}

/// One member at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemberFrame {
    /// Its name: `posts.0`.
    pub name: String,
    /// Its role, when it has one: `leader`.
    pub role: Text,
    /// How it is.
    pub health: Health,
    /// What is wrong with it, with its length when that is known: `cut off 3.2 s`.
    pub troubles: Vec<String>,
    /// What it shows of its inside.
    pub face: Face,
    /// One line under the face: `98 behind`.
    pub note: String,
}

/// One wire at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WireFrame {
    /// How it is.
    pub health: Health,
    /// Calls a second over the last window.
    pub rate: f64,
    /// Share of calls that ended badly over the last window, 0 to 1.
    pub bad: f64,
    /// Latency that 99% of the last window's calls did not exceed.
    pub p99: Span,
    /// What is wrong with it: `cut 3.2 s`, `+200 ms`, `breaker open`.
    pub troubles: Vec<String>,
    /// What its caller does about failure, and how often it did: `breaker closed`, `pool 3 of 10`, `12 retries`.
    pub policy: Vec<String>,
}

/// One zone at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ZoneFrame {
    /// How it is: cut when nothing passes its border or everybody in it is down.
    pub health: Health,
    /// How many members lie in it.
    pub members: u32,
    /// What is wrong with it and at its borders: `cut off 3.2 s`, `+200 ms 1.0 s to EU West`, `2 of 3 members down`.
    pub troubles: Vec<String>,
}

/// One message under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// Over which way it goes.
    pub path: Path,
    /// How far it is, 0 to 65535 from sender to receiver.
    pub progress: u16,
    /// True for an answer, which goes against the wire's direction.
    pub reply: bool,
    /// True when it changes state.
    pub write: bool,
    /// True for an answer that is a refusal or an error.
    pub bad: bool,
}

/// The way of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Path {
    /// Over a wire, by its place, to or from a member of the called box.
    Wire(u16, u8),
    /// Between two members (by number) of one box (by place).
    Inside(u16, u8, u8),
}

/// A fault or action on the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// When it begins.
    pub from: Time,
    /// When it ends, if it is known to; equal to `from` for what happens at once.
    pub until: Option<Time>,
    /// What: `cut off posts.0`.
    pub label: String,
    /// The place in the scenario's `actions` when a person did it, to take it back.
    pub action: Option<u16>,
}

/// One notable happening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: Time,
    /// What: `posts.1 made itself leader of term 2`.
    pub text: String,
}

/// What lately happened at one box or member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// What a person may want to read one by one, newest last.
    pub notable: Vec<LogLine>,
    /// The very last of what goes on all the time, newest last.
    pub latest: Vec<LogLine>,
}

/// The course of one selection over the whole run so far, for charts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// How many real requests each of those counted stands for.
    pub weight: scenario::Weight,
    /// Length of a window; sample `i` covers `i × window` to `(i + 1) × window`.
    pub window: Span,
    /// Requests, latencies, load.
    pub samples: Vec<Sample>,
    /// Gauge readings at the end of each window, outer by gauge in the kind's order; empty for a wire.
    pub gauges: Vec<Vec<Option<f64>>>,
}
