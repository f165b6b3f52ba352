//! Routes through a town: how many crossings are settled. A count, not a time.

use super::{Answer, Job, Side, job};
use base::Rng;
use geo::{Graph, Hierarchy, Outcome, Road};

/// Crossings to a side of the town.
const SIDE: u32 = 100;

/// Streets a hundred metres apart; every tenth is twice as fast, every fiftieth four times; each is up to twice as long as it looks.
fn town() -> Graph {
    let mut rng = Rng::new(1);
    let places = (0..SIDE * SIDE).map(|at| [i64::from(at % SIDE) * 100, i64::from(at / SIDE) * 100]).collect();
    let mut roads = Vec::new();
    for at in 0..SIDE * SIDE {
        let (row, column) = (at / SIDE, at % SIDE);
        let east = (column + 1 < SIDE).then_some((at + 1, row));
        let north = (row + 1 < SIDE).then_some((at + SIDE, column));
        for (other, street) in east.into_iter().chain(north) {
            let class = u8::from(street % 10 == 0) + u8::from(street % 50 == 0);
            let cost = (12_000.0 * (1.0 + rng.unit())) as u64 >> class;
            roads.push(Road { from: at, to: other, cost, class });
            roads.push(Road { from: other, to: at, cost, class });
        }
    }
    Graph::new(places, roads).expect("every road has two ends in town")
}

/// The answer: what all routes cost. The steps: crossings settled.
pub fn routes(side: Side, randoms: &[u64]) -> Job<'_> {
    let ends = randoms.iter().map(|random| {
        let crossing = |half: u64| (half % u64::from(SIDE * SIDE)) as u32;
        (crossing(random >> 32), crossing(random & 0xFFFF_FFFF))
    });
    let graph = town();
    match side {
        Side::Ours => {
            let work = |hierarchy: &mut Hierarchy| total(ends.map(|(from, to)| hierarchy.route(from, to)));
            job(Hierarchy::new(&graph), work, |_, answer| answer)
        }
        Side::Theirs => {
            let work = |graph: &mut Graph| total(ends.map(|(from, to)| graph.dijkstra(from, to)));
            job(graph, work, |_, answer| answer)
        }
    }
}

fn total(outcomes: impl Iterator<Item = Outcome>) -> Answer {
    outcomes.fold(Answer::default(), |sum, outcome| Answer {
        value: sum.value + outcome.route.map_or(0, |route| route.cost),
        steps: sum.steps + u64::from(outcome.settled),
    })
}
