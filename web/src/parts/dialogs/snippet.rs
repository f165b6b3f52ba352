//! A figure for a page of one's own: its options, what is pasted, and beside them the figure itself as it will be.

use super::copying::{Copying, select_all};
use crate::browser::observe::Sight;
use crate::browser::{address, files, page};
use crate::embed::Figure;
use crate::embed::snippet::Place;
use crate::page::{Desk, Live, Wish, use_desk};
use crate::paint::{self, Theme};
use crate::state::Same;
use web_sys::{HtmlIFrameElement, HtmlInputElement};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct SnippetProps {
    /// What follows `#s=` in the design's link.
    pub payload: String,
    /// The moment, for a picture of it.
    pub live: Same<Live>,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Element,
    Frame,
    Markdown,
}

/// The options that are words of their own: name, title.
const FLAGS: [(&str, &str); 4] = [
    ("autoplay", "Starts by itself"),
    ("readonly", "Read-only"),
    ("hide-answers", "Verdict only at the end"),
    ("captions", "Title below"),
];

/// The options that are numbers: name, title, unit.
const NUMBERS: [(&str, &str, &str); 3] = [("from", "From", "s"), ("until", "Until", "s"), ("speed", "Speed", "×")];

/// The options that are one of a few: name, title, and each value with what it says.
type Choice<'a> = (&'static str, &'static str, Vec<(&'a str, &'a str)>);

/// A figure for a page of one's own.
#[component]
pub fn Snippet(props: &SnippetProps) -> Html {
    let desk = use_desk();
    let form = use_state(|| Form::Element);
    let figure = use_state(|| Figure { has_captions: true, ..Figure::default() });
    let area = use_node_ref();
    let title = desk.document.scenario.title.clone();
    let picture = format!("{}.svg", files::name(&title));
    let place = Place { home: address::home(), payload: props.payload.clone(), title };
    let text = match *form {
        Form::Element => place.element(&figure),
        Form::Frame => place.frame(&figure),
        Form::Markdown => place.markdown(&picture),
    };
    let tab = |of: Form, title: &'static str| {
        let is_on = *form == of;
        let form = form.clone();
        let onclick = move |_| form.set(of);
        html! { <button type="button" aria-pressed={is_on.to_string()} {onclick}>{ title }</button> }
    };
    let is_picture = *form == Form::Markdown;
    html! {
        <div class="snippet">
            <div class="snippet-said">
                <div class="segments" role="group" aria-label="What is pasted">
                    { tab(Form::Element, "Element") }{ tab(Form::Frame, "Frame") }{ tab(Form::Markdown, "Picture") }
                </div>
                if is_picture {
                    <p class="quiet">{ format!("For places that take no figures: save the picture beside your text as {picture}.") }</p>
                } else {
                    { options(&desk, &figure) }
                }
                <textarea ref={area.clone()} class="file" readonly=true rows="5" aria-label="Snippet" value={text.clone()} onfocus={select_all} />
                <div class="row">
                    if is_picture { { saving(&desk, &props.live, picture) } }
                    <Copying {text} label="Copy the snippet" done="It is copied" {area} />
                </div>
            </div>
            // One at a time, made anew when it is to be another: a figure in a frame that is told a new address would fill the history.
            <div class="snippet-seen">
                if is_picture {
                    <img src={drawn(&desk, &props.live).map(|svg| files::inline(&svg))} alt="The picture of the canvas" />
                } else {
                    <Preview key={place.address(&figure)} place={place.address(&figure)} plays={figure.plays && !desk.settings.is_still} />
                }
            </div>
        </div>
    }
}

fn options(desk: &Desk, figure: &UseStateHandle<Figure>) -> Html {
    let now = figure.options();
    let value = |name: &str| now.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let changed = |name: &'static str| {
        let figure = figure.clone();
        Callback::from(move |event: Event| {
            // A list answers like an entry: both have a value.
            let entry: HtmlInputElement = event.target_unchecked_into();
            let text = if entry.type_() == "checkbox" { String::new() } else { entry.value() };
            let is_said = if entry.type_() == "checkbox" { entry.checked() } else { !text.trim().is_empty() };
            figure.set(figure.with(name, is_said.then_some(text.trim())));
        })
    };
    let boxes = desk.document.scenario.boxes.iter().map(|placed| (placed.id.as_str(), placed.name.as_str()));
    let choices: [Choice<'_>; 3] = [
        ("theme", "Colours", vec![("", "the reader's"), ("light", "light"), ("dark", "dark")]),
        ("controls", "To press", vec![("", "play and time"), ("play", "play"), ("none", "nothing")]),
        ("focus", "Looks at", std::iter::once(("", "all of it")).chain(boxes).collect()),
    ];
    html! {
        <div class="snippet-options" role="group" aria-label="How it is shown">
            { for choices.into_iter().map(|(name, title, values)| html! {
                <label key={name}><span>{ title }</span>
                    <select onchange={changed(name)}>
                        { for values.into_iter().map(|(of, said)| html! {
                            <option value={of.to_string()} selected={value(name).unwrap_or_default() == of}>{ said.to_string() }</option>
                        }) }
                    </select>
                </label>
            }) }
            { for NUMBERS.iter().map(|&(name, title, unit)| html! {
                <label key={name}><span>{ format!("{title}, {unit}") }</span>
                    <input type="text" inputmode="decimal" autocomplete="off" value={value(name).unwrap_or_default()} onchange={changed(name)} />
                </label>
            }) }
            { for FLAGS.iter().map(|&(name, title)| html! {
                <label key={name} class="check"><input type="checkbox" checked={value(name).is_some()} onchange={changed(name)} /><span>{ title }</span></label>
            }) }
        </div>
    }
}

/// The whole canvas at this moment as SVG.
fn drawn(desk: &Desk, live: &Live) -> Option<String> {
    let theme = web_sys::window().and_then(|window| Theme::read(&window).ok())?;
    Some(paint::drawing((&desk.document, &live.frame(), &live.layout()), &desk.schema, &theme, page::ruler()))
}

fn saving(desk: &Desk, live: &Same<Live>, name: String) -> Html {
    let refused = || Wish::Say("The browser did not save the picture".to_string());
    let svg = {
        let (desk, live, name) = (desk.clone(), live.clone(), name.clone());
        move |_| {
            let saved = drawn(&desk, &live).and_then(|svg| files::save(&name, &svg, "image/svg+xml").ok());
            if saved.is_none() {
                desk.wish(refused());
            }
        }
    };
    let png = {
        let desk = desk.clone();
        move |_| {
            if files::save_picture(&name.replace(".svg", ".png"), ".stage-canvas").is_err() {
                desk.wish(refused());
            }
        }
    };
    html! {
        <>
            <button type="button" onclick={svg}>{ "Save as SVG" }</button>
            <button type="button" onclick={png}>{ "Save what is seen as PNG" }</button>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct PreviewProps {
    place: String,
    plays: bool,
}

/// The figure itself. It stands still while it is out of sight.
#[component]
fn Preview(props: &PreviewProps) -> Html {
    let frame = use_node_ref();
    use_effect_with((), {
        let (frame, plays) = (frame.clone(), props.plays);
        move |()| {
            let element = frame.cast::<HtmlIFrameElement>();
            let sight = element.map(|element| {
                let told = element.clone();
                let mut was_seen = true;
                Sight::of(&element, move |is_seen| {
                    if is_seen != was_seen && (plays || !is_seen) {
                        page::order(&told, if is_seen { "play" } else { "pause" });
                    }
                    was_seen = is_seen;
                })
            });
            move || drop(sight)
        }
    });
    // It answers to nobody else: the page that it may hear is this one.
    let place = props.place.replacen("?embed", &format!("?embed&parent={}", address::origin()), 1);
    html! { <iframe ref={frame} src={place} title="The figure as it will be" /> }
}
