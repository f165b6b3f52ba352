//! The question of a lesson's step: choose, run, and see what the run says. Nothing here knows the answer.

use crate::paint::number;
use crate::state::clock;
use crate::state::prediction::{Answer, Predicted};
use base::Span;
use scenario::Prediction;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct PredictProps {
    /// The question.
    pub asked: Prediction,
    /// How long after the press it is answered.
    pub after: Span,
    /// How far it has got.
    pub predicted: Predicted,
    /// It has got farther.
    pub changed: Callback<Predicted>,
}

/// The question, its choices and what became of it.
#[component]
pub fn Predict(props: &PredictProps) -> Html {
    let PredictProps { asked, predicted, .. } = props;
    let right = match &predicted.answer {
        Some(Answer::Read { right, .. }) => Some(*right),
        _ => None,
    };
    let choice = |(at, says): (usize, &String)| {
        let (changed, before) = (props.changed.clone(), predicted.clone());
        let onchange = move |_| changed.emit(Predicted { chosen: Some(at), ..before.clone() });
        let is_chosen = predicted.chosen == Some(at);
        let mark = match right {
            Some(right) if right == at => Some(("is-right", "✓", "right")),
            Some(_) if is_chosen => Some(("is-wrong", "✗", "yours")),
            _ => None,
        };
        html! {
            <label class={classes!("check", mark.map(|(class, ..)| class))}>
                <input type="radio" name="predict" checked={is_chosen} disabled={predicted.pressed.is_some()} {onchange} />
                <span>{ says.clone() }</span>
                if let Some((_, sign, word)) = mark { <b class="mark"><span aria-hidden="true">{ sign }</span>{ format!(" {word}") }</b> }
            </label>
        }
    };
    html! {
        <div class="predict">
            <fieldset>
                <legend>{ asked.ask.clone() }</legend>
                { for asked.choices.iter().map(|guess| &guess.says).enumerate().map(choice) }
            </fieldset>
            <p class="quiet" role="status">{ outcome(props) }</p>
        </div>
    }
}

/// How the question stands, in a sentence.
fn outcome(props: &PredictProps) -> String {
    let PredictProps { asked, after, predicted, .. } = props;
    let says = |at: usize| asked.choices.get(at).map_or("", |guess| &guess.says);
    match (&predicted.answer, predicted.pressed, predicted.chosen) {
        (Some(Answer::Untold), ..) => "The run ended before it could tell.".to_string(),
        (Some(Answer::Read { right, said, at }), _, chosen) => {
            let measured = format!("Measured at {}: {said}.", clock::moment(*at, false));
            match chosen {
                None => format!("{measured} The answer is “{}”.", says(*right)),
                Some(chosen) if chosen == *right => format!("Right. {measured}"),
                Some(_) => format!("Not this time. {measured} The answer is “{}”.", says(*right)),
            }
        }
        (None, Some(pressed), _) => {
            format!("The run answers at {}, or as soon as it can tell.", clock::moment(pressed + *after, false))
        }
        (None, None, None) => format!("Choose, then run. It is answered after {} of the run.", number::span(*after)),
        (None, None, Some(_)) => format!("Answered after {} of the run.", number::span(*after)),
    }
}
