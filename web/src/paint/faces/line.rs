//! Recent values of one reading, the newest at the right.
//!
//! The newest value keeps its place at the right edge and the step between values is fixed, so that the line grows to the left
//! instead of stretching; the top of the scale is a round number, so that it seldom changes, and it is written down.

use super::super::geometry::{Point, Rect};
use super::super::number;
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::readable;

/// Values across the whole width when there are fewer.
const SLOTS_MIN: usize = 30;
/// Most values drawn.
const SLOTS_MAX: usize = 120;

pub(super) fn draw(pen: &mut Pen<'_>, values: &[f64], unit: &str, rect: Rect) {
    let values = &values[values.len().saturating_sub(SLOTS_MAX)..];
    let top = round_up(values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max));
    let step = rect.w / (values.len().max(SLOTS_MIN) - 1) as f64;
    let plot = Rect::new(rect.x, rect.y + 3.0, rect.w, rect.h - 5.0);
    let place = |at: usize, value: f64| {
        let share = if value.is_finite() { super::share(value, top) } else { 0.0 };
        Point::new(plot.right() - (values.len() - 1 - at) as f64 * step, plot.bottom() - share * plot.h)
    };
    pen.begin();
    pen.line(Point::new(rect.x, plot.bottom()), Point::new(rect.right(), plot.bottom()));
    pen.stroke(Ink::Line, 1.0, pen.px(1.0));
    let (Some(_), Some(&newest)) = (values.first(), values.last()) else { return };
    pen.begin();
    trace(pen, values, &place);
    let first = place(0, values[0]);
    pen.on(Point::new(plot.right(), plot.bottom()));
    pen.on(Point::new(first.x, plot.bottom()));
    pen.fill(Ink::Read, 0.14);
    pen.begin();
    trace(pen, values, &place);
    pen.stroke(Ink::Read, 1.0, 1.6);
    pen.begin();
    pen.circle(place(values.len() - 1, newest), 2.4);
    pen.fill(Ink::Read, 1.0);
    if readable(pen) && top > 0.0 {
        scale(pen, top, unit, rect);
    }
}

fn trace(pen: &Pen<'_>, values: &[f64], place: &impl Fn(usize, f64) -> Point) {
    for (at, &value) in values.iter().enumerate() {
        let p = place(at, value);
        if at == 0 { pen.go(p) } else { pen.on(p) }
    }
}

/// Writes the top of the scale where it belongs, and a faint line across it.
fn scale(pen: &mut Pen<'_>, top: f64, unit: &str, rect: Rect) {
    let mut text = pen.scratch();
    let reading = number::reading(top, unit);
    text.push_str(&reading.value);
    if !number::touches(&reading.unit) {
        text.push(' ');
    }
    text.push_str(&reading.unit);
    let set = pen.legible(Type::SMALL.sized(9.5));
    // A line that runs near the top would strike it out.
    let width = pen.width(&text, set).min(rect.w * 0.5);
    pen.block(Rect::new(rect.x, rect.y + 8.5 - set.size * 0.8, width + 1.5, set.size), Ink::Panel, 0.85);
    pen.text(&text, Point::new(rect.x, rect.y + 8.0), rect.w * 0.5, set, Ink::Muted, Align::Left);
    pen.give_back(text);
}

/// The next of 1, 2, 5, 10, 20, 50 and so on at or above `value`.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    let power = 10f64.powi(value.log10().floor() as i32);
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|&top| top >= value * 0.999_999).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn the_top_of_a_scale_is_round_and_above() {
        for (value, top) in [(0.0, 0.0), (f64::NAN, 0.0), (1.0, 1.0), (1.1, 2.0), (0.03, 0.05), (6_000.0, 10_000.0)] {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}");
        }
    }
}
