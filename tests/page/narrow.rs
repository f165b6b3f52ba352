//! The page on a telephone: four tabs, sheets, fingers.

use crate::{World, no_errors};
use browser_tests::browser::{Browser, Shape};
use browser_tests::things::wait;
use serde_json::json;

fn fits(page: &Browser) {
    let over = page.script("return document.scrollingElement.scrollWidth - innerWidth", json!([]));
    assert!(over.as_i64().is_some_and(|over| over <= 0), "the page is wider than the screen by {over}");
}

/// Opens the sheet of a tab.
fn sheet(page: &Browser, name: &str) {
    let tabs = page.find("navigation", "Sheets");
    page.press_on(&page.find_in(&tabs, "button", &format!("{name}…")));
    wait(&format!("the sheet {name}"), || {
        page.all_in(&tabs, "button")
            .into_iter()
            .find(|tab| tab.name.starts_with(name) && tab.state("expanded") == "true")
    });
    fits(page);
}

pub fn a_telephone_breaks_by_tap(world: &mut World) {
    let page = world.stranger(Shape::Phone);
    page.open_page(&format!("{}#row=newsfeed", world.url));
    fits(&page);
    page.press("button", "Play");
    page.until("the run to go on", |flags| flags.now > 500_000_000);
    // A member of a group, tapped where it is drawn.
    page.press("button", "posts.0, leader…");
    wait("the leader to be selected", || {
        page.look_for("button", "posts.0, leader…").filter(|leader| leader.state("pressed") == "true")
    });
    sheet(&page, "Break");
    page.press("button", "Cut off");
    let speed = page.find("combobox", "Speed");
    page.choose(&speed, "max");
    page.until("the end of the run", |flags| flags.state == "finished");
    sheet(&page, "Verdicts");
    page.verdict("acknowledged writes lost");
    sheet(&page, "Inspect");
    let region = page.find("region", "Inspect");
    page.find_in(&region, "button", "Posts");
    page.press("button", "Close the sheet");
    page.gone("region", "Inspect");
    no_errors(&page);
}

pub fn a_telephone_builds_from_the_sheet(world: &mut World) {
    let page = world.stranger(Shape::Phone);
    page.open_page(&world.url);
    page.begin_anew();
    for kind in ["Clients", "Service"] {
        sheet(&page, "Boxes");
        let palette = page.find("navigation", "Boxes to add");
        page.press_on(&page.find_in(&palette, "button", kind));
        page.find("button", &format!("{kind}, {kind}…"));
    }
    page.press("button", "Clients, Clients…");
    sheet(&page, "Inspect");
    page.press("button", "Wire to another box");
    page.press("button", "Service, Service…");
    page.find("button", "Wire from Clients to Service…");
    page.press("button", "Play");
    page.until("the run to go on", |flags| flags.now > 0);
    page.press("button", "More");
    page.find("menuitem", "Library");
    fits(&page);
    no_errors(&page);
}
