//! The end of a log: a cell for each entry, coloured by term, with a line after the last acknowledged one and a small arrow
//! under each place up to which somebody else holds it.

use super::super::geometry::{Point, Rect};
use super::super::pen::{Align, Pen, TEXT_MIN};
use super::super::text::Type;
use super::super::theme::Ink;
use catalog::{LogCell, LogMark};
use std::fmt::Write;

const PITCH: f64 = 12.0;
const GAP: f64 = 2.0;
const CELL: f64 = 13.0;
const TERM_SIZE: f64 = 7.5;

pub(super) fn draw(pen: &mut Pen<'_>, entries: &[LogCell], acknowledged: u64, marks: &[LogMark], rect: Rect) {
    let columns = (rect.w / PITCH).floor().max(1.0) as usize;
    let entries = &entries[entries.len().saturating_sub(columns)..];
    let cell = |at: usize| Rect::new(rect.x + at as f64 * PITCH, rect.y + 2.0, PITCH - GAP, CELL);
    if entries.is_empty() {
        pen.begin();
        (0..columns).for_each(|at| pen.round(cell(at), 2.0));
        pen.fill(Ink::Line, 0.4);
        return;
    }
    // Terms come in runs, so that a run is one path.
    for (tint, done) in (0..6u64).flat_map(|tint| [(tint, true), (tint, false)]) {
        pen.begin();
        let mut any = false;
        for (at, _) in entries.iter().enumerate().filter(|(_, e)| tint_of(e.term) == tint && e.acknowledged == done) {
            pen.round(if done { cell(at) } else { cell(at).grown(-0.5) }, 2.0);
            any = true;
        }
        if any {
            pen.fill(Ink::tint(tint), if done { 0.95 } else { 0.28 });
            if !done {
                pen.stroke(Ink::tint(tint), 0.9, 1.0);
            }
        }
    }
    if TERM_SIZE * pen.zoom() >= TEXT_MIN {
        terms(pen, entries, cell);
    }
    line(pen, entries, acknowledged, rect);
    arrows(pen, entries, marks, rect);
}

/// Which of the six tints a term has; the first term the first.
fn tint_of(term: u64) -> u64 {
    term.wrapping_add(5) % 6
}

fn terms(pen: &mut Pen<'_>, entries: &[LogCell], cell: impl Fn(usize) -> Rect) {
    let mut text = pen.scratch();
    for (at, entry) in entries.iter().enumerate() {
        text.clear();
        let _ = write!(text, "{}", entry.term);
        let ink = if entry.acknowledged { Ink::Bg } else { Ink::Text };
        let place = cell(at);
        let set = Type::MEMBER.sized(TERM_SIZE);
        pen.text(&text, place.center().moved(0.0, TERM_SIZE * 0.36), place.w, set, ink, Align::Center);
    }
    pen.give_back(text);
}

/// Where the boundary after entry `index` is; at the left edge when that entry is no longer shown.
fn after(entries: &[LogCell], index: u64, rect: Rect) -> f64 {
    let before = entries.iter().filter(|entry| entry.index <= index).count();
    rect.x + before as f64 * PITCH - GAP / 2.0
}

fn line(pen: &mut Pen<'_>, entries: &[LogCell], acknowledged: u64, rect: Rect) {
    let x = after(entries, acknowledged, rect);
    pen.begin();
    pen.line(Point::new(x, rect.y), Point::new(x, rect.y + CELL + 4.0));
    pen.stroke(Ink::Text, 1.0, 1.5);
}

fn arrows(pen: &mut Pen<'_>, entries: &[LogCell], marks: &[LogMark], rect: Rect) {
    if marks.is_empty() {
        return;
    }
    pen.begin();
    for mark in marks {
        let y = rect.y + CELL + 3.5;
        if entries.first().is_some_and(|first| mark.index < first.index) {
            // Further back than what is shown: it points there.
            let tip = Point::new(rect.x, y + 2.5);
            pen.outline(&[tip, tip.moved(5.0, -3.2), tip.moved(5.0, 3.2)]);
        } else {
            let tip = Point::new(after(entries, mark.index, rect), y);
            pen.outline(&[tip, tip.moved(3.2, 5.0), tip.moved(-3.2, 5.0)]);
        }
    }
    pen.fill(Ink::Muted, 1.0);
}
