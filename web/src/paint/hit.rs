//! What is under a point of the canvas, and the way between that and the words of a scenario.

use super::geometry::Point;
use super::groups::GroupLayout;
use super::layout::Layout;
use super::zones;
use scenario::{Scenario, Target};

/// Something on the canvas, by its place in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A box.
    Box(usize),
    /// One member of a box.
    Member(usize, usize),
    /// A wire.
    Wire(usize),
    /// The port at which wires leave a box.
    Out(usize),
    /// The port at which wires reach a box.
    In(usize),
    /// The head or the edge of a zone; inside, it is the canvas.
    Zone(usize),
    /// A corner of a zone, clockwise from the upper left.
    Corner(usize, u8),
    /// A note.
    Note(usize),
    /// The card of a folded group, or the head or the edge of one that is not.
    Group(usize),
}

/// How near to a port counts as on it, in CSS pixels.
const PORT_REACH: f64 = 11.0;
/// How near to a wire counts as on it, in CSS pixels.
const WIRE_REACH: f64 = 7.0;
/// How near to a zone's corner and edge counts as on it, in CSS pixels.
const CORNER_REACH: f64 = 10.0;
const EDGE_REACH: f64 = 5.0;

impl Layout {
    /// What is at `p`: ports before folded groups before members before boxes before wires before zones, the topmost first. `zoom` turns reach into canvas points;
    /// `coarse` doubles it for fingers.
    #[must_use]
    pub fn hit(&self, p: Point, zoom: f64, coarse: bool) -> Option<Hit> {
        let scale = if coarse { 2.0 } else { 1.0 } / zoom.max(1e-6);
        self.port(p, PORT_REACH * scale)
            .or_else(|| self.folded_at(p).map(Hit::Group))
            .or_else(|| self.inside(p, scale))
            .or_else(|| self.wires.iter().rposition(|wire| wire.hit(p, WIRE_REACH * scale)).map(Hit::Wire))
            .or_else(|| self.group(p, scale))
            .or_else(|| self.notes.iter().rposition(|note| note.rect.contains(p)).map(Hit::Note))
            .or_else(|| self.zone(p, scale))
    }

    /// The group whose frame is at `p`.
    fn group(&self, p: Point, scale: f64) -> Option<Hit> {
        let is_at = |group: &GroupLayout| {
            let rect = group.card.rect;
            let is_edge = rect.grown(EDGE_REACH * scale).contains(p) && !rect.grown(-EDGE_REACH * scale).contains(p);
            !group.folded && !group.boxes.is_empty() && (is_edge || group.head().contains(p))
        };
        self.groups.iter().rposition(is_at).map(Hit::Group)
    }

    /// The folded group whose card holds `p`.
    #[must_use]
    pub fn folded_at(&self, p: Point) -> Option<usize> {
        self.groups.iter().rposition(|group| group.folded && group.card.rect.contains(p))
    }

    fn zone(&self, p: Point, scale: f64) -> Option<Hit> {
        self.zones.iter().enumerate().rev().find_map(|(at, rect)| {
            let corner = zones::corners(rect).iter().position(|corner| corner.distance(p) <= CORNER_REACH * scale);
            let is_edge = rect.grown(EDGE_REACH * scale).contains(p) && !rect.grown(-EDGE_REACH * scale).contains(p);
            match corner {
                Some(corner) => Some(Hit::Corner(at, corner as u8)),
                None => (is_edge || zones::head(rect).contains(p)).then_some(Hit::Zone(at)),
            }
        })
    }

    /// The box whose card holds `p`; for wires that are let go over it.
    #[must_use]
    pub fn box_at(&self, p: Point) -> Option<usize> {
        self.boxes.iter().rposition(|placed| placed.fold.is_none() && placed.rect.contains(p))
    }

    fn port(&self, p: Point, reach: f64) -> Option<Hit> {
        self.boxes.iter().enumerate().rev().find_map(|(at, placed)| {
            // Half of the reach lies inside the card, so that a port never hides the card's edge from the pointer.
            if placed.fold.is_some() {
                None
            } else if placed.out_max > 0 && placed.out_port.moved(reach * 0.4, 0.0).distance(p) <= reach {
                Some(Hit::Out(at))
            } else if placed.accepts && placed.in_port.moved(-reach * 0.4, 0.0).distance(p) <= reach * 0.7 {
                Some(Hit::In(at))
            } else {
                None
            }
        })
    }

    fn inside(&self, p: Point, scale: f64) -> Option<Hit> {
        let at = self.box_at(p)?;
        let placed = &self.boxes[at];
        let reach = if placed.grouped { 0.0 } else { 2.0 * scale };
        match placed.members.iter().position(|member| member.grown(reach).contains(p)) {
            Some(member) => Some(Hit::Member(at, member)),
            // Wires' branches cross the floor of a group; the floor itself is the box.
            None => Some(Hit::Box(at)),
        }
    }
}

impl Hit {
    /// The same in the words of a scenario; a port is its box, and notes and groups are nobody to whom anything happens.
    #[must_use]
    pub fn target(self, scenario: &Scenario) -> Option<Target> {
        match self {
            Hit::Box(at) | Hit::Out(at) | Hit::In(at) => {
                scenario.boxes.get(at).map(|placed| Target::Box(placed.id.clone()))
            }
            Hit::Member(at, member) => scenario
                .boxes
                .get(at)
                .map(|placed| Target::Member(placed.id.clone(), u8::try_from(member).unwrap_or(u8::MAX))),
            Hit::Wire(at) => scenario.wires.get(at).map(|wire| Target::Wire(wire.ends.clone())),
            Hit::Note(_) | Hit::Group(_) => None,
            Hit::Zone(at) | Hit::Corner(at, _) => scenario.zones.get(at).map(|zone| Target::Zone(zone.id.clone())),
        }
    }

    /// Where `target` is on the canvas.
    #[must_use]
    pub fn of(target: &Target, scenario: &Scenario) -> Option<Hit> {
        match target {
            Target::Box(id) => scenario.place(id).map(Hit::Box),
            Target::Member(id, member) => scenario.place(id).map(|at| Hit::Member(at, usize::from(*member))),
            Target::Wire(ends) => scenario.wire(ends).map(Hit::Wire),
            Target::Zone(id) => scenario.zone(id).map(Hit::Zone),
            Target::Between(..) | Target::Sides(_) => None,
        }
    }

    /// The box it is or belongs to.
    #[must_use]
    pub fn box_place(self) -> Option<usize> {
        match self {
            Hit::Box(at) | Hit::Member(at, _) | Hit::Out(at) | Hit::In(at) => Some(at),
            Hit::Wire(_) | Hit::Zone(_) | Hit::Corner(..) | Hit::Note(_) | Hit::Group(_) => None,
        }
    }
}
