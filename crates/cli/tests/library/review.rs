//! What a reviewer says of the library's own rows, and why it stands.

use crate::rows;
use session::{Rule, lint};

/// What may be found in any row, with the reason: each is drawn as small as its lesson allows.
const EVERYWHERE: &[(Rule, &str)] = &[
    (Rule::SinglePoint, "two of every box would hide the one thing that a row shows"),
    (Rule::QueueUnbounded, "rows keep the line that a box comes with, and most show what waiting in it does"),
];

/// What else is found: row, rule, place, and why the row is as it is.
const MEANT: &[(&str, Rule, &str, &str)] = &[(
    "key-value-store",
    Rule::RetriesUnbounded,
    "users>store",
    "who asks again comes to another member, and the store is not near its limit",
)];

/// What the seven rows of the first library have, told by hand from their drawings: an oracle for the rules.
const KNOWN: &[(&str, Rule, &[&str])] = &[
    ("distributed-cache", Rule::SinglePoint, &["router", "database"]),
    ("distributed-cache", Rule::QueueUnbounded, &["database"]),
    ("newsfeed", Rule::SinglePoint, &["front-door", "server", "cache"]),
    ("newsfeed", Rule::QueueUnbounded, &[]),
    ("online-resharding", Rule::SinglePoint, &[]),
    ("rate-limited-api", Rule::SinglePoint, &[]),
    ("rate-limited-api", Rule::QueueUnbounded, &["api-1", "api-2"]),
    ("tiered-web", Rule::SinglePoint, &["front-door", "order-limit", "checkout", "pages"]),
    ("tiered-web", Rule::QueueUnbounded, &["checkout", "database", "mailer"]),
    ("two-region-database", Rule::SinglePoint, &["us-app", "eu-app"]),
    ("url-shortener", Rule::SinglePoint, &["servers"]),
    ("url-shortener", Rule::QueueUnbounded, &["urls"]),
];

/// Where a rule finds something in a row.
fn places(slug: &str, rule: Rule) -> Vec<String> {
    let found = lint(&crate::row(slug)).into_iter().filter(|finding| finding.rule == rule);
    found.map(|finding| finding.on.map_or_else(String::new, |on| on.to_string())).collect()
}

#[test]
fn the_librarys_findings_are_those_that_are_meant() {
    let mut found = Vec::new();
    for (slug, scenario) in rows() {
        for finding in lint(&scenario) {
            let place = finding.on.map_or_else(String::new, |on| on.to_string());
            if EVERYWHERE.iter().all(|(rule, _)| *rule != finding.rule) {
                found.push((slug, finding.rule, place));
            }
        }
    }
    let meant: Vec<(&str, Rule, String)> =
        MEANT.iter().map(|(slug, rule, place, _)| (*slug, *rule, (*place).to_string())).collect();
    assert_eq!(found, meant);
    let reasons = EVERYWHERE.iter().map(|(_, why)| why).chain(MEANT.iter().map(|(.., why)| why));
    assert!(reasons.into_iter().all(|why| !why.is_empty()));
}

#[test]
fn a_reviewer_finds_in_the_library_what_a_person_finds() {
    for (slug, rule, wanted) in KNOWN {
        assert_eq!(places(slug, *rule), *wanted, "{slug}: {rule:?}");
    }
}

#[test]
fn what_shows_a_finding_is_in_the_library() {
    for slug in Rule::ALL.iter().filter_map(|rule| rule.shown_by()) {
        assert!(rows().iter().any(|(known, _)| *known == slug), "there is no row {slug}");
    }
}
