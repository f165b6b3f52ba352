//! Groups: boxes that fold into one card with a port for each wire that crosses its border; unfolded, a frame around them.
//!
//! A card stands where the middle of its boxes is, so that it moves as they do, and its size depends on how many there are. Several
//! wires between it and one box are drawn as one, see [`super::route`]. Cost: O(boxes in groups + wires), once for each layout.

use super::cards;
use super::geometry::{Point, Rect};
use super::hit::Hit;
use super::layout::{self, BoxLayout, CARD_WIDTH, GAUGE_LINE, PAD};
use super::marks::{self, Chip};
use super::painter::{Detail, View};
use super::pen::{Align, Pen};
use super::text::Type;
use super::theme::Ink;
use crate::state::ordered;
use scenario::Scenario;
use session::{Health, WireFrame};
use std::collections::BTreeMap;

/// Room around the boxes of an unfolded group, and more of it above for the name.
const MARGIN: f64 = 16.0;
const HEAD: f64 = 28.0;
const CORNER: f64 = 12.0;
/// How far each of the cards that lie below a folded one looks out.
const BELOW: f64 = 4.0;
/// A port: how far it reaches into the card, and its height.
const PORT: (f64, f64) = (6.0, 14.0);

/// Where one group is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupLayout {
    /// The card of a folded group with a sign for each of its boxes in place of members; the frame of one that is not.
    pub card: BoxLayout,
    /// True while it is drawn as its card.
    pub folded: bool,
    /// Its boxes, by place.
    pub boxes: Vec<usize>,
    /// The wires that cross its border inwards, by place.
    pub entering: Vec<usize>,
    /// The wires that cross it outwards, by place.
    pub leaving: Vec<usize>,
}

impl GroupLayout {
    /// The strip with the name, by which an unfolded group is taken; all of a folded one.
    #[must_use]
    pub fn head(&self) -> Rect {
        let rect = self.card.rect;
        if self.folded { rect } else { Rect { h: HEAD.min(rect.h), ..rect } }
    }
}

/// Places the groups around or over their boxes, and tells those that are folded over.
pub fn place(scenario: &Scenario, boxes: &mut [BoxLayout]) -> Vec<GroupLayout> {
    if scenario.groups.is_empty() {
        return Vec::new();
    }
    let places: BTreeMap<&str, usize> =
        scenario.boxes.iter().take(boxes.len()).enumerate().map(|(at, placed)| (placed.id.as_str(), at)).collect();
    let mut home: Vec<Option<usize>> = vec![None; boxes.len()];
    let mut groups: Vec<GroupLayout> = Vec::new();
    for (at, group) in scenario.groups.iter().enumerate() {
        let held: Vec<usize> = group.boxes.iter().filter_map(|id| places.get(id.as_str()).copied()).collect();
        let around = held.iter().map(|held| boxes[*held].rect).reduce(|all, rect| all.union(&rect));
        let card = match around {
            Some(around) if group.folded => card(around, held.len()),
            Some(around) => frame(around),
            None => BoxLayout::default(),
        };
        let folded = group.folded && !held.is_empty();
        for held in &held {
            home[*held] = Some(at);
            boxes[*held].fold = folded.then_some(at);
        }
        groups.push(GroupLayout { card, folded, boxes: held, ..GroupLayout::default() });
    }
    for (at, wire) in scenario.wires.iter().enumerate() {
        let group = |id: &String| places.get(id.as_str()).and_then(|place| home[*place]);
        let (from, to) = (group(&wire.ends.from), group(&wire.ends.to));
        if from != to {
            from.into_iter().for_each(|group| groups[group].leaving.push(at));
            to.into_iter().for_each(|group| groups[group].entering.push(at));
        }
    }
    groups
}

/// The card over the middle of `around`.
fn card(around: Rect, count: usize) -> BoxLayout {
    let (x, y) = ((around.center().x - CARD_WIDTH / 2.0).round(), around.center().y);
    let inner = CARD_WIDTH - 2.0 * PAD;
    let pips = layout::pips(Point::new(x + PAD, layout::HEAD_HEIGHT + 5.0), inner, count);
    let below = pips.last().map_or(layout::HEAD_HEIGHT, Rect::bottom) + 8.0;
    let height = below + 2.0 * GAUGE_LINE + PAD - 2.0;
    let top = (y - height / 2.0).round();
    let rect = Rect::new(x, top, CARD_WIDTH, height);
    let middle = rect.center().y;
    BoxLayout {
        rect,
        members: pips.into_iter().map(|pip| Rect { y: pip.y + top, ..pip }).collect(),
        gauges: Rect::new(x + PAD, top + below, inner, 2.0 * GAUGE_LINE),
        in_port: Point::new(rect.x, middle),
        out_port: Point::new(rect.right(), middle),
        ..BoxLayout::default()
    }
}

fn frame(around: Rect) -> BoxLayout {
    let rect = around.grown(MARGIN);
    BoxLayout { rect: Rect { y: rect.y - HEAD + 6.0, h: rect.h + HEAD - 6.0, ..rect }, ..BoxLayout::default() }
}

/// How all of them are together: cut or idle when all are, else as the worst of them, where one that is cut off makes the whole
/// fail.
#[must_use]
pub fn together(all: impl Iterator<Item = Health> + Clone) -> Health {
    let has = |health: Health| all.clone().any(|one| one == health);
    let only = |health: Health| all.clone().all(|one| one == health);
    if all.clone().next().is_none() || only(Health::Idle) {
        Health::Idle
    } else if only(Health::Cut) {
        Health::Cut
    } else if has(Health::Cut) || has(Health::Failing) {
        Health::Failing
    } else if has(Health::Slow) {
        Health::Slow
    } else {
        Health::Healthy
    }
}

/// Several wires as one: what they carry added up, the worst latency, every trouble once.
#[must_use]
pub fn bundled<'a>(wires: impl Iterator<Item = &'a WireFrame> + Clone) -> WireFrame {
    let rate: f64 = wires.clone().map(|wire| wire.rate).sum();
    let bad: f64 = wires.clone().map(|wire| wire.bad * wire.rate).sum();
    let every = wires.clone().flat_map(|wire| wire.troubles.iter().cloned());
    let mut troubles: Vec<String> = ordered(every, String::cmp);
    troubles.dedup();
    WireFrame {
        health: together(wires.clone().map(|wire| wire.health)),
        rate,
        bad: if rate > 0.0 { bad / rate } else { 0.0 },
        p99: wires.map(|wire| wire.p99).max().unwrap_or_default(),
        troubles,
        policy: Vec::new(),
    }
}

/// How many boxes, in words, and how many of them are not well.
fn summary(count: usize, troubled: usize) -> String {
    let boxes = if count == 1 { "1 box".to_string() } else { format!("{count} boxes") };
    if troubled == 0 { boxes } else { format!("{boxes} · {troubled} in trouble") }
}

fn health(view: &View<'_>, group: &GroupLayout) -> Health {
    together(group.boxes.iter().map(|at| view.shown(*at).health))
}

/// What crosses the border inwards or outwards, in calls a second.
fn rate(view: &View<'_>, wires: &[usize]) -> f64 {
    wires.iter().filter_map(|at| view.scene.frame.wires.get(*at)).map(|wire| wire.rate).sum()
}

fn seen<'a>(view: &'a View<'_>, folded: bool) -> impl Iterator<Item = (usize, &'a GroupLayout)> {
    let is_seen = move |group: &GroupLayout| {
        group.folded == folded && !group.boxes.is_empty() && group.card.rect.grown(24.0).overlaps(&view.seen)
    };
    view.scene.layout.groups.iter().enumerate().filter(move |(_, group)| is_seen(group))
}

/// The frames of groups that are not folded, under everything else.
pub fn frames(pen: &mut Pen<'_>, view: &View<'_>) {
    for (at, group) in seen(view, false) {
        let rect = pen.crisp(group.card.rect);
        pen.begin();
        pen.round(rect, CORNER);
        pen.stroke(Ink::Muted, 0.55, pen.hair());
        highlight(pen, view, at, group);
        let Some(design) = view.scene.document.scenario.groups.get(at).filter(|_| view.detail != Detail::Specks) else {
            continue;
        };
        let set = pen.legible(Type::NAME.sized(12.5));
        let scale = set.size / 12.5;
        let (left, middle) = (rect.x + 12.0 * scale, rect.y + 14.0 * scale);
        stack(pen, Rect::new(left, middle - 4.5 * scale, 9.0 * scale, 9.0 * scale));
        let x = left + 15.0 * scale;
        let room = rect.right() - 12.0 * scale - x;
        pen.text(&design.name, Point::new(x, middle + set.size * 0.35), room, set, Ink::Muted, Align::Left);
    }
}

/// The sign of a group: one square on another.
fn stack(pen: &mut Pen<'_>, at: Rect) {
    let side = at.w * 0.68;
    pen.begin();
    pen.round(Rect::new(at.right() - side, at.y, side, side), side * 0.2);
    pen.stroke(Ink::Muted, 0.7, pen.px(1.2));
    pen.begin();
    pen.round(Rect::new(at.x, at.bottom() - side, side, side), side * 0.2);
    pen.fill(Ink::Panel, 1.0);
    pen.stroke(Ink::Muted, 1.0, pen.px(1.2));
}

/// True for the group itself, or for a box that it is folded over.
fn is_meant(hit: &Hit, at: usize, group: &GroupLayout) -> bool {
    *hit == Hit::Group(at) || (group.folded && hit.box_place().is_some_and(|place| group.boxes.contains(&place)))
}

fn highlight(pen: &mut Pen<'_>, view: &View<'_>, at: usize, group: &GroupLayout) {
    let rect = group.card.rect;
    if view.scene.selected.iter().any(|hit| is_meant(hit, at, group)) {
        cards::frame(pen, rect.grown(pen.px(1.5)), CORNER + 1.5, Ink::Accent, 0.22, pen.px(5.0));
        cards::frame(pen, pen.crisp(rect), CORNER, Ink::Accent, 1.0, pen.px(1.5));
    } else if view.scene.hover.as_ref().is_some_and(|hit| is_meant(hit, at, group)) {
        cards::frame(pen, pen.crisp(rect), CORNER, Ink::Muted, 0.7, pen.hair());
    }
}

/// The cards of folded groups: other cards look out below, the worst health around, ports where wires cross. `pulse` is how
/// strongly what a lesson points at is framed.
pub fn folded(pen: &mut Pen<'_>, view: &View<'_>, pulse: f64) {
    for (at, group) in seen(view, true) {
        let (rect, health) = (group.card.rect, health(view, group));
        if view.detail == Detail::Specks {
            speck(pen, rect, health);
            continue;
        }
        for below in [2.0, 1.0] {
            let (x, w) = (rect.x + 2.0 * below * BELOW, rect.w - 4.0 * below * BELOW);
            plate(pen, Rect { x, y: rect.y + below * BELOW, w, h: rect.h }, Ink::Line, 1.0);
        }
        let (ink, alpha) = match health {
            Health::Idle | Health::Healthy => (Ink::Line, 1.0),
            Health::Slow => (Ink::Slow, 0.75),
            Health::Failing | Health::Cut => (Ink::Bad, 0.75),
        };
        plate(pen, rect, ink, alpha);
        ports(pen, view, at);
        if view.scene.pointed.iter().any(|pointed| group.boxes.contains(pointed)) {
            cards::frame(pen, rect.grown(5.0), CORNER + 3.0, Ink::Accent, 0.25 + 0.45 * pulse, 2.0);
        }
        highlight(pen, view, at, group);
        contents(pen, view, at, group, health);
    }
}

fn plate(pen: &mut Pen<'_>, rect: Rect, ink: Ink, alpha: f64) {
    pen.begin();
    pen.round(pen.crisp(rect), CORNER);
    pen.fill(Ink::Panel, 1.0);
    pen.stroke(ink, alpha, pen.hair());
}

fn speck(pen: &mut Pen<'_>, rect: Rect, health: Health) {
    pen.begin();
    pen.rect(rect);
    pen.fill(marks::ink(health), if health == Health::Idle { 0.5 } else { 0.85 });
    if matches!(health, Health::Failing | Health::Cut) {
        pen.begin();
        marks::add_cross(pen, rect.center(), rect.h.min(rect.w) * 0.3);
        pen.stroke(Ink::Bg, 1.0, pen.px(1.5));
    }
}

/// A small plug on the edge for each wire that is drawn to or from the card.
fn ports(pen: &mut Pen<'_>, view: &View<'_>, at: usize) {
    let (layout, (reach, height)) = (view.scene.layout, PORT);
    let is_over = |place: usize| layout.boxes.get(place).is_some_and(|placed| placed.fold == Some(at));
    pen.begin();
    let mut any = false;
    for path in layout.wires.iter().filter(|path| path.is_drawn()) {
        let Some((from, to)) = path.ends else { continue };
        let mut plug = |edge: Point, dx: f64| {
            pen.round(Rect::new(edge.x + dx, edge.y - height / 2.0, reach, height), 2.0);
            any = true;
        };
        if is_over(from) {
            plug(path.curve.0, -reach);
        }
        if is_over(to) {
            plug(path.curve.3, 0.0);
        }
    }
    if any {
        pen.fill(Ink::Raised, 1.0);
        pen.stroke(Ink::Muted, 0.8, pen.hair());
    }
}

fn contents(pen: &mut Pen<'_>, view: &View<'_>, at: usize, group: &GroupLayout, health: Health) {
    let Some(design) = view.scene.document.scenario.groups.get(at) else { return };
    let rect = group.card.rect;
    let full = view.detail == Detail::Full;
    let radius = if full { 4.0 } else { pen.px(4.0).max(4.0) };
    let (left, middle) = (rect.x + PAD, rect.y + if full { PAD + 7.0 } else { PAD + 14.0 });
    marks::health(pen, health, Point::new(left + radius, middle), radius);
    let set = if full { Type::NAME } else { pen.legible(Type::NAME).sized(pen.px(10.0).max(Type::NAME.size)) };
    let x = left + radius * 2.0 + if full { 7.0 } else { pen.px(5.0) };
    let sign = if full { 20.0 } else { 0.0 };
    let room = rect.right() - PAD - sign - x;
    pen.text(&design.name, Point::new(x, middle + set.size * 0.35), room, set, Ink::Text, Align::Left);
    if view.detail == Detail::Far {
        return;
    }
    for (pip, at) in group.card.members.iter().zip(&group.boxes) {
        marks::health(pen, view.shown(*at).health, pip.center(), pip.h * 0.42);
    }
    if !full {
        return;
    }
    stack(pen, Rect::new(rect.right() - PAD - 13.0, middle - 6.5, 13.0, 13.0));
    let is_troubled = |at: &&usize| !matches!(view.shown(**at).health, Health::Idle | Health::Healthy);
    let said = summary(group.boxes.len(), group.boxes.iter().filter(is_troubled).count());
    pen.text(&said, Point::new(left, rect.y + PAD + 29.0), rect.w - 2.0 * PAD, Type::LABEL, Ink::Muted, Align::Left);
    let unit = view.scene.document.scenario.weight.unit("/s");
    for (line, (title, wires)) in [("In", &group.entering), ("Out", &group.leaving)].into_iter().enumerate() {
        let baseline = group.card.gauges.y + line as f64 * GAUGE_LINE + 12.5;
        let value = (!wires.is_empty()).then(|| rate(view, wires));
        let (right, w) = (group.card.gauges.right(), group.card.gauges.w);
        let used = cards::reading(pen, value, &unit, Point::new(right, baseline), w * 0.8, Type::VALUE);
        pen.text(title, Point::new(left, baseline), w - used - 6.0, Type::LABEL, Ink::Muted, Align::Left);
    }
}

/// How many wires are drawn as one, where several are.
pub fn counts(pen: &mut Pen<'_>, view: &View<'_>) {
    for &at in view.wires {
        let path = &view.scene.layout.wires[at];
        if path.bundle.len() > 1 {
            let text = format!("{} wires", path.bundle.len());
            let chip = Chip { text: &text, sign: None, ink: Ink::Muted, ground: Ink::Panel };
            chip.draw(pen, path.curve.0.moved(pen.px(5.0), -14.0), 80.0, Align::Left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_is_as_its_worst_part_and_cut_only_when_all_of_it_is() {
        use Health::{Cut, Failing, Healthy, Idle, Slow};
        let cases: [(&[Health], Health); 7] = [
            (&[], Idle),
            (&[Idle, Idle], Idle),
            (&[Idle, Healthy], Healthy),
            (&[Healthy, Slow], Slow),
            (&[Failing, Slow, Healthy], Failing),
            (&[Cut, Healthy], Failing),
            (&[Cut, Cut], Cut),
        ];
        for (all, whole) in cases {
            assert_eq!(together(all.iter().copied()), whole, "{all:?}");
        }
    }

    #[test]
    fn wires_that_are_drawn_as_one_add_up() {
        let wire = |rate, bad, ms| WireFrame {
            rate,
            bad,
            p99: base::Span::from_millis(ms),
            troubles: vec!["+200 ms".to_string()],
            ..WireFrame::default()
        };
        let all = [wire(30.0, 0.5, 4), wire(10.0, 0.1, 9)];
        let one = bundled(all.iter());
        assert_eq!((one.rate, one.bad, one.p99), (40.0, 0.4, base::Span::from_millis(9)));
        assert_eq!(one.troubles, ["+200 ms"]);
        assert_eq!(bundled([].iter()), WireFrame::default());
    }

    #[test]
    fn a_card_says_how_many_boxes_it_holds_and_how_many_are_not_well() {
        assert_eq!(summary(1, 0), "1 box");
        assert_eq!(summary(12, 2), "12 boxes · 2 in trouble");
    }
}
