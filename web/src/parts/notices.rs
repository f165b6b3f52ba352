//! Sentences that are shown for a while: what was refused, why a run starts over.

use crate::page::{Notice, Wish, use_desk};
use crate::parts::icon::{self, icon};
use gloo_timers::callback::Timeout;
use yew::prelude::*;

/// How long a sentence stays, in milliseconds, for each of its characters and at least.
const STAY_MS_PER_LETTER: u32 = 70;
const STAY_MS_MIN: u32 = 4_000;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct NoticesProps {
    /// The newest last.
    pub notices: Vec<Notice>,
}

/// The sentences, over the page's lower edge.
#[component]
pub fn Notices(props: &NoticesProps) -> Html {
    html! {
        <div class="notices" role="status" aria-live="polite">
            { for props.notices.iter().map(|notice| html! { <Line key={notice.id} notice={notice.clone()} /> }) }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct LineProps {
    notice: Notice,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let desk = use_desk();
    let Notice { id, text, is_bad } = props.notice.clone();
    let stay_ms = (text.chars().count() as u32 * STAY_MS_PER_LETTER).max(STAY_MS_MIN);
    use_effect_with(id, {
        let wish = desk.wish.clone();
        move |id| {
            let id = *id;
            let timer = Timeout::new(stay_ms, move || wish.emit(Wish::Dismiss(id)));
            move || drop(timer)
        }
    });
    let dismiss = move |_| desk.wish(Wish::Dismiss(id));
    html! {
        <div class={classes!("notice", is_bad.then_some("is-bad"))}>
            <span>{ text }</span>
            <button type="button" class="bare" aria-label="Dismiss" onclick={dismiss}>{ icon(icon::CLOSE) }</button>
        </div>
    }
}
