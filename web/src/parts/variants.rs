//! The choices that a design offers: a row of buttons, of which the one is marked that the design's settings amount to.

use crate::page::use_desk;
use scenario::Variant;
use session::Edit;
use yew::prelude::*;

/// The variants of the design whose boxes and wires are all there.
#[component]
pub fn Variants() -> Html {
    let desk = use_desk();
    let scenario = &desk.document.scenario;
    let is_possible = |variant: &&Variant| {
        let has = |setting: &scenario::Setting| scenario.value(&desk.schema, &setting.on, &setting.field).is_some();
        variant.set.iter().all(has)
    };
    let variants: Vec<&Variant> = scenario.variants.iter().filter(is_possible).collect();
    if variants.is_empty() {
        return Html::default();
    }
    let is_current = |variant: &Variant| variant.is_set_in(scenario, &desk.schema);
    let button = |variant: &&Variant| {
        let current = is_current(variant);
        let (desk, name, set) = (desk.clone(), variant.name.clone(), variant.set.clone());
        let onclick = move |_| {
            if !current {
                desk.edit(Edit::Choose { name: name.clone(), set: set.clone() });
            }
        };
        html! {
            <button type="button" class="variant" aria-pressed={current.to_string()} title={variant.about.clone()} {onclick}>{ variant.name.clone() }</button>
        }
    };
    let about = variants.iter().find(|variant| is_current(variant)).map(|variant| variant.about.clone());
    html! {
        <div class="variants" role="group" aria-label="Variants of the design">
            <div class="variant-row">{ for variants.iter().map(button) }</div>
            if let Some(about) = about.filter(|about| !about.is_empty()) { <p class="quiet">{ about }</p> }
        </div>
    }
}
