//! A state diagram: its states in a row, arrows between them, and the one that holds now lit and written strong.
//!
//! ```text
//! (follower) → (candidate) → [LEADER]      with room for every name
//!      ╰────────────←───────────╯
//! ○ → ○ → ●  leader                        without
//! ```

use super::super::geometry::{Curve, Point, Rect};
use super::super::marks::add_arrow;
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::readable;
use std::f64::consts::{FRAC_PI_2, PI};

const PILL: f64 = 18.0;
const GAP: f64 = 13.0;
const DOT: f64 = 11.0;
/// From this height on there is a line for the name below.
const CAPTIONED: f64 = 44.0;
/// How far the bow below the row reaches.
const BOW: f64 = 11.0;
const SET: Type = Type::SMALL.sized(10.0);
/// Most states drawn.
const STATES_MAX: usize = 16;
/// Most arrows drawn.
const ARROWS_MAX: usize = 48;

pub(super) fn draw(pen: &mut Pen<'_>, states: &[String], arrows: &[(u16, u16)], current: u16, rect: Rect) {
    let shown = &states[..states.len().min(STATES_MAX)];
    if shown.is_empty() {
        return;
    }
    let current = usize::from(current);
    let set = |at: usize| if at == current { Type::VALUE.sized(SET.size) } else { SET };
    let gaps = GAP * (shown.len() - 1) as f64;
    let mut widths: Vec<f64> = shown
        .iter()
        // As wide as when it is lit, so that a change of state moves nothing.
        .map(|name| pen.width(name, Type::VALUE.sized(SET.size)) + 10.0)
        .collect();
    let wanted = widths.iter().sum::<f64>() + gaps;
    let named = readable(pen) && wanted <= rect.w;
    // What is left over goes between them, up to where arrows become long.
    let mut gap = GAP;
    if named {
        gap += ((rect.w - wanted) / (shown.len().max(2) - 1) as f64).min(GAP * 2.0);
    } else {
        widths.fill(DOT);
        gap = ((rect.w - DOT * shown.len() as f64) / shown.len() as f64).clamp(2.0, 8.0);
    }
    let pills = row(&widths, gap, Rect { h: if named { PILL } else { DOT }, y: rect.y + 1.0, ..rect });
    ways(pen, &pills, arrows, current);
    for (at, pill) in pills.iter().enumerate() {
        let is_now = at == current;
        pen.begin();
        pen.round(*pill, pill.h / 2.0);
        pen.fill(
            if is_now { Ink::Accent } else { Ink::Bg },
            if is_now && !named { 1.0 } else { 1.0 - 0.8 * f64::from(u8::from(is_now)) },
        );
        pen.stroke(
            if is_now { Ink::Accent } else { Ink::Muted },
            if is_now { 1.0 } else { 0.45 },
            if is_now { 1.6 } else { 1.0 },
        );
        if named {
            let ink = if is_now { Ink::Text } else { Ink::Muted };
            pen.text(&shown[at], pill.center().moved(0.0, SET.size * 0.36), pill.w, set(at), ink, Align::Center);
        }
    }
    if let (false, true, Some(name)) = (named, readable(pen), states.get(current)) {
        let end = pills.last().map_or(rect.x, Rect::right) + 7.0;
        let (at, room) = if rect.h >= CAPTIONED {
            (Point::new(rect.x, rect.bottom() - 3.0), rect.w)
        } else {
            (Point::new(end, rect.y + DOT - 0.5), rect.right() - end)
        };
        pen.text(name, at, room, Type::VALUE, Ink::Text, Align::Left);
    }
}

/// Where each state stands.
fn row(widths: &[f64], gap: f64, rect: Rect) -> Vec<Rect> {
    let mut left = rect.x + 1.0;
    widths
        .iter()
        .map(|&w| {
            let pill = Rect { x: left, w, ..rect };
            left += w + gap;
            pill
        })
        .collect()
}

/// Arrows: straight to a neighbour on the right, in a bow below to anybody else. Those that leave what holds now stand out.
fn ways(pen: &mut Pen<'_>, pills: &[Rect], arrows: &[(u16, u16)], current: usize) {
    for leaving in [false, true] {
        let mine = || {
            let ends = arrows.iter().take(ARROWS_MAX).map(|&(from, to)| (usize::from(from), usize::from(to)));
            ends.filter(|&(from, to)| from != to && (from == current) == leaving)
        };
        let each = || mine().filter_map(|(from, to)| Some((from, to, *pills.get(from)?, *pills.get(to)?)));
        let ink = if leaving { Ink::Text } else { Ink::Faint };
        pen.begin();
        for (from, to, a, b) in each() {
            if to == from + 1 {
                let y = a.center().y;
                pen.line(Point::new(a.right() + 1.0, y), Point::new(b.x - 2.0, y));
            } else {
                pen.curve(&bow(&a, &b));
            }
        }
        pen.stroke(ink, 0.8, 1.0);
        pen.begin();
        for (from, to, _, b) in each() {
            if to == from + 1 {
                add_arrow(pen, Point::new(b.x - 0.5, b.center().y), 0.0, 4.2);
            } else {
                add_arrow(pen, bow(&pills[from], &b).3, -FRAC_PI_2, 4.2);
            }
        }
        pen.fill(ink, 0.8);
    }
}

/// From under `a` to under `b`; starts lean away from ends, so that there and back do not lie on each other.
fn bow(a: &Rect, b: &Rect) -> Curve {
    let lean = a.w.min(b.w) * 0.22 * if a.x < b.x { 1.0 } else { -1.0 };
    let from = Point::new(a.center().x + lean, a.bottom());
    let to = Point::new(b.center().x + lean * 0.4, b.bottom() + 0.5);
    let deep = BOW * (2.0 / PI) * 2.0;
    Curve(from, from.moved(0.0, deep), to.moved(0.0, deep), to)
}
