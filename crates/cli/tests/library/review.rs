//! What a reviewer says of the library's own rows, and why it stands.

use crate::rows;
use session::{Rule, lint};

/// What is found in the library, each with the reason for which the row is as it is.
const MEANT: &[(&str, Rule, &str, &str)] = &[];

#[test]
fn the_librarys_findings_are_those_that_are_meant() {
    let mut found = Vec::new();
    for (slug, scenario) in rows() {
        for finding in lint(&scenario) {
            let place = finding.on.map_or_else(String::new, |on| on.to_string());
            found.push((slug, finding.rule, place));
        }
    }
    let meant: Vec<(&str, Rule, String)> =
        MEANT.iter().map(|(slug, rule, place, _)| (*slug, *rule, (*place).to_string())).collect();
    assert_eq!(found, meant);
    assert!(MEANT.iter().all(|(.., why)| !why.is_empty()));
}

#[test]
fn what_shows_a_finding_is_in_the_library() {
    for slug in Rule::ALL.iter().filter_map(|rule| rule.shown_by()) {
        assert!(rows().iter().any(|(known, _)| *known == slug), "there is no row {slug}");
    }
}
