//! Slots, most valued first: as many as fit, brighter the fresher.

use super::super::geometry::Rect;
use super::super::pen::Pen;
use super::super::theme::Ink;
use super::{caption, push_of, share};
use catalog::Cell;

const PITCH: f64 = 9.25;
const GAP: f64 = 2.0;
const CAPTION: f64 = 15.0;
/// Brightness comes in this many steps, so that each step is one path.
const STEPS: usize = 6;

pub(super) fn draw(pen: &mut Pen<'_>, cells: &[Cell], used: u64, capacity: u64, rect: Rect) {
    let area = Rect { h: rect.h - CAPTION, ..rect };
    let columns = (area.w / PITCH).floor().max(1.0) as usize;
    let pitch = area.w / columns as f64;
    let rows = if area.h > 26.0 { 2 } else { 1 };
    let pitch_y = (area.h + GAP) / rows as f64;
    let slots = usize::try_from(capacity).unwrap_or(usize::MAX).min(columns * rows);
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
