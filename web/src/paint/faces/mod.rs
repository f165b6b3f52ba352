//! The insides of boxes and members, one file for each shape of [`Face`].
//!
//! Every shape fills the rectangle it is given and never leaves it. Its text is left out when it would be too small to be read;
//! the table of the same face ([`describe`](super::describe)) always has it.

mod bars;
mod cells;
mod lanes;
mod line;
mod log;
mod map;
mod meter;
mod queue;
mod ring;
mod states;
mod table;
mod timeline;
mod tree;

pub(super) use lanes::behind;
pub(super) use log::{Grid as LogGrid, large as draw_log};
pub(super) use ring::share_of;

use super::geometry::{Point, Rect};
use super::number;
use super::painter::Detail;
use super::pen::{Align, Pen};
use super::text::Type;
use super::theme::Ink;
use catalog::Face;

/// Draws `face` into `rect`.
pub fn draw(pen: &mut Pen<'_>, face: &Face, rect: Rect) {
    if rect.h <= 0.0 || rect.w <= 0.0 {
        return;
    }
    match face {
        Face::Nothing => {}
        Face::Line { values, unit } => line::draw(pen, values, unit, rect),
        Face::Bucket { level, capacity, unit } => meter::bucket(pen, *level, *capacity, unit, rect),
        Face::Window { count, limit, elapsed } => meter::window(pen, *count, *limit, *elapsed, rect),
        Face::Cells { cells, used, capacity } => cells::draw(pen, cells, *used, *capacity, rect),
        Face::Queue { .. } => line_of(pen, face, false, rect),
        Face::Log { entries, acknowledged, marks, .. } => log::draw(pen, entries, *acknowledged, marks, rect),
        Face::Ring { arcs, owners, probe } => ring::draw(pen, arcs, owners, *probe, rect),
        Face::Bars { bars, unit } => bars::draw(pen, bars, unit, rect),
        Face::Table { head, rows } => table::draw(pen, head, rows, rect),
        Face::States { states, arrows, current } => states::draw(pen, states, arrows, *current, rect),
        Face::Tree { nodes } => tree::draw(pen, nodes, rect),
        Face::Map { squares, points, probe } => map::draw(pen, squares, points, *probe, rect),
        Face::Lanes { lanes, .. } => lanes::draw(pen, lanes, rect),
        Face::Timeline { phases, span } => timeline::draw(pen, phases, *span, rect),
    }
}

/// Height at full size of what has a line for each of its parts.
fn of_lines(line: f64, count: usize) -> f64 {
    line * count.clamp(1, 200) as f64
}

/// How a face is drawn at full size into `room` CSS pixels: so many times as large as on a card, and so many points high.
pub fn full_size(face: &Face, room: (f64, f64)) -> (f64, f64) {
    let wanted = match face {
        Face::Bucket { .. } | Face::Window { .. } | Face::Queue { .. } => 1.8,
        Face::States { states, .. } if states.len() > 4 => 1.1,
        Face::Log { .. } | Face::Cells { .. } | Face::States { .. } => 1.4,
        _ => 1.25,
    };
    let zoom = f64::min(wanted, (room.0 / 230.0).max(1.0));
    let (w, h) = (room.0 / zoom, (room.1 / zoom).max(120.0));
    let height = match face {
        Face::Nothing => 0.0,
        Face::Line { .. } => h.min(220.0),
        Face::Bucket { .. } | Face::Window { .. } | Face::Queue { .. } => 34.0,
        Face::Cells { cells, used, capacity } => cells::large_height(cells, *used, *capacity, w),
        Face::Log { marks, .. } => log::large_height(marks.len().min(MARKS_MAX)),
        Face::Ring { .. } => h.min(w * 0.62).clamp(92.0, 320.0),
        Face::Bars { bars, .. } => of_lines(15.0, bars.len()),
        Face::Table { rows, .. } => of_lines(15.0, rows.len() + 1).max(30.0),
        Face::States { .. } => 46.0,
        Face::Tree { nodes } => tree::large_height(nodes),
        Face::Map { .. } => h.min(w).clamp(92.0, 360.0),
        Face::Lanes { lanes, .. } => of_lines(17.0, lanes.len()) + lanes::KEY,
        Face::Timeline { phases, .. } => timeline::large_height(phases),
    };
    (zoom, height)
}

fn line_of(pen: &mut Pen<'_>, face: &Face, is_full: bool, rect: Rect) {
    if let Face::Queue { waiting, room, busy, workers } = *face {
        queue::draw(pen, queue::Line { waiting, room, busy, workers }, is_full, rect);
    }
}

/// Most marks of a log that are named.
const MARKS_MAX: usize = 24;

/// Draws `face` at full size into `rect`; those that have more to say than on a card say it.
pub fn draw_full(pen: &mut Pen<'_>, face: &Face, rect: Rect) {
    match face {
        Face::Log { entries, acknowledged, marks, .. } => {
            let grid = log::Grid::large(entries, rect);
            log::large(pen, entries, *acknowledged, marks, grid);
            log::notes(pen, entries, &marks[..marks.len().min(MARKS_MAX)], grid);
        }
        Face::Cells { cells, used, capacity } => cells::large(pen, cells, *used, *capacity, rect),
        Face::Queue { .. } => line_of(pen, face, true, rect),
        Face::Lanes { lanes, .. } => lanes::full(pen, lanes, rect),
        _ => draw(pen, face, rect),
    }
}

/// `part / whole` as a share of 0 to 1, whatever the two are.
fn share(part: f64, whole: f64) -> f64 {
    let share = part / whole;
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}

/// True when there is room for small text at this zoom.
fn readable(pen: &Pen<'_>) -> bool {
    pen.zoom() >= Detail::FULL_FROM
}

/// The line of text under a picture: `left` and, in what room it leaves, `right`.
fn caption(pen: &mut Pen<'_>, rect: Rect, left: &str, right: &str) {
    if !readable(pen) {
        return;
    }
    let baseline = rect.bottom() - 2.5;
    let used = pen.text(left, Point::new(rect.x, baseline), rect.w, Type::SMALL, Ink::Muted, Align::Left);
    let room = rect.w - used - 8.0;
    if !right.is_empty() && pen.width(right, Type::SMALL) <= room {
        pen.text(right, Point::new(rect.right(), baseline), room, Type::SMALL, Ink::Muted, Align::Right);
    }
}

/// `1,012 of 1,500` after what `out` holds.
fn push_of(out: &mut String, part: f64, whole: f64) {
    number::push(out, part);
    out.push_str(" of ");
    number::push(out, whole);
}
