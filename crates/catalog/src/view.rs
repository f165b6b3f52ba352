//! What a box shows, for whoever draws it.

use crate::face::Face;
use crate::plant::Plant;
use base::Span;
use scenario::Text;
use trace::{MemberIndex, Sample};

/// A box at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxView {
    /// The box's face.
    pub face: Face,
    /// Its readings, in the order of its kind's gauges.
    pub gauges: Vec<Option<f64>>,
    /// Its members.
    pub members: Vec<MemberView>,
}

/// A member at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberView {
    /// Its place among all members.
    pub member: MemberIndex,
    /// Its role, when it has one.
    pub role: Text,
    /// Its face.
    pub face: Face,
    /// One line under it.
    pub note: String,
}

impl Plant {
    /// What a box shows now; `sample` is its last full window, of length `window`.
    #[must_use]
    pub fn view(&self, place: usize, sample: &Sample, window: Span) -> BoxView {
        let shown = self.shown(place, sample, window, true);
        let member = |(member, (role, face, note))| MemberView { member, role, face, note };
        let members = self.members_of(place).into_iter().zip(shown.members).map(member).collect();
        BoxView { face: shown.face, gauges: shown.gauges, members }
    }
}
