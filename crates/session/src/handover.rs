//! A session on its way from one engine to another.
//!
//! The engine that a page loads at first has the members of some kinds only. When a design goes beyond them the session, with
//! everything that can be undone, goes on in the whole engine. There is no run to take along: a design that goes beyond the engine has
//! just been opened or begun anew.

use crate::Session;
use base::Time;
use scenario::Scenario;
use serde::{Deserialize, Serialize};

/// What of a session its host does not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    scenario: Scenario,
    revision: u32,
    undo: Vec<(String, Scenario)>,
    redo: Vec<(String, Scenario)>,
    playing: bool,
    speed: f64,
    seeking: Option<Time>,
}

impl Session {
    /// True when the design has boxes whose members this engine does not have. Nothing runs then, and [`Session::hand_over`] is due.
    #[must_use]
    pub fn is_beyond_engine(&self) -> bool {
        !catalog::has_kinds_of(&self.scenario)
    }

    /// The session for another engine to take over. Cost: a copy of the design for each step that can be undone.
    #[must_use]
    pub fn hand_over(&self) -> Handover {
        Handover {
            scenario: self.scenario.clone(),
            revision: self.revision,
            undo: self.undo.clone(),
            redo: self.redo.clone(),
            playing: self.playing,
            speed: self.speed,
            seeking: self.seeking,
        }
    }

    /// The session that another engine handed over.
    #[must_use]
    pub fn take_over(handover: Handover) -> Session {
        let Handover { scenario, revision, undo, redo, playing, speed, seeking } = handover;
        Session { revision, undo, redo, playing, speed, seeking, ..Session::open(scenario) }
    }
}
