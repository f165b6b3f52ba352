//! One group: its name and state, what crosses its border, who is in it.

use super::{gauge, health};
use crate::page::{Desk, Moment, Wish, use_desk, use_moment};
use crate::paint::together;
use crate::parts::icon::{self, icon};
use crate::parts::in_place::InPlace;
use crate::state::Selection;
use scenario::{Group, Scenario, Wire};
use session::{Command, Edit, Health};
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct FoldedProps {
    /// The group, by id.
    pub id: String,
}

/// One group.
#[component]
pub fn Folded(props: &FoldedProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let scenario = &desk.document.scenario;
    let Some(at) = scenario.group(&props.id) else { return Html::default() };
    let group = &scenario.groups[at];
    let renamed = {
        let (wish, id) = (desk.wish.clone(), props.id.clone());
        move |name| wish.emit(Wish::Do(Command::Edit(Edit::RenameGroup { id: id.clone(), name })))
    };
    let remove = desk.wish.reform(|_: MouseEvent| Wish::Remove);
    let ungroup = desk.wish.reform(|_: MouseEvent| Wish::Ungroup);
    let turn = {
        let edit = Edit::Fold { id: props.id.clone(), folded: !group.folded };
        desk.wish.reform(move |_: MouseEvent| Wish::Do(Command::Edit(edit.clone())))
    };
    let (word, removes) = if group.folded {
        ("Unfold", "Remove the group and its boxes")
    } else {
        ("Fold", "Remove the group; its boxes stay")
    };
    let healths: Vec<Health> = group.boxes.iter().map(|id| health_of(&desk, &moment, id)).collect();
    let crossing = |inwards: bool| rate(scenario, &moment, group, inwards);
    let unit = scenario.weight.unit("/s");
    html! {
        <div class="inspector">
            <div class="inspector-head">
                <InPlace label="Name" value={group.name.clone()} length_max={Scenario::NAME_MAX} changed={renamed} class="inspector-name" />
                <span class="grow" />
                <button type="button" class="icon-button is-small" aria-label="Remove" title={removes} onclick={remove}>{ icon(icon::BIN) }</button>
            </div>
            <p class="quiet">{ "Group. It folds into one box for the eye; the run is the same." }</p>
            <div class="chips">{ health(together(healths.iter().copied())) }</div>
            <div class="row">
                <button type="button" onclick={turn}>{ word }<kbd>{ "Enter" }</kbd></button>
                <button type="button" title="The group goes; its boxes stay" onclick={ungroup}>{ "Ungroup" }</button>
            </div>
            <h2>{ "Across its border" }</h2>
            <dl class="gauges">{ gauge("In", crossing(true), &unit) }{ gauge("Out", crossing(false), &unit) }</dl>
            <h2>{ "In it" }<span class="quiet">{ format!(" {}", count(group.boxes.len())) }</span></h2>
            <ul class="lines">{ for group.boxes.iter().zip(&healths).map(|(id, health)| inhabitant(&desk, id, *health)) }</ul>
        </div>
    }
}

fn inhabitant(desk: &Desk, id: &str, how: Health) -> Html {
    let (wish, target) = (desk.wish.clone(), Selection::Boxes(vec![id.to_string()]));
    let onclick = move |_| wish.emit(Wish::Select(target.clone()));
    html! {
        <li><button type="button" class="line" {onclick}>
            <span>{ desk.name_of(id).to_string() }</span><span class="grow" />{ health(how) }
        </button></li>
    }
}

/// How many boxes, in words.
pub fn count(boxes: usize) -> String {
    if boxes == 1 { "1 box".to_string() } else { format!("{boxes} boxes") }
}

fn health_of(desk: &Desk, moment: &Moment, id: &str) -> Health {
    desk.placed(id).and_then(|(at, _)| moment.frame.boxes.get(at)).map(|seen| seen.health).unwrap_or_default()
}

/// Calls a second over its border, in one direction; nothing when no wire leads there.
fn rate(scenario: &Scenario, moment: &Moment, group: &Group, inwards: bool) -> Option<f64> {
    let crosses = |wire: &Wire| {
        let (from, to) = (group.holds(&wire.ends.from), group.holds(&wire.ends.to));
        if inwards { !from && to } else { from && !to }
    };
    let crossing = scenario.wires.iter().enumerate().filter(|(_, wire)| crosses(wire));
    let rates: Vec<f64> = crossing.map(|(at, _)| moment.frame.wires.get(at).map_or(0.0, |seen| seen.rate)).collect();
    (!rates.is_empty()).then(|| rates.iter().sum())
}
