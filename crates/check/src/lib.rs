//! Verdicts: what a run proved. A check reads the trace, never the boxes, and never changes the run.

mod verdict;

pub use verdict::{Evidence, Finding, Verdict};
