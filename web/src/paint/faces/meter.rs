//! Bars that fill and empty: a bucket of tokens, a window of time.

use super::super::geometry::{Point, Rect};
use super::super::number;
use super::super::pen::Pen;
use super::super::theme::Ink;
use super::{caption, push_of, share};

const BAR: f64 = 12.0;

/// An empty bar with `part` of it filled.
fn bar(pen: &mut Pen<'_>, rect: Rect, part: f64, ink: Ink) {
    let radius = rect.h / 2.0;
    pen.begin();
    pen.round(rect, radius);
    pen.fill(Ink::Bg, 1.0);
    pen.stroke(Ink::Line, 1.0, pen.px(1.0));
    if part > 0.0 {
        let inner = rect.grown(-1.0);
        pen.begin();
        // Never narrower than its round ends, so that a little is seen as a little and not as a speck.
        pen.round(Rect { w: (inner.w * part).max(inner.h.min(inner.w)), ..inner }, radius - 1.0);
        pen.fill(ink, 0.8);
    }
}

pub(super) fn bucket(pen: &mut Pen<'_>, level: f64, capacity: f64, unit: &str, rect: Rect) {
    let part = share(level, capacity);
    let ink = match part {
        _ if level < 1.0 => Ink::Bad,
        p if p < 0.25 => Ink::Slow,
        _ => Ink::Ok,
    };
    bar(pen, Rect { y: rect.y + 1.0, h: BAR, ..rect }, part, ink);
    let mut text = pen.scratch();
    push_of(&mut text, level.floor(), capacity);
    text.push(' ');
    text.push_str(unit);
    caption(pen, rect, &text, if level < 1.0 { "empty" } else { "" });
    pen.give_back(text);
}

pub(super) fn window(pen: &mut Pen<'_>, count: f64, limit: f64, elapsed: f64, rect: Rect) {
    let part = share(count, limit);
    let ink = match part {
        p if p >= 1.0 => Ink::Bad,
        p if p > 0.75 => Ink::Slow,
        _ => Ink::Ok,
    };
    bar(pen, Rect { y: rect.y, h: BAR - 1.0, ..rect }, part, ink);
    let y = rect.y + BAR + 2.5;
    let passed = share(elapsed, 1.0);
    pen.begin();
    pen.line(Point::new(rect.x + 2.0, y), Point::new(rect.right() - 2.0, y));
    pen.stroke(Ink::Line, 1.0, 2.0);
    pen.begin();
    pen.line(Point::new(rect.x + 2.0, y), Point::new(rect.x + 2.0 + (rect.w - 4.0) * passed, y));
    pen.stroke(Ink::Muted, 1.0, 2.0);
    let mut text = pen.scratch();
    push_of(&mut text, count, limit);
    let used = text.len();
    number::push(&mut text, (passed * 100.0).floor());
    text.push_str("% of window");
    let (left, right) = text.split_at(used);
    caption(pen, rect, left, right);
    pen.give_back(text);
}
