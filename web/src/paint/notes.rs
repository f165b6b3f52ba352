//! Notes: plain text on the canvas. Lines are broken by counting letters, so that the size of a note depends on nothing but its text.

use super::cards;
use super::geometry::{Point, Rect};
use super::hit::Hit;
use super::painter::{Detail, View};
use super::pen::{Align, Pen};
use super::text::Type;
use super::theme::Ink;
use scenario::Note;

/// Letters that are sure to fit into a line.
const LETTERS: usize = 34;
const LETTER: f64 = 6.6;
const LINE: f64 = 17.0;
const PAD: f64 = 10.0;
const SET: Type = Type::NAME.sized(12.5);
const CORNER: f64 = 8.0;

/// Where one note is, and its lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoteLayout {
    /// All of it.
    pub rect: Rect,
    /// What stands in each line.
    pub lines: Vec<String>,
}

/// Places a note.
pub fn place(note: &Note) -> NoteLayout {
    let lines: Vec<String> = note.text.lines().flat_map(broken).collect();
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(6);
    let (w, h) = (longest as f64 * LETTER + 2.0 * PAD, lines.len().max(1) as f64 * LINE + 2.0 * PAD - 4.0);
    NoteLayout { rect: Rect::new(f64::from(note.x), f64::from(note.y), w, h), lines }
}

/// A line broken between words where it is full, and within a word that is longer than a line.
fn broken(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in line.split(' ') {
        let mut letters: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + letters.len() > LETTERS {
            lines.push(String::new());
            used = 0;
        }
        while letters.len() > LETTERS {
            let rest = letters.split_off(LETTERS);
            lines.last_mut().into_iter().for_each(|last| last.extend(&letters));
            lines.push(String::new());
            letters = rest;
        }
        if let Some(last) = lines.last_mut() {
            if used > 0 {
                last.push(' ');
            }
            last.extend(&letters);
            used = last.chars().count();
        }
    }
    lines
}

/// All notes that are seen.
pub fn draw(pen: &mut Pen<'_>, view: &View<'_>) {
    for (at, note) in view.scene.layout.notes.iter().enumerate().filter(|(_, note)| note.rect.overlaps(&view.seen)) {
        let rect = pen.crisp(note.rect);
        pen.begin();
        pen.round(rect, CORNER);
        pen.fill(Ink::Raised, 0.92);
        pen.stroke(Ink::Line, 1.0, pen.hair());
        if view.detail == Detail::Full {
            let room = note.rect.w - 2.0 * PAD + LETTER;
            for (number, line) in note.lines.iter().enumerate() {
                let baseline = note.rect.y + PAD + 10.5 + number as f64 * LINE;
                let set = Type { weight: Type::LABEL.weight, ..SET };
                pen.text(line, Point::new(note.rect.x + PAD, baseline), room, set, Ink::Text, Align::Left);
            }
        } else if view.detail != Detail::Specks {
            greek(pen, note);
        }
        if view.scene.selected.contains(&Hit::Note(at)) {
            cards::frame(pen, rect.grown(pen.px(1.5)), CORNER + 1.5, Ink::Accent, 0.22, pen.px(5.0));
            cards::frame(pen, rect, CORNER, Ink::Accent, 1.0, pen.px(1.5));
        } else if view.scene.hover == Some(Hit::Note(at)) {
            cards::frame(pen, rect, CORNER, Ink::Muted, 0.7, pen.hair());
        }
    }
}

/// Lines too small to be read.
fn greek(pen: &mut Pen<'_>, note: &NoteLayout) {
    pen.begin();
    for (number, line) in note.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let y = note.rect.y + PAD + 6.0 + number as f64 * LINE;
        let length = (line.chars().count() as f64 * LETTER).min(note.rect.w - 2.0 * PAD);
        pen.line(Point::new(note.rect.x + PAD, y), Point::new(note.rect.x + PAD + length, y));
    }
    pen.stroke(Ink::Muted, 0.5, 3.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_nothing_is_lost() {
        let text = "Reads may be stale here, as long as the followers lag behind their leader\n\nSee the verdict";
        let laid = place(&Note { x: 10, y: 20, text: text.to_string() });
        assert!(laid.lines.iter().all(|line| line.chars().count() <= LETTERS), "{:?}", laid.lines);
        assert_eq!(laid.lines.join(" ").replace("  ", " "), text.replace('\n', " ").replace("  ", " "));
        let long = "x".repeat(3 * LETTERS + 5);
        let laid = place(&Note { text: long.clone(), ..Note::default() });
        assert_eq!((laid.lines.concat(), laid.lines.len()), (long, 4));
        assert_eq!(place(&Note::default()).lines.len(), 0);
    }
}
