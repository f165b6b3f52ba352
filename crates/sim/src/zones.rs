//! Zones: which member lies where, and what happens to a message that passes from one zone to another.
//!
//! Between each pair of zones runs a border. A message over it takes the distance of the two on top of its wire or mesh, and may be
//! held up, lost or stopped by a fault; one that stays inside passes none. A world without zones has none of this and pays for one
//! look at a pointer where a message arrives. Cost: O(1) for each message, O(zones²) memory.

use base::Span;
use trace::MemberIndex;

/// The place of a zone, from 1; 0 is [`Zones::NOWHERE`].
pub type ZoneIndex = u8;

/// What happens to a message between two zones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Border {
    /// How far the two are from each other, one way.
    pub distance: Span,
    /// Latency that a fault adds, each way.
    pub added: Span,
    /// Share of messages that a fault loses, 0 to 1.
    pub loss: f64,
    /// True while nothing passes.
    pub cut: bool,
}

impl Border {
    /// How much longer a message takes that passes it.
    #[must_use]
    pub fn delay(&self) -> Span {
        self.distance + self.added
    }
}

/// Which member lies where, and the borders.
#[derive(Clone, Debug)]
pub struct Zones {
    /// Zones with [`Zones::NOWHERE`].
    count: usize,
    /// Row by row; both halves are the same.
    borders: Vec<Border>,
    /// By member; those beyond the end lie nowhere.
    homes: Vec<ZoneIndex>,
}

impl Zones {
    /// Where members lie that lie in no zone: no distance from anywhere.
    pub const NOWHERE: ZoneIndex = 0;

    pub(crate) fn new(zones: ZoneIndex, mut distance: impl FnMut(ZoneIndex, ZoneIndex) -> Span) -> Zones {
        let count = usize::from(zones) + 1;
        let mut made = Zones { count, borders: vec![Border::default(); count * count], homes: Vec::new() };
        for a in 1..=zones {
            for b in a + 1..=zones {
                let distance = distance(a, b);
                made.change(a, b, |border| border.distance = distance);
            }
        }
        made
    }

    /// How many there are besides [`Zones::NOWHERE`].
    #[must_use]
    pub fn count(&self) -> ZoneIndex {
        (self.count - 1) as ZoneIndex
    }

    /// Moves a member.
    pub fn lay(&mut self, member: MemberIndex, zone: ZoneIndex) {
        assert!(usize::from(zone) < self.count, "zone {zone} of {}", self.count - 1);
        let member = usize::from(member);
        if self.homes.len() <= member {
            self.homes.resize(member + 1, Zones::NOWHERE);
        }
        self.homes[member] = zone;
    }

    /// Where a member lies.
    #[inline]
    #[must_use]
    pub fn of(&self, member: MemberIndex) -> ZoneIndex {
        self.homes.get(usize::from(member)).copied().unwrap_or(Zones::NOWHERE)
    }

    /// The border between the zones of two members; that of a zone with itself stops nothing.
    #[inline]
    #[must_use]
    pub fn between(&self, a: MemberIndex, b: MemberIndex) -> Border {
        self.border(self.of(a), self.of(b))
    }

    /// The border between two zones.
    #[inline]
    #[must_use]
    pub fn border(&self, a: ZoneIndex, b: ZoneIndex) -> Border {
        self.borders[usize::from(a) * self.count + usize::from(b)]
    }

    /// Changes the border between two zones, both ways; nothing when they are one.
    pub fn change(&mut self, a: ZoneIndex, b: ZoneIndex, change: impl FnOnce(&mut Border)) {
        if a != b {
            let (a, b) = (usize::from(a), usize::from(b));
            let mut border = self.borders[a * self.count + b];
            change(&mut border);
            self.borders[a * self.count + b] = border;
            self.borders[b * self.count + a] = border;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_border_is_the_same_from_both_sides_and_none_runs_through_a_zone() {
        let mut zones = Zones::new(3, |a, b| Span(u64::from(10 * a + b)));
        zones.lay(7, 3);
        zones.lay(2, 1);
        assert_eq!((zones.count(), zones.of(7), zones.of(2), zones.of(0), zones.of(99)), (3, 3, 1, 0, 0));
        assert_eq!((zones.between(7, 2).distance, zones.between(2, 7).distance), (Span(13), Span(13)));
        zones.change(3, 1, |border| border.cut = true);
        assert!(zones.between(2, 7).cut && zones.between(7, 2).cut && !zones.between(7, 7).cut);
        zones.change(2, 2, |border| border.cut = true);
        assert_eq!(zones.border(2, 2), Border::default());
        assert_eq!(zones.between(0, 7), Border::default(), "what lies nowhere is near everything");
    }
}
