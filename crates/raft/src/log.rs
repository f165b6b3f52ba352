//! The log behind the last snapshot, and the configurations in it.
//!
//! Rule: indexes have no holes. (Terms never fall along a log either; that is the leader's and the follower's to keep, and one of the
//! bugs breaks it.) Cost: 40 bytes an entry kept; every access O(1).

use crate::membership::Membership;
use crate::rules::{Position, Terms};
use crate::words::{Entry, Payload};

/// Entries behind a base, which is the last one that the snapshot covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Log {
    base: Position,
    entries: Vec<Entry>,
    /// The configuration at the base, then each in the entries with its index. Never empty.
    memberships: Vec<(u64, Membership)>,
}

impl Log {
    /// An empty log behind `base`.
    #[must_use]
    pub fn after(base: Position, membership: Membership) -> Log {
        Log { base, entries: Vec::new(), memberships: vec![(base.index, membership)] }
    }

    /// The last entry that the snapshot covers.
    #[must_use]
    pub const fn base(&self) -> Position {
        self.base
    }

    fn place(&self, index: u64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.base.index)?.checked_sub(1)?).ok()
    }

    /// The entry at `index`, if it is kept.
    #[must_use]
    pub fn entry(&self, index: u64) -> Option<&Entry> {
        self.entries.get(self.place(index)?)
    }

    /// All that is kept, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// At most `count` entries from `index` on.
    #[must_use]
    pub fn slice(&self, index: u64, count: u64) -> &[Entry] {
        let kept = self.entries.len();
        let from = self.place(index).unwrap_or(kept).min(kept);
        let count = usize::try_from(count).unwrap_or(kept);
        &self.entries[from..from.saturating_add(count).min(kept)]
    }

    /// The latest configuration, committed or not: the one in effect (§6), and the index of its entry.
    #[must_use]
    pub fn membership(&self) -> (u64, Membership) {
        *self.memberships.last().expect("the first one is that of the base, and is never taken away")
    }

    /// The one in effect up to `index`.
    #[must_use]
    pub fn membership_at(&self, index: u64) -> Membership {
        let upto = self.memberships.partition_point(|(at, _)| *at <= index);
        self.memberships[upto.max(1) - 1].1
    }

    pub(crate) fn append(&mut self, entry: Entry) {
        let last = self.last_index();
        assert_eq!(entry.at.index, last + 1, "{} cannot stand behind index {last}", entry.at);
        if let Payload::Membership(membership) = entry.payload {
            self.memberships.push((entry.at.index, membership));
        }
        self.entries.push(entry);
    }

    /// Deletes `from` and all that follow it; nothing that is covered by the snapshot.
    pub(crate) fn truncate(&mut self, from: u64) {
        assert!(from > self.base.index, "{from} is covered by the snapshot up to {}", self.base);
        self.entries.truncate(self.place(from).unwrap_or(usize::MAX));
        let kept = self.memberships.partition_point(|(at, _)| *at < from);
        self.memberships.truncate(kept.max(1));
    }

    /// Forgets the entries up to `at`, which the snapshot now covers.
    pub(crate) fn compact(&mut self, at: Position) {
        assert_eq!(self.term_at(at.index), Some(at.term), "the snapshot at {at} is not of this log");
        let membership = self.membership_at(at.index);
        let gone = self.place(at.index).map_or(0, |place| place + 1);
        self.entries.drain(..gone);
        self.memberships.retain(|(index, _)| *index > at.index);
        self.memberships.insert(0, (at.index, membership));
        self.base = at;
    }
}

impl Terms for Log {
    fn last_index(&self) -> u64 {
        self.base.index + self.entries.len() as u64
    }

    fn base_index(&self) -> u64 {
        self.base.index
    }

    fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.base.index { Some(self.base.term) } else { self.entry(index).map(|entry| entry.at.term) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::Members;
    use base::Rng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn entry(term: u64, index: u64, payload: Payload) -> Entry {
        Entry { at: Position { term, index }, payload }
    }

    /// Oracle: a plain list of all entries ever kept, searched from the front.
    #[test]
    fn answers_like_a_plain_list_through_appends_truncations_and_snapshots() {
        let genesis = Membership::new(Members::range(0, 3), Members::default());
        let (mut log, mut list, mut rng) = (Log::after(Position::default(), genesis), Vec::<Entry>::new(), Rng::new(5));
        let mut term = 1;
        for _ in 0..5_000 {
            let (base, last) = (log.base().index, list.len() as u64);
            match rng.below(20) {
                0 if last > base => {
                    let from = base + 1 + rng.below(last - base);
                    log.truncate(from);
                    list.truncate(from as usize - 1);
                }
                1 => {
                    let index = base + rng.below(last - base + 1);
                    let term = log.term_at(index).unwrap();
                    log.compact(Position { term, index });
                }
                _ => {
                    term += u64::from(rng.chance(0.1));
                    let membership = Membership::new(Members::range(0, 1 + rng.below(9) as u16), Members::default());
                    let payload = if rng.chance(0.1) { Payload::Membership(membership) } else { Payload::Blank };
                    let next = entry(term, last + 1, payload);
                    log.append(next);
                    list.push(next);
                }
            }
            let (base, index) = (log.base().index, 1 + rng.below(list.len() as u64 + 3));
            let expected = list.get(index as usize - 1).filter(|_| index > base);
            assert_eq!(log.entry(index), expected);
            assert_eq!(log.last_index(), list.len() as u64);
            assert_eq!(
                log.slice(index, 2),
                list.get(index.max(base + 1) as usize - 1..)
                    .map_or(&[][..], |rest| { if index <= base { &[][..] } else { &rest[..rest.len().min(2)] } })
            );
            let configured = list.iter().rev().find_map(|entry| match entry.payload {
                Payload::Membership(membership) => Some(membership),
                _ => None,
            });
            assert_eq!(log.membership().1, configured.unwrap_or(genesis));
        }
    }
}
