//! Cards of boxes and members: what stands in them, and less of it the farther the reader is.

use super::faces;
use super::geometry::{Point, Rect};
use super::hit::Hit;
use super::layout::{BoxLayout, GAUGE_LINE, GAUGES_MAX, MEMBER_PAD, PAD, member_face};
use super::marks::{self, Chip, HEALTHS};
use super::number;
use super::painter::{Detail, View};
use super::pen::{Align, Pen};
use super::text::Type;
use super::theme::Ink;
use super::wires::Dashes;
use super::zones;
use catalog::Face;
use scenario::KindSpec;
use session::{BoxFrame, Health, MemberFrame};

const CORNER: f64 = 10.0;
const GROUP_CORNER: f64 = 14.0;
/// How much of a dead face still shows.
const DEAD: f64 = 0.5;

/// The floors of groups, under wires.
pub fn floors(pen: &mut Pen<'_>, view: &View<'_>, dashes: &Dashes) {
    pen.begin();
    let mut any = false;
    for &at in view.boxes {
        let placed = &view.scene.layout.boxes[at];
        if placed.grouped {
            pen.round(pen.crisp(placed.rect), GROUP_CORNER);
            any = true;
        }
    }
    if any {
        pen.fill(Ink::Panel, 0.5);
        pen.dash(&dashes.group, 0.0);
        pen.stroke(Ink::Muted, 0.4, pen.hair());
        pen.dash(&dashes.none, 0.0);
    }
}

/// Adds every card whose health is `health`, or every card.
fn add_cards(pen: &Pen<'_>, view: &View<'_>, health: Option<Health>, down: f64) -> bool {
    let mut any = false;
    for &at in view.boxes {
        let (placed, shown) = (&view.scene.layout.boxes[at], view.shown(at));
        let mut add = |rect: Rect, its: Health| {
            if health.is_none_or(|health| health == its) {
                let rect = pen.crisp(rect);
                pen.round(Rect { y: rect.y + down, ..rect }, CORNER);
                any = true;
            }
        };
        if placed.grouped {
            for (card, member) in placed.members.iter().zip(&shown.members) {
                add(*card, member.health);
            }
        } else {
            add(placed.rect, shown.health);
        }
    }
    any
}

/// All cards without what is in them: two or three paths.
pub fn bodies(pen: &mut Pen<'_>, view: &View<'_>) {
    if !view.scene.theme.dark() && view.detail == Detail::Full {
        pen.begin();
        add_cards(pen, view, None, 1.6);
        pen.fill(Ink::Text, 0.09);
    }
    pen.begin();
    if !add_cards(pen, view, None, 0.0) {
        return;
    }
    pen.fill(Ink::Panel, 1.0);
    pen.stroke(Ink::Line, 1.0, pen.hair());
    for health in [Health::Slow, Health::Failing, Health::Cut] {
        pen.begin();
        if add_cards(pen, view, Some(health), 0.0) {
            let ink = if health == Health::Cut { Ink::Bad } else { marks::ink(health) };
            pen.stroke(ink, 0.55, pen.hair());
        }
    }
}

/// Boxes so small that only their health can be seen: a block for each, crossed when it fails.
pub fn specks(pen: &mut Pen<'_>, view: &View<'_>) {
    for health in HEALTHS {
        pen.begin();
        let mut any = false;
        for &at in view.boxes.iter().filter(|&&at| view.shown(at).health == health) {
            pen.rect(view.scene.layout.boxes[at].rect);
            any = true;
        }
        if any {
            pen.fill(marks::ink(health), if health == Health::Idle { 0.5 } else { 0.85 });
        }
    }
    pen.begin();
    for &at in view.boxes.iter().filter(|&&at| matches!(view.shown(at).health, Health::Failing | Health::Cut)) {
        let rect = view.scene.layout.boxes[at].rect;
        marks::add_cross(pen, rect.center(), rect.h.min(rect.w) * 0.3);
    }
    pen.stroke(Ink::Bg, 1.0, pen.px(1.5));
}

/// What stands in one box.
pub fn contents(pen: &mut Pen<'_>, view: &View<'_>, at: usize) {
    let (placed, shown) = (&view.scene.layout.boxes[at], view.shown(at));
    let Some(design) = view.scene.document.scenario.boxes.get(at) else { return };
    let kind = view.scene.schema.kind(&design.kind);
    match view.detail {
        Detail::Specks => return,
        Detail::Far => {
            far(pen, view, placed, shown, &design.name, kind);
            return;
        }
        Detail::Middle => near_head(pen, placed, shown, &design.name),
        Detail::Full => head(pen, view, placed, shown, &design.name, kind),
    }
    let own = if shown.face == Face::Nothing && !placed.grouped {
        shown.members.first().map(|m| &m.face)
    } else {
        Some(&shown.face)
    };
    if let Some(face) = own {
        faces::draw(pen, face, placed.face);
    }
    if shown.health == Health::Cut && !placed.grouped && placed.face.h > 0.0 {
        pen.block(placed.face.grown(2.0), Ink::Panel, DEAD);
    }
    if placed.grouped {
        placed.members.iter().zip(&shown.members).for_each(|(card, member)| self::member(pen, view, *card, member));
        zones::homes(pen, view, design, placed);
    } else {
        pips(pen, placed, shown);
        zones::homes(pen, view, design, placed);
        let names = shown.members.len() > 1;
        troubles(pen, view, placed.rect, &shown.members, names);
    }
    gauges(pen, view, placed, shown, kind);
}

fn head(pen: &mut Pen<'_>, view: &View<'_>, placed: &BoxLayout, shown: &BoxFrame, name: &str, kind: Option<&KindSpec>) {
    let rect = placed.rect;
    let (left, top) = (rect.x + PAD, rect.y + if placed.grouped { 8.0 } else { PAD - 2.0 });
    marks::health(pen, shown.health, Point::new(left + 4.0, top + 9.0), 4.0);
    if let Some(kind) = kind {
        icon(pen, view, kind, Rect::new(rect.right() - PAD - 15.0, top + 1.5, 15.0, 15.0), Ink::Faint);
    }
    let room = rect.w - 2.0 * PAD - 15.0 - 20.0;
    pen.text(name, Point::new(left + 15.0, top + 13.5), room, Type::NAME, Ink::Text, Align::Left);
    let at = Point::new(left, top + 31.0);
    pen.text(&shown.summary, at, rect.w - 2.0 * PAD, Type::LABEL, Ink::Muted, Align::Left);
}

/// The head of a card in middle distance: sign and name, as large as they must be.
fn near_head(pen: &mut Pen<'_>, placed: &BoxLayout, shown: &BoxFrame, name: &str) {
    let rect = placed.rect;
    let (left, middle) = (rect.x + PAD, rect.y + PAD + 16.0);
    let radius = pen.px(4.0).max(4.0);
    marks::health(pen, shown.health, Point::new(left + radius, middle), radius);
    let set = pen.legible(Type::NAME).sized(pen.px(10.0).max(Type::NAME.size));
    let x = left + radius * 2.0 + pen.px(5.0);
    let room = rect.right() - PAD - x;
    pen.text(name, Point::new(x, middle + set.size * 0.35), room, set, Ink::Text, Align::Left);
}

/// A card from far: its icon, its name where that fits, and a sign when something is wrong.
fn far(pen: &mut Pen<'_>, view: &View<'_>, placed: &BoxLayout, shown: &BoxFrame, name: &str, kind: Option<&KindSpec>) {
    let rect = placed.rect;
    let set = pen.legible(Type::NAME.sized(0.0));
    let words = rect.w * pen.zoom() >= 44.0;
    let side = pen.px(16.0).min(rect.h * 0.4);
    let middle = rect.center().moved(0.0, if words { -set.size * 0.6 } else { 0.0 });
    if let Some(kind) = kind.filter(|_| !placed.grouped || shown.members.is_empty()) {
        icon(pen, view, kind, Rect::new(middle.x - side / 2.0, middle.y - side / 2.0, side, side), Ink::Muted);
    }
    if words {
        let baseline = if placed.grouped { rect.y + set.size * 1.3 } else { middle.y + side / 2.0 + set.size };
        pen.text(name, Point::new(middle.x, baseline), rect.w - pen.px(6.0), set, Ink::Text, Align::Center);
    }
    let sign = pen.px(3.5);
    if placed.grouped {
        for (card, member) in placed.members.iter().zip(&shown.members) {
            marks::health(pen, member.health, card.center(), sign);
        }
    } else {
        marks::health(pen, shown.health, Point::new(rect.x + sign * 2.2, rect.y + sign * 2.2), sign);
    }
}

fn icon(pen: &mut Pen<'_>, view: &View<'_>, kind: &KindSpec, rect: Rect, ink: Ink) {
    let place = view.scene.schema.kinds.iter().position(|other| other.slug == kind.slug);
    let Some(path) = place.and_then(|place| view.icons.get(place)) else { return };
    pen.icon(path, rect, ink);
}

/// The card of one member of a group.
fn member(pen: &mut Pen<'_>, view: &View<'_>, card: Rect, member: &MemberFrame) {
    let (left, baseline) = (card.x + MEMBER_PAD, card.y + 22.5);
    let full = view.detail == Detail::Full;
    let radius = if full { 3.8 } else { pen.px(3.5).max(3.8) };
    marks::health(pen, member.health, Point::new(left + radius, baseline - 4.5), radius);
    let set = pen.legible(Type::MEMBER);
    let x = left + radius * 2.0 + 6.0;
    let mut room = card.right() - MEMBER_PAD - x;
    if full && !member.role.is_empty() {
        // The name comes first: a role without room for a few letters is left to the table.
        let left_over = room - pen.width(&member.name, set).min(room * 0.7) - 6.0;
        let ink = if member.role == "leader" { Ink::Text } else { Ink::Muted };
        let chip = Chip { text: &member.role, sign: None, ink, ground: Ink::Raised };
        let at = Point::new(card.right() - MEMBER_PAD + 3.0, baseline - 4.5);
        if left_over > pen.px(40.0) {
            room -= chip.draw(pen, at, left_over, Align::Right) + 2.0;
        }
    }
    pen.text(&member.name, Point::new(x, baseline), room, set, Ink::Text, Align::Left);
    let face = member_face(card, &member.face);
    faces::draw(pen, &member.face, face);
    if member.health == Health::Cut && face.h > 0.0 {
        pen.block(face.grown(2.0), Ink::Panel, DEAD);
    }
    if full {
        let at = Point::new(left, card.bottom() - 9.5);
        pen.text(&member.note, at, card.w - 2.0 * MEMBER_PAD, Type::SMALL, Ink::Muted, Align::Left);
    }
    troubles(pen, view, card, std::slice::from_ref(member), false);
}

/// Members without faces: a small sign for each.
fn pips(pen: &mut Pen<'_>, placed: &BoxLayout, shown: &BoxFrame) {
    for (pip, member) in placed.members.iter().zip(&shown.members) {
        marks::health(pen, member.health, pip.center(), pip.h * 0.42);
    }
}

/// What is wrong, as chips that ride on the upper edge of the card, so that the card keeps its size.
fn troubles(pen: &mut Pen<'_>, view: &View<'_>, card: Rect, members: &[MemberFrame], names: bool) {
    if view.detail != Detail::Full {
        return;
    }
    let all = members.iter().map(|member| member.troubles.len()).sum::<usize>();
    let (edge, mut right) = (card.y - 4.0, card.right() - 8.0);
    let mut told = 0;
    let mut text = pen.scratch();
    for member in members {
        for trouble in &member.troubles {
            text.clear();
            if names {
                text.push_str(member.name.rsplit('.').next().unwrap_or_default());
                text.push(' ');
            }
            text.push_str(trouble);
            let room = right - card.x - if told + 1 < all { 44.0 } else { 4.0 };
            let ink = if member.health == Health::Slow { Ink::Slow } else { Ink::Bad };
            let chip = Chip { text: &text, sign: Some(worst(member.health)), ink, ground: Ink::Bg };
            let width = if room > 46.0 { chip.draw(pen, Point::new(right, edge), room, Align::Right) } else { 0.0 };
            if width > 0.0 {
                right -= width + 4.0;
                told += 1;
            }
        }
    }
    if told < all {
        text.clear();
        text.push('+');
        number::push(&mut text, (all - told) as f64);
        let chip = Chip { text: &text, sign: None, ink: Ink::Bad, ground: Ink::Bg };
        chip.draw(pen, Point::new(right, edge), 44.0, Align::Right);
    }
    pen.give_back(text);
}

/// The sign on a chip of trouble: never that of health.
fn worst(health: Health) -> Health {
    if matches!(health, Health::Idle | Health::Healthy) { Health::Failing } else { health }
}

fn gauges(pen: &mut Pen<'_>, view: &View<'_>, placed: &BoxLayout, shown: &BoxFrame, kind: Option<&KindSpec>) {
    let Some(kind) = kind.filter(|_| placed.gauges.h > 0.0) else { return };
    let area = placed.gauges;
    if view.detail == Detail::Middle {
        first_gauge(pen, area, shown, kind);
        return;
    }
    let count = kind.gauges.len().min(GAUGES_MAX);
    let columns = if placed.grouped { count.min(if area.w < 360.0 { 2 } else { 3 }) } else { 1 };
    let gap = 18.0;
    let w = (area.w - gap * (columns - 1) as f64) / columns as f64;
    for (at, gauge) in kind.gauges.iter().take(if placed.grouped { columns } else { count }).enumerate() {
        let (column, row) = (at % columns, at / columns);
        let line = Rect::new(area.x + column as f64 * (w + gap), area.y + row as f64 * GAUGE_LINE, w, GAUGE_LINE);
        let baseline = line.y + 12.5;
        let value = shown.gauges.get(at).copied().flatten();
        let used = reading(pen, value, &gauge.unit, Point::new(line.right(), baseline), w * 0.7, Type::VALUE);
        let room = w - used - 6.0;
        pen.text(&gauge.title, Point::new(line.x, baseline), room, Type::LABEL, Ink::Muted, Align::Left);
    }
}

/// In middle distance one reading stands for all; its name is told where there is room.
fn first_gauge(pen: &mut Pen<'_>, area: Rect, shown: &BoxFrame, kind: &KindSpec) {
    let Some(gauge) = kind.gauges.first() else { return };
    let set = pen.legible(Type::VALUE);
    let at = Point::new(area.right(), area.y + (area.h + set.size * 0.7) / 2.0);
    let used = reading(pen, shown.gauges.first().copied().flatten(), &gauge.unit, at, area.w, set);
    let room = area.w - used - pen.px(5.0);
    if pen.width(&gauge.title, Type::LABEL) <= room {
        pen.text(&gauge.title, Point::new(area.x, at.y), room, Type::LABEL, Ink::Muted, Align::Left);
    }
}

/// A value and its unit, the unit lighter, ending at `at`. Answers how wide the two are.
pub(super) fn reading(pen: &mut Pen<'_>, value: Option<f64>, unit: &str, at: Point, room: f64, set: Type) -> f64 {
    let Some(value) = value else {
        return pen.text("–", at, room, set, Ink::Muted, Align::Right);
    };
    let reading = number::reading(value, unit);
    let light = Type::LABEL.sized(set.size);
    let unit_width = pen.text(&reading.unit, at, room * 0.6, light, Ink::Muted, Align::Right);
    let gap = if number::touches(&reading.unit) { 0.5 } else { 3.5 };
    let used = unit_width + gap;
    used + pen.text(&reading.value, at.moved(-used, 0.0), room - used, set, Ink::Text, Align::Right)
}

/// Frames and halos of what is selected, under the pointer or pointed at.
pub fn frames(pen: &mut Pen<'_>, view: &View<'_>, pulse: f64) {
    let layout = view.scene.layout;
    for &at in view.scene.pointed {
        if let Some(placed) = layout.boxes.get(at).filter(|placed| placed.fold.is_none()) {
            frame(pen, placed.rect.grown(5.0), GROUP_CORNER + 3.0, Ink::Accent, 0.25 + 0.45 * pulse, 2.0);
        }
    }
    let rect_of = |hit: &Hit| match *hit {
        Hit::Box(at) => layout
            .boxes
            .get(at)
            .filter(|b| b.fold.is_none())
            .map(|b| (b.rect, if b.grouped { GROUP_CORNER } else { CORNER })),
        Hit::Member(at, member) => {
            let placed = layout.boxes.get(at).filter(|placed| placed.fold.is_none())?;
            placed.members.get(member).map(|&rect| if placed.grouped { (rect, CORNER) } else { (rect.grown(2.0), 4.0) })
        }
        Hit::Wire(_) | Hit::Out(_) | Hit::In(_) | Hit::Zone(_) | Hit::Corner(..) | Hit::Note(_) | Hit::Group(_) => None,
    };
    if let Some((rect, corner)) = view.scene.hover.as_ref().and_then(rect_of) {
        frame(pen, pen.crisp(rect), corner, Ink::Muted, 0.7, pen.hair());
    }
    for (rect, corner) in view.scene.selected.iter().filter_map(rect_of) {
        frame(pen, rect.grown(pen.px(1.5)), corner + 1.5, Ink::Accent, 0.22, pen.px(5.0));
        frame(pen, pen.crisp(rect), corner, Ink::Accent, 1.0, pen.px(1.5));
    }
}

/// A frame around something.
pub fn frame(pen: &mut Pen<'_>, rect: Rect, corner: f64, ink: Ink, alpha: f64, width: f64) {
    pen.begin();
    pen.round(rect, corner);
    pen.stroke(ink, alpha, width);
}
