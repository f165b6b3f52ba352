//! The same run in the page as on every other machine.

use crate::World;
use serde_json::Value;

/// Every row of the library under its own seed: as it is, broken, mended; each as a link with its digest at the end.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden.json");

pub fn every_library_scenario_gives_its_golden_digest(world: &mut World) {
    let text = std::fs::read_to_string(GOLDEN).unwrap_or_else(|error| panic!("{GOLDEN}: {error}"));
    let golden: Vec<Value> = serde_json::from_str(&text).expect("it is a list");
    assert!(golden.len() >= 4, "a case for each row at least");
    let url = world.url.clone();
    let page = world.browser();
    let mut wrong = Vec::new();
    for case in &golden {
        let link = case["link"].as_str().expect("a case has a link").trim_start_matches('#');
        page.open_page(&format!("{url}#{link}"));
        let end = page.finish();
        if case["digest"] != end.digest.as_str() || case["events"] != end.events {
            wrong.push(format!(
                "{} {}: {end:?} instead of {} after {}",
                case["slug"], case["case"], case["digest"], case["events"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are different in the page: {wrong:#?}", wrong.len(), golden.len());
}
