//! What a box does for one operation, where somebody has written it down.
//!
//! A plan is a list of steps over the wires that leave its box. They are taken in order; a call that fails ends the plan, and the
//! caller is told of the failure, unless `on-error` follows it. Nobody has to write one: without it the box does what follows from
//! its wiring. Wires are named by the box they lead to, because there is at most one between two boxes in each direction.

use serde::{Deserialize, Serialize};

/// The steps for one operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The operation's name.
    pub op: String,
    /// What is done, in order; nothing is answered at once.
    pub steps: Vec<PlanStep>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlanStep {
    /// Calls a box and waits; a failure ends the plan, unless `on-error` follows.
    Call(String),
    /// Asks a cache and waits; a failure is as good as a miss.
    Lookup(String),
    /// Puts what was read into a cache, without waiting.
    Fill(String),
    /// Has a cache forget the key, without waiting.
    Forget(String),
    /// Hands over without waiting for an answer.
    Send(String),
    /// Calls several boxes at once and waits for the last of them; the failure of one is the step's.
    Parallel(Vec<String>),
    /// Works, on a worker, for a mean time in milliseconds.
    Work(f64),
    /// Answers the caller, well or badly; what follows is done afterwards.
    Reply(bool),
    /// What is done when the look-up before it has missed.
    OnMiss(Vec<PlanStep>),
    /// What is done when the step before it has failed; the plan then goes on.
    OnError(Vec<PlanStep>),
    /// Steps that are taken several times, one round after the other.
    Repeat(u32, Vec<PlanStep>),
}

impl PlanStep {
    /// Its key in files.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            PlanStep::Call(_) => "call",
            PlanStep::Lookup(_) => "lookup",
            PlanStep::Fill(_) => "fill",
            PlanStep::Forget(_) => "forget",
            PlanStep::Send(_) => "send",
            PlanStep::Parallel(_) => "parallel",
            PlanStep::Work(_) => "work_ms",
            PlanStep::Reply(_) => "reply",
            PlanStep::OnMiss(_) => "on-miss",
            PlanStep::OnError(_) => "on-error",
            PlanStep::Repeat(..) => "repeat",
        }
    }

    /// The boxes it names itself, without those of the steps inside.
    #[must_use]
    pub fn targets(&self) -> &[String] {
        match self {
            PlanStep::Call(to)
            | PlanStep::Lookup(to)
            | PlanStep::Fill(to)
            | PlanStep::Forget(to)
            | PlanStep::Send(to) => std::slice::from_ref(to),
            PlanStep::Parallel(all) => all,
            _ => &[],
        }
    }

    /// The steps inside.
    #[must_use]
    pub fn inside(&self) -> &[PlanStep] {
        match self {
            PlanStep::OnMiss(steps) | PlanStep::OnError(steps) | PlanStep::Repeat(_, steps) => steps,
            _ => &[],
        }
    }

    /// The steps inside, to be changed; `None` for a step that has none by its nature.
    pub fn inside_mut(&mut self) -> Option<&mut Vec<PlanStep>> {
        match self {
            PlanStep::OnMiss(steps) | PlanStep::OnError(steps) | PlanStep::Repeat(_, steps) => Some(steps),
            _ => None,
        }
    }

    /// Whether it can fail, so that `on-error` makes sense after it.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        match self {
            PlanStep::Call(_) | PlanStep::Parallel(_) => true,
            PlanStep::OnMiss(steps) | PlanStep::Repeat(_, steps) => steps.iter().any(PlanStep::can_fail),
            _ => false,
        }
    }

    /// Whether it, or a step inside, asks a cache.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        matches!(self, PlanStep::Lookup(_)) || self.inside().iter().any(PlanStep::looks_up)
    }
}

impl Plan {
    /// Most plans of one box.
    pub const PLANS_MAX: usize = 64;
    /// Most steps of one plan, those inside others and each box of a `parallel` counted.
    pub const STEPS_MAX: usize = 60;
    /// How deep steps may stand inside others.
    pub const DEPTH_MAX: usize = 3;
    /// Most rounds of a `repeat`.
    pub const ROUNDS_MAX: u32 = 100;
    /// Longest `work_ms`.
    pub const WORK_MS_MAX: f64 = 600_000.0;

    /// How many steps there are, those inside others and each box of a `parallel` counted.
    #[must_use]
    pub fn size(steps: &[PlanStep]) -> usize {
        steps.iter().map(|step| step.targets().len().max(1) + Plan::size(step.inside())).sum()
    }

    /// How deep steps stand inside others: 0 when none does.
    #[must_use]
    pub fn depth(steps: &[PlanStep]) -> usize {
        let inside = |step: &PlanStep| if step.inside().is_empty() { 0 } else { 1 + Plan::depth(step.inside()) };
        steps.iter().map(inside).max().unwrap_or(0)
    }

    /// The steps with every box they name renamed by `of`; where it knows no name, the step goes, and with it the `on-error` that
    /// belonged to it, the `on-miss` that no look-up comes before any more, and whatever has nothing inside any more.
    #[must_use]
    pub fn rewired(steps: &[PlanStep], of: &dyn Fn(&str) -> Option<String>) -> Vec<PlanStep> {
        Plan::rewired_after(steps, of, &mut false)
    }

    /// As [`Plan::rewired`], for steps before which there may have been a look-up.
    fn rewired_after(
        steps: &[PlanStep],
        of: &dyn Fn(&str) -> Option<String>,
        has_looked_up: &mut bool,
    ) -> Vec<PlanStep> {
        let mut kept: Vec<PlanStep> = Vec::new();
        let mut is_before_kept = false;
        for step in steps {
            let is_fallback = is_before_kept && kept.last().is_some_and(PlanStep::can_fail);
            let left = match step {
                PlanStep::Call(to) => of(to).map(PlanStep::Call),
                PlanStep::Lookup(to) => of(to).map(PlanStep::Lookup),
                PlanStep::Fill(to) => of(to).map(PlanStep::Fill),
                PlanStep::Forget(to) => of(to).map(PlanStep::Forget),
                PlanStep::Send(to) => of(to).map(PlanStep::Send),
                PlanStep::Parallel(all) => Some(PlanStep::Parallel(all.iter().filter_map(|to| of(to)).collect()))
                    .filter(|left| !left.targets().is_empty()),
                PlanStep::Work(_) | PlanStep::Reply(_) => Some(step.clone()),
                PlanStep::OnMiss(_) if !*has_looked_up => None,
                PlanStep::OnError(_) if !is_fallback => None,
                PlanStep::OnMiss(inside) | PlanStep::OnError(inside) | PlanStep::Repeat(_, inside) => {
                    let mut left = step.clone();
                    let inside = Plan::rewired_after(inside, of, has_looked_up);
                    let is_hollow = inside.is_empty();
                    left.inside_mut().into_iter().for_each(|own| own.clone_from(&inside));
                    (!is_hollow).then_some(left)
                }
            };
            *has_looked_up |= matches!(left, Some(PlanStep::Lookup(_)));
            is_before_kept = left.is_some();
            kept.extend(left);
        }
        kept
    }
}
