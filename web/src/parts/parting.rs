//! Partition sets: who is to be on which side, and the partitions that go on.
//!
//! Sides are chosen in two ways that lead to the same list: what is selected on the canvas is cut off from the rest or put on a side
//! with a press, and each box and member has a choice of its side, which the keyboard reaches.

use crate::page::{Desk, Moment, Wish, use_desk, use_moment};
use crate::parts::breaking::LASTS_S;
use crate::state::{Selection, reading};
use base::Span;
use scenario::{Party, Placed, Sides, Target, Verb};
use session::Command;
use std::collections::BTreeMap;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Sides to choose from.
const SIDES: [&str; 4] = ["A", "B", "C", "D"];

/// Who is on which side, from 0; who is not in it is on none.
type Choice = BTreeMap<Party, usize>;

/// Partition sets.
#[component]
pub fn Parting() -> Html {
    let (desk, moment) = (use_desk(), use_moment());
    let choice = use_state(Choice::new);
    let is_one_way = use_state(|| false);
    let lasts = use_state(|| None::<u64>);
    if desk.document.scenario.boxes.is_empty() {
        return Html::default();
    }
    let cut = {
        let (wish, lasts) = (desk.wish.clone(), lasts.map(Span::from_secs));
        Callback::from(move |sides: Sides| {
            let on = Target::Sides(sides);
            wish.emit(Wish::Do(Command::Act { verb: Verb::Cut, on, amount: None, lasts }));
        })
    };
    let selected = selected(&desk);
    // For a single member that is the fault of its own, to cut it off.
    let is_group = matches!(&*desk.selection, Selection::Boxes(_));
    let off = {
        let (cut, parties) = (cut.clone(), selected.clone());
        move |_: MouseEvent| cut.emit(Sides::off_from_the_rest(parties.clone()))
    };
    let put = |side: usize| {
        let (choice, parties) = (choice.clone(), selected.clone());
        let onclick = move |_: MouseEvent| {
            let mut next = (*choice).clone();
            next.extend(parties.iter().map(|party| (party.clone(), side)));
            choice.set(next);
        };
        html! { <button type="button" class="chip" {onclick}>{ format!("Selected on side {}", SIDES[side]) }</button> }
    };
    let chosen = sides_of(&choice, &desk, *is_one_way);
    let onclick = {
        let (cut, chosen) = (cut.clone(), chosen.clone());
        move |_: MouseEvent| chosen.iter().for_each(|sides| cut.emit(sides.clone()))
    };
    let one_way = {
        let is_one_way = is_one_way.clone();
        move |event: Event| is_one_way.set(event.target_unchecked_into::<HtmlInputElement>().checked())
    };
    let for_long = {
        let lasts = lasts.clone();
        move |event: Event| {
            let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            lasts.set(usize::try_from(at - 1).ok().and_then(|at| LASTS_S.get(at).copied()));
        }
    };
    html! {
        <div class="parting">
            { going(&desk, &moment) }
            if is_group {
                <button type="button" title="Nothing passes between what is selected and everybody else" onclick={off}>
                    { if selected.len() == 1 { "Cut it off from the rest" } else { "Cut these off from the rest" } }
                </button>
            }
            <details>
                <summary>{ "Partition into sides" }</summary>
                <p class="quiet">{ "Nothing passes between sides; within each all goes on. Who is on none talks to all." }</p>
                if !selected.is_empty() { <div class="chips">{ put(0) }{ put(1) }</div> }
                <div class="sides">{ for who(&desk, &moment).into_iter().map(|(party, name)| row(party, name, &choice)) }</div>
                <label class="check"><input type="checkbox" checked={*is_one_way} onchange={one_way} /><span>{ "One way: only what side A says is lost" }</span></label>
                <div class="act">
                    <button type="button" disabled={chosen.is_none()} {onclick}>{ "Partition" }</button>
                    <label class="lasts">
                        <span>{ "for" }</span>
                        <select aria-label="How long the partition lasts" onchange={for_long}>
                            <option selected={lasts.is_none()}>{ "until it is ended" }</option>
                            { for LASTS_S.iter().map(|s| html! { <option selected={*lasts == Some(*s)}>{ format!("{s} s") }</option> }) }
                        </select>
                    </label>
                </div>
                if chosen.is_none() { <small class="quiet">{ "Choose somebody for at least two sides, with side A first" }</small> }
            </details>
        </div>
    }
}

/// The partitions that go on, each with what ends it.
fn going(desk: &Desk, moment: &Moment) -> Html {
    let row = |sides: &Sides| {
        let (wish, on) = (desk.wish.clone(), Target::Sides(sides.clone()));
        let end = move |_: MouseEvent| {
            wish.emit(Wish::Do(Command::Act { verb: Verb::Heal, on: on.clone(), amount: None, lasts: None }));
        };
        let (wish, chosen) = (desk.wish.clone(), Selection::of(&Target::Sides(sides.clone())));
        let show = move |_: MouseEvent| wish.emit(Wish::Select(chosen.clone()));
        html! {
            <li>
                <button type="button" class="text-button" title="Select who is named" onclick={show}>{ sides.spoken() }</button>
                <button type="button" class="ending" aria-label={format!("End the partition of {}", sides.spoken())} onclick={end}>{ "End" }</button>
            </li>
        }
    };
    let all = reading::partitions(&desk.document.scenario, moment.now());
    if all.is_empty() {
        return Html::default();
    }
    html! { <ul class="partitions" aria-label="Partitions that go on">{ for all.into_iter().map(row) }</ul> }
}

/// Who is selected, as one side.
fn selected(desk: &Desk) -> Vec<Party> {
    match &*desk.selection {
        Selection::Boxes(ids) => ids.iter().cloned().map(Party::Box).collect(),
        Selection::Member(id, number) => vec![Party::Member(id.clone(), *number)],
        _ => Vec::new(),
    }
}

/// Who can be put on a side: each box, its members where it has several, and everybody else.
fn who(desk: &Desk, moment: &Moment) -> Vec<(Party, String)> {
    let of_box = |(at, placed): (usize, &Placed)| {
        let members = moment.frame.boxes.get(at).map_or(&[][..], |seen| &seen.members);
        let several = members.iter().zip(0..=u8::MAX).filter(|_| members.len() > 1);
        let members = several.map(|(member, number)| (Party::Member(placed.id.clone(), number), member.name.clone()));
        std::iter::once((Party::Box(placed.id.clone()), placed.name.clone())).chain(members).collect::<Vec<_>>()
    };
    let boxes = desk.document.scenario.boxes.iter().enumerate().flat_map(of_box);
    boxes.chain([(Party::Rest, "Everybody else".to_string())]).collect()
}

/// The choice as a partition set; `None` while it is none.
fn sides_of(choice: &Choice, desk: &Desk, is_one_way: bool) -> Option<Sides> {
    let on = |side: usize| choice.iter().filter(move |(_, at)| **at == side).map(|(party, _)| party.clone()).collect();
    let sides = Sides { sides: (0..SIDES.len()).map(on).collect(), is_one_way };
    sides.among(|id| desk.placed(id).is_some())
}

/// One of those who can be put on a side.
fn row(party: Party, name: String, choice: &UseStateHandle<Choice>) -> Html {
    let now = choice.get(&party).copied();
    let is_member = matches!(party, Party::Member(..));
    let onchange = {
        let (choice, party) = (choice.clone(), party.clone());
        move |event: Event| {
            let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            let mut next = (*choice).clone();
            match usize::try_from(at - 1) {
                Ok(side) => next.insert(party.clone(), side),
                Err(_) => next.remove(&party),
            };
            choice.set(next);
        }
    };
    let none = if is_member { "as its box" } else { "none" };
    html! {
        <label key={party.to_string()} class={classes!(is_member.then_some("is-member"))}>
            <span>{ name }</span>
            <select {onchange}>
                <option selected={now.is_none()}>{ none }</option>
                { for SIDES.iter().enumerate().map(|(at, side)| html! { <option selected={now == Some(at)}>{ *side }</option> }) }
            </select>
        </label>
    }
}
