//! One of a few, with a line on what choosing it means.

use super::{RowProps, input_id, label};
use scenario::{ChoiceOption, FieldKind, Value};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// One of a few.
#[component]
pub fn ChoiceField(props: &RowProps) -> Html {
    let RowProps { field, value, changed } = props;
    let options: &[ChoiceOption] = if let FieldKind::Choice { options, .. } = &field.kind { options } else { &[] };
    let now = if let Value::Choice(at) = value { usize::from(*at) } else { 0 };
    let onchange = {
        let changed = changed.clone();
        move |event: Event| {
            let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            if let Ok(at) = u8::try_from(at) {
                changed.emit(Value::Choice(at));
            }
        }
    };
    let id = input_id(field);
    let help = format!("{id}-help");
    let meaning = options.get(now).map(|option| option.help.to_string()).filter(|help| !help.is_empty());
    html! {
        <div class="field">
            { label(field) }
            <span class="entry">
                <select {id} aria-describedby={help.clone()} {onchange}>
                    { for options.iter().enumerate().map(|(at, option)| html! {
                        <option selected={at == now} title={option.help.to_string()}>{ option.name.to_string() }</option>
                    }) }
                </select>
            </span>
            <small id={help} class="help is-shown">{ meaning.unwrap_or_else(|| field.help.to_string()) }</small>
        </div>
    }
}
