//! A design that could not be opened: in which way, why, its text, and what to do instead.

use crate::browser::store;
use crate::page::{Dialog, Wish, use_desk};
use crate::state::Same;
use crate::talk::{Source, Unreadable};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct UnreadableProps {
    /// What could not be opened.
    pub what: Same<Unreadable>,
}

/// A design that could not be opened.
#[component]
pub fn UnreadableDialog(props: &UnreadableProps) -> Html {
    let desk = use_desk();
    let what = &props.what;
    let button = |label: &str, class: &'static str, wish: Wish| {
        let ask = desk.wish.clone();
        html! { <button type="button" {class} onclick={move |_| ask.emit(wish.clone())}>{ label.to_string() }</button> }
    };
    let own = store::current().filter(|id| what.source != Source::Kept(*id));
    let is_link = what.source == Source::Link;
    html! {
        <>
            <ul class="why">{ for what.why.iter().map(|line| html! { <li>{ line.clone() }</li> }) }</ul>
            if is_link {
                <p class="quiet">{ "Nothing of yours was touched." }</p>
            }
            if !what.text.is_empty() {
                <label class="text">
                    <span class="quiet">{ "The text as it came" }</span>
                    <textarea readonly=true rows="4" value={what.text.clone()} />
                </label>
            }
            <div class="row">
                if what.rescue {
                    { button("Open what can be read", "primary", Wish::Rescue(what.text.clone())) }
                }
                if let Some(id) = own {
                    { button("Go to your last work", "", Wish::Open(Source::Kept(id))) }
                }
                { button("Open the library", "", Wish::Show(Some(Dialog::Library))) }
                { button("Begin a new design", "", Wish::Open(Source::New)) }
            </div>
        </>
    }
}
