//! A map: its squares, darker the more points they hold, the points, and a cross where something was looked for last.

use super::super::geometry::{Point, Rect};
use super::super::number;
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::{readable, share};
use catalog::Square;

/// Most squares and points drawn.
const SQUARES_MAX: usize = 4_000;
const POINTS_MAX: usize = 4_000;
/// Fullness comes in this many steps, so that each step is one path.
const STEPS: usize = 5;

pub(super) fn draw(
    pen: &mut Pen<'_>,
    squares: &[Square],
    points: &[(f64, f64)],
    probe: Option<(f64, f64)>,
    rect: Rect,
) {
    let side = rect.w.min(rect.h);
    let area = Rect::new(rect.x, rect.y, side, side);
    pen.begin();
    pen.rect(area);
    pen.fill(Ink::Bg, 1.0);
    pen.stroke(Ink::Line, 1.0, pen.px(1.0));
    let fullest = squares.iter().map(|square| square.count).max().unwrap_or(0);
    let step_of = |square: &Square| (share(f64::from(square.count), f64::from(fullest)) * STEPS as f64).ceil() as usize;
    let placed = || squares.iter().take(SQUARES_MAX).filter_map(|square| Some((square, place(square, area)?)));
    for step in 0..=STEPS {
        pen.begin();
        placed().filter(|(square, _)| step_of(square) == step).for_each(|(_, at)| pen.rect(at));
        if step > 0 {
            pen.fill(Ink::Read, 0.07 + 0.33 * step as f64 / STEPS as f64);
        }
        pen.stroke(Ink::Muted, 0.55, pen.px(1.0));
    }
    let dot = (side / 90.0).clamp(1.1, 2.2);
    pen.begin();
    points.iter().take(POINTS_MAX).filter_map(|&at| spot(at, area)).for_each(|at| pen.circle(at, dot));
    pen.fill(Ink::Text, 0.8);
    if let Some(at) = probe.and_then(|at| spot(at, area)) {
        cross(pen, at, area);
    }
    if readable(pen) && rect.w - side >= 40.0 {
        legend(
            pen,
            points.len(),
            squares.len(),
            probe.is_some(),
            Rect::new(area.right() + 10.0, rect.y, rect.w - side - 10.0, side),
        );
    }
}

/// The part of a square that lies on the map; nothing of one that lies nowhere.
fn place(square: &Square, area: Rect) -> Option<Rect> {
    let Square { x, y, side, .. } = *square;
    if !(x.is_finite() && y.is_finite() && side > 0.0) {
        return None;
    }
    let (left, top) = (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
    let (w, h) = ((x + side).clamp(left, 1.0) - left, (y + side).clamp(top, 1.0) - top);
    (w > 0.0 && h > 0.0).then(|| Rect::new(area.x + left * area.w, area.y + top * area.h, w * area.w, h * area.h))
}

/// Where a point lies; none for what lies outside.
fn spot((x, y): (f64, f64), area: Rect) -> Option<Point> {
    let is_in = (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
    is_in.then(|| Point::new(area.x + x * area.w, area.y + y * area.h))
}

/// Hair lines across the map and a ring where they meet.
fn cross(pen: &mut Pen<'_>, at: Point, area: Rect) {
    pen.begin();
    pen.line(Point::new(area.x, at.y), Point::new(area.right(), at.y));
    pen.line(Point::new(at.x, area.y), Point::new(at.x, area.bottom()));
    pen.stroke(Ink::Accent, 0.55, pen.px(1.0));
    pen.begin();
    pen.circle(at, 4.2);
    pen.stroke(Ink::Bg, 1.0, 3.4);
    pen.stroke(Ink::Accent, 1.0, 1.8);
}

fn legend(pen: &mut Pen<'_>, points: usize, squares: usize, is_probed: bool, rect: Rect) {
    let mut text = pen.scratch();
    let lines = [(points, "points", "point"), (squares, "squares", "square")];
    let mut baseline = rect.y + 12.0;
    for (count, many, one) in lines {
        text.clear();
        number::push(&mut text, count as f64);
        pen.text(&text, Point::new(rect.x, baseline), rect.w, Type::VALUE, Ink::Text, Align::Left);
        let name = if count == 1 { one } else { many };
        pen.text(name, Point::new(rect.x, baseline + 13.0), rect.w, Type::SMALL, Ink::Muted, Align::Left);
        baseline += 32.0;
    }
    if is_probed && baseline < rect.bottom() {
        pen.begin();
        pen.circle(Point::new(rect.x + 4.0, baseline - 4.0), 3.2);
        pen.stroke(Ink::Accent, 1.0, 1.6);
        pen.text("asked", Point::new(rect.x + 12.0, baseline), rect.w - 12.0, Type::SMALL, Ink::Muted, Align::Left);
    }
    pen.give_back(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_outside_of_the_map() {
        let area = Rect::new(5.0, 5.0, 100.0, 100.0);
        let values = [-1.0, 0.0, 0.4, 1.0, 3.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300];
        for (x, y, side) in
            values.iter().flat_map(|&x| values.iter().flat_map(move |&y| values.map(|side| (x, y, side))))
        {
            if let Some(at) = place(&Square { x, y, side, count: 1 }, area) {
                let inside = area.grown(1e-6);
                assert!(
                    inside.contains(Point::new(at.x, at.y)) && inside.contains(Point::new(at.right(), at.bottom()))
                );
            }
            assert!(spot((x, y), area).is_none_or(|at| area.contains(at)));
        }
    }
}
