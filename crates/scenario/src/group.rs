//! Groups: parts of the canvas that fold into one box with ports. A group is a way to look at a design and nothing else: a run knows
//! nothing of it.

use crate::Scenario;
use serde::{Deserialize, Serialize};

/// Boxes that fold into one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Stable name, as a box has one; groups, zones and boxes may have the same.
    pub id: String,
    /// Name on screen.
    pub name: String,
    /// The ids of the boxes in it, at least one; a box is in at most one group.
    pub boxes: Vec<String>,
    /// True while all of it is drawn as one box.
    pub folded: bool,
}

impl Group {
    /// True when the box with this id is in it.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.boxes.iter().any(|held| held == id)
    }
}

impl Scenario {
    /// Most groups.
    pub const GROUPS_MAX: usize = 40;

    /// The place of the group with this id.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.id == id)
    }

    /// The place of the group that the box with this id is in.
    #[must_use]
    pub fn group_of(&self, id: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.holds(id))
    }

    /// The place of the group that is folded over the box with this id.
    #[must_use]
    pub fn folded_over(&self, id: &str) -> Option<usize> {
        self.group_of(id).filter(|at| self.groups[*at].folded)
    }
}
