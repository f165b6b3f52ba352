//! One Chromium with a profile of its own: scripts, input as a hand makes it, the browser's own protocol, what it logged.

use crate::seen;
use crate::things::wait;
use crate::wire::Wire;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::net::SocketAddr;

/// How large the window is, and what points into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// 1440 by 900, with a mouse.
    Desk,
    /// The same, with a record of what every thread does. It costs time and memory.
    Recorded,
    /// 390 by 844 as a telephone has it, with fingers.
    Phone,
}

/// What a Chromium without screen, sandbox and news from its maker wants.
const FLAGS: &[&str] = &[
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,1000",
    "--lang=en",
];

/// One Chromium.
pub struct Browser {
    wire: RefCell<Wire>,
    session: String,
    /// How large it is.
    pub shape: Shape,
}

/// A place in the window, in CSS pixels.
pub type Spot = (f64, f64);

/// One task of a page's own thread.
#[derive(Clone, Debug)]
pub struct Task {
    /// How long it took by the clock on the wall.
    pub wall_ms: f64,
    /// How long the processor worked on it: the rest of the time it worked for others.
    pub processor_ms: f64,
    /// Where in the browser it was posted.
    pub posted: String,
}

impl Task {
    fn read(event: &Value) -> Task {
        let ms = |name: &str| event[name].as_f64().map(|us| us / 1e3);
        let wall_ms = ms("dur").unwrap_or_default();
        let posted = format!("{} in {}", event["args"]["src_func"], event["args"]["src_file"]);
        Task { wall_ms, processor_ms: ms("tdur").unwrap_or(wall_ms), posted }
    }
}

impl Browser {
    pub(crate) fn open(driver: SocketAddr, shape: Shape) -> Browser {
        let mut options = json!({ "args": FLAGS });
        if let Some(program) = std::env::var_os("CHROME") {
            options["binary"] = program.to_string_lossy().into();
        }
        if shape == Shape::Phone {
            let metrics = json!({ "width": 390, "height": 844, "pixelRatio": 2, "touch": true, "mobile": true });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let mut logs = json!({ "browser": "ALL" });
        if shape == Shape::Recorded {
            logs["performance"] = "ALL".into();
            options["perfLoggingPrefs"] =
                json!({ "enableNetwork": false, "enablePage": false, "traceCategories": "toplevel,blink.user_timing" });
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": logs,
            "timeouts": { "script": 60_000, "pageLoad": 60_000 },
        } } });
        let mut wire = Wire::new(driver);
        let made = wire.ask("POST", "/session", &wanted).unwrap_or_else(|why| panic!("no browser: {why}"));
        let session = made["sessionId"].as_str().expect("a session has an id").to_owned();
        seen::opened(driver, &session);
        Browser { wire: RefCell::new(wire), session, shape }
    }

    /// A WebDriver command of this session.
    ///
    /// # Errors
    /// What the driver has against it.
    pub fn attempt(&self, method: &str, command: &str, body: &Value) -> Result<Value, String> {
        self.wire.borrow_mut().ask(method, &format!("/session/{}/{command}", self.session), body)
    }

    /// A WebDriver command of this session that has to work.
    #[track_caller]
    pub fn command(&self, method: &str, command: &str, body: &Value) -> Value {
        self.attempt(method, command, body).unwrap_or_else(|why| panic!("{why}"))
    }

    /// A command of the browser's own protocol.
    ///
    /// # Errors
    /// What the browser has against it.
    pub fn try_protocol(&self, command: &str, params: &Value) -> Result<Value, String> {
        self.attempt("POST", "goog/cdp/execute", &json!({ "cmd": command, "params": params }))
    }

    /// A command of the browser's own protocol that has to work.
    #[track_caller]
    pub fn protocol(&self, command: &str, params: &Value) -> Value {
        self.try_protocol(command, params).unwrap_or_else(|why| panic!("{command}: {why}"))
    }

    /// What the body of a function with `args` returns in the page.
    #[track_caller]
    pub fn script(&self, body: &str, args: Value) -> Value {
        self.command("POST", "execute/sync", &json!({ "script": body, "args": args }))
    }

    /// Goes to an address. One that differs in its fragment alone would not load anything, so that is made sure of.
    #[track_caller]
    pub fn go(&self, url: &str) {
        self.command("POST", "url", &json!({ "url": "about:blank" }));
        self.command("POST", "url", &json!({ "url": url }));
    }

    /// Loads the page again.
    #[track_caller]
    pub fn reload(&self) {
        self.command("POST", "refresh", &json!({}));
    }

    /// The errors that were logged since this was asked last: of scripts, of loading, of the content security policy.
    #[track_caller]
    pub fn errors(&self) -> Vec<String> {
        let log = self.command("POST", "se/log", &json!({ "type": "browser" }));
        let lines = log.as_array().cloned().unwrap_or_default();
        let is_bad = |line: &&Value| line["level"] == "SEVERE" || says_refused(line["message"].as_str().unwrap_or(""));
        lines.iter().filter(is_bad).map(|line| line["message"].as_str().unwrap_or("").to_owned()).collect()
    }

    /// What the page's own thread has done since this was asked last, one task after the other, where that is recorded.
    #[track_caller]
    pub fn tasks(&self) -> Vec<Task> {
        // Threads have numbers in the record; a mark tells which one is the page's, and that the record has come so far.
        let mark = format!("asked {}", self.script("return performance.now()", json!([])));
        self.script("performance.mark(arguments[0])", json!([mark]));
        let thread = |event: &Value| (event["pid"].as_u64(), event["tid"].as_u64());
        let mut events: Vec<Value> = Vec::new();
        let page = wait("the record of the page's thread", || {
            events.extend(self.recorded());
            events.iter().find(|event| event["name"] == mark.as_str()).map(thread)
        });
        let is_task = |event: &&Value| event["name"] == "ThreadControllerImpl::RunTask" && thread(event) == page;
        events.iter().filter(is_task).map(Task::read).collect()
    }

    fn recorded(&self) -> Vec<Value> {
        let log = self.command("POST", "se/log", &json!({ "type": "performance" }));
        let lines = log.as_array().into_iter().flatten().filter_map(|line| line["message"].as_str());
        let events = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        events.map(|mut event| event["message"]["params"].take()).collect()
    }

    /// Forgets everything that `url`'s site has kept.
    #[track_caller]
    pub fn forget(&self, url: &str) {
        self.command("POST", "url", &json!({ "url": "about:blank" }));
        let origin = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        self.protocol("Storage.clearDataForOrigin", &json!({ "origin": origin, "storageTypes": "all" }));
    }

    /// Moves whatever points along `path`, down at its first place and up at its last.
    #[track_caller]
    pub fn drag(&self, path: &[Spot]) {
        let kind = if self.shape == Shape::Phone { "touch" } else { "mouse" };
        let to = |(x, y): Spot, ms: u32| json!({ "type": "pointerMove", "duration": ms, "origin": "viewport", "x": x.round(), "y": y.round() });
        let mut deeds = vec![to(path[0], 0), json!({ "type": "pointerDown", "button": 0 })];
        deeds.extend(path[1..].iter().map(|spot| to(*spot, 20)));
        deeds.push(json!({ "type": "pointerUp", "button": 0 }));
        let pointer = json!({ "type": "pointer", "id": kind, "parameters": { "pointerType": kind }, "actions": deeds });
        self.command("POST", "actions", &json!({ "actions": [pointer] }));
    }

    /// Presses a place twice, as fast as a machine can.
    #[track_caller]
    pub fn press_twice(&self, (x, y): Spot) {
        let to = json!({ "type": "pointerMove", "duration": 0, "origin": "viewport", "x": x.round(), "y": y.round() });
        let press = [json!({ "type": "pointerDown", "button": 0 }), json!({ "type": "pointerUp", "button": 0 })];
        let deeds: Vec<Value> = std::iter::once(to).chain(press.clone()).chain(press).collect();
        let pointer =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": deeds });
        self.command("POST", "actions", &json!({ "actions": [pointer] }));
    }

    /// Strikes keys one after the other, all of them while `held` are down.
    #[track_caller]
    pub fn strike(&self, held: &[char], keys: &str) {
        let key = |way: &str, key: char| json!({ "type": way, "value": key.to_string() });
        let mut deeds: Vec<Value> = held.iter().map(|held| key("keyDown", *held)).collect();
        deeds.extend(keys.chars().flat_map(|struck| [key("keyDown", struck), key("keyUp", struck)]));
        deeds.extend(held.iter().rev().map(|held| key("keyUp", *held)));
        self.command("POST", "actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": deeds }] }));
    }
}

/// Some versions log a violation of the policy as a warning.
fn says_refused(message: &str) -> bool {
    message.contains("Content Security Policy")
}

impl Drop for Browser {
    fn drop(&mut self) {
        seen::closed(&self.session);
        let path = format!("/session/{}", self.session);
        // The driver that is already gone has taken its browsers with it.
        let _ = self.wire.borrow_mut().ask("DELETE", &path, &Value::Null);
    }
}

/// Keys that are no letters, as WebDriver writes them.
pub mod keys {
    #![allow(missing_docs, reason = "each is the key of its name")]
    pub const ENTER: char = '\u{E007}';
    pub const TAB: char = '\u{E004}';
    pub const SHIFT: char = '\u{E008}';
    pub const CONTROL: char = '\u{E009}';
    pub const ESCAPE: char = '\u{E00C}';
    pub const SPACE: char = ' ';
    pub const PAGE_UP: char = '\u{E00E}';
    pub const PAGE_DOWN: char = '\u{E00F}';
    pub const END: char = '\u{E010}';
    pub const HOME: char = '\u{E011}';
    pub const LEFT: char = '\u{E012}';
    pub const RIGHT: char = '\u{E014}';
    pub const DOWN: char = '\u{E015}';
    pub const DELETE: char = '\u{E017}';
    pub const F2: char = '\u{E032}';
}
