//! Whether what somebody has written can be carried out.

use super::{Rules, too_many};
use crate::naming::shown;
use crate::problem::{Found, Path};
use crate::{Placed, Plan, PlanStep, Scenario, WireEnds};

/// A step's surroundings.
struct Course<'a> {
    placed: &'a Placed,
    op: &'a str,
    has_looked_up: bool,
    is_repeated: bool,
}

impl Rules<'_> {
    /// The plans of a box, which are at `plans` of `path`.
    pub fn plans(&self, path: &Path<'_>, placed: &Placed, found: &mut Found) {
        let path = path.key("plans");
        let schema = self.boxes.schema;
        if let Some(kind) = schema.kind(&placed.kind)
            && !placed.plans.is_empty()
            && !schema.plans.contains(&kind.slug)
        {
            let who = schema.plans.join(" and ");
            found.error(&path, format_args!("{} carries out no plan; only {who} can", kind.title));
        }
        too_many(&path, placed.plans.len(), Plan::PLANS_MAX, found);
        for (at, plan) in placed.plans.iter().enumerate() {
            let path = path.at(at);
            if placed.plans[..at].iter().any(|earlier| earlier.op == plan.op) {
                found.error(&path.key("op"), format_args!("`{}` has a plan already", shown(&plan.op)));
            }
            self.plan(&path, placed, plan, found);
        }
    }

    fn plan(&self, path: &Path<'_>, placed: &Placed, plan: &Plan, found: &mut Found) {
        let (at_op, op) = (path.key("op"), &plan.op);
        super::refuse(&at_op, op, Scenario::NAME_MAX, false, found);
        if op.is_empty() {
            found.error(&at_op, format_args!("the operation's name is empty"));
        } else if !self.boxes.makes(op) {
            let hint = self.boxes.hint_op(op);
            found.warning(&at_op, format_args!("no client makes an operation `{}`{hint}", shown(op)));
        }
        let path = path.key("steps");
        too_many(&path, Plan::size(&plan.steps), Plan::STEPS_MAX, found);
        let (depth, max) = (Plan::depth(&plan.steps), Plan::DEPTH_MAX);
        if depth > max {
            found.error(&path, format_args!("steps stand {depth} deep inside others; they may at most {max} deep"));
            return;
        }
        let mut course = Course { placed, op, has_looked_up: false, is_repeated: false };
        self.steps(&path, &plan.steps, &mut course, found);
    }

    fn steps(&self, path: &Path<'_>, steps: &[PlanStep], course: &mut Course<'_>, found: &mut Found) {
        for (at, step) in steps.iter().enumerate() {
            let place = path.at(at);
            let path = place.key(step.key());
            self.plan_step(&path, at.checked_sub(1).map(|before| &steps[before]), step, course, found);
            let is_repeated = course.is_repeated;
            course.is_repeated |= matches!(step, PlanStep::Repeat(..));
            let inside = if is_repeated == course.is_repeated { path } else { place.key("steps") };
            self.steps(&inside, step.inside(), course, found);
            course.is_repeated = is_repeated;
            course.has_looked_up |= step.looks_up();
        }
    }

    fn plan_step(
        &self,
        path: &Path<'_>,
        before: Option<&PlanStep>,
        step: &PlanStep,
        course: &Course<'_>,
        found: &mut Found,
    ) {
        for to in step.targets() {
            self.plan_target(path, to, step, course, found);
        }
        match step {
            PlanStep::Parallel(all) if all.is_empty() => found.error(path, format_args!("nobody is called")),
            PlanStep::Work(ms) if !(0.0..=Plan::WORK_MS_MAX).contains(ms) => {
                found.error(
                    path,
                    format_args!("the work takes {ms}; it must be between 0 and {} ms", Plan::WORK_MS_MAX),
                );
            }
            PlanStep::OnError(_) if !before.is_some_and(PlanStep::can_fail) => {
                found.error(path, format_args!("it must follow a `call`, a `parallel` or steps with one in them"));
            }
            PlanStep::OnMiss(_) if !course.has_looked_up => {
                found.error(path, format_args!("no `lookup` comes before it"));
            }
            PlanStep::Repeat(times, _) => {
                if course.is_repeated {
                    found.error(path, format_args!("a `repeat` cannot stand inside another"));
                }
                if !(1..=Plan::ROUNDS_MAX).contains(times) {
                    let max = Plan::ROUNDS_MAX;
                    found.error(path, format_args!("there are {times} rounds; there must be 1 to {max}"));
                }
            }
            _ => {}
        }
        let has_room = matches!(step, PlanStep::OnMiss(_) | PlanStep::OnError(_) | PlanStep::Repeat(..));
        if has_room && step.inside().is_empty() {
            found.error(path, format_args!("there are no steps inside"));
        }
    }

    fn plan_target(&self, path: &Path<'_>, to: &str, step: &PlanStep, course: &Course<'_>, found: &mut Found) {
        let from = &course.placed.id;
        let ends = WireEnds { from: from.clone(), to: to.to_string() };
        let Some(wire) = self.wires.get(&ends) else {
            let hint = self.boxes.hint(to, &mut self.wires.from(from));
            found.error(path, format_args!("`{from}` has no wire to `{}`{hint}", shown(to)));
            return;
        };
        if !wire.ops.is_empty() && !wire.ops.iter().any(|op| op == course.op) {
            let op = shown(course.op);
            found.warning(path, format_args!("the wire `{ends}` does not carry `{op}`, so this step is left out"));
        }
        let kind = self.boxes.kind(to);
        if matches!(step, PlanStep::Fill(_) | PlanStep::Forget(_))
            && let Some(kind) = kind.filter(|kind| !self.boxes.schema.caches.contains(&kind.slug))
        {
            found.error(path, format_args!("`{to}` is a {}; only a cache can be filled and told to forget", kind.slug));
        }
    }
}
