//! The library: rows to look for and to open, each with a small drawing; and the designs that are kept in this browser.

use crate::browser::{fetch, page, rows, store};
use crate::page::{Desk, Preview, Wish, use_desk};
use crate::paint::{self, Theme};
use crate::parts::icon::{self, icon};
use crate::state::library::{self, Row, Sought};
use crate::state::shelf::Kept;
use crate::state::{Same, clock};
use crate::talk::Source;
use scenario::{Scenario, Schema};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlInputElement};
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
    let card = |row: &Row| {
        let (wish, slug) = (desk.wish.clone(), row.slug.clone());
        let onclick = move |event: MouseEvent| {
            // With a key held the browser opens it beside this page, as it does any address.
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                wish.emit(Wish::Open(Source::Row(slug.clone())));
            }
        };
        let drawn = drawn(row);
        html! {
            <li key={row.slug.clone()}>
                <a class="card" href={format!("#row={}", row.slug)} {onclick}>
                    <Drawing scenario={drawn.clone()} schema={desk.schema.clone()} theme={Same::from(&theme)} />
                    <strong>{ row.title.clone() }</strong>
                    <span class="quiet">{ row.about.clone() }</span>
                    <span class="chips">
                        { for row.tags.iter().map(|tag| html! { <span class="chip">{ tag.clone() }</span> }) }
                        if let Some(scenario) = drawn { <span class="chip">{ clock::length(scenario.length) }</span> }
                    </span>
                </a>
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
    let show_all = {
        let sought = sought.clone();
        move |_| sought.set(Sought::default())
    };
    html! {
        <>
            { match &*index {
                None => html! { <ul class="cards" aria-busy="true">{ for (0..4).map(|_| html! { <li><div class="card is-loading" /></li> }) }</ul> },
                Some(Ok(rows)) => {
                    let found: Vec<&Row> = rows.iter().filter(found).collect();
                    let designs: Vec<_> = props.previews.iter().map(|(_, design)| design.clone()).collect();
                    html! {
                        <>
                            { finding(&desk, &sought, &designs, found.first().map(|row| row.slug.clone())) }
                            <p class="quiet" role="status">{ format!("{} of {} designs", found.len(), rows.len()) }</p>
                            if found.is_empty() {
                                <div class="none-found">
                                    <p>{ "No design is like that." }</p>
                                    <button type="button" onclick={show_all}>{ "Show all" }</button>
                                </div>
                            }
                            <ul class="cards" onkeydown={among_cards}>{ for found.into_iter().map(card) }</ul>
                        </>
                    }
                }
                Some(Err(why)) => html! { <p class="trouble">{ why.clone() }</p> },
            } }
            if !shelf.0.is_empty() {
                <h2>{ "Kept in this browser" }</h2>
                <ul class="lines">{ for shelf.0.iter().map(kept) }</ul>
            }
        </>
    }
}

/// What is looked for: words, a kind of box or a family of them, a check. Offered is what occurs.
fn finding(desk: &Desk, sought: &UseStateHandle<Sought>, designs: &[Same<Scenario>], first: Option<String>) -> Html {
    let change = |put: fn(&mut Sought, String)| {
        let sought = sought.clone();
        move |value: String| {
            let mut next = (*sought).clone();
            put(&mut next, value);
            sought.set(next);
        }
    };
    // A list answers like an entry: both have a value.
    let value = |event: &Event| event.target_unchecked_into::<HtmlInputElement>().value();
    let chosen = |put: fn(&mut Sought, String)| {
        let change = change(put);
        Callback::from(move |event: Event| change(value(&event)))
    };
    let typed = {
        let change = change(|sought, text| sought.text = text);
        move |event: InputEvent| change(value(&event))
    };
    let onkeydown = {
        let (change, wish, is_typed) =
            (change(|sought, text| sought.text = text), desk.wish.clone(), !sought.text.is_empty());
        move |event: KeyboardEvent| match (event.key().as_str(), &first) {
            ("Enter", Some(slug)) => wish.emit(Wish::Open(Source::Row(slug.clone()))),
            ("ArrowDown", Some(_)) => {
                event.prevent_default();
                page::focus(".cards .card");
            }
            ("Escape", _) if is_typed => {
                // The first one empties the field, the next one closes the dialog.
                event.prevent_default();
                change(String::new());
            }
            _ => {}
        }
    };
    let occurs = |slug: &str| designs.iter().any(|design| design.boxes.iter().any(|placed| placed.kind == slug));
    let mut families: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for kind in desk.schema.kinds.iter().filter(|kind| occurs(&kind.slug)) {
        let option = (kind.slug.as_ref(), kind.title.as_ref());
        match families.iter_mut().find(|(family, _)| *family == kind.group) {
            Some((_, kinds)) => kinds.push(option),
            None => families.push((&kind.group, vec![option])),
        }
    }
    let is_asked = |slug: &str| {
        let asked = Sought { check: slug.to_string(), ..Sought::default() };
        designs.iter().any(|design| asked.takes(&Row::default(), Some(design), &desk.schema))
    };
    let option = |value: &str, said: String, now: &str| html! { <option value={value.to_string()} selected={value == now}>{ said }</option> };
    html! {
        <div class="finding" role="search">
            <label class="find">
                <input type="search" placeholder="Find a design" aria-label="Find a design" autocomplete="off" spellcheck="false"
                    autofocus={!desk.settings.is_narrow} value={sought.text.clone()} oninput={typed} {onkeydown} />
            </label>
            <select aria-label="With the box" onchange={chosen(|sought, kind| sought.kind = kind)}>
                { option("", "Any box".to_string(), &sought.kind) }
                { for families.into_iter().map(|(family, kinds)| html! {
                    <optgroup label={family.to_string()}>
                        { option(family, format!("{family}: any"), &sought.kind) }
                        { for kinds.into_iter().map(|(slug, title)| option(slug, title.to_string(), &sought.kind)) }
                    </optgroup>
                }) }
            </select>
            <select aria-label="With the check" onchange={chosen(|sought, check| sought.check = check)}>
                { option("", "Any check".to_string(), &sought.check) }
                { for desk.schema.checks.iter().filter(|check| is_asked(&check.slug)).map(|check| option(&check.slug, check.title.to_string(), &sought.check)) }
            </select>
        </div>
    }
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
