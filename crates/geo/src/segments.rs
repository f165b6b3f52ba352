//! Segments: a map too large for one machine, cut into pieces that each keep their own roads, and a table of what it costs to cross
//! each.
//!
//! ```text
//!   ┌─ A ────┐┌─ B ────┐┌─ C ────┐
//!   │ s ····b──b······b──b···· t │      inside A and C: local searches; across B: the table from border to border
//!   └────────┘└────────┘└────────┘
//! ```
//!
//! The rule: a border crossing has a road from or to another segment. Over {start, target, all border crossings}, with the roads
//! between segments and the tables inside them, Dijkstra's search finds cheapest routes exactly, even those that leave a segment
//! and come back into it. A segment with b borders has a table of at most b·(b-1) costs, each of them a local search to build.
//!
//! Three short cuts that are often described, and what they cost, are here to be seen: [`Segments::closest_exit`] leaves every
//! segment at the exit that is nearest, in a sequence of segments that is [the cheapest route's](Found::segments) or [the shortest in
//! segments](Segments::fewest); [`Segments::within`] never leaves the segment of start and target.

use crate::graph::Graph;
use core::cmp::Reverse;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

/// A map in pieces.
#[derive(Clone, Debug)]
pub struct Segments {
    graph: Graph,
    /// The segment of each crossing.
    of: Vec<u32>,
    /// For each border crossing, what it costs to the other borders of its segment, inside it.
    tables: BTreeMap<u32, Vec<(u32, u64)>>,
}

/// Not every crossing was given a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentError {
    /// Crossings of the graph.
    pub crossings: u64,
    /// Segments that were given.
    pub given: u64,
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} crossings need as many segments, and {} were given", self.crossings, self.given)
    }
}

impl core::error::Error for SegmentError {}

/// What a search across segments found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What the route costs; `None` if there is no way.
    pub cost: Option<u64>,
    /// Crossings that were settled, in local searches and on the borders together.
    pub settled: u32,
    /// The segments of the route, in its order.
    pub segments: Vec<u32>,
}

impl Segments {
    /// Cuts a graph up; `of` says the segment of each crossing.
    pub fn new(graph: Graph, of: Vec<u32>) -> Result<Segments, SegmentError> {
        let (crossings, given) = (u64::from(graph.crossings()), of.len() as u64);
        if crossings != given {
            return Err(SegmentError { crossings, given });
        }
        let mut borders = BTreeSet::new();
        for road in graph.roads().iter().filter(|road| of[road.from as usize] != of[road.to as usize]) {
            borders.extend([road.from, road.to]);
        }
        let mut segments = Segments { graph, of, tables: BTreeMap::new() };
        for border in &borders {
            let costs = segments.local(*border, true, &mut 0);
            let others = costs.into_iter().filter(|(at, _)| at != border && borders.contains(at));
            segments.tables.insert(*border, others.collect());
        }
        Ok(segments)
    }

    /// How many border crossings there are, and how many costs the tables hold.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.tables.len() as u32, self.tables.values().map(|table| table.len() as u32).sum())
    }

    fn segment(&self, at: u32) -> u32 {
        self.of[at as usize]
    }

    fn knows(&self, from: u32, to: u32) -> bool {
        from < self.graph.crossings() && to < self.graph.crossings()
    }

    /// The costs from (or, not onward, to) a crossing of everything in its segment, without leaving it.
    fn local(&self, from: u32, is_onward: bool, settled: &mut u32) -> BTreeMap<u32, u64> {
        let home = self.segment(from);
        let (mut costs, mut open) = (BTreeMap::from([(from, 0)]), BinaryHeap::from([Reverse((0_u64, from))]));
        while let Some(Reverse((cost, at))) = open.pop() {
            if costs.get(&at).is_some_and(|known| *known < cost) {
                continue;
            }
            *settled += 1;
            let ways = if is_onward { self.graph.onward(at) } else { self.graph.back(at) };
            for way in ways.iter().filter(|way| self.segment(way.to) == home) {
                let cost = cost + way.cost;
                if costs.get(&way.to).is_none_or(|known| cost < *known) {
                    costs.insert(way.to, cost);
                    open.push(Reverse((cost, way.to)));
                }
            }
        }
        costs
    }

    /// A cheapest route, exactly.
    #[must_use]
    pub fn route(&self, from: u32, to: u32) -> Found {
        let mut found = Found { cost: None, settled: 0, segments: Vec::new() };
        if !self.knows(from, to) {
            return found;
        }
        let outward = self.local(from, true, &mut found.settled);
        let inward = self.local(to, false, &mut found.settled);
        let mut best = outward.get(&to).copied().unwrap_or(u64::MAX);
        let (mut last, mut reached) = (None, BTreeMap::<u32, (u64, Option<u32>)>::new());
        let mut open = BinaryHeap::new();
        for (border, cost) in outward.iter().filter(|(at, _)| self.tables.contains_key(at)) {
            reached.insert(*border, (*cost, None));
            open.push(Reverse((*cost, *border)));
        }
        while let Some(Reverse((cost, at))) = open.pop() {
            if cost >= best {
                break;
            }
            if reached[&at].0 < cost {
                continue;
            }
            found.settled += 1;
            if let Some(rest) = inward.get(&at)
                && cost + rest < best
            {
                (best, last) = (cost + rest, Some(at));
            }
            for (next, way) in self.overlay(at) {
                let cost = cost + way;
                if reached.get(&next).is_none_or(|known| cost < known.0) {
                    reached.insert(next, (cost, Some(at)));
                    open.push(Reverse((cost, next)));
                }
            }
        }
        found.cost = (best < u64::MAX).then_some(best);
        found.segments = self.passed(from, to, last, &reached);
        found
    }

    /// The ways on from a border crossing: across its segment by the table, and over the border.
    fn overlay(&self, at: u32) -> impl Iterator<Item = (u32, u64)> + '_ {
        let home = self.segment(at);
        let over = self.graph.onward(at).iter().filter(move |way| self.segment(way.to) != home);
        self.tables[&at].iter().copied().chain(over.map(|way| (way.to, way.cost)))
    }

    /// The segments that a route by way of its last border crossing passes.
    fn passed(&self, from: u32, to: u32, last: Option<u32>, reached: &BTreeMap<u32, (u64, Option<u32>)>) -> Vec<u32> {
        let mut passed = vec![self.segment(to)];
        let mut at = last;
        while let Some(border) = at {
            passed.push(self.segment(border));
            at = reached[&border].1;
        }
        passed.push(self.segment(from));
        passed.reverse();
        passed.dedup();
        passed
    }

    /// Variant: a route that stays in the segment that start and target share. Misses the fast road just outside.
    #[must_use]
    pub fn within(&self, from: u32, to: u32) -> Found {
        let mut found = Found { cost: None, settled: 0, segments: Vec::new() };
        if self.knows(from, to) && self.segment(from) == self.segment(to) {
            found.cost = self.local(from, true, &mut found.settled).get(&to).copied();
            found.segments = vec![self.segment(from)];
        }
        found
    }

    /// A sequence of the fewest segments between two crossings; of equally many, by the smallest numbers. It knows nothing of costs.
    #[must_use]
    pub fn fewest(&self, from: u32, to: u32) -> Vec<u32> {
        if !self.knows(from, to) {
            return Vec::new();
        }
        let mut next: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for border in self.tables.keys() {
            let over = self.graph.onward(*border).iter().map(|way| self.segment(way.to));
            next.entry(self.segment(*border)).or_default().extend(over);
        }
        let (start, end) = (self.segment(from), self.segment(to));
        let (mut came, mut open) = (BTreeMap::from([(start, start)]), VecDeque::from([start]));
        while let Some(at) = open.pop_front() {
            for to in next.get(&at).into_iter().flatten() {
                if !came.contains_key(to) {
                    came.insert(*to, at);
                    open.push_back(*to);
                }
            }
        }
        let (mut sequence, mut at) = (vec![end], end);
        while at != start {
            let Some(before) = came.get(&at) else { return Vec::new() };
            at = *before;
            sequence.push(at);
        }
        sequence.reverse();
        sequence
    }

    /// Variant: through these segments one after the other, each left at the exit that is nearest. Makes detours.
    #[must_use]
    pub fn closest_exit(&self, from: u32, to: u32, sequence: &[u32]) -> Found {
        let mut found = Found { cost: None, settled: 0, segments: sequence.to_vec() };
        if !self.knows(from, to) {
            return found;
        }
        let (mut at, mut cost) = (from, 0);
        for next in sequence.iter().skip(1) {
            let costs = self.local(at, true, &mut found.settled);
            let exits = costs.iter().flat_map(|(exit, inside)| {
                let over = self.graph.onward(*exit).iter().filter(|way| self.segment(way.to) == *next);
                over.map(move |way| (*inside, way.cost, way.to))
            });
            let Some((inside, over, there)) = exits.min() else { return found };
            (at, cost) = (there, cost + inside + over);
        }
        found.cost = self.local(at, true, &mut found.settled).get(&to).map(|rest| cost + rest);
        found
    }
}
