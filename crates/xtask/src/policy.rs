//! What the built page must be, whatever the tool that built it thinks: free of code within the markup, under a content security
//! policy that forbids such code, and movable to any path of any host.

use crate::trouble::{Advise, Done, Trouble};
use std::path::Path;

/// What the policy must hold, at least. A link is input from a stranger: what gets past everything else meets this.
const POLICY: &[&str] =
    &["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "base-uri 'none'"];

/// Checks the page at `dist`.
pub fn check(dist: &Path) -> Done {
    let file = dist.join("index.html");
    let html =
        std::fs::read_to_string(&file).advise(file.display(), "build the page first: cargo xtask play --build-only")?;
    let flaws = flaws(&html);
    if flaws.is_empty() {
        return Ok(());
    }
    let what = format!("the built page is not as it must be:\n    {}", flaws.join("\n    "));
    Err(Trouble::new(what, "compare web/index.html, and pattern_script in Trunk.toml"))
}

fn flaws(html: &str) -> Vec<String> {
    let mut flaws = Vec::new();
    let tags = tags(html);
    let policy = tags
        .iter()
        .find(|tag| tag.to_ascii_lowercase().contains("http-equiv") && tag.contains("Content-Security-Policy"));
    for rule in POLICY {
        if !policy.is_some_and(|tag| tag.contains(rule)) {
            flaws.push(format!("its policy does not say {rule}"));
        }
    }
    for tag in &tags {
        let shown: String = tag.chars().take(120).collect();
        let name = tag.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let has = |attribute: &str| attributes(tag).iter().any(|(name, _)| name == attribute);
        if name == "script" && !has("src") || name == "style" || has("style") {
            flaws.push(format!("code or style within the markup, which the policy forbids: <{shown}>"));
        }
        if attributes(tag).iter().any(|(name, _)| name.starts_with("on")) {
            flaws.push(format!("a handler within the markup, which the policy forbids: <{shown}>"));
        }
        let is_address = |name: &str| matches!(name, "src" | "href" | "data-js" | "data-wasm");
        if attributes(tag)
            .iter()
            .any(|(name, value)| is_address(name) && (value.starts_with('/') || value.contains("://")))
        {
            flaws.push(format!("an address that holds on one host only: <{shown}>"));
        }
    }
    flaws
}

/// The insides of all opening tags. Good enough for a page of our own; it is no parser for strangers' markup.
fn tags(html: &str) -> Vec<&str> {
    let opening = |text: &&str| text.starts_with(|c: char| c.is_ascii_alphabetic());
    html.split('<').skip(1).filter(opening).map(|text| &text[..end(text)]).collect()
}

/// Where a tag ends: at the first `>` outside quotes.
fn end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// The names and values of a tag's attributes.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut rest = tag.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim_start();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let name: String = rest.chars().take_while(|c| !c.is_whitespace() && *c != '=').collect();
        rest = &rest[name.len()..];
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (inside, behind) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            (value, rest) = (inside, behind);
        } else if name.is_empty() {
            rest = &rest[1..];
        }
        found.push((name.to_ascii_lowercase(), value.to_owned()));
        rest = rest.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'self' \
                        'wasm-unsafe-eval'; style-src 'self'; base-uri 'none'\">";

    fn count(body: &str) -> usize {
        flaws(&format!("{HEAD}{body}")).len()
    }

    #[test]
    fn a_page_that_loads_everything_from_beside_it_is_fine() {
        let body = "<link rel=stylesheet href=./app.css><script type=module src=\"./boot.js\"></script><a href=\"#x\">x</a><p hidden>";
        assert_eq!(count(body), 0, "{:?}", flaws(&format!("{HEAD}{body}")));
    }

    #[test]
    fn a_page_without_its_policy_is_found() {
        assert_eq!(flaws("<!doctype html><p>").len(), POLICY.len());
        assert_eq!(flaws(&HEAD.replace("'wasm-unsafe-eval'", "'unsafe-inline'")).len(), 1);
    }

    #[test]
    fn code_within_the_markup_is_found() {
        assert_eq!(count("<script type=\"module\">import init from './app.js';</script>"), 1);
        assert_eq!(count("<style>p{}</style>"), 1);
        assert_eq!(count("<p style=\"color:red\">"), 1);
        assert_eq!(count("<p title='a > b' onclick=\"x()\">"), 1);
    }

    #[test]
    fn addresses_that_hold_on_one_host_only_are_found() {
        assert_eq!(count("<link href=/app.css>"), 1);
        assert_eq!(count("<script src=\"https://elsewhere/x.js\"></script>"), 1);
        assert_eq!(count("<meta name=boot data-js=\"/app.js\" data-wasm=\"./app.wasm\">"), 1);
    }
}
