//! What a box shows, for whoever draws it.

use crate::face::Face;
use crate::plant::{Afflicted, Plant};
use base::Span;
use scenario::Text;
use sim::Decided;
use trace::{BoxIndex, MemberIndex, Sample, WireIndex};

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

    /// From now on what the members of a box decide, or one of them, is kept for whoever looks into it. It changes nothing in the run.
    pub fn watch(&mut self, place: usize, number: Option<u8>) {
        self.world.core.watch(place as BoxIndex, number);
    }

    /// Nobody looks into anything any more.
    pub fn unwatch(&mut self) {
        self.world.core.unwatch();
    }

    /// What was decided where somebody looks, oldest first: at most 40 decisions.
    pub fn decisions(&self) -> impl DoubleEndedIterator<Item = &Decided> + ExactSizeIterator {
        self.world.core.decisions()
    }

    /// True when no earlier decision would be kept.
    #[must_use]
    pub fn is_watch_full(&self) -> bool {
        self.world.core.is_watch_full()
    }

    /// Takes over the decisions that another run of the same design has kept up to this moment.
    pub fn take_decisions(&mut self, other: &Plant) {
        self.world.core.take_decisions(&other.world.core);
    }

    /// The box at the far end of a wire.
    #[must_use]
    pub fn wire_target(&self, wire: WireIndex) -> BoxIndex {
        self.world.core.wire_target(wire)
    }

    /// The side of a partition on which a member stands, from 1; `None` when it is on none, or `on` is no partition.
    #[must_use]
    pub fn side_of(&self, on: Afflicted, member: MemberIndex) -> Option<usize> {
        let (place, number) = self.member(member);
        self.sides(on)?.side_of(self.id_of(place), number)
    }
}
