//! Wires: how they are by colour, mark and word; how much they carry by width; what is on them by flow when messages are too many
//! to be drawn one by one.
//!
//! All wires of one look are one path, so that 600 wires cost some twenty strokes.

use super::geometry::Point;
use super::groups;
use super::hit::Hit;
use super::marks::{self, Chip, HEALTHS};
use super::number;
use super::painter::{Detail, View};
use super::pen::{Align, Dash, Pen};
use super::theme::Ink;
use session::{Health, WireFrame};

/// Length of a dash of flow and its gap together.
pub const FLOW_PERIOD: f64 = 18.0;
const FLOW_DASH: f64 = 8.0;
/// One dash in so many is bad at most; rarer trouble is told by the label.
const RAREST: usize = 12;
/// Widths are rounded to halves, so that wires of about the same rate are one path.
const WIDTHS: usize = 10;
/// The health of the wires between members is not told; they are drawn the same.
const INSIDE_WIDTH: f64 = 1.6;

/// Patterns of dashes, made once.
#[derive(Debug)]
pub struct Dashes {
    /// No dashes.
    pub none: Dash,
    /// A cut wire.
    pub cut: Dash,
    /// The edge of a group.
    pub group: Dash,
    flow: Dash,
    bad: Vec<Dash>,
}

impl Default for Dashes {
    fn default() -> Dashes {
        Dashes {
            none: Dash::default(),
            cut: Dash::new(3.0, 6.0),
            group: Dash::new(4.0, 4.0),
            flow: Dash::new(FLOW_DASH, FLOW_PERIOD - FLOW_DASH),
            bad: (1..=RAREST).map(|every| Dash::new(FLOW_DASH, FLOW_PERIOD * every as f64 - FLOW_DASH)).collect(),
        }
    }
}

/// How wide a wire is drawn that carries `rate` calls a second, in halves of a canvas point above one.
fn width_step(rate: f64) -> usize {
    if rate.is_finite() && rate > 0.0 { ((1.0 + (1.0 + rate).log10() * 1.3) as usize).min(WIDTHS - 1) } else { 1 }
}

fn width(step: usize) -> f64 {
    1.2 + step as f64 * 0.5
}

/// Draws every wire that is seen.
pub fn draw(pen: &mut Pen<'_>, view: &View<'_>, dashes: &Dashes, phase: f64) {
    halos(pen, view);
    branches(pen, view);
    lines(pen, view, dashes);
    if view.scene.frame.flow {
        flow(pen, view, dashes, phase);
    }
    arrows(pen, view);
    insides(pen, view, dashes);
    crosses(pen, view);
}

fn shown<'a>(view: &'a View<'_>, at: usize) -> &'a WireFrame {
    if let Ok(place) = view.bundles.binary_search_by_key(&at, |(wire, _)| *wire) {
        return &view.bundles[place].1;
    }
    view.scene.frame.wires.get(at).unwrap_or(&view.nothing.wire)
}

fn halos(pen: &mut Pen<'_>, view: &View<'_>) {
    for (hits, ink, alpha) in
        [(view.scene.selected, Ink::Accent, 0.35), (view.scene.hover.as_slice(), Ink::Muted, 0.25)]
    {
        pen.begin();
        let mut any = false;
        for hit in hits {
            if let Hit::Wire(at) = hit
                && let Some(path) = view.scene.layout.wires.get(*at).filter(|path| path.ends.is_some())
            {
                pen.curve(&path.curve);
                any = true;
            }
        }
        if any {
            pen.stroke(ink, alpha, pen.px(3.0) + 8.0);
        }
    }
}

fn lines(pen: &mut Pen<'_>, view: &View<'_>, dashes: &Dashes) {
    for health in HEALTHS {
        if health == Health::Cut {
            pen.dash(&dashes.cut, 0.0);
        }
        for step in 0..WIDTHS {
            pen.begin();
            let mut any = false;
            for &at in view.wires {
                let wire = shown(view, at);
                if wire.health == health && width_step(wire.rate) == step {
                    pen.curve(&view.scene.layout.wires[at].curve);
                    any = true;
                }
            }
            if any {
                let faded = view.scene.frame.flow && matches!(health, Health::Healthy | Health::Slow | Health::Failing);
                let alpha = if faded { 0.35 } else { 0.85 };
                pen.stroke(marks::ink(health), alpha, width(step).max(pen.px(1.0)));
            }
        }
    }
    pen.dash(&dashes.none, 0.0);
}

/// Dashes that run along each wire; one in `1 / bad` of them is in the colour of failing.
fn flow(pen: &mut Pen<'_>, view: &View<'_>, dashes: &Dashes, phase: f64) {
    pen.ends(false);
    pen.dash(&dashes.flow, -phase);
    for health in [Health::Healthy, Health::Slow, Health::Failing] {
        for step in 0..WIDTHS {
            pen.begin();
            let mut any = false;
            for &at in view.wires {
                let wire = shown(view, at);
                if wire.health == health && wire.rate > 0.0 && width_step(wire.rate) == step {
                    pen.curve(&view.scene.layout.wires[at].curve);
                    any = true;
                }
            }
            if any {
                let ink = if health == Health::Failing { Ink::Slow } else { marks::ink(health) };
                pen.stroke(ink, 1.0, width(step) + 0.6);
            }
        }
    }
    for &at in view.wires {
        let wire = shown(view, at);
        if wire.bad > 0.004 && wire.rate > 0.0 && wire.health != Health::Cut {
            let every = ((1.0 / wire.bad).round() as usize).clamp(1, RAREST);
            pen.dash(&dashes.bad[every - 1], -phase);
            pen.begin();
            pen.curve(&view.scene.layout.wires[at].curve);
            pen.stroke(Ink::Bad, 1.0, width(width_step(wire.rate)) + 1.4);
        }
    }
    pen.dash(&dashes.none, 0.0);
    pen.ends(true);
}

fn arrows(pen: &mut Pen<'_>, view: &View<'_>) {
    if view.detail == Detail::Specks {
        return;
    }
    for health in HEALTHS {
        pen.begin();
        let mut any = false;
        for &at in view.wires {
            let wire = shown(view, at);
            if wire.health == health {
                let size = (6.5 + width(width_step(wire.rate))).max(pen.px(4.0));
                let track = &view.scene.layout.wires[at].track;
                marks::add_arrow(pen, track.at(1.0), track.angle(1.0), size);
                any = true;
            }
        }
        if any {
            pen.fill(marks::ink(health), 1.0);
        }
    }
}

/// Thin lines from the edge of a group to the cards that answer.
fn branches(pen: &mut Pen<'_>, view: &View<'_>) {
    pen.begin();
    let mut any = false;
    for &at in view.wires {
        for branch in &view.scene.layout.wires[at].branches {
            pen.curve(&branch.curve);
            any = true;
        }
    }
    if any {
        pen.stroke(Ink::Line, 1.0, 1.4);
    }
}

/// Who leads, by the role that members say they have.
fn leads(role: &str) -> bool {
    role == "leader"
}

/// The ways between those who lead and the others; a way to or from somebody who is cut off is dashed and crossed.
fn insides(pen: &mut Pen<'_>, view: &View<'_>, dashes: &Dashes) {
    for &at in view.boxes {
        let placed = &view.scene.layout.boxes[at];
        let Some(frame) = view.scene.frame.boxes.get(at).filter(|_| placed.grouped) else { continue };
        for cut in [false, true] {
            let mut middles: [Point; 16] = [Point::default(); 16];
            let mut count = 0;
            pen.begin();
            for (from, leader) in frame.members.iter().enumerate().filter(|(_, m)| leads(&m.role)) {
                for (to, other) in frame.members.iter().enumerate() {
                    let twice = leads(&other.role) && to < from;
                    let dead = leader.health == Health::Cut || other.health == Health::Cut;
                    if from == to || twice || dead != cut {
                        continue;
                    }
                    let curve = placed.inside(from, to);
                    pen.curve(&curve);
                    if count < middles.len() {
                        middles[count] = curve.point_at(0.5);
                        count += 1;
                    }
                }
            }
            if cut {
                pen.dash(&dashes.cut, 0.0);
                pen.stroke(Ink::Cut, 0.9, INSIDE_WIDTH);
                pen.dash(&dashes.none, 0.0);
                cross_all(pen, &middles[..count], 5.0);
            } else {
                pen.stroke(Ink::Ok, 0.55, INSIDE_WIDTH);
            }
        }
    }
}

fn crosses(pen: &mut Pen<'_>, view: &View<'_>) {
    for &at in view.wires {
        if shown(view, at).health == Health::Cut {
            let reach = pen.px(4.0).max(5.5);
            cross_all(pen, &[view.scene.layout.wires[at].label], reach);
        }
    }
}

fn cross_all(pen: &mut Pen<'_>, points: &[Point], reach: f64) {
    if points.is_empty() {
        return;
    }
    pen.begin();
    points.iter().for_each(|&at| pen.circle(at, reach * 1.5));
    pen.fill(Ink::Bg, 1.0);
    pen.begin();
    points.iter().for_each(|&at| marks::add_cross(pen, at, reach));
    pen.stroke(Ink::Bad, 1.0, 2.0_f64.max(pen.px(1.4)));
}

/// Step numbers and labels, on top of messages and boxes' edges.
pub fn words(pen: &mut Pen<'_>, view: &View<'_>) {
    if matches!(view.detail, Detail::Far | Detail::Specks) {
        return;
    }
    for &at in view.wires {
        let path = &view.scene.layout.wires[at];
        // The steps of several wires are not told on the one that is drawn for them.
        let is_one = path.bundle.is_empty();
        let step = view.scene.document.steps.get(at).filter(|_| is_one).map_or("", String::as_str);
        let word = step.chars().count() > 2;
        let left_out = word && view.detail == Detail::Middle;
        if !step.is_empty() && !left_out {
            let chip = Chip { text: step, sign: None, ink: Ink::Muted, ground: Ink::Panel };
            if word {
                // A word would hide a short wire that a number does not; it stands above, clear of the caller's card.
                chip.draw(pen, path.curve.0.moved(pen.px(5.0), -14.0), 80.0, Align::Left);
            } else {
                chip.draw(pen, path.step, 40.0, Align::Center);
            }
        }
        label(pen, view, at);
    }
    groups::counts(pen, view);
}

fn label(pen: &mut Pen<'_>, view: &View<'_>, at: usize) {
    let (path, wire) = (&view.scene.layout.wires[at], shown(view, at));
    let told = view.scene.hover == Some(Hit::Wire(at)) || view.scene.selected.contains(&Hit::Wire(at));
    let mut text = pen.scratch();
    for trouble in &wire.troubles {
        join(&mut text, trouble);
    }
    if told && wire.rate > 0.0 {
        join(&mut text, "");
        number::push(&mut text, wire.rate);
        text.push_str("/s");
        text.push_str(&view.scene.document.scenario.weight.sign());
    }
    if wire.p99.0 > 0 && (told || (wire.health == Health::Slow && wire.troubles.is_empty())) {
        join(&mut text, "p99 ");
        text.push_str(&number::span(wire.p99));
    }
    if wire.bad > 0.0 && (told || wire.health == Health::Failing) {
        join(&mut text, "");
        text.push_str(&number::percent(wire.bad));
        text.push_str(" bad");
    }
    if !text.is_empty() {
        let troubled = matches!(wire.health, Health::Slow | Health::Failing | Health::Cut);
        let ink = match wire.health {
            Health::Cut | Health::Failing => Ink::Bad,
            Health::Slow => Ink::Slow,
            Health::Idle | Health::Healthy => Ink::Muted,
        };
        let sign = (troubled && wire.health != Health::Cut).then_some(wire.health);
        let aside = if wire.health == Health::Cut { 19.0 } else { -15.0 };
        Chip { text: &text, sign, ink, ground: Ink::Bg }.draw(pen, path.label.moved(0.0, aside), 240.0, Align::Center);
    }
    pen.give_back(text);
}

fn join(text: &mut String, next: &str) {
    if !text.is_empty() {
        text.push_str(" · ");
    }
    text.push_str(next);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wire_grows_with_its_rate_and_has_a_limit() {
        let steps: Vec<usize> = [0.0, 5.0, 50.0, 1_000.0, 50_000.0].into_iter().map(width_step).collect();
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
        assert_eq!(width_step(1e300), WIDTHS - 1);
        assert_eq!(width_step(f64::NAN), 1);
    }
}
