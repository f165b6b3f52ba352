//! Named bars with their values.

use super::super::geometry::{Point, Rect};
use super::super::number;
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::{readable, share};
use catalog::Bar;
use std::fmt::Write;

const LINE: f64 = 15.0;
const BAR: f64 = 7.0;

pub(super) fn draw(pen: &mut Pen<'_>, bars: &[Bar], unit: &str, rect: Rect) {
    let lines = (rect.h / LINE).round().max(1.0) as usize;
    let shown = if bars.len() > lines { lines.saturating_sub(1) } else { bars.len() };
    let bars_shown = &bars[..shown];
    let text = readable(pen);
    // Columns for names and values are as wide as the card is, not as what is in them, so that bars do not move.
    let (names, values) = if text { ((rect.w * 0.3).round(), (rect.w * 0.24).round()) } else { (0.0, 0.0) };
    let track = Rect::new(rect.x + names + 4.0, 0.0, rect.w - names - values - 8.0, BAR);
    let place = |at: usize| Rect { y: rect.y + at as f64 * LINE + (LINE - BAR) / 2.0, ..track };
    pen.begin();
    (0..shown).for_each(|at| pen.round(place(at), BAR / 2.0));
    pen.fill(Ink::Line, 0.6);
    pen.begin();
    for (at, bar) in bars_shown.iter().enumerate() {
        let w = track.w * share(bar.value, bar.full);
        if w > 0.0 {
            pen.round(Rect { w: w.max(2.0), ..place(at) }, BAR / 2.0);
        }
    }
    pen.fill(Ink::Read, 0.9);
    if !text {
        return;
    }
    let mut written = pen.scratch();
    for (at, bar) in bars_shown.iter().enumerate() {
        let baseline = rect.y + at as f64 * LINE + 11.5;
        written.clear();
        number::push(&mut written, bar.value);
        if number::touches(unit) {
            written.push_str(unit);
        }
        let label = if pen.width(&bar.label, Type::SMALL) <= names { &bar.label } else { number_of(&bar.label) };
        pen.text(label, Point::new(rect.x, baseline), names, Type::SMALL, Ink::Muted, Align::Left);
        pen.text(&written, Point::new(rect.right(), baseline), values, Type::SMALL, Ink::Text, Align::Right);
    }
    if bars.len() > shown {
        written.clear();
        let _ = write!(written, "and {} more", bars.len() - shown);
        let at = Point::new(rect.x, rect.y + shown as f64 * LINE + 11.5);
        pen.text(&written, at, rect.w, Type::SMALL, Ink::Muted, Align::Left);
    }
    pen.give_back(written);
}

/// The number at the end of a name, which tells more than its beginning where there is no room for all of it: four bars that are
/// called `shar…` are called alike.
fn number_of(label: &str) -> &str {
    let (_, number) = label.rsplit_once(['.', '-', ' ']).unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { number } else { label }
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn without_room_a_name_is_known_by_its_number() {
        let said = ["shard-12", "posts.0", "App 3", "follower", "a-b", "", "-"].map(number_of);
        assert_eq!(said, ["12", "0", "3", "follower", "a-b", "", "-"]);
    }
}
