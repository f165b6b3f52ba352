//! The latest notable happenings, each leading to its moment.

use crate::page::{Desk, Wish, use_desk, use_moment};
use crate::state::clock;
use session::{Command, LogLine};
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
    let row = |line: &LogLine| row(&desk, line, false);
    html! {
        <details class="log" open=true>
            <summary><h2>{ "What happened" }</h2></summary>
            <ol class="lines">{ for lines.iter().rev().take(LINES_MAX).map(row) }</ol>
        </details>
    }
}

/// One happening, which leads to its moment; to the microsecond with `is_fine`.
pub fn row(desk: &Desk, line: &LogLine, is_fine: bool) -> Html {
    let (wish, at) = (desk.wish.clone(), line.at);
    let onclick = move |_| wish.emit(Wish::Do(Command::Seek(at)));
    html! {
        <li>
            <button type="button" class="line" {onclick} title="Go to this moment">
                <time>{ clock::moment(at, is_fine) }</time>
                <span>{ line.text.clone() }</span>
            </button>
        </li>
    }
}
