//! A scenario's content as bytes; [`super::decode`] reads it back. The order of everything is described in [`super`].
//!
//! Encoding never fails: what names something unknown (a kind, a box, a check) is written as text, and it is for the reader to
//! refuse it. Only what differs from a default is written, by the place of its field.

use super::form::{beside, flag, home, id, moment, name, party, step, value, view, wire};
use super::pack::{Packer, fold};
use crate::naming::{id_of, name_of};
use crate::{
    Act, CheckSpec, Field, KindSpec, Moment, Op, Party, Placed, PlanStep, Scenario, Schema, Setting, Target, Value,
    Verb, Weight,
};
use base::{Span, Time};

pub(crate) fn content(scenario: &Scenario, schema: &Schema) -> Vec<u8> {
    let mut encoder = Encoder { out: Packer::default(), scenario, schema };
    encoder.scenario();
    encoder.out.bytes
}

struct Encoder<'a> {
    out: Packer,
    scenario: &'a Scenario,
    schema: &'a Schema,
}

impl<'a> Encoder<'a> {
    fn scenario(&mut self) {
        let scenario = self.scenario;
        let flags = flags(scenario);
        let has = |flag: u64| flags & flag != 0;
        self.out.varint(flags);
        self.out.varint(scenario.seed);
        self.out.span(scenario.length);
        if let Some(slug) = &scenario.slug {
            self.out.text(slug);
        }
        if has(flag::TITLE) {
            self.out.text(&scenario.title);
        }
        if has(flag::ABOUT) {
            self.out.text(&scenario.about);
        }
        self.boxes();
        self.wires();
        if has(flag::FAULTS) {
            self.moments(&scenario.faults);
        }
        if has(flag::ACTIONS) {
            self.moments(&scenario.actions);
        }
        if has(flag::CHECKS) {
            self.out.count(scenario.checks.len());
            scenario.checks.iter().for_each(|check| self.check(check));
        }
        if has(flag::VIEW) {
            self.view();
        }
        if has(flag::LESSON) {
            self.lesson();
        }
        if has(flag::CHOICES) {
            self.variants();
            self.questions();
            self.claims();
        }
        if has(flag::PLANS) {
            self.plans();
        }
        if has(flag::WEIGHT) {
            self.out.varint(u64::from(scenario.weight.0));
        }
        if has(flag::ZONES) {
            self.zones();
        }
        if has(flag::NOTES) {
            self.out.count(scenario.notes.len());
            for note in &scenario.notes {
                self.out.signed(i64::from(note.x));
                self.out.signed(i64::from(note.y));
                self.out.text(&note.text);
            }
        }
        if has(flag::GROUPS) {
            self.groups();
        }
    }

    fn boxes(&mut self) {
        let boxes = &self.scenario.boxes;
        self.out.count(boxes.len());
        if boxes.is_empty() {
            return;
        }
        let grid = [grid(boxes, |placed| placed.x), grid(boxes, |placed| placed.y)];
        grid.iter().for_each(|step| self.out.signed(*step));
        let mut before = None;
        for placed in boxes {
            let kind = self.kind(&placed.kind);
            self.called(placed, kind);
            let at = [i64::from(placed.x), i64::from(placed.y)];
            for axis in 0..2 {
                self.out.signed(before.map_or(at[axis], |before: [i64; 2]| (at[axis] - before[axis]) / grid[axis]));
            }
            before = Some(at);
            self.config(&placed.config, kind.map_or(&[], |kind| &kind.fields));
        }
    }

    /// Writes a kind by its place, counted from 1; 0 and its slug when the schema does not have it.
    fn kind(&mut self, slug: &str) -> Option<&'a KindSpec> {
        let place = self.schema.kinds.iter().position(|kind| kind.slug == slug);
        self.place_or_text(place, slug);
        place.map(|at| &self.schema.kinds[at])
    }

    fn place_or_text(&mut self, place: Option<usize>, text: &str) {
        self.out.count(place.map_or(0, |at| at + 1));
        if place.is_none() {
            self.out.text(text);
        }
    }

    /// The id and the name, the one from the other where that gives the same.
    fn called(&mut self, placed: &Placed, kind: Option<&KindSpec>) {
        let id_number = kind.and_then(|kind| number_after(&placed.id, &kind.slug, "-"));
        let name_number = kind.and_then(|kind| number_after(&placed.name, &kind.title, " "));
        let name_form = if placed.name == name_of(&placed.id) {
            name::FROM_ID
        } else if kind.is_some_and(|kind| kind.title == placed.name) {
            name::TITLE
        } else if name_number.is_some() {
            name::TITLE_NUMBER
        } else {
            name::TEXT
        };
        let id_form = if kind.is_some_and(|kind| kind.slug == placed.id) {
            id::KIND
        } else if id_number.is_some() {
            id::KIND_NUMBER
        } else if name_form == name::TEXT && id_of(&placed.name).as_deref() == Some(&placed.id) {
            id::FROM_NAME
        } else {
            id::TEXT
        };
        self.out.byte(id_form | name_form << 2);
        match id_form {
            id::TEXT => self.out.text(&placed.id),
            id::KIND_NUMBER => self.out.varint(id_number.unwrap_or_default()),
            _ => {}
        }
        match name_form {
            name::TEXT => self.out.text(&placed.name),
            name::TITLE_NUMBER => self.out.varint(name_number.unwrap_or_default()),
            _ => {}
        }
    }

    /// What differs from the defaults: for each the gap from the field before, then the value; 0 at the end.
    fn config(&mut self, config: &[Value], fields: &[Field]) {
        let mut gap = 1;
        for (at, value) in config.iter().enumerate() {
            if fields.get(at).is_some_and(|field| field.default_value() == *value) {
                gap += 1;
            } else {
                self.out.varint(gap << 2 | value_form(value));
                self.value(value);
                gap = 1;
            }
        }
        self.out.byte(0);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(n) => self.out.number(*n),
            Value::Choice(at) => self.out.byte(*at),
            Value::Ops(ops) => self.ops(ops),
            Value::Trace(trace) => trace.pack(&mut self.out),
        }
    }

    fn ops(&mut self, ops: &[Op]) {
        self.out.count(ops.len());
        let writes = ops.iter().enumerate().filter(|(_, op)| op.write);
        self.out.varint(writes.fold(0, |bits, (at, _)| bits | 1u64.checked_shl(at as u32).unwrap_or(0)));
        for op in ops {
            self.out.name(&op.name);
            self.out.number(op.weight);
        }
    }

    /// A box by its place, counted from 1; 0 and its id when there is none.
    fn placed(&mut self, id: &str) {
        self.place_or_text(self.scenario.place(id), id);
    }

    fn wires(&mut self) {
        self.out.count(self.scenario.wires.len());
        let mut before = 0;
        for wire in &self.scenario.wires {
            let from = self.scenario.place(&wire.ends.from).map(|at| at as i64);
            let step = from.map_or(0, |from| fold(from - before) + 1);
            before = from.unwrap_or(before);
            let bare = wire.config == self.schema.wire_defaults();
            let ops = if wire.ops.is_empty() { 0 } else { wire::OPS };
            self.out.varint(step << wire::FROM | ops | if bare { 0 } else { wire::CONFIG });
            if from.is_none() {
                self.out.text(&wire.ends.from);
            }
            self.placed(&wire.ends.to);
            if !wire.ops.is_empty() {
                self.out.count(wire.ops.len());
                wire.ops.iter().for_each(|op| self.out.name(op));
            }
            if !bare {
                self.config(&wire.config, &self.schema.wire);
            }
        }
    }

    fn moments(&mut self, moments: &[Moment]) {
        self.out.count(moments.len());
        moments.iter().for_each(|moment| self.moment(moment));
    }

    fn moment(&mut self, moment: &Moment) {
        let lasts = if moment.lasts.is_some() { moment::LASTS } else { 0 };
        let target = |on: &Target| match on {
            Target::Box(_) => moment::BOX << moment::TARGET,
            Target::Member(..) => moment::MEMBER << moment::TARGET,
            Target::Wire(_) => moment::WIRE << moment::TARGET,
            Target::Zone(_) | Target::Between(..) | Target::Sides(_) => moment::BESIDE << moment::TARGET,
        };
        let (on, bits) = match &moment.act {
            Act::Do { verb, on, amount } => {
                let place = Verb::ALL.iter().position(|known| known == verb).unwrap_or_default() as u64;
                (on, place << moment::WHAT | if amount.is_some() { moment::AMOUNT } else { 0 })
            }
            Act::Set { on, field, .. } => {
                let place = self.fields(on).iter().position(|known| known.name == *field);
                (on, place.map_or(0, |at| at as u64 + 1) << moment::WHAT | moment::SETS)
            }
        };
        self.out.varint(bits | lasts | target(on));
        self.out.span(moment.at.since(Time::ZERO));
        if let Some(lasts) = moment.lasts {
            self.out.span(lasts);
        }
        self.target(on);
        match &moment.act {
            Act::Do { amount, .. } => amount.iter().for_each(|n| self.out.number(*n)),
            Act::Set { field, value, .. } => {
                if bits >> moment::WHAT == 0 {
                    self.out.text(field);
                }
                self.out.varint(value_form(value));
                self.value(value);
            }
        }
    }

    fn target(&mut self, on: &Target) {
        match on {
            Target::Box(id) => self.placed(id),
            Target::Member(id, member) => {
                self.placed(id);
                self.out.byte(*member);
            }
            Target::Wire(ends) => {
                let place = self.scenario.wire(ends);
                self.out.count(place.map_or(0, |at| at + 1));
                if place.is_none() {
                    self.placed(&ends.from);
                    self.placed(&ends.to);
                }
            }
            // By name, because zones stand at the end of a link.
            Target::Zone(id) => {
                self.out.byte(beside::ZONE);
                self.out.name(id);
            }
            Target::Between(a, b) => {
                self.out.byte(beside::BETWEEN);
                self.out.name(a);
                self.out.name(b);
            }
            Target::Sides(sides) => {
                self.out.byte(if sides.is_one_way { beside::SIDES_ONE_WAY } else { beside::SIDES });
                self.out.count(sides.sides.len());
                sides.sides.iter().for_each(|side| self.side(side));
            }
        }
    }

    fn side(&mut self, side: &[Party]) {
        self.out.count(side.len());
        for party in side {
            match party {
                Party::Rest => self.out.byte(party::REST),
                Party::Box(id) => {
                    self.out.byte(party::BOX);
                    self.placed(id);
                }
                Party::Member(id, member) => {
                    self.out.byte(party::MEMBER);
                    self.placed(id);
                    self.out.byte(*member);
                }
            }
        }
    }

    /// What can be set on a target.
    fn fields(&self, on: &Target) -> &'a [Field] {
        match on {
            Target::Wire(_) => &self.schema.wire,
            Target::Zone(_) | Target::Between(..) | Target::Sides(_) => &[],
            Target::Box(id) | Target::Member(id, _) => {
                let placed = self.scenario.place(id).map(|at| &self.scenario.boxes[at]);
                placed.and_then(|placed| self.schema.kind(&placed.kind)).map_or(&[], |kind| &kind.fields)
            }
        }
    }

    fn check(&mut self, check: &CheckSpec) {
        let place = self.schema.checks.iter().position(|known| known.slug == check.check);
        let bound = u64::from(check.bound.is_some());
        self.out.varint(place.map_or(0, |at| at as u64 + 1) << 1 | bound);
        if place.is_none() {
            self.out.text(&check.check);
        }
        self.placed(&check.on);
        check.bound.iter().for_each(|bound| self.out.number(*bound));
    }

    fn view(&mut self) {
        let shown = &self.scenario.view;
        let bit = |has: bool, bit: u8| if has { bit } else { 0 };
        self.out.byte(
            bit(shown.at.is_some(), view::AT)
                | bit(shown.speed.is_some(), view::SPEED)
                | bit(shown.selected.is_some(), view::SELECTED),
        );
        shown.at.iter().for_each(|at| self.out.span(at.since(Time::ZERO)));
        shown.speed.iter().for_each(|speed| self.out.number(*speed));
        shown.selected.iter().for_each(|id| self.placed(id));
    }

    fn lesson(&mut self) {
        let lesson = &self.scenario.lesson;
        self.out.count(lesson.steps.len());
        for step in &lesson.steps {
            self.out.text(&step.title);
            self.out.text(&step.text);
            self.out.text(&step.label);
            self.out.count(step.focus.len());
            step.focus.iter().for_each(|id| self.placed(id));
            self.moments(&step.offer);
        }
        self.out.count(lesson.sources.len());
        lesson.sources.iter().for_each(|source| self.out.text(source));
    }

    /// Settings are written as moments at the start of a run are: both name a field and its value.
    fn variants(&mut self) {
        let variants = &self.scenario.variants;
        self.out.count(variants.len());
        for variant in variants {
            self.out.text(&variant.name);
            self.out.text(&variant.about);
            self.out.count(variant.set.len());
            for Setting { on, field, value } in variant.set.iter().cloned() {
                self.moment(&Moment { at: Time::ZERO, lasts: None, act: Act::Set { on, field, value } });
            }
        }
    }

    /// The questions, each with the place of its step.
    fn questions(&mut self) {
        let steps = self.scenario.lesson.steps.iter().enumerate();
        let asked: Vec<_> = steps.filter_map(|(at, step)| Some((at, step.predict.as_ref()?))).collect();
        self.out.count(asked.len());
        for (at, asked) in asked {
            self.out.count(at);
            self.out.text(&asked.ask);
            self.out.text(&asked.reads);
            self.after(asked.after);
            self.out.count(asked.choices.len());
            for guess in &asked.choices {
                self.out.text(&guess.says);
                self.out.count(usize::from(guess.to.is_some()));
                guess.to.iter().for_each(|to| self.out.number(*to));
            }
        }
    }

    fn claims(&mut self) {
        let claims = &self.scenario.lesson.claims;
        self.out.count(claims.len());
        for claim in claims {
            [&claim.claim, &claim.says, &claim.measured, &claim.because].iter().for_each(|text| self.out.text(text));
            self.after(claim.after);
        }
    }

    /// A length of time, or zero for none: neither a question nor a claim is read after no time.
    fn after(&mut self, after: Option<Span>) {
        self.out.span(after.unwrap_or_default());
    }
}

impl Encoder<'_> {
    fn plans(&mut self) {
        let boxes = self.scenario.boxes.iter().filter(|placed| !placed.plans.is_empty());
        self.out.count(boxes.clone().count());
        for placed in boxes {
            self.placed(&placed.id);
            self.out.count(placed.plans.len());
            for plan in &placed.plans {
                self.out.name(&plan.op);
                self.steps(&plan.steps);
            }
        }
    }

    fn steps(&mut self, steps: &[PlanStep]) {
        self.out.count(steps.len());
        for known in steps {
            self.out.byte(step_form(known));
            match known {
                PlanStep::Parallel(all) => self.out.count(all.len()),
                PlanStep::Work(ms) => self.out.number(*ms),
                PlanStep::Repeat(times, _) => self.out.varint(u64::from(*times)),
                _ => {}
            }
            known.targets().iter().for_each(|to| self.placed(to));
            if matches!(known, PlanStep::OnMiss(_) | PlanStep::OnError(_) | PlanStep::Repeat(..)) {
                self.steps(known.inside());
            }
        }
    }

    fn groups(&mut self) {
        let scenario = self.scenario;
        self.out.count(scenario.groups.len());
        for group in &scenario.groups {
            self.out.name(&group.id);
            // As with zones, an empty text stands for the name that the id suggests.
            self.out.text(if group.name == name_of(&group.id) { "" } else { &group.name });
            self.out.varint((group.boxes.len() as u64) << 1 | u64::from(group.folded));
            group.boxes.iter().for_each(|id| self.placed(id));
        }
    }

    fn zones(&mut self) {
        let scenario = self.scenario;
        self.out.count(scenario.zones.len());
        for zone in &scenario.zones {
            self.out.name(&zone.id);
            // An empty text stands for the name that the id suggests; no zone is called nothing.
            self.out.text(if zone.name == name_of(&zone.id) { "" } else { &zone.name });
            [zone.x, zone.y, zone.width, zone.height].iter().for_each(|n| self.out.signed(i64::from(*n)));
        }
        for placed in &scenario.boxes {
            let apart = u64::from(!placed.member_zones.is_empty());
            let lies_in = placed.zone.as_deref();
            self.home(lies_in, |home| home << 1 | apart);
            if apart == 1 {
                self.out.count(placed.member_zones.len());
                for zone in &placed.member_zones {
                    self.home(Some(zone.as_str()).filter(|zone| !zone.is_empty()), |home| home);
                }
            }
        }
        self.out.count(scenario.distances.len());
        for distance in &scenario.distances {
            distance.between.iter().for_each(|zone| self.out.name(zone));
            self.out.number(distance.latency_ms);
        }
    }

    /// Where something lies: the place of a zone, or its id when there is none; `head` makes the number that is written.
    fn home(&mut self, zone: Option<&str>, head: impl Fn(u64) -> u64) {
        let place = zone.and_then(|zone| self.scenario.zone(zone));
        match (zone, place) {
            (None, _) => self.out.varint(head(home::NOWHERE)),
            (Some(_), Some(place)) => self.out.varint(head(home::FIRST + place as u64)),
            (Some(zone), None) => {
                self.out.varint(head(home::TEXT));
                self.out.name(zone);
            }
        }
    }
}

fn step_form(known: &PlanStep) -> u8 {
    match known {
        PlanStep::Call(_) => step::CALL,
        PlanStep::Lookup(_) => step::LOOKUP,
        PlanStep::Fill(_) => step::FILL,
        PlanStep::Forget(_) => step::FORGET,
        PlanStep::Send(_) => step::SEND,
        PlanStep::Parallel(_) => step::PARALLEL,
        PlanStep::Work(_) => step::WORK,
        PlanStep::Reply(true) => step::REPLY_OK,
        PlanStep::Reply(false) => step::REPLY_FAILED,
        PlanStep::OnMiss(_) => step::ON_MISS,
        PlanStep::OnError(_) => step::ON_ERROR,
        PlanStep::Repeat(..) => step::REPEAT,
    }
}

fn flags(scenario: &Scenario) -> u64 {
    let from_library = scenario.slug.is_some();
    [
        (!scenario.title.is_empty(), flag::TITLE),
        (from_library, flag::SLUG | flag::LIBRARY_TEXTS),
        (!scenario.about.is_empty() && !from_library, flag::ABOUT),
        (!scenario.faults.is_empty(), flag::FAULTS),
        (!scenario.checks.is_empty(), flag::CHECKS),
        (scenario.view != crate::View::default(), flag::VIEW),
        (!scenario.actions.is_empty(), flag::ACTIONS),
        (scenario.lesson != crate::Lesson::default() && !from_library, flag::LESSON),
        (chooses(scenario) && !from_library, flag::CHOICES),
        (scenario.boxes.iter().any(|placed| !placed.plans.is_empty()), flag::PLANS),
        (scenario.weight != Weight::ONE, flag::WEIGHT),
        (has_zones(scenario), flag::ZONES),
        (!scenario.notes.is_empty(), flag::NOTES),
        (!scenario.groups.is_empty(), flag::GROUPS),
    ]
    .into_iter()
    .fold(0, |flags, (has, flag)| if has { flags | flag } else { flags })
}

fn chooses(scenario: &Scenario) -> bool {
    let lesson = &scenario.lesson;
    !scenario.variants.is_empty() || !lesson.claims.is_empty() || lesson.steps.iter().any(|step| step.predict.is_some())
}

fn has_zones(scenario: &Scenario) -> bool {
    let lies = |placed: &Placed| placed.zone.is_some() || !placed.member_zones.is_empty();
    !scenario.zones.is_empty() || !scenario.distances.is_empty() || scenario.boxes.iter().any(lies)
}

fn value_form(value: &Value) -> u64 {
    match value {
        Value::Number(_) => value::NUMBER,
        Value::Choice(_) => value::CHOICE,
        Value::Ops(_) => value::OPS,
        Value::Trace(_) => value::TRACE,
    }
}

/// The number in `text` when it is `stem`, `between` and a plain number: 2 in `service-2`.
fn number_after(text: &str, stem: &str, between: &str) -> Option<u64> {
    let digits = text.strip_prefix(stem)?.strip_prefix(between)?;
    let number = digits.parse::<u64>().ok()?;
    (number.to_string() == digits).then_some(number)
}

/// The largest step of which every distance between neighbours is a multiple, so that a design on a grid has small numbers.
fn grid(boxes: &[Placed], of: fn(&Placed) -> i32) -> i64 {
    let steps = boxes.windows(2).map(|pair| (i64::from(of(&pair[1])) - i64::from(of(&pair[0]))).abs());
    steps.fold(0, greatest_common_divisor).max(1)
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
