//! The log: entries numbered from 1, a folded prefix, and who wrote which part.
//!
//! ```text
//!          folded into the table of the base     kept, in segments of 64
//!   ├──────────────────────────────────────┤├──────────┬──────────┬────┤
//!   1                              base.index           segments       last
//!   runs:  term 1 from 1 ············ term 2 from 90 ······ term 6 from 131
//! ```
//!
//! Rules:
//! - **Log matching** (Ongaro and Ousterhout, 2014, §5.3): a term has one leader, which only appends, and an entry is taken only
//!   behind the entry that it followed at the leader. So two logs that hold the same term at the same index are equal up to there.
//! - **Runs are kept for ever**, also of the folded prefix (as Kafka keeps its leader epochs, KIP-101): a few words a reign, and
//!   any two members can find where their logs part.
//!
//! Cost: append, entry O(1); term of an index O(log reigns), O(1) in the latest. An allocation every 64 entries while the log grows,
//! none once folding keeps pace. A clone shares all segments: a pointer per 64 entries.

use crate::table::Table;
use crate::words::Entry;
use std::collections::VecDeque;
use std::sync::Arc;

/// Entries of a segment: 2 KB.
const SEGMENT: u64 = 64;
/// Segments kept for reuse: as many as a heartbeat folds at a few thousand writes between two.
const SPARES_MAX: usize = 64;
/// Entries that folding leaves, so that there is something to look at.
const KEPT_MIN: u64 = 64;

/// A place in a log. Compares by term first: the greater one ends the more advanced log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Of the entry there; 0 before the first.
    pub term: u64,
    /// Of the entry, from 1; 0 before the first.
    pub index: u64,
}

/// Entries of one term in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Their term.
    pub term: u64,
    /// The index of the first.
    pub first: u64,
}

/// The term at `index` as `runs` tell it; 0 before the first run.
pub(crate) fn term_in(runs: &[Run], index: u64) -> u64 {
    match runs.last() {
        Some(run) if run.first <= index => run.term,
        _ => match runs.partition_point(|run| run.first <= index) {
            0 => 0,
            after => runs[after - 1].term,
        },
    }
}

type Segment = Arc<[Entry; SEGMENT as usize]>;

/// Entries after a folded prefix.
#[derive(Clone, Debug, Default)]
pub struct Log {
    base: Position,
    last: Position,
    runs: Vec<Run>,
    /// All full but the last; the first begins at `base.index + 1`.
    segments: VecDeque<Segment>,
    /// Folded segments' memory, for the next ones.
    spares: Vec<Segment>,
}

impl Log {
    /// An empty log behind a prefix that was folded elsewhere.
    pub(crate) fn after(base: Position, runs: Vec<Run>) -> Log {
        Log { base, last: base, runs, ..Log::default() }
    }

    /// The last folded entry.
    #[must_use]
    pub fn base(&self) -> Position {
        self.base
    }

    /// The last entry.
    #[inline]
    #[must_use]
    pub fn last(&self) -> Position {
        self.last
    }

    /// How many entries are kept.
    #[inline]
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.last.index - self.base.index
    }

    /// Which terms wrote which part, folded or not.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The entry at `index`, if it is kept.
    #[inline]
    #[must_use]
    pub fn entry(&self, index: u64) -> Option<Entry> {
        if index <= self.base.index || index > self.last.index {
            return None;
        }
        let offset = index - self.base.index - 1;
        Some(self.segments[(offset / SEGMENT) as usize][(offset % SEGMENT) as usize])
    }

    /// The term of the entry at `index`, folded or not; 0 at 0; nothing after the last.
    #[inline]
    #[must_use]
    pub fn term_at(&self, index: u64) -> Option<u64> {
        (index <= self.last.index).then(|| term_in(&self.runs, index))
    }

    /// The place of the entry at `index`, which must not lie behind the last.
    pub(crate) fn position(&self, index: u64) -> Position {
        assert!(index <= self.last.index, "{index} lies behind {:?}", self.last);
        Position { term: term_in(&self.runs, index), index }
    }

    /// Whether this log holds that entry, and hence all before it.
    #[must_use]
    pub fn holds(&self, at: Position) -> bool {
        self.term_at(at.index) == Some(at.term)
    }

    /// The newest position that this log may share with one that holds `at`: not behind `at`, and of no newer term. If the terms
    /// are equal they do share it, because a term is written in one stretch (KIP-101, "the largest epoch not above").
    #[must_use]
    pub fn agreement(&self, at: Position) -> Position {
        let end = match self.runs.partition_point(|run| run.term <= at.term) {
            after if after < self.runs.len() => self.runs[after].first - 1,
            _ => self.last.index,
        };
        let index = at.index.min(end);
        Position { term: term_in(&self.runs, index), index }
    }

    /// The stretches of one term in `from..=last`, oldest first: (term, first index, last index).
    pub(crate) fn stretches(&self, from: u64) -> impl Iterator<Item = (u64, u64, u64)> {
        let ends = self.runs.iter().skip(1).map(|run| run.first - 1).chain([self.last.index]);
        let whole = self.runs.iter().zip(ends);
        whole.map(move |(run, end)| (run.term, run.first.max(from), end)).filter(|(_, first, end)| first <= end)
    }

    /// Adds the next entry.
    pub(crate) fn append(&mut self, entry: Entry) {
        assert_eq!(entry.index, self.last.index + 1, "a log has no gaps");
        assert!(entry.term >= self.last.term, "terms only rise: {} after {}", entry.term, self.last.term);
        if self.runs.is_empty() || entry.term > self.last.term {
            self.runs.push(Run { term: entry.term, first: entry.index });
        }
        let slot = (self.kept() % SEGMENT) as usize;
        if slot == 0 {
            let fresh = self.spares.pop().unwrap_or_else(|| Arc::new([entry; SEGMENT as usize]));
            self.segments.push_back(fresh);
        }
        let segment = self.segments.back_mut().expect("pushed above or not yet full");
        Arc::make_mut(segment)[slot] = entry;
        self.last = Position { term: entry.term, index: entry.index };
    }

    /// Forgets `from` and everything after it.
    pub(crate) fn truncate(&mut self, from: u64) {
        assert!(from > self.base.index, "entry {from} is folded, up to {}", self.base.index);
        let index = self.last.index.min(from - 1);
        while self.runs.last().is_some_and(|run| run.first > index) {
            self.runs.pop();
        }
        self.last = Position { term: term_in(&self.runs, index), index };
        self.segments.truncate(self.kept().div_ceil(SEGMENT) as usize);
    }

    /// Whether there is more than folding leaves.
    #[inline]
    pub(crate) fn is_long(&self) -> bool {
        self.kept() >= SEGMENT + KEPT_MIN
    }

    /// Whether [`Log::fold`] up to `index` would do anything.
    pub(crate) fn can_fold(&self, index: u64) -> bool {
        self.is_long() && self.base.index + SEGMENT <= index
    }

    /// Moves whole segments up to at most `index` into `table`, the state at the base.
    pub(crate) fn fold(&mut self, index: u64, table: &mut Table) {
        while self.can_fold(index) {
            let mut segment = self.segments.pop_front().expect("can_fold counts at least one full segment");
            segment.iter().for_each(|entry| table.apply(entry));
            let end = segment[SEGMENT as usize - 1];
            self.base = Position { term: end.term, index: end.index };
            if self.spares.len() < SPARES_MAX && Arc::get_mut(&mut segment).is_some() {
                self.spares.push(segment);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn entry(term: u64, index: u64) -> Entry {
        Entry { term, index, key: index % 7, value: term * 1_000 + index }
    }

    /// A log whose terms are `terms`, from index 1.
    fn log(terms: &[u64]) -> Log {
        let mut log = Log::default();
        terms.iter().zip(1..).for_each(|(term, index)| log.append(entry(*term, index)));
        log
    }

    /// Oracle: comparing entry by entry, over all pairs of logs of up to 6 entries in which each term has one writer.
    #[test]
    fn agreement_never_passes_over_a_shared_entry_and_is_exact_when_terms_equal() {
        // Term 2 continues one entry of term 1, term 3 continues two of term 1, term 4 continues term 2: as leaders would.
        let histories: [&[u64]; 4] =
            [&[1, 1, 1, 1, 1, 1], &[1, 2, 2, 2, 2, 2], &[1, 1, 3, 3, 3, 3], &[1, 2, 2, 4, 4, 4]];
        for a in histories {
            for b in histories {
                for (la, lb) in (0..=6).flat_map(|la| (0..=6).map(move |lb| (la, lb))) {
                    let (a, b) = (&a[..la], &b[..lb]);
                    let (here, there) = (log(a), log(b));
                    let shared = (0..=la.min(lb)).rev().find(|n| a[..*n] == b[..*n]).unwrap_or(0) as u64;
                    for index in shared..=lb as u64 {
                        let at = Position { term: there.term_at(index).unwrap(), index };
                        let found = here.agreement(at);
                        assert!(found.index >= shared, "{a:?} {b:?} at {at:?}: {found:?} skips {shared}");
                        assert!(found.index <= at.index && found.term <= at.term, "{a:?} {b:?} {at:?}: {found:?}");
                        assert!(found.term != at.term || found.index <= shared, "{a:?} {b:?} {at:?}: {found:?}");
                    }
                }
            }
        }
    }

    /// Oracle: a plain vector that never folds.
    #[test]
    fn folding_and_truncating_change_nothing_but_what_they_say() {
        let (mut log, mut plain, mut table) = (Log::default(), Vec::new(), Table::default());
        let mut rng = base::Rng::new(5);
        let mut term = 1;
        for _ in 0..4_000 {
            term += u64::from(rng.chance(0.02));
            let next = entry(term, log.last().index + 1);
            log.append(next);
            plain.push(next);
            if rng.chance(0.03) {
                let from = (log.last().index - rng.below(40).min(log.kept() - 1)).max(log.base().index + 1);
                log.truncate(from);
                plain.truncate(from as usize - 1);
                term += 1;
            }
            if rng.chance(0.02) {
                log.fold(log.last().index - rng.below(100).min(log.kept()), &mut table);
            }
            for index in log.base().index + 1..=log.last().index {
                assert_eq!(log.entry(index), plain.get(index as usize - 1).copied());
            }
            let probe = rng.below(log.last().index + 1);
            let expected = if probe == 0 { 0 } else { plain[probe as usize - 1].term };
            assert_eq!(log.term_at(probe), Some(expected), "term at {probe}");
            assert_eq!(log.entry(log.base().index), None);
        }
        assert!(log.base().index > 1_000, "the test folded: {:?}", log.base());
        let mut expected = Table::default();
        plain[..log.base().index as usize].iter().for_each(|entry| expected.apply(entry));
        assert_eq!(table, expected);
    }

    #[test]
    fn stretches_cut_at_terms() {
        let log = log(&[1, 1, 1, 4, 4, 9]);
        assert_eq!(log.stretches(2).collect::<Vec<_>>(), [(1, 2, 3), (4, 4, 5), (9, 6, 6)]);
        assert_eq!(log.stretches(7).count(), 0);
    }

    #[test]
    fn a_clone_keeps_what_the_original_overwrites() {
        let mut original = log(&[1; 70]);
        let copy = original.clone();
        original.truncate(66);
        original.append(entry(2, 66));
        assert_eq!(copy.entry(66), Some(entry(1, 66)));
        assert_eq!(original.entry(66), Some(entry(2, 66)));
    }
}
