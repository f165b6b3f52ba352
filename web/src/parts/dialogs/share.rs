//! Sharing: the link that holds everything, and the file.

use crate::browser::{address, clipboard, files};
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
    Snippet,
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
        Copied::Snippet => "It is copied",
        Copied::Refused => "The browser did not let it be copied: press Ctrl C",
    };
    let save = {
        let wish = desk.wish.clone();
        move |_| wish.emit(Wish::Save)
    };
    let length = link.chars().count();
    let snippet = |name: &'static str, text: String, label: &'static str| {
        html! {
            <div class="snippet">
                <textarea class="file" readonly=true rows="2" aria-label={name} value={text.clone()} onfocus={select_all} />
                <button type="button" onclick={copy(text, Copied::Snippet)}>{ label }</button>
            </div>
        }
    };
    let picture = {
        let wish = desk.wish.clone();
        move |_| {
            if files::save_picture("design.png", ".stage-canvas").is_err() {
                wish.emit(Wish::Say("The browser did not save the picture".to_string()));
            }
        }
    };
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
                <summary>{ "In a page of your own" }</summary>
                <p class="quiet">{ "The figure runs in the post. Put a picture or words between the tags: they stand there until it comes." }</p>
                { snippet("Element", element(&shared.payload), "Copy the element") }
                { snippet("Frame", frame(&shared.payload, &desk.document.scenario.title), "Copy the frame") }
                { snippet("Markdown", markdown(&shared.payload, &desk.document.scenario.title), "Copy the Markdown") }
                <div class="row"><button type="button" onclick={picture}>{ "Save a picture of the canvas" }</button></div>
            </details>
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

/// Where the page lies, with its closing slash.
fn home() -> String {
    let base = address::base();
    let path = base.split('?').next().unwrap_or_default();
    path.rsplit_once('/').map_or_else(String::new, |(home, _)| format!("{home}/"))
}

/// The element of `embed.js`, with the script that makes it known.
fn element(payload: &str) -> String {
    format!(
        "<script defer src=\"{}embed.js\"></script>\n<faultline-figure link=\"s={payload}\" captions></faultline-figure>",
        home()
    )
}

/// A frame, for pages that take no scripts.
fn frame(payload: &str, title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<iframe src=\"{}?embed#s={payload}\" title=\"{title}\" width=\"100%\" height=\"480\" loading=\"lazy\"></iframe>",
        home()
    )
}

/// A picture that leads to the design, for places that take neither.
fn markdown(payload: &str, title: &str) -> String {
    let title: String = title.chars().filter(|c| !matches!(c, '[' | ']' | '\\')).collect();
    format!("[![{title}](design.png)]({}#s={payload})", home())
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
