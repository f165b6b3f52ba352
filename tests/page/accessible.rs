//! Nobody is shut out: axe-core, the judge that set-up fetches, finds nothing against any face of the page, dark or light.

use crate::{World, no_errors};
use browser_tests::browser::{Browser, Shape};
use browser_tests::things::wait;
use serde_json::json;
use std::path::PathBuf;

/// The judge: `FAULTLINE_AXE`, or where set-up puts it.
fn judge() -> String {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/faultline");
    let script = std::env::var_os("FAULTLINE_AXE").map_or_else(|| home().join(xtask::AXE_SCRIPT), PathBuf::from);
    std::fs::read_to_string(&script)
        .unwrap_or_else(|why| panic!("no axe-core at {} ({why}): cargo xtask setup gets it", script.display()))
}

fn shade(page: &Browser, shade: &str) {
    let wanted = json!({ "features": [{ "name": "prefers-color-scheme", "value": shade }] });
    page.protocol("Emulation.setEmulatedMedia", &wanted);
}

/// Has what is on the page now judged. Figures in frames are judged by themselves, as pages of their own.
#[track_caller]
fn judged(page: &Browser, judge: &str, what: &str) {
    // The browser's own protocol is not bound by the page's policy, which would let no such script in.
    page.protocol("Runtime.evaluate", &json!({ "expression": format!("{judge};0") }));
    let found = page.script(
        "return axe.run(document, { resultTypes: ['violations'], iframes: false }).then(found => found.violations.flatMap(rule => \
         rule.nodes.map(node => `${rule.id} (${rule.impact}): ${node.target.flat().join(' ')}: ${node.failureSummary} ${node.html.slice(0, 160)}`)))",
        json!([]),
    );
    let found: Vec<&str> =
        found.as_array().expect("a list of violations").iter().filter_map(|line| line.as_str()).collect();
    assert!(found.is_empty(), "{what} shuts people out, {} times:\n{}", found.len(), found.join("\n"));
}

pub fn the_workbench_and_its_dialogs_shut_nobody_out(world: &mut World) {
    let (url, judge) = (format!("{}#row=newsfeed", world.url), judge());
    for colours in ["dark", "light"] {
        let page = world.browser();
        shade(page, colours);
        page.open_page(&url);
        let judged = |what: &str| judged(page, &judge, &format!("{what}, {colours}"));
        judged("the workbench at rest");
        page.press("button", "Play");
        page.until("the run to go on", |flags| flags.now > 2_000_000_000);
        page.press("button", "Pause");
        judged("the workbench after a run");
        page.press("button", "Library");
        let dialog = page.find("dialog", "Library");
        wait("the library's rows", || (page.all_in(&dialog, "link").len() > 2).then_some(()));
        judged("the library");
        page.press("button", "Close");
        page.press("button", "Share");
        page.find("textbox", "Link");
        judged("sharing");
        page.press("DisclosureTriangle", "In a page of your own…");
        page.find("textbox", "Snippet");
        judged("the snippet");
        page.press("button", "Picture");
        page.find("image", "The picture of the canvas");
        judged("the picture");
        page.press("button", "Close");
        no_errors(page);
    }
    shade(world.browser(), "");
}

pub fn figures_and_the_post_shut_nobody_out(world: &mut World) {
    let (url, judge) = (world.url.clone(), judge());
    for colours in ["dark", "light"] {
        let page = world.browser();
        shade(page, colours);
        page.go(&format!("{url}post.html"));
        judged(page, &judge, &format!("the post, {colours}"));
        page.open_page(&format!("{url}?embed&captions#row=newsfeed"));
        judged(page, &judge, &format!("a figure, {colours}"));
        page.go(&format!("{url}?embed#s=hello"));
        page.find("alert", "…");
        judged(page, &judge, &format!("a figure of a bad link, {colours}"));
    }
    shade(world.browser(), "");
}

pub fn a_telephone_shuts_nobody_out(world: &mut World) {
    let (url, judge) = (format!("{}#row=newsfeed", world.url), judge());
    let page = world.stranger(Shape::Phone);
    page.open_page(&url);
    judged(&page, &judge, "the workbench on a telephone");
    for sheet in ["Boxes", "Inspect", "Break", "Verdicts"] {
        page.press("button", &format!("{sheet}…"));
        judged(&page, &judge, &format!("the sheet {sheet}"));
        page.press("button", "Close the sheet");
    }
}
