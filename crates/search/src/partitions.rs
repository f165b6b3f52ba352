//! Prefix partitions: tries on several machines, each with the words of some first letters.
//!
//! ```text
//!   a-e │ f-j │ k-o │ p-t │ u-z │ anything else        "mac" is the third's
//! ```
//!
//! The rule: a word belongs to the first range that holds its first letter, in small letters; what no range holds (digits, other
//! scripts, the empty word) to one more partition behind them, so that nothing has no home. O(ranges).
//!
//! When not: first letters are far from even, so that some machines have twice the mean. Cut by what people type, or hash the first
//! two letters.

/// First letters by partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixPartitions(Vec<(char, char)>);

impl PrefixPartitions {
    /// Ranges of letters, both ends included, in order.
    #[must_use]
    pub fn new(ranges: &[(char, char)]) -> PrefixPartitions {
        PrefixPartitions(ranges.to_vec())
    }

    /// How many partitions there are, the one for everything else included.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.0.len() as u32 + 1
    }

    /// Whether there is only the one for everything else.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The partition of a word or of a prefix of it, from 0.
    #[must_use]
    pub fn of(&self, word: &str) -> u32 {
        let first = word.chars().flat_map(char::to_lowercase).next();
        let holds = |(from, to): &(char, char)| first.is_some_and(|first| (*from..=*to).contains(&first));
        self.0.iter().position(holds).unwrap_or(self.0.len()) as u32
    }
}
