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
        Face::Queue { waiting, room, busy, workers } => queue::draw(pen, *waiting, *room, *busy, *workers, rect),
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
