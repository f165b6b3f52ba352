//! The short form of a scenario, for the fragment of an address.
use crate::{Problem, Scenario, Schema};

/// What a link held.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The design, fit to run.
    pub scenario: Scenario,
    /// What was clamped or left out to make it so.
    pub notes: Vec<Problem>,
    /// True when `about` and the lesson were left out because they stand in the library under the scenario's slug.
    pub texts_from_library: bool,
}

/// Why a link cannot be opened. Displayed, each is a sentence for the person who opened it.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkError {
    /// There is no design in the text.
    NotALink,
    /// The end is missing.
    CutOff,
    /// Some of it has changed on the way.
    Damaged,
    /// It was made by a newer version.
    Newer {
        /// The form of the link.
        version: u8,
        /// What this version does not have.
        needs: String,
    },
    /// It holds more than may be opened.
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        max: u64,
    },
    /// It arrived whole, but what it says makes no design.
    Invalid(Vec<Problem>),
}

impl core::fmt::Display for LinkError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("not written yet")
    }
}

impl core::error::Error for LinkError {}

/// How a link uses its characters. Displayed, it is a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The form of the link.
    pub version: u8,
    /// Length of the link without its address.
    pub characters: u32,
}

impl core::fmt::Display for Explained {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("not written yet")
    }
}

/// `scenario` as a link's payload: what follows `#s=`.
#[must_use]
pub fn encode(_scenario: &Scenario, _schema: &Schema) -> String {
    String::new()
}

/// The design in `text`: a payload, a fragment with `s=` in it, or a whole address.
///
/// # Errors
/// Which way the link is bad.
pub fn decode(_text: &str, _schema: &Schema) -> Result<Decoded, LinkError> {
    Err(LinkError::NotALink)
}

/// Whatever can still be read of a link that [`decode`] refuses; `None` if that is not even one box.
#[must_use]
pub fn rescue(_text: &str, _schema: &Schema) -> Option<Decoded> {
    None
}

/// How much of the link each part of the design takes.
///
/// # Errors
/// As [`decode`].
pub fn explain(_text: &str, _schema: &Schema) -> Result<Explained, LinkError> {
    Err(LinkError::NotALink)
}
