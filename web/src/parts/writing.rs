//! Writing a note where it lies: several lines, plain text.

use scenario::Scenario;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct WritingProps {
    /// What stands there.
    pub text: AttrValue,
    /// It is done: with another text, or as it was.
    pub written: Callback<Option<String>>,
}

/// Several lines of text. Ctrl and Enter, or leaving it, keep what was written; Escape leaves it as it was.
#[component]
pub fn Writing(props: &WritingProps) -> Html {
    let area = use_node_ref();
    use_effect_with((), {
        let area = area.clone();
        move |()| {
            if let Some(element) = area.cast::<HtmlTextAreaElement>() {
                let _ = element.focus();
                element.select();
            }
        }
    });
    let keep = {
        let (area, written) = (area.clone(), props.written.clone());
        move || written.emit(area.cast::<HtmlTextAreaElement>().map(|element| element.value()))
    };
    let onkeydown = {
        let (keep, written) = (keep.clone(), props.written.clone());
        move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                keep();
            }
            "Escape" => {
                event.stop_propagation();
                written.emit(None);
            }
            _ => {}
        }
    };
    html! {
        <textarea ref={area} class="writing" aria-label="Note" value={props.text.clone()} maxlength={Scenario::NOTE_MAX.to_string()}
            {onkeydown} onblur={move |_| keep()} />
    }
}
