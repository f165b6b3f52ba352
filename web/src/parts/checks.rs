//! What is judged: the checks of the design, each with its bound; or whatever applies to the boxes.

use crate::page::{Desk, Wish, use_desk};
use crate::paint::number;
use crate::parts::icon::{self, icon};
use crate::state::entry;
use scenario::{Applies, CheckSpec, Scenario};
use session::{Command, Edit};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// What is judged.
#[component]
pub fn Checks() -> Html {
    let desk = use_desk();
    let checks = &desk.document.scenario.checks;
    let set = {
        let wish = desk.wish.clone();
        Callback::from(move |checks| wish.emit(Wish::Do(Command::Edit(Edit::Checks(checks)))))
    };
    let may_be_asked = askable(&desk);
    html! {
        <div class="checks">
            <h2>{ "Checks" }</h2>
            if checks.is_empty() {
                <p class="quiet">{ "Whatever applies to the boxes is judged. Add a check to choose for yourself." }</p>
            }
            <ul>{ for checks.iter().enumerate().map(|(at, check)| row(&desk, checks, at, check, &set)) }</ul>
            if !may_be_asked.is_empty() && checks.len() < Scenario::CHECKS_MAX {
                { adder(&desk, checks, may_be_asked, &set) }
            }
        </div>
    }
}

/// Every check that may be asked of a box and is not.
fn askable(desk: &Desk) -> Vec<CheckSpec> {
    let scenario = &desk.document.scenario;
    let of_box = |placed: &scenario::Placed| {
        let applies = |check: &&Applies| check.kinds.iter().any(|kind| *kind == placed.kind);
        let spec = |check: &Applies| CheckSpec {
            check: check.slug.to_string(),
            on: placed.id.clone(),
            bound: check.bound.as_ref().map(|(_, default)| *default),
        };
        desk.schema.checks.iter().filter(applies).map(spec).collect::<Vec<_>>()
    };
    let is_asked =
        |spec: &CheckSpec| scenario.checks.iter().any(|asked| asked.check == spec.check && asked.on == spec.on);
    scenario.boxes.iter().flat_map(of_box).filter(|spec| !is_asked(spec)).collect()
}

fn applies<'a>(desk: &'a Desk, check: &CheckSpec) -> Option<&'a Applies> {
    desk.schema.checks.iter().find(|applies| applies.slug == check.check)
}

fn row(desk: &Desk, checks: &[CheckSpec], at: usize, check: &CheckSpec, set: &Callback<Vec<CheckSpec>>) -> Html {
    let spec = applies(desk, check);
    let title = spec.map_or(check.check.clone(), |spec| spec.title.to_string());
    let remove = {
        let (checks, set) = (checks.to_vec(), set.clone());
        move |_| {
            let mut checks = checks.clone();
            checks.remove(at);
            set.emit(checks);
        }
    };
    let bound = spec.and_then(|spec| spec.bound.as_ref()).map(|(unit, default)| {
        let (checks, set, wish, unit_of) = (checks.to_vec(), set.clone(), desk.wish.clone(), unit.to_string());
        let onchange = move |event: Event| match entry::number(&event.target_unchecked_into::<HtmlInputElement>().value(), &unit_of) {
            Ok(bound) => {
                let mut checks = checks.clone();
                checks[at].bound = Some(bound);
                set.emit(checks);
            }
            Err(why) => wish.emit(Wish::Say(why)),
        };
        html! {
            <span class="entry">
                <input type="text" inputmode="decimal" aria-label={format!("Bound of {title}")} value={check.bound.unwrap_or(*default).to_string()} {onchange} />
                <span class="unit">{ unit.to_string() }</span>
            </span>
        }
    });
    html! {
        <li class="field">
            <label title={spec.map_or(String::new(), |spec| spec.help.to_string())}>{ format!("{title} · {}", desk.name_of(&check.on)) }</label>
            { bound.unwrap_or_default() }
            <button type="button" class="bare" aria-label={format!("Remove the check {title}")} onclick={remove}>{ icon(icon::CLOSE) }</button>
        </li>
    }
}

fn adder(desk: &Desk, checks: &[CheckSpec], may_be_asked: Vec<CheckSpec>, set: &Callback<Vec<CheckSpec>>) -> Html {
    let title = |spec: &CheckSpec| {
        let applies = applies(desk, spec);
        let bound = applies
            .and_then(|check| check.bound.as_ref())
            .map(|(unit, n)| format!(" ({})", number::with_unit(*n, unit)));
        format!(
            "{}{} · {}",
            applies.map_or("", |check| &check.title),
            bound.unwrap_or_default(),
            desk.name_of(&spec.on)
        )
    };
    let options: Vec<Html> = may_be_asked.iter().map(|spec| html! { <option>{ title(spec) }</option> }).collect();
    let (checks, set) = (checks.to_vec(), set.clone());
    let onchange = move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        let chosen = usize::try_from(select.selected_index() - 1).ok().and_then(|at| may_be_asked.get(at).cloned());
        select.set_selected_index(0);
        if let Some(spec) = chosen {
            let mut checks = checks.clone();
            checks.push(spec);
            set.emit(checks);
        }
    };
    html! { <select class="adder" aria-label="Add a check" {onchange}><option>{ "Add a check…" }</option>{ for options }</select> }
}
