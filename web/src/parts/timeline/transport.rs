//! Play, pause, step, back to the start; and how fast.

use crate::page::{Wish, use_desk, use_moment};
use crate::parts::icon::{self, icon};
use crate::state::clock;
use base::Time;
use session::{Command, RunState};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// The speeds there are: simulated seconds for each second of the reader; 0 is as fast as it goes.
const SPEEDS: [f64; 6] = [0.001, 0.01, 0.1, 1.0, 10.0, 0.0];

/// Play, pause, step, back to the start.
#[component]
pub fn Transport() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let frame = &moment.frame;
    let is_running = matches!(frame.state, RunState::Running | RunState::Seeking { .. });
    let is_over = frame.state == RunState::Finished;
    let button = |label: &str, key: &str, drawing: &str, wish: Wish, class: &'static str| {
        let ask = desk.wish.clone();
        html! {
            <button type="button" class={classes!("icon-button", class)} aria-label={label.to_string()} title={format!("{label} ({key})")}
                onclick={move |_| ask.emit(wish.clone())}>{ icon(drawing) }</button>
        }
    };
    let play = match (is_running, is_over) {
        (true, _) => button("Pause", "Space", icon::PAUSE, Wish::Do(Command::Pause), "play"),
        (false, true) => {
            let again = Wish::DoAll(vec![Command::Seek(Time::ZERO), Command::Play]);
            button("Play again from the start", "Space", icon::PLAY, again, "play")
        }
        (false, false) => {
            let class = if desk.settings.is_first_visit { "play is-inviting" } else { "play" };
            button("Play", "Space", icon::PLAY, Wish::Do(Command::Play), class)
        }
    };
    html! {
        <div class="buttons" role="group" aria-label="Run">
            { button("Back to the start", "Home", icon::REWIND, Wish::Do(Command::Seek(Time::ZERO)), "rewind") }
            { play }
            { button("One event", ".", icon::STEP, Wish::Do(Command::Step), "step") }
        </div>
    }
}

/// How fast: buttons where there is room, a list where there is not.
#[component]
pub fn Speeds() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let now = moment.frame.speed;
    let is_on = |speed: f64| (speed - now).abs() < 1e-9;
    let radio = |speed: f64| {
        let wish = desk.wish.clone();
        let label =
            if speed == 0.0 { "As fast as it goes".to_string() } else { format!("{speed} simulated seconds a second") };
        html! {
            <button type="button" role="radio" aria-checked={is_on(speed).to_string()} aria-label={label.clone()} title={label}
                onclick={move |_| wish.emit(Wish::Do(Command::Speed(speed)))}>{ clock::speed(speed) }</button>
        }
    };
    let chosen = {
        let wish = desk.wish.clone();
        move |event: Event| {
            let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            if let Some(speed) = usize::try_from(at).ok().and_then(|at| SPEEDS.get(at)) {
                wish.emit(Wish::Do(Command::Speed(*speed)));
            }
        }
    };
    html! {
        <>
            <div class="speeds" role="radiogroup" aria-label="Speed">{ for SPEEDS.into_iter().map(radio) }</div>
            <select class="speeds-list" aria-label="Speed" onchange={chosen}>
                { for SPEEDS.into_iter().map(|speed| html! { <option selected={is_on(speed)}>{ clock::speed(speed) }</option> }) }
            </select>
        </>
    }
}
