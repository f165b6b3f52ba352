//! The workbench as its user knows it: opening, playing, going to a moment; and the flags on the document's root that tell where
//! it stands.

use crate::browser::{Browser, keys};
use crate::things::{Thing, wait, wait_long};
use serde_json::{Value, json};
use std::time::Duration;

/// A run at full speed on a machine that others use too.
const A_WHOLE_RUN: Duration = Duration::from_secs(120);

/// Where the page stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// True when a design is open and drawn.
    pub is_ready: bool,
    /// `paused`, `running`, `seeking`, `finished` or `stopped`.
    pub state: String,
    /// The moment, in nanoseconds.
    pub now: u64,
    /// The digest of the run up to it.
    pub digest: String,
    /// Events up to it.
    pub events: u64,
    /// The design's revision.
    pub revision: u64,
    /// The revision that was kept last, if any was.
    pub kept: Option<u64>,
}

impl Flags {
    fn read(data: &Value) -> Flags {
        let text = |name: &str| data[name].as_str().unwrap_or("").to_owned();
        let number = |name: &str| text(name).parse().ok();
        Flags {
            is_ready: text("ready") == "true",
            state: text("state"),
            now: number("now").unwrap_or_default(),
            digest: text("digest"),
            events: number("events").unwrap_or_default(),
            revision: number("revision").unwrap_or_default(),
            kept: number("kept"),
        }
    }

    /// True when nothing goes on by itself.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        !self.state.is_empty() && !matches!(self.state.as_str(), "running" | "seeking")
    }

    /// Moment and digest, which belong together.
    #[must_use]
    pub fn moment(&self) -> (u64, String) {
        (self.now, self.digest.clone())
    }
}

impl Browser {
    /// The flags now.
    #[track_caller]
    pub fn flags(&self) -> Flags {
        let data = self.script(
            "const broken = document.getElementById('broken'); \
             return { ...document.documentElement.dataset, broken: broken && !broken.hidden ? broken.textContent : '' }",
            json!([]),
        );
        let broken = data["broken"].as_str().unwrap_or("");
        assert!(broken.is_empty(), "{}", broken.split_whitespace().collect::<Vec<_>>().join(" "));
        Flags::read(&data)
    }

    /// Waits for flags that are as they should be.
    #[track_caller]
    pub fn until(&self, what: &str, is: impl Fn(&Flags) -> bool) -> Flags {
        wait(what, || Some(self.flags()).filter(|flags| is(flags)))
    }

    /// Opens the page and waits for it to be ready.
    #[track_caller]
    pub fn open_page(&self, url: &str) -> Flags {
        self.go(url);
        self.until_ready()
    }

    /// Waits for the page to be ready.
    #[track_caller]
    pub fn until_ready(&self) -> Flags {
        self.until("the page to be ready", |flags| flags.is_ready && flags.revision > 0)
    }

    /// Begins an empty design through the menu.
    #[track_caller]
    pub fn begin_anew(&self) {
        self.press("button", "More");
        self.press("menuitem", "New design");
        self.find("heading", "An empty canvas");
    }

    /// Sets the speed to as fast as it goes.
    #[track_caller]
    pub fn hurry(&self) {
        self.press("radio", "As fast as it goes");
        wait("the fastest speed", || {
            self.look_for("radio", "As fast as it goes").filter(|radio| radio.state("checked") == "true")
        });
    }

    /// Lets the run go on to its end.
    #[track_caller]
    pub fn finish(&self) -> Flags {
        self.hurry();
        if self.flags().is_at_rest() {
            self.press("button", "Play…");
        }
        wait_long(A_WHOLE_RUN, "the end of the run", || Some(self.flags()).filter(|flags| flags.state == "finished"))
    }

    /// The line on which moments lie.
    #[track_caller]
    pub fn scrubber(&self) -> Thing {
        self.find("slider", "Moment")
    }

    /// Goes to the very start, by key.
    #[track_caller]
    pub fn go_to_start(&self) -> Flags {
        self.focus(&self.scrubber());
        self.strike(&[], &keys::HOME.to_string());
        self.until("the start of the run", |flags| flags.now == 0 && flags.is_at_rest())
    }

    /// Goes on by tenths of the run, by key.
    #[track_caller]
    pub fn go_on_by_tenths(&self, tenths: u64) -> Flags {
        let mut flags = self.flags();
        let length = self.on(&self.scrubber(), "function () { return Number(this.getAttribute('aria-valuemax')); }");
        let tenth = (length.as_f64().unwrap_or_default() * 1e8) as u64;
        for _ in 0..tenths {
            let to = flags.now + tenth;
            self.focus(&self.scrubber());
            self.strike(&[], &keys::PAGE_UP.to_string());
            flags = self.until("the moment a tenth later", |flags| flags.now == to && flags.is_at_rest());
        }
        flags
    }

    /// What the checks say, one text for each.
    #[track_caller]
    pub fn verdicts(&self) -> Vec<String> {
        let region = self.find("region", "Verdicts");
        let texts = self.on(
            &region,
            "function () { return [...this.querySelectorAll('[data-check]')].map(v => (v.querySelector('.words') ?? v).textContent); }",
        );
        texts.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(ToOwned::to_owned)).collect()
    }

    /// Waits for a verdict that says this.
    #[track_caller]
    pub fn verdict(&self, says: &str) -> String {
        wait(&format!("a verdict with {says:?}"), || self.verdicts().into_iter().find(|verdict| verdict.contains(says)))
    }

    /// The link to what is open, as the page writes it.
    #[track_caller]
    pub fn share(&self) -> String {
        self.press("button", "Share");
        let dialog = self.find("dialog", "Share");
        let field = self.find_in(&dialog, "textbox", "Link");
        let link = self.text_of(&field);
        self.press("button", "Close");
        self.gone("dialog", "Share");
        link
    }

    /// The names of the boxes on the canvas.
    #[must_use]
    pub fn boxes(&self) -> Vec<String> {
        let canvas = self.find("main", "Canvas");
        self.all_in(&canvas, "group").into_iter().map(|group| group.name).filter(|name| name != "View").collect()
    }

    /// Changes the title, by hand.
    #[track_caller]
    pub fn retitle(&self, title: &str) {
        self.press("button", "Title: …");
        self.write("Title", title);
        self.find("button", &format!("Title: {title}"));
    }

    /// Types a text into the field of this name, once it has the focus, and Enter.
    #[track_caller]
    pub fn write(&self, name: &str, text: &str) {
        wait(&format!("the field {name:?} to have the focus"), || {
            self.look_for("textbox", name).filter(|field| field.state("focused") == "true")
        });
        self.strike(&[], text);
        self.strike(&[], &keys::ENTER.to_string());
    }

    /// Waits until the browser keeps what is open.
    #[track_caller]
    pub fn until_kept(&self) -> Flags {
        self.until("the work to be kept", |flags| flags.kept == Some(flags.revision))
    }

    /// Strikes Tab until what has the focus is named so.
    #[track_caller]
    pub fn tab_to(&self, name: &str) -> Thing {
        let mut passed = Vec::new();
        for _ in 0..160 {
            self.strike(&[], &keys::TAB.to_string());
            if let Some(thing) = self.focused() {
                if crate::things::is_named(&thing.name, name) {
                    return thing;
                }
                passed.push(thing.name);
            }
        }
        panic!("Tab never came to {name:?}, only to {passed:?}");
    }
}
