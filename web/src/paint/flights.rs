//! Messages under way: full dots go, hollow dots come back, crossed ones come back bad.
//!
//! Places are worked out in one pass into lists that keep their room from picture to picture; each list is one path. Thousands of
//! dots, or dots seen from far away, are squares, which cost a quarter of circles; of squares of one look that would lie on each
//! other one is drawn.

use super::geometry::{Point, Rect};
use super::marks;
use super::painter::{Detail, View};
use super::pen::Pen;
use super::theme::Ink;
use session::{Flight, Path};

/// More dots than this are drawn as squares.
const ROUND_MAX: usize = 1_500;

/// Lists of places, one for each look.
#[derive(Debug, Default)]
pub struct Dots {
    looks: [Vec<Point>; 5],
    taken: Cells,
}

/// Which cells of the view hold a square already: one bit for each cell.
#[derive(Debug, Default)]
struct Cells {
    bits: Vec<u64>,
    columns: usize,
}

impl Cells {
    /// Side of a cell in CSS pixels.
    const SIDE: f64 = 3.0;

    fn clear(&mut self, size: (f64, f64)) {
        self.columns = (size.0 / Self::SIDE).max(0.0) as usize + 1;
        let rows = (size.1 / Self::SIDE).max(0.0) as usize + 1;
        self.bits.clear();
        self.bits.resize((self.columns * rows).div_ceil(64), 0);
    }

    /// Takes the cell at `p` on screen; false when it was taken or lies outside.
    fn take(&mut self, p: Point) -> bool {
        let (column, row) = ((p.x / Self::SIDE).max(0.0) as usize, (p.y / Self::SIDE).max(0.0) as usize);
        if column >= self.columns {
            return false;
        }
        let cell = row.saturating_mul(self.columns).saturating_add(column);
        let Some(word) = self.bits.get_mut(cell / 64) else { return false };
        let bit = 1 << (cell % 64);
        let is_free = *word & bit == 0;
        *word |= bit;
        is_free
    }
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
            let placed = view
                .scene
                .layout
                .boxes
                .get(usize::from(at))
                .filter(|placed| placed.grouped && placed.fold.is_none())?;
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
        let all: usize = self.looks.iter().map(Vec::len).sum();
        let round = all <= ROUND_MAX && view.detail != Detail::Specks;
        let radius = pen.px(if round { 2.8 } else { 2.0 }).max(4.0);
        if !round {
            let Dots { looks, taken } = self;
            for look in looks {
                taken.clear(view.scene.size);
                look.retain(|&at| taken.take(view.scene.camera.to_screen(at)));
            }
        }
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
            pen.rect(Rect::new(at.x - radius, at.y - radius, radius * 2.0, radius * 2.0));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_squares_in_one_cell_one_is_drawn() {
        let mut cells = Cells::default();
        cells.clear((100.0, 50.0));
        assert!(
            cells.take(Point::new(10.0, 10.0))
                && !cells.take(Point::new(11.9, 11.9))
                && cells.take(Point::new(12.1, 10.0))
        );
        assert!(cells.take(Point::new(-5.0, -5.0)), "what sticks out on the left counts as on the edge");
        assert!(!cells.take(Point::new(10.0, 9e9)) && !cells.take(Point::new(f64::INFINITY, f64::INFINITY)));
    }
}
