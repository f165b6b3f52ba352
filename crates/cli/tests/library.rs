//! The library: every scenario reads, is in its normal form, fits into a link, can be read at a glance and run on any machine.

mod library {
    pub mod glance;
    pub mod golden;
    pub mod index;
    pub mod lessons;
    pub mod reference;
    pub mod rows;
    pub mod seeds;
}

use cli::library::SCENARIOS;
use scenario::{Scenario, Schema};
use std::path::PathBuf;

fn schema() -> Schema {
    cli::open::schema()
}

/// Every scenario of the library by its slug.
fn rows() -> Vec<(&'static str, Scenario)> {
    let row = |(slug, text): &(&'static str, &str)| {
        (*slug, cli::open::read(slug, text).unwrap_or_else(|why| panic!("{why}")).scenario)
    };
    SCENARIOS.iter().map(row).collect()
}

fn row(slug: &str) -> Scenario {
    rows().into_iter().find(|(known, _)| *known == slug).unwrap_or_else(|| panic!("no scenario {slug}")).1
}

/// A file of the repository.
fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// True when files are to be written as they should be instead of being compared: `FAULTLINE_BLESS=1 cargo test -p cli`.
fn is_blessing() -> bool {
    std::env::var_os("FAULTLINE_BLESS").is_some()
}

/// Holds a file to what it should be, or makes it so.
fn hold(path: &str, wanted: &str) {
    let file = repository(path);
    if is_blessing() {
        std::fs::write(&file, wanted).unwrap_or_else(|why| panic!("{path}: {why}"));
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = found.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or(found.lines().count().min(wanted.lines().count()));
    assert!(
        found == wanted,
        "{path} differs in line {}; it should be\n  {}\nIf it should: FAULTLINE_BLESS=1 cargo test -p cli",
        line + 1,
        wanted.lines().nth(line).unwrap_or("at its end")
    );
}
