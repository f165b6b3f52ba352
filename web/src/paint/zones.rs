//! Zones: tinted floors with a name, under everything else; their corners while one is selected; and who lies elsewhere than its box.

use super::cards;
use super::geometry::{Point, Rect};
use super::hit::Hit;
use super::layout::BoxLayout;
use super::marks::{self, Chip};
use super::painter::{Detail, View};
use super::pen::{Align, Pen};
use super::text::Type;
use super::theme::Ink;
use super::wires::Dashes;
use scenario::{Placed, Scenario};
use session::{Health, ZoneFrame};

/// Height of the head, by which a zone is taken.
const HEAD: f64 = 28.0;
const CORNER: f64 = 16.0;
/// Room that is left around boxes when a zone is drawn around them.
const MARGIN: f64 = 26.0;
/// How much of the tint is seen.
const FLOOR: f64 = 0.07;
const EDGE: f64 = 0.5;

/// The strip with the name.
#[must_use]
pub fn head(rect: &Rect) -> Rect {
    Rect { h: HEAD.min(rect.h), ..*rect }
}

/// Clockwise from the upper left.
#[must_use]
pub fn corners(rect: &Rect) -> [Point; 4] {
    let (right, bottom) = (rect.right(), rect.bottom());
    [Point::new(rect.x, rect.y), Point::new(right, rect.y), Point::new(right, bottom), Point::new(rect.x, bottom)]
}

/// Left, top, width and height of a zone around all of `rect`, with room for its head.
#[must_use]
pub fn around(rect: Rect) -> [i32; 4] {
    let snapped = |n: f64| (n / 10.0).round() as i32 * 10;
    let (least, most) = (Scenario::ZONE_SIZE_MIN, Scenario::ZONE_SIZE_MAX);
    let size = |n: f64| snapped(n).clamp(least, most);
    [
        snapped(rect.x - MARGIN),
        snapped(rect.y - MARGIN - HEAD / 2.0),
        size(rect.w + 2.0 * MARGIN),
        size(rect.h + 2.0 * MARGIN + HEAD / 2.0),
    ]
}

/// Only the floors, for a small picture.
pub fn floors(pen: &mut Pen<'_>, zones: &[Rect]) {
    for (at, rect) in zones.iter().enumerate() {
        floor(pen, *rect, Ink::tint(at as u64));
    }
}

fn floor(pen: &mut Pen<'_>, rect: Rect, tint: Ink) {
    pen.begin();
    pen.round(pen.crisp(rect), CORNER);
    pen.fill(tint, FLOOR);
    pen.stroke(tint, EDGE, pen.hair());
}

/// All zones that are seen: the larger under the smaller, as the design lists them.
pub fn draw(pen: &mut Pen<'_>, view: &View<'_>, dashes: &Dashes) {
    let nothing = ZoneFrame::default();
    let scene = view.scene;
    for (at, rect) in scene.layout.zones.iter().enumerate().filter(|(_, rect)| rect.overlaps(&view.seen)) {
        let Some(zone) = scene.document.scenario.zones.get(at) else { continue };
        let seen = scene.frame.zones.get(at).unwrap_or(&nothing);
        let tint = Ink::tint(at as u64);
        floor(pen, *rect, tint);
        if matches!(seen.health, Health::Cut | Health::Slow) {
            let ink = if seen.health == Health::Cut { Ink::Bad } else { Ink::Slow };
            pen.begin();
            pen.round(pen.crisp(*rect), CORNER);
            pen.dash(&dashes.group, 0.0);
            pen.stroke(ink, 0.9, pen.px(1.5));
            pen.dash(&dashes.none, 0.0);
        }
        if view.detail != Detail::Specks {
            name(pen, view, *rect, &zone.name, seen, tint);
        }
        handles(pen, view, at, *rect);
    }
}

/// The name on a tag in the zone's tint, and what is wrong behind it.
fn name(pen: &mut Pen<'_>, view: &View<'_>, rect: Rect, name: &str, seen: &ZoneFrame, tint: Ink) {
    let set = pen.legible(Type::NAME.sized(12.5));
    let scale = set.size / 12.5;
    let (left, middle) = (rect.x + 13.0 * scale, rect.y + 15.0 * scale);
    pen.begin();
    pen.round(Rect::new(left, middle - 4.0 * scale, 8.0 * scale, 8.0 * scale), 2.5 * scale);
    pen.fill(tint, 1.0);
    let x = left + 14.0 * scale;
    let room = rect.right() - 13.0 * scale - x;
    let width = pen.text(name, Point::new(x, middle + set.size * 0.35), room, set, Ink::Text, Align::Left);
    if view.detail != Detail::Full {
        if matches!(seen.health, Health::Cut | Health::Slow) {
            marks::health(pen, seen.health, Point::new(x + width + 10.0 * scale, middle), 4.0 * scale);
        }
        return;
    }
    let mut right = x + width + 10.0;
    for trouble in &seen.troubles {
        let ink = if seen.health == Health::Slow { Ink::Slow } else { Ink::Bad };
        let chip = Chip { text: trouble, sign: Some(seen.health), ink, ground: Ink::Bg };
        let width = chip.draw(pen, Point::new(right, middle), rect.right() - 10.0 - right, Align::Left);
        if width == 0.0 {
            break;
        }
        right += width + 4.0;
    }
}

/// The frame of a zone that is selected or under the pointer, and its corners.
fn handles(pen: &mut Pen<'_>, view: &View<'_>, at: usize, rect: Rect) {
    let is_it = |hit: &Hit| matches!(hit, Hit::Zone(zone) | Hit::Corner(zone, _) if *zone == at);
    let is_selected = view.scene.selected.iter().any(is_it);
    let is_over = view.scene.hover.as_ref().is_some_and(is_it);
    if is_selected {
        cards::frame(pen, rect.grown(pen.px(1.5)), CORNER + 1.5, Ink::Accent, 0.22, pen.px(5.0));
        cards::frame(pen, pen.crisp(rect), CORNER, Ink::Accent, 1.0, pen.px(1.5));
    } else if is_over {
        cards::frame(pen, pen.crisp(rect), CORNER, Ink::Muted, 0.7, pen.hair());
    }
    if is_selected || is_over {
        pen.begin();
        corners(&rect).into_iter().for_each(|corner| pen.circle(corner, pen.px(4.0).max(4.0)));
        pen.fill(Ink::Panel, 1.0);
        pen.stroke(if is_selected { Ink::Accent } else { Ink::Muted }, 1.0, pen.px(1.5));
    }
}

/// Marks the members that lie in another zone than their box: a tag with the zone's name on a card, a ring in its tint around a sign.
pub fn homes(pen: &mut Pen<'_>, view: &View<'_>, design: &Placed, placed: &BoxLayout) {
    if design.member_zones.is_empty() {
        return;
    }
    let scenario = &view.scene.document.scenario;
    for (number, rect) in placed.members.iter().enumerate() {
        let home = u8::try_from(number).ok().and_then(|number| design.zone_of(number));
        let Some(at) = home.filter(|home| Some(*home) != design.zone.as_deref()).and_then(|home| scenario.zone(home))
        else {
            continue;
        };
        let tint = Ink::tint(at as u64);
        if !placed.grouped {
            pen.begin();
            pen.round(rect.grown(1.5), 4.0);
            pen.stroke(tint, 1.0, pen.px(1.5));
        } else if view.detail == Detail::Full {
            let name = &scenario.zones[at].name;
            let chip = Chip { text: name, sign: None, ink: Ink::Text, ground: Ink::Raised };
            let corner = Point::new(rect.right() - 6.0, rect.bottom());
            let width = chip.draw(pen, corner, rect.w - 12.0, Align::Right);
            pen.begin();
            pen.circle(Point::new(corner.x - width, corner.y), 3.5);
            pen.fill(tint, 1.0);
        }
    }
}
