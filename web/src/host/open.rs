//! Opening designs: from files, from links, from the library; and saying what is wrong with those that cannot be opened.

use super::{Host, tell};
use crate::talk::{Opened, Source, Told, Unreadable};
use base::Span;
use scenario::link::{self, Decoded, LinkError};
use scenario::{Problem, Scenario, file};
use session::Command;

/// Length of the run of a design begun here.
const LENGTH: Span = Span::from_secs(60);
/// Most problems of one text that are told.
const PROBLEMS_MAX: usize = 20;

impl Host {
    /// Opens a file's text.
    pub fn open_file(&mut self, text: &str, source: Source) {
        match file::read(text, &self.schema) {
            Ok(mut scenario) => {
                if let Source::Row(slug) = &source {
                    scenario.slug = Some(slug.clone());
                }
                self.open(scenario, source, Vec::new());
            }
            Err(problems) => tell(&Told::Unreadable(Unreadable {
                source,
                heading: "This file is not a design that can run".to_string(),
                why: sentences(&problems),
                text: text.to_string(),
                rescue: false,
            })),
        }
    }

    /// Opens an empty design.
    pub fn open_new(&mut self) {
        let scenario = Scenario { title: "New design".to_string(), seed: 1, length: LENGTH, ..Scenario::default() };
        self.open(scenario, Source::New, Vec::new());
    }

    /// Opens the design that a link holds, or waits for its texts.
    pub fn open_link(&mut self, text: String) {
        match link::decode(&text, &self.schema) {
            Ok(decoded) => self.open_decoded(decoded),
            Err(why) => {
                let rescue = link::rescue(&text, &self.schema).is_some();
                let (heading, why) = explained(&why);
                tell(&Told::Unreadable(Unreadable {
                    source: Source::Link,
                    heading: heading.to_string(),
                    why,
                    text,
                    rescue,
                }));
            }
        }
    }

    /// Opens what can be saved of a bad link.
    pub fn rescue(&mut self, text: &str) {
        if let Some(decoded) = link::rescue(text, &self.schema) {
            self.open_decoded(decoded);
        }
    }

    fn open_decoded(&mut self, decoded: Decoded) {
        match (&decoded.scenario.slug, decoded.texts_from_library) {
            (Some(slug), true) => {
                tell(&Told::WantsTexts(slug.clone()));
                self.waiting = Some(decoded);
            }
            _ => self.open(decoded.scenario, Source::Link, sentences(&decoded.notes)),
        }
    }

    /// Opens the link that waits, with the texts of the library's `file` if it could be had.
    pub fn open_waiting(&mut self, file: Option<String>) {
        let Some(Decoded { mut scenario, notes, .. }) = self.waiting.take() else { return };
        let mut notes = sentences(&notes);
        match file.and_then(|text| file::read(&text, &self.schema).ok()) {
            Some(row) => {
                scenario.about = row.about;
                scenario.variants = row.variants;
                scenario.lesson = row.lesson;
                // What the texts speak of may have been taken out of the design since.
                scenario = scenario::repair(scenario, &self.schema).0;
            }
            None => {
                notes.push("The library's text for it could not be loaded; the design itself is complete".to_string())
            }
        }
        self.open(scenario, Source::Link, notes);
    }

    fn open(&mut self, scenario: Scenario, source: Source, mut notes: Vec<String>) {
        let selected = scenario.view.selected.clone();
        match self.session.handle(Command::Open(Box::new(scenario))) {
            Ok(said) => {
                notes.extend(said);
                let is_kept_nowhere = matches!(source, Source::File(_) | Source::Again(_));
                self.sent.opened(self.session.scenario().clone(), is_kept_nowhere);
                self.waiting = None;
                tell(&Told::Opened(Opened { source, notes, selected }));
                self.stirred();
            }
            Err(why) => tell(&Told::Unreadable(Unreadable {
                source,
                heading: "This design cannot run".to_string(),
                why: vec![why],
                text: String::new(),
                rescue: false,
            })),
        }
    }
}

fn sentences(problems: &[Problem]) -> Vec<String> {
    let mut all: Vec<String> = problems.iter().take(PROBLEMS_MAX).map(ToString::to_string).collect();
    if problems.len() > PROBLEMS_MAX {
        all.push(format!("and {} more", problems.len() - PROBLEMS_MAX));
    }
    all
}

/// In which way a link is bad, and what to know about it.
fn explained(why: &LinkError) -> (&'static str, Vec<String>) {
    let heading = match why {
        LinkError::NotALink => "There is no design in this link",
        LinkError::CutOff => "This link is cut off",
        LinkError::Damaged => "This link is damaged",
        LinkError::Newer { .. } => "This link was made by a newer version",
        LinkError::TooLarge { .. } => "This link holds too much",
        LinkError::Invalid(_) => "This link holds no design that can run",
    };
    let mut sentences = match why {
        LinkError::Invalid(problems) => sentences(problems),
        _ => Vec::new(),
    };
    sentences.insert(0, why.to_string());
    (heading, sentences)
}
