//! Runs a design from its start, as fast as it goes.

use crate::Trouble;
use base::{Span, Time};
use scenario::Scenario;
use session::{Command, Piece, Readings, Report, Session};

/// A run in figures, beside the design that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// The design.
    pub scenario: Scenario,
    /// Its run.
    pub report: Report,
    /// What it says to each claim of the design's lesson, in their order; nothing where it cannot tell.
    pub claims: Vec<Option<String>>,
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
    let scenario = session.scenario().clone();
    let (schema, frame) = (crate::open::schema(), session.frame());
    let readings = Readings { schema: &schema, scenario: &scenario, frame: &frame, verdicts: &report.verdicts };
    let claims = scenario.lesson.claims.iter().map(|claim| readings.settled(claim).map(|said| words(&said))).collect();
    Ok(Ran { scenario, report, claims })
}

fn words(pieces: &[Piece]) -> String {
    let word = |piece: &Piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Reading(reading) => reading.map_or_else(|| "-".to_string(), crate::table::number),
    };
    pieces.iter().map(word).collect()
}
