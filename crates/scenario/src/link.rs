//! The short form of a scenario, for the fragment of an address.
//!
//! A link is input from a stranger. It is opened in this order, each stage bounded before the next begins: at most 200,000
//! characters; base64; a checksum; inflate to at most 1 MiB; every count against its maximum; the rules of [`crate::validate`],
//! where what can be clamped is clamped and noted. Nothing in here panics, whatever the text.
//!
//! The content, before compression (`varint`, texts and numbers as in `pack`):
//!
//! ```text
//! flags, seed, length, [slug] [title] [about]
//! boxes   count, grid x, grid y, then each: kind by its place, how id and name are written, the steps from the box before,
//!         what differs from the defaults
//! wires   count, then each: the step from the caller before, the called, [operations] [what differs from the defaults]
//! [faults] [actions] [checks] [view] [lesson] [variants, questions, claims]
//! [plans] count of boxes that have any, then each: the box by its place, count, then each: operation, steps
//! [weight]
//! [zones  count, then each: id, name, place, size; for each box where it and its members lie; the distances]
//! [notes  count, then each: place, text]
//! ```
//!
//! A kind, a setting, a choice, a check and a verb are written as places in the schema's lists, which only ever grow at the end;
//! see [`crate::Schema`] for what that asks of a contributor. Writing one is linear in the design.

mod decode;
mod encode;
pub(crate) mod envelope;
mod explain;
mod form;
pub(crate) mod pack;
mod words;

use crate::migrate::{Past, STEPS, Step, VERSION};
use crate::{Problem, Scenario, Schema, repair};
use core::fmt;
pub use decode::Section;
pub use explain::{Explained, explain};
use pack::Stop;

/// What a link held.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The design, fit to run.
    pub scenario: Scenario,
    /// What was clamped or left out to make it so.
    pub notes: Vec<Problem>,
    /// True when `about`, the variants and the lesson were left out because they stand in the library under the scenario's slug.
    pub texts_from_library: bool,
}

impl Decoded {
    /// Fills in what the link left to the library: `row` is the scenario there that has the same slug.
    #[must_use]
    pub fn with_texts_of(mut self, row: &Scenario) -> Decoded {
        if self.texts_from_library && self.scenario.slug == row.slug {
            self.scenario.about.clone_from(&row.about);
            self.scenario.variants.clone_from(&row.variants);
            self.scenario.lesson.clone_from(&row.lesson);
            self.texts_from_library = false;
        }
        self
    }
}

/// Why a link cannot be opened. Displayed, each is a sentence for the person who opened it.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkError {
    /// There is no design in the text.
    NotALink,
    /// The end is missing.
    CutOff,
    /// Some of it has changed on the way.
    Damaged,
    /// It was made by a newer version.
    Newer {
        /// The version of the link's form.
        version: u8,
        /// What it needs and this version does not have.
        needs: String,
    },
    /// It holds more than may be opened.
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        max: u64,
    },
    /// It arrived whole, but what it says makes no design.
    Invalid(Vec<Problem>),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::NotALink => f.write_str(
                "There is no design in this text. A link has a # followed by s= and a long row of letters and digits.",
            ),
            LinkError::CutOff => {
                f.write_str("The link is cut off: its end is missing. Copy it again, all of it, from where it was shared.")
            }
            LinkError::Damaged => f.write_str(
                "The link is damaged: some of its letters have changed on the way. Copy it again from where it was shared.",
            ),
            LinkError::Newer { version, needs } => write!(
                f,
                "The link was made by a newer version of Faultline (link form {version}): it needs {needs}, which this version \
                 does not have. Reload the page to get the newest."
            ),
            LinkError::TooLarge { what, max } => {
                write!(f, "The link is too large: it has more than {max} {what}, which is the most that is opened.")
            }
            LinkError::Invalid(problems) => {
                f.write_str("The link arrived whole, but what it says makes no design.")?;
                problems.first().map_or(Ok(()), |problem| write!(f, " {problem}."))
            }
        }
    }
}

impl core::error::Error for LinkError {}

/// `scenario` as a link's payload: what follows `#s=` in an address.
///
/// A scenario with a slug leaves `about`, the variants and the lesson to the library.
#[must_use]
pub fn encode(scenario: &Scenario, schema: &Schema) -> String {
    envelope::seal(VERSION, &encode::content(scenario, schema))
}

#[cfg(test)]
pub(crate) use encode::content;

/// The design in `text`: a payload, a fragment with `s=` in it, or a whole address.
///
/// # Errors
/// Which way the link is bad.
pub fn decode(text: &str, schema: &Schema) -> Result<Decoded, LinkError> {
    decode_with(text, schema, VERSION, STEPS)
}

pub(crate) fn decode_with(
    text: &str,
    schema: &Schema,
    newest: u8,
    steps: &'static [Step],
) -> Result<Decoded, LinkError> {
    let opened = envelope::open(text, newest)?;
    let read = read(&opened, schema, steps)?;
    let (scenario, notes) = repair(read.scenario, schema);
    Ok(Decoded { scenario, notes: Problem::first_of(notes), texts_from_library: read.texts_from_library })
}

/// The whole of what was opened, or why not.
fn read(opened: &envelope::Opened, schema: &Schema, steps: &'static [Step]) -> Result<decode::Reading, LinkError> {
    let read = decode::content(&opened.content, schema, Past::new(opened.version, steps));
    match (read.stopped, &read.newer) {
        (Some((_, Stop::TooMany { what, max })), _) => Err(LinkError::TooLarge { what, max }),
        (_, Some(needs)) => Err(LinkError::Newer { version: opened.version, needs: needs.clone() }),
        (Some((part, Stop::End)), _) => {
            Err(LinkError::Invalid(vec![Problem::error(part, "the link ends in the middle of it")]))
        }
        (Some((part, Stop::Bad(why))), _) => Err(LinkError::Invalid(vec![Problem::error(part, why)])),
        (None, None) => Ok(decode::Reading { stopped: None, ..read }),
    }
}

/// Whatever can still be read of a link that [`decode`] refuses, made fit to run; `None` if that is not even one box.
#[must_use]
pub fn rescue(text: &str, schema: &Schema) -> Option<Decoded> {
    let opened = envelope::pry(text, VERSION)?;
    let read = decode::content(&opened.content, schema, Past::new(opened.version, STEPS));
    let (scenario, notes) = repair(read.scenario, schema);
    let mut notes = Problem::first_of(notes);
    if let Some((part, _)) = read.stopped {
        notes.push(Problem::warning(part, "from here on nothing could be read"));
    }
    if let Some(needs) = read.newer {
        notes
            .push(Problem::warning("", format!("it needs {needs}, which this version does not have; it was left out")));
    }
    (!scenario.boxes.is_empty()).then_some(Decoded { scenario, notes, texts_from_library: read.texts_from_library })
}
