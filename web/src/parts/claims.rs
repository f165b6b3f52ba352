//! What others claim of such a design, beside what this run measures.

use super::readings::{pieces, readings};
use crate::page::{use_desk, use_moment};
use crate::state::clock;
use base::Time;
use scenario::Claim;
use session::RunState;
use yew::prelude::*;

/// The claims of the design, if it has any.
#[component]
pub fn Claims() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let claims = &desk.document.scenario.lesson.claims;
    if claims.is_empty() {
        return Html::default();
    }
    let readings = readings(&desk, &moment);
    let row = |claim: &Claim| {
        let measured = readings.settled(claim);
        let is_settled = measured.is_some();
        let cell = match measured {
            Some(said) => pieces(said),
            None => html! { <span class="quiet">{ not_yet(claim, moment.now(), &moment.frame.state) }</span> },
        };
        html! {
            <tbody>
                <tr><th scope="rowgroup" colspan="2">{ claim.claim.clone() }</th></tr>
                <tr><td>{ claim.says.clone() }</td><td class="measured">{ cell }</td></tr>
                if is_settled && !claim.because.is_empty() {
                    <tr><td colspan="2" class="because">{ claim.because.clone() }</td></tr>
                }
            </tbody>
        }
    };
    html! {
        <section class="claims" aria-label="Claimed and measured">
            <table>
                <caption><h2>{ "Claimed and measured" }</h2></caption>
                <thead><tr><th scope="col">{ "Claimed" }</th><th scope="col">{ "Measured here" }</th></tr></thead>
                { for claims.iter().map(row) }
            </table>
        </section>
    }
}

/// Why nothing is measured.
fn not_yet(claim: &Claim, now: Time, state: &RunState) -> String {
    match claim.after.map(|after| Time::ZERO + after).filter(|from| now < *from) {
        Some(from) => format!("Not before {} of the run", clock::moment(from, false)),
        None if *state == RunState::Finished => "This run does not tell: a step of the lesson does".to_string(),
        None => "The run has not gone far enough".to_string(),
    }
}
