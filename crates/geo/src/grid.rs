//! Grid: a map cut once and for all into square cells of one size.
//!
//! ```text
//!   │ 0 │ 0 │ 1 │       simple and quick to change: an item's cell is a division away;
//!   │ 0 │977│ 3 │       a city makes one cell that holds nearly everything, and the rest is empty
//! ```
//!
//! The rule: cell (⌊x / side⌋, ⌊y / side⌋). Moving an item costs O(log cells), looking around a point the cells that the circle's
//! square meets.
//!
//! When not: where density varies by orders of magnitude; a [`Quadtree`](crate::Quadtree) adapts.

use crate::quadtree::{Item, Point, squared_distance};
use std::collections::BTreeMap;

/// A map of equal cells. Only cells with items are kept.
#[derive(Clone, Debug)]
pub struct Grid {
    side: i64,
    cells: BTreeMap<(i64, i64), Vec<Item>>,
}

impl Grid {
    /// An empty map; a side below 1 counts as 1.
    #[must_use]
    pub fn new(side: i64) -> Grid {
        Grid { side: side.max(1), cells: BTreeMap::new() }
    }

    /// The cell of a point.
    #[must_use]
    pub fn cell(&self, [x, y]: Point) -> (i64, i64) {
        (x.div_euclid(self.side), y.div_euclid(self.side))
    }

    /// Puts an item on the map.
    pub fn insert(&mut self, item: Item) {
        self.cells.entry(self.cell(item.point)).or_default().push(item);
    }

    /// Takes an item off the map; whether it was there.
    pub fn remove(&mut self, item: Item) -> bool {
        let key = self.cell(item.point);
        let Some(items) = self.cells.get_mut(&key) else { return false };
        let Some(place) = items.iter().position(|there| *there == item) else { return false };
        items.swap_remove(place);
        if items.is_empty() {
            self.cells.remove(&key);
        }
        true
    }

    /// How many items each cell that has any holds.
    pub fn loads(&self) -> impl Iterator<Item = u32> + '_ {
        self.cells.values().map(|items| items.len() as u32)
    }

    /// The items of the cells at most `rings` away from that of `center` and no farther than `radius`, into `out`, which is cleared
    /// before. With too few rings for the radius, some are missed.
    pub fn within_rings(&self, center: Point, radius: u64, rings: u32, out: &mut Vec<Item>) {
        out.clear();
        let (column, row) = self.cell(center);
        let most = u128::from(radius) * u128::from(radius);
        let (from, to) = (column.saturating_sub(rings.into()), column.saturating_add(rings.into()));
        let rows = row.saturating_sub(rings.into())..=row.saturating_add(rings.into());
        for ((_, row), items) in self.cells.range((from, i64::MIN)..=(to, i64::MAX)) {
            if rows.contains(row) {
                out.extend(items.iter().filter(|item| squared_distance(item.point, center) <= most));
            }
        }
    }

    /// The items no farther than `radius` from `center`, into `out`: as many rings as it takes.
    pub fn within_radius(&self, center: Point, radius: u64, out: &mut Vec<Item>) {
        let rings = radius.div_ceil(self.side.unsigned_abs());
        self.within_rings(center, radius, u32::try_from(rings).unwrap_or(u32::MAX), out);
    }
}
