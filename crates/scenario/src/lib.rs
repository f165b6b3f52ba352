//! What is saved and shared: boxes, wires, traffic, faults, actions, checks and lesson of one design.
//!
//! Nothing here runs. The [`Schema`] says which kinds of box exist and what may be set on them; it comes from above as data,
//! so that this crate knows the language and not the boxes.

pub mod file;
mod flaws;
pub mod link;
mod migrate;
mod model;
pub mod naming;
mod problem;
mod repair;
mod schema;
mod validate;
mod verb;

pub use model::{
    Act, CheckSpec, Lesson, LessonStep, Moment, Op, Placed, Scenario, Target, Value, View, Wire, WireEnds,
};
pub use problem::{Place, Problem, Severity};
pub use repair::repair;
pub use schema::{
    Applies, ChoiceOption, Field, FieldKind, GaugeSpec, KindSpec, Ports, Schema, Text, When,
};
pub use validate::validate;
pub use verb::{AmountSpec, Subject, Verb, VerbSpec};

#[cfg(test)]
mod tests;
