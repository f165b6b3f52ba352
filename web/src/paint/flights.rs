//! Messages under way: full dots go, hollow dots come back, crossed ones come back bad.
//!
//! Places are worked out in one pass into lists that keep their room from picture to picture; each list is one path. Thousands of
//! dots, or dots of two pixels, are squares, which cost a quarter of circles.

use super::geometry::Point;
use super::marks;
use super::painter::View;
use super::pen::Pen;
use super::theme::Ink;
use session::{Flight, Path};

/// More dots than this are drawn as squares.
const ROUND_MAX: usize = 1_500;

/// Lists of places, one for each look.
#[derive(Debug, Default)]
pub struct Dots {
    looks: [Vec<Point>; 5],
}

const READ: usize = 0;
const WRITE: usize = 1;
const READ_BACK: usize = 2;
const WRITE_BACK: usize = 3;
const BAD: usize = 4;

fn look(flight: &Flight) -> usize {
    match (flight.bad, flight.reply, flight.write) {
        (true, ..) => BAD,
        (_, false, false) => READ,
        (_, false, true) => WRITE,
        (_, true, false) => READ_BACK,
        (_, true, true) => WRITE_BACK,
    }
}

/// Where a message is; `None` when its way is not on this canvas.
fn place(flight: &Flight, view: &View<'_>) -> Option<Point> {
    let gone = f64::from(flight.progress) / 65_535.0;
    match flight.path {
        Path::Wire(wire, member) => {
            let path = view.scene.layout.wires.get(usize::from(wire)).filter(|path| path.ends.is_some())?;
            Some(path.at(usize::from(member), if flight.reply { 1.0 - gone } else { gone }))
        }
        Path::Inside(at, from, to) => {
            let placed = view.scene.layout.boxes.get(usize::from(at)).filter(|placed| placed.grouped)?;
            let (from, to) = (usize::from(from), usize::from(to));
            (from.max(to) < placed.members.len()).then(|| placed.inside(from, to).point_at(gone))
        }
    }
}

impl Dots {
    /// Draws every message that is seen.
    pub fn draw(&mut self, pen: &mut Pen<'_>, view: &View<'_>) {
        self.looks.iter_mut().for_each(Vec::clear);
        let seen = view.seen.grown(8.0);
        for flight in &view.scene.frame.flights {
            if let Some(at) = place(flight, view).filter(|&at| seen.contains(at)) {
                self.looks[look(flight)].push(at);
            }
        }
        let radius = pen.px(2.0).max(4.0);
        let all: usize = self.looks.iter().map(Vec::len).sum();
        let round = all <= ROUND_MAX && radius * pen.zoom() >= 2.5;
        for (look, ink) in [(READ_BACK, Ink::Read), (WRITE_BACK, Ink::Write), (BAD, Ink::Bad)] {
            hollow(pen, &self.looks[look], ink, radius * 0.85, round);
        }
        for (look, ink) in [(READ, Ink::Read), (WRITE, Ink::Write)] {
            full(pen, &self.looks[look], ink, radius, round);
        }
        if round && !self.looks[BAD].is_empty() {
            pen.begin();
            self.looks[BAD].iter().for_each(|&at| marks::add_cross(pen, at, radius * 0.9));
            pen.stroke(Ink::Bad, 1.0, 1.6);
        }
    }
}

fn trace(pen: &Pen<'_>, points: &[Point], radius: f64, round: bool) {
    pen.begin();
    for &at in points {
        if round {
            pen.circle(at, radius);
        } else {
            pen.ctx().rect(at.x - radius, at.y - radius, radius * 2.0, radius * 2.0);
        }
    }
}

fn full(pen: &mut Pen<'_>, points: &[Point], ink: Ink, radius: f64, round: bool) {
    if points.is_empty() {
        return;
    }
    trace(pen, points, radius, round);
    if round {
        // A rim in the colour of the canvas keeps dots apart from their wire and from each other.
        pen.stroke(Ink::Bg, 1.0, 2.0);
    }
    pen.fill(ink, 1.0);
}

fn hollow(pen: &mut Pen<'_>, points: &[Point], ink: Ink, radius: f64, round: bool) {
    if points.is_empty() {
        return;
    }
    trace(pen, points, radius, round);
    if round {
        pen.fill(Ink::Bg, 1.0);
        pen.stroke(ink, 1.0, 1.6);
    } else {
        pen.fill(ink, 0.5);
    }
}
