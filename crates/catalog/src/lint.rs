//! What a reviewer would say of a design before it runs: where requests go nowhere, what fails alone and takes everything with it,
//! what makes a bad moment worse.
//!
//! ```text
//!   design ──> graph: who calls whom with which operations ──> one rule after another ──> findings, each with its place
//! ```
//!
//! A finding is no error: the design runs, and may be meant so. Each rule reads the design alone, never a run. Cost: linear in
//! boxes and wires for all rules but the one that asks of each box what would be without it, which is linear for each box.

mod calls;
mod entry;
mod freshness;
mod graph;
mod single;

use graph::Graph;
use scenario::{Scenario, Target, Text};
use serde::{Deserialize, Serialize};

/// What a finding is about. The order is that in which findings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rule {
    /// Nobody sends traffic.
    NoEntry,
    /// No request ever gets there.
    Unreachable,
    /// A request gets there and no further.
    DeadEnd,
    /// One process without which an operation never succeeds.
    SinglePoint,
    /// A caller gives up before the called does.
    TimeoutOrder,
    /// Retries that nothing bounds.
    RetriesUnbounded,
    /// Retries of retries.
    RetryProduct,
    /// A line in which everybody gives up before his turn comes, or that has no end.
    QueueUnbounded,
    /// A cache that is not told of writes and never forgets by itself.
    CacheStale,
}

/// One thing that a reviewer would say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about.
    pub rule: Rule,
    /// Where; `None` for the design as a whole.
    pub on: Option<Target>,
    /// What is found, with names and figures of this design: one sentence without a full stop.
    pub what: String,
    /// What would mend it here: one sentence without a full stop.
    pub mend: String,
}

impl Rule {
    /// Every rule, in the order in which findings are told.
    pub const ALL: &[Rule] = &[
        Rule::NoEntry,
        Rule::Unreachable,
        Rule::DeadEnd,
        Rule::SinglePoint,
        Rule::TimeoutOrder,
        Rule::RetriesUnbounded,
        Rule::RetryProduct,
        Rule::QueueUnbounded,
        Rule::CacheStale,
    ];

    /// Its name for programs.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Rule::NoEntry => "no-entry",
            Rule::Unreachable => "unreachable",
            Rule::DeadEnd => "dead-end",
            Rule::SinglePoint => "single-point-of-failure",
            Rule::TimeoutOrder => "timeout-order",
            Rule::RetriesUnbounded => "retries-without-budget",
            Rule::RetryProduct => "retry-product",
            Rule::QueueUnbounded => "unbounded-queue",
            Rule::CacheStale => "cache-without-invalidation",
        }
    }

    /// Its name on screen.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Rule::NoEntry => "Nobody sends traffic",
            Rule::Unreachable => "Never reached",
            Rule::DeadEnd => "Requests that go nowhere",
            Rule::SinglePoint => "Single points of failure",
            Rule::TimeoutOrder => "Callers that give up first",
            Rule::RetriesUnbounded => "Retries without a budget",
            Rule::RetryProduct => "Retries of retries",
            Rule::QueueUnbounded => "Lines that are too long",
            Rule::CacheStale => "Caches that are not told",
        }
    }

    /// Why it matters.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Rule::NoEntry => "Without clients nothing happens in a run.",
            Rule::Unreachable => "No request comes this way, so it shows nothing and protects nobody.",
            Rule::DeadEnd => "What arrives there fails at once, however healthy the rest is.",
            Rule::SinglePoint => "One crash stops every such request, and its downtime is the design's downtime.",
            Rule::TimeoutOrder => {
                "The called goes on with work whose caller has left: under load most of what is done is for nobody."
            }
            Rule::RetriesUnbounded => {
                "When the called fails, every caller multiplies its calls just then, which can keep it down after the cause is gone."
            }
            Rule::RetryProduct => "Each layer repeats what the layer below has repeated already: the factors multiply.",
            Rule::QueueUnbounded => {
                "A long line turns overload into waiting: callers have gone by the time their turn comes, and refusing late helps nobody."
            }
            Rule::CacheStale => "A value that was changed behind its back is served until it happens to be thrown out.",
        }
    }

    /// The row of the library that shows it, by slug, where there is one.
    #[must_use]
    pub fn shown_by(self) -> Option<Text> {
        let slug = match self {
            Rule::SinglePoint => "two-region-database",
            Rule::QueueUnbounded => "distributed-cache",
            Rule::CacheStale => "url-shortener",
            _ => return None,
        };
        Some(slug.into())
    }
}

/// What a reviewer would say of `scenario`, rule by rule, in the order of its boxes and wires. Nothing is assumed of its validity.
#[must_use]
pub fn lint(scenario: &Scenario) -> Vec<Finding> {
    let graph = Graph::of(scenario);
    let mut found = Vec::new();
    entry::look(&graph, &mut found);
    single::look(&graph, &mut found);
    calls::look(&graph, &mut found);
    freshness::look(&graph, &mut found);
    found.sort_by_key(|finding| finding.rule);
    found
}

/// `a`, `a and b`, `a, b and c`, `a, b and 3 more`.
fn listed(names: &[&str]) -> String {
    joined(names, "and")
}

/// As [`listed`], with another word before the last.
fn joined(names: &[&str], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_string(),
        [first @ .., last] if names.len() <= 3 => format!("{} {word} {last}", first.join(", ")),
        [a, b, rest @ ..] => format!("{a}, {b} {word} {} more", rest.len()),
    }
}
