//! Tasks that wait for other tasks: a directed graph without cycles, run in an order that it allows.
//!
//! ```text
//!   extract ──> clean ──> load ──> report          clean fails for good:  load and report are skipped,
//!        └────> check ──────────────┘              check still runs
//! ```
//!
//! The rules: a task is ready when all that it depends on is done; of several ready ones the smallest number starts first; a
//! failure is retried until `attempts_max` attempts were made, then the task has failed and everything that depends on it,
//! directly or not, is skipped; the rest goes on. Cost: O(tasks + dependencies) in all, O(log n) a step.
//! Source: Kahn, "Topological sorting of large networks", CACM 1962.

use base::{Rng, Span};
use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long a retry waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryWait {
    /// The first attempt at once, attempt n ≥ 2 after `base · 2^(n−2)`: 0, 1, 2, 4, 8 for a base of 1.
    #[default]
    Doubling,
    /// As a common listing has it, `base · 2^n` before attempt n: 2, 4, 8, 16, 32. The first attempt waits for nothing, and all
    /// in all it waits more than four times as long.
    AsListed,
}

impl RetryWait {
    /// The wait before attempt `attempt` (from 1 on), plus jitter drawn evenly from [0, `jitter`].
    #[must_use]
    pub fn before(self, attempt: u32, base: Span, jitter: Span, rng: &mut Rng) -> Span {
        let power = match (self, attempt) {
            (RetryWait::Doubling, 0 | 1) => return Span::ZERO,
            (RetryWait::Doubling, attempt) => attempt - 2,
            (RetryWait::AsListed, attempt) => attempt,
        };
        let wait = base.0.saturating_mul(1_u64.checked_shl(power).unwrap_or(u64::MAX));
        let jitter = if jitter.0 == 0 { 0 } else { rng.below(jitter.0.saturating_add(1)) };
        Span(wait.saturating_add(jitter))
    }
}

/// Why a graph cannot be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DagError {
    /// A dependency names a task that does not exist.
    NoTask {
        /// The task named.
        task: u32,
        /// How many tasks there are.
        tasks: u32,
    },
    /// This task depends on itself, directly or not.
    Cycle {
        /// The smallest task on or behind a cycle.
        task: u32,
    },
}

impl fmt::Display for DagError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DagError::NoTask { task, tasks } => write!(f, "there is no task {task}: they go from 0 to below {tasks}"),
            DagError::Cycle { task } => write!(f, "task {task} waits for a cycle and would never start"),
        }
    }
}

impl core::error::Error for DagError {}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Something it depends on is not done.
    Waiting,
    /// It may start.
    Ready,
    /// Somebody works on it.
    Running,
    /// It has come to its end.
    Done,
    /// Its last attempt has failed.
    Failed,
    /// Something it depends on has failed.
    Skipped,
}

#[derive(Clone, Debug)]
struct Node {
    state: TaskState,
    attempts: u32,
    missing: u32,
    dependents: Vec<u32>,
}

/// A run of a graph of tasks.
#[derive(Clone, Debug)]
pub struct Dag {
    nodes: Vec<Node>,
    ready: BTreeSet<u32>,
    attempts_max: u32,
}

impl Dag {
    /// `tasks` tasks, numbered from 0 on; each pair (a, b) says that b depends on a. A pair given twice counts once.
    /// `attempts_max`: 1 to 1,000; 0 counts as 1.
    pub fn new(tasks: u32, dependencies: &[(u32, u32)], attempts_max: u32) -> Result<Dag, DagError> {
        let mut nodes: Vec<Node> = Vec::new();
        let unique: BTreeSet<(u32, u32)> = dependencies.iter().copied().collect();
        if let Some(task) = unique.iter().flat_map(|(a, b)| [*a, *b]).find(|task| *task >= tasks) {
            return Err(DagError::NoTask { task, tasks });
        }
        let fresh = Node { state: TaskState::Waiting, attempts: 0, missing: 0, dependents: Vec::new() };
        nodes.resize(tasks as usize, fresh);
        for (before, after) in unique {
            nodes[before as usize].dependents.push(after);
            nodes[after as usize].missing += 1;
        }
        let mut dag = Dag { nodes, ready: BTreeSet::new(), attempts_max: attempts_max.max(1) };
        let order = dag.order();
        if order.len() < dag.nodes.len() {
            let ordered: BTreeSet<u32> = order.into_iter().collect();
            let task = (0..tasks).find(|task| !ordered.contains(task)).expect("one is missing from the order");
            return Err(DagError::Cycle { task });
        }
        let free = |task: &u32| dag.nodes[*task as usize].missing == 0;
        let ready: BTreeSet<u32> = (0..tasks).filter(free).collect();
        ready.iter().for_each(|task| dag.nodes[*task as usize].state = TaskState::Ready);
        dag.ready = ready;
        Ok(dag)
    }

    /// An order in which every task comes after what it depends on, the smallest number first where there is a choice.
    #[must_use]
    pub fn order(&self) -> Vec<u32> {
        let mut missing = vec![0_u32; self.nodes.len()];
        for after in self.nodes.iter().flat_map(|node| &node.dependents) {
            missing[*after as usize] += 1;
        }
        let tasks = 0..self.nodes.len() as u32;
        let mut free: BTreeSet<u32> = tasks.filter(|task| missing[*task as usize] == 0).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(task) = free.pop_first() {
            order.push(task);
            for after in &self.nodes[task as usize].dependents {
                missing[*after as usize] -= 1;
                if missing[*after as usize] == 0 {
                    free.insert(*after);
                }
            }
        }
        order
    }

    /// Starts the smallest ready task; says which, and which attempt this is, from 1 on.
    pub fn start(&mut self) -> Option<(u32, u32)> {
        let task = self.ready.pop_first()?;
        let node = &mut self.nodes[task as usize];
        node.state = TaskState::Running;
        node.attempts += 1;
        Some((task, node.attempts))
    }

    /// A running task has come to its end. Whether it was running.
    pub fn on_done(&mut self, task: u32) -> bool {
        if self.state(task) != Some(TaskState::Running) {
            return false;
        }
        self.nodes[task as usize].state = TaskState::Done;
        for at in 0..self.nodes[task as usize].dependents.len() {
            let after = self.nodes[task as usize].dependents[at];
            let node = &mut self.nodes[after as usize];
            node.missing -= 1;
            if node.missing == 0 && node.state == TaskState::Waiting {
                node.state = TaskState::Ready;
                self.ready.insert(after);
            }
        }
        true
    }

    /// A running task has failed: it is ready again, or has failed for good. How many others are skipped because of it; `None` if
    /// it was not running.
    pub fn on_failed(&mut self, task: u32) -> Option<u32> {
        self.state(task).filter(|state| *state == TaskState::Running)?;
        let node = &mut self.nodes[task as usize];
        if node.attempts < self.attempts_max {
            node.state = TaskState::Ready;
            self.ready.insert(task);
            return Some(0);
        }
        node.state = TaskState::Failed;
        let mut skipped = 0;
        let mut behind = vec![task];
        while let Some(before) = behind.pop() {
            for at in 0..self.nodes[before as usize].dependents.len() {
                let after = self.nodes[before as usize].dependents[at];
                let node = &mut self.nodes[after as usize];
                if node.state == TaskState::Waiting {
                    node.state = TaskState::Skipped;
                    skipped += 1;
                    behind.push(after);
                }
            }
        }
        Some(skipped)
    }

    /// How far a task is; `None` if there is no such task.
    #[must_use]
    pub fn state(&self, task: u32) -> Option<TaskState> {
        self.nodes.get(task as usize).map(|node| node.state)
    }

    /// Whether nothing is ready or running any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !self.nodes.iter().any(|node| matches!(node.state, TaskState::Ready | TaskState::Running))
    }
}
