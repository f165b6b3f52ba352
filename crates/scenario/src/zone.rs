//! Zones: regions or racks drawn around boxes, and how far they are from each other.
//!
//! A message between members that lie in different zones takes as much longer, each way, as the two are apart; one within a zone, or
//! to or from what lies in none, takes what its wire says. What can be done to a zone is a fault on all that lies in it, or on all that
//! passes its border.

use crate::Verb;
use serde::{Deserialize, Serialize};

/// A region or rack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Stable name, as a box has one; zones and boxes may have the same.
    pub id: String,
    /// Name on screen.
    pub name: String,
    /// Left edge on the canvas, in points.
    pub x: i32,
    /// Top edge on the canvas, in points.
    pub y: i32,
    /// Width, in points.
    pub width: i32,
    /// Height, in points.
    pub height: i32,
}

/// How far two zones are from each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// The ids of the two zones; the order says nothing.
    pub between: [String; 2],
    /// How much longer a message takes, one way, in milliseconds.
    pub latency_ms: f64,
}

impl Zone {
    /// Width and height when nothing is said, in points.
    pub const SIZE: (i32, i32) = (480, 320);

    /// True when it is drawn around this place on the canvas.
    #[must_use]
    pub fn surrounds(&self, x: i32, y: i32) -> bool {
        let (right, bottom) = (self.x.saturating_add(self.width), self.y.saturating_add(self.height));
        (self.x..right).contains(&x) && (self.y..bottom).contains(&y)
    }
}

impl Distance {
    /// Longest, in milliseconds.
    pub const LATENCY_MS_MAX: f64 = 60_000.0;
    /// Between zones of which nothing is said: two data centres of one region.
    pub const USUAL_MS: f64 = 1.0;

    /// True when it is the distance between these two.
    #[must_use]
    pub fn joins(&self, a: &str, b: &str) -> bool {
        let [one, other] = &self.between;
        (one == a && other == b) || (one == b && other == a)
    }
}

/// A distance as it is found in practice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Far {
    /// Name on screen.
    pub title: &'static str,
    /// One way, in milliseconds: half of the round trip that tables give.
    pub latency_ms: f64,
}

/// Distances to choose from, nearest first.
pub const DISTANCES: [Far; 6] = [
    Far { title: "Racks of one row", latency_ms: 0.05 },
    Far { title: "One data centre", latency_ms: 0.25 },
    Far { title: "Data centres of one region", latency_ms: Distance::USUAL_MS },
    Far { title: "US east and west", latency_ms: 35.0 },
    Far { title: "US and Europe", latency_ms: 75.0 },
    Far { title: "Europe and Asia", latency_ms: 100.0 },
];

/// What a verb does to all of a zone: its name on a button and one line of help.
type Deed = (&'static str, &'static str);

impl Verb {
    /// What it does to a whole zone; `None` when it cannot be done to one.
    #[must_use]
    pub fn on_zone(self) -> Option<Deed> {
        match self {
            Verb::Crash => Some(("Zone down", "Every process in it dies; what they had not persisted is gone")),
            Verb::Restart => Some(("Restart", "Every dead process in it starts again from what it had persisted")),
            Verb::Pause => Some(("Pause", "Every process in it stands still; messages wait for them")),
            Verb::Resume => Some(("Resume", "Every paused process in it goes on")),
            Verb::Slow => Some(("Slow", "All work in it takes this many times as long")),
            Verb::CutOff => Some(("Cut off", "Nothing passes its border; inside, all goes on")),
            Verb::AddLatency => Some(("Add latency", "What passes its border takes this much longer, each way")),
            Verb::Lose => Some(("Lose messages", "What passes its border is lost with this chance, each way")),
            Verb::Heal => Some(("Heal", "Every fault on it, on its members and at its border ends")),
            _ => None,
        }
    }

    /// What it does to all that passes between two zones; `None` when it cannot be done to that.
    #[must_use]
    pub fn between_zones(self) -> Option<Deed> {
        match self {
            Verb::Cut => Some(("Partition", "Nothing passes between the two zones, either way")),
            Verb::AddLatency => Some(("Add latency", "What passes between them takes this much longer, each way")),
            Verb::Lose => Some(("Lose messages", "What passes between them is lost with this chance, each way")),
            Verb::Heal => Some(("Heal", "Every fault between the two ends")),
            _ => None,
        }
    }
}
