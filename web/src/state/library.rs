//! Where the library lies, and what its list says of a row.

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
