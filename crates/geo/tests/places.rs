//! Maps and geohashes against brute force, published hashes and the notes' figures.

use base::Rng;
use geo::{
    COORDINATE_MAX, Counting, Geohash, GeohashError, Grid, Item, MapError, Point, Quadtree, QuadtreeConfig, Rectangle,
    haversine_metres, squared_distance,
};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SMALL: Rectangle = Rectangle { x0: -16, y0: -16, x1: 16, y1: 16 };

fn config(capacity: u32) -> QuadtreeConfig {
    QuadtreeConfig { capacity, ..QuadtreeConfig::default() }
}

fn tree(config: QuadtreeConfig, bounds: Rectangle, points: &[Point]) -> Quadtree {
    let mut tree = Quadtree::new(config, bounds).expect("a map");
    for (id, point) in (0..).zip(points) {
        tree.insert(Item { point: *point, id }).expect("inside");
    }
    tree
}

fn ids(items: &[Item]) -> Vec<u32> {
    let mut ids: Vec<u32> = items.iter().map(|item| item.id).collect();
    ids.sort_unstable();
    ids
}

/// Cells cover the map once, hold no more than they may, and would not have been split for less.
fn check(tree: &Quadtree, bounds: Rectangle, capacity: u32) -> Result<(), TestCaseError> {
    let leaves: Vec<_> = tree.leaves().collect();
    let area = |cell: &Rectangle| (cell.x1 - cell.x0) * (cell.y1 - cell.y0);
    prop_assert_eq!(leaves.iter().map(|leaf| area(&leaf.bounds)).sum::<i64>(), area(&bounds));
    prop_assert_eq!(leaves.iter().map(|leaf| leaf.items).sum::<u32>(), tree.len());
    prop_assert!(leaves.iter().all(|leaf| leaf.items <= capacity || area(&leaf.bounds) == 1), "{:?}", leaves);
    Ok(())
}

proptest! {
    /// Oracle: looking at every item.
    #[test]
    fn searches_find_what_looking_at_everything_finds(
        points in vec([-16..16_i64, -16..16_i64], 0..80),
        removed in vec(any::<bool>(), 80),
        capacity in 1..6_u32,
        corners in [-18..18_i64, -18..18_i64, -18..18_i64, -18..18_i64],
        center in [-40..40_i64, -40..40_i64],
        radius in 0..30_u64,
        k in 0..90_usize,
    ) {
        let mut tree = tree(config(capacity), SMALL, &points);
        check(&tree, SMALL, capacity)?;
        let mut left: Vec<Item> = Vec::new();
        for ((id, point), is_removed) in (0..).zip(&points).zip(removed) {
            let item = Item { point: *point, id };
            if is_removed {
                prop_assert!(tree.remove(item) && !tree.remove(item));
            } else {
                left.push(item);
            }
        }
        check(&tree, SMALL, capacity)?;
        let rectangle = Rectangle { x0: corners[0], y0: corners[1], x1: corners[2], y1: corners[3] };
        let kept = |keeps: &dyn Fn(Point) -> bool| {
            ids(&left.iter().copied().filter(|item| keeps(item.point)).collect::<Vec<_>>())
        };
        let mut found = Vec::new();
        tree.within(&rectangle, &mut found);
        prop_assert_eq!(ids(&found), kept(&|[x, y]| corners[0] <= x && x < corners[2] && corners[1] <= y && y < corners[3]));
        tree.within_radius(center, radius, &mut found);
        let is_near = |[x, y]: Point| {
            ((x - center[0]) * (x - center[0]) + (y - center[1]) * (y - center[1])) as u64 <= radius * radius
        };
        prop_assert_eq!(ids(&found), kept(&is_near));
        let mut grid = Grid::new(5);
        left.iter().for_each(|item| grid.insert(*item));
        grid.within_radius(center, radius, &mut found);
        prop_assert_eq!(ids(&found), kept(&is_near));
        let mut nearest = Vec::new();
        tree.nearest(center, k, &mut nearest);
        let mut all: Vec<(u128, u32)> = left.iter().map(|item| (squared_distance(item.point, center), item.id)).collect();
        all.sort_unstable();
        all.truncate(k);
        prop_assert_eq!(nearest.iter().map(|(squared, item)| (*squared, item.id)).collect::<Vec<_>>(), all);
        left.iter().for_each(|item| assert!(tree.remove(*item) && grid.remove(*item)));
        prop_assert!(tree.is_empty() && tree.leaves().count() == 1, "an empty map is one cell again");
        prop_assert_eq!(grid.loads().count(), 0);
    }

    /// Law: a place lies in its cell, the text says the same cell, and a longer text begins with a shorter one.
    #[test]
    fn a_geohash_covers_its_place_and_reads_back(latitude in -90.0..=90.0_f64, longitude in -180.0..=180.0_f64, length in 0..=12_u64) {
        let cell = Geohash::encode(latitude, longitude, length).expect("a place");
        let covers = cell.bounds();
        prop_assert!(covers.south <= latitude && (latitude < covers.north || latitude == 90.0));
        prop_assert!(covers.west <= longitude && (longitude < covers.east || longitude == 180.0));
        prop_assert_eq!(Geohash::parse(&cell.to_string()), Ok(cell));
        let whole = Geohash::encode(latitude, longitude, 12).expect("a place");
        prop_assert_eq!(whole.prefix(length), cell);
        prop_assert!(whole.to_string().starts_with(&cell.to_string()));
    }

    /// Oracle: the cells around the middle of the cell, found by encoding places beyond its borders.
    #[test]
    fn neighbours_are_the_cells_beyond_the_borders(latitude in -90.0..90.0_f64, longitude in -180.0..180.0_f64, length in 2..=8_u64) {
        let cell = Geohash::encode(latitude, longitude, length).expect("a place");
        let covers = cell.bounds();
        let (height, width) = (covers.north - covers.south, covers.east - covers.west);
        let (middle_latitude, middle_longitude) = (covers.south + height / 2.0, covers.west + width / 2.0);
        let mut expected = Vec::new();
        for (east, north) in [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (1.0, -1.0), (0.0, -1.0), (-1.0, -1.0), (-1.0, 0.0), (-1.0, 1.0)] {
            let around = (middle_longitude + east * width + 540.0) % 360.0 - 180.0;
            expected.extend(Geohash::encode(middle_latitude + north * height, around, length));
        }
        prop_assert_eq!(cell.neighbours(), expected);
    }

    #[test]
    fn nothing_that_can_be_typed_panics(
        latitude: f64, longitude: f64, length: u64, text: String, point: [i64; 2],
        bounds: [i64; 4], radius: u64, rings: u32, east: i64, north: i64,
    ) {
        if let Ok(cell) = Geohash::encode(latitude, longitude, length) {
            let degrees = cell.bounds();
            prop_assert!(degrees.west < degrees.east && cell.neighbours().len() <= 8);
            prop_assert!(cell.step(east, north).is_none_or(|other| other.length() == cell.length()));
        }
        let _ = Geohash::parse(&text);
        let bounds = Rectangle { x0: bounds[0], y0: bounds[1], x1: bounds[2], y1: bounds[3] };
        let mut out = Vec::new();
        let mut grid = Grid::new(point[0]);
        grid.insert(Item { point, id: 0 });
        grid.within_rings(point, radius, rings, &mut out);
        grid.within_radius([point[1], point[0]], radius, &mut out);
        if let Ok(mut tree) = Quadtree::new(config(0), bounds) {
            let _ = tree.insert(Item { point, id: 0 });
            tree.within_radius(point, radius, &mut out);
            tree.nearest([i64::MIN, i64::MAX], 3, &mut Vec::new());
        }
    }
}

/// Oracle: hashes published with the format (57.64911, 10.40744), and those of the samples.
#[test]
fn geohashes_are_the_published_ones() {
    for (latitude, longitude, hash) in [
        (57.64911, 10.40744, "u4pruydqqvj8"),
        (-33.8688, 151.2093, "r3gx2f77bn44"),
        (42.6, -5.6, "ezs42e44yx96"),
        (0.0, 0.0, "s00000000000"),
        (90.0, 180.0, "zzzzzzzzzzzz"),
        (-90.0, -180.0, "000000000000"),
    ] {
        assert_eq!(Geohash::encode(latitude, longitude, 12).expect("a place").to_string(), hash);
    }
    assert_eq!(Geohash::encode(90.1, 0.0, 5), Err(GeohashError::Latitude(90.1)));
    assert_eq!(Geohash::encode(0.0, -181.0, 5), Err(GeohashError::Longitude(-181.0)));
    assert_eq!(Geohash::encode(0.0, 0.0, 13), Err(GeohashError::Length(13)));
    assert_eq!(Geohash::parse("u4a"), Err(GeohashError::Letter('a')));
    assert!(Geohash::encode(f64::NAN, 0.0, 5).is_err());
    assert_eq!(Geohash::parse("ezs42").expect("a hash").neighbours().len(), 8);
    assert_eq!(Geohash::parse("").expect("the earth").neighbours(), [], "the whole earth has no neighbours");
}

/// Oracle: the great circle from Paris to London is 343.5 km, from pole to pole half the circumference.
#[test]
fn ways_along_the_ground_are_known_ones() {
    let paris_london = haversine_metres((48.8566, 2.3522), (51.5074, -0.1278));
    assert!((paris_london - 343_500.0).abs() < 1_000.0, "{paris_london}");
    let half = haversine_metres((90.0, 0.0), (-90.0, 50.0));
    assert!((half - core::f64::consts::PI * 6_371_008.8).abs() < 1.0, "{half}");
}

/// Oracle: the leaves themselves. Candidates are all items of those that the circle meets, and what is near is among them.
#[test]
fn candidates_are_what_the_leaves_that_are_met_hold() {
    let mut rng = Rng::stream(3, &[]);
    let points: Vec<Point> = (0..500).map(|_| [0, 1].map(|_| rng.below(1_000) as i64)).collect();
    let tree = tree(config(10), Rectangle { x0: 0, y0: 0, x1: 1_000, y1: 1_000 }, &points);
    for radius in [0, 7, 90, 2_000] {
        let (center, mut near, mut all) = ([400, 300], Vec::new(), Vec::new());
        assert_eq!(tree.within_radius(center, radius, &mut near), tree.candidates(center, radius, &mut all));
        let most = u128::from(radius) * u128::from(radius);
        let met = tree.leaves().filter(|leaf| leaf.bounds.squared_distance(center) <= most);
        assert_eq!(all.len() as u32, met.map(|leaf| leaf.items).sum::<u32>(), "radius {radius}");
        all.retain(|item| squared_distance(item.point, center) <= most);
        assert_eq!(ids(&all), ids(&near), "radius {radius}");
    }
}

/// Claim of the notes: a cell of five letters at San Francisco is 3.87 by 4.89 km, and it and its neighbours hold 98.5% of a circle
/// of 5 km: 1.5% of the drivers are missed.
#[test]
fn nine_cells_of_five_letters_miss_some_of_five_kilometres() {
    let (mut rng, mut inside, mut found) = (Rng::new(1), 0, 0);
    let metres_per_degree = 111_195.0;
    for _ in 0..200_000 {
        let (latitude, longitude) = (37.70 + rng.unit() * 0.1, -122.50 + rng.unit() * 0.1);
        let own = Geohash::encode(latitude, longitude, 5).expect("a place");
        let (north, east) = ((rng.unit() - 0.5) * 10_000.0, (rng.unit() - 0.5) * 10_000.0);
        let narrow = libm::cos(latitude * core::f64::consts::PI / 180.0);
        let other = (latitude + north / metres_per_degree, longitude + east / metres_per_degree / narrow);
        if haversine_metres((latitude, longitude), other) <= 5_000.0 {
            inside += 1;
            let cell = Geohash::encode(other.0, other.1, 5).expect("a place");
            found += u32::from(cell == own || own.neighbours().contains(&cell));
        }
    }
    let share = f64::from(found) / f64::from(inside);
    assert!((share - 0.985).abs() < 0.004, "nine cells hold {share} of the circle");
    let cell = Geohash::encode(37.7749, -122.4194, 5).expect("a place").bounds();
    let width = haversine_metres((37.7749, cell.west), (37.7749, cell.east));
    let height = haversine_metres((cell.south, 0.0), (cell.north, 0.0));
    assert!((width - 3_870.0).abs() < 20.0 && (height - 4_890.0).abs() < 10.0, "{width} by {height} metres");
}

/// A map of 64 km in metres.
const MAP: Rectangle = Rectangle { x0: 0, y0: 0, x1: 64_000, y1: 64_000 };

fn uniform(n: usize) -> Vec<Point> {
    let mut rng = Rng::new(5);
    (0..n).map(|_| [rng.below(64_000) as i64, rng.below(64_000) as i64]).collect()
}

/// Four in five within a few kilometres of one of four towns, the rest anywhere.
fn clustered(n: usize) -> Vec<Point> {
    let mut rng = Rng::new(6);
    let towns = [[20_000.0, 20_000.0], [45_000.0, 15_000.0], [30_000.0, 50_000.0], [52_000.0, 47_000.0]];
    let point = |_| {
        let town = towns[rng.below(4) as usize];
        let is_town = rng.chance(0.8);
        let spread = [rng.normal(), rng.normal()];
        let anywhere = [rng.below(64_000) as i64, rng.below(64_000) as i64];
        let near = core::array::from_fn(|axis| (town[axis] + spread[axis] * 1_500.0).clamp(0.0, 63_999.0) as i64);
        if is_town { near } else { anywhere }
    };
    (0..n).map(point).collect()
}

/// Claim of the notes: 50,000 even points in 64 km make 1,024, 256, 64 and 16 leaves at depth 5, 4, 3 and 2 for capacities of 100,
/// 500, 2,000 and 5,000.
#[test]
fn even_points_make_even_leaves() {
    let points = uniform(50_000);
    for (capacity, depth, leaves) in [(100, 5, 1_024), (500, 4, 256), (2_000, 3, 64), (5_000, 2, 16)] {
        let tree = tree(config(capacity), MAP, &points);
        let shape = (tree.leaves().map(|leaf| leaf.depth).max().unwrap_or(0), tree.leaves().count());
        assert_eq!(shape, (depth, leaves), "depth and leaves at capacity {capacity}");
    }
}

/// Claim: fixed cells overload the city and waste the countryside. A grid of as many cells as the tree has leaves.
#[test]
fn a_grid_overloads_cities_where_a_quadtree_splits() {
    let points = clustered(50_000);
    let tree = tree(config(500), MAP, &points);
    let mut grid = Grid::new(64_000 / 16);
    (0..).zip(&points).for_each(|(id, point)| grid.insert(Item { point: *point, id }));
    let in_tree = tree.leaves().map(|leaf| leaf.items).max().unwrap_or(0);
    let in_grid = grid.loads().max().unwrap_or(0);
    assert!(in_tree <= 500 && in_grid > 2_500, "the fullest cell holds {in_tree} in the tree, {in_grid} in the grid");
    let sides = (tree.leaves().map(|leaf| leaf.depth).min(), tree.leaves().map(|leaf| leaf.depth).max());
    assert!(sides.0 < Some(4) && sides.1 > Some(6), "leaves lie {sides:?} deep");
}

/// Claim: sharding by geohash keeps neighbours together and makes the city's shard hot; by number it is even, and every search asks
/// every shard. Ten shards, four fifths of the places in four towns.
#[test]
fn geohash_shards_are_hot_and_shards_by_number_ask_everybody() {
    let (mut by_cell, mut by_number) = ([0_u32; 10], [0_u32; 10]);
    let shard = |cell: Geohash| (base::stable_hash(&cell.to_string()) % 10) as usize;
    let place = |[x, y]: Point| (37.0 + y as f64 / 111_195.0, -122.0 + x as f64 / 88_000.0);
    let points = clustered(50_000);
    for (id, point) in (0..).zip(&points) {
        let (latitude, longitude) = place(*point);
        by_cell[shard(Geohash::encode(latitude, longitude, 5).expect("a place"))] += 1;
        by_number[(base::stable_hash_u64(id) % 10) as usize] += 1;
    }
    let skew = |loads: [u32; 10]| f64::from(loads.into_iter().max().unwrap_or(0)) / 5_000.0;
    let (cell, number) = (skew(by_cell), skew(by_number));
    println!("the fullest of ten shards holds {cell:.2} times the mean by geohash, {number:.2} by number");
    assert!(cell > 1.7 && number < 1.1, "{cell} by geohash, {number} by number");
    let own = Geohash::encode(37.2, -121.8, 5).expect("a place");
    let mut asked: Vec<usize> = own.neighbours().into_iter().chain([own]).map(shard).collect();
    asked.sort_unstable();
    asked.dedup();
    assert!(asked.len() <= 9, "a search asks the shards of nine cells: {asked:?}");
}

/// The notes' San Francisco: 50,000 places reach 195 a leaf after four splits.
#[test]
fn fifty_thousand_places_are_195_a_leaf_after_four_splits() {
    let tree = tree(config(500), MAP, &uniform(50_000));
    let mean = f64::from(tree.len()) / tree.leaves().count() as f64;
    assert!((mean - 195.3).abs() < 0.1, "{mean} places a leaf");
}

/// Claim to refute: with cells of 2 km a user's own cell and eight neighbours cover 5 km. Measured: own cell 5% of the circle, four
/// neighbours 25%, eight 46%, two rings 96%, three rings all.
#[test]
fn eight_neighbours_cover_half_of_five_kilometres() {
    let (mut grid, mut rng) = (Grid::new(2_000), Rng::new(9));
    for id in 0..60_000 {
        grid.insert(Item { point: [rng.below(40_000) as i64, rng.below(40_000) as i64], id });
    }
    let (mut found, mut counts, mut all) = (Vec::new(), [0_usize; 4], 0);
    for _ in 0..200 {
        let center = [8_000 + rng.below(24_000) as i64, 8_000 + rng.below(24_000) as i64];
        for (rings, count) in (0..).zip(&mut counts) {
            grid.within_rings(center, 5_000, rings, &mut found);
            *count += found.len();
        }
        grid.within_radius(center, 5_000, &mut found);
        all += found.len();
    }
    let recall = counts.map(|count| count as f64 / all as f64);
    println!("recall of 0, 1, 2 and 3 rings: {recall:.3?}");
    for (measured, expected) in recall.iter().zip([0.05, 0.46, 0.96, 1.0]) {
        assert!((measured - expected).abs() < 0.02, "{recall:?}");
    }
}

/// Claim: more places at one point than a cell may hold split it for ever. With a greatest depth they do not.
#[test]
fn places_at_one_point_stay_together_at_the_greatest_depth() {
    let tree = tree(QuadtreeConfig { depth_max: 12, ..config(500) }, MAP, &[[12_345, 54_321]; 5_000]);
    let deepest = tree.leaves().max_by_key(|leaf| leaf.items).expect("a leaf");
    assert_eq!((deepest.depth, deepest.items, tree.leaves().count()), (12, 5_000, 12 * 3 + 1));
    let mut found = Vec::new();
    assert!(tree.nearest([0, 0], 3, &mut found) <= 13 * 4, "and are found without looking everywhere");
    assert_eq!(found.iter().map(|(_, item)| item.id).collect::<Vec<_>>(), [0, 1, 2]);
}

/// The listing's faults: leaves hold up to what they inherited and a capacity more.
#[test]
fn the_listings_counts_leave_leaves_over_their_capacity() {
    let points = clustered(50_000);
    let most = |counting| {
        let tree = tree(QuadtreeConfig { counting, ..config(500) }, MAP, &points);
        (tree.leaves().map(|leaf| leaf.items).max().unwrap_or(0), tree.leaves().filter(|leaf| leaf.items > 500).count())
    };
    let (right, listing) = (most(Counting::Held), most(Counting::Listing));
    assert_eq!(right.1, 0, "{right:?}");
    assert!(listing.0 > 550 && listing.1 > 5, "the fullest leaf and how many are over 500: {listing:?}");
}

/// Claim to refute: leaves that are linked with their siblings know their neighbours. Most neighbours have other parents, and two of
/// four siblings in a row (north-east and south-west) only touch at a corner.
#[test]
fn most_neighbours_of_a_leaf_are_not_its_siblings() {
    let tree = tree(config(500), MAP, &clustered(50_000));
    let leaves: Vec<_> = tree.leaves().collect();
    // Cells of one size whose common parent is twice as large lie in one square of the parent's grid.
    let parent = |cell: &Rectangle| (cell.x0 / (2 * (cell.x1 - cell.x0)), cell.y0 / (2 * (cell.y1 - cell.y0)));
    let (mut edges, mut of_siblings) = (0_u32, 0_u32);
    for (at, one) in leaves.iter().enumerate() {
        for other in &leaves[at + 1..] {
            let (a, b) = (one.bounds, other.bounds);
            let beside = (a.x1 == b.x0 || b.x1 == a.x0) && a.y0 < b.y1 && b.y0 < a.y1;
            let above = (a.y1 == b.y0 || b.y1 == a.y0) && a.x0 < b.x1 && b.x0 < a.x1;
            edges += u32::from(beside || above);
            of_siblings += u32::from((beside || above) && one.depth == other.depth && parent(&a) == parent(&b));
        }
    }
    let share = f64::from(of_siblings) / f64::from(edges);
    println!("{of_siblings} of {edges} pairs of neighbouring leaves are siblings");
    assert!(share < 0.6, "{share} of the pairs of neighbours are siblings");
}

/// Claim: deferring splits keeps writes fast and lets cells be too full meanwhile.
#[test]
fn deferred_splits_catch_up() {
    let points = clustered(5_000);
    let mut deferred = tree(QuadtreeConfig { is_deferred: true, ..config(100) }, MAP, &points);
    assert_eq!(deferred.leaves().count(), 1, "nothing has been split yet");
    while deferred.settle(1) > 0 {}
    let at_once = tree(config(100), MAP, &points);
    let shape = |tree: &Quadtree| tree.leaves().map(|leaf| (leaf.bounds, leaf.items)).collect::<Vec<_>>();
    assert_eq!(shape(&deferred), shape(&at_once));
}

#[test]
fn maps_and_points_have_bounds() {
    let bounds = Rectangle { x0: 0, y0: 0, x1: 0, y1: 1 };
    assert_eq!(Quadtree::new(config(1), bounds).err(), Some(MapError::Bounds { bounds }));
    let huge = Rectangle { x0: -COORDINATE_MAX, y0: -COORDINATE_MAX, x1: COORDINATE_MAX, y1: COORDINATE_MAX };
    let mut map = tree(config(1), huge, &[[1, 1], [COORDINATE_MAX - 1, -COORDINATE_MAX], [2, 1]]);
    let outside = Item { point: [COORDINATE_MAX, 0], id: 9 };
    assert_eq!((map.insert(outside), map.remove(outside)), (Err(MapError::Outside { point: outside.point }), false));
    let mut found = Vec::new();
    map.nearest([1, 1], 2, &mut found);
    assert_eq!(found.iter().map(|(squared, item)| (*squared, item.id)).collect::<Vec<_>>(), [(0, 0), (1, 2)]);
}
