//! Dialogs: the browser's own, so that focus stays in them, Escape closes them and the focus goes back to where it was.

mod copying;
mod finding;
mod help;
mod library;
mod share;
mod snippet;
mod unreadable;

use crate::page::{Dialog, Live, Preview, Wish, use_desk};
use crate::parts::icon::{self, icon};
use crate::state::Same;
use crate::talk::Shared;
use gloo_events::EventListener;
use help::Help;
use library::Library;
use share::Share;
use unreadable::UnreadableDialog;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct DialogsProps {
    /// Which is open.
    pub dialog: Option<Dialog>,
    /// The design as a link and a file, when it has come.
    pub shared: Option<Same<Shared>>,
    /// Designs of the library, to be drawn small.
    pub previews: Same<Vec<Preview>>,
    /// The id under which the open design is kept.
    pub kept: Option<u32>,
    /// The latest frame, for pictures.
    pub live: Same<Live>,
}

/// The dialog that is open.
#[component]
pub fn Dialogs(props: &DialogsProps) -> Html {
    match &props.dialog {
        None => Html::default(),
        Some(Dialog::Library) => {
            html! { <Modal title="Library" class="library"><Library previews={props.previews.clone()} kept={props.kept} /></Modal> }
        }
        Some(Dialog::Share) => {
            html! { <Modal title="Share" class="share"><Share shared={props.shared.clone()} live={props.live.clone()} /></Modal> }
        }
        Some(Dialog::Help) => html! { <Modal title="Keys" class="help-keys"><Help /></Modal> },
        Some(Dialog::Unreadable(what)) => {
            html! { <Modal title={what.heading.clone()} class="unreadable"><UnreadableDialog what={what.clone()} /></Modal> }
        }
    }
}

#[derive(PartialEq, Properties)]
struct ModalProps {
    title: AttrValue,
    class: &'static str,
    children: Html,
}

#[component]
fn Modal(props: &ModalProps) -> Html {
    let desk = use_desk();
    let node = use_node_ref();
    let close = {
        let wish = desk.wish.clone();
        Callback::from(move |()| wish.emit(Wish::Show(None)))
    };
    use_effect_with((), {
        let (node, close) = (node.clone(), close.clone());
        move |()| {
            let closed = node.cast::<HtmlDialogElement>().map(|dialog| {
                // It is not open yet, which is the only way this could fail.
                let _ = dialog.show_modal();
                // This event stays at its element, where listeners of components do not hear it.
                EventListener::new(&dialog, "close", move |_| close.emit(()))
            });
            move || drop(closed)
        }
    });
    let onclick = {
        let (close, node) = (close.clone(), node.clone());
        move |event: MouseEvent| {
            // A press beside the dialog's content is a press on its backdrop.
            let backdrop = node.get().map(web_sys::EventTarget::from);
            if event.target() == backdrop {
                close.emit(());
            }
        }
    };
    html! {
        <dialog ref={node} class={classes!("modal", props.class)} aria-label={props.title.clone()} {onclick}>
            <div class="modal-body">
                <div class="modal-head">
                    <h1>{ props.title.clone() }</h1>
                    <button type="button" class="bare" aria-label="Close" onclick={close.reform(|_: MouseEvent| ())}>{ icon(icon::CLOSE) }</button>
                </div>
                { props.children.clone() }
            </div>
        </dialog>
    }
}
