//! What the page and the engine's worker say to each other, and how it travels.
//!
//! Every message is one buffer of postcard bytes, handed over and not copied. Numbers that change all the time ([`Told::Frame`])
//! are kept apart from texts that change now and then ([`Told::Report`]), so that a picture costs little to send. The worker
//! also reads and writes files and links, so that the page carries no codec.

use check::Verdict;
use js_sys::{ArrayBuffer, Uint8Array};
use scenario::{Scenario, Schema, Target};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use session::{Command, Document, Frame, Handover, History, LogLine, Mark, Series};
use wasm_bindgen::{JsCast, JsValue};

/// What the page asks of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// Something a person does.
    Command(Command),
    /// Several things at once, in order; the rest is left out when one is refused.
    All(Vec<Command>),
    /// The newest frame, as soon as there is a newer one than the last.
    Frame,
    /// From now on, the course of this selection (`None`: of the whole design).
    Watch(Option<Target>),
    /// No course any more.
    Unwatch,
    /// From now on, what lately happened at this box or member; at none any more.
    History(Option<Target>),
    /// Open a file's text.
    Open {
        /// The text.
        text: String,
        /// Where it comes from.
        source: Source,
    },
    /// Open an empty design.
    OpenNew,
    /// Open the design that a link holds.
    OpenLink(String),
    /// The library's file for the link that is waiting for its texts; `None` when it cannot be had.
    Texts(Option<String>),
    /// Open what can be saved of a bad link.
    Rescue(String),
    /// Go on with what the small engine handed over.
    GoOn(Box<GoOn>),
    /// The design as a link and as a file, with this box selected.
    Share(Option<String>),
    /// The design as a file.
    Save,
    /// A library file as a design to draw small.
    Preview {
        /// Its row.
        slug: String,
        /// Its text.
        text: String,
    },
}

/// What the engine tells the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "each is made, sent and taken apart once")]
pub enum Told {
    /// The worker runs; this is what can be built.
    Ready(Schema),
    /// The design changed.
    Document(Document),
    /// A newer moment, without what is in the report.
    Frame(Frame),
    /// What is said about the moment, when it changed.
    Report(Report),
    /// The course of what is watched.
    Series(Option<Target>, Series),
    /// What lately happened at what is looked into.
    History(Target, History),
    /// Sentences worth saying.
    Said(Vec<String>),
    /// Why something was refused.
    Refused(String),
    /// A design was opened.
    Opened(Opened),
    /// A design could not be opened.
    Unreadable(Unreadable),
    /// The link's texts stand in the library under this slug: [`Ask::Texts`] is waited for.
    WantsTexts(String),
    /// The design as a link and as a file.
    Shared(Shared),
    /// The design as a file, for the person.
    Saved(String),
    /// The design as a file, to be kept; sent a little while after each change since it was opened.
    Work(String),
    /// A library file as a design to draw small.
    Preview {
        /// Its row.
        slug: String,
        /// The design.
        scenario: Scenario,
    },
    /// The design goes beyond the small engine; the whole one is to go on with this.
    Outgrown(Box<GoOn>),
    /// The engine is broken and says why with its last breath.
    Trapped(String),
}

/// The parts of a frame that are texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What the checks say.
    pub verdicts: Vec<Verdict>,
    /// Faults and actions on the timeline.
    pub marks: Vec<Mark>,
    /// The latest notable happenings, newest last.
    pub log: Vec<LogLine>,
}

/// Where a design comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// Begun here.
    #[default]
    New,
    /// Kept in this browser under this id.
    Kept(u32),
    /// A link.
    Link,
    /// A file of the person's own, by name.
    File(String),
    /// A row of the library, by slug.
    Row(String),
    /// The engine's last design, after it had to be started again; the id under which it is kept, if it is.
    Again(Option<u32>),
}

/// A design that was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Where it comes from.
    pub source: Source,
    /// What had to be clamped or left out.
    pub notes: Vec<String>,
    /// The box to be selected.
    pub selected: Option<String>,
}

/// Everything that one engine hands over to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoOn {
    /// The session.
    pub session: Handover,
    /// The design as it was opened; a different one is somebody's work.
    pub original: Scenario,
    /// True when it is somebody's work although nothing was changed.
    pub is_work: bool,
    /// What remains to be told when it was just opened.
    pub opened: Option<Opened>,
}

/// A design that could not be opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Where it comes from.
    pub source: Source,
    /// In which way: `This link is cut off`.
    pub heading: String,
    /// Sentences: what, where, and which bound.
    pub why: Vec<String>,
    /// The text, untouched.
    pub text: String,
    /// True when a part of it can be opened.
    pub rescue: bool,
}

/// The design, ready to be sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shared {
    /// What follows `#s=`.
    pub payload: String,
    /// As a file.
    pub file: String,
}

/// `message` as a buffer, to be handed over.
#[must_use]
pub fn pack(message: &impl Serialize) -> ArrayBuffer {
    // All of these types are plain data; writing them into memory has no way to fail.
    let bytes = postcard::to_allocvec(message).unwrap_or_default();
    Uint8Array::from(bytes.as_slice()).buffer()
}

/// The message in a buffer; `None` when it holds something else.
#[must_use]
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<T> {
    let buffer = data.dyn_ref::<ArrayBuffer>()?;
    postcard::from_bytes(&Uint8Array::new(buffer).to_vec()).ok()
}
