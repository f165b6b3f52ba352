//! How fast a scenario runs in the page, with everything on: `page-speed [FILE [SECONDS]]`.
//!
//! The scenario is a file, standard input for `-`, or the model on which everything else is measured when nothing is said. It serves the built page, opens the file through a link in a headless Chromium at full speed, and counts simulated events over
//! so many seconds of the wall (5 if nothing is said) after a warm-up. One line of JSON comes out:
//! `{"events": 61234567, "seconds": 5.02, "events_per_second": 12197921, ...}`.

use browser_tests::browser::{Browser, Shape};
use browser_tests::driver::Driver;
use browser_tests::{links, serve};
use serde_json::{Value, json};

/// Before it counts, so that the optimising compiler has come.
const WARM_UP_S: f64 = 2.0;
const SECONDS: f64 = 5.0;
/// Length of the model in simulated seconds: more than any machine gets through.
const MODEL_S: f64 = 80_000.0;

/// Reads the counter at the moment at which it changes, so that a slow flag costs no precision; then again so much later.
const COUNT: &str = "
    const [wait_ms, done] = arguments, root = document.documentElement, after = performance.now() + wait_ms;
    const look = new MutationObserver(() => {
        const now_ms = performance.now();
        if (now_ms < after && root.dataset.state === 'running') return;
        look.disconnect();
        done({ now_ms, events: Number(root.dataset.events), now: Number(root.dataset.now), state: root.dataset.state });
    });
    look.observe(root, { attributes: true, attributeFilter: ['data-events', 'data-state'] });";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let text = words.first().map_or_else(|| bench::page_model(MODEL_S), |file| read(file));
    let seconds = words.get(1).map_or(SECONDS, |word| word.parse().unwrap_or_else(|error| panic!("{word:?}: {error}")));
    let url = format!("{}#s={}", serve("/"), links::of_file(&text));
    let driver = Driver::start();
    let browser = driver.browser(Shape::Desk);
    browser.open_page(&url);
    browser.hurry();
    browser.press("button", "Play");
    let from = count(&browser, WARM_UP_S);
    let to = count(&browser, seconds);
    println!("{}", measured(&from, &to));
    assert_eq!(to["state"], "running", "the run was over before the time was: give it a greater length");
}

fn read(file: &str) -> String {
    let text = if file == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    text.unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn count(browser: &Browser, seconds: f64) -> Value {
    browser.command("POST", "execute/async", &json!({ "script": COUNT, "args": [seconds * 1e3] }))
}

fn measured(from: &Value, to: &Value) -> Value {
    let passed = |name: &str| to[name].as_f64().unwrap_or(f64::NAN) - from[name].as_f64().unwrap_or(f64::NAN);
    let (events, seconds) = (passed("events"), passed("now_ms") / 1e3);
    json!({
        "events": events,
        "seconds": seconds,
        "events_per_second": (events / seconds).round(),
        "simulated_seconds_per_second": passed("now") / 1e9 / seconds,
    })
}
