//! A scenario made to run: the world with its members, and the faults and actions that happen to it.
//!
//! What is wrong with a member or wire is derived from the list of faults in force, so that two that overlap, or end in any order,
//! leave behind what they should. A moment at time t happens before every event at t; that is what makes an action that a person
//! took during a run happen at the same place when the run is repeated.

use crate::caller::Caller;
use crate::checks;
use crate::kind::{Glance, Setup};
use crate::kinds::{KindOf, Shown, Unit};
use crate::plan::{self, Outlet, Step};
use crate::settings::Settings;
use crate::wire;
use crate::zones::Homes;
use base::{Span, Time, stable_hash};
use check::{Names, Spec};
use scenario::{Act, Moment, Scenario, Target, Value, Verb};
use sim::{Budget, InFlight, Progress, Tally, World, ZoneIndex};
use std::sync::Arc;
use trace::{BoxIndex, MemberIndex, Record, Sample, WireIndex};

mod faults;

/// What does not change while a scenario runs.
struct Design {
    kinds: Vec<KindOf>,
    ids: Vec<String>,
    wires: Vec<scenario::WireEnds>,
    outlets: Vec<Vec<Outlet>>,
    plans: Vec<Vec<Vec<Step>>>,
    ops: Vec<String>,
    /// The places of the boxes that send traffic.
    senders: Vec<usize>,
    members: Vec<u8>,
    checks: Vec<Spec>,
    seed: u64,
    homes: Homes,
}

/// A fault in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trouble {
    /// The place of its moment in the merged list.
    pub moment: u16,
    /// Since when.
    pub since: Time,
    /// Which.
    pub verb: Verb,
    /// How much.
    pub amount: f64,
    /// What it is in force on.
    pub on: Afflicted,
}

/// What a fault is in force on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afflicted {
    /// A member, by its place among all.
    Member(MemberIndex),
    /// A box as a whole.
    Box(BoxIndex),
    /// A wire.
    Wire(WireIndex),
    /// All borders of a zone, by its place from 1.
    Zone(ZoneIndex),
    /// The border between two zones, the first of them first.
    Between(ZoneIndex, ZoneIndex),
    /// What passes between the sides that the moment with this place names.
    Sides(u16),
}

/// A scenario that runs.
#[derive(Clone)]
pub struct Plant {
    pub(crate) world: World<Unit>,
    design: Arc<Design>,
    config: Vec<Vec<Value>>,
    wire_config: Vec<Vec<Value>>,
    moments: Arc<Vec<Moment>>,
    next: usize,
    ends: Vec<(Time, u16)>,
    troubles: Vec<Trouble>,
    /// For each box whose copies are compared: how many faults the records say are in force on its members.
    told: Vec<u16>,
    last_event: Option<Time>,
}

impl Plant {
    /// Builds what `scenario` describes, which must be valid under [`crate::schema`].
    ///
    /// # Errors
    /// A sentence, when a kind is unknown or there are too many members.
    pub fn build(scenario: &Scenario) -> Result<Plant, String> {
        let ops = plan::operations(scenario);
        let mut design = Design {
            kinds: Vec::new(),
            ids: scenario.boxes.iter().map(|placed| placed.id.clone()).collect(),
            wires: scenario.wires.iter().map(|wire| wire.ends.clone()).collect(),
            outlets: scenario.boxes.iter().map(|placed| plan::outlets(scenario, &placed.id, &ops)).collect(),
            plans: Vec::new(),
            senders: Vec::new(),
            members: Vec::new(),
            checks: Vec::new(),
            seed: scenario.seed,
            homes: Homes::of(scenario),
            ops,
        };
        for (place, placed) in scenario.boxes.iter().enumerate() {
            let kind = KindOf::from_slug(&placed.kind)
                .ok_or_else(|| format!("there is no kind of box called {}", placed.kind))?;
            if !KindOf::HERE.contains(&kind) {
                return Err(format!("{} is not in this engine", placed.kind));
            }
            design.kinds.push(kind);
            if placed.sends() {
                design.senders.push(place);
            }
            design.plans.push(plan::all(scenario, place, &design.outlets[place], &design.ops));
            design.members.push(kind.members(&settings(place, &design.kinds, &placed.config)));
        }
        if design.members.iter().map(|n| u32::from(*n)).sum::<u32>() > 2_000 {
            return Err("there are more than 2000 members".to_string());
        }
        Ok(Plant::assemble(scenario, design))
    }

    fn assemble(scenario: &Scenario, mut design: Design) -> Plant {
        let config: Vec<Vec<Value>> = scenario.boxes.iter().map(|placed| placed.config.clone()).collect();
        let wire_config: Vec<Vec<Value>> = scenario.wires.iter().map(|wire| wire.config.clone()).collect();
        let mut world = World::new(scenario.seed);
        for (place, id) in design.ids.iter().enumerate() {
            let (kind, count) = (design.kinds[place], design.members[place]);
            let settings = settings(place, &design.kinds, &config[place]);
            let seed_of = |number: u8| stable_hash(&format!("{id}.{number}"));
            let at = world.add_box(id, kind.front(&settings, count, &seed_of), kind.mesh(&settings));
            for number in 0..count {
                if let Some(unit) = kind.build(&setup(&design, place, number, &config[place])) {
                    world.add_member(at, unit);
                }
            }
        }
        for (wire, values) in scenario.wires.iter().zip(&wire_config) {
            if let (Some(from), Some(to)) = (scenario.place(&wire.ends.from), scenario.place(&wire.ends.to)) {
                let settings = Settings { fields: &crate::schema().wire, values };
                let caller = Caller::new(wire::caller(&settings));
                let ends = (from as BoxIndex, to as BoxIndex);
                world.add_wire(ends, wire::link(&settings), wire::policy(&settings), caller);
            }
        }
        design.homes.divide(&mut world.core, scenario);
        let members: Vec<Vec<MemberIndex>> = world.core.boxes.iter().map(|state| state.members.clone()).collect();
        design.checks = checks::specs(scenario, &members);
        world.start_all();
        let mut plant = Plant {
            world,
            design: Arc::new(design),
            config,
            wire_config,
            moments: Arc::default(),
            next: 0,
            ends: Vec::new(),
            troubles: Vec::new(),
            told: vec![0; scenario.boxes.len()],
            last_event: None,
        };
        plant.set_moments(scenario);
        plant
    }

    /// Takes over the faults and actions of `scenario`. Those that have happened must be there unchanged.
    pub fn set_moments(&mut self, scenario: &Scenario) {
        self.moments = Arc::new(scenario.moments().into_iter().cloned().collect());
    }

    /// What is judged.
    #[must_use]
    pub fn checks(&self) -> &[Spec] {
        &self.design.checks
    }

    /// What boxes and members are called; boxes by the names that `scenario`, which this plant runs, gives them now.
    #[must_use]
    pub fn names(&self, scenario: &Scenario) -> Names {
        Names {
            ids: self.design.ids.clone(),
            boxes: scenario.boxes.iter().map(|placed| placed.name.clone()).collect(),
            members: (0..self.world.core.lives.len() as MemberIndex).map(|member| self.member_name(member)).collect(),
        }
    }

    /// The name of a member: `posts.0`, or just `posts` when it is the only one.
    #[must_use]
    pub fn member_name(&self, member: MemberIndex) -> String {
        let (place, number) = self.member(member);
        let id = &self.design.ids[usize::from(place)];
        if self.world.core.boxes[usize::from(place)].members.len() > 1 { format!("{id}.{number}") } else { id.clone() }
    }

    pub(crate) fn id_of(&self, place: BoxIndex) -> &str {
        &self.design.ids[usize::from(place)]
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Time {
        self.world.core.now()
    }

    /// The earliest moment at which an action can happen so that it happens at the same place when the run is repeated.
    #[must_use]
    pub fn act_at(&self) -> Time {
        let now = self.now();
        if self.last_event == Some(now) { now + Span(1) } else { now }
    }

    /// Events so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.world.core.events()
    }

    /// The digest of the run so far.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.world.core.journal.digest()
    }

    /// The records made since the last call of [`Plant::clear_records`].
    #[must_use]
    pub fn records(&self) -> &[(Time, Record)] {
        self.world.core.journal.records()
    }

    /// Forgets the records.
    pub fn clear_records(&mut self) {
        self.world.core.journal.clear();
    }

    /// How many calls are under way.
    #[must_use]
    pub fn calls_open(&self) -> usize {
        self.world.core.calls_open()
    }

    /// The faults in force.
    #[must_use]
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// Messages under way.
    pub fn in_flight(&self) -> impl Iterator<Item = InFlight> + '_ {
        self.world.core.in_flight()
    }

    /// The box and number of a member.
    #[must_use]
    pub fn member(&self, member: MemberIndex) -> (BoxIndex, u8) {
        let life = &self.world.core.lives[usize::from(member)];
        (life.box_index, life.number)
    }

    /// The members of a box, by their places among all; those that have left a ring are not among them.
    #[must_use]
    pub fn members_of(&self, place: usize) -> Vec<MemberIndex> {
        let state = &self.world.core.boxes[place];
        let present = |member: &&MemberIndex| state.front.has(self.member(**member).1);
        state.members.iter().filter(present).copied().collect()
    }

    /// Everything that happens before `limit`, at most `events_max` events of it. Without `more`, the present is then `limit`, and
    /// the faults and actions of that moment have happened too.
    ///
    /// # Errors
    /// The budget that was exceeded.
    pub fn run_before(&mut self, limit: Time, events_max: u32) -> Result<Progress, Budget> {
        let mut left = events_max;
        loop {
            let next = self.next_moment();
            let progress = self.world.run_before(limit.min(next), left)?;
            left -= progress.events;
            if progress.events > 0 {
                self.last_event = Some(self.now());
            }
            if progress.more {
                return Ok(Progress { events: events_max, more: true });
            }
            if next >= limit {
                self.world.advance_to(limit);
                self.catch_up();
                return Ok(Progress { events: events_max - left, more: false });
            }
            self.world.advance_to(next);
            self.happen();
        }
    }

    /// Lets everything happen that is due at the present moment, so that an action shows before the run goes on.
    pub fn catch_up(&mut self) {
        while self.next_moment() <= self.now() && self.next_moment() < Time::NEVER {
            self.happen();
        }
    }

    fn next_moment(&self) -> Time {
        let begin = self.moments.get(self.next).map_or(Time::NEVER, |moment| moment.at);
        self.ends.first().map_or(begin, |(end, _)| begin.min(*end))
    }

    /// The next end or beginning; ends come first.
    fn happen(&mut self) {
        let begin = self.moments.get(self.next).map_or(Time::NEVER, |moment| moment.at);
        if self.ends.first().is_some_and(|(end, _)| *end <= begin) {
            let (_, moment) = self.ends.remove(0);
            self.troubles.retain(|trouble| trouble.moment != moment);
            self.world.core.record(Record::Ended { moment });
        } else {
            self.begin(self.next as u16);
            self.next += 1;
        }
        self.afflict();
    }

    fn begin(&mut self, index: u16) {
        let moments = Arc::clone(&self.moments);
        let moment = &moments[usize::from(index)];
        self.world.core.record(Record::Happened { moment: index });
        match &moment.act {
            Act::Do { verb, on, amount } => {
                let amount = amount.or(verb.spec().amount.map(|spec| spec.default)).unwrap_or(1.0);
                self.perform(index, *verb, on, amount);
                if let Some(lasts) = moment.lasts.filter(|_| verb.spec().ended_by.is_some()) {
                    let end = moment.at + lasts;
                    let place = self.ends.partition_point(|(other, _)| *other <= end);
                    self.ends.insert(place, (end, index));
                }
            }
            Act::Set { on, field, value } => self.set(on, field, value),
        }
    }

    fn perform(&mut self, moment: u16, verb: Verb, on: &Target, amount: f64) {
        let since = self.now();
        match verb {
            Verb::Crash
            | Verb::Pause
            | Verb::Slow
            | Verb::CutOff
            | Verb::Isolate
            | Verb::Cut
            | Verb::AddLatency
            | Verb::Lose => {
                let on =
                    if let Target::Sides(_) = on { vec![Afflicted::Sides(moment)] } else { self.suffers(verb, on) };
                self.troubles.extend(on.into_iter().map(|on| Trouble { moment, since, verb, amount, on }));
            }
            Verb::Spike => {
                if let Some(place) = self.place(on) {
                    self.troubles.push(Trouble { moment, since, verb, amount, on: Afflicted::Box(place as BoxIndex) });
                }
            }
            Verb::Restart => self.cure(on, Some(Verb::Crash)),
            Verb::Resume => self.cure(on, Some(Verb::Pause)),
            Verb::Heal => self.cure(on, None),
            Verb::Flush => self.obey(on, verb, amount),
            Verb::AddMember => self.resize(on, true),
            Verb::RemoveMember => self.resize(on, false),
        }
    }

    fn place(&self, on: &Target) -> Option<usize> {
        let (Target::Box(id) | Target::Member(id, _)) = on else { return None };
        self.design.ids.iter().position(|known| known == id)
    }

    /// A member joins, or the last one leaves. Nothing happens while another change is under way, and where members do not change.
    fn resize(&mut self, on: &Target, grow: bool) {
        let Some(place) = self.place(on) else { return };
        let id = &self.design.ids[place];
        let seed_of = |number: u8| stable_hash(&format!("{id}.{number}"));
        let state = &mut self.world.core.boxes[place];
        let Some(number) = state.front.begin(grow, state.members.len() as u8, &seed_of) else { return };
        if grow {
            let setup = setup(&self.design, place, number, &self.config[place]);
            let Some(unit) = self.design.kinds[place].build(&setup) else { return };
            let member = self.world.add_member(place as BoxIndex, unit);
            self.design.homes.lay(&mut self.world.core, member, place, number);
            self.world.start(member);
        }
        let hands: Vec<MemberIndex> = self.members_of(place);
        let hands: Vec<MemberIndex> = hands.into_iter().filter(|m| self.world.core.lives[usize::from(*m)].up).collect();
        self.world.core.boxes[place].front.taking_part(hands.len() as u32);
        for member in hands {
            self.world.with(member, |unit, cx| unit.hand_over(cx));
        }
    }

    fn set(&mut self, on: &Target, field: &str, value: &Value) {
        if let Target::Wire(ends) = on {
            let Some(wire) = self.design.wires.iter().position(|known| known == ends) else { return };
            let fields = &crate::schema().wire;
            if let Some(at) = fields.iter().position(|known| known.name == field) {
                self.wire_config[wire][at] = value.clone();
                let settings = Settings { fields, values: &self.wire_config[wire] };
                let (link, policy, config) = (wire::link(&settings), wire::policy(&settings), wire::caller(&settings));
                self.world.core.retune_wire(wire as WireIndex, link, policy, |caller| caller.retune(config));
            }
            return;
        }
        let Some(place) = self.place(on) else { return };
        let Some(at) = spec_of(self.design.kinds[place]).field(field) else { return };
        self.config[place][at] = value.clone();
        let design = Arc::clone(&self.design);
        for (number, member) in self.world.core.boxes[place].members.clone().into_iter().enumerate() {
            let values = &self.config[place];
            self.world.with(member, |unit, cx| unit.retune(cx, &setup(&design, place, number as u8, values)));
        }
    }

    /// The settings of a box as they are now.
    #[must_use]
    pub fn config(&self, place: usize) -> &[Value] {
        &self.config[place]
    }

    /// The settings of a wire as they are now.
    #[must_use]
    pub fn wire_config(&self, wire: usize) -> &[Value] {
        &self.wire_config[wire]
    }

    /// Closes the window that ends now: one sample for each box, then one for each wire.
    pub fn sample(&mut self, out: &mut Vec<Sample>) {
        let now = self.now();
        out.clear();
        out.extend(self.world.core.boxes.iter_mut().map(|state| state.meter.sample(now)));
        out.extend(self.world.core.wires.iter_mut().map(|wire| wire.meter.sample(now)));
    }

    /// What is counted on a box since the start.
    #[must_use]
    pub fn meter(&self, place: usize) -> &trace::Meter {
        &self.world.core.boxes[place].meter
    }

    /// What is counted on a wire since the start.
    #[must_use]
    pub fn wire_meter(&self, wire: usize) -> &trace::Meter {
        &self.world.core.wires[wire].meter
    }

    /// What the caller of a wire knows of it, and how often it did something about failure.
    #[must_use]
    pub fn caller(&self, wire: usize) -> (&Caller, Tally) {
        let state = &self.world.core.wires[wire];
        (&state.caller, state.tally)
    }

    /// The settings of a box in a few words.
    #[must_use]
    pub fn summary(&self, place: usize) -> String {
        self.design.kinds[place].summary(&settings(place, &self.design.kinds, &self.config[place]))
    }

    /// The readings of a box now, in the order of its kind's gauges; `sample` is its last full window, of length `window`.
    #[must_use]
    pub fn gauges(&self, place: usize, sample: &Sample, window: Span) -> Vec<Option<f64>> {
        self.shown(place, sample, window, false).gauges
    }

    /// What a box shows now, its faces only where somebody looks at them.
    #[must_use]
    pub(crate) fn shown(&self, place: usize, sample: &Sample, window: Span, is_looked_at: bool) -> Shown {
        let (core, ids) = (&self.world.core, &self.design.ids);
        let glance = Glance { now: self.now(), sample, window, core, home: place as BoxIndex, ids };
        let units: Vec<&Unit> =
            self.members_of(place).iter().map(|member| &self.world.members()[usize::from(*member)]).collect();
        self.design.kinds[place].show(&units, &glance, is_looked_at)
    }
}

fn spec_of(kind: KindOf) -> &'static scenario::KindSpec {
    &crate::schema().kinds[kind as usize]
}

fn settings<'a>(place: usize, kinds: &[KindOf], values: &'a [Value]) -> Settings<'a> {
    Settings { fields: &spec_of(kinds[place]).fields, values }
}

fn setup<'a>(design: &'a Design, place: usize, number: u8, values: &'a [Value]) -> Setup<'a> {
    Setup {
        settings: settings(place, &design.kinds, values),
        number,
        members: design.members[place],
        outlets: &design.outlets[place],
        plans: &design.plans[place],
        ops: &design.ops,
        sender: {
            let nth = design.senders.iter().position(|sender| *sender == place).unwrap_or(0);
            (nth as u64, design.senders.len().max(1) as u64)
        },
        seed: design.seed,
    }
}
