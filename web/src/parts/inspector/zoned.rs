//! One zone: its name and state, how far it is from the others, who lies in it; and the choice of a zone for a box or member.

use super::{health, troubles};
use crate::page::{Desk, Wish, use_desk, use_moment};
use crate::paint::number;
use crate::parts::fields::NumberField;
use crate::parts::icon::{self, icon};
use crate::parts::in_place::InPlace;
use crate::state::Selection;
use scenario::{DISTANCES, Distance, Field, FieldKind, Placed, Scenario, Target, Value, Zone};
use session::{Command, Edit, ZoneFrame};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct ZonedProps {
    /// The zone, by id.
    pub id: String,
}

/// One zone.
#[component]
pub fn Zoned(props: &ZonedProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let scenario = &desk.document.scenario;
    let Some(at) = scenario.zone(&props.id) else { return Html::default() };
    let zone = &scenario.zones[at];
    let nothing = ZoneFrame::default();
    let seen = moment.frame.zones.get(at).unwrap_or(&nothing);
    let renamed = {
        let (wish, id) = (desk.wish.clone(), props.id.clone());
        move |name| wish.emit(Wish::Do(Command::Edit(Edit::RenameZone { id: id.clone(), name })))
    };
    let remove = desk.wish.reform(|_: MouseEvent| Wish::Remove);
    html! {
        <div class="inspector">
            <div class="inspector-head">
                <InPlace label="Name" value={zone.name.clone()} length_max={Scenario::NAME_MAX} changed={renamed} class="inspector-name" />
                <span class="grow" />
                <button type="button" class="icon-button is-small" aria-label="Remove" title="Remove the zone; its boxes stay" onclick={remove}>{ icon(icon::BIN) }</button>
            </div>
            <p class="quiet">{ "Zone. What passes its border takes longer, and it can be lost as a whole." }</p>
            <div class="chips">{ health(seen.health) }{ troubles(&seen.troubles) }</div>
            { distances(&desk, zone) }
            { inhabitants(&desk, &zone.id, seen.members) }
            <h2>{ "On the canvas" }</h2>
            <div class="fields">{ side(&desk, zone, "Width") }{ side(&desk, zone, "Height") }</div>
        </div>
    }
}

/// How far it is from each other zone, as a table in which it can be chosen.
fn distances(desk: &Desk, zone: &Zone) -> Html {
    let scenario = &desk.document.scenario;
    let others: Vec<&Zone> = scenario.zones.iter().filter(|other| other.id != zone.id).collect();
    if others.is_empty() {
        return html! { <><h2>{ "Distances" }</h2><p class="quiet">{ "There is no other zone yet." }</p></> };
    }
    let row = |other: &&Zone| {
        let latency = scenario.distance_ms(&zone.id, &other.id);
        let (wish, target) = (desk.wish.clone(), Selection::Between(zone.id.clone(), other.id.clone()));
        let onclick = move |_| wish.emit(Wish::Select(target.clone()));
        html! {
            <tr key={other.id.clone()}>
                <th scope="row"><button type="button" class="text-button" title="What passes between the two" {onclick}>{ other.name.clone() }</button></th>
                <td>{ presets(desk, &zone.id, other, latency) }</td>
                <td class="number">{ number::with_unit(2.0 * latency, "ms") }</td>
            </tr>
        }
    };
    html! {
        <>
            <h2>{ "Distances" }</h2>
            <table class="distances">
                <thead><tr><th scope="col">{ "To" }</th><th scope="col">{ "One way" }</th><th scope="col" class="number">{ "Round trip" }</th></tr></thead>
                <tbody>{ for others.iter().map(row) }</tbody>
            </table>
        </>
    }
}

/// The usual distances to choose from, and the one that holds now where it is none of them.
fn presets(desk: &Desk, a: &str, other: &Zone, now: f64) -> Html {
    let chosen = DISTANCES.iter().position(|far| far.latency_ms == now);
    let (wish, a, b) = (desk.wish.clone(), a.to_string(), other.id.clone());
    let onchange = move |event: Event| {
        let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        if let Some(far) = usize::try_from(at).ok().and_then(|at| DISTANCES.get(at)) {
            let edit = Edit::Distance { a: a.clone(), b: b.clone(), latency_ms: far.latency_ms };
            wish.emit(Wish::Do(Command::Edit(edit)));
        }
    };
    html! {
        <select aria-label={format!("Distance to {}, one way", other.name)} {onchange}>
            { for DISTANCES.iter().enumerate().map(|(at, far)| html! {
                <option selected={chosen == Some(at)}>{ format!("{} · {}", number::with_unit(far.latency_ms, "ms"), far.title) }</option>
            }) }
            if chosen.is_none() { <option selected=true>{ number::with_unit(now, "ms") }</option> }
        </select>
    }
}

/// Who lies in it: boxes with all of their members or some.
fn inhabitants(desk: &Desk, id: &str, members: u32) -> Html {
    let row = |placed: &Placed| {
        let count = placed.members(&desk.schema).min(255) as u8;
        let here = (0..count.max(1)).filter(|member| placed.zone_of(*member) == Some(id)).count();
        if here == 0 {
            return None;
        }
        let (wish, target) = (desk.wish.clone(), Selection::Boxes(vec![placed.id.clone()]));
        let onclick = move |_| wish.emit(Wish::Select(target.clone()));
        Some(html! {
            <li><button type="button" class="line" {onclick}>
                <span>{ placed.name.clone() }</span>
                <span class="grow" />
                if count > 1 { <span class="quiet">{ format!("{here} of {count} members") }</span> }
            </button></li>
        })
    };
    let rows: Vec<Html> = desk.document.scenario.boxes.iter().filter_map(row).collect();
    if rows.is_empty() {
        return html! { <><h2>{ "In it" }</h2><p class="quiet">{ "Nobody yet: drag boxes into it." }</p></> };
    }
    let members = if members == 1 { "1 process".to_string() } else { format!("{members} processes") };
    html! { <><h2>{ "In it" }<span class="quiet">{ format!(" {members}") }</span></h2><ul class="lines">{ for rows }</ul></> }
}

/// Its width or its height.
fn side(desk: &Desk, zone: &Zone, title: &'static str) -> Html {
    let is_width = title == "Width";
    let (min, max) = (f64::from(Scenario::ZONE_SIZE_MIN), f64::from(Scenario::ZONE_SIZE_MAX));
    let now = f64::from(if is_width { zone.width } else { zone.height });
    let field =
        field(title, "points", "How large it is drawn", FieldKind::Number { min, max, default: now, whole: true });
    let (wish, zone) = (desk.wish.clone(), zone.clone());
    let key = format!("{}/{title}", zone.id);
    let changed = Callback::from(move |value| {
        let Value::Number(n) = value else { return };
        let (width, height) = if is_width { (n as i32, zone.height) } else { (zone.width, n as i32) };
        let zones = vec![(zone.id.clone(), [zone.x, zone.y, width, height])];
        wish.emit(Wish::Do(Command::Edit(Edit::Arrange { boxes: Vec::new(), zones, homes: Vec::new() })));
    });
    html! { <NumberField {key} {field} value={Value::Number(now)} {changed} /> }
}

fn field(title: &'static str, unit: &'static str, help: &'static str, kind: FieldKind) -> Field {
    let name = title.to_ascii_lowercase().replace(' ', "_");
    Field {
        name: name.into(),
        title: title.into(),
        unit: unit.into(),
        help: help.into(),
        kind,
        live: unit == "points",
        when: None,
    }
}

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct ApartProps {
    /// One zone, by id.
    pub a: String,
    /// The other.
    pub b: String,
}

/// What passes between two zones.
#[component]
pub fn Apart(props: &ApartProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let (a, b) = (props.a.clone(), props.b.clone());
    let on = Target::Between(a.clone(), b.clone());
    let now = desk.document.scenario.distance_ms(&a, &b);
    let end = |id: &str| {
        let (wish, target) = (desk.wish.clone(), Selection::Zone(id.to_string()));
        html! { <button type="button" class="text-button" onclick={move |_| wish.emit(Wish::Select(target.clone()))}>{ desk.zone_name(id).to_string() }</button> }
    };
    let kind = FieldKind::Number { min: 0.0, max: Distance::LATENCY_MS_MAX, default: Distance::USUAL_MS, whole: false };
    let field =
        field("One way", "ms", "How much longer a message takes than its wire says: half of the round trip", kind);
    let changed = {
        let (wish, a, b) = (desk.wish.clone(), a.clone(), b.clone());
        Callback::from(move |value| {
            let Value::Number(latency_ms) = value else { return };
            wish.emit(Wish::Do(Command::Edit(Edit::Distance { a: a.clone(), b: b.clone(), latency_ms })));
        })
    };
    let other = desk.document.scenario.zone(&b).map(|at| desk.document.scenario.zones[at].clone()).unwrap_or_default();
    html! {
        <div class="inspector">
            <div class="inspector-head"><strong class="inspector-name">{ desk.name(&on, &moment.frame) }</strong></div>
            <p class="quiet">{ "What passes between " }{ end(&a) }{ " and " }{ end(&b) }</p>
            <h2>{ "Distance" }</h2>
            <div class="fields">
                <NumberField key={on.to_string()} {field} value={Value::Number(now)} {changed} />
                <div class="field"><label>{ "Usual" }</label><span class="entry">{ presets(&desk, &a, &other, now) }</span></div>
            </div>
            <p class="quiet">{ format!("Round trip {}, on top of what wires and boxes take.", number::with_unit(2.0 * now, "ms")) }</p>
        </div>
    }
}

/// In which zone a box lies, or one of its members; nothing when there are no zones.
pub fn home(desk: &Desk, placed: &Placed, member: Option<u8>) -> Html {
    let zones = &desk.document.scenario.zones;
    if zones.is_empty() {
        return Html::default();
    }
    let now = match member {
        None => placed.zone.as_deref(),
        Some(number) => {
            placed.member_zones.get(usize::from(number)).map(String::as_str).filter(|zone| !zone.is_empty())
        }
    };
    let (wish, id, ids) =
        (desk.wish.clone(), placed.id.clone(), zones.iter().map(|zone| zone.id.clone()).collect::<Vec<_>>());
    let onchange = move |event: Event| {
        let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        let zone = usize::try_from(at - 1).ok().and_then(|at| ids.get(at).cloned());
        wish.emit(Wish::Do(Command::Edit(Edit::Settle { id: id.clone(), member, zone })));
    };
    let none = if member.is_some() { "where its box lies" } else { "none" };
    html! {
        <div class="fields">
            <div class="field">
                <label for="field-zone">{ "Zone" }<span class="restarts" title="Changing it starts the run over">{ "↻" }</span></label>
                <span class="entry">
                    <select id="field-zone" {onchange}>
                        <option selected={now.is_none()}>{ none }</option>
                        { for zones.iter().map(|zone| html! { <option selected={now == Some(zone.id.as_str())}>{ zone.name.clone() }</option> }) }
                    </select>
                </span>
            </div>
        </div>
    }
}
