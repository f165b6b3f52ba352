//! What boxes and members are called, so that a verdict can speak of them.

use std::borrow::Cow;
use trace::{BoxIndex, MemberIndex};

/// The names of a run's boxes and members, by their places. A place without a name is called by its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Ids of the boxes: `posts`.
    pub ids: Vec<String>,
    /// Names of the boxes on screen: `Posts`.
    pub boxes: Vec<String>,
    /// Names of the members: `posts.0`.
    pub members: Vec<String>,
}

impl Names {
    /// The id of a box.
    #[must_use]
    pub fn id(&self, place: BoxIndex) -> Cow<'_, str> {
        named(&self.ids, place, "box")
    }

    /// The name of a box on screen.
    #[must_use]
    pub fn of_box(&self, place: BoxIndex) -> Cow<'_, str> {
        named(&self.boxes, place, "box")
    }

    /// The name of a member.
    #[must_use]
    pub fn member(&self, place: MemberIndex) -> Cow<'_, str> {
        named(&self.members, place, "member")
    }
}

fn named<'a>(names: &'a [String], place: u16, kind: &str) -> Cow<'a, str> {
    names
        .get(usize::from(place))
        .map_or_else(|| Cow::Owned(format!("{kind} {place}")), |name| Cow::Borrowed(name.as_str()))
}
