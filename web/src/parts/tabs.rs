//! The tabs at the bottom of a narrow page; each opens a sheet.

use crate::page::{Sheet, Wish, use_desk, use_moment};
use crate::parts::icon::{self, icon};
use check::Finding;
use yew::prelude::*;

/// The tabs.
#[component]
pub fn Tabs() -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let broken = moment.report.verdicts.iter().filter(|verdict| verdict.finding == Finding::Broken).count();
    let tab = |sheet: Sheet| {
        let is_open = desk.settings.sheet == Some(sheet);
        let wish = desk.wish.clone();
        let onclick = move |_| wish.emit(Wish::Sheet((!is_open).then_some(sheet)));
        let drawing = match sheet {
            Sheet::Boxes => icon::BOXES,
            Sheet::Inspect => icon::KNOBS,
            Sheet::Break => icon::BOLT,
            Sheet::Verdicts => icon::SCALES,
        };
        let badge = (sheet == Sheet::Verdicts && broken > 0).then(|| html! { <span class="badge">{ broken }</span> });
        html! {
            <button type="button" class="tab" aria-expanded={is_open.to_string()} aria-controls={format!("sheet-{}", sheet.slug())} {onclick}>
                { icon(drawing) }
                <span>{ sheet.title() }</span>
                { badge.unwrap_or_default() }
            </button>
        }
    };
    html! {
        <nav class="tabs" aria-label="Sheets">
            { for Sheet::ALL.into_iter().map(tab) }
        </nav>
    }
}
