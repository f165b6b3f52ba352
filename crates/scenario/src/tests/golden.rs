//! Links that have been given away. Each line of `golden/links.txt` is a name and a link, and beside it stands the design that it
//! must open as, for ever: lines are only ever added, and a link that stops opening is a broken promise to whoever shared it.
//!
//! To add one: put the design into `golden/` as a file, and run the tests with `UPDATE_GOLDEN=1`; lines that are there stay.

use super::sample::{choosing, newsfeed, schema, tiered};
use crate::link::{decode, encode};
use crate::{Scenario, file};
use base::Span;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn design(name: &str) -> Scenario {
    let path = folder().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    file::read(&text, &schema()).unwrap_or_else(|problems| panic!("{}: {problems:#?}", path.display()))
}

/// What the links were made from.
fn samples() -> Vec<(&'static str, Scenario)> {
    let empty = Scenario { length: Span::from_secs(60), ..Scenario::default() };
    let row = Scenario {
        slug: Some("newsfeed".into()),
        about: String::new(),
        lesson: crate::Lesson::default(),
        ..newsfeed()
    };
    vec![
        ("newsfeed", newsfeed()),
        ("tiered", tiered()),
        ("empty", empty),
        ("newsfeed-row", row),
        ("choosing", choosing()),
    ]
}

#[test]
fn links_that_were_given_away_open_for_ever() {
    let path = folder().join("links.txt");
    let mut lines = std::fs::read_to_string(&path).unwrap_or_default();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        for (name, scenario) in samples().iter().filter(|(name, _)| !folder().join(format!("{name}.json")).exists()) {
            std::fs::write(folder().join(format!("{name}.json")), file::write(scenario, &schema()))
                .expect("the folder can be written");
            lines.push_str(&format!("{name} {}\n", encode(scenario, &schema())));
        }
        std::fs::write(&path, &lines).expect("the folder can be written");
    }
    assert!(lines.lines().count() >= samples().len());
    for line in lines.lines() {
        let (name, link) = line.split_once(' ').expect("a name and a link");
        let read = decode(link, &schema()).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(read.scenario, design(name), "{name}");
        assert_eq!(read.notes, [], "{name}");
        assert_eq!(read.texts_from_library, read.scenario.slug.is_some(), "{name}");
    }
}

#[test]
fn files_that_were_given_away_are_still_written_the_same() {
    for (name, scenario) in samples() {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).expect(name);
        assert_eq!(file::write(&scenario, &schema()), text, "{name}");
    }
}
