//! The readable form of a scenario: JSON with defaults left out.
use crate::{Problem, Scenario, Schema};

/// The design that `text` describes.
///
/// # Errors
/// Everything that keeps it from running, each with its place in the text.
pub fn read(_text: &str, _schema: &Schema) -> Result<Scenario, Vec<Problem>> {
    Err(vec![Problem::error("", "not written yet")])
}

/// `scenario` as a text that [`read`] gives back.
#[must_use]
pub fn write(_scenario: &Scenario, _schema: &Schema) -> String {
    String::new()
}
