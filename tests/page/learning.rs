//! Learning from a design: predict, run and be told; claims beside what is measured; variants; what was followed is remembered.

use crate::World;
use browser_tests::browser::{Browser, keys};
use browser_tests::things::{Thing, wait};
use serde_json::Value;

fn words(page: &Browser, thing: &Thing) -> String {
    match page.on(thing, "function () { return this.textContent; }") {
        Value::String(text) => text,
        other => panic!("{other} is no text"),
    }
}

/// Waits until the question says this.
fn question(page: &Browser, says: &str) -> String {
    wait(&format!("the question to say {says:?}"), || {
        page.all("status").iter().map(|status| words(page, status)).find(|said| said.contains(says))
    })
}

/// The claim's table says this.
fn claims(page: &Browser, says: &str) -> String {
    wait(&format!("the claims to say {says:?}"), || {
        let region = page.look_for("region", "Claimed and measured")?;
        Some(words(page, &region)).filter(|said| said.contains(says))
    })
}

/// Waits until the variant of this name is the current one.
fn current(page: &Browser, name: &str) {
    wait(&format!("{name} to be the current variant"), || {
        page.look_for("button", name).filter(|button| button.state("pressed") == "true")
    });
}

pub fn a_prediction_is_answered_by_the_run_and_a_variant_changes_it(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let page = world.browser();
    page.open_page(&url);
    claims(page, "Not before 00:10.00 of the run");
    // Before the first seconds there is nothing that could be lost.
    page.press("button", "Play");
    page.until("two seconds of the run", |flags| flags.now > 2_000_000_000);
    page.press("button", "Next");
    page.press("button", "Next");
    // Nothing can be run before a choice was made; it is made by keyboard.
    assert!(page.find("button", "Cut the leader off for 8 s").is_disabled());
    question(page, "Choose, then run. It is answered after 8 s of the run.");
    page.press("radio", "None");
    wait("the first choice", || page.look_for("radio", "None").filter(|radio| radio.state("checked") == "true"));
    page.strike(&[], &keys::DOWN.to_string());
    wait("the second choice", || page.look_for("radio", "About 10").filter(|radio| radio.state("checked") == "true"));
    page.press("button", "Cut the leader off for 8 s");
    question(page, "The run answers at 00:");
    page.finish();
    let said = question(page, "Measured at ");
    assert!(said.starts_with("Not this time.") && said.contains("acknowledged writes lost"), "{said}");
    assert!(said.contains("The answer is “About 100”."), "{said}");
    assert!(claims(page, "acknowledged posts lost").contains("Only a copy that is waited for does"));

    // The cut is in the record: with another variant of the design it costs nothing.
    current(page, "Acknowledge at once");
    page.press("button", "Wait for everybody");
    current(page, "Wait for everybody");
    page.finish();
    page.verdict("No acknowledged write lost");
    page.press("button", "Undo");
    current(page, "Acknowledge at once");

    page.press("button", "Library");
    wait("the row to say how far it was followed", || {
        page.all("link").into_iter().find(|card| card.name.contains("step 3 of 6"))
    });
    page.press("button", "Close");
}
