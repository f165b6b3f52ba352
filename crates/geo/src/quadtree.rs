//! Quadtree: a square map that cuts itself into four wherever it gets crowded.
//!
//! ```text
//!   ┌───────┬───┬───┐     a cell with more than `capacity` items becomes four; when they have grown empty, one again
//!   │       │ ● │   │
//!   │       ├───┼───┤     a city is deep, a desert is one cell
//!   │   ●   │●●●│ ● │
//!   ├───────┼───┴───┤
//!   │       │     ● │
//!   └───────┴───────┘
//! ```
//!
//! The rule: cells are half-open [x0, x1) × [y0, y1), so that an item lies in exactly one; a cell above its capacity splits, again
//! and again until every part fits, except at the greatest depth, where items that coincide stay together. Four sibling cells that
//! together hold no more than half a capacity become one. Costs, for n items in a tree of depth d: insert and remove O(d), a split
//! O(capacity), a search the cells that it meets; the k nearest by best-first search.
//!
//! Source: Finkel and Bentley, Quad Trees (1974); the buckets are Samet's PR quadtree (1984); nearest neighbours by Hjaltason and
//! Samet (1999).
//!
//! [`Counting::Listing`] is a widespread listing with its two faults: after a split children count from zero, and a split is not
//! repeated, so that cells hold far more than their capacity.
//!
//! When not: points that move all the time (each move is a removal and an insertion; a [`Grid`](crate::Grid) is cheaper), and very
//! even data, for which the grid does the same with less.

use core::cmp::Reverse;
use core::fmt;
use std::collections::{BinaryHeap, VecDeque};

/// A point on an integer plane: x, y. Scale degrees or metres to what is needed.
pub type Point = [i64; 2];

/// A half-open rectangle: x from `x0` up to, and without, `x1`; y likewise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// Least x.
    pub x0: i64,
    /// Least y.
    pub y0: i64,
    /// Beyond the greatest x.
    pub x1: i64,
    /// Beyond the greatest y.
    pub y1: i64,
}

/// Greatest absolute coordinate of a map: differences fit 64 bits, and sums of squares 128.
pub const COORDINATE_MAX: i64 = 1 << 61;

impl Rectangle {
    /// Whether the point lies in it.
    #[must_use]
    pub fn contains(&self, [x, y]: Point) -> bool {
        (self.x0..self.x1).contains(&x) && (self.y0..self.y1).contains(&y)
    }

    fn meets(&self, other: &Rectangle) -> bool {
        self.x0 < other.x1 && other.x0 < self.x1 && self.y0 < other.y1 && other.y0 < self.y1
    }

    /// The square of the way from a point to the nearest point of it; 0 inside.
    #[must_use]
    pub fn squared_distance(&self, [x, y]: Point) -> u128 {
        let nearest = [x.clamp(self.x0, (self.x1 - 1).max(self.x0)), y.clamp(self.y0, (self.y1 - 1).max(self.y0))];
        squared_distance([x, y], nearest)
    }

    /// The quarters: south-west, south-east, north-west, north-east.
    fn quarters(&self) -> [Rectangle; 4] {
        let (x, y) = self.middle();
        let Rectangle { x0, y0, x1, y1 } = *self;
        [
            Rectangle { x0, y0, x1: x, y1: y },
            Rectangle { x0: x, y0, x1, y1: y },
            Rectangle { x0, y0: y, x1: x, y1 },
            Rectangle { x0: x, y0: y, x1, y1 },
        ]
    }

    fn middle(&self) -> (i64, i64) {
        (self.x0 + (self.x1 - self.x0) / 2, self.y0 + (self.y1 - self.y0) / 2)
    }

    /// In which of the quarters a point of it lies.
    fn quarter_of(&self, [x, y]: Point) -> usize {
        let (middle_x, middle_y) = self.middle();
        usize::from(x >= middle_x) + 2 * usize::from(y >= middle_y)
    }
}

/// The square of the way between two points.
#[must_use]
pub fn squared_distance(a: Point, b: Point) -> u128 {
    let square = |a: i64, b: i64| {
        let difference = u128::from(a.abs_diff(b));
        difference.saturating_mul(difference)
    };
    square(a[0], b[0]).saturating_add(square(a[1], b[1]))
}

/// Which cells split, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counting {
    /// Those that hold more than their capacity.
    #[default]
    Held,
    /// Those that have been given more than their capacity since they were made, once: wrong, and here to be seen.
    Listing,
}

/// Settings of a [`Quadtree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuadtreeConfig {
    /// Items that a cell may hold before it splits, at least 1.
    pub capacity: u32,
    /// Splits from the whole map to the smallest cell, at most 62.
    pub depth_max: u8,
    /// Cells split later, by [`Quadtree::settle`], and hold too much until then: inserts stay cheap.
    pub is_deferred: bool,
    /// What is counted.
    pub counting: Counting,
}

/// 500 items, 32 splits, at once.
impl Default for QuadtreeConfig {
    fn default() -> QuadtreeConfig {
        QuadtreeConfig { capacity: 500, depth_max: 32, is_deferred: false, counting: Counting::Held }
    }
}

/// Why there is no such map, or no room on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    /// The map would be empty or too large.
    Bounds {
        /// The bounds.
        bounds: Rectangle,
    },
    /// The point lies outside the map.
    Outside {
        /// The point.
        point: Point,
    },
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapError::Bounds { bounds: Rectangle { x0, y0, x1, y1 } } => write!(
                f,
                "a map from ({x0}, {y0}) to ({x1}, {y1}) is empty, or reaches beyond {COORDINATE_MAX} from the origin"
            ),
            MapError::Outside { point: [x, y] } => write!(f, "the point ({x}, {y}) lies outside the map"),
        }
    }
}

impl core::error::Error for MapError {}

/// An item: where, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Where it is.
    pub point: Point,
    /// What it is.
    pub id: u32,
}

/// One cell.
#[derive(Clone, Debug)]
struct Cell {
    bounds: Rectangle,
    depth: u8,
    parent: u32,
    /// The first of its four children, which lie side by side; 0 for a leaf.
    children: u32,
    /// Items in it, its children's included.
    count: u32,
    /// What [`Counting::Listing`] counts.
    given: u32,
    items: Vec<Item>,
}

/// A cell as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Where it lies.
    pub bounds: Rectangle,
    /// How many splits it is away from the whole map.
    pub depth: u8,
    /// How many items it holds.
    pub items: u32,
}

/// A map that cuts itself up.
#[derive(Clone, Debug)]
pub struct Quadtree {
    config: QuadtreeConfig,
    cells: Vec<Cell>,
    /// First cells of groups of four that nobody uses.
    free: Vec<u32>,
    /// Leaves that wait to be split.
    pending: VecDeque<u32>,
}

impl Quadtree {
    /// An empty map.
    pub fn new(config: QuadtreeConfig, bounds: Rectangle) -> Result<Quadtree, MapError> {
        let fits = |value: i64| (-COORDINATE_MAX..=COORDINATE_MAX).contains(&value);
        let is_map = bounds.x0 < bounds.x1 && bounds.y0 < bounds.y1;
        if !is_map || ![bounds.x0, bounds.y0, bounds.x1, bounds.y1].into_iter().all(fits) {
            return Err(MapError::Bounds { bounds });
        }
        let config = QuadtreeConfig { capacity: config.capacity.max(1), depth_max: config.depth_max.min(62), ..config };
        let root = Cell { bounds, depth: 0, parent: 0, children: 0, count: 0, given: 0, items: Vec::new() };
        Ok(Quadtree { config, cells: vec![root], free: Vec::new(), pending: VecDeque::new() })
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.cells[0].count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts an item on the map. Items may coincide, and an id may be there more than once.
    pub fn insert(&mut self, item: Item) -> Result<(), MapError> {
        if !self.cells[0].bounds.contains(item.point) {
            return Err(MapError::Outside { point: item.point });
        }
        let mut at = 0;
        loop {
            let cell = &mut self.cells[at];
            cell.count += 1;
            if cell.children == 0 {
                break;
            }
            at = cell.children as usize + cell.bounds.quarter_of(item.point);
        }
        self.cells[at].items.push(item);
        self.cells[at].given += 1;
        if self.is_crowded(at) {
            if self.config.is_deferred {
                self.pending.push_back(at as u32);
            } else {
                self.split(at);
            }
        }
        Ok(())
    }

    /// Splits up to `most` cells that wait for it; how many still wait.
    pub fn settle(&mut self, most: usize) -> usize {
        for _ in 0..most {
            let Some(at) = self.pending.pop_front() else { break };
            if self.is_crowded(at as usize) {
                self.split(at as usize);
            }
        }
        self.pending.len()
    }

    fn is_crowded(&self, at: usize) -> bool {
        let cell = &self.cells[at];
        let counted = if self.config.counting == Counting::Listing { cell.given } else { cell.items.len() as u32 };
        let can_split = cell.depth < self.config.depth_max
            && (cell.bounds.x1 - cell.bounds.x0 > 1 || cell.bounds.y1 - cell.bounds.y0 > 1);
        cell.children == 0 && counted > self.config.capacity && can_split
    }

    /// Splits a leaf, and its children as long as they are crowded.
    fn split(&mut self, at: usize) {
        let mut crowded = vec![at];
        while let Some(at) = crowded.pop() {
            let first = self.quarter(at);
            if self.config.counting == Counting::Held {
                crowded.extend((first..first + 4).filter(|child| self.is_crowded(*child)));
            }
        }
    }

    /// Makes four children of a leaf and deals its items out; the first child.
    fn quarter(&mut self, at: usize) -> usize {
        let (bounds, depth) = (self.cells[at].bounds, self.cells[at].depth + 1);
        let items = core::mem::take(&mut self.cells[at].items);
        let first = self.free.pop().unwrap_or(self.cells.len() as u32);
        for (index, bounds) in bounds.quarters().into_iter().enumerate() {
            let cell = Cell { bounds, depth, parent: at as u32, children: 0, count: 0, given: 0, items: Vec::new() };
            match self.cells.get_mut(first as usize + index) {
                Some(free) => *free = cell,
                None => self.cells.push(cell),
            }
        }
        self.cells[at].children = first;
        for item in items {
            let child = &mut self.cells[first as usize + bounds.quarter_of(item.point)];
            child.items.push(item);
            child.count += 1;
        }
        if self.config.counting == Counting::Held {
            (first as usize..first as usize + 4).for_each(|child| self.cells[child].given = self.cells[child].count);
        }
        first as usize
    }

    /// Takes an item off the map; whether it was there.
    pub fn remove(&mut self, item: Item) -> bool {
        let mut at = 0;
        if !self.cells[0].bounds.contains(item.point) {
            return false;
        }
        while self.cells[at].children != 0 {
            at = self.cells[at].children as usize + self.cells[at].bounds.quarter_of(item.point);
        }
        let Some(place) = self.cells[at].items.iter().position(|there| *there == item) else { return false };
        self.cells[at].items.swap_remove(place);
        self.cells[at].given = self.cells[at].given.saturating_sub(1);
        self.cells[at].count -= 1;
        while at != 0 {
            at = self.cells[at].parent as usize;
            self.cells[at].count -= 1;
            self.merge_if_empty_enough(at);
        }
        true
    }

    /// Half a capacity, not a whole one: an item that comes and goes would otherwise split and merge every time.
    fn merge_if_empty_enough(&mut self, at: usize) {
        let first = self.cells[at].children as usize;
        let is_over = self.cells[at].count > self.config.capacity / 2;
        if first == 0 || is_over || (first..first + 4).any(|child| self.cells[child].children != 0) {
            return;
        }
        let mut items = Vec::new();
        (first..first + 4).for_each(|child| items.append(&mut self.cells[child].items));
        // A cell that waited to be split is gone.
        self.pending.retain(|waiting| !(first..first + 4).contains(&(*waiting as usize)));
        let cell = &mut self.cells[at];
        (cell.given, cell.items, cell.children) = (items.len() as u32, items, 0);
        self.free.push(first as u32);
    }

    /// The items in a rectangle, in no particular order, into `out`, which is cleared before. How many cells were looked into.
    pub fn within(&self, rectangle: &Rectangle, out: &mut Vec<Item>) -> u32 {
        self.search(|bounds| bounds.meets(rectangle), |point| rectangle.contains(point), out)
    }

    /// The items no farther than `radius` from `center`, into `out`, which is cleared before. How many cells were looked into.
    pub fn within_radius(&self, center: Point, radius: u64, out: &mut Vec<Item>) -> u32 {
        let most = u128::from(radius) * u128::from(radius);
        let is_near = |bounds: &Rectangle| bounds.squared_distance(center) <= most;
        self.search(is_near, |point| squared_distance(point, center) <= most, out)
    }

    /// Everything in the leaves that the circle meets, near or not: what has to be looked at to answer [`Quadtree::within_radius`].
    /// Returned is how many cells were visited.
    pub fn candidates(&self, center: Point, radius: u64, out: &mut Vec<Item>) -> u32 {
        let most = u128::from(radius) * u128::from(radius);
        self.search(|bounds| bounds.squared_distance(center) <= most, |_| true, out)
    }

    fn search(&self, meets: impl Fn(&Rectangle) -> bool, keeps: impl Fn(Point) -> bool, out: &mut Vec<Item>) -> u32 {
        out.clear();
        let (mut open, mut visited) = (vec![0_usize], 0);
        while let Some(at) = open.pop() {
            let cell = &self.cells[at];
            if cell.count == 0 || !meets(&cell.bounds) {
                continue;
            }
            visited += 1;
            if cell.children == 0 {
                out.extend(cell.items.iter().filter(|item| keeps(item.point)));
            } else {
                open.extend(cell.children as usize..cell.children as usize + 4);
            }
        }
        visited
    }

    /// The `k` items nearest to `center` with the squares of their distances, nearest first, ties by id; into `out`, which is
    /// cleared before. How many cells were looked into.
    pub fn nearest(&self, center: Point, k: usize, out: &mut Vec<(u128, Item)>) -> u32 {
        out.clear();
        let mut visited = 0;
        // Cells before items at the same distance, because a cell may hold an item with a smaller id.
        let mut open = BinaryHeap::from([Reverse((0_u128, Next::Cell(0)))]);
        while out.len() < k
            && let Some(Reverse((distance, next))) = open.pop()
        {
            let cell = match next {
                Next::Item(_, item) => {
                    out.push((distance, item));
                    continue;
                }
                Next::Cell(at) => &self.cells[at as usize],
            };
            visited += 1;
            let children = if cell.children == 0 { 0..0 } else { cell.children..cell.children + 4 };
            for child in children.filter(|child| self.cells[*child as usize].count > 0) {
                let distance = self.cells[child as usize].bounds.squared_distance(center);
                open.push(Reverse((distance, Next::Cell(child))));
            }
            open.extend(
                cell.items
                    .iter()
                    .map(|item| Reverse((squared_distance(item.point, center), Next::Item(item.id, *item)))),
            );
        }
        visited
    }

    /// The leaves, for drawing and counting.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf> + '_ {
        let mut open = vec![0_u32];
        core::iter::from_fn(move || {
            loop {
                let cell = &self.cells[open.pop()? as usize];
                if cell.children == 0 {
                    return Some(Leaf { bounds: cell.bounds, depth: cell.depth, items: cell.items.len() as u32 });
                }
                open.extend((cell.children..cell.children + 4).rev());
            }
        })
    }
}

/// What the search for the nearest looks at next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Cell(u32),
    /// The id first, for the order of ties.
    Item(u32, Item),
}
