//! The table that inspector, validator, file format, link codec and reference are all read from.
//!
//! A kind of box is described once, beside its behaviour, as a [`KindSpec`]; wires have one list of fields for all. Values are
//! kept in the order of the fields, so that a saved number needs no name; kinds, fields, choices and checks are therefore only
//! ever appended. A default is part of the saved form too, because it is what a design means that says nothing: changing one
//! takes a new version and an entry among the migrations.

use crate::{Op, Trace, Value, Verb};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A text that is a constant where it is written and owned after a trip between threads.
pub type Text = Cow<'static, str>;

/// Every kind of box, every field of a wire, every check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The kinds in palette order; a link stores a kind as its place in this list, so it only ever grows at the end.
    pub kinds: Vec<KindSpec>,
    /// What can be set on a wire: its link and its call policy.
    pub wire: Vec<Field>,
    /// The checks that can be asked for.
    pub checks: Vec<Applies>,
    /// The kinds that carry out plans, by slug.
    pub plans: Vec<Text>,
    /// The kinds that can be filled and told to forget, by slug.
    pub caches: Vec<Text>,
}

/// One kind of box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindSpec {
    /// Name in files: `leader-follower`.
    pub slug: Text,
    /// Name on screen: `Leader and followers`.
    pub title: Text,
    /// Palette heading: `Traffic`, `Entry`, `Compute`, `Data`, `Messaging`.
    pub group: Text,
    /// One sentence: what it is for.
    pub purpose: Text,
    /// SVG path data of its icon, in a box of 18 × 18, drawn with a stroke of 1.5.
    pub icon: Text,
    /// What can be set, in saved order.
    pub fields: Vec<Field>,
    /// What may be wired to it.
    pub ports: Ports,
    /// The faults and actions that make sense on it (on its members, or on the box as a whole).
    pub verbs: Vec<Verb>,
    /// The readings it shows while it runs, most telling first.
    pub gauges: Vec<GaugeSpec>,
    /// Which members it has: `None` when it is always one; else the field that sets their number.
    pub members: Option<Text>,
    /// What the mechanism inside really does.
    pub modelled: Vec<Text>,
    /// What it leaves out.
    pub left_out: Vec<Text>,
}

/// One thing that can be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Name in files, with its unit last: `timeout_ms`.
    pub name: Text,
    /// Name on screen: `Time-out`.
    pub title: Text,
    /// Unit on screen: `ms`, `/s`, `%`, or empty.
    pub unit: Text,
    /// One line of help.
    pub help: Text,
    /// What values it takes.
    pub kind: FieldKind,
    /// True when a change while running takes effect at once; false when the run has to start over.
    pub live: bool,
    /// Shown only when another field has one of these values.
    pub when: Option<When>,
}

/// The values of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FieldKind {
    /// A number in `min..=max`.
    Number {
        /// Smallest value allowed.
        min: f64,
        /// Largest value allowed.
        max: f64,
        /// Value when nothing is said.
        default: f64,
        /// True when fractions make no sense.
        whole: bool,
    },
    /// One of a closed list.
    Choice {
        /// The list, in saved order.
        options: Vec<ChoiceOption>,
        /// Place of the default in the list.
        default: u8,
    },
    /// The operations that clients make.
    Ops {
        /// The mix when nothing is said.
        default: Vec<Op>,
    },
    /// Requests to be sent again.
    Trace {
        /// The trace when nothing is said.
        default: Trace,
    },
}

/// One of a closed list of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// Name in files and on screen.
    pub name: Text,
    /// One line: what choosing it means.
    pub help: Text,
}

/// Another field's value that makes a field matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct When {
    /// The other field's name.
    pub field: Text,
    /// The choices under which this field matters.
    pub is: Vec<Text>,
}

/// What may be wired to a kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ports {
    /// True when other boxes may call it.
    pub accepts: bool,
    /// How many wires may leave it.
    pub out_max: u8,
    /// The sentence shown when a wire into it, or one too many out of it, is refused.
    pub refusal: Text,
}

/// One reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaugeSpec {
    /// Name in JSON: `lag_entries`.
    pub name: Text,
    /// Name on screen: `Replication lag`.
    pub title: Text,
    /// Unit on screen.
    pub unit: Text,
}

/// One check, and where it makes sense.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applies {
    /// Name in files: `lost-writes`.
    pub slug: Text,
    /// Name on screen: `Acknowledged writes lost`.
    pub title: Text,
    /// One line: what it promises when it holds.
    pub help: Text,
    /// The kinds it can be asked of, by slug.
    pub kinds: Vec<Text>,
    /// Unit and default of its bound, when it has one.
    pub bound: Option<(Text, f64)>,
}

impl Schema {
    /// The kind with this slug.
    #[must_use]
    pub fn kind(&self, slug: &str) -> Option<&KindSpec> {
        self.kinds.iter().find(|kind| kind.slug == slug)
    }
}

impl Schema {
    /// The values of a wire nobody has configured.
    #[must_use]
    pub fn wire_defaults(&self) -> Vec<Value> {
        self.wire.iter().map(Field::default_value).collect()
    }

    /// The check with this slug.
    #[must_use]
    pub fn check(&self, slug: &str) -> Option<&Applies> {
        self.checks.iter().find(|check| check.slug == slug)
    }
}

impl KindSpec {
    /// The place of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The values of a box nobody has configured.
    #[must_use]
    pub fn defaults(&self) -> Vec<Value> {
        self.fields.iter().map(Field::default_value).collect()
    }
}

impl Field {
    /// The value when nothing is said.
    #[must_use]
    pub fn default_value(&self) -> Value {
        match &self.kind {
            FieldKind::Number { default, .. } => Value::Number(*default),
            FieldKind::Choice { default, .. } => Value::Choice(*default),
            FieldKind::Ops { default } => Value::Ops(default.clone()),
            FieldKind::Trace { default } => Value::Trace(default.clone()),
        }
    }

    /// Why `value` may not be set here: what was given, and the bound.
    ///
    /// # Errors
    /// A sentence fit for the place where the value was entered.
    pub fn accepts(&self, value: &Value) -> Result<(), String> {
        let title = &self.title;
        match (&self.kind, value) {
            (FieldKind::Number { min, max, whole, .. }, Value::Number(n)) => {
                if !n.is_finite() || n < min || n > max {
                    Err(format!("{title} is {n}; it must be between {min} and {max} {}", self.unit)
                        .trim_end()
                        .to_string())
                } else if *whole && *n != n.trunc() {
                    Err(format!("{title} is {n}; it must be a whole number"))
                } else {
                    Ok(())
                }
            }
            (FieldKind::Choice { options, .. }, Value::Choice(at)) => {
                let names = || options.iter().map(|o| o.name.as_ref()).collect::<Vec<_>>().join(", ");
                if usize::from(*at) < options.len() {
                    Ok(())
                } else {
                    Err(format!("{title} must be one of {}", names()))
                }
            }
            (FieldKind::Ops { .. }, Value::Ops(ops)) => Op::validate(ops),
            // There is no trace that breaks a rule.
            (FieldKind::Trace { .. }, Value::Trace(_)) => Ok(()),
            (FieldKind::Number { .. }, _) => Err(format!("{title} must be a number")),
            (FieldKind::Choice { .. }, _) => Err(format!("{title} must be one of its choices")),
            (FieldKind::Ops { .. }, _) => Err(format!("{title} must be a list of operations")),
            (FieldKind::Trace { .. }, _) => Err(format!("{title} must be a trace")),
        }
    }

    /// The nearest value that may be set here, and the default where there is none near.
    #[must_use]
    pub fn clamp(&self, value: &Value) -> Value {
        match (&self.kind, value) {
            (FieldKind::Number { min, max, whole, .. }, Value::Number(n)) if !n.is_nan() => {
                // Compared by hand, because `clamp` panics on bounds that are the wrong way round.
                let within = if n < min {
                    *min
                } else if n > max {
                    *max
                } else {
                    *n
                };
                // Adding zero turns -0.0 into 0.0: they compare equal, but not in a hash.
                let near = Value::Number(if *whole { libm::round(within) } else { within } + 0.0);
                if self.accepts(&near).is_ok() { near } else { self.default_value() }
            }
            _ if self.accepts(value).is_ok() => value.clone(),
            _ => self.default_value(),
        }
    }
}
