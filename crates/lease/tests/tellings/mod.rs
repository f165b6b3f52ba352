//! How the protocols' messages, writes and notes read in a story.

mod leader;
mod lock;
mod registry;

pub use leader::Leader;
pub use lock::Lock;
pub use registry::Registry;
