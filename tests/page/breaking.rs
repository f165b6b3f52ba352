//! Breaking a design, seeing what came of it, going back, and mending it.

use crate::{World, no_errors};
use browser_tests::browser::{Browser, Shape, keys};
use browser_tests::things::wait;

/// Seconds of a run, in the flags' nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// The number that a text begins with, after whatever is no digit.
fn first_number(text: &str) -> u64 {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits: String = digits.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    digits.parse().unwrap_or(0)
}

fn open_elsewhere(stranger: &Browser, link: &str, mine: &Browser) {
    let here = mine.flags();
    stranger.go(link);
    stranger.until_ready();
    let there = stranger.until("the moment that the link names", |flags| flags.is_at_rest() && flags.now == here.now);
    assert_eq!(there.digest, here.digest, "whoever opens the link sees the same run");
    wait("the same verdicts", || (stranger.verdicts() == mine.verdicts()).then_some(()));
    no_errors(stranger);
}

/// The whole job of the page, from a link to a link.
pub fn a_leader_cut_off_loses_acknowledged_writes_and_sync_loses_none(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let stranger = world.stranger(Shape::Desk);
    let page = world.browser();
    page.open_page(&url);
    page.press("button", "Play");
    page.until("two seconds of the run", |flags| flags.now > 2 * SECOND);
    page.press("button", "posts.0, leader…");
    let region = page.find("region", "Break");
    let cut = page.find_in(&region, "button", "Cut off");
    page.press_on(&cut);
    wait("the member to be told as cut off", || {
        page.all("button").into_iter().find(|thing| thing.name.starts_with("posts.0") && thing.name.contains("cut off"))
    });
    page.finish();
    let lost = page.verdict("acknowledged writes lost");
    assert!(first_number(&lost) > 0, "{lost}");
    page.press("button", "…acknowledged writes lost…");
    let evidence = wait("the evidence", || {
        let lines: Vec<_> = page.all("button").into_iter().filter(|thing| thing.name.contains("write ")).collect();
        (!lines.is_empty()).then_some(lines)
    });
    assert_eq!(evidence.len() as u64, first_number(&lost).min(20), "every lost write is listed, {lost}");
    open_elsewhere(&stranger, &page.share(), page);

    // A line of the evidence leads to its moment, and from there back to the very same end.
    let end = page.flags();
    page.press_on(&evidence[0]);
    page.until("the moment of the loss", |flags| flags.now < end.now && flags.is_at_rest());
    page.focus(&page.scrubber());
    page.strike(&[], &keys::END.to_string());
    let again = page.until("the end again", |flags| flags.now == end.now && flags.is_at_rest());
    assert_eq!(again.digest, end.digest);
    assert_eq!(page.verdict("acknowledged writes lost"), lost);

    // Back to before the cut, and every follower has to have a write before it is acknowledged.
    page.go_to_start();
    page.press("button", "Posts, Leader and followers…");
    let list = page.find("combobox", "Acknowledge");
    page.choose(&list, "sync");
    page.until_kept();
    page.finish();
    let kept = page.verdict("No acknowledged write lost");
    assert!(kept.contains("holds"), "{kept}");
    page.find("button", "…mark…");
    let mended = page.flags();
    assert_ne!(mended.digest, end.digest);
    open_elsewhere(&stranger, &page.share(), page);
}

pub fn the_same_moment_is_the_same_state_however_it_is_reached(world: &mut World) {
    let url = format!("{}#row=newsfeed", world.url);
    let page = world.browser();
    page.open_page(&url);
    let early = page.go_on_by_tenths(1).moment();
    page.press("button", "posts.0, leader…");
    page.press("button", "Cut off");
    page.find("button", "1 mark");
    let late = page.go_on_by_tenths(3).moment();
    // Back by key and forth again.
    page.go_to_start();
    assert_eq!(page.go_on_by_tenths(1).now, early.0);
    assert_eq!(page.go_on_by_tenths(3).moment(), late, "what was done by hand is done again at its moment");
    // By hand, to one place of the line from both sides, in one leap and in a sweep.
    let [left, top, width, height] = page.place(&page.scrubber());
    let at = |share: f64| (left + width * share, top + height / 2.0);
    let settled =
        |not: u64| page.until("the moment under the hand", |flags| flags.now != not && flags.is_at_rest()).moment();
    page.drag(&[at(0.2)]);
    let first = settled(late.0);
    let length = page.on(&page.scrubber(), "function () { return Number(this.getAttribute('aria-valuemax')); }");
    let share = first.0 as f64 / 1e9 / length.as_f64().unwrap_or(f64::NAN);
    assert!((share - 0.2).abs() < 0.02, "the moment {share} of the run lies where the hand is, at 0.2");
    page.drag(&[at(0.8)]);
    let far = settled(first.0);
    assert!(far.0 > first.0);
    page.drag(&[at(0.2)]);
    assert_eq!(settled(far.0), first);
    page.drag(&[at(0.6), at(0.9), at(0.1), at(0.5), at(0.2)]);
    let swept = page.until("the moment where the hand let go", |flags| flags.now == first.0 && flags.is_at_rest());
    assert_eq!(swept.moment(), first);
    // By running, beyond it and back.
    page.go_to_start();
    page.finish();
    page.go_to_start();
    assert_eq!(page.go_on_by_tenths(4).moment(), late);
}
