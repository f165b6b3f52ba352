//! The rules for groups: each has a name and boxes, and no box is in two.

use super::{Boxes, id, refuse, too_many};
use crate::naming::shown;
use crate::problem::{Found, Path};
use crate::{Group, Scenario};

/// Judges the groups of a design.
pub(super) fn all(groups: &[Group], boxes: &Boxes<'_>, found: &mut Found) {
    let list = Path::top("groups");
    too_many(&list, groups.len(), Scenario::GROUPS_MAX, found);
    for (at, one) in groups.iter().enumerate() {
        group(&list.at(at), one, &groups[..at], boxes, found);
    }
}

/// Judges one group, after those that stand before it.
pub(crate) fn group(path: &Path<'_>, group: &Group, earlier: &[Group], boxes: &Boxes<'_>, found: &mut Found) {
    id(&path.key("id"), &group.id, found);
    if earlier.iter().any(|other| other.id == group.id) {
        found.error(&path.key("id"), format_args!("`{}` is already the id of a group", shown(&group.id)));
    }
    if group.name.is_empty() {
        found.error(&path.key("name"), format_args!("the name is empty"));
    }
    refuse(&path.key("name"), &group.name, Scenario::NAME_MAX, false, found);
    let list = path.key("boxes");
    too_many(&list, group.boxes.len(), Scenario::BOXES_MAX, found);
    if group.boxes.is_empty() {
        found.error(&list, format_args!("no box is in it"));
    }
    for (at, held) in group.boxes.iter().enumerate() {
        let path = list.at(at);
        boxes.known(&path, held, found);
        if group.boxes[..at].contains(held) {
            found.error(&path, format_args!("`{}` is in it already", shown(held)));
        } else if let Some(other) = earlier.iter().position(|other| other.holds(held)) {
            let held = shown(held);
            found.error(&path, format_args!("`{held}` is in groups[{other}] already; a box is in at most one group"));
        }
    }
}
