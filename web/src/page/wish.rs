//! Granting what components ask for.

use super::notice::{NOTICES_MAX, Notice};
use super::{App, Dialog, Msg, Tool, Wish, stroke};
use crate::browser::{page, store};
use crate::parts::hit_name;
use crate::state::{Same, Selection, folding};
use crate::talk::{Ask, Source};
use scenario::Target;
use session::{Command, Edit};
use yew::prelude::*;

/// About how large a new box is, in points.
const NEW_BOX: (f64, f64) = (180.0, 150.0);
/// About how large a new note is, in points.
const NEW_NOTE: (f64, f64) = (220.0, 60.0);

impl App {
    /// Grants a wish; true when the page looks different now.
    pub(super) fn grant(&mut self, ctx: &Context<App>, wish: Wish) -> bool {
        if self.is_refused(&wish) {
            return false;
        }
        match wish {
            Wish::Do(command) => self.command(command),
            Wish::DoAll(commands) => self.ask(&Ask::All(commands)),
            Wish::Add(kind, place) => self.add(kind, place),
            Wish::DrawZone => self.draw_zone(),
            Wish::AddZone(at) => self.add_zone(at),
            Wish::AddNote(place) => self.add_note(place),
            Wish::Group => self.group(),
            Wish::Ungroup => self.ungroup(),
            Wish::Duplicate => self.duplicate(),
            Wish::Remove => self.remove(),
            Wish::Select(selection) => self.choose(selection),
            Wish::SelectSoon(ends) => {
                self.wire_to_come = Some(ends);
                false
            }
            Wish::Inside(is_inside) => self.look_inside(is_inside),
            Wish::Use(tool) => self.take(tool),
            Wish::Fit => {
                self.live.fitting.set(true);
                false
            }
            Wish::Show(dialog) => self.show(dialog),
            Wish::Open(source) => self.open(ctx, source),
            Wish::OpenText(text, source) => {
                self.dialog = None;
                self.ask(&Ask::Open { text, source });
                true
            }
            Wish::Rescue(text) => {
                self.dialog = None;
                self.ask(&Ask::Rescue(text));
                true
            }
            Wish::Save => self.ask(&Ask::Save),
            Wish::Preview(slug) => self.fetch_preview(ctx, slug),
            Wish::Forget(id) => {
                store::forget(id);
                true
            }
            Wish::Say(text) => self.say(text, false),
            Wish::Dismiss(id) => {
                self.notices.retain(|notice| notice.id != id);
                true
            }
            Wish::Shade(shade) => {
                self.desk.settings.shade = shade;
                store::keep_setting("shade", shade.name());
                self.read_media()
            }
            Wish::Charts(shown) => {
                self.desk.settings.has_charts = shown;
                store::keep_setting("charts", if shown { "shown" } else { "hidden" });
                self.watch();
                true
            }
            Wish::Sheet(sheet) => {
                self.desk.settings.sheet = sheet;
                true
            }
        }
    }

    fn command(&mut self, command: Command) -> bool {
        let is_first_run = command == Command::Play && self.desk.settings.is_first_visit;
        self.ask(&Ask::Command(command));
        if is_first_run {
            self.desk.settings.is_first_visit = false;
            store::keep_setting("visited", "yes");
        }
        is_first_run
    }

    fn add(&mut self, kind: String, place: Option<(i32, i32)>) -> bool {
        let (x, y) = place.unwrap_or_else(|| {
            let free = self.live.free_place(NEW_BOX.0, NEW_BOX.1);
            (free.x as i32, free.y as i32)
        });
        self.remember_boxes();
        // The view stays, also over the first box: what was just put down must not jump away from the hand.
        self.live.fitting.set(false);
        self.ask(&Ask::Command(Command::Edit(Edit::Add { kind, x, y })))
    }

    /// A zone around the selected boxes; drawn by the pointer when none are.
    fn draw_zone(&mut self) -> bool {
        let (scenario, layout) = (&self.desk.document.scenario, self.live.layout());
        let selected =
            scenario.boxes.iter().zip(&layout.boxes).filter(|(placed, _)| self.desk.selection.has_box(&placed.id));
        let around = selected.map(|(_, laid)| laid.rect).reduce(|all, rect| all.union(&rect));
        match around {
            Some(rect) => self.add_zone(crate::paint::zone_around(rect)),
            None => self.take(Tool::Zone),
        }
    }

    fn add_note(&mut self, place: Option<(i32, i32)>) -> bool {
        let (x, y) = place.unwrap_or_else(|| {
            let free = self.live.free_place(NEW_NOTE.0, NEW_NOTE.1);
            (free.x as i32, free.y as i32)
        });
        self.notes_before = Some(self.desk.document.scenario.notes.len());
        self.live.fitting.set(false);
        self.desk.settings.sheet = None;
        self.ask(&Ask::Command(Command::Edit(Edit::AddNote { x, y, text: "Note".to_string() })))
    }

    fn add_zone(&mut self, at: [i32; 4]) -> bool {
        let [x, y, width, height] = at;
        let (scenario, layout) = (&self.desk.document.scenario, self.live.layout());
        let mut with = scenario.clone();
        with.zones.push(scenario::Zone { x, y, width, height, ..scenario::Zone::default() });
        let inside = scenario.boxes.iter().zip(&layout.boxes).filter(|(_, laid)| {
            let middle = laid.rect.center();
            // The new one has no id yet.
            with.zone_around(middle.x as i32, middle.y as i32).is_some_and(|zone| zone.id.is_empty())
        });
        let holds = inside.map(|(placed, _)| placed.id.clone()).collect();
        self.zones_before = Some(scenario.zones.len());
        self.live.fitting.set(false);
        self.desk.tool = Tool::Rest;
        self.ask(&Ask::Command(Command::Edit(Edit::AddZone { x, y, width, height, holds })));
        true
    }

    fn duplicate(&mut self) -> bool {
        let ids = folding::boxes(&self.desk.document.scenario, &self.desk.selection).to_vec();
        if ids.is_empty() {
            return false;
        }
        self.remember_boxes();
        self.ask(&Ask::Command(Command::Edit(Edit::Duplicate { ids })))
    }

    fn group(&mut self) -> bool {
        let scenario = &self.desk.document.scenario;
        let ids = folding::boxes(scenario, &self.desk.selection).to_vec();
        if ids.len() < 2 {
            return self.take(Tool::Gather);
        }
        self.groups_before = Some(scenario.groups.len());
        self.desk.tool = Tool::Rest;
        self.ask(&Ask::Command(Command::Edit(Edit::Group { ids })));
        true
    }

    fn ungroup(&mut self) -> bool {
        let Selection::Group(id) = (*self.desk.selection).clone() else {
            return self.say("Select a group first".to_string(), false);
        };
        let ids = folding::boxes(&self.desk.document.scenario, &self.desk.selection).to_vec();
        let first = ids.first().and_then(|id| self.desk.document.scenario.place(id));
        self.focus_to_come = first.map(|at| format!("[data-hit=\"{}\"]", hit_name(crate::paint::Hit::Box(at))));
        self.ask(&Ask::Command(Command::Edit(Edit::Ungroup { id })));
        self.select(Selection::Boxes(ids))
    }

    fn remember_boxes(&mut self) {
        self.before_adding = Some(self.desk.document.scenario.boxes.iter().map(|placed| placed.id.clone()).collect());
    }

    fn remove(&mut self) -> bool {
        match (stroke::removal(&self.desk.document.scenario, &self.desk.selection), &*self.desk.selection) {
            (Some(edit), _) => self.ask(&Ask::Command(Command::Edit(edit))),
            (None, Selection::Member(id, _)) => {
                let text =
                    format!("A member goes with its box, or by a change of {}'s settings", self.desk.name_of(id));
                self.say(text, false)
            }
            (None, _) => false,
        }
    }

    /// Selects what somebody points at; a group that is folded over it is unfolded, so that it is seen.
    fn choose(&mut self, selection: Selection) -> bool {
        for id in folding::covering(&self.desk.document.scenario, &selection) {
            self.ask(&Ask::Command(Command::Edit(Edit::Fold { id, folded: false })));
        }
        self.select(selection)
    }

    pub(super) fn select(&mut self, selection: Selection) -> bool {
        let selection = selection.within(&self.desk.document.scenario);
        if selection == *self.desk.selection {
            return false;
        }
        self.desk.selection = Same::new(selection);
        self.desk.is_inside &= self.desk.selection.home().is_some();
        self.watch();
        true
    }

    /// Opens or closes the microscope on what is selected.
    fn look_inside(&mut self, is_inside: bool) -> bool {
        let is_inside = is_inside && self.desk.selection.home().is_some();
        if is_inside == self.desk.is_inside {
            return false;
        }
        self.desk.is_inside = is_inside;
        self.desk.settings.sheet = None;
        self.desk.tool = Tool::Rest;
        if !is_inside {
            let target = self.desk.selection.target();
            let hit = target.and_then(|target| crate::paint::Hit::of(&target, &self.desk.document.scenario));
            self.focus_to_come = hit.map(|hit| format!("[data-hit=\"{}\"]", hit_name(hit)));
        }
        self.watch();
        true
    }

    fn take(&mut self, tool: Tool) -> bool {
        // The canvas has to be seen for whatever comes next.
        self.desk.settings.sheet = None;
        self.desk.is_inside = false;
        self.desk.tool = tool;
        self.watch();
        true
    }

    /// Follows the course of what is selected, while there are charts to draw it, and its history while it is looked into.
    pub(super) fn watch(&self) {
        self.ask(&Ask::History(self.desk.selection.target().filter(|_| self.desk.is_inside)));
        if !self.desk.settings.has_charts && !self.desk.is_inside {
            self.ask(&Ask::Unwatch);
            return;
        }
        let target = match self.desk.selection.target() {
            Some(Target::Member(id, _)) => Some(Target::Box(id)),
            // The design as a whole is seen from where its traffic begins.
            None | Some(Target::Zone(_) | Target::Between(..) | Target::Sides(_)) => {
                self.desk.source().map(|placed| Target::Box(placed.id.clone()))
            }
            other => other,
        };
        self.ask(&Ask::Watch(target));
    }

    fn show(&mut self, dialog: Option<Dialog>) -> bool {
        if dialog == Some(Dialog::Share) {
            self.shared = None;
            self.ask(&Ask::Share(self.desk.selection.home().map(ToString::to_string)));
        }
        self.dialog = dialog;
        true
    }

    fn open(&mut self, ctx: &Context<App>, source: Source) -> bool {
        self.dialog = None;
        match source {
            Source::New => {
                self.ask(&Ask::OpenNew);
            }
            Source::Kept(id) => {
                self.open_kept(id);
            }
            Source::Row(slug) => self.fetch_row(ctx, slug),
            Source::Link | Source::File(_) | Source::Again(_) => {}
        }
        true
    }

    /// Shows a sentence for a while.
    pub(super) fn say(&mut self, text: String, is_bad: bool) -> bool {
        self.notices.retain(|notice| notice.text != text);
        self.notices_shown += 1;
        self.notices.push(Notice { id: self.notices_shown, text, is_bad });
        if self.notices.len() > NOTICES_MAX {
            self.notices.remove(0);
        }
        true
    }

    /// Puts flags on the root element by which tests know where the page stands.
    pub(super) fn flag(&self) {
        let frame = &self.moment.frame;
        page::flag("state", state_name(&frame.state));
        page::flag("now", &frame.now.0.to_string());
        page::flag("digest", &format!("{:016x}", frame.digest));
        page::flag("events", &frame.events.to_string());
        page::flag("revision", &self.desk.document.revision.to_string());
    }

    /// Reads the live numbers soon, but not too often.
    pub(super) fn arrived(&mut self, ctx: &Context<App>) -> bool {
        if self.glance.is_none() {
            let wait = (self.glanced_ms + super::GLANCE_MS - page::now_ms()).max(0.0) as u32;
            let link = ctx.link().clone();
            self.glance = Some(gloo_timers::callback::Timeout::new(wait, move || link.send_message(Msg::Glance)));
        }
        false
    }

    /// Reads the live numbers.
    pub(super) fn look(&mut self) -> bool {
        self.glance = None;
        self.glanced_ms = page::now_ms();
        self.moment.frame = Same::from(&self.live.frame());
        self.tell_figure();
        self.flag();
        if self.source.is_some() {
            page::flag("ready", "true");
        }
        true
    }
}

fn state_name(state: &session::RunState) -> &'static str {
    use session::RunState::{Finished, Paused, Running, Seeking, Stopped};
    match state {
        Paused => "paused",
        Running => "running",
        Seeking { .. } => "seeking",
        Finished => "finished",
        Stopped { .. } => "stopped",
    }
}
