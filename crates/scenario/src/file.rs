//! The readable form of a scenario: JSON with defaults left out, meant to be written by hand.
//!
//! The form is described for people in `static/scenarios/README.md`; tests hold that text and this code to each other. Reading
//! goes in three stages, each of which reports everything it finds before the next begins: is it JSON, has it the right shape,
//! can it run.

mod json;
mod print;
mod read;
mod write;

use crate::migrate::{STEPS, Step, VERSION};
use crate::{Problem, Scenario, Schema, validate};

#[cfg(test)]
pub(crate) use json::{Json, Node, TEXT_MAX, parse};
pub(crate) use read::keys;

/// The design that `text` describes.
///
/// # Errors
/// Everything that keeps it from running, each with its place in the text; at most 50 problems.
pub fn read(text: &str, schema: &Schema) -> Result<Scenario, Vec<Problem>> {
    read_with(text, schema, VERSION, STEPS)
}

pub(crate) fn read_with(
    text: &str,
    schema: &Schema,
    newest: u8,
    steps: &'static [Step],
) -> Result<Scenario, Vec<Problem>> {
    let root = json::parse(text).map_err(|problem| vec![problem])?;
    let mut scenario = read::scenario(&root, schema, newest, steps).map_err(Problem::first_of)?;
    crate::repair::canonical(&mut scenario);
    let mut errors: Vec<Problem> = validate(&scenario, schema).into_iter().filter(Problem::is_error).collect();
    for problem in &mut errors {
        problem.place = Some(root.locate(&problem.path));
    }
    if errors.is_empty() { Ok(scenario) } else { Err(Problem::first_of(errors)) }
}

/// `scenario` as a text that [`read`] gives back.
#[must_use]
pub fn write(scenario: &Scenario, schema: &Schema) -> String {
    print::print(&write::scenario(scenario, schema))
}
