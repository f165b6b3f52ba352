//! Which element an event is about.
//!
//! Yew listens at the root of the page, so an event's own `currentTarget` is that root, wherever its listener stands.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement};

/// The innermost element that `selector` finds around the place where `event` happened.
#[must_use]
pub fn within(event: &Event, selector: &str) -> Option<HtmlElement> {
    let element = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    element.closest(selector).ok()??.dyn_into().ok()
}
