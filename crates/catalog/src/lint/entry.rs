//! Where traffic comes from, where it never comes, and where it ends too soon.

use super::graph::Graph;
use super::{Finding, Rule};
use crate::kinds::KindOf;
use scenario::Target;

/// Kinds that do nothing by themselves: they pass on.
const PASSES_ON: &[KindOf] =
    &[KindOf::Clients, KindOf::Replay, KindOf::Balancer, KindOf::Limiter, KindOf::Gateway, KindOf::Dns];

pub(super) fn look(graph: &Graph<'_>, found: &mut Vec<Finding>) {
    if graph.kinds.is_empty() {
        return;
    }
    let nobody = !(0..graph.kinds.len()).any(|at| graph.is_clients(at));
    if nobody {
        let what = "There are no clients".to_string();
        let mend = "Add clients from the palette and wire them to what they call".to_string();
        found.push(Finding { rule: Rule::NoEntry, on: None, what, mend });
    }
    for (at, placed) in graph.scenario.boxes.iter().enumerate() {
        let on = || Some(Target::Box(placed.id.clone()));
        if !nobody && !graph.is_reached[at] {
            let called = graph.scenario.wires.iter().any(|wire| wire.ends.to == placed.id);
            let what = if called {
                format!("Those who call {} are never called themselves", placed.name)
            } else {
                format!("Nothing calls {}", placed.name)
            };
            let mend = format!("Wire something that is reached to {}, or remove it", placed.name);
            found.push(Finding { rule: Rule::Unreachable, on: on(), what, mend });
        }
        if graph.kinds[at].is_some_and(|kind| PASSES_ON.contains(&kind)) {
            found.extend(dead_end(graph, at).map(|(what, mend)| Finding { rule: Rule::DeadEnd, on: on(), what, mend }));
        }
    }
}

/// What arrives at a box that only passes on, and leaves it over no wire.
fn dead_end(graph: &Graph<'_>, at: usize) -> Option<(String, String)> {
    let name = graph.name(at);
    if graph.outlets[at].is_empty() {
        return Some((format!("{name} has nobody to call"), format!("Wire {name} to something that answers")));
    }
    let carried = graph.outlets[at].iter().fold(0, |all, outlet| all | outlet.carries);
    let lost = graph.arriving[at] & !carried;
    (lost != 0).then(|| {
        let ops = graph.listed(lost);
        let mend = format!("Let one of the wires carry {ops}, or add a wire that does");
        (format!("No wire that leaves {name} carries {ops}"), mend)
    })
}
