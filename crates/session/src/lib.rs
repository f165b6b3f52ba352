//! The application without a screen: a scenario in, frames out.
//!
//! Everything a person does is a [`Command`]. The host calls [`Session::pace`] with the time that has passed for the reader, then
//! [`Session::advance`] for as long as it likes, and asks for a [`Frame`] whenever it wants to draw.
//!
//! ```
//! use session::{Command, Session};
//! let mut session = Session::new();
//! session.handle(Command::Play)?;
//! session.pace(base::Span::from_millis(16));
//! while session.advance(10_000) {}
//! assert_eq!(session.frame().boxes.len(), 0);
//! # Ok::<(), String>(())
//! ```
//!
//! Going back is a checkpoint run forward, and everything that a person did during the run happens again at its moment; so any
//! moment can be reached again, exactly.

mod command;
mod describe;
mod edit;
mod edit_groups;
mod edit_notes;
mod edit_zones;
mod frame;
mod handover;
mod history;
mod reading;
mod report;
mod run;
mod show;

pub use catalog::{Face, Finding, OpPlan, Rule, lint};
pub use command::{Command, Edit};
pub use frame::{
    BoxFrame, Document, Flight, Frame, Health, History, LogLine, Mark, MemberFrame, Path, RunState, Series, WireFrame,
    ZoneFrame,
};
pub use handover::Handover;
pub use reading::{Piece, Readings};
pub use report::{BoxReport, Figures, Report, WireReport};

use base::{Span, Time};
use run::Run;
use scenario::{Act, Moment, Scenario, Schema, Target, Value, Verb, Zone};

/// One design with its run.
pub struct Session {
    scenario: Scenario,
    /// The run, or why there is none.
    run: Result<Run, String>,
    revision: u32,
    undo: Vec<(String, Scenario)>,
    redo: Vec<(String, Scenario)>,
    playing: bool,
    speed: f64,
    /// Where a run at a limited speed should be by now.
    target: Time,
    seeking: Option<Time>,
    reached: Time,
    stopped: Option<String>,
    /// Knobs retuned up to the present moment, when the document was last looked at.
    retuned: usize,
}

/// Most steps of undo.
const UNDO_MAX: usize = 200;
/// Simulated seconds a second when nothing is said.
const SPEED: f64 = 1.0;

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    /// An empty design.
    #[must_use]
    pub fn new() -> Session {
        let scenario =
            Scenario { title: "Untitled".to_string(), seed: 1, length: Span::from_secs(60), ..Scenario::default() };
        Session::open(scenario)
    }

    /// A session on `scenario`, at its start.
    #[must_use]
    pub fn open(scenario: Scenario) -> Session {
        let mut session = Session {
            run: Run::new(&scenario),
            speed: scenario.view.speed.unwrap_or(SPEED),
            seeking: scenario.view.at,
            scenario,
            revision: 1,
            undo: Vec::new(),
            redo: Vec::new(),
            playing: false,
            target: Time::ZERO,
            reached: Time::ZERO,
            stopped: None,
            retuned: 0,
        };
        session.seeking = session.seeking.filter(|at| *at > Time::ZERO);
        session
    }

    /// Every kind of box, every field of a wire, every check.
    #[must_use]
    pub fn schema() -> Schema {
        catalog::schema().clone()
    }

    /// Does what is asked. What comes back are sentences worth saying, such as why the run starts over.
    ///
    /// # Errors
    /// A sentence that says why it cannot be done; nothing has changed then.
    pub fn handle(&mut self, command: Command) -> Result<Vec<String>, String> {
        match command {
            Command::Open(scenario) => {
                let revision = self.revision;
                *self = Session::open(*scenario);
                self.revision = revision + 1;
            }
            Command::Edit(Edit::Set { on, field, value })
                if self.has_begun() && is_live(&self.scenario, &on, &field) =>
            {
                return self.retune(on, field, value);
            }
            Command::Edit(edit) => {
                let mut next = self.scenario.clone();
                let label = edit::apply(&mut next, &edit, catalog::schema())?;
                // Saved and shared it would not come back.
                next.traces()?;
                return Ok(self.change(label, next));
            }
            Command::Undo => return self.step_history(true),
            Command::Redo => return self.step_history(false),
            Command::Act { verb, on, amount, lasts } => return self.act(verb, on, amount, lasts),
            Command::Forget(action) => {
                let mut next = self.scenario.clone();
                if usize::from(action) >= next.actions.len() {
                    return Err(format!("there is no action {action}"));
                }
                next.actions.remove(usize::from(action));
                return Ok(self.change("take back an action".to_string(), next));
            }
            Command::ForgetAll => {
                let next = Scenario { actions: Vec::new(), ..self.scenario.clone() };
                return Ok(self.change("take back all actions".to_string(), next));
            }
            Command::Play => self.play(),
            Command::Pause => self.playing = false,
            Command::Step => self.step(),
            Command::Speed(speed) => {
                if !speed.is_finite() || !(0.0..=10_000.0).contains(&speed) {
                    return Err(format!("the speed is {speed}; it must be between 0 (as fast as it goes) and 10000"));
                }
                self.speed = speed;
                self.target = self.now();
            }
            Command::Seek(to) => self.seek(to),
        }
        Ok(Vec::new())
    }

    fn now(&self) -> Time {
        self.run.as_ref().map_or(Time::ZERO, Run::now)
    }

    fn has_begun(&self) -> bool {
        self.run.as_ref().is_ok_and(|run| run.plant.events() > 0 || run.now() > Time::ZERO)
    }

    fn play(&mut self) {
        if self.is_finished() {
            self.seek(Time::ZERO);
        }
        self.stopped = None;
        self.playing = true;
        self.target = self.now();
    }

    fn is_finished(&self) -> bool {
        self.run.as_ref().is_ok_and(|run| run.now() >= run.length)
    }

    fn step(&mut self) {
        self.playing = false;
        self.seeking = None;
        self.run_towards(Time::NEVER, 1);
        self.target = self.now();
    }

    fn seek(&mut self, to: Time) {
        let Ok(run) = &mut self.run else { return };
        let to = to.min(run.length);
        self.stopped = None;
        // A moment stands before its events: one that has begun, step by step, has to be gone back from.
        if to < run.plant.act_at() && to <= run.now() {
            run.rewind(to, &self.scenario);
        }
        self.target = to;
        self.seeking = Some(to);
    }

    /// Tells how much time has passed for the reader.
    pub fn pace(&mut self, elapsed: Span) {
        if self.playing && self.speed > 0.0 && self.seeking.is_none() {
            let step = elapsed.scaled(self.speed);
            // A machine that can't keep up falls behind instead of promising more and more.
            let furthest = self.now() + Span(step.0.saturating_mul(4));
            self.target = (self.target + step).min(furthest);
        }
    }

    /// Runs on, at most `events_max` events. True while there is more to do at once.
    pub fn advance(&mut self, events_max: u32) -> bool {
        let goal = match (self.seeking, self.playing) {
            (Some(to), _) => to,
            (None, true) if self.speed == 0.0 => Time::NEVER,
            (None, true) => self.target,
            (None, false) => return false,
        };
        let more = self.run_towards(goal, events_max);
        if !more {
            self.seeking = None;
        }
        if self.is_finished() {
            self.playing = false;
        }
        more
    }

    fn run_towards(&mut self, goal: Time, events_max: u32) -> bool {
        let Ok(run) = &mut self.run else { return false };
        let more = match run.advance(goal, events_max) {
            Ok(more) => more,
            Err(budget) => {
                self.playing = false;
                self.seeking = None;
                self.stopped = Some(describe::budget(budget).to_string());
                false
            }
        };
        self.reached = self.reached.max(self.now());
        more
    }

    // ---- the record ----

    fn act(&mut self, verb: Verb, on: Target, amount: Option<f64>, lasts: Option<Span>) -> Result<Vec<String>, String> {
        let label = format!("{} {}", describe::deed(verb, &on), describe::whom(&on));
        self.record(label, lasts, Act::Do { verb, on, amount })
    }

    fn retune(&mut self, on: Target, field: String, value: Value) -> Result<Vec<String>, String> {
        // Tried on a copy of the design, so that the same sentences refuse it as before a run.
        let edit = Edit::Set { on: on.clone(), field: field.clone(), value: value.clone() };
        let label = edit::apply(&mut self.scenario.clone(), &edit, catalog::schema())?;
        self.record(label, None, Act::Set { on, field, value })
    }

    /// Records what a person does now, and lets it happen.
    fn record(&mut self, label: String, lasts: Option<Span>, act: Act) -> Result<Vec<String>, String> {
        let at = self.run.as_ref().map_err(Clone::clone)?.plant.act_at();
        let mut next = self.scenario.clone();
        // Retuning a knob twice at one moment, as when it is dragged, is one action.
        let same = |moment: &Moment| match (&moment.act, &act) {
            (Act::Set { on, field, .. }, Act::Set { on: new_on, field: new_field, .. }) => {
                moment.at == at && on == new_on && field == new_field
            }
            _ => false,
        };
        next.actions.retain(|moment| !same(moment));
        if next.actions.len() >= Scenario::MOMENTS_MAX {
            return Err(format!("{} actions are recorded; there can be no more", next.actions.len()));
        }
        let place = next.actions.partition_point(|moment| moment.at <= at);
        next.actions.insert(place, Moment { at, lasts, act });
        // What is recorded is saved and shared: it has to be what a file may hold.
        let part = format!("actions[{place}]");
        let problems = scenario::validate(&next, catalog::schema());
        if let Some(problem) = problems.into_iter().find(|it| it.is_error() && it.path.starts_with(&part)) {
            return Err(problem.message);
        }
        let said = self.change(label, next);
        if self.seeking.is_none()
            && let Ok(run) = &mut self.run
        {
            // Finish the present moment, so that what was done shows at once.
            if run.now() < at {
                self.run_towards(at, u32::MAX);
            }
            if let Ok(run) = &mut self.run {
                run.plant.catch_up();
            }
        }
        Ok(said)
    }

    // ---- changes of the design ----

    fn change(&mut self, label: String, next: Scenario) -> Vec<String> {
        let moves_on = label.starts_with("move ") && self.undo.last().is_some_and(|(last, _)| *last == label);
        if !moves_on {
            self.undo.push((label, self.scenario.clone()));
            if self.undo.len() > UNDO_MAX {
                self.undo.remove(0);
            }
        }
        self.redo.clear();
        self.adopt(next)
    }

    fn step_history(&mut self, back: bool) -> Result<Vec<String>, String> {
        let from = if back { &mut self.undo } else { &mut self.redo };
        let Some((label, scenario)) = from.pop() else {
            return Err(if back { "there is nothing to undo" } else { "there is nothing to redo" }.to_string());
        };
        let present = (label, self.scenario.clone());
        if back {
            self.redo.push(present)
        } else {
            self.undo.push(present)
        }
        Ok(self.adopt(scenario))
    }

    /// Makes `next` the design, and keeps as much of the run as the change allows.
    fn adopt(&mut self, next: Scenario) -> Vec<String> {
        let before = std::mem::replace(&mut self.scenario, next);
        self.revision += 1;
        let now = self.now();
        if !same_machine(&before, &self.scenario) {
            self.run = Run::new(&self.scenario);
            (self.seeking, self.target, self.reached, self.stopped) = (None, Time::ZERO, Time::ZERO, None);
            let why = describe::why_start_over(&before, &self.scenario);
            let said = (now > Time::ZERO).then(|| format!("The run starts over: {why}"));
            // Why nothing runs, unless another engine is about to run it.
            let trouble = self.run.as_ref().err().filter(|_| !self.is_beyond_engine());
            return said.into_iter().chain(trouble.cloned()).collect();
        }
        if before.checks != self.scenario.checks {
            // A judge that was not there from the start has to see everything again.
            self.run = Run::new(&self.scenario);
            self.seek(now);
            return Vec::new();
        }
        if before.actions != self.scenario.actions {
            let first = first_difference(&before.actions, &self.scenario.actions);
            if let Ok(run) = &mut self.run {
                run.forget_after(first);
                if first < now || run.plant.act_at() > first {
                    run.rewind(first, &self.scenario);
                    self.reached = first;
                    self.seek(now);
                } else {
                    run.plant.set_moments(&self.scenario);
                    self.reached = now;
                }
            }
        }
        Vec::new()
    }

    // ---- what there is to see ----

    /// The design as it is saved and shared, with where it is being looked at.
    #[must_use]
    pub fn scenario_for_link(&self) -> Scenario {
        let mut scenario = self.scenario.clone();
        let now = self.now();
        scenario.view.at = (now > Time::ZERO).then_some(now);
        scenario.view.speed = (self.speed != SPEED).then_some(self.speed);
        scenario
    }

    /// The design as it was given and edited.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The digest of the run so far.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.plant.digest())
    }

    /// Events of the kernel so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.plant.events())
    }
}

/// True when both designs make the same run but for what people do to it: only looks, words, checks and actions differ.
fn same_machine(a: &Scenario, b: &Scenario) -> bool {
    let machine = |scenario: &Scenario| {
        let mut machine = scenario.clone();
        for placed in &mut machine.boxes {
            (placed.x, placed.y) = (0, 0);
            placed.name.clear();
        }
        // Zones at the end in which nobody lies part nobody.
        while let Some(zone) = machine.zones.pop_if(|zone| !machine.boxes.iter().any(|placed| placed.lies_in(&zone.id)))
        {
            machine.distances.retain(|distance| !distance.between.contains(&zone.id));
        }
        for zone in &mut machine.zones {
            *zone = Zone { id: std::mem::take(&mut zone.id), ..Zone::default() };
        }
        Scenario {
            slug: None,
            title: String::new(),
            about: String::new(),
            actions: Vec::new(),
            checks: Vec::new(),
            variants: Vec::new(),
            lesson: scenario::Lesson::default(),
            view: scenario::View::default(),
            weight: scenario::Weight::ONE,
            notes: Vec::new(),
            groups: Vec::new(),
            ..machine
        }
    };
    machine(a) == machine(b)
}

/// The moment of the first action that is not the same in both lists.
fn first_difference(a: &[Moment], b: &[Moment]) -> Time {
    let at = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let time = |list: &[Moment]| list.get(at).map_or(Time::NEVER, |moment| moment.at);
    time(a).min(time(b))
}

/// Whether a field can be retuned while the run goes on.
fn is_live(scenario: &Scenario, on: &Target, field: &str) -> bool {
    let schema = catalog::schema();
    let fields = match on {
        Target::Wire(_) => &schema.wire[..],
        Target::Zone(_) | Target::Between(..) | Target::Sides(_) => &[],
        Target::Box(id) | Target::Member(id, _) => {
            let kind = scenario.place(id).and_then(|place| schema.kind(&scenario.boxes[place].kind));
            kind.map_or(&[][..], |kind| &kind.fields)
        }
    };
    fields.iter().any(|known| known.name == field && known.live)
}
