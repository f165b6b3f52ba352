//! The nearest design that can run: clamp what can be clamped, drop what cannot be used, and say so.
//!
//! What is kept has passed the very rules of [`crate::validate`], part by part in the order in which parts depend on each other,
//! so the result has no errors left. It serves links, which come from strangers and from older versions.

use crate::naming::is_id;
use crate::validate::{Boxes, Rules, Wires, clean, is_clean, too_many};
use crate::{Act, CheckSpec, Field, FieldKind, LessonStep, Moment, Op, Placed, Problem, Scenario, Schema, Value, Wire};
use base::{Span, Time};

/// How long a run lasts when the length that was given cannot be used.
pub(crate) const LENGTH_DEFAULT: Span = Span::from_secs(60);

/// Turns every -0.0 into 0.0: they compare equal, but not in a hash.
pub(crate) fn canonical(scenario: &mut Scenario) {
    let of = |value: &mut Value| match value {
        Value::Number(n) => *n += 0.0,
        Value::Ops(ops) => ops.iter_mut().for_each(|op| op.weight += 0.0),
        Value::Choice(_) => {}
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
    scenario.checks.iter_mut().for_each(|check| check.bound = check.bound.map(|n| n + 0.0));
    scenario.view.speed = scenario.view.speed.map(|n| n + 0.0);
}

/// `scenario` with everything clamped or dropped that cannot be used, and a note for each change.
#[must_use]
pub fn repair(mut scenario: Scenario, schema: &Schema) -> (Scenario, Vec<Problem>) {
    canonical(&mut scenario);
    let mut mend = Mend { schema, notes: Vec::new() };
    mend.header(&mut scenario);
    scenario.boxes = mend.boxes(core::mem::take(&mut scenario.boxes));
    let mut boxes = Boxes::new(schema);
    scenario.boxes.iter().enumerate().for_each(|(at, placed)| boxes.add(at, placed));
    let all_wires = mend.wires(core::mem::take(&mut scenario.wires), &boxes);
    let mut wires = Wires::new(&boxes);
    all_wires.iter().enumerate().for_each(|(at, wire)| wires.add(at, wire));
    let rules = Rules { boxes: &boxes, wires: &wires, length: scenario.length };
    scenario.faults = mend.moments("faults", core::mem::take(&mut scenario.faults), Scenario::MOMENTS_MAX, &rules);
    scenario.actions = mend.moments("actions", core::mem::take(&mut scenario.actions), Scenario::MOMENTS_MAX, &rules);
    scenario.checks = mend.checks(core::mem::take(&mut scenario.checks), &rules);
    mend.lesson(&mut scenario.lesson, &rules);
    mend.view(&mut scenario.view, &rules);
    drop(wires);
    let notes = mend.notes;
    scenario.wires = all_wires;
    (scenario, notes)
}

struct Mend<'a> {
    schema: &'a Schema,
    notes: Vec<Problem>,
}

impl Mend<'_> {
    fn note(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.notes.push(Problem::warning(path, message));
    }

    /// Keeps what `ask` finds no error in, and notes what it found in the rest.
    fn keeps(&mut self, ask: impl FnOnce(&mut Vec<Problem>)) -> bool {
        let mut found = Vec::new();
        ask(&mut found);
        let Some(first) = found.into_iter().find(Problem::is_error) else { return true };
        self.note(first.path, format!("{}. It was left out", first.message.trim_end_matches('.')));
        false
    }

    fn cap<T>(&mut self, what: &str, list: &mut Vec<T>, max: usize) {
        let mut found = Vec::new();
        too_many(what, list.len(), max, &mut found);
        list.truncate(max);
        found
            .into_iter()
            .for_each(|problem| self.note(problem.path, format!("{}. The rest was left out", problem.message)));
    }

    fn text(&mut self, path: impl Into<String>, text: &mut String, max: usize, lines: bool) {
        if !is_clean(text, max, lines) {
            *text = clean(text, max, lines);
            self.note(path, format!("the text was cut to {max} characters that can be shown"));
        }
    }

    fn header(&mut self, scenario: &mut Scenario) {
        if scenario.slug.as_ref().is_some_and(|slug| !is_id(slug)) {
            scenario.slug = None;
            self.note("slug", "the library row it came from is not a name; it was left out");
        }
        self.text("title", &mut scenario.title, Scenario::TITLE_MAX, false);
        self.text("about", &mut scenario.about, Scenario::TEXT_MAX, true);
        let given = scenario.length;
        if given == Span::ZERO || given > Scenario::LENGTH_MAX {
            scenario.length = if given == Span::ZERO { LENGTH_DEFAULT } else { Scenario::LENGTH_MAX };
            self.note("length", format!("the run lasted {given}; it lasts {} now", scenario.length));
        }
        self.cap("boxes", &mut scenario.boxes, Scenario::BOXES_MAX);
        self.cap("wires", &mut scenario.wires, Scenario::WIRES_MAX);
    }

    fn boxes(&mut self, mut all: Vec<Placed>) -> Vec<Placed> {
        for (at, placed) in all.iter_mut().enumerate() {
            let path = format!("boxes[{at}]");
            self.text(format!("{path}.name"), &mut placed.name, Scenario::NAME_MAX, false);
            if placed.name.is_empty() {
                placed.name = crate::naming::name_of(&placed.id);
            }
            let max = Scenario::POSITION_MAX;
            let (x, y) = (placed.x.clamp(-max, max), placed.y.clamp(-max, max));
            if (x, y) != (placed.x, placed.y) {
                self.note(
                    format!("{path}.at"),
                    format!("it lay at {}, {}; it lies at {x}, {y} now", placed.x, placed.y),
                );
                (placed.x, placed.y) = (x, y);
            }
            if let Some(kind) = self.schema.kind(&placed.kind) {
                self.config(&path, &mut placed.config, &kind.fields);
            }
        }
        let mut boxes = Boxes::new(self.schema);
        let kept: Vec<bool> = all
            .iter()
            .enumerate()
            .map(|(at, placed)| {
                let kept = self.keeps(|found| boxes.ask(&format!("boxes[{at}]"), placed, found));
                if kept {
                    boxes.add(at, placed);
                }
                kept
            })
            .collect();
        let mut kept = kept.into_iter();
        all.retain(|_| kept.next().unwrap_or(false));
        self.members(all)
    }

    /// Members beyond the most that all boxes may have together: the boxes that have many give some up, then the last boxes go.
    fn members(&mut self, mut all: Vec<Placed>) -> Vec<Placed> {
        let boxes = Boxes::new(self.schema);
        if boxes.members(&all) <= Scenario::MEMBERS_MAX {
            return all;
        }
        for placed in &mut all {
            let Some(kind) = self.schema.kind(&placed.kind) else { continue };
            if let Some(at) = kind.members.as_deref().and_then(|name| kind.field(name)) {
                placed.config[at] = kind.fields[at].default_value();
            }
        }
        while boxes.members(&all) > Scenario::MEMBERS_MAX {
            all.pop();
        }
        self.note(
            "boxes",
            format!(
                "they had more than {} members together; each has its kind's usual number now",
                Scenario::MEMBERS_MAX
            ),
        );
        all
    }

    fn wires(&mut self, mut all: Vec<Wire>, boxes: &Boxes<'_>) -> Vec<Wire> {
        for (at, wire) in all.iter_mut().enumerate() {
            let path = format!("wires[{at}]");
            self.cap(&format!("{path}.ops"), &mut wire.ops, Scenario::WIRE_OPS_MAX);
            wire.ops.iter_mut().for_each(|op| self.text(format!("{path}.ops"), op, Scenario::NAME_MAX, false));
            self.config(&path, &mut wire.config, &self.schema.wire);
        }
        let mut wires = Wires::new(boxes);
        let kept: Vec<bool> = all
            .iter()
            .enumerate()
            .map(|(at, wire)| {
                let kept = self.keeps(|found| wires.ask(&format!("wires[{at}]"), wire, found));
                if kept {
                    wires.add(at, wire);
                }
                kept
            })
            .collect();
        drop(wires);
        let mut kept = kept.into_iter();
        all.retain(|_| kept.next().unwrap_or(false));
        all
    }

    fn config(&mut self, path: &str, config: &mut Vec<Value>, fields: &[Field]) {
        if config.len() > fields.len() {
            self.note(
                path,
                format!("{} values were set; the last {} were left out", config.len(), config.len() - fields.len()),
            );
        }
        config.truncate(fields.len());
        for (at, field) in fields.iter().enumerate() {
            match config.get_mut(at) {
                Some(value) => self.value(&format!("{path}.{}", field.name), value, field),
                None => config.push(field.default_value()),
            }
        }
    }

    fn value(&mut self, path: &str, value: &mut Value, field: &Field) {
        if let Value::Ops(ops) = value {
            self.ops(path, ops);
        }
        let why = field.accepts(value).err();
        let near = field.clamp(value);
        if let Some(why) = why {
            self.note(path, format!("{why}. It is {} now", shown(&near, field)));
        }
        *value = near;
    }

    fn ops(&mut self, path: &str, ops: &mut Vec<Op>) {
        self.cap(path, ops, Scenario::OPS_MAX);
        for op in ops.iter_mut() {
            self.text(path, &mut op.name, Scenario::NAME_MAX, false);
        }
        if ops.iter().any(|op| op.name.is_empty()) {
            ops.retain(|op| !op.name.is_empty());
            self.note(path, "an operation had no name; it was left out");
        }
    }

    fn moments(&mut self, list: &str, mut all: Vec<Moment>, max: usize, rules: &Rules<'_>) -> Vec<Moment> {
        self.cap(list, &mut all, max);
        let mut at = 0;
        all.retain_mut(|moment| {
            let path = format!("{list}[{at}]");
            at += 1;
            self.moment(&path, moment, rules);
            self.keeps(|found| rules.moment(&path, moment, found))
        });
        all
    }

    fn moment(&mut self, path: &str, moment: &mut Moment, rules: &Rules<'_>) {
        let last = Scenario::LENGTH_MAX;
        if moment.at.since(Time::ZERO) > last {
            self.note(
                format!("{path}.at"),
                format!("it happened at {}; it happens at {last} now", moment.at.since(Time::ZERO)),
            );
            moment.at = Time::ZERO + last;
        }
        let endless = matches!(&moment.act, Act::Do { verb, .. } if verb.spec().ended_by.is_none());
        if moment.lasts.is_some_and(|lasts| endless || lasts == Span::ZERO || lasts > last) {
            moment.lasts = None;
            self.note(format!("{path}.for"), "the time it lasted could not be used; it was left out");
        }
        match &mut moment.act {
            Act::Do { verb, amount, .. } => {
                let fits =
                    |n: f64| verb.spec().amount.map(|a| if n.is_nan() { a.default } else { n.clamp(a.min, a.max) });
                let near = amount.and_then(fits);
                if near != *amount {
                    let was = amount.unwrap_or_default();
                    let now = near.map_or("left out".to_string(), |n| n.to_string());
                    self.note(format!("{path}.amount"), format!("the amount was {was}; it is {now} now"));
                }
                *amount = near;
            }
            Act::Set { on, field, value } => {
                if let Some(field) = rules.field(on, field) {
                    self.value(&format!("{path}.to"), value, field);
                }
            }
        }
    }

    fn checks(&mut self, mut all: Vec<CheckSpec>, rules: &Rules<'_>) -> Vec<CheckSpec> {
        self.cap("checks", &mut all, Scenario::CHECKS_MAX);
        let mut at = 0;
        all.retain_mut(|check| {
            let path = format!("checks[{at}]");
            at += 1;
            let takes_one = self.schema.check(&check.check).is_none_or(|spec| spec.bound.is_some());
            if check.bound.is_some_and(|bound| !takes_one || !bound.is_finite() || bound < 0.0) {
                check.bound = None;
                self.note(format!("{path}.bound"), "the bound could not be used; it was left out");
            }
            self.keeps(|found| rules.check(&path, check, found))
        });
        all
    }

    fn lesson(&mut self, lesson: &mut crate::Lesson, rules: &Rules<'_>) {
        self.cap("lesson.steps", &mut lesson.steps, Scenario::STEPS_MAX);
        self.cap("lesson.sources", &mut lesson.sources, Scenario::STEPS_MAX);
        for (at, source) in lesson.sources.iter_mut().enumerate() {
            self.text(format!("lesson.sources[{at}]"), source, Scenario::TEXT_MAX, true);
        }
        for (at, step) in lesson.steps.iter_mut().enumerate() {
            self.step(&format!("lesson.steps[{at}]"), step, rules);
        }
    }

    fn step(&mut self, path: &str, step: &mut LessonStep, rules: &Rules<'_>) {
        self.text(format!("{path}.title"), &mut step.title, Scenario::TITLE_MAX, false);
        self.text(format!("{path}.text"), &mut step.text, Scenario::TEXT_MAX, true);
        self.text(format!("{path}.label"), &mut step.label, Scenario::NAME_MAX, false);
        self.cap(&format!("{path}.focus"), &mut step.focus, Scenario::STEP_PARTS_MAX);
        let asked = step.focus.len();
        step.focus.retain(|id| rules.boxes.get(id).is_some());
        if step.focus.len() < asked {
            self.note(format!("{path}.focus"), "it pointed at boxes that are not there; they were left out");
        }
        let offer = core::mem::take(&mut step.offer);
        step.offer = self.moments(&format!("{path}.offer"), offer, Scenario::STEP_PARTS_MAX, rules);
    }

    fn view(&mut self, view: &mut crate::View, rules: &Rules<'_>) {
        let asked = view.clone();
        view.at = view.at.filter(|at| at.since(Time::ZERO) <= rules.length);
        view.speed = view.speed.filter(|speed| (0.0..=1e6).contains(speed));
        view.selected = view.selected.take().filter(|id| rules.boxes.get(id).is_some());
        // NaN differs from itself, so the speed is compared by presence.
        if view.at != asked.at || view.speed.is_some() != asked.speed.is_some() || view.selected != asked.selected {
            self.note("view", "a part of the view could not be used; it was left out");
        }
    }
}

/// A value as a person writes it.
fn shown(value: &Value, field: &Field) -> String {
    match (value, &field.kind) {
        (Value::Number(n), _) => format!("{n} {}", field.unit).trim_end().to_string(),
        (Value::Choice(at), FieldKind::Choice { options, .. }) => {
            options.get(usize::from(*at)).map_or_else(String::new, |option| option.name.to_string())
        }
        (Value::Ops(ops), _) => ops.iter().map(|op| op.name.as_str()).collect::<Vec<_>>().join(", "),
        (Value::Choice(_), _) => String::new(),
    }
}
