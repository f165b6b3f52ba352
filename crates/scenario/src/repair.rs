//! The nearest design that can run: clamp what can be clamped, drop what cannot be used, and say so.
//!
//! What is kept has passed the very rules of [`crate::validate`], part by part in the order in which parts depend on each other,
//! so the result has no errors left. It serves links, which come from strangers and from older versions.

use crate::naming::is_id;
use crate::problem::{Found, Path};
use crate::validate::{Boxes, Rules, Wires, Zones, clean, group, is_clean, note, too_many};
use crate::{
    Act, CheckSpec, Claim, Distance, Field, FieldKind, Group, Lesson, LessonStep, Moment, Note, Op, Placed, Plan,
    PlanStep, Prediction, Problem, Scenario, Schema, Setting, Value, Variant, View, Weight, Wire, WireEnds, Zone,
};
use base::{Span, Time};
use core::fmt::Arguments;
use core::mem::take;

/// How long a run lasts when the length that was given cannot be used.
pub(crate) const LENGTH_DEFAULT: Span = Span::from_secs(60);

/// `scenario` with everything clamped or dropped that cannot be used, and a note for each change.
#[must_use]
pub fn repair(mut scenario: Scenario, schema: &Schema) -> (Scenario, Vec<Problem>) {
    canonical(&mut scenario);
    let mut mend = Mend { schema, notes: Found::default() };
    mend.header(&mut scenario);
    mend.boxes(&mut scenario.boxes);
    mend.traces(&mut scenario);
    // What follows reads the boxes while their plans are still to be mended.
    let mut plans: Vec<Vec<Plan>> = scenario.boxes.iter_mut().map(|placed| take(&mut placed.plans)).collect();
    mend.zones(&mut scenario);
    let mut boxes = Boxes::new(schema);
    scenario.boxes.iter().enumerate().for_each(|(at, placed)| boxes.add(at, placed));
    mend.wires(&mut scenario.wires, &boxes);
    let mut wires = Wires::new(&boxes);
    scenario.wires.iter().enumerate().for_each(|(at, wire)| wires.add(at, wire));
    let mut zones = Zones::default();
    scenario.zones.iter().for_each(|zone| zones.add(zone));
    let rules = Rules { boxes: &boxes, wires: &wires, zones: &zones, length: scenario.length };
    mend.moments(&Path::top("faults"), &mut scenario.faults, Scenario::MOMENTS_MAX, &rules);
    mend.moments(&Path::top("actions"), &mut scenario.actions, Scenario::MOMENTS_MAX, &rules);
    mend.checks(&mut scenario.checks, &rules);
    mend.variants(&mut scenario.variants, &rules);
    mend.notes_beside(&mut scenario.notes);
    mend.groups(&mut scenario.groups, &boxes);
    mend.lesson(&mut scenario.lesson, &rules);
    mend.view(&mut scenario.view, &rules);
    for (at, plans) in plans.iter_mut().enumerate() {
        mend.plans(&Path::top("boxes").at(at), &scenario.boxes[at], plans, &rules);
    }
    scenario.boxes.iter_mut().zip(plans).for_each(|(placed, plans)| placed.plans = plans);
    (scenario, mend.notes.problems)
}

/// Turns every -0.0 into 0.0: they compare equal, but not in a hash.
pub(crate) fn canonical(scenario: &mut Scenario) {
    let of = |value: &mut Value| match value {
        Value::Number(n) => *n += 0.0,
        Value::Ops(ops) => ops.iter_mut().for_each(|op| op.weight += 0.0),
        Value::Choice(_) | Value::Trace(_) => {}
    };
    scenario.boxes.iter_mut().flat_map(|placed| &mut placed.config).for_each(of);
    scenario.wires.iter_mut().flat_map(|wire| &mut wire.config).for_each(of);
    let offers = scenario.lesson.steps.iter_mut().flat_map(|step| &mut step.offer);
    for moment in scenario.faults.iter_mut().chain(&mut scenario.actions).chain(offers) {
        match &mut moment.act {
            Act::Do { amount, .. } => *amount = amount.map(|n| n + 0.0),
            Act::Set { value, .. } => of(value),
        }
    }
    scenario.variants.iter_mut().flat_map(|variant| &mut variant.set).for_each(|setting| of(&mut setting.value));
    let asked = scenario.lesson.steps.iter_mut().filter_map(|step| step.predict.as_mut());
    asked.flat_map(|asked| &mut asked.choices).for_each(|guess| guess.to = guess.to.map(|n| n + 0.0));
    let plans = scenario.boxes.iter_mut().flat_map(|placed| &mut placed.plans);
    plans.for_each(|plan| canonical_steps(&mut plan.steps));
    scenario.checks.iter_mut().for_each(|check| check.bound = check.bound.map(|n| n + 0.0));
    scenario.view.speed = scenario.view.speed.map(|n| n + 0.0);
    scenario.distances.iter_mut().for_each(|distance| distance.latency_ms += 0.0);
}

fn canonical_steps(steps: &mut [PlanStep]) {
    for step in steps {
        match step {
            PlanStep::Work(ms) => *ms += 0.0,
            step => step.inside_mut().into_iter().for_each(|inside| canonical_steps(inside)),
        }
    }
}

/// Brings work and rounds into their ranges.
fn clamp_steps(steps: &mut [PlanStep]) {
    for step in steps {
        match step {
            PlanStep::Work(ms) if ms.is_nan() => *ms = 0.0,
            PlanStep::Work(ms) => *ms = ms.clamp(0.0, Plan::WORK_MS_MAX),
            PlanStep::Repeat(times, _) => *times = (*times).clamp(1, Plan::ROUNDS_MAX),
            _ => {}
        }
        step.inside_mut().into_iter().for_each(|inside| clamp_steps(inside));
    }
}

struct Mend<'a> {
    schema: &'a Schema,
    notes: Found,
}

impl Mend<'_> {
    fn note(&mut self, path: &Path<'_>, message: Arguments<'_>) {
        self.notes.warning(path, message);
    }

    /// Whether the rules found no error in a part; if they did, notes the first of them.
    fn keeps(&mut self, found: Found) -> bool {
        let Some(first) = found.problems.into_iter().find(Problem::is_error) else { return true };
        let message = format!("{}. It was left out", first.message.trim_end_matches('.'));
        self.notes.problems.push(Problem::warning(first.path, message));
        false
    }

    fn cap<T>(&mut self, path: &Path<'_>, list: &mut Vec<T>, max: usize) {
        let mut found = Found::default();
        too_many(path, list.len(), max, &mut found);
        list.truncate(max);
        for problem in found.problems {
            self.note(path, format_args!("{}. The rest was left out", problem.message));
        }
    }

    /// Drops traces from the end until those that are left take no more than they may.
    fn traces(&mut self, scenario: &mut Scenario) {
        let Err(why) = scenario.traces() else { return };
        let is_trace = |setting: &Setting| matches!(setting.value, Value::Trace(_));
        scenario.variants.retain(|variant| !variant.set.iter().any(is_trace));
        for at in (0..scenario.boxes.len()).rev() {
            if scenario.traces().is_ok() {
                break;
            }
            let fields = self.schema.kind(&scenario.boxes[at].kind).map_or(&[][..], |kind| &kind.fields);
            let pairs = scenario.boxes[at].config.iter_mut().zip(fields);
            for (value, field) in pairs.filter(|(value, _)| matches!(value, Value::Trace(_))) {
                *value = field.default_value();
            }
        }
        self.note(&Path::top("boxes"), format_args!("{why}. Traces were left out"));
    }

    fn text(&mut self, path: &Path<'_>, text: &mut String, max: usize, lines: bool) {
        if !is_clean(text, max, lines) {
            *text = clean(text, max, lines);
            self.note(path, format_args!("the text was cut to {max} characters that can be shown"));
        }
    }

    fn header(&mut self, scenario: &mut Scenario) {
        if scenario.slug.as_ref().is_some_and(|slug| !is_id(slug)) {
            scenario.slug = None;
            let message = format_args!("the library row it came from is not a name; it was left out");
            self.note(&Path::top("slug"), message);
        }
        self.text(&Path::top("title"), &mut scenario.title, Scenario::TITLE_MAX, false);
        self.text(&Path::top("about"), &mut scenario.about, Scenario::TEXT_MAX, true);
        let given = scenario.length;
        if given == Span::ZERO || given > Scenario::LENGTH_MAX {
            scenario.length = if given == Span::ZERO { LENGTH_DEFAULT } else { Scenario::LENGTH_MAX };
            let now = scenario.length;
            self.note(&Path::top("length"), format_args!("the run lasted {given}; it lasts {now} now"));
        }
        let Weight(weight) = scenario.weight;
        if !(1..=Weight::MAX).contains(&weight) {
            scenario.weight = Weight(weight.clamp(1, Weight::MAX));
            let now = scenario.weight.0;
            self.note(&Path::top("weight"), format_args!("one request stood for {weight}; it stands for {now} now"));
        }
        self.cap(&Path::top("boxes"), &mut scenario.boxes, Scenario::BOXES_MAX);
        self.cap(&Path::top("wires"), &mut scenario.wires, Scenario::WIRES_MAX);
    }

    fn boxes(&mut self, all: &mut Vec<Placed>) {
        let list = Path::top("boxes");
        for (at, placed) in all.iter_mut().enumerate() {
            self.placed(&list.at(at), placed);
        }
        let mut kept = Vec::new();
        let mut boxes = Boxes::new(self.schema);
        for (at, placed) in all.iter().enumerate() {
            let mut found = Found::errors_only();
            boxes.ask(&list.at(at), placed, &mut found);
            kept.push(self.keeps(found));
            if kept[at] {
                boxes.add(at, placed);
            }
        }
        retain(all, &kept);
        self.members(&list, all);
    }

    fn placed(&mut self, path: &Path<'_>, placed: &mut Placed) {
        self.text(&path.key("name"), &mut placed.name, Scenario::NAME_MAX, false);
        if placed.name.is_empty() {
            placed.name = crate::naming::name_of(&placed.id);
        }
        let (old, max) = ((placed.x, placed.y), Scenario::POSITION_MAX);
        (placed.x, placed.y) = (old.0.clamp(-max, max), old.1.clamp(-max, max));
        if (placed.x, placed.y) != old {
            let message = format_args!("it lay at {}, {}; it lies at {}, {} now", old.0, old.1, placed.x, placed.y);
            self.note(&path.key("at"), message);
        }
        if let Some(kind) = self.schema.kind(&placed.kind) {
            self.config(path, &mut placed.config, &kind.fields);
        }
    }

    /// Members beyond the most that all boxes may have together: every box goes back to its kind's usual number, and if that is
    /// still too much the last boxes go.
    fn members(&mut self, path: &Path<'_>, all: &mut Vec<Placed>) {
        let (boxes, max) = (Boxes::new(self.schema), Scenario::MEMBERS_MAX);
        if boxes.members(all) <= max {
            return;
        }
        for placed in all.iter_mut() {
            let Some(kind) = self.schema.kind(&placed.kind) else { continue };
            if let Some(at) = kind.members.as_deref().and_then(|name| kind.field(name)) {
                placed.config[at] = kind.fields[at].default_value();
            }
        }
        while boxes.members(all) > max {
            all.pop();
        }
        let message = format_args!("they had more than {max} members together; each has its kind's usual number now");
        self.note(path, message);
    }

    /// Zones that can be drawn; boxes and members only in such; distances only between such.
    fn zones(&mut self, scenario: &mut Scenario) {
        let list = Path::top("zones");
        self.cap(&list, &mut scenario.zones, Scenario::ZONES_MAX);
        for (at, zone) in scenario.zones.iter_mut().enumerate() {
            self.zone(&list.at(at), zone);
        }
        let (mut kept, mut zones) = (Vec::new(), Zones::default());
        for (at, zone) in scenario.zones.iter().enumerate() {
            let mut found = Found::errors_only();
            zones.ask(&list.at(at), zone, &mut found);
            kept.push(self.keeps(found));
            if kept[at] {
                zones.add(zone);
            }
        }
        for (at, placed) in scenario.boxes.iter_mut().enumerate() {
            let path = Path::top("boxes");
            let (lies_in, path) = (|id: &String| zones.has(id), path.at(at));
            let before = (placed.zone.is_some(), placed.member_zones.len());
            placed.zone = take(&mut placed.zone).filter(lies_in);
            placed.member_zones.truncate(Zones::most_members(placed, self.schema));
            let lost = placed.member_zones.iter_mut().filter(|zone| !zone.is_empty() && !zones.has(zone));
            let lost = lost.map(String::clear).count();
            if lost > 0 || before != (placed.zone.is_some(), placed.member_zones.len()) {
                self.note(&path.key("zone"), format_args!("it or its members lay in no zone that is there"));
            }
        }
        let list = Path::top("distances");
        self.cap(&list, &mut scenario.distances, Scenario::DISTANCES_MAX);
        let mut near: Vec<bool> = Vec::new();
        for (at, distance) in scenario.distances.iter_mut().enumerate() {
            let (was, max) = (distance.latency_ms, Distance::LATENCY_MS_MAX);
            distance.latency_ms = if was.is_nan() { Distance::USUAL_MS } else { was.clamp(0.0, max) };
            if distance.latency_ms != was {
                let now = distance.latency_ms;
                self.note(&list.at(at).key("latency_ms"), format_args!("it was {was} ms; it is {now} ms now"));
            }
        }
        for (at, distance) in scenario.distances.iter().enumerate() {
            let mut found = Found::errors_only();
            zones.ask_distance(&list.at(at), distance, &scenario.distances[..at], &mut found);
            near.push(self.keeps(found));
        }
        retain(&mut scenario.distances, &near);
        retain(&mut scenario.zones, &kept);
    }

    fn zone(&mut self, path: &Path<'_>, zone: &mut Zone) {
        self.text(&path.key("name"), &mut zone.name, Scenario::NAME_MAX, false);
        if zone.name.is_empty() {
            zone.name = crate::naming::name_of(&zone.id);
        }
        let (far, least, most) = (Scenario::POSITION_MAX, Scenario::ZONE_SIZE_MIN, Scenario::ZONE_SIZE_MAX);
        let was = (zone.x, zone.y, zone.width, zone.height);
        (zone.x, zone.y) = (zone.x.clamp(-far, far), zone.y.clamp(-far, far));
        (zone.width, zone.height) = (zone.width.clamp(least, most), zone.height.clamp(least, most));
        if was != (zone.x, zone.y, zone.width, zone.height) {
            self.note(&path.key("size"), format_args!("it was too far away, too small or too large; it was moved"));
        }
    }

    fn wires(&mut self, all: &mut Vec<Wire>, boxes: &Boxes<'_>) {
        let list = Path::top("wires");
        for (at, wire) in all.iter_mut().enumerate() {
            let path = list.at(at);
            let ops = path.key("ops");
            self.cap(&ops, &mut wire.ops, Scenario::WIRE_OPS_MAX);
            wire.ops.iter_mut().for_each(|op| self.text(&ops, op, Scenario::NAME_MAX, false));
            self.config(&path, &mut wire.config, &self.schema.wire);
        }
        let mut kept = Vec::new();
        let mut wires = Wires::new(boxes);
        for (at, wire) in all.iter().enumerate() {
            let mut found = Found::errors_only();
            wires.ask(&list.at(at), wire, &mut found);
            kept.push(self.keeps(found));
            if kept[at] {
                wires.add(at, wire);
            }
        }
        retain(all, &kept);
    }

    /// Drops the steps over wires that are not there, then every plan that still breaks a rule.
    fn plans(&mut self, path: &Path<'_>, placed: &Placed, plans: &mut Vec<Plan>, rules: &Rules<'_>) {
        let list = path.key("plans");
        self.cap(&list, plans, Plan::PLANS_MAX);
        let is_wired = |to: &str| {
            let ends = WireEnds { from: placed.id.clone(), to: to.to_string() };
            rules.wires.has(&ends).then_some(ends.to)
        };
        let mut good: Vec<Plan> = Vec::new();
        for (at, mut plan) in take(plans).into_iter().enumerate() {
            let place = list.at(at);
            self.text(&place.key("op"), &mut plan.op, Scenario::NAME_MAX, false);
            // Deeper ones are refused below, whatever they say; that keeps this walk short.
            if Plan::depth(&plan.steps) <= Plan::DEPTH_MAX {
                let left = Plan::rewired(&plan.steps, &is_wired);
                if left != plan.steps {
                    plan.steps = left;
                    self.note(&place.key("steps"), format_args!("steps that cannot be taken were left out"));
                }
                let given = plan.steps.clone();
                clamp_steps(&mut plan.steps);
                if given != plan.steps {
                    self.note(&place.key("steps"), format_args!("a number was out of its range; it is within now"));
                }
            }
            let mut found = Found::errors_only();
            let mut tried = Placed { plans: take(&mut good), ..placed.clone() };
            tried.plans.push(plan);
            rules.plans(path, &tried, &mut found);
            good = tried.plans;
            if !self.keeps(found) {
                good.pop();
            }
        }
        *plans = good;
    }

    fn config(&mut self, path: &Path<'_>, config: &mut Vec<Value>, fields: &[Field]) {
        let (has, takes) = (config.len(), fields.len());
        if has > takes {
            config.truncate(takes);
            self.note(path, format_args!("{has} values were set; the last {} were left out", has - takes));
        }
        for (at, field) in fields.iter().enumerate() {
            match config.get_mut(at) {
                Some(value) => self.value(&path.key(&field.name), value, field),
                None => config.push(field.default_value()),
            }
        }
    }

    fn value(&mut self, path: &Path<'_>, value: &mut Value, field: &Field) {
        if let Value::Ops(ops) = value {
            self.ops(path, ops);
        }
        if let Err(why) = field.accepts(value) {
            *value = field.clamp(value);
            self.note(path, format_args!("{why}. It is {} now", shown(value, field)));
        }
    }

    fn ops(&mut self, path: &Path<'_>, ops: &mut Vec<Op>) {
        self.cap(path, ops, Scenario::OPS_MAX);
        for op in ops.iter_mut() {
            self.text(path, &mut op.name, Scenario::NAME_MAX, false);
        }
        if ops.iter().any(|op| op.name.is_empty()) {
            ops.retain(|op| !op.name.is_empty());
            self.note(path, format_args!("an operation had no name; it was left out"));
        }
    }

    fn moments(&mut self, path: &Path<'_>, all: &mut Vec<Moment>, max: usize, rules: &Rules<'_>) {
        self.cap(path, all, max);
        let mut kept = Vec::new();
        for (at, moment) in all.iter_mut().enumerate() {
            let path = path.at(at);
            self.moment(&path, moment, rules);
            let mut found = Found::errors_only();
            rules.moment(&path, moment, &mut found);
            kept.push(self.keeps(found));
        }
        retain(all, &kept);
    }

    fn moment(&mut self, path: &Path<'_>, moment: &mut Moment, rules: &Rules<'_>) {
        let (at, last) = (moment.at.since(Time::ZERO), Scenario::LENGTH_MAX);
        if at > last {
            moment.at = Time::ZERO + last;
            self.note(&path.key("at"), format_args!("it happened at {at}; it happens at {last} now"));
        }
        let ends = matches!(&moment.act, Act::Do { verb, .. } if verb.spec().ended_by.is_some());
        if moment.lasts.is_some_and(|lasts| !ends || lasts == Span::ZERO || lasts > last) {
            moment.lasts = None;
            self.note(&path.key("for"), format_args!("the time it lasted could not be used; it was left out"));
        }
        match &mut moment.act {
            Act::Set { on, field, value } => {
                if let Some(field) = rules.field(on, field) {
                    self.value(&path.key("to"), value, field);
                }
            }
            Act::Do { verb, amount: amount @ Some(_), .. } => {
                let was = amount.unwrap_or_default();
                let clamp = |a: crate::AmountSpec| if was.is_nan() { a.default } else { was.clamp(a.min, a.max) };
                *amount = verb.spec().amount.map(clamp);
                match *amount {
                    Some(now) if now == was => {}
                    Some(now) => {
                        self.note(&path.key("amount"), format_args!("the amount was {was}; it is {now} now"));
                    }
                    None => self.note(&path.key("amount"), format_args!("the amount was {was}; it was left out")),
                }
            }
            Act::Do { .. } => {}
        }
    }

    fn checks(&mut self, all: &mut Vec<CheckSpec>, rules: &Rules<'_>) {
        let list = Path::top("checks");
        self.cap(&list, all, Scenario::CHECKS_MAX);
        let mut kept = Vec::new();
        for (at, check) in all.iter_mut().enumerate() {
            let path = list.at(at);
            let takes_one = self.schema.check(&check.check).is_none_or(|spec| spec.bound.is_some());
            if check.bound.is_some_and(|bound| !takes_one || !bound.is_finite() || bound < 0.0) {
                check.bound = None;
                self.note(&path.key("bound"), format_args!("the bound could not be used; it was left out"));
            }
            let mut found = Found::errors_only();
            rules.check(&path, check, &mut found);
            kept.push(self.keeps(found));
        }
        retain(all, &kept);
    }

    fn variants(&mut self, all: &mut Vec<Variant>, rules: &Rules<'_>) {
        let list = Path::top("variants");
        self.cap(&list, all, Scenario::VARIANTS_MAX);
        let mut kept = Vec::new();
        for (at, variant) in all.iter_mut().enumerate() {
            let path = list.at(at);
            self.text(&path.key("name"), &mut variant.name, Scenario::NAME_MAX, false);
            self.text(&path.key("about"), &mut variant.about, Scenario::LINE_MAX, false);
            for (at, setting) in variant.set.iter_mut().enumerate() {
                if let Some(field) = rules.field(&setting.on, &setting.field) {
                    self.value(&path.key("set").at(at).key("to"), &mut setting.value, field);
                }
            }
            let mut found = Found::errors_only();
            rules.variant(&path, variant, &mut found);
            kept.push(self.keeps(found));
        }
        retain(all, &kept);
    }

    fn notes_beside(&mut self, all: &mut Vec<Note>) {
        let list = Path::top("notes");
        self.cap(&list, all, Scenario::NOTES_MAX);
        let (mut kept, far) = (Vec::new(), Scenario::POSITION_MAX);
        for (at, one) in all.iter_mut().enumerate() {
            let path = list.at(at);
            self.text(&path.key("text"), &mut one.text, Scenario::NOTE_MAX, true);
            let was = (one.x, one.y);
            (one.x, one.y) = (one.x.clamp(-far, far), one.y.clamp(-far, far));
            if was != (one.x, one.y) {
                self.note(&path.key("at"), format_args!("it was too far away; it was moved"));
            }
            let mut found = Found::errors_only();
            note(&path, one, &mut found);
            kept.push(self.keeps(found));
        }
        retain(all, &kept);
    }

    /// Groups without the boxes that are not there or are in an earlier group; one that is then empty goes.
    fn groups(&mut self, all: &mut Vec<Group>, boxes: &Boxes<'_>) {
        let list = Path::top("groups");
        self.cap(&list, all, Scenario::GROUPS_MAX);
        let mut kept: Vec<Group> = Vec::new();
        for (at, mut one) in take(all).into_iter().enumerate() {
            let path = list.at(at);
            self.text(&path.key("name"), &mut one.name, Scenario::NAME_MAX, false);
            if one.name.is_empty() {
                one.name = crate::naming::name_of(&one.id);
            }
            let given = one.boxes.len();
            let mut held: Vec<String> = Vec::new();
            for id in take(&mut one.boxes) {
                let is_free = !held.contains(&id) && !kept.iter().any(|other| other.holds(&id));
                if is_free && boxes.get(&id).is_some() {
                    held.push(id);
                }
            }
            one.boxes = held;
            if one.boxes.len() < given {
                self.note(
                    &path.key("boxes"),
                    format_args!("boxes that are not there or in another group were left out"),
                );
            }
            let mut found = Found::errors_only();
            group(&path, &one, &kept, boxes, &mut found);
            if self.keeps(found) {
                kept.push(one);
            }
        }
        *all = kept;
    }

    fn lesson(&mut self, lesson: &mut Lesson, rules: &Rules<'_>) {
        let (steps, sources) = (Path::top("lesson.steps"), Path::top("lesson.sources"));
        self.claims(&mut lesson.claims, rules);
        self.cap(&steps, &mut lesson.steps, Scenario::STEPS_MAX);
        self.cap(&sources, &mut lesson.sources, Scenario::STEPS_MAX);
        for (at, source) in lesson.sources.iter_mut().enumerate() {
            self.text(&sources.at(at), source, Scenario::TEXT_MAX, true);
        }
        for (at, step) in lesson.steps.iter_mut().enumerate() {
            self.step(&steps.at(at), step, rules);
        }
    }

    fn claims(&mut self, all: &mut Vec<Claim>, rules: &Rules<'_>) {
        let list = Path::top("lesson.claims");
        self.cap(&list, all, Scenario::STEPS_MAX);
        let mut kept = Vec::new();
        for (at, claim) in all.iter_mut().enumerate() {
            let path = list.at(at);
            for (key, text) in [
                ("claim", &mut claim.claim),
                ("says", &mut claim.says),
                ("measured", &mut claim.measured),
                ("because", &mut claim.because),
            ] {
                self.text(&path.key(key), text, Scenario::LINE_MAX, false);
            }
            let mut found = Found::errors_only();
            rules.claim(&path, claim, &mut found);
            kept.push(self.keeps(found));
        }
        retain(all, &kept);
    }

    /// Cuts the texts of a question; what is still wrong with it then is for the rules to refuse.
    fn predict(&mut self, path: &Path<'_>, asked: &mut Prediction) {
        self.text(&path.key("ask"), &mut asked.ask, Scenario::LINE_MAX, false);
        for (at, guess) in asked.choices.iter_mut().enumerate() {
            self.text(&path.key("choices").at(at).key("says"), &mut guess.says, Scenario::NAME_MAX, false);
        }
    }

    fn step(&mut self, path: &Path<'_>, step: &mut LessonStep, rules: &Rules<'_>) {
        self.text(&path.key("title"), &mut step.title, Scenario::TITLE_MAX, false);
        self.text(&path.key("text"), &mut step.text, Scenario::TEXT_MAX, true);
        self.text(&path.key("label"), &mut step.label, Scenario::NAME_MAX, false);
        let focus = path.key("focus");
        self.cap(&focus, &mut step.focus, Scenario::STEP_PARTS_MAX);
        let asked = step.focus.len();
        step.focus.retain(|id| rules.boxes.get(id).is_some());
        if step.focus.len() < asked {
            self.note(&focus, format_args!("it pointed at boxes that are not there; they were left out"));
        }
        self.moments(&path.key("offer"), &mut step.offer, Scenario::STEP_PARTS_MAX, rules);
        if let Some(mut asked) = step.predict.take() {
            let (path, mut found) = (path.key("predict"), Found::errors_only());
            self.predict(&path, &mut asked);
            rules.predict(&path, step, &asked, &mut found);
            step.predict = self.keeps(found).then_some(asked);
        }
    }

    fn view(&mut self, view: &mut View, rules: &Rules<'_>) {
        let View { at, speed, selected } = take(view);
        let asked = [at.is_some(), speed.is_some(), selected.is_some()];
        view.at = at.filter(|at| at.since(Time::ZERO) <= rules.length);
        view.speed = speed.filter(|speed| (0.0..=1e6).contains(speed));
        view.selected = selected.filter(|id| rules.boxes.get(id).is_some());
        if asked != [view.at.is_some(), view.speed.is_some(), view.selected.is_some()] {
            self.note(&Path::top("view"), format_args!("a part of the view could not be used; it was left out"));
        }
    }
}

/// Drops what was not kept.
fn retain<T>(all: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    all.retain(|_| kept.next().is_some_and(|kept| *kept));
}

/// A value as a person writes it.
fn shown(value: &Value, field: &Field) -> String {
    match (value, &field.kind) {
        (Value::Number(n), _) => format!("{n} {}", field.unit).trim_end().to_string(),
        (Value::Choice(at), FieldKind::Choice { options, .. }) => {
            options.get(usize::from(*at)).map_or_else(String::new, |option| option.name.to_string())
        }
        (Value::Ops(ops), _) => ops.iter().map(|op| op.name.as_str()).collect::<Vec<_>>().join(", "),
        (Value::Trace(trace), _) => format!("{} requests", trace.asked().len()),
        (Value::Choice(_), _) => String::new(),
    }
}
