//! The rules for what is said beside a design.

use super::{Rules, refuse, too_many};
use crate::naming::shown;
use crate::problem::{Found, Path};
use crate::{Claim, Guess, Lesson, LessonStep, Prediction, Scenario, Target, Variant};
use base::Span;

impl Rules<'_> {
    pub fn lesson(&self, lesson: &Lesson, found: &mut Found) {
        let (steps, sources) = (Path::top("lesson.steps"), Path::top("lesson.sources"));
        let claims = Path::top("lesson.claims");
        too_many(&steps, lesson.steps.len(), Scenario::STEPS_MAX, found);
        too_many(&claims, lesson.claims.len(), Scenario::STEPS_MAX, found);
        too_many(&sources, lesson.sources.len(), Scenario::STEPS_MAX, found);
        for (at, source) in lesson.sources.iter().enumerate() {
            refuse(&sources.at(at), source, Scenario::TEXT_MAX, true, found);
        }
        for (at, step) in lesson.steps.iter().enumerate() {
            self.step(&steps.at(at), step, found);
        }
        for (at, claim) in lesson.claims.iter().enumerate() {
            self.claim(&claims.at(at), claim, found);
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
        self.readings(&path.key("text"), &step.text, found);
        if let Some(asked) = &step.predict {
            self.predict(&path.key("predict"), step, asked, found);
        }
    }

    /// Says which readings in a text show nothing.
    fn readings(&self, path: &Path<'_>, text: &str, found: &mut Found) {
        for reading in readings(text) {
            if let Some(why) = self.unreadable(reading) {
                found.warning(path, format_args!("`{{{}}}` shows nothing: {why}", shown(reading)));
            }
        }
    }

    /// A question that can be answered. `step` is the one that asks it.
    pub fn predict(&self, path: &Path<'_>, step: &LessonStep, asked: &Prediction, found: &mut Found) {
        let (ask, max) = (path.key("ask"), Scenario::LENGTH_MAX);
        filled(&ask, &asked.ask, Scenario::LINE_MAX, found);
        self.readings(&ask, &asked.ask, found);
        if let Some(why) = self.unreadable(&asked.reads) {
            found.error(&path.key("reads"), format_args!("`{}` cannot be read: {why}", shown(&asked.reads)));
        }
        late(path, asked.after, found);
        if step.offer.is_empty() {
            found.error(path, format_args!("nothing is offered, so nothing happens that could answer it"));
        } else if step.answered_after().is_none() && asked.after.is_none() {
            let why = "nothing offered takes any time; say when it is answered, from above 0s to";
            found.error(&path.key("after"), format_args!("{why} {max}"));
        }
        choices(&path.key("choices"), &asked.choices, found);
    }

    pub fn claim(&self, path: &Path<'_>, claim: &Claim, found: &mut Found) {
        let measured = path.key("measured");
        for (path, text) in
            [(&path.key("claim"), &claim.claim), (&path.key("says"), &claim.says), (&measured, &claim.measured)]
        {
            filled(path, text, Scenario::LINE_MAX, found);
        }
        refuse(&path.key("because"), &claim.because, Scenario::LINE_MAX, false, found);
        late(path, claim.after, found);
        if readings(&claim.measured).next().is_none() {
            found.warning(&measured, format_args!("nothing in it is read from the run"));
        }
        self.readings(&measured, &claim.measured, found);
    }

    pub fn variant(&self, path: &Path<'_>, variant: &Variant, found: &mut Found) {
        filled(&path.key("name"), &variant.name, Scenario::NAME_MAX, found);
        refuse(&path.key("about"), &variant.about, Scenario::LINE_MAX, false, found);
        let set = path.key("set");
        too_many(&set, variant.set.len(), Scenario::STEP_PARTS_MAX, found);
        if variant.set.is_empty() {
            found.error(&set, format_args!("it sets nothing"));
        }
        for (at, setting) in variant.set.iter().enumerate() {
            let path = set.at(at);
            self.set(&path, &setting.on, &setting.field, &setting.value, found);
            let same = |earlier: &&crate::Setting| earlier.on == setting.on && earlier.field == setting.field;
            if !matches!(setting.on, Target::Member(..)) && variant.set[..at].iter().any(|earlier| same(&earlier)) {
                let field = shown(&setting.field);
                found.error(&path, format_args!("`{field}` of `{}` is set twice", shown(&setting.on.to_string())));
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

/// A text of one line that must be there.
fn filled(path: &Path<'_>, text: &str, max: usize, found: &mut Found) {
    if text.trim().is_empty() {
        found.error(path, format_args!("the text is empty"));
    }
    refuse(path, text, max, false, found);
}

/// When something is read, where that is said.
fn late(path: &Path<'_>, after: Option<Span>, found: &mut Found) {
    let max = Scenario::LENGTH_MAX;
    if let Some(after) = after.filter(|after| *after == Span::ZERO || *after > max) {
        found.error(
            &path.key("after"),
            format_args!("it is read after {after}; it must be more than 0s and at most {max}"),
        );
    }
}

/// At least two, by rising bound, and only the last without one.
fn choices(path: &Path<'_>, choices: &[Guess], found: &mut Found) {
    let (count, max) = (choices.len(), Scenario::CHOICES_MAX);
    if !(2..=max).contains(&count) {
        found.error(path, format_args!("there are {count} choices; there must be 2 to {max}"));
    }
    let mut below = f64::NEG_INFINITY;
    for (at, guess) in choices.iter().enumerate() {
        let path = path.at(at);
        filled(&path.key("says"), &guess.says, Scenario::NAME_MAX, found);
        let (to, is_last) = (path.key("to"), at + 1 == count);
        match guess.to {
            None if !is_last => found.error(&to, format_args!("`to` is missing: only the last choice has no bound")),
            Some(_) if is_last => {
                found.error(&to, format_args!("the last choice takes whatever is above the others; leave `to` out"));
            }
            Some(bound) if !bound.is_finite() || bound <= below => {
                found.error(&to, format_args!("the bound is {bound}; it must be a number above the choice before"));
            }
            Some(bound) => below = bound,
            None => {}
        }
    }
}

/// What stands between braces.
fn readings(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside)
}
