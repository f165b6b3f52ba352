//! A line of those who wait, and the workers they wait for at its right end.
//!
//! A short bounded line shows every place; a long bounded one fills in proportion; an unbounded one shows the places next to the
//! workers and fades out to the left when more are waiting than it has places.

use super::super::geometry::{Point, Rect};
use super::super::number;
use super::super::pen::Pen;
use super::super::theme::Ink;
use super::{caption, share};

const PIP: f64 = 8.0;
const GAP: f64 = 2.0;
const HEIGHT: f64 = 13.0;
/// Most workers shown one by one on a card, and at full size.
const WORKERS_MAX: u64 = 6;
const WORKERS_MAX_FULL: u64 = 20;

/// Those who wait and those who work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub waiting: u64,
    pub room: Option<u64>,
    pub busy: u64,
    pub workers: u64,
}

pub(super) fn draw(pen: &mut Pen<'_>, of: Line, is_full: bool, rect: Rect) {
    let Line { waiting, room, busy, workers } = of;
    let row = Rect { y: rect.y + 2.0, h: HEIGHT, ..rect };
    let shown = workers.min(if is_full { WORKERS_MAX_FULL } else { WORKERS_MAX });
    let crew_width = shown as f64 * (PIP + GAP + 1.0) - GAP - 1.0;
    let crew = Rect { x: row.right() - crew_width.max(0.0), w: crew_width.max(0.0), ..row };
    crew_of(pen, busy, workers, shown, crew);
    let line = Rect { w: row.w - crew.w - if shown > 0 { 10.0 } else { 0.0 }, ..row };
    if shown > 0 {
        pen.begin();
        pen.line(Point::new(line.right() + 5.0, row.y - 1.0), Point::new(line.right() + 5.0, row.bottom() + 1.0));
        pen.stroke(Ink::Line, 1.0, pen.px(1.0));
    }
    let places = ((line.w + GAP) / (PIP + GAP)).floor().max(1.0) as u64;
    match room {
        Some(room) if room > places => filled(pen, share(waiting as f64, room as f64), waiting >= room, line),
        _ => slots(pen, waiting, room.map_or(places, |room| room.min(places)), room.is_none(), line),
    }
    let mut text = pen.scratch();
    number::push(&mut text, waiting as f64);
    text.push_str(if room == Some(waiting) && waiting > 0 { " waiting, full" } else { " waiting" });
    let split = text.len();
    if workers > 0 {
        number::push(&mut text, busy as f64);
        text.push('/');
        number::push(&mut text, workers as f64);
        text.push_str(" busy");
    }
    let (left, right) = text.split_at(split);
    caption(pen, rect, left, right);
    pen.give_back(text);
}

/// The workers: each one when they are few, else a few that stand for all.
fn crew_of(pen: &mut Pen<'_>, busy: u64, workers: u64, shown: u64, rect: Rect) {
    let lit = if workers <= shown { busy } else { (share(busy as f64, workers as f64) * shown as f64).ceil() as u64 };
    let pip = |at: u64| Point::new(rect.x + at as f64 * (PIP + GAP + 1.0) + PIP / 2.0, rect.y + rect.h / 2.0);
    pen.begin();
    (0..shown).for_each(|at| pen.circle(pip(at), PIP / 2.0 - 0.5));
    pen.stroke(Ink::Muted, 0.8, pen.px(1.0));
    pen.begin();
    (0..lit.min(shown)).for_each(|at| pen.circle(pip(at), PIP / 2.0 - 0.5));
    pen.fill(Ink::Ok, 0.9);
}

/// A long bounded line, filled from its right end.
fn filled(pen: &mut Pen<'_>, part: f64, full: bool, rect: Rect) {
    pen.begin();
    pen.round(rect, 3.0);
    pen.fill(Ink::Bg, 1.0);
    pen.stroke(Ink::Line, 1.0, pen.px(1.0));
    if part > 0.0 {
        // A few are seen as a few, however long the line may become.
        let w = ((rect.w - 2.0) * part).max(2.0);
        pen.begin();
        pen.round(Rect::new(rect.right() - 1.0 - w, rect.y + 1.0, w, rect.h - 2.0), 2.0);
        pen.fill(if full { Ink::Bad } else { Ink::Slow }, 0.85);
    }
}

/// Places one by one, the first in line at the right.
fn slots(pen: &mut Pen<'_>, waiting: u64, places: u64, endless: bool, rect: Rect) {
    let slot = |at: u64| Rect::new(rect.right() - PIP - at as f64 * (PIP + GAP), rect.y, PIP, rect.h);
    let taken = waiting.min(places);
    pen.begin();
    (taken..places).for_each(|at| pen.round(slot(at), 2.0));
    pen.fill(Ink::Line, 0.55);
    let fading = if endless && waiting > places { 3.min(places) } else { 0 };
    pen.begin();
    (0..taken - fading).for_each(|at| pen.round(slot(at), 2.0));
    pen.fill(if !endless && waiting >= places { Ink::Bad } else { Ink::Slow }, 0.9);
    for step in 0..fading {
        pen.begin();
        pen.round(slot(taken - fading + step), 2.0);
        pen.fill(Ink::Slow, 0.7 - 0.22 * step as f64);
    }
}
