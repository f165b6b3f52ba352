//! The end of a log: a cell for each entry, coloured by term, with a line after the last acknowledged one and a small arrow
//! under each place up to which somebody else holds it. At full size an entry that is not acknowledged is dashed as well, places
//! are numbered, and arrows say whose they are.

use super::super::geometry::{Point, Rect};
use super::super::number;
use super::super::pen::{Align, Dash, Pen, TEXT_MIN};
use super::super::text::Type;
use super::super::theme::Ink;
use catalog::{LogCell, LogMark};
use std::fmt::Write;

/// Height of one line of a mark at full size.
const MARK_LINE: f64 = 13.0;
/// Every so many entries are numbered.
const NUMBERED: u64 = 5;

/// How large cells are, and which of them are shown.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Grid {
    pitch: f64,
    gap: f64,
    high: f64,
    term: f64,
    /// The first index that is shown.
    first: u64,
    /// How many are.
    columns: u64,
    rect: Rect,
}

impl Grid {
    /// As on a card.
    fn small(entries: &[LogCell], rect: Rect) -> Grid {
        Grid { pitch: 12.0, gap: 2.0, high: 13.0, term: 7.5, first: 0, columns: 0, rect }.ending(entries)
    }

    /// As under the microscope, with the newest of these at its end.
    pub fn large(entries: &[LogCell], rect: Rect) -> Grid {
        Grid { pitch: 24.0, gap: 3.0, high: 20.0, term: 9.5, first: 0, columns: 0, rect }.ending(entries)
    }

    fn ending(self, entries: &[LogCell]) -> Grid {
        let columns = (self.rect.w / self.pitch).floor().max(1.0) as u64;
        let last = entries.iter().map(|entry| entry.index).max().unwrap_or(0);
        let fits = entries.iter().map(|entry| entry.index).filter(|index| last - index < columns);
        Grid { first: fits.min().unwrap_or(0), columns, ..self }
    }

    /// True when an index is among those that are shown.
    pub fn shows(&self, index: u64) -> bool {
        self.cell(index).is_some()
    }

    /// The same places elsewhere, so that an index is at the same distance from the left.
    pub fn moved(self, rect: Rect) -> Grid {
        Grid { rect, ..self }
    }

    fn place(&self, column: u64) -> Rect {
        let left = self.rect.x + column as f64 * self.pitch;
        Rect::new(left, self.rect.y + 2.0, self.pitch - self.gap, self.high)
    }

    fn cell(&self, index: u64) -> Option<Rect> {
        let column = index.checked_sub(self.first).filter(|column| *column < self.columns)?;
        Some(self.place(column))
    }

    /// Where the boundary after entry `index` is; at the left edge when that entry is no longer shown.
    fn after(&self, entries: &[LogCell], index: u64) -> f64 {
        let last = entries.iter().map(|entry| entry.index).filter(|at| *at <= index && *at >= self.first).max();
        let before = last.map_or(0, |last| last - self.first + 1).min(self.columns);
        self.rect.x + before as f64 * self.pitch - self.gap / 2.0
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, entries: &[LogCell], acknowledged: u64, marks: &[LogMark], rect: Rect) {
    let grid = Grid::small(entries, rect);
    let places = cells(pen, entries, grid, false);
    line(pen, entries, acknowledged, grid);
    if places {
        arrows(pen, entries, marks, grid);
    }
}

/// At full size, on the places of `grid`.
pub(in super::super) fn large(
    pen: &mut Pen<'_>,
    entries: &[LogCell],
    acknowledged: u64,
    marks: &[LogMark],
    grid: Grid,
) {
    let places = cells(pen, entries, grid, true);
    line(pen, entries, acknowledged, grid);
    if places && !marks.is_empty() {
        arrows(pen, entries, marks, grid);
    }
}

/// What stands below a log at full size: numbers of places, and who holds it up to where.
pub(super) fn notes(pen: &mut Pen<'_>, entries: &[LogCell], marks: &[LogMark], grid: Grid) {
    let mut text = pen.scratch();
    let below = grid.rect.y + grid.high + 2.0;
    for entry in entries.iter().filter(|entry| entry.index % NUMBERED == 0) {
        let Some(cell) = grid.cell(entry.index) else { continue };
        text.clear();
        let _ = write!(text, "{}", entry.index);
        let at = Point::new(cell.center().x, below + 18.0);
        pen.text(&text, at, grid.pitch * 3.0, Type::SMALL.sized(9.0), Ink::Muted, Align::Center);
    }
    for (line, mark) in marks.iter().enumerate() {
        let x = grid.after(entries, mark.index);
        let baseline = below + 22.0 + MARK_LINE * (line + 1) as f64;
        text.clear();
        text.push_str(&mark.label);
        text.push_str(" up to ");
        number::push(&mut text, mark.index as f64);
        let is_right = x > grid.rect.center().x;
        let (at, align) = if is_right { (x - 5.0, Align::Right) } else { (x + 5.0, Align::Left) };
        let room = if is_right { x - grid.rect.x } else { grid.rect.right() - x } - 5.0;
        pen.begin();
        pen.line(Point::new(x, below + 7.0), Point::new(x, baseline));
        pen.stroke(Ink::Muted, 0.5, 1.0);
        pen.text(&text, Point::new(at, baseline), room, Type::SMALL, Ink::Muted, align);
    }
    pen.give_back(text);
}

/// How high a log is at full size with so many marks.
pub(super) fn large_height(marks: usize) -> f64 {
    50.0 + MARK_LINE * marks as f64
}

/// The entries; false when there are none.
fn cells(pen: &mut Pen<'_>, entries: &[LogCell], grid: Grid, is_large: bool) -> bool {
    if entries.is_empty() {
        pen.begin();
        (0..grid.columns).for_each(|at| pen.round(grid.place(at), 2.0));
        pen.fill(Ink::Line, 0.4);
        return false;
    }
    let radius = if is_large { 4.0 } else { 2.0 };
    // Terms come in runs, so that a run is one path.
    for (tint, done) in (0..6u64).flat_map(|tint| [(tint, true), (tint, false)]) {
        pen.begin();
        let mut any = false;
        let alike = entries.iter().filter(|entry| tint_of(entry.term) == tint && entry.acknowledged == done);
        for cell in alike.filter_map(|entry| grid.cell(entry.index)) {
            pen.round(if done { cell } else { cell.grown(-0.5) }, radius);
            any = true;
        }
        if any {
            pen.fill(Ink::tint(tint), if done { 0.95 } else { 0.28 });
            if !done {
                if is_large {
                    pen.dash(&Dash::new(3.0, 2.5), 0.0);
                }
                pen.stroke(Ink::tint(tint), 0.9, 1.0);
                if is_large {
                    pen.dash(&Dash::default(), 0.0);
                }
            }
        }
    }
    if grid.term * pen.zoom() >= TEXT_MIN {
        terms(pen, entries, grid);
    }
    true
}

/// Which of the six tints a term has; the first term the first.
fn tint_of(term: u64) -> u64 {
    term.wrapping_add(5) % 6
}

fn terms(pen: &mut Pen<'_>, entries: &[LogCell], grid: Grid) {
    let mut text = pen.scratch();
    for (entry, place) in entries.iter().filter_map(|entry| Some((entry, grid.cell(entry.index)?))) {
        text.clear();
        let _ = write!(text, "{}", entry.term);
        let ink = if entry.acknowledged { Ink::Bg } else { Ink::Text };
        let set = Type::MEMBER.sized(grid.term);
        pen.text(&text, place.center().moved(0.0, grid.term * 0.36), place.w, set, ink, Align::Center);
    }
    pen.give_back(text);
}

fn line(pen: &mut Pen<'_>, entries: &[LogCell], acknowledged: u64, grid: Grid) {
    if entries.is_empty() {
        return;
    }
    let x = grid.after(entries, acknowledged);
    pen.begin();
    pen.line(Point::new(x, grid.rect.y), Point::new(x, grid.rect.y + grid.high + 4.0));
    pen.stroke(Ink::Text, 1.0, 1.5);
}

fn arrows(pen: &mut Pen<'_>, entries: &[LogCell], marks: &[LogMark], grid: Grid) {
    if marks.is_empty() {
        return;
    }
    pen.begin();
    for mark in marks {
        let y = grid.rect.y + grid.high + 3.5;
        if mark.index < grid.first {
            // Further back than what is shown: it points there.
            let tip = Point::new(grid.rect.x, y + 2.5);
            pen.outline(&[tip, tip.moved(5.0, -3.2), tip.moved(5.0, 3.2)]);
        } else {
            let tip = Point::new(grid.after(entries, mark.index), y);
            pen.outline(&[tip, tip.moved(3.2, 5.0), tip.moved(-3.2, 5.0)]);
        }
    }
    pen.fill(Ink::Muted, 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(indices: &[u64]) -> Vec<LogCell> {
        indices.iter().map(|&index| LogCell { index, term: 1, key: 0, acknowledged: true }).collect()
    }

    #[test]
    fn the_newest_entries_are_shown_and_each_place_has_one_index() {
        let rect = Rect::new(0.0, 0.0, 120.0, 20.0);
        let all = entries(&(1..=40).collect::<Vec<u64>>());
        let grid = Grid::small(&all, rect);
        assert_eq!((grid.first, grid.columns), (31, 10));
        assert!(grid.cell(30).is_none() && grid.cell(40).is_some_and(|cell| cell.right() <= rect.right()));
        assert!((grid.after(&all, 35) - (5.0 * 12.0 - 1.0)).abs() < 1e-9);
        assert!((grid.after(&all, 3) - -1.0).abs() < 1e-9, "what is no longer shown is at the left edge");
    }

    #[test]
    fn indices_that_make_no_sense_stay_within_the_picture() {
        let rect = Rect::new(0.0, 0.0, 120.0, 20.0);
        for all in [vec![], vec![0], vec![u64::MAX], vec![0, u64::MAX], vec![7, 3, 3, u64::MAX - 1]] {
            let all = entries(&all);
            for grid in [Grid::small(&all, rect), Grid::large(&all, rect)] {
                for index in [0, 1, 3, 7, u64::MAX] {
                    assert!(grid.cell(index).is_none_or(|cell| cell.right() <= rect.right()));
                    assert!(grid.after(&all, index) <= rect.right() + 1.0);
                }
            }
        }
    }
}
