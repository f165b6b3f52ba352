//! How the protocols' messages, writes and notes read in a story.

mod outbox;
mod saga;
mod two_phase;

pub use outbox::Outbox;
pub use saga::{Choreographed, Orchestrated};
pub use two_phase::TwoPhase;

/// What follows from what a story shows at its end, for the reader and for the test that every mistake has its story.
fn harm(is_harm: bool) -> &'static str {
    if is_harm { " HARM" } else { "" }
}
