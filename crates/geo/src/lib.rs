//! Geo: where things are, what is near, and how to get there.
//!
//! | | answers | cost | when not |
//! |---|---|---|---|
//! | [`Quadtree`] | what is in this rectangle, within this radius, the k nearest | O(depth) and the cells met | everything moves |
//! | [`Grid`] | the same, around a point | O(cells met) | density varies much |
//! | [`Geohash`] | which cell, as a text; its neighbours | O(letters) | on its own, without the neighbours |
//! | [`Graph`] | cheapest routes: Dijkstra, A*, from both ends | O(n log n) | many queries over long distances |
//! | [`Hierarchy`] | the same, prepared | a few dozen crossings | costs that change by the minute |
//! | [`Segments`] | the same, on a map in pieces | borders, and two local searches | a map that fits one machine |
//!
//! Integers for places and costs, so that results are the same on every machine; degrees only at the edge.
//!
//! ```
//! use geo::{Geohash, Graph, Hierarchy, Item, Quadtree, QuadtreeConfig, Rectangle, Road};
//!
//! let mut map = Quadtree::new(QuadtreeConfig::default(), Rectangle { x0: 0, y0: 0, x1: 1_000, y1: 1_000 })?;
//! for (id, point) in [(0, [10, 10]), (1, [500, 20]), (2, [12, 14])] {
//!     map.insert(Item { point, id })?;
//! }
//! let mut near = Vec::new();
//! map.nearest([11, 11], 2, &mut near);
//! assert_eq!(near.iter().map(|(squared, item)| (*squared, item.id)).collect::<Vec<_>>(), [(2, 0), (10, 2)]);
//!
//! let road = |from, to, cost| Road { from, to, cost, class: 0 };
//! let graph = Graph::new(vec![[0, 0], [5, 5], [10, 0]], vec![road(0, 1, 4), road(1, 2, 4), road(0, 2, 9)])?;
//! let route = Hierarchy::new(&graph).route(0, 2).route.expect("there is a way");
//! assert_eq!((route.cost, route.crossings), (8, vec![0, 1, 2]));
//!
//! assert_eq!(Geohash::encode(57.64911, 10.40744, 11)?.to_string(), "u4pruydqqvj");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod geohash;
mod graph;
mod grid;
mod hierarchy;
mod quadtree;
mod segments;

pub use geohash::{Degrees, Geohash, GeohashError, LENGTH_MAX, haversine_metres};
pub use graph::{COST_MAX, CROSSINGS_MAX, Graph, GraphError, Outcome, Road, Route, Way};
pub use grid::Grid;
pub use hierarchy::Hierarchy;
pub use quadtree::{
    COORDINATE_MAX, Counting, Item, Leaf, MapError, Point, Quadtree, QuadtreeConfig, Rectangle, squared_distance,
};
pub use segments::{Found, SegmentError, Segments};
