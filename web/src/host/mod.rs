//! The worker: hosts the session, paces it, and answers the page.
//!
//! The rule: it works in slices of at most `BUDGET_MS` and lets messages in between them, so that whatever a person does takes
//! effect within a few milliseconds even while millions of events a second go by. Slices follow each other through a message
//! channel, because timers are clamped to 4 ms.

mod answer;
mod open;
mod wake;

use crate::talk::{Ask, Told, pack, unpack};
use answer::Sent;
use base::Span;
use gloo_events::EventListener;
use js_sys::Array;
use scenario::{Schema, Target, file, link};
use session::{Command, Session};
use std::cell::RefCell;
use std::rc::Rc;
use wake::{Next, Wake};
use wasm_bindgen::JsCast;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// How long one slice works, in milliseconds.
const BUDGET_MS: f64 = 12.0;
/// How long one call into the session should take; the number of its events follows from this.
const CALL_MS: f64 = 1.0;
/// Fewest events in one call.
const EVENTS_MIN: u32 = 256;
/// Most events in one call.
const EVENTS_MAX: u32 = 65_536;
/// Longest stretch of the host's time that counts as one, in milliseconds: a machine that slept does not catch up.
const GAP_MS_MAX: f64 = 250.0;
/// Pause between slices when there is nothing to do right now, in milliseconds.
const REST_MS: i32 = 6;

/// The session and what is known about what the page has.
pub struct Host {
    session: Session,
    schema: Schema,
    /// True while the run goes on by itself.
    going: bool,
    /// Events in the next call.
    events: u32,
    /// When the last slice began.
    began_ms: f64,
    /// True while the page waits for a frame.
    frame_wanted: bool,
    /// True when a frame would show something new.
    changed: bool,
    /// True when something was done since the design was looked at last.
    commanded: bool,
    /// Whose course the page follows, if any.
    watched: Option<Option<Target>>,
    /// What the page looks into, if anything.
    inside: Option<Target>,
    sent: Sent,
    /// A link that waits for its texts.
    waiting: Option<link::Decoded>,
}

/// Listens to the page from now on, for ever.
pub fn run() {
    std::panic::set_hook(Box::new(|info| tell(&Told::Trapped(info.to_string()))));
    let host = Rc::new(RefCell::new(Host::new()));
    let wake = Wake::new({
        let host = Rc::clone(&host);
        move || host.borrow_mut().slice()
    });
    let listener = EventListener::new(&scope(), "message", move |event| {
        let ask = event.dyn_ref::<MessageEvent>().and_then(|event| unpack::<Ask>(&event.data()));
        if let Some(ask) = ask {
            host.borrow_mut().asked(ask);
            wake.at(Next::Now);
        }
    });
    // The worker listens as long as it lives.
    listener.forget();
    tell(&Told::Ready(Session::schema()));
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn tell(told: &Told) {
    let buffer = pack(told);
    // Only a buffer that is already gone could be refused.
    let _ = scope().post_message_with_transfer(&buffer, &Array::of1(&buffer));
}

fn now_ms() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}

impl Host {
    fn new() -> Host {
        Host {
            session: Session::new(),
            schema: Session::schema(),
            going: false,
            events: EVENTS_MIN,
            began_ms: now_ms(),
            frame_wanted: false,
            changed: true,
            commanded: false,
            watched: None,
            inside: None,
            sent: Sent::default(),
            waiting: None,
        }
    }

    fn asked(&mut self, ask: Ask) {
        match ask {
            Ask::Command(command) => self.command(vec![command]),
            Ask::All(commands) => self.command(commands),
            Ask::Frame => self.frame_wanted = true,
            Ask::Watch(target) => {
                self.watched = Some(target);
                self.sent.series_due();
            }
            Ask::Unwatch => self.watched = None,
            Ask::History(target) => {
                self.inside = target;
                self.sent.series_due();
            }
            Ask::Open { text, source } => self.open_file(&text, source),
            Ask::OpenNew => self.open_new(),
            Ask::OpenLink(text) => self.open_link(text),
            Ask::Texts(file) => self.open_waiting(file),
            Ask::GoOn(go_on) => self.go_on(*go_on),
            Ask::Rescue(text) => self.rescue(&text),
            Ask::Share(selected) => self.share(selected),
            Ask::Save => tell(&Told::Saved(self.file())),
            Ask::Preview { slug, text } => {
                if let Ok(scenario) = file::read(&text, &self.schema) {
                    tell(&Told::Preview { slug, scenario });
                }
            }
        }
    }

    fn command(&mut self, commands: Vec<Command>) {
        let mut said = Vec::new();
        for command in commands {
            match self.session.handle(command) {
                Ok(sentences) => said.extend(sentences),
                Err(why) => {
                    tell(&Told::Refused(why));
                    break;
                }
            }
        }
        if !said.is_empty() {
            tell(&Told::Said(said));
        }
        if self.session.is_beyond_engine() {
            return self.outgrow(None);
        }
        self.stirred();
    }

    /// Something was done from outside: the run may go on now, and there is something new to see.
    fn stirred(&mut self) {
        if !self.going {
            self.began_ms = now_ms();
        }
        self.going = true;
        self.changed = true;
        self.commanded = true;
    }

    fn slice(&mut self) -> Next {
        let began = now_ms();
        let mut is_more = self.going;
        if self.going {
            self.session.pace(Span::from_millis_f64((began - self.began_ms).clamp(0.0, GAP_MS_MAX)));
            self.began_ms = began;
            self.changed = true;
        }
        let mut now = began;
        while is_more && now - began < BUDGET_MS {
            is_more = self.session.advance(self.events);
            let then = std::mem::replace(&mut now, now_ms());
            self.adapt(now - then);
        }
        self.deliver(now);
        match (self.going, is_more) {
            (true, true) => Next::Now,
            (true, false) => Next::Soon(REST_MS),
            (false, _) => self.sent.next(now),
        }
    }

    /// Makes calls that were over at once longer and slow ones shorter.
    fn adapt(&mut self, took_ms: f64) {
        if took_ms < CALL_MS / 2.0 {
            self.events = (self.events * 2).min(EVENTS_MAX);
        } else if took_ms > CALL_MS * 2.0 {
            self.events = (self.events / 2).max(EVENTS_MIN);
        }
    }
}
