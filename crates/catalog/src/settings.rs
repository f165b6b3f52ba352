//! Reading what a person has set, and declaring what can be set: the two ends of a [`Field`].

use base::{Delay, Law, Span};
use scenario::{ChoiceOption, Field, FieldKind, GaugeSpec, Op, Text, Trace, Value, When};

/// The values of one box or wire beside the fields they belong to.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub fields: &'a [Field],
    pub values: &'a [Value],
}

impl Settings<'_> {
    fn find(&self, name: &str) -> Option<(&Field, &Value)> {
        let at = self.fields.iter().position(|field| field.name == name);
        debug_assert!(at.is_some(), "no field {name}");
        at.and_then(|at| Some((self.fields.get(at)?, self.values.get(at)?)))
    }

    /// The number in field `name`.
    pub fn number(&self, name: &str) -> f64 {
        match self.find(name) {
            Some((_, Value::Number(n))) => *n,
            _ => 0.0,
        }
    }

    /// The whole number in field `name`.
    pub fn whole(&self, name: &str) -> u32 {
        self.number(name) as u32
    }

    /// The length of time in field `name`, which is in milliseconds.
    pub fn millis(&self, name: &str) -> Span {
        Span::from_millis_f64(self.number(name))
    }

    /// The place of the choice in field `name`.
    pub fn choice(&self, name: &str) -> usize {
        match self.find(name) {
            Some((_, Value::Choice(at))) => usize::from(*at),
            _ => 0,
        }
    }

    /// The one of `all`, which has at least one entry, that field `name` chooses: its choices stand in the same order.
    pub fn one_of<T: Copy>(&self, name: &str, all: &[T]) -> T {
        all[self.choice(name).min(all.len() - 1)]
    }

    /// The name of the choice in field `name`.
    pub fn choice_name(&self, name: &str) -> Text {
        match self.find(name) {
            Some((Field { kind: FieldKind::Choice { options, .. }, .. }, Value::Choice(at))) => {
                options.get(usize::from(*at)).map(|option| option.name.clone()).unwrap_or_default()
            }
            _ => Text::default(),
        }
    }

    /// True when the choice in field `name` is the second of `off` and `on`.
    pub fn switch(&self, name: &str) -> bool {
        self.choice(name) == 1
    }

    /// A delay from a mean in milliseconds and a law.
    pub fn delay(&self, mean: &str, law: &str) -> Delay {
        Delay::new(Law::ALL[self.choice(law).min(Law::ALL.len() - 1)], self.millis(mean))
    }

    /// The trace in field `name`.
    pub fn trace(&self, name: &str) -> Option<&Trace> {
        match self.find(name) {
            Some((_, Value::Trace(trace))) => Some(trace),
            _ => None,
        }
    }

    /// The operation mix in field `name`.
    pub fn ops(&self, name: &str) -> &[Op] {
        match self.find(name) {
            Some((_, Value::Ops(ops))) => ops,
            _ => &[],
        }
    }
}

// What describes a field is never inlined: there are hundreds, described once, and as code in place they were a tenth of the engine.
#[inline(never)]
fn field(name: &'static str, title: &'static str, unit: &'static str, help: &'static str, kind: FieldKind) -> Field {
    Field {
        name: name.into(),
        title: title.into(),
        unit: unit.into(),
        help: help.into(),
        kind,
        live: false,
        when: None,
    }
}

/// A number between `min` and `max`.
#[inline(never)]
pub(crate) fn number(
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    (min, max): (f64, f64),
    default: f64,
    help: &'static str,
) -> Field {
    field(name, title, unit, help, FieldKind::Number { min, max, default, whole: false })
}

/// A whole number between `min` and `max`.
#[inline(never)]
pub(crate) fn whole(
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    (min, max): (f64, f64),
    default: f64,
    help: &'static str,
) -> Field {
    field(name, title, unit, help, FieldKind::Number { min, max, default, whole: true })
}

/// One of `options`, each a name and what choosing it means; the first is the default.
#[inline(never)]
pub(crate) fn choice(
    name: &'static str,
    title: &'static str,
    help: &'static str,
    options: &[(&'static str, &'static str)],
) -> Field {
    let options =
        options.iter().map(|(name, help)| ChoiceOption { name: (*name).into(), help: (*help).into() }).collect();
    field(name, title, "", help, FieldKind::Choice { options, default: 0 })
}

/// Off or on.
#[inline(never)]
pub(crate) fn switch(name: &'static str, title: &'static str, default: bool, help: &'static str) -> Field {
    let option = |name: &'static str| ChoiceOption { name: name.into(), help: Text::default() };
    let options = vec![option("off"), option("on")];
    field(name, title, "", help, FieldKind::Choice { options, default: u8::from(default) })
}

/// The shape of a distribution whose mean is another field.
#[inline(never)]
pub(crate) fn law(name: &'static str, title: &'static str, default: Law) -> Field {
    let help = |law| match law {
        Law::Constant => "always the mean",
        Law::Uniform => "between half and one and a half times the mean",
        Law::Exponential => "memoryless; as long as the mean varies as much",
        Law::Erlang => "four stages in a row; varies half as much",
        Law::LogNormal => "a moderate tail, as healthy services have",
        Law::Pareto => "a heavy tail: a few take very long",
    };
    let options =
        Law::ALL.iter().map(|law| ChoiceOption { name: law.name().into(), help: help(*law).into() }).collect();
    let at = Law::ALL.iter().position(|law| *law == default).unwrap_or(0) as u8;
    field(name, title, "", "How the time varies around its mean", FieldKind::Choice { options, default: at })
}

/// An operation mix.
#[inline(never)]
pub(crate) fn ops(name: &'static str, title: &'static str, help: &'static str, default: &[(&str, bool, f64)]) -> Field {
    let default = default
        .iter()
        .map(|(name, write, weight)| Op { name: (*name).to_string(), write: *write, weight: *weight })
        .collect();
    field(name, title, "", help, FieldKind::Ops { default })
}

/// Requests to be sent again.
#[inline(never)]
pub(crate) fn trace(name: &'static str, title: &'static str, help: &'static str, default: Trace) -> Field {
    field(name, title, "", help, FieldKind::Trace { default })
}

/// A reading that a box shows: its name in JSON, its name and its unit on screen.
#[inline(never)]
pub(crate) fn gauge(name: &'static str, title: &'static str, unit: &'static str) -> GaugeSpec {
    GaugeSpec { name: name.into(), title: title.into(), unit: unit.into() }
}

/// What can be said of a field beyond its values.
pub(crate) trait FieldExt {
    /// A change while running takes effect at once.
    fn live(self) -> Self;
    /// Matters only when `field` has one of these choices.
    fn when(self, field: &'static str, is: &[&'static str]) -> Self;
}

impl FieldExt for Field {
    #[inline(never)]
    fn live(mut self) -> Field {
        self.live = true;
        self
    }

    #[inline(never)]
    fn when(mut self, field: &'static str, is: &[&'static str]) -> Field {
        self.when = Some(When { field: field.into(), is: is.iter().map(|name| (*name).into()).collect() });
        self
    }
}
