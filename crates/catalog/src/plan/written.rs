//! Plans that somebody has written: to steps in a row with jumps, and back from the derived ones to what somebody could have written.

use super::{Outlet, Role, Step, derive, is_write};
use crate::kinds::KindOf;
use base::Span;
use scenario::{PlanStep, Scenario};
use serde::{Deserialize, Serialize};

/// What a box does for one operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OpPlan {
    /// The operation's name.
    pub op: String,
    /// True when somebody has written it; else it follows from the wiring.
    pub is_written: bool,
    /// Its steps.
    pub steps: Vec<PlanStep>,
}

/// The wire to the box with this id, when it carries the operation.
fn wire_to(scenario: &Scenario, outlets: &[Outlet], op: u8, id: &str) -> Option<u16> {
    let leads_there = |outlet: &&Outlet| {
        scenario.wires[usize::from(outlet.wire)].ends.to == id && outlet.carries(op) && outlet.role != Role::Tracer
    };
    outlets.iter().find(leads_there).map(|outlet| outlet.wire)
}

/// The steps in a row. What cannot be taken, because no wire that carries the operation leads there, is left out.
pub(super) fn lowered(scenario: &Scenario, outlets: &[Outlet], op: u8, steps: &[PlanStep]) -> Vec<Step> {
    let mut out = Vec::new();
    let wire = |id: &str| wire_to(scenario, outlets, op, id);
    lower(steps, &wire, &mut out);
    // A place in a plan is a byte; validation allows far less.
    out.truncate(usize::from(u8::MAX));
    out
}

fn lower(steps: &[PlanStep], wire: &dyn Fn(&str) -> Option<u16>, out: &mut Vec<Step>) {
    // Where the step before begins.
    let mut before = out.len();
    for step in steps {
        let begin = out.len();
        match step {
            PlanStep::Call(to) => out.extend(wire(to).map(Step::Do)),
            PlanStep::Lookup(to) => out.extend(wire(to).map(Step::Ask)),
            PlanStep::Fill(to) => out.extend(wire(to).map(Step::Put)),
            PlanStep::Forget(to) => out.extend(wire(to).map(Step::Forget)),
            PlanStep::Send(to) => out.extend(wire(to).map(Step::Send)),
            PlanStep::Parallel(all) => {
                out.extend(all.iter().filter_map(|to| wire(to)).map(Step::Begin));
                if out.len() > begin {
                    out.push(Step::Gather);
                }
            }
            PlanStep::Work(ms) => out.push(Step::Work(Span::from_millis_f64(*ms))),
            PlanStep::Reply(ok) => out.push(Step::Reply(*ok)),
            PlanStep::OnMiss(inside) => {
                let skip = behind(inside, wire, begin, out);
                out.insert(begin, Step::UnlessFound(skip));
            }
            PlanStep::OnError(inside) if begin > before => {
                let skip = behind(inside, wire, begin, out);
                let covers = short(begin - before);
                out.insert(begin, Step::OnError { covers, skip });
            }
            // What it belongs to was left out.
            PlanStep::OnError(_) => {}
            PlanStep::Repeat(rounds, inside) => {
                lower(inside, wire, out);
                if out.len() > begin {
                    out.push(Step::Again { steps: short(out.len() - begin), rounds: (*rounds).min(255) as u8 });
                }
            }
        }
        before = begin;
    }
}

/// Appends the steps inside, and says how many they are.
fn behind(inside: &[PlanStep], wire: &dyn Fn(&str) -> Option<u16>, begin: usize, out: &mut Vec<Step>) -> u8 {
    lower(inside, wire, out);
    short(out.len() - begin)
}

fn short(count: usize) -> u8 {
    count.min(usize::from(u8::MAX)) as u8
}

/// What somebody would write for the plan that follows from the wiring.
pub(super) fn derived(scenario: &Scenario, outlets: &[Outlet], op: u8, write: bool) -> Vec<PlanStep> {
    let to = |wire: u16| scenario.wires[usize::from(wire)].ends.to.clone();
    let (mut lookups, mut missed, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for step in derive(outlets, op, write) {
        match step {
            Step::Lookup(wire) => lookups.push(PlanStep::Lookup(to(wire))),
            Step::Call(wire) => missed.push(PlanStep::Call(to(wire))),
            Step::Fill(wire) => missed.push(PlanStep::Fill(to(wire))),
            Step::Forget(wire) => rest.push(PlanStep::Forget(to(wire))),
            Step::Send(wire) => rest.push(PlanStep::Send(to(wire))),
            _ => {}
        }
    }
    let mut steps: Vec<PlanStep> = Vec::new();
    let has_looked_up = !lookups.is_empty();
    for (at, lookup) in lookups.into_iter().enumerate() {
        steps.push(if at == 0 { lookup } else { PlanStep::OnMiss(vec![lookup]) });
    }
    let calls = missed.iter().any(PlanStep::can_fail);
    match (has_looked_up, calls) {
        (true, true) => steps.push(PlanStep::OnMiss(missed)),
        (true, false) => {}
        (false, _) => steps.append(&mut missed),
    }
    steps.append(&mut rest);
    steps
}

/// For each box, its plan for each operation; nothing for a box that carries out none.
pub(crate) fn of_operations(scenario: &Scenario) -> Vec<Vec<OpPlan>> {
    let ops = super::operations(scenario);
    let of_box = |placed: &scenario::Placed| {
        if !KindOf::from_slug(&placed.kind).is_some_and(KindOf::plans) {
            return Vec::new();
        }
        let outlets = super::outlets(scenario, &placed.id, &ops);
        let of_op = |(op, name): (usize, &String)| match placed.plans.iter().find(|plan| plan.op == *name) {
            Some(plan) => OpPlan { op: name.clone(), is_written: true, steps: plan.steps.clone() },
            None => {
                let steps = derived(scenario, &outlets, op as u8, is_write(scenario, name));
                OpPlan { op: name.clone(), is_written: false, steps }
            }
        };
        let unasked = placed.plans.iter().filter(|plan| !ops.contains(&plan.op));
        let unasked = unasked.map(|plan| OpPlan { op: plan.op.clone(), is_written: true, steps: plan.steps.clone() });
        ops.iter().enumerate().map(of_op).chain(unasked).collect()
    };
    scenario.boxes.iter().map(of_box).collect()
}
