//! A road graph: crossings with their places, roads between them with what they cost, and the searches that need no preparation.
//!
//! ```text
//!   Dijkstra         ◌◌◌◌◌◌◌        in all directions until the target is reached
//!   A*                 s◌◌◌◌◌t      towards it, by a lower bound of what is left
//!   bidirectional    ◌s◌   ◌t◌      two small circles instead of a large one
//! ```
//!
//! The rule: roads lead one way; costs are whole numbers (milliseconds, metres). Every search here finds a cheapest route and says how
//! many crossings it settled, which is what it costs: each with a logarithm for the queue.
//!
//! A* is exact as long as its bound never exceeds the truth. Here it is the straight line times the cheapest cost per distance of
//! any road of the graph, so that fast roads make it weak.
//!
//! Source: Dijkstra (1959); Hart, Nilsson and Raphael (1968); Pohl (1971) for both ends.

use crate::quadtree::{Point, squared_distance};
use core::cmp::Reverse;
use core::fmt;
use std::collections::{BTreeMap, BinaryHeap};

/// A road from one crossing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Road {
    /// Where it begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What it costs, up to 2^40.
    pub cost: u64,
    /// How important it is: 0 for an alley, more for larger roads.
    pub class: u8,
}

/// Greatest cost of one road: no route of as many crossings as there may be overflows.
pub const COST_MAX: u64 = 1 << 40;

/// Most crossings of a graph.
pub const CROSSINGS_MAX: usize = 1 << 22;

/// Why there is no such graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphError {
    /// Too many crossings.
    Crossings {
        /// How many.
        crossings: u64,
    },
    /// A road leads to or from a crossing that there is not.
    Astray {
        /// The road's place in the list.
        road: u64,
    },
    /// A road costs too much.
    Cost {
        /// The road's place in the list.
        road: u64,
    },
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GraphError::Crossings { crossings } => {
                write!(f, "{crossings} crossings, but at most {CROSSINGS_MAX} are allowed")
            }
            GraphError::Astray { road } => write!(f, "road {road} leads to or from a crossing that does not exist"),
            GraphError::Cost { road } => write!(f, "road {road} costs more than {COST_MAX}"),
        }
    }
}

impl core::error::Error for GraphError {}

/// A way to go on: where to, at what cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The crossing at the other end.
    pub to: u32,
    /// The cost.
    pub cost: u64,
    /// The road's class.
    pub class: u8,
}

/// Ways by the crossing at which they begin, side by side.
#[derive(Clone, Debug, Default)]
struct Ways {
    starts: Vec<u32>,
    ways: Vec<Way>,
}

impl Ways {
    fn new(crossings: usize, roads: &[Road], ends: impl Fn(&Road) -> (u32, u32)) -> Ways {
        let mut starts = vec![0_u32; crossings + 1];
        roads.iter().for_each(|road| starts[ends(road).0 as usize + 1] += 1);
        for at in 0..crossings {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut ways = vec![Way { to: 0, cost: 0, class: 0 }; roads.len()];
        for road in roads {
            let (from, to) = ends(road);
            let place = &mut next[from as usize];
            ways[*place as usize] = Way { to, cost: road.cost, class: road.class };
            *place += 1;
        }
        Ways { starts, ways }
    }

    fn of(&self, at: u32) -> &[Way] {
        &self.ways[self.starts[at as usize] as usize..self.starts[at as usize + 1] as usize]
    }
}

/// A road graph.
#[derive(Clone, Debug)]
pub struct Graph {
    places: Vec<Point>,
    roads: Vec<Road>,
    onward: Ways,
    back: Ways,
    /// No road is cheaper than this for one unit of distance between its ends.
    cost_per_distance: f64,
}

/// A cheapest route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What it costs.
    pub cost: u64,
    /// Its crossings, both ends included.
    pub crossings: Vec<u32>,
}

/// What a search found, and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The route; `None` if there is no way.
    pub route: Option<Route>,
    /// How many crossings were settled, by all parts of the search together.
    pub settled: u32,
}

impl Graph {
    /// The graph of crossings at `places` and roads between them.
    pub fn new(places: Vec<Point>, roads: Vec<Road>) -> Result<Graph, GraphError> {
        let crossings = places.len();
        if crossings > CROSSINGS_MAX {
            return Err(GraphError::Crossings { crossings: crossings as u64 });
        }
        for (at, road) in (0..).zip(&roads) {
            if road.from as usize >= crossings || road.to as usize >= crossings {
                return Err(GraphError::Astray { road: at });
            }
            if road.cost > COST_MAX {
                return Err(GraphError::Cost { road: at });
            }
        }
        let onward = Ways::new(crossings, &roads, |road| (road.from, road.to));
        let back = Ways::new(crossings, &roads, |road| (road.to, road.from));
        let per_distance =
            |road: &Road| road.cost as f64 / distance(places[road.from as usize], places[road.to as usize]);
        // A road from a crossing to itself divides by zero, and is never on a cheapest route.
        let rates = roads.iter().map(per_distance).filter(|rate| rate.is_finite());
        let cost_per_distance = rates.fold(f64::INFINITY, |least, rate| if rate < least { rate } else { least });
        let cost_per_distance = if cost_per_distance.is_finite() { cost_per_distance } else { 0.0 };
        Ok(Graph { places, roads, onward, back, cost_per_distance })
    }

    /// How many crossings there are.
    #[must_use]
    pub fn crossings(&self) -> u32 {
        self.places.len() as u32
    }

    /// Where a crossing is.
    #[must_use]
    pub fn place(&self, crossing: u32) -> Point {
        self.places[crossing as usize]
    }

    /// All roads.
    #[must_use]
    pub fn roads(&self) -> &[Road] {
        &self.roads
    }

    /// The ways on from a crossing.
    #[must_use]
    pub fn onward(&self, crossing: u32) -> &[Way] {
        self.onward.of(crossing)
    }

    /// The ways back from a crossing, against the roads.
    #[must_use]
    pub fn back(&self, crossing: u32) -> &[Way] {
        self.back.of(crossing)
    }

    /// Both ends exist, and the searches may index with them.
    fn knows(&self, from: u32, to: u32) -> bool {
        from < self.crossings() && to < self.crossings()
    }

    /// A cheapest route by Dijkstra's search. A crossing that does not exist is out of reach.
    #[must_use]
    pub fn dijkstra(&self, from: u32, to: u32) -> Outcome {
        self.guided(from, to, |_| 0)
    }

    /// A cheapest route by A*.
    #[must_use]
    pub fn a_star(&self, from: u32, to: u32) -> Outcome {
        let Some(target) = self.places.get(to as usize) else { return Outcome { route: None, settled: 0 } };
        // A hair less than the bound, so that rounding never lifts it above the truth.
        let rate = self.cost_per_distance * (1.0 - 1e-9);
        self.guided(from, to, |at| (distance(self.places[at as usize], *target) * rate) as u64)
    }

    /// Dijkstra's search by cost so far plus `left`, a lower bound of what is left. A crossing that is reached more cheaply later
    /// is settled again, so that bounds that are rounded do no harm.
    fn guided(&self, from: u32, to: u32, left: impl Fn(u32) -> u64) -> Outcome {
        let mut settled = 0;
        if !self.knows(from, to) {
            return Outcome { route: None, settled };
        }
        let mut reached = Reached::dense(self.places.len());
        reached.improve(from, 0, from);
        let mut open = BinaryHeap::from([Reverse((left(from), 0_u64, from))]);
        while let Some(Reverse((_, cost, at))) = open.pop() {
            if cost > reached.cost(at) {
                continue;
            }
            settled += 1;
            if at == to {
                return Outcome { route: Some(Route { cost, crossings: reached.path(from, to) }), settled };
            }
            for way in self.onward(at) {
                if reached.improve(way.to, cost + way.cost, at) {
                    let cost = cost + way.cost;
                    open.push(Reverse((cost + left(way.to), cost, way.to)));
                }
            }
        }
        Outcome { route: None, settled }
    }

    /// A cheapest route by two searches, onward from the start and back from the target, that meet.
    #[must_use]
    pub fn bidirectional(&self, from: u32, to: u32) -> Outcome {
        let mut settled = 0;
        if !self.knows(from, to) {
            return Outcome { route: None, settled };
        }
        let mut fronts =
            [Front::new(Reached::dense(self.places.len()), from), Front::new(Reached::dense(self.places.len()), to)];
        let (mut best, mut meeting) = if from == to { (0, Some(from)) } else { (u64::MAX, None) };
        // Once the two fronts together have come as far as the best route, no better one is left between them.
        while let (Some(one), Some(other)) = (fronts[0].next_cost(), fronts[1].next_cost())
            && one + other < best
        {
            let side = usize::from(other < one);
            let Some((cost, at)) = fronts[side].settle() else { break };
            settled += 1;
            let ways = if side == 0 { self.onward(at) } else { self.back(at) };
            for way in ways {
                fronts[side].push(way.to, cost + way.cost, at);
                let both = fronts[0].reached.cost(way.to).saturating_add(fronts[1].reached.cost(way.to));
                if both < best {
                    (best, meeting) = (both, Some(way.to));
                }
            }
        }
        let route = meeting.map(|at| {
            let mut crossings = fronts[0].reached.path(from, at);
            crossings.extend(fronts[1].reached.path(to, at).into_iter().rev().skip(1));
            Route { cost: best, crossings }
        });
        Outcome { route, settled }
    }

    /// What many texts call a contraction hierarchy: to the nearest crossing with a road of at least this class, along such roads
    /// only, and from the nearest such crossing to the target. Not always a cheapest route, and sometimes none where there is one.
    #[must_use]
    pub fn by_main_roads(&self, from: u32, to: u32, class: u8) -> Outcome {
        let mut settled = 0;
        if !self.knows(from, to) {
            return Outcome { route: None, settled };
        }
        let is_main = |ways: &[Way]| ways.iter().any(|way| way.class >= class);
        let start = self.flood(from, true, 0, |at| is_main(self.onward(at)), &mut settled);
        let end = self.flood(to, false, 0, |at| is_main(self.back(at)), &mut settled);
        let (Some(start), Some(end)) = (start, end) else { return Outcome { route: None, settled } };
        let Some(middle) =
            self.flood(start.1[start.1.len() - 1], true, class, |at| Some(&at) == end.1.last(), &mut settled)
        else {
            return Outcome { route: None, settled };
        };
        let mut crossings = start.1;
        crossings.extend(middle.1.into_iter().skip(1));
        crossings.extend(end.1.into_iter().rev().skip(1));
        Outcome { route: Some(Route { cost: start.0 + middle.0 + end.0, crossings }), settled }
    }

    /// The nearest crossing that is wanted, on roads of at least this class, onward or back: its cost and the way there.
    fn flood(
        &self,
        from: u32,
        is_onward: bool,
        class: u8,
        is_wanted: impl Fn(u32) -> bool,
        settled: &mut u32,
    ) -> Option<(u64, Vec<u32>)> {
        let mut front = Front::new(Reached::dense(self.places.len()), from);
        while let Some((cost, at)) = front.settle() {
            *settled += 1;
            if is_wanted(at) {
                return Some((cost, front.reached.path(from, at)));
            }
            let ways = if is_onward { self.onward(at) } else { self.back(at) };
            ways.iter().filter(|way| way.class >= class).for_each(|way| front.push(way.to, cost + way.cost, at));
        }
        None
    }
}

/// The straight way between two places.
fn distance(a: Point, b: Point) -> f64 {
    (squared_distance(a, b) as f64).sqrt()
}

/// What a search has reached: at which cost, and from where.
#[derive(Clone, Debug)]
pub(crate) enum Reached {
    /// A place for every crossing, for searches that reach many of them.
    Dense(Vec<(u64, u32)>),
    /// Those that were reached, for searches that reach few: nothing has to be cleared before.
    Sparse(BTreeMap<u32, (u64, u32)>),
}

impl Reached {
    pub(crate) fn dense(crossings: usize) -> Reached {
        Reached::Dense(vec![(u64::MAX, u32::MAX); crossings])
    }

    fn at(&self, at: u32) -> (u64, u32) {
        match self {
            Reached::Dense(all) => all[at as usize],
            Reached::Sparse(some) => some.get(&at).copied().unwrap_or((u64::MAX, u32::MAX)),
        }
    }

    pub(crate) fn cost(&self, at: u32) -> u64 {
        self.at(at).0
    }

    /// Notes a cheaper way to a crossing; whether it was one.
    pub(crate) fn improve(&mut self, at: u32, cost: u64, from: u32) -> bool {
        let is_better = cost < self.cost(at);
        if is_better {
            match self {
                Reached::Dense(all) => all[at as usize] = (cost, from),
                Reached::Sparse(some) => {
                    some.insert(at, (cost, from));
                }
            }
        }
        is_better
    }

    /// From the search's beginning to a crossing that it has reached.
    pub(crate) fn path(&self, from: u32, to: u32) -> Vec<u32> {
        let mut path = vec![to];
        let mut at = to;
        while at != from {
            at = self.at(at).1;
            path.push(at);
        }
        path.reverse();
        path
    }
}

/// One of two searches that go towards each other.
pub(crate) struct Front {
    pub(crate) reached: Reached,
    open: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Front {
    pub(crate) fn new(mut reached: Reached, from: u32) -> Front {
        reached.improve(from, 0, from);
        Front { reached, open: BinaryHeap::from([Reverse((0, from))]) }
    }

    /// The cost of what is settled next.
    pub(crate) fn next_cost(&mut self) -> Option<u64> {
        while let Some(Reverse((cost, at))) = self.open.peek() {
            if *cost <= self.reached.cost(*at) {
                return Some(*cost);
            }
            self.open.pop();
        }
        None
    }

    pub(crate) fn settle(&mut self) -> Option<(u64, u32)> {
        self.next_cost()?;
        self.open.pop().map(|Reverse(next)| next)
    }

    pub(crate) fn push(&mut self, at: u32, cost: u64, from: u32) {
        if self.reached.improve(at, cost, from) {
            self.open.push(Reverse((cost, at)));
        }
    }
}
