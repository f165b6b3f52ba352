//! The lesson of a design: what to watch, with the readings of this very moment in its text, a question where the step asks one,
//! and a button that does the next thing.

use super::predict::Predict;
use super::readings::{pieces, readings, told};
use super::variants::Variants;
use crate::browser::store;
use crate::page::{Desk, Moment, Wish, use_desk, use_moment};
use crate::parts::icon::{self, icon};
use crate::state::prediction::Predicted;
use base::{Span, Time};
use scenario::{Act, LessonStep};
use session::{Command, Edit, RunState};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct LessonProps {
    /// Another step is shown: the boxes it points at.
    pub pointed: Callback<Vec<String>>,
}

/// The lesson, on a card over the canvas.
#[component]
pub fn Lesson(props: &LessonProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let place = use_state(|| 0usize);
    let predicted = use_state(Vec::<Predicted>::new);
    // A phone has no room for both at first.
    let is_open = use_state(|| !desk.settings.is_narrow);
    let scenario = &desk.document.scenario;
    let steps = &scenario.lesson.steps;
    // Another design begins at its first step.
    use_effect_with((scenario.slug.clone(), scenario.title.clone()), {
        let (place, predicted) = (place.clone(), predicted.clone());
        move |_| {
            place.set(0);
            predicted.set(Vec::new());
        }
    });
    let at = (*place).min(steps.len().saturating_sub(1));
    let focus = steps.get(at).filter(|_| *is_open).map(|step| step.focus.clone()).unwrap_or_default();
    use_effect_with(focus, {
        let pointed = props.pointed.clone();
        move |focus| pointed.emit(focus.clone())
    });
    // An answer that is due is read in whatever step the learner is by now.
    use_effect_with(answered(&desk, &moment, &predicted), {
        let predicted = predicted.clone();
        move |answered| {
            if let Some(answered) = answered {
                predicted.set(answered.clone());
            }
        }
    });
    let Some(step) = steps.get(at) else { return offered(&desk) };
    let toggle = {
        let is_open = is_open.clone();
        move |_| is_open.set(!*is_open)
    };
    let mine = predicted.get(at).cloned().unwrap_or_default();
    let change = changed(at, &predicted);
    html! {
        <article class={classes!("lesson", (!*is_open).then_some("is-closed"))} aria-label="Lesson" data-overlay="lesson">
            <header>
                <button type="button" class="lesson-head" aria-expanded={is_open.to_string()} onclick={toggle}>
                    <span class="quiet">{ format!("{} of {}", at + 1, steps.len()) }</span>
                    <strong>{ step.title.clone() }</strong>
                    { icon(icon::DOWN) }
                </button>
            </header>
            if *is_open {
                { body(step, (&mine, &change), &desk, &moment) }
                <footer>
                    { offer((at, step), (&mine, &change), &desk, &moment) }
                    <span class="grow" />
                    { turning(&place, (at, steps.len()), scenario.slug.as_deref()) }
                </footer>
                <Variants />
            }
        </article>
    }
}

/// Leads from step to step.
fn turning(place: &UseStateHandle<usize>, (at, steps): (usize, usize), slug: Option<&str>) -> Html {
    let go = |to: usize| {
        let (place, slug) = (place.clone(), slug.map(str::to_owned));
        move |_| {
            place.set(to);
            reached(slug.as_deref(), to);
        }
    };
    html! {
        if steps > 1 {
            <button type="button" class="text-button" disabled={at == 0} onclick={go(at.saturating_sub(1))}>{ "Back" }</button>
            <button type="button" class="text-button" disabled={at + 1 == steps} onclick={go(at + 1)}>{ "Next" }</button>
        }
    }
}

/// Takes in that the question of the step `at` got farther.
fn changed(at: usize, predicted: &UseStateHandle<Vec<Predicted>>) -> Callback<Predicted> {
    let predicted = predicted.clone();
    Callback::from(move |mine: Predicted| {
        let mut all = (*predicted).clone();
        all.resize(all.len().max(at + 1), Predicted::default());
        all[at] = mine;
        predicted.set(all);
    })
}

/// A card for a design that offers choices and has no lesson.
fn offered(desk: &Desk) -> Html {
    if desk.document.scenario.variants.is_empty() {
        return Html::default();
    }
    html! { <article class="lesson" aria-label="Variants" data-overlay="lesson"><Variants /></article> }
}

/// Keeps that a step of a row of the library was reached.
fn reached(slug: Option<&str>, at: usize) {
    if let Some(slug) = slug {
        store::keep_progress(slug, at + 1);
    }
}

/// The predictions with the answers that are due now; nothing when none is.
fn answered(desk: &Desk, moment: &Moment, predicted: &[Predicted]) -> Option<Vec<Predicted>> {
    let clock = (moment.now(), moment.frame.state == RunState::Finished);
    let due = |(step, mine): (&LessonStep, &Predicted)| {
        let (asked, after) = (step.predict.as_ref()?, step.answered_after()?);
        mine.is_pending().then(|| mine.due(asked, after, clock, told(desk, moment, &asked.reads)))?
    };
    let steps = &desk.document.scenario.lesson.steps;
    let answers: Vec<_> = steps.iter().zip(predicted).map(due).collect();
    answers.iter().any(Option::is_some).then(|| {
        let with = |(mine, answer): (&Predicted, Option<_>)| Predicted {
            answer: answer.or_else(|| mine.answer.clone()),
            ..mine.clone()
        };
        predicted.iter().zip(answers).map(with).collect()
    })
}

/// The text, and the question where one is asked.
fn body(step: &LessonStep, (mine, change): (&Predicted, &Callback<Predicted>), desk: &Desk, moment: &Moment) -> Html {
    let readings = readings(desk, moment);
    let paragraph = |text: &str| html! { <p>{ pieces(readings.inserted(text)) }</p> };
    html! {
        <div class="lesson-text">
            { for step.text.split("\n\n").map(paragraph) }
            if let (Some(asked), Some(after)) = (&step.predict, step.answered_after()) {
                <Predict asked={asked.clone()} {after} predicted={mine.clone()} changed={change.clone()} />
            }
        </div>
    }
}

/// The button that does what the step offers; where the step asks something, only once a choice was made.
fn offer(
    (at, step): (usize, &LessonStep),
    (mine, change): (&Predicted, &Callback<Predicted>),
    desk: &Desk,
    moment: &Moment,
) -> Html {
    if step.offer.is_empty() {
        return Html::default();
    }
    let mut commands: Vec<Command> = step.offer.iter().map(command).collect();
    let label = if step.label.is_empty() { "Do it".to_string() } else { step.label.clone() };
    let asks = step.answered_after();
    if asks.is_some() {
        commands.push(Command::Play);
    }
    let press = |mine: Predicted| {
        let (wish, change, slug) = (desk.wish.clone(), change.clone(), desk.document.scenario.slug.clone());
        let commands = commands.clone();
        move |_| {
            wish.emit(Wish::DoAll(commands.clone()));
            reached(slug.as_deref(), at);
            if asks.is_some() {
                change.emit(mine.clone());
            }
        }
    };
    let Some(after) = asks else {
        return html! { <button type="button" class="offer" onclick={press(Predicted::default())}>{ label }</button> };
    };
    let (now, left) = (moment.now(), (Time::ZERO + moment.frame.length).since(moment.now()));
    if mine.pressed.is_some() {
        let change = change.clone();
        let again = move |_| change.emit(Predicted::default());
        return html! { <button type="button" class="text-button" onclick={again}>{ "Predict again" }</button> };
    }
    if left < after {
        return too_late(after);
    }
    let run = Predicted { pressed: Some(now), ..mine.clone() };
    html! {
        <>
            <button type="button" class="offer" disabled={mine.chosen.is_none()} onclick={press(run.clone())}>{ label }</button>
            if mine.chosen.is_none() {
                <button type="button" class="text-button" onclick={press(run)}>{ "Just show me" }</button>
            }
        </>
    }
}

/// There is not enough of the run left to answer in.
fn too_late(after: Span) -> Html {
    let after = crate::paint::number::span(after);
    html! { <p class="quiet">{ format!("Less than {after} of the run are left: drag the timeline back first.") }</p> }
}

/// What a step offers, as it is asked of the engine at this moment.
fn command(moment: &scenario::Moment) -> Command {
    match moment.act.clone() {
        Act::Do { verb, on, amount } => Command::Act { verb, on, amount, lasts: moment.lasts },
        Act::Set { on, field, value } => Command::Edit(Edit::Set { on, field, value }),
    }
}
