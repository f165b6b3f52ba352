//! The document itself: its title, flags on its root for tests, who has the focus.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{
    CanvasRenderingContext2d, Element, Event, HtmlCanvasElement, HtmlElement, HtmlIFrameElement, KeyboardEvent, window,
};

fn root() -> Option<HtmlElement> {
    window()?.document()?.document_element()?.dyn_into().ok()
}

/// Sets `data-name` on the root element.
pub fn flag(name: &str, value: &str) {
    if let Some(root) = root() {
        // Only a name with capital letters could fail.
        let _ = root.set_attribute(&format!("data-{name}"), value);
    }
}

/// The title of the window.
pub fn title(text: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(text);
    }
}

/// Milliseconds since the page began, for measuring.
#[must_use]
pub fn now_ms() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// Milliseconds of the wall clock, for saying when something was saved.
#[must_use]
pub fn date_ms() -> f64 {
    js_sys::Date::now()
}

/// Device pixels for each CSS pixel.
#[must_use]
pub fn dpr() -> f64 {
    window().map_or(1.0, |window| window.device_pixel_ratio()).clamp(1.0, 3.0)
}

/// True while the document, or an element in it, has the focus: keys and the wheel are meant for it.
#[must_use]
pub fn has_focus() -> bool {
    window().and_then(|window| window.document()).is_some_and(|document| document.has_focus().unwrap_or(true))
}

/// The element that has the focus.
#[must_use]
pub fn focused() -> Option<Element> {
    window()?.document()?.active_element()
}

fn find(selector: &str) -> Option<HtmlElement> {
    window()?.document()?.query_selector(selector).ok()??.dyn_into().ok()
}

/// What tells this build of the page from every other: the name of its program, which carries its hash. Empty in a page that
/// `index.html` did not start.
#[must_use]
pub fn build() -> String {
    find("meta[name=boot]").and_then(|meta| meta.get_attribute("data-js")).unwrap_or_default()
}

/// Puts the focus on the first element that `selector` finds.
pub fn focus(selector: &str) {
    if let Some(element) = find(selector) {
        let _ = element.focus();
    }
}

/// True when `selector` finds something.
#[must_use]
pub fn has(selector: &str) -> bool {
    find(selector).is_some()
}

/// The upper edge, in the window, of the first element that `selector` finds and that lies over others.
#[must_use]
pub fn top_of(selector: &str) -> Option<f64> {
    let found = window()?.document()?.query_selector_all(selector).ok()?;
    let elements = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<HtmlElement>().ok());
    let is_over = |element: &HtmlElement| {
        let style = window().and_then(|window| window.get_computed_style(element).ok().flatten());
        style.is_some_and(|style| style.get_property_value("position").is_ok_and(|position| position == "fixed"))
    };
    elements
        .filter(|element| element.offset_height() > 0)
        .find(is_over)
        .map(|element| element.get_bounding_client_rect().top())
}

/// Takes the focus from whatever has it.
pub fn unfocus() {
    if let Some(Ok(element)) = focused().map(JsCast::dyn_into::<HtmlElement>) {
        let _ = element.blur();
    }
}

/// Where a key was pressed, for deciding whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Somebody is typing: keys are letters.
    Typing,
    /// In a dialog, which has keys of its own.
    Dialog,
    /// In the microscope, or anywhere while it covers the canvas.
    Inside,
    /// On a control that answers to Space, Enter or arrows.
    Control,
    /// On the canvas or nowhere.
    Canvas,
}

/// Where `event` happened.
#[must_use]
pub fn place_of(event: &Event) -> Where {
    let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return Where::Canvas;
    };
    let within = |selector: &str| element.closest(selector).ok().flatten().is_some();
    let is_dialog_open = || find("dialog[open]").is_some();
    let types = |kind: &str| !matches!(kind, "button" | "checkbox" | "radio" | "range" | "submit");
    let is_typing = match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => types(&element.get_attribute("type").unwrap_or_default()),
        _ => false,
    };
    if is_typing {
        Where::Typing
    } else if within("dialog") || is_dialog_open() {
        Where::Dialog
    } else if within(".stage-layer") {
        Where::Canvas
    } else if within("button, input, a, summary, [role=slider], [role=menu]") {
        Where::Control
    } else if find(".microscope").is_some() {
        Where::Inside
    } else {
        Where::Canvas
    }
}

/// Listens to keys anywhere in the page, until dropped.
#[must_use]
pub fn on_key(mut pressed: impl FnMut(&KeyboardEvent) + 'static) -> Option<EventListener> {
    let document = window()?.document()?;
    let options = EventListenerOptions::enable_prevent_default();
    let listener = EventListener::new_with_options(&document, "keydown", options, move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            pressed(event);
        }
    });
    Some(listener)
}

/// Listens to presses of a mouse, pen or finger (not of keys) anywhere in the page, until dropped.
#[must_use]
pub fn on_pointer_press(mut pressed: impl FnMut(&Element) + 'static) -> Option<EventListener> {
    let document = window()?.document()?;
    let listener = EventListener::new(&document, "click", move |event| {
        let is_by_pointer = event.dyn_ref::<web_sys::MouseEvent>().is_some_and(|event| event.detail() > 0);
        let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let (true, Some(element)) = (is_by_pointer, element) {
            pressed(&element);
        }
    });
    Some(listener)
}

/// Listens to an event of the window, until dropped.
#[must_use]
pub fn on_window(name: &'static str, mut happened: impl FnMut() + 'static) -> Option<EventListener> {
    let window = window()?;
    Some(EventListener::new(&window, name, move |_| happened()))
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Presses the element that `selector` finds.
pub fn click(selector: &str) {
    if let Some(element) = find(selector) {
        element.click();
    }
}

/// Shows the panel of last resort, which is plain HTML and needs nothing of ours: `why`, and `work` to be copied.
pub fn give_up(why: &str, work: &str) {
    let Ok(event) = web_sys::CustomEvent::new("faultline-broken") else { return };
    let detail = js_sys::Array::of2(&why.into(), &work.into());
    event.init_custom_event_with_can_bubble_and_cancelable_and_detail("faultline-broken", false, false, &detail);
    if let Some(window) = window() {
        let _ = window.dispatch_event(&event);
    }
}

/// Gives the focus to the element, of those that `selector` finds, that stands so many places to the right of and rows below the
/// one that has it.
pub fn focus_beside(selector: &str, (right, down): (i32, i32)) {
    let Some(found) = window().and_then(|window| window.document()?.query_selector_all(selector).ok()) else { return };
    let all: Vec<HtmlElement> = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect();
    let top = |element: &HtmlElement| element.get_bounding_client_rect().top();
    let columns = all.iter().take_while(|element| top(element) == top(&all[0])).count() as i32;
    let focused = focused();
    let now =
        all.iter().position(|element| focused.as_ref().is_some_and(|focused| element.is_same_node(Some(focused))));
    let next = now.and_then(|now| usize::try_from(now as i32 + right + down * columns).ok());
    if let Some(next) = next.and_then(|next| all.get(next)) {
        let _ = next.focus();
    }
}

/// Tells the figure in `frame`, which is of this page's own origin, to `play` or to `pause`.
pub fn order(frame: &HtmlIFrameElement, deed: &str) {
    let letter = format!("{{\"faultline\":1,\"type\":\"{deed}\"}}");
    if let Some(window) = frame.content_window() {
        // Fails only for an origin that is none.
        let _ = window.post_message(&letter.into(), &super::address::origin());
    }
}

/// A canvas that nobody sees, to measure texts with.
#[must_use]
pub fn ruler() -> Option<CanvasRenderingContext2d> {
    let canvas = window()?.document()?.create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// The element in which the page is put.
#[must_use]
pub fn place() -> Option<Element> {
    window()?.document()?.get_element_by_id("app")
}
