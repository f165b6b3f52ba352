//! Tests of the saved forms against a sample of the language. The real kinds live above this crate and are held to the same
//! promises there.

mod around;
mod design;
mod file;
mod golden;
mod link;
mod readme;
mod rules;
pub(crate) mod sample;
mod trace;
