//! A row of buttons that is one stop of the Tab key: inside it the arrow keys, Home, End and first letters lead on.
//!
//! This is the toolbar of the ARIA practices: the button that was last at hand is the stop.

/// How long letters that follow each other are one word, in milliseconds.
const WORD_MS: f64 = 600.0;

/// What was typed last, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typed {
    word: String,
    at_ms: f64,
}

/// Where a key leads from the button at `at` of those with these titles; `None` for a key that is not the row's business, or that
/// finds nothing. A letter goes to the next title that begins with what was typed; the same letter again, to the one after.
#[must_use]
pub fn by_key(titles: &[&str], at: usize, key: &str, typed: &mut Typed, now_ms: f64) -> Option<usize> {
    let last = titles.len().checked_sub(1)?;
    match key {
        "ArrowDown" | "ArrowRight" => Some(if at >= last { 0 } else { at + 1 }),
        "ArrowUp" | "ArrowLeft" => Some(if at == 0 { last } else { at - 1 }),
        "Home" => Some(0),
        "End" => Some(last),
        _ => by_letter(titles, at, key, typed, now_ms),
    }
}

fn by_letter(titles: &[&str], at: usize, key: &str, typed: &mut Typed, now_ms: f64) -> Option<usize> {
    let mut letters = key.chars();
    let letter = letters.next().filter(|letter| letter.is_alphanumeric() && letters.next().is_none())?;
    let goes_on = now_ms - typed.at_ms < WORD_MS;
    let word =
        if goes_on { typed.word.clone() } else { String::new() } + letter.to_ascii_lowercase().encode_utf8(&mut [0; 4]);
    let begins = |place: &usize, word: &str| titles[*place].to_ascii_lowercase().starts_with(word);
    let from = |first: usize| (0..titles.len()).map(move |step| (first + step) % titles.len());
    // A word that goes on may still mean the button at hand; a new one means another.
    let whole = from(if goes_on { at } else { at + 1 }).find(|place| begins(place, &word));
    let is_repeated = word.chars().all(|other| word.starts_with(other));
    let one: String = word.chars().next_back().into_iter().collect();
    let found = whole.or_else(|| from(at + 1).filter(|_| is_repeated).find(|place| begins(place, &one)));
    *typed = Typed { word, at_ms: now_ms };
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: [&str; 5] = ["Cache", "Clients", "Load balancer", "Leader and followers", "Queue"];

    fn go(at: usize, keys: &[(&str, f64)]) -> Option<usize> {
        let mut typed = Typed::default();
        let mut now = Some(at);
        for (key, ms) in keys {
            now = by_key(&TITLES, now.expect("the keys before led somewhere"), key, &mut typed, *ms);
        }
        now
    }

    #[test]
    fn arrows_go_round_and_home_and_end_to_the_ends() {
        let step = |at, key| go(at, &[(key, 0.0)]);
        assert_eq!((step(0, "ArrowDown"), step(4, "ArrowDown"), step(0, "ArrowUp")), (Some(1), Some(0), Some(4)));
        assert_eq!((step(2, "Home"), step(2, "End"), step(2, "ArrowLeft")), (Some(0), Some(4), Some(1)));
        assert_eq!((step(2, "Enter"), step(2, " "), step(2, "/")), (None, None, None));
        assert_eq!(by_key(&[], 0, "Home", &mut Typed::default(), 0.0), None);
    }

    #[test]
    fn letters_lead_to_the_next_that_begins_so() {
        assert_eq!(go(0, &[("l", 1_000.0)]), Some(2));
        assert_eq!(go(0, &[("l", 1_000.0), ("l", 1_100.0)]), Some(3), "the same letter again is the one after");
        assert_eq!(go(0, &[("l", 1_000.0), ("e", 1_100.0)]), Some(3), "a word is sought as a whole");
        assert_eq!(go(0, &[("c", 1_000.0), ("q", 3_000.0)]), Some(4), "after a pause a new word begins");
        assert_eq!(go(4, &[("Q", 1_000.0)]), Some(4), "the only one that fits is at hand");
        assert_eq!(go(0, &[("z", 1_000.0)]), None);
    }
}
