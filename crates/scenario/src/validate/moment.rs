//! The rules for faults, actions and what a lesson's button does.

use super::Rules;
use crate::naming::shown;
use crate::problem::{Found, Path};
use crate::{Act, Field, FieldKind, Moment, Party, Scenario, Sides, Subject, Target, Value, Verb};
use base::{Span, Time};

impl Rules<'_> {
    pub fn moment(&self, path: &Path<'_>, moment: &Moment, found: &mut Found) {
        let (at, max) = (moment.at.since(Time::ZERO), Scenario::LENGTH_MAX);
        if at > max {
            found.error(&path.key("at"), format_args!("it happens at {at}; a run ends at {max} at the latest"));
        } else if at > self.length {
            let length = self.length;
            found.warning(&path.key("at"), format_args!("it happens at {at}, after the run's end at {length}"));
        }
        if let Some(lasts) = moment.lasts.filter(|lasts| *lasts == Span::ZERO || *lasts > max) {
            let why = format_args!("it lasts {lasts}; it must last more than 0s and at most {max}");
            found.error(&path.key("for"), why);
        }
        match &moment.act {
            Act::Do { verb, on, amount } => {
                self.target(path, on, found);
                self.applies(path, *verb, on, found);
                amount_fits(path, *verb, *amount, found);
                if moment.lasts.is_some() && verb.spec().ended_by.is_none() {
                    let slug = verb.spec().slug;
                    found.error(&path.key("for"), format_args!("`{slug}` is over at once; leave `for` out"));
                }
            }
            Act::Set { on, field, value } => {
                if moment.lasts.is_some() {
                    found.error(&path.key("for"), format_args!("a setting keeps its new value; leave `for` out"));
                }
                self.set(path, on, field, value, found);
                if let Some(field) = self.field(on, field).filter(|field| !field.live) {
                    let why = "cannot change while the design runs; set it on the box or wire itself";
                    found.error(&path.key("set"), format_args!("{} {why}", field.title));
                }
            }
        }
    }

    fn target(&self, path: &Path<'_>, on: &Target, found: &mut Found) {
        let path = path.key("on");
        match on {
            Target::Box(id) => {
                self.boxes.known(&path, id, found);
            }
            Target::Member(id, member) => {
                if self.boxes.known(&path, id, found) {
                    self.member(&path, id, *member, found);
                }
            }
            Target::Wire(ends) if !self.wires.has(ends) => {
                found.error(&path, format_args!("there is no wire `{}`", shown(&ends.to_string())));
            }
            Target::Wire(_) => {}
            Target::Zone(id) => {
                self.zones.known(&path, id, self.boxes, found);
            }
            Target::Between(a, b) => {
                let both =
                    self.zones.known(&path, a, self.boxes, found) & self.zones.known(&path, b, self.boxes, found);
                if both && a == b {
                    found.error(&path, format_args!("`{}` is one zone; it takes two", shown(a)));
                }
            }
            Target::Sides(sides) => self.sides(&path, sides, found),
        }
    }

    /// Two sides or more, somebody on each, and nobody named twice.
    fn sides(&self, path: &Path<'_>, sides: &Sides, found: &mut Found) {
        let (count, max) = (sides.sides.len(), Sides::SIDES_MAX);
        if !(2..=max).contains(&count) {
            found.error(path, format_args!("there are {count} sides; there must be 2 to {max}"));
        }
        for (at, side) in sides.sides.iter().enumerate() {
            let path = path.at(at);
            if side.is_empty() {
                found.error(&path, format_args!("nobody is on this side"));
            }
            super::too_many(&path, side.len(), Sides::PARTIES_MAX, found);
            for party in side.iter().take(Sides::PARTIES_MAX) {
                match party {
                    Party::Rest => {}
                    Party::Box(id) => {
                        self.boxes.known(&path, id, found);
                    }
                    Party::Member(id, member) => {
                        if self.boxes.known(&path, id, found) {
                            self.member(&path, id, *member, found);
                        }
                    }
                }
            }
        }
        let mut named: Vec<&Party> = sides.parties().collect();
        named.sort_unstable();
        if let Some(pair) = named.windows(2).find(|pair| pair[0] == pair[1]) {
            found.error(path, format_args!("`{}` is named twice", shown(&pair[0].to_string())));
        }
    }

    /// A member that may join later is worth a warning only; one that can never be is an error.
    fn member(&self, path: &Path<'_>, id: &str, member: u8, found: &mut Found) {
        let (Some(placed), Some(kind)) = (self.boxes.get(id), self.boxes.kind(id)) else { return };
        let most = match kind.members.as_deref().and_then(|name| kind.field(name)).map(|at| &kind.fields[at].kind) {
            Some(FieldKind::Number { max, .. }) => *max,
            _ => 1.0,
        };
        let now = placed.members(self.boxes.schema);
        if f64::from(member) >= most {
            let title = &kind.title;
            found.error(path, format_args!("there is no member {member}; {title} has at most {most}, counted from 0"));
        } else if u32::from(member) >= now {
            found.warning(path, format_args!("there is no member {member}; `{id}` has {now}, counted from 0"));
        }
    }

    fn applies(&self, path: &Path<'_>, verb: Verb, on: &Target, found: &mut Found) {
        let spec = verb.spec();
        let able = match on {
            Target::Zone(_) => Some((verb.on_zone(), "a whole zone")),
            Target::Between(..) => Some((verb.between_zones(), "what passes between two zones")),
            Target::Sides(_) => Some((verb.between_sides(), "a partition set")),
            _ => None,
        };
        if let Some((able, whom)) = able {
            if able.is_none() {
                found.error(&path.key("do"), format_args!("`{}` cannot be done to {whom}", spec.slug));
            }
            return;
        }
        let (fits, whom) = match (spec.subject, on) {
            (Subject::Any, _) | (Subject::Wire, Target::Wire(_)) => (true, ""),
            (Subject::Member, Target::Box(_) | Target::Member(..)) | (Subject::Box, Target::Box(_)) => (true, ""),
            (Subject::Wire, _) => (false, "a wire, written `service>posts`"),
            (Subject::Member, _) => (false, "a box or one of its members, written `posts` or `posts.0`"),
            (Subject::Box, _) => (false, "a whole box, written `posts`"),
        };
        if !fits {
            found.error(&path.key("on"), format_args!("`{}` is done to {whom}", spec.slug));
            return;
        }
        let (Target::Box(id) | Target::Member(id, _)) = on else { return };
        let Some(kind) = self.boxes.kind(id) else { return };
        let ends_one = kind.verbs.iter().any(|able| able.spec().ended_by == Some(verb));
        if verb != Verb::Heal && !ends_one && !kind.verbs.contains(&verb) {
            let able: Vec<&str> = kind.verbs.iter().map(|able| able.spec().slug).collect();
            let (verb, title, able) = (spec.slug, &kind.title, able.join(", "));
            found.error(&path.key("do"), format_args!("`{verb}` cannot be done to {title}; what can: {able}"));
        }
    }

    /// A setting of a box or a wire that is there, with a value that it can have.
    pub fn set(&self, path: &Path<'_>, on: &Target, name: &str, value: &Value, found: &mut Found) {
        self.target(path, on, found);
        let whose = match on {
            Target::Member(..) => Some("a member"),
            Target::Zone(_) | Target::Between(..) => Some("a zone"),
            Target::Sides(_) => Some("a partition set"),
            Target::Box(_) | Target::Wire(_) => None,
        };
        if let Some(whose) = whose {
            found.error(&path.key("on"), format_args!("a setting belongs to a whole box or a wire, not to {whose}"));
            return;
        }
        let Some((whose, fields)) = self.fields(on) else { return };
        let Some(field) = self.field(on, name) else {
            let shown = shown(name);
            let hint = self.boxes.hint(name, &mut fields.iter().map(|field| field.name.as_ref()));
            found.error(&path.key("set"), format_args!("{whose} has no setting `{shown}`{hint}"));
            return;
        };
        super::setting(&path.key("to"), value, field, found);
    }

    /// What can be set on a target, and whose it is.
    fn fields(&self, on: &Target) -> Option<(&str, &[Field])> {
        match on {
            Target::Zone(_) | Target::Between(..) | Target::Sides(_) => None,
            Target::Wire(_) => Some(("a wire", &self.boxes.schema.wire)),
            Target::Box(id) | Target::Member(id, _) => {
                self.boxes.kind(id).map(|kind| (kind.title.as_ref(), &kind.fields[..]))
            }
        }
    }

    /// The setting `name` of a target.
    pub fn field(&self, on: &Target, name: &str) -> Option<&Field> {
        self.fields(on)?.1.iter().find(|field| field.name == name)
    }
}

fn amount_fits(path: &Path<'_>, verb: Verb, amount: Option<f64>, found: &mut Found) {
    let (Some(given), spec) = (amount, verb.spec()) else { return };
    let (path, slug) = (path.key("amount"), spec.slug);
    match spec.amount {
        None => found.error(&path, format_args!("`{slug}` has no amount; leave it out")),
        Some(a) if !given.is_finite() || given < a.min || given > a.max => {
            found.error(&path, format_args!("the amount is {given}; `{slug}` takes {} to {} {}", a.min, a.max, a.unit));
        }
        Some(_) => {}
    }
}
