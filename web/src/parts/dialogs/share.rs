//! Sharing: the link that holds everything, and the file.

use crate::browser::{address, clipboard};
use crate::page::{Wish, use_desk, use_moment};
use crate::paint::number;
use crate::state::{Same, clock};
use crate::talk::Shared;
use base::Time;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// Characters that chats and servers are known to take in one link.
const CHAT_MAX: usize = 2_000;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct ShareProps {
    /// The design, when the engine has written it.
    pub shared: Option<Same<Shared>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Copied {
    No,
    Link,
    File,
    Refused,
}

/// Sharing.
#[component]
pub fn Share(props: &ShareProps) -> Html {
    let desk = use_desk();
    let moment = use_moment();
    let copied = use_state(|| Copied::No);
    let link_area = use_node_ref();
    let Some(shared) = props.shared.clone() else {
        return html! { <p class="quiet" aria-busy="true">{ "Writing the link…" }</p> };
    };
    let link = format!("{}#s={}", address::base(), shared.payload);
    let copy = |text: String, what: Copied| {
        let (copied, area) = (copied.clone(), link_area.clone());
        move |_: MouseEvent| {
            let (copied, area) = (copied.clone(), area.clone());
            let done = Callback::from(move |is_done: bool| {
                copied.set(if is_done { what } else { Copied::Refused });
                if let (false, Some(area)) = (is_done, area.cast::<HtmlTextAreaElement>()) {
                    let _ = area.focus();
                    area.select();
                }
            });
            clipboard::copy(&text, done);
        }
    };
    let select_all = |event: FocusEvent| event.target_unchecked_into::<HtmlTextAreaElement>().select();
    let said = match *copied {
        Copied::No => "",
        Copied::Link => "The link is copied",
        Copied::File => "The file's text is copied",
        Copied::Refused => "The browser did not let it be copied: press Ctrl C",
    };
    let save = {
        let wish = desk.wish.clone();
        move |_| wish.emit(Wish::Save)
    };
    let length = link.chars().count();
    html! {
        <>
            <p>{ "Whoever opens this link sees the same run, to the last message." }</p>
            <textarea ref={link_area.clone()} class="link" readonly=true rows="3" aria-label="Link" value={link.clone()} onfocus={select_all} />
            <div class="row">
                <button type="button" class="primary" onclick={copy(link, Copied::Link)}>{ "Copy the link" }</button>
                <span role="status">{ said }</span>
                <span class="grow" />
                <span class={classes!("quiet", (length > CHAT_MAX).then_some("is-long"))}>{ format!("{} characters", number::whole(length as u64)) }</span>
            </div>
            <p class="quiet">{ contents(&desk.document.scenario, moment.now()) }</p>
            <details>
                <summary>{ "As a file" }</summary>
                <textarea class="file" readonly=true rows="10" aria-label="File" value={shared.file.clone()} />
                <div class="row">
                    <button type="button" onclick={save}>{ "Save the file" }</button>
                    <button type="button" onclick={copy(shared.file.clone(), Copied::File)}>{ "Copy its text" }</button>
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
