//! What older saved forms meant, so that no link and no file that was ever shared stops working.
//!
//! Files and links carry one version number. Appending a kind, a field, a choice, a check or a verb needs no new version: what an
//! older design does not say is filled with defaults. Everything else, above all a *changed default*, does: it raises [`VERSION`]
//! and adds a [`Step`] that says what the version before it meant. Steps are never taken away.

use crate::{Field, KindSpec, Scenario, Schema, Value};

/// The version that is written.
pub(crate) const VERSION: u8 = 1;

/// Every step there has been, oldest first.
pub(crate) const STEPS: &[Step] = &[];

/// How a design of version `from` differs from one of version `from + 1`.
pub(crate) struct Step {
    pub from: u8,
    /// Kinds renamed since: old slug, new slug. (Links hold places instead of slugs.)
    pub kinds: &'static [(&'static str, &'static str)],
    /// Settings renamed since: slug of the kind, or nothing for wires; old name; new name.
    pub fields: &'static [(&'static str, &'static str, &'static str)],
    /// What was meant by saying nothing, where that has changed: slug of the kind, or nothing for wires; setting; value.
    pub defaults: &'static [(&'static str, &'static str, Value)],
    /// Whatever else has to change once the design is read.
    pub design: fn(&mut Scenario),
}

/// What designs of one version meant.
#[derive(Clone, Copy)]
pub(crate) struct Past {
    steps: &'static [Step],
}

impl Past {
    /// What `version` meant, given all `steps`.
    pub fn new(version: u8, steps: &'static [Step]) -> Past {
        let since = steps.iter().position(|step| step.from >= version).unwrap_or(steps.len());
        Past { steps: &steps[since..] }
    }

    /// Today's slug of the kind that was called `slug`.
    pub fn kind<'a>(&self, slug: &'a str) -> &'a str {
        self.steps
            .iter()
            .fold(slug, |slug, step| step.kinds.iter().find(|(old, _)| *old == slug).map_or(slug, |(_, new)| new))
    }

    /// Today's name of the setting that `kind` (nothing for wires) called `name`.
    pub fn field<'a>(&self, kind: &str, name: &'a str) -> &'a str {
        self.steps.iter().fold(name, |name, step| {
            step.fields.iter().find(|(whose, old, _)| *whose == kind && *old == name).map_or(name, |(_, _, new)| new)
        })
    }

    /// What a box of `kind` meant that said nothing.
    pub fn defaults(&self, kind: &KindSpec) -> Vec<Value> {
        self.meant(&kind.slug, &kind.fields)
    }

    /// What a wire meant that said nothing.
    pub fn wire_defaults(&self, schema: &Schema) -> Vec<Value> {
        self.meant("", &schema.wire)
    }

    fn meant(&self, kind: &str, fields: &[Field]) -> Vec<Value> {
        let meant = |field: &Field| {
            let mut changes = self.steps.iter().flat_map(|step| step.defaults);
            // The first change after a version replaced what that version meant.
            let old = changes.find(|(whose, name, _)| *whose == kind && field.name == *name);
            old.map_or_else(|| field.default_value(), |(_, _, value)| value.clone())
        };
        fields.iter().map(meant).collect()
    }

    /// Brings a design that was read to today's meaning.
    pub fn bring(&self, scenario: &mut Scenario) {
        self.steps.iter().for_each(|step| (step.design)(scenario));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample::schema;

    fn rename_first_box(scenario: &mut Scenario) {
        scenario.title.push('!');
    }

    const HISTORY: &[Step] = &[
        Step {
            from: 1,
            kinds: &[("webserver", "server")],
            fields: &[("service", "threads", "worker_count")],
            defaults: &[("service", "workers", Value::Number(1.0)), ("", "timeout_ms", Value::Number(9.0))],
            design: rename_first_box,
        },
        Step {
            from: 2,
            kinds: &[("server", "service")],
            fields: &[("service", "worker_count", "workers")],
            defaults: &[("service", "workers", Value::Number(2.0))],
            design: rename_first_box,
        },
    ];

    fn workers(past: Past) -> Value {
        let schema = schema();
        let service = schema.kind("service").expect("the sample has it");
        past.defaults(service)[service.field("workers").expect("the sample has it")].clone()
    }

    #[test]
    fn each_version_keeps_the_defaults_it_meant() {
        assert_eq!(workers(Past::new(1, HISTORY)), Value::Number(1.0));
        assert_eq!(workers(Past::new(2, HISTORY)), Value::Number(2.0));
        assert_eq!(workers(Past::new(3, HISTORY)), Value::Number(16.0));
        let timeouts = |version| Past::new(version, HISTORY).wire_defaults(&schema()).contains(&Value::Number(9.0));
        assert!(timeouts(1) && !timeouts(2));
    }

    #[test]
    fn renames_are_followed_through_all_versions() {
        assert_eq!(Past::new(1, HISTORY).kind("webserver"), "service");
        assert_eq!(Past::new(2, HISTORY).kind("server"), "service");
        assert_eq!(Past::new(2, HISTORY).kind("webserver"), "webserver");
        assert_eq!(Past::new(1, HISTORY).field("service", "threads"), "workers");
        assert_eq!(Past::new(1, HISTORY).field("cache", "threads"), "threads");
    }

    #[test]
    fn what_is_left_is_changed_once_for_each_step() {
        let mut scenario = Scenario::default();
        Past::new(1, HISTORY).bring(&mut scenario);
        assert_eq!(scenario.title, "!!");
        Past::new(3, HISTORY).bring(&mut scenario);
        assert_eq!(scenario.title, "!!");
    }

    #[test]
    fn an_old_file_is_read_with_its_old_names_and_defaults() {
        let text = r#"{ "faultline": 1, "boxes": [ { "id": "a", "kind": "webserver" }, { "id": "b", "kind": "webserver", "threads": 5 } ] }"#;
        let read = crate::file::read_with(text, &schema(), 3, HISTORY).expect("it was valid in version 1");
        assert_eq!(read.boxes[0].number(&schema(), "workers"), 1.0);
        assert_eq!(read.boxes[1].number(&schema(), "workers"), 5.0);
        assert_eq!(read.title, "!!");
    }

    #[test]
    fn an_old_link_is_read_with_its_old_defaults() {
        let mut design = crate::tests::sample::newsfeed();
        let link = crate::link::encode(&design, &schema());
        let read = crate::link::decode_with(&link, &schema(), 3, HISTORY).expect("it was valid in version 1").scenario;
        let at = design.place("feed").expect("the sample has it");
        assert_eq!(design.boxes[at].number(&schema(), "workers"), 16.0, "the sample says nothing of workers");
        assert_eq!(read.boxes[at].number(&schema(), "workers"), 1.0);
        design.title.push_str("!!");
        assert_eq!(read.title, design.title);
    }

    #[test]
    fn the_steps_lead_to_the_version_that_is_written() {
        let from: Vec<u8> = STEPS.iter().map(|step| step.from).collect();
        assert_eq!(from, (1..VERSION).collect::<Vec<u8>>());
    }
}
