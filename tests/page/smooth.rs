//! The page stays at hand while the engine goes as fast as it can.

use crate::World;
use browser_tests::browser::{Browser, keys};
use browser_tests::{dist, links};
use serde_json::{Value, json};
use std::fmt::Write;

/// No task of the page's own thread may take longer; it is also what browsers call a long task.
const TASK_MS_MAX: f64 = 50.0;
/// A page that holds things up does so in every window; a machine that others use does it now and then.
const WINDOWS: usize = 4;
/// Things a person does in one window.
const DEEDS: usize = 12;

/// Notes tasks and how long input waits, from now on.
const WATCH: &str = "
    window.tasks = []; window.inputs = [];
    new PerformanceObserver(list => tasks.push(...list.getEntries().map(t => ({ start: t.startTime, ms: t.duration,
        by: (t.attribution ?? []).map(a => [a.name, a.containerType, a.containerName, a.containerSrc].filter(Boolean).join(' ')).join(', ') })
    ))).observe({ type: 'longtask', buffered: true });
    new PerformanceObserver(list => inputs.push(...list.getEntries().map(e => ({ name: e.name, start: e.startTime,
        wait: e.processingStart - e.startTime, work: e.processingEnd - e.processingStart, ms: e.duration })
    ))).observe({ type: 'event', buffered: true, durationThreshold: 16 });";

/// What was noted since a moment of the page's clock.
const SINCE: &str = "
    const since = arguments[0];
    return { tasks: tasks.filter(t => t.start >= since), inputs: inputs.filter(e => e.start >= since) };";

pub fn nothing_holds_the_page_up_at_full_speed(world: &mut World) {
    let file = std::fs::read_to_string(dist().join("scenarios/newsfeed.json")).expect("the library is there");
    // Long enough to go on for as long as anybody looks.
    let file = file.replacen("\"length\": \"60s\"", "\"length\": \"3600s\"", 1);
    let url = format!("{}#s={}", world.url, links::of_file(&file));
    let page = world.browser();
    page.open_page(&url);
    page.hurry();
    page.press("button", "Play");
    page.until("the run to be well under way", |flags| flags.events > 1_000_000);
    page.script(WATCH, json!([]));
    let mut seen = String::new();
    for window in 1..=WINDOWS {
        let (tasks, inputs) = watched(page);
        assert_eq!(page.flags().state, "running", "it runs all the time");
        let waits = sorted(&inputs, "wait");
        let all = sorted(&inputs, "ms");
        let _ = writeln!(
            seen,
            "window {window}: {} long tasks {tasks:?}; {} inputs, waiting {:.0} ms (at most {:.0}), until painted {:.0} ms (at most {:.0})",
            tasks.len(),
            waits.len(),
            middle(&waits),
            waits.last().copied().unwrap_or(0.0),
            middle(&all),
            all.last().copied().unwrap_or(0.0),
        );
        if tasks.is_empty() {
            print!("{seen}");
            return;
        }
    }
    panic!("tasks of more than {TASK_MS_MAX} ms on the page's own thread in every window:\n{seen}");
}

/// What was noted while a person looks around and selects things: tasks too long with where they come from, and inputs.
fn watched(page: &Browser) -> (Vec<String>, Vec<Value>) {
    let since = page.script("return performance.now()", json!([]));
    let [left, top, width, height] = page.place(&page.find("main", "Canvas"));
    let boxes = ["posts, Leader…", "authors, Clients…", "fan-out, Queue…"];
    let spots: Vec<_> = boxes.iter().filter_map(|name| page.look_for("button", name)).map(|thing| page.middle(&thing)).collect();
    for deed in 0..DEEDS {
        match deed % 4 {
            0 | 1 => page.drag(&[spots[deed % spots.len()]]),
            2 => {
                let from = (left + width * 0.5, top + height * 0.96);
                let path: Vec<_> = (0..8).map(|step| (from.0 + f64::from(step) * 4.0, from.1 - f64::from(step) * 2.0)).collect();
                page.drag(&path);
                let back: Vec<_> = path.into_iter().rev().collect();
                page.drag(&back);
            }
            _ => page.strike(&[], &keys::ESCAPE.to_string()),
        }
    }
    let seen = page.script(SINCE, json!([since]));
    let tasks = seen["tasks"].as_array().cloned().unwrap_or_default();
    let told = |task: &Value| format!("{} ms by {}", task["ms"], task["by"].as_str().unwrap_or("?"));
    let tasks = tasks.iter().filter(|task| task["ms"].as_f64().is_some_and(|ms| ms > TASK_MS_MAX)).map(told).collect();
    (tasks, seen["inputs"].as_array().cloned().unwrap_or_default())
}

fn sorted(inputs: &[Value], name: &str) -> Vec<f64> {
    let mut values: Vec<f64> = inputs.iter().filter_map(|input| input[name].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn middle(values: &[f64]) -> f64 {
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
