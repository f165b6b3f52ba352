//! Building a design: with a mouse, and without one.

use crate::World;
use browser_tests::browser::{Browser, keys};
use browser_tests::things::wait;

/// Drags a kind from the palette to a place on the canvas, as shares of its width and height.
fn carry(page: &Browser, kind: &str, x: f64, y: f64) {
    let palette = page.find("navigation", "Boxes to add");
    let from = page.middle(&page.find_in(&palette, "button", kind));
    let [left, top, width, height] = page.place(&page.find("main", "Canvas"));
    let to = (left + width * x, top + height * y);
    page.drag(&[from, (from.0 + 20.0, from.1 + 5.0), ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0), to]);
    page.find("button", &format!("{kind}, {kind}…"));
}

fn corner(page: &Browser, name: &str) -> (f64, f64) {
    let [left, top, ..] = page.place(&page.find("button", name));
    (left, top)
}

/// Waits until a box's corner is where it should be, give or take what snapping to the grid takes.
fn comes_to(page: &Browser, name: &str, (x, y): (f64, f64)) {
    wait(&format!("{name:?} to come to ({x:.0}, {y:.0})"), || {
        let (left, top) = corner(page, name);
        ((left - x).abs() <= 12.0 && (top - y).abs() <= 12.0).then_some(())
    });
}

pub fn a_design_is_built_by_mouse(world: &mut World) {
    let url = world.url.clone();
    let page = world.browser();
    page.open_page(&url);
    page.begin_anew();
    carry(page, "Clients", 0.25, 0.3);
    carry(page, "Service", 0.65, 0.3);
    assert_eq!(page.boxes(), ["Clients", "Service"]);

    // A wire, from the port at the right edge.
    let from = page.middle(&page.find("button", "Wire from Clients"));
    let to = page.middle(&page.find("button", "Service, Service…"));
    page.drag(&[from, (from.0 + 10.0, from.1), ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0 + 30.0), to]);
    page.find("button", "Wire from Clients to Service…");

    // A box, to somewhere else and back.
    let before = corner(page, "Service, Service…");
    let hold = page.middle(&page.find("button", "Service, Service…"));
    page.drag(&[hold, (hold.0 + 10.0, hold.1 + 10.0), (hold.0 - 40.0, hold.1 + 90.0), (hold.0 - 60.0, hold.1 + 120.0)]);
    comes_to(page, "Service, Service…", (before.0 - 60.0, before.1 + 120.0));
    page.press("button", "Undo");
    comes_to(page, "Service, Service…", before);
    page.press("button", "Redo");
    comes_to(page, "Service, Service…", (before.0 - 60.0, before.1 + 120.0));

    // It runs, and an edit that can be made while it runs does not stop it.
    page.press("button", "Play");
    page.until("the run to go on", |flags| flags.state == "running" && flags.now > 200_000_000);
    page.press("button", "Clients, Clients…");
    let rate = page.find("textbox", "Rate");
    page.press_on(&rate);
    page.strike(&[keys::CONTROL], "a");
    page.strike(&[], "250");
    let before = page.flags();
    page.strike(&[], &keys::ENTER.to_string());
    page.find("button", "1 mark");
    page.until("the run to have gone on", |flags| flags.state == "running" && flags.now > before.now);

    // What cannot be is said, and does nothing.
    let rate = page.find("textbox", "Rate");
    page.press_on(&rate);
    page.strike(&[keys::CONTROL], "a");
    page.strike(&[], "many");
    page.strike(&[], &keys::ENTER.to_string());
    wait("the field to be marked as wrong", || {
        page.look_for("textbox", "Rate").filter(|rate| rate.state("invalid") == "true")
    });
}

/// The engine that a page loads at first has the members of some kinds only; what was done before goes along to the whole one.
pub fn a_box_beyond_the_first_engine_takes_the_work_along(world: &mut World) {
    let url = world.url.clone();
    let page = world.browser();
    page.open_page(&url);
    page.begin_anew();
    carry(page, "Clients", 0.25, 0.3);
    carry(page, "API gateway", 0.65, 0.3);
    assert_eq!(page.boxes(), ["Clients", "API gateway"]);
    page.press("button", "Undo");
    page.press("button", "Undo");
    wait("the box that the first engine placed to be gone too", || page.boxes().is_empty().then_some(()));
    page.press("button", "Redo");
    page.press("button", "Redo");
    page.find("button", "API gateway, API gateway…");
    page.press("button", "Play");
    page.until("the run to go on", |flags| flags.state == "running" && flags.now > 200_000_000);
}

pub fn a_design_is_built_by_keyboard_alone(world: &mut World) {
    let url = world.url.clone();
    let page = world.browser();
    page.open_page(&url);
    let strike = |key: char| page.strike(&[], &key.to_string());
    page.tab_to("More");
    strike(keys::ENTER);
    page.find("menu", "More");
    while page.focused().is_none_or(|item| !item.name.starts_with("New design")) {
        strike(keys::DOWN);
    }
    strike(keys::ENTER);
    page.find("heading", "An empty canvas");

    // Two boxes by name, a wire between them.
    page.strike(&[], "/");
    for kind in ["clients", "service"] {
        page.strike(&[], kind);
        strike(keys::ENTER);
    }
    page.find("button", "Service, Service…");
    strike(keys::ESCAPE);
    page.tab_to("Clients, Clients…");
    page.strike(&[], "w");
    page.tab_to("Service, Service…");
    strike(keys::ENTER);
    page.find("button", "Wire from Clients to Service…");

    // Another name, another place.
    page.tab_to("Service, Service…");
    strike(keys::F2);
    page.write("Name", "Worker");
    page.find("button", "Worker, Service…");
    let before = corner(page, "Worker, Service…");
    let revision = page.flags().revision;
    page.strike(&[], &keys::RIGHT.to_string().repeat(4));
    page.until("the move to be settled", |flags| flags.revision > revision);
    let moved = corner(page, "Worker, Service…");
    assert!(moved.0 > before.0 + 15.0 && (moved.1 - before.1).abs() < 2.0, "{before:?} {moved:?}");

    // Gone, back, gone, back.
    strike(keys::DELETE);
    page.gone("button", "Worker, Service…");
    page.gone("button", "Wire from Clients to…");
    page.strike(&[keys::CONTROL], "z");
    page.find("button", "Wire from Clients to Worker…");
    page.strike(&[keys::CONTROL, keys::SHIFT], "z");
    page.gone("button", "Worker, Service…");
    page.strike(&[keys::CONTROL], "z");
    page.find("button", "Worker, Service…");
    // The arrows may have been more than one move, if they came slowly.
    while page.look_for("button", "Worker, Service…").is_some() {
        let revision = page.flags().revision;
        page.strike(&[keys::CONTROL], "z");
        page.until("one thing more to be taken back", |flags| flags.revision > revision);
    }
    comes_to(page, "Service, Service…", before);
    assert_eq!(page.boxes(), ["Clients", "Service"]);

    // Both folded into one, unfolded, and let go.
    page.tab_to("Service, Service…");
    page.strike(&[], "g");
    page.tab_to("Clients, Clients…");
    strike(keys::ENTER);
    page.strike(&[], "g");
    page.find("button", "Group Group 1, 2 boxes, folded…");
    page.gone("button", "Service, Service…");
    strike(keys::ENTER);
    page.find("button", "Group Group 1, 2 boxes, unfolded…");
    page.find("button", "Service, Service…");
    page.strike(&[keys::CONTROL, keys::SHIFT], "g");
    page.gone("button", "Group Group 1…");

    // And it runs.
    page.strike(&[], " ");
    page.until("the run to go on", |flags| flags.state == "running" && flags.events > 0);
}
