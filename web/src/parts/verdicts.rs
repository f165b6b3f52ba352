//! What the checks say, each with the records that show it; every record leads to its moment.

use crate::page::{Desk, Wish, use_desk, use_moment};
use crate::paint::number;
use crate::state::{Selection, clock};
use check::{Finding, Verdict};
use session::{Command, Edit};
use yew::prelude::*;

/// Records shown at first, and with every wish for more.
const PAGE: usize = 20;

/// What the checks say.
#[component]
pub fn Verdicts() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let verdicts = &moment.report.verdicts;
    let again = {
        let wish = desk.wish.clone();
        move |_| {
            // Any other seed will do; one of a million is easy to read and to type.
            let seed = (js_sys::Math::random() * 1e6) as u64;
            wish.emit(Wish::DoAll(vec![Command::Edit(Edit::Seed(seed)), Command::Play]));
        }
    };
    html! {
        <div class="verdicts">
            <div class="section-head">
                <h2>{ "Verdicts" }</h2>
                <span class="grow" />
                <button type="button" class="text-button" onclick={again} title="The same design and the same faults with other luck">{ "Run with another seed" }</button>
            </div>
            if verdicts.is_empty() {
                <p class="quiet">{ "There is nothing to judge yet" }</p>
            }
            <p class="hidden" role="status">{ broken(&desk, verdicts) }</p>
            <ul>
                { for verdicts.iter().map(|verdict| html! {
                    <Row key={format!("{}/{}", verdict.check, verdict.on)} verdict={verdict.clone()} on={desk.name_of(&verdict.on).to_string()} />
                }) }
            </ul>
        </div>
    }
}

/// What is broken, without figures, so that it is read out once and not with every change of a number.
fn broken(desk: &Desk, verdicts: &[Verdict]) -> String {
    let title = |verdict: &&Verdict| {
        desk.schema.checks.iter().find(|check| check.slug == verdict.check).map(|check| check.title.to_string())
    };
    let broken = verdicts.iter().filter(|verdict| verdict.finding == Finding::Broken);
    let names: Vec<String> =
        broken.filter_map(|verdict| Some(format!("{}, {}", title(&verdict)?, desk.name_of(&verdict.on)))).collect();
    if names.is_empty() { String::new() } else { format!("Broken: {}", names.join("; ")) }
}

#[derive(PartialEq, Properties)]
struct RowProps {
    verdict: Verdict,
    on: String,
}

#[component]
fn Row(props: &RowProps) -> Html {
    let desk = use_desk();
    let is_open = use_state(|| false);
    let shown = use_state(|| PAGE);
    let RowProps { verdict, on } = props;
    let (class, mark, word) = match verdict.finding {
        Finding::Holds => ("is-holding", "✓", "holds"),
        Finding::Broken => ("is-broken", "!", "broken"),
        Finding::Untold => ("is-untold", "?", "cannot be told yet"),
    };
    let has_evidence = !verdict.evidence.is_empty();
    let toggle = {
        let is_open = is_open.clone();
        move |_| is_open.set(!*is_open)
    };
    let more = {
        let shown = shown.clone();
        move |_| shown.set(*shown + PAGE * 5)
    };
    let list = format!("evidence-{}-{}", verdict.check, verdict.on);
    let left = verdict.evidence.len().saturating_sub(*shown);
    let unsent = verdict.evidence_total.saturating_sub(verdict.evidence.len() as u64);
    // What happened in a folded group is looked for there.
    let scenario = &desk.document.scenario;
    let folded = scenario.folded_over(&verdict.on).map(|at| scenario.groups[at].id.clone());
    let body = html! {
        <>
            <span class="mark" aria-hidden="true">{ mark }</span>
            <span class="words">
                <span class="headline"><span class="hidden">{ format!("{word}: ") }</span>{ verdict.headline.clone() }</span>
                <small>{ verdict.detail.clone() }<span class="of">{ format!(" · {on}") }</span></small>
            </span>
        </>
    };
    html! {
        <li class={classes!("verdict", class)} data-check={verdict.check.clone()}>
            if has_evidence {
                <button type="button" class="verdict-head" aria-expanded={is_open.to_string()} aria-controls={list.clone()} onclick={toggle}>
                    { body }
                    <span class="show">{ if *is_open { "hide" } else { "show" } }</span>
                </button>
            } else {
                <div class="verdict-head">{ body }</div>
            }
            if *is_open && has_evidence {
                <ol class="lines" id={list}>
                    { for verdict.evidence.iter().take(*shown).map(|piece| {
                        let (wish, at, hidden) = (desk.wish.clone(), piece.at, folded.clone());
                        let onclick = move |_| {
                            wish.emit(Wish::Do(Command::Seek(at)));
                            hidden.iter().for_each(|group| wish.emit(Wish::Select(Selection::Group(group.clone()))));
                        };
                        html! {
                            <li><button type="button" class="line" title="Go to this moment" {onclick}>
                                <time>{ clock::moment(at, false) }</time><span>{ piece.text.clone() }</span>
                            </button></li>
                        }
                    }) }
                </ol>
                if left > 0 {
                    <button type="button" class="text-button" onclick={more}>{ format!("{} more", number::whole(left as u64)) }</button>
                } else if unsent > 0 {
                    <p class="quiet">{ format!("and {} more", number::whole(unsent)) }</p>
                }
            }
        </li>
    }
}
