//! What the page knows and decides without a browser: selection, gestures, keys, what is kept. All of it pure.

pub mod clock;
pub mod entry;
pub mod folding;
pub mod gesture;
pub mod keys;
pub mod library;
mod order;
pub mod plan;
pub mod prediction;
pub mod progress;
pub mod reading;
pub mod roving;
mod same;
mod selection;
pub mod shelf;
pub mod trace;

pub use order::ordered;
pub use same::Same;
pub use selection::Selection;
