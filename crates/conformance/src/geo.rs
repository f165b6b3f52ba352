//! Places on a map.

use crate::{Number, Outcome, Refusal, Row, Signed, ask};
use geo::{Geohash, Item, Point, Quadtree, QuadtreeConfig, Rectangle};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) const TABLE: &[Row] = &[("geohash", geohash), ("quadtree", quadtree)];

fn geohash(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Request {
        lat: f64,
        lon: f64,
        length: Number,
    }
    #[derive(Serialize)]
    struct Answer {
        hash: String,
    }
    ask(request, |request: Request| {
        let cell = Geohash::encode(request.lat, request.lon, request.length.0).map_err(Refusal::new)?;
        Ok(Answer { hash: cell.to_string() })
    })
}

/// Greatest number of items in a leaf: small, so that the tree has work to do.
const CAPACITY: u32 = 8;

fn quadtree(request: Value) -> Outcome {
    #[derive(Deserialize)]
    struct Nearest {
        center: [Signed; 2],
        k: Number,
    }
    #[derive(Deserialize)]
    struct Request {
        points: Vec<[Signed; 2]>,
        rects: Vec<[Signed; 4]>,
        knn: Vec<Nearest>,
    }
    /// Points are their positions in the request, ascending.
    #[derive(Serialize)]
    struct Answer {
        hits: Vec<Vec<u32>>,
        dist2: Vec<Vec<Value>>,
    }
    ask(request, |request: Request| {
        let points: Vec<Point> = request.points.iter().map(|point| point.map(|value| value.0)).collect();
        let tree = map(&points)?;
        let mut items = Vec::new();
        let mut hit = |corners: &[Signed; 4]| {
            let [x0, y0, x1, y1] = corners.map(|value| value.0);
            tree.within(&Rectangle { x0, y0, x1, y1 }, &mut items);
            let mut ids: Vec<u32> = items.iter().map(|item| item.id).collect();
            ids.sort_unstable();
            ids
        };
        let hits = request.rects.iter().map(&mut hit).collect();
        let mut found = Vec::new();
        let mut nearest = |query: &Nearest| {
            let k = usize::try_from(query.k.0).unwrap_or(usize::MAX);
            tree.nearest(query.center.map(|value| value.0), k, &mut found);
            found.iter().map(|(squared, _)| written(*squared)).collect()
        };
        Ok(Answer { hits, dist2: request.knn.iter().map(&mut nearest).collect() })
    })
}

/// The points on a map that holds them all.
fn map(points: &[Point]) -> Result<Quadtree, Refusal> {
    let range = |axis: usize| {
        let values = || points.iter().map(|point| point[axis]);
        (values().min().unwrap_or(0), values().max().unwrap_or(0).saturating_add(1))
    };
    let ((x0, x1), (y0, y1)) = (range(0), range(1));
    let config = QuadtreeConfig { capacity: CAPACITY, ..QuadtreeConfig::default() };
    let mut tree = Quadtree::new(config, Rectangle { x0, y0, x1, y1 }).map_err(Refusal::new)?;
    for (id, point) in (0..).zip(points) {
        tree.insert(Item { point: *point, id }).map_err(Refusal::new)?;
    }
    Ok(tree)
}

/// A number up to 2^53, a decimal string beyond.
fn written(value: u128) -> Value {
    match u64::try_from(value) {
        Ok(value) => json!(Number(value)),
        Err(_) => json!(value.to_string()),
    }
}
