//! Several boxes at once.

use crate::page::{Wish, use_desk};
use crate::parts::icon::{self, icon};
use crate::state::Selection;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct SeveralProps {
    /// The boxes, by id.
    pub ids: Vec<String>,
}

/// Several boxes at once: what may be done with all of them.
#[component]
pub fn Several(props: &SeveralProps) -> Html {
    let desk = use_desk();
    let button = |label: &str, drawing: &str, wish: Wish| {
        let ask = desk.wish.clone();
        html! { <button type="button" onclick={move |_| ask.emit(wish.clone())}>{ icon(drawing) }{ label.to_string() }</button> }
    };
    let row = |id: &String| {
        let (wish, target) = (desk.wish.clone(), Selection::Boxes(vec![id.clone()]));
        let onclick = move |_| wish.emit(Wish::Select(target.clone()));
        html! { <li><button type="button" class="line" {onclick}>{ desk.name_of(id).to_string() }</button></li> }
    };
    html! {
        <div class="inspector">
            <div class="inspector-head"><strong class="inspector-name">{ format!("{} boxes", props.ids.len()) }</strong></div>
            <p class="quiet">{ "Drag one and all of them move." }</p>
            <div class="row">
                { button("Group", icon::GROUP, Wish::Group) }
                { button("Duplicate", icon::COPY, Wish::Duplicate) }
                { button("Remove", icon::BIN, Wish::Remove) }
            </div>
            <ul class="lines">{ for props.ids.iter().map(row) }</ul>
        </div>
    }
}
