//! The scenarios that come with Faultline: every `.json` in `static/scenarios/` is compiled in. The page fetches the same files.

/// The scenarios by slug, each with its text in the file form; sorted by slug.
pub const SCENARIOS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// The text of the scenario with this slug.
#[must_use]
pub fn text(slug: &str) -> Option<&'static str> {
    SCENARIOS.iter().find(|(known, _)| *known == slug).map(|(_, text)| *text)
}

/// The slugs of all scenarios, sorted.
pub fn slugs() -> impl Iterator<Item = &'static str> {
    SCENARIOS.iter().map(|(slug, _)| *slug)
}
