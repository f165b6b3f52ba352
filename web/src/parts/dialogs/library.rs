//! The library: rows to look for and to open, each with a small drawing; and the designs that are kept in this browser.

use super::finding::finding;
use crate::browser::{fetch, page, rows, store};
use crate::page::{Desk, Preview, Wish, use_desk};
use crate::paint::{self, Theme};
use crate::parts::icon::{self, icon};
use crate::state::library::{self, Row, Sought};
use crate::state::shelf::Kept;
use crate::state::{Same, clock};
use crate::talk::Source;
use scenario::{Scenario, Schema};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct LibraryProps {
    /// Rows as designs, as far as they have come.
    pub previews: Same<Vec<Preview>>,
    /// The id under which the open design is kept.
    pub kept: Option<u32>,
}

/// The library.
#[component]
pub fn Library(props: &LibraryProps) -> Html {
    let desk = use_desk();
    let index = use_state(|| None::<Result<Vec<Row>, String>>);
    let sought = use_state(Sought::default);
    let theme = use_memo(desk.settings.is_dark, |_| web_sys::window().and_then(|window| Theme::read(&window).ok()));
    use_effect_with((), {
        let (index, wish) = (index.clone(), desk.wish.clone());
        move |()| {
            let done = move |text: Result<String, String>| {
                let rows = text.map(|text| rows::read(&text));
                for row in rows.iter().flatten() {
                    wish.emit(Wish::Preview(row.slug.clone()));
                }
                index.set(Some(rows));
            };
            fetch::text(library::INDEX.to_string(), Callback::from(done));
        }
    });
    let drawn =
        |row: &Row| props.previews.iter().find(|(slug, _)| *slug == row.slug).map(|(_, scenario)| scenario.clone());
    let found = |row: &&Row| sought.takes(row, drawn(row).as_deref(), &desk.schema);
    let show_all = {
        let sought = sought.clone();
        move |_| {
            sought.set(Sought::default());
            page::focus(".finding input");
        }
    };
    let rows = if let Some(Ok(rows)) = &*index { rows.as_slice() } else { &[] };
    let found: Vec<&Row> = rows.iter().filter(found).collect();
    let designs: Vec<_> = props.previews.iter().map(|(_, design)| design.clone()).collect();
    html! {
        <>
            { finding(&desk, &sought, &designs, found.first().map(|row| row.slug.clone())) }
            { match &*index {
                None => html! { <ul class="cards" aria-busy="true">{ for (0..4).map(|_| html! { <li><div class="card is-loading" /></li> }) }</ul> },
                Some(Ok(rows)) => html! {
                    <>
                        <p class="quiet" role="status">{ format!("{} of {} designs", found.len(), rows.len()) }</p>
                        if found.is_empty() {
                            <div class="none-found">
                                <p>{ "No design is like that." }</p>
                                <button type="button" onclick={show_all}>{ "Show all" }</button>
                            </div>
                        }
                        <ul class="cards" onkeydown={among_cards}>{ for found.into_iter().map(|row| card(&desk, row, drawn(row), &theme)) }</ul>
                    </>
                },
                Some(Err(why)) => html! { <p class="trouble">{ why.clone() }</p> },
            } }
            <KeptDesigns open={props.kept} />
        </>
    }
}

/// A row of the library: an address, so that it can be opened beside this page, sent, and marked.
fn card(desk: &Desk, row: &Row, drawn: Option<Same<Scenario>>, theme: &Rc<Option<Theme>>) -> Html {
    let (wish, slug) = (desk.wish.clone(), row.slug.clone());
    let onclick = move |event: MouseEvent| {
        // With a key held the browser opens it as it does any address.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            wish.emit(Wish::Open(Source::Row(slug.clone())));
        }
    };
    html! {
        <li key={row.slug.clone()}>
            <a class="card" href={format!("#row={}", row.slug)} {onclick}>
                <Drawing scenario={drawn.clone()} schema={desk.schema.clone()} theme={Same::from(theme)} />
                <strong>{ row.title.clone() }</strong>
                <span class="quiet">{ row.about.clone() }</span>
                <span class="chips">
                    { for row.tags.iter().map(|tag| html! { <span class="chip">{ tag.clone() }</span> }) }
                    { followed(&row.slug, drawn.as_ref()) }
                    if let Some(scenario) = drawn { <span class="chip">{ clock::length(scenario.length) }</span> }
                </span>
            </a>
        </li>
    }
}

#[derive(PartialEq, Properties)]
struct KeptDesignsProps {
    open: Option<u32>,
}

/// The designs that are kept in this browser.
#[component]
fn KeptDesigns(props: &KeptDesignsProps) -> Html {
    let desk = use_desk();
    let shelf = use_state(store::shelf);
    let kept = |kept: &Kept| {
        let id = kept.id;
        let (wish, forget, shelf) = (desk.wish.clone(), desk.wish.clone(), shelf.clone());
        let open = move |_| wish.emit(Wish::Open(Source::Kept(id)));
        let forget = move |_| {
            forget.emit(Wish::Forget(id));
            shelf.set(store::shelf());
        };
        html! {
            <li key={kept.id}>
                <button type="button" class="line" onclick={open}><span>{ kept.title.clone() }</span><span class="grow" /><span class="quiet">{ ago(kept.changed_ms) }</span></button>
                if props.open == Some(id) {
                    <span class="chip">{ "open" }</span>
                } else {
                    <button type="button" class="bare" aria-label={format!("Remove {}", kept.title)} onclick={forget}>{ icon(icon::BIN) }</button>
                }
            </li>
        }
    };
    if shelf.0.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <h2>{ "Kept in this browser" }</h2>
            <ul class="lines">{ for shelf.0.iter().map(kept) }</ul>
        </>
    }
}

/// How far the lesson of a row was followed.
fn followed(slug: &str, row: Option<&Same<Scenario>>) -> Html {
    let said = row.and_then(|row| store::progress().chip(slug, row.lesson.steps.len()));
    said.map_or_else(Html::default, |said| html! { <span class="chip">{ said }</span> })
}

/// Arrows go from card to card.
fn among_cards(event: KeyboardEvent) {
    let way = match event.key().as_str() {
        "ArrowLeft" => (-1, 0),
        "ArrowRight" => (1, 0),
        "ArrowUp" => (0, -1),
        "ArrowDown" => (0, 1),
        _ => return,
    };
    event.prevent_default();
    page::focus_beside(".cards .card", way);
}

fn ago(changed_ms: f64) -> String {
    let minutes = ((page::date_ms() - changed_ms) / 60_000.0).max(0.0);
    match minutes {
        m if m < 1.0 => "just now".to_string(),
        m if m < 60.0 => format!("{m:.0} min ago"),
        m if m < 36.0 * 60.0 => format!("{:.0} h ago", m / 60.0),
        m => format!("{:.0} days ago", m / 1_440.0),
    }
}

#[derive(PartialEq, Properties)]
struct DrawingProps {
    scenario: Option<Same<Scenario>>,
    schema: Same<Schema>,
    theme: Same<Option<Theme>>,
}

/// Size of a small drawing, in CSS pixels.
const DRAWING: (f64, f64) = (300.0, 120.0);

#[component]
fn Drawing(props: &DrawingProps) -> Html {
    let canvas = use_node_ref();
    use_effect_with((props.scenario.clone(), props.theme.clone()), {
        let (canvas, schema) = (canvas.clone(), props.schema.clone());
        move |(scenario, theme)| {
            let (Some(scenario), Some(theme)) = (scenario, &**theme) else { return };
            let Some(canvas) = canvas.cast::<HtmlCanvasElement>() else { return };
            let dpr = page::dpr();
            canvas.set_width((DRAWING.0 * dpr) as u32);
            canvas.set_height((DRAWING.1 * dpr) as u32);
            let context = canvas
                .get_context("2d")
                .ok()
                .flatten()
                .and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
            if let Some(context) = context {
                paint::preview(&context, scenario, &schema, DRAWING, dpr, theme);
            }
        }
    });
    html! { <canvas ref={canvas} class="drawing" aria-hidden="true" /> }
}
