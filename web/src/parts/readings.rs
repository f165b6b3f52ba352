//! Texts in which readings of the run stand, as lessons and claims have them.

use crate::page::{Desk, Moment};
use crate::paint::number;
use session::{Piece, Readings};
use yew::prelude::*;

/// The run at this moment, for what texts speak of.
pub fn readings<'a>(desk: &'a Desk, moment: &'a Moment) -> Readings<'a> {
    Readings {
        schema: &desk.schema,
        scenario: &desk.document.scenario,
        frame: &moment.frame,
        verdicts: &moment.report.verdicts,
    }
}

/// A text with its readings.
pub fn pieces(pieces: Vec<Piece>) -> Html {
    let piece = |piece: Piece| match piece {
        Piece::Words(words) => html! { { words } },
        Piece::Reading(reading) => html! { <b>{ reading.map_or("–".to_string(), number::count) }</b> },
    };
    pieces.into_iter().map(piece).collect()
}

/// What the reading `name` comes to now, and that in words: a verdict's own, or the gauge's name, figure and unit.
pub fn told(desk: &Desk, moment: &Moment, name: &str) -> Option<(f64, String)> {
    let value = readings(desk, moment).of(name)??;
    let (first, second) = name.split_once('.')?;
    let Some((_, placed)) = desk.placed(first) else {
        let verdict = moment.report.verdicts.iter().find(|verdict| verdict.check == first && verdict.on == second)?;
        return Some((value, verdict.headline.clone()));
    };
    let gauge = desk.kind(placed)?.gauges.iter().find(|gauge| gauge.name == second)?;
    let read = number::with_unit(value, &gauge.unit);
    Some((value, format!("{} of {}: {read}", gauge.title, placed.name)))
}
