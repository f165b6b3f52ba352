//! Geo index: where things are, and what is near a place. Points are put and moved by writes; a read asks around a place.
//!
//! The maps are the crate's: a quadtree that splits where it is crowded, a grid of equal cells, or geohashes, whose cells are
//! looked up with or without their neighbours. What a question looks at is counted, and paid for.

use crate::desk::Desk;
use crate::face::{Face, Square};
use crate::kind::{Cx, Decision, Glance, Kind, Setup};
use crate::settings::{FieldExt, Settings, choice, law, number, whole, gauge};
use base::{Delay, Law, Rng, Span, stable_hash, stable_hash_u64};
use foldhash::quality::FixedState;
use geo::{Geohash, Grid, Item, Point, Quadtree, QuadtreeConfig, Rectangle, squared_distance};
use hashbrown::HashMap;
use scenario::{KindSpec, Ports, Verb};
use sim::{CallId, Reply, Request};
use std::collections::BTreeMap;
use trace::Status;

/// A geo index.
#[derive(Clone)]
pub struct GeoIndex {
    map: Map,
    knobs: Knobs,
    desk: Desk<Job>,
    /// Where each thing is, and its version: what is on disk.
    places: HashMap<u32, (Point, u64), FixedState>,
    cities: Vec<Point>,
    asked: u64,
    looked_at: u64,
    found: u64,
    missed: u64,
    probe: Option<Point>,
}

/// How points lie.
#[derive(Clone)]
enum Map {
    Quadtree(Quadtree),
    Grid(Grid),
    /// Items by the geohash of their place.
    Geohash(BTreeMap<Geohash, Vec<Item>>),
}

/// What is set.
#[derive(Clone, Copy)]
struct Knobs {
    index: usize,
    capacity: u32,
    side: i64,
    letters: u64,
    with_neighbours: bool,
    /// Radius of a question; or how many of the nearest.
    radius: u64,
    nearest: Option<usize>,
    per_item: Delay,
    is_crowded: bool,
    moves: i64,
}

#[derive(Clone, Copy)]
struct Job {
    call: CallId,
    request: Request,
    /// What will be said once everything has been looked at.
    reply: Option<Reply>,
}

/// Set in the token of a timer when a job's question has been answered; else its thinking is done.
const LOOKED: u64 = 1 << 60;
/// Metres each way.
const WIDTH: i64 = 100_000;
/// Metres of a degree at the equator.
const METRES_PER_DEGREE: f64 = 111_320.0;
/// Cities, where crowds are.
const CITIES: usize = 5;
/// Points and squares that a face shows.
const SHOWN: usize = 400;

impl Knobs {
    fn read(settings: &Settings<'_>) -> Knobs {
        Knobs {
            index: settings.choice("index"),
            capacity: settings.whole("capacity"),
            side: i64::from(settings.whole("side_m")),
            letters: u64::from(settings.whole("letters")),
            with_neighbours: settings.choice("neighbours") == 0,
            radius: u64::from(settings.whole("radius_m")),
            nearest: (settings.choice("question") == 1).then(|| settings.whole("nearest") as usize),
            per_item: Delay::constant(Span::from_millis_f64(settings.number("item_us") / 1_000.0)),
            is_crowded: settings.choice("crowd") == 1,
            moves: i64::from(settings.whole("moves_m")),
        }
    }

    fn map(&self) -> Map {
        match self.index {
            0 => {
                let bounds = Rectangle { x0: 0, y0: 0, x1: WIDTH, y1: WIDTH };
                let config = QuadtreeConfig { capacity: self.capacity, depth_max: 20, ..QuadtreeConfig::default() };
                Map::Quadtree(Quadtree::new(config, bounds).expect("a square of 100 km is a map"))
            }
            1 => Map::Grid(Grid::new(self.side)),
            _ => Map::Geohash(BTreeMap::new()),
        }
    }

    /// The cell of a place: the map is a square of about 100 km at the equator, not far from which a degree is the same both ways.
    fn cell(&self, [x, y]: Point) -> Option<Geohash> {
        let degrees = |metres: i64| (metres - WIDTH / 2) as f64 / METRES_PER_DEGREE;
        Geohash::encode(degrees(y), degrees(x), self.letters).ok()
    }
}

impl Map {
    fn insert(&mut self, knobs: &Knobs, item: Item) {
        match self {
            // Places are brought into the map.
            Map::Quadtree(tree) => {
                let _ = tree.insert(item);
            }
            Map::Grid(grid) => grid.insert(item),
            Map::Geohash(cells) => {
                if let Some(cell) = knobs.cell(item.point) {
                    cells.entry(cell).or_default().push(item);
                }
            }
        }
    }

    fn remove(&mut self, knobs: &Knobs, item: Item) {
        match self {
            Map::Quadtree(tree) => {
                tree.remove(item);
            }
            Map::Grid(grid) => {
                grid.remove(item);
            }
            Map::Geohash(cells) => {
                let Some(cell) = knobs.cell(item.point) else { return };
                if let Some(items) = cells.get_mut(&cell) {
                    items.retain(|there| *there != item);
                    if items.is_empty() {
                        cells.remove(&cell);
                    }
                }
            }
        }
    }

    /// What is within the radius as far as this map finds it, and how many cells and points were looked at.
    fn around(&self, knobs: &Knobs, center: Point, radius: u64, out: &mut Vec<Item>) -> u64 {
        let cells_looked_at = match self {
            Map::Quadtree(tree) => u64::from(tree.candidates(center, radius, out)),
            Map::Grid(grid) => {
                let rings = radius.div_ceil(knobs.side.unsigned_abs().max(1));
                let across = (2 * rings + 1).min(WIDTH.unsigned_abs() / knobs.side.unsigned_abs().max(1) + 1);
                grid.within_rings(center, u64::MAX, u32::try_from(rings).unwrap_or(u32::MAX), out);
                across * across
            }
            Map::Geohash(cells) => {
                out.clear();
                let Some(cell) = knobs.cell(center) else { return 0 };
                let around = if knobs.with_neighbours { cell.neighbours() } else { Vec::new() };
                let there = around.iter().chain([&cell]).filter_map(|cell| cells.get(cell));
                there.for_each(|items| out.extend(items));
                1 + around.len() as u64
            }
        };
        let looked_at = cells_looked_at + out.len() as u64;
        let most = u128::from(radius) * u128::from(radius);
        out.retain(|item| squared_distance(item.point, center) <= most);
        looked_at
    }

    /// The nearest, and how many items and cells were looked at. Where only radii can be asked for, one that doubles until it holds enough.
    fn nearest(&self, knobs: &Knobs, center: Point, k: usize, out: &mut Vec<Item>) -> u64 {
        if let Map::Quadtree(tree) = self {
            let mut nearest = Vec::new();
            let visited = tree.nearest(center, k, &mut nearest);
            out.clear();
            out.extend(nearest.iter().map(|(_, item)| *item));
            return u64::from(visited) + out.len() as u64;
        }
        let (mut radius, mut looked_at) = (knobs.radius.max(1), 0);
        loop {
            looked_at += self.around(knobs, center, radius, out);
            if out.len() >= k || radius > 2 * WIDTH.unsigned_abs() || matches!(self, Map::Geohash(_)) {
                out.sort_by_key(|item| (squared_distance(item.point, center), item.id));
                out.truncate(k);
                return looked_at;
            }
            radius *= 2;
        }
    }
}

impl GeoIndex {
    /// Where a thing is at first: by its number alone, so that everybody knows it.
    fn home(&self, key: u32) -> Point {
        let mut luck = Rng::stream(stable_hash_u64(u64::from(key)), &[stable_hash("home")]);
        let width = WIDTH.unsigned_abs();
        if !self.knobs.is_crowded || luck.chance(0.2) {
            return [luck.below(width) as i64, luck.below(width) as i64];
        }
        let city = self.cities[luck.below(CITIES as u64) as usize];
        // The sum of four is nearly normal: dense in the middle.
        let mut off = || (0..4).map(|_| luck.below(3_000) as i64).sum::<i64>() - 6_000;
        [(city[0] + off()).clamp(0, WIDTH - 1), (city[1] + off()).clamp(0, WIDTH - 1)]
    }

    fn put(&mut self, id: u32, point: Point, version: u64) {
        if let Some((before, _)) = self.places.insert(id, (point, version)) {
            self.map.remove(&self.knobs, Item { point: before, id });
        }
        self.map.insert(&self.knobs, Item { point, id });
    }

    /// Thinking is done: a thing moves, or a question is answered, which takes as long as there was to look at.
    fn work(&mut self, cx: &mut Cx<'_>, at: u32) {
        let request = self.desk.job(at).request;
        let (id, store) = (request.key as u32, cx.home());
        let (place, version) = self.places.get(&id).copied().unwrap_or((self.home(id), 0));
        self.probe = Some(place);
        if request.write {
            let mut step = || cx.rng().below(self.knobs.moves.unsigned_abs() * 2 + 1) as i64 - self.knobs.moves;
            let moved = [(place[0] + step()).clamp(0, WIDTH - 1), (place[1] + step()).clamp(0, WIDTH - 1)];
            self.put(id, moved, version + 1);
            cx.decide(|| {
                let [from_x, from_y, to_x, to_y] = [place[0], place[1], moved[0], moved[1]].map(|n| n.unsigned_abs().into());
                Decision::new("thing {} moved from {} m, {} m to {} m, {} m", [u64::from(id).into(), from_x, from_y, to_x, to_y])
            });
            self.desk.job(at).reply = Some(Reply { status: Status::Ok, store, version: version + 1, value: request.value });
            let span = cx.work(&self.knobs.per_item);
            cx.timer(span, LOOKED | u64::from(at));
            return;
        }
        let mut found = Vec::new();
        let looked_at = match self.knobs.nearest {
            Some(k) => self.map.nearest(&self.knobs, place, k, &mut found),
            None => self.map.around(&self.knobs, place, self.knobs.radius, &mut found),
        };
        let hits = found.len() as u64;
        cx.decide(|| {
            let (x, y) = (place[0].unsigned_abs(), place[1].unsigned_abs());
            let words = [x.into(), y.into(), looked_at.into(), hits.into()];
            Decision::new("asked around {} m, {} m: looked at {} cells and things, found {}", words)
        });
        self.asked += 1;
        self.looked_at += looked_at;
        self.found += found.len() as u64;
        let is_round = self.knobs.nearest.is_none();
        self.missed += u64::from(is_round && matches!(self.map, Map::Geohash(_)) && self.is_cut_off(place));
        let reply = Reply { value: found.len() as u64, ..Reply::plain(Status::Ok) };
        self.desk.job(at).reply = Some(reply);
        let span = cx.work(&self.knobs.per_item).scaled(looked_at as f64);
        cx.timer(span, LOOKED | u64::from(at));
    }

    /// Whether a circle reaches beyond the cells that were looked up: what lies there is not found.
    fn is_cut_off(&self, [x, y]: Point) -> bool {
        let Some(cell) = self.knobs.cell([x, y]) else { return true };
        let reach = self.knobs.radius as i64;
        let ends = [[x - reach, y], [x + reach, y], [x, y - reach], [x, y + reach]];
        let inside = ends.into_iter().map(|end| [end[0].clamp(0, WIDTH - 1), end[1].clamp(0, WIDTH - 1)]);
        let around = if self.knobs.with_neighbours { cell.neighbours() } else { Vec::new() };
        inside.filter_map(|end| self.knobs.cell(end)).any(|other| other != cell && !around.contains(&other))
    }

    fn finish(&mut self, cx: &mut Cx<'_>, at: u32) {
        let job = self.desk.close(at);
        cx.reply(job.call, job.reply.unwrap_or(Reply::plain(Status::Failed)));
        self.desk.release(cx);
    }

    /// Makes the index anew from what is on disk, in the order of the things' numbers.
    fn build(&mut self) {
        self.map = self.knobs.map();
        let mut all: Vec<Item> = self.places.iter().map(|(id, (point, _))| Item { point: *point, id: *id }).collect();
        all.sort_unstable_by_key(|item| item.id);
        all.into_iter().for_each(|item| self.map.insert(&self.knobs, item));
    }
}

impl Kind for GeoIndex {
    const SLUG: &'static str = "geo-index";
    type Message = ();

    #[allow(clippy::too_many_lines, reason = "the whole of what can be set and said stands in one place")]
    fn spec() -> KindSpec {
        KindSpec {
            slug: Self::SLUG.into(),
            title: "Geo index".into(),
            group: "Domain".into(),
            purpose: "Knows where things are, and finds what is near: drivers, shops, friends.".into(),
            icon: "M3 3h12v12H3zM9 3v12M3 9h12M12 9v6M9 12h6M5.500 5.500h.500".into(),
            fields: vec![
                choice("index", "Index", "How the map is divided", &[
                    ("quadtree", "a square that is crowded is split into four"),
                    ("grid", "squares of one size"),
                    ("geohash", "cells of one size, named so that most of those that are near begin alike"),
                ]),
                whole("capacity", "Splits over", "points", (1.0, 10_000.0), 50.0, "Points that a square of the quadtree holds before it is split").when("index", &["quadtree"]),
                whole("side_m", "Cell", "m", (100.0, 100_000.0), 5_000.0, "Side of a cell of the grid").when("index", &["grid"]),
                whole("letters", "Letters", "", (1.0, 8.0), 5.0, "Letters of a geohash: 5 are cells of 4.9 km, one more divides by 32").when("index", &["geohash"]),
                choice("neighbours", "Looks up", "Which cells a question looks up", &[
                    ("cell and neighbours", "its own and the eight around it"),
                    ("its cell", "its own: wrong, what is near across a border is not found"),
                ]).when("index", &["geohash"]),
                choice("question", "A read asks", "What it wants to know about the place of its key", &[
                    ("within a radius", "everything that is so near"),
                    ("the nearest", "so many, however far"),
                ]).live(),
                whole("radius_m", "Radius", "m", (1.0, 100_000.0), 2_000.0, "How near; for the nearest, where a search that widens begins").live(),
                whole("nearest", "How many", "", (1.0, 1_000.0), 10.0, "How many of the nearest").live().when("question", &["the nearest"]),
                choice("crowd", "Things are", "Where", &[("spread", "evenly over the map"), ("in cities", "four of five in five cities")]),
                whole("points", "Things", "", (0.0, 50_000.0), 5_000.0, "Things that are there from the start"),
                whole("moves_m", "Moves by", "m", (0.0, 100_000.0), 500.0, "How far a write moves the thing of its key, at most, each way").live(),
                number("item_us", "Look", "µs", (0.0, 1e6), 2.0, "Time to look at one point or cell").live(),
                whole("workers", "Connections", "", (1.0, 10_000.0), 16.0, "Requests that it works on at the same time").live(),
                whole("line_max", "Line", "", (0.0, 1e6), 1_000.0, "Requests that may wait; more are refused").live(),
                number("time_ms", "Thinking", "ms", (0.0, 60_000.0), 0.5, "Mean time of a request beside what it looks at").live(),
                law("time_law", "Thinking varies", Law::Exponential).live(),
            ],
            ports: Ports { accepts: true, out_max: 0, refusal: "An index is called; it calls nobody".into() },
            verbs: vec![Verb::Crash, Verb::Restart, Verb::Pause, Verb::Resume, Verb::Slow, Verb::CutOff, Verb::Heal],
            gauges: vec![
                gauge("looked_at", "Looked at", "a read"),
                gauge("found", "Found", "a read"),
                gauge("cut_off", "Cut off", "reads"),
                gauge("p99_ms", "p99", "ms"),
            ],
            members: None,
            modelled: vec![
                "every point in its square or cell, squares that split and join, and each search step by step".into(),
                "thing k stands at a place drawn from k alone on a map of 100 by 100 km; a write moves it by luck".into(),
            ],
            left_out: vec![
                "the curve of the earth: the map lies at the equator, and is flat".into(),
                "a map in pieces on several machines".into(),
            ],
        }
    }

    fn new(setup: &Setup<'_>) -> GeoIndex {
        let knobs = Knobs::read(&setup.settings);
        let mut luck = Rng::stream(setup.seed, &[stable_hash("cities")]);
        let cities = (0..CITIES).map(|_| [0, 1].map(|_| 10_000 + luck.below(80_000) as i64)).collect();
        let mut index = GeoIndex {
            map: knobs.map(),
            knobs,
            desk: Desk::new(&setup.settings),
            places: HashMap::with_hasher(FixedState::with_seed(0)),
            cities,
            asked: 0,
            looked_at: 0,
            found: 0,
            missed: 0,
            probe: None,
        };
        (0..setup.settings.whole("points")).for_each(|id| index.put(id, index.home(id), 0));
        index
    }

    fn retune(&mut self, cx: &mut Cx<'_>, setup: &Setup<'_>) {
        let Knobs { radius, nearest, per_item, moves, .. } = Knobs::read(&setup.settings);
        self.knobs = Knobs { radius, nearest, per_item, moves, ..self.knobs };
        self.desk.retune(cx, &setup.settings);
    }

    #[inline]
    fn on_request(&mut self, cx: &mut Cx<'_>, call: CallId, request: Request) {
        self.desk.take(cx, call, Job { call, request, reply: None });
    }

    #[inline]
    fn on_timer(&mut self, cx: &mut Cx<'_>, token: u64) {
        if token & LOOKED != 0 { self.finish(cx, token as u32) } else { self.work(cx, token as u32) }
    }

    fn on_crash(&mut self, cx: &mut Cx<'_>) {
        self.desk.abandon(cx);
    }

    /// The index is in memory, and is made anew from the places on disk.
    fn on_restart(&mut self, _cx: &mut Cx<'_>) {
        self.build();
    }

    fn summary(settings: &Settings<'_>) -> String {
        format!("{} · {}", settings.choice_name("index"), settings.choice_name("question"))
    }

    fn face(members: &[&GeoIndex], _glance: &Glance<'_>) -> Face {
        let Some(me) = members.first() else { return Face::Nothing };
        let part = |metres: i64| metres as f64 / WIDTH as f64;
        let square = |x0: i64, y0: i64, side: i64, count: u32| Square { x: part(x0), y: part(y0), side: part(side), count };
        let mut squares: Vec<Square> = Vec::new();
        match &me.map {
            Map::Quadtree(tree) => {
                let leaf = |leaf: geo::Leaf| square(leaf.bounds.x0, leaf.bounds.y0, leaf.bounds.x1 - leaf.bounds.x0, leaf.items);
                squares.extend(tree.leaves().take(SHOWN * 4).map(leaf));
            }
            Map::Grid(_) => {
                let (side, mut counts) = (me.knobs.side, BTreeMap::new());
                let cell = |point: &Point| (point[0] / side, point[1] / side);
                me.places.values().for_each(|(point, _)| *counts.entry(cell(point)).or_insert(0_u32) += 1);
                squares.extend(counts.iter().take(SHOWN * 4).map(|((x, y), count)| square(x * side, y * side, side, *count)));
            }
            Map::Geohash(cells) => {
                let metres = |degrees: f64| (degrees * METRES_PER_DEGREE) as i64;
                let cell = |(cell, items): (&Geohash, &Vec<Item>)| {
                    let bounds = cell.bounds();
                    let (x, y) = (metres(bounds.west) + WIDTH / 2, metres(bounds.south) + WIDTH / 2);
                    square(x, y, metres(bounds.east - bounds.west), items.len() as u32)
                };
                squares.extend(cells.iter().take(SHOWN * 4).map(cell));
            }
        }
        let mut points: Vec<(u32, Point)> = (0..SHOWN as u32).filter_map(|id| Some((id, me.places.get(&id)?.0))).collect();
        points.sort_unstable();
        let points = points.into_iter().map(|(_, point)| (part(point[0]), part(point[1]))).collect();
        Face::Map { squares, points, probe: me.probe.map(|point| (part(point[0]), part(point[1]))) }
    }

    fn gauges(members: &[&GeoIndex], glance: &Glance<'_>) -> Vec<Option<f64>> {
        let Some(me) = members.first() else { return Vec::new() };
        let each = |sum: u64| (me.asked > 0).then(|| sum as f64 / me.asked as f64);
        vec![each(me.looked_at), each(me.found), Some(me.missed as f64), glance.p99_ms()]
    }
}
