//! Edits of notes: texts on the canvas, which no run knows of.

use crate::edit::clip;
use scenario::{Note, Scenario};

fn note(scenario: &mut Scenario, at: usize) -> Result<&mut Note, String> {
    scenario.notes.get_mut(at).ok_or_else(|| format!("there is no note {at}"))
}

fn place(note: &mut Note, (x, y): (i32, i32)) {
    let far = Scenario::POSITION_MAX;
    (note.x, note.y) = (x.clamp(-far, far), y.clamp(-far, far));
}

pub(crate) fn add(scenario: &mut Scenario, at: (i32, i32), text: &str) -> Result<String, String> {
    let count = scenario.notes.len();
    if count >= Scenario::NOTES_MAX {
        return Err(format!("there are {count} notes; there can be no more"));
    }
    let mut note = Note { text: said(text), ..Note::default() };
    if note.text.is_empty() {
        return Err("a note needs a text".to_string());
    }
    place(&mut note, at);
    scenario.notes.push(note);
    Ok("add a note".to_string())
}

pub(crate) fn write(scenario: &mut Scenario, at: usize, text: &str) -> Result<String, String> {
    let (note, text) = (note(scenario, at)?, said(text));
    if text.is_empty() {
        scenario.notes.remove(at);
        return Ok("delete a note".to_string());
    }
    note.text = text;
    Ok("write a note".to_string())
}

pub(crate) fn relocate(scenario: &mut Scenario, at: usize, to: (i32, i32)) -> Result<String, String> {
    place(note(scenario, at)?, to);
    Ok(format!("move note {}", at + 1))
}

/// A text as a note may have it: no longer than that, nothing that cannot be shown, lines kept.
fn said(text: &str) -> String {
    let shown: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    clip(shown.trim(), Scenario::NOTE_MAX)
}
