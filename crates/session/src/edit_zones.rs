//! Edits of zones: drawn, moved, named, removed; who lies in which; how far they are from each other.

use crate::edit::{clip, forget_targets, name_for, relocate};
use scenario::{Distance, Scenario, Schema, Zone, naming::name_of};

fn place(scenario: &Scenario, id: &str) -> Result<usize, String> {
    scenario.zone(id).ok_or_else(|| format!("there is no zone {id}"))
}

fn shape(zone: &mut Zone, [x, y, width, height]: [i32; 4]) {
    let (far, least, most) = (Scenario::POSITION_MAX, Scenario::ZONE_SIZE_MIN, Scenario::ZONE_SIZE_MAX);
    (zone.x, zone.y) = (x.clamp(-far, far), y.clamp(-far, far));
    (zone.width, zone.height) = (width.clamp(least, most), height.clamp(least, most));
}

pub(crate) fn add(scenario: &mut Scenario, at: [i32; 4], holds: &[String]) -> Result<String, String> {
    let count = scenario.zones.len();
    if count >= Scenario::ZONES_MAX {
        return Err(format!("there are {count} zones; there can be no more"));
    }
    let mut numbered = (1..).map(|n| format!("zone-{n}"));
    let id = numbered.find(|id| scenario.zone(id).is_none()).unwrap_or_default();
    let mut zone = Zone { name: name_of(&id), id, ..Zone::default() };
    shape(&mut zone, at);
    let said = format!("add {}", zone.name);
    for placed in scenario.boxes.iter_mut().filter(|placed| holds.contains(&placed.id)) {
        placed.zone = Some(zone.id.clone());
    }
    scenario.zones.push(zone);
    Ok(said)
}

pub(crate) fn remove(scenario: &mut Scenario, id: &str) -> Result<String, String> {
    let zone = scenario.zones.remove(place(scenario, id)?);
    for placed in &mut scenario.boxes {
        placed.zone = placed.zone.take().filter(|home| *home != zone.id);
        placed.member_zones.iter_mut().filter(|home| **home == zone.id).for_each(String::clear);
        trim(&mut placed.member_zones);
    }
    scenario.distances.retain(|distance| !distance.between.contains(&zone.id));
    forget_targets(scenario);
    Ok(format!("delete {}", zone.name))
}

/// Drops what says nothing at the end.
fn trim(homes: &mut Vec<String>) {
    while homes.last().is_some_and(String::is_empty) {
        homes.pop();
    }
}

pub(crate) fn rename(scenario: &mut Scenario, id: &str, name: &str) -> Result<String, String> {
    let place = place(scenario, id)?;
    let name = clip(name.trim(), Scenario::NAME_MAX);
    if name.is_empty() {
        return Err("a zone needs a name".to_string());
    }
    scenario.zones[place].name.clone_from(&name);
    Ok(format!("rename to {name}"))
}

pub(crate) fn arrange(
    scenario: &mut Scenario,
    boxes: &[(String, i32, i32)],
    zones: &[(String, [i32; 4])],
    homes: &[(String, Option<String>)],
) -> Result<String, String> {
    for id in zones.iter().map(|(id, _)| id).chain(homes.iter().filter_map(|(_, zone)| zone.as_ref())) {
        place(scenario, id)?;
    }
    let moved = relocate(scenario, boxes);
    for (id, to) in zones {
        let at = place(scenario, id)?;
        shape(&mut scenario.zones[at], *to);
    }
    let mut into = Vec::new();
    for (id, zone) in homes {
        let Some(at) = scenario.place(id) else { continue };
        let placed = &mut scenario.boxes[at];
        placed.zone.clone_from(zone);
        // Who moves takes all members along.
        placed.member_zones.clear();
        into.push((placed.name.clone(), zone.clone()));
    }
    let name = |id: &str| scenario.zone(id).map_or_else(|| id.to_string(), |at| scenario.zones[at].name.clone());
    Ok(match (zones, &into[..]) {
        ([(id, _)], _) => format!("move {}", name(id)),
        (_, []) => moved,
        (_, [(who, Some(zone))]) => format!("move {who} into {}", name(zone)),
        (_, [(who, None)]) => format!("move {who} out of its zone"),
        (_, many) => format!("move {} boxes to other zones", many.len()),
    })
}

pub(crate) fn settle(
    scenario: &mut Scenario,
    schema: &Schema,
    id: &str,
    member: Option<u8>,
    zone: Option<&str>,
) -> Result<String, String> {
    let at = scenario.place(id).ok_or_else(|| format!("there is no box {id}"))?;
    let name = match zone {
        Some(zone) => scenario.zones[place(scenario, zone)?].name.clone(),
        None => "no zone of its own".to_string(),
    };
    let count = scenario.boxes[at].members(schema);
    let placed = &mut scenario.boxes[at];
    match member {
        None => placed.zone = zone.map(ToString::to_string),
        Some(number) if u32::from(number) >= count => {
            return Err(format!("there is no member {number}; {} has {count}, counted from 0", placed.name));
        }
        Some(number) => {
            let number = usize::from(number);
            if placed.member_zones.len() <= number {
                placed.member_zones.resize(number + 1, String::new());
            }
            placed.member_zones[number] = zone.unwrap_or_default().to_string();
            trim(&mut placed.member_zones);
        }
    }
    let who = member.map_or_else(|| name_for(scenario, id), |number| format!("{id}.{number}"));
    Ok(format!("{who} into {name}"))
}

pub(crate) fn distance(scenario: &mut Scenario, a: &str, b: &str, latency_ms: f64) -> Result<String, String> {
    let names = [place(scenario, a)?, place(scenario, b)?].map(|at| scenario.zones[at].name.clone());
    if a == b {
        return Err("a zone is at no distance from itself".to_string());
    }
    let max = Distance::LATENCY_MS_MAX;
    if !(0.0..=max).contains(&latency_ms) {
        return Err(format!("the distance is {latency_ms} ms; it must be from 0 to {max} ms"));
    }
    scenario.distances.retain(|distance| !distance.joins(a, b));
    // What is usual is not said.
    if latency_ms != Distance::USUAL_MS {
        scenario.distances.push(Distance { between: [a.to_string(), b.to_string()], latency_ms });
    }
    Ok(format!("distance from {} to {}", names[0], names[1]))
}
