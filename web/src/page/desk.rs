//! What components know and may ask for: the design and the selection in one context, the moment in another.

use crate::browser::media::Shade;
use crate::state::{Same, Selection};
use crate::talk::{Report, Source};
use base::Time;
use scenario::{KindSpec, Placed, Schema, Target, Wire, WireEnds};
use session::{Command, Document, Edit, Frame};
use yew::prelude::*;

/// What changes when somebody does something.
#[derive(Clone, PartialEq)]
pub struct Desk {
    /// What can be built.
    pub schema: Same<Schema>,
    /// The design.
    pub document: Same<Document>,
    /// What is selected.
    pub selection: Same<Selection>,
    /// What the pointer is about to do.
    pub tool: Tool,
    /// True while the selected box or member is looked into.
    pub is_inside: bool,
    /// How the page is set.
    pub settings: Settings,
    /// Where wishes go.
    pub wish: Callback<Wish>,
}

/// What changes while a run goes on, a few times a second.
#[derive(Clone, Default, PartialEq)]
pub struct Moment {
    /// Numbers, without the texts.
    pub frame: Same<Frame>,
    /// Verdicts, marks, log.
    pub report: Same<Report>,
}

/// What the pointer and the keys are about to do on the canvas.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Tool {
    /// Nothing in particular.
    #[default]
    Rest,
    /// The other end of a wire from this box is being chosen.
    Wire(String),
    /// This box is being renamed.
    Rename(String),
    /// A zone is about to be drawn.
    Zone,
    /// The note at this place is being written.
    Write(usize),
    /// This zone is being renamed.
    RenameZone(String),
    /// The boxes of a group are being chosen.
    Gather,
    /// This group is being renamed.
    RenameGroup(String),
}

/// How the page is set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// Which colours were chosen.
    pub shade: Shade,
    /// True when they come out dark.
    pub is_dark: bool,
    /// True when motion is not wanted.
    pub is_still: bool,
    /// True when the page is as narrow as a phone.
    pub is_narrow: bool,
    /// True while the charts are shown.
    pub has_charts: bool,
    /// The sheet that is open on a narrow page.
    pub sheet: Option<Sheet>,
    /// True when it is a figure in somebody else's post: it keeps nothing and changes no design.
    pub is_figure: bool,
    /// True until the first run of somebody who has never been here.
    pub is_first_visit: bool,
}

/// One of the tabs of a narrow page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The palette.
    Boxes,
    /// The inspector.
    Inspect,
    /// Break it.
    Break,
    /// Verdicts.
    Verdicts,
}

impl Sheet {
    /// All of them, in the order of the tabs.
    pub const ALL: [Sheet; 4] = [Sheet::Boxes, Sheet::Inspect, Sheet::Break, Sheet::Verdicts];

    /// What its tab says.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Sheet::Boxes => "Boxes",
            Sheet::Inspect => "Inspect",
            Sheet::Break => "Break",
            Sheet::Verdicts => "Verdicts",
        }
    }

    /// Its name in class names and ids.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Sheet::Boxes => "boxes",
            Sheet::Inspect => "inspect",
            Sheet::Break => "break",
            Sheet::Verdicts => "verdicts",
        }
    }
}

/// What a dialog is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// Designs to open.
    Library,
    /// The link and the file.
    Share,
    /// The keys.
    Help,
    /// A design that cannot be opened.
    Unreadable(Same<crate::talk::Unreadable>),
}

/// What a component asks the page for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Something of the engine.
    Do(Command),
    /// Several things of the engine, in order.
    DoAll(Vec<Command>),
    /// A new box of a kind, at a place or at a free one; it will be selected.
    Add(String, Option<(i32, i32)>),
    /// A new zone: around the selected boxes, or drawn by the pointer.
    DrawZone,
    /// A new zone here: left, top, width, height; it will be selected.
    AddZone([i32; 4]),
    /// A new note at a place or a free one; it will be written.
    AddNote(Option<(i32, i32)>),
    /// A group of the selected boxes, which will be selected; they are chosen next when fewer than two are.
    Group,
    /// The selected group goes, and its boxes are selected.
    Ungroup,
    /// Copies of the selected boxes; they will be selected.
    Duplicate,
    /// What is selected goes.
    Remove,
    /// Something else is selected.
    Select(Selection),
    /// A wire that was just asked for is selected as soon as it is there.
    SelectSoon(WireEnds),
    /// The selected box or member is to be looked into, or no longer.
    Inside(bool),
    /// The pointer is to do something else.
    Use(Tool),
    /// Everything is to be seen.
    Fit,
    /// A dialog, or none.
    Show(Option<Dialog>),
    /// A design is to be opened.
    Open(Source),
    /// A file's text is to be opened.
    OpenText(String, Source),
    /// What can be saved of a bad link is to be opened.
    Rescue(String),
    /// The design as a file.
    Save,
    /// A row of the library is to be drawn small.
    Preview(String),
    /// A kept design goes.
    Forget(u32),
    /// A sentence is to be shown.
    Say(String),
    /// A sentence has been read.
    Dismiss(u32),
    /// Other colours.
    Shade(Shade),
    /// The charts, or not.
    Charts(bool),
    /// A sheet, or none.
    Sheet(Option<Sheet>),
}

impl Desk {
    /// Asks for `wish`.
    pub fn wish(&self, wish: Wish) {
        self.wish.emit(wish);
    }

    /// Asks the engine.
    pub fn act(&self, command: Command) {
        self.wish.emit(Wish::Do(command));
    }

    /// Changes the design.
    pub fn edit(&self, edit: Edit) {
        self.act(Command::Edit(edit));
    }

    /// The box with this id, and its place.
    #[must_use]
    pub fn placed(&self, id: &str) -> Option<(usize, &Placed)> {
        let at = self.document.scenario.place(id)?;
        Some((at, &self.document.scenario.boxes[at]))
    }

    /// The first box that nobody calls: where traffic begins.
    #[must_use]
    pub fn source(&self) -> Option<&Placed> {
        let begins = |placed: &&Placed| self.kind(placed).is_some_and(|kind| !kind.ports.accepts);
        self.document.scenario.boxes.iter().find(begins)
    }

    /// The kind of a box.
    #[must_use]
    pub fn kind(&self, placed: &Placed) -> Option<&KindSpec> {
        self.schema.kind(&placed.kind)
    }

    /// The name on screen of the box with this id.
    #[must_use]
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.placed(id).map_or(id, |(_, placed)| &placed.name)
    }

    /// The name on screen of the zone with this id.
    #[must_use]
    pub fn zone_name<'a>(&'a self, id: &'a str) -> &'a str {
        let scenario = &self.document.scenario;
        scenario.zone(id).map_or(id, |at| &scenario.zones[at].name)
    }

    /// The name on screen of a target; a member's as the frame has it.
    #[must_use]
    pub fn name(&self, target: &Target, frame: &Frame) -> String {
        match target {
            Target::Box(id) => self.name_of(id).to_string(),
            Target::Member(id, member) => {
                let seen = self.placed(id).and_then(|(at, _)| frame.boxes.get(at)?.members.get(usize::from(*member)));
                seen.map_or_else(|| target.to_string(), |member| member.name.clone())
            }
            Target::Wire(ends) => format!("{} → {}", self.name_of(&ends.from), self.name_of(&ends.to)),
            Target::Zone(id) => self.zone_name(id).to_string(),
            Target::Between(a, b) => format!("{} ↔ {}", self.zone_name(a), self.zone_name(b)),
            Target::Sides(sides) => sides.spoken(),
        }
    }

    /// The selected wire, and its place.
    #[must_use]
    pub fn wire(&self) -> Option<(usize, &Wire)> {
        let Selection::Wire(ends) = &*self.selection else { return None };
        let at = self.document.scenario.wire(ends)?;
        Some((at, &self.document.scenario.wires[at]))
    }
}

impl Moment {
    /// When it is.
    #[must_use]
    pub fn now(&self) -> Time {
        self.frame.now
    }
}

/// The design and the selection.
#[hook]
pub fn use_desk() -> Desk {
    // The root provides it; a component outside of the root is a mistake of whoever put it there.
    use_context::<Desk>().expect("components stand below the page, which provides the desk")
}

/// The moment.
#[hook]
pub fn use_moment() -> Moment {
    use_context::<Moment>().unwrap_or_default()
}
