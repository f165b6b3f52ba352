//! One note.

use crate::page::{Tool, Wish, use_desk};
use crate::parts::icon::{self, icon};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct NotedProps {
    /// The note, by place.
    pub at: usize,
}

/// One note: what it says, and the ways to change it.
#[component]
pub fn Noted(props: &NotedProps) -> Html {
    let desk = use_desk();
    let Some(note) = desk.document.scenario.notes.get(props.at) else { return Html::default() };
    let at = props.at;
    let write = desk.wish.reform(move |_: MouseEvent| Wish::Use(Tool::Write(at)));
    let remove = desk.wish.reform(|_: MouseEvent| Wish::Remove);
    html! {
        <div class="inspector">
            <div class="inspector-head">
                <strong class="inspector-name">{ "Note" }</strong>
                <span class="grow" />
                <button type="button" class="icon-button is-small" aria-label="Remove" title="Remove" onclick={remove}>{ icon(icon::BIN) }</button>
            </div>
            <p class="noted">{ note.text.clone() }</p>
            <div class="row"><button type="button" onclick={write}>{ "Write" }<kbd>{ "F2" }</kbd></button></div>
        </div>
    }
}
