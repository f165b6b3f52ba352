//! Lanes side by side on one scale: what each still holds, who stands where on it, and how far the last of them is behind.

use super::super::geometry::{Point, Rect};
use super::super::number;
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::{readable, share};
use catalog::Lane;
use std::fmt::Write;

const LINE: f64 = 17.0;
const BAR: f64 = 7.0;
/// Height of the line that says who the marks are.
pub(super) const KEY: f64 = 20.0;

pub(super) fn draw(pen: &mut Pen<'_>, lanes: &[Lane], rect: Rect) {
    let lines = (rect.h / LINE).round().max(1.0) as usize;
    let shown = if lanes.len() > lines { lines.saturating_sub(1) } else { lanes.len() };
    let lanes_shown = &lanes[..shown];
    let text = readable(pen);
    let (names, values) = if text { ((rect.w * 0.26).min(110.0), (rect.w * 0.3).min(92.0)) } else { (0.0, 0.0) };
    let track = Rect::new(rect.x + names + 6.0, 0.0, (rect.w - names - values - 12.0).max(1.0), BAR);
    // All on one scale: what one lane is ahead of another is seen.
    let first = lanes.iter().map(|lane| lane.from.min(lane.to)).min().unwrap_or(0);
    let last = lanes.iter().map(|lane| lane.to.max(lane.from)).max().unwrap_or(0);
    let x = |index: u64| {
        track.x + track.w * share(index.saturating_sub(first) as f64, last.saturating_sub(first).max(1) as f64)
    };
    let top = |at: usize| rect.y + at as f64 * LINE + 2.0;
    pen.begin();
    (0..shown).for_each(|at| pen.round(Rect { y: top(at), ..track }, BAR / 2.0));
    pen.fill(Ink::Line, 0.5);
    pen.begin();
    for (at, lane) in lanes_shown.iter().enumerate().filter(|(_, lane)| lane.to > lane.from) {
        let (left, right) = (x(lane.from), x(lane.to));
        pen.round(Rect { x: left, y: top(at), w: (right - left).max(2.0), ..track }, BAR / 2.0);
    }
    pen.fill(Ink::Read, 0.8);
    marks(pen, lanes_shown, &x, &top);
    if text {
        words(pen, lanes_shown, names, values, rect);
        if lanes.len() > shown {
            let mut more = pen.scratch();
            let _ = write!(more, "and {} more", lanes.len() - shown);
            let at = Point::new(rect.x, rect.y + shown as f64 * LINE + 11.0);
            pen.text(&more, at, rect.w, Type::SMALL, Ink::Muted, Align::Left);
            pen.give_back(more);
        }
    }
}

/// At full size: with a line below that says who the marks are.
pub(super) fn full(pen: &mut Pen<'_>, lanes: &[Lane], rect: Rect) {
    draw(pen, lanes, Rect { h: rect.h - KEY, ..rect });
    // Whoever stands on one lane mostly stands on all.
    let Some(marked) = lanes.iter().max_by_key(|lane| lane.marks.len()) else { return };
    let (mut x, baseline) = (rect.x, rect.bottom() - 4.0);
    for (which, mark) in marked.marks.iter().enumerate() {
        let room = rect.right() - x - 12.0;
        if room < 20.0 {
            return;
        }
        let tip = Point::new(x + 4.0, baseline - 7.5);
        pen.begin();
        pen.outline(&[tip, tip.moved(3.6, 5.6), tip.moved(-3.6, 5.6)]);
        pen.fill(ink_of(which), 1.0);
        let at = Point::new(x + 12.0, baseline);
        x += 26.0 + pen.text(&mark.label, at, room, Type::SMALL, Ink::Muted, Align::Left);
    }
}

/// The colour of those who stand on a lane, by their place in its list.
fn ink_of(which: usize) -> Ink {
    if which.is_multiple_of(6) { Ink::Text } else { Ink::tint(which as u64) }
}

/// A line through the bar and an arrow below it where somebody stands; the first on a lane filled, the others in other tints.
fn marks(pen: &mut Pen<'_>, lanes: &[Lane], x: &impl Fn(u64) -> f64, top: &impl Fn(usize) -> f64) {
    for tint in 0..6 {
        let mine = || {
            let each =
                lanes.iter().enumerate().flat_map(|(at, lane)| lane.marks.iter().enumerate().map(move |it| (at, it)));
            each.filter(|(_, (which, _))| which % 6 == tint).map(|(at, (_, mark))| Point::new(x(mark.index), top(at)))
        };
        if mine().next().is_none() {
            continue;
        }
        pen.begin();
        mine().for_each(|at| pen.line(at.moved(0.0, -1.0), at.moved(0.0, BAR + 1.0)));
        pen.stroke(Ink::Text, 1.0, 1.4);
        pen.begin();
        mine().for_each(|at| {
            let tip = at.moved(0.0, BAR + 1.0);
            pen.outline(&[tip, tip.moved(3.2, 4.8), tip.moved(-3.2, 4.8)]);
        });
        pen.fill(ink_of(tint), 1.0);
    }
}

fn words(pen: &mut Pen<'_>, lanes: &[Lane], names: f64, values: f64, rect: Rect) {
    let mut written = pen.scratch();
    for (at, lane) in lanes.iter().enumerate() {
        let baseline = rect.y + at as f64 * LINE + 9.5;
        let is_whole = pen.width(&lane.label, Type::SMALL) <= names;
        let name = if is_whole { &lane.label } else { number_of(&lane.label) };
        pen.text(name, Point::new(rect.x, baseline), names, Type::SMALL, Ink::Muted, Align::Left);
        written.clear();
        match behind(lane) {
            None => number::push(&mut written, lane.to as f64),
            Some(0) => written.push_str(if values > 60.0 { "up to date" } else { "0" }),
            Some(behind) => {
                number::push(&mut written, behind as f64);
                written.push_str(" behind");
                if pen.width(&written, Type::SMALL) > values {
                    written.truncate(written.len() - " behind".len());
                    written.insert(0, '−');
                }
            }
        }
        let right = Point::new(rect.right(), baseline);
        pen.text(&written, right, values, Type::SMALL, Ink::Text, Align::Right);
    }
    pen.give_back(written);
}

/// What tells lanes of one kind apart: what follows the last space or point.
fn number_of(label: &str) -> &str {
    label.rsplit([' ', '.']).next().unwrap_or(label)
}

/// How far the last of those who stand on a lane is from its end; nothing when nobody stands there.
pub(in super::super) fn behind(lane: &Lane) -> Option<u64> {
    lane.marks.iter().map(|mark| lane.to.saturating_sub(mark.index)).max()
}
