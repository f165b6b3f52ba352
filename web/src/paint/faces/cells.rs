//! Slots, most valued first: as many as fit, brighter the fresher.

use super::super::geometry::Rect;
use super::super::number;
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::{caption, push_of, share};
use catalog::Cell;
use std::fmt::Write;

const PITCH: f64 = 9.25;
const GAP: f64 = 2.0;
const CAPTION: f64 = 15.0;
/// Least height of a row.
const ROW: f64 = 17.0;
/// Brightness comes in this many steps, so that each step is one path.
const STEPS: usize = 6;

/// Least width of a slot at full size, where its key stands in it.
const PITCH_LARGE: f64 = 34.0;

/// How high they are at full size in so much width.
pub(super) fn large_height(cells: &[Cell], used: u64, capacity: u64, width: f64) -> f64 {
    let columns = (width / PITCH_LARGE).floor().max(1.0) as u64;
    let slots = if used > cells.len() as u64 { cells.len() as u64 } else { capacity.min(200) };
    ROW * slots.div_ceil(columns).clamp(1, 60) as f64 - GAP + CAPTION
}

/// At full size: every slot with its key.
pub(super) fn large(pen: &mut Pen<'_>, cells: &[Cell], used: u64, capacity: u64, rect: Rect) {
    let columns = (rect.w / PITCH_LARGE).floor().max(1.0) as usize;
    let known = if used > cells.len() as u64 { cells.len() as u64 } else { capacity };
    let rows = ((rect.h - CAPTION + GAP) / ROW + 1e-9).floor().max(1.0) as usize;
    let slots = usize::try_from(known).unwrap_or(usize::MAX).min(columns * rows);
    let pitch = rect.w / columns as f64;
    let slot = |at: usize| {
        Rect::new(rect.x + (at % columns) as f64 * pitch, rect.y + (at / columns) as f64 * ROW, pitch - GAP, ROW - GAP)
    };
    let taken = cells.len().min(slots);
    pen.begin();
    (taken..slots).for_each(|at| pen.round(slot(at), 3.0));
    pen.stroke(Ink::Line, 1.0, 1.0);
    let mut text = pen.scratch();
    for (at, cell) in cells[..taken].iter().enumerate() {
        let (place, heat) = (slot(at), share(cell.heat, 1.0));
        pen.begin();
        pen.round(place, 3.0);
        pen.fill(Ink::Read, 0.12 + 0.5 * heat);
        text.clear();
        let _ = write!(text, "{}", cell.key);
        let middle = place.center().moved(0.0, 3.4);
        pen.text(&text, middle, place.w - 3.0, Type::SMALL.sized(9.5), Ink::Text, Align::Center);
    }
    text.clear();
    if (taken as u64) < used {
        text.push_str("the first ");
        number::push(&mut text, taken as f64);
        text.push_str(" · ");
    }
    push_of(&mut text, used as f64, capacity as f64);
    text.push_str(" slots taken");
    caption(pen, rect, &text, if used >= capacity && capacity > 0 { "full" } else { "" });
    pen.give_back(text);
}

pub(super) fn draw(pen: &mut Pen<'_>, cells: &[Cell], used: u64, capacity: u64, rect: Rect) {
    let area = Rect { h: rect.h - CAPTION, ..rect };
    let columns = (area.w / PITCH).floor().max(1.0) as usize;
    let pitch = area.w / columns as f64;
    let rows = ((area.h + GAP) / ROW + 1e-9).floor().max(1.0) as usize;
    let pitch_y = (area.h + GAP) / rows as f64;
    // Of those beyond the ones that are handed over nothing is known: they are not drawn as free.
    let known = if used > cells.len() as u64 { cells.len() as u64 } else { capacity };
    let slots = usize::try_from(known).unwrap_or(usize::MAX).min(columns * rows);
    let slot = |at: usize| {
        let (column, row) = (at % columns, at / columns);
        Rect::new(area.x + column as f64 * pitch, area.y + row as f64 * pitch_y, pitch - GAP, pitch_y - GAP)
    };
    let taken = cells.len().min(slots);
    if taken < slots {
        pen.begin();
        (taken..slots).for_each(|at| pen.round(slot(at), 2.0));
        pen.fill(Ink::Line, 0.55);
    }
    let step_of = |cell: &Cell| (share(cell.heat, 1.0) * (STEPS - 1) as f64).round() as usize;
    for step in 0..STEPS {
        pen.begin();
        let mut any = false;
        for (at, _) in cells[..taken].iter().enumerate().filter(|(_, cell)| step_of(cell) == step) {
            pen.round(slot(at), 2.0);
            any = true;
        }
        if any {
            pen.fill(Ink::Read, 0.3 + 0.7 * step as f64 / (STEPS - 1) as f64);
        }
    }
    let mut text = pen.scratch();
    push_of(&mut text, used as f64, capacity as f64);
    caption(pen, rect, &text, if used >= capacity && capacity > 0 { "full" } else { "" });
    pen.give_back(text);
}
