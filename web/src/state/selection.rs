//! What is selected on the canvas: any number of boxes, or one member, wire, zone, note or group, or the border between two zones.

use scenario::{Party, Scenario, Target, WireEnds};

/// The selection. Boxes and wires are named by id, so that it survives edits elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Selection {
    /// Nothing: the design as a whole is meant.
    #[default]
    Nothing,
    /// One box or more, in the order in which they were chosen; never empty.
    Boxes(Vec<String>),
    /// One member of a box, by number.
    Member(String, u8),
    /// One wire.
    Wire(WireEnds),
    /// One zone.
    Zone(String),
    /// What passes between two zones.
    Between(String, String),
    /// One note, by place.
    Note(usize),
    /// One group, by id.
    Group(String),
}

impl Selection {
    /// The selection of one target.
    #[must_use]
    pub fn of(target: &Target) -> Selection {
        match target {
            Target::Box(id) => Selection::Boxes(vec![id.clone()]),
            Target::Member(id, member) => Selection::Member(id.clone(), *member),
            Target::Wire(ends) => Selection::Wire(ends.clone()),
            Target::Zone(id) => Selection::Zone(id.clone()),
            Target::Between(a, b) => Selection::Between(a.clone(), b.clone()),
            Target::Sides(sides) => {
                let mut ids: Vec<String> = sides.parties().filter_map(Party::home).map(ToString::to_string).collect();
                ids.dedup();
                if ids.is_empty() { Selection::Nothing } else { Selection::Boxes(ids) }
            }
        }
    }

    /// What is meant when exactly one thing is.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        match self {
            Selection::Boxes(ids) if ids.len() == 1 => Some(Target::Box(ids[0].clone())),
            Selection::Member(id, member) => Some(Target::Member(id.clone(), *member)),
            Selection::Wire(ends) => Some(Target::Wire(ends.clone())),
            Selection::Zone(id) => Some(Target::Zone(id.clone())),
            Selection::Between(a, b) => Some(Target::Between(a.clone(), b.clone())),
            Selection::Nothing | Selection::Boxes(_) | Selection::Note(_) | Selection::Group(_) => None,
        }
    }

    /// The boxes that move, are copied or go together.
    #[must_use]
    pub fn boxes(&self) -> &[String] {
        match self {
            Selection::Boxes(ids) => ids,
            _ => &[],
        }
    }

    /// The only box selected, or the one whose member is.
    #[must_use]
    pub fn home(&self) -> Option<&str> {
        match self {
            Selection::Boxes(ids) if ids.len() == 1 => Some(&ids[0]),
            Selection::Member(id, _) => Some(id),
            _ => None,
        }
    }

    /// True when this box is among the selected.
    #[must_use]
    pub fn has_box(&self, id: &str) -> bool {
        self.boxes().iter().any(|selected| selected == id)
    }

    /// With this box added, or taken away if it was there.
    #[must_use]
    pub fn toggled(&self, id: &str) -> Selection {
        let mut ids = self.boxes().to_vec();
        match ids.iter().position(|selected| selected == id) {
            Some(at) => {
                ids.remove(at);
            }
            None => ids.push(id.to_string()),
        }
        if ids.is_empty() { Selection::Nothing } else { Selection::Boxes(ids) }
    }

    /// What is left of it in a design from which something may have gone.
    #[must_use]
    pub fn within(&self, scenario: &Scenario) -> Selection {
        match self {
            Selection::Nothing => Selection::Nothing,
            Selection::Boxes(ids) => {
                let left: Vec<String> = ids.iter().filter(|id| scenario.place(id).is_some()).cloned().collect();
                if left.is_empty() { Selection::Nothing } else { Selection::Boxes(left) }
            }
            Selection::Member(id, _) if scenario.place(id).is_none() => Selection::Nothing,
            Selection::Wire(ends) if scenario.wire(ends).is_none() => Selection::Nothing,
            Selection::Note(at) if *at >= scenario.notes.len() => Selection::Nothing,
            Selection::Group(id) if scenario.group(id).is_none() => Selection::Nothing,
            Selection::Zone(id) if scenario.zone(id).is_none() => Selection::Nothing,
            Selection::Between(a, b) if scenario.zone(a).is_none() || scenario.zone(b).is_none() => Selection::Nothing,
            kept => kept.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(ids: &[&str]) -> Selection {
        Selection::Boxes(ids.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn choosing_a_box_again_lets_it_go() {
        assert_eq!(Selection::Nothing.toggled("a").toggled("b"), boxes(&["a", "b"]));
        assert_eq!(boxes(&["a", "b"]).toggled("a"), boxes(&["b"]));
        assert_eq!(boxes(&["b"]).toggled("b"), Selection::Nothing);
    }

    #[test]
    fn what_is_gone_is_not_selected() {
        let placed = |id: &str| scenario::Placed { id: id.into(), ..Default::default() };
        let design = Scenario { boxes: vec![placed("a")], ..Default::default() };
        assert_eq!(boxes(&["a", "gone"]).within(&design), boxes(&["a"]));
        assert_eq!(boxes(&["gone"]).within(&design), Selection::Nothing);
        assert_eq!(Selection::Member("gone".into(), 0).within(&design), Selection::Nothing);
        let ends = WireEnds { from: "a".into(), to: "b".into() };
        assert_eq!(Selection::Wire(ends).within(&design), Selection::Nothing);
        assert_eq!(Selection::Group("gone".into()).within(&design), Selection::Nothing);
        assert_eq!(Selection::Zone("gone".into()).within(&design), Selection::Nothing);
        assert_eq!(Selection::Between("gone".into(), "too".into()).within(&design), Selection::Nothing);
    }
}
