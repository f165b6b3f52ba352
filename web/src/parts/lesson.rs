//! The lesson of a design: what to watch, with the readings of this very moment in its text, and a button that does the next thing.

use crate::page::{Desk, Moment, Wish, use_desk, use_moment};
use crate::paint::number;
use crate::parts::icon::{self, icon};
use scenario::{Act, LessonStep};
use session::{Command, Edit, Piece, Readings};
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
    // A phone has no room for both at first.
    let is_open = use_state(|| !desk.settings.is_narrow);
    let scenario = &desk.document.scenario;
    let steps = &scenario.lesson.steps;
    // Another design begins at its first step.
    use_effect_with((scenario.slug.clone(), scenario.title.clone()), {
        let place = place.clone();
        move |_| place.set(0)
    });
    let at = (*place).min(steps.len().saturating_sub(1));
    let focus = steps.get(at).filter(|_| *is_open).map(|step| step.focus.clone()).unwrap_or_default();
    use_effect_with(focus, {
        let pointed = props.pointed.clone();
        move |focus| pointed.emit(focus.clone())
    });
    let Some(step) = steps.get(at) else { return Html::default() };
    let toggle = {
        let is_open = is_open.clone();
        move |_| is_open.set(!*is_open)
    };
    let go = |to: usize| {
        let place = place.clone();
        move |_| place.set(to)
    };
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
                { text(step, &desk, &moment) }
                <footer>
                    { offer(step, &desk) }
                    <span class="grow" />
                    if steps.len() > 1 {
                        <button type="button" class="text-button" disabled={at == 0} onclick={go(at.saturating_sub(1))}>{ "Back" }</button>
                        <button type="button" class="text-button" disabled={at + 1 == steps.len()} onclick={go(at + 1)}>{ "Next" }</button>
                    }
                </footer>
            }
        </article>
    }
}

fn text(step: &LessonStep, desk: &Desk, moment: &Moment) -> Html {
    let readings = readings(desk, moment);
    let paragraph = |text: &str| html! { <p>{ pieces(readings.inserted(text)) }</p> };
    html! { <div class="lesson-text">{ for step.text.split("\n\n").map(paragraph) }</div> }
}

/// The run at this moment, for what texts speak of.
fn readings<'a>(desk: &'a Desk, moment: &'a Moment) -> Readings<'a> {
    Readings {
        schema: &desk.schema,
        scenario: &desk.document.scenario,
        frame: &moment.frame,
        verdicts: &moment.report.verdicts,
    }
}

/// A text with its readings.
fn pieces(pieces: Vec<Piece>) -> Html {
    let piece = |piece: Piece| match piece {
        Piece::Words(words) => html! { { words } },
        Piece::Reading(reading) => html! { <b>{ reading.map_or("–".to_string(), number::count) }</b> },
    };
    pieces.into_iter().map(piece).collect()
}

fn offer(step: &LessonStep, desk: &Desk) -> Html {
    if step.offer.is_empty() {
        return Html::default();
    }
    let commands: Vec<Command> = step.offer.iter().map(command).collect();
    let wish = desk.wish.clone();
    let label = if step.label.is_empty() { "Do it".to_string() } else { step.label.clone() };
    html! { <button type="button" class="offer" onclick={move |_| wish.emit(Wish::DoAll(commands.clone()))}>{ label }</button> }
}

/// What a step offers, as it is asked of the engine at this moment.
fn command(moment: &scenario::Moment) -> Command {
    match moment.act.clone() {
        Act::Do { verb, on, amount } => Command::Act { verb, on, amount, lasts: moment.lasts },
        Act::Set { on, field, value } => Command::Edit(Edit::Set { on, field, value }),
    }
}
