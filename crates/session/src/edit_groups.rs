//! Edits of groups: made, folded and unfolded, named, dissolved. None of them says anything to a run.

use crate::edit::{clip, name_for};
use scenario::{Group, Scenario, naming::name_of};

fn group<'a>(scenario: &'a mut Scenario, id: &str) -> Result<&'a mut Group, String> {
    let at = scenario.group(id).ok_or_else(|| format!("there is no group {id}"))?;
    Ok(&mut scenario.groups[at])
}

/// An id that no group has.
fn free_id(scenario: &Scenario) -> String {
    let mut numbered = (1..).map(|n| format!("group-{n}"));
    numbered.find(|id| scenario.group(id).is_none()).unwrap_or_default()
}

/// A new group of these boxes, folded at once: that is what it was made for.
pub(crate) fn add(scenario: &mut Scenario, ids: &[String]) -> Result<String, String> {
    let count = scenario.groups.len();
    if count >= Scenario::GROUPS_MAX {
        return Err(format!("there are {count} groups; there can be no more"));
    }
    let boxes: Vec<String> =
        scenario.boxes.iter().map(|placed| &placed.id).filter(|id| ids.contains(id)).cloned().collect();
    if boxes.len() < 2 {
        return Err("a group takes two boxes or more".to_string());
    }
    if let Some((id, at)) = boxes.iter().find_map(|id| Some((id, scenario.group_of(id)?))) {
        let (who, group) = (name_for(scenario, id), &scenario.groups[at].name);
        return Err(format!("{who} is in {group} already; a box is in at most one group"));
    }
    let id = free_id(scenario);
    let name = name_of(&id);
    let said = format!("group {} boxes as {name}", boxes.len());
    scenario.groups.push(Group { id, name, boxes, folded: true });
    Ok(said)
}

pub(crate) fn dissolve(scenario: &mut Scenario, id: &str) -> Result<String, String> {
    let name = group(scenario, id)?.name.clone();
    scenario.groups.retain(|group| group.id != id);
    Ok(format!("ungroup {name}"))
}

pub(crate) fn rename(scenario: &mut Scenario, id: &str, name: &str) -> Result<String, String> {
    let group = group(scenario, id)?;
    let name = clip(name.trim(), Scenario::NAME_MAX);
    if name.is_empty() {
        return Err("a group needs a name".to_string());
    }
    group.name.clone_from(&name);
    Ok(format!("rename to {name}"))
}

pub(crate) fn fold(scenario: &mut Scenario, id: &str, folded: bool) -> Result<String, String> {
    let group = group(scenario, id)?;
    group.folded = folded;
    Ok(format!("{} {}", if folded { "fold" } else { "unfold" }, group.name))
}

/// Leaves out the boxes that are gone, and the groups that are empty without them.
pub(crate) fn forget(scenario: &mut Scenario) {
    let Scenario { boxes, groups, .. } = scenario;
    for group in groups.iter_mut() {
        group.boxes.retain(|id| boxes.iter().any(|placed| placed.id == *id));
    }
    groups.retain(|group| !group.boxes.is_empty());
}

/// Copies of the groups that were copied whole.
pub(crate) fn duplicate(scenario: &mut Scenario, copy_of: &dyn Fn(&str) -> Option<String>) {
    for at in 0..scenario.groups.len() {
        let original = scenario.groups[at].clone();
        let boxes: Option<Vec<String>> = original.boxes.iter().map(|id| copy_of(id)).collect();
        if let Some(boxes) = boxes.filter(|_| scenario.groups.len() < Scenario::GROUPS_MAX) {
            let name = clip(&format!("{} copy", original.name), Scenario::NAME_MAX);
            scenario.groups.push(Group { id: free_id(scenario), name, boxes, ..original });
        }
    }
}
