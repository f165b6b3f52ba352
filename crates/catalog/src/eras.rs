//! Eras: which leader was the first to number behind a place of a log, so that a place is one version for ever.
//!
//! A protocol whose entries carry no term, or change it, numbers them by place alone. For who judges what could be lost, two entries
//! of one place, of which the first was given up when a leader did not have it, must be two versions.

/// The first number of each leader, and its term.
#[derive(Clone, Debug)]
pub(crate) struct Eras {
    eras: Vec<(u64, u64)>,
}

/// Leaders that are remembered: numbers of older ones count as of the first of these.
const ERAS_MAX: usize = 4_096;

impl Eras {
    /// All numbers are of `term`.
    pub fn new(term: u64) -> Eras {
        Eras { eras: vec![(0, term)] }
    }

    /// The newest term.
    pub fn newest(&self) -> u64 {
        self.eras.last().map_or(0, |(_, term)| *term)
    }

    /// From here on what comes behind `last` is of `term`. O(leaders without a number of their own).
    pub fn begin(&mut self, last: u64, term: u64) {
        while self.eras.last().is_some_and(|(first, _)| *first > last) {
            self.eras.pop();
        }
        if self.eras.len() == ERAS_MAX {
            self.eras.remove(0);
        }
        self.eras.push((last + 1, term));
    }

    /// The version of a number: the term of its leader, and the number; 0 of none. O(log leaders).
    pub fn version(&self, number: u64) -> u64 {
        let at = self.eras.partition_point(|(first, _)| *first <= number);
        let term = self.eras.get(at.saturating_sub(1)).map_or(0, |(_, term)| *term);
        if number == 0 { 0 } else { term << 40 | number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: counting by hand. The leader of term 3 does not have 7 to 9, which term 2 had numbered.
    #[test]
    fn a_number_that_was_given_up_and_given_again_is_another_version() {
        let mut eras = Eras::new(1);
        eras.begin(4, 2);
        assert_eq!([0, 4, 5, 9].map(|number| eras.version(number) >> 40), [0, 1, 2, 2]);
        eras.begin(6, 3);
        assert_eq!([4, 6, 7, 9].map(|number| eras.version(number) >> 40), [1, 2, 3, 3]);
        // One that had all of it, and one that did not have the first of all.
        eras.begin(9, 4);
        assert_eq!([9, 10].map(|number| eras.version(number) >> 40), [3, 4]);
        eras.begin(4, 5);
        assert_eq!([4, 5].map(|number| eras.version(number) >> 40), [1, 5]);
        assert_eq!(eras.newest(), 5);
    }
}
