//! The page stays at hand while the engine goes as fast as it can.
//!
//! How long the page's own thread was busy is counted in the processor's time: on a machine that others use, a task takes longer by
//! the wall only because it has to wait in the middle. Both are printed.

use crate::{World, no_errors};
use browser_tests::browser::{Browser, Shape, Spot, Task, keys};
use browser_tests::{dist, links};
use serde_json::{Value, json};

/// No task of the page's own thread may take longer; it is also what browsers call a long task.
const TASK_MS_MAX: f64 = 50.0;
/// A page that holds things up does so in every window; a machine that is out of breath does it now and then.
const WINDOWS: usize = 3;
/// Things a person does in one window.
const DEEDS: usize = 12;

/// Notes how long input waits, from now on.
const WATCH: &str = "
    window.inputs = [];
    new PerformanceObserver(list => inputs.push(...list.getEntries().map(e => ({ wait: e.processingStart - e.startTime, ms: e.duration })
    ))).observe({ type: 'event', durationThreshold: 16 });";

pub fn nothing_holds_the_page_up_at_full_speed(world: &mut World) {
    let file = std::fs::read_to_string(dist().join("scenarios/newsfeed.json")).expect("the library is there");
    // Long enough to go on for as long as anybody looks.
    let file = file.replacen("\"length\": \"60s\"", "\"length\": \"3600s\"", 1);
    let page = world.stranger(Shape::Recorded);
    page.open_page(&format!("{}#s={}", world.url, links::of_file(&file)));
    page.hurry();
    page.press("button", "Play");
    page.until("the run to be well under way", |flags| flags.events > 1_000_000);
    page.script(WATCH, json!([]));
    let spots =
        ["Posts, Leader…", "Authors, Clients…", "Timelines, Hash…"].map(|name| page.middle(&page.find("button", name)));
    let [left, top, width, height] = page.place(&page.find("main", "Canvas"));
    let free = (left + width * 0.5, top + height * 0.96);
    for window in 1..=WINDOWS {
        page.tasks();
        use_it(&page, &spots, free);
        assert_eq!(page.flags().state, "running", "it runs all the time");
        let tasks = page.tasks();
        let inputs = page.script("return inputs.splice(0)", json!([]));
        println!("window {window}: {}", told(&tasks, inputs.as_array().map_or(&[][..], Vec::as_slice)));
        assert!(tasks.len() > 100, "the page's thread is recorded");
        let long: Vec<&Task> = tasks.iter().filter(|task| task.processor_ms > TASK_MS_MAX).collect();
        if long.is_empty() {
            return no_errors(&page);
        }
        assert!(
            window < WINDOWS,
            "tasks of more than {TASK_MS_MAX} ms on the page's own thread, in every window: {long:#?}"
        );
    }
}

/// Selects, pans and lets go, as a person does who looks around.
fn use_it(page: &Browser, spots: &[Spot], free: Spot) {
    for deed in 0..DEEDS {
        match deed % 4 {
            0 | 1 => page.drag(&[spots[deed % spots.len()]]),
            2 => {
                let path: Vec<_> =
                    (0..8).map(|step| (free.0 + f64::from(step) * 4.0, free.1 - f64::from(step) * 2.0)).collect();
                page.drag(&path);
                page.drag(&path.into_iter().rev().collect::<Vec<_>>());
            }
            _ => page.strike(&[], &keys::ESCAPE.to_string()),
        }
    }
}

/// What was measured, in a line.
fn told(tasks: &[Task], inputs: &[Value]) -> String {
    let most = |of: fn(&Task) -> f64| tasks.iter().map(of).fold(0.0, f64::max);
    let long = tasks.iter().filter(|task| task.wall_ms > TASK_MS_MAX).count();
    let (waits, paints) = (sorted(inputs, "wait"), sorted(inputs, "ms"));
    let last = |values: &[f64]| values.last().copied().unwrap_or(0.0);
    format!(
        "{} tasks, at most {:.1} ms of the processor and {:.1} ms by the wall ({long} over {TASK_MS_MAX} ms by the wall); {} inputs, \
         median wait {:.0} ms (at most {:.0}), median until painted {:.0} ms (at most {:.0})",
        tasks.len(),
        most(|task| task.processor_ms),
        most(|task| task.wall_ms),
        inputs.len(),
        middle(&waits),
        last(&waits),
        middle(&paints),
        last(&paints),
    )
}

fn sorted(inputs: &[Value], name: &str) -> Vec<f64> {
    let mut values: Vec<f64> = inputs.iter().filter_map(|input| input[name].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn middle(values: &[f64]) -> f64 {
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
