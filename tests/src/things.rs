//! Things on the page, found as a person finds them: by role and accessible name, as the browser computed both.

use crate::browser::{Browser, Spot};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long anything may take to come. Much longer than it takes: a busy machine must not fail a test.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(40);

/// One thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    node: i64,
    /// Its role, in ARIA's words.
    pub role: String,
    /// Its accessible name.
    pub name: String,
    /// Its value, of what has one.
    pub value: String,
    states: Vec<(String, String)>,
}

/// True when `name` is what `wanted` says: exactly, or with `…` at an end for whatever stands there.
#[must_use]
pub fn is_named(name: &str, wanted: &str) -> bool {
    match (wanted.strip_prefix('…'), wanted.strip_suffix('…')) {
        (Some(_), Some(_)) => name.contains(wanted.trim_matches('…')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == wanted,
    }
}

/// Looks again and again until there is something to see.
#[track_caller]
pub fn wait<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_long(PATIENCE, what, look)
}

/// Looks again and again until there is something to see, for as long as `patience`.
#[track_caller]
pub fn wait_long<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < end, "waited {} s in vain for {what}", patience.as_secs());
        std::thread::sleep(LOOK_AGAIN);
    }
}

impl Thing {
    fn read(node: &Value) -> Option<Thing> {
        let text = |value: &Value| match &value["value"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        if node["ignored"].as_bool() == Some(true) {
            return None;
        }
        let states = node["properties"].as_array().into_iter().flatten();
        let states =
            states.map(|state| (state["name"].as_str().unwrap_or("").to_owned(), text(&state["value"]))).collect();
        let name = text(&node["name"]).split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Thing {
            node: node["backendDOMNodeId"].as_i64()?,
            role: text(&node["role"]),
            name,
            value: text(&node["value"]),
            states,
        })
    }

    /// A state of it, such as `pressed`, `expanded`, `disabled`; empty when it has none of that name.
    #[must_use]
    pub fn state(&self, name: &str) -> &str {
        self.states.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// True when it cannot be used now.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.state("disabled") == "true"
    }
}

impl Browser {
    /// All things of a role, in the order of the page.
    #[must_use]
    pub fn all(&self, role: &str) -> Vec<Thing> {
        self.query(None, role)
    }

    /// All things of a role inside of another.
    #[must_use]
    pub fn all_in(&self, inside: &Thing, role: &str) -> Vec<Thing> {
        self.query(Some(inside.node), role)
    }

    fn query(&self, inside: Option<i64>, role: &str) -> Vec<Thing> {
        // A page that is just being replaced has no tree: there is nothing on it.
        let root = || {
            let document = self.try_protocol("DOM.getDocument", &json!({ "depth": 0 })).ok()?;
            document["root"]["backendNodeId"].as_i64()
        };
        let Some(root) = inside.or_else(root) else { return Vec::new() };
        let asked = json!({ "backendNodeId": root, "role": role });
        let found = self.try_protocol("Accessibility.queryAXTree", &asked).unwrap_or_default();
        found["nodes"].as_array().into_iter().flatten().filter_map(Thing::read).collect()
    }

    /// The first thing of this role and name, if it is there now.
    #[must_use]
    pub fn look_for(&self, role: &str, name: &str) -> Option<Thing> {
        self.all(role).into_iter().find(|thing| is_named(&thing.name, name))
    }

    /// The first thing of this role and name, as soon as it is there.
    #[track_caller]
    pub fn find(&self, role: &str, name: &str) -> Thing {
        wait(&format!("the {role} {name:?}"), || self.look_for(role, name))
    }

    /// The first thing of this role and name inside of another, as soon as it is there.
    #[track_caller]
    pub fn find_in(&self, inside: &Thing, role: &str, name: &str) -> Thing {
        let look = || self.all_in(inside, role).into_iter().find(|thing| is_named(&thing.name, name));
        wait(&format!("the {role} {name:?} in the {} {:?}", inside.role, inside.name), look)
    }

    /// Waits until nothing of this role and name is there.
    #[track_caller]
    pub fn gone(&self, role: &str, name: &str) {
        wait(&format!("the {role} {name:?} to go"), || self.look_for(role, name).is_none().then_some(()));
    }

    /// Calls a function on a thing's element.
    #[track_caller]
    pub fn on(&self, thing: &Thing, function: &str) -> Value {
        let resolved = self.protocol("DOM.resolveNode", &json!({ "backendNodeId": thing.node }));
        let call = json!({
            "objectId": resolved["object"]["objectId"],
            "functionDeclaration": function,
            "returnByValue": true,
        });
        let done = self.protocol("Runtime.callFunctionOn", &call);
        assert!(done.get("exceptionDetails").is_none(), "{function} failed: {done}");
        done["result"]["value"].clone()
    }

    /// Left, top, width and height of a thing, after bringing it into view.
    #[track_caller]
    pub fn place(&self, thing: &Thing) -> [f64; 4] {
        let rect = self.on(
            thing,
            "function () { this.scrollIntoView({ block: 'nearest', inline: 'nearest' }); \
             const r = this.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; }",
        );
        [0, 1, 2, 3].map(|at| rect[at].as_f64().unwrap_or_default())
    }

    /// The middle of a thing; it has to be what a hand would touch there.
    #[track_caller]
    pub fn middle(&self, thing: &Thing) -> Spot {
        let [left, top, width, height] = self.place(thing);
        assert!(width > 0.0 && height > 0.0, "the {} {:?} has no size", thing.role, thing.name);
        let spot = (left + width / 2.0, top + height / 2.0);
        let over = self.on(
            thing,
            "function () { const r = this.getBoundingClientRect(); \
             const e = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2); \
             return this === e || this.contains(e) || (e && this.labels && [...this.labels].some(l => l.contains(e))) ? '' \
             : e ? e.outerHTML.slice(0, 160) : 'nothing: it is outside of the window'; }",
        );
        let over = over.as_str().unwrap_or("");
        assert!(over.is_empty(), "the {} {:?} is covered by {over}", thing.role, thing.name);
        spot
    }

    /// Presses a thing with whatever points.
    #[track_caller]
    pub fn press_on(&self, thing: &Thing) {
        assert!(!thing.is_disabled(), "the {} {:?} is disabled", thing.role, thing.name);
        let spot = self.middle(thing);
        self.drag(&[spot]);
    }

    /// Presses the thing of this role and name as soon as it is there and can be used.
    #[track_caller]
    pub fn press(&self, role: &str, name: &str) {
        let ready = || self.look_for(role, name).filter(|thing| !thing.is_disabled());
        let thing = wait(&format!("the {role} {name:?}, ready to be pressed"), ready);
        self.press_on(&thing);
    }

    /// What has the focus.
    #[must_use]
    pub fn focused(&self) -> Option<Thing> {
        let evaluated =
            self.try_protocol("Runtime.evaluate", &json!({ "expression": "document.activeElement" })).ok()?;
        let asked = json!({ "objectId": evaluated["result"]["objectId"], "fetchRelatives": false });
        let tree = self.try_protocol("Accessibility.getPartialAXTree", &asked).ok()?;
        tree["nodes"].as_array()?.iter().find_map(Thing::read)
    }

    /// Gives the focus to a thing.
    #[track_caller]
    pub fn focus(&self, thing: &Thing) {
        self.protocol("DOM.focus", &json!({ "backendNodeId": thing.node }));
    }

    /// Chooses an option of a list by typing its first letters, as the keyboard does it.
    #[track_caller]
    pub fn choose(&self, list: &Thing, letters: &str) {
        self.focus(list);
        self.strike(&[], letters);
    }

    /// The text of a field.
    #[track_caller]
    pub fn text_of(&self, thing: &Thing) -> String {
        self.on(thing, "function () { return this.value ?? this.textContent; }").as_str().unwrap_or("").to_owned()
    }
}
