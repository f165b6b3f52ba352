//! Links: to strangers, and from them.

use crate::{World, no_errors};
use browser_tests::browser::{Shape, keys};
use browser_tests::links;

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
