//! Whether a design can run: each rule once, asked of one part at a time.
//!
//! [`crate::repair`] asks the same rules and drops what still breaks one after clamping, so that the two cannot disagree: what
//! was repaired is valid. Nothing here assumes that a design came from our own editor. Cost: linear in the parts, times the
//! logarithm of the boxes.

mod groups;
mod lesson;
mod moment;
mod plan;
mod text;
mod zones;

use crate::naming::{hint, is_id, shown};
use crate::problem::{Found, Path};
use crate::{CheckSpec, Field, KindSpec, Note, Placed, Problem, Scenario, Schema, Value, View, Weight, Wire, WireEnds};
use base::{Span, Time};
use core::cell::Cell;
pub(crate) use groups::group;
pub(crate) use text::{clean, is_clean, refuse};
pub(crate) use zones::Zones;

/// Everything that is wrong with `scenario`, in the order of its parts.
#[must_use]
pub fn validate(scenario: &Scenario, schema: &Schema) -> Vec<Problem> {
    let mut found = Found::default();
    header(scenario, &mut found);
    let list = Path::top("boxes");
    let mut boxes = Boxes::new(schema);
    for (at, placed) in scenario.boxes.iter().enumerate() {
        boxes.ask(&list.at(at), placed, &mut found);
        boxes.add(at, placed);
    }
    boxes.totals(scenario, &mut found);
    let list = Path::top("wires");
    let mut wires = Wires::new(&boxes);
    for (at, wire) in scenario.wires.iter().enumerate() {
        wires.ask(&list.at(at), wire, &mut found);
        wires.add(at, wire);
    }
    let zones = zones::all(scenario, &boxes, &mut found);
    let rules = Rules { boxes: &boxes, wires: &wires, zones: &zones, length: scenario.length };
    let list = Path::top("boxes");
    for (at, placed) in scenario.boxes.iter().enumerate() {
        rules.plans(&list.at(at), placed, &mut found);
    }
    for (list, moments) in [("faults", &scenario.faults), ("actions", &scenario.actions)] {
        let list = Path::top(list);
        too_many(&list, moments.len(), Scenario::MOMENTS_MAX, &mut found);
        for (at, moment) in moments.iter().enumerate() {
            rules.moment(&list.at(at), moment, &mut found);
        }
    }
    let list = Path::top("checks");
    too_many(&list, scenario.checks.len(), Scenario::CHECKS_MAX, &mut found);
    for (at, check) in scenario.checks.iter().enumerate() {
        rules.check(&list.at(at), check, &mut found);
    }
    let list = Path::top("variants");
    too_many(&list, scenario.variants.len(), Scenario::VARIANTS_MAX, &mut found);
    for (at, variant) in scenario.variants.iter().enumerate() {
        rules.variant(&list.at(at), variant, &mut found);
    }
    let list = Path::top("notes");
    too_many(&list, scenario.notes.len(), Scenario::NOTES_MAX, &mut found);
    scenario.notes.iter().enumerate().for_each(|(at, note)| self::note(&list.at(at), note, &mut found));
    groups::all(&scenario.groups, &boxes, &mut found);
    rules.lesson(&scenario.lesson, &mut found);
    rules.view(&scenario.view, &mut found);
    found.problems
}

/// There is more at `path` than there may be.
pub(crate) fn too_many(path: &Path<'_>, count: usize, max: usize, found: &mut Found) {
    if count > max {
        found.error(path, format_args!("there are {count}; there may be at most {max}"));
    }
}

fn header(scenario: &Scenario, found: &mut Found) {
    if let Some(slug) = &scenario.slug {
        id(&Path::top("slug"), slug, found);
    }
    refuse(&Path::top("title"), &scenario.title, Scenario::TITLE_MAX, false, found);
    refuse(&Path::top("about"), &scenario.about, Scenario::TEXT_MAX, true, found);
    let (length, max) = (scenario.length, Scenario::LENGTH_MAX);
    if length == Span::ZERO || length > max {
        let path = Path::top("length");
        found.error(&path, format_args!("the run lasts {length}; it must last more than 0s and at most {max}"));
    }
    let Weight(weight) = scenario.weight;
    if !(1..=Weight::MAX).contains(&weight) {
        let said = format_args!("one request stands for {weight}; it must stand for 1 to {}", Weight::MAX);
        found.error(&Path::top("weight"), said);
    }
    too_many(&Path::top("boxes"), scenario.boxes.len(), Scenario::BOXES_MAX, found);
    too_many(&Path::top("wires"), scenario.wires.len(), Scenario::WIRES_MAX, found);
}

/// A note says something, where it can be found.
pub(crate) fn note(path: &Path<'_>, note: &Note, found: &mut Found) {
    if note.text.is_empty() {
        found.error(&path.key("text"), format_args!("the text is empty"));
    }
    refuse(&path.key("text"), &note.text, Scenario::NOTE_MAX, true, found);
    let (x, y, max) = (note.x, note.y, Scenario::POSITION_MAX);
    if x.unsigned_abs().max(y.unsigned_abs()) > max.unsigned_abs() {
        found.error(&path.key("at"), format_args!("it lies at {x}, {y}; both must be from -{max} to {max}"));
    }
}

fn id(path: &Path<'_>, id: &str, found: &mut Found) {
    if !is_id(id) {
        let (shown, max) = (shown(id), Scenario::ID_MAX);
        let form = "use lower-case letters, digits and -, beginning with a letter";
        found.error(path, format_args!("`{shown}` is not an id: {form}, at most {max} characters"));
    }
}

/// Asks each value of `config` whether its field accepts it.
fn config(path: &Path<'_>, whose: &str, config: &[Value], fields: &[Field], found: &mut Found) {
    if config.len() != fields.len() {
        let (has, takes) = (config.len(), fields.len());
        found.error(path, format_args!("{has} values are set; {whose} takes {takes}"));
    }
    for (field, value) in fields.iter().zip(config) {
        setting(&path.key(&field.name), value, field, found);
    }
}

fn setting(path: &Path<'_>, value: &Value, field: &Field, found: &mut Found) {
    if let Err(why) = field.accepts(value) {
        found.error(path, format_args!("{why}"));
    }
    if let Value::Ops(ops) = value {
        ops.iter().for_each(|op| refuse(path, &op.name, Scenario::NAME_MAX, false, found));
    }
}

/// The boxes so far, and the rules for the next one.
pub(crate) struct Boxes<'a> {
    pub schema: &'a Schema,
    /// By id, with the place in the design.
    sorted: Vec<(&'a Placed, usize)>,
    /// The names of all operations, sorted.
    ops: Vec<&'a str>,
    /// How many more hints may be looked for: each costs a comparison with every known name, and a stranger's link could ask for
    /// thousands.
    hints: Cell<u32>,
}

impl<'a> Boxes<'a> {
    pub fn new(schema: &'a Schema) -> Boxes<'a> {
        Boxes { schema, sorted: Vec::new(), ops: Vec::new(), hints: Cell::new(20) }
    }

    pub fn add(&mut self, at: usize, placed: &'a Placed) {
        if let Err(gap) = self.find(&placed.id) {
            self.sorted.insert(gap, (placed, at));
        }
        for value in &placed.config {
            for (op, _) in value.makes() {
                if let Err(gap) = self.ops.binary_search(&op) {
                    self.ops.insert(gap, op);
                }
            }
        }
    }

    /// Whether any client makes this operation.
    pub fn makes(&self, op: &str) -> bool {
        self.ops.binary_search(&op).is_ok()
    }

    /// The operation that may have been meant.
    pub fn hint_op(&self, op: &str) -> String {
        self.hint(op, &mut self.ops.iter().copied())
    }

    fn find(&self, id: &str) -> Result<usize, usize> {
        self.sorted.binary_search_by(|(placed, _)| placed.id.as_str().cmp(id))
    }

    pub fn get(&self, id: &str) -> Option<&'a Placed> {
        self.find(id).ok().map(|at| self.sorted[at].0)
    }

    pub fn kind(&self, id: &str) -> Option<&'a KindSpec> {
        self.schema.kind(&self.get(id)?.kind)
    }

    /// What may have been meant, while there are hints left to give.
    pub fn hint(&self, text: &str, known: &mut dyn Iterator<Item = &str>) -> String {
        let left = self.hints.get();
        self.hints.set(left.saturating_sub(1));
        if left == 0 { String::new() } else { hint(text, known) }
    }

    /// Says so when there is no box with this id.
    pub fn known(&self, path: &Path<'_>, id: &str, found: &mut Found) -> bool {
        let known = self.find(id).is_ok();
        if !known {
            found.error(path, format_args!("{}", self.unknown(id)));
        }
        known
    }

    pub fn unknown(&self, id: &str) -> String {
        format!(
            "there is no box `{}`{}",
            shown(id),
            self.hint(id, &mut self.sorted.iter().map(|(placed, _)| placed.id.as_str()))
        )
    }

    pub fn ask(&self, path: &Path<'_>, placed: &Placed, found: &mut Found) {
        id(&path.key("id"), &placed.id, found);
        if let Ok(same) = self.find(&placed.id) {
            let earlier = self.sorted[same].1;
            found.error(&path.key("id"), format_args!("`{}` is already the id of boxes[{earlier}]", shown(&placed.id)));
        }
        if placed.name.is_empty() {
            found.error(&path.key("name"), format_args!("the name is empty"));
        }
        refuse(&path.key("name"), &placed.name, Scenario::NAME_MAX, false, found);
        let (x, y, max) = (placed.x, placed.y, Scenario::POSITION_MAX);
        if x.unsigned_abs().max(y.unsigned_abs()) > max.unsigned_abs() {
            found.error(&path.key("at"), format_args!("it lies at {x}, {y}; both must be from -{max} to {max}"));
        }
        match self.schema.kind(&placed.kind) {
            Some(kind) => config(path, &kind.title, &placed.config, &kind.fields, found),
            None => found.error(&path.key("kind"), format_args!("{}", self.unknown_kind(&placed.kind))),
        }
    }

    pub fn unknown_kind(&self, kind: &str) -> String {
        let kinds = &mut self.schema.kinds.iter().map(|kind| kind.slug.as_ref());
        format!("there is no kind `{}`{}", shown(kind), self.hint(kind, kinds))
    }

    pub fn members(&self, boxes: &[Placed]) -> u32 {
        boxes.iter().map(|placed| placed.members(self.schema)).fold(0, u32::saturating_add)
    }

    fn totals(&self, scenario: &Scenario, found: &mut Found) {
        let (members, max) = (self.members(&scenario.boxes), Scenario::MEMBERS_MAX);
        let path = Path::top("boxes");
        if members > max {
            found.error(&path, format_args!("they have {members} members together; there may be at most {max}"));
        }
        let rate = scenario.boxes.iter().fold(0.0, |sum, placed| sum + self.sends(placed));
        let sane = Scenario::RATE_SANE;
        if rate > sane {
            let slow =
                format_args!("the clients together send {rate} requests/s; above {sane}/s a run is slow to watch");
            found.warning(&path, slow);
        }
        if let Err(why) = scenario.traces() {
            found.error(&path, format_args!("{why}"));
        }
    }

    /// Requests a second that a box makes by itself: only kinds with an operation mix or a trace make any.
    fn sends(&self, placed: &Placed) -> f64 {
        let Some(kind) = self.schema.kind(&placed.kind) else { return 0.0 };
        let pairs = || kind.fields.iter().zip(&placed.config);
        let traces = pairs().filter_map(|(_, value)| if let Value::Trace(trace) = value { trace.rate() } else { None });
        if let Some(rate) = traces.reduce(|sum, rate| sum + rate) {
            return rate;
        }
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
    /// By their ends, with the place in the design.
    sorted: Vec<(&'a Wire, usize)>,
}

impl<'a> Wires<'a> {
    pub fn new(boxes: &'a Boxes<'a>) -> Wires<'a> {
        Wires { boxes, sorted: Vec::new() }
    }

    pub fn add(&mut self, at: usize, wire: &'a Wire) {
        if let Err(gap) = self.find(&wire.ends) {
            self.sorted.insert(gap, (wire, at));
        }
    }

    fn find(&self, ends: &WireEnds) -> Result<usize, usize> {
        self.sorted.binary_search_by(|(known, _)| known.ends.cmp(ends))
    }

    pub fn get(&self, ends: &WireEnds) -> Option<&'a Wire> {
        self.find(ends).ok().map(|at| self.sorted[at].0)
    }

    /// The boxes to which wires from `id` lead.
    pub fn from(&self, id: &str) -> impl Iterator<Item = &'a str> {
        let leaves = self.sorted.iter().filter(move |(wire, _)| wire.ends.from == id);
        leaves.map(|(wire, _)| wire.ends.to.as_str())
    }

    pub fn has(&self, ends: &WireEnds) -> bool {
        self.find(ends).is_ok()
    }

    pub fn ask(&self, path: &Path<'_>, wire: &Wire, found: &mut Found) {
        let ends = &wire.ends;
        self.boxes.known(&path.key("from"), &ends.from, found);
        self.boxes.known(&path.key("to"), &ends.to, found);
        if ends.from == ends.to {
            found.error(&path.key("to"), format_args!("`{}` cannot be wired to itself", shown(&ends.to)));
        } else if let Ok(same) = self.find(ends) {
            let earlier = self.sorted[same].1;
            found.error(path, format_args!("`{ends}` is already wires[{earlier}]"));
        }
        self.ports(path, ends, found);
        self.carries(&path.key("ops"), &wire.ops, found);
        config(path, "a wire", &wire.config, &self.boxes.schema.wire, found);
    }

    fn ports(&self, path: &Path<'_>, ends: &WireEnds, found: &mut Found) {
        if let Some(kind) = self.boxes.kind(&ends.from) {
            let out = self.sorted.iter().filter(|(other, _)| other.ends.from == ends.from).count() + 1;
            let (from, title, max, said) = (&ends.from, &kind.title, kind.ports.out_max, &kind.ports.refusal);
            if out > usize::from(max) {
                let why = format_args!("`{from}` would have {out} wires out; {title} can have {max}. {said}");
                found.error(&path.key("from"), why);
            }
        }
        if let Some(kind) = self.boxes.kind(&ends.to).filter(|kind| !kind.ports.accepts) {
            found.error(&path.key("to"), format_args!("`{}` cannot be called. {}", ends.to, kind.ports.refusal));
        }
    }

    fn carries(&self, path: &Path<'_>, ops: &[String], found: &mut Found) {
        too_many(path, ops.len(), Scenario::WIRE_OPS_MAX, found);
        for (at, op) in ops.iter().enumerate() {
            let path = path.at(at);
            refuse(&path, op, Scenario::NAME_MAX, false, found);
            if op.is_empty() {
                found.error(&path, format_args!("the operation's name is empty"));
            } else if ops[..at].contains(op) {
                found.error(&path, format_args!("the operation `{}` is there twice", shown(op)));
            } else if !self.boxes.makes(op) {
                let hint = self.boxes.hint_op(op);
                found.warning(&path, format_args!("no client makes an operation `{}`{hint}", shown(op)));
            }
        }
    }
}

/// The rules for everything that names boxes and wires.
pub(crate) struct Rules<'a> {
    pub boxes: &'a Boxes<'a>,
    pub wires: &'a Wires<'a>,
    pub zones: &'a Zones<'a>,
    pub length: Span,
}

impl Rules<'_> {
    pub fn check(&self, path: &Path<'_>, spec: &CheckSpec, found: &mut Found) {
        let schema = self.boxes.schema;
        let (asked, known) = (shown(&spec.check), schema.check(&spec.check));
        if known.is_none() {
            let hint = self.boxes.hint(&spec.check, &mut schema.checks.iter().map(|check| check.slug.as_ref()));
            found.error(&path.key("check"), format_args!("there is no check `{asked}`{hint}"));
        }
        let on = path.key("on");
        if self.boxes.known(&on, &spec.on, found)
            && let (Some(placed), Some(check)) = (self.boxes.get(&spec.on), known)
            && !check.kinds.iter().any(|kind| *kind == placed.kind)
        {
            let (kind, kinds) = (shown(&placed.kind), check.kinds.join(", "));
            found.error(&on, format_args!("`{asked}` cannot be asked of a {kind}, only of {kinds}"));
        }
        let Some(bound) = spec.bound else { return };
        if known.is_some_and(|check| check.bound.is_none()) {
            found.error(&path.key("bound"), format_args!("`{asked}` has no bound; leave it out"));
        } else if !bound.is_finite() || bound < 0.0 {
            found.error(&path.key("bound"), format_args!("the bound is {bound}; it must be a number from 0 on"));
        }
    }

    pub fn view(&self, view: &View, found: &mut Found) {
        let path = Path::top("view");
        if let Some(at) = view.at.filter(|at| at.since(Time::ZERO) > self.length) {
            let (at, length) = (at.since(Time::ZERO), self.length);
            found.error(&path.key("at"), format_args!("the moment shown is {at}; the run ends at {length}"));
        }
        if let Some(speed) = view.speed.filter(|speed| !(0.0..=1e6).contains(speed)) {
            found.error(&path.key("speed"), format_args!("the speed is {speed}; it must be from 0 to 1000000"));
        }
        if let Some(id) = &view.selected {
            self.boxes.known(&path.key("selected"), id, found);
        }
    }
}
