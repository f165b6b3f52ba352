//! Runs a design from its start, as fast as it goes.

use crate::Trouble;
use base::{Span, Time};
use scenario::Scenario;
use session::{Command, Report, Session};

/// A run in figures, beside the design that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// The design.
    pub scenario: Scenario,
    /// Its run.
    pub report: Report,
}

/// Events between two looks at whether the run is over.
const SLICE: u32 = 1_000_000;

/// Runs `scenario` until `until`, or to its end.
///
/// # Errors
/// When it cannot be built. A run that a budget stops is none: it says so in its report.
pub fn to_end(scenario: Scenario, until: Option<Span>) -> Result<Ran, Trouble> {
    let mut session = Session::open(scenario);
    let end = session.scenario().length;
    session.handle(Command::Seek(Time::ZERO + until.unwrap_or(end).min(end))).map_err(Trouble::Run)?;
    while session.advance(SLICE) {}
    let report = session.report().map_err(Trouble::Run)?;
    Ok(Ran { scenario: session.scenario().clone(), report })
}
