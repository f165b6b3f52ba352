//! From what a person names to a design: a file, a link, or a slug of the library.

use crate::{Trouble, library};
use scenario::link::{self, LinkError};
use scenario::{Problem, Scenario, Schema, file, naming, validate};
use std::io::Read;

/// Longest file that is read, in bytes. A design at every maximum stays far below it.
const FILE_MAX: u64 = 4_000_000;

/// A design, and what is worth knowing about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The design.
    pub scenario: Scenario,
    /// What probably is not meant, what was clamped or left out: one line each.
    pub notes: Vec<String>,
}

/// The schema that everything here is read and written by.
#[must_use]
pub fn schema() -> Schema {
    session::Session::schema()
}

/// The design that `named` names: a slug of the library, a link, a file, or `-` for what comes in.
///
/// # Errors
/// What is wrong with it, and where.
pub fn design(named: &str) -> Result<Opened, Trouble> {
    if named == "-" {
        return read("standard input", &bounded("standard input", std::io::stdin().lock())?);
    }
    let path = std::path::Path::new(named);
    if path.is_dir() {
        return Err(Trouble::input(format!("{named}: this is a folder")));
    }
    if path.exists() {
        let opened = std::fs::File::open(named).map_err(|why| Trouble::input(format!("{named}: {why}")))?;
        return read(named, &bounded(named, opened)?);
    }
    if let Some(text) = library::text(named) {
        return read(&format!("{named}.json"), text);
    }
    if looks_like_a_file(named) {
        return Err(Trouble::input(format!("{named}: there is no such file")));
    }
    if naming::is_id(named) {
        let known: Vec<&str> = library::slugs().collect();
        return Err(Trouble::input(format!(
            "{named}: there is no such file, and the library has only {}",
            known.join(", ")
        )));
    }
    follow(named)
}

fn looks_like_a_file(named: &str) -> bool {
    !named.contains("s=") && (named.ends_with(".json") || named.contains('/') || named.contains('\\'))
}

fn bounded(name: &str, from: impl Read) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    from.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(|why| Trouble::input(format!("{name}: {why}")))?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(Trouble::input(format!(
            "{name}: it has more than {FILE_MAX} bytes, which is the most that is read"
        )));
    }
    String::from_utf8(bytes).map_err(|why| {
        let line = why.as_bytes()[..why.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        Trouble::input(format!("{name}:{line}: this is not text in UTF-8"))
    })
}

/// The design in `text`, which came from a file called `name`.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(name: &str, text: &str) -> Result<Opened, Trouble> {
    let schema = schema();
    let placed = |problem: &Problem| match problem.place {
        Some(place) => format!("{name}:{}:{}: {}", place.line, place.column, said(problem)),
        None => format!("{name}: {}", said(problem)),
    };
    let scenario = file::read(text, &schema).map_err(|mut found| {
        found.sort_by_key(|problem| problem.place);
        Trouble::Input(found.iter().map(placed).collect())
    })?;
    let notes = validate(&scenario, &schema).iter().map(placed).collect();
    Ok(Opened { scenario, notes })
}

/// The design in a link, with the words that it left to the library.
///
/// # Errors
/// Which way the link is bad.
pub fn follow(text: &str) -> Result<Opened, Trouble> {
    let schema = schema();
    let decoded = link::decode(text, &schema).map_err(|why| bad_link(text, &why, &schema))?;
    Ok(completed(decoded))
}

/// Whatever can still be read of a link that cannot be opened.
///
/// # Errors
/// When that is not even one box.
pub fn rescue(text: &str) -> Result<Opened, Trouble> {
    let rescued = link::rescue(text, &schema()).map(completed);
    rescued.ok_or_else(|| Trouble::input("nothing can be read of this link"))
}

fn completed(decoded: link::Decoded) -> Opened {
    let notes = decoded.notes.iter().map(said).collect();
    let row =
        decoded.scenario.slug.as_deref().and_then(library::text).and_then(|text| file::read(text, &schema()).ok());
    let decoded = match row {
        Some(row) => decoded.with_texts_of(&row),
        None => decoded,
    };
    Opened { scenario: decoded.scenario, notes }
}

fn bad_link(text: &str, why: &LinkError, schema: &Schema) -> Trouble {
    let mut lines = vec![why.to_string()];
    if let LinkError::Invalid(problems) = why {
        lines.extend(problems.iter().skip(1).map(said));
    }
    if let Some(rescued) = link::rescue(text, schema) {
        let boxes = rescued.scenario.boxes.len();
        lines.push(format!("{boxes} of its boxes can still be read: faultline link decode --rescue <link>"));
    }
    Trouble::Input(lines)
}

/// A problem without its place in a text.
fn said(problem: &Problem) -> String {
    Problem { place: None, ..problem.clone() }.to_string()
}
