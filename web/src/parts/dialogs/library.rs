//! The library: rows to open, each with a small drawing; and the designs that are kept in this browser.

use crate::browser::{fetch, page, rows, store};
use crate::page::{Preview, Wish, use_desk};
use crate::paint::{self, Theme};
use crate::parts::icon::{self, icon};
use crate::state::library::{self, Row};
use crate::state::shelf::Kept;
use crate::state::{Same, clock};
use crate::talk::Source;
use scenario::{Scenario, Schema};
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
    let shelf = use_state(store::shelf);
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
    let card = |row: &Row| {
        let (wish, slug) = (desk.wish.clone(), row.slug.clone());
        let onclick = move |_| wish.emit(Wish::Open(Source::Row(slug.clone())));
        let drawn = props.previews.iter().find(|(slug, _)| *slug == row.slug).map(|(_, scenario)| scenario.clone());
        html! {
            <li key={row.slug.clone()}>
                <button type="button" class="card" {onclick}>
                    <Drawing scenario={drawn.clone()} schema={desk.schema.clone()} theme={Same::from(&theme)} />
                    <strong>{ row.title.clone() }</strong>
                    <span class="quiet">{ row.about.clone() }</span>
                    <span class="chips">
                        { for row.tags.iter().map(|tag| html! { <span class="chip">{ tag.clone() }</span> }) }
                        { followed(&row.slug, drawn.as_ref()) }
                        if let Some(scenario) = drawn { <span class="chip">{ clock::length(scenario.length) }</span> }
                    </span>
                </button>
            </li>
        }
    };
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
                if props.kept == Some(id) {
                    <span class="chip">{ "open" }</span>
                } else {
                    <button type="button" class="bare" aria-label={format!("Remove {}", kept.title)} onclick={forget}>{ icon(icon::BIN) }</button>
                }
            </li>
        }
    };
    html! {
        <>
            { match &*index {
                None => html! { <ul class="cards" aria-busy="true">{ for (0..4).map(|_| html! { <li><div class="card is-loading" /></li> }) }</ul> },
                Some(Ok(rows)) => html! { <ul class="cards">{ for rows.iter().map(card) }</ul> },
                Some(Err(why)) => html! { <p class="trouble">{ why.clone() }</p> },
            } }
            if !shelf.0.is_empty() {
                <h2>{ "Kept in this browser" }</h2>
                <ul class="lines">{ for shelf.0.iter().map(kept) }</ul>
            }
        </>
    }
}

/// How far the lesson of a row was followed.
fn followed(slug: &str, row: Option<&Same<Scenario>>) -> Html {
    let said = row.and_then(|row| store::progress().chip(slug, row.lesson.steps.len()));
    said.map_or_else(Html::default, |said| html! { <span class="chip">{ said }</span> })
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
