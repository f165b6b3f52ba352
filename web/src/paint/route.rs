//! How wires run: out of the right side of the caller, into the left side of the called, around what lies between where a
//! simple bow does it.
//!
//! What lies in a folded group is wired from and to its card: a wire within it is not drawn, and several between the same two are
//! drawn as the first of them.
//!
//! Wires that share a side are spread over it in the order of where they come from, so that neighbours do not cross. For each
//! wire a few bows are tried and the one that meets the fewest boxes is kept: 9 bows × 14 points × the boxes near the wire.

use super::geometry::{Curve, Point, Rect, Track};
use super::groups::GroupLayout;
use super::layout::BoxLayout;
use crate::state::ordered;
use scenario::Scenario;
use std::collections::BTreeMap;

/// Most cards of members to which a wire shows its branches.
const BRANCHES_MAX: usize = 9;
/// How far apart wires on one side are, when there is room.
const SPREAD: f64 = 20.0;
/// Bows that are tried, in canvas points up or down.
const BOWS: [f64; 9] = [0.0, -60.0, 60.0, -120.0, 120.0, -190.0, 190.0, -280.0, 280.0];

/// The way of one wire.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WirePath {
    /// The boxes it joins, by place; `None` when an end names no box or both lie in one folded group, and then it is not drawn.
    pub ends: Option<(usize, usize)>,
    /// Its shape, from the caller to the called.
    pub curve: Curve,
    /// The same, for what travels on it.
    pub track: Track,
    /// Where it goes on to each member's card when the called box is a group; else empty.
    pub branches: Vec<Branch>,
    /// Where its step number goes, near the caller.
    pub step: Point,
    /// Where its label and its cross go.
    pub label: Point,
    /// The wires that it is drawn for, itself among them, by place; empty when it is only itself.
    pub bundle: Vec<usize>,
    /// The wire that is drawn for it, when it is not drawn itself.
    pub drawn_as: Option<usize>,
}

/// From the edge of a group to the card of one of its members.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Branch {
    /// Its shape.
    pub curve: Curve,
    /// The same, for what travels on it.
    pub track: Track,
}

impl WirePath {
    /// Where a message to or from `member` is, `share` of the way from the caller.
    #[must_use]
    pub fn at(&self, member: usize, share: f64) -> Point {
        let Some(branch) = self.branches.get(member) else { return self.track.at(share) };
        let (trunk, rest) = (self.track.length(), branch.track.length());
        let gone = share.clamp(0.0, 1.0) * (trunk + rest);
        if gone <= trunk || rest <= 0.0 {
            self.track.at(gone / trunk.max(1e-9))
        } else {
            branch.track.at((gone - trunk) / rest)
        }
    }

    /// True when it is drawn itself.
    #[must_use]
    pub fn is_drawn(&self) -> bool {
        self.ends.is_some() && self.drawn_as.is_none()
    }

    /// True when `p` is at most `tolerance` from it.
    #[must_use]
    pub fn hit(&self, p: Point, tolerance: f64) -> bool {
        self.is_drawn() && self.curve.hull().grown(tolerance).contains(p) && self.track.distance(p) <= tolerance
    }
}

/// The way of a wire that is being drawn from a box to the pointer.
#[must_use]
pub fn loose(from: &BoxLayout, to: Point) -> Curve {
    swing(from.out_port, to, 0.0)
}

/// Who a wire can begin and end at: boxes by place, and behind them the cards of groups.
#[derive(Clone, Copy)]
struct Places<'a> {
    boxes: &'a [BoxLayout],
    groups: &'a [GroupLayout],
}

impl<'a> Places<'a> {
    fn get(&self, at: usize) -> &'a BoxLayout {
        match at.checked_sub(self.boxes.len()) {
            None => &self.boxes[at],
            Some(group) => &self.groups[group].card,
        }
    }

    /// The place of a box, or that of the card that is folded over it.
    fn seen(&self, at: usize) -> usize {
        self.boxes[at].fold.map_or(at, |group| self.boxes.len() + group)
    }

    /// Everything that is seen, with its place.
    fn all(&self) -> impl Iterator<Item = (usize, &'a BoxLayout)> {
        let count = self.boxes.len();
        let boxes = self.boxes.iter().enumerate().filter(|(_, placed)| placed.fold.is_none());
        let groups = self.groups.iter().enumerate().filter(|(_, group)| group.folded);
        boxes.chain(groups.map(move |(at, group)| (count + at, &group.card)))
    }
}

/// One way for each wire, in the scenario's order.
#[must_use]
pub fn routes(scenario: &Scenario, boxes: &[BoxLayout], groups: &[GroupLayout]) -> Vec<WirePath> {
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    // One by one: collected, they would be sorted first.
    by_id.extend(scenario.boxes.iter().take(boxes.len()).enumerate().map(|(at, b)| (b.id.as_str(), at)));
    let place = |id: &String| by_id.get(id.as_str()).copied();
    let places = Places { boxes, groups };
    let ends: Vec<Option<(usize, usize)>> =
        scenario.wires.iter().map(|wire| place(&wire.ends.from).zip(place(&wire.ends.to))).collect();
    let is_within = |(from, to): (usize, usize)| boxes[from].fold.is_some() && boxes[from].fold == boxes[to].fold;
    let ends: Vec<_> = ends.into_iter().map(|ends| ends.filter(|ends| !is_within(*ends))).collect();
    let bundles = bundles(&ends, &places);
    // Only what is drawn takes room at its ends.
    let drawn: Vec<Option<(usize, usize)>> = ends
        .iter()
        .enumerate()
        .map(|(at, ends)| ends.filter(|_| bundles.as_of(at) == at).map(|(a, b)| (places.seen(a), places.seen(b))))
        .collect();
    let starts = spread(&drawn, &places, true);
    let stops = spread(&drawn, &places, false);
    let mut paths: Vec<WirePath> = Vec::with_capacity(ends.len());
    for (at, ends) in ends.iter().enumerate() {
        let first = bundles.as_of(at);
        paths.push(match (ends, drawn[at]) {
            (Some(_), Some(seen)) => {
                let path = route(seen, starts[at], stops[at], &places);
                WirePath { ends: *ends, bundle: bundles.of(at), ..path }
            }
            (Some(_), None) => {
                WirePath { ends: *ends, bundle: Vec::new(), drawn_as: Some(first), ..paths[first].clone() }
            }
            _ => WirePath::default(),
        });
    }
    paths
}

/// Which wires are drawn as one.
struct Bundles {
    /// The first of each wire's bundle.
    first: Vec<usize>,
}

impl Bundles {
    fn as_of(&self, at: usize) -> usize {
        self.first[at]
    }

    /// All that are drawn as the wire at this place; nothing when it is alone.
    fn of(&self, at: usize) -> Vec<usize> {
        let all: Vec<usize> = (at..self.first.len()).filter(|other| self.first[*other] == at).collect();
        if all.len() > 1 { all } else { Vec::new() }
    }
}

/// Wires between the same two, of which at least one is a folded group, are one.
fn bundles(ends: &[Option<(usize, usize)>], places: &Places<'_>) -> Bundles {
    let mut known: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let first = |(at, ends): (usize, &Option<(usize, usize)>)| {
        let Some((from, to)) = *ends else { return at };
        let seen = (places.seen(from), places.seen(to));
        if seen == (from, to) { at } else { *known.entry(seen).or_insert(at) }
    };
    Bundles { first: ends.iter().enumerate().map(first).collect() }
}

/// Where each wire touches its caller (`leaving`) or its called box.
fn spread(ends: &[Option<(usize, usize)>], places: &Places<'_>, leaving: bool) -> Vec<Point> {
    let mut points = vec![Point::default(); ends.len()];
    let near = |(from, to): (usize, usize)| if leaving { (from, to) } else { (to, from) };
    let touching = ends
        .iter()
        .enumerate()
        .filter_map(|(wire, ends)| ends.map(near).map(|(here, there)| (here, wire, places.get(there).rect.center().y)));
    let order: Vec<(usize, usize, f64)> =
        ordered(touching, |a, b| a.0.cmp(&b.0).then(a.2.total_cmp(&b.2)).then(a.1.cmp(&b.1)));
    for side in order.chunk_by(|a, b| a.0 == b.0) {
        let here = places.get(side[0].0);
        let port = if leaving { here.out_port } else { here.in_port };
        let room = 2.0 * (port.y - here.rect.y).min(here.rect.bottom() - port.y) - 28.0;
        let apart = SPREAD.min(room.max(0.0) / (side.len() - 1).max(1) as f64);
        for (place, &(_, wire, _)) in side.iter().enumerate() {
            points[wire] = port.moved(0.0, (place as f64 - (side.len() - 1) as f64 / 2.0) * apart);
        }
    }
    points
}

fn route(ends: (usize, usize), start: Point, stop: Point, places: &Places<'_>) -> WirePath {
    let curve = clearest(ends, start, stop, places);
    let track = curve.track();
    let branches = branches(places.get(ends.1), stop);
    let step = track.at((22.0 / track.length().max(1.0)).min(0.35));
    WirePath { ends: Some(ends), step, label: track.at(0.5), curve, track, branches, ..WirePath::default() }
}

/// A curve with level ends, bowed by `bow`. One that goes back to the left leaves the way it must and swings around.
fn swing(start: Point, stop: Point, bow: f64) -> Curve {
    let ahead = stop.x - start.x;
    if ahead > 24.0 {
        let reach = (ahead * 0.5).max(28.0);
        return Curve(start, start.moved(reach, bow), stop.moved(-reach, bow), stop);
    }
    let reach = 90.0 + ahead.abs() * 0.35;
    Curve(start, start.moved(reach, bow * 1.4), stop.moved(-reach, bow * 1.4), stop)
}

/// The first of the bows that meets the fewest boxes.
fn clearest(ends: (usize, usize), start: Point, stop: Point, places: &Places<'_>) -> Curve {
    let mut best = swing(start, stop, 0.0);
    let mut least = usize::MAX;
    for bow in BOWS {
        let curve = swing(start, stop, bow);
        let met = meets(&curve, ends, places);
        if met < least {
            (best, least) = (curve, met);
        }
        if met == 0 {
            break;
        }
    }
    best
}

/// How many of a few points of `curve` lie in boxes, its own two included, but for where it touches them.
fn meets(curve: &Curve, ends: (usize, usize), places: &Places<'_>) -> usize {
    const POINTS: usize = 14;
    let hull = curve.hull().grown(8.0);
    let mut met = 0;
    for (at, near) in places.all() {
        if !near.rect.overlaps(&hull) {
            continue;
        }
        let own = at == ends.0 || at == ends.1;
        let rect: Rect = near.rect.grown(if own { -2.0 } else { 6.0 });
        met += (1..POINTS).filter(|&i| rect.contains(curve.point_at(i as f64 / POINTS as f64))).count();
    }
    met
}

/// From the edge of a group to each member's card: level into the side of the card in its first row, from above into the others.
fn branches(called: &BoxLayout, stop: Point) -> Vec<Branch> {
    if !called.grouped || called.members.len() > BRANCHES_MAX {
        return Vec::new();
    }
    let way = |at: usize, card: &Rect| {
        if at == 0 {
            let end = Point::new(card.x, card.center().y);
            let reach = (end.x - stop.x) * 0.5;
            return Curve(stop, stop.moved(reach, 0.0), end.moved(-reach, 0.0), end);
        }
        // Down along the edge of the group first, then through the gap above the card's row, not behind the cards over it.
        let end = Point::new(card.x + 24.0, card.y);
        let far = ((end.x - stop.x - 24.0) / 60.0).clamp(0.0, 1.0);
        let lane = stop.moved(7.0 + 13.0 * far, 0.0).x;
        Curve(stop, Point::new(lane, end.y - 18.0), Point::new(end.x - 20.0 * far, end.y - 30.0 - 30.0 * far), end)
    };
    let branch = |curve: Curve| Branch { track: curve.track(), curve };
    called.members.iter().enumerate().map(|(at, card)| branch(way(at, card))).collect()
}
