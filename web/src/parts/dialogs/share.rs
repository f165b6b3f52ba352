//! Sharing: the link that holds everything, and the file.

use super::copying::{Copying, select_all};
use super::snippet::Snippet;
use crate::browser::address;
use crate::page::{Live, Wish, use_desk, use_moment};
use crate::paint::number;
use crate::state::{Same, clock};
use crate::talk::Shared;
use base::Time;
use yew::prelude::*;

/// Characters that chats and servers are known to take in one link.
const CHAT_MAX: usize = 2_000;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct ShareProps {
    /// The design, when the engine has written it.
    pub shared: Option<Same<Shared>>,
    /// The moment, for a picture of it.
    pub live: Same<Live>,
}

/// Sharing.
#[component]
pub fn Share(props: &ShareProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let (link_area, file_area) = (use_node_ref(), use_node_ref());
    let is_embedding = use_state(|| false);
    let Some(shared) = props.shared.clone() else {
        return html! { <p class="quiet" aria-busy="true">{ "Writing the link…" }</p> };
    };
    let link = format!("{}#s={}", address::base(), shared.payload);
    let save = {
        let wish = desk.wish.clone();
        move |_| wish.emit(Wish::Save)
    };
    let length = link.chars().count();
    // Browsers tell of an unfolding at the element alone, where listeners of components do not hear it.
    let unfold = {
        let is_embedding = is_embedding.clone();
        move |event: MouseEvent| {
            event.prevent_default();
            is_embedding.set(!*is_embedding);
        }
    };
    html! {
        <>
            <p>{ "Whoever opens this link sees the same run, to the last message." }</p>
            <textarea ref={link_area.clone()} class="link" readonly=true rows="3" aria-label="Link" value={link.clone()} onfocus={select_all} />
            <div class="row">
                <Copying text={link} label="Copy the link" done="The link is copied" area={link_area} class="primary" />
                <span class="grow" />
                <span class={classes!("quiet", (length > CHAT_MAX).then_some("is-long"))}>{ format!("{} characters", number::whole(length as u64)) }</span>
            </div>
            <p class="quiet">{ contents(&desk.document.scenario, moment.now()) }</p>
            <details open={*is_embedding}>
                <summary onclick={unfold}>{ "In a page of your own, or as a picture" }</summary>
                if *is_embedding { <Snippet payload={shared.payload.clone()} live={props.live.clone()} /> }
            </details>
            <details>
                <summary>{ "As a file" }</summary>
                <textarea class="file" readonly=true rows="10" ref={file_area.clone()} aria-label="File" value={shared.file.clone()} />
                <div class="row">
                    <button type="button" onclick={save}>{ "Save the file" }</button>
                    <Copying text={shared.file.clone()} label="Copy its text" done="The file's text is copied" area={file_area} />
                </div>
            </details>
        </>
    }
}

/// What the link holds, in words.
fn contents(scenario: &scenario::Scenario, now: Time) -> String {
    let many = |n: usize, one: &str, more: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {more}")),
    };
    let parts = [
        many(scenario.boxes.len(), "box", "boxes"),
        many(scenario.wires.len(), "wire", "wires"),
        many(scenario.faults.len(), "planned fault", "planned faults"),
        many(scenario.actions.len(), "action by hand", "actions by hand"),
        many(scenario.checks.len(), "check", "checks"),
        Some(format!("seed {}", scenario.seed)),
        Some(format!("the moment {}", clock::moment(now, false))),
    ];
    format!("It holds {}.", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}
