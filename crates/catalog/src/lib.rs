//! The boxes: one file per kind in `kinds/`, each binding mechanisms and protocols to the simulator, and the [`Plant`] that makes
//! a scenario of them run.
//!
//! To add a kind: one file in `kinds/` that says what it is, what can be set, what may be wired, how it behaves, what it shows and
//! what it leaves out; and one line in the list in `kinds.rs`. Inspector, validation, link codec, palette and reference follow.

#![cfg_attr(
    not(feature = "every-kind"),
    allow(dead_code, reason = "nobody makes members of the kinds that are left out")
)]

mod asked;
mod caller;
mod chains;
mod checks;
mod commits;
mod cookies;
mod copies;
mod desk;
mod disks;
mod eras;
mod face;
mod front;
mod gather;
mod hosted;
mod ids;
mod kind;
mod kinds;
mod leaders;
mod lint;
mod listed;
mod mailboxes;
mod plan;
mod plant;
mod sender;
mod settings;
mod shards;
mod slots;
mod spans;
mod view;
mod wire;
mod words;
mod zones;

pub use caller::Caller;
pub use face::{Arc, Bar, Cell, Face, Lane, LogCell, LogMark, Mood, Phase, Square, TreeNode};
pub use lint::{Finding, Rule, lint};
pub use plan::OpPlan;
pub use plant::{Afflicted, Plant, Trouble};
pub use sim::{Decided, Decision, Word};
pub use view::{BoxView, MemberView};

use crate::kinds::KindOf;
use crate::plan::Serves;
use scenario::{Scenario, Schema};
use std::sync::LazyLock;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let slugs =
        |of: fn(&KindOf) -> bool| KindOf::ALL.iter().filter(|kind| of(kind)).map(|kind| kind.slug().into()).collect();
    Schema {
        kinds: kinds::specs(),
        wire: wire::fields(),
        checks: checks::applies(),
        plans: slugs(|kind| kind.plans()),
        caches: slugs(|kind| kind.serves() == Serves::Lookup),
    }
});

/// Every kind of box, every field of a wire, every check.
#[must_use]
pub fn schema() -> &'static Schema {
    &SCHEMA
}

/// Whether the engine that was built has every kind that the scenario places. Without the feature `every-kind` it has the kinds of
/// the list's first group only.
#[must_use]
pub fn has_kinds_of(scenario: &Scenario) -> bool {
    let missing = |placed: &scenario::Placed| {
        kinds::KindOf::from_slug(&placed.kind).is_some_and(|kind| !kinds::KindOf::HERE.contains(&kind))
    };
    !scenario.boxes.iter().any(missing)
}

/// The number of a trace as a person reads it.
#[must_use]
pub fn trace_name(trace: u64) -> String {
    kinds::tracer::short(trace)
}

/// The names of all operations of a scenario; a request tells its place among them.
#[must_use]
pub fn operations(scenario: &Scenario) -> Vec<String> {
    plan::operations(scenario)
}

/// What boxes ask each other that is nobody's request; `None` for an operation of the scenario.
#[must_use]
pub fn own_operation(op: u8) -> Option<&'static str> {
    match op {
        kind::say::PROBE => Some("a probe"),
        kind::say::FILL => Some("a fill"),
        kind::say::FORGET => Some("an invalidation"),
        _ => None,
    }
}

/// For each box, what it does for each operation: as somebody has written it, or as it follows from the wiring; nothing for a box
/// that carries out no plan.
#[must_use]
pub fn plans(scenario: &Scenario) -> Vec<Vec<OpPlan>> {
    plan::of_operations(scenario)
}

/// For each wire, its place in its caller's plan: `1`, `on miss 2`, `no wait`; empty where there is only one thing to do.
#[must_use]
pub fn step_labels(scenario: &Scenario) -> Vec<String> {
    plan::step_labels(scenario)
}
