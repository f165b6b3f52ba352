//! Tokens: a text as words with their places.
//!
//! ```text
//!   The quick BROWN fox is running   →   quick 1   brown 2   fox 3   run 5
//! ```
//!
//! The rule: a word is a run of letters, digits and underscores, in small letters. Words that are left out keep their places, so
//! that a phrase is found across them only where they stood. O(length).
//!
//! The stemmer is light on purpose: a plural or third person's -s, -ing and -ed go, with a doubled consonant made single. Porter's
//! (1980) does more, and more harm. When not to stem: names, part numbers, code.

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The word, in small letters, stemmed if so set.
    pub word: String,
    /// Its place among all words of the text, from 0.
    pub position: u32,
}

/// How texts become words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokeniser {
    /// Words so frequent that they say nothing are left out.
    pub drops_stop_words: bool,
    /// Words lose their endings.
    pub stems: bool,
}

/// What is left out.
const STOP_WORDS: &[&str] = &["a", "an", "and", "at", "in", "is", "of", "on", "or", "the", "to", "which"];

impl Tokeniser {
    /// The words of a text.
    pub fn tokens<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Token> + 'a {
        let words =
            text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty());
        let tokens = words.zip(0..).map(|(word, position)| Token { word: word.to_lowercase(), position });
        let kept = tokens.filter(|token| !self.drops_stop_words || !STOP_WORDS.contains(&token.word.as_str()));
        kept.map(|token| if self.stems { Token { word: stem(token.word), ..token } } else { token })
    }

    /// A single word as it stands in the index; `None` if nothing of it is left.
    #[must_use]
    pub fn word(&self, text: &str) -> Option<String> {
        self.tokens(text).next().map(|token| token.word)
    }
}

/// The word without its ending, if at least three letters with a vowel are left.
fn stem(word: String) -> String {
    let is_stem = |rest: &&str| rest.chars().count() >= 3 && rest.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    for ending in ["ing", "ed"] {
        if let Some(rest) = word.strip_suffix(ending).filter(is_stem) {
            return undoubled(rest).to_owned();
        }
    }
    let is_plural = !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    match word.strip_suffix('s').filter(is_stem) {
        Some(rest) if is_plural => rest.to_owned(),
        _ => word,
    }
}

/// "runn" as "run"; l, s and z stay double, as in "fall", "miss" and "buzz".
fn undoubled(word: &str) -> &str {
    let mut last = word.chars().rev();
    let (one, other) = (last.next(), last.next());
    let is_doubled =
        one == other && one.is_some_and(|letter| letter.is_ascii_alphabetic() && !"aeioulsz".contains(letter));
    // The letter is ASCII, so it is one byte long.
    if is_doubled { &word[..word.len() - 1] } else { word }
}
