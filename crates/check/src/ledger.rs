//! Acknowledged writes, each with its key and moment as long as there is room, then only counted by stretches of versions.

use crate::lineage::term_of;
use crate::tape::Tape;
use base::Time;

/// Writes kept one by one; 4 MB, shared between the clones of a run.
pub(crate) const LISTED_MAX: usize = 1 << 17;

/// An acknowledged write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) version: u64,
    pub(crate) key: u64,
    pub(crate) write: u64,
    pub(crate) at: Time,
}

/// Writes of one term that are only counted: `count` of them between `first` and `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: u64,
    last: u64,
    count: u64,
}

impl Run {
    /// How many versions lie in it, acknowledged or not.
    fn width(&self) -> u64 {
        self.last - self.first + 1
    }

    /// The part from `low` to `high`, which loses nothing it must have: `count` less what fits elsewhere in the run.
    fn part(&self, low: u64, high: u64) -> Option<Run> {
        let (first, last) = (low.max(self.first), high.min(self.last));
        let elsewhere = || self.width() - (last - first + 1);
        (first <= last)
            .then(|| Run { first, last, count: self.count.saturating_sub(elsewhere()) })
            .filter(|run| run.count > 0)
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    runs: Vec<Run>,
    listed: Tape<Entry>,
    /// A run had to be divided of which not every version was acknowledged: the counts are lower bounds.
    pub(crate) is_rough: bool,
}

impl Ledger {
    /// Adds a write; the oldest is only counted from now on if there is no more room.
    #[inline]
    pub(crate) fn push(&mut self, entry: Entry) {
        self.listed.push(entry);
        if self.listed.len() > LISTED_MAX {
            self.fold_first();
        }
    }

    #[cold]
    fn fold_first(&mut self) {
        if let Some(entry) = self.listed.first().copied() {
            self.listed.drop_first();
            self.count_only(entry.version);
        }
    }

    fn count_only(&mut self, version: u64) {
        match self.runs.last_mut() {
            Some(run) if term_of(run.last) == term_of(version) && run.last < version => {
                run.last = version;
                run.count += 1;
            }
            _ => self.runs.push(Run { first: version, last: version, count: 1 }),
        }
    }

    /// How many writes there are.
    pub(crate) fn count(&self) -> u64 {
        self.runs.iter().map(|run| run.count).sum::<u64>() + self.listed.len() as u64
    }

    /// How many of them are kept one by one.
    pub(crate) fn listed(&self) -> usize {
        self.listed.len()
    }

    /// Those kept one by one, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> + '_ {
        self.listed.iter()
    }

    /// Drops from the front what is not above `version`.
    #[inline]
    pub(crate) fn drop_upto(&mut self, version: u64) {
        while self.listed.first().is_some_and(|entry| entry.version <= version) {
            self.listed.drop_first();
        }
        if !self.runs.is_empty() {
            self.runs.retain(|run| run.last > version);
        }
    }

    /// Takes out the writes of each term whose version lies in the range that `leaving` names for it, both ends included.
    pub(crate) fn take(&mut self, leaving: impl Fn(u64) -> Option<(u64, u64)>) -> Ledger {
        let (mut gone, mut kept) = (Ledger::default(), Ledger::default());
        for run in &self.runs {
            let (low, high) = leaving(term_of(run.first)).unwrap_or((1, 0));
            gone.runs.extend(run.part(low, high));
            if low <= high {
                kept.runs.extend(low.checked_sub(1).and_then(|end| run.part(0, end)));
                kept.runs.extend(high.checked_add(1).and_then(|start| run.part(start, u64::MAX)));
            } else {
                kept.runs.push(*run);
            }
        }
        let counted = |ledger: &Ledger| ledger.runs.iter().map(|run| run.count).sum::<u64>();
        let is_rough = counted(&gone) + counted(&kept) < counted(self);
        for entry in self.listed.iter() {
            let leaves =
                leaving(term_of(entry.version)).is_some_and(|(low, high)| (low..=high).contains(&entry.version));
            if leaves {
                gone.listed.push(*entry)
            } else {
                kept.listed.push(*entry)
            };
        }
        gone.is_rough = self.is_rough || is_rough;
        kept.is_rough = gone.is_rough;
        *self = kept;
        gone
    }

    /// Takes over all of `other`.
    pub(crate) fn absorb(&mut self, other: Ledger) {
        self.runs.extend(other.runs);
        self.is_rough |= other.is_rough;
        other.listed.iter().for_each(|entry| self.push(*entry));
    }

    /// Keeps the first `most` one by one, and only counts the others.
    pub(crate) fn list_at_most(&mut self, most: usize) {
        if self.listed.len() > most {
            let listed = core::mem::take(&mut self.listed);
            self.listed.extend(listed.iter().take(most).copied());
            listed.iter().skip(most).for_each(|entry| self.count_only(entry.version));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn entry(index: u64) -> Entry {
        Entry { version: (1 << 40) + index, key: index % 7, write: index, at: Time(index) }
    }

    #[test]
    fn what_is_only_counted_is_still_divided_exactly_when_nothing_is_missing_between() {
        let mut ledger = Ledger::default();
        let all = LISTED_MAX as u64 + 50_000;
        (1..=all).for_each(|index| ledger.push(entry(index)));
        assert_eq!((ledger.count(), ledger.listed()), (all, LISTED_MAX));
        let gone = ledger.take(|_| Some((entry(20_001).version, u64::MAX)));
        assert_eq!((ledger.count(), gone.count(), gone.is_rough), (20_000, all - 20_000, false));
        ledger.drop_upto(entry(19_999).version);
        assert_eq!(ledger.count(), 20_000, "a run is dropped whole or not at all");
        ledger.drop_upto(entry(20_000).version);
        assert_eq!(ledger.count(), 0);
    }

    #[test]
    fn a_division_that_cannot_be_exact_counts_only_the_certain() {
        let mut ledger = Ledger::default();
        (1..=10).map(|nth| entry(2 * nth)).for_each(|entry| ledger.push(entry));
        ledger.list_at_most(0);
        let gone = ledger.take(|_| Some((entry(16).version, u64::MAX)));
        // 10 of the 19 versions 2..=20; 14 lie below 16, so nothing is certain of the 5 above, and 5 are of the 14 below.
        assert_eq!((gone.count(), ledger.count(), gone.is_rough), (0, 5, true));
    }

    #[test]
    fn taking_and_absorbing_loses_nothing() {
        let mut ledger = Ledger::default();
        (1..=100).for_each(|index| ledger.push(entry(index)));
        let middle = ledger.take(|term| (term == 1).then_some((entry(31).version, entry(60).version)));
        assert_eq!((ledger.count(), middle.count()), (70, 30));
        assert!(ledger.take(|term| (term == 2).then_some((0, u64::MAX))).count() == 0);
        ledger.absorb(middle);
        assert_eq!((ledger.count(), ledger.is_rough), (100, false));
    }
}
