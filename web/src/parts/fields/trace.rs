//! A trace to be sent again: what is in it, and where another is pasted, dropped or opened as CSV.

use super::{RowProps, input_id};
use crate::browser::files;
use crate::paint::number;
use crate::parts::icon::{self, icon};
use crate::parts::inspector::rows;
use crate::state::trace::{Read, read, summary};
use scenario::{Trace, Value};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

/// What was pasted, dropped or chosen, until it is a trace.
#[derive(Clone, Default, PartialEq)]
struct Draft {
    text: String,
    trouble: Option<String>,
}

/// A trace. What is none stays as it was pasted, with the line and column that is wrong below it.
#[component]
pub fn TraceField(props: &RowProps) -> Html {
    let RowProps { field, value, changed } = props;
    let draft = use_state(Draft::default);
    let take = {
        let (draft, changed) = (draft.clone(), changed.clone());
        Callback::from(move |text: String| match read(&text) {
            Read::Nothing => draft.set(Draft::default()),
            Read::Trace(trace) => {
                draft.set(Draft::default());
                changed.emit(Value::Trace(*trace));
            }
            Read::Wrong(trouble) => draft.set(Draft { text, trouble: Some(trouble) }),
        })
    };
    let file = {
        let (draft, take) = (draft.clone(), take.clone());
        Callback::from(move |file: web_sys::File| {
            let (draft, take) = (draft.clone(), take.clone());
            files::read(
                file,
                Callback::from(move |text: Result<String, String>| match text {
                    Ok(text) => take.emit(text),
                    Err(why) => draft.set(Draft { text: String::new(), trouble: Some(why) }),
                }),
            );
        })
    };
    let chosen = {
        let file = file.clone();
        move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(one) = input.files().and_then(|files| files.get(0)) {
                file.emit(one);
            }
            // The same file may be chosen again.
            input.set_value("");
        }
    };
    let dropped = move |event: DragEvent| {
        if let Some(one) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
            event.prevent_default();
            event.stop_propagation();
            file.emit(one);
        }
    };
    let pasted = {
        let take = take.clone();
        move |event: Event| take.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value())
    };
    // What is typed is looked at when it is done; what is pasted, at once.
    let typed = {
        let take = take.clone();
        move |event: InputEvent| {
            if event.input_type().starts_with("insertFrom") {
                take.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value());
            }
        }
    };
    let Value::Trace(trace) = value else { return Html::default() };
    let Draft { text, trouble } = &*draft;
    let is_wrong = trouble.is_some();
    html! {
        <fieldset class={classes!("field", "trace", is_wrong.then_some("is-wrong"))} ondrop={dropped}
            ondragover={|event: DragEvent| event.prevent_default()}>
            <legend title={field.help.to_string()}>{ field.title.to_string() }<span class="restarts" title="Changing it starts the run over">{ "↻" }</span></legend>
            { about(trace) }
            <textarea id={input_id(field)} rows="3" spellcheck="false" aria-label="Another trace, as CSV" aria-invalid={is_wrong.to_string()}
                placeholder={"time,op,key\n0.25,read,17"} value={text.clone()} onchange={pasted} oninput={typed} />
            <div class="row">
                <label class="text-button">
                    { icon(icon::PLUS) }{ "Open a CSV" }
                    <input class="hidden" type="file" accept=".csv,.tsv,.txt,text/csv" onchange={chosen} />
                </label>
                { save(trace) }
            </div>
            <small class="help" role={is_wrong.then_some("alert")}>{ trouble.clone().unwrap_or_else(|| field.help.to_string()) }</small>
        </fieldset>
    }
}

/// What is in it: a line, and behind it the operations.
fn about(trace: &Trace) -> Html {
    let total = trace.asked().len() as f64;
    let row = |(at, op): (usize, &scenario::TraceOp)| {
        let count = trace.asked().iter().filter(|asked| usize::from(asked.op) == at).count();
        let does = if op.write { "write" } else { "read" };
        vec![op.name.clone(), does.to_string(), count.to_string(), number::percent(count as f64 / total)]
    };
    let table = crate::paint::Table {
        head: ["Operation", "Does", "Requests", "Share"].map(str::to_string).to_vec(),
        rows: trace.ops().iter().enumerate().map(row).collect(),
    };
    html! { <><p class="trace-summary">{ summary(trace) }</p>{ rows(&table) }</> }
}

/// It can be had back.
fn save(trace: &Trace) -> Html {
    let trace = trace.clone();
    // A browser that refuses a download says so itself.
    let onclick = move |_: MouseEvent| drop(files::save("trace.csv", &trace.to_csv(), "text/csv"));
    html! { <button type="button" class="text-button" {onclick}>{ "Save it as CSV" }</button> }
}
