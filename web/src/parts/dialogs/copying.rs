//! A button that copies a text and says so. Where the browser does not let it, the field that holds the text is selected.

use crate::browser::clipboard;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct CopyingProps {
    /// What is copied.
    pub text: String,
    /// What the button says.
    pub label: &'static str,
    /// What is said when it is done.
    pub done: &'static str,
    /// The field that holds the text.
    pub area: NodeRef,
    /// How the button looks.
    #[prop_or_default]
    pub class: Classes,
}

/// A button that copies a text and says so.
#[component]
pub fn Copying(props: &CopyingProps) -> Html {
    let said = use_state(|| "");
    // What was said of another text is not said of this one.
    use_effect_with(props.text.clone(), {
        let said = said.clone();
        move |_| said.set("")
    });
    let onclick = {
        let (said, area, text, words) = (said.clone(), props.area.clone(), props.text.clone(), props.done);
        move |_| {
            let (said, area) = (said.clone(), area.clone());
            let done = Callback::from(move |is_done: bool| {
                said.set(if is_done { words } else { "The browser did not let it be copied: press Ctrl C" });
                if let (false, Some(area)) = (is_done, area.cast::<HtmlTextAreaElement>()) {
                    let _ = area.focus();
                    area.select();
                }
            });
            clipboard::copy(&text, done);
        }
    };
    html! {
        <>
            <button type="button" class={props.class.clone()} {onclick}>{ props.label }</button>
            <span role="status">{ *said }</span>
        </>
    }
}

/// Selects all of a field that gets the focus.
pub fn select_all(event: FocusEvent) {
    event.target_unchecked_into::<HtmlTextAreaElement>().select();
}
