//! `static/scenarios/index.json`: what the page's library shows before a scenario is opened.

use crate::{hold, repository, rows};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    slug: String,
    title: String,
    about: String,
    tags: Vec<String>,
}

fn index() -> Vec<Row> {
    let text = std::fs::read_to_string(repository("static/scenarios/index.json")).expect("the library has an index");
    serde_json::from_str(&text).expect("the index is a list of rows")
}

#[test]
fn the_index_names_every_scenario_once_and_no_other() {
    let (listed, index) = (rows(), index());
    let named: BTreeSet<&str> = index.iter().map(|row| row.slug.as_str()).collect();
    assert_eq!(named.len(), index.len(), "a slug is there twice");
    assert_eq!(named, listed.iter().map(|(slug, _)| *slug).collect());
}

/// The order and the tags are the index's own; the words are the scenarios'.
#[test]
fn the_index_says_what_the_scenarios_say() {
    let scenarios = rows();
    let mut rows = index();
    for row in &mut rows {
        assert!(!row.tags.is_empty() && row.tags.len() <= 6, "{}: {} tags", row.slug, row.tags.len());
        let is_tag = |tag: &String| !tag.is_empty() && tag.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        assert!(row.tags.iter().all(is_tag), "{}: {:?}", row.slug, row.tags);
        if let Some((_, scenario)) = scenarios.iter().find(|(slug, _)| *slug == row.slug) {
            row.title.clone_from(&scenario.title);
            row.about.clone_from(&scenario.about);
        }
    }
    let text = serde_json::to_string_pretty(&rows).expect("rows are texts");
    hold("static/scenarios/index.json", &(text + "\n"));
}
