//! What a check says: it holds, it is broken, or it cannot be told; with a figure and the records that show it.

use base::Time;
use serde::{Deserialize, Serialize};

/// Whether a property holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Finding {
    /// Nothing has happened yet that could break it.
    #[default]
    Untold,
    /// It has held so far.
    Holds,
    /// It was broken at least once.
    Broken,
}

/// What a check says of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Slug of the check: `lost-writes`.
    pub check: String,
    /// The box it was asked of, by id.
    pub on: String,
    /// Whether it holds.
    pub finding: Finding,
    /// One line with the figure: `98 acknowledged writes lost`.
    pub headline: String,
    /// One more line: when, how much of how much, against which bound.
    pub detail: String,
    /// The figure itself, in the check's unit.
    pub figure: f64,
    /// When it broke first.
    pub broken_at: Option<Time>,
    /// The records that show it, in order of time; at most [`Verdict::EVIDENCE_MAX`] of `evidence_total`.
    pub evidence: Vec<Evidence>,
    /// How many there are in all.
    pub evidence_total: u64,
}

/// One thing that happened, for a person to click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When.
    pub at: Time,
    /// What, in words: `write 4,019 of key 771 (version 1.4019), acknowledged at 00:21.302`.
    pub text: String,
}

impl Verdict {
    /// Most pieces of evidence carried in one verdict.
    pub const EVIDENCE_MAX: usize = 1_000;
}
