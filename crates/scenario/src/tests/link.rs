//! Links: what goes in comes out, and nothing that a stranger sends does harm.

use super::sample::{newsfeed, schema, tiered};
use crate::link::{decode, encode, explain};
use crate::{Severity, validate};

#[test]
fn the_samples_are_valid() {
    for scenario in [newsfeed(), tiered()] {
        let found = validate(&scenario, &schema());
        assert!(found.is_empty(), "{}: {found:#?}", scenario.title);
        assert!(found.iter().all(|problem| problem.severity == Severity::Warning));
    }
}

#[test]
fn sizes() {
    for scenario in [newsfeed(), tiered()] {
        let link = encode(&scenario, &schema());
        println!("{}\n{}", link, explain(&link, &schema()).unwrap());
        let mut bare = scenario.clone();
        bare.about = String::new();
        println!("without about: {}", encode(&bare, &schema()).len());
        let back = decode(&link, &schema()).unwrap();
        assert_eq!(back.scenario, scenario);
        assert!(back.notes.is_empty());
        let text = crate::file::write(&scenario, &schema());
        println!("{text}");
        assert_eq!(crate::file::read(&text, &schema()).map_err(|e| e.iter().map(|e| e.to_string()).collect::<Vec<_>>()), Ok(scenario));
    }
}
