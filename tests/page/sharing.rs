//! Links: to strangers, and from them.

use crate::{World, no_errors};
use browser_tests::browser::{Shape, keys};
use browser_tests::links;
use browser_tests::things::wait;
use serde_json::json;

pub fn a_link_gives_a_stranger_the_same_design(world: &mut World) {
    let url = format!("{}#row=tiered-web", world.url);
    let stranger = world.stranger(Shape::Desk);
    let page = world.browser();
    page.open_page(&url);
    assert!(page.share().len() <= 600 + url.len(), "the link of a library row of 12 boxes is short");
    page.retitle("Tiers “of mine” & <b>yours</b>");
    page.strike(&[], "/");
    page.strike(&[], "limiter");
    page.strike(&[], &keys::ENTER.to_string());
    page.go_on_by_tenths(2);
    page.press("button", "database.0, leader…");
    page.press("button", "Crash");
    let here = page.go_on_by_tenths(2);
    let (boxes, verdicts) = (page.boxes(), page.verdicts());
    let link = page.share();

    stranger.go(&link);
    stranger.until_ready();
    let there = stranger.until("the moment that the link names", |flags| flags.is_at_rest() && flags.now == here.now);
    assert_eq!(there.digest, here.digest);
    assert_eq!(stranger.boxes(), boxes);
    assert_eq!(stranger.verdicts(), verdicts);
    stranger.find("button", "Title: Tiers “of mine” & <b>yours</b>");
    stranger.find("button", "1 mark");
    no_errors(&stranger);
}

pub fn a_bad_link_explains_itself_and_touches_nothing(world: &mut World) {
    let url = world.url.clone();
    let file =
        std::fs::read_to_string(browser_tests::dist().join("scenarios/newsfeed.json")).expect("the library is there");
    let good = links::of_file(&file);
    let bad = [
        ("cut off", "This link is cut off", links::cut_off(&good)),
        ("damaged", "This link is damaged", links::damaged(&good)),
        ("newer", "This link was made by a newer version", links::newer(&good)),
        ("too large", "This link holds too much", links::too_large(&good)),
        ("no link", "There is no design in this link", "hello".to_owned()),
    ];
    let page = world.browser();
    page.open_page(&format!("{url}#row=newsfeed"));
    page.retitle("Mine");
    page.until_kept();
    for (kind, heading, payload) in bad {
        page.go(&format!("{url}#s={payload}"));
        page.until_ready();
        let dialog = page.find("dialog", heading);
        let said = page.text_of(&dialog);
        assert!(said.contains("Nothing of yours was touched"), "{kind}: {said}");
        // Behind it is the person's own work, and closing leads to it.
        page.strike(&[], &keys::ESCAPE.to_string());
        page.gone("dialog", heading);
        page.find("button", "Title: Mine");
        no_errors(page);
    }
    // A good link is opened beside the work, not in its place.
    page.go(&format!("{url}#s={good}"));
    page.until_ready();
    page.find("button", "Title: A news feed…");
    page.press("button", "Return to it");
    page.find("button", "Title: Mine");
}

pub fn a_snippet_shows_the_one_figure_that_it_writes(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let page = world.browser();
    page.open_page(&url);
    page.press("button", "Share");
    page.press("DisclosureTriangle", "In a page of your own…");
    let frames = |says: &str| {
        let sources = page.script("return [...document.querySelectorAll('iframe')].map(f => f.src)", json!([]));
        let sources: Vec<String> = serde_json::from_value(sources).expect("a list of addresses");
        assert!(sources.len() <= 1, "one figure at a time: {sources:?}");
        sources.into_iter().find(|source| source.contains(says))
    };
    let snippet = || page.text_of(&page.find("textbox", "Snippet"));
    assert!(snippet().contains("<faultline-figure link=\"s=") && snippet().contains(" captions "), "{}", snippet());
    page.choose(&page.find("combobox", "Colours"), "dark");
    page.press("checkbox", "Read-only");
    wait("the snippet with both options", || snippet().contains("theme=\"dark\" readonly captions").then_some(()));
    wait("the figure with both options", || frames("&theme=dark&readonly&captions#s="));
    let is_ready = "return document.querySelector('iframe').contentDocument?.documentElement.dataset.ready === 'true'";
    wait("the figure to be there", || (page.script(is_ready, json!([])) == true).then_some(()));
    page.press("button", "Picture");
    page.find("image", "The picture of the canvas");
    assert!(
        snippet().starts_with("[![A news feed, written ahead](a-news-feed-written-ahead.svg)](http"),
        "{}",
        snippet()
    );
    assert_eq!(frames(""), None, "the figure is gone");
    // What is seen is well-formed, and names the boxes; a text is never markup.
    let named = page.script(
        "const svg = decodeURIComponent(document.querySelector('.snippet img').src.split(',').slice(1).join(',')); \
         const read = new DOMParser().parseFromString(svg, 'image/svg+xml'); \
         return read.querySelector('parsererror') ? [] : [...read.querySelectorAll('text')].map(t => t.textContent)",
        json!([]),
    );
    for name in ["Readers", "Celebrity", "Fan-out", "Timelines", "posts.2"] {
        assert!(named.as_array().is_some_and(|texts| texts.iter().any(|text| text == name)), "{name} in {named}");
    }
    no_errors(page);
}

pub fn the_library_is_searched_by_keyboard(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let page = world.browser();
    page.open_page(&url);
    page.press("button", "Library");
    let dialog = page.find("dialog", "Library");
    let cards = || page.all_in(&dialog, "link").into_iter().map(|card| card.name).collect::<Vec<String>>();
    wait("the library's rows", || (cards().len() > 2).then_some(()));
    let all = cards().len();
    wait("the entry to have the focus", || {
        page.look_for("searchbox", "Find a design").filter(|entry| entry.state("focused") == "true")
    });
    page.strike(&[], "rate-limited-api");
    wait("one row", || (cards().len() == 1 && cards()[0].contains("rate limiters")).then_some(()));
    page.strike(&[], " elephants");
    page.find("button", "Show all");
    page.strike(&[], &keys::ESCAPE.to_string());
    wait("all rows", || (cards().len() == all).then_some(()));
    page.choose(&page.find("combobox", "With the box"), "Sharded");
    wait("the rows with such a box", || (!cards().is_empty() && cards().len() < all).then_some(()));
    page.focus(&page.find("searchbox", "Find a design"));
    page.strike(&[], &format!("{}{}", keys::DOWN, keys::ENTER));
    page.gone("dialog", "Library");
    wait("its address", || {
        let hash = page.script("return location.hash", json!([]));
        (hash != "#row=newsfeed" && hash.as_str().is_some_and(|hash| hash.starts_with("#row="))).then_some(())
    });
    no_errors(page);
}
