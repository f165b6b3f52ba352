//! The words of a command: settings, numbers, members, wires.

/// `name=value`, or a word alone with an empty value.
#[must_use]
pub fn setting(word: &str) -> (&str, &str) {
    word.split_once('=').unwrap_or((word, ""))
}

/// A number, a span, or whatever else reads itself.
///
/// # Panics
/// If it does not.
#[must_use]
pub fn number<T: std::str::FromStr>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| panic!("{word} does not read"))
}

/// Of these variants the one that is written so in the code.
///
/// # Panics
/// If none is.
#[must_use]
pub fn named<V: Copy + std::fmt::Debug>(variants: &[V], name: &str) -> V {
    *variants.iter().find(|variant| format!("{variant:?}") == name).unwrap_or_else(|| panic!("there is no {name}"))
}

/// `0 1 | 2`: groups of members, which `member` knows by their words.
#[must_use]
pub fn sides(words: &[&str], member: impl Fn(&str) -> u16) -> Vec<Vec<u16>> {
    words.split(|word| *word == "|").map(|side| side.iter().map(|word| member(word)).collect()).collect()
}

/// `0 1`: both directions between two members, which `member` knows by their words; `0>1`: one.
///
/// # Panics
/// If it is neither.
#[must_use]
pub fn ways(words: &[&str], member: impl Fn(&str) -> u16) -> Vec<(u16, u16)> {
    match words {
        [a, b] => vec![(member(a), member(b)), (member(b), member(a))],
        [way] => {
            let (from, to) = way.split_once('>').unwrap_or_else(|| panic!("{way} is no wire"));
            vec![(member(from), member(to))]
        }
        _ => panic!("{words:?} is no wire"),
    }
}

/// A member by its number.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn numbered(word: &str) -> u16 {
    word.parse().unwrap_or_else(|_| panic!("{word} is no member"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wires_and_sides_read_as_they_are_written() {
        assert_eq!(ways(&["0", "2"], numbered), [(0, 2), (2, 0)]);
        assert_eq!(ways(&["2>1"], numbered), [(2, 1)]);
        assert_eq!(sides(&["0", "1", "|", "2"], numbered), [vec![0, 1], vec![2]]);
    }
}
