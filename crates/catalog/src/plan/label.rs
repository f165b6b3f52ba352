//! What stands on a wire: its places in its caller's plans, as short as can be.

use super::{Outlet, Role, Step, derive, is_write, operations, outlets};
use crate::kinds::KindOf;
use scenario::{Placed, PlanStep, Scenario};
use trace::WireIndex;

/// For each wire of the scenario, what its caller's plan says of it: `1`, `2`, `on miss 2`; empty where there is only one thing to do.
pub(crate) fn step_labels(scenario: &Scenario) -> Vec<String> {
    let mut labels = vec![String::new(); scenario.wires.len()];
    let ops = operations(scenario);
    let plans = |placed: &&Placed| KindOf::from_slug(&placed.kind).is_some_and(KindOf::plans);
    for placed in scenario.boxes.iter().filter(plans) {
        let outlets = outlets(scenario, &placed.id, &ops);
        if outlets.len() < 2 && placed.plans.is_empty() {
            continue;
        }
        for outlet in &outlets {
            labels[usize::from(outlet.wire)] = label(scenario, placed, &outlets, outlet, &ops);
        }
    }
    labels
}

/// The places of a wire in the plans of all operations.
fn label(scenario: &Scenario, placed: &Placed, outlets: &[Outlet], outlet: &Outlet, ops: &[String]) -> String {
    let mut places: Vec<String> = Vec::new();
    let to = &scenario.wires[usize::from(outlet.wire)].ends.to;
    for (op, name) in ops.iter().enumerate().filter(|(op, _)| outlet.carries(*op as u8)) {
        let found = match placed.plans.iter().find(|plan| plan.op == *name) {
            _ if outlet.role == Role::Tracer => vec!["spans".to_string()],
            Some(plan) => {
                let mut found = Vec::new();
                written(&plan.steps, to, "", &mut 0, &mut found);
                found
            }
            None => derived(&derive(outlets, op as u8, is_write(scenario, name)), outlet.wire),
        };
        for place in found {
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    places.join(", ")
}

fn derived(plan: &[Step], wire: WireIndex) -> Vec<String> {
    let looked_up = plan.iter().any(|step| matches!(step, Step::Lookup(_)));
    let place = |(at, step): (usize, &Step)| match *step {
        Step::Lookup(w) if w == wire => Some(format!("{}", at + 1)),
        Step::Call(w) if w == wire && looked_up => Some(format!("on miss {}", at + 1)),
        Step::Call(w) if w == wire => Some(format!("{}", at + 1)),
        Step::Send(w) if w == wire => Some("no wait".to_string()),
        _ => None,
    };
    plan.iter().enumerate().filter_map(place).collect()
}

/// Every step that does something counts, those inside others too; what is called at once has one number.
fn written(steps: &[PlanStep], to: &str, under: &str, count: &mut u32, found: &mut Vec<String>) {
    for step in steps {
        let within = match step {
            PlanStep::OnMiss(_) => "on miss ".to_string(),
            PlanStep::OnError(_) => "on error ".to_string(),
            PlanStep::Repeat(times, _) => format!("{times}× "),
            _ => {
                *count += 1;
                if step.targets().iter().any(|target| target == to) {
                    found.extend(match step {
                        PlanStep::Fill(_) | PlanStep::Forget(_) => None,
                        PlanStep::Send(_) => Some("no wait".to_string()),
                        _ => Some(format!("{under}{count}")),
                    });
                }
                continue;
            }
        };
        written(step.inside(), to, &within, count, found);
    }
}
