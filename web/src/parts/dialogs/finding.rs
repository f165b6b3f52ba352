//! What is looked for in the library: words, a kind of box or a family of them, a check. Offered is what occurs in it.

use crate::browser::page;
use crate::page::{Desk, Wish};
use crate::state::Same;
use crate::state::library::{Row, Sought};
use crate::talk::Source;
use scenario::Scenario;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The entry and the two lists. `first` is the row that Enter opens.
pub fn finding(
    desk: &Desk,
    sought: &UseStateHandle<Sought>,
    designs: &[Same<Scenario>],
    first: Option<String>,
) -> Html {
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
    html! {
        <div class="finding" role="search">
            <label class="find">
                <input type="search" placeholder="Find a design" aria-label="Find a design" autocomplete="off" spellcheck="false"
                    autofocus={!desk.settings.is_narrow} value={sought.text.clone()} oninput={typed} {onkeydown} />
            </label>
            <select aria-label="With the box" onchange={chosen(|sought, kind| sought.kind = kind)}>
                { boxes(desk, designs, &sought.kind) }
            </select>
            <select aria-label="With the check" onchange={chosen(|sought, check| sought.check = check)}>
                { checks(desk, designs, &sought.check) }
            </select>
        </div>
    }
}

fn option(value: &str, said: String, now: &str) -> Html {
    html! { <option value={value.to_string()} selected={value == now}>{ said }</option> }
}

/// The kinds of boxes that occur, by family.
fn boxes(desk: &Desk, designs: &[Same<Scenario>], now: &str) -> Html {
    let occurs = |slug: &str| designs.iter().any(|design| design.boxes.iter().any(|placed| placed.kind == slug));
    let mut families: Vec<(&str, Vec<Html>)> = Vec::new();
    for kind in desk.schema.kinds.iter().filter(|kind| occurs(&kind.slug)) {
        let kind_option = option(&kind.slug, kind.title.to_string(), now);
        match families.iter_mut().find(|(family, _)| *family == kind.group) {
            Some((_, kinds)) => kinds.push(kind_option),
            None => families.push((&kind.group, vec![kind_option])),
        }
    }
    html! {
        <>
            { option("", "Any box".to_string(), now) }
            { for families.into_iter().map(|(family, kinds)| html! {
                <optgroup label={family.to_string()}>
                    { option(family, format!("{family}: any"), now) }
                    { for kinds }
                </optgroup>
            }) }
        </>
    }
}

/// The checks that are asked somewhere.
fn checks(desk: &Desk, designs: &[Same<Scenario>], now: &str) -> Html {
    let is_asked = |slug: &str| {
        let asked = Sought { check: slug.to_string(), ..Sought::default() };
        designs.iter().any(|design| asked.takes(&Row::default(), Some(design), &desk.schema))
    };
    let asked = desk.schema.checks.iter().filter(|check| is_asked(&check.slug));
    html! {
        <>
            { option("", "Any check".to_string(), now) }
            { for asked.map(|check| option(&check.slug, check.title.to_string(), now)) }
        </>
    }
}
