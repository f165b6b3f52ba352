//! The operations that clients make: name, read or write, share of the traffic.

use super::{RowProps, input_id};
use crate::paint::number;
use crate::parts::icon::{self, icon};
use crate::state::entry;
use scenario::{Op, Scenario, Value};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The operations that clients make. What cannot be used yet stays as it was typed, with the reason below it.
#[component]
pub fn OpsField(props: &RowProps) -> Html {
    let RowProps { field, value, changed } = props;
    let draft = use_state(|| None::<Vec<Op>>);
    let saved: &[Op] = if let Value::Ops(ops) = value { ops } else { &[] };
    let ops: Vec<Op> = draft.as_ref().cloned().unwrap_or_else(|| saved.to_vec());
    let trouble = Op::validate(&ops).err();
    let set = {
        let (draft, changed) = (draft.clone(), changed.clone());
        Callback::from(move |ops: Vec<Op>| {
            if Op::validate(&ops).is_ok() {
                draft.set(None);
                changed.emit(Value::Ops(ops));
            } else {
                draft.set(Some(ops));
            }
        })
    };
    let total: f64 = ops.iter().map(|op| op.weight.max(0.0)).sum();
    let add = {
        let (set, ops) = (set.clone(), ops.clone());
        move |_| {
            let free = (1..).map(|n| format!("operation-{n}")).find(|name| ops.iter().all(|op| op.name != *name));
            let mut more = ops.clone();
            more.push(Op { name: free.unwrap_or_default(), write: false, weight: 1.0 });
            set.emit(more);
        }
    };
    html! {
        <fieldset class={classes!("field", "ops", trouble.is_some().then_some("is-wrong"))} id={input_id(field)}>
            <legend title={field.help.to_string()}>{ field.title.to_string() }</legend>
            <>{ for (0..ops.len()).map(|at| row(&ops, at, total, &set)) }</>
            <button type="button" class="text-button" disabled={ops.len() >= Scenario::OPS_MAX} onclick={add}>{ icon(icon::PLUS) }{ "Operation" }</button>
            <small class="help" role={trouble.is_some().then_some("alert")}>{ trouble.unwrap_or_else(|| field.help.to_string()) }</small>
        </fieldset>
    }
}

fn row(ops: &[Op], at: usize, total: f64, set: &Callback<Vec<Op>>) -> Html {
    let op = &ops[at];
    let changed = |change: fn(&mut Op, String)| {
        let (ops, set) = (ops.to_vec(), set.clone());
        move |event: Event| {
            let mut ops = ops.clone();
            change(&mut ops[at], event.target_unchecked_into::<HtmlInputElement>().value());
            set.emit(ops);
        }
    };
    let kind = {
        let (ops, set) = (ops.to_vec(), set.clone());
        move |event: Event| {
            let mut ops = ops.clone();
            ops[at].write = event.target_unchecked_into::<HtmlSelectElement>().selected_index() == 1;
            set.emit(ops);
        }
    };
    let remove = {
        let (ops, set) = (ops.to_vec(), set.clone());
        move |_| {
            let mut ops = ops.clone();
            ops.remove(at);
            set.emit(ops);
        }
    };
    let share = if total > 0.0 { number::percent(op.weight.max(0.0) / total) } else { String::new() };
    html! {
        <div key={at} class={classes!("op", if op.write { "is-write" } else { "is-read" })}>
            <input type="text" class="op-name" aria-label="Name" maxlength={Scenario::NAME_MAX.to_string()} spellcheck="false"
                value={op.name.clone()} onchange={changed(|op, text| op.name = text.trim().to_string())} />
            <select aria-label={format!("{} reads or writes", op.name)} onchange={kind}>
                <option selected={!op.write}>{ "read" }</option>
                <option selected={op.write}>{ "write" }</option>
            </select>
            <input type="text" class="op-weight" inputmode="decimal" aria-label={format!("Weight of {}", op.name)} title={share.clone()}
                value={op.weight.to_string()} onchange={changed(|op, text| op.weight = entry::number(&text, "").unwrap_or(0.0))} />
            <output class="op-share">{ share }</output>
            <button type="button" class="bare" aria-label={format!("Remove {}", op.name)} disabled={ops.len() == 1} onclick={remove}>{ icon(icon::CLOSE) }</button>
        </div>
    }
}
