//! A text that becomes an input when it is pressed.

use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Its properties.
#[derive(PartialEq, Properties)]
pub struct InPlaceProps {
    /// What it is called, for those who do not see it.
    pub label: AttrValue,
    /// What stands there.
    pub value: AttrValue,
    /// What is shown, when it is not the value alone.
    #[prop_or_default]
    pub shown: Option<AttrValue>,
    /// Most characters.
    #[prop_or(60)]
    pub length_max: usize,
    /// True when it is being edited from outside: by a key, by a double click elsewhere.
    #[prop_or_default]
    pub is_open: bool,
    /// The text was changed.
    pub changed: Callback<String>,
    /// Editing is over, changed or not.
    #[prop_or_default]
    pub closed: Callback<()>,
    /// More classes.
    #[prop_or_default]
    pub class: Classes,
}

/// A text that becomes an input when it is pressed. Enter or leaving it changes the text, Escape leaves it as it was.
#[component]
pub fn InPlace(props: &InPlaceProps) -> Html {
    let is_open = use_state(|| false);
    let input = use_node_ref();
    let button = use_node_ref();
    let editing = *is_open || props.is_open;
    use_effect_with(editing, {
        let input = input.clone();
        move |editing| {
            if let (true, Some(element)) = (*editing, input.cast::<HtmlInputElement>()) {
                let _ = element.focus();
                element.select();
            }
        }
    });
    let close = {
        let (is_open, closed) = (is_open.clone(), props.closed.clone());
        move || {
            is_open.set(false);
            closed.emit(());
        }
    };
    let commit = {
        let (close, changed, input, before) =
            (close.clone(), props.changed.clone(), input.clone(), props.value.clone());
        move || {
            let text = input.cast::<HtmlInputElement>().map(|element| element.value()).unwrap_or_default();
            let text = text.trim().to_string();
            if !text.is_empty() && text != *before {
                changed.emit(text);
            }
            close();
        }
    };
    let onkeydown = {
        let (commit, close) = (commit.clone(), close.clone());
        move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => {
                event.prevent_default();
                commit();
            }
            "Escape" => {
                event.stop_propagation();
                close();
            }
            _ => {}
        }
    };
    if editing {
        html! {
            <input ref={input} class={classes!("in-place", "is-open", props.class.clone())} type="text" aria-label={props.label.clone()}
                value={props.value.clone()} maxlength={props.length_max.to_string()} autocomplete="off" spellcheck="false"
                {onkeydown} onblur={move |_| commit()} />
        }
    } else {
        let open = Callback::from(move |_: MouseEvent| is_open.set(true));
        html! {
            <button ref={button} class={classes!("in-place", props.class.clone())} type="button" onclick={open}
                aria-label={format!("{}: {}", props.label, props.value)} title={format!("Change {}", props.label.to_ascii_lowercase())}>
                { props.shown.clone().unwrap_or_else(|| props.value.clone()) }
            </button>
        }
    }
}
