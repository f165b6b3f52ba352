//! What lies over the canvas without being part of the design: legend, hints, the way out of an empty page.

use crate::page::{Dialog, Tool, Wish, use_desk, use_moment};
use crate::paint::{Rect, zone_around};
use crate::parts::icon::{self, icon};
use crate::state::gesture::Spot;
use session::RunState;
use web_sys::HtmlElement;
use yew::prelude::*;

/// What colours and shapes mean.
#[component]
pub fn Legend() -> Html {
    let moment = use_moment();
    let key = |class: &'static str, name: &str| html! { <span class="key"><i {class} />{ name.to_string() }</span> };
    html! {
        <div class="legend" data-overlay="legend" aria-label="Legend" role="note">
            { key("dot is-read", "read") }
            { key("dot is-write", "write") }
            { key("dash is-healthy", "healthy") }
            { key("dash is-slow", "slow") }
            { key("dash is-failing", "failing") }
            { key("dash is-cut", "cut") }
            if moment.frame.flow { <span class="flow">{ "too many to show one by one: width and dashes are flow" }</span> }
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub struct ZoomProps {
    /// Nearer by a factor.
    pub nearer: Callback<f64>,
}

/// Nearer, farther, everything.
#[component]
pub fn Zoom(props: &ZoomProps) -> Html {
    let desk = use_desk();
    let button = |label: &str, drawing: &str, onclick: Callback<MouseEvent>| {
        html! { <button type="button" class="icon-button is-small" aria-label={label.to_string()} title={label.to_string()} {onclick}>{ icon(drawing) }</button> }
    };
    let nearer = |factor: f64| props.nearer.reform(move |_: MouseEvent| factor);
    html! {
        <div class="zoom" data-overlay="zoom" role="group" aria-label="View">
            { button("Farther (−)", icon::MINUS, nearer(1.0 / 1.25)) }
            { button("Nearer (+)", icon::PLUS, nearer(1.25)) }
            { button("Show everything (F)", icon::FIT, desk.wish.reform(|_: MouseEvent| Wish::Fit)) }
        </div>
    }
}

/// What to press, for somebody who has never been here.
#[component]
pub fn Hint() -> Html {
    let moment = use_moment();
    if moment.frame.state != RunState::Paused {
        return Html::default();
    }
    html! {
        <p class="hint" data-overlay="hint"><strong>{ "Press play" }</strong>{ " and watch it run. Then select a box and break it." }</p>
    }
}

/// Nothing has come yet.
#[component]
pub fn Loading() -> Html {
    html! {
        <div class="loading" role="status" aria-label="Starting the engine">
            <div class="bone" /><div class="bone" /><div class="bone" />
        </div>
    }
}

/// Nothing has been placed yet.
#[component]
pub fn Empty() -> Html {
    let desk = use_desk();
    let find = |_| crate::browser::page::focus("#find-box");
    let library = desk.wish.reform(|_: MouseEvent| Wish::Show(Some(Dialog::Library)));
    html! {
        <div class="empty" data-overlay="empty">
            <h2>{ "An empty canvas" }</h2>
            <p class="quiet">{ "Add clients and something they call, draw a wire between them, and press play." }</p>
            <div class="row">
                <button type="button" class="primary" onclick={find}>{ "Add a box" }<kbd>{ "/" }</kbd></button>
                <button type="button" onclick={library}>{ "Open the library" }</button>
            </div>
        </div>
    }
}

/// That the other end of a wire is being chosen.
#[component]
pub fn WiringNote() -> Html {
    let desk = use_desk();
    let Tool::Wire(from) = &desk.tool else { return Html::default() };
    let cancel = desk.wish.reform(|_: MouseEvent| Wish::Use(Tool::Rest));
    html! {
        <div class="wiring" data-overlay="wiring" role="status">
            <span>{ "Wire from " }<strong>{ desk.name_of(from).to_string() }</strong>{ ": choose the box it calls" }</span>
            <button type="button" class="text-button" onclick={cancel}>{ "Cancel" }<kbd>{ "Esc" }</kbd></button>
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub struct ZoneNoteProps {
    /// What is on the canvas.
    pub bounds: Rect,
}

/// That a zone is about to be drawn.
#[component]
pub fn ZoneNote(props: &ZoneNoteProps) -> Html {
    let desk = use_desk();
    if desk.tool != Tool::Zone {
        return Html::default();
    }
    let cancel = desk.wish.reform(|_: MouseEvent| Wish::Use(Tool::Rest));
    let around = zone_around(props.bounds);
    let all = desk.wish.reform(move |_: MouseEvent| Wish::AddZone(around));
    html! {
        <div class="wiring" data-overlay="wiring" role="status">
            <span>{ "Drag over the canvas to draw a zone" }</span>
            <button type="button" class="text-button" onclick={all}>{ "Around everything" }</button>
            <button type="button" class="text-button" onclick={cancel}>{ "Cancel" }<kbd>{ "Esc" }</kbd></button>
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub struct FramingProps {
    /// Where it was begun.
    pub from: Spot,
    /// Where the pointer is.
    pub to: Spot,
}

/// The frame that is being drawn around boxes.
#[component]
pub fn Framing(props: &FramingProps) -> Html {
    let node = use_node_ref();
    use_effect_with((props.from, props.to), {
        let node = node.clone();
        move |((ax, ay), (bx, by))| {
            let Some(element) = node.cast::<HtmlElement>() else { return };
            let style = element.style();
            let _ = style.set_property("transform", &format!("translate({}px, {}px)", ax.min(*bx), ay.min(*by)));
            let _ = style.set_property("width", &format!("{}px", (ax - bx).abs()));
            let _ = style.set_property("height", &format!("{}px", (ay - by).abs()));
        }
    });
    html! { <div ref={node} class="framing" aria-hidden="true" /> }
}
