//! What faults do to a running plant: whom each falls on, and what holds for a member, a wire or a crowd of clients while several do.

use super::{Afflicted, Plant, Trouble, spec_of};
use crate::zones;
use base::Span;
use check::CheckKind;
use scenario::{Act, Sides, Target, Verb};
use sim::{Partition, ZoneIndex};
use trace::{BoxIndex, MemberIndex, Record, WireIndex};

impl Plant {
    /// What a fault falls on. One that stops processes falls on all members in a zone whose kind can suffer it, any other on the
    /// zone's borders.
    pub(super) fn suffers(&self, verb: Verb, on: &Target) -> Vec<Afflicted> {
        let (Target::Zone(id), Verb::Crash | Verb::Pause | Verb::Slow) = (on, verb) else { return self.afflicted(on) };
        let Some(zone) = self.design.homes.zone(id) else { return Vec::new() };
        let suffers = |member: &MemberIndex| {
            spec_of(self.design.kinds[usize::from(self.member(*member).0)]).verbs.contains(&verb)
        };
        self.inside(zone).into_iter().filter(suffers).map(Afflicted::Member).collect()
    }

    /// The members in a zone.
    fn inside(&self, zone: ZoneIndex) -> Vec<MemberIndex> {
        let all = 0..self.world.core.lives.len() as MemberIndex;
        all.filter(|member| self.zone_of(*member) == zone).collect()
    }

    /// Where a member lies: the place of a zone in the design, from 1; 0 when it lies in none.
    #[must_use]
    pub fn zone_of(&self, member: MemberIndex) -> ZoneIndex {
        self.world.core.zones().map_or(0, |zones| zones.of(member))
    }

    /// The members of a box or the one that is meant, the wire, or the borders.
    fn afflicted(&self, on: &Target) -> Vec<Afflicted> {
        if let Target::Wire(ends) = on {
            let wire = self.design.wires.iter().position(|known| known == ends);
            return wire.map(|wire| Afflicted::Wire(wire as WireIndex)).into_iter().collect();
        }
        if let Target::Zone(_) | Target::Between(..) = on {
            return self.design.homes.borders(on).into_iter().collect();
        }
        if let Target::Sides(_) = on {
            return self
                .partitions()
                .filter(|(_, sides)| Target::Sides((*sides).clone()) == *on)
                .map(|(on, _)| on)
                .collect();
        }
        let Some(place) = self.place(on) else { return Vec::new() };
        let members = &self.world.core.boxes[place].members;
        match on {
            Target::Member(_, number) => {
                members.get(usize::from(*number)).map(|m| Afflicted::Member(*m)).into_iter().collect()
            }
            _ => members.iter().map(|m| Afflicted::Member(*m)).collect(),
        }
    }

    /// The partitions in force, each with its sides.
    fn partitions(&self) -> impl Iterator<Item = (Afflicted, &Sides)> {
        self.troubles.iter().filter_map(|trouble| Some((trouble.on, self.sides(trouble.on)?)))
    }

    /// The sides of a partition.
    pub(crate) fn sides(&self, on: Afflicted) -> Option<&Sides> {
        let Afflicted::Sides(moment) = on else { return None };
        match &self.moments.get(usize::from(moment))?.act {
            Act::Do { on: Target::Sides(sides), .. } => Some(sides),
            _ => None,
        }
    }

    /// The partitions in force, with the side of each member.
    fn part(&mut self) {
        let members = 0..self.world.core.lives.len() as MemberIndex;
        let side = |on, member| self.side_of(on, member).map_or(Partition::NOBODY, |side| side as u8);
        let part = |(on, sides): (Afflicted, &Sides)| {
            Partition::new(members.clone().map(|member| side(on, member)).collect(), sides.is_one_way)
        };
        let partitions: Vec<Partition> = self.partitions().map(part).collect();
        self.world.core.set_partitions(partitions);
    }

    /// Ends the faults on a target, of one verb or of all.
    pub(super) fn cure(&mut self, on: &Target, verb: Option<Verb>) {
        let mut cured = self.afflicted(on);
        if let (Target::Box(_), Some(place)) = (on, self.place(on)) {
            cured.push(Afflicted::Box(place as BoxIndex));
        }
        if let Some(zone) = zones::whole(on).and_then(|id| self.design.homes.zone(id)) {
            cured.extend(self.inside(zone).into_iter().map(Afflicted::Member));
            cured.extend(
                (1..=self.design.homes.count()).map(|other| Afflicted::Between(zone.min(other), zone.max(other))),
            );
        }
        self.troubles.retain(|trouble| !(cured.contains(&trouble.on) && verb.is_none_or(|verb| verb == trouble.verb)));
        let still = &self.troubles;
        self.ends.retain(|(_, moment)| still.iter().any(|trouble| trouble.moment == *moment));
    }

    pub(super) fn obey(&mut self, on: &Target, verb: Verb, amount: f64) {
        let Some(place) = self.place(on) else { return };
        for member in self.world.core.boxes[place].members.clone() {
            self.world.with(member, |unit, cx| unit.obey(cx, verb, amount));
        }
    }

    /// Brings members, wires and clients into the state that the faults in force ask for.
    pub(super) fn afflict(&mut self) {
        for member in 0..self.world.core.lives.len() as MemberIndex {
            self.afflict_member(member);
        }
        for wire in 0..self.world.core.wires.len() as WireIndex {
            self.afflict_wire(wire);
        }
        for place in 0..self.design.kinds.len() {
            self.afflict_clients(place);
            self.tell(place);
        }
        self.part();
        if let Some(zones) = self.world.core.zones_mut() {
            zones::afflict(zones, &self.troubles);
        }
    }

    /// Records how many faults are in force on the members of a box whose copies are compared, when that has changed. One at the
    /// border of a zone may part any of them.
    fn tell(&mut self, place: usize) {
        if !self.design.kinds[place].checks().contains(&CheckKind::Convergence) {
            return;
        }
        let is_here = |trouble: &&Trouble| match trouble.on {
            Afflicted::Member(member) => usize::from(self.member(member).0) == place,
            Afflicted::Zone(_) | Afflicted::Between(..) | Afflicted::Sides(_) => true,
            Afflicted::Box(_) | Afflicted::Wire(_) => false,
        };
        let troubles = self.troubles.iter().filter(is_here).count() as u16;
        if std::mem::replace(&mut self.told[place], troubles) != troubles {
            self.world.core.record(Record::Troubled { store: place as BoxIndex, troubles });
        }
    }

    fn on<'a>(&'a self, on: Afflicted, verb: Verb) -> impl Iterator<Item = f64> + 'a {
        self.troubles
            .iter()
            .filter(move |trouble| trouble.on == on && trouble.verb == verb)
            .map(|trouble| trouble.amount)
    }

    fn afflict_member(&mut self, member: MemberIndex) {
        let on = Afflicted::Member(member);
        let has = |verb| self.on(on, verb).next().is_some();
        let (dead, paused, cut_off, isolated) =
            (has(Verb::Crash), has(Verb::Pause), has(Verb::CutOff), has(Verb::Isolate));
        let slow = self.on(on, Verb::Slow).fold(1.0, larger);
        let life = &mut self.world.core.lives[usize::from(member)];
        (life.cut_off, life.isolated, life.slow) = (cut_off, isolated, slow);
        let (up, stands) = (life.up, life.paused);
        match (up, dead) {
            (true, true) => self.world.crash(member),
            (false, false) => self.world.restart(member),
            _ => {}
        }
        match (stands, paused && !dead) {
            (false, true) => self.world.pause(member),
            (true, false) => self.world.resume(member),
            _ => {}
        }
    }

    fn afflict_wire(&mut self, wire: WireIndex) {
        let on = Afflicted::Wire(wire);
        let cut = self.on(on, Verb::Cut).next().is_some();
        let added = Span::from_millis_f64(self.on(on, Verb::AddLatency).sum());
        let loss = self.on(on, Verb::Lose).fold(0.0, larger) / 100.0;
        let (was_cut, was_added, was_loss) = self.world.core.wires[usize::from(wire)].troubles();
        if was_cut != cut {
            self.world.core.set_cut(wire, cut);
        }
        if was_added != added {
            self.world.core.set_added_latency(wire, added);
        }
        if was_loss != loss {
            self.world.core.set_loss(wire, loss);
        }
    }

    fn afflict_clients(&mut self, place: usize) {
        if !spec_of(self.design.kinds[place]).verbs.contains(&Verb::Spike) {
            return;
        }
        let spikes = |troubles: &[Trouble]| {
            let on = Afflicted::Box(place as BoxIndex);
            troubles.iter().filter(|t| t.on == on && t.verb == Verb::Spike).map(|t| t.amount).reduce(larger)
        };
        let factor = spikes(&self.troubles).unwrap_or(1.0);
        for member in self.world.core.boxes[place].members.clone() {
            self.world.with(member, |unit, cx| unit.obey(cx, Verb::Spike, factor));
        }
    }
}

/// The larger of two amounts; they are in their verb's range, hence never NaN.
fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}
