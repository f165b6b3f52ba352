//! Figures in pages of somebody else: played, sent to a moment and listened to from another origin, deaf to strangers.

use crate::World;
use browser_tests::browser::{Browser, keys};
use browser_tests::things::{wait, wait_long};
use browser_tests::{links, serve_folder};
use serde_json::{Value, json};
use std::time::Duration;

/// An engine may have to be compiled three times on a machine that others use too.
const A_START: Duration = Duration::from_secs(60);

/// Serves `body` as a page of another origin, which keeps every letter that figures in it give out.
fn post(name: &str, body: &str) -> String {
    let folder = std::env::temp_dir().join(format!("faultline-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("there is room for a page");
    let listen = "for (const n of ['ready','opened','time','verdict','error','refused']) addEventListener('faultline-' + n, e => got.push(e.detail));";
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>A post</title><link rel=icon href='data:,'><script>window.got = []; {listen}</script>{body}"
    );
    std::fs::write(folder.join("index.html"), page).expect("there is room for a page");
    serve_folder(folder, "/")
}

/// The last letter of this type; null when there is none.
fn last(page: &Browser, kind: &str) -> Value {
    page.script("return window.got.filter(l => l.type === arguments[0]).at(-1) ?? null", json!([kind]))
}

fn until(page: &Browser, what: &str, kind: &str, is: impl Fn(&Value) -> bool) -> Value {
    wait_long(A_START, what, || Some(last(page, kind)).filter(|letter| !letter.is_null() && is(letter)))
}

fn at(seconds: f64) -> impl Fn(&Value) -> bool {
    move |letter| (letter["now"].as_f64().unwrap_or(-1.0) - seconds).abs() < 1e-6
}

pub fn a_post_of_another_origin_drives_a_figure_and_hears_of_it(world: &mut World) {
    let home = world.url.clone();
    let body =
        format!("<script defer src='{home}embed.js'></script><faultline-figure id=f row=newsfeed></faultline-figure>");
    let url = post("drives", &body);
    let page = world.browser();
    page.go(&url);
    let opened = until(page, "the figure to open its design", "opened", |_| true);
    assert_eq!(opened["title"], "A news feed, written ahead");
    page.script("f.speed(0); f.play()", json!([]));
    until(page, "the figure to run", "time", |letter| letter["now"].as_f64() > Some(1.0));
    page.script("f.pause(); f.seek(8)", json!([]));
    until(page, "the figure to go to second 8", "time", at(8.0));
    page.script("f.inject('cut-off', 'posts.0', { seconds: 8 }); f.seek(30)", json!([]));
    until(page, "the figure to go to second 30", "time", at(30.0));
    let lost = |letter: &Value| letter["check"] == "lost-writes" && letter["finding"] == "broken";
    wait_long(A_START, "the verdict on the lost posts", || {
        let all = page.script("return window.got.filter(l => l.type === 'verdict')", json!([]));
        all.as_array().into_iter().flatten().find(|letter| lost(letter)).cloned()
    });
    // The same from a frame without the script, and nothing of the reader's is touched.
    page.go(&format!("{home}?embed&from=3#row=newsfeed"));
    page.until("the frame to be at its moment", |flags| flags.now == 3_000_000_000);
    page.find("button", "Play");
    page.find("link", "Open in Faultline");
    let kept = page.script("return Object.keys(localStorage).filter(key => key.includes('work'))", json!([]));
    assert_eq!(kept, json!([]));
}

pub fn a_figure_stands_still_out_of_sight_and_changes_no_design(world: &mut World) {
    let home = world.url.clone();
    let body = format!(
        "<script defer src='{home}embed.js'></script><faultline-figure id=f row=newsfeed autoplay height=400px></faultline-figure><p id=below style='margin-top:4000px'>below</p>"
    );
    let url = post("sight", &body);
    let page = world.browser();
    page.go(&url);
    until(page, "the figure to run by itself", "time", |letter| letter["state"] == "running");
    page.script("below.scrollIntoView()", json!([]));
    until(page, "the figure to stand still out of sight", "time", |letter| letter["state"] == "paused");
    page.script("f.scrollIntoView()", json!([]));
    until(page, "the figure to run again", "time", |letter| letter["state"] == "running");
    // What the engine does not do is told.
    page.script("f.inject('crash', 'nobody')", json!([]));
    until(page, "the refusal", "refused", |letter| letter["why"].as_str().is_some_and(|why| !why.is_empty()));

    // Keys that change a design in the workbench change none in a figure.
    page.go(&format!("{home}?embed&focus=posts#row=newsfeed"));
    let before = page.until_ready();
    let boxes = page.boxes();
    for (held, key) in
        [(None, keys::DELETE), (Some(keys::CONTROL), 'd'), (Some(keys::CONTROL), 'z'), (None, keys::RIGHT), (None, 'w')]
    {
        page.strike(held.as_slice(), &key.to_string());
    }
    page.press("button", "Play");
    page.until("the figure to run", |flags| flags.state == "running");
    assert_eq!((page.boxes(), page.flags().revision), (boxes, before.revision));
    assert!(page.look_for("dialog", "…").is_none());
}

pub fn a_figure_hears_nobody_but_the_page_around_it(world: &mut World) {
    let home = world.url.clone();
    let body = format!(
        "<script defer src='{home}embed.js'></script><faultline-figure id=f row=newsfeed from=2></faultline-figure><iframe id=stranger srcdoc='<p>a stranger</p>'></iframe>"
    );
    let url = post("hears", &body);
    let page = world.browser();
    page.go(&url);
    until(page, "the figure to be at its moment", "time", at(2.0));
    // From another window, and from a page that is not the one the figure was told of.
    let say = "const figure = f.shadowRoot.querySelector('iframe').contentWindow, letter = JSON.stringify({ faultline: 1, type: 'seek', seconds: 40 }); \
               stranger.contentWindow.eval('window.say = (to, text) => to.postMessage(text, \"*\")'); stranger.contentWindow.say(figure, letter);";
    page.script(say, json!([]));
    let garbage = "for (const text of ['', '{', '[]', 'null', '{\"faultline\":2,\"type\":\"seek\",\"seconds\":40}', '{\"faultline\":1,\"type\":\"seek\",\"seconds\":-1}', \
                   '{\"faultline\":1,\"type\":\"inject\",\"verb\":\"crash\",\"on\":\"nobody\"}', '{\"faultline\":1,\"type\":\"set\",\"on\":\"posts\",\"field\":\"members\",\"value\":\"<b>\"}', 7, null]) \
                   f.shadowRoot.querySelector('iframe').contentWindow.postMessage(text, '*')";
    page.script(garbage, json!([]));
    page.script("f.seek(5)", json!([]));
    until(page, "the figure to obey the page around it", "time", at(5.0));
    let moments = page.script("return window.got.filter(l => l.type === 'time').map(l => l.now)", json!([]));
    assert!(!moments.as_array().into_iter().flatten().any(|now| now.as_f64() == Some(40.0)), "{moments}");
}

pub fn a_bad_link_is_told_inside_the_figure(world: &mut World) {
    let home = world.url.clone();
    let file =
        std::fs::read_to_string(browser_tests::dist().join("scenarios/newsfeed.json")).expect("the library is there");
    let damaged = links::damaged(&links::of_file(&file));
    let body = format!(
        "<script defer src='{home}embed.js'></script><faultline-figure id=f link='s={damaged}'></faultline-figure>"
    );
    let url = post("bad", &body);
    let page = world.browser();
    page.go(&url);
    let error = until(page, "the figure to tell of its bad link", "error", |_| true);
    assert_eq!(error["heading"], "This link is damaged");
    page.go(&format!("{home}?embed#s=hello"));
    let alert = wait("an alert in the figure", || page.look_for("alert", "…"));
    assert!(page.text_of(&alert).contains("There is no design in this link"));
    assert!(page.look_for("dialog", "…").is_none());
}

pub fn the_post_shows_three_figures_that_its_paragraphs_drive(world: &mut World) {
    let url = format!("{}post.html", world.url);
    let page = world.browser();
    page.go(&url);
    page.script("window.got = []; for (const n of ['opened','time','verdict']) addEventListener('faultline-' + n, e => got.push({ ...e.detail, id: e.target.id }))", json!([]));
    for id in ["read", "talk", "lose"] {
        page.script("document.getElementById(arguments[0]).scrollIntoView({ block: 'center' })", json!([id]));
        wait_long(A_START, &format!("the figure {id}"), || {
            let opened =
                page.script("return window.got.some(l => l.id === arguments[0] && l.type === 'time')", json!([id]));
            (opened == true).then_some(())
        });
    }
    page.press("button", "Cut the leader off for eight seconds");
    wait_long(A_START, "what was lost, under the figure", || {
        let said = page.script("return document.querySelector('.said[data-figure=lose]').textContent", json!([]));
        said.as_str().filter(|said| said.contains("lost")).map(ToOwned::to_owned)
    });
}
