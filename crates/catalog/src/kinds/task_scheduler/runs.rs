//! Runs: what has become due and is not over, step by step, and how late each step was begun.

use crate::face::{Face, Mood, Phase};
use crate::kind::Cx;
use base::{Span, Time};
use queue::{Dag, TaskState};
use sim::Request;
use std::collections::{BTreeMap, VecDeque};
use trace::Record;

/// Why something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A job that repeats.
    Job(u32),
    /// A request, and the number of its run.
    Request(u64, Request),
}

impl Origin {
    pub fn is_job(self) -> bool {
        matches!(self, Origin::Job(_))
    }

    /// Whose it is: of a job or of a user, by number.
    fn owner(self) -> (bool, u32) {
        match self {
            Origin::Job(job) => (true, job),
            Origin::Request(_, request) => (false, request.user),
        }
    }
}

/// One step of a run, as it is handed out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub run: u64,
    task: u32,
    pub origin: Origin,
    /// Since when it could have been begun.
    due: Time,
    pub request: Request,
}

impl Step {
    /// Its number among all that was ever queued here.
    fn message(&self) -> u64 {
        message(self.run, self.task)
    }
}

fn message(run: u64, task: u32) -> u64 {
    run * STEPS_MAX + u64::from(task)
}

#[derive(Clone)]
struct Run {
    dag: Dag,
    origin: Origin,
}

/// Everything that has become due and is not over.
#[derive(Clone, Default)]
pub(super) struct Runs {
    open: BTreeMap<u64, Run>,
    /// Unfinished runs by owner.
    owned: BTreeMap<(bool, u32), u32>,
    /// Requests that are not due yet.
    pub put_off: u32,
    runs: u64,
    /// How late the last steps were begun.
    late: VecDeque<Span>,
    lines: VecDeque<Line>,
}

/// A step that a face shows.
#[derive(Clone, Copy)]
struct Line {
    message: u64,
    deliveries: u32,
    origin: Origin,
    task: u32,
    late: Span,
    began: Time,
    ended: Option<Time>,
    mood: Mood,
}

/// Most steps of one run.
pub(super) const STEPS_MAX: u64 = 16;
/// Steps whose lateness counts.
const LATE: usize = 512;
const SHOWN: usize = 16;

impl Runs {
    /// Unfinished runs of the owner of this one.
    pub fn of(&self, origin: Origin) -> u32 {
        self.owned.get(&origin.owner()).copied().unwrap_or(0)
    }

    fn number(&mut self) -> u64 {
        self.runs += 1;
        self.runs
    }

    /// A request is taken in, to be due later: the number of its run. Its first step is under way from now on.
    pub fn accept(&mut self, cx: &mut Cx<'_>) -> u64 {
        self.put_off += 1;
        let run = self.number();
        cx.record(Record::Queued { queue: cx.home(), message: message(run, 0), copies: 1 });
        run
    }

    /// A run of `flow` becomes due.
    pub fn begin(&mut self, cx: &mut Cx<'_>, origin: Origin, flow: &Dag) -> u64 {
        let (run, queued) = match origin {
            Origin::Request(run, _) => {
                self.put_off = self.put_off.saturating_sub(1);
                (run, 1)
            }
            Origin::Job(_) => (self.number(), 0),
        };
        for task in queued..flow.order().len() as u32 {
            cx.record(Record::Queued { queue: cx.home(), message: message(run, task), copies: 1 });
        }
        self.open.insert(run, Run { dag: flow.clone(), origin });
        *self.owned.entry(origin.owner()).or_default() += 1;
        run
    }

    /// The next step of a run that depends on nothing more, due at `due`.
    pub fn next_ready(&mut self, cx: &Cx<'_>, run: u64, due: Time) -> Option<Step> {
        let Run { dag, origin } = self.open.get_mut(&run)?;
        let (task, _) = dag.start()?;
        // Different for every write of a run: those of clients are small numbers.
        let own = 1 << 52 | u64::from(cx.home()) << 40 | message(run, task);
        let request = match *origin {
            Origin::Job(job) => Request { key: job.into(), user: job, value: own, write: true, ..Request::default() },
            Origin::Request(_, request) if task == 0 => request,
            Origin::Request(_, request) => Request { value: own, ..request },
        };
        Some(Step { run, task, origin: *origin, due, request })
    }

    /// A step is handed out.
    pub fn started(&mut self, now: Time, step: &Step, deliveries: u32) {
        let late = now.since(step.due);
        if deliveries == 1 {
            if self.late.len() == LATE {
                self.late.pop_front();
            }
            self.late.push_back(late);
        }
        if self.lines.len() == SHOWN {
            self.lines.pop_front();
        }
        let (message, origin, task) = (step.message(), step.origin, step.task);
        self.lines.push_back(Line { message, deliveries, origin, task, late, began: now, ended: None, mood: Mood::Open });
    }

    /// An answer has come, whether it counts or not.
    pub fn show_end(&mut self, now: Time, step: &Step, deliveries: u32, mood: Mood) {
        let is_it = |line: &&mut Line| (line.message, line.deliveries, line.ended) == (step.message(), deliveries, None);
        if let Some(line) = self.lines.iter_mut().find(is_it) {
            (line.ended, line.mood) = (Some(now), mood);
        }
    }

    /// Somebody has done a step; `counts` unless somebody else had it by then.
    pub fn delivered(&mut self, cx: &mut Cx<'_>, step: &Step, counts: bool) {
        cx.record(Record::Delivered { queue: cx.home(), message: step.message() });
        if counts && let Some(run) = self.open.get_mut(&step.run) {
            run.dag.on_done(step.task);
            self.settle(step.run);
        }
    }

    /// A step is given up, and with it what depends on it.
    pub fn failed(&mut self, cx: &mut Cx<'_>, step: &Step) {
        let Some(run) = self.open.get_mut(&step.run) else { return };
        let tasks = 0..STEPS_MAX as u32;
        let is_skipped = |dag: &Dag, task: u32| dag.state(task) == Some(TaskState::Skipped);
        let before: Vec<u32> = tasks.clone().filter(|task| is_skipped(&run.dag, *task)).collect();
        run.dag.on_failed(step.task);
        let queue = cx.home();
        let lost = tasks.filter(|task| *task == step.task || (is_skipped(&run.dag, *task) && !before.contains(task)));
        for task in lost {
            cx.record(Record::Dropped { queue, message: message(step.run, task) });
        }
        self.settle(step.run);
    }

    /// Forgets a run that is over.
    fn settle(&mut self, run: u64) {
        if let Some(over) = self.open.get(&run).filter(|run| run.dag.is_over()) {
            let owner = over.origin.owner();
            self.open.remove(&run);
            match self.owned.get_mut(&owner) {
                Some(runs) if *runs > 1 => *runs -= 1,
                _ => drop(self.owned.remove(&owner)),
            }
        }
    }

    /// The scheduler dies: what it had called for, nobody answers.
    pub fn forget_calls(&mut self, now: Time) {
        for line in self.lines.iter_mut().filter(|line| line.ended.is_none()) {
            (line.ended, line.mood) = (Some(now), Mood::Undone);
        }
    }

    /// The lateness that 99% of the last steps did not exceed.
    pub fn lateness_p99(&self) -> Option<Span> {
        let mut late: Vec<Span> = self.late.iter().copied().collect();
        late.sort_unstable();
        late.get((late.len() * 99).div_ceil(100).checked_sub(1)?).copied()
    }

    pub fn face(&self, now: Time) -> Face {
        let ago = |at: Time| now.since(at).as_millis_f64();
        let phase = |line: &Line| {
            let step = if line.task > 0 { format!("step {} ", line.task + 1) } else { String::new() };
            let again = if line.deliveries > 1 { " again" } else { "" };
            Phase {
                lane: match line.origin {
                    Origin::Job(job) => format!("job {job}"),
                    Origin::Request(..) => "requests".into(),
                },
                label: format!("{step}+{:.0} ms{again}", line.late.as_millis_f64()),
                began: ago(line.began),
                ended: line.ended.map_or(0.0, ago),
                mood: line.mood,
            }
        };
        let phases: Vec<Phase> = self.lines.iter().map(phase).collect();
        let span = phases.iter().map(|phase| phase.began).fold(0.0, |most, began| if began > most { began } else { most });
        Face::Timeline { phases, span }
    }
}
