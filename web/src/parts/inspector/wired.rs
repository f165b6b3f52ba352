//! One wire.

use super::{gauge, health, troubles};
use crate::page::{Desk, Wish, use_desk, use_moment};
use crate::parts::fields::Fields;
use crate::parts::icon::{self, icon};
use crate::state::Selection;
use scenario::{Target, Value, WireEnds};
use session::{Command, Edit, WireFrame};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct WiredProps {
    /// The caller, by id.
    pub from: String,
    /// The called, by id.
    pub to: String,
}

/// One wire.
#[component]
pub fn Wired(props: &WiredProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let ends = WireEnds { from: props.from.clone(), to: props.to.clone() };
    let Some(at) = desk.document.scenario.wire(&ends) else { return Html::default() };
    let wire = &desk.document.scenario.wires[at];
    let nothing = WireFrame::default();
    let seen = moment.frame.wires.get(at).unwrap_or(&nothing);
    let step = desk.document.steps.get(at).cloned().unwrap_or_default();
    let end = |id: &str| {
        let (wish, target) = (desk.wish.clone(), Selection::Boxes(vec![id.to_string()]));
        html! { <button type="button" class="text-button" onclick={move |_| wish.emit(Wish::Select(target.clone()))}>{ desk.name_of(id).to_string() }</button> }
    };
    let remove = {
        let wish = desk.wish.clone();
        move |_| wish.emit(Wish::Remove)
    };
    let is_used = seen.rate > 0.0;
    html! {
        <div class="inspector">
            <div class="inspector-head">
                <strong class="inspector-name">{ "Wire" }</strong>
                <span class="grow" />
                <button type="button" class="icon-button is-small" aria-label="Remove" title="Remove" onclick={remove}>{ icon(icon::BIN) }</button>
            </div>
            <p class="quiet">{ end(&ends.from) }{ " calls " }{ end(&ends.to) }</p>
            <div class="chips">
                { health(seen.health) }
                if !step.is_empty() { <span class="chip">{ format!("step {step}") }</span> }
                { troubles(&seen.troubles) }
            </div>
            <dl class="gauges">
                { gauge("Calls", is_used.then_some(seen.rate), &desk.document.scenario.weight.unit("/s")) }
                { gauge("Ended badly", is_used.then_some(seen.bad * 100.0), "%") }
                { gauge("Latency p99", is_used.then_some(seen.p99.as_millis_f64()), "ms") }
            </dl>
            if !seen.policy.is_empty() { <p class="quiet">{ seen.policy.join(" · ") }</p> }
            { carried(&desk, &ends, at) }
            <h2>{ "Link and call policy" }</h2>
            <Fields on={Target::Wire(ends)} fields={desk.schema.wire.clone()} values={wire.config.clone()} />
        </div>
    }
}

/// The operations that anybody in the design makes, by name.
fn operations(desk: &Desk) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let values = desk.document.scenario.boxes.iter().flat_map(|placed| &placed.config);
    for (op, _) in values.flat_map(Value::makes) {
        if !names.iter().any(|known| known == op) {
            names.push(op.to_string());
        }
    }
    names
}

fn carried(desk: &Desk, ends: &WireEnds, at: usize) -> Html {
    let all = operations(desk);
    if all.len() < 2 {
        return Html::default();
    }
    let now = desk.document.scenario.wires[at].ops.clone();
    let row = |name: &String| {
        let is_on = now.is_empty() || now.contains(name);
        let (wish, ends, all, now, name) = (desk.wish.clone(), ends.clone(), all.clone(), now.clone(), name.clone());
        let label = name.clone();
        let onchange = move |event: Event| {
            let is_on = event.target_unchecked_into::<HtmlInputElement>().checked();
            let mut ops: Vec<String> = if now.is_empty() { all.clone() } else { now.clone() };
            ops.retain(|op| *op != name);
            if is_on {
                ops.push(name.clone());
            }
            // All of them is said by naming none, so that operations to come are carried too.
            if ops.len() == all.len() {
                ops.clear();
            } else if ops.is_empty() {
                wish.emit(Wish::Say(
                    "A wire carries at least one operation; remove the wire if it should carry none".to_string(),
                ));
                ops = vec![name.clone()];
            }
            wish.emit(Wish::Do(Command::Edit(Edit::Carry { ends: ends.clone(), ops })));
        };
        html! { <label class="check"><input type="checkbox" checked={is_on} {onchange} /><span>{ label }</span></label> }
    };
    html! { <fieldset class="carried"><legend>{ "Carries" }</legend>{ for all.iter().map(row) }</fieldset> }
}
