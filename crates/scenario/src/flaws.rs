//! What would make a schema unfit to be saved with: asked by the tests of whoever writes one.

use crate::file::keys;
use crate::naming::is_id;
use crate::{Field, FieldKind, KindSpec, Schema};
use std::collections::BTreeSet;

/// Most fields of one kind and most choices of one field: they are written as single bytes.
const PLACES_MAX: usize = 200;

impl Schema {
    /// Everything that files, links or validation could not cope with. A schema without flaws has none.
    #[must_use]
    pub fn flaws(&self) -> Vec<String> {
        let mut flaws = Vec::new();
        unique("kinds", self.kinds.iter().map(|kind| kind.slug.as_ref()), &mut flaws);
        unique("checks", self.checks.iter().map(|check| check.slug.as_ref()), &mut flaws);
        for kind in &self.kinds {
            if !is_id(&kind.slug) {
                flaws.push(format!("the kind `{}` has a slug that is not an id", kind.slug));
            }
            fields(&kind.slug, &kind.fields, keys::BOX, &mut flaws);
            members(kind, &mut flaws);
        }
        fields("a wire", &self.wire, keys::WIRE, &mut flaws);
        for check in &self.checks {
            for kind in check.kinds.iter().filter(|kind| self.kind(kind).is_none()) {
                flaws.push(format!("the check `{}` is for a kind `{kind}` that is not there", check.slug));
            }
            if self.kinds.iter().any(|kind| kind.slug == check.slug) {
                flaws.push(format!("`{}` is a check and a kind; readings in lessons could mean either", check.slug));
            }
        }
        for slug in self.plans.iter().chain(&self.caches).filter(|slug| self.kind(slug).is_none()) {
            flaws.push(format!("there is no kind `{slug}` to carry out plans or be filled"));
        }
        flaws
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>, flaws: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    let twice = names.filter(|name| !seen.insert(*name));
    flaws.extend(twice.map(|name| format!("among the {what}, `{name}` is there twice")));
}

fn fields(whose: &str, fields: &[Field], reserved: &[&str], flaws: &mut Vec<String>) {
    unique(&format!("fields of {whose}"), fields.iter().map(|field| field.name.as_ref()), flaws);
    if fields.len() > PLACES_MAX {
        flaws.push(format!("{whose} has {} fields; at most {PLACES_MAX} can be saved", fields.len()));
    }
    for field in fields {
        let name = &field.name;
        if reserved.contains(&name.as_ref()) {
            flaws.push(format!("{whose} has a field `{name}`, which means something else in a file"));
        }
        if let Err(why) = field.accepts(&field.default_value()) {
            flaws.push(format!("the default of `{name}` of {whose} cannot be set: {why}"));
        }
        if let FieldKind::Choice { options, .. } = &field.kind {
            unique(
                &format!("choices of `{name}` of {whose}"),
                options.iter().map(|option| option.name.as_ref()),
                flaws,
            );
            if options.len() > PLACES_MAX {
                flaws.push(format!(
                    "`{name}` of {whose} has {} choices; at most {PLACES_MAX} can be saved",
                    options.len()
                ));
            }
        }
        when(whose, field, fields, flaws);
    }
}

fn when(whose: &str, field: &Field, fields: &[Field], flaws: &mut Vec<String>) {
    let Some(when) = &field.when else { return };
    let options = fields.iter().find(|other| other.name == when.field).map(|other| &other.kind);
    let Some(FieldKind::Choice { options, .. }) = options else {
        flaws.push(format!("`{}` of {whose} depends on `{}`, which is no choice", field.name, when.field));
        return;
    };
    for name in when.is.iter().filter(|name| !options.iter().any(|option| option.name == **name)) {
        flaws.push(format!(
            "`{}` of {whose} depends on `{}` being `{name}`, which it cannot be",
            field.name, when.field
        ));
    }
}

fn members(kind: &KindSpec, flaws: &mut Vec<String>) {
    let Some(name) = &kind.members else { return };
    match kind.field(name).map(|at| &kind.fields[at].kind) {
        Some(FieldKind::Number { min, max, whole: true, .. }) if *min >= 1.0 && *max <= 255.0 => {}
        _ => flaws
            .push(format!("`{name}` of {} is no whole number from 1 to 255, so it cannot count members", kind.slug)),
    }
}
