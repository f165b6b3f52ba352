//! Many seeds of an experiment, and of the first that fails the smallest plan that still does.
//!
//! ```text
//!   seed 1  ✓    seed 2  ✓    …    seed 41  ✗  9 faults, 60 operations
//!                                           │  shrunk: everything left out without which it still fails
//!                                           ▼
//!                                  seed 41  ✗  1 fault, 2 operations
//! ```
//!
//! An experiment draws a plan of faults and operations from a seed and runs any plan under that seed; the rest (the order, the bounds,
//! the shrinking) is the same for all. Nothing here depends on the clock: the same experiment and the same seeds give the same failure.
//! While it is shrunk a plan keeps its seed, so that the luck stays what it was as far as the experiment draws it by names and not by
//! turns, and only failures of the same check count: a plan may not wander off to another one.
//!
//! It pays to draw few kinds of faults for each seed and many of each, rather than some of all: two kinds can hide each other.
//!
//! ```
//! use check::swarm::{Bounds, Experiment, Plan, swarm};
//! use check::{Finding, Verdict};
//! use core::ops::ControlFlow;
//!
//! /// A counter that loses what was added since it was last saved when it crashes.
//! struct Counter;
//! #[derive(Clone, Debug, PartialEq)]
//! enum Step { Add, Save }
//! impl Experiment for Counter {
//!     type Fault = usize; // a crash before this operation
//!     type Operation = Step;
//!     fn draw(&mut self, seed: u64) -> Plan<usize, Step> {
//!         let mut rng = base::Rng::new(seed);
//!         let step = |rng: &mut base::Rng| if rng.chance(0.5) { Step::Add } else { Step::Save };
//!         let operations = (0..20).map(|_| step(&mut rng)).collect();
//!         Plan { faults: (0..3).map(|_| rng.below(20) as usize).collect(), operations }
//!     }
//!     fn run(&mut self, _seed: u64, plan: &Plan<usize, Step>) -> Verdict {
//!         let (mut saved, mut held, mut added) = (0, 0, 0);
//!         for (at, step) in plan.operations.iter().enumerate() {
//!             held = if plan.faults.contains(&at) { saved } else { held };
//!             match step {
//!                 Step::Add => (held, added) = (held + 1, added + 1),
//!                 Step::Save => saved = held,
//!             }
//!         }
//!         let finding = if held == added { Finding::Holds } else { Finding::Broken };
//!         Verdict { check: "nothing-lost".into(), finding, ..Verdict::default() }
//!     }
//! }
//!
//! let found = swarm(&mut Counter, 0..100, Bounds::default(), |_| ControlFlow::Continue(()));
//! let failure = found.failure.expect("it does lose something");
//! assert_eq!((failure.plan.faults.len(), failure.is_minimal), (1, true));
//! ```
//!
//! Source: Groce et al., *Swarm Testing*, 2012; the shrinking is [`shrink`](crate::shrink).

use crate::shrink::{Shrunk, shrink};
use crate::{Finding, Verdict};
use core::ops::{ControlFlow, Range};

/// What happens in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan<F, O> {
    /// What goes wrong.
    pub faults: Vec<F>,
    /// What is asked for.
    pub operations: Vec<O>,
}

/// Something that can be run under any seed.
pub trait Experiment {
    /// Something that goes wrong.
    type Fault: Clone;
    /// Something that is asked for.
    type Operation: Clone;

    /// The plan of a seed.
    fn draw(&mut self, seed: u64) -> Plan<Self::Fault, Self::Operation>;

    /// Runs a plan: that of the seed, or a part of it. It fails if the verdict is [`Finding::Broken`].
    fn run(&mut self, seed: u64, plan: &Plan<Self::Fault, Self::Operation>) -> Verdict;
}

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most runs that shrinking may take.
    pub shrink_runs_max: u64,
}

impl Default for Bounds {
    /// 10,000 runs.
    fn default() -> Bounds {
        Bounds { shrink_runs_max: 10_000 }
    }
}

/// How far it is; told before each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// This seed comes next; so many have passed.
    Seed {
        /// The seed.
        seed: u64,
        /// How many before it passed.
        passed: u64,
    },
    /// A failure is being shrunk.
    Shrinking {
        /// Its seed.
        seed: u64,
        /// Faults of the smallest plan so far.
        faults: u64,
        /// Operations of the smallest plan so far.
        operations: u64,
        /// Runs that shrinking has taken.
        runs: u64,
    },
}

/// A seed that fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure<F, O> {
    /// The seed.
    pub seed: u64,
    /// The plan that was drawn from it.
    pub drawn: Plan<F, O>,
    /// The smallest part of it that was found to fail.
    pub plan: Plan<F, O>,
    /// What the judge says of that part.
    pub verdict: Verdict,
    /// Runs that shrinking took.
    pub runs: u64,
    /// Whether it is known that nothing more can be left out by itself.
    pub is_minimal: bool,
}

/// What a swarm found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<F, O> {
    /// Seeds that passed.
    pub passed: u64,
    /// The first that did not.
    pub failure: Option<Failure<F, O>>,
    /// Whether it was stopped before it was done.
    pub is_stopped: bool,
}

/// Runs the seeds in order until one fails, and shrinks that one. `on_progress` is called before each run and can stop it all; what was
/// found until then is kept.
pub fn swarm<E: Experiment>(
    experiment: &mut E,
    seeds: Range<u64>,
    bounds: Bounds,
    mut on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Found<E::Fault, E::Operation> {
    for (seed, passed) in seeds.clone().zip(0..) {
        if on_progress(Progress::Seed { seed, passed }).is_break() {
            return Found { passed, failure: None, is_stopped: true };
        }
        let plan = experiment.draw(seed);
        let verdict = experiment.run(seed, &plan);
        if verdict.finding == Finding::Broken {
            let (failure, is_stopped) = smallest(experiment, seed, plan, verdict, bounds, on_progress);
            return Found { passed, failure: Some(failure), is_stopped };
        }
    }
    Found { passed: seeds.end.saturating_sub(seeds.start), failure: None, is_stopped: false }
}

/// A fault or an operation of a plan.
#[derive(Clone)]
enum Part<F, O> {
    Fault(F),
    Operation(O),
}

fn plan_of<F: Clone, O: Clone>(parts: &[Part<F, O>]) -> Plan<F, O> {
    let mut plan = Plan { faults: Vec::new(), operations: Vec::new() };
    for part in parts {
        match part {
            Part::Fault(fault) => plan.faults.push(fault.clone()),
            Part::Operation(operation) => plan.operations.push(operation.clone()),
        }
    }
    plan
}

/// Shrinks a plan that fails; whether that was stopped.
fn smallest<E: Experiment>(
    experiment: &mut E,
    seed: u64,
    drawn: Plan<E::Fault, E::Operation>,
    verdict: Verdict,
    bounds: Bounds,
    mut on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> (Failure<E::Fault, E::Operation>, bool) {
    let (mut verdict, mut runs, mut is_stopped) = (verdict, 0, false);
    let (mut faults, mut operations) = (drawn.faults.len() as u64, drawn.operations.len() as u64);
    let all = drawn.faults.iter().cloned().map(Part::Fault);
    let parts = all.chain(drawn.operations.iter().cloned().map(Part::Operation)).collect();
    let Shrunk { parts, is_minimal } = shrink(parts, |parts| {
        is_stopped = on_progress(Progress::Shrinking { seed, faults, operations, runs }).is_break();
        if is_stopped || runs == bounds.shrink_runs_max {
            return None;
        }
        runs += 1;
        let plan = plan_of(parts);
        let found = experiment.run(seed, &plan);
        let is_same = found.finding == Finding::Broken && found.check == verdict.check;
        if is_same {
            (faults, operations) = (plan.faults.len() as u64, plan.operations.len() as u64);
            verdict = found;
        }
        Some(is_same)
    });
    (Failure { seed, plan: plan_of(&parts), drawn, verdict, runs, is_minimal }, is_stopped)
}
