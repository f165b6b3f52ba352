//! How the protocols' messages, writes and notes read in a story.

mod repair;
mod rumour;
mod swim;

pub use repair::Repair;
pub use rumour::Rumours;
pub use swim::Swim;
