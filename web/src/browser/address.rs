//! The page's address: what its fragment asks to be opened.

use web_sys::window;

/// What a fragment asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// A design that the link holds; the text is the whole fragment.
    Link(String),
    /// A row of the library, by slug.
    Row(String),
}

/// What `fragment` (with or without its `#`) asks for; nothing for an empty one.
#[must_use]
pub fn wanted(fragment: &str) -> Option<Wanted> {
    let text = fragment.trim_start_matches('#');
    if text.is_empty() {
        return None;
    }
    let is_slug =
        |slug: &str| !slug.is_empty() && slug.len() < 80 && slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match text.strip_prefix("row=") {
        Some(slug) if is_slug(slug) => Some(Wanted::Row(slug.to_string())),
        _ => Some(Wanted::Link(text.to_string())),
    }
}

/// The query of the address now, with its `?`.
#[must_use]
pub fn query() -> String {
    window().and_then(|window| window.location().search().ok()).unwrap_or_default()
}

/// The fragment of the address now.
#[must_use]
pub fn fragment() -> String {
    window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// The address without its fragment.
#[must_use]
pub fn base() -> String {
    let href = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_string()
}

/// Where the page lies, with its closing slash.
#[must_use]
pub fn home() -> String {
    let base = base();
    let path = base.split('?').next().unwrap_or_default();
    path.rsplit_once('/').map_or_else(String::new, |(home, _)| format!("{home}/"))
}

/// The page's origin.
#[must_use]
pub fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Writes `fragment` into the address (nothing: takes it out) without opening anything; with `step`, Back leads to what was there.
pub fn write(fragment: &str, step: bool) {
    let Some(history) = window().and_then(|window| window.history().ok()) else { return };
    let address = if fragment.is_empty() { base() } else { format!("{}#{fragment}", base()) };
    let null = wasm_bindgen::JsValue::NULL;
    // A browser that refuses (too many changes in a short time) leaves an address that is merely out of date.
    let _ = if step {
        history.push_state_with_url(&null, "", Some(&address))
    } else {
        history.replace_state_with_url(&null, "", Some(&address))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_is_a_link_unless_it_names_a_row() {
        assert_eq!(wanted(""), None);
        assert_eq!(wanted("#"), None);
        assert_eq!(wanted("#row=tiered-web"), Some(Wanted::Row("tiered-web".into())));
        assert_eq!(wanted("#s=AAAA"), Some(Wanted::Link("s=AAAA".into())));
        assert_eq!(wanted("#row=../../etc"), Some(Wanted::Link("row=../../etc".into())));
    }
}
