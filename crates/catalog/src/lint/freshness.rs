//! Caches that go on serving what has been changed behind their backs.
//!
//! A cache without a time to live has to be told of every write to what it keeps. Read through, it is told of those that pass through
//! it; looked aside, of those whose caller has it in the plan. Every other wire that carries writes to the same store is a finding.

use super::graph::Graph;
use super::{Finding, Rule};
use crate::kinds::KindOf;
use crate::plan::{Outlet, Role};
use scenario::{PlanStep, Target};

pub(super) fn look(graph: &Graph<'_>, found: &mut Vec<Finding>) {
    for cache in (0..graph.kinds.len()).filter(|at| graph.kinds[*at] == Some(KindOf::Cache)) {
        if graph.number(cache, "ttl_ms").is_some_and(|ttl| ttl > 0.0) {
            continue;
        }
        let stores = kept_from(graph, cache);
        let writers: Vec<usize> =
            (0..graph.kinds.len()).filter(|at| *at != cache && writes_unsaid(graph, *at, cache, &stores)).collect();
        let (Some(store), false) = (stores.first(), writers.is_empty()) else { continue };
        let names: Vec<&str> = writers.iter().map(|at| graph.name(*at)).collect();
        let name = graph.name(cache);
        let verb = if names.len() == 1 { "writes" } else { "write" };
        let what = format!("{} {verb} to {} and {name} is not told", super::listed(&names), graph.name(*store));
        let mend = format!("Give {name} a time to live, or let these writes pass through it");
        let on = Some(Target::Box(graph.placed(cache).id.clone()));
        found.push(Finding { rule: Rule::CacheStale, on, what, mend });
    }
}

/// The boxes whose values a cache keeps.
fn kept_from(graph: &Graph<'_>, cache: usize) -> Vec<usize> {
    let target = |outlet: &Outlet| graph.targets[usize::from(outlet.wire)];
    let behind: Vec<usize> = graph.outlets[cache].iter().filter_map(target).collect();
    if !behind.is_empty() {
        return behind;
    }
    let mut stores = Vec::new();
    for outlets in &graph.outlets {
        let Some(aside) = outlets.iter().find(|outlet| target(outlet) == Some(cache)) else { continue };
        let reads =
            |outlet: &&Outlet| outlet.role == Role::Callee && outlet.carries & aside.carries & !graph.writes != 0;
        stores.extend(outlets.iter().filter(reads).filter_map(target));
    }
    stores.sort_unstable();
    stores.dedup();
    stores
}

fn forgets(steps: &[PlanStep], cache: &str) -> bool {
    steps.iter().any(|step| matches!(step, PlanStep::Forget(to) if to == cache) || forgets(step.inside(), cache))
}

/// Whether a box sends writes to one of the stores that the cache does not hear of.
fn writes_unsaid(graph: &Graph<'_>, at: usize, cache: usize, stores: &[usize]) -> bool {
    let outlets = &graph.outlets[at];
    let to = |outlet: &Outlet| graph.targets[usize::from(outlet.wire)];
    // Whoever delivers from a queue changes what it calls, whatever the operation was called.
    let arriving = if graph.hands_over(at) { graph.arriving[at] } else { graph.arriving[at] & graph.writes };
    let carried = |outlet: &Outlet| arriving & outlet.carries;
    let into_stores = outlets.iter().filter(|outlet| to(outlet).is_some_and(|to| stores.contains(&to)));
    let sent = into_stores.fold(0, |ops, outlet| ops | carried(outlet));
    let is_told = |outlet: &&Outlet| to(outlet) == Some(cache) && graph.kinds[at].is_some_and(KindOf::plans);
    let told = outlets.iter().filter(is_told).fold(0, |ops, outlet| ops | outlet.carries);
    // Where the plan is written, it is what it says that counts.
    let told = graph.placed(at).plans.iter().fold(told, |told, plan| {
        let Some(op) = graph.ops.iter().position(|name| *name == plan.op) else { return told };
        if forgets(&plan.steps, &graph.placed(cache).id) { told | 1 << op } else { told & !(1 << op) }
    });
    sent & !told != 0
}
