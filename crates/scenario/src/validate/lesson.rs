//! The rules for what is said beside a design.

use super::{Rules, refuse, too_many};
use crate::naming::shown;
use crate::problem::{Found, Path};
use crate::{Lesson, LessonStep, Scenario};

impl Rules<'_> {
    pub fn lesson(&self, lesson: &Lesson, found: &mut Found) {
        let (steps, sources) = (Path::top("lesson.steps"), Path::top("lesson.sources"));
        too_many(&steps, lesson.steps.len(), Scenario::STEPS_MAX, found);
        too_many(&sources, lesson.sources.len(), Scenario::STEPS_MAX, found);
        for (at, source) in lesson.sources.iter().enumerate() {
            refuse(&sources.at(at), source, Scenario::TEXT_MAX, true, found);
        }
        for (at, step) in lesson.steps.iter().enumerate() {
            self.step(&steps.at(at), step, found);
        }
    }

    fn step(&self, path: &Path<'_>, step: &LessonStep, found: &mut Found) {
        refuse(&path.key("title"), &step.title, Scenario::TITLE_MAX, false, found);
        refuse(&path.key("text"), &step.text, Scenario::TEXT_MAX, true, found);
        refuse(&path.key("label"), &step.label, Scenario::NAME_MAX, false, found);
        let (focus, offer) = (path.key("focus"), path.key("offer"));
        too_many(&focus, step.focus.len(), Scenario::STEP_PARTS_MAX, found);
        too_many(&offer, step.offer.len(), Scenario::STEP_PARTS_MAX, found);
        for (at, id) in step.focus.iter().enumerate() {
            self.boxes.known(&focus.at(at), id, found);
        }
        for (at, moment) in step.offer.iter().enumerate() {
            self.moment(&offer.at(at), moment, found);
        }
        if step.label.is_empty() && !step.offer.is_empty() {
            found.warning(&path.key("label"), format_args!("the step's button does something but says nothing"));
        }
        for reading in readings(&step.text) {
            if let Some(why) = self.unreadable(reading) {
                found.warning(&path.key("text"), format_args!("`{{{}}}` shows nothing: {why}", shown(reading)));
            }
        }
    }

    /// Why a reading in a text shows nothing: it is neither a box and its gauge nor a check and the box it is asked of.
    fn unreadable(&self, reading: &str) -> Option<String> {
        let Some((first, second)) = reading.split_once('.') else {
            return Some("write a box, a dot and a gauge, or a check, a dot and a box".to_string());
        };
        if self.boxes.schema.check(first).is_some() {
            return self.boxes.get(second).is_none().then(|| self.boxes.unknown(second));
        }
        let Some(kind) = self.boxes.kind(first) else { return Some(self.boxes.unknown(first)) };
        if kind.gauges.iter().any(|gauge| gauge.name == second) {
            return None;
        }
        let hint = self.boxes.hint(second, &mut kind.gauges.iter().map(|gauge| gauge.name.as_ref()));
        Some(format!("{} has no gauge `{}`{hint}", kind.title, shown(second)))
    }
}

/// What stands between braces.
fn readings(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside)
}
