//! Whether a design can run: each rule once, asked of one part at a time.
//!
//! [`crate::repair`] asks the same rules and drops what still breaks one after clamping, so that the two cannot disagree: what
//! was repaired is valid. Nothing here assumes that a design came from our own editor. Cost: linear in the parts, times the
//! logarithm of the boxes.

mod lesson;
mod moment;
mod text;

use crate::naming::{hint, is_id, shown};
use crate::{Applies, CheckSpec, Field, KindSpec, Placed, Problem, Scenario, Schema, Value, View, Wire, WireEnds};
use base::{Span, Time};
use core::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
pub(crate) use text::{clean, is_clean, refuse};

/// Everything that is wrong with `scenario`, in the order of its parts.
#[must_use]
pub fn validate(scenario: &Scenario, schema: &Schema) -> Vec<Problem> {
    let mut found = Vec::new();
    header(scenario, &mut found);
    let mut boxes = Boxes::new(schema);
    for (at, placed) in scenario.boxes.iter().enumerate() {
        boxes.ask(&format!("boxes[{at}]"), placed, &mut found);
        boxes.add(at, placed);
    }
    boxes.totals(scenario, &mut found);
    let mut wires = Wires::new(&boxes);
    for (at, wire) in scenario.wires.iter().enumerate() {
        wires.ask(&format!("wires[{at}]"), wire, &mut found);
        wires.add(at, wire);
    }
    let rules = Rules { boxes: &boxes, wires: &wires, length: scenario.length };
    for (list, moments) in [("faults", &scenario.faults), ("actions", &scenario.actions)] {
        too_many(list, moments.len(), Scenario::MOMENTS_MAX, &mut found);
        for (at, moment) in moments.iter().enumerate() {
            rules.moment(&format!("{list}[{at}]"), moment, &mut found);
        }
    }
    too_many("checks", scenario.checks.len(), Scenario::CHECKS_MAX, &mut found);
    for (at, check) in scenario.checks.iter().enumerate() {
        rules.check(&format!("checks[{at}]"), check, &mut found);
    }
    rules.lesson(&scenario.lesson, &mut found);
    rules.view(&scenario.view, &mut found);
    found
}

/// What there is of `what` is more than there may be.
pub(crate) fn too_many(what: &str, count: usize, max: usize, found: &mut Vec<Problem>) {
    if count > max {
        found.push(Problem::error(what, format!("there are {count}; there may be at most {max}")));
    }
}

fn header(scenario: &Scenario, found: &mut Vec<Problem>) {
    if let Some(slug) = scenario.slug.as_ref().filter(|slug| !is_id(slug)) {
        found.push(Problem::error("slug", id_refusal(slug)));
    }
    refuse("title", &scenario.title, Scenario::TITLE_MAX, false, found);
    refuse("about", &scenario.about, Scenario::TEXT_MAX, true, found);
    let (length, max) = (scenario.length, Scenario::LENGTH_MAX);
    if length == Span::ZERO || length > max {
        found.push(Problem::error(
            "length",
            format!("the run lasts {length}; it must last more than 0s and at most {max}"),
        ));
    }
    too_many("boxes", scenario.boxes.len(), Scenario::BOXES_MAX, found);
    too_many("wires", scenario.wires.len(), Scenario::WIRES_MAX, found);
}

pub(crate) fn id_refusal(id: &str) -> String {
    let max = Scenario::ID_MAX;
    format!(
        "`{}` is not an id: use lower-case letters, digits and -, beginning with a letter, at most {max} characters",
        shown(id)
    )
}

/// Asks each value of `config` whether its field accepts it.
fn config(path: &str, whose: &str, config: &[Value], fields: &[Field], found: &mut Vec<Problem>) {
    if config.len() != fields.len() {
        let (has, takes) = (config.len(), fields.len());
        found.push(Problem::error(path, format!("{has} values are set; {whose} takes {takes}")));
    }
    for (field, value) in fields.iter().zip(config) {
        if let Err(why) = field.accepts(value) {
            found.push(Problem::error(format!("{path}.{}", field.name), why));
        }
        if let Value::Ops(ops) = value {
            ops.iter()
                .for_each(|op| refuse(&format!("{path}.{}", field.name), &op.name, Scenario::NAME_MAX, false, found));
        }
    }
}

/// The boxes so far, and the rules for the next one.
pub(crate) struct Boxes<'a> {
    pub schema: &'a Schema,
    by_id: BTreeMap<&'a str, (usize, &'a Placed)>,
    ops: BTreeSet<&'a str>,
    /// How many more hints may be looked for: each costs a comparison with every known name, and a stranger's link could ask for
    /// thousands.
    hints: Cell<u32>,
}

impl<'a> Boxes<'a> {
    pub fn new(schema: &'a Schema) -> Boxes<'a> {
        Boxes { schema, by_id: BTreeMap::new(), ops: BTreeSet::new(), hints: Cell::new(50) }
    }

    pub fn add(&mut self, at: usize, placed: &'a Placed) {
        self.by_id.entry(&placed.id).or_insert((at, placed));
        for value in &placed.config {
            if let Value::Ops(ops) = value {
                self.ops.extend(ops.iter().map(|op| op.name.as_str()));
            }
        }
    }

    pub fn get(&self, id: &str) -> Option<&'a Placed> {
        self.by_id.get(id).map(|(_, placed)| *placed)
    }

    pub fn kind(&self, id: &str) -> Option<&'a KindSpec> {
        self.schema.kind(&self.get(id)?.kind)
    }

    /// What may have been meant, while there are hints left to give.
    pub fn hint<'n>(&self, text: &str, known: impl IntoIterator<Item = &'n str> + Clone) -> String {
        let left = self.hints.get();
        self.hints.set(left.saturating_sub(1));
        if left == 0 { String::new() } else { hint(text, known) }
    }

    pub fn unknown(&self, id: &str) -> String {
        format!("there is no box `{}`{}", shown(id), self.hint(id, self.by_id.keys().copied()))
    }

    pub fn ask(&self, path: &str, placed: &Placed, found: &mut Vec<Problem>) {
        if !is_id(&placed.id) {
            found.push(Problem::error(format!("{path}.id"), id_refusal(&placed.id)));
        } else if let Some((earlier, _)) = self.by_id.get(placed.id.as_str()) {
            found.push(Problem::error(
                format!("{path}.id"),
                format!("`{}` is already the id of boxes[{earlier}]", placed.id),
            ));
        }
        if placed.name.is_empty() {
            found.push(Problem::error(format!("{path}.name"), "the name is empty"));
        }
        refuse(&format!("{path}.name"), &placed.name, Scenario::NAME_MAX, false, found);
        let max = Scenario::POSITION_MAX;
        if placed.x.unsigned_abs().max(placed.y.unsigned_abs()) > max.unsigned_abs() {
            let (x, y) = (placed.x, placed.y);
            found.push(Problem::error(
                format!("{path}.at"),
                format!("it lies at {x}, {y}; both must be from -{max} to {max}"),
            ));
        }
        match self.schema.kind(&placed.kind) {
            Some(kind) => config(path, &kind.title, &placed.config, &kind.fields, found),
            None => found.push(Problem::error(format!("{path}.kind"), self.unknown_kind(&placed.kind))),
        }
    }

    pub fn unknown_kind(&self, kind: &str) -> String {
        format!(
            "there is no kind `{}`{}",
            shown(kind),
            self.hint(kind, self.schema.kinds.iter().map(|kind| kind.slug.as_ref()))
        )
    }

    pub fn members(&self, boxes: &[Placed]) -> u32 {
        boxes.iter().map(|placed| placed.members(self.schema)).fold(0, u32::saturating_add)
    }

    fn totals(&self, scenario: &Scenario, found: &mut Vec<Problem>) {
        let members = self.members(&scenario.boxes);
        if members > Scenario::MEMBERS_MAX {
            let max = Scenario::MEMBERS_MAX;
            found.push(Problem::error(
                "boxes",
                format!("they have {members} members together; there may be at most {max}"),
            ));
        }
        let rate = scenario.boxes.iter().fold(0.0, |sum, placed| sum + self.sends(placed));
        if rate > Scenario::RATE_SANE {
            let sane = Scenario::RATE_SANE;
            let slow = format!("the clients together send {rate} requests/s; above {sane}/s a run is slow to watch");
            found.push(Problem::warning("boxes", slow));
        }
    }

    /// Requests a second that a box makes by itself: only kinds with an operation mix make any.
    fn sends(&self, placed: &Placed) -> f64 {
        let Some(kind) = self.schema.kind(&placed.kind) else { return 0.0 };
        let pairs = || kind.fields.iter().zip(&placed.config);
        if !pairs().any(|(_, value)| matches!(value, Value::Ops(_))) {
            return 0.0;
        }
        let rate = pairs().find(|(field, _)| field.unit == "/s");
        rate.map_or(0.0, |(_, value)| if let Value::Number(n) = value { *n } else { 0.0 })
    }
}

/// The wires so far, and the rules for the next one.
pub(crate) struct Wires<'a> {
    boxes: &'a Boxes<'a>,
    by_ends: BTreeMap<&'a WireEnds, usize>,
    out: BTreeMap<&'a str, usize>,
}

impl<'a> Wires<'a> {
    pub fn new(boxes: &'a Boxes<'a>) -> Wires<'a> {
        Wires { boxes, by_ends: BTreeMap::new(), out: BTreeMap::new() }
    }

    pub fn add(&mut self, at: usize, wire: &'a Wire) {
        self.by_ends.entry(&wire.ends).or_insert(at);
        *self.out.entry(&wire.ends.from).or_insert(0) += 1;
    }

    pub fn has(&self, ends: &WireEnds) -> bool {
        self.by_ends.contains_key(ends)
    }

    pub fn ask(&self, path: &str, wire: &Wire, found: &mut Vec<Problem>) {
        let ends = &wire.ends;
        for (end, id) in [("from", &ends.from), ("to", &ends.to)] {
            if self.boxes.get(id).is_none() {
                found.push(Problem::error(format!("{path}.{end}"), self.boxes.unknown(id)));
            }
        }
        if ends.from == ends.to {
            found.push(Problem::error(format!("{path}.to"), format!("`{}` cannot be wired to itself", ends.to)));
        } else if let Some(earlier) = self.by_ends.get(ends) {
            found.push(Problem::error(path, format!("`{ends}` is already wires[{earlier}]")));
        }
        self.ports(path, ends, found);
        self.carries(path, &wire.ops, found);
        config(path, "a wire", &wire.config, &self.boxes.schema.wire, found);
    }

    fn ports(&self, path: &str, ends: &WireEnds, found: &mut Vec<Problem>) {
        if let Some(kind) = self.boxes.kind(&ends.from) {
            let (out, max) = (self.out.get(ends.from.as_str()).copied().unwrap_or(0), usize::from(kind.ports.out_max));
            if out >= max {
                let said = &kind.ports.refusal;
                let why =
                    format!("`{}` would have {} wires out; {} can have {max}. {said}", ends.from, out + 1, kind.title);
                found.push(Problem::error(format!("{path}.from"), why.trim_end()));
            }
        }
        if let Some(kind) = self.boxes.kind(&ends.to).filter(|kind| !kind.ports.accepts) {
            let why = format!("`{}` cannot be called. {}", ends.to, kind.ports.refusal);
            found.push(Problem::error(format!("{path}.to"), why.trim_end()));
        }
    }

    fn carries(&self, path: &str, ops: &[String], found: &mut Vec<Problem>) {
        too_many(&format!("{path}.ops"), ops.len(), Scenario::WIRE_OPS_MAX, found);
        for (at, op) in ops.iter().enumerate() {
            let path = format!("{path}.ops[{at}]");
            refuse(&path, op, Scenario::NAME_MAX, false, found);
            if op.is_empty() {
                found.push(Problem::error(&path, "the operation's name is empty"));
            } else if ops[..at].contains(op) {
                found.push(Problem::error(&path, format!("the operation `{op}` is there twice")));
            } else if !self.boxes.ops.contains(op.as_str()) {
                let hint = self.boxes.hint(op, self.boxes.ops.iter().copied());
                found.push(Problem::warning(&path, format!("no client makes an operation `{op}`{hint}")));
            }
        }
    }
}

/// The rules for everything that names boxes and wires.
pub(crate) struct Rules<'a> {
    pub boxes: &'a Boxes<'a>,
    pub wires: &'a Wires<'a>,
    pub length: Span,
}

impl Rules<'_> {
    pub fn check(&self, path: &str, spec: &CheckSpec, found: &mut Vec<Problem>) {
        let schema = self.boxes.schema;
        let known = schema.check(&spec.check);
        if known.is_none() {
            let shown = shown(&spec.check);
            let hint = self.boxes.hint(&spec.check, schema.checks.iter().map(|check| check.slug.as_ref()));
            found.push(Problem::error(format!("{path}.check"), format!("there is no check `{shown}`{hint}")));
        }
        match (self.boxes.get(&spec.on), known) {
            (None, _) => found.push(Problem::error(format!("{path}.on"), self.boxes.unknown(&spec.on))),
            (Some(placed), Some(check)) if !check.kinds.iter().any(|kind| *kind == placed.kind) => {
                found.push(Problem::error(format!("{path}.on"), not_asked(check, placed)));
            }
            _ => {}
        }
        let Some(bound) = spec.bound else { return };
        if known.is_some_and(|check| check.bound.is_none()) {
            found.push(Problem::error(format!("{path}.bound"), format!("`{}` has no bound; leave it out", spec.check)));
        } else if !bound.is_finite() || bound < 0.0 {
            found.push(Problem::error(
                format!("{path}.bound"),
                format!("the bound is {bound}; it must be a number from 0 on"),
            ));
        }
    }

    pub fn view(&self, view: &View, found: &mut Vec<Problem>) {
        if let Some(at) = view.at.filter(|at| at.since(Time::ZERO) > self.length) {
            let (at, length) = (at.since(Time::ZERO), self.length);
            found.push(Problem::error("view.at", format!("the moment shown is {at}; the run ends at {length}")));
        }
        if let Some(speed) = view.speed.filter(|speed| !speed.is_finite() || *speed < 0.0 || *speed > 1e6) {
            found.push(Problem::error("view.speed", format!("the speed is {speed}; it must be from 0 to 1000000")));
        }
        if let Some(id) = view.selected.as_ref().filter(|id| self.boxes.get(id).is_none()) {
            found.push(Problem::error("view.selected", self.boxes.unknown(id)));
        }
    }
}

fn not_asked(check: &Applies, placed: &Placed) -> String {
    let kinds: Vec<&str> = check.kinds.iter().map(AsRef::as_ref).collect();
    format!("`{}` cannot be asked of a {}, only of {}", check.slug, placed.kind, kinds.join(", "))
}
