//! Opening the page: for the first time, again, somewhere else.

use crate::{World, no_errors};
use browser_tests::browser::keys;
use browser_tests::serve;
use browser_tests::things::wait;
use serde_json::json;

/// Roles of what a person can operate.
const CONTROLS: &[&str] =
    &["button", "link", "textbox", "searchbox", "combobox", "slider", "radio", "checkbox", "spinbutton"];

pub fn a_first_visit_opens_a_running_design(world: &mut World) {
    let url = world.url.clone();
    let page = world.browser();
    page.open_page(&url);
    for (role, name) in [
        ("navigation", "Boxes to add"),
        ("main", "Canvas"),
        ("complementary", "Selection and verdicts"),
        ("region", "Time"),
        ("region", "Verdicts"),
    ] {
        page.find(role, name);
    }
    assert!(page.boxes().len() >= 8, "the first row of the library is open: {:?}", page.boxes());
    let before = page.flags();
    assert!(before.is_at_rest() && before.now == 0, "it waits for the person: {before:?}");
    page.press("button", "Play");
    let running = page.until("the run to go on", |flags| flags.state == "running" && flags.now > 100_000_000);
    assert_ne!(running.digest, before.digest);
    page.strike(&[], " ");
    page.until("Space on the button that was pressed to pause", |flags| flags.state == "paused");
    let paused = page.flags();
    page.press("button", "One event");
    page.until("one more event", |flags| flags.events == paused.events + 1);
}

pub fn everything_that_can_be_pressed_has_a_name(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let page = world.browser();
    page.open_page(&url);
    let look = |place: &str, least: usize| {
        wait(&format!("something to press {place}"), || {
            let things: Vec<_> = CONTROLS.iter().flat_map(|role| page.all(role)).collect();
            (things.len() >= least).then_some(())
        });
        for thing in CONTROLS.iter().flat_map(|role| page.all(role)) {
            assert!(!thing.name.is_empty(), "a {} without a name {place}: {thing:?}", thing.role);
        }
    };
    look("on the page", 40);
    page.press("button", "Posts, Leader and followers…");
    page.find("combobox", "Acknowledge");
    look("with a box selected", 40);
    for (button, dialog) in [("Library", "Library"), ("Share", "Share")] {
        page.press("button", button);
        page.find("dialog", dialog);
        look(&format!("in the dialog {dialog}"), 3);
        page.strike(&[], &keys::ESCAPE.to_string());
        page.gone("dialog", dialog);
    }
}

pub fn the_page_works_under_any_sub_path(world: &mut World) {
    let url = serve("/some/sub/path/");
    let page = world.browser();
    page.open_page(&format!("{url}#row=newsfeed"));
    page.press("button", "Play");
    page.until("the run to go on", |flags| flags.now > 0);
    page.press("button", "Library");
    let dialog = page.find("dialog", "Library");
    wait("the library's rows", || (page.all_in(&dialog, "link").len() > 2).then_some(()));
    assert!(page.script("return location.href", json!([])).as_str().is_some_and(|href| href.starts_with(&url)));
    no_errors(page);
}

pub fn the_policy_holds_and_its_violations_are_noticed(world: &mut World) {
    let url = world.url.clone();
    let page = world.browser();
    page.open_page(&url);
    no_errors(page);
    // What a hostile text would do if it could. This also shows that the other tests would notice a violation.
    page.script(
        "const s = document.createElement('script'); s.textContent = 'window.hostile = true'; document.head.append(s);",
        json!([]),
    );
    assert!(page.script("return window.hostile === undefined", json!([])) == true, "an inline script ran");
    let errors = wait("the violation in the log", || Some(page.errors()).filter(|errors| !errors.is_empty()));
    assert!(errors.iter().all(|error| error.contains("Content Security Policy")), "{errors:?}");
}

pub fn a_reload_brings_the_work_back(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let page = world.browser();
    page.open_page(&url);
    page.retitle("Mine");
    page.strike(&[], "/");
    page.strike(&[], "cache");
    page.strike(&[], &keys::ENTER.to_string());
    page.find("button", "Cache, Cache…");
    page.go_on_by_tenths(2);
    page.press("button", "Authors, Clients…");
    page.press("button", "Traffic spike");
    let boxes = page.boxes();
    let before = page.until_kept();
    page.reload();
    let after =
        page.until("the same moment again", |flags| flags.is_ready && flags.is_at_rest() && flags.now == before.now);
    page.find("button", "Title: Mine");
    assert_eq!(page.boxes(), boxes);
    assert_eq!(after.digest, before.digest, "the same state at the same moment");
    page.find("button", "1 mark");
    // The plain address leads there too: the row's address was left when the design became somebody's own.
    page.open_page(&url.replace("#row=newsfeed", ""));
    page.find("button", "Title: Mine");
}
