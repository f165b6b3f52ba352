//! The right-hand side: what is selected, how to break it, and what the checks say.

use crate::page::{Sheet, Wish, use_desk};
use crate::parts::breaking::Breaking;
use crate::parts::claims::Claims;
use crate::parts::icon::{self, icon};
use crate::parts::inspector::Inspector;
use crate::parts::log::Log;
use crate::parts::verdicts::Verdicts;
use yew::prelude::*;

/// The right-hand side. On a narrow page each of its parts is a sheet of its own.
#[component]
pub fn Side() -> Html {
    let desk = use_desk();
    let part = |sheet: Sheet, content: Html| {
        let wish = desk.wish.clone();
        let close = move |_| wish.emit(Wish::Sheet(None));
        html! {
            <section class={format!("sheet of-{}", sheet.slug())} id={format!("sheet-{}", sheet.slug())} aria-label={sheet.title()}>
                <button type="button" class="bare sheet-close" aria-label="Close the sheet" onclick={close}>{ icon(icon::CLOSE) }</button>
                { content }
            </section>
        }
    };
    html! {
        <aside class="side" aria-label="Selection and verdicts">
            { part(Sheet::Inspect, html! { <Inspector /> }) }
            { part(Sheet::Break, html! { <Breaking /> }) }
            { part(Sheet::Verdicts, html! { <><Verdicts /><Claims /><Log /></> }) }
        </aside>
    }
}
