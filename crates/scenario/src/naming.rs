//! Ids and the names that follow from them, so that neither file nor link has to say both.

use crate::Scenario;

/// True for 1 to 40 lower-case letters, digits and `-`, the first of them a letter.
#[must_use]
pub fn is_id(text: &str) -> bool {
    text.len() <= Scenario::ID_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The name of a box that was given none: `posts-db` is called `Posts db`.
#[must_use]
pub fn name_of(id: &str) -> String {
    let spaced = id.replace('-', " ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The id that a name suggests: `Posts DB (EU)` gives `posts-db-eu`. `None` when no letter of it can be used.
#[must_use]
pub fn id_of(name: &str) -> Option<String> {
    let mut id = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        if id.len() == Scenario::ID_MAX {
            break;
        }
    }
    let id = id.trim_end_matches('-');
    is_id(id).then(|| id.to_string())
}

/// As much of a text that somebody gave as a message can show.
#[must_use]
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(Scenario::NAME_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The known name nearest to a mistyped one, when it is near enough to be meant.
#[must_use]
pub(crate) fn nearest<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    // Only ASCII is lowered: the names are ASCII, and the tables for all scripts would be a twentieth of the page.
    let lower =
        |text: &str| text.chars().take(2 * Scenario::NAME_MAX).map(|c| c.to_ascii_lowercase()).collect::<Vec<_>>();
    let typed = lower(text);
    let mut best: Option<(usize, bool, &str)> = None;
    for name in known {
        let letters = lower(name);
        let slips_max = letters.len().max(typed.len()) / 3;
        if letters.len().abs_diff(typed.len()) > slips_max {
            continue;
        }
        // Of two that are equally near, the one that begins alike: few people mistype the first letter.
        let rank = (distance(&typed, &letters), letters.first() != typed.first(), *name);
        if rank.0 <= slips_max && best.is_none_or(|best| (rank.0, rank.1) < (best.0, best.1)) {
            best = Some(rank);
        }
    }
    best.map(|(_, _, name)| name)
}

/// Most known names that a mistyped one is compared with.
const HINTS_FROM_MAX: usize = 200;

/// `; did you mean `x`?` when a known name is near, else the known names when they are few.
#[must_use]
pub(crate) fn hint(text: &str, known: &mut dyn Iterator<Item = &str>) -> String {
    let known: Vec<&str> = known.take(HINTS_FROM_MAX).collect();
    match (nearest(text, &known), known.len()) {
        (Some(name), _) => format!("; did you mean `{name}`?"),
        (None, 1) => format!("; there is only {}", known[0]),
        (None, 2..=20) => format!("; there are {}", known.join(", ")),
        _ => String::new(),
    }
}

/// How many letters to insert, drop, replace or swap with their neighbour to get from one to the other (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = core::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_follow_from_each_other() {
        assert_eq!(name_of("posts-db-2"), "Posts db 2");
        assert_eq!(id_of("Posts DB (EU)").as_deref(), Some("posts-db-eu"));
        assert_eq!(id_of("Łódź cache").as_deref(), Some("d-cache"));
        for nothing in ["", "42", "---", "日本"] {
            assert_eq!(id_of(nothing), None, "{nothing}");
        }
        assert!(is_id("a") && is_id(&"a".repeat(40)));
        for bad in ["", "A", "1a", "-a", "a b", "a.b", "ä", &"a".repeat(41)] {
            assert!(!is_id(bad), "{bad}");
        }
    }

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        let known = ["service", "cache", "clients"];
        assert_eq!(nearest("servcie", &known), Some("service"));
        assert_eq!(nearest("Cache", &known), Some("cache"));
        assert_eq!(nearest("client", &known), Some("clients"));
        assert_eq!(nearest("rat", &["at", "rate"]), Some("rate"));
        assert_eq!(nearest("blockchain", &known), None);
        assert_eq!(hint("zzz", &mut known.into_iter()), "; there are service, cache, clients");
    }

    #[test]
    fn distance_counts_single_slips() {
        let of = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        for (a, b, slips) in
            [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xabc", 1), ("", "abc", 3)]
        {
            assert_eq!(of(a, b), slips, "{a} {b}");
        }
    }
}
