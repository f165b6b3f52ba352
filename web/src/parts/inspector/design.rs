//! The design as a whole: what it is about, its seed and length, what is worth knowing, what is judged.

use super::findings::Findings;
use crate::page::{Wish, use_desk};
use crate::parts::checks::Checks;
use crate::parts::fields::NumberField;
use crate::parts::fields::RowProps;
use crate::state::clock;
use base::Span;
use scenario::{Field, FieldKind, Scenario, Value, Weight};
use session::{Command, Edit};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

fn checks(many: usize) -> String {
    match many {
        0 => "checks as they apply".to_string(),
        1 => "1 check".to_string(),
        many => format!("{many} checks"),
    }
}

/// The design as a whole.
#[component]
pub fn Design() -> Html {
    let desk = use_desk();
    let scenario = &desk.document.scenario;
    let described = {
        let (wish, title) = (desk.wish.clone(), scenario.title.clone());
        move |event: Event| {
            let about = event.target_unchecked_into::<HtmlTextAreaElement>().value().trim().to_string();
            wish.emit(Wish::Do(Command::Edit(Edit::Describe { title: title.clone(), about })));
        }
    };
    let number =
        |name: &'static str, title: &'static str, unit: &'static str, help: &'static str, max: f64, whole: bool| {
            Field {
                name: name.into(),
                title: title.into(),
                unit: unit.into(),
                help: help.into(),
                kind: FieldKind::Number { min: if whole { 0.0 } else { 0.001 }, max, default: 1.0, whole },
                live: false,
                when: None,
            }
        };
    let edited = |edit: fn(f64) -> Edit| {
        let wish = desk.wish.clone();
        Callback::from(move |value| {
            if let Value::Number(n) = value {
                wish.emit(Wish::Do(Command::Edit(edit(n))));
            }
        })
    };
    let seed = RowProps {
        field: number(
            "seed",
            "Seed",
            "",
            "Where all luck comes from: the same seed is the same run",
            9_007_199_254_740_991.0,
            true,
        ),
        value: Value::Number(scenario.seed as f64),
        changed: edited(|n| Edit::Seed(n as u64)),
    };
    let length = RowProps {
        field: number(
            "length_s",
            "Length",
            "s",
            "How long a run lasts, in simulated time",
            Scenario::LENGTH_MAX.as_secs_f64(),
            false,
        ),
        value: Value::Number(scenario.length.as_secs_f64()),
        changed: edited(|n| Edit::Length(Span::from_nanos_f64(n * 1e9))),
    };
    let weight = RowProps {
        field: Field {
            kind: FieldKind::Number { min: 1.0, max: f64::from(Weight::MAX), default: 1.0, whole: true },
            ..number(
                "weight",
                "One request stands for",
                "",
                "How many real requests one simulated stands for; rates then say so, and the run stays the same",
                1.0,
                true,
            )
        },
        value: Value::Number(f64::from(scenario.weight.0)),
        changed: edited(|n| Edit::Weight(n as u32)),
    };
    let counted = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let boxes = counted(scenario.boxes.len(), "box", "boxes");
    let wires = counted(scenario.wires.len(), "wire", "wires");
    html! {
        <div class="inspector">
            <div class="inspector-head"><strong class="inspector-name">{ scenario.title.clone() }</strong></div>
            if !scenario.about.is_empty() { <p class="quiet">{ scenario.about.clone() }</p> }
            <p class="quiet">{ format!("{boxes}, {wires}. Select one to see its inside.") }</p>
            if scenario.weight != Weight::ONE {
                <p class="quiet">{ format!("Each request stands for {}: rates are to be read times that.", scenario.weight.grouped()) }</p>
            }
            <Findings />
            <details class="about">
                <summary>{ format!("Seed {}, {}, {}", scenario.seed, clock::length(scenario.length), checks(scenario.checks.len())) }</summary>
                <label class="about-text">
                    <span>{ "About" }</span>
                    <textarea rows="3" maxlength={Scenario::TEXT_MAX.to_string()} value={scenario.about.clone()} placeholder="What this design shows" onchange={described} />
                </label>
                <div class="fields"><NumberField ..seed /><NumberField ..length /><NumberField ..weight /></div>
                <Checks />
            </details>
            if !scenario.lesson.sources.is_empty() {
                <details class="about">
                    <summary>{ "Sources" }</summary>
                    <ul>{ for scenario.lesson.sources.iter().map(|source| html! { <li>{ source.clone() }</li> }) }</ul>
                </details>
            }
        </div>
    }
}
