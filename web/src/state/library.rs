//! Where the library lies, what its list says of a row, and which rows somebody looks for.

use scenario::{Scenario, Schema};

/// The list of all rows, beside the page.
pub const INDEX: &str = "scenarios/index.json";

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Name in files.
    pub slug: String,
    /// Name on screen.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// What it is about, in a word or two each.
    pub tags: Vec<String>,
}

/// Where the file of a row is.
#[must_use]
pub fn path(slug: &str) -> String {
    format!("scenarios/{slug}.json")
}

/// What is looked for. What is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Words that stand in the row's texts or in the names of its boxes.
    pub text: String,
    /// The slug of a kind of box, or the heading of a family of kinds.
    pub kind: String,
    /// The slug of a check.
    pub check: String,
}

impl Sought {
    /// True when `row` is among what is looked for. A row whose design has not come yet has no boxes.
    #[must_use]
    pub fn takes(&self, row: &Row, design: Option<&Scenario>, schema: &Schema) -> bool {
        let kinds =
            || design.into_iter().flat_map(|design| &design.boxes).filter_map(|placed| schema.kind(&placed.kind));
        let is_of_kind = self.kind.is_empty() || kinds().any(|kind| kind.slug == self.kind || kind.group == self.kind);
        let is_checked =
            self.check.is_empty() || design.is_some_and(|design| checks(design, schema).any(|slug| slug == self.check));
        is_of_kind && is_checked && {
            let said = [&row.title, &row.about, &row.slug].into_iter().chain(&row.tags).map(String::as_str);
            let said: String = said
                .chain(kinds().map(|kind| kind.title.as_ref()))
                .map(|text| text.to_ascii_lowercase() + " ")
                .collect();
            self.text.to_ascii_lowercase().split_whitespace().all(|word| said.contains(word))
        }
    }
}

/// The checks that are asked of a design: those it names, or whatever applies to its boxes.
fn checks<'a>(design: &'a Scenario, schema: &'a Schema) -> impl Iterator<Item = &'a str> {
    let named = design.checks.iter().map(|check| check.check.as_str());
    let applies = schema.checks.iter().filter(|check| {
        design.checks.is_empty()
            && design.boxes.iter().any(|placed| check.kinds.iter().any(|kind| *kind == placed.kind))
    });
    named.chain(applies.map(|check| check.slug.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> (Row, Scenario) {
        let row = Row {
            slug: "newsfeed".into(),
            title: "A news feed".into(),
            about: "Written ahead.".into(),
            tags: vec!["fan-out".into()],
        };
        let text = r#"{"faultline": 1, "boxes": [{"id": "readers", "kind": "clients"},
            {"id": "posts", "kind": "leader-follower"}], "checks": [{"check": "lost-writes", "on": "posts"}]}"#;
        let design = scenario::file::read(text, catalog::schema()).expect("a design");
        (row, design)
    }

    fn takes(sought: &Sought) -> bool {
        let (row, design) = row();
        sought.takes(&row, Some(&design), catalog::schema())
    }

    #[test]
    fn a_row_is_found_by_its_words_its_boxes_and_its_checks() {
        let text = |text: &str| takes(&Sought { text: text.into(), ..Sought::default() });
        assert!(text("") && text("NEWS") && text("fan-out ahead") && text("followers"));
        assert!(!text("news chat") && !text("queue"));
        let kind = |kind: &str| takes(&Sought { kind: kind.into(), ..Sought::default() });
        assert!(kind("leader-follower") && kind("Data") && !kind("cache") && !kind("Messaging"));
        let check = |check: &str| takes(&Sought { check: check.into(), ..Sought::default() });
        assert!(check("lost-writes") && !check("p99"), "where checks are named, others are not asked");
    }

    #[test]
    fn a_row_that_has_not_come_yet_is_found_by_its_words_alone() {
        let (row, _) = row();
        let takes = |sought: Sought| sought.takes(&row, None, catalog::schema());
        assert!(takes(Sought { text: "feed".into(), ..Sought::default() }));
        assert!(!takes(Sought { kind: "clients".into(), ..Sought::default() }));
    }
}
