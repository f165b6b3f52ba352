//! A ring of arcs, each in the colour of its owner, with a list of owners and their shares, and a dot where the last key fell.

use super::super::geometry::{Point, Rect};
use super::super::number;
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::readable;
use catalog::Arc;
use std::f64::consts::{FRAC_PI_2, TAU};
use std::fmt::Write;

/// Thickness of the ring on a card, and the most at full size.
const THICK: f64 = 11.0;
const THICK_MAX: f64 = 26.0;
const LINE: f64 = 15.0;
const LEGEND_MAX: f64 = 170.0;
/// Arcs are kept apart by a gap while they are few.
const GAPS_MAX: usize = 24;

pub(super) fn draw(pen: &mut Pen<'_>, arcs: &[Arc], owners: &[String], probe: Option<f64>, rect: Rect) {
    let outer = (rect.h / 2.0).min(rect.w / 2.0) - 1.0;
    let center = Point::new(rect.x + outer + 1.0, rect.y + rect.h / 2.0);
    let thick = (outer * 0.2).clamp(THICK, THICK_MAX);
    let radius = outer - thick / 2.0;
    pen.begin();
    pen.circle(center, radius);
    pen.stroke(Ink::Line, 0.7, thick);
    pen.ends(false);
    let gap = if arcs.len() > GAPS_MAX { 0.0 } else { 1.2 / radius };
    for tint in 0..6u16 {
        pen.begin();
        let mut any = false;
        for arc in arcs.iter().filter(|arc| arc.owner % 6 == tint && arc.start.is_finite() && arc.length > 0.0) {
            add_arc(pen, center, radius, arc, gap);
            any = true;
        }
        if any {
            pen.stroke(Ink::tint(u64::from(tint)), 1.0, thick);
        }
    }
    pen.ends(true);
    if let Some(probe) = probe.filter(|p| p.is_finite()) {
        pen.begin();
        pen.circle(center.around(radius, probe * TAU - FRAC_PI_2), 3.6);
        pen.fill(Ink::Text, 1.0);
        pen.stroke(Ink::Panel, 1.0, 1.4);
    }
    let left = center.x + outer + 12.0;
    if readable(pen) && rect.right() - left > 40.0 {
        legend(pen, arcs, owners, Rect { x: left, w: (rect.right() - left).min(LEGEND_MAX), ..rect });
    }
}

fn add_arc(pen: &Pen<'_>, center: Point, radius: f64, arc: &Arc, gap: f64) {
    let from = arc.start * TAU - FRAC_PI_2 + gap;
    let to = from + (arc.length.min(1.0) * TAU - 2.0 * gap).max(0.004);
    pen.arc(center, radius, from, to);
}

/// What share of the ring is `owner`'s.
pub(in super::super) fn share_of(arcs: &[Arc], owner: usize) -> f64 {
    arcs.iter().filter(|arc| usize::from(arc.owner) == owner && arc.length.is_finite()).map(|arc| arc.length).sum()
}

fn legend(pen: &mut Pen<'_>, arcs: &[Arc], owners: &[String], rect: Rect) {
    let lines = (rect.h / LINE).floor().max(1.0) as usize;
    let shown = if owners.len() > lines { lines - 1 } else { owners.len() };
    let rows = if owners.len() > lines { lines } else { shown };
    let mut y = rect.y + (rect.h - rows as f64 * LINE) / 2.0;
    let mut text = pen.scratch();
    for (at, owner) in owners.iter().take(shown).enumerate() {
        pen.block(Rect::new(rect.x, y + 4.0, 7.0, 7.0), Ink::tint(at as u64), 1.0);
        text.clear();
        number::push(&mut text, (share_of(arcs, at) * 1_000.0).round() / 10.0);
        text.push('%');
        let baseline = y + 11.5;
        let used = pen.text(&text, Point::new(rect.right(), baseline), rect.w, Type::SMALL, Ink::Text, Align::Right);
        // The number of an owner tells more than the name of its box, which stands above.
        let name = owner.rsplit_once('.').map_or(owner.as_str(), |(_, number)| number);
        let room = rect.w - 12.0 - used - 6.0;
        let whole = pen.width(owner, Type::SMALL) <= room;
        pen.text(
            if whole { owner } else { name },
            Point::new(rect.x + 12.0, baseline),
            room,
            Type::SMALL,
            Ink::Muted,
            Align::Left,
        );
        y += LINE;
    }
    if owners.len() > shown {
        text.clear();
        let _ = write!(text, "and {} more", owners.len() - shown);
        pen.text(&text, Point::new(rect.x + 12.0, y + 11.5), rect.w - 12.0, Type::SMALL, Ink::Muted, Align::Left);
    }
    pen.give_back(text);
}
