//! Charts of what was selected, over the whole run so far: throughput, latency, errors, load, gauges.
//!
//! A [`Subject`] says what is drawn; [`subjects`] chooses them for a selection. [`draw`] paints one onto its canvas, [`table`] gives
//! the same as a table, [`reading`] the values at one moment. Cost of a picture: O(samples) of arithmetic, and at most two points
//! for each column of pixels.

mod plot;
mod scale;
mod subject;
mod table;
mod thin;

pub use plot::{Look, draw, moment_at};
pub use subject::{Subject, subjects};
pub use table::{Value, reading, table};
