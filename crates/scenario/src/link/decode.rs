//! A link's content back to a scenario. Reads what [`super::encode`] writes, and believes none of it.
//!
//! What a newer version appended (a kind, a setting, a choice, a check, a verb) is passed over and remembered, so that the link
//! can be refused for that reason and still be rescued. What makes no sense stops the reading where it stands; what was read up
//! to there is kept.

use super::form::{beside, flag, home, id, moment, name, party, step, value, view, wire};
use super::pack::{Stop, Unpacker};
use crate::migrate::Past;
use crate::naming::{id_of, name_of};
use crate::{
    Act, CheckSpec, Claim, Distance, Field, FieldKind, Group, Guess, KindSpec, Lesson, LessonStep, Moment, Note, Op,
    Party, Placed, Plan, PlanStep, Prediction, Scenario, Schema, Setting, Sides, Target, Trace, Value, Variant, Verb,
    Weight, Wire, WireEnds, Zone,
};
use base::{Span, Time};

type Read<T> = Result<T, Stop>;

/// How many bytes of the content a part of the design takes, before compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Which part.
    pub name: &'static str,
    /// How many things it lists.
    pub items: u32,
    /// How many bytes it takes.
    pub bytes: u32,
}

/// What could be read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub scenario: Scenario,
    pub texts_from_library: bool,
    pub sections: Vec<Section>,
    /// What the design needs and this version does not have.
    pub newer: Option<String>,
    /// Where and why reading stopped before the end.
    pub stopped: Option<(String, Stop)>,
}

pub(super) fn content(bytes: &[u8], schema: &Schema, past: Past) -> Reading {
    let mut decoder =
        Decoder { input: Unpacker::new(bytes), schema, past, part: String::new(), read: Reading::default() };
    let ended = decoder.scenario();
    let mut read = decoder.read;
    match ended {
        Ok(()) => past.bring(&mut read.scenario),
        Err(stop) => read.stopped = Some((decoder.part, stop)),
    }
    read
}

struct Decoder<'a> {
    input: Unpacker<'a>,
    schema: &'a Schema,
    past: Past,
    /// What is being read, as the file form names it.
    part: String,
    read: Reading,
}

impl<'a> Decoder<'a> {
    fn scenario(&mut self) -> Read<()> {
        let flags = self.input.varint()?;
        let has = |flag: u64| flags & flag != 0;
        if flags > flag::ALL {
            self.read.newer = Some("a part of a design".to_string());
        }
        self.read.scenario.seed = self.input.varint()?;
        self.read.scenario.length = self.input.span()?;
        if has(flag::SLUG) {
            self.read.scenario.slug = Some(self.input.text(Scenario::ID_MAX)?);
        }
        self.read.texts_from_library = has(flag::LIBRARY_TEXTS) && has(flag::SLUG);
        if has(flag::TITLE) {
            self.read.scenario.title = self.input.text(Scenario::TITLE_MAX)?;
        }
        if has(flag::ABOUT) {
            self.read.scenario.about = self.input.text(Scenario::TEXT_MAX)?;
        }
        self.section("seed and texts", 1, 0);
        self.boxes()?;
        self.wires()?;
        if has(flag::FAULTS) {
            let from = self.input.at();
            self.moments("faults", Scenario::MOMENTS_MAX, |read| &mut read.scenario.faults)?;
            self.section("faults", self.read.scenario.faults.len(), from);
        }
        if has(flag::ACTIONS) {
            let from = self.input.at();
            self.moments("actions", Scenario::MOMENTS_MAX, |read| &mut read.scenario.actions)?;
            self.section("actions", self.read.scenario.actions.len(), from);
        }
        if has(flag::CHECKS) {
            self.checks()?;
        }
        if has(flag::VIEW) {
            let from = self.input.at();
            self.view()?;
            self.section("view", 1, from);
        }
        if has(flag::LESSON) {
            self.lesson()?;
        }
        if has(flag::CHOICES) {
            self.choices()?;
        }
        if has(flag::PLANS) {
            self.plans()?;
        }
        if has(flag::WEIGHT) {
            self.part = "weight".to_string();
            self.read.scenario.weight = Weight(u32::try_from(self.input.varint()?).unwrap_or(u32::MAX));
        }
        if has(flag::ZONES) {
            self.zones()?;
        }
        if has(flag::NOTES) {
            self.notes()?;
        }
        if has(flag::GROUPS) {
            self.groups()?;
        }
        self.part.clear();
        match self.input.left() {
            0 => Ok(()),
            _ if flags > flag::ALL => Ok(()),
            _ => Err(Stop::Bad("it goes on after its end")),
        }
    }

    fn section(&mut self, name: &'static str, items: usize, from: usize) {
        self.read.sections.push(Section { name, items: items as u32, bytes: (self.input.at() - from) as u32 });
    }

    fn needs(&mut self, what: impl FnOnce() -> String) {
        self.read.newer.get_or_insert_with(what);
    }

    fn boxes(&mut self) -> Read<()> {
        let from = self.input.at();
        self.part = "boxes".to_string();
        let count = self.input.count("boxes", Scenario::BOXES_MAX)?;
        let grid = if count == 0 { [1, 1] } else { [self.input.signed()?, self.input.signed()?] };
        let mut before: Option<[i64; 2]> = None;
        for at in 0..count {
            self.part = format!("boxes[{at}]");
            let (slug, kind) = self.kind()?;
            let (id, name) = self.called(at, kind)?;
            let mut place = [0; 2];
            for axis in 0..2 {
                let step = self.input.signed()?;
                place[axis] =
                    before.map_or(step, |before| step.saturating_mul(grid[axis]).saturating_add(before[axis]));
            }
            before = Some(place);
            let fields = kind.map_or(&[][..], |kind| &kind.fields);
            let defaults = kind.map_or_else(Vec::new, |kind| self.past.defaults(kind));
            let config = self.config(defaults, fields)?;
            let [x, y] = place.map(near);
            self.read.scenario.boxes.push(Placed { id, kind: slug, name, x, y, config, ..Placed::default() });
        }
        self.section("boxes", count, from);
        Ok(())
    }

    fn kind(&mut self) -> Read<(String, Option<&'a KindSpec>)> {
        let place = self.input.varint()?;
        if place == 0 {
            return Ok((self.input.text(Scenario::NAME_MAX)?, None));
        }
        let kind = usize::try_from(place - 1).ok().and_then(|at| self.schema.kinds.get(at));
        if kind.is_none() {
            self.needs(|| format!("a kind of box, number {place} in its palette"));
        }
        Ok((kind.map_or_else(|| format!("number-{place}"), |kind| kind.slug.to_string()), kind))
    }

    fn called(&mut self, at: usize, kind: Option<&KindSpec>) -> Read<(String, String)> {
        let forms = self.input.byte()?;
        let (id_form, name_form) = (forms & 3, forms >> 2);
        let (slug, title) = kind.map_or(("unknown", "Unknown"), |kind| (&kind.slug, &kind.title));
        let id = match id_form {
            id::TEXT => self.input.text(Scenario::NAME_MAX)?,
            id::KIND if kind.is_some() => slug.to_string(),
            // Of a kind that is not known, only that the id differs from the others can be kept.
            id::KIND => format!("{slug}-{at}"),
            id::KIND_NUMBER => format!("{slug}-{}", self.input.varint()?),
            _ => String::new(),
        };
        let name = match name_form {
            name::FROM_ID => name_of(&id),
            name::TITLE => title.to_string(),
            name::TITLE_NUMBER => format!("{title} {}", self.input.varint()?),
            name::TEXT => self.input.text(Scenario::NAME_MAX)?,
            _ => return Err(Stop::Bad("a name has an unknown form")),
        };
        let id = if id_form == id::FROM_NAME { id_of(&name).unwrap_or_default() } else { id };
        Ok((id, name))
    }

    fn config(&mut self, mut config: Vec<Value>, fields: &[Field]) -> Read<Vec<Value>> {
        let mut next = 0usize;
        loop {
            let head = self.input.varint()?;
            if head == 0 {
                return Ok(config);
            }
            let gap = usize::try_from(head >> 2).ok().filter(|gap| (1..=256).contains(gap));
            let at = next + gap.ok_or(Stop::Bad("a setting is out of order"))? - 1;
            let value = self.value(head & 3, fields.get(at))?;
            match config.get_mut(at) {
                Some(place) => *place = value,
                None => self.needs(|| "a setting of a box or wire".to_string()),
            }
            next = at + 1;
        }
    }

    fn value(&mut self, form: u64, field: Option<&Field>) -> Read<Value> {
        let value = match form {
            value::NUMBER => Value::Number(self.input.number()?),
            value::CHOICE => Value::Choice(self.input.byte()?),
            value::OPS => Value::Ops(self.ops()?),
            value::TRACE => Value::Trace(Trace::unpack(&mut self.input)?),
            _ => return Err(Stop::Bad("a setting has an unknown form")),
        };
        match (field.map(|field| &field.kind), &value) {
            (None, _)
            | (Some(FieldKind::Number { .. }), Value::Number(_))
            | (Some(FieldKind::Ops { .. }), Value::Ops(_))
            | (Some(FieldKind::Trace { .. }), Value::Trace(_)) => {}
            (Some(FieldKind::Choice { options, .. }), Value::Choice(at)) => {
                if usize::from(*at) >= options.len() {
                    self.needs(|| "a choice in the setting of a box or wire".to_string());
                }
            }
            _ => return Err(Stop::Bad("a setting has a value of another kind")),
        }
        Ok(value)
    }

    fn ops(&mut self) -> Read<Vec<Op>> {
        let count = self.input.count("operations", Scenario::OPS_MAX)?;
        let writes = self.input.varint()?;
        (0..count)
            .map(|at| Ok(Op { name: self.input.name()?, write: writes >> at & 1 == 1, weight: self.input.number()? }))
            .collect()
    }

    /// The id of a box, by its place or as text.
    fn placed(&mut self) -> Read<String> {
        match self.input.varint()? {
            0 => self.input.text(Scenario::NAME_MAX),
            place => self.box_at(place - 1),
        }
    }

    fn box_at(&self, at: u64) -> Read<String> {
        let placed = usize::try_from(at).ok().and_then(|at| self.read.scenario.boxes.get(at));
        placed.map(|placed| placed.id.clone()).ok_or(Stop::Bad("it names a box that is not there"))
    }

    fn wires(&mut self) -> Read<()> {
        let from = self.input.at();
        self.part = "wires".to_string();
        let count = self.input.count("wires", Scenario::WIRES_MAX)?;
        let mut before = 0i64;
        for at in 0..count {
            self.part = format!("wires[{at}]");
            let head = self.input.varint()?;
            let from = match head >> wire::FROM {
                0 => self.input.text(Scenario::NAME_MAX)?,
                step => {
                    before = before.saturating_add(super::pack::unfold(step - 1));
                    self.box_at(u64::try_from(before).unwrap_or(u64::MAX))?
                }
            };
            let to = self.placed()?;
            let mut ops = Vec::new();
            if head & wire::OPS != 0 {
                for _ in 0..self.input.count("operations on a wire", Scenario::WIRE_OPS_MAX)? {
                    ops.push(self.input.name()?);
                }
            }
            let mut config = self.past.wire_defaults(self.schema);
            if head & wire::CONFIG != 0 {
                config = self.config(config, &self.schema.wire)?;
            }
            self.read.scenario.wires.push(Wire { ends: WireEnds { from, to }, ops, config });
        }
        self.section("wires", count, from);
        Ok(())
    }

    fn moments(&mut self, list: &'static str, max: usize, into: fn(&mut Reading) -> &mut Vec<Moment>) -> Read<()> {
        self.part = list.to_string();
        for at in 0..self.input.count(list, max)? {
            self.part = format!("{list}[{at}]");
            if let Some(moment) = self.moment()? {
                into(&mut self.read).push(moment);
            }
        }
        Ok(())
    }

    /// A moment; `None` when its verb or setting is one that this version does not have.
    fn moment(&mut self) -> Read<Option<Moment>> {
        let head = self.input.varint()?;
        let has = |bit: u64| head & bit != 0;
        let what = head >> moment::WHAT;
        let at = Time::ZERO + self.input.span()?;
        let lasts = if has(moment::LASTS) { Some(self.input.span()?) } else { None };
        let on = self.target(head >> moment::TARGET & 3)?;
        let act = if has(moment::SETS) {
            self.set(what, on)?
        } else {
            let amount = if has(moment::AMOUNT) { Some(self.input.number()?) } else { None };
            let verb = usize::try_from(what).ok().and_then(|at| Verb::ALL.get(at).copied());
            if verb.is_none() {
                self.needs(|| "something that can be done to a box or wire".to_string());
            }
            verb.map(|verb| Act::Do { verb, on, amount })
        };
        Ok(act.map(|act| Moment { at, lasts, act }))
    }

    fn set(&mut self, what: u64, on: Target) -> Read<Option<Act>> {
        let schema = self.schema;
        let fields: &[Field] = match &on {
            Target::Wire(_) => &schema.wire,
            Target::Zone(_) | Target::Between(..) | Target::Sides(_) => &[],
            Target::Box(id) | Target::Member(id, _) => {
                let place = self.read.scenario.place(id);
                let kind = place.and_then(|at| schema.kind(&self.read.scenario.boxes[at].kind));
                kind.map_or(&[], |kind| &kind.fields)
            }
        };
        let known = usize::try_from(what).ok().and_then(|what| fields.get(what.checked_sub(1)?));
        let name = match (what, known) {
            (0, _) => Some(self.input.text(Scenario::NAME_MAX)?),
            (_, known) => known.map(|field| field.name.to_string()),
        };
        let form = self.input.varint()?;
        let value = self.value(form, known)?;
        if name.is_none() {
            self.needs(|| "a setting of a box or wire".to_string());
        }
        Ok(name.map(|field| Act::Set { on, field, value }))
    }

    fn target(&mut self, form: u64) -> Read<Target> {
        match form {
            moment::BOX => Ok(Target::Box(self.placed()?)),
            moment::MEMBER => Ok(Target::Member(self.placed()?, self.input.byte()?)),
            moment::WIRE => match self.input.varint()? {
                0 => Ok(Target::Wire(WireEnds { from: self.placed()?, to: self.placed()? })),
                place => {
                    let wire = usize::try_from(place - 1).ok().and_then(|at| self.read.scenario.wires.get(at));
                    wire.map(|wire| Target::Wire(wire.ends.clone()))
                        .ok_or(Stop::Bad("it names a wire that is not there"))
                }
            },
            moment::BESIDE => match self.input.byte()? {
                beside::ZONE => Ok(Target::Zone(self.input.name()?)),
                beside::BETWEEN => Ok(Target::Between(self.input.name()?, self.input.name()?)),
                beside::SIDES => self.sides(false),
                beside::SIDES_ONE_WAY => self.sides(true),
                _ => Err(Stop::Bad("it is done to something unknown")),
            },
            _ => Err(Stop::Bad("it is done to something unknown")),
        }
    }

    fn sides(&mut self, is_one_way: bool) -> Read<Target> {
        let mut sides = Vec::new();
        for _ in 0..self.input.count("sides", Sides::SIDES_MAX)? {
            let mut side = Vec::new();
            for _ in 0..self.input.count("members of a side", Sides::PARTIES_MAX)? {
                side.push(match self.input.byte()? {
                    party::REST => Party::Rest,
                    party::BOX => Party::Box(self.placed()?),
                    party::MEMBER => Party::Member(self.placed()?, self.input.byte()?),
                    _ => return Err(Stop::Bad("somebody unknown is on a side")),
                });
            }
            sides.push(side);
        }
        Ok(Target::Sides(Sides { sides, is_one_way }))
    }

    fn checks(&mut self) -> Read<()> {
        let from = self.input.at();
        self.part = "checks".to_string();
        for at in 0..self.input.count("checks", Scenario::CHECKS_MAX)? {
            self.part = format!("checks[{at}]");
            let head = self.input.varint()?;
            let place = head >> 1;
            let known = usize::try_from(place).ok().and_then(|place| self.schema.checks.get(place.checked_sub(1)?));
            let check = match (place, known) {
                (0, _) => Some(self.input.text(Scenario::NAME_MAX)?),
                (_, known) => known.map(|check| check.slug.to_string()),
            };
            let on = self.placed()?;
            let bound = if head & 1 == 1 { Some(self.input.number()?) } else { None };
            match check {
                Some(check) => self.read.scenario.checks.push(CheckSpec { check, on, bound }),
                None => self.needs(|| format!("a check, number {place} in its list")),
            }
        }
        self.section("checks", self.read.scenario.checks.len(), from);
        Ok(())
    }

    fn view(&mut self) -> Read<()> {
        self.part = "view".to_string();
        let has = self.input.byte()?;
        if has & view::AT != 0 {
            self.read.scenario.view.at = Some(Time::ZERO + self.input.span()?);
        }
        if has & view::SPEED != 0 {
            self.read.scenario.view.speed = Some(self.input.number()?);
        }
        if has & view::SELECTED != 0 {
            self.read.scenario.view.selected = Some(self.placed()?);
        }
        if has > view::ALL {
            return Err(Stop::Bad("a part of the view is unknown"));
        }
        Ok(())
    }

    fn lesson(&mut self) -> Read<()> {
        let from = self.input.at();
        let mut lesson = Lesson::default();
        self.part = "lesson.steps".to_string();
        for at in 0..self.input.count("lesson steps", Scenario::STEPS_MAX)? {
            self.part = format!("lesson.steps[{at}]");
            let step = self.step()?;
            lesson.steps.push(step);
        }
        self.part = "lesson.sources".to_string();
        for _ in 0..self.input.count("sources", Scenario::STEPS_MAX)? {
            lesson.sources.push(self.input.text(Scenario::TEXT_MAX)?);
        }
        self.section("lesson", lesson.steps.len(), from);
        self.read.scenario.lesson = lesson;
        Ok(())
    }

    fn plans(&mut self) -> Read<()> {
        let from = self.input.at();
        self.part = "boxes".to_string();
        let mut items = 0;
        for _ in 0..self.input.count("boxes with plans", Scenario::BOXES_MAX)? {
            let id = self.placed()?;
            let place = self.read.scenario.place(&id);
            self.part = place.map_or_else(|| "boxes".to_string(), |at| format!("boxes[{at}].plans"));
            for _ in 0..self.input.count("plans of a box", Plan::PLANS_MAX)? {
                let plan = Plan { op: self.input.name()?, steps: self.steps(0)? };
                items += 1;
                if let Some(at) = place {
                    self.read.scenario.boxes[at].plans.push(plan);
                }
            }
        }
        self.section("plans", items, from);
        Ok(())
    }

    /// Steps that stand `depth` deep inside others.
    fn steps(&mut self, depth: usize) -> Read<Vec<PlanStep>> {
        if depth > Plan::DEPTH_MAX {
            return Err(Stop::Bad("steps stand too deep inside others"));
        }
        let count = self.input.count("steps of a plan", Plan::STEPS_MAX)?;
        (0..count).map(|_| self.plan_step(depth)).collect()
    }

    fn plan_step(&mut self, depth: usize) -> Read<PlanStep> {
        Ok(match self.input.byte()? {
            step::CALL => PlanStep::Call(self.placed()?),
            step::LOOKUP => PlanStep::Lookup(self.placed()?),
            step::FILL => PlanStep::Fill(self.placed()?),
            step::FORGET => PlanStep::Forget(self.placed()?),
            step::SEND => PlanStep::Send(self.placed()?),
            step::PARALLEL => {
                let count = self.input.count("boxes called at once", Plan::STEPS_MAX)?;
                PlanStep::Parallel((0..count).map(|_| self.placed()).collect::<Read<_>>()?)
            }
            step::WORK => PlanStep::Work(self.input.number()?),
            step::REPLY_OK => PlanStep::Reply(true),
            step::REPLY_FAILED => PlanStep::Reply(false),
            step::ON_MISS => PlanStep::OnMiss(self.steps(depth + 1)?),
            step::ON_ERROR => PlanStep::OnError(self.steps(depth + 1)?),
            step::REPEAT => {
                let times = u32::try_from(self.input.varint()?).unwrap_or(u32::MAX);
                PlanStep::Repeat(times, self.steps(depth + 1)?)
            }
            _ => return Err(Stop::Bad("a step of a plan is unknown")),
        })
    }

    fn zones(&mut self) -> Read<()> {
        let from = self.input.at();
        self.part = "zones".to_string();
        for at in 0..self.input.count("zones", Scenario::ZONES_MAX)? {
            self.part = format!("zones[{at}]");
            let (id, said) = (self.input.name()?, self.input.text(Scenario::NAME_MAX)?);
            let name = if said.is_empty() { name_of(&id) } else { said };
            let mut side = || self.input.signed().map(near);
            let (x, y, width, height) = (side()?, side()?, side()?, side()?);
            self.read.scenario.zones.push(Zone { id, name, x, y, width, height });
        }
        for at in 0..self.read.scenario.boxes.len() {
            self.part = format!("boxes[{at}]");
            let head = self.input.varint()?;
            let zone = self.home(head >> 1)?;
            let mut member_zones = Vec::new();
            if head & 1 == 1 {
                for _ in 0..self.input.count("members with a zone of their own", Scenario::MEMBERS_MAX as usize)? {
                    let head = self.input.varint()?;
                    member_zones.push(self.home(head)?.unwrap_or_default());
                }
            }
            let placed = &mut self.read.scenario.boxes[at];
            (placed.zone, placed.member_zones) = (zone, member_zones);
        }
        self.part = "distances".to_string();
        for at in 0..self.input.count("distances", Scenario::DISTANCES_MAX)? {
            self.part = format!("distances[{at}]");
            let between = [self.input.name()?, self.input.name()?];
            self.read.scenario.distances.push(Distance { between, latency_ms: self.input.number()? });
        }
        self.section("zones", self.read.scenario.zones.len(), from);
        Ok(())
    }

    fn notes(&mut self) -> Read<()> {
        let from = self.input.at();
        self.part = "notes".to_string();
        for at in 0..self.input.count("notes", Scenario::NOTES_MAX)? {
            self.part = format!("notes[{at}]");
            let (x, y) = (near(self.input.signed()?), near(self.input.signed()?));
            self.read.scenario.notes.push(Note { x, y, text: self.input.text(Scenario::NOTE_MAX)? });
        }
        self.section("notes", self.read.scenario.notes.len(), from);
        Ok(())
    }

    fn groups(&mut self) -> Read<()> {
        let from = self.input.at();
        self.part = "groups".to_string();
        for at in 0..self.input.count("groups", Scenario::GROUPS_MAX)? {
            self.part = format!("groups[{at}]");
            let (id, said) = (self.input.name()?, self.input.text(Scenario::NAME_MAX)?);
            let name = if said.is_empty() { name_of(&id) } else { said };
            let head = self.input.varint()?;
            if head >> 1 > Scenario::BOXES_MAX as u64 {
                return Err(Stop::Bad("more boxes are in it than there may be"));
            }
            let boxes = (0..head >> 1).map(|_| self.placed()).collect::<Read<_>>()?;
            self.read.scenario.groups.push(Group { id, name, boxes, folded: head & 1 == 1 });
        }
        self.section("groups", self.read.scenario.groups.len(), from);
        Ok(())
    }

    /// The id of the zone that something lies in.
    fn home(&mut self, head: u64) -> Read<Option<String>> {
        match head {
            home::NOWHERE => Ok(None),
            home::TEXT => self.input.name().map(Some),
            place => {
                let zone = usize::try_from(place - home::FIRST).ok().and_then(|at| self.read.scenario.zones.get(at));
                zone.map(|zone| Some(zone.id.clone())).ok_or(Stop::Bad("it lies in a zone that is not there"))
            }
        }
    }

    fn step(&mut self) -> Read<LessonStep> {
        let title = self.input.text(Scenario::TITLE_MAX)?;
        let text = self.input.text(Scenario::TEXT_MAX)?;
        let label = self.input.text(Scenario::NAME_MAX)?;
        let mut focus = Vec::new();
        for _ in 0..self.input.count("boxes to point at", Scenario::STEP_PARTS_MAX)? {
            focus.push(self.placed()?);
        }
        let mut offer = Vec::new();
        for _ in 0..self.input.count("things a button does", Scenario::STEP_PARTS_MAX)? {
            offer.extend(self.moment()?);
        }
        Ok(LessonStep { title, text, focus, predict: None, offer, label })
    }

    fn choices(&mut self) -> Read<()> {
        let from = self.input.at();
        self.part = "variants".to_string();
        for at in 0..self.input.count("variants", Scenario::VARIANTS_MAX)? {
            self.part = format!("variants[{at}]");
            let variant = self.variant()?;
            self.read.scenario.variants.push(variant);
        }
        self.part = "lesson.steps".to_string();
        for _ in 0..self.input.count("questions", Scenario::STEPS_MAX)? {
            let at = usize::try_from(self.input.varint()?).unwrap_or(usize::MAX);
            self.part = format!("lesson.steps[{at}].predict");
            let asked = self.predict()?;
            let step = self.read.scenario.lesson.steps.get_mut(at);
            step.ok_or(Stop::Bad("it asks in a step that is not there"))?.predict = Some(asked);
        }
        self.part = "lesson.claims".to_string();
        for at in 0..self.input.count("claims", Scenario::STEPS_MAX)? {
            self.part = format!("lesson.claims[{at}]");
            let claim = self.claim()?;
            self.read.scenario.lesson.claims.push(claim);
        }
        let read = &self.read.scenario;
        let asked = read.lesson.steps.iter().filter(|step| step.predict.is_some()).count();
        self.section("choices, claims", read.variants.len() + asked + read.lesson.claims.len(), from);
        Ok(())
    }

    fn variant(&mut self) -> Read<Variant> {
        let name = self.input.text(Scenario::NAME_MAX)?;
        let about = self.input.text(Scenario::LINE_MAX)?;
        let mut set = Vec::new();
        for _ in 0..self.input.count("settings of a variant", Scenario::STEP_PARTS_MAX)? {
            match self.moment()?.map(|moment| moment.act) {
                Some(Act::Set { on, field, value }) => set.push(Setting { on, field, value }),
                Some(Act::Do { .. }) => return Err(Stop::Bad("a variant does what is no setting")),
                None => {}
            }
        }
        Ok(Variant { name, about, set })
    }

    fn predict(&mut self) -> Read<Prediction> {
        let ask = self.input.text(Scenario::LINE_MAX)?;
        let reads = self.input.text(Scenario::LINE_MAX)?;
        let after = self.after()?;
        let mut choices = Vec::new();
        for _ in 0..self.input.count("answers to choose from", Scenario::CHOICES_MAX)? {
            let says = self.input.text(Scenario::NAME_MAX)?;
            let to = if self.input.count("bounds of an answer", 1)? == 1 { Some(self.input.number()?) } else { None };
            choices.push(Guess { says, to });
        }
        Ok(Prediction { ask, reads, after, choices })
    }

    fn claim(&mut self) -> Read<Claim> {
        let mut text = || self.input.text(Scenario::LINE_MAX);
        let (claim, says, measured, because) = (text()?, text()?, text()?, text()?);
        Ok(Claim { claim, says, measured, because, after: self.after()? })
    }

    fn after(&mut self) -> Read<Option<Span>> {
        Ok(Some(self.input.span()?).filter(|after| *after > Span::ZERO))
    }
}

/// The nearest number that a place may have before it is judged.
fn near(at: i64) -> i32 {
    at.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}
