//! The record: every fault and action of the run, to go to and, where it was done by hand, to take back.

use crate::browser::within::within;
use crate::page::{Wish, use_desk, use_moment};
use crate::parts::icon::{self, icon};
use crate::state::clock;
use session::{Command, Mark};
use wasm_bindgen::JsCast;
use web_sys::{FocusEvent, Node};
use yew::prelude::*;

/// The record, behind a button that counts it.
#[component]
pub fn Marks() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let is_open = use_state(|| false);
    let marks = &moment.report.marks;
    let by_hand = marks.iter().filter(|mark| mark.action.is_some()).count();
    let toggle = {
        let is_open = is_open.clone();
        move |_| is_open.set(!*is_open)
    };
    let onfocusout = {
        let is_open = is_open.clone();
        move |event: FocusEvent| {
            let inside = within(&event, ".marks").is_some_and(|all| {
                let next = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
                next.is_some() && all.contains(next.as_ref())
            });
            if !inside {
                is_open.set(false);
            }
        }
    };
    let onkeydown = {
        let is_open = is_open.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" && *is_open {
                event.stop_propagation();
                is_open.set(false);
            }
        }
    };
    let row = |mark: &Mark| {
        let ask = |command: Command| {
            let wish = desk.wish.clone();
            move |_| wish.emit(Wish::Do(command.clone()))
        };
        html! {
            <li>
                <button type="button" class="line" title="Go to this moment" onclick={ask(Command::Seek(mark.from))}>
                    <time>{ clock::moment(mark.from, false) }</time><span>{ mark.label.clone() }</span>
                </button>
                if let Some(action) = mark.action {
                    <button type="button" class="bare" aria-label={format!("Take back: {}", mark.label)} title="Take it back" onclick={ask(Command::Forget(action))}>{ icon(icon::CLOSE) }</button>
                }
            </li>
        }
    };
    let forget_all = {
        let wish = desk.wish.clone();
        move |_| wish.emit(Wish::Do(Command::ForgetAll))
    };
    let many = if marks.len() == 1 { "1 mark".to_string() } else { format!("{} marks", marks.len()) };
    html! {
        <div class="marks" {onfocusout} {onkeydown}>
            <button type="button" class="marks-button" aria-expanded={is_open.to_string()} disabled={marks.is_empty()} onclick={toggle}
                title="Faults and actions of this run">{ many }</button>
            if *is_open && !marks.is_empty() {
                <div class="marks-list" tabindex="-1">
                    <h2>{ "Faults and actions" }</h2>
                    <ol class="lines">{ for marks.iter().map(row) }</ol>
                    if by_hand > 1 { <button type="button" class="text-button" onclick={forget_all}>{ "Take back all that was done by hand" }</button> }
                </div>
            }
        </div>
    }
}
