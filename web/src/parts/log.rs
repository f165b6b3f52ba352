//! The latest notable happenings, each leading to its moment.

use crate::page::{use_desk, use_moment};
use crate::state::clock;
use session::Command;
use yew::prelude::*;

/// Most lines shown.
const LINES_MAX: usize = 40;

/// The log, newest first.
#[component]
pub fn Log() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let lines = &moment.report.log;
    if lines.is_empty() {
        return Html::default();
    }
    let row = |line: &session::LogLine| {
        let (wish, at) = (desk.wish.clone(), line.at);
        let onclick = move |_| wish.emit(crate::page::Wish::Do(Command::Seek(at)));
        html! {
            <li>
                <button type="button" class="line" {onclick} title="Go to this moment">
                    <time>{ clock::moment(at, false) }</time>
                    <span>{ line.text.clone() }</span>
                </button>
            </li>
        }
    };
    html! {
        <details class="log" open=true>
            <summary><h2>{ "What happened" }</h2></summary>
            <ol class="lines">{ for lines.iter().rev().take(LINES_MAX).map(row) }</ol>
        </details>
    }
}
