//! The page's two halves share this library: the application that draws, and the worker in which the engine runs.
//!
//! They are two programs (`src/bin/app.rs`, `src/bin/worker.rs`), because a browser loads a worker from its own address;
//! what both must agree on, the words they exchange, lives here.

pub mod browser;
pub mod charts;
pub mod embed;
pub mod host;
pub mod page;
pub mod paint;
pub mod parts;
pub mod state;
pub mod talk;
