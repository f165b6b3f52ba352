//! A number with its unit. What was typed stays until it is right, with the reason below it.

use super::{RowProps, input_id, label};
use crate::page::use_desk;
use crate::state::entry;
use scenario::{FieldKind, Value};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A number with its unit.
#[component]
pub fn NumberField(props: &RowProps) -> Html {
    let typed = use_state(|| None::<String>);
    let trouble = use_state(|| None::<String>);
    let RowProps { field, value, changed } = props;
    let unit = use_desk().document.scenario.weight.unit(&field.unit);
    let now = if let Value::Number(now) = value { *now } else { 0.0 };
    let (min, max, whole) = match field.kind {
        FieldKind::Number { min, max, whole, .. } => (min, max, whole),
        _ => (f64::MIN, f64::MAX, false),
    };
    let commit = {
        let (typed, trouble, changed, field) = (typed.clone(), trouble.clone(), changed.clone(), field.clone());
        move |text: String| {
            let value = entry::number(&text, &field.unit).map(Value::Number);
            match value.and_then(|value| field.accepts(&value).map(|()| value)) {
                Ok(value) => {
                    typed.set(None);
                    trouble.set(None);
                    if value != Value::Number(now) {
                        changed.emit(value);
                    }
                }
                Err(why) => {
                    typed.set(Some(text));
                    trouble.set(Some(why));
                }
            }
        }
    };
    let oninput = {
        let (typed, trouble, field) = (typed.clone(), trouble.clone(), field.clone());
        move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            // A reason that is no longer true goes at once; a new one comes when the person is done.
            let is_right = entry::number(&text, &field.unit).is_ok_and(|n| field.accepts(&Value::Number(n)).is_ok());
            if is_right {
                trouble.set(None);
            }
            typed.set(Some(text));
        }
    };
    let onchange = {
        let commit = commit.clone();
        move |event: Event| commit(event.target_unchecked_into::<HtmlInputElement>().value())
    };
    let onkeydown = {
        let (typed, trouble) = (typed.clone(), trouble.clone());
        move |event: KeyboardEvent| match event.key().as_str() {
            key @ ("ArrowUp" | "ArrowDown") => {
                event.prevent_default();
                let next = entry::stepped(now, key == "ArrowUp", event.shift_key(), whole, min, max);
                commit(next.to_string());
            }
            "Escape" => {
                event.stop_propagation();
                typed.set(None);
                trouble.set(None);
            }
            _ => {}
        }
    };
    let id = input_id(field);
    let help = format!("{id}-help");
    let shown = typed.as_ref().cloned().unwrap_or_else(|| now.to_string());
    html! {
        <div class={classes!("field", trouble.is_some().then_some("is-wrong"))}>
            { label(field) }
            <span class="entry">
                <input {id} type="text" inputmode="decimal" autocomplete="off" value={shown} {oninput} {onchange} {onkeydown}
                    aria-describedby={help.clone()} aria-invalid={trouble.is_some().to_string()} />
                if !unit.is_empty() { <span class="unit">{ unit }</span> }
            </span>
            <small id={help} class="help" role={trouble.is_some().then_some("alert")}>
                { (*trouble).clone().unwrap_or_else(|| field.help.to_string()) }
            </small>
        </div>
    }
}
