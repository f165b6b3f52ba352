//! The receiver rules of the paper's figure 2 as pure functions: who may be voted for, what an append does to a log, what is committed.
//!
//! They see of a log only which term stands at which index ([`Terms`]), so that a list of terms on paper will do.
//! Sources: Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm* (extended version, 2014), figure 2, §5.3,
//! §5.4.1, §5.4.2; cited beside each rule.

use core::fmt;

/// A place in a log: an index, from 1, and the term of the entry there. Index 0 with term 0 is the place before the first entry.
///
/// Places are ordered as §5.4.1 orders the ends of logs: by term, then by index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The term in which a leader wrote the entry.
    pub term: u64,
    /// Its place in the log, from 1.
    pub index: u64,
}

/// Written `term.index`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.term, self.index)
    }
}

/// A log as the rules see it.
pub trait Terms {
    /// The index of the last entry; 0 for a log without any.
    fn last_index(&self) -> u64;
    /// The first index whose term may be asked for: 0, or the last index that a snapshot covers.
    fn base_index(&self) -> u64;
    /// The term of the entry at `index`. At the base: that of the last entry covered, 0 at index 0. `None` outside. Cost: O(1).
    fn term_at(&self, index: u64) -> Option<u64>;

    /// Where the log ends.
    fn end(&self) -> Position {
        let index = self.last_index();
        Position { term: self.term_at(index).unwrap_or(0), index }
    }
}

/// A log on paper: the list of its entries' terms, the first at index 1.
impl Terms for [u64] {
    fn last_index(&self) -> u64 {
        self.len() as u64
    }

    fn base_index(&self) -> u64 {
        0
    }

    fn term_at(&self, index: u64) -> Option<u64> {
        let Some(before) = index.checked_sub(1) else { return Some(0) };
        usize::try_from(before).ok().and_then(|place| self.get(place)).copied()
    }
}

/// More than half of `members`: ⌊n/2⌋ + 1. Any two such sets of the same members share one (§5.2).
#[must_use]
pub const fn majority(members: u64) -> u64 {
    members / 2 + 1
}

/// Whether a log that ends at `candidate` is at least as up-to-date as one that ends at `voter`: the later term wins, then the
/// longer log (§5.4.1). A voter without this rule elects leaders that lack committed entries.
#[must_use]
pub fn is_up_to_date(candidate: Position, voter: Position) -> bool {
    candidate >= voter
}

/// Whether a server may vote for `candidate` in the term of the request, which is its own: once a term, and only for a log at least
/// as up-to-date as its own (figure 2, RequestVote, rule 2). `voted_for` is whom it voted for in this term.
#[must_use]
pub fn grants<P: PartialEq>(
    voted_for: Option<P>,
    candidate: P,
    candidate_last: Position,
    voter_last: Position,
) -> bool {
    voted_for.is_none_or(|chosen| chosen == candidate) && is_up_to_date(candidate_last, voter_last)
}

/// Why an append does not fit, in the form that lets the leader back up a term at a time (§5.3, end).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conflict {
    /// The term of the entry that stands where the leader's previous entry should; `None` if the log ends before.
    pub term: Option<u64>,
    /// The first index that is kept of that term; or the index after the log's end.
    pub first_index: u64,
}

/// What an append does to a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The entry before the new ones is not there (figure 2, AppendEntries, rule 2).
    Mismatch(Conflict),
    /// It is there, or covered by the snapshot.
    Match {
        /// The first index to delete with all that follow it, because an entry of another term stands there (rule 3).
        truncate_from: Option<u64>,
        /// How many of the new entries the log has already, or has folded: they are left alone (rule 4).
        present: u64,
        /// The index of the last new entry: up to here the logs are equal.
        last_new: u64,
    },
}

/// What becomes of `log` when a leader sends entries of `terms` to stand behind `prev` (figure 2, AppendEntries, rules 2 to 4).
/// An entry that is there already stays, with all that follows it: the message may be an old one.
///
/// Cost: O(entries), and O(the conflicting term's entries) for a mismatch.
pub fn append<L: Terms + ?Sized>(log: &L, prev: Position, terms: impl IntoIterator<Item = u64>) -> Fit {
    // What a snapshot covers is committed, and what is committed is equal in every log that comes later (figure 3).
    if prev.index >= log.base_index() && !holds(log, prev) {
        return Fit::Mismatch(conflict(log, prev.index));
    }
    let (mut present, mut last_new, mut truncate_from, mut is_new) = (0, prev.index, None, false);
    for term in terms {
        last_new = last_new.saturating_add(1);
        let there = log.term_at(last_new);
        if is_new {
            continue;
        }
        if last_new <= log.base_index() || there == Some(term) {
            present += 1;
            continue;
        }
        is_new = true;
        truncate_from = there.map(|_| last_new);
    }
    Fit::Match { truncate_from, present, last_new }
}

/// Whether the entry of `at` stands in the log. The place before the first entry is in every log.
fn holds<L: Terms + ?Sized>(log: &L, at: Position) -> bool {
    at.index == 0 || log.term_at(at.index) == Some(at.term)
}

/// What stands at `index` instead of the leader's entry.
pub(crate) fn conflict<L: Terms + ?Sized>(log: &L, index: u64) -> Conflict {
    let Some(term) = log.term_at(index) else {
        return Conflict { term: None, first_index: log.last_index().saturating_add(1) };
    };
    let mut first_index = index;
    while first_index > log.base_index() + 1 && log.term_at(first_index - 1) == Some(term) {
        first_index -= 1;
    }
    Conflict { term: Some(term), first_index }
}

/// From which index a leader sends next to a follower that answered `conflict`: behind its own last entry of the conflicting term,
/// if it has one, else from that term's first index at the follower (§5.3, end). `tried` is the index that did not fit; the answer
/// is at most that, so that every refusal gets closer, and at least 1.
#[must_use]
pub fn back_up<L: Terms + ?Sized>(leader: &L, conflict: Conflict, tried: u64) -> u64 {
    let first = conflict.first_index.min(tried).max(1);
    let Some(term) = conflict.term else { return first };
    let mut index = tried.min(leader.last_index());
    while leader.term_at(index).is_some_and(|here| here > term) {
        index -= 1;
    }
    match leader.term_at(index) {
        Some(here) if here == term && index > 0 => index.saturating_add(1).min(tried).max(1),
        _ => first,
    }
}

/// The commit index of a follower that took an append up to `last_new` from a leader at `leader_commit` (figure 2, AppendEntries,
/// rule 5): never beyond what this append has shown to be equal, and never back.
#[must_use]
pub fn follower_commit(commit: u64, leader_commit: u64, last_new: u64) -> u64 {
    commit.max(leader_commit.min(last_new))
}

/// The greatest index that `quorum` of these servers have, from what each has; 0 if there are fewer servers than that.
/// Sorts `matched`. Cost: O(n log n), n at most a handful.
#[must_use]
pub fn reached(matched: &mut [u64], quorum: u64) -> u64 {
    matched.sort_unstable_by(|a, b| b.cmp(a));
    let place = usize::try_from(quorum.max(1) - 1).ok();
    place.and_then(|place| matched.get(place)).copied().unwrap_or(0)
}

/// The commit index of the leader of `term` when a majority has the entries up to `reached`: the greatest N up to there whose entry is
/// of the leader's own term. Older entries do not count by their copies, they are committed by what follows them (figure 2, Leaders,
/// last rule; §5.4.2, figure 8). Never back. Cost: O(1) unless the leader has not had an entry of its own stored by a majority yet.
#[must_use]
pub fn leader_commit<L: Terms + ?Sized>(log: &L, term: u64, commit: u64, reached: u64) -> u64 {
    let mut index = reached.min(log.last_index());
    while index > commit && log.term_at(index) != Some(term) {
        index -= 1;
    }
    index.max(commit)
}
