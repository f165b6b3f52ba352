//! Looking inside a box or a member: by keyboard, by mouse, with a finger.

use crate::World;
use browser_tests::browser::{Browser, Shape, keys};
use browser_tests::things::{Thing, wait};

/// Seconds of a run, in the flags' nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// The rows of the first table in a thing, as they are read.
fn rows(page: &Browser, inside: &Thing) -> Vec<String> {
    let rows = page.on(
        inside,
        "function () { const table = this.querySelector('table'); \
         return table ? [...table.rows].map(row => [...row.cells].map(cell => cell.textContent).join(' | ')) : []; }",
    );
    rows.as_array().into_iter().flatten().filter_map(|row| row.as_str().map(ToOwned::to_owned)).collect()
}

/// The number at the beginning of the row that says this.
fn number_of(rows: &[String], says: &str) -> Option<u64> {
    let row = rows.iter().find(|row| row.contains(says))?;
    row.split(" | ").next()?.replace(',', "").parse().ok()
}

pub fn a_member_is_looked_into_by_keyboard(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let page = world.browser();
    page.open_page(&url);
    page.go_on_by_tenths(1);
    page.focus(&page.find("button", "posts.0, leader…"));
    page.strike(&[], &keys::ENTER.to_string());
    let glass = page.find("dialog", "Inside posts.0");
    page.find_in(&glass, "image", "Inside of posts.0");

    // What is drawn can be read, and follows the run.
    page.focus(&page.find_in(&glass, "button", "As a table"));
    page.strike(&[], &keys::ENTER.to_string());
    let last = |page: &Browser| number_of(&rows(page, &page.find("dialog", "Inside posts.0")), "last entry");
    let before = wait("the log to be read", || last(page).filter(|last| *last > 0));
    page.go_on_by_tenths(1);
    let after = wait("the log to have grown", || last(page).filter(|last| *last > before));
    page.go_to_start();
    wait("the log to be empty again", || last(page).filter(|last| *last < before));
    assert!(after > before);

    // From member to member, and back to where it was opened from.
    page.focus(&page.find_in(&glass, "tab", "posts.0…"));
    page.strike(&[], &keys::RIGHT.to_string());
    let glass = page.find("dialog", "Inside posts.1");
    wait("the next member's tab to be chosen", || {
        page.all_in(&glass, "tab")
            .into_iter()
            .find(|tab| tab.name.starts_with("posts.1") && tab.state("selected") == "true")
    });
    page.strike(&[], &keys::ESCAPE.to_string());
    page.gone("dialog", "Inside posts.1");
    wait("the focus to be back on the canvas", || page.focused().filter(|thing| thing.name.starts_with("posts.1, ")));
}

pub fn a_box_is_looked_into_by_double_click(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let page = world.browser();
    page.open_page(&url);
    page.press_twice(page.middle(&page.find("button", "posts.0, leader…")));
    let glass = page.find("dialog", "Inside posts.0");
    page.press_on(&page.find_in(&glass, "button", "Close the microscope"));
    page.gone("dialog", "Inside posts.0");

    // What is decided there is told, each line with its moment, and leads there.
    page.press("button", "Play");
    page.until("two seconds of the run", |flags| flags.now > 2 * SECOND);
    page.press("button", "posts.0, leader…");
    let region = page.find("region", "Break");
    page.press_on(&page.find_in(&region, "button", "Cut off"));
    page.press("button", "Look inside");
    let glass = page.find("dialog", "Inside posts.0");
    page.find_in(&glass, "button", "…cut off posts.0");
    page.press_on(&page.find_in(&glass, "tab", "All"));
    let glass = page.find("dialog", "Inside Posts");
    page.find_in(&glass, "button", "…made itself leader of term 2…");
    let run = page.find("group", "Run");
    page.press_on(&page.find_in(&run, "button", "Pause"));
    page.until("the run to stand still", |flags| flags.is_at_rest());
    page.press_on(&page.find_in(&glass, "button", "…cut off posts.0"));
    page.until("the moment at which it was cut off", |flags| flags.is_at_rest() && flags.now < 4 * SECOND);

    // With a finger there is a button for it.
    let phone = world.stranger(Shape::Phone);
    phone.open_page(&url);
    phone.press("button", "Cache, Cache…");
    let tabs = phone.find("navigation", "Sheets");
    phone.press_on(&phone.find_in(&tabs, "button", "Inspect…"));
    phone.press("button", "Look inside");
    let glass = phone.find("dialog", "Inside Cache");
    phone.press_on(&phone.find_in(&glass, "button", "As a table"));
    wait("the cache's slots to be read", || rows(&phone, &glass).into_iter().find(|row| row.contains("slots taken")));
    crate::no_errors(&phone);
}
