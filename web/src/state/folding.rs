//! What folded groups hide of a design: who has to be unfolded to see what is selected, and what folds with one press.

use super::Selection;
use scenario::{Scenario, WireEnds};

/// The groups, by id, that are folded over what is selected. Of several boxes none: they are seen as their group.
#[must_use]
pub fn covering(scenario: &Scenario, selection: &Selection) -> Vec<String> {
    let over = |id: &str| scenario.folded_over(id);
    let mut groups: Vec<usize> = match selection {
        Selection::Boxes(ids) if ids.len() == 1 => over(&ids[0]).into_iter().collect(),
        Selection::Member(id, _) => over(id).into_iter().collect(),
        Selection::Wire(ends) if !is_seen_alone(scenario, ends) => {
            [over(&ends.from), over(&ends.to)].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    };
    groups.dedup();
    groups.into_iter().map(|at| scenario.groups[at].id.clone()).collect()
}

/// True when a wire is drawn for itself: it does not lie in a folded group and shares its way to one with no other.
fn is_seen_alone(scenario: &Scenario, ends: &WireEnds) -> bool {
    let seen = |id: &str| scenario.folded_over(id).map_or_else(|| Err(id.to_string()), Ok);
    let ways = |ends: &WireEnds| (seen(&ends.from), seen(&ends.to));
    let (from, to) = ways(ends);
    if from.is_err() && to.is_err() {
        return true;
    }
    from != to && scenario.wires.iter().filter(|wire| ways(&wire.ends) == (from.clone(), to.clone())).count() == 1
}

/// The selection of these boxes: their group when they are all of one that is folded.
#[must_use]
pub fn of_boxes(scenario: &Scenario, ids: Vec<String>) -> Selection {
    let is_all = |group: &&scenario::Group| {
        group.folded && group.boxes.len() == ids.len() && ids.iter().all(|id| group.holds(id))
    };
    match scenario.groups.iter().find(is_all) {
        Some(group) => Selection::Group(group.id.clone()),
        None if ids.is_empty() => Selection::Nothing,
        None => Selection::Boxes(ids),
    }
}

/// With all boxes of a group added, or taken away if they were all there.
#[must_use]
pub fn toggled(scenario: &Scenario, selection: &Selection, group: &str) -> Selection {
    let Some(at) = scenario.group(group) else { return selection.clone() };
    let held = &scenario.groups[at].boxes;
    let mut ids = boxes(scenario, selection).to_vec();
    if held.iter().all(|id| ids.contains(id)) {
        ids.retain(|id| !held.contains(id));
    } else {
        ids.extend(held.iter().filter(|id| !selection.has_box(id)).cloned());
    }
    of_boxes(scenario, ids)
}

/// With a box added, or taken away if it was there; of a selected group, its boxes stay.
#[must_use]
pub fn toggled_box(scenario: &Scenario, selection: &Selection, id: &str) -> Selection {
    match Selection::Boxes(boxes(scenario, selection).to_vec()).toggled(id) {
        Selection::Boxes(ids) => of_boxes(scenario, ids),
        other => other,
    }
}

/// The boxes that are selected: those of a group when it is.
#[must_use]
pub fn boxes<'a>(scenario: &'a Scenario, selection: &'a Selection) -> &'a [String] {
    match selection {
        Selection::Group(id) => scenario.group(id).map_or(&[], |at| &scenario.groups[at].boxes),
        other => other.boxes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenario::{Group, Placed, Wire};

    /// `a` calls `b` and `c`, which are folded into `g` and call each other and `d`.
    fn design() -> Scenario {
        let placed = |id: &str| Placed { id: id.into(), ..Placed::default() };
        let wire =
            |(from, to): (&str, &str)| Wire { ends: WireEnds { from: from.into(), to: to.into() }, ..Wire::default() };
        Scenario {
            boxes: ["a", "b", "c", "d"].map(placed).into(),
            wires: [("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")].map(wire).into(),
            groups: vec![Group {
                id: "g".into(),
                boxes: vec!["b".into(), "c".into()],
                folded: true,
                ..Group::default()
            }],
            ..Scenario::default()
        }
    }

    fn boxed(ids: &[&str]) -> Selection {
        Selection::Boxes(ids.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_hidden_in_a_group_says_which_to_unfold() {
        let mut design = design();
        let wire = |from: &str, to: &str| Selection::Wire(WireEnds { from: from.into(), to: to.into() });
        let cases = [
            (boxed(&["b"]), true),
            (boxed(&["a"]), false),
            (boxed(&["b", "c"]), false),
            (Selection::Member("c".into(), 2), true),
            (wire("b", "c"), true),
            (wire("a", "b"), true),
            (wire("c", "d"), false),
        ];
        for (selection, is_hidden) in &cases {
            let groups = covering(&design, selection);
            assert_eq!(groups, vec!["g".to_string(); usize::from(*is_hidden)], "{selection:?}");
        }
        design.groups[0].folded = false;
        assert!(cases.iter().all(|(selection, _)| covering(&design, selection).is_empty()));
    }

    #[test]
    fn all_boxes_of_a_folded_group_are_the_group() {
        let mut design = design();
        let group = Selection::Group("g".into());
        assert_eq!(of_boxes(&design, vec!["c".into(), "b".into()]), group);
        assert_eq!(of_boxes(&design, vec!["a".into(), "c".into(), "b".into()]), boxed(&["a", "c", "b"]));
        assert_eq!(toggled(&design, &boxed(&["a"]), "g"), boxed(&["a", "b", "c"]));
        assert_eq!(toggled(&design, &boxed(&["a", "b", "c"]), "g"), boxed(&["a"]));
        assert_eq!(toggled(&design, &group, "g"), Selection::Nothing);
        assert_eq!(boxes(&design, &group), ["b", "c"]);
        assert_eq!(toggled_box(&design, &group, "a"), boxed(&["b", "c", "a"]));
        assert_eq!(toggled_box(&design, &boxed(&["b", "c", "a"]), "a"), group);
        assert_eq!(toggled_box(&design, &boxed(&["a"]), "a"), Selection::Nothing);
        design.groups[0].folded = false;
        assert_eq!(of_boxes(&design, vec!["b".into(), "c".into()]), boxed(&["b", "c"]));
    }
}
