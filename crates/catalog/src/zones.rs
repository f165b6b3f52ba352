//! Zones: which member lies where, and what the faults in force do at the borders between them.

use crate::plant::{Afflicted, Trouble};
use base::Span;
use scenario::{Placed, Scenario, Target, Verb};
use sim::{Core, Member, ZoneIndex, Zones};
use trace::MemberIndex;

/// The zones of a design by id, and where each box and member lies.
#[derive(Default)]
pub(crate) struct Homes {
    ids: Vec<String>,
    /// By box: where it lies, and where its members do that lie elsewhere.
    boxes: Vec<(ZoneIndex, Vec<ZoneIndex>)>,
}

impl Homes {
    pub fn of(scenario: &Scenario) -> Homes {
        // There are at most 20 zones: their places fit.
        let place = |id: &str| scenario.zone(id).map_or(Zones::NOWHERE, |at| at as ZoneIndex + 1);
        let home = |placed: &Placed| {
            let own = placed.zone.as_deref().map_or(Zones::NOWHERE, place);
            let members = 0..placed.member_zones.len().min(255) as u8;
            (own, members.map(|member| placed.zone_of(member).map_or(own, place)).collect())
        };
        Homes {
            ids: scenario.zones.iter().map(|zone| zone.id.clone()).collect(),
            boxes: scenario.boxes.iter().map(home).collect(),
        }
    }

    /// How many zones there are.
    pub fn count(&self) -> ZoneIndex {
        self.ids.len() as ZoneIndex
    }

    /// The place of a zone, from 1.
    pub fn zone(&self, id: &str) -> Option<ZoneIndex> {
        self.ids.iter().position(|known| known == id).map(|at| at as ZoneIndex + 1)
    }

    /// Divides the world as `scenario` says. One in which nobody lies in a zone stays whole.
    pub fn divide<M: Member>(&self, core: &mut Core<M>, scenario: &Scenario) {
        let lies = |(own, members): &(ZoneIndex, Vec<ZoneIndex>)| *own != 0 || members.iter().any(|zone| *zone != 0);
        if !self.boxes.iter().any(lies) {
            return;
        }
        let id = |zone: ZoneIndex| self.ids[usize::from(zone) - 1].as_str();
        core.set_zones(self.count(), |a, b| Span::from_millis_f64(scenario.distance_ms(id(a), id(b))));
        for member in 0..core.lives.len() as MemberIndex {
            let life = &core.lives[usize::from(member)];
            let (place, number) = (usize::from(life.box_index), life.number);
            self.lay(core, member, place, number);
        }
    }

    /// Puts a member where the design has it.
    pub fn lay<M: Member>(&self, core: &mut Core<M>, member: MemberIndex, place: usize, number: u8) {
        let (own, members) = &self.boxes[place];
        let zone = members.get(usize::from(number)).copied().unwrap_or(*own);
        if let Some(zones) = core.zones_mut() {
            zones.lay(member, zone);
        }
    }

    /// The borders that a target is.
    pub fn borders(&self, on: &Target) -> Option<Afflicted> {
        match on {
            Target::Zone(id) => self.zone(id).map(Afflicted::Zone),
            Target::Between(a, b) => {
                let (a, b) = (self.zone(a)?, self.zone(b)?);
                Some(Afflicted::Between(a.min(b), a.max(b)))
            }
            _ => None,
        }
    }
}

/// The zone that a target is the whole of.
pub(crate) fn whole(on: &Target) -> Option<&str> {
    if let Target::Zone(id) = on { Some(id) } else { None }
}

/// Brings the borders into the state that the faults in force ask for.
pub(crate) fn afflict(zones: &mut Zones, troubles: &[Trouble]) {
    for a in 0..=zones.count() {
        for b in a + 1..=zones.count() {
            let here = |trouble: &&Trouble| match trouble.on {
                Afflicted::Zone(zone) => zone == a || zone == b,
                Afflicted::Between(one, other) => (one, other) == (a, b),
                _ => false,
            };
            let sum = |verb: Verb, fold: fn(f64, f64) -> f64| {
                troubles.iter().filter(here).filter(|t| t.verb == verb).map(|t| t.amount).fold(0.0, fold)
            };
            let cut = troubles.iter().filter(here).any(|t| matches!(t.verb, Verb::Cut | Verb::CutOff));
            let added = Span::from_millis_f64(sum(Verb::AddLatency, |all, one| all + one));
            let loss = sum(Verb::Lose, |most, one| if one > most { one } else { most }) / 100.0;
            zones.change(a, b, |border| (border.cut, border.added, border.loss) = (cut, added, loss));
        }
    }
}
