//! What a reviewer would say of the design: under each rule its findings, each a press away from its place on the canvas.

use crate::page::{Desk, Wish, use_desk};
use crate::parts::icon::{self, icon};
use crate::state::Selection;
use crate::talk::Source;
use session::{Finding, Rule};
use yew::prelude::*;

/// What a reviewer would say of the design; nothing when that is nothing.
#[component]
pub fn Findings() -> Html {
    let desk = use_desk();
    let findings = &desk.document.findings;
    if findings.is_empty() {
        return Html::default();
    }
    let groups = findings.chunk_by(|a, b| a.rule == b.rule);
    html! {
        <>
            <h2>{ "Worth knowing" }</h2>
            <div class="findings">{ for groups.map(|group| of_rule(&desk, group)) }</div>
        </>
    }
}

fn of_rule(desk: &Desk, group: &[Finding]) -> Html {
    let rule = group[0].rule;
    html! {
        <details class="finding" key={rule.slug()}>
            <summary>{ rule.title() }<span class="chip">{ group.len() }</span></summary>
            <p class="quiet">{ rule.why() }</p>
            <ul class="lines">{ for group.iter().map(|finding| one(desk, finding)) }</ul>
            { shown_by(desk, rule) }
        </details>
    }
}

fn one(desk: &Desk, finding: &Finding) -> Html {
    let words = html! { <span><span>{ finding.what.clone() }</span><small class="quiet">{ finding.mend.clone() }</small></span> };
    let Some(target) = finding.on.as_ref().map(Selection::of) else { return html! { <li class="said">{ words }</li> } };
    let wish = desk.wish.clone();
    let onclick = move |_| wish.emit(Wish::Select(target.clone()));
    html! { <li><button type="button" class="line said" {onclick}>{ words }</button></li> }
}

/// A press away from the library's row that shows it, unless that is the design itself.
fn shown_by(desk: &Desk, rule: Rule) -> Html {
    let own = desk.document.scenario.slug.as_deref();
    let Some(slug) = rule.shown_by().filter(|slug| own != Some(slug.as_ref())) else { return Html::default() };
    let wish = desk.wish.clone();
    let onclick = move |_| wish.emit(Wish::Open(Source::Row(slug.to_string())));
    html! { <button type="button" class="text-button" {onclick}>{ icon(icon::PLAY) }{ "See it happen: open the row that shows it" }</button> }
}
