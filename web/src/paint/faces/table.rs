//! A table: its head and the first of its rows, columns as wide as what is in them; numbers end where numbers end.

use super::super::geometry::{Point, Rect};
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::readable;
use crate::state::ordered;
use std::fmt::Write;

const LINE: f64 = 15.0;
const GAP: f64 = 8.0;
/// Most columns drawn.
const COLUMNS_MAX: usize = 12;

pub(super) fn draw(pen: &mut Pen<'_>, head: &[String], rows: &[Vec<String>], rect: Rect) {
    let lines = (rect.h / LINE + 1e-9).floor().max(2.0) as usize - 1;
    let shown = if rows.len() > lines { lines - 1 } else { rows.len() };
    let rows_shown = &rows[..shown];
    let columns = head.len().min(COLUMNS_MAX);
    let rule = rect.y + LINE;
    pen.begin();
    pen.line(Point::new(rect.x, rule), Point::new(rect.right(), rule));
    pen.stroke(Ink::Line, 1.0, pen.px(1.0));
    if !readable(pen) {
        blocks(pen, shown, columns, rect);
        return;
    }
    let mut widths: Vec<f64> = (0..columns)
        .map(|at| {
            let own = pen.width(&head[at], Type::SMALL);
            let cells = rows_shown.iter().filter_map(|row| row.get(at));
            cells.fold(own, |widest, cell| widest.max(pen.width(cell, Type::SMALL)))
        })
        .collect();
    fit(&mut widths, rect.w - GAP * columns.saturating_sub(1) as f64);
    let mut left = rect.x;
    for (at, &w) in widths.iter().enumerate() {
        let is_number = at > 0 && rows_shown.iter().filter_map(|row| row.get(at)).all(|cell| is_number(cell));
        let (x, align) = if is_number { (left + w, Align::Right) } else { (left, Align::Left) };
        pen.text(&head[at], Point::new(x, rect.y + 11.0), w, Type::SMALL, Ink::Muted, align);
        for (line, row) in rows_shown.iter().enumerate() {
            if let Some(cell) = row.get(at) {
                let baseline = rule + line as f64 * LINE + 11.5;
                pen.text(cell, Point::new(x, baseline), w, Type::SMALL, Ink::Text, align);
            }
        }
        left += w + GAP;
    }
    if rows.len() > shown {
        let mut text = pen.scratch();
        let _ = write!(text, "and {} more", rows.len() - shown);
        let at = Point::new(rect.x, rule + shown as f64 * LINE + 11.5);
        pen.text(&text, at, rect.w, Type::SMALL, Ink::Muted, Align::Left);
        pen.give_back(text);
    }
}

/// From far, a bar stands for each cell.
fn blocks(pen: &mut Pen<'_>, rows: usize, columns: usize, rect: Rect) {
    let pitch = rect.w / columns.max(1) as f64;
    pen.begin();
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let x = rect.x + column as f64 * pitch;
        pen.round(Rect::new(x, rect.y + LINE * (row + 1) as f64 + 4.0, pitch * 0.7, 7.0), 2.0);
    }
    pen.fill(Ink::Line, 0.8);
}

/// Makes columns of these natural widths fill `room`: what is left over goes to all alike, what is missing is taken from the widest.
fn fit(widths: &mut [f64], room: f64) {
    let wanted: f64 = widths.iter().sum();
    if widths.is_empty() || wanted <= room {
        let more = (room - wanted).max(0.0) / widths.len().max(2).saturating_sub(1) as f64;
        let last = widths.len().saturating_sub(1);
        widths.iter_mut().take(last.max(1)).for_each(|width| *width += more);
        return;
    }
    // The highest bound on a single column under which all of them fit.
    let sorted = ordered(widths.iter().copied(), f64::total_cmp);
    let (mut left, mut bound) = (room.max(0.0), 0.0);
    for (at, width) in sorted.iter().enumerate() {
        bound = left / (sorted.len() - at) as f64;
        if *width > bound {
            break;
        }
        left -= width;
    }
    widths.iter_mut().for_each(|width| *width = width.min(bound));
}

/// True for what reads as a number, whatever its unit; nothing is a number that is not there.
fn is_number(cell: &str) -> bool {
    cell.is_empty()
        || cell == "–"
        || cell.trim_start_matches(['-', '−', '+', '×']).starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn columns_never_need_more_room_than_there_is() {
        for (widths, room) in [
            (vec![10.0, 20.0], 100.0),
            (vec![200.0, 20.0, 5.0], 100.0),
            (vec![80.0; 12], 100.0),
            (vec![50.0], 20.0),
            (vec![50.0, 50.0], -8.0),
            (Vec::new(), 100.0),
        ] {
            let mut fitted = widths.clone();
            fit(&mut fitted, room);
            let sum: f64 = fitted.iter().sum();
            assert!(
                sum <= room.max(0.0) + 1e-6 && fitted.iter().all(|w| *w >= 0.0),
                "{widths:?} in {room}: {fitted:?}"
            );
        }
    }

    #[test]
    fn a_narrow_column_keeps_its_width_beside_a_wide_one() {
        let mut widths = [300.0, 20.0, 30.0];
        fit(&mut widths, 100.0);
        assert_eq!(widths, [50.0, 20.0, 30.0]);
    }
}
