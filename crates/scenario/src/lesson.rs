//! What is said beside a design: steps to take, a question before some of them, and claims held against the run.
//!
//! A *reading* is written `box.gauge` or `check.box`. Nothing here is an answer: which choice is right and what a claim comes to
//! is read from the run.

use crate::Moment;
use base::{Span, Time};
use serde::{Deserialize, Serialize};

/// What is said beside a design.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// Its steps, in order.
    pub steps: Vec<LessonStep>,
    /// What others say of such a design, and what the run says.
    pub claims: Vec<Claim>,
    /// Where the figures and claims come from.
    pub sources: Vec<String>,
}

/// One step of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LessonStep {
    /// Its heading.
    pub title: String,
    /// What to watch. `{posts.lag_entries}` is replaced by that gauge's reading now, `{lost-writes.posts}` by a verdict's figure.
    pub text: String,
    /// Boxes to point at.
    pub focus: Vec<String>,
    /// What is asked before the step's button does anything.
    pub predict: Option<Prediction>,
    /// What the step's button does, in order, at the moment it is pressed; each `at` counts from that moment.
    pub offer: Vec<Moment>,
    /// What the step's button says.
    pub label: String,
}

/// A question whose answer the run gives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The question.
    pub ask: String,
    /// The reading that answers it: `lost-writes.posts`.
    pub reads: String,
    /// When it is read, counted from the press; `None` is when the last thing offered is over.
    pub after: Option<Span>,
    /// The answers to choose from, by rising bound.
    pub choices: Vec<Guess>,
}

/// One answer to choose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// What it says.
    pub says: String,
    /// The largest reading for which it is right, if no choice before it is; the last choice has none.
    pub to: Option<f64>,
}

/// What a source says, held against the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// What is claimed.
    pub claim: String,
    /// The source's figure.
    pub says: String,
    /// What the run says: a text with readings in it.
    pub measured: String,
    /// From when on the run can say so; `None` is as soon as its readings can be taken.
    pub after: Option<Span>,
    /// Why they differ, where they do.
    pub because: String,
}

impl LessonStep {
    /// How long after the press the step's question is answered: what the question says, or when the last thing offered is over.
    /// `None` when nothing is asked, or when nothing offered takes any time.
    #[must_use]
    pub fn answered_after(&self) -> Option<Span> {
        let asked = self.predict.as_ref()?;
        let over = |moment: &Moment| moment.at.since(Time::ZERO) + moment.lasts.unwrap_or_default();
        asked.after.or_else(|| self.offer.iter().map(over).max()).filter(|after| *after > Span::ZERO)
    }
}

impl Prediction {
    /// The place of the right choice when `value` was read: the first whose bound is not below it.
    #[must_use]
    pub fn right(&self, value: f64) -> usize {
        let fits = |guess: &Guess| guess.to.is_none_or(|to| value <= to);
        self.choices.iter().position(fits).unwrap_or(self.choices.len().saturating_sub(1))
    }
}
