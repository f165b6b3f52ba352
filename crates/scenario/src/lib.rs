//! What is saved and shared: boxes, wires, traffic, faults, actions, checks and lesson of one design.
//!
//! Nothing here runs. The [`Schema`] says which kinds of box exist and what may be set on them; it comes from above as data,
//! so that this crate knows the language and not the boxes.
//!
//! A design has two saved forms: a [`mod@file`] for people and a [`link`] for the fragment of an address. Both come from strangers;
//! what they say is judged by [`validate()`] and, where that is wanted, mended by [`repair()`].
//!
//! ```
//! use scenario::{Schema, file, link};
//! // The real schema, with every kind of box in it, comes from the catalogue.
//! let schema = Schema::default();
//! let design = file::read(r#"{ "faultline": 1, "title": "An empty canvas", "seed": 7 }"#, &schema).unwrap();
//! let shared = link::encode(&design, &schema);
//! assert_eq!(link::decode(&shared, &schema).unwrap().scenario, design);
//! assert_eq!(link::decode(&shared[..9], &schema), Err(link::LinkError::CutOff));
//!
//! let mistyped = r#"{ "faultline": 1, "sede": 7 }"#;
//! let problems = file::read(mistyped, &schema).unwrap_err();
//! assert_eq!(problems[0].to_string(), "line 1, column 19, sede: a scenario has no key `sede`; did you mean `seed`?");
//! ```

pub mod file;
mod flaws;
mod group;
mod lesson;
pub mod link;
mod migrate;
mod model;
pub mod naming;
mod plan;
mod problem;
mod repair;
mod schema;
mod sides;
mod trace;
mod validate;
mod verb;
mod zone;

pub use group::Group;
pub use lesson::{Claim, Guess, Lesson, LessonStep, Prediction};
pub use model::{
    Act, CheckSpec, Moment, Note, Op, Placed, Scenario, Setting, Target, Value, Variant, View, Weight, Wire, WireEnds,
};
pub use plan::{Plan, PlanStep};
pub use problem::{Place, Problem, Severity};
pub use repair::repair;
pub use schema::{Applies, ChoiceOption, Field, FieldKind, GaugeSpec, KindSpec, Ports, Schema, Text, When};
pub use sides::{Party, Sides};
pub use trace::{Asked, Bulk, Trace, TraceOp};
pub use validate::validate;
pub use verb::{AmountSpec, Subject, Verb, VerbSpec};
pub use zone::{DISTANCES, Distance, Far, Zone};

#[cfg(test)]
mod tests;
