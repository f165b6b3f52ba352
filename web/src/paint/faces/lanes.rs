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
        pen.fill(if tint == 0 { Ink::Text } else { Ink::tint(tint as u64) }, 1.0);
    }
}

fn words(pen: &mut Pen<'_>, lanes: &[Lane], names: f64, values: f64, rect: Rect) {
    let mut written = pen.scratch();
    for (at, lane) in lanes.iter().enumerate() {
        let baseline = rect.y + at as f64 * LINE + 9.5;
        pen.text(&lane.label, Point::new(rect.x, baseline), names, Type::SMALL, Ink::Muted, Align::Left);
        written.clear();
        match behind(lane) {
            None => number::push(&mut written, lane.to as f64),
            Some(0) => written.push_str("up to date"),
            Some(behind) => {
                number::push(&mut written, behind as f64);
                written.push_str(" behind");
            }
        }
        let right = Point::new(rect.right(), baseline);
        pen.text(&written, right, values, Type::SMALL, Ink::Text, Align::Right);
    }
    pen.give_back(written);
}

/// How far the last of those who stand on a lane is from its end; nothing when nobody stands there.
pub(in super::super) fn behind(lane: &Lane) -> Option<u64> {
    lane.marks.iter().map(|mark| lane.to.saturating_sub(mark.index)).max()
}
