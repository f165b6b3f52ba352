//! Texts that a person wrote: any letters of any script, but bounded, and without characters that no screen shows.

use crate::problem::{Found, Path};

/// Line breaks are for free texts only; tabs and the other control characters are for none.
fn is_allowed(c: char, lines: bool) -> bool {
    !c.is_control() || (lines && c == '\n')
}

/// True when `text` may stand where it stands.
pub(crate) fn is_clean(text: &str, max: usize, lines: bool) -> bool {
    text.chars().take(max + 1).count() <= max && text.chars().all(|c| is_allowed(c, lines))
}

/// Says why `text` may not stand at `path`.
pub(crate) fn refuse(path: &Path<'_>, text: &str, max: usize, lines: bool, found: &mut Found) {
    if is_clean(text, max, lines) {
        return;
    }
    let length = text.chars().count();
    if length > max {
        found.error(path, format_args!("the text has {length} characters; it may have at most {max}"));
    }
    if let Some(c) = text.chars().find(|c| !is_allowed(*c, lines)) {
        let code = u32::from(c);
        found.error(path, format_args!("the text has the invisible character U+{code:04X} in it; take it out"));
    }
}

/// `text` cut to what may stand there.
pub(crate) fn clean(text: &str, max: usize, lines: bool) -> String {
    text.chars().filter(|c| is_allowed(*c, lines)).take(max).collect()
}
