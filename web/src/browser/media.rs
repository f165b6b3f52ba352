//! What the person asked of their whole machine: dark or light, motion or none; and the choice made for this page.

use gloo_events::EventListener;
use web_sys::{MediaQueryList, window};
use yew::Callback;

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shade {
    /// As the machine says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Shade {
    /// All of them, in the order of the menu.
    pub const ALL: [Shade; 3] = [Shade::System, Shade::Light, Shade::Dark];

    /// Its name, as it is kept and as the style sheet knows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Shade::System => "system",
            Shade::Light => "light",
            Shade::Dark => "dark",
        }
    }

    /// The shade of that name; the machine's for any other.
    #[must_use]
    pub fn named(name: &str) -> Shade {
        Shade::ALL.into_iter().find(|shade| shade.name() == name).unwrap_or_default()
    }
}

const DARK: &str = "(prefers-color-scheme: dark)";
const STILL: &str = "(prefers-reduced-motion: reduce)";
/// Where the page becomes a single column with sheets; the style sheets say the same.
const NARROW: &str = "(max-width: 699px)";

fn query(text: &str) -> Option<MediaQueryList> {
    window()?.match_media(text).ok()?
}

fn matches(text: &str) -> bool {
    query(text).is_some_and(|query| query.matches())
}

/// True when the person wants no motion beyond what carries meaning.
#[must_use]
pub fn wants_stillness() -> bool {
    matches(STILL)
}

/// True when the page is as narrow as a phone.
#[must_use]
pub fn is_narrow() -> bool {
    matches(NARROW)
}

/// True when `shade` comes out dark.
#[must_use]
pub fn is_dark(shade: Shade) -> bool {
    match shade {
        Shade::System => matches(DARK),
        other => other == Shade::Dark,
    }
}

/// Calls back whenever one of the machine's wishes changes, until dropped.
#[derive(Debug)]
pub struct Watch {
    _listeners: Vec<EventListener>,
}

impl Watch {
    /// Watches.
    #[must_use]
    pub fn new(changed: Callback<()>) -> Watch {
        let listen = |text: &&str| {
            let changed = changed.clone();
            query(text).map(|query| EventListener::new(&query, "change", move |_| changed.emit(())))
        };
        Watch { _listeners: [DARK, STILL, NARROW].iter().filter_map(listen).collect() }
    }
}
