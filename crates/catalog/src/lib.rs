//! The boxes: one file per kind, each binding mechanisms and protocols to the simulator.

mod face;

pub use face::{Arc, Bar, Cell, Face, LogCell, LogMark};
