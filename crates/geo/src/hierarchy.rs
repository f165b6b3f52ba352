//! Contraction hierarchies: routes over long distances in a hundredth of the work, after a preparation.
//!
//! ```text
//!   contract v:   u ──2── v ──3── w     if no other way from u to w costs at most 5, a shortcut u ──5── w takes v's place
//!
//!   a query climbs from both ends, only ever to crossings that were contracted later, and meets near the top:
//!                    ●───●
//!                 ●─╯     ╰─●
//!               s             t
//! ```
//!
//! The rule: all crossings are put in an order, the least important first, and contracted one by one. Whatever the order, routes
//! are cheapest; a good one makes queries small. The order here is by shortcuts made against roads removed, and by what has been
//! contracted nearby, looked at anew before each step. A query settles a few dozen crossings where Dijkstra settles thousands. When
//! costs change, the shortcuts are stale: it has to be built again.
//!
//! Source: Geisberger, Sanders, Schultes and Delling, Contraction Hierarchies (2008); stall-on-demand from there, section 3.2.
//!
//! Many texts call something else by this name: going to the nearest main road, along main roads, and from the nearest main road
//! to the target. That is [`Graph::by_main_roads`], and it does not find cheapest routes.

use crate::graph::{Front, Graph, Outcome, Reached, Route};
use core::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A road or shortcut to a crossing that is contracted later.
#[derive(Clone, Copy, Debug)]
struct Climb {
    to: u32,
    cost: u64,
    /// The crossing that a shortcut goes through.
    through: Option<u32>,
}

/// A prepared graph.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    /// From each crossing onward to later ones.
    up: Vec<Vec<Climb>>,
    /// From each crossing back to later ones.
    down: Vec<Vec<Climb>>,
    shortcuts: u32,
}

/// The most crossings that the search for another way settles before it gives up and a shortcut is made: too many shortcuts cost
/// time, but no route.
const WITNESS_SETTLED_MAX: u32 = 60;

impl Hierarchy {
    /// Contracts the whole graph.
    #[must_use]
    pub fn new(graph: &Graph) -> Hierarchy {
        let mut rest = Rest::new(graph);
        let crossings = graph.crossings();
        let mut queue: BinaryHeap<_> = (0..crossings).map(|at| Reverse((rest.priority(at), at))).collect();
        let mut hierarchy = Hierarchy {
            up: vec![Vec::new(); crossings as usize],
            down: vec![Vec::new(); crossings as usize],
            shortcuts: 0,
        };
        while let Some(Reverse((_, at))) = queue.pop() {
            // What was contracted meanwhile may have made it more important than the next.
            let priority = rest.priority(at);
            if queue.peek().is_some_and(|Reverse(next)| (priority, at) > *next) {
                queue.push(Reverse((priority, at)));
                continue;
            }
            hierarchy.up[at as usize] = rest.onward[at as usize].iter().map(Climb::new).collect();
            hierarchy.down[at as usize] = rest.back[at as usize].iter().map(Climb::new).collect();
            hierarchy.shortcuts += rest.contract(at);
        }
        hierarchy
    }

    /// How many shortcuts were made.
    #[must_use]
    pub fn shortcuts(&self) -> u32 {
        self.shortcuts
    }

    /// A cheapest route.
    #[must_use]
    pub fn route(&self, from: u32, to: u32) -> Outcome {
        let (crossings, mut settled) = (self.up.len(), 0);
        if from as usize >= crossings || to as usize >= crossings {
            return Outcome { route: None, settled };
        }
        let mut fronts = [from, to].map(|end| Front::new(Reached::Sparse(BTreeMap::new()), end));
        let (mut best, mut meeting) = (u64::MAX, None);
        loop {
            let next = [fronts[0].next_cost(), fronts[1].next_cost()].map(|cost| cost.unwrap_or(u64::MAX));
            // A front that has climbed as high as the best route costs can find no better one.
            if next[0].min(next[1]) >= best {
                break;
            }
            let side = usize::from(next[1] < next[0]);
            let Some((cost, at)) = fronts[side].settle() else { break };
            settled += 1;
            let both = cost.saturating_add(fronts[1 - side].reached.cost(at));
            if both < best {
                (best, meeting) = (both, Some(at));
            }
            let (ahead, behind) = if side == 0 { (&self.up, &self.down) } else { (&self.down, &self.up) };
            // A cheaper way leads here by way of a later crossing: nothing beyond is on a cheapest route.
            let is_cheaper = |climb: &Climb| fronts[side].reached.cost(climb.to).saturating_add(climb.cost) < cost;
            if behind[at as usize].iter().any(is_cheaper) {
                continue;
            }
            for climb in &ahead[at as usize] {
                fronts[side].push(climb.to, cost + climb.cost, at);
            }
        }
        let route = meeting.map(|at| Route { cost: best, crossings: self.unpacked(&fronts, from, at, to) });
        Outcome { route, settled }
    }

    /// The whole route, shortcuts replaced by what they stand for.
    fn unpacked(&self, fronts: &[Front; 2], from: u32, at: u32, to: u32) -> Vec<u32> {
        let mut climbs = fronts[0].reached.path(from, at);
        climbs.extend(fronts[1].reached.path(to, at).into_iter().rev().skip(1));
        let mut crossings = vec![from];
        let mut open: Vec<(u32, u32)> = climbs.windows(2).rev().map(|pair| (pair[0], pair[1])).collect();
        while let Some((one, other)) = open.pop() {
            match self.through(one, other) {
                Some(middle) => open.extend([(middle, other), (one, middle)]),
                None => crossings.push(other),
            }
        }
        crossings
    }

    /// The crossing that the cheapest climb between two goes through, if that is a shortcut. One of the two holds it, whichever was
    /// contracted first.
    fn through(&self, one: u32, other: u32) -> Option<u32> {
        let held = self.up[one as usize].iter().filter(|climb| climb.to == other);
        let held = held.chain(self.down[other as usize].iter().filter(|climb| climb.to == one));
        held.min_by_key(|climb| climb.cost).and_then(|climb| climb.through)
    }
}

impl Climb {
    fn new((to, way): (&u32, &Rope)) -> Climb {
        Climb { to: *to, cost: way.cost, through: way.through }
    }
}

/// A road or shortcut among what is not contracted yet.
#[derive(Clone, Copy)]
struct Rope {
    cost: u64,
    through: Option<u32>,
}

/// What is not contracted yet. Of several roads between two crossings only the cheapest is kept.
struct Rest {
    onward: Vec<BTreeMap<u32, Rope>>,
    back: Vec<BTreeMap<u32, Rope>>,
    /// How many neighbours of each have been contracted, and how deep the hierarchy below it is.
    contracted: Vec<u32>,
    depth: Vec<u32>,
    /// The witness search's memory: cost, and the serial of the search that it belongs to.
    costs: Vec<(u32, u64)>,
    serial: u32,
}

impl Rest {
    fn new(graph: &Graph) -> Rest {
        let crossings = graph.crossings() as usize;
        let mut rest = Rest {
            onward: vec![BTreeMap::new(); crossings],
            back: vec![BTreeMap::new(); crossings],
            contracted: vec![0; crossings],
            depth: vec![0; crossings],
            costs: vec![(0, 0); crossings],
            serial: 0,
        };
        for road in graph.roads().iter().filter(|road| road.from != road.to) {
            rest.tie(road.from, road.to, Rope { cost: road.cost, through: None });
        }
        rest
    }

    /// Adds a way, or makes the one that there is cheaper.
    fn tie(&mut self, from: u32, to: u32, rope: Rope) {
        let known = self.onward[from as usize].get(&to).is_some_and(|known| known.cost <= rope.cost);
        if !known {
            self.onward[from as usize].insert(to, rope);
            self.back[to as usize].insert(from, rope);
        }
    }

    /// The smaller, the earlier it is contracted.
    fn priority(&mut self, at: u32) -> i64 {
        let shortcuts = self.shortcuts(at).len() as i64;
        let removed = (self.onward[at as usize].len() + self.back[at as usize].len()) as i64;
        2 * (shortcuts - removed) + i64::from(self.contracted[at as usize]) + 2 * i64::from(self.depth[at as usize])
    }

    /// The shortcuts that contracting a crossing would take.
    fn shortcuts(&mut self, at: u32) -> Vec<(u32, u32, u64)> {
        let onward: Vec<(u32, u64)> = self.onward[at as usize].iter().map(|(to, rope)| (*to, rope.cost)).collect();
        let back: Vec<(u32, u64)> = self.back[at as usize].iter().map(|(from, rope)| (*from, rope.cost)).collect();
        let farthest = onward.iter().map(|(_, cost)| *cost).max().unwrap_or(0);
        let mut shortcuts = Vec::new();
        for (from, cost) in back {
            self.witness(from, at, cost + farthest);
            for (to, rest) in onward.iter().filter(|(to, _)| *to != from) {
                if self.cost(*to) > cost + rest {
                    shortcuts.push((from, *to, cost + rest));
                }
            }
        }
        shortcuts
    }

    fn cost(&self, at: u32) -> u64 {
        let (serial, cost) = self.costs[at as usize];
        if serial == self.serial { cost } else { u64::MAX }
    }

    /// Searches from a crossing without passing through `without`, up to `most`.
    fn witness(&mut self, from: u32, without: u32, most: u64) {
        self.serial += 1;
        self.costs[from as usize] = (self.serial, 0);
        let mut open = BinaryHeap::from([Reverse((0_u64, from))]);
        let mut settled = 0;
        while let Some(Reverse((cost, at))) = open.pop() {
            if cost > most || settled >= WITNESS_SETTLED_MAX {
                return;
            }
            if cost > self.cost(at) {
                continue;
            }
            settled += 1;
            for (to, rope) in self.onward[at as usize].iter().filter(|(to, _)| **to != without) {
                let cost = cost + rope.cost;
                if cost < self.cost(*to) {
                    self.costs[*to as usize] = (self.serial, cost);
                    open.push(Reverse((cost, *to)));
                }
            }
        }
    }

    /// Takes a crossing out and puts shortcuts in its place; how many.
    fn contract(&mut self, at: u32) -> u32 {
        let shortcuts = self.shortcuts(at);
        let onward = core::mem::take(&mut self.onward[at as usize]);
        let back = core::mem::take(&mut self.back[at as usize]);
        for to in onward.keys() {
            self.back[*to as usize].remove(&at);
        }
        for from in back.keys() {
            self.onward[*from as usize].remove(&at);
        }
        let mut neighbours: Vec<u32> = onward.into_keys().chain(back.into_keys()).collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        let depth = self.depth[at as usize] + 1;
        for neighbour in neighbours {
            self.contracted[neighbour as usize] += 1;
            let below = &mut self.depth[neighbour as usize];
            *below = depth.max(*below);
        }
        for (from, to, cost) in &shortcuts {
            self.tie(*from, *to, Rope { cost: *cost, through: Some(at) });
        }
        shortcuts.len() as u32
    }
}
