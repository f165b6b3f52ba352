//! Edit distance, row by row: how many letters have to be put in, left out or exchanged to make one word of another.
//!
//! ```text
//!          m a n g o
//!        0 1 2 3 4 5
//!      m 1 0 1 2 3 4      a row depends on the one before it only: words that begin alike share their first rows
//!      e 2 1 1 2 3 4
//! ```
//!
//! The rule: each cell is the least of left out, put in and exchanged. A row costs the length of the word.
//!
//! Source: Levenshtein (1966); Wagner and Fischer (1974).

/// A row of the table: distances of a beginning of one word to every beginning of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row(Vec<u32>);

impl Row {
    /// Of the empty word to a word of `length` letters.
    pub(crate) fn first(length: usize) -> Row {
        Row((0..=length as u32).collect())
    }

    /// With one letter more.
    pub(crate) fn next(&self, letters: &[char], letter: char) -> Row {
        let mut row = Vec::with_capacity(self.0.len());
        let mut left = self.0[0] + 1;
        row.push(left);
        for (pair, other) in self.0.windows(2).zip(letters) {
            let exchanged = pair[0] + u32::from(*other != letter);
            left = exchanged.min(pair[1] + 1).min(left + 1);
            row.push(left);
        }
        Row(row)
    }

    /// To the whole word.
    pub(crate) fn distance(&self) -> u32 {
        self.0[self.0.len() - 1]
    }

    /// To the nearest beginning.
    pub(crate) fn least(&self) -> u32 {
        self.0.iter().copied().min().unwrap_or(0)
    }
}

/// How many letters have to be put in, left out or exchanged to make `other` of `word`.
#[must_use]
pub fn edit_distance(word: &str, other: &str) -> u32 {
    let letters: Vec<char> = word.chars().collect();
    other.chars().fold(Row::first(letters.len()), |row, letter| row.next(&letters, letter)).distance()
}
