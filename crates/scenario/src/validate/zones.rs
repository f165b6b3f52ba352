//! The rules for zones: what may be drawn, what lies in them, how far they are from each other.

use super::{Boxes, id, refuse, too_many};
use crate::naming::shown;
use crate::problem::{Found, Path};
use crate::{Distance, FieldKind, Placed, Scenario, Schema, Zone};

/// The zones so far.
#[derive(Default)]
pub(crate) struct Zones<'a> {
    ids: Vec<&'a str>,
}

/// Judges the zones of a design, and where its boxes say that they lie.
pub(super) fn all<'a>(scenario: &'a Scenario, boxes: &Boxes<'_>, found: &mut Found) -> Zones<'a> {
    let mut zones = Zones::default();
    let list = Path::top("zones");
    too_many(&list, scenario.zones.len(), Scenario::ZONES_MAX, found);
    for (at, zone) in scenario.zones.iter().enumerate() {
        zones.ask(&list.at(at), zone, found);
        zones.add(zone);
    }
    let list = Path::top("boxes");
    for (at, placed) in scenario.boxes.iter().enumerate() {
        zones.home(&list.at(at), placed, boxes, found);
    }
    let list = Path::top("distances");
    too_many(&list, scenario.distances.len(), Scenario::DISTANCES_MAX, found);
    for (at, distance) in scenario.distances.iter().enumerate() {
        zones.ask_distance(&list.at(at), distance, &scenario.distances[..at], found);
    }
    zones
}

impl<'a> Zones<'a> {
    pub fn add(&mut self, zone: &'a Zone) {
        self.ids.push(&zone.id);
    }

    pub fn has(&self, id: &str) -> bool {
        self.ids.contains(&id)
    }

    /// Says so when there is no zone with this id.
    pub fn known(&self, path: &Path<'_>, id: &str, boxes: &Boxes<'_>, found: &mut Found) -> bool {
        let known = self.has(id);
        if !known {
            let hint = boxes.hint(id, &mut self.ids.iter().copied());
            found.error(path, format_args!("there is no zone `{}`{hint}", shown(id)));
        }
        known
    }

    pub fn ask(&self, path: &Path<'_>, zone: &Zone, found: &mut Found) {
        id(&path.key("id"), &zone.id, found);
        if self.has(&zone.id) {
            found.error(&path.key("id"), format_args!("`{}` is already the id of a zone", shown(&zone.id)));
        }
        if zone.name.is_empty() {
            found.error(&path.key("name"), format_args!("the name is empty"));
        }
        refuse(&path.key("name"), &zone.name, Scenario::NAME_MAX, false, found);
        let (x, y, max) = (zone.x, zone.y, Scenario::POSITION_MAX);
        if x.unsigned_abs().max(y.unsigned_abs()) > max.unsigned_abs() {
            found.error(&path.key("at"), format_args!("it lies at {x}, {y}; both must be from -{max} to {max}"));
        }
        let (width, height, least, most) = (zone.width, zone.height, Scenario::ZONE_SIZE_MIN, Scenario::ZONE_SIZE_MAX);
        if !(least..=most).contains(&width) || !(least..=most).contains(&height) {
            let why = format_args!("it is {width} by {height}; both must be from {least} to {most}");
            found.error(&path.key("size"), why);
        }
    }

    fn home(&self, path: &Path<'_>, placed: &Placed, boxes: &Boxes<'_>, found: &mut Found) {
        if let Some(zone) = &placed.zone {
            self.known(&path.key("zone"), zone, boxes, found);
        }
        let path = path.key("member_zones");
        let (count, most) = (placed.member_zones.len(), Zones::most_members(placed, boxes.schema));
        if count > most {
            found.error(&path, format_args!("there are {count}; it has at most {most} members"));
        }
        for (at, zone) in placed.member_zones.iter().enumerate().filter(|(_, zone)| !zone.is_empty()) {
            self.known(&path.at(at), zone, boxes, found);
        }
    }

    /// How many members a box can ever have.
    pub fn most_members(placed: &Placed, schema: &Schema) -> usize {
        let Some(kind) = schema.kind(&placed.kind) else { return 1 };
        match kind.members.as_deref().and_then(|name| kind.field(name)).map(|at| &kind.fields[at].kind) {
            Some(FieldKind::Number { max, .. }) => *max as usize,
            _ => 1,
        }
    }

    pub fn ask_distance(&self, path: &Path<'_>, distance: &Distance, earlier: &[Distance], found: &mut Found) {
        let ([a, b], between) = (&distance.between, path.key("between"));
        for zone in [a, b].into_iter().filter(|zone| !self.has(zone)) {
            found.error(&between, format_args!("there is no zone `{}`", shown(zone)));
        }
        if a == b {
            found.error(&between, format_args!("`{}` is at no distance from itself", shown(a)));
        } else if let Some(same) = earlier.iter().position(|earlier| earlier.joins(a, b)) {
            found.error(&between, format_args!("this is already distances[{same}]"));
        }
        let (latency, max) = (distance.latency_ms, Distance::LATENCY_MS_MAX);
        if !(0.0..=max).contains(&latency) {
            found.error(&path.key("latency_ms"), format_args!("it is {latency} ms; it must be from 0 to {max} ms"));
        }
    }
}
