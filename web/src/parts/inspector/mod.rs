//! What is selected: its name and state, its readings, its settings, its wires, and what it leaves out.

mod boxed;
mod design;
mod findings;
mod folded;
mod noted;
mod plans;
mod several;
mod wired;
mod zoned;

use crate::page::use_desk;
use crate::state::Selection;
use boxed::Boxed;
use design::Design;
use folded::Folded;
pub use folded::count;
use noted::Noted;
use several::Several;
use wired::Wired;
use yew::prelude::*;
use zoned::{Apart, Zoned};

/// What is selected; the design as a whole when nothing is.
#[component]
pub fn Inspector() -> Html {
    let desk = use_desk();
    match &*desk.selection {
        Selection::Nothing => html! { <Design /> },
        Selection::Boxes(ids) if ids.len() > 1 => html! { <Several ids={ids.clone()} /> },
        Selection::Boxes(ids) => html! { <Boxed id={ids[0].clone()} member={None::<u8>} /> },
        Selection::Member(id, member) => html! { <Boxed id={id.clone()} member={Some(*member)} /> },
        Selection::Group(id) => html! { <Folded id={id.clone()} /> },
        Selection::Note(at) => html! { <Noted at={*at} /> },
        Selection::Zone(id) => html! { <Zoned id={id.clone()} /> },
        Selection::Between(a, b) => html! { <Apart a={a.clone()} b={b.clone()} /> },
        Selection::Wire(ends) => html! { <Wired from={ends.from.clone()} to={ends.to.clone()} /> },
    }
}

/// One reading: its name, its value, its unit.
fn gauge(title: &str, value: Option<f64>, unit: &str) -> Html {
    let reading = value.map(|value| crate::paint::number::reading(value, unit));
    let touches = reading.as_ref().is_some_and(|reading| crate::paint::number::touches(&reading.unit));
    html! {
        <div class="gauge">
            <dt>{ title.to_string() }</dt>
            <dd>
                if let Some(reading) = reading {
                    <b>{ reading.value }</b><span class={classes!("unit", touches.then_some("touches"))}>{ reading.unit }</span>
                } else {
                    <span class="quiet">{ "–" }</span>
                }
            </dd>
        </div>
    }
}

/// What a face shows, as a table behind a line that opens it.
fn inside(face: &session::Face) -> Html {
    let table = crate::paint::describe(face);
    if table.rows.is_empty() {
        return Html::default();
    }
    html! {
        <details class="about">
            <summary>{ "Its inside, as a table" }</summary>
            { rows(&table) }
        </details>
    }
}

/// A table of texts.
pub fn rows(table: &crate::paint::Table) -> Html {
    let row =
        |cells: &Vec<String>| html! { <tr>{ for cells.iter().map(|cell| html! { <td>{ cell.clone() }</td> }) }</tr> };
    html! {
        <table>
            <thead><tr>{ for table.head.iter().map(|name| html! { <th scope="col">{ name.clone() }</th> }) }</tr></thead>
            <tbody>{ for table.rows.iter().map(row) }</tbody>
        </table>
    }
}

/// How somebody is, as a word with its mark; never by colour alone.
pub fn health(health: session::Health) -> Html {
    use session::Health::{Cut, Failing, Healthy, Idle, Slow};
    let (class, word) = match health {
        Idle => ("is-idle", "idle"),
        Healthy => ("is-healthy", "healthy"),
        Slow => ("is-slow", "slow"),
        Failing => ("is-failing", "failing"),
        Cut => ("is-cut", "unreachable"),
    };
    html! { <span class={classes!("health", class)}>{ word }</span> }
}

/// What is wrong, one chip each.
pub fn troubles(troubles: &[String]) -> Html {
    html! { { for troubles.iter().map(|trouble| html! { <span class="chip is-bad">{ trouble.clone() }</span> }) } }
}
