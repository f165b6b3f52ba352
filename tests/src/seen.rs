//! What was seen when a test failed: each open page's flags, its accessible tree, a picture, and what it logged.

use crate::links::decoded;
use crate::wire::Wire;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

thread_local! {
    static OPEN: RefCell<Vec<(SocketAddr, String)>> = const { RefCell::new(Vec::new()) };
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Lines of a tree that are printed: enough for the part of the page that a test is about.
const LINES_MAX: usize = 150;
/// Letters of a logged message that are printed.
const LETTERS_MAX: usize = 600;

pub(crate) fn opened(driver: SocketAddr, session: &str) {
    OPEN.with_borrow_mut(|open| open.push((driver, session.to_owned())));
}

pub(crate) fn closed(session: &str) {
    OPEN.with_borrow_mut(|open| open.retain(|(_, known)| known != session));
}

/// The test that runs now, which names the pictures.
pub fn running(name: &str) {
    NAME.set(name.replace("::", "-"));
}

/// Where pictures go.
#[must_use]
pub fn folder() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target");
    std::env::var_os("CARGO_TARGET_DIR").map_or(root, PathBuf::from).join("browser-tests")
}

/// What every open page of this thread shows; nothing of it can panic, because it is asked for by a panic.
#[must_use]
pub fn on_panic() -> String {
    let open = OPEN.with_borrow(Clone::clone);
    let name = NAME.with_borrow(Clone::clone);
    let mut said = String::new();
    for (at, (driver, session)) in open.iter().enumerate() {
        let mut wire = Wire::new(*driver);
        let mut ask = |method: &str, command: &str, body: Value| {
            wire.ask(method, &format!("/session/{session}/{command}"), &body)
        };
        let script =
            "return location.href.slice(0, 300) + ' ' + JSON.stringify({ ...document.documentElement.dataset })";
        let flags = ask("POST", "execute/sync", json!({ "script": script, "args": [] }));
        let _ = writeln!(said, "page {at}: {}", flags.unwrap_or_else(Value::String).as_str().unwrap_or(""));
        let log = ask("POST", "se/log", json!({ "type": "browser" })).unwrap_or_default();
        for line in log.as_array().into_iter().flatten().filter(|line| line["level"] == "SEVERE").take(20) {
            let message: String = line["message"].as_str().unwrap_or("").chars().take(LETTERS_MAX).collect();
            let _ = writeln!(said, "  logged: {message}");
        }
        let tree = ask("POST", "goog/cdp/execute", json!({ "cmd": "Accessibility.getFullAXTree", "params": {} }));
        said += &tree.map_or_else(|why| why, |tree| outline(&tree));
        let picture = ask("GET", "screenshot", Value::Null);
        let file = folder().join(format!("{name}-{at}.png"));
        let bytes = picture.ok().and_then(|picture| picture.as_str().map(decoded));
        let kept = bytes
            .is_some_and(|bytes| std::fs::create_dir_all(folder()).and_then(|()| std::fs::write(&file, bytes)).is_ok());
        let _ = writeln!(said, "  picture: {}", if kept { file.display().to_string() } else { "none".to_owned() });
    }
    said
}

/// The tree as indented lines of role, name and value; what says nothing is left out.
fn outline(tree: &Value) -> String {
    let nodes: HashMap<&str, &Value> = tree["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|node| Some((node["nodeId"].as_str()?, node)))
        .collect();
    let root = nodes.values().find(|node| node["parentId"].is_null()).and_then(|node| node["nodeId"].as_str());
    let mut lines = Vec::new();
    let mut open: Vec<(&str, usize)> = root.into_iter().map(|root| (root, 0)).collect();
    while let Some((id, depth)) = open.pop() {
        let Some(node) = nodes.get(id) else { continue };
        let line = line(node);
        let below = depth + usize::from(line.is_some());
        lines.extend(line.map(|line| format!("  {}{line}\n", "  ".repeat(depth))));
        let children = node["childIds"].as_array().into_iter().flatten().filter_map(Value::as_str);
        open.extend(children.rev().map(|child| (child, below)));
    }
    let left = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    lines.concat() + &if left > 0 { format!("  and {left} more\n") } else { String::new() }
}

/// What one thing of the tree says, if it says anything that its surroundings do not.
fn line(node: &Value) -> Option<String> {
    let text = |name: &str| match &node[name]["value"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let (role, name, value) = (text("role"), text("name"), text("value"));
    let is_part =
        matches!(role.as_str(), "none" | "generic" | "InlineTextBox" | "LabelText" | "MenuListPopup" | "ListMarker");
    let says = !matches!(role.as_str(), "StaticText" | "strong" | "paragraph" | "Figcaption") || !name.is_empty();
    let is_said = node["ignored"].as_bool() != Some(true) && !is_part && says;
    is_said.then(|| format!("{role} {name:?}{}", if value.is_empty() { value } else { format!(" = {value}") }))
}
