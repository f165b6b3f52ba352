//! The application without a screen: a scenario in, frames out.

mod command;
mod frame;

pub use catalog::Face;
pub use command::{Command, Edit};
pub use frame::{
    BoxFrame, Document, Flight, Frame, Health, LogLine, Mark, MemberFrame, Path, RunState, Series, WireFrame,
};
