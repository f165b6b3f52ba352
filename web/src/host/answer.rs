//! What the page is told by itself: frames when it waits for one, and now and then what changes less often.

use super::{Host, Next, tell};
use crate::talk::{Report, Shared, Told};
use scenario::{Scenario, file, link};
use session::{Frame, RunState};

/// Least time between two reports, and between two courses, in milliseconds.
const SELDOM_MS: f64 = 120.0;
/// How long after a change the design is handed over to be kept, in milliseconds.
const WORK_MS: f64 = 300.0;
/// Least time between two frames while messages are too many to be followed: the picture is of flow, which moves by itself.
const FLOW_MS: f64 = 40.0;
/// How long the state of a run that nobody looks at may go unasked, in milliseconds.
const UNSEEN_MS: f64 = 500.0;

/// What the page has, and since when.
#[derive(Default)]
pub struct Sent {
    revision: Option<u32>,
    /// The design as it was opened; a different one is somebody's work.
    opened: Scenario,
    is_work: bool,
    report: Report,
    report_ms: f64,
    series_ms: f64,
    series_old: bool,
    looked_ms: f64,
    flows: bool,
    work_due_ms: Option<f64>,
}

impl Sent {
    /// A design was opened; until it is changed it is nobody's work, unless it comes from a file that is kept nowhere else.
    pub fn opened(&mut self, scenario: Scenario, is_work: bool) {
        *self = Sent { series_old: true, opened: scenario, is_work, ..Sent::default() };
    }

    /// The design as it was opened, and whether it is somebody's work anyway.
    pub fn original(&self) -> (Scenario, bool) {
        (self.opened.clone(), self.is_work)
    }

    /// The page follows something else.
    pub fn series_due(&mut self) {
        self.series_old = true;
        self.series_ms = 0.0;
    }

    /// When there is something to hand over although the run stands still.
    pub fn next(&self, now_ms: f64) -> Next {
        match self.work_due_ms {
            Some(due) => Next::Soon((due - now_ms).max(0.0) as i32 + 1),
            None => Next::Wait,
        }
    }
}

impl Host {
    /// Tells the page what it waits for and what is due.
    pub fn deliver(&mut self, now_ms: f64) {
        let since_ms = now_ms - self.sent.looked_ms;
        let is_early = self.going && self.sent.flows && since_ms < FLOW_MS;
        let is_unseen = self.going && since_ms > UNSEEN_MS;
        if self.changed && (self.commanded || is_unseen || self.frame_wanted && !is_early) {
            self.look(now_ms);
        }
        let is_due = |since: f64, going: bool| !going || now_ms - since >= SELDOM_MS;
        if self.sent.series_old && is_due(self.sent.series_ms, self.going) {
            if let Some(target) = &self.watched {
                tell(&Told::Series(target.clone(), self.session.series(target.as_ref())));
            }
            if let Some(target) = &self.inside {
                self.session.look_into(Some(target));
                tell(&Told::History(target.clone(), self.session.history(target)));
            }
            self.sent.series_old = false;
            self.sent.series_ms = now_ms;
        }
        if self.sent.work_due_ms.is_some_and(|due| due <= now_ms) {
            self.sent.work_due_ms = None;
            tell(&Told::Work(self.file()));
        }
    }

    fn look(&mut self, now_ms: f64) {
        let mut frame = self.session.frame();
        let was_going = std::mem::replace(&mut self.going, goes_on(&frame));
        self.commanded = false;
        self.sent.looked_ms = now_ms;
        self.sent.flows = frame.flow;
        self.sent.series_old = true;
        self.hand_over_document(&frame, now_ms);
        if was_going && !self.going && self.sent.is_work {
            self.sent.work_due_ms = Some(now_ms + WORK_MS);
        }
        let report = Report {
            verdicts: std::mem::take(&mut frame.verdicts),
            marks: std::mem::take(&mut frame.marks),
            log: std::mem::take(&mut frame.log),
        };
        if report != self.sent.report && (!self.going || now_ms - self.sent.report_ms >= SELDOM_MS) {
            self.sent.report_ms = now_ms;
            let told = Told::Report(report);
            tell(&told);
            if let Told::Report(report) = told {
                self.sent.report = report;
            }
        }
        if self.frame_wanted {
            self.frame_wanted = false;
            self.changed = false;
            tell(&Told::Frame(frame));
        }
    }

    fn hand_over_document(&mut self, frame: &Frame, now_ms: f64) {
        if self.sent.revision == Some(frame.revision) {
            return;
        }
        tell(&Told::Document(self.session.document()));
        self.sent.revision = Some(frame.revision);
        self.sent.is_work |= *self.session.scenario() != self.sent.opened;
        if self.sent.is_work {
            self.sent.work_due_ms = Some(now_ms + WORK_MS);
        }
    }

    /// The design as a file.
    pub fn file(&self) -> String {
        file::write(&self.session.scenario_for_link(), &self.schema)
    }

    /// Tells the page the design as a link and as a file.
    pub fn share(&self, selected: Option<String>) {
        let mut scenario = self.session.scenario_for_link();
        scenario.view.selected = selected;
        let payload = link::encode(&scenario, &self.schema);
        tell(&Told::Shared(Shared { payload, file: file::write(&scenario, &self.schema) }));
    }
}

fn goes_on(frame: &Frame) -> bool {
    matches!(frame.state, RunState::Running | RunState::Seeking { .. })
}
