//! Settings, drawn from the schema: a row for each field that matters now.

mod choice;
mod number;
mod ops;
mod trace;

use crate::page::{Wish, use_desk};
use choice::ChoiceField;
pub use number::NumberField;
use ops::OpsField;
use scenario::{Field, FieldKind, Target, Value};
use session::{Command, Edit};
use trace::TraceField;
use yew::prelude::*;

/// What every row knows.
#[derive(Clone, PartialEq, Properties)]
pub struct RowProps {
    /// The field.
    pub field: Field,
    /// Its value now.
    pub value: Value,
    /// It was changed to a value that the field accepts.
    pub changed: Callback<Value>,
}

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct FieldsProps {
    /// Whose settings.
    pub on: Target,
    /// Its fields, in saved order.
    pub fields: Vec<Field>,
    /// Their values now, in the same order.
    pub values: Vec<Value>,
}

/// The settings of a box or a wire.
#[component]
pub fn Fields(props: &FieldsProps) -> Html {
    let desk = use_desk();
    let value = |place: usize| props.values.get(place).cloned().unwrap_or_else(|| props.fields[place].default_value());
    let matters = |field: &Field| {
        let Some(when) = &field.when else { return true };
        let Some(place) = props.fields.iter().position(|other| other.name == when.field) else { return true };
        chosen(&props.fields[place], &value(place)).is_some_and(|name| when.is.iter().any(|is| is == name))
    };
    let row = |(place, field): (usize, &Field)| {
        let changed = {
            let (wish, on, name) = (desk.wish.clone(), props.on.clone(), field.name.to_string());
            Callback::from(move |value| {
                wish.emit(Wish::Do(Command::Edit(Edit::Set { on: on.clone(), field: name.clone(), value })));
            })
        };
        let row = RowProps { field: field.clone(), value: value(place), changed };
        let key = format!("{}/{}", props.on, field.name);
        match &field.kind {
            FieldKind::Number { .. } => html! { <NumberField {key} ..row /> },
            FieldKind::Choice { .. } => html! { <ChoiceField {key} ..row /> },
            FieldKind::Ops { .. } => html! { <OpsField {key} ..row /> },
            FieldKind::Trace { .. } => html! { <TraceField {key} ..row /> },
        }
    };
    let shown: Vec<(usize, &Field)> = props.fields.iter().enumerate().filter(|(_, field)| matters(field)).collect();
    let is_few = shown.len() <= FEW + 2;
    let is_first = |&(rank, (place, field)): &(usize, (usize, &Field))| {
        is_few || rank < FEW || value(place) != field.default_value()
    };
    let (first, rest): (Vec<_>, Vec<_>) = shown.into_iter().enumerate().partition(is_first);
    let many = rest.len();
    html! {
        <div class="fields">
            { for first.into_iter().map(|(_, field)| row(field)) }
            if many > 0 {
                <details class="rest" key={props.on.to_string()}>
                    <summary>{ format!("{many} more settings") }</summary>
                    { for rest.into_iter().map(|(_, field)| row(field)) }
                </details>
            }
        </div>
    }
}

/// Settings shown at once; the rest stands behind a line, but for those that are not as they come.
const FEW: usize = 6;

/// The name of the choice that `value` is.
fn chosen<'a>(field: &'a Field, value: &Value) -> Option<&'a str> {
    match (&field.kind, value) {
        (FieldKind::Choice { options, .. }, Value::Choice(at)) => {
            options.get(usize::from(*at)).map(|option| option.name.as_ref())
        }
        _ => None,
    }
}

/// The id of a field's input, for its label.
fn input_id(field: &Field) -> String {
    format!("field-{}", field.name)
}

/// The label of a row, with what changing it does to a run.
fn label(field: &Field) -> Html {
    let restarts =
        (!field.live).then(|| html! { <span class="restarts" title="Changing it starts the run over">{ "↻" }</span> });
    html! {
        <label for={input_id(field)} title={field.help.to_string()}>{ field.title.to_string() }{ restarts.unwrap_or_default() }</label>
    }
}
