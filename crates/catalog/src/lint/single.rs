//! What fails alone and takes everything with it.
//!
//! The articulation points of the call graph, asked for by what a box is for: a balancer needs one of those it calls, a service all of
//! those its plan waits for, a queue nobody. So of each box with one process it is asked which operations would still succeed
//! somewhere if it were dead; those that succeed with it and not without it depend on it.

use super::graph::Graph;
use super::{Finding, Rule};
use crate::kinds::KindOf;
use crate::plan::{Outlet, Role};
use scenario::{PlanStep, Target};

pub(super) fn look(graph: &Graph<'_>, found: &mut Vec<Finding>) {
    let senders: Vec<usize> = (0..graph.kinds.len()).filter(|at| graph.is_clients(*at)).collect();
    let all = Without { graph, dead: usize::MAX }.succeeds(&senders);
    for at in (0..graph.kinds.len()).filter(|at| graph.is_reached[*at] && stands_alone(graph, *at)) {
        let left = Without { graph, dead: at }.succeeds(&senders);
        let loses = |sender: usize| all[sender] & !left[sender] & graph.makes(sender);
        let losers: Vec<usize> = senders.iter().copied().filter(|sender| loses(*sender) != 0).collect();
        let lost = losers.iter().fold(0, |ops, sender| ops | loses(*sender));
        if lost == 0 {
            continue;
        }
        let name = graph.name(at);
        let made = losers.iter().fold(0, |ops, sender| ops | graph.makes(*sender));
        let ops = if lost == made { "request".to_string() } else { graph.either(lost) };
        // Others may make the same and have another way.
        let is_spared = senders.iter().any(|sender| graph.makes(*sender) & lost & left[*sender] != 0);
        let has_others = losers.len() < senders.len() && lost == made;
        let whose: Vec<&str> = losers.iter().map(|sender| graph.name(*sender)).collect();
        let whose = if is_spared || has_others { format!(" of {}", super::listed(&whose)) } else { String::new() };
        let on = Some(Target::Box(graph.placed(at).id.clone()));
        let what = format!("While {name} is down, no {ops}{whose} succeeds");
        found.push(Finding { rule: Rule::SinglePoint, on, what, mend: mend(graph, at) });
    }
}

/// Whether the box is one process. DNS stands for a service of many machines, and clients are nobody's dependency.
fn stands_alone(graph: &Graph<'_>, at: usize) -> bool {
    let Some(kind) = graph.kinds[at].filter(|kind| !matches!(kind, KindOf::Clients | KindOf::Replay | KindOf::Dns))
    else {
        return false;
    };
    graph.settings(at).is_some_and(|settings| kind.members(&settings) == 1)
}

fn mend(graph: &Graph<'_>, at: usize) -> String {
    let spec = crate::schema().kind(&graph.placed(at).kind);
    let name = graph.name(at);
    if let Some(field) = spec.and_then(|spec| spec.members.as_deref()) {
        let field = spec.and_then(|spec| spec.fields.iter().find(|known| known.name == field));
        return format!("Set {} of {name} to 2 or more", field.map_or("Members", |field| field.title.as_ref()));
    }
    match graph.kinds[at] {
        Some(KindOf::ThirdParty) => {
            format!("Write a plan whose caller does without {name} when it fails, or call it over a queue")
        }
        Some(KindOf::Service) => {
            format!("Put a second one beside {name} and a load balancer in front, or make it an autoscaled group")
        }
        Some(KindOf::Cache) => {
            format!("Put a second one beside {name} and a load balancer in front, or have its callers look aside")
        }
        Some(KindOf::Balancer | KindOf::Limiter | KindOf::Gateway) => {
            format!("Put a second one beside {name} and wire callers to both, or DNS in front of them")
        }
        _ => format!("Use a kind with members in place of {name}, or call it over a queue"),
    }
}

/// Whether a written plan ends well when only some of those it calls are there and every look-up misses.
fn goes_well(steps: &[PlanStep], is_there: &dyn Fn(&str) -> bool) -> bool {
    let mut fell = false;
    for step in steps {
        match step {
            PlanStep::OnError(inside) if std::mem::take(&mut fell) && !goes_well(inside, is_there) => return false,
            PlanStep::OnError(_) => {}
            // A failure that no `on-error` follows.
            _ if fell => return false,
            PlanStep::Call(_) | PlanStep::Parallel(_) => fell = !step.targets().iter().all(|to| is_there(to)),
            PlanStep::OnMiss(inside) | PlanStep::Repeat(_, inside) => fell = !goes_well(inside, is_there),
            PlanStep::Reply(is_ok) => return *is_ok,
            _ => {}
        }
    }
    !fell
}

/// A design in which one box is dead.
struct Without<'a> {
    graph: &'a Graph<'a>,
    dead: usize,
}

impl Without<'_> {
    /// For each box, the operations that succeed there; only what the senders reach is looked at.
    fn succeeds(&self, senders: &[usize]) -> Vec<u64> {
        // What is being looked at counts as good: a circle of calls is not this rule's business.
        let mut known: Vec<Option<u64>> = vec![None; self.graph.kinds.len()];
        senders.iter().for_each(|sender| {
            self.at(*sender, &mut known);
        });
        known.into_iter().map(|ops| ops.unwrap_or(u64::MAX)).collect()
    }

    fn at(&self, at: usize, known: &mut Vec<Option<u64>>) -> u64 {
        if at == self.dead {
            known[at] = Some(0);
            return 0;
        }
        if let Some(ops) = known[at] {
            return ops;
        }
        known[at] = Some(u64::MAX);
        for outlet in &self.graph.outlets[at] {
            if let Some(to) = self.graph.targets[usize::from(outlet.wire)] {
                self.at(to, known);
            }
        }
        let ops = self.of(at, known);
        known[at] = Some(ops);
        ops
    }

    fn of(&self, at: usize, known: &[Option<u64>]) -> u64 {
        let graph = self.graph;
        let outlets = &graph.outlets[at];
        let there = |wire: u16| graph.targets[usize::from(wire)].and_then(|to| known[to]).unwrap_or(u64::MAX);
        let any = || outlets.iter().fold(0, |all, outlet| all | (outlet.carries & there(outlet.wire)));
        let every = |waited: &dyn Fn(Role) -> bool| {
            let waited = outlets.iter().filter(|outlet| waited(outlet.role));
            waited.fold(u64::MAX, |all, outlet| all & (!outlet.carries | there(outlet.wire)))
        };
        match graph.kinds[at] {
            _ if graph.hands_over(at) || outlets.is_empty() => u64::MAX,
            Some(KindOf::Clients | KindOf::Replay | KindOf::Balancer | KindOf::Limiter | KindOf::Dns) => any(),
            Some(KindOf::Gateway) if graph.settings(at).is_some_and(|settings| settings.switch("partial")) => any(),
            Some(kind) if kind.plans() => {
                let derived = every(&|role| role == Role::Callee);
                graph.placed(at).plans.iter().fold(derived, |ops, plan| {
                    let Some(op) = graph.ops.iter().position(|name| *name == plan.op) else { return ops };
                    let is_there = |to: &str| {
                        let leads_there =
                            |outlet: &&Outlet| graph.scenario.wires[usize::from(outlet.wire)].ends.to == to;
                        outlets.iter().find(leads_there).is_none_or(|outlet| there(outlet.wire) >> op & 1 == 1)
                    };
                    let bit = 1 << op;
                    if goes_well(&plan.steps, &is_there) { ops | bit } else { ops & !bit }
                })
            }
            _ => every(&|_| true),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_listed_as_people_list_them() {
        let listed = crate::lint::listed;
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b"]), "a and b");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(&["a", "b", "c", "d"]), "a, b and 2 more");
    }
}
