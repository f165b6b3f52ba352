//! Places on a map: everything within a radius.

use super::{Job, Side, counted, job};
use base::Rng;
use geo::{Item, Quadtree, QuadtreeConfig, Rectangle};
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Places on the map: half of them evenly, half in a hundred towns.
pub const ITEMS: u64 = 100_000;
const SIDE: i64 = 1 << 20;
const TOWN: u64 = 1 << 13;
/// About thirty places within it in the country, some hundreds in a town.
const RADIUS: u64 = 1 << 13;

fn items() -> impl Iterator<Item = Item> {
    let mut rng = Rng::new(2);
    let room = SIDE as u64 - TOWN;
    let towns: Vec<[u64; 2]> = (0..100).map(|_| [rng.below(room), rng.below(room)]).collect();
    (0..ITEMS as u32).map(move |id| {
        let [x, y] = if id % 2 == 0 {
            [rng.below(SIDE as u64), rng.below(SIDE as u64)]
        } else {
            towns[rng.below(100) as usize].map(|corner| corner + rng.below(TOWN))
        };
        Item { point: [x as i64, y as i64], id }
    })
}

fn center(random: u64) -> [i64; 2] {
    [(random >> 32) as i64 % SIDE, random as u32 as i64 % SIDE]
}

/// The answer: the number of places found and their ids, mixed in any order.
pub fn radius(side: Side, randoms: &[u64]) -> Job<'_> {
    match side {
        Side::Ours => {
            let bounds = Rectangle { x0: 0, y0: 0, x1: SIDE, y1: SIDE };
            let config = QuadtreeConfig { capacity: 16, ..QuadtreeConfig::default() };
            let mut tree = Quadtree::new(config, bounds).expect("a usual map");
            items().for_each(|item| tree.insert(item).expect("all lie on the map"));
            let work = move |tree: &mut Quadtree| {
                let (mut out, mut sum) = (Vec::new(), 0);
                for random in randoms {
                    tree.within_radius(center(*random), RADIUS, &mut out);
                    sum += out.iter().map(|item| u64::from(item.id) + 1).sum::<u64>();
                }
                sum
            };
            job(tree, work, counted)
        }
        Side::Theirs => {
            let places = items().map(|item| GeomWithData::new(item.point, item.id)).collect();
            let work = move |tree: &mut RTree<GeomWithData<[i64; 2], u32>>| {
                let found = |random: &u64| {
                    let found = tree.locate_within_distance(center(*random), (RADIUS * RADIUS) as i64);
                    found.map(|place| u64::from(place.data) + 1).sum::<u64>()
                };
                randoms.iter().map(found).sum()
            };
            job(RTree::bulk_load(places), work, counted)
        }
    }
}
