//! Which keys are the page's, depending on where they are pressed; and what the page does with them.

use super::{App, Dialog, Sheet, Tool, Wish};
use crate::browser::page::{self, Where};
use crate::state::Selection;
use crate::state::keys::{self, Pressed, Stroke};
use scenario::Scenario;
use session::{Command, Edit, RunState};
use web_sys::KeyboardEvent;
use yew::prelude::*;

/// What a key means, where it was pressed.
fn stroke(event: &KeyboardEvent) -> Option<Stroke> {
    let key = event.key();
    let pressed = Pressed {
        key: &key,
        ctrl: event.ctrl_key() || event.meta_key(),
        shift: event.shift_key(),
        alt: event.alt_key(),
    };
    keys::stroke(pressed)
}

/// The stroke of a key, when it is the whole page's and not a control's or the canvas's own.
pub fn global(event: &KeyboardEvent) -> Option<Stroke> {
    let stroke = stroke(event)?;
    let place = page::place_of(event);
    let is_chord = event.ctrl_key() || event.meta_key();
    let is_held = event.repeat() && !matches!(stroke, Stroke::Step | Stroke::Undo | Stroke::Redo);
    let is_ours = match (place, stroke) {
        _ if is_of_canvas(stroke) || is_held => false,
        (Where::Dialog, _) => false,
        (Where::Typing, Stroke::Save) => true,
        (Where::Typing, _) => false,
        (Where::Control, Stroke::PlayOrPause | Stroke::Rewind | Stroke::Remove) => false,
        (Where::Control, _) => is_chord || stroke != Stroke::SelectAll,
        (Where::Inside, _) => is_of_run(stroke),
        (Where::Canvas, _) => true,
    };
    is_ours.then_some(stroke)
}

/// The stroke of a key, when it is the canvas's.
pub fn canvas(event: &KeyboardEvent) -> Option<Stroke> {
    let stroke = stroke(event).filter(|stroke| is_of_canvas(*stroke))?;
    let is_nudge = matches!(stroke, Stroke::Nudge(..));
    match page::place_of(event) {
        Where::Canvas => Some(stroke),
        Where::Control => (!is_nudge).then_some(stroke),
        Where::Typing | Where::Dialog | Where::Inside => None,
    }
}

/// True for what makes sense while the canvas is covered.
fn is_of_run(stroke: Stroke) -> bool {
    use Stroke::{Escape, Help, OpenFile, PlayOrPause, Redo, Rewind, Save, Step, Undo};
    matches!(stroke, PlayOrPause | Step | Rewind | Escape | Undo | Redo | Save | OpenFile | Help)
}

fn is_of_canvas(stroke: Stroke) -> bool {
    matches!(stroke, Stroke::Nudge(..) | Stroke::ZoomIn | Stroke::ZoomOut)
}

/// A button that was pressed by pointer gives the focus back, so that Space goes on to mean play and pause; one that was pressed
/// by key keeps it. Those that lead somewhere else are left alone.
pub fn give_back(pressed: &web_sys::Element) {
    let within = |selector: &str| pressed.closest(selector).ok().flatten().is_some();
    let has_focus = page::focused().is_some_and(|focused| focused.contains(Some(pressed)));
    if has_focus && within("button") && !within("dialog, .menu, .marks, .in-place, .stage-layer, .members") {
        page::unfocus();
    }
}

impl App {
    /// Does what a key asks for.
    pub(super) fn press(&mut self, ctx: &Context<App>, stroke: Stroke) -> bool {
        let wish = match stroke {
            Stroke::PlayOrPause if self.moment.frame.state == RunState::Paused => Wish::Do(Command::Play),
            Stroke::PlayOrPause if self.moment.frame.state == RunState::Finished => {
                Wish::DoAll(vec![Command::Seek(base::Time::ZERO), Command::Play])
            }
            Stroke::PlayOrPause => Wish::Do(Command::Pause),
            Stroke::Step => Wish::Do(Command::Step),
            Stroke::Rewind => Wish::Do(Command::Seek(base::Time::ZERO)),
            Stroke::Find => return self.find(ctx),
            Stroke::Wire => match self.desk.selection.home() {
                Some(id) => Wish::Use(Tool::Wire(id.to_string())),
                None => Wish::Say("Select a box first, then press W to wire it to another".to_string()),
            },
            Stroke::Zone => Wish::DrawZone,
            Stroke::Note => Wish::AddNote(None),
            Stroke::Rename => match (self.desk.selection.home(), &*self.desk.selection) {
                (Some(id), _) => Wish::Use(Tool::Rename(id.to_string())),
                (None, Selection::Note(at)) => Wish::Use(Tool::Write(*at)),
                (None, Selection::Zone(id)) => Wish::Use(Tool::RenameZone(id.clone())),
                (None, Selection::Group(id)) => Wish::Use(Tool::RenameGroup(id.clone())),
                _ => return false,
            },
            Stroke::Remove => Wish::Remove,
            Stroke::Duplicate => Wish::Duplicate,
            Stroke::Group => Wish::Group,
            Stroke::Ungroup => Wish::Ungroup,
            Stroke::SelectAll => {
                let ids: Vec<String> =
                    self.desk.document.scenario.boxes.iter().map(|placed| placed.id.clone()).collect();
                Wish::Select(if ids.is_empty() { Selection::Nothing } else { Selection::Boxes(ids) })
            }
            Stroke::Escape => self.escape(),
            Stroke::Undo => Wish::Do(Command::Undo),
            Stroke::Redo => Wish::Do(Command::Redo),
            Stroke::Fit => Wish::Fit,
            Stroke::Save => Wish::Save,
            Stroke::OpenFile => {
                page::focus("#open-file");
                page::click("#open-file");
                return false;
            }
            Stroke::Help => Wish::Show(Some(Dialog::Help)),
            Stroke::Nudge(..) | Stroke::ZoomIn | Stroke::ZoomOut => return false,
        };
        self.grant(ctx, wish)
    }

    /// What Escape lets go: first what the pointer is about to do, then the sheet, the microscope, the selection.
    fn escape(&self) -> Wish {
        if self.desk.tool != Tool::Rest {
            Wish::Use(Tool::Rest)
        } else if self.desk.settings.sheet.is_some() {
            Wish::Sheet(None)
        } else if self.desk.is_inside {
            Wish::Inside(false)
        } else {
            Wish::Select(Selection::Nothing)
        }
    }

    fn find(&mut self, ctx: &Context<App>) -> bool {
        let changed = self.desk.settings.is_narrow && self.grant(ctx, Wish::Sheet(Some(Sheet::Boxes)));
        page::focus("#find-box");
        changed
    }
}

/// The edit that removes what is selected: of a group all that is seen as it, which is its boxes when it is folded over them.
pub(super) fn removal(scenario: &Scenario, selection: &Selection) -> Option<Edit> {
    match selection {
        Selection::Boxes(ids) => Some(Edit::Remove { ids: ids.clone() }),
        Selection::Wire(ends) => Some(Edit::Disconnect { ends: ends.clone() }),
        Selection::Zone(id) => Some(Edit::RemoveZone { id: id.clone() }),
        Selection::Note(at) => Some(Edit::WriteNote { at: u16::try_from(*at).ok()?, text: String::new() }),
        Selection::Group(id) => {
            let group = &scenario.groups[scenario.group(id)?];
            Some(if group.folded {
                Edit::Remove { ids: group.boxes.clone() }
            } else {
                Edit::Ungroup { id: id.clone() }
            })
        }
        Selection::Nothing | Selection::Member(..) | Selection::Between(..) => None,
    }
}
