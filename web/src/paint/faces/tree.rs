//! A tree, its root at the top: every node above the middle of its children, as many levels as fit. What is lit is framed
//! strongly and named where there is room for names at all, and so is the way to it.

use super::super::geometry::{Point, Rect};
use super::super::pen::{Align, Pen};
use super::super::text::Type;
use super::super::theme::Ink;
use super::{caption, readable};
use catalog::TreeNode;
use std::fmt::Write;

const LEVEL: f64 = 22.0;
const NODE: f64 = 14.0;
const DOT: f64 = 5.0;
const CAPTION: f64 = 13.0;
const SET: Type = Type::SMALL.sized(9.5);
/// Most nodes looked at.
const NODES_MAX: usize = 4_000;

/// Where one node stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    /// How far below the root.
    depth: usize,
    /// The middle of what is its own, 0 to 1.
    x: f64,
    /// How wide that is, 0 to 1.
    share: f64,
    /// The place of its parent, when that comes before it.
    parent: Option<usize>,
}

pub(super) fn draw(pen: &mut Pen<'_>, nodes: &[TreeNode], rect: Rect) {
    let nodes = &nodes[..nodes.len().min(NODES_MAX)];
    let deepest = |places: &[Place]| places.iter().map(|place| place.depth + 1).max().unwrap_or(0);
    let places = arranged(nodes, usize::MAX);
    let depth = deepest(&places);
    let fits = |room: f64| ((room - NODE) / LEVEL + 1.0 + 1e-9).floor().max(1.0) as usize;
    let levels = if depth > fits(rect.h) { fits(rect.h - CAPTION) } else { depth };
    let places = if levels < depth { arranged(nodes, levels) } else { places };
    let at = |place: &Place| Point::new(rect.x + place.x * rect.w, rect.y + NODE / 2.0 + place.depth as f64 * LEVEL);
    let seen = || nodes.iter().zip(&places).filter(|(_, place)| place.depth < levels);
    for lit in [false, true] {
        pen.begin();
        for (_, place) in seen().filter(|(node, _)| node.lit == lit) {
            if let Some(parent) = place.parent.and_then(|parent| places.get(parent)) {
                pen.line(at(parent), at(place));
            }
        }
        pen.stroke(if lit { Ink::Accent } else { Ink::Line }, 1.0, if lit { 1.8 } else { 1.0 });
    }
    seen().for_each(|(node, place)| self::node(pen, node, at(place), place.share * rect.w));
    if levels < depth {
        let mut text = pen.scratch();
        let _ = write!(text, "and {} more {}", depth - levels, if depth - levels == 1 { "level" } else { "levels" });
        caption(pen, rect, &text, "");
        pen.give_back(text);
    }
}

/// How high it is with all of its levels.
pub(super) fn large_height(nodes: &[TreeNode]) -> f64 {
    let places = arranged(&nodes[..nodes.len().min(NODES_MAX)], usize::MAX);
    let deepest = places.iter().map(|place| place.depth).max().unwrap_or(0);
    deepest.min(60) as f64 * LEVEL + NODE + 2.0
}

/// A rounded frame with the label where it fits into `room`, a small square where not.
fn node(pen: &mut Pen<'_>, node: &TreeNode, at: Point, room: f64) {
    let set = if node.lit { Type::VALUE.sized(SET.size) } else { SET };
    let wide = pen.width(&node.label, set) + 8.0;
    let is_named = readable(pen) && !node.label.is_empty() && room >= wide.min(30.0) + 2.0;
    let (w, h) = if is_named { (wide.min(room - 2.0), NODE) } else { (DOT.min(room.max(1.5)), DOT) };
    let frame = Rect::new(at.x - w / 2.0, at.y - h / 2.0, w, h);
    pen.begin();
    pen.round(frame, 3.5);
    if is_named {
        pen.fill(Ink::Panel, 1.0);
        pen.fill(if node.lit { Ink::Accent } else { Ink::Bg }, if node.lit { 0.2 } else { 0.8 });
        pen.stroke(if node.lit { Ink::Accent } else { Ink::Line }, 1.0, if node.lit { 1.6 } else { 1.0 });
        let ink = if node.lit { Ink::Text } else { Ink::Muted };
        pen.text(&node.label, at.moved(0.0, SET.size * 0.36), w - 4.0, set, ink, Align::Center);
    } else {
        pen.fill(if node.lit { Ink::Accent } else { Ink::Muted }, if node.lit { 1.0 } else { 0.6 });
    }
}

/// Every node's place when only so many levels are shown: as wide as there are shown leaves below it. A parent that does not come
/// before its child counts as none. O(nodes).
fn arranged(nodes: &[TreeNode], levels: usize) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        let parent = node.parent.map(usize::from).filter(|parent| *parent < at);
        let depth = parent.map_or(0, |parent| places[parent].depth + 1);
        places.push(Place { depth, parent, ..Place::default() });
    }
    let mut leaves = vec![0.0; nodes.len()];
    for at in (0..nodes.len()).rev().filter(|&at| places[at].depth < levels) {
        leaves[at] = f64::max(leaves[at], 1.0);
        if let Some(parent) = places[at].parent {
            leaves[parent] += leaves[at];
        }
    }
    let roots = (0..nodes.len()).filter(|&at| places[at].parent.is_none());
    let all: f64 = roots.map(|at| leaves[at]).sum::<f64>().max(1.0);
    // Where the next child of each begins; the last is for roots.
    let mut next = vec![0.0; nodes.len() + 1];
    for at in 0..nodes.len() {
        let whose = places[at].parent.unwrap_or(nodes.len());
        let (start, share) = (next[whose], leaves[at] / all);
        next[whose] += share;
        next[at] = start;
        (places[at].x, places[at].share) = (start + share / 2.0, share);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(parents: &[Option<u16>]) -> Vec<TreeNode> {
        parents.iter().map(|&parent| TreeNode { parent, label: String::new(), lit: false }).collect()
    }

    #[test]
    fn a_parent_stands_above_the_middle_of_its_leaves_and_nobody_overlaps() {
        let places = arranged(&tree(&[None, Some(0), Some(0), Some(1), Some(1), Some(1), Some(2)]), usize::MAX);
        assert!((places[0].x - 0.5).abs() < 1e-9 && (places[1].x - 0.375).abs() < 1e-9, "{places:?}");
        for (a, b) in
            (0..7).flat_map(|a| (0..a).map(move |b| (a, b))).filter(|&(a, b)| places[a].depth == places[b].depth)
        {
            let apart = (places[a].x - places[b].x).abs() - (places[a].share + places[b].share) / 2.0;
            assert!(apart > -1e-9, "{a} and {b}");
        }
    }

    #[test]
    fn nonsense_is_arranged_all_the_same() {
        for parents in [vec![], vec![Some(0)], vec![Some(9), Some(0), Some(1), None, Some(65_535), Some(5)]] {
            for levels in [0, 1, 2, usize::MAX] {
                let places = arranged(&tree(&parents), levels);
                let is_in = |place: &Place| (-1e-9..=1.0 + 1e-9).contains(&place.x) && place.share >= 0.0;
                assert!(places.iter().filter(|place| place.depth < levels).all(is_in), "{places:?}");
            }
        }
    }
}
