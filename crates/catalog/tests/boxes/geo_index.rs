//! The geo index's box: every way to divide the map finds the same, but for what a cell alone cuts off.

use base::{Span, Time};
use catalog::{Face, Plant};
use scenario::file;

/// Looked at, found and cut off after ten seconds of questions and moves, and the face.
fn run(index: &str, faults: &str) -> (f64, f64, f64, Face) {
    let text = format!(
        r#"{{ "faultline": 1, "length": "10s", "boxes": [
            {{ "id": "crowd", "kind": "clients", "rate": 300, "keys": 3000, "popularity": "uniform" }},
            {{ "id": "map", "kind": "geo-index", "points": 3000, "time_law": "constant", "item_us": 0, {index} }} ],
            "wires": [{{ "from": "crowd", "to": "map" }}], "faults": [{faults}] }}"#
    );
    let scenario = file::read(&text, catalog::schema()).expect("the design is valid");
    let mut plant = Plant::build(&scenario).expect("it can be built");
    while plant.run_before(Time::ZERO + Span::from_secs(10), 100_000).expect("within budget").more {}
    let mut samples = Vec::new();
    plant.sample(&mut samples);
    let view = plant.view(1, &samples[1], Span::from_secs(10));
    let gauge = |at: usize| view.gauges[at].expect("it was asked");
    (gauge(0), gauge(1), gauge(2), view.face)
}

/// The same questions and moves give the same answers, whatever divides the map; a lone geohash finds less and is known to.
#[test]
fn all_indexes_find_the_same_but_a_cell_without_its_neighbours() {
    for question in [r#""question": "within a radius", "crowd": "in cities""#, r#""question": "within a radius""#] {
        let with = |index: &str| run(&format!(r#"{question}, {index}"#), "");
        let tree = with(r#""index": "quadtree""#);
        let grid = with(r#""index": "grid""#);
        let cells = with(r#""index": "geohash", "letters": 5"#);
        assert!(tree.1 > 1.0, "{} found a read", tree.1);
        assert_eq!((tree.1, tree.1), (grid.1, cells.1), "found, {question}");
        assert_eq!(cells.2, 0.0, "2 km around lie within the neighbours of cells of 4.9 km");
        let alone = with(r#""index": "geohash", "letters": 5, "neighbours": "its cell""#);
        assert!(alone.1 < tree.1 * 0.95 && alone.2 > 1_000.0, "{} found alone, {} with neighbours", alone.1, tree.1);
    }
    let nearest = |index: &str| run(&format!(r#""question": "the nearest", "nearest": 7, {index}"#), "").1;
    assert_eq!((nearest(r#""index": "quadtree""#), nearest(r#""index": "grid""#)), (7.0, 7.0));
}

/// Against arithmetic: 3000 points on 100 km square have π·2²·0.3 = 3.77 within 2 km, less what the borders cut off.
#[test]
fn a_radius_finds_as_many_as_its_area_holds() {
    let (_, found, _, face) = run(r#""index": "quadtree", "capacity": 20"#, "");
    // Itself is one of them.
    assert!((4.3..4.9).contains(&found), "{found}, 1 + 3.77 expected, less at borders");
    let Face::Map { squares, points, probe } = face else { panic!("a map is expected") };
    assert_eq!(squares.iter().map(|square| square.count).sum::<u32>(), 3_000, "every point lies in one square");
    let area: f64 = squares.iter().map(|square| square.side * square.side).sum();
    assert!((area - 1.0).abs() < 0.01 && points.len() == 400 && probe.is_some(), "squares cover {area} of the map");
    assert!(squares.iter().all(|square| square.count <= 20), "what is crowded is split");
}

/// In cities a grid looks at crowds; a quadtree has split them.
#[test]
fn a_quadtree_looks_at_less_where_it_is_crowded() {
    let looked_at = |index: &str| run(&format!(r#""crowd": "in cities", "radius_m": 300, {index}"#), "").0;
    let (tree, grid) = (looked_at(r#""index": "quadtree", "capacity": 20"#), looked_at(r#""index": "grid""#));
    assert!(tree * 3.0 < grid, "{tree} looked at in a quadtree, {grid} in a grid");
}

/// After a crash the index is made anew from the places, and finds as much as before.
#[test]
fn an_index_made_anew_finds_what_the_old_one_did() {
    let crash = r#"{ "at": "4s", "do": "crash", "on": "map" }, { "at": "4500ms", "do": "restart", "on": "map" }"#;
    let (_, before, _, _) = run(r#""moves_m": 0"#, "");
    let (_, after, _, _) = run(r#""moves_m": 0"#, crash);
    assert!((before - after).abs() < 0.3, "{before} found without a crash, {after} with one");
}
