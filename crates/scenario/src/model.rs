//! The design as data. Every list has a maximum (see the constants), and every text a length, because links come from strangers.

use crate::{Bulk, Distance, Group, Lesson, Plan, Schema, Sides, Trace, Verb, Zone};
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// Everything that is saved and shared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// The library row it came from, whose lesson and texts it keeps while they are unchanged.
    pub slug: Option<String>,
    /// Its name.
    pub title: String,
    /// One or two sentences: what it shows.
    pub about: String,
    /// Where all luck comes from.
    pub seed: u64,
    /// How long a run lasts, in virtual time.
    pub length: Span,
    /// How many real requests one simulated stands for.
    pub weight: Weight,
    /// What is placed on the canvas.
    pub boxes: Vec<Placed>,
    /// What is connected; at most one wire for each ordered pair of boxes.
    pub wires: Vec<Wire>,
    /// Faults that belong to the design, by time.
    pub faults: Vec<Moment>,
    /// What a person did during a run, by time.
    pub actions: Vec<Moment>,
    /// What is judged. Empty: whatever applies to the boxes.
    pub checks: Vec<CheckSpec>,
    /// Choices that the design offers.
    pub variants: Vec<Variant>,
    /// What is said beside it.
    pub lesson: Lesson,
    /// How it is looked at.
    pub view: View,
    /// Regions or racks drawn around boxes.
    pub zones: Vec<Zone>,
    /// How far zones are from each other, where it is not the usual; each pair at most once.
    pub distances: Vec<Distance>,
    /// Texts beside boxes.
    pub notes: Vec<Note>,
    /// Parts of the canvas that fold into one box.
    pub groups: Vec<Group>,
}

/// A text on the canvas; it is never markup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Left edge on the canvas, in points.
    pub x: i32,
    /// Top edge on the canvas, in points.
    pub y: i32,
    /// What it says; lines end where it says so or where they are full.
    pub text: String,
}

/// How many real requests one simulated stands for: what is run is a sample, and whoever reads a rate must know of how much. It
/// changes nothing in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight(pub u32);

/// A box on the canvas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// Stable name, lower-case letters, digits and `-`: decides its random streams and never changes.
    pub id: String,
    /// Slug of its kind.
    pub kind: String,
    /// Name on screen.
    pub name: String,
    /// Left edge on the canvas, in points.
    pub x: i32,
    /// Top edge on the canvas, in points.
    pub y: i32,
    /// Values in the order of the kind's fields.
    pub config: Vec<Value>,
    /// What it does for operations where somebody has written that down; for all others it follows from the wiring.
    pub plans: Vec<Plan>,
    /// The id of the zone that it lies in.
    pub zone: Option<String>,
    /// Members that lie elsewhere, by number: the id of a zone, or nothing for where the box lies. May be shorter than its members.
    pub member_zones: Vec<String>,
}

/// A directed connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wire {
    /// Which boxes it joins.
    pub ends: WireEnds,
    /// The operations it carries, by name; empty means all.
    pub ops: Vec<String>,
    /// Values in the order of the schema's wire fields.
    pub config: Vec<Value>,
}

/// The ids of the boxes a wire joins, in the direction of the call. Written `from>to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WireEnds {
    /// The caller.
    pub from: String,
    /// The called.
    pub to: String,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A number in the field's unit.
    Number(f64),
    /// The place of a choice in the field's list.
    Choice(u8),
    /// An operation mix.
    Ops(Vec<Op>),
    /// Requests to be sent again.
    Trace(Trace),
}

impl Value {
    /// The operations that a box with this setting makes, by name, and whether each changes state.
    pub fn makes(&self) -> impl Iterator<Item = (&str, bool)> {
        let mix = if let Value::Ops(ops) = self { &ops[..] } else { &[] };
        let trace = if let Value::Trace(trace) = self { trace.ops() } else { &[] };
        let mix = mix.iter().map(|op| (op.name.as_str(), op.write));
        mix.chain(trace.iter().map(|op| (op.name.as_str(), op.write)))
    }

    /// True when a box with this setting sends traffic of its own.
    #[must_use]
    pub fn is_traffic(&self) -> bool {
        matches!(self, Value::Ops(_) | Value::Trace(_))
    }
}

/// A named kind of request that a client makes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// Its name: `read-feed`.
    pub name: String,
    /// True when it changes state.
    pub write: bool,
    /// Its share of the traffic, relative to the others.
    pub weight: f64,
}

/// Something that happens at a moment of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// For how long, when it ends by itself: only what has something that ends it does, and a setting never.
    pub lasts: Option<Span>,
    /// What.
    pub act: Act,
}

/// What can happen at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Act {
    /// A fault, its repair, or a change of members or traffic.
    Do {
        /// Which.
        verb: Verb,
        /// To whom.
        on: Target,
        /// How much, for verbs that have an amount.
        amount: Option<f64>,
    },
    /// A knob is retuned.
    Set {
        /// Whose.
        on: Target,
        /// The field's name.
        field: String,
        /// Its new value.
        value: Value,
    },
}

/// Whom something happens to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A box with all its members. Written `posts`.
    Box(String),
    /// One member. Written `posts.0`.
    Member(String, u8),
    /// A wire. Written `service>posts`.
    Wire(WireEnds),
    /// A zone with all that lies in it. Written `zone:eu`.
    Zone(String),
    /// Everything that passes between two zones. Written `zone:eu|us`.
    Between(String, String),
    /// Everything that passes between the sides of a partition set. Written `sides:a,b|c`.
    Sides(Sides),
}

/// Something to judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckSpec {
    /// Slug of the check: `lost-writes`.
    pub check: String,
    /// The box it is asked of.
    pub on: String,
    /// Its bound, in the check's unit, when it has one.
    pub bound: Option<f64>,
}

/// One of the choices that a design offers: settings that belong together, made with one press.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// What its button says.
    pub name: String,
    /// What it changes, and at what price.
    pub about: String,
    /// The settings; all are made as one edit.
    pub set: Vec<Setting>,
}

/// A setting of a box or a wire, and its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Whose: a box or a wire.
    pub on: Target,
    /// The field's name.
    pub field: String,
    /// Its value.
    pub value: Value,
}

/// How a design is looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// The moment to show, when not the start.
    pub at: Option<Time>,
    /// Simulated seconds for each second of the reader; 0 is as fast as it goes; `None` is the page's choice.
    pub speed: Option<f64>,
    /// The selected box.
    pub selected: Option<String>,
}

impl Scenario {
    /// Most boxes.
    pub const BOXES_MAX: usize = 200;
    /// Most wires.
    pub const WIRES_MAX: usize = 600;
    /// Most faults, and most actions.
    pub const MOMENTS_MAX: usize = 500;
    /// Most checks.
    pub const CHECKS_MAX: usize = 100;
    /// Most operations in one mix.
    pub const OPS_MAX: usize = 12;
    /// Most operations that a wire can name.
    pub const WIRE_OPS_MAX: usize = 48;
    /// Most members of all boxes together.
    pub const MEMBERS_MAX: u32 = 2_000;
    /// Most requests a second that all clients together can make before a run becomes slow to watch.
    pub const RATE_SANE: f64 = 1_000_000.0;
    /// Most variants.
    pub const VARIANTS_MAX: usize = 12;
    /// Most steps of a lesson, and most of its claims and of its sources.
    pub const STEPS_MAX: usize = 40;
    /// Most answers to choose from, and never fewer than two.
    pub const CHOICES_MAX: usize = 8;
    /// Most boxes that a step points at, most things that its button does, and most settings of a variant.
    pub const STEP_PARTS_MAX: usize = 40;
    /// Farthest from the origin of the canvas, in points, either way.
    pub const POSITION_MAX: i32 = 100_000;
    /// Longest id, in characters.
    pub const ID_MAX: usize = 40;
    /// Longest name, operation name or label, in characters.
    pub const NAME_MAX: usize = 60;
    /// Longest title, in characters.
    pub const TITLE_MAX: usize = 120;
    /// Longest question, part of a claim and description of a variant, in characters.
    pub const LINE_MAX: usize = 400;
    /// Longest free text, in characters.
    pub const TEXT_MAX: usize = 4_000;
    /// Most zones.
    pub const ZONES_MAX: usize = 20;
    /// Most distances: one for each pair of zones.
    pub const DISTANCES_MAX: usize = Scenario::ZONES_MAX * (Scenario::ZONES_MAX - 1) / 2;
    /// Narrowest and lowest that a zone may be drawn, in points.
    pub const ZONE_SIZE_MIN: i32 = 60;
    /// Widest and highest that a zone may be drawn, in points.
    pub const ZONE_SIZE_MAX: i32 = 20_000;
    /// Most notes.
    pub const NOTES_MAX: usize = 100;
    /// Longest note, in characters.
    pub const NOTE_MAX: usize = 600;
    /// Longest run.
    pub const LENGTH_MAX: Span = Span::from_secs(24 * 3600);

    /// The place of the box with this id.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<usize> {
        self.boxes.iter().position(|placed| placed.id == id)
    }

    /// The place of the zone with this id.
    #[must_use]
    pub fn zone(&self, id: &str) -> Option<usize> {
        self.zones.iter().position(|zone| zone.id == id)
    }

    /// The smallest zone that is drawn around a place on the canvas.
    #[must_use]
    pub fn zone_around(&self, x: i32, y: i32) -> Option<&Zone> {
        let size = |zone: &&Zone| i64::from(zone.width) * i64::from(zone.height);
        self.zones.iter().filter(|zone| zone.surrounds(x, y)).min_by_key(size)
    }

    /// How long a message between two zones takes, one way, on top of its wire: 0 within one, and to or from what lies in none.
    #[must_use]
    pub fn distance_ms(&self, a: &str, b: &str) -> f64 {
        if a == b {
            return 0.0;
        }
        let known = self.distances.iter().find(|distance| distance.joins(a, b));
        known.map_or(Distance::USUAL_MS, |distance| distance.latency_ms)
    }

    /// Why its traces may not be so large together, those of its variants counted.
    ///
    /// # Errors
    /// A sentence with the bound.
    pub fn traces(&self) -> Result<(), String> {
        let settings = self.variants.iter().flat_map(|variant| &variant.set).map(|setting| &setting.value);
        let values = self.boxes.iter().flat_map(|placed| &placed.config).chain(settings);
        let bulk = values.fold(Bulk::default(), |sum, value| match value {
            Value::Trace(trace) => sum.and(trace.bulk()),
            _ => sum,
        });
        bulk.validate()
    }

    /// The place of the wire with these ends.
    #[must_use]
    pub fn wire(&self, ends: &WireEnds) -> Option<usize> {
        self.wires.iter().position(|wire| wire.ends == *ends)
    }

    /// What the setting `field` of a box or a wire is; `None` when there is no such box, wire or setting.
    #[must_use]
    pub fn value(&self, schema: &Schema, on: &Target, field: &str) -> Option<&Value> {
        match on {
            Target::Box(id) | Target::Member(id, _) => {
                let placed = &self.boxes[self.place(id)?];
                placed.config.get(schema.kind(&placed.kind)?.field(field)?)
            }
            Target::Wire(ends) => {
                let at = schema.wire.iter().position(|known| known.name == field)?;
                self.wires[self.wire(ends)?].config.get(at)
            }
            Target::Zone(_) | Target::Between(..) | Target::Sides(_) => None,
        }
    }

    /// The faults and actions in the order in which they happen; at one moment faults come first, then actions as recorded.
    #[must_use]
    pub fn moments(&self) -> Vec<&Moment> {
        let mut all: Vec<&Moment> = self.faults.iter().chain(&self.actions).collect();
        all.sort_by_key(|moment| moment.at);
        all
    }
}

impl Variant {
    /// True when everything that it sets has that value in `scenario`.
    #[must_use]
    pub fn is_set_in(&self, scenario: &Scenario, schema: &Schema) -> bool {
        self.set.iter().all(|setting| scenario.value(schema, &setting.on, &setting.field) == Some(&setting.value))
    }
}

impl Placed {
    /// The number in field `name`, or its default, as `schema` has it; 0 if there is no such field.
    #[must_use]
    pub fn number(&self, schema: &Schema, name: &str) -> f64 {
        let Some(kind) = schema.kind(&self.kind) else { return 0.0 };
        let Some(at) = kind.field(name) else { return 0.0 };
        match self.config.get(at).cloned().unwrap_or_else(|| kind.fields[at].default_value()) {
            Value::Number(n) => n,
            _ => 0.0,
        }
    }

    /// How many members it has, as its config says; 1 for a kind that is always one.
    #[must_use]
    pub fn members(&self, schema: &Schema) -> u32 {
        match schema.kind(&self.kind).and_then(|kind| kind.members.as_deref()) {
            Some(field) => self.number(schema, field) as u32,
            None => 1,
        }
    }
}

impl Placed {
    /// The id of the zone that a member lies in, by its number.
    #[must_use]
    pub fn zone_of(&self, member: u8) -> Option<&str> {
        let own = self.member_zones.get(usize::from(member)).filter(|zone| !zone.is_empty());
        own.or(self.zone.as_ref()).map(String::as_str)
    }
}

impl Placed {
    /// True when it sends traffic of its own.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.config.iter().any(Value::is_traffic)
    }

    /// True when it, or one of its members, lies in this zone.
    #[must_use]
    pub fn lies_in(&self, zone: &str) -> bool {
        self.zone.as_deref() == Some(zone) || self.member_zones.iter().any(|home| home == zone)
    }
}

impl Op {
    /// Why this mix may not be used.
    ///
    /// # Errors
    /// A sentence that names the operation and the bound.
    pub fn validate(ops: &[Op]) -> Result<(), String> {
        if ops.is_empty() || ops.len() > Scenario::OPS_MAX {
            return Err(format!("{} operations; there must be 1 to {}", ops.len(), Scenario::OPS_MAX));
        }
        for (at, op) in ops.iter().enumerate() {
            let name = &op.name;
            if name.is_empty() || name.chars().count() > Scenario::NAME_MAX {
                return Err(format!("operation {} needs a name of 1 to {} characters", at + 1, Scenario::NAME_MAX));
            }
            if !op.weight.is_finite() || op.weight <= 0.0 || op.weight > 1e6 {
                return Err(format!(
                    "operation {name} has weight {}; it must be above 0 and at most 1000000",
                    op.weight
                ));
            }
            if ops[..at].iter().any(|earlier| earlier.name == *name) {
                return Err(format!("operation {name} is there twice"));
            }
        }
        Ok(())
    }
}

impl Weight {
    /// Most.
    pub const MAX: u32 = 1_000_000;
    /// Each request stands for itself.
    pub const ONE: Weight = Weight(1);

    /// What stands behind the unit of a rate: ` × 1,000`; nothing when each request stands for itself.
    #[must_use]
    pub fn sign(self) -> String {
        if self == Weight::ONE { String::new() } else { format!(" × {}", self.grouped()) }
    }

    /// The number with its thousands in groups.
    #[must_use]
    pub fn grouped(self) -> String {
        let digits = self.0.to_string();
        let mut said = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                said.push(',');
            }
            said.push(digit);
        }
        said
    }

    /// The unit of a reading as it is to be shown: that of a rate says what one request stands for.
    #[must_use]
    pub fn unit(self, unit: &str) -> String {
        if unit == "/s" { format!("/s{}", self.sign()) } else { unit.to_string() }
    }
}

impl Default for Weight {
    fn default() -> Weight {
        Weight::ONE
    }
}

impl core::fmt::Display for WireEnds {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}>{}", self.from, self.to)
    }
}

impl core::fmt::Display for Target {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Target::Box(id) => f.write_str(id),
            Target::Member(id, member) => write!(f, "{id}.{member}"),
            Target::Wire(ends) => write!(f, "{ends}"),
            Target::Zone(id) => write!(f, "zone:{id}"),
            Target::Between(a, b) => write!(f, "zone:{a}|{b}"),
            Target::Sides(sides) => write!(f, "{sides}"),
        }
    }
}

/// Reads `posts`, `posts.0`, `service>posts`, `zone:eu`, `zone:eu|us` or `sides:a,b|c`.
impl core::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        if let Some(zones) = text.strip_prefix("zone:") {
            return Ok(match zones.split_once('|') {
                Some((a, b)) => Target::Between(a.trim().to_string(), b.trim().to_string()),
                None => Target::Zone(zones.trim().to_string()),
            });
        }
        if let Some(sides) = text.strip_prefix(Sides::PREFIX) {
            return sides.parse().map(Target::Sides);
        }
        if let Some((from, to)) = text.split_once('>') {
            return Ok(Target::Wire(WireEnds { from: from.trim().to_string(), to: to.trim().to_string() }));
        }
        match text.rsplit_once('.') {
            None => Ok(Target::Box(text.to_string())),
            Some((id, member)) => match member.parse() {
                Ok(member) => Ok(Target::Member(id.to_string(), member)),
                Err(_) => Err(format!(
                    "`{text}` names no member: write the box, a dot and the member's number, such as posts.0"
                )),
            },
        }
    }
}
