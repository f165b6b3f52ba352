//! What can be asked of a session. Everything a person does is one of these values.

use base::{Span, Time};
use scenario::{CheckSpec, PlanStep, Scenario, Setting, Target, Value, Verb, WireEnds};
use serde::{Deserialize, Serialize};

/// One thing asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Opens a design in place of the present one (which the host has saved); the view says where to look.
    Open(Box<Scenario>),
    /// Changes the design.
    Edit(Edit),
    /// Takes the last edit or action back.
    Undo,
    /// Does it again.
    Redo,
    /// Does something to the running system, now; it is recorded.
    Act {
        /// What.
        verb: Verb,
        /// To whom.
        on: Target,
        /// How much; the verb's default when nothing is said.
        amount: Option<f64>,
        /// For how long; until healed when nothing is said.
        lasts: Option<Span>,
    },
    /// Takes a recorded action out of the record, by its place.
    Forget(u16),
    /// Takes all recorded actions out of the record.
    ForgetAll,
    /// Runs.
    Play,
    /// Stands still.
    Pause,
    /// Stands still and makes one event.
    Step,
    /// Sets the speed in simulated seconds a second; 0 is as fast as it goes.
    Speed(f64),
    /// Goes to a moment, back or forth.
    Seek(Time),
}

/// A change of the design.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each field is named and explained in the sentence of its variant")]
pub enum Edit {
    /// A new box of `kind` (slug) at (`x`, `y`), with its kind's defaults and a free id and name.
    Add { kind: String, x: i32, y: i32 },
    /// Copies of the boxes with these ids, and of the wires between them, a little to the side.
    Duplicate { ids: Vec<String> },
    /// The boxes with these ids go, with their wires, faults, actions and checks.
    Remove { ids: Vec<String> },
    /// Boxes are moved, each to its new place.
    Move { to: Vec<(String, i32, i32)> },
    /// A box is renamed; its id stays.
    Rename { id: String, name: String },
    /// A knob of a box or wire is set. Once the run has begun it is recorded as an action at the present moment, where the field
    /// can be retuned while running; otherwise the run starts over.
    Set { on: Target, field: String, value: Value },
    /// A new wire.
    Connect { ends: WireEnds },
    /// A wire goes.
    Disconnect { ends: WireEnds },
    /// The operations a wire carries; empty means all.
    Carry { ends: WireEnds, ops: Vec<String> },
    /// What a box does for an operation, step by step; without steps it follows from the wiring again.
    Plan { id: String, op: String, steps: Option<Vec<PlanStep>> },
    /// Title and description.
    Describe { title: String, about: String },
    /// Where all luck comes from.
    Seed(u64),
    /// How long a run lasts.
    Length(Span),
    /// How many real requests one simulated stands for; the run goes on.
    Weight(u32),
    /// What is judged.
    Checks(Vec<CheckSpec>),
    /// A variant of this name is chosen: all of its settings are made at once, in the design itself.
    Choose { name: String, set: Vec<Setting> },
    /// A new zone at (`x`, `y`), so wide and high, with a free id and name; the boxes with the ids `holds` lie in it.
    AddZone { x: i32, y: i32, width: i32, height: i32, holds: Vec<String> },
    /// The zone goes; what lay in it lies in none.
    RemoveZone { id: String },
    /// A zone is renamed; its id stays.
    RenameZone { id: String, name: String },
    /// Boxes are moved and zones moved or resized, and boxes change the zone that they lie in with all of their members, all in one.
    Arrange { boxes: Vec<(String, i32, i32)>, zones: Vec<(String, [i32; 4])>, homes: Vec<(String, Option<String>)> },
    /// A box, or one of its members, lies in another zone, or in none; a member in none lies where its box does.
    Settle { id: String, member: Option<u8>, zone: Option<String> },
    /// A new note with this text at (`x`, `y`).
    AddNote { x: i32, y: i32, text: String },
    /// The note at this place of the list says something else; one that says nothing goes.
    WriteNote { at: u16, text: String },
    /// The note at this place of the list is moved.
    MoveNote { at: u16, x: i32, y: i32 },
    /// How far two zones are from each other, one way, in milliseconds.
    Distance { a: String, b: String, latency_ms: f64 },
    /// The boxes with these ids are a group, with a free id and name, and folded into one; at least two, none of which is in a group.
    Group { ids: Vec<String> },
    /// The group goes; its boxes stay.
    Ungroup { id: String },
    /// A group is renamed; its id stays.
    RenameGroup { id: String, name: String },
    /// A group is drawn as one box, or as its boxes; the run goes on.
    Fold { id: String, folded: bool },
}
