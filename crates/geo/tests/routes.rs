//! Every way of finding a route against petgraph, and what each costs on a city with main roads.

use base::Rng;
use geo::{COST_MAX, Graph, GraphError, Hierarchy, Outcome, Point, Road, SegmentError, Segments};
use petgraph::graph::{DiGraph, NodeIndex};
use proptest::collection::vec;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A grid city of `side` by `side` crossings a hundred metres apart. Every tenth street is an arterial road, every fiftieth a freeway;
/// times in milliseconds at 30, 60 and 120 km/h, each road up to twice as long as the straight way.
fn city(side: u32, offset: u32, seed: u64) -> Graph {
    let mut rng = Rng::new(seed);
    let places: Vec<Point> =
        (0..side * side).map(|at| [i64::from(at % side) * 100, i64::from(at / side) * 100]).collect();
    let mut roads = Vec::new();
    let mut both = |one: u32, other: u32, street: u32| {
        let class =
            if (street + offset).is_multiple_of(50) { 2 } else { u8::from((street + offset).is_multiple_of(10)) };
        let metres = 100.0 * (1.0 + rng.unit());
        let cost = (metres * 120.0) as u64 >> class;
        roads.push(Road { from: one, to: other, cost, class });
        roads.push(Road { from: other, to: one, cost, class });
    };
    for row in 0..side {
        for column in 0..side {
            let at = row * side + column;
            if column + 1 < side {
                both(at, at + 1, row);
            }
            if row + 1 < side {
                both(at, at + side, column);
            }
        }
    }
    Graph::new(places, roads).expect("a city")
}

/// Squares of `size` by `size` crossings.
fn squares(side: u32, size: u32) -> Vec<u32> {
    (0..side * side).map(|at| at / side / size * side.div_ceil(size) + at % side / size).collect()
}

fn cost(outcome: &Outcome) -> Option<u64> {
    outcome.route.as_ref().map(|route| route.cost)
}

/// The route really leads along roads and costs what it says.
fn is_real(graph: &Graph, outcome: &Outcome, from: u32, to: u32) -> bool {
    let Some(route) = &outcome.route else { return true };
    let step = |pair: &[u32]| graph.onward(pair[0]).iter().filter(|way| way.to == pair[1]).map(|way| way.cost).min();
    let sum: Option<u64> = route.crossings.windows(2).map(step).sum();
    route.crossings.first() == Some(&from) && route.crossings.last() == Some(&to) && sum == Some(route.cost)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Oracle: petgraph's Dijkstra, on graphs with one-way roads, parallel roads, loops and parts out of reach.
    #[test]
    fn all_searches_find_what_petgraph_finds(
        places in vec([-50..50_i64, -50..50_i64], 1..16),
        roads in vec((any::<u32>(), any::<u32>(), 0..30_u64, 0..3_u8), 0..50),
        of in vec(0..4_u32, 16),
        (from, to) in (any::<u32>(), any::<u32>()),
    ) {
        let n = places.len() as u32;
        let roads: Vec<Road> = roads.iter().map(|(from, to, cost, class)| {
            Road { from: from % n, to: to % n, cost: *cost, class: *class }
        }).collect();
        let (from, to) = (from % n, to % n);
        let theirs = DiGraph::<(), u64>::from_edges(roads.iter().map(|road| (road.from, road.to, road.cost)));
        let mut theirs = theirs;
        while theirs.node_count() < n as usize {
            theirs.add_node(());
        }
        let costs = petgraph::algo::dijkstra(&theirs, NodeIndex::new(from as usize), None, |edge| *edge.weight());
        let expected = costs.get(&NodeIndex::new(to as usize)).copied();
        let graph = Graph::new(places, roads).expect("a graph");
        let searches = [graph.dijkstra(from, to), graph.a_star(from, to), graph.bidirectional(from, to), Hierarchy::new(&graph).route(from, to)];
        for (search, name) in searches.iter().zip(["Dijkstra", "A*", "bidirectional", "hierarchy"]) {
            prop_assert_eq!(cost(search), expected, "{}", name);
            prop_assert!(is_real(&graph, search, from, to), "{}: {:?}", name, search);
        }
        let main = graph.by_main_roads(from, to, 1);
        prop_assert!(cost(&main).is_none_or(|cost| Some(cost) >= expected));
        // It may have taken the larger of two roads between two crossings, which need not be the cheaper.
        let leads = |pair: &[u32]| graph.onward(pair[0]).iter().any(|way| way.to == pair[1]);
        prop_assert!(main.route.iter().all(|route| route.crossings.windows(2).all(leads)));
        let segments = Segments::new(graph, of[..n as usize].to_vec()).expect("a segment for each");
        let route = segments.route(from, to);
        prop_assert_eq!(route.cost, expected, "segments");
        let worse = [segments.within(from, to), segments.closest_exit(from, to, &segments.fewest(from, to))];
        prop_assert!(worse.iter().all(|found| found.cost.is_none_or(|cost| Some(cost) >= expected)));
    }
}

proptest! {
    /// A* with a bound that is as high as it may be: every road costs what its length says, rounded up.
    #[test]
    fn a_star_is_exact_when_its_bound_is_tight(
        places in vec([-500..500_i64, -500..500_i64], 2..14),
        ends in vec((any::<u32>(), any::<u32>()), 0..60),
    ) {
        let n = places.len() as u32;
        let road = |(from, to): &(u32, u32)| {
            let (from, to) = (from % n, to % n);
            let squared = geo::squared_distance(places[from as usize], places[to as usize]);
            Road { from, to, cost: (squared as f64).sqrt().ceil() as u64, class: 0 }
        };
        let roads: Vec<Road> = ends.iter().map(road).collect();
        let graph = Graph::new(places.clone(), roads).expect("a graph");
        for to in 1..n {
            prop_assert_eq!(cost(&graph.a_star(0, to)), cost(&graph.dijkstra(0, to)), "to {}", to);
        }
    }
}

fn pairs(side: u32, n: u32, seed: u64) -> Vec<(u32, u32)> {
    let mut rng = Rng::new(seed);
    let mut crossing = move || rng.below(u64::from(side * side)) as u32;
    (0..n).map(|_| (crossing(), crossing())).collect()
}

/// Claims: A* settles fewer crossings than Dijkstra at the same cost; a contraction hierarchy settles far fewer still, and is exact.
/// On 10,000 crossings with main roads, over 200 routes.
#[test]
fn a_hierarchy_settles_a_twentieth_of_what_dijkstra_does() {
    let graph = city(100, 0, 1);
    let hierarchy = Hierarchy::new(&graph);
    let (mut dijkstra, mut a_star, mut both, mut climbed) = (0, 0, 0, 0);
    for (from, to) in pairs(100, 200, 2) {
        let outcomes = [
            graph.dijkstra(from, to),
            graph.a_star(from, to),
            graph.bidirectional(from, to),
            hierarchy.route(from, to),
        ];
        assert!(
            outcomes.iter().all(|outcome| cost(outcome) == cost(&outcomes[0]) && is_real(&graph, outcome, from, to))
        );
        dijkstra += outcomes[0].settled;
        a_star += outcomes[1].settled;
        both += outcomes[2].settled;
        climbed += outcomes[3].settled;
    }
    let mean = |settled: u32| f64::from(settled) / 200.0;
    let report = format!(
        "settled on average: Dijkstra {:.0}, A* {:.0}, bidirectional {:.0}, hierarchy {:.0} with {} shortcuts",
        mean(dijkstra),
        mean(a_star),
        mean(both),
        mean(climbed),
        hierarchy.shortcuts(),
    );
    println!("{report}");
    assert!(dijkstra >= 20 * climbed, "{report}");
    assert!(a_star < dijkstra && both < dijkstra, "{report}");
}

/// Claim to refute: "to the nearest main road, along main roads, from the nearest main road" finds the shortest path.
#[test]
fn keeping_to_main_roads_misses_many_cheapest_routes() {
    let graph = city(60, 0, 3);
    let (mut stretches, mut optimal) = (Vec::new(), 0);
    for (from, to) in pairs(60, 300, 4).into_iter().filter(|(from, to)| from != to) {
        let (best, main) = (cost(&graph.dijkstra(from, to)), cost(&graph.by_main_roads(from, to, 1)));
        let (Some(best), Some(main)) = (best, main) else { continue };
        optimal += u32::from(best == main);
        stretches.push(main as f64 / best as f64);
    }
    let n = stretches.len() as f64;
    let (mean, share) = (stretches.iter().sum::<f64>() / n, f64::from(optimal) / n);
    println!("main roads only: {:.0}% of the routes are cheapest, {mean:.3} times the cost on average", share * 100.0);
    assert!(share < 0.9 && mean > 1.005, "{share} of the routes are cheapest, {mean} times the cost on average");
}

/// Claims: border tables make routes across segments exact; leaving each segment at its nearest exit does not, and a sequence of
/// fewest segments makes it worse. 10,000 crossings in 100 segments.
#[test]
fn border_tables_are_exact_and_nearest_exits_are_not() {
    let graph = city(100, 5, 5);
    let segments = Segments::new(graph.clone(), squares(100, 10)).expect("a segment for each");
    let (borders, table) = segments.size();
    println!("{borders} border crossings, {table} costs in tables, {} a segment", table / 100);
    assert!((900..1_300).contains(&(table / 100)), "{} costs a segment", table / 100);
    let (mut with_best, mut with_fewest, mut worst) = (0.0, 0.0, 1.0);
    let mut optimal = [0_u32; 2];
    let pairs = pairs(100, 120, 6);
    for (from, to) in &pairs {
        let best = cost(&graph.dijkstra(*from, *to)).expect("the city is connected");
        let exact = segments.route(*from, *to);
        assert_eq!(exact.cost, Some(best), "from {from} to {to}");
        let stretch = |sequence: &[u32]| {
            let cost = segments.closest_exit(*from, *to, sequence).cost.expect("there is an exit");
            if best == 0 { 1.0 } else { cost as f64 / best as f64 }
        };
        let (one, other) = (stretch(&exact.segments), stretch(&segments.fewest(*from, *to)));
        with_best += one;
        with_fewest += other;
        worst = if other > worst { other } else { worst };
        optimal[0] += u32::from(one == 1.0);
        optimal[1] += u32::from(other == 1.0);
    }
    let n = pairs.len() as f64;
    let (one, other) = (with_best / n, with_fewest / n);
    let report = format!(
        "nearest exits: {one:.3} times the cost with the right sequence ({:.0}% cheapest), {other:.3} with the fewest segments ({:.0}%), worst {worst:.2}",
        f64::from(optimal[0]) / n * 100.0,
        f64::from(optimal[1]) / n * 100.0,
    );
    println!("{report}");
    assert!(one > 1.01 && other > one && optimal[1] < optimal[0] && worst > 1.3, "{report}");
}

/// Claim to refute: start and target in one segment need only that segment. The fast road may run just outside.
#[test]
fn staying_in_a_segment_misses_the_road_outside() {
    let share = |offset| {
        let graph = city(100, offset, 7);
        let segments = Segments::new(graph, squares(100, 10)).expect("a segment for each");
        let (mut rng, mut missed, mut worst) = (Rng::new(8), 0, 1.0);
        for _ in 0..300 {
            let (row, column) = (rng.below(10) as u32 * 10, rng.below(10) as u32 * 10);
            let mut inside = || (row + rng.below(10) as u32) * 100 + column + rng.below(10) as u32;
            let (from, to) = (inside(), inside());
            let (best, within) = (segments.route(from, to).cost, segments.within(from, to).cost);
            let (best, within) = (best.expect("connected"), within.expect("connected"));
            missed += u32::from(within > best);
            let stretch = if best == 0 { 1.0 } else { within as f64 / best as f64 };
            worst = if stretch > worst { stretch } else { worst };
        }
        (f64::from(missed) / 300.0, worst)
    };
    // Arterial roads at the tenth street of each segment's edge, on the far side of its border; or in its middle.
    let (outside, middle) = (share(0), share(5));
    println!(
        "missed by staying inside: {outside:?} with main roads along the edges, {middle:?} with main roads in the middle"
    );
    assert!(outside.0 > middle.0 && outside.0 > 0.05, "{outside:?} against {middle:?}");
}

/// What a route costs on another graph of the same crossings.
fn cost_on(graph: &Graph, outcome: &Outcome) -> u64 {
    let route = outcome.route.as_ref().expect("the city is connected");
    let step = |pair: &[u32]| graph.onward(pair[0]).iter().filter(|way| way.to == pair[1]).map(|way| way.cost).min();
    route.crossings.windows(2).filter_map(step).sum()
}

/// Claim: after a jam shortcuts are stale until the hierarchy is built again; routes go on into the jam.
#[test]
fn a_hierarchy_is_stale_after_a_jam() {
    let before = city(50, 0, 9);
    let slowed = before
        .roads()
        .iter()
        .map(|road| Road { cost: if road.class == 2 { road.cost * 10 } else { road.cost }, ..*road });
    let places = (0..before.crossings()).map(|at| before.place(at)).collect();
    let jammed = Graph::new(places, slowed.collect()).expect("the same city");
    let (stale, fresh) = (Hierarchy::new(&before), Hierarchy::new(&jammed));
    let (mut by_stale, mut by_fresh) = (0, 0);
    for (from, to) in pairs(50, 100, 10) {
        let best = cost(&jammed.dijkstra(from, to)).expect("connected");
        assert_eq!(cost(&fresh.route(from, to)), Some(best));
        by_fresh += best;
        by_stale += cost_on(&jammed, &stale.route(from, to));
    }
    let stretch = by_stale as f64 / by_fresh as f64;
    println!("with freeways ten times slower, routes of the old hierarchy take {stretch:.2} times as long");
    assert!(stretch > 1.1, "{stretch}");
}

/// Claim: small segments make routes cross more of them, large ones mean more to search in each. On 3,600 crossings.
#[test]
fn segment_size_trades_crossings_for_local_work() {
    let graph = city(60, 5, 11);
    let measure = |size| {
        let segments = Segments::new(graph.clone(), squares(60, size)).expect("a segment for each");
        let found: Vec<_> = pairs(60, 60, 12).into_iter().map(|(from, to)| segments.route(from, to)).collect();
        let crossed = found.iter().map(|found| found.segments.len()).sum::<usize>() as f64 / 60.0;
        let per_segment = f64::from(segments.size().1) / f64::from(60 / size * (60 / size));
        (crossed, per_segment)
    };
    let measured = [5, 10, 20].map(measure);
    println!("segments crossed and costs in a table, for sides of 5, 10 and 20: {measured:.1?}");
    let is_traded = |pair: &[(f64, f64)]| pair[0].0 > pair[1].0 && pair[0].1 < pair[1].1;
    assert!(measured.windows(2).all(is_traded), "{measured:?}");
}

#[test]
fn graphs_that_make_no_sense_are_refused() {
    let road = |from, to, cost| Road { from, to, cost, class: 0 };
    let graph = |roads| Graph::new(vec![[0, 0], [1, 1]], roads).err();
    assert_eq!(graph(vec![road(0, 1, 1), road(0, 2, 1)]), Some(GraphError::Astray { road: 1 }));
    assert_eq!(graph(vec![road(0, 1, COST_MAX + 1)]), Some(GraphError::Cost { road: 0 }));
    let empty = Graph::new(Vec::new(), Vec::new()).expect("nothing is a graph");
    let nowhere = Outcome { route: None, settled: 0 };
    assert_eq!(empty.dijkstra(0, 0), nowhere);
    assert_eq!((empty.a_star(0, 1), empty.bidirectional(1, 0)), (nowhere.clone(), nowhere.clone()));
    assert_eq!((Hierarchy::new(&empty).route(3, 4), empty.by_main_roads(0, 0, 1)), (nowhere.clone(), nowhere));
    assert_eq!(Segments::new(empty, vec![1]).err(), Some(SegmentError { crossings: 0, given: 1 }));
}
