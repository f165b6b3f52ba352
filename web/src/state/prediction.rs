//! What a learner predicted, and what the run said to it.

use base::{Span, Time};
use scenario::Prediction;

/// A question of a lesson, as far as it has got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicted {
    /// The choice that was made, by place.
    pub chosen: Option<usize>,
    /// When the step's button was pressed.
    pub pressed: Option<Time>,
    /// What the run said.
    pub answer: Option<Answer>,
}

/// What the run said.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The reading was taken.
    Read {
        /// The place of the right choice.
        right: usize,
        /// The reading in words.
        said: String,
        /// When it was taken.
        at: Time,
    },
    /// The run ended before there was anything to read.
    Untold,
}

impl Predicted {
    /// True from the press until the answer.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pressed.is_some() && self.answer.is_none()
    }

    /// The answer that is due at `now`, `after` the press or at the end of the run: from the reading, with its words, if there
    /// is one by now.
    #[must_use]
    pub fn due(
        &self,
        asked: &Prediction,
        after: Span,
        (now, is_over): (Time, bool),
        read: Option<(f64, String)>,
    ) -> Option<Answer> {
        let pressed = self.pressed.filter(|_| self.answer.is_none())?;
        // A run that went back to before the press has still to come to it.
        if now < pressed + after && !is_over {
            return None;
        }
        match read {
            Some((value, said)) => Some(Answer::Read { right: asked.right(value), said, at: now }),
            None => is_over.then_some(Answer::Untold),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenario::Guess;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn an_answer_is_due_when_the_time_is_over_and_there_is_something_to_read() {
        let guess = |to| Guess { says: "x".into(), to };
        let asked = Prediction { choices: vec![guess(Some(0.0)), guess(None)], ..Prediction::default() };
        let pressed = Predicted { chosen: Some(0), pressed: Some(at(10)), answer: None };
        let due = |now, is_over, value: Option<f64>| {
            pressed.due(&asked, Span::from_secs(8), (at(now), is_over), value.map(|value| (value, "said".to_string())))
        };
        let read = |right, now| Some(Answer::Read { right, said: "said".into(), at: at(now) });
        assert_eq!(due(17, false, Some(1.0)), None);
        assert_eq!(due(3, false, Some(1.0)), None, "the run went back");
        assert_eq!(due(18, false, None), None, "nothing to read yet");
        assert_eq!(due(18, false, Some(0.0)), read(0, 18));
        assert_eq!(due(25, false, Some(98.0)), read(1, 25));
        assert_eq!(due(12, true, Some(98.0)), read(1, 12), "the run ended before");
        assert_eq!(due(12, true, None), Some(Answer::Untold));
        let not_pressed = Predicted { pressed: None, ..pressed.clone() };
        assert_eq!(not_pressed.due(&asked, Span::from_secs(8), (at(60), true), Some((1.0, String::new()))), None);
    }
}
