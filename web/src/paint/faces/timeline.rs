//! What followed what: a line for each lane, the present at the right, and on it the phases. How one went is said by a sign and
//! by how it is filled, not by its colour alone.
//!
//! ```text
//! orders   [✓ reserve][✓ pay ]
//! stock            [✕ hold  ]
//! refund                  [← pay]...
//! ```

use super::super::geometry::{Point, Rect};
use super::super::marks::add_cross;
use super::super::number;
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::{caption, readable};
use catalog::{Mood, Phase};

const LINE: f64 = 16.0;
const BAR: f64 = 12.0;
const CAPTION: f64 = 15.0;
const SIGN: f64 = 11.0;
const SET: Type = Type::SMALL.sized(9.5);
/// Most phases drawn, the newest.
const PHASES_MAX: usize = 600;

pub(super) fn draw(pen: &mut Pen<'_>, phases: &[Phase], span: f64, rect: Rect) {
    let phases = &phases[phases.len().saturating_sub(PHASES_MAX)..];
    let lines = ((rect.h - CAPTION) / LINE + 1e-9).floor().max(1.0) as usize;
    let lanes = lanes(phases);
    let text = readable(pen);
    let names = if text { (rect.w * 0.26).min(110.0) } else { 0.0 };
    let track = Rect::new(rect.x + names + if text { 6.0 } else { 0.0 }, rect.y, 0.0, LINE);
    let track = Rect { w: (rect.right() - track.x).max(1.0), ..track };
    let top = |lane: usize| rect.y + lane as f64 * LINE;
    pen.begin();
    for lane in 0..lanes.len().clamp(1, lines) {
        let y = top(lane) + BAR / 2.0;
        pen.line(Point::new(track.x, y), Point::new(track.right(), y));
    }
    pen.stroke(Ink::Line, 1.0, pen.px(1.0));
    // The newest lanes are of interest when not all fit.
    let first = lanes.len().saturating_sub(lines);
    for phase in phases {
        let Some(lane) = lanes.iter().position(|lane| *lane == phase.lane).and_then(|lane| lane.checked_sub(first))
        else {
            continue;
        };
        if let Some((from, to)) = part(phase, span) {
            let w = ((to - from) * track.w).max(3.0);
            let x = (track.x + from * track.w).min(track.right() - w);
            self::phase(pen, phase, Rect::new(x, top(lane), w, BAR));
        }
    }
    if !text {
        return;
    }
    for (line, lane) in lanes[first..].iter().enumerate() {
        let at = Point::new(rect.x, top(line) + BAR - 2.5);
        pen.text(lane, at, names, Type::SMALL, Ink::Muted, Align::Left);
    }
    let mut words = pen.scratch();
    words.push_str("last ");
    words.push_str(&number::with_unit(span, "ms"));
    if first > 0 {
        words.push_str(" · ");
        number::push(&mut words, first as f64);
        words.push_str(" older");
    }
    caption(pen, rect, &words, "now");
    pen.give_back(words);
}

/// How high it is with all of its lanes.
pub(super) fn large_height(phases: &[Phase]) -> f64 {
    let phases = &phases[phases.len().saturating_sub(PHASES_MAX)..];
    LINE * lanes(phases).len().clamp(1, 200) as f64 + CAPTION
}

/// The lanes in the order in which they appear.
fn lanes(phases: &[Phase]) -> Vec<&str> {
    let mut lanes: Vec<&str> = Vec::new();
    for phase in phases {
        if !lanes.contains(&phase.lane.as_str()) {
            lanes.push(&phase.lane);
        }
    }
    lanes
}

/// From where to where of the whole width a phase goes; nothing when it lies before all that is shown.
fn part(phase: &Phase, span: f64) -> Option<(f64, f64)> {
    if span.is_nan() || span <= 0.0 || phase.began.is_nan() || phase.ended.is_nan() {
        return None;
    }
    let at = |before: f64| (1.0 - (before / span).max(0.0)).clamp(0.0, 1.0);
    let (from, to) = (at(phase.began), at(phase.ended));
    let is_seen = phase.ended < span && from.is_finite() && to.is_finite();
    is_seen.then_some((from.min(to), to))
}

fn phase(pen: &mut Pen<'_>, phase: &Phase, rect: Rect) {
    let (ink, alpha) = match phase.mood {
        Mood::Open => (Ink::Read, 0.16),
        Mood::Done => (Ink::Ok, 0.3),
        Mood::Failed => (Ink::Bad, 0.36),
        Mood::Undone => (Ink::Slow, 0.1),
    };
    pen.begin();
    pen.round(rect.grown(-0.5), 3.0);
    pen.fill(Ink::Panel, 1.0);
    pen.fill(ink, alpha);
    pen.stroke(ink, 1.0, if phase.mood == Mood::Open { 1.5 } else { 1.0 });
    if rect.w < SIGN {
        return;
    }
    sign(pen, phase.mood, Point::new(rect.x + SIGN / 2.0 + 0.5, rect.y + rect.h / 2.0), ink);
    let room = rect.w - SIGN - 3.0;
    if readable(pen) && room > 12.0 {
        let at = Point::new(rect.x + SIGN + 1.0, rect.y + rect.h / 2.0 + SET.size * 0.35);
        pen.text(&phase.label, at, room, SET, Ink::Text, Align::Left);
    }
}

/// A tick, a cross, an arrow back, three dots.
fn sign(pen: &mut Pen<'_>, mood: Mood, at: Point, ink: Ink) {
    pen.begin();
    match mood {
        Mood::Done => {
            pen.line(at.moved(-2.8, 0.2), at.moved(-0.8, 2.3));
            pen.line(at.moved(-0.8, 2.3), at.moved(2.8, -2.3));
        }
        Mood::Failed => add_cross(pen, at, 2.3),
        Mood::Undone => {
            pen.line(at.moved(-2.8, 0.0), at.moved(2.8, 0.0));
            pen.line(at.moved(-2.8, 0.0), at.moved(-0.6, -2.2));
            pen.line(at.moved(-2.8, 0.0), at.moved(-0.6, 2.2));
        }
        Mood::Open => {
            [-2.8, 0.0, 2.8].into_iter().for_each(|dx| pen.circle(at.moved(dx, 0.0), 0.9));
            pen.fill(ink, 1.0);
            return;
        }
    }
    pen.stroke(ink, 1.0, 1.5);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(began: f64, ended: f64) -> Phase {
        Phase { lane: String::new(), label: String::new(), began, ended, mood: Mood::Done }
    }

    #[test]
    fn a_phase_lies_where_it_happened() {
        assert_eq!(part(&at(100.0, 50.0), 100.0), Some((0.0, 0.5)));
        assert_eq!(part(&at(50.0, 0.0), 100.0), Some((0.5, 1.0)));
        assert_eq!(part(&at(900.0, 25.0), 100.0), Some((0.0, 0.75)), "begun before what is shown");
        assert_eq!(part(&at(900.0, 500.0), 100.0), None, "over before what is shown");
    }

    #[test]
    fn nonsense_stays_within_the_lines_or_is_left_out() {
        let values = [0.0, -5.0, 7.0, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        for (began, ended, span) in
            values.iter().flat_map(|&a| values.iter().flat_map(move |&b| values.map(|c| (a, b, c))))
        {
            if let Some((from, to)) = part(&at(began, ended), span) {
                assert!(0.0 <= from && from <= to && to <= 1.0, "{began} {ended} {span}: {from} to {to}");
            }
        }
    }
}
