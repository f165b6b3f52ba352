//! The boxes: one file per kind in `kinds/`, each binding mechanisms and protocols to the simulator, and the [`Plant`] that makes
//! a scenario of them run.
//!
//! To add a kind: one file in `kinds/` that says what it is, what can be set, what may be wired, how it behaves, what it shows and
//! what it leaves out; and one line in the list in `kinds.rs`. Inspector, validation, link codec, palette and reference follow.

mod caller;
mod chains;
mod checks;
mod copies;
mod desk;
mod face;
mod front;
mod gather;
mod hosted;
mod ids;
mod kind;
mod kinds;
mod leaders;
mod plan;
mod plant;
mod settings;
mod shards;
mod view;
mod wire;
mod words;

pub use caller::Caller;
pub use face::{Arc, Bar, Cell, Face, Lane, LogCell, LogMark, Mood, Phase, Square, TreeNode};
pub use plant::{Afflicted, Plant, Trouble};
pub use view::{BoxView, MemberView};

use scenario::{Scenario, Schema};
use std::sync::LazyLock;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema { kinds: kinds::specs(), wire: wire::fields(), checks: checks::applies() });

/// Every kind of box, every field of a wire, every check.
#[must_use]
pub fn schema() -> &'static Schema {
    &SCHEMA
}

/// The names of all operations of a scenario; a request tells its place among them.
#[must_use]
pub fn operations(scenario: &Scenario) -> Vec<String> {
    plan::operations(scenario)
}

/// For each wire, its place in its caller's plan: `1`, `on miss 2`, `no wait`; empty where there is only one thing to do.
#[must_use]
pub fn step_labels(scenario: &Scenario) -> Vec<String> {
    plan::step_labels(scenario)
}
