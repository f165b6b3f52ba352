//! Where the characters of a link go, for the person who wants it shorter.

use super::decode::Section;
use super::{LinkError, envelope, read};
use crate::Schema;
use crate::migrate::{STEPS, VERSION};
use core::fmt;

/// How a link uses its characters. Displayed, it is a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The version of the link's form.
    pub version: u8,
    /// Length of the link without its address.
    pub characters: u32,
    /// Length of its content before compression, in bytes.
    pub content_bytes: u32,
    /// The parts of the content, in order.
    pub sections: Vec<Section>,
}

/// How much of the link in `text` each part of the design takes.
///
/// # Errors
/// As [`super::decode`].
pub fn explain(text: &str, schema: &Schema) -> Result<Explained, LinkError> {
    let opened = envelope::open(text, VERSION)?;
    let characters = envelope::characters(text)?;
    let read = read(&opened, schema, STEPS)?;
    Ok(Explained {
        version: opened.version,
        characters,
        content_bytes: opened.content.len() as u32,
        sections: read.sections,
    })
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explained { version, characters, content_bytes, .. } = self;
        writeln!(
            f,
            "{characters} characters, link form {version}; {content_bytes} bytes of content before compression"
        )?;
        writeln!(f, "{:<16} {:>6} {:>6} {:>6}", "part", "items", "bytes", "share")?;
        for Section { name, items, bytes } in &self.sections {
            // Rounded to the nearest percent in integers.
            let share = (200 * u64::from(*bytes) + u64::from(*content_bytes)) / (2 * u64::from(*content_bytes).max(1));
            writeln!(f, "{name:<16} {items:>6} {bytes:>6} {share:>5}%")?;
        }
        Ok(())
    }
}
