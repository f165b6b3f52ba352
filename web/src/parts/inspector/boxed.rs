//! One box, or one member of it.

use super::plans::Plans;
use super::{gauge, health, inside, troubles, zoned};
use crate::page::{Desk, Tool, Wish, use_desk, use_moment};
use crate::parts::fields::Fields;
use crate::parts::icon::{self, icon};
use crate::parts::in_place::InPlace;
use crate::state::Selection;
use scenario::{KindSpec, Scenario, Target, WireEnds};
use session::{BoxFrame, Command, Edit, Face};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct BoxedProps {
    /// The box, by id.
    pub id: String,
    /// One of its members, by number, when that is meant.
    pub member: Option<u8>,
}

/// One box, or one member of it.
#[component]
pub fn Boxed(props: &BoxedProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let Some((at, placed)) = desk.placed(&props.id) else { return Html::default() };
    let Some(kind) = desk.kind(placed) else { return Html::default() };
    let nothing = BoxFrame::default();
    let seen = moment.frame.boxes.get(at).unwrap_or(&nothing);
    let on = Target::Box(props.id.clone());
    html! {
        <div class="inspector">
            if let Some(member) = props.member {
                { of_member(&desk, seen, &props.id, member) }
            } else {
                { of_box(&desk, &props.id, kind, seen) }
            }
            <dl class="gauges">
                { for kind.gauges.iter().enumerate().map(|(at, spec)| gauge(&spec.title, seen.gauges.get(at).copied().flatten(), &spec.unit)) }
            </dl>
            { zoned::home(&desk, placed, props.member) }
            if kind.fields.is_empty() {
            } else if props.member.is_some() {
                <details class="about">
                    <summary>{ format!("Settings of {}", placed.name) }</summary>
                    <Fields {on} fields={kind.fields.clone()} values={placed.config.clone()} />
                </details>
            } else {
                <h2>{ "Settings" }</h2>
                <Fields {on} fields={kind.fields.clone()} values={placed.config.clone()} />
            }
            if props.member.is_none() {
                <Plans key={props.id.clone()} id={props.id.clone()} />
                { members(&desk, &props.id, seen) }
                { wires(&desk, &props.id) }
            }
            { inside(face(seen, props.member)) }
            { about(kind) }
        </div>
    }
}

/// What is shown of the inside of a box, or of one of its members.
fn face(seen: &BoxFrame, member: Option<u8>) -> &Face {
    let only = if seen.members.len() == 1 { Some(0) } else { None };
    let number = member.map(usize::from).or(only.filter(|_| seen.face == Face::Nothing));
    number.and_then(|number| seen.members.get(number)).map_or(&seen.face, |member| &member.face)
}

fn of_box(desk: &Desk, id: &str, kind: &KindSpec, seen: &BoxFrame) -> Html {
    let renamed = {
        let (wish, id) = (desk.wish.clone(), id.to_string());
        move |name| wish.emit(Wish::Do(Command::Edit(Edit::Rename { id: id.clone(), name })))
    };
    let button = |label: &str, drawing: &str, wish: Wish| button(desk, label, drawing, wish);
    html! {
        <>
            <div class="inspector-head">
                <InPlace label="Name" value={desk.name_of(id).to_string()} length_max={Scenario::NAME_MAX} changed={renamed} class="inspector-name" />
                <span class="grow" />
                { button("Look inside", icon::LENS, Wish::Inside(true)) }
                { button("Wire to another box", icon::WIRE, Wish::Use(Tool::Wire(id.to_string()))) }
                { button("Duplicate", icon::COPY, Wish::Duplicate) }
                { button("Remove", icon::BIN, Wish::Remove) }
            </div>
            <p class="quiet">{ format!("{}. {}", kind.title, kind.purpose) }</p>
            <div class="chips">{ health(seen.health) }{ for seen.members.iter().filter(|_| seen.members.len() == 1).map(|member| troubles(&member.troubles)) }</div>
        </>
    }
}

fn button(desk: &Desk, label: &str, drawing: &str, wish: Wish) -> Html {
    let ask = desk.wish.clone();
    html! {
        <button type="button" class="icon-button is-small" aria-label={label.to_string()} title={label.to_string()}
            onclick={move |_| ask.emit(wish.clone())}>{ icon(drawing) }</button>
    }
}

fn of_member(desk: &Desk, seen: &BoxFrame, id: &str, number: u8) -> Html {
    let target = Target::Member(id.to_string(), number);
    let member = seen.members.get(usize::from(number));
    let whole = {
        let (wish, id) = (desk.wish.clone(), id.to_string());
        move |_| wish.emit(Wish::Select(Selection::Boxes(vec![id.clone()])))
    };
    let role = member.map(|member| member.role.to_string()).filter(|role| !role.is_empty());
    html! {
        <>
            <div class="inspector-head">
                <strong class="inspector-name">{ member.map_or_else(|| target.to_string(), |member| member.name.clone()) }</strong>
                <span class="grow" />
                if let Some(role) = role { <span class="chip">{ role }</span> }
                { button(desk, "Look inside", icon::LENS, Wish::Inside(true)) }
            </div>
            <p class="quiet">{ "Member of " }<button type="button" class="text-button" onclick={whole}>{ desk.name_of(id).to_string() }</button></p>
            if let Some(member) = member {
                <div class="chips">{ health(member.health) }{ troubles(&member.troubles) }</div>
                if !member.note.is_empty() { <p class="note">{ member.note.clone() }</p> }
            }
        </>
    }
}

fn members(desk: &Desk, id: &str, seen: &BoxFrame) -> Html {
    if seen.members.len() < 2 {
        return Html::default();
    }
    let row = |(at, member): (usize, &session::MemberFrame)| {
        let (wish, target) =
            (desk.wish.clone(), Selection::Member(id.to_string(), u8::try_from(at).unwrap_or(u8::MAX)));
        let onclick = move |_| wish.emit(Wish::Select(target.clone()));
        html! {
            <li><button type="button" class="line" {onclick}>
                <span>{ member.name.clone() }</span>
                <span class="quiet">{ member.role.to_string() }</span>
                <span class="grow" />
                { health(member.health) }
            </button></li>
        }
    };
    html! { <><h2>{ "Members" }</h2><ul class="lines">{ for seen.members.iter().enumerate().map(row) }</ul></> }
}

fn wires(desk: &Desk, id: &str) -> Html {
    let document = &desk.document;
    let of_this =
        document.scenario.wires.iter().enumerate().filter(|(_, wire)| wire.ends.from == id || wire.ends.to == id);
    let row = |(at, wire): (usize, &scenario::Wire)| {
        let WireEnds { from, to } = &wire.ends;
        let is_out = from == id;
        let other = desk.name_of(if is_out { to } else { from }).to_string();
        let step = document.steps.get(at).cloned().unwrap_or_default();
        let (wish, target) = (desk.wish.clone(), Selection::Wire(wire.ends.clone()));
        let onclick = move |_| wish.emit(Wish::Select(target.clone()));
        html! {
            <li><button type="button" class="line" {onclick}>
                <span class="quiet">{ if is_out { "to" } else { "from" } }</span>
                <span>{ other }</span>
                <span class="grow" />
                if is_out && !step.is_empty() { <span class="chip">{ step }</span> }
            </button></li>
        }
    };
    let rows: Vec<Html> = of_this.map(row).collect();
    if rows.is_empty() {
        return Html::default();
    }
    html! { <><h2>{ "Wires" }</h2><ul class="lines">{ for rows }</ul></> }
}

fn about(kind: &KindSpec) -> Html {
    let list = |items: &[scenario::Text]| html! { <ul>{ for items.iter().map(|item| html! { <li>{ item.to_string() }</li> }) }</ul> };
    if kind.modelled.is_empty() && kind.left_out.is_empty() {
        return Html::default();
    }
    html! {
        <details class="about">
            <summary>{ "What is modelled, and what is left out" }</summary>
            if !kind.modelled.is_empty() { <h3>{ "Modelled" }</h3>{ list(&kind.modelled) } }
            if !kind.left_out.is_empty() { <h3>{ "Left out" }</h3>{ list(&kind.left_out) } }
        </details>
    }
}
