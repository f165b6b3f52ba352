//! Letters between a figure and the page around it: strings of JSON, each with the version of the language, to and from one origin.
//!
//! ```text
//!   in:   {"faultline":1,"type":"play"}            pause, seek {seconds}, speed {speed}, load {row | link},
//!                                                  set {on, field, value}, inject {verb, on, amount, seconds}
//!   out:  {"faultline":1,"type":"ready"}           opened {title}, time {now, length, state}, verdict {check, on, finding, headline},
//!                                                  error {heading, why}, refused {why}
//! ```
//!
//! What comes from another origin or another window is dropped unread; so is what comes too often.

use base::{Span, Time};
use gloo_events::EventListener;
use js_sys::{JSON, Object, Reflect};
use scenario::{Field, FieldKind, Target, Value, Verb};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Window, window};

/// The version of the language.
const VERSION: f64 = 1.0;
/// Letters that are read in one second; more are dropped.
const LETTERS_MAX: u32 = 60;
/// Characters of a letter that is read: a link is the longest there is.
const LENGTH_MAX: u32 = 100_000;

/// What the page around asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Run.
    Play,
    /// Stand still.
    Pause,
    /// Go to a moment.
    Seek(Time),
    /// Simulated seconds a second; 0 is as fast as it goes.
    Speed(f64),
    /// Open what a fragment names: a row of the library, or a link.
    Load(String),
    /// Turn a knob. What the value means is the field's to say.
    Set(Target, String, Raw),
    /// Do something to the running system.
    Inject(Verb, Target, Option<f64>, Option<Span>),
}

/// A value as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// A number.
    Number(f64),
    /// The name of a choice.
    Name(String),
}

impl Raw {
    /// As a value of `field`, if it is one.
    #[must_use]
    pub fn of(&self, field: &Field) -> Option<Value> {
        let value = match (self, &field.kind) {
            (Raw::Number(number), FieldKind::Number { .. }) => Value::Number(*number),
            (Raw::Name(name), FieldKind::Choice { options, .. }) => {
                Value::Choice(options.iter().position(|option| option.name == *name)? as u8)
            }
            _ => return None,
        };
        field.accepts(&value).is_ok().then_some(value)
    }
}

/// Where letters go and come from.
pub struct Post {
    parent: Window,
    origin: String,
    _listener: EventListener,
}

impl Post {
    /// Letters to and from the page around, if it has this origin; nothing when there is no page around.
    #[must_use]
    pub fn with(origin: &str, mut got: impl FnMut(Order) + 'static) -> Option<Post> {
        let own = window()?;
        let parent = own.parent().ok()??;
        if parent == own {
            return None;
        }
        let (wanted, from) = (origin.to_string(), parent.clone());
        let (second, count) = (Cell::new(0.0), Cell::new(0));
        let listener = EventListener::new(&own, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            let is_parent = event.source().is_some_and(|source| JsValue::from(source) == JsValue::from(from.clone()));
            if !is_parent || event.origin() != wanted {
                return;
            }
            let now = crate::browser::page::now_ms();
            if now - second.get() > 1_000.0 {
                second.set(now);
                count.set(0);
            }
            count.set(count.get() + 1);
            if count.get() <= LETTERS_MAX
                && let Some(order) = event.data().dyn_into::<js_sys::JsString>().ok().and_then(|text| read(&text))
            {
                got(order);
            }
        });
        Some(Post { parent, origin: origin.to_string(), _listener: listener })
    }

    /// Tells the page around.
    pub fn tell(&self, kind: &str, entries: &[(&str, JsValue)]) {
        let letter = Object::new();
        let set = |name: &str, value: &JsValue| Reflect::set(&letter, &name.into(), value).is_ok();
        let whole = set("faultline", &VERSION.into())
            && set("type", &kind.into())
            && entries.iter().all(|(name, value)| set(name, value));
        if let (true, Ok(text)) = (whole, JSON::stringify(&letter)) {
            // A parent that is gone hears nothing more.
            let _ = self.parent.post_message(&text, &self.origin);
        }
    }
}

/// What a letter asks for; nothing when it is none of ours or makes no sense.
fn read(text: &js_sys::JsString) -> Option<Order> {
    if text.length() > LENGTH_MAX {
        return None;
    }
    let letter = JSON::parse(&String::from(text)).ok()?;
    let get = |name: &str| Reflect::get(&letter, &name.into()).ok();
    let number = |name: &str| get(name)?.as_f64().filter(|number| number.is_finite());
    let word = |name: &str| get(name)?.as_string();
    let span =
        |name: &str| number(name).filter(|n| (0.0..=1e6).contains(n)).map(|n| Span::from_millis_f64(n * 1_000.0));
    if number("faultline") != Some(VERSION) {
        return None;
    }
    match word("type")?.as_str() {
        "play" => Some(Order::Play),
        "pause" => Some(Order::Pause),
        "seek" => Some(Order::Seek(Time::ZERO + span("seconds")?)),
        "speed" => number("speed").filter(|speed| (0.0..=1e6).contains(speed)).map(Order::Speed),
        "load" => word("row").map(|row| format!("row={row}")).or_else(|| word("link")).map(Order::Load),
        "set" => {
            let value = number("value").map(Raw::Number).or_else(|| word("value").map(Raw::Name))?;
            Some(Order::Set(word("on")?.parse().ok()?, word("field")?, value))
        }
        "inject" => {
            let verb = Verb::from_slug(&word("verb")?)?;
            Some(Order::Inject(verb, word("on")?.parse().ok()?, number("amount"), span("seconds")))
        }
        _ => None,
    }
}
